package reports

import (
	"math"
	"slices"

	"waybill/pipeline/metric"
)

// transitPage builds the transit page.
type transitPage struct {
	*writer
	in metric.TransitReport
}

// Transit renders the transit page and its workbook.
func Transit(in metric.TransitReport, files Files) (Report, error) {
	w, err := newWriter(files, in.Languages, in.Zone)
	if err != nil {
		return Report{}, err
	}
	return w.report((&transitPage{w, in}).page())
}

// tailFrom is the part of a curve's end from where on its chart stops.
const tailFrom = 0.995

// unlikely is the p below which the page says that channels are not alike.
const unlikely = 0.05

const (
	parcelsFile = "cells/transit_parcels.sql"
	legsFile    = "cells/transit_legs.sql"
)

func (b *transitPage) page() page {
	in := b.in
	p := page{Name: "transit", Heading: say("transit_page.heading"), Period: periodLabel(in.Period), Shop: in.Shop, Workspace: in.Workspace, AsOf: in.AsOf,
		Program: in.Trust.Waybill, Headline: b.headline()}
	p.Sections = []section{answer(p.Headline), b.shops(), b.curves(), b.weeks(), b.legs(), b.channels(), b.endings(), b.lanes(), b.states(), b.promises(), trustOfAllShops(b.trust(), in.Shop)}
	return p
}

// periodLabel writes 2026-W34 – 2026-W46, or one week as it is.
func periodLabel(p metric.Period) number {
	if p.From.ID == p.To.ID {
		return weekLabel(p.From)
	}
	return number(p.From.ID + " – " + p.To.ID)
}

// quantileOf is the quantile of a share, or one that is not reached.
func quantileOf(list []metric.Quantile, p float64) metric.Quantile {
	if i := slices.IndexFunc(list, func(q metric.Quantile) bool { return q.P == p }); i >= 0 {
		return list[i]
	}
	return metric.Quantile{P: p}
}

func naiveOf(list []metric.Naive, p float64) metric.Naive {
	if i := slices.IndexFunc(list, func(q metric.Naive) bool { return q.P == p }); i >= 0 {
		return list[i]
	}
	return metric.Naive{P: p}
}

// headline is the page in one line.
func (b *transitPage) headline() phrase {
	t := b.in.Total
	if t.N == 0 {
		return say("transit_page.none")
	}
	median, p90 := quantileOf(t.All, 0.5), quantileOf(t.All, 0.9)
	switch {
	case median.Days == nil:
		return say("transit_page.headline_young", "n", count(t.N), "open", count(t.Open))
	case p90.Days == nil:
		return say("transit_page.headline_open", "n", count(t.N), "open", count(t.Open), "median", quantileText(median))
	}
	return say("transit_page.headline", "n", count(t.N), "open", count(t.Open), "median", quantileText(median), "p90", quantileText(p90))
}

// timeColumns are those of a table of shops, channels or states.
func (b *transitPage) timeColumns(head phrase) []column {
	out := append([]column{{Kind: kindText, Head: head, Key: true}}, bandColumns(say("col.median"))...)
	out = append(out, column{Kind: kindDays, Head: say("transit_page.col_p80"), Only: inSheet})
	out = append(out, bandColumns(say("col.p90"))...)
	out[6].Help = say("transit_page.help_all")
	return append(out, column{Kind: kindDays, Head: say("transit_page.col_p95"), Only: inSheet},
		column{Kind: kindDays, Head: say("transit_page.head_if_delivered"), Sheet: say("transit_page.col_if_delivered"), Help: say("transit_page.help_if_delivered")},
		column{Kind: kindDays, Head: say("transit_page.head_naive"), Sheet: say("transit_page.col_naive"), Help: say("transit_page.help_naive")},
		column{Kind: kindDays, Head: say("transit_page.col_bias")},
		column{Kind: kindDays, Head: say("transit_page.col_rmst"), Only: inSheet},
		column{Kind: kindNumber, Head: say("col.parcels")},
		column{Kind: kindNumber, Head: say("transit_page.col_delivered"), Only: inSheet},
		column{Kind: kindNumber, Head: say("col.open")},
		column{Kind: kindPercent, Head: say("transit_page.col_mature"), Help: b.matureHelp()},
		column{Kind: kindNumber, Head: say("col.negative"), Only: inSheet})
}

func (b *transitPage) matureHelp() phrase {
	return say("transit_page.help_mature", "days", count(b.in.Rules.FollowedDays))
}

// timeCells are the cells of timeColumns.
func timeCells(name cell, g metric.TransitGroup) []cell {
	if g.N == 0 {
		out := []cell{name}
		for len(out) < 15 {
			out = append(out, dash())
		}
		return append(out, countCell(0), countCell(0), countCell(0), dash(), countCell(g.Negative))
	}
	naive, bias, mean := dash(), dash(), dash()
	if n := naiveOf(g.Naive, 0.9); n.Days != nil {
		naive = tenthCell(*n.Days)
		if n.Bias != nil {
			bias = tenthCell(*n.Bias)
		}
	}
	if g.Mean != nil {
		mean = tenthCell(g.Mean.Value)
	}
	out := append([]cell{name}, quantileCells(quantileOf(g.All, 0.5))...)
	out = append(out, daysCell(quantileOf(g.All, 0.8)))
	out = append(out, quantileCells(quantileOf(g.All, 0.9))...)
	return append(out, daysCell(quantileOf(g.All, 0.95)), daysCell(quantileOf(g.IfDelivered, 0.9)), naive, bias, mean, countCell(g.N), countCell(g.Delivered),
		countCell(g.Open), shareCell(g.Mature), countCell(g.Negative))
}

func (b *transitPage) door(files ...string) *door {
	r := b.in.Rules
	return &door{Files: files, Facts: []pair{
		{say("detail.definition"), say("transit_page.definition")},
		{say("transit_page.conventions"), say("transit_page.conventions_text", "followed", count(r.FollowedDays), "mean", count(r.MeanDays), "min", count(r.MinN))},
	}, Command: sqlCommand("select ship_week, outcome, count(*) from shipments_as_of group by ship_week, outcome order by ship_week", b.in.AsOf, b.in.Trust.LakeVersion)}
}

func groupName(g metric.TransitGroup) string {
	return shopTitle(metric.Shop{Platform: g.Platform, ID: g.Shop, Name: g.Name})
}

func (b *transitPage) shops() section {
	s := section{ID: "shops", Title: say("transit_page.shops"), Lead: say("transit_page.lead"), Empty: say("transit_page.none")}
	if len(b.in.Shops) == 0 {
		return s
	}
	t := &table{ID: "shops", Columns: b.timeColumns(say("col.shop")), Door: b.door(parcelsFile)}
	for _, g := range b.in.Shops {
		t.Rows = append(t.Rows, row{Small: g.Small, Cells: timeCells(textCell(groupName(g)), g)})
	}
	if len(b.in.Shops) > 1 {
		t.Rows = append(t.Rows, row{Small: b.in.Total.Small, Cells: timeCells(wordCell(say("transit_page.all_shops")), b.in.Total)})
	}
	s.Blocks, s.Foot = append(s.Blocks, t), smallFoot(t)
	return s
}

// curves draws, for each shop, all dispatched parcels and those that are
// delivered side by side.
func (b *transitPage) curves() section {
	s := section{ID: "curves", Title: say("section.curve"), Lead: say("transit_page.curves_lead"), Empty: say("transit_page.none")}
	var drawn []metric.TransitGroup
	var last []float64
	for _, g := range b.in.Shops {
		if len(g.Curve) > 0 {
			drawn = append(drawn, g)
			end := 0.0
			for _, p := range append(rise(g.Curve), rise(g.Conditional)...) {
				end = math.Max(end, p.Days)
			}
			last = append(last, end)
		}
	}
	ends := curveEnds(last)
	for i, g := range drawn {
		s.Blocks = append(s.Blocks, pairs{
			b.curve("all-"+digits(i+1), say("transit_page.of_all"), g, g.All, g.Curve, ends[i]),
			b.curve("if-delivered-"+digits(i+1), say("transit_page.if_delivered"), g, g.IfDelivered, g.Conditional, ends[i])})
	}
	return s
}

// rise is a curve without its flat tail, which would press the rise to the edge.
func rise(points []metric.TransitPoint) []metric.CurvePoint {
	var out []metric.CurvePoint
	for _, p := range points {
		if n := len(out); n > 0 && out[n-1].Delivered > tailFrom*points[len(points)-1].Share {
			break
		}
		out = append(out, metric.CurvePoint{Days: p.Days, Delivered: p.Share, Low: p.Low, High: p.High})
	}
	return out
}

func (b *transitPage) curve(id string, what phrase, g metric.TransitGroup, qs []metric.Quantile, points []metric.TransitPoint, end float64) *figure {
	tr := metric.Transit{Median: quantileOf(qs, 0.5), P90: quantileOf(qs, 0.9), Curve: rise(points)}
	f := &figure{ID: id, Class: "transit", Title: groupName(g), Beside: what, Summary: say("transit_page.curve_summary", "what", what, "n", count(g.N), "open", count(g.Open),
		"median", quantileText(tr.Median), "p90", quantileText(tr.P90))}
	f.Data = &table{ID: id, Part: f.Title, PartHead: say("col.shop"), Sheet: what, Caption: what, Columns: []column{
		{Kind: kindDays, Head: say("col.days"), Key: true}, {Kind: kindPercent, Head: say("col.delivered")},
		{Kind: kindText, Head: say("col.band"), Only: inPage, Class: "n"},
		{Kind: kindPercent, Head: say("col.interval_low"), Only: inSheet}, {Kind: kindPercent, Head: say("col.interval_high"), Only: inSheet},
		{Kind: kindPercent, Head: say("transit_page.col_plain_low"), Only: inSheet}, {Kind: kindPercent, Head: say("transit_page.col_plain_high"), Only: inSheet}}}
	for _, day := range curveDays {
		at := -1
		for i := range points {
			if points[i].Days <= day {
				at = i
			}
		}
		if at < 0 || points[at].Share == 0 {
			continue
		}
		p := points[at]
		f.Data.Rows = append(f.Data.Rows, row{Cells: []cell{{Text: digitsOf(count(int64(day))), Value: day}, shareCell(p.Share),
			{Text: digitsOf(percent(p.Low) + " – " + percent(p.High))}, shareCell(p.Low), shareCell(p.High), shareCell(p.PlainLow), shareCell(p.PlainHigh)}})
		if day >= points[len(points)-1].Days {
			break
		}
	}
	b.draw(f.ID, func(lang string) canvas { return b.transitChart(lang, tr, end) })
	return f
}

func (b *transitPage) channels() section {
	s := section{ID: "channels", Title: say("section.channels"), Empty: say("group.none")}
	if len(b.in.Channels) == 0 {
		return s
	}
	columns := append(b.timeColumns(say("col.channel")),
		column{Kind: kindText, Head: say("transit_page.col_difference"), Help: say("transit_page.help_difference", "days", count(b.in.Rules.MeanDays)), Only: inPage, Class: "n"},
		column{Kind: kindDays, Head: say("transit_page.col_difference"), Only: inSheet},
		column{Kind: kindDays, Head: say("col.band_low", "of", say("transit_page.col_difference")), Only: inSheet},
		column{Kind: kindDays, Head: say("col.band_high", "of", say("transit_page.col_difference")), Only: inSheet})
	t := &table{ID: "channels", Sortable: true, Columns: columns, Door: b.door(parcelsFile)}
	colours := b.hues()
	for _, g := range b.in.Channels {
		name := named(g.Channel)
		name.Hue = colours[g.Channel]
		cells := timeCells(name, g)
		d := []cell{dash(), dash(), dash(), dash()}
		for _, r := range b.in.Test.Channels {
			if r.Channel != g.Channel || r.Difference == nil {
				continue
			}
			e := r.Difference
			d = []cell{{Text: digitsOf(tenth(e.Value) + " (" + tenth(e.Low) + " – " + tenth(e.High) + ")"), Value: e.Value}, tenthCell(e.Value), tenthCell(e.Low), tenthCell(e.High)}
		}
		t.Rows = append(t.Rows, row{Small: g.Small, Cells: append(cells, d...)})
	}
	s.Lead, s.Blocks, s.Foot = b.testText(), append(s.Blocks, t), smallFoot(t)
	return s
}

// testText says whether the channels can be told apart.
func (b *transitPage) testText() phrase {
	t := b.in.Test
	if !t.Defined {
		return say("transit_page.test_none")
	}
	key, p := "transit_page.test_alike", "= "+thousandth(t.P)
	if t.P < unlikely {
		key = "transit_page.test_unlike"
	}
	if t.P < 0.001 {
		p = "< 0.001"
	}
	return say(key, "strata", count(int64(t.Strata)), "chi2", tenth(t.Chi2), "df", count(int64(t.DF)), "p", p)
}

// hues are the colours of channels, as the other pages give them.
func (b *transitPage) hues() map[string]int {
	keys := make([]string, 0, len(b.in.Channels))
	for _, g := range b.in.Channels {
		keys = append(keys, g.Channel)
	}
	return channelHues(keys)
}

func (b *transitPage) states() section {
	s := section{ID: "states", Title: say("section.states"), Empty: say("group.none")}
	if len(b.in.States) == 0 {
		return s
	}
	t := &table{ID: "states", Sortable: true, Tall: true, Search: say("states.find"), Columns: b.timeColumns(say("col.dest")), Door: b.door(parcelsFile)}
	for _, g := range b.in.States {
		t.Rows = append(t.Rows, row{Small: g.Small, Cells: timeCells(named(g.State), g)})
	}
	s.Blocks, s.Foot = append(s.Blocks, t), smallFoot(t)
	return s
}
