package reports

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"waybill/pipeline/metric"
)

// waterfalls draw the way from quoted to billed, a figure per currency.
func (b *leakage) waterfalls() section {
	s := section{ID: "waterfall", Title: say("leakage.waterfall"), Lead: say("leakage.waterfall_lead"), Empty: say("leakage.none")}
	for i, t := range b.in.Totals {
		s.Blocks = append(s.Blocks, b.waterfall("waterfall-"+digits(i+1), t))
	}
	return s
}

func (b *moneyPage) waterfall(id string, s metric.MoneySum) *figure {
	currency := orNone(s.Currency)
	t := &table{ID: id + "-data", Part: currency, PartHead: say("col.currency"), Columns: []column{{Kind: kindPhrase, Head: say("money.part_head"), Key: true}, {Kind: kindMoney, Head: say("money.amount")}, {Kind: kindPercent, Head: say("money.share_of_billed")}}}
	add := func(part string, name phrase, m metric.Money) {
		a := amountCell(m, currency)
		a.Door = b.origin.audited("audit_slices", append(b.origin.sliceIs(metric.MoneySlice{MoneySum: s}), is("part", part))...)
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: name, Order: digits(len(t.Rows))}, a, shareCell(ratio(int64(m), int64(s.Billed)))}})
	}
	add("quoted", say("money.quoted"), s.Quoted)
	parts := partsOf([]metric.MoneySum{s})
	for _, p := range parts {
		add(p, b.part(p), s.Parts[p])
	}
	add("billed", say("money.billed"), s.Billed)
	f := &figure{ID: id, Class: barsClass(len(t.Rows)), Title: currency, Data: t,
		Summary: say("money.waterfall_summary", "quoted", amount(s.Quoted, currency), "billed", amount(s.Billed, currency), "difference", signedAmount(s.Billed-s.Quoted, currency))}
	b.draw(id, func(lang string) canvas { return b.waterfallChart(lang, s, parts) })
	return f
}

// signedAmount is an amount with its sign, + included.
func signedAmount(m metric.Money, currency string) number {
	if m > 0 {
		return number(currency + " +" + strings.TrimPrefix(string(amount(m, currency)), currency+" "))
	}
	return amount(m, currency)
}

// units is an amount as a chart takes it; texts beside have the exact one.
func units(m metric.Money) float64 { return round2(float64(m) / 1e8) }

// waterfallChart starts each part where the one before it ended. Where that would
// go below nothing (credits alone, say) the parts start from nothing.
func (b *moneyPage) waterfallChart(lang string, s metric.MoneySum, parts []string) canvas {
	currency := orNone(s.Currency)
	var names []string
	var gap, bars []opts.BarData
	at, floating := s.Quoted, s.Quoted >= 0
	for _, p := range parts {
		at += s.Parts[p]
		floating = floating && at >= 0
	}
	bar := func(name phrase, before, m metric.Money, colour string, text number) {
		label := label(inkColour, "right", string(text))
		names = append(names, short(b.words.plain(lang, name), 40))
		gap = append(gap, opts.BarData{Value: units(before)})
		bars = append(bars, opts.BarData{Value: units(m), ItemStyle: &opts.ItemStyle{Color: colour}, Label: label,
			Name: b.words.plain(lang, say("money.bar", "part", name, "amount", text))})
	}
	bar(say("money.quoted"), 0, s.Quoted, mainColour, amount(s.Quoted, currency))
	at = s.Quoted
	for _, p := range parts {
		m, colour := s.Parts[p], moreColour
		if m < 0 {
			colour = lessColour
		}
		switch {
		case !floating:
			bar(b.part(p), 0, m, colour, signedAmount(m, currency))
		case m < 0:
			bar(b.part(p), at+m, -m, colour, signedAmount(m, currency))
		default:
			bar(b.part(p), at, m, colour, signedAmount(m, currency))
		}
		at += m
	}
	bar(say("money.billed"), 0, s.Billed, mainColour, amount(s.Billed, currency))
	c := charts.NewBar()
	axis := valueAxisX(currency, nil)
	if !floating {
		axis.Min = nil
	}
	axis.SplitNumber = 4
	c.SetGlobalOptions(charts.WithAnimation(false), hover(), frame("8", "112", "8", "46"), charts.WithXAxisOpts(axis), charts.WithYAxisOpts(categoryAxisY(names)))
	c.AddSeries("before", gap, charts.WithBarChartOpts(opts.BarChart{Stack: "fall"}), charts.WithItemStyleOpts(opts.ItemStyle{Color: "transparent"}))
	c.AddSeries("amount", bars, charts.WithBarChartOpts(opts.BarChart{Stack: "fall", BarCategoryGap: "30%"}))
	return c
}

// Colours of parts that raise a bill above its quote, and of those that lower it.
const (
	moreColour = "@hue-2"
	lessColour = "@hue-3"
)

// trendLines is amounts by month for the providers that matter most.
type trendLines struct {
	months    []string                           // without a gap
	providers []string                           // the largest first
	amounts   map[string]map[string]metric.Money // a month without bills of the provider is not there
	rest      []string                           // providers that share one line
}

// trendMost is how many lines can be told apart.
const trendMost = 6

func trendOf(slicesOfOne []metric.MoneySlice) trendLines {
	out := trendLines{amounts: map[string]map[string]metric.Money{}}
	whole := map[string]metric.Money{}
	first, last := "", ""
	for _, x := range slicesOfOne {
		if x.Month == "" {
			continue
		}
		if first == "" || x.Month < first {
			first = x.Month
		}
		last = max(last, x.Month)
		if out.amounts[x.Provider] == nil {
			out.amounts[x.Provider] = map[string]metric.Money{}
			out.providers = append(out.providers, x.Provider)
		}
		out.amounts[x.Provider][x.Month] += x.HardOf
		whole[x.Provider] += x.HardOf
	}
	if at, err := time.Parse("2006-01", first); err == nil {
		for ; at.Format("2006-01") <= last; at = at.AddDate(0, 1, 0) {
			out.months = append(out.months, at.Format("2006-01"))
		}
	}
	slices.SortStableFunc(out.providers, func(x, y string) int { return cmp.Or(cmp.Compare(whole[y], whole[x]), cmp.Compare(x, y)) })
	if len(out.providers) > trendMost {
		out.providers, out.rest = out.providers[:trendMost], out.providers[trendMost:]
	}
	return out
}

// sum is of all providers.
func (t trendLines) sum(month string) metric.Money {
	var m metric.Money
	for _, of := range t.amounts {
		m += of[month]
	}
	return m
}

func (b *leakage) trendChart(lang string, t trendLines, currency string) canvas {
	top := 0.0
	colours := channelHues(t.providers)
	c := charts.NewLine()
	var labels []lineLabel
	line := func(name, colour string, of ...string) {
		var data []opts.LineData
		last := 0.0
		for _, month := range t.months {
			m, some := metric.Money(0), false
			for _, p := range of {
				has, ok := t.amounts[p][month]
				m, some = m+has, some || ok
			}
			if !some {
				data = append(data, opts.LineData{})
				continue
			}
			last = units(m)
			top = math.Max(top, last)
			data = append(data, opts.LineData{Value: last, Name: b.words.plain(lang, say("leakage.trend_point", "provider", name, "month", number(month), "amount", amount(m, currency)))})
		}
		labels = append(labels, lineLabel{name, short(name, 16), colour, last})
		c.AddSeries("provider", data, charts.WithLineChartOpts(opts.LineChart{Symbol: "circle", SymbolSize: 7, ShowSymbol: yes(), ConnectNulls: no()}),
			charts.WithLineStyleOpts(opts.LineStyle{Color: colour, Width: 2}), charts.WithItemStyleOpts(opts.ItemStyle{Color: colour}))
	}
	for _, p := range t.providers {
		line(p, "@hue-"+digits(colours[p]), p)
	}
	if len(t.rest) > 0 {
		line(b.words.plain(lang, say("leakage.trend_rest")), mutedColour, t.rest...)
	}
	top = niceTop(top)
	c.SetGlobalOptions(charts.WithAnimation(false), hover(), frame("64", "112", "34", "30"),
		charts.WithXAxisOpts(opts.XAxis{Type: "category", AxisLabel: &opts.AxisLabel{Show: yes(), Color: mutedColour, HideOverlap: yes()},
			AxisLine: &opts.AxisLine{Show: yes(), LineStyle: &opts.LineStyle{Color: gridColour}}}),
		charts.WithYAxisOpts(opts.YAxis{Type: "value", Name: currency, Min: 0, Max: top, AxisLabel: &opts.AxisLabel{Show: yes(), Color: mutedColour},
			SplitLine: &opts.SplitLine{Show: yes(), LineStyle: &opts.LineStyle{Color: gridColour}}}))
	c.SetXAxis(t.months)
	for _, l := range apart(labels, top/9, top) {
		only := make([]opts.LineData, len(t.months))
		only[len(only)-1] = opts.LineData{Value: l.y, SymbolSize: 1}
		c.AddSeries("label", only, charts.WithLabelOpts(*onPaper(label(l.colour, "right", l.text))), charts.WithItemStyleOpts(opts.ItemStyle{Color: "transparent"}),
			charts.WithLineChartOpts(opts.LineChart{ShowSymbol: yes()}))
	}
	return c
}
