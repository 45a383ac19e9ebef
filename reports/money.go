package reports

import (
	"slices"
	"strings"

	"waybill/pipeline/audit"
	"waybill/pipeline/metric"
)

// moneyPage is what the pages about bills share.
type moneyPage struct {
	*writer
	charges []metric.ChargeName
	origin  origin
}

// amount writes money with its currency's code.
func amount(m metric.Money, currency string) number { return number(money(m.String(), currency)) }

func amountCell(m metric.Money, currency string) cell { return moneyCell(m.String(), currency) }

// partCell is an amount of which none is worth no ink.
func partCell(m metric.Money, currency string) cell {
	if m == 0 {
		return dash()
	}
	return amountCell(m, currency)
}

// either is a text that its file gives in both languages.
func either(zh, en string) phrase { return phrase{made: map[string]string{"zh": zh, "en": en}} }

// charge is a charge in words; empty stands for several.
func (b *moneyPage) charge(id string) phrase {
	if id == "" {
		return say("money.several_charges")
	}
	for _, c := range b.charges {
		if c.Charge == id {
			return either(c.ZH, c.EN)
		}
	}
	return literal(id)
}

func (b *moneyPage) part(id string) phrase { return b.words.term("money.part", id) }

// partsOf are the parts that occur in any of the sums, in their order.
func partsOf(sums []metric.MoneySum) []string {
	return slices.DeleteFunc(slices.Clone(metric.PartOrder), func(p string) bool {
		return !slices.ContainsFunc(sums, func(s metric.MoneySum) bool { return s.Parts[p] != 0 })
	})
}

// byCurrency calls do once per currency of a list that is sorted by it.
func byCurrency[T any](list []T, currency func(T) string, do func(i int, currency string, some []T)) {
	for i := 0; len(list) > 0; i++ {
		n := slices.IndexFunc(list, func(x T) bool { return currency(x) != currency(list[0]) })
		if n < 0 {
			n = len(list)
		}
		do(i, currency(list[0]), list[:n])
		list = list[n:]
	}
}

// foldFrom is how many rows of a table lie open.
const foldFrom = 12

// folded closes a long table.
func folded(t *table) *table {
	if len(t.Rows) > foldFrom {
		t.Fold = say("money.rows", "n", count(int64(len(t.Rows))))
	}
	return t
}

// sliceTables is a table per currency of what was billed, quoted and why the two
// differ; by are the columns of audit_slices that make a slice, lead those of the
// page that name it, and cells its cells.
func (b *moneyPage) sliceTables(id string, list []metric.MoneySlice, by []string, lead []column, cells func(metric.MoneySlice) []cell) []block {
	var sums []metric.MoneySum
	for _, s := range list {
		sums = append(sums, s.MoneySum)
	}
	parts := partsOf(sums)
	columns := append([]column{}, lead...)
	columns = append(columns, column{Kind: kindMoney, Head: say("money.billed")}, column{Kind: kindMoney, Head: say("money.quoted"), Help: say("money.quoted_help")},
		column{Kind: kindMoney, Head: say("money.disputable"), Help: say("money.disputable_help")}, column{Kind: kindMoney, Head: say("money.expected"), Help: say("money.expected_help")})
	for _, p := range parts {
		columns = append(columns, column{Kind: kindMoney, Head: b.part(p), Help: b.words.term("money.part_help", p)})
	}
	var out []block
	byCurrency(list, func(s metric.MoneySlice) string { return s.Currency }, func(i int, currency string, some []metric.MoneySlice) {
		t := &table{ID: id + "-" + digits(i+1), Part: orNone(currency), PartHead: say("col.currency"), Class: "amounts", Sortable: true, Tall: len(some) > foldFrom}
		for _, s := range some {
			where := b.origin.sliceIs(s, by...)
			billed, claimed := amountCell(s.Billed, currency), partCell(s.HardOf, currency)
			billed.Door = b.origin.audited("audit_slices", where...)
			if s.HardOf != 0 {
				claimed.Door = b.origin.audited("claimed_slices", where...)
			}
			r := row{Cells: append(cells(s), billed, amountCell(s.Quoted, currency), claimed, amountCell(s.Expected, currency))}
			for _, p := range parts {
				r.Cells = append(r.Cells, partCell(s.Parts[p], currency))
			}
			t.Rows = append(t.Rows, r)
		}
		// a part that no row of the currency has needs no room in the page
		t.Columns = slices.Clone(columns)
		for k, p := range parts {
			if !slices.ContainsFunc(some, func(s metric.MoneySlice) bool { return s.Parts[p] != 0 }) {
				t.Columns[len(columns)-len(parts)+k].Only = inSheet
			}
		}
		out = append(out, folded(t))
	})
	return out
}

// orNone is a currency, or a mark that lines state none.
func orNone(currency string) string {
	if currency == "" {
		return "¤"
	}
	return currency
}

// findingsShown is how many findings a page lists; the workbook has all.
const findingsShown = 50

// findings are tables of what is not owed, one per currency. A column that says
// the same of all findings is left to the workbook: no deadline, found and no more.
func (b *moneyPage) findings(list []metric.MoneyFinding, withBill bool) []block {
	currencies, deadlines := 0, slices.ContainsFunc(list, func(f metric.MoneyFinding) bool { return f.Deadline != "" })
	state := column{Kind: kindPhrase, Head: say("money.claim")}
	if !deadlines && !slices.ContainsFunc(list, func(f metric.MoneyFinding) bool { return f.State != "" && f.State != "detected" }) {
		state.Only = inSheet
	}
	claims := slices.ContainsFunc(list, func(f metric.MoneyFinding) bool { return f.State != "" })
	byCurrency(list, func(f metric.MoneyFinding) string { return f.Currency }, func(int, string, []metric.MoneyFinding) { currencies++ })
	var out []block
	byCurrency(list, func(f metric.MoneyFinding) string { return f.Currency }, func(i int, currency string, some []metric.MoneyFinding) {
		t := &table{ID: "findings-" + digits(i+1), Part: orNone(currency), PartHead: say("col.currency"), Sortable: true, Cards: true, Shown: max(1, findingsShown/currencies), Search: say("money.find"), Columns: []column{
			{Kind: kindCode, Head: say("money.rule"), Only: inSheet}, {Kind: kindPhrase, Head: say("money.what"), Key: true, Class: "what"}, {Kind: kindCode, Head: say("money.bill")}, {Kind: kindText, Head: say("money.provider"), Only: inSheet},
			{Kind: kindCode, Head: say("col.number")}, {Kind: kindPhrase, Head: say("money.charge")}, {Kind: kindMoney, Head: say("money.billed")}, {Kind: kindMoney, Head: say("money.owed")},
			{Kind: kindMoney, Head: say("money.difference")}, {Kind: kindPhrase, Head: say("money.why"), Class: "why"}, state, {Kind: kindDate, Head: say("money.deadline"), Only: inSheet}, {Kind: kindCode, Head: say("money.finding"), Only: inSheet}}}
		for _, f := range some {
			t.Rows = append(t.Rows, b.findingRow(f))
		}
		if !withBill {
			t.without(2, 3)
		}
		if !deadlines {
			t.without(len(t.Columns) - 2)
			if !claims {
				t.without(len(t.Columns) - 2)
			}
		}
		out = append(out, t)
	})
	return out
}

// without takes columns away, given in rising order.
func (t *table) without(columns ...int) {
	for k, c := range columns {
		at := c - k
		t.Columns = slices.Delete(slices.Clone(t.Columns), at, at+1)
		for i := range t.Rows {
			t.Rows[i].Cells = slices.Delete(t.Rows[i].Cells, at, at+1)
		}
	}
}

func (b *moneyPage) findingRow(f metric.MoneyFinding) row {
	what := cell{Text: either(f.TitleZH, f.Title), Order: f.Rule, Sub: []phrase{say("money.rule_id", "rule", number(f.Rule))}}
	switch {
	case f.Hard():
	case f.Owed():
		what.Sub = append(what.Sub, say("money.compensation"))
	case f.Counts():
		what.Sub = append(what.Sub, say("money.soft"))
	default:
		what.Sub = append(what.Sub, say("money.hint"))
	}
	number := cell{Text: digitsOf(none), Order: "-1"}
	if n := f.Tracking; n != "" || f.Number != "" {
		if n == "" {
			n = f.Number
		}
		number = cell{Text: literal(n), Value: n, Copy: true}
	}
	deadline := cell{Text: digitsOf(none), Order: "9999"}
	if f.Deadline != "" {
		deadline = dayCell(f.Deadline)
	}
	difference := cell{Text: digitsOf(amount(f.Delta, f.Currency)), Value: amountCell(f.Delta, f.Currency).Value, Tone: map[bool]string{true: "big"}[f.Hard() || f.Owed()]}
	if f.Takes == audit.TakesBill {
		difference.Door = b.origin.rowsOf("billing_lines", billIs(f.Provider, f.Account, f.Finding.Bill)...)
	} else {
		difference.Door = b.origin.audited("finding_rows", is("finding_id", f.ID))
	}
	return row{Cells: []cell{textCell(f.Rule), what, {Text: literal(f.Bill), Value: f.Bill, Sub: []phrase{literal(f.Provider)}}, textCell(f.Provider), number, {Text: b.charge(f.Charge)}, amountCell(f.Asked, f.Currency), amountCell(f.Expected, f.Currency),
		difference, b.why(f), b.claimCell(f), deadline, textCell(f.ID)}}
}

// claimCell is what became of a finding, and until when it can be claimed; a hint
// claims nothing.
func (b *moneyPage) claimCell(f metric.MoneyFinding) cell {
	c := dash()
	if f.State != "" {
		c = wordCell(b.words.term("claim.state", f.State))
	}
	switch f.State {
	case "credited":
		c.Tone = "pass"
	case "denied", "expired":
		c.Tone = "fail"
	}
	waits := f.State == "" || f.State == "detected" || f.State == "queued"
	if f.Deadline != "" && (waits || f.State == "expired") {
		c.Sub = []phrase{say("money.claim_by", "day", number(f.Deadline))}
	}
	if waits && f.DaysLeft != nil && *f.DaysLeft <= 7 {
		c.Mark, c.Tone = "▲", "fail"
	}
	return c
}

// dayCell is a day without a zone.
func dayCell(day string) cell {
	t, ok := dayOf(day)
	if !ok {
		return cell{Text: digitsOf(none), Order: "-1"}
	}
	return cell{Text: digitsOf(number(day)), Value: t}
}

// gaps is what could not be compared, with the reason and what to do about it.
func (b *moneyPage) gaps(list []metric.MoneyGap) section {
	s := section{ID: "gaps", Title: say("money.gaps"), Lead: say("money.gaps_lead"), Empty: say("money.gaps_none")}
	if len(list) == 0 {
		return s
	}
	t := &table{ID: "gaps", Sortable: true, Cards: true, Columns: []column{{Kind: kindPhrase, Head: say("money.gap_why"), Key: true}, {Kind: kindPhrase, Head: say("money.gap_step"), Class: "note"}, {Kind: kindText, Head: say("money.provider")},
		{Kind: kindText, Head: say("col.channel")}, {Kind: kindNumber, Head: say("money.lines")}, {Kind: kindMoney, Head: say("money.billed")}, {Kind: kindText, Head: say("col.currency"), Only: inSheet},
		{Kind: kindCode, Head: say("money.example")}}}
	for _, g := range list {
		channel := cell{Text: digitsOf(none), Order: "-1"}
		if g.Channel != "" {
			channel = textCell(g.Channel)
		}
		lines := countCell(g.Lines)
		lines.Door = b.origin.audited("line_verdicts", b.origin.within(is("provider", g.Provider), is("currency", g.Currency), is("reason", g.Reason), isOrNone("channel", g.Channel))...)
		t.Rows = append(t.Rows, row{Cells: []cell{wordCell(b.reason(g.Reason)), wordCell(b.words.term("money.step", g.Reason)), textCell(g.Provider), channel, lines, amountCell(g.Amount, g.Currency), textCell(g.Currency),
			{Text: literal(g.Example), Value: g.Example}}})
	}
	s.Blocks = []block{t}
	return s
}

func (b *moneyPage) reason(id string) phrase { return b.words.term("money.gap", id) }

// cannotLook is the rules that lack a column, by provider and column.
func (b *moneyPage) cannotLook(list []metric.CannotLook) section {
	s := section{ID: "blind", Title: say("money.blind"), Lead: say("money.blind_lead"), Empty: say("money.blind_none")}
	if len(list) == 0 {
		return s
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(x, y metric.CannotLook) int {
		return strings.Compare(x.Provider+"|"+x.Needs, y.Provider+"|"+y.Needs)
	})
	t := &table{ID: "blind", Sortable: true, Cards: true, Columns: []column{{Kind: kindText, Head: say("money.provider"), Key: true}, {Kind: kindPhrase, Head: say("money.needs")}, {Kind: kindCode, Head: say("money.rule")}, {Kind: kindPhrase, Head: say("money.what"), Class: "note"}}}
	for _, x := range list {
		needs := say("money.needs_column", "column", x.Needs)
		switch x.Needs {
		case audit.Quotes:
			needs = say("money.needs_card")
		case audit.OwnAccounts:
			needs = say("money.needs_accounts", "file", number("data/providers/"+x.Provider+".yaml"))
		}
		t.Rows = append(t.Rows, row{Cells: []cell{textCell(x.Provider), wordCell(needs), textCell(x.Rule), wordCell(either(x.TitleZH, x.Title))}})
	}
	s.Blocks = []block{folded(t)}
	return s
}

// made says how the numbers come about.
func (b *moneyPage) made() section {
	return section{ID: "made", Title: say("money.made"), Blocks: []block{paragraphs{say("money.made_order"), say("money.made_taken"), say("money.made_expected"), say("money.made_closes")},
		&table{ID: "parts", Caption: say("money.parts"), Visible: true, Sheet: say("money.parts"), Columns: []column{{Kind: kindPhrase, Head: say("money.part_head"), Key: true}, {Kind: kindPhrase, Head: say("money.part_means"), Class: "note"}},
			Rows: b.partRows(), Door: &door{Files: []string{"billing/80_units.sql", "billing/90_effects.sql", "billing/95_parts.sql"}}}}}
}

func (b *moneyPage) partRows() []row {
	var out []row
	for _, p := range metric.PartOrder {
		out = append(out, row{Cells: []cell{wordCell(b.part(p)), wordCell(b.words.term("money.part_help", p))}})
	}
	return out
}

// foot is the trust block of a page about bills.
func (b *moneyPage) foot(t metric.Trust, p page) section {
	s := b.trust(t, p.AsOf, "")
	list := slices.DeleteFunc(s.Blocks[0].(facts), func(p pair) bool {
		return slices.Contains([]string{"trust.open_share", "trust.orphans"}, p.Label.key) // of weeks, which bills do not have
	})
	var cards facts
	for _, c := range t.Cards {
		cards = append(cards, pair{say("trust.card"), say("trust.card_value", "card", c.ID, "versions", strings.Join(c.Versions, ", "), "hash", c.Hash)})
	}
	if len(cards) == 0 {
		cards = facts{{say("trust.card"), say("trust.no_card")}}
	}
	s.Blocks[0] = append(list, cards...)
	return s
}
