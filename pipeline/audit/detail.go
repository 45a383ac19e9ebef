package audit

import (
	"context"
	"errors"
)

// Detail is what pages show beside a Result.
type Detail struct {
	Gaps     []BillGap
	Channels map[string]string // of the parcel of a finding, by finding
	Lines    []Line            // of the audited bills; nil: not asked for
}

// BillGap is lines of one bill that no contract could be held against, and why.
type BillGap struct {
	Provider string `json:"provider"`
	Account  string `json:"account,omitempty"`
	Bill     string `json:"bill"`
	Version  int64  `json:"bill_version"`
	Currency string `json:"currency"`
	Channel  string `json:"channel,omitempty"`
	Kind     string `json:"kind"`   // unmatched, account or unquoted
	Reason   string `json:"reason"` // number_unknown …, no_parcel, or why the rate card has no price
	Lines    int64  `json:"lines"`
	Amount   Money  `json:"amount"`
	Example  string `json:"example,omitempty"` // a number
}

// Verdicts on a line.
const (
	Dispute     = "dispute"      // a finding that follows from contract and data
	Look        = "look"         // a finding that is worth a look
	Agrees      = "agrees"       // as the contract asks, up to the rounding of a cent
	Less        = "less"         // the contract asks for more
	More        = "more"         // the contract asks for less, and no rule says why
	Credit      = "credit"       // money that comes back
	NotCompared = "not_compared" // see Reason
)

// Line is a charge line with its verdict; one on a master number stands once per
// parcel, with its share.
type Line struct {
	ID       string   `json:"line"`
	Shipment string   `json:"shipment,omitempty"`
	Provider string   `json:"provider"`
	Account  string   `json:"account,omitempty"`
	Bill     string   `json:"bill"`
	Version  int64    `json:"bill_version"`
	Currency string   `json:"currency"`
	Number   string   `json:"number,omitempty"`
	Raw      string   `json:"charge_raw"`
	Charge   string   `json:"charge"`
	Class    string   `json:"charge_class"`
	Shipped  Day      `json:"ship_date,omitempty"`
	Weight   string   `json:"billed_weight,omitempty"` // with its unit
	Zone     string   `json:"zone,omitempty"`
	Amount   Money    `json:"amount"`
	Quoted   *Money   `json:"quoted"` // of the charge of the parcel on this bill; nil: not compared
	Of       int64    `json:"lines"`  // that ask for that charge together
	Reason   string   `json:"reason,omitempty"`
	Verdict  string   `json:"verdict"`
	Findings []string `json:"findings,omitempty"`
	charged  Money    // by these lines together
}

// judge says how a line stands, given the strongest finding on it.
func (l *Line) judge(strongest string) {
	switch {
	case strongest != "":
		l.Verdict = strongest
	case l.Reason == Credit:
		l.Verdict, l.Reason = Credit, ""
	case l.Quoted == nil:
		l.Verdict = NotCompared
	case l.charged-*l.Quoted > Money(least*l.Of):
		l.Verdict = More
	case *l.Quoted-l.charged > Money(least*l.Of):
		l.Verdict = Less
	default:
		l.Verdict = Agrees
	}
}

// Detail reads, after Run, what a Result leaves out; with lines also each line of
// the audited bills.
func (a *Auditor) Detail(ctx context.Context, lines bool) (Detail, error) {
	out := Detail{Gaps: []BillGap{}, Channels: map[string]string{}}
	err := errors.Join(a.table(ctx, "98_gaps", "bill_gaps"),
		each(ctx, a.Engine, `select provider, account, bill_no, version, currency, coalesce(channel, ''), kind, reason, lines, amount_e8, coalesce(example, '') from bill_gaps order by 1, 2, 3, 4, 5, 7, 8, 6`, func(scan func(...any) error) error {
			var g BillGap
			err := scan(&g.Provider, &g.Account, &g.Bill, &g.Version, &g.Currency, &g.Channel, &g.Kind, &g.Reason, &g.Lines, &g.Amount, &g.Example)
			out.Gaps = append(out.Gaps, g)
			return err
		}),
		each(ctx, a.Engine, `select f.finding_id, s.channel from findings as f join shipments as s on s.shipment_id = f.shipment_id where s.channel is not null`, func(scan func(...any) error) error {
			var id, channel string
			err := scan(&id, &channel)
			out.Channels[id] = channel
			return err
		}))
	if err != nil || !lines {
		return out, err
	}
	out.Lines, err = a.lines(ctx)
	return out, err
}

func (a *Auditor) lines(ctx context.Context) ([]Line, error) {
	type key struct{ line, shipment string }
	found, strongest := map[key][]string{}, map[key]string{}
	out := []Line{}
	err := errors.Join(a.view(ctx, "99_verdicts", "line_verdicts"),
		each(ctx, a.Engine, `select l.line_id, coalesce(l.shipment_id, ''), f.finding_id, case when f.takes = 'compensation' then '' when f.confidence = 'hard' and f.takes <> 'nothing' then 'dispute' else 'look' end from finding_lines as l join findings as f on f.finding_id = l.finding_id order by 1, 2, 3`, func(scan func(...any) error) error {
			var k key
			var id string
			var says string // of the line; a compensation leaves it as it is
			err := scan(&k.line, &k.shipment, &id, &says)
			found[k] = append(found[k], id)
			if says == Dispute || strongest[k] == "" {
				strongest[k] = says
			}
			return err
		}),
		each(ctx, a.Engine, `select line_id, coalesce(shipment_id, ''), provider, account, bill_no, version, currency, coalesce(number, ''), coalesce(charge_raw, ''), charge, charge_class, coalesce(cast(ship_date as varchar), ''),
 coalesce(cast(billed_weight as varchar) || coalesce(' ' || weight_unit, ''), ''), coalesce(zone, ''), amount_e8, charge_quoted_e8, coalesce(charge_billed_e8, 0), cast(charge_lines as bigint), coalesce(reason, '')
from line_verdicts order by provider, account, bill_no, version, number, shipment_id, charge, line_id`, func(scan func(...any) error) error {
			var l Line
			err := scan(&l.ID, &l.Shipment, &l.Provider, &l.Account, &l.Bill, &l.Version, &l.Currency, &l.Number, &l.Raw, &l.Charge, &l.Class, &l.Shipped, &l.Weight, &l.Zone, &l.Amount, &l.Quoted, &l.charged, &l.Of, &l.Reason)
			k := key{l.ID, l.Shipment}
			l.Findings = found[k]
			l.judge(strongest[k])
			out = append(out, l)
			return err
		}))
	return out, err
}
