package reports

import (
	"slices"

	"waybill/pipeline/metric"
)

// channels builds the page that compares channels and destinations.
type channels struct {
	*writer
	in      metric.Channels
	colours map[string]int // of channels
}

// Channels renders the page of channels and its workbook.
func Channels(in metric.Channels, files Files) (Report, error) {
	w, err := newWriter(files, in.Languages, in.Zone)
	if err != nil {
		return Report{}, err
	}
	keys := make([]string, 0, len(in.Channels.Groups))
	for _, g := range in.Channels.Groups {
		keys = append(keys, g.Key)
	}
	b := &channels{writer: w, in: in, colours: channelHues(keys)}
	return w.report(b.page())
}

func (b *channels) page() page {
	in := b.in
	p := page{Name: "channels", Heading: say("compare.heading"), Period: periodLabel(in.Period), Shop: in.Shop, Workspace: in.Workspace, AsOf: in.AsOf, Program: in.Trust.Waybill,
		Headline: b.headline(in.Channels)}
	p.Sections = []section{b.answers(), b.groups(in.Channels), b.pairs(in.Channels), b.funnel(), b.frontier(), b.costs(), b.lanes(), b.reversals(in.Channels), b.volume(),
		b.groups(in.Destinations), b.pairs(in.Destinations), b.reversals(in.Destinations), b.rules(), trustOfAllShops(b.trust(in.Trust, in.AsOf, ""), in.Shop)}
	return p
}

func compareDoor() *door { return &door{Files: []string{"cells/channels_parcels.sql"}} }

func keyName(key string) phrase {
	if key == "" {
		return say("group.unstated")
	}
	return literal(short(key, 40))
}

// headline is the decided difference of most parcels, or that there is none.
func (b *channels) headline(c metric.Comparison) phrase {
	decided := int64(0)
	for _, p := range c.Pairs {
		if p.Verdict == "better" || p.Verdict == "worse" {
			decided++
		}
	}
	switch {
	case len(c.Pairs) == 0:
		return say("compare.headline_none")
	case decided == 0:
		return say("compare.headline_open", "pairs", count(int64(len(c.Pairs))))
	}
	return say("compare.headline", "n", count(decided), "pairs", count(int64(len(c.Pairs))), "first", b.verdictOf(c.Pairs[0]))
}

// verdictOf is a pair in one sentence, the better one first.
func (b *channels) verdictOf(p metric.Pair) phrase {
	a, other, by := p.A, p.B, p.Crude
	if p.Adjusted != nil {
		by = *p.Adjusted
	}
	if p.Verdict == "worse" {
		a, other, by = other, a, metric.Span{Value: -by.Value, Low: -by.High, High: -by.Low}
	}
	args := []any{"a", keyName(a), "b", keyName(other), "diff", signed(by.Value), "low", signed(by.Low), "high", signed(by.High), "common", percent(p.Common)}
	if p.Q != nil {
		args = append(args, "q", pText(*p.Q))
	} else {
		args = append(args, "q", none)
	}
	switch p.Verdict {
	case "better", "worse":
		return say("compare.better", append(args, "crude", signed(sameSign(p, a)))...)
	case "no_common":
		return say("compare.no_common", args...)
	case "little_common":
		return say("compare.little_common", append(args, "a_n", count(p.CommonA), "b_n", count(p.CommonB),
			"least", percent(b.in.Rules.LeastCommon), "least_n", count(b.in.Rules.LeastGroup))...)
	}
	switch p.Why {
	case "pairs":
		return say("compare.open_pairs", append(args, "level", percent(b.in.Rules.Discovery))...)
	case "interval":
		return say("compare.open_interval", append(args, "level", percent(b.in.Rules.Discovery))...)
	}
	if p.Needed == 0 {
		return say("compare.undecided", args...)
	}
	return say("compare.undecided_n", append(args, "n", count(p.Needed))...)
}

// sameSign is the crude difference with the named one first.
func sameSign(p metric.Pair, first string) float64 {
	if first == p.A {
		return p.Crude.Value
	}
	return -p.Crude.Value
}

// answersShown is how many pairs are told in sentences; the table has all.
const answersShown = 8

func (b *channels) answers() section {
	s := section{ID: "answer", Title: say("section.verdict"), Quiet: true, Empty: say("compare.headline_none")}
	// what is decided is the answer; of what is not, the largest pairs, and only
	// where nothing is decided
	var list paragraphs
	var open []metric.Pair
	for _, p := range b.in.Channels.Pairs {
		switch {
		case p.Verdict != "better" && p.Verdict != "worse":
			open = append(open, p)
		case len(list) < answersShown:
			list = append(list, b.verdictOf(p))
		}
	}
	if len(list) == 0 {
		for len(open) > 0 && len(list) < answersShown {
			list, open = append(list, b.verdictOf(open[0])), open[1:]
		}
	}
	if len(open) > 0 {
		list = append(list, say("compare.rest", "n", count(int64(len(open)))))
	}
	if len(list) > 0 {
		s.Blocks = []block{list}
	}
	return s
}

// strataText names the columns of the strata.
func (b *channels) strataText(columns []string) phrase {
	made := map[string]string{}
	for _, lang := range b.words.langs {
		for i, c := range columns {
			if i > 0 {
				made[lang] += " × "
			}
			made[lang] += b.words.plain(lang, b.words.term("compare.stratum", c))
		}
	}
	if len(columns) == 0 {
		return say("compare.no_strata")
	}
	return phrase{made: made}
}

func spanCells(s *metric.Span) []cell {
	if s == nil {
		return []cell{dash(), dash(), dash(), dash()}
	}
	return []cell{shareCell(s.Value), {Text: digitsOf(percent(s.Low) + " – " + percent(s.High)), Value: s.Low}, shareCell(s.Low), shareCell(s.High)}
}

func spanColumns(head phrase, help phrase) []column {
	return []column{{Kind: kindPercent, Head: head, Help: help}, {Kind: kindText, Head: say("col.interval"), Only: inPage, Class: "n"},
		{Kind: kindPercent, Head: say("col.band_low", "of", head), Only: inSheet}, {Kind: kindPercent, Head: say("col.band_high", "of", head), Only: inSheet}}
}

// byAdjusted are the groups by adjusted, else crude share on time; small ones last.
func byAdjusted(list []metric.ComparedGroup) []metric.ComparedGroup {
	out := slices.Clone(list)
	value := func(g metric.ComparedGroup) float64 {
		switch {
		case g.Small || g.Crude == nil:
			return -2
		case g.Adjusted == nil:
			return g.Crude.Value - 1
		}
		return g.Adjusted.Value
	}
	slices.SortStableFunc(out, func(a, b metric.ComparedGroup) int {
		switch x, y := value(a), value(b); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	return out
}

// groups is the table of channels or of destinations.
func (b *channels) groups(c metric.Comparison) section {
	s := section{ID: c.By + "s", Title: b.words.term("compare.title", c.By), Empty: say("group.none")}
	if len(c.Groups) == 0 {
		return s
	}
	s.Lead = say("compare.lead", "strata", b.strataText(c.Strata), "common", percent(c.Common), "cells", count(int64(c.Cells)), "least", count(b.in.Rules.MinN))
	columns := []column{{Kind: kindText, Head: b.words.term("compare.group", c.By), Key: true}}
	columns = append(columns, spanColumns(say("compare.adjusted"), say("compare.help_adjusted"))...)
	columns = append(columns, spanColumns(say("compare.crude"), say("compare.help_crude"))...)
	columns = append(columns, column{Kind: kindPercent, Head: say("compare.shrunk"), Help: say("compare.help_shrunk")},
		column{Kind: kindNumber, Head: say("compare.due")}, column{Kind: kindDays, Head: say("col.median"), Help: say("compare.help_times")}, column{Kind: kindDays, Head: say("col.p90")},
		column{Kind: kindDays, Head: say("compare.fair_p90"), Help: say("compare.help_fair_p90")}, column{Kind: kindNumber, Head: say("compare.shipped")},
		column{Kind: kindPercent, Head: say("col.open_share")}, column{Kind: kindPercent, Head: say("compare.lost"), Help: say("compare.help_lost")},
		column{Kind: kindPercent, Head: say("compare.returned")}, column{Kind: kindPercent, Head: say("compare.common"), Help: say("compare.help_common")},
		column{Kind: kindPhrase, Head: say("col.note"), Help: say("compare.help_note"), Class: "note"})
	t := &table{ID: c.By + "s", Sortable: true, Tall: true, Door: compareDoor(), Columns: columns}
	for _, g := range byAdjusted(c.Groups) {
		name := named(g.Key)
		if c.By == "channel" {
			name.Hue = b.colours[g.Key]
		}
		cells := append([]cell{name}, spanCells(g.Adjusted)...)
		cells = append(cells, spanCells(g.Crude)...)
		shrunk, note := dash(), cell{}
		if g.Shrunk != nil {
			shrunk = shareCell(g.Shrunk.Value)
		}
		if g.Why != "" {
			note = cell{Text: b.words.term("compare.why", g.Why), Soft: true}
		}
		fair := dash()
		if g.Adjusted != nil || g.AdjustedP90 != nil {
			fair = daysCell(metric.Quantile{Days: g.AdjustedP90})
		}
		median, p90 := dash(), dash()
		if g.Shipped > 0 {
			median, p90 = daysCell(g.Median), daysCell(g.P90)
		}
		cells = append(cells, shrunk, countCell(g.Due), median, p90, fair, countCell(g.Shipped), shareCell(ratio(g.Open, g.Shipped)),
			shareCell(ratio(g.Lost, g.Shipped)), shareCell(ratio(g.Returned, g.Shipped)), shareCell(g.Common), note)
		t.Rows = append(t.Rows, row{Small: g.Small, Cells: cells})
	}
	s.Blocks = []block{t}
	s.Foot = smallFoot(t)
	return s
}

func changeCell(v float64) cell { return cell{Text: digitsOf(signed(v)), Value: 100 * v} }

func changeBand(s *metric.Span) []cell {
	if s == nil {
		return []cell{dash(), dash()}
	}
	return []cell{changeCell(s.Value), {Text: digitsOf(signed(s.Low) + " … " + signed(s.High)), Value: string(signed(s.Low) + " … " + signed(s.High))}}
}

// pValue is a probability with three decimals.
func pValue(p *float64) cell {
	if p == nil {
		return dash()
	}
	return cell{Text: digitsOf(pText(*p)), Value: *p}
}

func pText(p float64) number {
	if p < 0.001 {
		return "< 0.001"
	}
	return thousandth(p)
}

func (b *channels) pairs(c metric.Comparison) section {
	s := section{ID: c.By + "-pairs", Title: b.words.term("compare.pairs", c.By), Lead: say("compare.pairs_lead", "level", percent(b.in.Rules.Discovery), "least", percent(b.in.Rules.LeastCommon), "least_n", count(b.in.Rules.LeastGroup)), Empty: say("compare.headline_none")}
	if len(c.Pairs) == 0 {
		return s
	}
	change := func(head, help phrase) []column {
		return []column{{Kind: kindChange, Head: head, Help: help}, {Kind: kindText, Head: say("col.interval"), Class: "n"}}
	}
	columns := []column{{Kind: kindText, Head: say("compare.a"), Key: true}, {Kind: kindText, Head: say("compare.b"), Class: "note"}, {Kind: kindTag, Head: say("compare.verdict")}}
	columns = append(columns, change(say("compare.adjusted_pp"), say("compare.help_pair"))...)
	columns = append(columns, change(say("compare.mh_pp"), say("compare.help_mh"))...)
	columns = append(columns, change(say("compare.crude_pp"), say("compare.help_crude_pp"))...)
	columns = append(columns, column{Kind: kindNumber, Head: say("compare.q"), Class: "n", Help: say("compare.help_q")}, column{Kind: kindNumber, Head: say("compare.uneven"), Help: say("compare.help_uneven")},
		column{Kind: kindPercent, Head: say("compare.common")}, column{Kind: kindNumber, Head: say("compare.needed"), Help: say("compare.help_needed")})
	t := &table{ID: c.By + "-pairs", Sortable: true, Tall: true, Search: say("compare.find"), Door: compareDoor(), Columns: columns}
	tone := map[string]string{"better": "good", "worse": "bad"}
	for i, p := range c.Pairs {
		is := p.Verdict
		if p.Why == "pairs" || p.Why == "interval" {
			is = p.Why
		}
		verdict := cell{Text: b.words.term("compare.is", is), Tone: tone[p.Verdict], Order: digits(i)}
		cells := append([]cell{named(p.A), named(p.B), verdict}, changeBand(p.Adjusted)...)
		cells = append(append(cells, changeBand(p.Stratified)...), changeBand(&p.Crude)...)
		needed := dash()
		if p.Needed > 0 {
			needed = countCell(p.Needed)
		}
		t.Rows = append(t.Rows, row{Cells: append(cells, pValue(p.Q), pValue(p.Uneven), shareCell(p.Common), needed)})
	}
	s.Blocks = []block{t}
	return s
}
