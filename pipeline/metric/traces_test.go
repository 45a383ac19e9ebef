package metric

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The window is that of the quality page, the count that of the pack: neither
// parcels of a channel without a border nor those that wait for a deadline.
func TestTraces(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	w.in.Shops = []ShopName{{"tiktok", "shop-1", "One"}}
	mid, late := "2026-10-20 12:00:00+00", "2026-11-02 08:00:00+00"
	w.parcels(8, tracedAll(mid).with(row{"channel": "4PX-std"}))
	w.parcels(3, tracedAll(mid).with(row{"channel": "4PX-std", "export_customs_at": nil}))
	w.parcels(1, tracedAll("2026-08-17 12:00:00+00").with(row{"channel": "4PX-std", "departed_at": nil, "last_mile_at": nil})) // first day
	w.parcels(5, tracedAll("2026-08-16 12:00:00+00").with(row{"channel": "4PX-std", "departed_at": nil}))                      // the day before
	w.parcels(2, tracedAll("").with(row{"deliver_before_at": late}))
	w.parcels(1, tracedAll("").with(row{"deliver_before_at": late, "terminal": "lost", "terminal_at": late}))
	w.parcels(4, tracedAll("").with(row{"deliver_before_at": "2026-11-20 08:00:00+00"}))
	w.parcels(6, tracedAll("").with(row{"channel": nil})) // no deadline
	w.parcels(7, tracedAll(mid).with(row{"channel": "warehouse", "export_customs_at": nil, "departed_at": nil, "arrived_at": nil, "import_customs_at": nil}))
	w.in.Week = "2026-W46"
	w.weeks()
	got, err := BuildQuality(context.Background(), w.e, w.in)
	if err != nil {
		t.Fatal(err)
	}
	pack := w.in.pack("tiktok")
	want := []Traces{{Platform: "tiktok", Shop: "One", Metric: "trace_completeness", Pack: pack.ID + "@" + pack.Revision, Cohort: "delivered_or_past_sla", Denominator: "traced",
		Unknown: 6, Needs: "deliver_before_at", Channels: []TraceChannel{
			{Channel: "4PX-std", Of: 12, Whole: 8, Lacks: []int64{0, 3, 1, 0, 0, 1, 0}},
			{Channel: "std", Of: 3, Open: 2, Lacks: []int64{0, 0, 0, 0, 0, 0, 3}, Small: true}}}}
	if diff := cmp.Diff(want, got.Traces); diff != "" {
		t.Error(diff)
	}
}
