package reports

import (
	"slices"

	"waybill/pipeline/audit"
	"waybill/pipeline/metric"
)

// billPage builds the page of one bill.
type billPage struct {
	moneyPage
	in metric.BillReport
}

// Bill renders the page of one bill and its workbook, which holds every line.
func Bill(in metric.BillReport, files Files) (Report, error) {
	w, err := newWriter(files, in.Languages, in.Zone)
	if err != nil {
		return Report{}, err
	}
	x := in.Bills[0]
	return w.report((&billPage{moneyPage{w, in.Charges, origin{asOf: in.AsOf, version: in.Trust.LakeVersion, bill: billIs(x.Provider, x.Account, x.Bill.Bill)}}, in}).page())
}

func (b *billPage) page() page {
	in := b.in
	p := page{Name: "bill", Heading: say("bill.heading", "bill", in.Bills[0].Bill.Bill), Workspace: in.Workspace, AsOf: in.AsOf, Program: in.Trust.Waybill, Headline: b.decision(in.Bills[0])}
	if d := in.Bills[0].Date; d != "" {
		p.Period = number(d)
	}
	p.Sections = []section{b.answer(), b.totals(), b.disputed(), b.waterfalls(), b.byCharge(), b.moneyPage.gaps(in.Gaps), b.moneyPage.cannotLook(in.CannotSee), b.lines(), b.made()}
	if in.Claims != nil {
		p.Sections = slices.Insert(p.Sections, 3, b.states(in.Claims.States))
	}
	p.Sections = append(p.Sections, b.foot(in.Trust, p))
	return p
}

// decision is what to do with the bill, in one sentence.
func (b *billPage) decision(x metric.MoneyBill) phrase {
	c := orNone(x.MoneySum.Currency)
	switch {
	case x.Dispute() > 0:
		return say("bill.dispute", "approve", amount(x.Approve(), c), "dispute", amount(x.Dispute(), c), "n", count(x.MoneySum.Hard))
	case x.MoneySum.Soft > 0:
		return say("bill.look", "approve", amount(x.Approve(), c), "n", count(x.MoneySum.Soft), "soft", amount(x.MoneySum.SoftOf, c))
	}
	return say("bill.approve", "approve", amount(x.Approve(), c))
}

// open is the amount on lines that no contract was held against.
func (b *billPage) open(currency string) metric.Money {
	var m metric.Money
	for _, g := range b.in.Gaps {
		if g.Currency == currency {
			m += g.Amount
		}
	}
	return m
}

func (b *billPage) answer() section {
	s := section{ID: "answer", Title: say("section.verdict"), Quiet: true}
	var list verdictList
	for _, x := range b.in.Bills {
		c := orNone(x.MoneySum.Currency)
		v := verdictView{State: "pass", Mark: "●", Word: say("bill.word_approve"), Shop: x.Provider + " · " + c, Lines: []phrase{b.decision(x)}}
		open := b.open(x.MoneySum.Currency)
		switch {
		case x.Dispute() > 0:
			v.State, v.Mark, v.Word = "fail", "▲", say("bill.word_dispute")
			if x.MoneySum.Soft > 0 {
				v.Lines = append(v.Lines, say("leakage.soft", "n", count(x.MoneySum.Soft), "amount", amount(x.MoneySum.SoftOf, c)))
			}
		case x.MoneySum.Soft > 0, open != 0:
			v.State, v.Mark, v.Word = "none", "○", say("bill.word_look")
		}
		if x.MoneySum.Owed > 0 {
			v.Lines = append(v.Lines, say("leakage.compensation", "n", count(x.MoneySum.Owed), "amount", amount(x.MoneySum.OwedOf, c)))
		}
		if open != 0 {
			v.Lines = append(v.Lines, say("bill.open", "amount", amount(open, c)))
		}
		list = append(list, v)
	}
	s.Blocks = []block{list}
	return s
}

func (b *billPage) totals() section {
	s := section{ID: "totals", Title: say("bill.totals")}
	for _, x := range b.in.Bills {
		c := orNone(x.MoneySum.Currency)
		list := facts{{say("money.provider"), literal(x.Provider)}}
		add := func(key string, p phrase) { list = append(list, pair{say(key), p}) }
		if x.Account != "" {
			add("bill.account", literal(x.Account))
		}
		add("bill.version", say("bill.version_value", "n", digitsOf(count(x.Version)), "kind", b.words.term("bill.kind", x.Kind)))
		add("money.lines", digitsOf(count(x.Lines)))
		add("col.parcels", digitsOf(count(x.Parcels)))
		add("money.lines_total", digitsOf(amount(x.MoneySum.Billed, c)))
		stated, difference := phrase{}, phrase{}
		switch {
		case x.Stated == nil:
			stated = say("bill.states_none")
		default:
			stated = digitsOf(amount(*x.Stated, c))
			difference = digitsOf(signedAmount(*x.Stated-x.MoneySum.Billed, c))
		}
		add("money.stated_total", stated)
		if difference.Set() {
			add("bill.difference", difference)
		}
		add("money.quoted", digitsOf(amount(x.MoneySum.Quoted, c)))
		add("money.dispute", digitsOf(amount(x.Dispute(), c)))
		add("money.approve", digitsOf(amount(x.Approve(), c)))
		b.decided(x, add)
		s.Blocks = append(s.Blocks, list)
	}
	return s
}

func (b *billPage) disputed() section {
	s := section{ID: "findings", Title: say("bill.findings"), Lead: say("bill.findings_lead"), Empty: say("bill.findings_none")}
	if n := int64(len(b.in.Findings)); n > 0 {
		s.Beside = say("leakage.findings_count", "n", count(n))
		s.Blocks = b.findings(b.in.Findings, false)
	}
	return s
}

func (b *billPage) waterfalls() section {
	s := section{ID: "waterfall", Title: say("leakage.waterfall"), Lead: say("leakage.waterfall_lead")}
	for i, x := range b.in.Bills {
		s.Blocks = append(s.Blocks, b.waterfall("waterfall-"+digits(i+1), x.MoneySum))
	}
	return s
}

func (b *billPage) byCharge() section {
	s := section{ID: "charges", Title: say("leakage.charges"), Lead: say("leakage.charges_lead"), Empty: say("bill.no_lines")}
	s.Blocks = b.sliceTables("charges", b.in.ByCharge, []string{"charge"}, []column{{Kind: kindPhrase, Head: say("money.charge"), Key: true}},
		func(x metric.MoneySlice) []cell { return []cell{{Text: b.charge(x.Charge), Order: x.Charge}} })
	return s
}

// linesShown is how many lines a page lists; the workbook has all.
const linesShown = 100

// order of verdicts: what needs a person first.
var verdictOrder = []string{audit.Dispute, audit.Look, audit.More, audit.NotCompared, audit.Credit, audit.Less, audit.Agrees}

func (b *billPage) lines() section {
	s := section{ID: "lines", Title: say("bill.lines"), Lead: say("bill.lines_lead"), Empty: say("bill.no_lines"), Beside: say("bill.lines_count", "n", count(int64(len(b.in.Lines))))}
	if len(b.in.Lines) == 0 {
		return s
	}
	n := map[string]int64{}
	sums := map[string]metric.Money{}
	for _, l := range b.in.Lines {
		n[l.Verdict]++
		sums[l.Verdict+l.Currency] += l.Amount
	}
	v := &table{ID: "verdicts", Caption: say("bill.verdicts"), Sheet: say("bill.verdicts"), Visible: true, Columns: []column{{Kind: kindTag, Head: say("bill.verdict"), Key: true}, {Kind: kindNumber, Head: say("money.lines")}}}
	for _, x := range b.in.Bills {
		v.Columns = append(v.Columns, column{Kind: kindMoney, Head: say("bill.amount_in", "currency", orNone(x.MoneySum.Currency))})
	}
	for _, verdict := range verdictOrder {
		if n[verdict] == 0 {
			continue
		}
		r := row{Cells: []cell{b.verdictCell(verdict), countCell(n[verdict])}}
		for _, x := range b.in.Bills {
			r.Cells = append(r.Cells, amountCell(sums[verdict+x.MoneySum.Currency], orNone(x.MoneySum.Currency)))
		}
		v.Rows = append(v.Rows, r)
	}
	t := &table{ID: "lines", Sortable: true, Cards: true, Shown: linesShown, Search: say("bill.find"), Columns: []column{{Kind: kindTag, Head: say("bill.verdict")}, {Kind: kindCode, Head: say("col.number"), Key: true}, {Kind: kindText, Head: say("bill.charge_raw")},
		{Kind: kindPhrase, Head: say("money.charge")}, {Kind: kindMoney, Head: say("money.billed")}, {Kind: kindMoney, Head: say("money.quoted"), Help: say("bill.quoted_help")}, {Kind: kindText, Head: say("col.currency"), Only: inSheet},
		{Kind: kindPhrase, Head: say("bill.because"), Class: "why"}, {Kind: kindText, Head: say("bill.weight"), Class: "k"}, {Kind: kindText, Head: say("bill.zone")}, {Kind: kindDate, Head: say("bill.shipped"), Only: inSheet}, {Kind: kindCode, Head: say("money.finding"), Only: inSheet}}}
	rules := map[string]metric.MoneyFinding{}
	for _, f := range b.in.Findings {
		rules[f.ID] = f
	}
	for _, verdict := range verdictOrder {
		for _, l := range b.in.Lines {
			if l.Verdict == verdict {
				t.Rows = append(t.Rows, b.lineRow(l, rules))
			}
		}
	}
	s.Blocks = []block{v, t}
	return s
}

func (b *billPage) verdictCell(id string) cell {
	return cell{Text: b.words.term("bill.is", id), Tone: map[string]string{audit.Dispute: "urgent", audit.Look: "warn", audit.More: "warn"}[id]}
}

func (b *billPage) lineRow(l audit.Line, found map[string]metric.MoneyFinding) row {
	quoted := dash()
	if l.Quoted != nil {
		quoted = amountCell(*l.Quoted, l.Currency)
	}
	because, ids := dash(), ""
	made := map[string]string{}
	for i, id := range l.Findings {
		if i > 0 {
			ids += " "
		}
		ids += id
		f, ok := found[id]
		if !ok {
			continue
		}
		for _, lang := range b.words.langs {
			if made[lang] != "" {
				made[lang] += "; "
			}
			made[lang] += b.words.plain(lang, either(f.TitleZH, f.Title))
		}
	}
	switch {
	case len(made) > 0:
		because = cell{Text: phrase{made: made}}
	case l.Reason != "":
		because = wordCell(b.reason(l.Reason))
	}
	shipped := dash()
	if l.Shipped != "" {
		shipped = dayCell(string(l.Shipped))
	}
	return row{Cells: []cell{b.verdictCell(l.Verdict), {Text: literal(l.Number), Value: l.Number}, textCell(l.Raw), {Text: b.charge(l.Charge), Order: l.Charge}, amountCell(l.Amount, l.Currency), quoted, textCell(l.Currency), because,
		textCell(l.Weight), textCell(l.Zone), shipped, textCell(ids)}}
}
