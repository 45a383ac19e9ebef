package audit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"waybill/pipeline/engine"
)

// Money is an amount in 0.00000001 of a currency.
type Money int64

// String writes at least two decimals, and more only where there are any.
func (m Money) String() string {
	sign, n := "", int64(m)
	if n < 0 {
		sign, n = "-", -n
	}
	more := strings.TrimRight(fmt.Sprintf("%08d", n%100000000), "0")
	for len(more) < 2 {
		more += "0"
	}
	return fmt.Sprintf("%s%d.%s", sign, n/100000000, more)
}

// MarshalJSON writes the decimal as a text: a number would lose digits.
func (m Money) MarshalJSON() ([]byte, error) { return []byte(`"` + m.String() + `"`), nil }

// Finding is something that was billed and is not owed, or worth a look.
type Finding struct {
	ID         string `json:"finding"` // the same for the same mistake on the same bill, whenever and wherever it is found
	Rule       string `json:"rule"`
	Version    int64  `json:"rule_version"`
	Confidence string `json:"confidence"`
	Takes      string `json:"takes"`
	Effect     string `json:"effect"`
	Provider   string `json:"provider"`
	Account    string `json:"account,omitempty"`
	Bill       string `json:"bill"`
	BillVer    int64  `json:"bill_version"`
	Billed     Day    `json:"bill_date"`
	Shipment   string `json:"shipment,omitempty"`
	Number     string `json:"number,omitempty"`
	Tracking   string `json:"tracking_number,omitempty"`
	Charge     string `json:"charge,omitempty"` // empty: several
	Currency   string `json:"currency"`
	Expected   Money  `json:"expected"`
	Asked      Money  `json:"billed"`
	Delta      Money  `json:"delta"` // billed minus expected
	Evidence   string `json:"evidence"`

	Window     *int64 `json:"window_days,omitempty"` // by the card of its parcel: days on which it can be claimed; nil: it says none
	WindowFrom string `json:"window_from,omitempty"` // the day before the first of them: bill_date, ship_date, delivered
	Cap        *Money `json:"cap,omitempty"`         // the most that the card pays for it; nil: it says none
}

// Day is a local day, 2026-03-02; empty where none is known.
type Day string

// Part is a share of the difference between billed and quoted. The parts
// "billed" and "quoted" are those two themselves.
type Part struct {
	Provider string `json:"provider"`
	Account  string `json:"account,omitempty"`
	Bill     string `json:"bill"`
	Version  int64  `json:"bill_version"`
	Month    Day    `json:"month"` // its first day
	Currency string `json:"currency"`
	Channel  string `json:"channel,omitempty"`
	SKUClass string `json:"sku_class,omitempty"` // unknown, mixed or a class; empty: no parcel
	Charge   string `json:"charge"`
	Part     string `json:"part"`
	Amount   Money  `json:"amount"`
}

// Gap is lines that could not be compared, and why.
type Gap struct {
	Provider string `json:"provider"`
	Currency string `json:"currency"`
	Channel  string `json:"channel,omitempty"`
	Kind     string `json:"kind"`   // unmatched or unquoted
	Reason   string `json:"reason"` // number_unknown … or why the rate card has no price
	Parcels  int64  `json:"parcels"`
	Lines    int64  `json:"lines"`
	Amount   Money  `json:"amount"`
}

// Bill is a current bill with what the audit says of it.
type Bill struct {
	Provider string `json:"provider"`
	Account  string `json:"account,omitempty"`
	Bill     string `json:"bill"`
	Version  int64  `json:"bill_version"`
	Kind     string `json:"kind"`
	Date     Day    `json:"bill_date"`
	Currency string `json:"currency"`
	Lines    int64  `json:"lines"`
	Total    *Money `json:"lines_total"`  // nil: its lines are of several currencies, or it has none
	Stated   *Money `json:"stated_total"` // nil: the bill states none
	Parcels  int64  `json:"parcels"`
	Hard     int64  `json:"hard_findings"`
	Claim    *Money `json:"hard_amount"` // nil: of several currencies
}

// Result is what an audit found.
type Result struct {
	AsOf     time.Time  `json:"as_of"`
	Bills    []Bill     `json:"bills"`
	Findings []Finding  `json:"findings"`
	Parts    []Part     `json:"parts"`
	Claimed  []Part     `json:"claimed"` // what hard findings of each rule take off the lines; Part is the rule
	Gaps     []Gap      `json:"gaps"`
	Skipped  []Skipped  `json:"skipped"`
	Unbilled []Unbilled `json:"unbilled"`
	Late     []Late     `json:"late"`
}

// Result reads what Run left in the tables.
func (a *Auditor) Result(ctx context.Context) (Result, error) {
	out := Result{AsOf: a.AsOf, Bills: []Bill{}, Findings: []Finding{}, Parts: []Part{}, Claimed: []Part{}, Gaps: []Gap{}, Skipped: []Skipped{}, Unbilled: []Unbilled{}, Late: []Late{}}
	if err := a.Slices(ctx); err != nil {
		return out, fmt.Errorf("audit, slices: %w", err)
	}
	err := errors.Join(
		each(ctx, a.Engine, `select b.provider, coalesce(b.account, ''), b.bill_no, b.version, b.kind, coalesce(cast(b.bill_date as varchar), ''), coalesce(b.currency, ''), b.lines,
 cast(b.lines_total * 10000 as bigint) * 10000, cast(b.stated_total * 10000 as bigint) * 10000, coalesce(l.parcels, 0), coalesce(f.hard, 0), case when f.hard is null then 0 else f.claim end
from bills as b
left join (select i.provider, i.account, i.bill_no, i.version, l.parcels from (select bill, count(distinct parcel) as parcels from audit_lines group by bill) as l join bill_ids as i on i.bill = l.bill) as l on l.provider = b.provider and l.account = coalesce(b.account, '') and l.bill_no = b.bill_no and l.version = b.version
left join (select provider, account, bill_no, version, count(*) as hard, case when count(distinct currency) = 1 then cast(sum(delta_e8) as bigint) end as claim from findings where confidence = 'hard' and takes not in ('compensation', 'nothing') group by all) as f on f.provider = b.provider and f.account = coalesce(b.account, '') and f.bill_no = b.bill_no and f.version = b.version
where b.is_current and (not exists (select 1 from only_bills) or b.bill_no in (select bill_no from only_bills)) and (b.bill_date is null or b.bill_date <= date `+engine.Literal(a.AsOf.UTC().Format(time.DateOnly))+`) order by b.bill_date desc, b.provider, b.account, b.bill_no`, func(scan func(...any) error) error {
			var b Bill
			err := scan(&b.Provider, &b.Account, &b.Bill, &b.Version, &b.Kind, &b.Date, &b.Currency, &b.Lines, &b.Total, &b.Stated, &b.Parcels, &b.Hard, &b.Claim)
			out.Bills = append(out.Bills, b)
			return err
		}),
		each(ctx, a.Engine, `select f.finding_id, rule, rule_version, confidence, takes, effect, provider, account, bill_no, version, coalesce(cast(bill_date as varchar), ''), coalesce(shipment_id, ''), coalesce(number, ''), coalesce(tracking_number, ''), coalesce(charge, ''), currency, expected_e8, billed_e8, delta_e8,
 case when t.cap_e8 < delta_e8 then case when evidence = '{}' then '{' else substr(evidence, 1, length(evidence) - 1) || ',' end || '"claim_cap":' || json_text(money_of_e8(t.cap_e8)) || ',"claim_cap_per":' || json_text(t.cap_kind) || '}' else evidence end,
 t.window_days, coalesce(t.window_from, ''), t.cap_e8
from findings as f left join finding_terms as t on t.finding_id = f.finding_id order by delta_e8 desc, rule, provider, bill_no, number, charge, f.finding_id`, func(scan func(...any) error) error {
			var f Finding
			err := scan(&f.ID, &f.Rule, &f.Version, &f.Confidence, &f.Takes, &f.Effect, &f.Provider, &f.Account, &f.Bill, &f.BillVer, &f.Billed, &f.Shipment, &f.Number, &f.Tracking, &f.Charge, &f.Currency, &f.Expected, &f.Asked, &f.Delta, &f.Evidence, &f.Window, &f.WindowFrom, &f.Cap)
			out.Findings = append(out.Findings, f)
			return err
		}),
		a.parts(ctx, "part", "audit_slices", &out.Parts),
		a.parts(ctx, "rule", "claimed_slices", &out.Claimed),
		each(ctx, a.Engine, `select provider, currency, '', 'unmatched', problem, 0, count(*), cast(sum(amount_e8) as bigint) from audit_lines where level = 'unmatched' group by provider, currency, problem
union all
select s.provider, s.currency, coalesce(s.channel, ''), 'unquoted', case when q.problem is not null then q.problem when q.currency <> s.currency then 'other_currency' else 'no_card' end, count(distinct s.parcel), sum(u.lines), cast(sum(u.billed_e8) as bigint)
from audit_units as u join bill_stages as s on s.stage = u.stage left join bill_quotes as q on q.parcel = s.parcel
where not u.is_quoted group by s.provider, s.currency, s.channel, case when q.problem is not null then q.problem when q.currency <> s.currency then 'other_currency' else 'no_card' end
order by 4, 1, 5, 3, 2`, func(scan func(...any) error) error {
			var g Gap
			err := scan(&g.Provider, &g.Currency, &g.Channel, &g.Kind, &g.Reason, &g.Parcels, &g.Lines, &g.Amount)
			out.Gaps = append(out.Gaps, g)
			return err
		}),
		each(ctx, a.Engine, `select rule, provider, min(needs) from skipped_rules group by rule, provider order by rule, provider`, func(scan func(...any) error) error {
			var s Skipped
			err := scan(&s.Rule, &s.Provider, &s.Needs)
			out.Skipped = append(out.Skipped, s)
			return err
		}),
	)
	if err == nil && len(a.Only) == 0 {
		err = errors.Join(a.unbilled(ctx, &out), a.late(ctx, &out))
	}
	return out, err
}

// parts adds up a view of slices over parcels.
func (a *Auditor) parts(ctx context.Context, part, view string, to *[]Part) error {
	return each(ctx, a.Engine, `select provider, account, bill_no, version, cast(bill_month as varchar), currency, coalesce(channel, ''), coalesce(sku_class, ''), charge, `+part+`, cast(sum(amount_e8) as bigint)
from `+view+` group by all having sum(amount_e8) <> 0 order by 1, 2, 5, 3, 4, 6, 7, 8, 9, 10`, func(scan func(...any) error) error {
		var p Part
		err := scan(&p.Provider, &p.Account, &p.Bill, &p.Version, &p.Month, &p.Currency, &p.Channel, &p.SKUClass, &p.Charge, &p.Part, &p.Amount)
		*to = append(*to, p)
		return err
	})
}

// each hands every row of a query to take.
func each(ctx context.Context, e engine.Engine, query string, take func(scan func(...any) error) error) (err error) {
	rows, err := e.Query(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
