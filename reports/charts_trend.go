package reports

import (
	"math"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"waybill/pipeline/metric"
)

// trendWeek is a week on the axis of the trend: a point of the series, a
// forecast, or both.
type trendWeek struct {
	week     metric.Week
	point    *metric.Point
	forecast *metric.Forecast
}

// trendWeeks are the weeks of the series, then those of the forecast beyond it.
func trendWeeks(s metric.Shop, series metric.Series) []trendWeek {
	var out []trendWeek
	at := map[string]int{}
	for i := range series.Points {
		at[series.Points[i].Week.ID] = len(out)
		out = append(out, trendWeek{week: series.Points[i].Week, point: &series.Points[i]})
	}
	for i := range s.Forecasts {
		f := &s.Forecasts[i]
		n, ok := at[f.Week.ID]
		switch {
		case f.Missing != "":
		case !ok:
			out = append(out, trendWeek{week: f.Week, forecast: f})
		case out[n].week.State != metric.Closed:
			out[n].forecast = f
		}
	}
	return out
}

// trendLow is where the axis of the trend begins: one for all shops, so that
// two lines beside each other can be compared.
func (b *weekly) trendLow(m metric.Metric) float64 {
	low := 100.0
	for _, s := range b.in.Shops {
		for _, w := range trendWeeks(s, seriesOf(s, m.ID)) {
			if w.forecast != nil {
				low = math.Min(low, 100*w.forecast.Low)
			}
			if w.point == nil {
				continue
			}
			if judged(*w.point) {
				low = math.Min(low, 100*ratio(w.point.Num, w.point.Den))
			}
			if limit, ok := targetPercent(w.point.Target); ok {
				low = math.Min(low, limit)
			}
		}
	}
	return math.Max(0, 10*math.Floor((low-5)/10))
}

// trendChart draws the closed weeks of one shop as a line with a mark for met
// and missed. Weeks that are not closed are hatched and the line never reaches
// into them: what is forecast stands there as a hollow diamond with a dashed
// interval.
func (b *weekly) trendChart(lang string, s metric.Shop, m metric.Metric, series metric.Series, low float64) canvas {
	higher := higherIsBetter(m)
	weeks := trendWeeks(s, series)
	var names []string
	data, target := make([]opts.LineData, len(weeks)), make([]opts.LineData, len(weeks))
	ground := make([]opts.BarData, len(weeks))
	side := "insideBottom" // and above what lies low
	for _, w := range weeks {
		if w.forecast != nil && 100*w.forecast.Low < low+(100-low)/5 {
			side = "insideTop"
		}
	}
	labelled, targeted, hatched, lastTarget, said := -1, -1, false, "", ""
	for i, w := range weeks {
		names = append(names, shortWeek(w.week))
		if op, limit := w.target(); limit != "" {
			if v, ok := targetPercent(limit); ok {
				targeted, lastTarget = i, string(targetText(op, limit, higher))
				target[i] = opts.LineData{Value: v, Symbol: "none", Name: b.words.plain(lang, say("chart.target", "target", targetText(op, limit, higher)))}
			}
		}
		if w.point != nil && judged(*w.point) {
			labelled = i
			data[i] = b.trendPoint(lang, *w.point, higher)
			continue
		}
		if w.week.State == metric.Closed && w.forecast == nil {
			continue
		}
		hatched = true
		ground[i] = b.trendGround(lang, w)
		if text := b.trendState(lang, w); text != said { // of neighbours in one state the first says it
			ground[i].Label, said = label(mutedColour, side, text), text
		}
	}
	c := charts.NewLine()
	c.SetGlobalOptions(charts.WithAnimation(false), hover(), frame("46", "58", "16", "30"),
		charts.WithXAxisOpts(opts.XAxis{Type: "category",
			AxisLabel: &opts.AxisLabel{Show: yes(), Color: mutedColour, HideOverlap: yes()},
			AxisLine:  &opts.AxisLine{Show: yes(), LineStyle: &opts.LineStyle{Color: gridColour}}}),
		charts.WithYAxisOpts(percentAxisY(low)))
	c.SetXAxis(names)
	if hatched {
		bars := charts.NewBar()
		bars.AddSeries("not closed", ground, charts.WithBarChartOpts(opts.BarChart{BarCategoryGap: "6%"}))
		defer c.Overlap(bars)
	}
	c.AddSeries("rate", data, charts.WithLineChartOpts(opts.LineChart{ShowSymbol: yes(), ConnectNulls: no()}),
		charts.WithLineStyleOpts(opts.LineStyle{Color: mainColour, Width: 2}), charts.WithItemStyleOpts(opts.ItemStyle{Color: mainColour}))
	if labelled >= 0 {
		c.AddSeries("last", only(data, labelled), charts.WithLabelOpts(*onPaper(label(inkColour, lastSide(data, labelled, low), string(ratePercent(*weeks[labelled].point, higher))))),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: mainColour}), charts.WithLineChartOpts(opts.LineChart{ShowSymbol: yes()}))
	}
	if targeted >= 0 {
		c.AddSeries("target", target, charts.WithLineChartOpts(opts.LineChart{Symbol: "none", Step: "middle"}),
			charts.WithLineStyleOpts(opts.LineStyle{Color: targetColour, Type: "dashed", Width: 1.5}), charts.WithItemStyleOpts(opts.ItemStyle{Color: targetColour}))
		c.AddSeries("target label", only(target, targeted), charts.WithLabelOpts(*label(targetColour, "right", lastTarget)),
			charts.WithItemStyleOpts(opts.ItemStyle{Color: targetColour}), charts.WithLineChartOpts(opts.LineChart{ShowSymbol: yes()}))
	}
	b.trendForecasts(lang, c, weeks)
	return c
}

// target is the comparison and the target of the week, empty where none is in force.
func (w trendWeek) target() (op, limit string) {
	if w.point != nil {
		return w.point.Op, w.point.Target
	}
	return "", w.forecast.Target
}

// only is the list with one of its points.
func only(list []opts.LineData, at int) []opts.LineData {
	out := make([]opts.LineData, len(list))
	out[at] = opts.LineData{Value: list[at].Value, SymbolSize: 1, Name: list[at].Name}
	return out
}

// lastSide is the side of the last point that the line does not come from, and
// not the one where the axis has its weeks.
func lastSide(data []opts.LineData, at int, low float64) string {
	if at == 0 || data[at-1].Value == nil {
		return "top"
	}
	if v := data[at].Value.(float64); v < data[at-1].Value.(float64) && v > low+(100-low)/8 {
		return "bottom"
	}
	return "top"
}

func (b *weekly) trendPoint(lang string, p metric.Point, higher bool) opts.LineData {
	out := opts.LineData{Value: round1(100 * ratio(p.Num, p.Den)), Symbol: "circle", SymbolSize: 7,
		Name: b.words.plain(lang, say("chart.week_point", "week", weekLabel(p.Week), "rate", ratePercent(p, higher), "num", count(p.Num), "den", count(p.Den)))}
	if p.Met == "no" {
		out.Symbol, out.SymbolSize = "triangle", 11
	}
	return out
}

// trendState says in a word why a week has no point of the line.
func (b *weekly) trendState(lang string, w trendWeek) string {
	if w.forecast != nil {
		return b.words.plain(lang, say("col.forecast"))
	}
	return b.words.plain(lang, b.words.term("week.state", string(w.week.State)))
}

func (b *weekly) trendGround(lang string, w trendWeek) opts.BarData {
	out := opts.BarData{Value: 100, ItemStyle: &opts.ItemStyle{Color: hatchColour}}
	switch p := w.point; {
	case w.forecast != nil:
		out.Name = b.forecastPoint(lang, *w.forecast)
	case p != nil:
		out.Name = b.words.plain(lang, say("chart.week_counts", "week", weekLabel(p.Week), "state", b.words.term("week.state", string(p.Week.State)),
			"num", count(p.Num), "den", count(p.Den), "open", count(p.Open)))
	}
	return out
}

func (b *weekly) forecastPoint(lang string, f metric.Forecast) string {
	return b.words.plain(lang, say("chart.week_forecast", "week", weekLabel(f.Week), "rate", percent(f.Rate), "low", percent(f.Low), "high", percent(f.High),
		"open", count(f.OpenOrders)))
}

// trendForecasts lays the forecasts over the chart, each apart from all others.
func (b *weekly) trendForecasts(lang string, c *charts.Line, weeks []trendWeek) {
	dots := charts.NewScatter()
	some := false
	for i, w := range weeks {
		f := w.forecast
		if f == nil {
			continue
		}
		text := b.forecastPoint(lang, *f)
		c.AddSeries("forecast interval", []opts.LineData{{Value: []any{i, round1(100 * f.Low)}, Name: text}, {Value: []any{i, round1(100 * f.High)}, Name: text}},
			charts.WithLineChartOpts(opts.LineChart{Symbol: "rect", SymbolSize: []int{10, 2}, ShowSymbol: yes()}),
			charts.WithLineStyleOpts(opts.LineStyle{Color: mainColour, Width: 1.5, Type: "dashed"}), charts.WithItemStyleOpts(opts.ItemStyle{Color: mainColour}))
		dots.AddSeries("forecast", []opts.ScatterData{{Value: []any{i, round1(100 * f.Rate)}, Name: text, Symbol: "diamond", SymbolSize: 10}},
			charts.WithItemStyleOpts(opts.ItemStyle{Color: paperColour, BorderColor: mainColour, BorderWidth: 1.5, Opacity: opts.Float(1)}))
		some = true
	}
	if some {
		c.Overlap(dots)
	}
}
