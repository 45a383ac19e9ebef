package reports

import (
	"slices"
	"strings"

	"waybill/pipeline/metric"
)

// lanesShown is how many states the heat map has, most parcels first.
const lanesShown = 30

func (b *channels) lanes() section {
	s := section{ID: "lanes", Title: say("compare.lanes"), Lead: say("compare.lanes_lead", "n", count(lanesShown)), Empty: say("group.none")}
	of := map[[2]string]metric.Lane{}
	for _, l := range b.in.Lanes {
		of[[2]string{l.Channel, l.State}] = l
	}
	m := &matrix{ID: "lanes", Corner: say("col.dest"), Values: kindPercent}
	for _, c := range b.in.Channels.Groups {
		m.Columns = append(m.Columns, keyName(c.Key))
	}
	for _, state := range b.in.Destinations.Groups[:min(lanesShown, len(b.in.Destinations.Groups))] {
		r := matrixRow{Name: keyName(state.Key)}
		for _, c := range b.in.Channels.Groups {
			l, ok := of[[2]string{c.Key, state.Key}]
			if !ok || l.Due == 0 {
				r.Cells = append(r.Cells, shade{Text: digitsOf(none)})
				continue
			}
			v := ratio(l.OnTime, l.Due)
			one := shade{Text: digitsOf(percent(v)), Value: v, N: &l.Due, Small: l.Small}
			if !l.Small {
				one.Depth = depthOf(v, 0.5, 1)
			}
			r.Cells = append(r.Cells, one)
		}
		m.Rows = append(m.Rows, r)
	}
	if len(m.Rows) > 0 {
		s.Blocks = []block{m}
	}
	return s
}

// withUnit is a stratum whose band of weights names its unit.
func withUnit(columns, stratum []string) []string {
	if len(columns) != len(stratum) {
		return stratum
	}
	out := slices.Clone(stratum)
	for i, c := range columns {
		if c == "weight_band" && out[i] != "" {
			out[i] += " g"
		}
	}
	return out
}

func (b *channels) reversals(c metric.Comparison) section {
	s := section{ID: c.By + "-reversals", Title: b.words.term("compare.reversals", c.By), Lead: say("compare.reversals_lead"), Empty: say("compare.reversals_none")}
	if len(c.Reversals) == 0 {
		return s
	}
	t := &table{ID: c.By + "-reversals", Columns: []column{{Kind: kindText, Head: say("compare.a"), Key: true}, {Kind: kindText, Head: say("compare.b")},
		{Kind: kindChange, Head: say("compare.crude_pp")}, {Kind: kindChange, Head: say("compare.adjusted_pp")}, {Kind: kindText, Head: say("compare.drivers"), Help: say("compare.help_drivers")}}}
	for _, r := range c.Reversals {
		var drivers []string
		for _, d := range r.Drivers {
			drivers = append(drivers, strings.Join(withUnit(c.Strata, d.Stratum), " · ")+" ("+string(signed(d.Part))+")")
		}
		t.Rows = append(t.Rows, row{Cells: []cell{named(r.A), named(r.B), changeCell(r.Crude), changeCell(r.Adjusted), textCell(strings.Join(drivers, "; "))}})
	}
	s.Blocks = []block{t}
	return s
}

func (b *channels) volume() section {
	v := b.in.Volume
	s := section{ID: "concentration", Title: say("compare.concentration"), Lead: say("compare.concentration_lead"), Empty: say("group.none")}
	if v.Index == 0 {
		return s
	}
	list := facts{{say("compare.index"), digitsOf(thousandth(v.Index))}, {say("compare.largest"), digitsOf(percent(v.Largest))},
		{say("compare.single_n"), digitsOf(count(int64(len(v.Single))))}}
	if v.Target != "" {
		list = append(list, pair{say("compare.target"), digitsOf(targetText("", v.Target, true))})
	}
	s.Blocks = []block{list}
	if len(v.Single) == 0 {
		return s
	}
	t := &table{ID: "single-lanes", Caption: say("compare.single"), Visible: true, Sortable: true, Columns: []column{{Kind: kindText, Head: say("col.dest"), Key: true},
		{Kind: kindText, Head: say("compare.only")}, {Kind: kindNumber, Head: say("compare.shipped")}, {Kind: kindPercent, Head: say("col.share")}}}
	for _, l := range v.Single {
		only := named(l.Channel)
		if l.None {
			only = cell{Text: say("compare.no_channel"), Soft: true}
		}
		t.Rows = append(t.Rows, row{Cells: []cell{named(l.State), only, countCell(l.Shipped), shareCell(l.Share)}})
	}
	s.Blocks = append(s.Blocks, t)
	return s
}

// costs is what a parcel and a parcel on time cost, by channel and currency.
func (b *channels) costs() section {
	s := section{ID: "costs", Title: say("compare.costs"), Lead: say("compare.costs_lead"), Empty: say("compare.costs_none")}
	t := &table{ID: "costs", Sortable: true, Door: compareDoor(), Columns: []column{{Kind: kindText, Head: say("col.channel"), Key: true}, {Kind: kindText, Head: say("col.currency")},
		{Kind: kindMoney, Head: say("compare.per_parcel")}, {Kind: kindMoney, Head: say("compare.per_parcel_fair"), Help: say("compare.help_fair_cost")},
		{Kind: kindText, Head: say("col.interval"), Class: "n"},
		{Kind: kindMoney, Head: say("compare.per_on_time")}, {Kind: kindText, Head: say("col.interval"), Class: "n"},
		{Kind: kindMoney, Head: say("compare.per_on_time_fair"), Help: say("compare.help_fair_on_time")}, {Kind: kindNumber, Head: say("compare.costed")},
		{Kind: kindPercent, Head: say("compare.uncosted")}}}
	span := func(low, high string) cell {
		if low == "" {
			return dash()
		}
		text := money(low, "") + " – " + money(high, "")
		return cell{Text: digitsOf(number(text)), Value: text}
	}
	amount := func(v, currency string) cell {
		if v == "" {
			return dash()
		}
		return moneyCell(v, currency)
	}
	for _, g := range b.in.Channels.Groups {
		for _, c := range g.Costs {
			fair, fairSpan, onTimeSpan := dash(), dash(), dash()
			if c.Adjusted != nil {
				fair, fairSpan = amount(c.Adjusted.Value, c.Currency), span(c.Adjusted.Low, c.Adjusted.High)
			}
			if c.Interval != nil {
				onTimeSpan = span(c.Interval[0], c.Interval[1])
			}
			name := named(g.Key)
			name.Hue = b.colours[g.Key]
			t.Rows = append(t.Rows, row{Small: g.Small, Cells: []cell{name, textCell(c.Currency), amount(c.Parcel, c.Currency), fair, fairSpan, amount(c.OnTime, c.Currency), onTimeSpan,
				amount(c.Fair, c.Currency), countCell(c.N), shareCell(c.Missing)}})
		}
	}
	if len(t.Rows) > 0 {
		s.Blocks = []block{t}
		s.Foot = smallFoot(t)
	}
	return s
}

func (b *channels) rules() section {
	r, in := b.in.Rules, b.in
	own := say("compare.rules_built_in")
	if r.Own {
		own = say("compare.rules_own")
	}
	return section{ID: "rules", Title: say("compare.rules"), Lead: say("compare.rules_lead"), Blocks: []block{facts{
		{say("compare.rules_from"), own}, {say("compare.rules_strata"), b.strataText(r.Strata)}, {say("compare.rules_min_n"), digitsOf(count(r.MinN))},
		{say("compare.rules_group"), digitsOf(count(r.LeastGroup))}, {say("compare.rules_due"), digitsOf(periodLabel(in.Due))},
		{say("compare.rules_common"), digitsOf(percent(r.LeastCommon))}, {say("compare.rules_design"), digitsOf(tenth(in.Channels.Design))},
		{say("compare.rules_power"), digitsOf(percent(r.Power))}, {say("compare.rules_pairs"), digitsOf(count(int64(r.PairGroups)))}}}}
}
