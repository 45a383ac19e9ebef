package reports

import (
	"math"
	"slices"
	"strconv"

	"waybill/pipeline/metric"
)

const (
	laneChannels = 8  // columns of the heat map
	laneStates   = 25 // rows of it
)

// thousandth writes a probability with three decimals.
func thousandth(v float64) number { return number(strconv.FormatFloat(v, 'f', 3, 64)) }

// endings are what becomes of the parcels of each channel.
func (b *transitPage) endings() section {
	s := section{ID: "endings", Title: say("transit_page.endings"), Lead: say("transit_page.endings_lead"), Empty: say("group.none")}
	if b.in.Total.N == 0 {
		return s
	}
	t := &table{ID: "endings", Columns: []column{{Kind: kindText, Head: say("col.channel"), Key: true}}, Door: b.door(parcelsFile)}
	for _, e := range b.in.Total.Endings {
		head := say("transit_page.by_day", "ending", b.words.term("ending", e.Cause), "days", count(e.Days))
		t.Columns = append(t.Columns, column{Kind: kindPercent, Head: head},
			column{Kind: kindPercent, Head: say("col.band_low", "of", head), Only: inSheet}, column{Kind: kindPercent, Head: say("col.band_high", "of", head), Only: inSheet})
	}
	add := func(name cell, g metric.TransitGroup) {
		cells := []cell{name}
		for _, e := range g.Endings {
			if !e.Known {
				cells = append(cells, cell{Text: say("transit_page.not_followed"), Soft: true, Order: "-1"}, dash(), dash())
				continue
			}
			cells = append(cells, shareCell(e.Share), shareCell(e.Low), shareCell(e.High))
		}
		for len(cells) < len(t.Columns) {
			cells = append(cells, dash())
		}
		t.Rows = append(t.Rows, row{Small: g.Small, Cells: cells})
	}
	colours := b.hues()
	for _, g := range b.in.Channels {
		name := named(g.Channel)
		name.Hue = colours[g.Channel]
		add(name, g)
	}
	add(wordCell(say("transit_page.all_channels")), b.in.Total)
	s.Blocks, s.Foot = append(s.Blocks, t), smallFoot(t)
	return s
}

// lanes is the heat map of P90 by state and channel.
func (b *transitPage) lanes() section {
	s := section{ID: "lanes", Title: say("transit_page.lanes"), Lead: say("transit_page.lanes_lead"), Empty: say("group.none")}
	channels, states := b.in.Channels[:min(len(b.in.Channels), laneChannels)], b.in.States[:min(len(b.in.States), laneStates)]
	if len(channels) == 0 || len(states) == 0 {
		return s
	}
	at := map[[2]string]metric.TransitGroup{}
	low, high := math.Inf(1), math.Inf(-1)
	for _, g := range b.in.Lanes {
		at[[2]string{g.Channel, g.State}] = g
		if q := quantileOf(g.All, 0.9); q.Days != nil && !g.Small {
			low, high = math.Min(low, *q.Days), math.Max(high, *q.Days)
		}
	}
	m := &matrix{ID: "lanes", Corner: say("col.dest"), Values: kindDays}
	for _, c := range channels {
		m.Columns = append(m.Columns, named(c.Channel).Text)
	}
	for _, state := range states {
		r := matrixRow{Name: named(state.State).Text}
		for _, c := range channels {
			g := at[[2]string{c.Channel, state.State}]
			q := quantileOf(g.All, 0.9)
			one := shade{Text: digitsOf(none), Small: g.Small}
			switch {
			case g.N == 0:
			case q.Days == nil:
				one.Text, one.N = say("quantile.not_reached"), &g.N
			default:
				one.Text, one.Value, one.N = digitsOf(tenth(*q.Days)), *q.Days, &g.N
				if !g.Small {
					one.Depth = depthOf(*q.Days, low, high)
				}
			}
			r.Cells = append(r.Cells, one)
		}
		m.Rows = append(m.Rows, r)
	}
	s.Blocks = append(s.Blocks, m)
	return s
}

// weeks are the ship-week cohorts of a year.
func (b *transitPage) weeks() section {
	s := section{ID: "weeks", Title: say("transit_page.weeks"), Lead: say("transit_page.weeks_lead"), Empty: say("transit_page.none")}
	if len(b.in.Weeks) == 0 {
		return s
	}
	columns := append([]column{{Kind: kindCode, Head: say("transit_page.col_ship_week"), Key: true, Class: "num"}}, bandColumns(say("col.median"))...)
	columns = append(columns, bandColumns(say("col.p90"))...)
	t := &table{ID: "weeks", Tall: true, Door: b.door(parcelsFile), Columns: append(columns,
		column{Kind: kindDays, Head: say("transit_page.col_naive"), Help: say("transit_page.help_naive")}, column{Kind: kindDays, Head: say("transit_page.col_bias")},
		column{Kind: kindNumber, Head: say("col.parcels")}, column{Kind: kindNumber, Head: say("col.open")},
		column{Kind: kindPercent, Head: say("transit_page.col_mature"), Help: b.matureHelp()})}
	young := int64(0)
	for i := len(b.in.Weeks) - 1; i >= 0; i-- { // newest first
		w := b.in.Weeks[i]
		cells := []cell{{Text: digitsOf(weekLabel(w.Week)), Value: w.Week.ID}}
		if w.N == 0 {
			for range 10 {
				cells = append(cells, dash())
			}
			t.Rows = append(t.Rows, row{Cells: append(cells, countCell(0), countCell(0), dash())})
			continue
		}
		cells = append(append(cells, quantileCells(w.Median)...), quantileCells(w.P90)...)
		naive, bias := dash(), dash()
		if w.NaiveP90.Days != nil {
			naive = tenthCell(*w.NaiveP90.Days)
			if w.NaiveP90.Bias != nil {
				bias = tenthCell(*w.NaiveP90.Bias)
			}
		}
		if w.Mature < 1 {
			young++
		}
		t.Rows = append(t.Rows, row{Open: w.Mature < 1, Small: w.Small, Cells: append(cells, naive, bias, countCell(w.N), countCell(w.Open), shareCell(w.Mature))})
	}
	s.Blocks = append(s.Blocks, &figure{ID: "weeks", Class: "trend", Summary: say("transit_page.weeks_summary", "n", count(int64(len(b.in.Weeks))), "young", count(young))}, t)
	b.draw("weeks", b.weeksChart)
	return s
}

// legs is where the days go, this period against the one before.
func (b *transitPage) legs() section {
	s := section{ID: "legs", Title: say("section.legs"), Empty: say("legs.none")}
	if len(b.in.Legs) == 0 {
		return s
	}
	s.Lead = say("transit_page.legs_lead", "before", periodLabel(b.in.Before))
	if slices.ContainsFunc(b.in.Legs, func(l metric.LegChange) bool { return l.This.Mean != nil || l.Past.Mean != nil }) {
		s.Blocks = append(s.Blocks, &figure{ID: "legs", Class: barsClass(len(b.in.Legs)), Summary: b.legsSummary()})
		b.draw("legs", b.legsChart)
	}
	s.Blocks = append(s.Blocks, b.legTable("legs", "", b.in.Legs, b.legsForked()))
	if b.legsForked() {
		s.Foot = say("legs.forked")
	}
	for i, c := range b.in.ChannelLegs {
		name := c.Channel
		if name == "" {
			name = "—"
		}
		s.Blocks = append(s.Blocks, b.legTable("legs-"+digits(i+1), name, c.Legs, false))
	}
	return s
}

// legsSummary names the leg that gained most days, or says that none is known in
// both periods.
func (b *transitPage) legsSummary() phrase {
	most, at := 0.0, -1
	for i, l := range b.in.Legs {
		if l.This.Mean != nil && l.Past.Mean != nil && (at < 0 || math.Abs(*l.This.Mean-*l.Past.Mean) > most) {
			most, at = math.Abs(*l.This.Mean-*l.Past.Mean), i
		}
	}
	if at < 0 {
		return say("transit_page.legs_alone")
	}
	l := b.in.Legs[at]
	return say("transit_page.legs_summary", "leg", b.legName(l.ID), "change", signedTenth(*l.This.Mean-*l.Past.Mean), "this", tenth(*l.This.Mean), "past", tenth(*l.Past.Mean))
}

// signedTenth writes a difference with its sign.
func signedTenth(v float64) number {
	t := tenth(v)
	if v > 0 && t != "0.0" {
		return "+" + t
	}
	return t
}

func (b *transitPage) legsForked() bool {
	ids := make([]string, 0, len(b.in.Legs))
	for _, l := range b.in.Legs {
		ids = append(ids, l.ID)
	}
	return b.forked(ids)
}

// legTable has no shares of legs that do not add up.
func (b *transitPage) legTable(id, channel string, legs []metric.LegChange, forked bool) *table {
	t := &table{ID: id, Part: channel, PartHead: say("col.channel"), Door: b.door(legsFile), Columns: []column{
		{Kind: kindPhrase, Head: say("col.leg"), Key: true}, {Kind: kindDays, Head: say("col.mean")}, {Kind: kindDays, Head: say("transit_page.col_before")},
		{Kind: kindDays, Head: say("transit_page.col_change")}, {Kind: kindPercent, Head: say("col.share")}, {Kind: kindDays, Head: say("col.median")},
		{Kind: kindDays, Head: say("col.p90")}, {Kind: kindNumber, Head: say("col.parcels")}, {Kind: kindPercent, Head: say("transit_page.col_missing_rate")},
		{Kind: kindNumber, Head: say("col.negative")}, {Kind: kindNumber, Head: say("transit_page.col_running")}}}
	if forked { // none has a share
		t.Columns[4].Only = inSheet
	}
	if channel != "" {
		t.Door, t.Fold = nil, say("transit_page.legs_of")
	}
	for i, l := range legs {
		mean, past, change, share := dash(), dash(), dash(), dash()
		if !forked {
			share = shareCell(l.This.Share)
		}
		if l.This.Mean != nil {
			mean = tenthCell(*l.This.Mean)
			if l.Past.Mean != nil {
				change = rateCell(signedTenth(*l.This.Mean-*l.Past.Mean), *l.This.Mean-*l.Past.Mean)
			}
		}
		if l.Past.Mean != nil {
			past = tenthCell(*l.Past.Mean)
		}
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: b.legName(l.ID), Order: digits(i)}, mean, past, change, share,
			daysCell(quantileOf(l.This.Quantiles, 0.5)), daysCell(quantileOf(l.This.Quantiles, 0.9)), countCell(l.This.N), shareCell(l.This.MissingRate),
			countCell(l.This.Negative), countCell(l.This.Running)}})
	}
	return t
}

// promises are the days that can be promised for each target.
func (b *transitPage) promises() section {
	s := section{ID: "promises", Title: say("transit_page.promises"), Lead: say("transit_page.promises_lead", "level", percent(b.in.Rules.PromiseLevel)), Empty: say("transit_page.no_target")}
	for i, l := range b.in.Promises {
		part := l.Pack
		if l.Platform != "" {
			part = l.Platform + " · " + l.Pack
		}
		t := &table{ID: "promises-" + digits(i+1), Part: part, PartHead: say("trust.pack"), Tall: true, Search: say("states.find"), Sortable: true, Door: b.door(parcelsFile), Columns: []column{
			{Kind: kindText, Head: say("col.channel"), Key: true}, {Kind: kindText, Head: say("col.dest")}, {Kind: kindPercent, Head: say("col.target")},
			{Kind: kindNumber, Head: say("transit_page.col_promise")}, {Kind: kindPercent, Head: say("transit_page.col_promise_share")},
			{Kind: kindPercent, Head: say("transit_page.col_promise_bound")}, {Kind: kindNumber, Head: say("col.parcels")}}}
		for _, p := range l.Rows {
			state, days, share, bound := named(p.State), cell{Order: notReached}, dash(), dash()
			if p.Whole {
				state = wordCell(say("transit_page.all_states"))
			}
			if p.Days != nil {
				days, share, bound = countCell(*p.Days), shareCell(p.Share), shareCell(p.Bound)
			} else {
				days.Text, days.Soft = b.words.term("promise", p.Why), true
			}
			t.Rows = append(t.Rows, row{Small: p.Why == "small", Cells: []cell{named(p.Channel), state, targetCell("", l.Target, true), days, share, bound, countCell(p.N)}})
		}
		s.Blocks, s.Foot = append(s.Blocks, t), say("group.small")
	}
	return s
}

// trust is the foot of the page.
func (b *transitPage) trust() section {
	t := b.in.Trust
	var list facts
	add := func(key string, value phrase) { list = append(list, pair{say(key), value}) }
	add("trust.as_of", literal(string(b.clock.minute(b.in.AsOf))+" "+b.clock.loc.String()+" ("+b.clock.offset(b.in.AsOf)+")"))
	add("transit_page.period", literal(string(periodLabel(b.in.Period))))
	add("col.parcels", say("transit_page.volume", "n", count(b.in.Total.N), "open", count(b.in.Total.Open), "negative", count(b.in.Total.Negative)))
	add("transit_page.col_mature", digitsOf(percent(b.in.Total.Mature)))
	for _, p := range t.Packs {
		add("trust.pack", literal(p.ID+" @ "+p.Revision))
	}
	for _, one := range []struct{ key, value string }{{"trust.lake_version", t.LakeVersion}, {"trust.report_id", t.ReportID}, {"trust.program", t.Waybill}} {
		if one.value != "" {
			add(one.key, literal(one.value))
		}
	}
	s := section{ID: "trust", Title: say("section.trust"), Blocks: []block{list}, Foot: say("trust.promise")}
	if len(t.Feeds) > 0 {
		s.Blocks = append(s.Blocks, b.feeds(t.Feeds))
	}
	return s
}
