package reports

import (
	"cmp"
	"slices"
	"time"

	"waybill/pipeline/metric"
)

// leakage builds the page of what leaked.
type leakage struct {
	moneyPage
	in metric.Leakage
}

// Leakage renders the page of what was billed and is not owed, and its workbook.
func Leakage(in metric.Leakage, files Files) (Report, error) {
	w, err := newWriter(files, in.Languages, in.Zone)
	if err != nil {
		return Report{}, err
	}
	origin := origin{asOf: in.AsOf, version: in.Trust.LakeVersion}
	if in.Narrowed {
		origin.from, origin.to = in.From, in.To
	}
	return w.report((&leakage{moneyPage{w, in.Charges, origin}, in}).page())
}

func (b *leakage) page() page {
	in := b.in
	p := page{Name: "leakage", Heading: say("leakage.heading"), Workspace: in.Workspace, AsOf: in.AsOf, Program: in.Trust.Waybill, Headline: b.headline()}
	if in.From != "" {
		p.Period = number(in.From + " – " + in.To)
	}
	p.Sections = []section{b.answer()}
	if in.Claims != nil {
		p.Sections = append(p.Sections, b.expiring())
	}
	p.Sections = append(p.Sections, b.top(), b.waterfalls(), b.trend(), b.months(), b.channels(), b.byCharge(), b.classes(), b.bills(), b.moneyPage.gaps(in.Gaps), b.moneyPage.cannotLook(in.CannotSee), b.accruals())
	if in.Claims != nil {
		p.Sections = append(p.Sections, b.states(in.Claims.States), b.scores(), b.closed(in.Claims.Closed))
	}
	p.Sections = append(p.Sections, b.made())
	p.Sections = append(p.Sections, b.foot(in.Trust, p))
	return p
}

// billsOf counts the bills of a currency.
func (b *leakage) billsOf(currency string) int64 {
	n := int64(0)
	for _, x := range b.in.Bills {
		if x.MoneySum.Currency == currency {
			n++
		}
	}
	return n
}

// line is a currency in one sentence.
func (b *leakage) line(s metric.MoneySum) phrase {
	args := []any{"billed", amount(s.Billed, orNone(s.Currency)), "bills", count(b.billsOf(s.Currency)), "hard", amount(s.HardOf, orNone(s.Currency)), "n", count(s.Hard)}
	if s.Hard == 0 {
		return say("leakage.clean", args...)
	}
	if day := b.soonest(s.Currency); day != "" {
		return say("leakage.line_soonest", append(args, "day", number(day))...)
	}
	return say("leakage.line", args...)
}

// soonest is the first last day on which something of a currency may still be claimed.
func (b *leakage) soonest(currency string) string {
	day := ""
	for _, c := range b.claimable() {
		if c.Currency == currency && c.Deadline != "" && (day == "" || c.Deadline < day) {
			day = c.Deadline
		}
	}
	return day
}

// claimable are the claims that can be sent now.
func (b *leakage) claimable() []metric.ClaimRow {
	if b.in.Claims == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(b.in.Claims.Rows), func(c metric.ClaimRow) bool { return !c.Claimable })
}

// headline is the page in one line.
func (b *leakage) headline() phrase {
	if len(b.in.Totals) == 0 {
		return say("leakage.none")
	}
	made := map[string]string{}
	for _, lang := range b.words.langs {
		for i, s := range b.in.Totals {
			if i > 0 {
				made[lang] += " "
			}
			made[lang] += b.words.plain(lang, b.line(s))
		}
	}
	return phrase{made: made}
}

func (b *leakage) answer() section {
	s := section{ID: "answer", Title: say("section.verdict"), Quiet: true}
	var list verdictList
	for _, t := range b.in.Totals {
		v := verdictView{State: "pass", Mark: "●", Word: say("leakage.word_clean"), Shop: orNone(t.Currency), Lines: []phrase{b.line(t)}}
		if t.Hard > 0 {
			v.State, v.Mark, v.Word = "fail", "▲", say("leakage.word_dispute")
		}
		if t.Soft > 0 {
			v.Lines = append(v.Lines, say("leakage.soft", "n", count(t.Soft), "amount", amount(t.SoftOf, orNone(t.Currency))))
		}
		if t.Owed > 0 {
			v.Lines = append(v.Lines, say("leakage.compensation", "n", count(t.Owed), "amount", amount(t.OwedOf, orNone(t.Currency))))
		}
		compared := t.Billed - t.Parts["unquoted"]
		if compared != t.Billed {
			v.Lines = append(v.Lines, say("leakage.unquoted", "amount", amount(t.Parts["unquoted"], orNone(t.Currency))))
			if t.Hard == 0 {
				v.State, v.Mark, v.Word = "none", "○", say("leakage.word_open")
			}
		}
		if n, m, day := b.now(t.Currency); n > 0 {
			line := say("leakage.claimable", "n", count(n), "amount", amount(m, orNone(t.Currency)))
			if day > 0 {
				line = say("leakage.claimable_soon", "n", count(n), "amount", amount(m, orNone(t.Currency)), "soon", count(day))
			}
			v.Lines = append(v.Lines, line)
		}
		if n, m := b.lapsed(t.Currency); n > 0 {
			v.Lines = append(v.Lines, say("leakage.lapsed", "n", count(n), "amount", amount(m, orNone(t.Currency))))
		}
		list = append(list, v)
	}
	if len(list) == 0 {
		s.Blocks = []block{paragraphs{say("leakage.none")}}
		return s
	}
	s.Blocks = []block{list}
	return s
}

// now adds up what can be claimed, and how many claims of it expire this week.
func (b *leakage) now(currency string) (n int64, sum metric.Money, soon int64) {
	for _, c := range b.claimable() {
		if c.Currency == currency {
			n++
			sum += c.Amount
			if c.DaysLeft != nil && *c.DaysLeft <= 7 {
				soon++
			}
		}
	}
	return n, sum, soon
}

// lapsed adds up what nobody sent by its last day.
func (b *leakage) lapsed(currency string) (n int64, sum metric.Money) {
	if b.in.Claims == nil {
		return 0, 0
	}
	for _, s := range b.in.Claims.States {
		if s.Currency == currency && s.State == "expired" {
			n, sum = n+s.Claims, sum+s.Amount
		}
	}
	return n, sum
}

func (b *leakage) expiring() section {
	s := section{ID: "expiring", Title: say("leakage.expiring"), Lead: say("leakage.expiring_lead"), Empty: say("leakage.expiring_none")}
	t := &table{ID: "expiring", Sortable: true, Cards: true, Shown: findingsShown, Columns: []column{{Kind: kindDate, Head: say("money.deadline")}, {Kind: kindNumber, Head: say("leakage.days_left")}, {Kind: kindPhrase, Head: say("money.what"), Key: true, Class: "what"}, {Kind: kindText, Head: say("money.provider")},
		{Kind: kindCode, Head: say("money.bill")}, {Kind: kindCode, Head: say("col.number")}, {Kind: kindMoney, Head: say("leakage.claim")}, {Kind: kindText, Head: say("col.currency"), Only: inSheet}, {Kind: kindPhrase, Head: say("leakage.state")}, {Kind: kindCode, Head: say("money.finding"), Only: inSheet}}}
	if !slices.ContainsFunc(b.in.Claims.Rows, func(c metric.ClaimRow) bool { return c.Deadline != "" }) {
		s.Empty = say("leakage.expiring_unknown")
	}
	soon := slices.DeleteFunc(b.claimable(), func(c metric.ClaimRow) bool { return c.DaysLeft == nil || *c.DaysLeft > 7 })
	slices.SortStableFunc(soon, func(x, y metric.ClaimRow) int {
		return cmp.Or(cmp.Compare(*x.DaysLeft, *y.DaysLeft), cmp.Compare(x.Currency, y.Currency), cmp.Compare(y.Amount, x.Amount))
	})
	found := map[string]metric.MoneyFinding{}
	for _, f := range b.in.Findings {
		found[f.ID] = f
	}
	for _, c := range soon {
		what := dash()
		if f, ok := found[c.Finding]; ok {
			what = cell{Text: either(f.TitleZH, f.Title), Order: f.Rule}
		}
		number := dash()
		if c.Number != "" {
			number = cell{Text: literal(c.Number), Value: c.Number, Copy: true}
		}
		t.Rows = append(t.Rows, row{Cells: []cell{dayCell(c.Deadline), countCell(int64(*c.DaysLeft)), what, textCell(c.Provider), {Text: literal(c.Bill), Value: c.Bill}, number, amountCell(c.Amount, c.Currency), textCell(c.Currency),
			wordCell(b.words.term("claim.state", c.State)), textCell(c.Finding)}})
	}
	if len(t.Rows) > 0 {
		s.Blocks = []block{t}
	}
	return s
}

func (b *leakage) scores() section {
	s := section{ID: "scores", Title: say("leakage.scores"), Lead: say("leakage.scores_lead"), Empty: say("leakage.scores_none")}
	t := &table{ID: "scores", Sortable: true, Columns: []column{{Kind: kindText, Head: say("money.provider"), Key: true}, {Kind: kindNumber, Head: say("leakage.submitted")}, {Kind: kindNumber, Head: say("leakage.approved")},
		{Kind: kindNumber, Head: say("leakage.denied")}, {Kind: kindNumber, Head: say("leakage.waiting")}, {Kind: kindMoney, Head: say("leakage.claimed")}, {Kind: kindMoney, Head: say("leakage.paid")},
		{Kind: kindPercent, Head: say("leakage.paid_share")}, {Kind: kindDays, Head: say("leakage.days_to_pay")}, {Kind: kindText, Head: say("col.currency"), Only: inSheet}}}
	for _, x := range b.in.Claims.Scores {
		t.Rows = append(t.Rows, row{Cells: []cell{textCell(x.Provider), countCell(x.Submitted), countCell(x.Approved), countCell(x.Denied), countCell(x.Waiting), amountCell(x.Claimed, x.Currency), amountCell(x.Paid, x.Currency),
			shareCell(ratio(int64(x.Paid), int64(x.Claimed))), maybeDays(x.DaysToPay), textCell(x.Currency)}})
	}
	if len(t.Rows) > 0 {
		s.Blocks = []block{t}
	}
	return s
}

func (b *leakage) top() section {
	s := section{ID: "findings", Title: say("leakage.findings"), Lead: say("leakage.findings_lead"), Empty: say("leakage.findings_none")}
	if n := int64(len(b.in.Findings)); n > 0 {
		s.Beside = say("leakage.findings_count", "n", count(n))
		s.Blocks = b.findings(b.in.Findings, true)
	}
	return s
}

// monthCell is a month; bills without a date have none.
func monthCell(month string) cell {
	if month == "" {
		return cell{Text: say("money.undated"), Soft: true, Order: "0"}
	}
	return cell{Text: digitsOf(number(month)), Value: month}
}

func (b *leakage) months() section {
	closed := map[[2]string]time.Time{}
	if b.in.Claims != nil {
		for _, k := range b.in.Claims.Closed {
			closed[[2]string{k.Provider, k.Month}] = k.At
		}
	}
	s := section{ID: "months", Title: say("leakage.months"), Lead: say("leakage.months_lead"), Empty: say("leakage.none")}
	s.Blocks = b.sliceTables("months", b.in.Months, []string{"provider", "bill_month"}, []column{{Kind: kindText, Head: say("money.provider"), Key: true}, {Kind: kindText, Head: say("money.month"), Class: "k"}},
		func(x metric.MoneySlice) []cell {
			month := monthCell(x.Month)
			if at, ok := closed[[2]string{x.Provider, x.Month}]; ok {
				month.Sub = []phrase{say("leakage.closed_on", "day", b.clock.date(at))}
			}
			return []cell{textCell(x.Provider), month}
		})
	return s
}

func (b *leakage) channels() section {
	s := section{ID: "channels", Title: say("leakage.channels"), Lead: say("leakage.channels_lead"), Empty: say("leakage.none")}
	s.Blocks = b.sliceTables("channels", b.in.Channels, []string{"provider", "channel"}, []column{{Kind: kindText, Head: say("col.channel"), Key: true}, {Kind: kindText, Head: say("money.provider")}},
		func(x metric.MoneySlice) []cell {
			name := textCell(x.Channel)
			if x.Channel == "" {
				name = cell{Text: say("leakage.no_channel"), Soft: true}
			}
			return []cell{name, textCell(x.Provider)}
		})
	return s
}

func (b *leakage) byCharge() section {
	s := section{ID: "charges", Title: say("leakage.charges"), Lead: say("leakage.charges_lead"), Empty: say("leakage.none")}
	s.Blocks = b.sliceTables("charges", b.in.ByCharge, []string{"charge"}, []column{{Kind: kindPhrase, Head: say("money.charge"), Key: true}},
		func(x metric.MoneySlice) []cell { return []cell{{Text: b.charge(x.Charge), Order: x.Charge}} })
	return s
}

// classes is what parcels hold; where no line of an order says so there is nothing
// to tell apart.
func (b *leakage) classes() section {
	s := section{ID: "classes", Title: say("leakage.classes"), Lead: say("leakage.classes_lead"), Empty: say("leakage.classes_none")}
	if !slices.ContainsFunc(b.in.SKUClasses, func(x metric.MoneySlice) bool { return x.SKUClass != "" && x.SKUClass != "unknown" }) {
		return s
	}
	s.Blocks = b.sliceTables("classes", b.in.SKUClasses, []string{"sku_class"}, []column{{Kind: kindText, Head: say("leakage.class"), Key: true}}, func(x metric.MoneySlice) []cell {
		switch x.SKUClass {
		case "":
			return []cell{{Text: say("leakage.no_parcel"), Soft: true}}
		case "unknown":
			return []cell{{Text: say("leakage.class_unknown"), Soft: true}}
		case "mixed":
			return []cell{{Text: say("leakage.class_mixed"), Soft: true}}
		}
		return []cell{textCell(x.SKUClass)}
	})
	return s
}

// billsShown is how many bills the page lists; the workbook has all.
const billsShown = 100

func (b *leakage) bills() section {
	s := section{ID: "bills", Title: say("leakage.bills"), Lead: say("leakage.bills_lead"), Empty: say("leakage.none")}
	approved := column{Kind: kindPhrase, Head: say("money.decided")}
	if !slices.ContainsFunc(b.in.Bills, func(x metric.MoneyBill) bool { return x.Approval != nil || x.Closed }) {
		approved.Only = inSheet
	}
	t := &table{ID: "bills", Sortable: true, Cards: true, Shown: billsShown, Columns: []column{{Kind: kindCode, Head: say("money.bill"), Key: true}, {Kind: kindText, Head: say("money.provider")}, {Kind: kindDate, Head: say("money.bill_date")},
		{Kind: kindNumber, Head: say("money.lines")}, {Kind: kindMoney, Head: say("money.lines_total")}, {Kind: kindMoney, Head: say("money.stated_total")}, {Kind: kindNumber, Head: say("money.findings")},
		{Kind: kindMoney, Head: say("money.dispute")}, {Kind: kindMoney, Head: say("money.approve")}, {Kind: kindText, Head: say("col.currency"), Only: inSheet}, approved}}
	for _, x := range b.in.Bills {
		c := x.MoneySum.Currency
		stated := dash()
		if x.Stated != nil {
			stated = amountCell(*x.Stated, c)
		}
		date := cell{Text: digitsOf(none), Order: "0"}
		if x.Date != "" {
			date = dayCell(string(x.Date))
		}
		dispute := partCell(x.Dispute(), c)
		if x.Dispute() > 0 {
			dispute.Mark, dispute.Tone = "▲", "fail"
			dispute.Door = b.origin.audited("findings", append(billIs(x.Provider, x.Account, x.Bill.Bill), is("currency", c), "confidence = 'hard'", "takes <> 'nothing'")...)
		}
		lines := amountCell(x.MoneySum.Billed, c)
		lines.Door = b.origin.rowsOf("billing_lines", billIs(x.Provider, x.Account, x.Bill.Bill)...)
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: literal(x.Bill.Bill), Value: x.Bill.Bill, Copy: true}, textCell(x.Provider), date, countCell(x.Lines), lines, stated, countCell(x.MoneySum.Hard), dispute,
			amountCell(x.Approve(), c), textCell(c), b.decidedCell(x)}})
	}
	if len(t.Rows) > 0 {
		s.Blocks = []block{folded(t)}
	}
	return s
}
