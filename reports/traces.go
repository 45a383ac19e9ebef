package reports

import (
	"slices"

	"waybill/pipeline/metric"
)

// traces are the nodes that traces lack: shares by node and channel for each
// shop, and the counts behind them.
func (b *quality) traces() section {
	s := section{ID: "traces", Title: say("section.traces"), Lead: say("traces.lead"), Empty: say("traces.none")}
	var channels []string
	for _, x := range b.in.Traces {
		for _, c := range x.Channels {
			if !slices.Contains(channels, c.Channel) {
				channels = append(channels, c.Channel)
			}
		}
	}
	slices.Sort(channels)
	t := &table{ID: "traces", Caption: say("traces.counts"), Visible: true, Sheet: say("traces.counts"), Sortable: true, Tall: true,
		Door: &door{Files: []string{"cells/parcels_traced.sql"}}, Columns: []column{
			{Kind: kindText, Head: say("col.channel"), Key: true}, {Kind: kindText, Head: say("col.shop")}, {Kind: kindNumber, Head: say("col.parcels")},
			{Kind: kindPercent, Head: say("col.whole")}, {Kind: kindNumber, Head: say("col.still_open"), Help: say("help.still_open")}}}
	for _, node := range metric.TraceNodes {
		t.Columns = append(t.Columns, column{Kind: kindNumber, Head: b.words.term("node", node)})
	}
	var of facts
	for i, x := range b.in.Traces {
		of = append(of, pair{literal(x.Shop), say("traces.denominator", "cohort", b.words.term("traces.cohort", x.Cohort), "column", x.Denominator, "pack", x.Pack)})
		if x.Unknown > 0 {
			of = append(of, pair{literal(x.Shop), say("traces.unknown", "column", x.Needs, "n", count(x.Unknown))})
		}
		if len(x.Channels) == 0 {
			continue
		}
		s.Blocks = append(s.Blocks, b.traceShares("trace-shares-"+digits(i+1), x, channels))
		for _, c := range x.Channels {
			r := row{Small: c.Small, Cells: []cell{named(c.Channel), textCell(x.Shop), countCell(c.Of), shareCell(ratio(c.Whole, c.Of)), countCell(c.Open)}}
			for _, n := range c.Lacks {
				r.Cells = append(r.Cells, countCell(n))
			}
			t.Rows = append(t.Rows, r)
		}
	}
	if len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, t)
	}
	if len(of) > 0 {
		s.Blocks = append([]block{of}, s.Blocks...)
	}
	return s
}

// traceShares is one shop's heat map. All shops have the same columns, so that
// they read beside each other and share a sheet.
func (b *quality) traceShares(id string, x metric.Traces, channels []string) *matrix {
	m := &matrix{ID: id, Caption: say("traces.shares"), Part: x.Shop, PartHead: say("col.shop"), Corner: say("col.node"), Values: kindPercent}
	for _, c := range channels {
		m.Columns = append(m.Columns, named(c).Text)
	}
	for i, node := range metric.TraceNodes {
		r := matrixRow{Name: b.words.term("node", node)}
		for _, channel := range channels {
			at := slices.IndexFunc(x.Channels, func(c metric.TraceChannel) bool { return c.Channel == channel })
			if at < 0 {
				r.Cells = append(r.Cells, shade{Text: digitsOf(none)})
				continue
			}
			c := x.Channels[at]
			v := ratio(c.Lacks[i], c.Of)
			r.Cells = append(r.Cells, shade{Text: digitsOf(percent(v)), Value: v, N: &c.Of, Depth: depthOf(v, 0, 0.25), Small: c.Small})
		}
		m.Rows = append(m.Rows, r)
	}
	return m
}
