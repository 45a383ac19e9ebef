package reports

import (
	"math"
	"strings"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/shopspring/decimal"

	"waybill/pipeline/metric"
)

// trendChart draws the closed weeks of one shop as a line with a mark for met
// and missed; weeks that are not closed are hatched and hold no point, so the
// line never reaches into them.
func (b *weekly) trendChart(lang string, s metric.Shop, m metric.Metric, series metric.Series) canvas {
	higher := higherIsBetter(m)
	var weeks []string
	var data []opts.LineData
	var target []opts.LineData
	low, lastTarget := 100.0, ""
	hatched := false
	notClosed := make([]opts.BarData, len(series.Points))
	for i, p := range series.Points {
		weeks = append(weeks, shortWeek(p.Week))
		if limit, ok := targetPercent(p.Target); ok {
			low = math.Min(low, limit)
			lastTarget = string(targetText(p.Op, p.Target, higher))
			target = append(target, opts.LineData{Value: limit, Symbol: "none",
				Name: b.words.plain(lang, say("chart.target", "target", targetText(p.Op, p.Target, higher)))})
		} else {
			target = append(target, opts.LineData{})
		}
		if !judged(p) {
			data = append(data, opts.LineData{})
			if p.Week.State != metric.Closed {
				state := b.words.plain(lang, b.words.term("week.state", string(p.Week.State)))
				hatched = true
				var named *opts.Label // of neighbours in one state the first says it
				if i == 0 || series.Points[i-1].Week.State != p.Week.State {
					named = label(mutedColour, "insideTop", state)
				}
				notClosed[i] = opts.BarData{Value: 100, ItemStyle: &opts.ItemStyle{Color: hatchColour},
					Label: named,
					Name: b.words.plain(lang, say("chart.week_counts", "week", weekLabel(p.Week), "state", state,
						"num", count(p.Num), "den", count(p.Den), "open", count(p.Open)))}
			}
			continue
		}
		v := round1(100 * ratio(p.Num, p.Den))
		low = math.Min(low, v)
		point := opts.LineData{Value: v, Symbol: "circle", SymbolSize: 7,
			Name: b.words.plain(lang, say("chart.week_point", "week", weekLabel(p.Week), "rate", ratePercent(p, higher),
				"num", count(p.Num), "den", count(p.Den)))}
		if p.Met == "no" {
			point.Symbol, point.SymbolSize = "triangle", 11
		}
		data = append(data, point)
	}
	low = math.Max(0, 10*math.Floor((low-5)/10))
	c := charts.NewLine()
	c.SetGlobalOptions(charts.WithAnimation(false), hover(), frame("46", "58", "16", "30"),
		charts.WithXAxisOpts(opts.XAxis{Type: "category",
			AxisLabel: &opts.AxisLabel{Show: yes(), Color: mutedColour, HideOverlap: yes()},
			AxisLine:  &opts.AxisLine{Show: yes(), LineStyle: &opts.LineStyle{Color: gridColour}}}),
		charts.WithYAxisOpts(percentAxisY(low)))
	c.SetXAxis(weeks)
	labelled := len(data) - 1
	for labelled >= 0 && data[labelled].Value == nil {
		labelled--
	}
	options := []charts.SeriesOpts{
		charts.WithLineChartOpts(opts.LineChart{ShowSymbol: yes(), ConnectNulls: no()}),
		charts.WithLineStyleOpts(opts.LineStyle{Color: mainColour, Width: 2}),
		charts.WithItemStyleOpts(opts.ItemStyle{Color: mainColour}),
	}
	if hatched {
		bars := charts.NewBar()
		bars.AddSeries("not closed", notClosed, charts.WithBarChartOpts(opts.BarChart{BarCategoryGap: "6%"}))
		defer c.Overlap(bars)
	}
	c.AddSeries("rate", data, options...)
	if labelled >= 0 {
		only := make([]opts.LineData, len(data))
		only[labelled] = opts.LineData{Value: data[labelled].Value, SymbolSize: 1, Name: data[labelled].Name}
		text := string(ratePercent(series.Points[labelled], higher))
		side := "top" // the side that the line does not come from
		if before := labelled - 1; before >= 0 && data[before].Value != nil {
			p, q := series.Points[labelled], series.Points[before]
			// and not the one where the axis has its weeks
			if ratio(p.Num, p.Den) < ratio(q.Num, q.Den) && 100*ratio(p.Num, p.Den) > low+(100-low)/8 {
				side = "bottom"
			}
		}
		c.AddSeries("last", only, charts.WithLabelOpts(*onPaper(label(inkColour, side, text))),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: mainColour}),
			charts.WithLineChartOpts(opts.LineChart{ShowSymbol: yes()}))
	}
	if lastTarget != "" {
		end := len(target) - 1
		for end > 0 && target[end].Value == nil {
			end--
		}
		c.AddSeries("target", target,
			charts.WithLineChartOpts(opts.LineChart{Symbol: "none", Step: "middle"}),
			charts.WithLineStyleOpts(opts.LineStyle{Color: targetColour, Type: "dashed", Width: 1.5}),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: targetColour}))
		only := make([]opts.LineData, len(target))
		only[end] = opts.LineData{Value: target[end].Value, SymbolSize: 1, Name: target[end].Name}
		c.AddSeries("target label", only, charts.WithLabelOpts(*label(targetColour, "right", lastTarget)),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: targetColour}),
			charts.WithLineChartOpts(opts.LineChart{ShowSymbol: yes()}))
	}
	return c
}

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

// transitChart draws the share delivered by day with its band, and the median
// and P90 where the curve reaches them.
func (w *writer) transitChart(lang string, t metric.Transit) canvas {
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
	end := t.Curve[len(t.Curve)-1].Days
	c.SetGlobalOptions(charts.WithAnimation(false), hover(), frame("46", "24", "30", "46"),
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
