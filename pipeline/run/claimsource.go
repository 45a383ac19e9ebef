package run

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"waybill/pipeline/audit"
	"waybill/pipeline/claims"
	"waybill/pipeline/metric"
)

// FindingsOf audits a view's bills. Findings that only ask for a look claim nothing
// and are left out.
func (r *Runner) FindingsOf(ctx context.Context, v View) ([]claims.Finding, error) {
	found, err := r.Audit(ctx, v)
	if err != nil {
		return nil, err
	}
	out, err := claimFindings(found.Findings)
	if err != nil {
		return nil, err
	}
	return out, r.DateFindings(ctx, v, out)
}

// claimFindings are an audit's findings as claims know them, without the days of
// their parcels.
func claimFindings(found []audit.Finding) ([]claims.Finding, error) {
	out := make([]claims.Finding, 0, len(found))
	for _, f := range found {
		if f.Takes == audit.TakesNothing {
			continue
		}
		x := claims.Finding{ID: f.ID, Rule: f.Rule, RuleVersion: fmt.Sprint(f.Version), Confidence: f.Confidence, Effect: f.Effect, Beside: f.Takes == audit.TakesCompensation, Provider: f.Provider, Account: f.Account,
			BillNo: f.Bill, Version: f.BillVer, BillDate: string(f.Billed), Shipment: f.Shipment, Number: cmp.Or(f.Tracking, f.Number), Charge: f.Charge, Currency: f.Currency,
			Expected: fromE8(f.Expected), Billed: fromE8(f.Asked)}
		// so that the three agree: a percentage may leave more places than a claim has
		x.Delta = x.Billed - x.Expected
		if f.Window != nil {
			days := int(*f.Window)
			x.WindowDays, x.WindowFrom = &days, f.WindowFrom
		}
		if f.Cap != nil {
			most := fromE8(*f.Cap)
			x.Cap = &most
		}
		if f.Evidence != "" {
			x.Evidence = json.RawMessage(f.Evidence)
			if !json.Valid(x.Evidence) {
				return nil, fmt.Errorf("evidence of finding %s is no JSON: %s", f.ID, f.Evidence)
			}
		}
		out = append(out, x)
	}
	return out, nil
}

// fromE8 rounds to four places, halves away from zero.
func fromE8(m audit.Money) claims.Amount {
	if m < 0 {
		return -fromE8(-m)
	}
	return claims.Amount((m + 5_000) / 10_000)
}

// ruleNames are the titles of the audit's rules in a language.
func (r *Runner) ruleNames(language string) (map[string]string, error) {
	rules, err := r.Rules()
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, x := range rules {
		out[x.ID] = x.Title
		if language == "zh" {
			out[x.ID] = x.TitleZH
		}
	}
	return out, nil
}

// BillsOf reads the current bills of a view.
func (r *Runner) BillsOf(ctx context.Context, v View) (out []claims.Bill, err error) {
	err = r.within(ctx, v, func(rd *Reader, _ metric.Input) error {
		return r.each(ctx, rd, "cells/claim_bills.sql", func(scan func(...any) error) error {
			var b claims.Bill
			var total string
			if err := scan(&b.Provider, &b.Account, &b.BillNo, &b.Version, &b.BillDate, &b.Currency, &total); err != nil {
				return err
			}
			b.Total, err = claims.ParseAmount(total)
			out = append(out, b)
			return err
		})
	})
	return out, err
}

// CreditsOf reads the credits on the current bills of a view.
func (r *Runner) CreditsOf(ctx context.Context, v View) (out []claims.Credit, err error) {
	err = r.within(ctx, v, func(rd *Reader, in metric.Input) error {
		a := audit.Auditor{Engine: rd.Engine, Queries: r.Queries, AsOf: in.AsOf}
		if err := a.Match(ctx); err != nil {
			return err
		}
		return r.each(ctx, rd, "cells/claim_credits.sql", func(scan func(...any) error) error {
			var k claims.Credit
			var amount string
			if err := scan(&k.Line, &k.Provider, &k.Account, &k.BillNo, &k.BillDate, &k.Shipment, &k.Number, &k.Charge, &k.Currency, &amount); err != nil {
				return err
			}
			k.Amount, err = claims.ParseAmount(amount)
			out = append(out, k)
			return err
		})
	})
	return out, err
}

// DateFindings fills in when the parcels of findings were shipped and delivered,
// as days of the workspace's zone.
func (r *Runner) DateFindings(ctx context.Context, v View, list []claims.Finding) error {
	if !slices.ContainsFunc(list, func(f claims.Finding) bool { return f.Shipment != "" }) {
		return nil
	}
	return r.within(ctx, v, func(rd *Reader, _ metric.Input) error { return r.dateFindings(ctx, rd, list) })
}

// dateFindings is DateFindings on an open view.
func (r *Runner) dateFindings(ctx context.Context, rd *Reader, list []claims.Finding) error {
	zone, err := time.LoadLocation(cmp.Or(r.WS.Config.Zone, "UTC"))
	if err != nil {
		return err
	}
	var rows [][]any
	asked := map[string]bool{}
	for _, f := range list {
		if f.Shipment != "" && !asked[f.Shipment] {
			asked[f.Shipment] = true
			rows = append(rows, []any{f.Shipment})
		}
	}
	type days struct{ shipped, delivered string }
	known := map[string]days{}
	day := func(t sql.NullTime) string {
		if !t.Valid {
			return ""
		}
		return t.Time.In(zone).Format(time.DateOnly)
	}
	if err := rd.Engine.Exec(ctx, "create or replace table claim_parcels (shipment_id varchar)"); err != nil {
		return err
	}
	if err := rd.Engine.Insert(ctx, "claim_parcels", rows); err != nil {
		return err
	}
	if err := r.each(ctx, rd, "cells/claim_days.sql", func(scan func(...any) error) error {
		var id string
		var shipped, delivered sql.NullTime
		if err := scan(&id, &shipped, &delivered); err != nil {
			return err
		}
		known[id] = days{day(shipped), day(delivered)}
		return nil
	}); err != nil {
		return fmt.Errorf("days of claims: %w", err)
	}
	for i, f := range list {
		list[i].ShipDate, list[i].Delivered = known[f.Shipment].shipped, known[f.Shipment].delivered
	}
	return nil
}
