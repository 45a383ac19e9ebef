package reports

import (
	"math"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/shopspring/decimal"

	"waybill/pipeline/metric"
)

// funnel draws each channel's share against its parcels, within the limits that
// chance alone would keep.
func (b *channels) funnel() section {
	s := section{ID: "funnel", Title: say("compare.funnel"), Lead: say("compare.funnel_lead"), Empty: say("group.none")}
	c := b.in.Channels
	if len(c.Funnel) == 0 {
		return s
	}
	outside := int64(0)
	t := &table{ID: "funnel", Columns: []column{{Kind: kindText, Head: say("col.channel"), Key: true}, {Kind: kindNumber, Head: say("compare.due")}, {Kind: kindPercent, Head: say("compare.crude")},
		{Kind: kindPhrase, Head: say("compare.outside")}}}
	for _, g := range c.Groups {
		if g.Crude == nil {
			continue
		}
		where := say("compare.inside")
		if g.Outside != "" {
			where = b.words.term("compare.outside", g.Outside)
			outside++
		}
		t.Rows = append(t.Rows, row{Small: g.Small, Cells: []cell{named(g.Key), countCell(g.Due), shareCell(g.Crude.Value), wordCell(where)}})
	}
	f := &figure{ID: "funnel", Class: "transit", Data: t, Summary: say("compare.funnel_summary", "target", percent(c.Target), "n", count(outside), "of", count(int64(len(t.Rows))))}
	b.draw(f.ID, b.funnelChart)
	s.Blocks = []block{f}
	s.Foot = smallFoot(t)
	return s
}

func (b *channels) funnelChart(lang string) canvas {
	c := b.in.Channels
	low := 100 * c.Target
	line := func(of func(metric.Limit) float64) []opts.LineData {
		var out []opts.LineData
		for _, p := range c.Funnel {
			out = append(out, opts.LineData{Value: []any{p.N, round1(100 * of(p))}, Symbol: "none"})
		}
		return out
	}
	chart := charts.NewLine()
	for _, l := range []struct {
		name, colour, style string
		of                  func(metric.Limit) float64
	}{{"pooled", targetColour, "solid", func(metric.Limit) float64 { return c.Target }},
		{"95 low", mutedColour, "dashed", func(l metric.Limit) float64 { return l.Low95 }}, {"95 high", mutedColour, "dashed", func(l metric.Limit) float64 { return l.High95 }},
		{"99.8 low", mutedColour, "solid", func(l metric.Limit) float64 { return l.Low998 }}, {"99.8 high", mutedColour, "solid", func(l metric.Limit) float64 { return l.High998 }}} {
		chart.AddSeries(l.name, line(l.of), charts.WithLineChartOpts(opts.LineChart{Symbol: "none", ShowSymbol: no()}),
			charts.WithLineStyleOpts(opts.LineStyle{Color: l.colour, Type: l.style, Width: 1.2}), charts.WithItemStyleOpts(opts.ItemStyle{Color: l.colour}))
	}
	dots := charts.NewScatter()
	most := int64(1)
	for _, g := range c.Groups {
		if g.Crude == nil {
			continue
		}
		most = max(most, g.Due)
		low = math.Min(low, 100*g.Crude.Value)
		dots.AddSeries("channel", []opts.ScatterData{{Value: []any{g.Due, round1(100 * g.Crude.Value)}, Symbol: "circle", SymbolSize: 11,
			Name: b.words.plain(lang, say("compare.funnel_point", "channel", keyName(g.Key), "rate", percent(g.Crude.Value), "n", count(g.Due)))}}, b.dot(lang, g)...)
	}
	axis := valueAxisX(b.words.plain(lang, say("compare.due")), math.Ceil(1.1*float64(most)))
	chart.SetGlobalOptions(charts.WithAnimation(false), hover(), frame("46", "90", "20", "46"), charts.WithXAxisOpts(axis),
		charts.WithYAxisOpts(percentAxisY(math.Max(0, 10*math.Floor((low-8)/10)))))
	chart.Overlap(dots)
	return chart
}

// dot is how a channel is drawn on a plane: its colour, and its name beside it.
func (b *channels) dot(lang string, g metric.ComparedGroup) []charts.SeriesOpts {
	colour, name := "@hue-"+digits(b.colours[g.Key]), short(b.words.plain(lang, keyName(g.Key)), 24)
	if b.colours[g.Key] == 0 {
		colour = mutedColour
	}
	if g.Small {
		colour, name = mutedColour, name+" *"
	}
	return []charts.SeriesOpts{charts.WithItemStyleOpts(opts.ItemStyle{Color: colour, BorderColor: paperColour, BorderWidth: 1.5, Opacity: opts.Float(1)}),
		charts.WithLabelOpts(*label(inkColour, "right", name))}
}

// priced is a channel with its cost and time at the common mix.
type priced struct {
	group metric.ComparedGroup
	cost  metric.GroupCost
	x     float64 // its place on the chart, not an amount
}

// frontier draws cost against time at the common mix, a figure per currency.
func (b *channels) frontier() section {
	s := section{ID: "frontier", Title: say("compare.frontier"), Lead: say("compare.frontier_lead"), Empty: say("compare.frontier_none")}
	var currencies []string
	byCurrency := map[string][]priced{}
	for _, g := range b.in.Channels.Groups {
		for _, c := range g.Costs {
			if c.Adjusted == nil || g.AdjustedP90 == nil {
				continue
			}
			cost, err := decimal.NewFromString(c.Adjusted.Value)
			if err != nil {
				continue
			}
			if byCurrency[c.Currency] == nil {
				currencies = append(currencies, c.Currency)
			}
			byCurrency[c.Currency] = append(byCurrency[c.Currency], priced{g, c, cost.InexactFloat64()})
		}
	}
	for i, currency := range currencies {
		list := byCurrency[currency]
		t := &table{ID: "frontier-" + digits(i+1), Part: currency, PartHead: say("col.currency"), Columns: []column{{Kind: kindText, Head: say("col.channel"), Key: true},
			{Kind: kindMoney, Head: say("compare.per_parcel_fair")}, {Kind: kindDays, Head: say("compare.fair_median")}, {Kind: kindDays, Head: say("compare.fair_p90")},
			{Kind: kindPhrase, Head: say("compare.front")}}}
		best := int64(0)
		for _, p := range list {
			front := say("compare.beaten")
			if p.cost.FrontP90 {
				best++
				front = say("compare.on_front")
			}
			t.Rows = append(t.Rows, row{Cells: []cell{named(p.group.Key), moneyCell(p.cost.Adjusted.Value, currency), daysCell(metric.Quantile{Days: p.group.AdjustedMedian}),
				tenthCell(*p.group.AdjustedP90), wordCell(front)}})
		}
		f := &figure{ID: t.ID, Class: "transit", Title: currency, Data: t, Summary: say("compare.frontier_summary", "n", count(best), "of", count(int64(len(list))))}
		b.draw(f.ID, func(lang string) canvas { return b.frontierChart(lang, currency, list) })
		s.Blocks = append(s.Blocks, f)
	}
	return s
}

func (b *channels) frontierChart(lang, currency string, list []priced) canvas {
	chart := charts.NewScatter()
	most, longest := 0.0, 0.0
	for _, p := range list {
		most, longest = math.Max(most, p.x), math.Max(longest, *p.group.AdjustedP90)
		symbol := "emptyCircle"
		if p.cost.FrontP90 {
			symbol = "circle"
		}
		chart.AddSeries("channel", []opts.ScatterData{{Value: []any{round2(p.x), round1(*p.group.AdjustedP90)}, Symbol: symbol, SymbolSize: 12,
			Name: b.words.plain(lang, say("compare.frontier_point", "channel", keyName(p.group.Key), "cost", number(money(p.cost.Adjusted.Value, currency)), "days", tenth(*p.group.AdjustedP90)))}},
			b.dot(lang, p.group)...)
	}
	chart.SetGlobalOptions(charts.WithAnimation(false), hover(), frame("46", "90", "20", "46"),
		charts.WithXAxisOpts(valueAxisX(b.words.plain(lang, say("compare.cost_axis", "currency", currency)), math.Ceil(1.1*most))),
		charts.WithYAxisOpts(opts.YAxis{Type: "value", Name: b.words.plain(lang, say("compare.fair_p90")), Min: 0, Max: math.Ceil(1.1 * longest),
			AxisLabel: &opts.AxisLabel{Show: yes(), Color: mutedColour},
			SplitLine: &opts.SplitLine{Show: yes(), LineStyle: &opts.LineStyle{Color: gridColour}}}))
	return chart
}
