package reports

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"waybill/pipeline/metric"
)

// sparkWeeks is how many weeks a sparkline holds.
const sparkWeeks = 8

// shopView is one shop's metrics, its trend and its time on the way.
type shopView struct {
	Title   string
	Rows    []metricRow
	Trend   figure
	Weeks   []weekRow
	Transit figure
	Curve   []curveRow
	Median  quantileView
	P90     quantileView
	N, Open number
	HasKM   bool
}

type metricRow struct {
	Name     phrase
	Rate     number
	Counts   phrase // shown in the place of a rate that does not exist yet
	IsOpen   bool
	Delta    phrase
	Sign     string // good, bad or empty
	Target   number
	Spark    template.HTML
	SparkAlt string
	N        number
	Note     phrase
	NoteMark string
	NoteKind string // pass, fail or empty
	Details  []pair
	Source   string
	Link     bool // Source is an address
}

type pair struct{ Label, Value phrase }

type weekRow struct {
	Week               number
	State              phrase
	IsOpen             bool
	Rate, Target       number
	Num, Den           number
	Undecided, Outside number
	Met                phrase
	Mark, Kind         string
}

func (b *builder) shops() []shopView {
	var out []shopView
	for i, s := range b.in.Shops {
		v := shopView{Title: shopTitle(s)}
		for _, m := range b.in.Metrics {
			v.Rows = append(v.Rows, b.metricRow(m, seriesOf(s, m.ID)))
		}
		if m, ok := b.headline(); ok {
			v.Trend, v.Weeks = b.trend(i, s, m)
		}
		b.transit(&v, i, s)
		out = append(out, v)
	}
	return out
}

func (b *builder) metricRow(m metric.Metric, s metric.Series) metricRow {
	higher := higherIsBetter(m)
	p, at := pointAt(s, b.in.Week.ID)
	row := metricRow{Name: b.metricName(m.ID), Rate: none, Target: none, N: none}
	switch {
	case at < 0:
		row.Note = say("note.no_cohort")
		if s.Missing != "" {
			row.Note = say("note.missing", "column", s.Missing)
		}
	case p.Den == 0:
		row.N, row.Note = count(0), say("note.no_cohort")
	case !judged(p):
		row.IsOpen = true
		row.Counts = say("metric.counts", "num", count(p.Num), "den", count(p.Den))
		row.N = count(p.Den)
		row.Note = say("note.undecided", "n", count(p.Open))
		if p.Week.State == metric.Incomplete {
			row.Note = say("note.incomplete")
		}
	default:
		row.Rate, row.N = ratePercent(p, higher), count(p.Den)
		row.Delta, row.Sign = b.delta(s, at, higher)
		switch p.Met {
		case "yes":
			row.NoteMark, row.NoteKind, row.Note = "●", "pass", say("note.met")
		case "no":
			key := "note.short"
			if !higher {
				key = "note.over"
			}
			row.NoteMark, row.NoteKind = "▲", "fail"
			row.Note = say(key, "n", count(shortBy(p, higher)), "grain", b.words.term("grain", m.Grain))
		default:
			row.Note = say("note.no_target")
		}
	}
	if at >= 0 {
		row.Target = targetText(p.Target, higher)
	}
	row.Spark, row.SparkAlt = sparkline(s, at, higher)
	row.Details = b.details(m, s, p, at)
	row.Source = m.Source
	row.Link = strings.HasPrefix(m.Source, "https://")
	return row
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
	return p.Num - int64(math.Floor(target*float64(p.Den)+slack))
}

// delta compares with the last closed week before index at.
func (b *builder) delta(s metric.Series, at int, higher bool) (phrase, string) {
	for i := at - 1; i >= 0; i-- {
		q := s.Points[i]
		if !judged(q) {
			continue
		}
		p := s.Points[at]
		diff := ratio(p.Num, p.Den) - ratio(q.Num, q.Den)
		shown := signed(diff)
		sign, key := "", "delta.same"
		if shown != "±0.0" {
			sign, key = "bad", "delta.worse"
			if (diff > 0) == higher {
				sign, key = "good", "delta.better"
			}
		}
		return say(key, "diff", shown, "week", number(shortWeek(q.Week))), sign
	}
	return phrase{}, ""
}

func (b *builder) details(m metric.Metric, s metric.Series, p metric.Point, at int) []pair {
	var out []pair
	if d := b.words.term("metric.definition", m.ID); d.key != "" {
		out = append(out, pair{say("detail.definition"), d})
	}
	if at >= 0 {
		out = append(out, pair{say("detail.fraction"), say("detail.n_of_d",
			"num", count(p.Num), "den", count(p.Den), "open", count(p.Open), "excluded", count(p.Excluded))})
	}
	out = append(out, pair{say("detail.cohort"), say("detail.cohort_value",
		"grain", b.words.term("grain", m.Grain), "cohort", b.words.term("cohort", m.Cohort))})
	if m.Pack != "" {
		out = append(out, pair{say("detail.pack"), literal(m.Pack)})
	}
	if m.Formula != "" {
		out = append(out, pair{say("detail.formula"), literal("queries/" + strings.TrimPrefix(m.Formula, "queries/"))})
	}
	if s.Missing != "" {
		out = append(out, pair{say("detail.missing"), literal(s.Missing)})
	}
	return out
}

// trend is the headline metric of one shop over its weeks.
func (b *builder) trend(i int, s metric.Shop, m metric.Metric) (figure, []weekRow) {
	series := seriesOf(s, m.ID)
	higher := higherIsBetter(m)
	if len(series.Points) == 0 {
		reason := say("trend.none")
		if series.Missing != "" {
			reason = say("trend.missing", "column", series.Missing)
		}
		return figure{Summary: reason}, nil
	}
	var rows []weekRow
	var closed, judgedWeeks, met int64
	for _, p := range series.Points {
		r := weekRow{
			Week: weekLabel(p.Week), State: b.words.term("week.state", string(p.Week.State)), IsOpen: p.Week.State != metric.Closed,
			Rate: none, Target: targetText(p.Target, higher), Num: count(p.Num), Den: count(p.Den),
			Undecided: count(p.Open), Outside: count(p.Excluded), Met: say("met.none"), Mark: "○",
		}
		if judged(p) {
			closed++
			r.Rate = ratePercent(p, higher)
			switch p.Met {
			case "yes":
				judgedWeeks++
				met++
				r.Met, r.Mark, r.Kind = say("met.yes"), "●", "pass"
			case "no":
				judgedWeeks++
				r.Met, r.Mark, r.Kind = say("met.no"), "▲", "fail"
			}
		}
		rows = append(rows, r)
	}
	summary := say("trend.summary", "metric", b.metricName(m.ID), "closed", count(judgedWeeks), "met", count(met))
	if judgedWeeks == 0 {
		// without a target nothing was met or missed
		summary = say("trend.summary_unjudged", "metric", b.metricName(m.ID), "closed", count(closed))
	}
	f := figure{ID: fmt.Sprintf("trend-%d", i+1), Class: "trend", Summary: summary}
	b.draw(f.ID, func(lang string) canvas { return b.trendChart(lang, s, m, series) })
	return f, rows
}
