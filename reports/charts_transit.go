package reports

import (
	"cmp"
	"math"
	"slices"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// weeksChart draws median and P90 by ship week with the band of the P90, and the
// delivered-only P90 as a dashed line. Weeks whose parcels are not followed long
// enough are hatched, and their points hollow and not joined.
func (b *transitPage) weeksChart(lang string) canvas {
	var names []string
	var median, p90, low, band, naive []opts.LineData
	var young []opts.BarData
	top := 0.0
	days := func(d *float64) any {
		if d == nil {
			return nil
		}
		top = math.Max(top, *d)
		return round1(*d)
	}
	for _, w := range b.in.Weeks {
		names = append(names, shortWeek(w.Week))
		text := b.words.plain(lang, say("transit_page.week_point", "week", weekLabel(w.Week), "median", quantileText(w.Median), "p90", quantileText(w.P90),
			"n", count(w.N), "open", count(w.Open)))
		median = append(median, opts.LineData{Value: days(w.Median.Days), Name: text})
		p90 = append(p90, opts.LineData{Value: days(w.P90.Days), Name: text})
		naive = append(naive, opts.LineData{Value: days(w.NaiveP90.Days), Name: text})
		if w.P90.Low != nil && w.P90.High != nil {
			top = math.Max(top, *w.P90.High)
			low = append(low, opts.LineData{Value: round1(*w.P90.Low)})
			band = append(band, opts.LineData{Value: round1(*w.P90.High - *w.P90.Low)})
		} else {
			low, band = append(low, opts.LineData{}), append(band, opts.LineData{})
		}
	}
	top = niceTop(top)
	hatched := false
	for _, w := range b.in.Weeks {
		if w.N == 0 || w.Mature >= 1 {
			young = append(young, opts.BarData{})
			continue
		}
		hatched = true
		young = append(young, opts.BarData{Value: top, ItemStyle: &opts.ItemStyle{Color: hatchColour},
			Name: b.words.plain(lang, say("transit_page.week_young", "week", weekLabel(w.Week), "share", percent(w.Mature)))})
	}
	c := charts.NewLine()
	c.SetGlobalOptions(charts.WithAnimation(false), hover(), frame("46", "104", "34", "30"),
		charts.WithXAxisOpts(opts.XAxis{Type: "category",
			AxisLabel: &opts.AxisLabel{Show: yes(), Color: mutedColour, HideOverlap: yes()},
			AxisLine:  &opts.AxisLine{Show: yes(), LineStyle: &opts.LineStyle{Color: gridColour}}}),
		charts.WithYAxisOpts(opts.YAxis{Type: "value", Name: b.words.plain(lang, say("chart.days_axis")), Min: 0, Max: top, AxisLabel: &opts.AxisLabel{Show: yes(), Color: mutedColour},
			SplitLine: &opts.SplitLine{Show: yes(), LineStyle: &opts.LineStyle{Color: gridColour}}}))
	c.SetXAxis(names)
	hidden := charts.WithLineStyleOpts(opts.LineStyle{Opacity: opts.Float(0), Color: mainColour})
	plain := func(stack string) charts.SeriesOpts {
		return charts.WithLineChartOpts(opts.LineChart{Symbol: "none", ShowSymbol: no(), Stack: stack, ConnectNulls: no()})
	}
	c.AddSeries("low", low, plain("band"), hidden)
	c.AddSeries("band", band, plain("band"), hidden, charts.WithAreaStyleOpts(opts.AreaStyle{Color: mainColour, Opacity: opts.Float(0.18)}))
	var labels []lineLabel
	line := func(name string, data []opts.LineData, colour, kind, text string) {
		options := []charts.SeriesOpts{
			charts.WithLineChartOpts(opts.LineChart{Symbol: "circle", SymbolSize: 5, ShowSymbol: yes(), ConnectNulls: no()}),
			charts.WithLineStyleOpts(opts.LineStyle{Color: colour, Width: 2, Type: kind}), charts.WithItemStyleOpts(opts.ItemStyle{Color: colour})}
		whole, moving := make([]opts.LineData, len(data)), make([]opts.LineData, len(data))
		last, some := any(nil), false
		for i, d := range data {
			switch {
			case d.Value == nil:
			case b.in.Weeks[i].Mature < 1:
				moving[i], some = d, true
			default:
				whole[i], last = d, d.Value
			}
		}
		c.AddSeries(name, whole, options...)
		if some {
			c.AddSeries(name+" young", moving, charts.WithLineChartOpts(opts.LineChart{Symbol: "circle", SymbolSize: 6, ShowSymbol: yes(), ConnectNulls: no()}),
				charts.WithLineStyleOpts(opts.LineStyle{Opacity: opts.Float(0), Color: colour}),
				charts.WithItemStyleOpts(opts.ItemStyle{Color: paperColour, BorderColor: colour, BorderWidth: 1.5}))
		}
		if y, ok := last.(float64); ok {
			labels = append(labels, lineLabel{name, text, colour, y})
		}
	}
	line("naive", naive, mutedColour, "dashed", b.words.plain(lang, say("transit_page.naive_label")))
	line("median", median, inkColour, "solid", b.words.plain(lang, say("transit_page.median_label")))
	line("p90", p90, mainColour, "solid", "P90")
	for _, l := range apart(labels, top/8, top) {
		only := make([]opts.LineData, len(names))
		only[len(only)-1] = opts.LineData{Value: l.y, SymbolSize: 1}
		c.AddSeries(l.name+" label", only, charts.WithLabelOpts(*onPaper(label(l.colour, "right", l.text))), charts.WithItemStyleOpts(opts.ItemStyle{Color: "transparent"}),
			charts.WithLineChartOpts(opts.LineChart{ShowSymbol: yes()}))
	}
	if hatched {
		bars := charts.NewBar()
		bars.AddSeries("young", young, charts.WithBarChartOpts(opts.BarChart{BarCategoryGap: "6%"}))
		c.Overlap(bars)
	}
	return c
}

// lineLabel is the name of a line at the height where the line ends.
type lineLabel struct {
	name, text, colour string
	y                  float64
}

// apart lifts labels until each is least above the one below it, so that none
// covers another, and keeps them below top.
func apart(labels []lineLabel, least, top float64) []lineLabel {
	out := slices.Clone(labels)
	slices.SortStableFunc(out, func(a, b lineLabel) int { return cmp.Compare(a.y, b.y) })
	for i := 1; i < len(out); i++ {
		out[i].y = math.Max(out[i].y, out[i-1].y+least)
	}
	for i := len(out) - 1; i >= 0; i-- {
		out[i].y = math.Min(out[i].y, top-float64(len(out)-1-i)*least)
	}
	return out
}

// niceTop is the end of an axis from 0 that holds v and falls on a grid line.
func niceTop(v float64) float64 {
	v = math.Max(1, 1.05*v)
	power := math.Pow(10, math.Floor(math.Log10(v/5)))
	step := power
	for _, s := range []float64{1, 2, 3, 5, 10} {
		if step = s * power; v/step <= 6 {
			break
		}
	}
	return math.Ceil(v/step) * step
}

// legsChart is a waterfall of both periods (bars from 0 where legs do not add up): each leg starts where the one before
// it ended, the period before in grey.
func (b *transitPage) legsChart(lang string) canvas {
	var names []string
	var gap, bars, pastGap, past []opts.BarData
	total, pastTotal, forked := 0.0, 0.0, b.legsForked()
	bar := func(mean *float64, total *float64, colour string, text func(mean float64) string) (before, length opts.BarData) {
		before = opts.BarData{Value: round2(*total)}
		if mean == nil {
			return before, opts.BarData{Value: 0}
		}
		if !forked {
			*total += math.Max(0, *mean)
		}
		return before, opts.BarData{Value: round2(math.Max(0, *mean)), ItemStyle: &opts.ItemStyle{Color: colour}, Label: label(inkColour, "right", string(tenth(*mean))), Name: text(*mean)}
	}
	for _, l := range b.in.Legs {
		name := b.legName(l.ID)
		names = append(names, short(b.words.plain(lang, name), 40))
		before, length := bar(l.This.Mean, &total, mainColour, func(mean float64) string {
			return b.words.plain(lang, legPoint(name, mean, l.This.Share, l.This.N, forked))
		})
		gap, bars = append(gap, before), append(bars, length)
		before, length = bar(l.Past.Mean, &pastTotal, mutedColour, func(mean float64) string {
			return b.words.plain(lang, say("transit_page.leg_past", "leg", name, "mean", tenth(mean), "period", periodLabel(b.in.Before), "n", count(l.Past.N)))
		})
		pastGap, past = append(pastGap, before), append(past, length)
	}
	c := charts.NewBar()
	c.SetGlobalOptions(charts.WithAnimation(false), hover(), frame("8", "40", "8", "46"),
		charts.WithXAxisOpts(valueAxisX(b.words.plain(lang, say("chart.days_axis")), nil)),
		charts.WithYAxisOpts(categoryAxisY(names)))
	clear := charts.WithItemStyleOpts(opts.ItemStyle{Color: "transparent"})
	c.AddSeries("before this", gap, charts.WithBarChartOpts(opts.BarChart{Stack: "this"}), clear)
	c.AddSeries("this", bars, charts.WithBarChartOpts(opts.BarChart{Stack: "this", BarCategoryGap: "25%"}))
	c.AddSeries("before past", pastGap, charts.WithBarChartOpts(opts.BarChart{Stack: "past"}), clear)
	c.AddSeries("past", past, charts.WithBarChartOpts(opts.BarChart{Stack: "past", BarCategoryGap: "25%"}))
	return c
}
