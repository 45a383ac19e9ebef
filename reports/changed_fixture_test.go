package reports

import "waybill/pipeline/metric"

// fixtureOutlook gives three shops forecasts and changes of each kind.
func fixtureOutlook() metric.Weekly {
	w := fixtureFull()
	forecast := func(n int, f metric.Forecast) metric.Forecast {
		f.Week, f.Coming, f.Level = fixtureWeek(n, metric.Open), n > 1, 0.8
		return f
	}
	effect := func(name string, points, noise float64, late, was int64) metric.Effect {
		return metric.Effect{Name: name, Points: points, Noise: noise, Clear: points > 2*noise || -points > 2*noise, Late: late, Was: was}
	}
	now, was := fixtureWeek(0, metric.Closed), fixtureWeek(-1, metric.Closed)
	tested := metric.BackTest{Weeks: 46, Bias: -0.005, MAE: 0.04, Coverage: 0.83}
	for len(w.Shops) < 5 {
		w.Shops = append(w.Shops, w.Shops[0])
	}
	delta := effect("", -0.021, 0.008, 226, 196)
	w.Shops[0].Forecasts = []metric.Forecast{
		forecast(1, metric.Forecast{Rate: 0.79, Low: 0.75, High: 0.83, OpenOrders: 120, KnownNum: 900, KnownDen: 1000, ExpectedDen: 1120, Target: "0.80",
			ChanceToMiss: ptr(0.64), Needed: ptr(int64(31)), NeededOf: 120, BackTest: tested}),
		forecast(2, metric.Forecast{Rate: 0.81, Low: 0.74, High: 0.86, ExpectedDen: 1100, BackTest: tested}),
		forecast(3, metric.Forecast{Missing: "no_orders"})}
	w.Shops[0].Change = &metric.Change{Week: now, Previous: was, Num: 978, Den: 1204, WasNum: 984, WasDen: 1180, Delta: delta,
		Mix: effect("", -0.003, 0.002, 0, 0), Legs: []metric.Effect{effect("last_mile_delivered", -0.02, 0.006, 120, 90), effect("not_dispatched", 0.001, 0.002, 3, 4),
			effect("untraced", 0.001, 0.002, 3, 4)},
		Channels: []metric.Effect{effect("YW-STD", -0.01, 0.003, 90, 70), effect("", -0.002, 0.002, 9, 8)},
		States:   []metric.Effect{effect("GA", -0.012, 0.003, 40, 21), {Rest: true, Points: -0.006, Noise: 0.004}},
		Sentences: []metric.Sentence{{Kind: "total", Effect: delta}, {Kind: "leg", Effect: effect("last_mile_delivered", -0.02, 0.006, 120, 90)},
			{Kind: "state", Effect: effect("GA", -0.012, 0.003, 40, 21)}}}
	w.Shops[1].Forecasts = []metric.Forecast{forecast(1, metric.Forecast{Rate: 0.6, Low: 0.55, High: 0.66, OpenOrders: 20, KnownNum: 50, KnownDen: 100,
		ExpectedDen: 120, Target: "0.80", ChanceToMiss: ptr(1.), Needed: ptr(int64(46)), NeededOf: 20, BackTest: tested})}
	w.Shops[1].Change = &metric.Change{Week: now, Previous: was, Num: 40, Den: 50, WasNum: 42, WasDen: 50, Delta: effect("", -0.04, 0.07, 10, 8),
		Sentences: []metric.Sentence{{Kind: "total", Effect: effect("", -0.04, 0.07, 10, 8)}, {Kind: "mix", Effect: effect("", -0.03, 0.01, 0, 0)},
			{Kind: "channel", Effect: effect("YW-STD", -0.01, 0.003, 5, 4)}}}
	w.Shops[2].Forecasts = []metric.Forecast{forecast(1, metric.Forecast{Rate: 0.95, Low: 0.93, High: 0.97, OpenOrders: 20, KnownNum: 99, KnownDen: 100,
		ExpectedDen: 120, Target: "0.80", ChanceToMiss: ptr(0.), Needed: ptr(int64(0)), NeededOf: 20, BackTest: tested})}
	w.Shops[3].Forecasts = []metric.Forecast{forecast(1, metric.Forecast{OpenOrders: 5, ExpectedDen: 5, Missing: "no_history"})}
	for i, missing := range []string{"open", "no_orders", "small"} {
		w.Shops[2+i].Change = &metric.Change{Week: now, Previous: was, Missing: missing}
	}
	return w
}
