package reports

import (
	"fmt"
	"math"

	"waybill/pipeline/metric"
)

// sparkWeeks is how many weeks a sparkline holds.
const sparkWeeks = 8

// metrics is each shop's table of the week's metrics.
func (b *weekly) metrics() section {
	s := section{ID: "metrics", Title: say("section.metrics"), Empty: say("verdict.no_shops")}
	for i, shop := range b.in.Shops {
		t := &table{ID: "metrics-" + digits(i+1), Part: shopTitle(shop), PartHead: say("col.shop"), Class: "metrics", Cards: true, Columns: []column{
			{Kind: kindPhrase, Head: say("col.metric"), Key: true},
			{Kind: kindPercent, Head: say("col.this_week"), Class: "big"},
			{Kind: kindChange, Head: say("col.delta"), Sheet: say("col.delta_pp")},
			{Kind: kindPercent, Head: say("col.target")},
			{Kind: kindSpark, Head: say("col.weeks")},
			{Kind: kindNumber, Head: say("col.n")},
			{Kind: kindNumber, Head: say("col.num"), Only: inSheet},
			{Kind: kindNumber, Head: say("col.undecided"), Only: inSheet},
			{Kind: kindNumber, Head: say("col.excluded"), Only: inSheet},
			{Kind: kindPhrase, Head: say("col.note"), Class: "note"},
		}}
		for _, m := range b.in.Metrics {
			t.Rows = append(t.Rows, b.metricRow(m, shop))
		}
		s.Blocks = append(s.Blocks, t)
	}
	return s
}

func (b *weekly) metricRow(m metric.Metric, shop metric.Shop) row {
	s := seriesOf(shop, m.ID)
	higher := higherIsBetter(m)
	p, at := pointAt(s, b.in.Week.ID)
	name := cell{Text: b.metricName(m.ID), Door: b.metricDoor(m, shop, p, at)}
	rate, delta, target, n, note := dash(), dash(), dash(), dash(), cell{}
	switch {
	case at < 0:
		note.Text = say("note.no_cohort")
		if s.Missing != "" {
			note.Text = say("note.missing", "column", s.Missing)
		}
	case p.Den == 0:
		n, note.Text = countCell(0), say("note.no_cohort")
	case !judged(p):
		rate = cell{Text: say("metric.counts", "num", count(p.Num), "den", count(p.Den)), Hatch: true}
		n = countCell(p.Den)
		note.Text = say("note.undecided", "n", count(p.Open))
		switch {
		case p.Week.State == metric.Incomplete:
			note.Text = say("note.incomplete")
		case p.Bounds != nil:
			note.Text = rangeText("note.open", *p.Bounds)
		}
	default:
		rate, n = rateCell(ratePercent(p, higher), ratio(p.Num, p.Den)), countCell(p.Den)
		delta = b.delta(s, at, m)
		switch p.Met {
		case "yes":
			note.Mark, note.Tone, note.Text = "●", "pass", say("note.met")
		case "no":
			key := "note.short"
			if !higher {
				key = "note.over"
			}
			by := shortBy(p, higher)
			note.Mark, note.Tone = "▲", "fail"
			note.Text = say(key, "n", count(by), "grain", b.grain(m.Grain, by))
			if gap := b.gapLine(s); gap.Set() {
				note.Sub = []phrase{gap}
			}
		default:
			note.Text = say("note.no_target")
			if p.Few {
				rate.Soft, note.Text = true, say("note.few", "min", count(m.MinN))
			} else if p.Target != "" {
				note.Text = say("note.unknown", "n", count(p.Unknown))
				if p.Unknown == 0 {
					note.Text = say("met.none")
				}
			}
		}
		if p.Bounds != nil {
			note.Sub = append(note.Sub, rangeText("note.range", *p.Bounds))
		}
	}
	if at >= 0 {
		target = targetCell(p.Op, p.Target, higher)
	}
	var trend cell
	if trend.Draw, trend.Alt = sparkline(s, at, higher); trend.Draw == "" {
		trend = cell{Text: digitsOf(none), Soft: true}
	}
	num, open, excluded := dash(), dash(), dash()
	if at >= 0 {
		num, open, excluded = countCell(p.Num), countCell(p.Open), countCell(p.Excluded)
	}
	return row{Cells: []cell{name, rate, delta, target, trend, n, num, open, excluded, note}}
}

// rangeText says what a rate may become once the members that are undecided are known.
func rangeText(key string, b metric.Bounds) phrase {
	return say(key, "low", lowPercent(b), "high", highPercent(b), "n", count(b.Undecided))
}

// grain is the word for what a metric counts, in the number that it has.
func (b *weekly) grain(id string, n int64) phrase {
	word := b.words.term("grain", id)
	if word.key != "" {
		word.args = []any{"n", count(n)}
	}
	return word
}

func targetCell(op, target string, higher bool) cell {
	c := cell{Text: digitsOf(targetText(op, target, higher))}
	if limit, ok := targetPercent(target); ok {
		c.Value = limit / 100
	}
	return c
}

// shortBy is how many members more (or fewer, where lower is better) would
// have met the target.
func shortBy(p metric.Point, higher bool) int64 {
	var target float64
	if _, err := fmt.Sscan(p.Target, &target); err != nil {
		return 0
	}
	const slack = 1e-9 // 0.8 x 1,205 is 964.0000000000001 in floating point
	if higher {
		return int64(math.Ceil(target*float64(p.Den)-slack)) - p.Num
	}
	if p.Op == "<" {
		return p.Num - int64(math.Ceil(target*float64(p.Den)-slack)) + 1
	}
	return p.Num - int64(math.Floor(target*float64(p.Den)+slack))
}

// delta compares with the last closed week before index at.
func (b *weekly) delta(s metric.Series, at int, m metric.Metric) cell {
	for i := at - 1; i >= 0; i-- {
		q := s.Points[i]
		if !judged(q) {
			continue
		}
		p := s.Points[at]
		diff := ratio(p.Num, p.Den) - ratio(q.Num, q.Den)
		shown := signed(diff)
		sign, key := "", "delta.same"
		// less than one order or parcel is how the two weeks divide, not a change
		if shown != "±0.0" && math.Abs(diff)*float64(p.Den) >= 1 && min(p.Den, q.Den) >= m.MinN {
			sign, key = "bad", "delta.worse"
			if (diff > 0) == higherIsBetter(m) {
				sign, key = "good", "delta.better"
			}
		}
		return cell{Text: say(key, "diff", shown, "week", number(shortWeek(q.Week))), Tone: sign, Value: 100 * diff}
	}
	return dash()
}

func (b *weekly) metricDoor(m metric.Metric, shop metric.Shop, p metric.Point, at int) *door {
	d := &door{Source: m.Source}
	if m.Formula != "" {
		d.Files = []string{queryFile(m.Formula)}
	}
	if text := b.words.term("metric.definition", m.ID); text.key != "" {
		d.Facts = append(d.Facts, pair{say("detail.definition"), text})
	}
	if at >= 0 {
		d.Facts = append(d.Facts, pair{say("detail.fraction"), say("detail.n_of_d",
			"num", count(p.Num), "den", count(p.Den), "open", count(p.Open), "excluded", count(p.Excluded))})
		if week := b.in.Week; p.From == "" || p.From == week.Start && p.To == week.End { // a longer window has no column of its own
			d.Command = b.rowsCommand(m, shop)
		}
	}
	d.Facts = append(d.Facts, pair{say("detail.cohort"), say("detail.cohort_value",
		"grain", b.grain(m.Grain, 2), "cohort", b.words.term("cohort", m.Cohort))})
	if m.Pack != "" {
		d.Facts = append(d.Facts, pair{say("detail.pack"), literal(m.Pack)})
	}
	if missing := seriesOf(shop, m.ID).Missing; missing != "" {
		d.Facts = append(d.Facts, pair{say("detail.missing"), literal(missing)})
	}
	return d
}

// trends is the headline metric of each shop over its weeks.
func (b *weekly) trends() section {
	s := section{ID: "trend", Title: say("section.trend"), Lead: say("trend.lead"), Empty: say("verdict.no_shops")}
	m, ok := b.headline()
	if !ok {
		return s
	}
	var all pairs
	low := b.trendLow(m)
	for i, shop := range b.in.Shops {
		all = append(all, b.trend(i, shop, m, low))
	}
	if len(all) > 0 {
		s.Blocks = append(s.Blocks, all)
	}
	return s
}

func (b *weekly) trend(i int, s metric.Shop, m metric.Metric, low float64) *figure {
	series := seriesOf(s, m.ID)
	higher := higherIsBetter(m)
	f := &figure{Title: shopTitle(s), Summary: say("trend.none")}
	if len(series.Points) == 0 {
		if series.Missing != "" {
			f.Summary = say("trend.missing", "column", series.Missing)
		}
		return f
	}
	t := &table{ID: "trend-" + digits(i+1), Part: shopTitle(s), PartHead: say("col.shop"), Columns: []column{
		{Kind: kindCode, Head: say("col.week"), Key: true, Class: "num"}, {Kind: kindPhrase, Head: say("col.state")},
		{Kind: kindPercent, Head: say("col.rate")}, {Kind: kindPercent, Head: say("col.forecast")}, {Kind: kindText, Head: say("col.forecast_interval"), Only: inPage, Class: "n"},
		{Kind: kindPercent, Head: say("col.forecast_low"), Only: inSheet}, {Kind: kindPercent, Head: say("col.forecast_high"), Only: inSheet},
		{Kind: kindPercent, Head: say("col.target")},
		{Kind: kindNumber, Head: say("col.num")}, {Kind: kindNumber, Head: say("col.den")},
		{Kind: kindNumber, Head: say("col.undecided")}, {Kind: kindNumber, Head: say("col.excluded")},
		{Kind: kindPhrase, Head: say("col.met"), Class: "note"},
	}}
	var closed, judgedWeeks, met int64
	var next *metric.Forecast
	for _, w := range trendWeeks(s, series) {
		forecast, interval, from, to := dash(), dash(), dash(), dash()
		if f := w.forecast; f != nil {
			forecast, interval = shareCell(f.Rate), cell{Text: digitsOf(percent(f.Low) + " – " + percent(f.High))}
			from, to = shareCell(f.Low), shareCell(f.High)
			if next == nil {
				next = f
			}
		}
		if w.point == nil {
			t.Rows = append(t.Rows, row{Open: true, Cells: []cell{{Text: digitsOf(weekLabel(w.week)), Value: w.week.ID}, wordCell(say("col.forecast")),
				dash(), forecast, interval, from, to, targetCell("", w.forecast.Target, higher), dash(), dash(), countCell(w.forecast.OpenOrders), dash(), {Text: say("met.none"), Mark: "○"}}})
			continue
		}
		p := *w.point
		rate, verdict := dash(), cell{Text: say("met.none"), Mark: "○"}
		if judged(p) {
			closed++
			rate = rateCell(ratePercent(p, higher), ratio(p.Num, p.Den))
			switch p.Met {
			case "yes":
				judgedWeeks++
				met++
				verdict = cell{Text: say("met.yes"), Mark: "●", Tone: "pass"}
			case "no":
				judgedWeeks++
				verdict = cell{Text: say("met.no"), Mark: "▲", Tone: "fail"}
			}
			if p.Few {
				rate.Soft, verdict = true, cell{Text: say("met.few"), Mark: "○"}
			}
		}
		t.Rows = append(t.Rows, row{Open: p.Week.State != metric.Closed, Cells: []cell{
			{Text: digitsOf(weekLabel(p.Week)), Value: p.Week.ID}, wordCell(b.words.term("week.state", string(p.Week.State))),
			rate, forecast, interval, from, to, targetCell(p.Op, p.Target, higher), countCell(p.Num), countCell(p.Den), countCell(p.Open), countCell(p.Excluded), verdict}})
	}
	f.Data = t
	if closed == 0 {
		f.Summary = say("trend.no_closed")
		return f
	}
	f.ID, f.Class = t.ID, "trend"
	f.Summary = say("trend.summary", "metric", b.metricName(m.ID), "closed", count(judgedWeeks), "met", count(met))
	if judgedWeeks == 0 {
		// without a target nothing was met or missed
		f.Summary = say("trend.summary_unjudged", "metric", b.metricName(m.ID), "closed", count(closed))
	}
	if next != nil {
		f.Summary = say("trend.with_forecast", "closed", f.Summary, "week", shortWeek(next.Week), "rate", percent(next.Rate), "low", percent(next.Low), "high", percent(next.High))
	}
	b.draw(f.ID, func(lang string) canvas { return b.trendChart(lang, s, m, series, low) })
	return f
}
