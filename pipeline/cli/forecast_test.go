package cli

import (
	"testing"

	"waybill/pipeline/demo"
	"waybill/pipeline/metric"
)

// The forecast of the running week starts from the truth's counts, and over all past
// weeks its interval of 80 % holds about as many.
func TestForecastsOfTheDemo(t *testing.T) {
	weeks, held, bias := 0., 0., 0.
	eachSeed(t, func(s space, truth demo.Truth) {
		open := map[[2]string]demo.DueWeek{}
		for _, w := range truth.DueWeeks {
			open[[2]string{w.Shop, w.Week}] = w
		}
		for _, shop := range s.weekly().Shops {
			if len(shop.Forecasts) != 3 || shop.Change == nil || shop.Change.Missing != "" || len(shop.Change.Legs) == 0 {
				s.Fatalf("%s: %+v, %+v", shop.ID, shop.Forecasts, shop.Change)
			}
			for _, f := range shop.Forecasts {
				due := open[[2]string{shop.ID, f.Week.Start}]
				if f.KnownNum != due.OnTime || f.KnownDen != due.Due-due.Open || f.OpenOrders != due.Open || f.Week.State != metric.Open {
					s.Errorf("%s %s: %+v, the truth has %+v", shop.ID, f.Week.ID, f, due)
				}
				b := f.BackTest
				if b.Weeks < 40 || f.Missing != "" || f.ChanceToMiss == nil || f.Low > f.Rate || f.Rate > f.High {
					s.Errorf("%s %s: %+v", shop.ID, f.Week.ID, f)
				}
				weeks += float64(b.Weeks)
				held += b.Coverage * float64(b.Weeks)
				bias += b.Bias * float64(b.Weeks)
			}
		}
	})
	t.Logf("%.0f forecasts, coverage %.3f, bias %+.4f", weeks, held/weeks, bias/weeks)
	if c := held / weeks; c < 0.75 || c > 0.85 || bias/weeks > 0.02 || bias/weeks < -0.02 {
		t.Errorf("coverage %.3f, bias %+.4f", c, bias/weeks)
	}
}
