package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"waybill/pipeline/engine"
	"waybill/pipeline/rate"
)

// Auditor audits the bills of one session of an engine, which must hold
// billing_lines, bills, the views and tables of parcels and their numbers,
// zone_days for the zones of the cards, calendar_days for the calendars by which
// they promise, and the rater's tables of cards.
type Auditor struct {
	Engine   engine.Engine
	Queries  fs.FS // the folder queries
	Rater    *rate.Rater
	Rules    []Rule
	Words    []ChargeWord
	FX       []FXRate
	SKUs     []SKUClass
	Accounts []Account // ours; a provider that has none here is not asked whose a line is
	Closed   []ClosedMonth
	AsOf     time.Time // bills of later days have not come
	Only     []string  // numbers of the bills to look at; none: all
	Progress func(step string)
}

// ChargeWord is a word of the vocabulary of charges with its class: freight,
// surcharge, duty, tax, credit, account or other.
type ChargeWord struct{ Charge, Class string }

// Account is one of ours at a provider, as its bills write it.
type Account struct{ Provider, Account string }

// Skipped says that a rule could not look at the lines of a provider.
type Skipped struct {
	Rule     string `json:"rule"`
	Provider string `json:"provider"`
	Needs    string `json:"needs"` // the column of billing_lines that no line has; quotes: a rate card; accounts: those of the provider's profile
}

const scenarioColumns = "stage bigint, scenario bigint, charge varchar, amount_e8 bigint, is_percent boolean, percent_e4 bigint, base_e8 bigint, edition varchar"

// Run audits: tables audit_lines, audit_units, audit_effects, audit_parts,
// findings, finding_lines, finding_charges and skipped_rules are there afterwards. It fails with
// an *IdentityError where billed is not quoted plus the parts.
func (a *Auditor) Run(ctx context.Context) error {
	type step struct {
		name string
		do   func(context.Context) error
	}
	steps := []step{
		{"match", a.match},
		{"quote", a.quote},
		{"needs", a.lacking},
		{"whole lines", func(ctx context.Context) error { return a.rules(ctx, TakesLines) }},
		{"scenarios", a.scenarios},
		{"effects", a.effects},
		{"rules", func(ctx context.Context) error {
			for _, t := range []string{TakesEffects, TakesBill} {
				if err := a.rules(ctx, t); err != nil {
					return err
				}
			}
			if err := a.promises(ctx); err != nil {
				return err
			}
			for _, t := range []string{TakesCompensation, TakesNothing} {
				if err := a.rules(ctx, t); err != nil {
					return err
				}
			}
			return a.table(ctx, "94_terms", "finding_terms")
		}},
		{"identity", a.identity},
	}
	if len(a.Only) == 0 {
		steps = append(steps, step{"unbilled", a.open})
	}
	for _, s := range steps {
		if err := s.do(ctx); err != nil {
			return fmt.Errorf("audit, %s: %w", s.name, err)
		}
		if a.Progress != nil {
			a.Progress(s.name)
		}
	}
	return nil
}

// table runs a step of queries/billing into a table of the name.
func (a *Auditor) table(ctx context.Context, file, name string) error {
	return a.put(ctx, file, "create or replace table "+engine.Ident(name)+" as ")
}

// view makes a view of a step that only some ask for.
func (a *Auditor) view(ctx context.Context, file, name string) error {
	return a.put(ctx, file, "create or replace view "+engine.Ident(name)+" as ")
}

func (a *Auditor) put(ctx context.Context, file, into string) error {
	b, err := fs.ReadFile(a.Queries, "billing/"+file+".sql")
	if err != nil {
		return err
	}
	if err := a.Engine.Exec(ctx, into+a.dated(string(b))); err != nil {
		return fmt.Errorf("queries/billing/%s.sql: %w", file, err)
	}
	return nil
}

// dated puts the day of the as-of into the text of a query.
func (a *Auditor) dated(text string) string {
	return strings.ReplaceAll(text, "{as_of_day}", a.AsOf.UTC().Format(time.DateOnly))
}

// Match finds the parcels of the lines alone: the view bill_lines is there
// afterwards. Of the Auditor it needs Engine, Queries and AsOf.
func (a *Auditor) Match(ctx context.Context) error {
	for _, s := range []struct{ file, table string }{{"04_slips", "bill_slips"}, {"05_bills", "bill_ids"}, {"20_addresses", "bill_addresses"}, {"30_matches", "bill_matches"}, {"35_parcels", "bill_parcels"}, {"40_lines", "line_rows"}} {
		if err := a.table(ctx, s.file, s.table); err != nil {
			return err
		}
	}
	// a number that is counted keeps one core busy and the other waiting
	if err := a.exec(ctx, "create or replace view numbered_lines as select rowid as line, * from line_rows"); err != nil {
		return err
	}
	return a.view(ctx, "41_lines", "bill_lines")
}

func (a *Auditor) match(ctx context.Context) error {
	if err := a.Match(ctx); err != nil {
		return err
	}
	if err := a.table(ctx, "34_facts", "parcel_facts"); err != nil {
		return err
	}
	if err := a.Engine.Exec(ctx, "create or replace table charge_words (charge varchar, class varchar)"); err != nil {
		return err
	}
	var rows [][]any
	for _, w := range a.Words {
		rows = append(rows, []any{w.Charge, w.Class})
	}
	if err := a.Engine.Insert(ctx, "charge_words", rows); err != nil {
		return err
	}
	if err := a.rates(ctx); err != nil {
		return err
	}
	if err := errors.Join(a.accounts(ctx), a.closed(ctx)); err != nil {
		return err
	}
	return a.narrow(ctx)
}

// accounts writes which accounts are ours.
func (a *Auditor) accounts(ctx context.Context) error {
	if err := a.exec(ctx, "create or replace table own_accounts (provider varchar, account varchar)"); err != nil {
		return err
	}
	var rows [][]any
	for _, x := range a.Accounts {
		rows = append(rows, []any{x.Provider, x.Account})
	}
	return a.Engine.Insert(ctx, "own_accounts", rows)
}

// narrow leaves the lines of some bills, and those of other bills that speak of
// the same parcels: what was billed before decides what a bill may still ask.
func (a *Auditor) narrow(ctx context.Context) error {
	if err := a.exec(ctx, "create or replace table only_bills (bill_no varchar)"); err != nil {
		return err
	}
	if len(a.Only) == 0 {
		return a.exec(ctx, "create or replace view audit_lines as select * from bill_lines")
	}
	var rows [][]any
	for _, b := range a.Only {
		rows = append(rows, []any{b})
	}
	if err := a.Engine.Insert(ctx, "only_bills", rows); err != nil {
		return err
	}
	return a.exec(ctx,
		"create or replace table only_parcels as select distinct provider, coalesce(shipment_id, number) as whose from bill_lines where bill_no in (select bill_no from only_bills)",
		"create or replace table narrow_lines as select l.* from bill_lines as l where l.bill_no in (select bill_no from only_bills) or exists (select 1 from only_parcels as o where o.provider = l.provider and o.whose = coalesce(l.shipment_id, l.number))",
		"create or replace view audit_lines as select * from narrow_lines",
		"create or replace table bill_parcels as select * from bill_parcels where parcel in (select parcel from audit_lines)")
}

// others forgets what was found on bills that nobody asked for.
func (a *Auditor) others(ctx context.Context) error {
	if len(a.Only) == 0 {
		return nil
	}
	return a.exec(ctx,
		"delete from rest_parts where place % (select max(slips) from bill_slips) in (select slip from bill_slips where bill_no not in (select bill_no from only_bills))",
		"create or replace view audit_lines as select * from narrow_lines where bill_no in (select bill_no from only_bills)",
		"delete from findings where bill_no not in (select bill_no from only_bills)",
		"delete from finding_lines where finding_id not in (select finding_id from findings)",
		"delete from finding_charges where finding_id not in (select finding_id from findings)",
		"delete from bill_stages where bill_no not in (select bill_no from only_bills)",
		"delete from plain_units where stage not in (select stage from bill_stages)",
		"delete from priced_units where stage not in (select stage from bill_stages)")
}

// quote prices every billed parcel as we know it.
func (a *Auditor) quote(ctx context.Context) error {
	if err := a.Rater.Of(ctx, "bill_parcels", "parcel_facts"); err != nil {
		return err
	}
	if err := a.exec(ctx, "create or replace table "+engine.Ident(rate.Given)+" ("+rate.GivenColumns+")"); err != nil {
		return err
	}
	if err := a.Rater.Rate(ctx); err != nil {
		return err
	}
	if err := a.exec(ctx, "drop table if exists billed_shipments", "alter table "+engine.Ident(rate.Parcels)+" rename to billed_shipments"); err != nil {
		return err
	}
	if err := errors.Join(a.table(ctx, "56_amounts", "quote_amounts"), a.table(ctx, "70_quotes", "bill_quotes"), a.view(ctx, "57_charges", "quote_charges"),
		a.table(ctx, "58_sums", "line_sums"), a.table(ctx, "59_common", "common_stages"), a.table(ctx, "59_doubtful", "doubtful_stages")); err != nil {
		return err
	}
	return a.exec(ctx,
		"create or replace table taken_lines (line bigint, line_id varchar, shipment_id varchar, rule varchar, effect varchar)",
		"create or replace table findings ("+findingColumns+")",
		"create or replace table finding_lines (finding_id varchar, line_id varchar, shipment_id varchar)",
		"create or replace table finding_charges (finding_id varchar, stage bigint, shipment_id varchar, charge varchar, amount_e8 bigint)")
}

func (a *Auditor) exec(ctx context.Context, queries ...string) error {
	for _, q := range queries {
		if err := a.Engine.Exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// scenarios prices the parcels with one thing after the other as billed, where
// the bill says anything else than we do.
func (a *Auditor) scenarios(ctx context.Context) error {
	if err := a.put(ctx, "55_kept", "create or replace view kept_lines as "); err != nil {
		return err
	}
	for _, s := range []struct{ file, table string }{{"59_careful", "careful_stages"}, {"60_stages", "bill_stages"}, {"65_stage_quotes", "stage_quotes"}, {"65_uneven", "uneven_stages"}, {"66_charges", "charge_ids"}, {"67_plain_units", "plain_units"}, {"68_asked", "asked_stages"}, {"69_billed", "stage_billed"}} {
		if err := a.table(ctx, s.file, s.table); err != nil {
			return err
		}
	}
	if err := a.exec(ctx,
		"create or replace table scenario_charges ("+scenarioColumns+")",
		"create or replace table scenario_stages as select stage, cast(0 as bigint) as scenario from asked_stages",
		"insert into scenario_charges select s.stage, 0, q.charge, q.amount_e8, q.is_percent, q.percent_e4, q.base_e8, q.edition from asked_stages as a join bill_stages as s on s.stage = a.stage join quote_charges as q on q.parcel = s.parcel",
	); err != nil {
		return err
	}
	for i, s := range []struct{ given, ask string }{{"", "71_by_weight"}, {"", "72_by_zone"}, {"73_given_freight", "75_as_given"}, {"74_given_charges", "75_as_given"}} {
		if s.given != "" {
			if err := a.table(ctx, "77_charges", "stage_charges"); err != nil {
				return err
			}
			if err := a.table(ctx, s.given, rate.Given); err != nil {
				return err
			}
		}
		if err := a.table(ctx, s.ask, rate.Parcels); err != nil {
			return err
		}
		if err := a.Rater.Again(ctx); err != nil {
			return err
		}
		if err := a.view(ctx, "56_amounts", "class_amounts"); err != nil {
			return err
		}
		if err := a.exec(ctx,
			fmt.Sprintf("insert into scenario_stages select parcel, %d from rated_totals where total_e8 is not null", i+1),
			fmt.Sprintf("insert into scenario_charges select t.parcel, %d, c.charge, c.amount_e8, c.is_percent, c.percent_e4, c.base_e8, c.edition from rated_totals as t join class_amounts as c on c.class = t.class where t.total_e8 is not null", i+1),
		); err != nil {
			return err
		}
	}
	if err := a.exec(ctx, "create or replace table "+engine.Ident(rate.Given)+" ("+rate.GivenColumns+")"); err != nil {
		return err
	}
	return a.table(ctx, "77_charges", "stage_charges")
}

// effects takes the difference apart and prices what another version of the
// card would have asked.
func (a *Auditor) effects(ctx context.Context) error {
	if err := a.exec(ctx, "delete from plain_units where stage in (select stage from scenario_stages where scenario > 0)"); err != nil {
		return err
	}
	if err := errors.Join(a.table(ctx, "80_units", "priced_units"), a.view(ctx, "81_units", "audit_units")); err != nil {
		return err
	}
	for _, s := range []struct{ file, table string }{{"90_effects", "audit_effects"}, {"78_versions", rate.Parcels}} {
		if err := a.table(ctx, s.file, s.table); err != nil {
			return err
		}
	}
	if err := a.Rater.Again(ctx); err != nil {
		return err
	}
	if err := a.exec(ctx,
		`create or replace table version_freights as
select f.stage, c.v, v.from_day, translated(c.amount_e8, f.own_rate_e8) as amount_e8
from rated_charges as c join card_versions as v on v.v = c.v join stage_quotes as f on f.stage = c.parcel where c.charge = 'freight' and c.amount_e8 is not null`); err != nil {
		return err
	}
	for _, s := range []struct{ file, table string }{{"92_open", "open_effects"}, {"93_percents", "stage_percents"}, {"94_open_units", "open_units"}} {
		if err := a.table(ctx, s.file, s.table); err != nil {
			return err
		}
	}
	return nil
}

// promises finds what came late. Without a card that promises anything there is
// nothing to look at.
func (a *Auditor) promises(ctx context.Context) error {
	into := "create or replace table late_parcels as "
	promised, err := a.any(ctx, "card_promises")
	if err != nil {
		return err
	}
	if !promised {
		b, err := fs.ReadFile(a.Queries, "billing/93_late.sql")
		if err != nil {
			return err
		}
		return a.exec(ctx, into+"select * from ("+a.dated(string(b))+"\n) as late limit 0")
	}
	return a.put(ctx, "93_late", into)
}

// any says whether a table has rows.
func (a *Auditor) any(ctx context.Context, table string) (has bool, err error) {
	err = each(ctx, a.Engine, "select 1 from "+engine.Ident(table)+" limit 1", func(func(...any) error) error {
		has = true
		return nil
	})
	return has, err
}

// rules runs the rules that take one kind of thing, in their order.
func (a *Auditor) rules(ctx context.Context, takes string) error {
	for _, r := range a.Rules {
		if r.Takes != takes {
			continue
		}
		if err := a.apply(ctx, r); err != nil {
			return fmt.Errorf("queries/%s: %w", r.File, err)
		}
	}
	if takes != TakesEffects {
		return nil
	}
	return a.exec(ctx, linesOfCharges)
}

// key columns of what rules select; all others are evidence.
var keys = map[string][]string{
	TakesLines:   {"line_id", "shipment_id"},
	TakesEffects: {"stage", "charge", "effect", "part"},
	TakesBill:    {"provider", "account", "bill_no", "version", "bill_date", "currency", "expected_e8", "billed_e8"},
	TakesNothing: {"line_id", "shipment_id", "expected_e8", "billed_e8"},

	TakesCompensation: {"line_id", "shipment_id", "owed_e8"},
}

// apply runs one rule and writes its findings.
func (a *Auditor) apply(ctx context.Context, r Rule) error {
	if err := a.Engine.Exec(ctx, "create or replace table rule_rows as "+a.dated(r.text)); err != nil {
		return err
	}
	evidence, speaks, err := a.evidence(ctx, r)
	if err != nil || !speaks {
		return err
	}
	for _, q := range claim(r, evidence) {
		if err := a.Engine.Exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// evidence is the SQL of a JSON object of the columns beside the keys; speaks
// says whether the rule has any rows.
func (a *Auditor) evidence(ctx context.Context, r Rule) (_ string, speaks bool, err error) {
	rows, err := a.Engine.Query(ctx, "select * from rule_rows limit 1")
	if err != nil {
		return "", false, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	have, err := rows.Columns()
	if err != nil {
		return "", false, err
	}
	speaks = rows.Next()
	for _, k := range keys[r.Takes] {
		if !slices.Contains(have, k) {
			return "", false, fmt.Errorf("a rule that takes %s selects %s; it lacks %s", r.Takes, strings.Join(keys[r.Takes], ", "), k)
		}
	}
	var parts []string
	for _, c := range have {
		if slices.Contains(keys[r.Takes], c) {
			continue
		}
		parts = append(parts, fmt.Sprintf("coalesce(%s || json_text(max(r.%s)), '')", engine.Literal(`,"`+c+`":`), engine.Ident(c)))
	}
	if len(parts) == 0 {
		return "'{}'", speaks, rows.Err()
	}
	return "'{' || substr(" + strings.Join(parts, " || ") + ", 2) || '}'", speaks, rows.Err()
}
