package metric

import "testing"

// The week of 2026-11-09 ends on 2026-11-16 08:00 UTC in Los Angeles.
const monday16 = "2026-11-16 08:00:00+00"

func TestOrdersDue(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	sunday := "2026-11-16 08:00:00+00" // the last deadline of the week: midnight after Sunday
	w.orders(3, row{"deliver_before_at": sunday, "delivered_at": "2026-11-16 07:59:59+00"})
	w.orders(1, row{"deliver_before_at": sunday, "delivered_at": sunday})                                                                                          // exclusive
	w.orders(1, row{"deliver_before_at": sunday})                                                                                                                  // passed at the as-of
	w.orders(1, row{"deliver_before_at": sunday, "cancelled_at": "2026-11-10 00:00:00+00"})                                                                        // out
	w.orders(1, row{"deliver_before_at": sunday, "cancelled_at": sunday})                                                                                          // too late: in
	w.orders(1, row{"deliver_before_at": sunday, "handed_over_at": "2026-11-09 00:00:00+00", "cancelled_at": "2026-11-10 00:00:00+00"})                            // after dispatch: in
	w.orders(1, row{"deliver_before_at": sunday, "dispatched_at": "2026-11-09 00:00:00+00", "cancelled_at": "2026-11-10 00:00:00+00"})                             // a number alone moved nothing: out
	w.orders(1, row{"deliver_before_at": sunday, "fulfilment": "platform"})                                                                                        // out
	w.orders(1, row{"deliver_before_at": sunday, "order_type": "express"})                                                                                         // out
	w.orders(2, row{"deliver_before_at": "2026-11-16 08:00:01+00"})                                                                                                // next week, open
	w.orders(1, row{"deliver_before_at": "2026-11-20 08:00:00+00", "delivered_at": "2026-11-14 00:00:00+00"})                                                      // yes before its deadline
	w.orders(1, row{"deliver_before_at": "2026-11-20 08:00:00+00", "delivered_at": "2026-11-17 00:00:00+00"})                                                      // delivered after the as-of: open
	w.orders(4, row{})                                                                                                                                             // no deadline
	w.orders(5, row{"deliver_before_at": sunday, "created_at": "2026-11-17 00:00:00+00"})                                                                          // does not exist yet
	w.insert("order_facts", "order_id", "x", 1, row{"platform": "elsewhere", "shop_id": "s", "created_at": "2026-11-01 00:00:00+00", "deliver_before_at": sunday}) // no pack
	same(t, "orders_due", w.cell("orders_due", "platform, shop_id, cast(week as varchar), on_time, due, open, excluded, unknown"), ""+
		"tiktok shop-1 2026-11-09 3 7 0 4 0\n"+
		"tiktok shop-1 2026-11-16 1 4 3 0 0\n"+
		"tiktok shop-1 - 0 0 0 0 4")
}

func TestAsOfInThePast(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	w.orders(1, row{"deliver_before_at": "2026-11-12 08:00:00+00", "first_scan_at": "2026-11-03 00:00:00+00", "dispatched_at": "2026-11-03 00:00:00+00",
		"delivered_at": "2026-11-11 00:00:00+00", "terminal": "delivered", "terminal_at": "2026-11-11 00:00:00+00"})
	w.parcels(1, row{"label_at": "2026-11-02 00:00:00+00", "first_scan_at": "2026-11-03 00:00:00+00", "picked_up_at": "2026-11-03 00:00:00+00",
		"departed_at": "2026-11-05 00:00:00+00", "delivered_at": "2026-11-11 00:00:00+00", "terminal": "delivered", "terminal_at": "2026-11-11 00:00:00+00",
		"deliver_before_at": "2026-11-12 08:00:00+00", "last_event_at": "2026-11-11 01:00:00+00", "last_milestone": 140, "transit_hours": 192})
	w.parcels(1, row{"label_at": "2026-11-02 00:00:00+00", "returning_at": "2026-11-04 00:00:00+00", "first_scan_at": "2026-11-03 00:00:00+00",
		"terminal": "returned", "terminal_at": "2026-11-10 00:00:00+00"})
	w.parcels(1, row{"label_at": "2026-11-02 00:00:00+00", "terminal": "cancelled", "terminal_at": "2026-11-03 00:00:00+00"})
	for _, c := range []struct{ at, order, parcels string }{
		{"2026-10-31 00:00:00+00", "", ""},
		{"2026-11-02 12:00:00+00", "open no_scan - 24", "open no_scan 0 - - -\n- no_scan 0 - - -\n- no_scan 0 - - 2026-10-26"},
		{"2026-11-06 00:00:00+00", "open in_transit - 108", "open in_transit 2 2026-11-05 00:00:00+00 - 2026-11-02\n- cancelled 0 - - 2026-10-26\n- in_transit 0 2026-11-04 00:00:00+00 - 2026-11-02"},
		{"2026-11-11 00:00:00+00", "yes delivered delivered 228", "yes delivered 3 2026-11-11 00:00:00+00 - 2026-11-02\n- cancelled 0 - - 2026-10-26\n- returned 0 2026-11-04 00:00:00+00 - 2026-11-02"},
		{"2026-11-13 00:00:00+00", "yes delivered delivered 276", "yes delivered 3 2026-11-11 01:00:00+00 140 2026-11-02\n- cancelled 0 - - 2026-10-26\n- returned 0 2026-11-04 00:00:00+00 - 2026-11-02"},
	} {
		w.asOf(c.at)
		same(t, "order at "+c.at, w.all("select on_time, outcome, terminal, cast(age_hours as integer) from orders_as_of"), c.order)
		same(t, "parcels at "+c.at, w.all("select on_time, outcome, nodes, cast(last_event_at as varchar), last_milestone, cast(ship_week as varchar) from shipments_as_of order by on_time nulls last, outcome, last_event_at"), c.parcels)
	}
	// the deadline decides at its instant, not later
	w.orders(1, row{"shop_id": "shop-2", "deliver_before_at": "2026-11-12 08:00:00+00"})
	w.asOf("2026-11-12 07:59:59+00")
	same(t, "just before", w.all("select on_time from orders_as_of where shop_id = 'shop-2'"), "open")
	w.asOf("2026-11-12 08:00:00+00")
	same(t, "at the deadline", w.all("select on_time from orders_as_of where shop_id = 'shop-2'"), "no")
}

func TestViewsKeepFactColumns(t *testing.T) {
	w := newWorld(t, monday16)
	for view, table := range map[string]string{"orders_as_of": "order_facts", "shipments_as_of": "shipment_facts"} {
		same(t, view, w.all("select column_name, column_type from (describe "+table+") where (column_name, column_type) not in (select column_name, column_type from (describe "+view+"))"), "")
	}
	w.policy("tiktok", "tiktok_us")
	w.parcels(2, row{"delivered_at": "2026-11-11 00:00:00+00", "deliver_before_at": "2026-11-12 00:00:00+00"})
	w.parcels(1, row{"delivered_at": "2026-11-13 00:00:00+00", "deliver_before_at": "2026-11-12 00:00:00+00"})
	same(t, "shipments", w.all("select count(*) filter (where delivered_at < deliver_before_at), count(*) from shipments_as_of"), "2 3")
}

func TestOrdersDispatched(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	in := row{"dispatched_at": "2026-11-10 12:00:00+00", "handed_over_at": "2026-11-10 12:00:00+00"}
	with := func(more row) row {
		out := row{}
		for _, r := range []row{in, more} {
			for k, v := range r {
				out[k] = v
			}
		}
		return out
	}
	w.orders(4, with(row{"dispatch_before_at": "2026-11-11 08:00:00+00"}))
	w.orders(2, with(row{"dispatch_before_at": "2026-11-10 12:00:00+00"}))                           // exclusive: late
	w.orders(3, with(row{"dispatch_before_at": "2026-11-10 08:00:00+00", "fulfilment": "platform"})) // spared, but dispatched
	w.orders(1, with(row{"fulfilment": "platform"}))                                                 // FBT needs no deadline to count
	w.orders(1, with(row{}))                                                                         // unknown
	w.orders(2, row{"dispatch_before_at": "2026-11-13 08:00:00+00"})                                 // overdue
	w.orders(1, row{"dispatch_before_at": "2026-11-13 08:00:00+00", "cancelled_at": "2026-11-12 00:00:00+00"})
	w.orders(1, row{"dispatch_before_at": "2026-11-16 08:00:01+00"}) // not due yet
	same(t, "orders_dispatched", w.cell("orders_dispatched", "cast(week as varchar), late, dispatched, open, excluded, unknown, overdue"), "2026-11-09 2 10 0 0 1 2")
}

func TestParcelsLabelled(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	w.parcels(2, row{"label_at": "2026-11-10 00:00:00+00", "first_scan_at": "2026-11-11 23:59:59+00"})
	w.parcels(1, row{"label_at": "2026-11-10 00:00:00+00", "first_scan_at": "2026-11-12 00:00:00+00"}) // 48 h are over
	w.parcels(1, row{"label_at": "2026-11-10 00:00:00+00"})
	w.parcels(1, row{"label_at": "2026-11-15 00:00:00+00"}) // open: 32 h
	w.parcels(1, row{"label_at": "2026-11-10 00:00:00+00", "terminal": "cancelled", "terminal_at": "2026-11-11 00:00:00+00"})
	w.parcels(1, row{"label_at": "2026-11-10 00:00:00+00", "direction": "return"})
	w.parcels(1, row{"first_scan_at": "2026-11-12 00:00:00+00"})
	// fulfilled by the platform: out
	w.parcels(1, row{"label_at": "2026-11-10 00:00:00+00", "fulfilment": "platform"})
	w.parcels(1, row{"label_at": "2026-11-10 00:00:00+00", "fulfilment": "seller", "order_type": "regular"})
	same(t, "parcels_labelled", w.cell("parcels_labelled", "cast(week as varchar), scanned_in_time, labelled, open, excluded, unknown"), "2026-11-09 2 6 1 2 0\n- 0 0 0 0 1")
}

func TestParcelsShipped(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	picked := "2026-11-10 00:00:00+00"
	w.parcels(3, row{"picked_up_at": picked, "first_scan_at": picked, "handed_over_at": picked, "scans": 2})
	w.parcels(2, row{"picked_up_at": picked, "first_scan_at": picked, "handed_over_at": picked, "scans": 1}) // may still come
	w.parcels(1, row{"picked_up_at": picked, "first_scan_at": picked, "handed_over_at": picked, "scans": 1, "terminal": "lost", "terminal_at": "2026-11-12 00:00:00+00"})
	w.parcels(1, row{"handed_over_at": picked, "tracking_number": ""}) // no number
	w.parcels(1, row{"label_at": picked})                              // not shipped
	same(t, "parcels_shipped", w.cell("parcels_shipped", "cast(week as varchar), valid, shipped, open, excluded, unknown"), "2026-11-09 3 7 2 0 0")
}

func TestOrdersConfirmed(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	created := "2026-11-10 00:00:00+00"
	w.orders(5, row{"created_at": created, "approved_at": created})
	w.orders(2, row{"created_at": created, "approved_at": created, "cancelled_at": "2026-11-12 00:00:00+00", "cancel_fault": "seller"})
	w.orders(1, row{"created_at": created, "approved_at": created, "cancelled_at": "2026-11-12 00:00:00+00", "cancel_fault": "buyer"})
	w.orders(1, row{"created_at": created, "approved_at": created, "cancelled_at": "2026-11-12 00:00:00+00"})                           // by whom?
	w.orders(1, row{"created_at": created, "approved_at": created, "cancelled_at": "2026-11-17 00:00:00+00", "cancel_fault": "seller"}) // after the as-of
	w.orders(1, row{"created_at": created, "cancelled_at": "2026-11-12 00:00:00+00", "cancel_fault": "buyer"})                          // never confirmed
	w.orders(3, row{"created_at": created, "approved_at": created, "dispatched_at": created, "handed_over_at": created})                // on the way
	w.orders(1, row{"created_at": created, "approved_at": created, "order_type": "sample"})                                             // out
	w.orders(1, row{"created_at": created, "approved_at": created, "fulfilment": "platform"})                                           // in
	w.orders(1, row{"created_at": created, "cancelled_at": "2026-11-12 00:00:00+00"})                                                   // by whom? if by the seller, it counts
	w.orders(2, row{"created_at": created})                                                                                             // may be confirmed yet
	same(t, "orders_confirmed", w.cell("orders_confirmed", "cast(week as varchar), seller_fault, confirmed, open, excluded, unknown, entering"), "2026-11-09 2 13 7 1 2 2")
}

func TestTransit(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	picked := "2026-11-10 00:00:00+00"
	w.parcels(2, row{"picked_up_at": picked, "delivered_at": "2026-11-10 00:19:59+00"})
	w.parcels(1, row{"picked_up_at": picked, "delivered_at": "2026-11-10 00:20:00+00"})
	w.parcels(1, row{"first_scan_at": picked, "terminal": "lost", "terminal_at": "2026-11-10 00:20:00+00"})
	w.parcels(1, row{"picked_up_at": picked, "delivered_at": "2026-11-09 00:00:00+00"}) // negative
	w.parcels(1, row{"picked_up_at": picked})                                           // until the as-of: 152 h
	w.parcels(1, row{"picked_up_at": picked, "direction": "return"})
	w.parcels(1, row{"label_at": picked})
	same(t, "transit", w.cell("transit", "cast(ship_week as varchar), bin, events, censored, open, negative"),
		"2026-11-09 1 2 0 0 0\n2026-11-09 2 1 1 0 0\n2026-11-09 912 0 1 1 0\n2026-11-09 - 0 0 0 1")
}

func TestLegs(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	w.orders(2, row{"created_at": "2026-11-02 12:00:00+00", "approved_at": "2026-11-03 00:00:00+00", "handed_over_at": "2026-11-04 00:00:00+00", "delivered_at": "2026-11-10 00:00:00+00"})
	w.orders(1, row{"created_at": "2026-11-02 12:00:00+00", "handed_over_at": "2026-11-04 00:00:00+00", "delivered_at": "2026-11-10 00:00:00+00"})
	w.orders(1, row{"created_at": "2026-11-02 12:00:00+00", "approved_at": "2026-11-05 12:00:00+00", "handed_over_at": "2026-11-04 00:00:00+00", "delivered_at": "2026-11-10 00:00:00+00"})
	w.orders(1, row{"shop_id": "shop-2", "parcels_all": 0, "created_at": "2026-11-02 12:00:00+00", "handed_over_at": "2026-11-04 12:00:00+00", "delivered_at": "2026-11-10 12:00:00+00"})
	w.parcels(1, row{"channel": "far", "picked_up_at": "2026-11-03 00:00:00+00", "departed_at": "2026-11-05 00:00:00+00", "arrived_at": "2026-11-04 00:00:00+00", "last_mile_at": "2026-11-07 00:00:00+00", "delivered_at": "2026-11-08 00:00:00+00"})
	w.parcels(1, row{"channel": "near", "picked_up_at": "2026-11-03 00:00:00+00", "delivered_at": "2026-11-06 00:00:00+00"})
	same(t, "legs", w.cell("legs", "place, shop_id, leg, n, sum_days, missing, negative"), ""+
		"1 shop-1 purchase_approved 3 4 1 0\n"+
		"2 shop-1 approved_handed_over 2 2 1 1\n"+
		"3 shop-2 purchase_handed_over 1 2 0 0\n"+
		"5 shop-1 pickup_departed 1 2 0 0\n"+
		"6 shop-1 departed_arrived 0 0 0 1\n"+
		"8 shop-1 arrived_last_mile 1 3 0 0\n"+
		"9 shop-1 last_mile_delivered 1 1 0 0\n"+
		"9 shop-1 pickup_delivered 1 3 0 0\n"+
		"10 shop-2 handed_over_delivered 1 6 0 0")
	var ids []string
	total := 0.0
	for _, l := range w.weekly().Legs {
		ids = append(ids, l.ID)
		total += l.Share
	}
	if len(ids) != 9 || ids[4] != "departed_arrived" || total < 0.999 || total > 1.001 {
		t.Errorf("legs of the page: %v, shares %v", ids, total)
	}
}
