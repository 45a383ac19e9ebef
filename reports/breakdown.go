package reports

import (
	"math"
	"sort"

	"waybill/pipeline/metric"
)

// groupsView is a table of channels or of states.
type groupsView struct {
	Rows  []groupRow
	Chart figure
	Small bool // some rows are too small to rank
}

type groupRow struct {
	Rank      string // empty: not ranked
	Small     bool
	Hue       string // class of the channel's colour; empty for states
	Name      phrase
	Rate      number
	RateSort  float64
	Interval  string
	Due       number
	Median    phrase
	MedianKey float64
	P90       phrase
	P90Key    float64
	Parcels   number
	Open      number
	OpenShare number
}

// hues is the number of colours that are told apart by colour-blind readers.
const hues = 7

// channelHues gives each channel of the report one colour, by the order of
// their keys, so that a channel keeps it in each chart and table of the page.
func channelHues(groups []metric.Group) map[string]int {
	keys := make([]string, 0, len(groups))
	for _, g := range groups {
		keys = append(keys, g.Key)
	}
	sort.Strings(keys)
	out := map[string]int{}
	for i, k := range keys {
		out[k] = i%hues + 1
	}
	return out
}

// ranked orders channels by their share on time, the small ones last.
func ranked(groups []metric.Group) []metric.Group {
	out := append([]metric.Group(nil), groups...)
	rate := func(g metric.Group) float64 {
		if g.Due == 0 {
			return -1
		}
		return ratio(g.OnTime, g.Due)
	}
	unranked := func(g metric.Group) bool { return g.Small || g.Due == 0 }
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if unranked(a) != unranked(b) {
			return unranked(b)
		}
		if unranked(a) {
			return a.Parcels > b.Parcels
		}
		return rate(a) > rate(b)
	})
	return out
}

func (b *builder) channels() groupsView {
	v := groupsView{}
	colours := channelHues(b.in.Channels)
	rank := 0
	for _, g := range ranked(b.in.Channels) {
		row := b.groupRow(g)
		row.Hue = "hue-" + digits(colours[g.Key])
		if !row.Small {
			rank++
			row.Rank = digits(rank)
		}
		v.Small = v.Small || row.Small
		v.Rows = append(v.Rows, row)
	}
	v.Chart = b.channelFigure(colours)
	return v
}

func (b *builder) states() groupsView {
	v := groupsView{}
	for _, g := range b.in.States {
		row := b.groupRow(g)
		v.Small = v.Small || row.Small
		v.Rows = append(v.Rows, row)
	}
	return v
}

func (b *builder) groupRow(g metric.Group) groupRow {
	r := groupRow{
		Small: g.Small || g.Due == 0, Name: literal(g.Key),
		Rate: percent(ratio(g.OnTime, g.Due)), RateSort: -1, Interval: string(none),
		Due: count(g.Due), Parcels: count(g.Parcels),
		Median: b.days(g.Transit.Median), MedianKey: daysKey(g.Transit.Median),
		P90: b.days(g.Transit.P90), P90Key: daysKey(g.Transit.P90),
		Open: count(g.Transit.Open), OpenShare: percent(ratio(g.Transit.Open, g.Transit.N)),
	}
	if g.Key == "" {
		r.Name = say("group.unstated")
	}
	if g.Due > 0 {
		r.RateSort = ratio(g.OnTime, g.Due)
		r.Interval = string(percent(g.Low)) + " – " + string(percent(g.High))
	}
	if g.Transit.N == 0 {
		r.Median, r.P90 = literal(string(none)), literal(string(none))
	}
	return r
}

// days writes a quantile, or that it is not reached.
func (b *builder) days(q metric.Quantile) phrase {
	if q.Days == nil {
		return say("quantile.not_reached")
	}
	return literal(string(tenth(*q.Days)))
}

// daysKey orders quantiles; one that is not reached is longer than any.
func daysKey(q metric.Quantile) float64 {
	if q.Days == nil {
		return math.MaxInt32
	}
	return *q.Days
}

// quantileView is a Kaplan-Meier quantile with its band.
type quantileView struct {
	Value phrase
	Band  string
}

func (b *builder) quantile(q metric.Quantile) quantileView {
	v := quantileView{Value: say("quantile.not_reached"), Band: string(none)}
	if q.Days != nil {
		v.Value = say("unit.days", "n", tenth(*q.Days))
	}
	if q.Low != nil {
		v.Band = string(tenth(*q.Low)) + " – …"
		if q.High != nil {
			v.Band = string(tenth(*q.Low)) + " – " + string(tenth(*q.High))
		}
	}
	return v
}

// curveRow is the share delivered after a whole number of days.
type curveRow struct {
	Days      number
	Delivered number
	Band      string
}

// curveDays are the days at which the table beside the curve reads it.
var curveDays = []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 21, 25, 30, 40, 50, 60}

func (b *builder) transit(v *shopView, i int, s metric.Shop) {
	t := s.Transit
	v.N, v.Open = count(t.N), count(t.Open)
	v.Median, v.P90 = b.quantile(t.Median), b.quantile(t.P90)
	v.HasKM = t.N > 0
	if len(t.Curve) == 0 {
		return
	}
	end := t.Curve[len(t.Curve)-1].Days
	for _, day := range curveDays {
		p := curveAt(t.Curve, day)
		if p.Delivered == 0 {
			continue
		}
		v.Curve = append(v.Curve, curveRow{Days: number(digits(int(day))), Delivered: percent(p.Delivered),
			Band: string(percent(p.Low)) + " – " + string(percent(p.High))})
		if day >= end {
			break
		}
	}
	v.Transit = figure{ID: "transit-" + digits(i+1), Class: "transit",
		Summary: say("transit.summary", "n", v.N, "open", v.Open, "median", v.Median.Value, "p90", v.P90.Value)}
	b.draw(v.Transit.ID, func(lang string) canvas { return b.transitChart(lang, s) })
}

// curveAt reads a step curve: the last step at or before the day.
func curveAt(curve []metric.CurvePoint, day float64) metric.CurvePoint {
	at := sort.Search(len(curve), func(i int) bool { return curve[i].Days > day })
	if at == 0 {
		return metric.CurvePoint{}
	}
	return curve[at-1]
}

// legsView is where the days go.
type legsView struct {
	Rows  []legRow
	Chart figure
	Total number
}

type legRow struct {
	Name              phrase
	Mean, Share       number
	MeanKey, ShareKey float64
	N, Missing, Wrong number
}

func (b *builder) legs() legsView {
	v := legsView{}
	total, longest := 0.0, -1
	for i, l := range b.in.Legs {
		total += l.Mean
		if l.N > 0 && (longest < 0 || l.Mean > b.in.Legs[longest].Mean) {
			longest = i
		}
		v.Rows = append(v.Rows, legRow{Name: b.legName(l.ID), Mean: tenth(l.Mean), Share: percent(l.Share),
			MeanKey: l.Mean, ShareKey: l.Share, N: count(l.N), Missing: count(l.Missing), Wrong: count(l.Negative)})
	}
	v.Total = tenth(total)
	if longest >= 0 {
		l := b.in.Legs[longest]
		v.Chart = figure{ID: "legs", Class: "legs", Summary: say("legs.summary", "leg", b.legName(l.ID),
			"mean", tenth(l.Mean), "share", percent(l.Share), "total", v.Total)}
		b.draw("legs", b.legsChart)
	}
	return v
}

// legName writes purchase_pickup as the words of its two ends.
func (b *builder) legName(id string) phrase {
	for i, r := range id {
		if r != '_' {
			continue
		}
		from, to := b.words.term("node", id[:i]), b.words.term("node", id[i+1:])
		if from.key != "" && to.key != "" {
			return say("leg.name", "from", from, "to", to)
		}
	}
	return literal(id)
}
