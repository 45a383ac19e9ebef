package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"waybill/pipeline/audit"
	"waybill/pipeline/claims"
	"waybill/pipeline/metric"
	"waybill/pipeline/model"
	"waybill/pipeline/rate"
)

// ErrNoBills says that nothing was billed at the as-of.
var ErrNoBills = errors.New("no bill was loaded; try: add a feed that fills billing_lines_in (waybill feed list --kind bills), put a bill into its inbox, and run waybill run")

// ErrNoBill says that a bill is not there.
var ErrNoBill = errors.New("there is no such bill")

// Rules are the audit's, in the order in which they claim.
func (r *Runner) Rules() ([]audit.Rule, error) { return audit.ReadRules(r.Queries) }

// FX reads the reference rates of data/fx.
func (r *Runner) FX() ([]audit.FXRate, error) {
	names, err := r.Data.Glob("fx/*.csv")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	return audit.ReadFX(r.Data, "data", names)
}

// SKUClassFile of the workspace's data says the class of SKUs.
const SKUClassFile = "sku_class.csv"

// SKUClasses reads which class each SKU is of.
func (r *Runner) SKUClasses() ([]audit.SKUClass, error) {
	return audit.ReadSKUClasses(r.Data, "data", SKUClassFile)
}

// Audit holds bills against rate cards and what became of the parcels: all
// current bills, or those of some numbers. Without any rate card the rules that
// need none still speak.
func (r *Runner) Audit(ctx context.Context, v View, bills ...string) (out audit.Result, err error) {
	cards, err := r.Cards()
	if err != nil {
		return out, err
	}
	rules, err := r.Rules()
	if err != nil {
		return out, err
	}
	err = r.within(ctx, v, func(rd *Reader, _ metric.Input) error {
		a, err := r.auditor(ctx, rd, cards, rules)
		if err != nil {
			return err
		}
		a.Only = bills
		if err := a.known(ctx); err != nil {
			return err
		}
		if err := a.Run(ctx); err != nil {
			return err
		}
		out, err = a.Result(ctx)
		return err
	})
	return out, err
}

// auditing is an auditor on a reader.
type auditing struct {
	*audit.Auditor
	rd *Reader
}

func (r *Runner) auditor(ctx context.Context, rd *Reader, cards Cards, rules []audit.Rule) (auditing, error) {
	fx, err := r.FX()
	if err != nil {
		return auditing{}, err
	}
	skus, err := r.SKUClasses()
	if err != nil {
		return auditing{}, err
	}
	zones := []string{}
	for _, k := range cards.Cards {
		zones = append(zones, k.Zone)
	}
	if err := model.InstallZones(ctx, rd.Engine, zones); err != nil {
		return auditing{}, err
	}
	rater := &rate.Rater{Engine: rd.Engine, Queries: r.Queries}
	if err := rater.Install(ctx, cards.Cards, cards.Rows); err != nil {
		return auditing{}, err
	}
	profiles, err := r.Profiles()
	if err != nil {
		return auditing{}, err
	}
	a := &audit.Auditor{Engine: rd.Engine, Queries: r.Queries, Rater: rater, Rules: rules, AsOf: rd.AsOf, Words: r.chargeWords(), FX: fx, SKUs: skus}
	for _, provider := range slices.Sorted(maps.Keys(profiles)) {
		for _, account := range profiles[provider].Accounts {
			a.Accounts = append(a.Accounts, audit.Account{Provider: provider, Account: account})
		}
	}
	if a.AsOf.IsZero() {
		a.AsOf = r.Env.Now()
	}
	closes, err := claims.Closes(rd.decided.claims)
	if err != nil {
		return auditing{}, err
	}
	for _, k := range closes {
		if k.AsOf.After(a.AsOf) {
			continue
		}
		m := audit.ClosedMonth{Provider: k.Provider, Month: k.Month, On: k.At.UTC().Format(time.DateOnly)}
		for _, b := range k.Bills {
			m.Bills = append(m.Bills, audit.ClosedBill{Account: b.Account, BillNo: b.BillNo, Version: b.Version})
		}
		a.Closed = append(a.Closed, m)
	}
	return auditing{a, rd}, nil
}

func (r *Runner) chargeWords() (out []audit.ChargeWord) {
	for _, w := range r.Reference.Charges.Words() {
		out = append(out, audit.ChargeWord{Charge: w.Charge, Class: w.Class})
	}
	return out
}

// known says when there is nothing to audit.
func (a auditing) known(ctx context.Context) (err error) {
	rows, err := a.rd.Query(ctx, "select distinct bill_no from bills where is_current order by bill_no")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var all []string
	for rows.Next() {
		var b string
		if err := rows.Scan(&b); err != nil {
			return err
		}
		all = append(all, b)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if len(all) == 0 {
		return ErrNoBills
	}
	for _, b := range a.Only {
		if !slices.Contains(all, b) {
			return fmt.Errorf("%w as %s; try: waybill bills", ErrNoBill, b)
		}
	}
	return nil
}

// TestRules runs the cases of the rules, all or those of one file's rule, those
// that can stand together on one engine.
func (r *Runner) TestRules(ctx context.Context, rule string) ([]audit.CaseCheck, error) {
	rules, err := r.Rules()
	if err != nil {
		return nil, err
	}
	files, err := audit.ReadCases(r.Queries)
	if err != nil {
		return nil, err
	}
	cards, rows, err := audit.CaseCards(r.Queries)
	if err != nil {
		return nil, err
	}
	if rule != "" {
		files = slices.DeleteFunc(files, func(c audit.Cases) bool { return c.Rule != rule })
	}
	var out []audit.CaseCheck
	for _, c := range audit.Together(files) {
		checks, err := r.testRules(ctx, c, rules, cards, rows)
		if err != nil {
			return nil, err
		}
		out = append(out, checks...)
	}
	if rule != "" && len(out) == 0 {
		return nil, fmt.Errorf("%w: rule %s has no cases; try: write queries/%s/%s.yaml", fs.ErrNotExist, rule, audit.CasesDir, rule)
	}
	return out, nil
}

func (r *Runner) testRules(ctx context.Context, c []audit.Cases, rules []audit.Rule, cards []*rate.Card, rows []*rate.Rows) (_ []audit.CaseCheck, err error) {
	dir, err := os.MkdirTemp("", "waybill-audit-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	e, err := r.engineIn(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if err := model.InstallZones(ctx, e, []string{"UTC"}); err != nil {
		return nil, err
	}
	if err := model.InstallCalendars(ctx, e, r.Reference.Calendars); err != nil {
		return nil, err
	}
	rater := &rate.Rater{Engine: e, Queries: r.Queries}
	if err := rater.Install(ctx, cards, rows); err != nil {
		return nil, err
	}
	a := &audit.Auditor{Engine: e, Queries: r.Queries, Rater: rater, Rules: rules, Words: r.chargeWords()}
	return a.Hold(ctx, c, r.Tables)
}
