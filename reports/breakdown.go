package reports

import (
	"hash/fnv"
	"slices"
	"sort"

	"waybill/pipeline/metric"
)

// hues is the number of colours that are told apart by colour-blind readers.
const hues = 7

// channelHues gives each channel one colour that follows from its name, so that
// it keeps it on each page, whatever other channels the page has; of channels
// that want the same colour the later in the alphabet takes the next one that
// fewest have.
// What has no name has no colour.
func channelHues(keys []string) map[string]int {
	keys = slices.Sorted(slices.Values(keys))
	out, taken := map[string]int{}, [hues]int{}
	for _, k := range slices.Compact(keys) {
		if k == "" {
			continue
		}
		h := fnv.New32a()
		h.Write([]byte(k)) // never fails
		want := int(h.Sum32() % hues)
		hue := want
		for i := range hues {
			if next := (want + i) % hues; taken[next] < taken[hue] {
				hue = next
			}
		}
		taken[hue]++
		out[k] = hue + 1
	}
	return out
}

// ranked orders channels by their share on time, those without a rank last.
func ranked(groups []metric.Group) []metric.Group {
	out := append([]metric.Group(nil), groups...)
	rate := func(g metric.Group) float64 {
		if g.Due == 0 {
			return -1
		}
		return ratio(g.OnTime, g.Due)
	}
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if unrankedChannel(a) != unrankedChannel(b) {
			return unrankedChannel(b)
		}
		if unrankedChannel(a) {
			return a.Parcels > b.Parcels
		}
		return rate(a) > rate(b)
	})
	return out
}

// groupColumns are those of a table of channels, states or the like.
func groupColumns(head phrase) []column {
	return []column{
		{Kind: kindText, Head: head, Key: true}, {Kind: kindPercent, Head: say("col.otdr")},
		{Kind: kindText, Head: say("col.interval"), Help: say("help.interval"), Only: inPage, Class: "n"},
		{Kind: kindPercent, Head: say("col.interval_low"), Only: inSheet}, {Kind: kindPercent, Head: say("col.interval_high"), Only: inSheet},
		{Kind: kindNumber, Head: say("col.on_time_n"), Only: inSheet}, {Kind: kindNumber, Head: say("col.due_n")},
		{Kind: kindDays, Head: say("col.median")}, {Kind: kindDays, Head: say("col.p90"), Help: say("help.p90")},
		{Kind: kindNumber, Head: say("col.parcels")}, {Kind: kindNumber, Head: say("col.open")},
		{Kind: kindPercent, Head: say("col.open_share")},
	}
}

// groupCells are the cells of groupColumns.
func groupCells(g metric.Group) []cell {
	name := textCell(g.Key)
	if g.Key == "" {
		name = wordCell(say("group.unstated"))
	}
	interval, low, high := dash(), dash(), dash()
	if g.Due > 0 {
		interval = cell{Text: digitsOf(percent(g.Low) + " – " + percent(g.High)), Value: g.Low}
		low, high = shareCell(g.Low), shareCell(g.High)
	}
	median, p90 := dash(), dash()
	if g.Transit.N > 0 {
		median, p90 = daysCell(g.Transit.Median), daysCell(g.Transit.P90)
	}
	return []cell{name, shareCell(ratio(g.OnTime, g.Due)), interval, low, high, countCell(g.OnTime), countCell(g.Due), median, p90,
		countCell(g.Parcels), countCell(g.Transit.Open), shareCell(ratio(g.Transit.Open, g.Transit.N))}
}

// unranked groups are too small to compare.
func unranked(g metric.Group) bool { return g.Small || g.Due == 0 }

// unrankedChannel is a group that is too small, or orders that name no channel:
// what was never shipped has none, and is late for another reason.
func unrankedChannel(g metric.Group) bool { return unranked(g) || g.Key == "" }

func (b *weekly) channels() section {
	s := section{ID: "channels", Title: say("section.channels"), Lead: say("channels.lead"), Empty: say("group.none")}
	if len(b.in.Channels) == 0 {
		return s
	}
	t := &table{ID: "channels", Sortable: true, Door: b.groupDoor(),
		Columns: append([]column{{Kind: kindNumber, Head: say("col.rank"), Help: say("help.rank")}}, groupColumns(say("col.channel"))...)}
	keys := make([]string, 0, len(b.in.Channels))
	for _, g := range b.in.Channels {
		keys = append(keys, g.Key)
	}
	colours := channelHues(keys)
	rank := int64(0)
	for i, g := range ranked(b.in.Channels) {
		place := dash()
		if !unrankedChannel(g) {
			rank++
			place = countCell(rank)
		}
		place.Order = digits(i)
		cells := groupCells(g)
		cells[0].Hue = colours[g.Key]
		t.Rows = append(t.Rows, row{Small: unranked(g), Cells: append([]cell{place}, cells...)})
	}
	if f := b.channelFigure(colours); f != nil {
		s.Blocks = append(s.Blocks, f)
	}
	s.Blocks = append(s.Blocks, t)
	s.Foot = smallFoot(t)
	return s
}

// smallFoot explains the star of a table that has one.
func smallFoot(t *table) phrase {
	for _, r := range t.Rows {
		if r.Small {
			return say("group.small")
		}
	}
	return phrase{}
}

func (b *weekly) states() section {
	s := section{ID: "states", Title: say("section.states"), Empty: say("group.none")}
	if len(b.in.States) == 0 {
		return s
	}
	t := &table{ID: "states", Sortable: true, Tall: true, Search: say("states.find"), Columns: groupColumns(say("col.dest")), Door: b.groupDoor()}
	for _, g := range b.in.States {
		t.Rows = append(t.Rows, row{Small: unranked(g), Cells: groupCells(g)})
	}
	s.Blocks = append(s.Blocks, t)
	s.Foot = smallFoot(t)
	return s
}

// groupDoor leads to the queries of the headline's rate and of the times.
func (b *weekly) groupDoor() *door {
	d := &door{Files: []string{"cells/transit.sql"}}
	if m, ok := b.headline(); ok {
		d.Facts = append(d.Facts, pair{say("col.otdr"), b.words.term("metric.definition", m.ID)})
		if m.Formula != "" {
			d.Files = append(d.Files, queryFile(m.Formula))
		}
	}
	return d
}

// notReached orders a quantile that no parcel has reached yet: longer than any.
const notReached = "2147483647"

// daysCell is a quantile, or that it is not reached.
func daysCell(q metric.Quantile) cell {
	if q.Days == nil {
		return cell{Text: say("quantile.not_reached"), Order: notReached}
	}
	return tenthCell(*q.Days)
}

// quantileText is a Kaplan-Meier quantile in words.
func quantileText(q metric.Quantile) phrase {
	if q.Days == nil {
		return say("quantile.not_reached")
	}
	return say("unit.days", "n", tenth(*q.Days))
}

// quantileCells are a quantile, its band for the page, and the band's ends for
// the sheet.
func quantileCells(q metric.Quantile) []cell {
	value, band, low, high := cell{Text: quantileText(q), Order: notReached}, dash(), dash(), dash()
	if q.Days != nil {
		value.Value, value.Order = *q.Days, ""
	}
	if q.Low != nil {
		low = tenthCell(*q.Low)
		band = cell{Text: digitsOf(tenth(*q.Low) + " – …"), Value: *q.Low}
		if q.High != nil {
			high = tenthCell(*q.High)
			band.Text = digitsOf(tenth(*q.Low) + " – " + tenth(*q.High))
		}
	}
	return []cell{value, band, low, high}
}

// bandColumns are those of quantileCells.
func bandColumns(head phrase) []column {
	return []column{{Kind: kindDays, Head: head}, {Kind: kindText, Head: say("col.band"), Only: inPage, Class: "n"},
		{Kind: kindDays, Head: say("col.band_low", "of", head), Only: inSheet}, {Kind: kindDays, Head: say("col.band_high", "of", head), Only: inSheet}}
}

// curveDays are the days at which the table beside the curve reads it.
var curveDays = []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 21, 25, 30, 40, 50, 60}

// transits is each shop's time on the way.
func (b *weekly) transits() section {
	s := section{ID: "transit", Title: say("section.transit"), Lead: say("transit.lead"), Empty: say("verdict.no_shops")}
	if len(b.in.Shops) == 0 {
		return s
	}
	columns := append([]column{{Kind: kindText, Head: say("col.shop"), Key: true}}, bandColumns(say("col.median"))...)
	columns = append(append(columns, bandColumns(say("col.p90"))...), column{Kind: kindNumber, Head: say("col.parcels")}, column{Kind: kindNumber, Head: say("col.open")})
	t := &table{ID: "transit", Columns: columns, Door: &door{Files: []string{"cells/transit.sql"}}}
	var curves pairs
	var last []float64
	for _, shop := range b.in.Shops {
		if c := shop.Transit.Curve; len(c) > 0 {
			last = append(last, c[len(c)-1].Days)
		}
	}
	ends := curveEnds(last)
	for i, shop := range b.in.Shops {
		tr := shop.Transit
		median, p90 := quantileCells(tr.Median), quantileCells(tr.P90)
		if tr.N == 0 {
			median, p90 = []cell{dash(), dash(), dash(), dash()}, []cell{dash(), dash(), dash(), dash()}
		}
		cells := append([]cell{textCell(shopTitle(shop))}, median...)
		t.Rows = append(t.Rows, row{Cells: append(append(cells, p90...), countCell(tr.N), countCell(tr.Open))})
		if len(tr.Curve) > 0 {
			curves = append(curves, b.curve(i, shop, ends[len(curves)]))
		}
	}
	s.Blocks = append(s.Blocks, t)
	if len(curves) > 0 {
		s.Blocks = append(s.Blocks, curves)
	}
	return s
}

// curve draws one shop's share delivered by day.
func (b *weekly) curve(i int, shop metric.Shop, chartEnd float64) *figure {
	tr := shop.Transit
	f := &figure{ID: "curve-" + digits(i+1), Class: "transit", Title: shopTitle(shop),
		Summary: say("transit.summary", "n", count(tr.N), "open", count(tr.Open), "median", quantileText(tr.Median), "p90", quantileText(tr.P90))}
	f.Data = &table{ID: f.ID, Part: f.Title, PartHead: say("col.shop"), Sheet: say("section.curve"), Columns: []column{
		{Kind: kindNumber, Head: say("col.days"), Key: true}, {Kind: kindPercent, Head: say("col.delivered")},
		{Kind: kindText, Head: say("col.band"), Only: inPage, Class: "n"},
		{Kind: kindPercent, Head: say("col.interval_low"), Only: inSheet}, {Kind: kindPercent, Head: say("col.interval_high"), Only: inSheet}}}
	end := tr.Curve[len(tr.Curve)-1].Days
	for _, day := range curveDays {
		p := curveAt(tr.Curve, day)
		if p.Delivered == 0 {
			continue
		}
		f.Data.Rows = append(f.Data.Rows, row{Cells: []cell{countCell(int64(day)), shareCell(p.Delivered),
			{Text: digitsOf(percent(p.Low) + " – " + percent(p.High))}, shareCell(p.Low), shareCell(p.High)}})
		if day >= end {
			break
		}
	}
	b.draw(f.ID, func(lang string) canvas { return b.transitChart(lang, tr, chartEnd) })
	return f
}

// curveAt reads a step curve: the last step at or before the day.
func curveAt(curve []metric.CurvePoint, day float64) metric.CurvePoint {
	at := sort.Search(len(curve), func(i int) bool { return curve[i].Days > day })
	if at == 0 {
		return metric.CurvePoint{}
	}
	return curve[at-1]
}

// legs is where the days go.
func (b *weekly) legs() section {
	s := section{ID: "legs", Title: say("section.legs"), Empty: say("legs.none")}
	if len(b.in.Legs) == 0 {
		return s
	}
	t := &table{ID: "legs", Sortable: true, Door: &door{Files: []string{"cells/legs.sql"}}, Columns: []column{{Kind: kindPhrase, Head: say("col.leg"), Key: true},
		{Kind: kindDays, Head: say("col.mean")}, {Kind: kindPercent, Head: say("col.share")}, {Kind: kindNumber, Head: say("col.parcels")},
		{Kind: kindNumber, Head: say("col.missing")}, {Kind: kindNumber, Head: say("col.negative")}}}
	total, longest, forked := 0.0, -1, b.legsForked()
	if forked { // none has a share
		t.Columns[2].Only = inSheet
	}
	for i, l := range b.in.Legs {
		total += l.Mean
		if l.N > 0 && (longest < 0 || l.Mean > b.in.Legs[longest].Mean) {
			longest = i
		}
		share := shareCell(l.Share)
		if forked {
			share = dash()
		}
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: b.legName(l.ID), Order: digits(i)}, tenthCell(l.Mean), share,
			countCell(l.N), countCell(l.Missing), countCell(l.Negative)}})
	}
	if !forked {
		t.Sums = []cell{wordCell(say("legs.total")), tenthCell(total), {}, {}, {}, {}}
	}
	if longest >= 0 {
		l := b.in.Legs[longest]
		summary := say("legs.summary", "leg", b.legName(l.ID), "mean", tenth(l.Mean), "share", percent(l.Share), "total", tenth(total))
		if forked {
			summary = say("legs.summary_forked", "leg", b.legName(l.ID), "mean", tenth(l.Mean))
		}
		s.Blocks = append(s.Blocks, &figure{ID: "legs", Class: barsClass(len(b.in.Legs)), Summary: summary})
		b.draw("legs", b.legsChart)
	}
	s.Lead, s.Blocks = say("legs.lead"), append(s.Blocks, t)
	return s
}

// barsClass sets the height of a chart with one bar per row; above ten rows it
// goes by tens.
func barsClass(rows int) string {
	if rows > 10 {
		rows = min(40, (rows+9)/10*10)
	}
	return "bars rows-" + digits(rows)
}

// legName writes purchase_pickup as the words of its two ends.
func (w *writer) legName(id string) phrase {
	if from, to, ok := w.legEnds(id); ok {
		return say("leg.name", "from", from, "to", to)
	}
	return literal(id)
}

func (w *writer) legEnds(id string) (from, to phrase, ok bool) {
	for i, r := range id {
		if r != '_' {
			continue
		}
		from, to := w.words.term("node", id[:i]), w.words.term("node", id[i+1:])
		if from.key != "" && to.key != "" {
			return from, to, true
		}
	}
	return phrase{}, phrase{}, false
}

// forked says that two of the legs begin or end at the same node: channels then
// go different ways, no parcel goes through all legs, and they do not add up.
func (w *writer) forked(ids []string) bool {
	from, to := map[string]bool{}, map[string]bool{}
	for _, id := range ids {
		a, b, ok := w.legEnds(id)
		if !ok {
			continue
		}
		if from[a.key] || to[b.key] {
			return true
		}
		from[a.key], to[b.key] = true, true
	}
	return false
}

func (b *weekly) legsForked() bool {
	ids := make([]string, 0, len(b.in.Legs))
	for _, l := range b.in.Legs {
		ids = append(ids, l.ID)
	}
	return b.forked(ids)
}
