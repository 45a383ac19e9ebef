package reports

import (
	"slices"

	"waybill/pipeline/metric"
)

// quality builds the quality page.
type quality struct {
	*writer
	in metric.Quality
}

// Quality renders the quality page and its workbook.
func Quality(in metric.Quality, files Files) (Report, error) {
	w, err := newWriter(files, in.Languages, in.Zone)
	if err != nil {
		return Report{}, err
	}
	return w.report((&quality{w, in}).page())
}

func (b *quality) page() page {
	in := b.in
	lost := int64(0)
	for _, l := range in.Lost {
		lost += l.Presumed
	}
	p := page{Name: "quality", Heading: say("quality.heading"), Period: number(in.From + " – " + in.Week.End), Shop: in.Shop, Workspace: in.Workspace, AsOf: in.AsOf,
		Program: in.Trust.Waybill, Headline: say("quality.headline", "stalled", count(in.StallTotal), "lost", count(lost), "restated", count(int64(len(in.Restated))))}
	p.Sections = []section{answer(p.Headline), b.stalls(), b.exceptions(in.Exceptions), b.traces(), b.stays(), b.silence(), b.anomalies(), b.near(), b.restated(),
		ofAllShops(b.latency(), in.Shop), ofAllShops(b.unmapped(in.Unmapped), in.Shop), ofAllShops(b.orphans(), in.Shop), ofAllShops(b.rejects(in.Rejects), in.Shop),
		trustOfAllShops(b.trust(in.Trust, in.AsOf, ""), in.Shop)}
	return p
}

// answer is the page in one line, above all else.
func answer(headline phrase) section {
	return section{ID: "answer", Title: say("section.verdict"), Quiet: true, Blocks: []block{paragraphs{headline}}}
}

// ofAllShops marks what a report of one shop cannot narrow: scans and files
// belong to no shop.
func ofAllShops(s section, shop string) section {
	if shop != "" {
		s.Beside = say("page.all_shops")
	}
	return s
}

// trustOfAllShops says the same of the foot.
func trustOfAllShops(s section, shop string) section {
	if shop != "" {
		s.Lead = say("trust.all_shops")
	}
	return s
}

func (b *quality) latency() section {
	s := section{ID: "latency", Title: say("section.latency"), Lead: say("latency.lead"), Empty: say("latency.none")}
	if len(b.in.Latency) == 0 {
		return s
	}
	t := &table{ID: "latency", Door: &door{Files: []string{"cells/latency.sql"}}, Columns: []column{{Kind: kindText, Head: say("col.feed"), Key: true},
		{Kind: kindNumber, Head: say("col.scans")}, {Kind: kindNumber, Head: say("col.p50_hours")}, {Kind: kindNumber, Head: say("col.p95_hours")},
		{Kind: kindNumber, Head: say("col.future"), Help: say("help.future")}, {Kind: kindNumber, Head: say("col.undated"), Help: say("help.undated")}}}
	for _, l := range b.in.Latency {
		t.Rows = append(t.Rows, row{Cells: []cell{textCell(l.Feed), countCell(l.N), hoursCell(l.P50), hoursCell(l.P95), alarm(l.Future), countCell(l.Unknown)}})
	}
	s.Blocks = []block{t}
	return s
}

// hoursCell is a whole number of hours; nil of nothing.
func hoursCell(v *float64) cell {
	if v == nil {
		return dash()
	}
	return countCell(int64(*v))
}

// maybeDays is a number of days; nil is a dash.
func maybeDays(v *float64) cell {
	if v == nil {
		return dash()
	}
	return tenthCell(*v)
}

// alarm is a count that should be 0.
func alarm(n int64) cell {
	c := countCell(n)
	if n > 0 {
		c.Mark, c.Tone = "▲", "fail"
	}
	return c
}

// named is a text from data, or that the exports do not state it.
func named(s string) cell {
	if s == "" {
		return wordCell(say("group.unstated"))
	}
	return textCell(s)
}

// exceptions is the funnel of trouble: shares by kind and channel, and counts
// with how they ended.
func (w *writer) exceptions(list []metric.Exception) section {
	s := section{ID: "exceptions", Title: say("section.exceptions"), Lead: say("exceptions.lead"), Empty: say("group.none")}
	if len(list) == 0 {
		return s
	}
	type sum struct{ n, of int64 }
	sums := map[[2]string]sum{}
	var channels []string
	for _, e := range list {
		if !slices.Contains(channels, e.Channel) {
			channels = append(channels, e.Channel)
		}
		k := [2]string{e.Kind, e.Channel}
		sums[k] = sum{sums[k].n + e.N, sums[k].of + e.Of}
	}
	slices.Sort(channels)
	m := &matrix{ID: "exception-shares", Caption: say("exceptions.shares"), Corner: say("col.kind"), Values: kindPercent}
	for _, c := range channels {
		m.Columns = append(m.Columns, named(c).Text)
	}
	for _, kind := range metric.Kinds {
		r := matrixRow{Name: w.words.term("exception", kind)}
		for _, c := range channels {
			x := sums[[2]string{kind, c}]
			if x.of == 0 {
				r.Cells = append(r.Cells, shade{Text: digitsOf(none)})
				continue
			}
			v := ratio(x.n, x.of)
			r.Cells = append(r.Cells, shade{Text: digitsOf(percent(v)), Value: v, N: &x.of, Depth: depthOf(v, 0, 0.25), Small: x.of < 10})
		}
		m.Rows = append(m.Rows, r)
	}
	t := &table{ID: "exceptions", Caption: say("exceptions.counts"), Fold: say("exceptions.counts"), Sortable: true, Tall: true, Door: &door{Files: []string{"cells/exceptions.sql"}},
		Columns: []column{{Kind: kindPhrase, Head: say("col.kind"), Key: true}, {Kind: kindText, Head: say("col.shop")}, {Kind: kindText, Head: say("col.channel")},
			{Kind: kindNumber, Head: say("col.parcels")}, {Kind: kindPercent, Head: say("col.share")}, {Kind: kindNumber, Head: say("col.of"), Help: say("help.exception_of")},
			{Kind: kindNumber, Head: say("col.still_delivered")}, {Kind: kindNumber, Head: say("col.open")}, {Kind: kindNumber, Head: say("col.ended")},
			{Kind: kindNumber, Head: say("col.undecidable"), Help: say("help.undecidable")}}}
	for i, e := range list {
		if e.N == 0 && e.Unknown == 0 {
			continue
		}
		kind := wordCell(w.words.term("exception", e.Kind))
		kind.Order = digits(1000*slices.Index(metric.Kinds, e.Kind) + i)
		t.Rows = append(t.Rows, row{Cells: []cell{kind, textCell(e.Shop), named(e.Channel), countCell(e.N), shareCell(ratio(e.N, e.Of)), countCell(e.Of),
			countCell(e.Delivered), countCell(e.Open), countCell(e.Ended), countCell(e.Unknown)}})
	}
	s.Blocks = []block{m}
	if len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, t)
	}
	return s
}

func (b *quality) stays() section {
	s := section{ID: "stays", Title: say("section.stays"), Lead: say("stays.lead"), Empty: say("legs.none")}
	if len(b.in.Stays) == 0 {
		return s
	}
	t := &table{ID: "stays", Sortable: true, Tall: true, Door: &door{Files: []string{"cells/stays.sql", "cells/stalls.sql"}}, Columns: []column{
		{Kind: kindPhrase, Head: say("col.node"), Key: true}, {Kind: kindText, Head: say("col.channel")}, {Kind: kindDays, Head: say("col.bound"), Help: say("help.bound")},
		{Kind: kindNumber, Head: say("col.left_node")}, {Kind: kindNumber, Head: say("col.here")}, {Kind: kindNumber, Head: say("col.stalled")},
		{Kind: kindPercent, Head: say("col.share")}}}
	for i, x := range b.in.Stays {
		node := wordCell(b.words.term("node", x.Node))
		node.Order = digits(i)
		stalled, share := alarm(x.Stalled), shareCell(ratio(x.Stalled, x.Here))
		if x.Bound == nil {
			stalled, share = dash(), dash()
		}
		t.Rows = append(t.Rows, row{Cells: []cell{node, named(x.Channel), maybeDays(x.Bound), countCell(x.Ended), countCell(x.Here), stalled, share}})
	}
	s.Blocks = []block{t}
	return s
}

// stallsShown is how many parcels the page lists; the workbook has all.
const stallsShown = 50

func (b *quality) stalls() section {
	s := section{ID: "stalls", Title: say("section.stalls"), Lead: say("stalls.lead"), Empty: say("stalls.none"), Beside: say("stalls.count", "n", count(b.in.StallTotal))}
	if n := b.in.StallForgotten; n > 0 {
		s.Foot = say("stalls.forgotten", "n", count(n))
	}
	if len(b.in.Stalls) == 0 {
		return s
	}
	if shown := int64(min(len(b.in.Stalls), stallsShown)); b.in.StallTotal > shown {
		s.Beside = say("stalls.count_more", "n", count(b.in.StallTotal), "shown", count(shown))
	}
	t := &table{ID: "stalls", Sortable: true, Tall: true, Cards: true, Shown: stallsShown, Search: say("stalls.find"), Door: &door{Files: []string{"cells/stalls.sql"}}, Columns: []column{
		{Kind: kindCode, Head: say("col.number")}, {Kind: kindText, Head: say("col.shop")}, {Kind: kindText, Head: say("col.channel")},
		{Kind: kindText, Head: say("col.carrier")}, {Kind: kindText, Head: say("col.dest")}, {Kind: kindPhrase, Head: say("col.node")},
		{Kind: kindDays, Head: say("col.stay")}, {Kind: kindDays, Head: say("col.excess")}, {Kind: kindDays, Head: say("col.silent")},
		{Kind: kindTag, Head: say("col.presumed"), Help: say("help.presumed")}, {Kind: kindInstant, Head: say("col.last_at")}, {Kind: kindInstant, Head: say("col.due")}}}
	for _, x := range b.in.Stalls {
		presumed := dash()
		if x.Presumed {
			presumed = cell{Text: say("lost.presumed"), Tone: "urgent"}
		}
		tracking := cell{Text: say("act.no_number"), Soft: true}
		if x.Number != "" {
			tracking = cell{Text: literal(x.Number), Value: x.Number, Copy: true}
		}
		t.Rows = append(t.Rows, row{Cells: []cell{tracking, textCell(x.Shop), named(x.Channel), textCell(x.Carrier), textCell(x.State),
			wordCell(b.words.term("node", x.Node)), tenthCell(x.StayDays), maybeDays(x.ExcessDays), tenthCell(x.SilentDays), presumed,
			b.clock.instantCell(x.LastAt), b.clock.instantCell(x.DueAt)}})
	}
	s.Blocks = []block{t}
	return s
}

func (b *quality) silence() section {
	s := section{ID: "silence", Title: say("section.silence"), Lead: say("silence.lead"), Empty: say("group.none")}
	if len(b.in.Silences) == 0 {
		return s
	}
	t := &table{ID: "silence", Sortable: true, Tall: true, Door: &door{Files: []string{"cells/silence.sql"}}, Columns: []column{
		{Kind: kindText, Head: say("col.channel"), Key: true}, {Kind: kindText, Head: say("col.carrier")}, {Kind: kindNumber, Head: say("col.arrived_n")},
		{Kind: kindDays, Head: say("col.longest_p50")}, {Kind: kindDays, Head: say("col.longest_p95")}, {Kind: kindNumber, Head: say("col.open")},
		{Kind: kindDays, Head: say("col.now_p50")}, {Kind: kindDays, Head: say("col.now_p95")}}}
	for _, x := range b.in.Silences {
		t.Rows = append(t.Rows, row{Cells: []cell{named(x.Channel), textCell(x.Carrier), countCell(x.Ended), maybeDays(x.P50), maybeDays(x.P95), countCell(x.Open),
			maybeDays(x.NowP50), maybeDays(x.NowP95)}})
	}
	l := &table{ID: "lost", Caption: say("lost.title"), Visible: true, Sheet: say("lost.title"), Columns: []column{{Kind: kindText, Head: say("col.channel"), Key: true},
		{Kind: kindNumber, Head: say("col.lost_days"), Help: say("help.lost_days")}, {Kind: kindNumber, Head: say("col.reached")},
		{Kind: kindNumber, Head: say("col.still_delivered")}, {Kind: kindNumber, Head: say("col.presumed")}}}
	for _, x := range b.in.Lost {
		cells := []cell{named(x.Channel), countCell(x.Days), countCell(x.Reached), countCell(x.Delivered), alarm(x.Presumed)}
		if x.Days == 0 {
			cells = []cell{named(x.Channel), {Text: say("lost.unknown"), Soft: true}, dash(), dash(), dash()}
		}
		l.Rows = append(l.Rows, row{Cells: cells})
	}
	s.Blocks = []block{t, l}
	return s
}

func (b *quality) anomalies() section {
	s := section{ID: "anomalies", Title: say("section.anomalies"), Lead: say("anomalies.lead"), Empty: say("anomalies.none")}
	t := &table{ID: "anomalies", Sortable: true, Tall: true, Door: &door{Files: []string{"cells/anomalies.sql"}}, Columns: []column{
		{Kind: kindPhrase, Head: say("col.kind"), Key: true}, {Kind: kindText, Head: say("col.shop")}, {Kind: kindText, Head: say("col.carrier_feed")},
		{Kind: kindNumber, Head: say("col.n")}, {Kind: kindPercent, Head: say("col.share")}, {Kind: kindNumber, Head: say("col.looked_at")},
		{Kind: kindNumber, Head: say("col.undecidable")}, {Kind: kindCode, Head: say("col.example_number")}, {Kind: kindPhrase, Head: say("col.note")}}}
	for _, a := range b.in.Anomalies {
		who := a.Carrier
		if a.Feed != "" {
			who = a.Feed
		}
		n, note := alarm(a.N), dash()
		if a.Needs != "" {
			n, note = dash(), cell{Text: say("anomaly.needs", "column", a.Needs), Soft: true}
		}
		t.Rows = append(t.Rows, row{Cells: []cell{wordCell(b.words.term("anomaly", a.Kind)), textCell(a.Shop), textCell(who), n, shareCell(ratio(a.N, a.LookedAt)),
			countCell(a.LookedAt), countCell(a.Unknown), textCell(a.Example), note}})
	}
	if len(t.Rows) > 0 {
		s.Blocks = []block{t}
	}
	return s
}

func (b *quality) near() section {
	s := section{ID: "near", Title: say("section.near"), Lead: say("near.lead"), Empty: say("near.none")}
	if len(b.in.Near) == 0 {
		return s
	}
	t := &table{ID: "near", Door: &door{Files: []string{"cells/near_misses.sql"}}, Columns: []column{{Kind: kindPhrase, Head: say("col.kind"), Key: true},
		{Kind: kindText, Head: say("col.shop")}, {Kind: kindNumber, Head: say("col.near")}, {Kind: kindNumber, Head: say("col.met_n")}, {Kind: kindPercent, Head: say("col.share")}}}
	for _, x := range b.in.Near {
		t.Rows = append(t.Rows, row{Cells: []cell{wordCell(b.words.term("near", x.Kind)), textCell(x.Shop), countCell(x.Near), countCell(x.Met), shareCell(ratio(x.Near, x.Met))}})
	}
	s.Blocks = []block{t}
	if len(b.in.NearOrders) == 0 {
		return s
	}
	l := &table{ID: "near-orders", Caption: say("near.orders"), Visible: true, Sheet: say("near.orders"), Sortable: true, Tall: true, Columns: []column{
		{Kind: kindPhrase, Head: say("col.kind")}, {Kind: kindCode, Head: say("col.order_only"), Key: true}, {Kind: kindText, Head: say("col.shop")},
		{Kind: kindText, Head: say("col.channel")}, {Kind: kindText, Head: say("col.dest")}, {Kind: kindInstant, Head: say("col.done_at")},
		{Kind: kindInstant, Head: say("col.due")}, {Kind: kindDays, Head: say("col.left_hours")}}}
	for _, x := range b.in.NearOrders {
		l.Rows = append(l.Rows, row{Cells: []cell{wordCell(b.words.term("near", x.Kind)), textCell(x.Order), textCell(x.Shop), named(x.Channel), textCell(x.State),
			b.clock.instantCell(&x.At), b.clock.instantCell(&x.DueAt), tenthCell(x.LeftHours)}})
	}
	s.Blocks = append(s.Blocks, l)
	return s
}

func (b *quality) restated() section {
	s := section{ID: "restated", Title: say("section.restated"), Lead: say("restated.lead"), Empty: say("restated.none", "n", count(int64(b.in.Compared)))}
	if b.in.Compared == 0 {
		s.Empty = say("restated.first")
	}
	if len(b.in.Restated) == 0 {
		return s
	}
	t := &table{ID: "restated", Sortable: true, Tall: true, Columns: []column{{Kind: kindPhrase, Head: say("col.metric"), Key: true}, {Kind: kindText, Head: say("col.shop")},
		{Kind: kindText, Head: say("col.week")}, {Kind: kindPercent, Head: say("col.first_rate")}, {Kind: kindNumber, Head: say("col.first_num")},
		{Kind: kindNumber, Head: say("col.first_den")}, {Kind: kindPercent, Head: say("col.now_rate")}, {Kind: kindNumber, Head: say("col.num")},
		{Kind: kindNumber, Head: say("col.den")}, {Kind: kindInstant, Head: say("col.first_as_of")}, {Kind: kindNumber, Head: say("col.shown_n")}, {Kind: kindCode, Head: say("col.report")}}}
	for _, r := range b.in.Restated {
		week := textCell(r.Week.ID)
		week.Order = r.Week.Start
		t.Rows = append(t.Rows, row{Cells: []cell{wordCell(b.metricName(r.First.Metric)), textCell(r.First.Shop), week, shareCell(ratio(r.First.Num, r.First.Den)),
			countCell(r.First.Num), countCell(r.First.Den), shareCell(ratio(r.Num, r.Den)), countCell(r.Num), countCell(r.Den), b.clock.instantCell(&r.First.AsOf),
			countCell(int64(r.Shown)), textCell(r.First.ReportID)}})
	}
	s.Blocks = []block{t}
	return s
}

func (b *quality) orphans() section {
	s := section{ID: "orphans", Title: say("section.orphans"), Lead: say("orphans.lead"), Empty: say("orphans.none")}
	if len(b.in.Orphans) == 0 {
		return s
	}
	t := &table{ID: "orphans", Sortable: true, Tall: true, Door: &door{Files: []string{"cells/orphans.sql"}}, Columns: []column{{Kind: kindText, Head: say("col.carrier"), Key: true},
		{Kind: kindNumber, Head: say("col.scans")}, {Kind: kindCode, Head: say("col.example_number")}}}
	for _, o := range b.in.Orphans {
		t.Rows = append(t.Rows, row{Cells: []cell{named(o.Carrier), countCell(o.N), textCell(o.Number)}})
	}
	s.Blocks = []block{t}
	return s
}
