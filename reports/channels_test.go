package reports

import (
	"regexp"
	"strings"
	"testing"

	"waybill/pipeline/metric"
)

var channelsFixtures = map[string]func() metric.Channels{"full": channelsFull, "empty": channelsEmpty, "hostile": channelsHostile, "open": channelsOpen}

func channelsEmpty() metric.Channels {
	period := metric.Period{From: fixtureWeek(-12, metric.Closed), To: fixtureWeek(0, metric.Closed)}
	return metric.Channels{Channels: metric.Comparison{By: "channel"}, Destinations: metric.Comparison{By: "state"}, Workspace: "aurora", AsOf: at("2026-11-16T16:00:00Z"), Zone: "America/Los_Angeles", Trust: fixtureFull().Trust, Period: period, Due: period,
		Rules: metric.CompareRules{Strata: []string{"state", "weight_band", "month"}, MinN: 10, LeastGroup: 30, LeastCommon: 0.5, Level: 0.95, Discovery: 0.05, Power: 0.8, PairGroups: 12}}
}

func estimate(v float64) *metric.Span { return &metric.Span{Value: v, Low: v - 0.02, High: v + 0.02} }

func channelsFull() metric.Channels {
	c := channelsEmpty()
	quantile := func(d float64) metric.Quantile {
		return metric.Quantile{P: 0.5, Days: ptr(d), Low: ptr(d - 0.3), High: ptr(d + 0.3)}
	}
	group := func(key string, due int64, crude, adjusted, days float64, cost, outside string) metric.ComparedGroup {
		return metric.ComparedGroup{Key: key, Due: due, OnTime: int64(crude * float64(due)), Shipped: due + 40, Open: 12, Lost: 3, Returned: 5, Crude: estimate(crude), Design: 1.4, Days: 80,
			Adjusted: estimate(adjusted), Common: 0.93, Shrunk: estimate(crude), Outside: outside, Median: quantile(days), P90: quantile(days + 4), AdjustedMedian: ptr(days), AdjustedP90: ptr(days + 3.5),
			Costs: []metric.GroupCost{{Currency: "USD", N: due, Missing: 0.02, Parcel: cost, Adjusted: &metric.Amount{Value: cost, Low: cost, High: cost}, OnTime: cost, Interval: &[2]string{cost, cost},
				Fair: cost, DueN: due, FrontP90: outside != ""}}}
	}
	small := metric.ComparedGroup{Key: "new", Due: 9, OnTime: 9, Shipped: 20, Open: 11, Crude: estimate(0.98), Shrunk: estimate(0.8), Small: true, Why: "small",
		Median: metric.Quantile{P: 0.5}, P90: metric.Quantile{P: 0.9}, Costs: []metric.GroupCost{{Currency: "CNY", N: 4, Missing: 0.8, Parcel: "31.2000"}}}
	nothing := metric.ComparedGroup{Shipped: 3, Small: true, Why: "small"}
	first := group("YunExpress US Standard", 4200, 0.69, 0.775, 8.1, "4.5000", "low_998")
	second := group("4PX-std", 3900, 0.80, 0.70, 9.4, "3.1200", "high_95")
	second.Costs[0].FrontP90 = false
	third := group("OW-GND", 800, 0.9, 0.9, 3.2, "9.1000", "high_998")
	third.Adjusted, third.Why, third.AdjustedP90, third.Costs[0].Adjusted, third.Costs[0].Interval = nil, "left_out", nil, nil, nil
	slow := group("NH-STD", 500, 0.7, 0.7, 9, "3.0000", "low_95")
	slow.P90.Days, slow.AdjustedP90 = nil, nil
	limits := func() []metric.Limit {
		var out []metric.Limit
		for n := int64(20); n < 4600; n += 200 {
			half := 1.1 / float64(n)
			out = append(out, metric.Limit{N: n, Low95: 0.75 - half, High95: 0.75 + half, Low998: 0.75 - 2*half, High998: 0.75 + 2*half})
		}
		return out
	}
	pairs := []metric.Pair{
		{A: first.Key, B: second.Key, Due: 8100, Crude: *estimate(-0.11), Adjusted: estimate(0.075), Stratified: estimate(0.074), Common: 0.93, Strata: 40, P: ptr(1e-6), Q: ptr(3e-6), Uneven: ptr(0.02), Verdict: "better"},
		{A: second.Key, B: slow.Key, Due: 4400, Crude: *estimate(0.1), Adjusted: estimate(-0.05), Stratified: estimate(-0.05), Common: 0.8, Strata: 12, P: ptr(0.01), Q: ptr(0.02), Verdict: "worse"},
		{A: first.Key, B: slow.Key, Due: 4700, Crude: *estimate(-0.01), Adjusted: estimate(0.01), Stratified: estimate(0.01), Common: 0.8, Strata: 12, P: ptr(0.4), Q: ptr(0.4), Uneven: ptr(0.7), Verdict: "open", Needed: 12034},
		{A: second.Key, B: third.Key, Due: 4700, Crude: *estimate(-0.1), Adjusted: estimate(0), Common: 0.1, Strata: 1, Verdict: "open"},
		{A: third.Key, B: slow.Key, Due: 1300, Crude: *estimate(0.2), Adjusted: estimate(0.05), Common: 0.7, Strata: 2, P: ptr(0.02), Q: ptr(0.08), Verdict: "open", Why: "pairs", Needed: 900},
		{A: second.Key, B: slow.Key, Due: 1300, Crude: *estimate(0.2), Adjusted: estimate(0.01), Common: 0.7, Strata: 2, P: ptr(0.02), Q: ptr(0.03), Verdict: "open", Why: "interval", Needed: 900},
		{A: slow.Key, B: third.Key, Due: 1300, Crude: *estimate(0.2), Adjusted: estimate(0.05), Common: 0.1, CommonA: 41, CommonB: 29, Strata: 2, P: ptr(0.001), Verdict: "little_common"},
		{A: first.Key, B: third.Key, Due: 5000, Crude: *estimate(-0.21), Verdict: "no_common"},
	}
	reversals := []metric.Reversal{{A: first.Key, B: second.Key, Crude: -0.11, Adjusted: 0.075, Drivers: []metric.Driver{{Stratum: []string{"AK", "250-500", "2026-10"}, Part: -0.08}}}}
	c.Channels = metric.Comparison{By: "channel", Strata: c.Rules.Strata, Groups: []metric.ComparedGroup{first, second, third, slow, small, nothing}, Common: 0.91, Cells: 62, Target: 0.75, Design: 1.4,
		Funnel: limits(), Pairs: pairs, Reversals: reversals}
	ca, ak := group("CA", 5000, 0.9, 0.9, 7, "3.0000", ""), group("AK", 900, 0.6, 0.58, 12, "5.0000", "")
	lonely := group("HI", 300, 0.6, 0.6, 12, "5.0000", "")
	lonely.Adjusted, lonely.Why = nil, "no_common"
	alone := group("", 300, 0.6, 0.6, 12, "5.0000", "")
	alone.Adjusted, alone.Why = nil, "alone"
	c.Destinations = metric.Comparison{By: "state", Strata: []string{"weight_band", "month", "week", "shop", "channel"}, Groups: []metric.ComparedGroup{ca, ak, lonely, alone}, Common: 1, Cells: 18, Target: 0.8, Design: 1.1,
		Funnel: limits(), Pairs: []metric.Pair{{A: "CA", B: "AK", Due: 5900, Crude: *estimate(0.3), Adjusted: estimate(0.32), Stratified: estimate(0.32), Common: 1, Strata: 18, P: ptr(0.0), Q: ptr(0.0), Verdict: "better"}},
		Reversals: reversals[:0]}
	c.Lanes = []metric.Lane{{Channel: first.Key, State: "CA", Due: 1000, OnTime: 950, Shipped: 1010, Low: 0.93, High: 0.97}, {Channel: first.Key, State: "AK", Due: 700, OnTime: 420, Shipped: 710, Low: 0.55, High: 0.65},
		{Channel: "new", State: "CA", Due: 9, OnTime: 9, Shipped: 20, Small: true}, {Channel: second.Key, State: "HI", Shipped: 4, Small: true}}
	c.Volume = metric.Concentration{Index: 0.3412, Largest: 0.44, Target: "0.80", Single: []metric.SingleLane{{State: "HI", None: true, Shipped: 340, Share: 0.03}, {State: "AK", Channel: first.Key, Shipped: 940, Share: 0.09}}}
	return c
}

func channelsOpen() metric.Channels {
	c := channelsFull()
	c.Rules.Own, c.Rules.Strata = true, nil
	c.Channels.Strata = nil
	c.Channels.Pairs = c.Channels.Pairs[2:]
	c.Channels.Reversals, c.Volume.Single = nil, nil
	for i := range c.Channels.Groups {
		c.Channels.Groups[i].Costs = nil
	}
	c.Period.To = c.Period.From
	return c
}

func channelsHostile() metric.Channels {
	const bad = `"></script><img src=x onerror=alert(1)>=1+1`
	c := channelsFull()
	c.Workspace, c.Shop = bad, bad
	for _, comparison := range []*metric.Comparison{&c.Channels, &c.Destinations} {
		comparison.Strata = []string{bad}
		for i := range comparison.Groups {
			g := &comparison.Groups[i]
			g.Key, g.Why, g.Outside = bad, bad, bad
			for j := range g.Costs {
				g.Costs[j].Currency = bad
			}
		}
		for i := range comparison.Pairs {
			p := &comparison.Pairs[i]
			p.A, p.B = bad, bad
		}
		comparison.Pairs[0].Verdict = bad
		for i := range comparison.Reversals {
			r := &comparison.Reversals[i]
			r.A, r.B, r.Drivers = bad, bad, []metric.Driver{{Stratum: []string{bad, bad}, Part: 0.1}}
		}
	}
	c.Channels.Groups[0].Costs[0].Parcel = bad
	for i := range c.Lanes {
		c.Lanes[i].Channel, c.Lanes[i].State = bad, bad
	}
	c.Volume.Single[1].State, c.Volume.Single[1].Channel = bad, bad
	return c
}

func TestChannelsPage(t *testing.T) {
	tags := regexp.MustCompile(`<[^>]*>`)
	r := made(t, casesOf("channels", Channels, channelsFixtures)["channels full"])
	text := tags.ReplaceAllString(string(r.HTML), "")
	for _, want := range []string{
		"YunExpress US Standard is better than 4PX-std: +7.5 points on time at the same mix (95% +5.5 to +9.5), seen on 93.0% of their parcels; crude −11.0.",
		"NH-STD is better than 4PX-std: +5.0 points", "crude −10.0.", "6 pairs of channels cannot be told apart or compared", "too few to rank",
		"not decided: many pairs", "not decided: interval holds 0", "too little in common", "AK · 250-500 g · 2026-10 (−8.0)",
		"state × weight band × ship month", "below 99.8%", "USD 3.12", "0.341", "≥ 80%", "cells/channels_parcels.sql", "not reached",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if got := r.Entry.Headline["en"]; !strings.HasPrefix(got, "2 of 8 pairs of channels decided. YunExpress") {
		t.Errorf("headline %q", got)
	}
	if strings.Contains(text, "needs about 12,034") {
		t.Error("the answer names a pair that is not decided beside those that are")
	}
	// where none is decided, the largest pairs say how far off they are
	open := tags.ReplaceAllString(string(made(t, casesOf("channels", Channels, channelsFixtures)["channels open"]).HTML), "")
	for _, want := range []string{"needs about 12,034 parcels of each", "have no common ground", "没有共同的可比包裹", "Taken alone the interval (95% +3.0 to +7.0) leaves 0 out",
		"(q 0.080, above 5.0%)", "q is 0.030, but the interval (95% −1.0 to +3.0) holds 0", "10.0% of their parcels (41 and 29) are of kinds that both carried"} {
		if !strings.Contains(open, want) {
			t.Errorf("the undecided page lacks %q", want)
		}
	}
	empty := tags.ReplaceAllString(string(made(t, casesOf("channels", Channels, channelsFixtures)["channels empty"]).HTML), "")
	for _, want := range []string{"There are not two channels with enough parcels to compare.", "column cost_amount", "There is no data to compare."} {
		if !strings.Contains(empty, want) {
			t.Errorf("the empty page lacks %q", want)
		}
	}
}
