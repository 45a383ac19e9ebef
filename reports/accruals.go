package reports

import (
	"math"

	"github.com/shopspring/decimal"

	"waybill/pipeline/metric"
)

// accruals are what was not billed yet: parcels with their card's price, and the
// estimate of what lines still come.
func (b *leakage) accruals() section {
	s := section{ID: "accruals", Title: say("leakage.accruals"), Lead: say("leakage.accruals_lead"), Empty: say("leakage.accruals_none")}
	if len(b.in.Unbilled) > 0 {
		t := &table{ID: "unbilled", Caption: say("leakage.unbilled"), Sheet: say("leakage.unbilled"), Visible: true, Sortable: true, Columns: []column{{Kind: kindText, Head: say("money.provider"), Key: true}, {Kind: kindText, Head: say("col.channel")},
			{Kind: kindText, Head: say("leakage.ship_month"), Class: "k"}, {Kind: kindNumber, Head: say("col.parcels")}, {Kind: kindNumber, Head: say("leakage.priced")}, {Kind: kindMoney, Head: say("leakage.price")}, {Kind: kindText, Head: say("col.currency"), Only: inSheet}}}
		for _, u := range b.in.Unbilled {
			price := dash()
			if u.Priced > 0 {
				price = amountCell(u.Quoted, u.Currency)
			}
			parcels := countCell(u.Parcels)
			parcels.Door = b.origin.audited("unbilled_parcels", is("provider", u.Provider), isOrNone("channel", u.Channel), "ship_month = date '"+string(u.Month)+"'")
			channel := textCell(u.Channel)
			if u.Channel == "" {
				channel = cell{Text: say("group.unstated"), Soft: true}
			}
			t.Rows = append(t.Rows, row{Cells: []cell{textCell(u.Provider), channel, monthCell(string(u.Month)[:min(7, len(u.Month))]), parcels, countCell(u.Priced), price, textCell(u.Currency)}})
		}
		s.Blocks = append(s.Blocks, folded(t))
	}
	if len(b.in.Late) > 0 {
		t := &table{ID: "late", Caption: say("leakage.late"), Sheet: say("leakage.late"), Visible: true, Sortable: true, Columns: []column{{Kind: kindText, Head: say("money.provider"), Key: true}, {Kind: kindText, Head: say("leakage.ship_month"), Class: "k"},
			{Kind: kindMoney, Head: say("leakage.billed_so_far")}, {Kind: kindMoney, Head: say("leakage.to_come"), Help: say("leakage.to_come_help")}, {Kind: kindMoney, Head: say("leakage.se"), Help: say("leakage.se_help")}, {Kind: kindText, Head: say("col.currency"), Only: inSheet}}}
		for _, l := range b.in.Late {
			se, billed := dash(), amountCell(l.Billed, l.Currency)
			billed.Door = b.origin.audited("bill_development", is("provider", l.Provider), is("currency", l.Currency), "ship_month = date '"+string(l.Month)+"'")
			if l.HasSE {
				se = estimatedCell(l.SE, l.Currency)
			}
			t.Rows = append(t.Rows, row{Cells: []cell{textCell(l.Provider), monthCell(string(l.Month)[:min(7, len(l.Month))]), billed, estimatedCell(l.ToCome, l.Currency), se, textCell(l.Currency)}})
		}
		s.Blocks = append(s.Blocks, folded(t))
	}
	return s
}

// estimatedCell is an amount that nobody stated: it looks like one that is open.
func estimatedCell(v float64, currency string) cell {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return dash()
	}
	d := decimal.NewFromFloat(v).Round(2)
	return cell{Text: say("leakage.about", "amount", number(money(d.String(), currency))), Value: d, Hatch: true}
}

// trend is what can be disputed, by month of the bill and provider.
func (b *leakage) trend() section {
	s := section{ID: "trend", Title: say("leakage.trend"), Lead: say("leakage.trend_lead"), Empty: say("leakage.findings_none")}
	byCurrency(b.in.Months, func(x metric.MoneySlice) string { return x.Currency }, func(i int, currency string, some []metric.MoneySlice) {
		tr := trendOf(some)
		if len(tr.months) < 2 || len(tr.providers) == 0 {
			return
		}
		t := &table{ID: "trend-data-" + digits(i+1), Part: orNone(currency), PartHead: say("col.currency"), Columns: []column{{Kind: kindText, Head: say("money.month"), Key: true, Class: "k"}, {Kind: kindText, Head: say("money.provider")}, {Kind: kindMoney, Head: say("money.disputable")}, {Kind: kindNumber, Head: say("money.findings")}}}
		for _, x := range some {
			if x.Month != "" {
				t.Rows = append(t.Rows, row{Cells: []cell{monthCell(x.Month), textCell(x.Provider), amountCell(x.HardOf, currency), countCell(x.Hard)}})
			}
		}
		first, last := tr.months[0], tr.months[len(tr.months)-1]
		f := &figure{ID: "trend-" + digits(i+1), Class: "transit", Title: orNone(currency), Data: t,
			Summary: say("leakage.trend_summary", "first", number(first), "last", number(last), "then", amount(tr.sum(first), orNone(currency)), "now", amount(tr.sum(last), orNone(currency)))}
		b.draw(f.ID, func(lang string) canvas { return b.trendChart(lang, tr, orNone(currency)) })
		s.Blocks = append(s.Blocks, f)
	})
	return s
}
