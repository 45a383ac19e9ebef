package reports

import (
	"math"
	"slices"
	"strings"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/shopspring/decimal"

	"waybill/pipeline/metric"
)

// curveSteps is the most steps of a curve that a chart needs at its width.
const curveSteps = 120

// thin keeps the steps of a curve that move it by a visible amount.
func thin(curve []metric.CurvePoint) []metric.CurvePoint {
	if len(curve) <= curveSteps {
		return curve
	}
	var out []metric.CurvePoint
	least := (curve[len(curve)-1].Delivered - curve[0].Delivered) / (curveSteps - 2)
	for i, p := range curve {
		if len(out) == 0 || i == len(curve)-1 || p.Delivered-out[len(out)-1].Delivered >= least {
			out = append(out, p)
		}
	}
	return out
}

// markX is a line across the plot at one value, with a label of its own.
type markX struct {
	XAxis float64     `json:"xAxis"`
	Label *opts.Label `json:"label"`
}

// curveEnds are the last days of charts that a reader compares: one for all,
// unless that would press the shortest curve into less than half of its chart.
func curveEnds(last []float64) []float64 {
	out := slices.Clone(last)
	if len(last) == 0 || slices.Max(last) > 2*slices.Min(last) {
		return out
	}
	for i := range out {
		out[i] = slices.Max(last)
	}
	return out
}

// transitChart draws the share delivered by day with its band up to the day
// end, and the median and P90 where the curve reaches them.
func (w *writer) transitChart(lang string, t metric.Transit, end float64) canvas {
	var line, low, band []opts.LineData
	pair := func(x, y float64) []float64 { return []float64{math.Round(x*100) / 100, round1(100 * y)} }
	line = append(line, opts.LineData{Value: pair(0, 0)})
	low = append(low, opts.LineData{Value: pair(0, 0)})
	band = append(band, opts.LineData{Value: pair(0, 0)})
	for _, p := range thin(t.Curve) {
		line = append(line, opts.LineData{Value: pair(p.Days, p.Delivered),
			Name: w.words.plain(lang, say("chart.curve_point", "days", tenth(p.Days), "share", percent(p.Delivered),
				"low", percent(p.Low), "high", percent(p.High)))})
		low = append(low, opts.LineData{Value: pair(p.Days, p.Low)})
		band = append(band, opts.LineData{Value: pair(p.Days, p.High-p.Low)})
	}
	c := charts.NewLine()
	c.SetGlobalOptions(charts.WithAnimation(false), hover(), frame("46", "24", "40", "46"),
		charts.WithXAxisOpts(valueAxisX(w.words.plain(lang, say("chart.days_axis")), math.Ceil(end))),
		charts.WithYAxisOpts(percentAxisY(0)))
	step := func(symbol, stack string) charts.SeriesOpts {
		return charts.WithLineChartOpts(opts.LineChart{Symbol: symbol, Step: "end", Stack: stack, ShowSymbol: no()})
	}
	hidden := charts.WithLineStyleOpts(opts.LineStyle{Opacity: opts.Float(0), Color: mainColour})
	c.AddSeries("low", low, step("none", "band"), hidden)
	c.AddSeries("band", band, step("none", "band"), hidden,
		charts.WithAreaStyleOpts(opts.AreaStyle{Color: mainColour, Opacity: opts.Float(0.18)}))
	options := []charts.SeriesOpts{step("circle", ""),
		charts.WithLineStyleOpts(opts.LineStyle{Color: mainColour, Width: 2}),
		charts.WithItemStyleOpts(opts.ItemStyle{Color: mainColour})}
	var marks []any
	for _, q := range []struct {
		key, align string
		q          metric.Quantile
	}{{"chart.median", "right", t.Median}, {"chart.p90", "left", t.P90}} {
		if q.q.Days != nil {
			text := label(inkColour, "end", w.words.plain(lang, say(q.key, "days", tenth(*q.q.Days))))
			if q.key == "chart.median" {
				text.LineHeight = 30 // one line above that of the P90, which may be near
			}
			text.Align = q.align
			if *q.q.Days < 0.25*end {
				text.Align = "left"
			} else if *q.q.Days > 0.75*end {
				text.Align = "right"
			}
			marks = append(marks, markX{XAxis: *q.q.Days, Label: text})
		}
	}
	if len(marks) > 0 {
		options = append(options, func(s *charts.SingleSeries) {
			s.MarkLines = &opts.MarkLines{Data: marks, MarkLineStyle: opts.MarkLineStyle{Symbol: []string{"none", "none"},
				LineStyle: &opts.LineStyle{Color: mutedColour, Type: "dashed"}}}
		})
	}
	c.AddSeries("delivered", line, options...)
	return c
}

// channelFigure draws the share on time of each channel that is ranked, as a dot
// with its interval; the others are left to the table.
func (b *weekly) channelFigure(colours map[string]int) *figure {
	var groups []metric.Group
	for _, g := range ranked(b.in.Channels) {
		if !unrankedChannel(g) {
			groups = append(groups, g)
		}
	}
	if len(groups) == 0 {
		return &figure{Summary: say("channels.summary_small", "n", count(int64(len(b.in.Channels))))}
	}
	f := &figure{ID: "channels", Class: barsClass(len(groups)), Summary: say("channels.summary_one", "best", b.groupName(groups[0]),
		"best_rate", percent(ratio(groups[0].OnTime, groups[0].Due)))}
	if len(groups) > 1 {
		best, worst := groups[0], groups[len(groups)-1]
		f.Summary = say("channels.summary", "n", count(int64(len(groups))), "best", b.groupName(best), "best_rate", percent(ratio(best.OnTime, best.Due)),
			"worst", b.groupName(worst), "worst_rate", percent(ratio(worst.OnTime, worst.Due)))
	}
	b.draw(f.ID, func(lang string) canvas { return b.channelChart(lang, groups, colours) })
	return f
}

func (b *weekly) groupName(g metric.Group) phrase {
	if g.Key == "" {
		return say("group.unstated")
	}
	return literal(short(g.Key, 40))
}

func (b *weekly) channelChart(lang string, groups []metric.Group, colours map[string]int) canvas {
	c := charts.NewLine()
	names := make([]string, 0, len(groups))
	dots := charts.NewScatter()
	low := 100.0
	for i, g := range groups {
		name := short(b.words.plain(lang, b.groupName(g)), 40)
		names = append(names, name)
		colour := "@hue-" + digits(colours[g.Key])
		low = math.Min(low, 100*g.Low)
		rate := ratio(g.OnTime, g.Due)
		hoverText := b.words.plain(lang, say("chart.channel_point", "channel", b.groupName(g), "rate", percent(rate),
			"low", percent(g.Low), "high", percent(g.High), "num", count(g.OnTime), "den", count(g.Due)))
		c.AddSeries("interval", []opts.LineData{
			{Value: []any{round1(100 * g.Low), i}, Name: hoverText}, {Value: []any{round1(100 * g.High), i}, Name: hoverText}},
			charts.WithLineChartOpts(opts.LineChart{Symbol: "rect", SymbolSize: []int{2, 10}, ShowSymbol: yes()}),
			charts.WithLineStyleOpts(opts.LineStyle{Color: colour, Width: 2}),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: colour}))
		dots.AddSeries("rate", []opts.ScatterData{{Value: []any{round1(100 * rate), i}, Name: hoverText, Symbol: "circle", SymbolSize: 11}},
			charts.WithItemStyleOpts(opts.ItemStyle{Color: colour, BorderColor: paperColour, BorderWidth: 1.5, Opacity: opts.Float(1)}),
			charts.WithLabelOpts(*label(inkColour, "top", string(percent(rate)))))
	}
	axis := valueAxisX(b.words.plain(lang, say("chart.on_time_axis")), 100)
	axis.Min = math.Max(0, 10*math.Floor(low/10))
	axis.AxisLabel.Formatter = "{value}%"
	c.SetGlobalOptions(charts.WithAnimation(false), hover(), frame("8", "28", "20", "46"),
		charts.WithXAxisOpts(axis), charts.WithYAxisOpts(categoryAxisY(names)))
	c.Overlap(dots)
	return c
}

// legsChart is a waterfall: each leg starts where the one before it ended. Legs
// that do not add up all start at 0, and have no total.
func (b *weekly) legsChart(lang string) canvas {
	var names []string
	var before, bars []opts.BarData
	total, forked := 0.0, b.legsForked()
	for _, l := range b.in.Legs {
		names = append(names, short(b.words.plain(lang, b.legName(l.ID)), 40))
		before = append(before, opts.BarData{Value: round2(total)})
		bars = append(bars, opts.BarData{Value: round2(math.Max(0, l.Mean)), ItemStyle: &opts.ItemStyle{Color: mainColour},
			Label: label(inkColour, "right", string(tenth(l.Mean))),
			Name:  b.words.plain(lang, legPoint(b.legName(l.ID), l.Mean, l.Share, l.N, forked))})
		if !forked {
			total += math.Max(0, l.Mean)
		}
	}
	if !forked {
		names = append(names, b.words.plain(lang, say("legs.total")))
		before = append(before, opts.BarData{Value: 0})
		bars = append(bars, opts.BarData{Value: round2(total), ItemStyle: &opts.ItemStyle{Color: mutedColour},
			Label: label(inkColour, "right", string(tenth(total))),
			Name:  b.words.plain(lang, say("chart.legs_total", "total", tenth(total)))})
	}
	c := charts.NewBar()
	c.SetGlobalOptions(charts.WithAnimation(false), hover(), frame("8", "40", "8", "46"),
		charts.WithXAxisOpts(valueAxisX(b.words.plain(lang, say("chart.days_axis")), nil)),
		charts.WithYAxisOpts(categoryAxisY(names)))
	c.AddSeries("before", before, charts.WithBarChartOpts(opts.BarChart{Stack: "legs"}),
		charts.WithItemStyleOpts(opts.ItemStyle{Color: "transparent"}))
	c.AddSeries("leg", bars, charts.WithBarChartOpts(opts.BarChart{Stack: "legs", BarCategoryGap: "35%"}))
	return c
}

// legPoint is a leg under the pointer; of legs that do not add up it says no share.
func legPoint(leg phrase, mean, share float64, n int64, forked bool) phrase {
	if forked {
		return say("chart.leg_alone", "leg", leg, "mean", tenth(mean), "n", count(n))
	}
	return say("chart.leg_point", "leg", leg, "mean", tenth(mean), "share", percent(share), "n", count(n))
}

func round1(v float64) float64 { return math.Round(v*10) / 10 }
func round2(v float64) float64 { return math.Round(v*100) / 100 }

// targetPercent is a target as a number of percent.
func targetPercent(target string) (float64, bool) {
	d, err := decimal.NewFromString(strings.TrimSpace(target))
	if err != nil {
		return 0, false
	}
	return d.Mul(decimal.NewFromInt(100)).InexactFloat64(), true
}
