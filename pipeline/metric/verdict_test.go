package metric

import (
	"fmt"
	"testing"

	"waybill/pipeline/policy"
)

// withBounds is a point with what its rate may still become.
func withBounds(p Point) string {
	s := brief(p)
	if b := p.Bounds; b != nil {
		s += fmt.Sprintf(" from %d/%d to %d/%d by %d", b.LowNum, b.LowDen, b.HighNum, b.HighDen, b.Undecided)
	}
	return s
}

// One late order of one is no miss of the shop: too few members give no verdict,
// and a metric of few takes none away from the others.
func TestFewMembers(t *testing.T) {
	late, onTime := row{"deliver_before_at": "2026-11-13 08:00:00+00"}, row{"deliver_before_at": "2026-11-13 08:00:00+00", "delivered_at": "2026-11-11 00:00:00+00"}
	lateDispatch := row{"dispatched_at": "2026-11-11 00:00:00+00", "handed_over_at": "2026-11-11 00:00:00+00", "dispatch_before_at": "2026-11-10 08:00:00+00"}
	for _, c := range []struct {
		name, point, verdict string
		pack                 func(*policy.Pack)
		fill                 func(*world)
	}{
		{"one of one", "closed 0/1 open 0 out 0 unknown 0 target 0.80 met few", "none few [] few [otdr]", nil, func(w *world) { w.orders(1, late) }},
		{"nine on time", "closed 9/9 open 0 out 0 unknown 0 target 0.80 met few", "none few [] few [otdr]", nil, func(w *world) { w.orders(9, onTime) }},
		{"ten", "closed 0/10 open 0 out 0 unknown 0 target 0.80 met no", "fail  [otdr] few []", nil, func(w *world) { w.orders(10, late) }},
		{"few dispatched beside many due", "closed 10/10 open 0 out 0 unknown 0 target 0.80 met yes", "pass  [] few [ldr]", nil, func(w *world) {
			w.orders(10, onTime)
			w.orders(1, lateDispatch)
		}},
		{"few due beside many late", "closed 0/1 open 0 out 0 unknown 0 target 0.80 met few", "fail  [ldr] few [otdr]", nil, func(w *world) {
			w.orders(1, late)
			w.orders(10, lateDispatch)
		}},
		// a platform that judges any number
		{"no least number", "closed 0/1 open 0 out 0 unknown 0 target 0.80 met no", "fail  [otdr] few []", func(p *policy.Pack) { p.Metrics[0].MinN = 0 }, func(w *world) { w.orders(1, late) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, monday16)
			w.policy("tiktok", "tiktok_us")
			w.seen("shop-1")
			if c.pack != nil {
				p := *w.in.Policies[0].Pack
				p.Metrics = append([]policy.Metric(nil), p.Metrics...)
				c.pack(&p)
				w.in.Policies[0].Pack = &p
			}
			c.fill(w)
			got := w.weekly()
			same(t, "point", brief(point(t, got, "shop-1", "otdr", "2026-11-09")), c.point)
			v := got.Shops[0].Verdict
			same(t, "verdict", fmt.Sprint(v.State, " ", v.Missing, " ", v.Failed, " few ", v.Few), c.verdict)
		})
	}
}

// A verdict holds whatever becomes of the members that are undecided; one that
// they could turn is open, with the range.
func TestUndecidedMembers(t *testing.T) {
	created, shipped := "2026-11-10 00:00:00+00", "2026-11-11 00:00:00+00"
	order := row{"created_at": created, "approved_at": created}
	sent := order.with(row{"dispatched_at": shipped, "handed_over_at": shipped})
	fault := order.with(row{"cancelled_at": shipped, "cancel_fault": "seller"})
	due := row{"created_at": created, "dispatch_before_at": "2026-11-13 08:00:00+00", "dispatched_at": "2026-11-12 00:00:00+00", "handed_over_at": "2026-11-12 00:00:00+00"}
	parcel := row{"label_at": created, "picked_up_at": created, "first_scan_at": created, "handed_over_at": created, "second_scan_at": shipped, "scans": 2}
	promised := row{"created_at": "2026-10-20 00:00:00+00", "tracking_uploaded_at": "2026-10-21 00:00:00+00", "deliver_before_at": "2026-11-05 08:00:00+00", "delivered_at": "2026-11-04 00:00:00+00"}
	traced := tracedAll("2026-10-20 12:00:00+00")
	for _, c := range []struct {
		name, pack, metric, asOf, want string
		fill                           func(*world)
	}{
		{"sfcr, nothing open", "tiktok_us", "sfcr", "", "closed 1/100 open 0 out 0 unknown 0 target 0.025 met yes", func(w *world) { w.orders(99, sent); w.orders(1, fault) }},
		{"sfcr, one open cannot turn it", "tiktok_us", "sfcr", "", "closed 1/100 open 1 out 0 unknown 0 target 0.025 met yes from 1/100 to 2/100 by 1",
			func(w *world) { w.orders(98, sent); w.orders(1, order); w.orders(1, fault) }},
		{"sfcr, two open can", "tiktok_us", "sfcr", "", "open 1/100 open 2 out 0 unknown 0 target 0.025 met  from 1/100 to 3/100 by 2",
			func(w *world) { w.orders(97, sent); w.orders(2, order); w.orders(1, fault) }},
		{"sfcr, missed whatever they do", "tiktok_us", "sfcr", "", "closed 3/100 open 2 out 0 unknown 0 target 0.025 met no from 3/100 to 5/100 by 2",
			func(w *world) { w.orders(95, sent); w.orders(2, order); w.orders(3, fault) }},
		{"sfcr, missed until more are confirmed", "tiktok_us", "sfcr", "", "open 1/39 open 0 out 0 unknown 0 target 0.025 met  from 1/40 to 2/40 by 1",
			func(w *world) {
				w.orders(38, sent)
				w.orders(1, order.with(row{"approved_at": nil}))
				w.orders(1, fault)
			}},
		{"sfcr, cancelled by nobody knows whom", "tiktok_us", "sfcr", "", "closed 0/38 open 0 out 0 unknown 1 target 0.025 met  from 0/39 to 1/39 by 1",
			func(w *world) {
				w.orders(38, sent)
				w.orders(1, order.with(row{"approved_at": nil, "cancelled_at": shipped}))
			}},
		{"cancellations before dispatch", "amazon_us", "cancel_7", "", "open 0/40 open 1 out 0 unknown 0 target 0.025 met  from 0/40 to 1/40 by 1",
			func(w *world) { w.orders(39, sent); w.orders(1, order) }},
		{"late shipment that a cancellation undoes", "amazon_us", "lsr_10", "", "open 1/25 open 0 out 0 unknown 0 target 0.04 met  from 0/25 to 1/25 by 1",
			func(w *world) {
				w.orders(24, due)
				w.orders(1, due.with(row{"dispatched_at": nil, "handed_over_at": nil}))
			}},
		{"late shipment that nothing undoes", "amazon_us", "lsr_10", "", "closed 1/25 open 0 out 0 unknown 0 target 0.04 met no",
			func(w *world) {
				w.orders(24, due)
				w.orders(1, due.with(row{"dispatched_at": "2026-11-14 00:00:00+00"}))
			}},
		{"untracked, a miss once it is shipped", "amazon_us", "otdr_14", "", "open 10/11 open 0 out 1 unknown 0 target 0.90 met  from 10/12 to 10/11 by 1",
			func(w *world) {
				w.orders(10, promised)
				w.orders(1, promised.with(row{"delivered_at": nil}))
				w.orders(1, promised.with(row{"tracking_uploaded_at": nil, "delivered_at": nil, "parcels_all": 0}))
			}},
		{"vtr after the lag", "tiktok_us", "vtr", "2026-11-30 08:00:00+00", "open 18/19 open 1 out 0 unknown 0 target 0.95 met  from 18/19 to 19/19 by 1",
			func(w *world) {
				w.parcels(18, parcel)
				w.parcels(1, parcel.with(row{"scans": 1, "second_scan_at": nil}))
			}},
		{"vtr, met whatever it does", "tiktok_us", "vtr", "2026-11-30 08:00:00+00", "closed 19/20 open 1 out 0 unknown 0 target 0.95 met yes from 19/20 to 20/20 by 1",
			func(w *world) {
				w.parcels(19, parcel)
				w.parcels(1, parcel.with(row{"scans": 1, "second_scan_at": nil}))
			}},
		{"vtr, met before the lag is over", "tiktok_us", "vtr", "", "closed 19/20 open 1 out 0 unknown 0 target 0.95 met yes from 19/20 to 20/20 by 1",
			func(w *world) {
				w.parcels(19, parcel)
				w.parcels(1, parcel.with(row{"scans": 1, "second_scan_at": nil}))
			}},
		{"traces", "tiktok_us", "trace_completeness", "", "open 17/20 open 3 out 0 unknown 0 target 0.90 met  from 17/20 to 20/20 by 3",
			func(w *world) {
				w.parcels(17, traced)
				w.parcels(3, tracedAll("").with(row{"deliver_before_at": "2026-10-30 07:00:00+00", "last_mile_at": nil}))
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, monday16)
			w.policy("tiktok", c.pack)
			w.seen("shop-1")
			if c.asOf != "" {
				w.asOf(c.asOf)
			}
			w.in.Week = "2026-W46"
			c.fill(w)
			same(t, c.metric, withBounds(point(t, w.weekly(), "shop-1", c.metric, "2026-11-09")), c.want)
		})
	}
}

// What a feed would say of which no file was ever loaded is not known: the rates
// are shown and nothing is judged.
func TestFeedThatNeverLoaded(t *testing.T) {
	for _, never := range []bool{false, true} {
		w := newWorld(t, monday16)
		w.policy("tiktok", "tiktok_us")
		w.seen("shop-1")
		w.orders(20, row{"deliver_before_at": "2026-11-13 08:00:00+00"})
		w.orders(9, row{"deliver_before_at": "2026-11-20 08:00:00+00"})
		w.in.Feeds = []Feed{{Name: "orders", Files: 3}, {Name: "last_mile", Never: never}}
		got := w.weekly()
		want := "fail  [otdr] closed 0/20 open 0 out 0 unknown 0 target 0.80 met no"
		if never {
			want = "none never_loaded [] closed 0/20 open 0 out 0 unknown 0 target 0.80 met "
		}
		v := got.Shops[0].Verdict
		same(t, fmt.Sprint("never loaded: ", never), fmt.Sprint(v.State, " ", v.Missing, " ", v.Failed, " ", brief(point(t, got, "shop-1", "otdr", "2026-11-09"))), want)
		for _, f := range got.Shops[0].Forecasts {
			if never && (f.ChanceToMiss != nil || f.Needed != nil) {
				t.Errorf("a forecast judges: %+v", f)
			}
		}
	}
}

// Without any scan the list of actions does not fill with what only the lack of a
// tracking feed explains; it says once what cannot be known.
func TestActionsWithoutScans(t *testing.T) {
	fill := func(w *world, known row) {
		w.carry("parcel a", "a", row{"created_at": "2026-11-01 00:00:00+00", "deliver_before_at": "2026-11-10 08:00:00+00"}.with(known), row{"label_at": "2026-11-02 00:00:00+00", "deliver_before_at": "2026-11-10 08:00:00+00"}.with(known))
		w.carry("parcel b", "b", row{"created_at": "2026-11-01 00:00:00+00", "dispatch_before_at": "2026-11-04 08:00:00+00"}, row{"label_at": "2026-11-02 00:00:00+00"})
	}
	for _, c := range []struct {
		name, unknown, reasons string
		known                  row
		more                   func(*world)
	}{
		{"nothing known", "[scans deliveries dispatches]", "[]", nil, func(*world) {}},
		{"a hand-over", "[scans deliveries]", "[overdue_undispatched b]", row{"handed_over_at": "2026-11-03 00:00:00+00"}, func(*world) {}},
		{"a delivery", "[scans]", "[overdue_undispatched b overdue a]", row{"handed_over_at": "2026-11-03 00:00:00+00"}, func(w *world) { w.seen("shop-2") }},
		{"a scan", "[]", "[overdue_undispatched b silent a]", row{"handed_over_at": "2026-11-03 00:00:00+00"}, func(w *world) {
			w.exec("insert into tracking_events (carrier, tracking_number) values ('X', 'of another parcel')")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, "2026-11-16 08:00:00+00")
			w.policy("tiktok", "tiktok_us")
			fill(w, c.known)
			c.more(w)
			got := w.weekly()
			reasons := []string{}
			for _, a := range got.Actions {
				reasons = append(reasons, a.Reason+" "+a.Order)
			}
			same(t, "unknown", fmt.Sprint(got.ActionUnknown), c.unknown)
			same(t, "reasons", fmt.Sprint(reasons), c.reasons)
			if len(reasons) != got.ActionTotal {
				t.Errorf("%d actions of %d", len(reasons), got.ActionTotal)
			}
			list, err := Actions(w.t.Context(), w.e, w.in, true)
			if err != nil || len(list.Actions) != len(reasons) || fmt.Sprint(list.Unknown) != c.unknown {
				t.Errorf("list: %+v, %v", list, err)
			}
		})
	}
}
