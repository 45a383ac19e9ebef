package metric

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"waybill/pipeline/audit"
)

// undated is the month in which the audit keeps lines of bills without a date.
const undated = "1900-01-01"

// BuildLeakage adds up what an audit found, of the bills from money.From to
// money.To. It fails naming the slice where billed is not quoted plus its parts.
func BuildLeakage(ctx context.Context, q Querier, in Input, money MoneyInput) (Leakage, error) {
	b := newMoney(in, money)
	out := Leakage{Workspace: in.Workspace, AsOf: in.AsOf.UTC(), Zone: in.Zone, Languages: in.Languages, From: money.From, To: money.To, Narrowed: money.From != "",
		Claims: b.money.Claims, Charges: b.money.Charges}
	for _, bill := range b.money.Audit.Bills {
		if d := string(bill.Date); !out.Narrowed && d != "" {
			if out.From == "" || d < out.From {
				out.From = d
			}
			out.To = max(out.To, d)
		}
	}
	var err error
	if out.Totals, err = b.totals(); err != nil {
		return Leakage{}, err
	}
	for _, by := range []struct {
		to    *[]MoneySlice
		of    func(audit.Part) MoneySlice
		whose func(MoneyFinding) MoneySlice
	}{
		{&out.Months, func(p audit.Part) MoneySlice {
			return MoneySlice{Provider: p.Provider, Month: monthOf(string(p.Month))}
		},
			func(f MoneyFinding) MoneySlice {
				return MoneySlice{Provider: f.Provider, Month: monthOf(string(f.Billed))}
			}},
		{&out.ByCharge, func(p audit.Part) MoneySlice { return MoneySlice{Charge: p.Charge} }, nil},
		{&out.Channels, func(p audit.Part) MoneySlice { return MoneySlice{Provider: p.Provider, Channel: p.Channel} }, nil},
		{&out.SKUClasses, func(p audit.Part) MoneySlice { return MoneySlice{SKUClass: p.SKUClass} }, nil},
	} {
		if *by.to, err = b.slices(by.of, by.whose); err != nil {
			return Leakage{}, err
		}
	}
	if out.Bills, err = b.bills(); err != nil {
		return Leakage{}, err
	}
	out.Findings, out.Gaps, out.CannotSee = b.findings, b.gaps(), b.cannotLook()
	inMonths := func(month audit.Day) bool {
		return !out.Narrowed || string(month) >= out.From[:7]+"-01" && string(month) <= out.To
	}
	out.Unbilled = slices.DeleteFunc(slices.Clone(money.Audit.Unbilled), func(u audit.Unbilled) bool { return !inMonths(u.Month) })
	out.Late = slices.DeleteFunc(slices.Clone(money.Audit.Late), func(l audit.Late) bool { return !inMonths(l.Month) })
	out.Trust, err = b.trust(ctx, q)
	return out, err
}

// BuildBill is the report of the one bill that money.Audit holds.
func BuildBill(ctx context.Context, q Querier, in Input, money MoneyInput) (BillReport, error) {
	if len(money.Audit.Bills) != 1 {
		return BillReport{}, fmt.Errorf("a report of one bill was given %d", len(money.Audit.Bills))
	}
	b := newMoney(in, money)
	out := BillReport{Workspace: in.Workspace, AsOf: in.AsOf.UTC(), Zone: in.Zone, Languages: in.Languages, Findings: b.findings, Gaps: b.gaps(), CannotSee: b.cannotLook(), Charges: money.Charges, Claims: b.ofBill()}
	var err error
	if out.Bills, err = b.bills(); err != nil {
		return BillReport{}, err
	}
	if out.ByCharge, err = b.slices(func(p audit.Part) MoneySlice { return MoneySlice{Charge: p.Charge} }, nil); err != nil {
		return BillReport{}, err
	}
	for _, l := range money.Detail.Lines {
		if b.has(l.Provider, l.Account, l.Bill, l.Version) {
			out.Lines = append(out.Lines, l)
		}
	}
	out.Trust, err = b.trust(ctx, q)
	return out, err
}

// moneyOf is the bills of a period with what was found on them.
type moneyOf struct {
	in       Input
	money    MoneyInput // with the bills of the period only
	of       map[billKey]bool
	parts    []audit.Part
	claimed  []audit.Part // what hard findings take off the lines
	findings []MoneyFinding
	rules    map[string]audit.Rule
}

type billKey struct {
	provider, account, bill string
	version                 int64
}

func newMoney(in Input, money MoneyInput) *moneyOf {
	b := &moneyOf{in: in, money: money, of: map[billKey]bool{}, rules: map[string]audit.Rule{}}
	b.money.Audit.Bills = nil
	for _, x := range money.Audit.Bills {
		if d := string(x.Date); money.From == "" || d >= money.From && d <= money.To {
			b.money.Audit.Bills = append(b.money.Audit.Bills, x)
			b.of[billKey{x.Provider, x.Account, x.Bill, x.Version}] = true
		}
	}
	for _, r := range money.Rules {
		b.rules[r.ID] = r
	}
	for _, p := range money.Audit.Parts {
		if b.has(p.Provider, p.Account, p.Bill, p.Version) {
			b.parts = append(b.parts, p)
		}
	}
	for _, p := range money.Audit.Claimed {
		if b.has(p.Provider, p.Account, p.Bill, p.Version) {
			b.claimed = append(b.claimed, p)
		}
	}
	b.money.Claims = money.Claims.within(money.From, money.To)
	claims := map[string]ClaimRow{}
	if money.Claims != nil {
		for _, c := range money.Claims.Rows {
			claims[c.Finding] = c
		}
	}
	for _, f := range money.Audit.Findings {
		if b.has(f.Provider, f.Account, f.Bill, f.BillVer) {
			r, c := b.rules[f.Rule], claims[f.ID]
			b.findings = append(b.findings, MoneyFinding{Finding: f, Title: cmp.Or(r.Title, f.Rule), TitleZH: cmp.Or(r.TitleZH, f.Rule), Channel: money.Detail.Channels[f.ID], Deadline: c.Deadline, DaysLeft: c.DaysLeft, State: c.State})
		}
	}
	place := func(f MoneyFinding) int {
		switch {
		case f.Hard():
			return 0
		case f.Owed():
			return 1
		case f.Counts():
			return 2
		}
		return 3
	}
	// what nothing can be done about any more comes last
	over := func(f MoneyFinding) int {
		switch f.State {
		case "denied", "credited", "withdrawn", "expired":
			return 1
		}
		return 0
	}
	slices.SortStableFunc(b.findings, func(x, y MoneyFinding) int {
		return cmp.Or(cmp.Compare(x.Currency, y.Currency), cmp.Compare(over(x), over(y)), cmp.Compare(place(x), place(y)), cmp.Compare(y.Delta, x.Delta), cmp.Compare(x.ID, y.ID))
	})
	return b
}

func (b *moneyOf) has(provider, account, bill string, version int64) bool {
	return b.of[billKey{provider, account, bill, version}]
}

// monthOf is the month of a day; empty where there is none.
func monthOf(day string) string {
	if day == "" || day == undated {
		return ""
	}
	return day[:min(7, len(day))]
}

// name of the slice, for an error and for its place.
func (s MoneySlice) name() string {
	return strings.Join([]string{s.Currency, s.Provider, s.Channel, s.SKUClass, s.Charge, s.Month}, "|")
}

// slices adds up, by currency, what was billed, quoted, why the two differ and what
// of it is not owed. Where a finding belongs to one slice, whose says to which:
// then findings are counted too, what totals of bills ask for beyond their lines
// is disputed too, and the findings are held against what they take off the lines.
func (b *moneyOf) slices(of func(audit.Part) MoneySlice, whose func(MoneyFinding) MoneySlice) ([]MoneySlice, error) {
	at := map[string]*MoneySlice{}
	get := func(s MoneySlice, currency string) *MoneySlice {
		s.Currency = currency
		name := s.name()
		if at[name] == nil {
			s.Parts = map[string]Money{}
			at[name] = &s
		}
		return at[name]
	}
	for _, p := range b.parts {
		s := get(of(p), p.Currency)
		switch p.Part {
		case "billed":
			s.Billed += p.Amount
		case "quoted":
			s.Quoted += p.Amount
		default:
			s.Parts[p.Part] += p.Amount
		}
	}
	for _, p := range b.claimed {
		get(of(p), p.Currency).HardOf += p.Amount
	}
	off := map[string]Money{}
	for name, s := range at {
		off[name] = s.HardOf
		s.Expected = s.Billed - s.HardOf
	}
	for _, f := range b.findings {
		if whose == nil || !f.Counts() && !f.Owed() {
			continue
		}
		s := get(whose(f), f.Currency)
		if f.Owed() {
			s.Owed++
			s.OwedOf += f.Delta
			continue
		}
		switch {
		case !f.Hard():
			s.Soft++
			s.SoftOf += f.Delta
			continue
		case f.Takes == audit.TakesBill:
			s.HardOf += f.Delta
		default:
			off[s.name()] -= f.Delta
		}
		s.Hard++
	}
	out := []MoneySlice{}
	for _, name := range slices.Sorted(maps.Keys(at)) {
		s := at[name]
		total := s.Quoted
		for _, m := range s.Parts {
			total += m
		}
		switch {
		case total != s.Billed:
			return nil, fmt.Errorf("billed is not quoted plus its parts: %s is off by %s; nothing is reported", name, s.Billed-total)
		case whose != nil && off[name] != 0:
			return nil, fmt.Errorf("findings are not what they take off the lines: %s is off by %s; nothing is reported", name, off[name])
		}
		out = append(out, *s)
	}
	slices.SortFunc(out, func(x, y MoneySlice) int {
		return cmp.Or(cmp.Compare(x.Currency, y.Currency), cmp.Compare(x.Provider, y.Provider), cmp.Compare(y.Month, x.Month), cmp.Compare(y.Billed, x.Billed), cmp.Compare(x.name(), y.name()))
	})
	return out, nil
}

// totals is the sums by currency.
func (b *moneyOf) totals() ([]MoneySum, error) {
	list, err := b.slices(func(audit.Part) MoneySlice { return MoneySlice{} }, func(MoneyFinding) MoneySlice { return MoneySlice{} })
	out := []MoneySum{}
	for _, s := range list {
		out = append(out, s.MoneySum)
	}
	return out, err
}

// bills are the newest first. A bill of several currencies stands once per currency.
func (b *moneyOf) bills() ([]MoneyBill, error) {
	key := func(provider, account, bill string, version int64) string {
		return fmt.Sprintf("%q %q %q %d", provider, account, bill, version)
	}
	list, err := b.slices(func(p audit.Part) MoneySlice {
		return MoneySlice{Provider: key(p.Provider, p.Account, p.Bill, p.Version)}
	},
		func(f MoneyFinding) MoneySlice {
			return MoneySlice{Provider: key(f.Provider, f.Account, f.Bill, f.BillVer)}
		})
	if err != nil {
		return nil, err
	}
	sums, excess := map[string][]MoneySum{}, map[string]Money{}
	for _, s := range list {
		sums[s.Provider] = append(sums[s.Provider], s.MoneySum)
	}
	for _, f := range b.findings {
		if f.Hard() && f.Takes == audit.TakesBill {
			excess[key(f.Provider, f.Account, f.Bill, f.BillVer)+f.Currency] += f.Delta
		}
	}
	out := []MoneyBill{}
	for _, x := range b.money.Audit.Bills {
		k := key(x.Provider, x.Account, x.Bill, x.Version)
		if len(sums[k]) == 0 {
			out = append(out, MoneyBill{Bill: x, MoneySum: MoneySum{Currency: x.Currency, Parts: map[string]Money{}}})
		}
		for _, s := range sums[k] {
			one := MoneyBill{Bill: x, MoneySum: s, Excess: excess[k+s.Currency]}
			one.decided(b.money.Claims)
			if s.Currency != x.Currency {
				one.Stated = nil // a total is of one currency
			}
			out = append(out, one)
		}
	}
	return out, nil
}

// gaps adds up over bills, the largest amount of a currency first.
func (b *moneyOf) gaps() []MoneyGap {
	out := []MoneyGap{}
	for _, g := range b.money.Detail.Gaps {
		if !b.has(g.Provider, g.Account, g.Bill, g.Version) {
			continue
		}
		i := slices.IndexFunc(out, func(o MoneyGap) bool {
			return o.Provider == g.Provider && o.Channel == g.Channel && o.Kind == g.Kind && o.Reason == g.Reason && o.Currency == g.Currency
		})
		if i < 0 {
			i = len(out)
			out = append(out, MoneyGap{Provider: g.Provider, Channel: g.Channel, Kind: g.Kind, Reason: g.Reason, Currency: g.Currency, Example: g.Example})
		}
		out[i].Bills++
		out[i].Lines += g.Lines
		out[i].Amount += g.Amount
	}
	slices.SortStableFunc(out, func(x, y MoneyGap) int {
		return cmp.Or(cmp.Compare(x.Currency, y.Currency), cmp.Compare(y.Amount, x.Amount))
	})
	return out
}

// cannotLook is of the providers of the bills.
func (b *moneyOf) cannotLook() []CannotLook {
	out := []CannotLook{}
	for _, s := range b.money.Audit.Skipped {
		if slices.ContainsFunc(b.money.Audit.Bills, func(x audit.Bill) bool { return x.Provider == s.Provider }) {
			r := b.rules[s.Rule]
			out = append(out, CannotLook{Skipped: s, Title: cmp.Or(r.Title, s.Rule), TitleZH: cmp.Or(r.TitleZH, s.Rule)})
		}
	}
	return out
}

func (b *moneyOf) trust(ctx context.Context, q Querier) (Trust, error) {
	in := b.in
	out := Trust{LakeVersion: in.LakeVersion, ReportID: in.ReportID, Waybill: in.Waybill, Feeds: lag(in.Feeds), Cards: b.money.Cards}
	t := tables{ctx: ctx, q: q, queries: in.Queries}
	held, err := t.readReach()
	if err != nil {
		return Trust{}, err
	}
	return out, t.volumes(held, &out)
}
