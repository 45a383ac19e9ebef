package reports

import (
	"waybill/pipeline/metric"
)

// forecastLine is the running week of a shop as it may end, for its verdict.
func (b *weekly) forecastLine(s metric.Shop) (phrase, bool) {
	for _, f := range s.Forecasts {
		if f.Coming || f.Missing != "" || f.ChanceToMiss == nil || f.Needed == nil || f.OpenOrders == 0 {
			continue
		}
		week, name := number(shortWeek(f.Week)), phrase{}
		if m, ok := b.headline(); ok {
			name = b.metricName(m.ID)
		}
		switch {
		case *f.Needed > f.NeededOf:
			return say("forecast.line_lost", "metric", name, "week", week, "open", count(f.NeededOf)), true
		case *f.Needed == 0:
			return say("forecast.line_safe", "metric", name, "week", week, "rate", percent(f.Rate)), true
		}
		return say("forecast.line", "metric", name, "week", week, "rate", percent(f.Rate), "chance", percent(*f.ChanceToMiss),
			"needed", count(*f.Needed), "open", count(f.NeededOf)), true
	}
	return phrase{}, false
}

// forecasts are the weeks that are not closed, with how the same forecast did before.
func (b *weekly) forecasts() section {
	s := section{ID: "forecast", Title: say("section.forecast"), Lead: say("forecast.lead"), Empty: say("forecast.none")}
	for i, shop := range b.in.Shops {
		if len(shop.Forecasts) == 0 {
			continue
		}
		t := &table{ID: "forecast-" + digits(i+1), Part: shopTitle(shop), PartHead: say("col.shop"), Columns: []column{
			{Kind: kindCode, Head: say("col.week"), Key: true, Class: "num week"},
			{Kind: kindPercent, Head: say("col.forecast")},
			{Kind: kindText, Head: say("col.forecast_interval"), Only: inPage, Class: "n"},
			{Kind: kindPercent, Head: say("col.forecast_low"), Only: inSheet}, {Kind: kindPercent, Head: say("col.forecast_high"), Only: inSheet},
			{Kind: kindPercent, Head: say("col.target")}, {Kind: kindPercent, Head: say("col.chance_to_miss")},
			{Kind: kindNumber, Head: say("col.needed"), Help: say("help.needed")}, {Kind: kindNumber, Head: say("col.undecided")},
			{Kind: kindNumber, Head: say("col.known_num")}, {Kind: kindNumber, Head: say("col.expected_den")},
			{Kind: kindNumber, Head: say("col.tested"), Only: inSheet}, {Kind: kindChange, Head: say("col.bias"), Only: inSheet},
			{Kind: kindChange, Head: say("col.mae"), Only: inSheet}, {Kind: kindPercent, Head: say("col.coverage"), Help: say("help.tested")},
		}, Door: &door{Files: []string{queryFile("queries/cells/forecast_orders.sql")}}}
		for _, f := range shop.Forecasts {
			t.Rows = append(t.Rows, row{Open: true, Cells: b.forecastCells(f)})
		}
		s.Blocks = append(s.Blocks, t)
	}
	return s
}

func (b *weekly) forecastCells(f metric.Forecast) []cell {
	rate, interval, low, high, chance, needed := wordCell(b.words.term("forecast.missing", f.Missing)), dash(), dash(), dash(), dash(), dash()
	tested, bias, mae, coverage := dash(), dash(), dash(), dash()
	if f.Missing == "" {
		rate, low, high = shareCell(f.Rate), shareCell(f.Low), shareCell(f.High)
		interval = cell{Text: digitsOf(percent(f.Low) + " – " + percent(f.High)), Value: f.Low}
		if f.ChanceToMiss != nil {
			chance = shareCell(*f.ChanceToMiss)
		}
		if t := f.BackTest; t.Weeks > 0 {
			tested, bias, mae, coverage = countCell(int64(t.Weeks)), pointsCell(t.Bias), sizeCell(t.MAE), shareCell(t.Coverage)
		}
	}
	if f.Needed != nil {
		needed = countCell(*f.Needed)
	}
	return []cell{{Text: digitsOf(weekLabel(f.Week)), Value: f.Week.ID}, rate, interval, low, high, targetCell("", f.Target, true), chance, needed,
		countCell(f.OpenOrders), countCell(f.KnownNum), countCell(f.ExpectedDen), tested, bias, mae, coverage}
}

// pointsCell is a difference of shares in percentage points.
func pointsCell(v float64) cell { return cell{Text: digitsOf(signed(v)), Value: 100 * v} }

// sizeCell is one that has no sign.
func sizeCell(v float64) cell { return cell{Text: digitsOf(tenth(100 * v)), Value: 100 * v} }

// changed says in up to three sentences for each shop what moved its rate, and takes
// the change apart.
func (b *weekly) changed() section {
	s := section{ID: "changed", Title: say("section.changed"), Lead: say("change.lead"), Empty: say("verdict.no_shops")}
	for i, shop := range b.in.Shops {
		c := shop.Change
		if c == nil {
			continue
		}
		if c.Missing != "" {
			s.Blocks = append(s.Blocks, paragraphs{say("change.none", "shop", shopTitle(shop), "reason", b.words.term("change.missing", c.Missing))})
			continue
		}
		var lines paragraphs
		// a part that chance explains is no reason; the change itself is always said
		for _, one := range c.Sentences {
			if one.Kind == "total" || one.Clear {
				lines = append(lines, b.sentence(shop, one))
			}
		}
		t := &table{ID: "changed-" + digits(i+1), Part: shopTitle(shop), PartHead: say("col.shop"), Fold: say("change.parts"), Columns: []column{
			{Kind: kindPhrase, Head: say("col.part"), Help: say("help.part")}, {Kind: kindText, Head: say("col.part_name"), Help: say("change.foot"), Key: true},
			{Kind: kindChange, Head: say("col.points")}, {Kind: kindChange, Head: say("col.noise"), Help: say("help.noise")},
			{Kind: kindNumber, Head: say("col.late")}, {Kind: kindNumber, Head: say("col.late_before")},
		}, Door: &door{Files: []string{queryFile("queries/cells/change_orders.sql")}}}
		add := func(kind string, list ...metric.Effect) {
			for _, e := range list {
				name := b.partName(kind, e)
				cells := []cell{wordCell(b.words.term("change.part", kind)), {Text: name, Value: e.Name}, pointsCell(e.Points), sizeCell(e.Noise), countCell(e.Late), countCell(e.Was)}
				if kind == "mix" {
					cells[4], cells[5] = dash(), dash()
				}
				t.Rows = append(t.Rows, row{Small: !e.Clear, Cells: cells})
			}
		}
		add("total", c.Delta)
		add("mix", c.Mix)
		add("leg", c.Legs...)
		add("channel", c.Channels...)
		add("state", c.States...)
		s.Blocks = append(s.Blocks, lines, t)
	}
	return s
}

// sentence is one line; what does not exceed its noise says so.
func (b *weekly) sentence(shop metric.Shop, one metric.Sentence) phrase {
	c, args := shop.Change, []any{"shop", shopTitle(shop), "name", b.partName(one.Kind, one.Effect), "points", signed(one.Points),
		"late", count(one.Late), "was", count(one.Was)}
	certain := say("change.noise")
	switch {
	case one.Clear && one.Kind == "total":
		certain = say("change.clear")
	case one.Clear: // of a whole that chance might explain too
		certain = say("change.clear_part")
	}
	args = append(args, "certain", certain)
	switch one.Kind {
	case "total":
		return say("change.total", append(args, "num", count(c.Num), "den", count(c.Den), "was_num", count(c.WasNum), "was_den", count(c.WasDen),
			"week", number(shortWeek(c.Previous)))...)
	case "mix":
		return say("change.mix", args...)
	case "leg":
		return say("change.leg", args...)
	case "state":
		return say("change.state", args...)
	}
	return say("change.channel", args...)
}

func (b *weekly) partName(kind string, e metric.Effect) phrase {
	switch {
	case e.Rest:
		return say("change.rest")
	case kind == "leg" && e.Name == "not_dispatched":
		return say("change.not_dispatched")
	case kind == "leg" && e.Name == "untraced":
		return say("change.untraced")
	case kind == "leg":
		return b.legName(e.Name)
	case kind == "total" || kind == "mix":
		return digitsOf(none)
	case e.Name == "":
		return say("group.unstated")
	}
	return literal(e.Name)
}
