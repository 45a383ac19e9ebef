package cli

import (
	"slices"
	"testing"

	"waybill/pipeline/metric"
)

// The orders behind a missed cancellation rate are named, as many as it counts.
func TestCancelledOrdersAreNamed(t *testing.T) {
	s := demoOf(t, 1)
	w := s.weekly()
	named := 0
	for _, shop := range w.Shops {
		if !slices.Contains(shop.Verdict.Failed, "sfcr") {
			continue
		}
		for _, series := range shop.Series {
			if series.Metric != "sfcr" {
				continue
			}
			last := series.Points[slices.IndexFunc(series.Points, func(p metric.Point) bool { return p.Week.ID == w.Week.ID })]
			if int64(len(series.Cancelled)) != last.Num || last.Num == 0 {
				t.Errorf("%s: %d orders named of %d", shop.Name, len(series.Cancelled), last.Num)
			}
			for _, o := range series.Cancelled {
				named++
				if got := s.rows("select shop_id, cancel_fault from orders where order_id = '" + o.Order + "'"); len(got) != 1 || got[0][0] != shop.ID || got[0][1] != "seller" {
					t.Errorf("%s: %v", o.Order, got)
				}
			}
		}
	}
	if named == 0 {
		t.Error("no shop of the demo missed the rate in this week; try: another seed or week")
	}
}
