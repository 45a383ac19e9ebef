package metric

import (
	"fmt"
	"strings"
	"testing"
)

func TestExceptions(t *testing.T) {
	w := newWorld(t, "2026-11-16 08:00:00+00")
	w.policy("tiktok", "tiktok_us")
	label, scan, at := "2026-11-02 00:00:00+00", "2026-11-03 00:00:00+00", "2026-11-08 00:00:00+00"
	p := func(more row) {
		w.t.Helper()
		r := row{"label_at": label, "first_scan_at": scan, "picked_up_at": scan, "handed_over_at": scan}
		for k, v := range more {
			if v == nil {
				delete(r, k)
			} else {
				r[k] = v
			}
		}
		w.parcels(1, r)
	}
	done := row{"delivered_at": at, "terminal": "delivered", "terminal_at": at}
	with := func(more row) row {
		for k, v := range done {
			more[k] = v
		}
		return more
	}
	p(with(row{}))                                                             // nothing happened
	p(with(row{"customs_held_at": scan, "attempt_failed_at": scan}))           // held, tried, delivered
	p(row{"customs_held_at": scan})                                            // still held
	p(row{"customs_held_at": "2026-11-16 08:00:01+00"})                        // after the as-of
	p(row{"address_problem_at": scan, "returning_at": scan})                   // open, on its way back
	p(row{"returning_at": scan, "terminal": "returned", "terminal_at": at})    // ended
	p(row{"terminal": "returned", "terminal_at": at})                          // returned without a word before
	p(row{"terminal": "destroyed", "terminal_at": at})                         // lost
	p(row{"terminal": "lost", "terminal_at": "2026-11-16 08:00:01+00"})        // not yet
	p(row{"terminal": "cancelled", "terminal_at": at, "first_scan_at": nil})   // nor is a voided label a parcel
	p(row{"direction": "return", "customs_held_at": scan})                     // nor a return
	p(row{"label_at": "2026-11-01 00:00:00+00"})                               // scanned at the end of 48 h: too late
	p(row{"label_at": "2026-11-01 00:00:01+00"})                               // a second before
	p(row{"first_scan_at": nil, "picked_up_at": nil, "handed_over_at": nil})   // never scanned
	p(row{"label_at": nil})                                                    // unknown
	p(with(row{"deliver_before_at": "2026-11-08 00:00:00+00"}))                // at the deadline: late
	p(with(row{"deliver_before_at": "2026-11-08 00:00:01+00"}))                // in time
	p(row{"deliver_before_at": "2026-11-16 08:00:01+00"})                      // open
	p(row{"channel": "other", "platform": "elsewhere", "first_scan_at": scan}) // a platform without a clock
	same(t, "exceptions", w.cell("exceptions", "platform, kind, n, delivered, open, ended, unknown"), ""+
		"elsewhere all 1 0 1 0 0\n"+
		"elsewhere attempt_failed 0 0 0 0 0\n"+
		"elsewhere bad_address 0 0 0 0 0\n"+
		"elsewhere customs_held 0 0 0 0 0\n"+
		"elsewhere long_undelivered 0 0 0 0 1\n"+
		"elsewhere lost 0 0 0 0 0\n"+
		"elsewhere no_trace 0 0 0 0 1\n"+
		"elsewhere returning 0 0 0 0 0\n"+
		"tiktok all 16 4 9 3 0\n"+
		"tiktok attempt_failed 1 1 0 0 0\n"+
		"tiktok bad_address 1 0 1 0 0\n"+
		"tiktok customs_held 2 1 1 0 0\n"+
		"tiktok long_undelivered 1 1 0 0 13\n"+
		"tiktok lost 1 0 0 1 0\n"+
		"tiktok no_trace 2 0 2 0 1\n"+
		"tiktok returning 3 0 1 2 0")
	// against the way that nearly all parcels of a channel take, where there is no deadline
	in := w.tables()
	in.bounds = []stayBound{{journey, "std", 5 * 24 * 60}}
	list, err := in.exceptions(nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range list {
		if e.Kind == "long_undelivered" {
			got = append(got, fmt.Sprintf("%s %d of %d, %d delivered, %d open, %d ended, %d unknown", e.Channel, e.N, e.Of, e.Delivered, e.Open, e.Ended, e.Unknown))
		}
	}
	// five days to the minute are within it; 8 are on the way for longer
	same(t, "long", strings.Join(got, "\n"), "other 0 of 0, 0 delivered, 0 open, 0 ended, 1 unknown\nstd 8 of 15, 1 delivered, 7 open, 0 ended, 1 unknown")
}

func TestStallsAndPresumedLost(t *testing.T) {
	w := newWorld(t, "2026-11-16 08:00:00+00")
	w.policy("tiktok", "tiktok_us")
	p := func(id string, more row) {
		w.t.Helper()
		r := row{"shipment_id": id, "platform": "tiktok", "shop_id": "shop-1", "channel": "std", "picked_up_at": "2026-11-01 08:00:00+00", "first_scan_at": "2026-11-01 08:00:00+00", "departed_at": "2026-11-10 08:00:00+00",
			"last_event_at": "2026-11-10 08:00:00+00"}
		for k, v := range more {
			r[k] = v
		}
		w.insert("shipment_facts", "", "", 1, r)
	}
	p("at the bound", nil)
	p("below", row{"departed_at": "2026-11-10 08:00:01+00", "last_event_at": "2026-11-12 00:00:00+00"})
	p("far over", row{"departed_at": "2026-11-02 08:00:00+00", "last_event_at": "2026-11-05 08:00:00+00"})
	p("left", row{"arrived_at": "2026-11-15 00:00:00+00", "last_event_at": "2026-11-15 00:00:00+00"})
	p("done", row{"delivered_at": "2026-11-15 00:00:00+00"})
	p("turned", row{"returning_at": "2026-11-15 00:00:00+00"})
	p("unbounded", row{"channel": "none"})
	// nobody acts on what is older than 90 days: counted, not listed
	p("forgotten", row{"picked_up_at": "2026-08-18 07:59:59+00", "first_scan_at": "2026-08-18 07:59:59+00", "departed_at": "2026-08-20 08:00:00+00", "last_event_at": "2026-08-20 08:00:00+00"})
	p("hardly remembered", row{"picked_up_at": "2026-08-18 08:00:00+00", "first_scan_at": "2026-08-18 08:00:00+00", "departed_at": "2026-11-10 07:00:00+00", "last_event_at": "2026-11-10 08:00:00+00"})
	in := w.tables()
	in.bounds = []stayBound{{"departed", "std", 6 * 24 * 60}, {"silence", "std", 11 * 24 * 60}}
	stays := []Stay{{Node: "departed", Channel: "std"}, {Node: "arrived", Channel: "std"}, {Node: "departed", Channel: "none"}}
	lost := []Lost{{Channel: "std", Days: 11}}
	list, total, forgotten, err := in.stalls([]ShopName{{"tiktok", "shop-1", "One"}}, stays, lost, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range list {
		got = append(got, fmt.Sprintf("%s %s %.3g over by %.3g, silent %.3g, stalled %v, lost %v", s.Shop, s.Shipment, s.StayDays, *s.ExcessDays, s.SilentDays, s.Stalled, s.Presumed))
	}
	same(t, "stalls", strings.Join(got, "\n"), "One far over 14 over by 8, silent 11, stalled true, lost true\nOne hardly remembered 6.04 over by 0.0417, silent 6, stalled true, lost false\nOne at the bound 6 over by 0, silent 6, stalled true, lost false")
	if total != 3 || forgotten != 1 || lost[0].Presumed != 2 || stays[0].Here != 5 || stays[0].Stalled != 4 || stays[1].Here != 1 || stays[1].Stalled != 0 || stays[2].Here != 1 || stays[2].Stalled != 0 {
		t.Errorf("total %d, lost %+v, stays %+v", total, lost, stays)
	}
	// a presumption is no outcome
	same(t, "outcome", w.all("select outcome from shipments_as_of where shipment_id = 'far over'"), "in_transit")
}

func TestNearMisses(t *testing.T) {
	w := newWorld(t, "2026-11-16 08:00:00+00")
	w.policy("tiktok", "tiktok_us")
	due := "2026-11-10 12:00:00+00"
	w.orders(2, row{"dispatch_before_at": due, "dispatched_at": "2026-11-10 08:00:00+00"})
	w.orders(1, row{"dispatch_before_at": due, "dispatched_at": "2026-11-10 07:59:59+00"})
	w.orders(1, row{"dispatch_before_at": due, "dispatched_at": due}) // late
	w.orders(1, row{"dispatch_before_at": due})
	w.orders(1, row{"deliver_before_at": due, "delivered_at": "2026-11-10 00:00:00+00"})
	w.orders(3, row{"deliver_before_at": due, "delivered_at": "2026-11-09 23:59:59+00"})
	w.orders(1, row{"deliver_before_at": due, "delivered_at": due}) // late
	counts, list, err := w.tables().near([]ShopName{{"tiktok", "shop-1", "One"}}, 2)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "near", fmt.Sprint(counts), "[{dispatch tiktok One 2 3} {delivery tiktok One 1 4}]")
	if len(list) != 2 || list[0].LeftHours != 4 || list[0].Kind != "dispatch" || list[1].Kind != "dispatch" {
		t.Errorf("%+v", list)
	}
}
