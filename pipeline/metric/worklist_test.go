package metric

import (
	"fmt"
	"strings"
	"testing"
)

// carry says which parcel carries which order.
func (w *world) carry(shipment, order string, o, p row) {
	w.t.Helper()
	o["order_id"], p["shipment_id"] = order, shipment
	for _, r := range []row{o, p} {
		r["platform"], r["shop_id"], r["channel"] = "tiktok", "shop-1", "std"
	}
	o["parcels_all"] = 1
	w.insert("order_facts", "", "", 1, o)
	w.insert("shipment_facts", "", "", 1, p)
	w.insert("order_shipments", "", "", 1, row{"platform": "tiktok", "shop_id": "shop-1", "order_id": order, "shipment_id": shipment, "role": "outbound"})
}

func TestActions(t *testing.T) {
	w := newWorld(t, "2026-11-16 08:00:00+00")
	w.policy("tiktok", "tiktok_us")
	w.in.Shops = []ShopName{{"tiktok", "shop-1", "One"}}
	created, moved, now := "2026-11-01 00:00:00+00", "2026-11-05 00:00:00+00", "2026-11-16 07:00:00+00"
	way := func(more row) row {
		out := row{"label_at": created, "handed_over_at": moved, "first_scan_at": moved, "picked_up_at": moved, "last_event_at": now}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	// an overdue order speaks for its unscanned parcel, and names its number
	w.carry("p1", "undispatched", row{"created_at": created, "dispatch_before_at": "2026-11-04 00:00:00+00", "amount": "12.50", "currency": "USD"},
		row{"label_at": created, "tracking_number": "N1", "carrier": "LINE"})
	w.carry("p2", "soon", row{"created_at": created, "handed_over_at": moved, "first_scan_at": moved, "dispatched_at": moved, "amount": "3", "currency": "USD"},
		way(row{"deliver_before_at": "2026-11-18 08:00:00+00", "tracking_number": "N2", "last_mile_number": "L2"}))
	w.carry("p3", "later", row{"created_at": created, "handed_over_at": moved, "dispatched_at": moved}, way(row{"deliver_before_at": "2026-11-18 08:00:01+00"}))
	w.carry("p4", "unscanned", row{"created_at": created}, row{"label_at": "2026-11-14 08:00:00+00"})
	w.carry("p5", "young label", row{"created_at": created}, row{"label_at": "2026-11-14 08:00:01+00"})
	w.carry("p6", "customs", row{"created_at": created, "handed_over_at": moved, "dispatched_at": moved},
		way(row{"customs_held_at": "2026-11-15 00:00:00+00", "last_event_at": "2026-11-15 00:00:00+00"}))
	w.carry("p7", "released", row{"created_at": created, "handed_over_at": moved, "dispatched_at": moved}, way(row{"customs_held_at": "2026-11-15 00:00:00+00"}))
	w.carry("p8", "silent", row{"created_at": created, "handed_over_at": moved, "dispatched_at": moved}, way(row{"last_event_at": "2026-11-09 08:00:00+00"}))
	w.carry("p9", "overdue", row{"created_at": created, "handed_over_at": moved, "dispatched_at": moved}, way(row{"deliver_before_at": "2026-11-16 08:00:00+00"}))
	w.carry("p10", "lost", row{"created_at": created, "handed_over_at": moved, "dispatched_at": moved},
		way(row{"deliver_before_at": "2026-11-16 08:00:00+00", "terminal": "lost", "terminal_at": moved}))
	w.carry("p11", "cancelled", row{"created_at": created, "dispatch_before_at": "2026-11-04 00:00:00+00", "cancelled_at": moved}, row{"label_at": created})
	w.carry("p12", "forgotten", row{"created_at": "2026-01-01 00:00:00+00", "dispatch_before_at": "2026-01-04 00:00:00+00"}, row{"label_at": "2026-01-01 00:00:00+00"})
	// an order without parcels is acted on itself
	w.insert("order_facts", "", "", 1, row{"platform": "tiktok", "shop_id": "shop-1", "order_id": "bare", "created_at": created, "handed_over_at": moved,
		"dispatched_at": moved, "deliver_before_at": "2026-11-10 00:00:00+00", "parcels_all": 0})
	w.insert("tracking_events", "", "", 1, row{"tracking_number": "L2", "event_at": now, "text": "已到达", "p_month": "2026-11-01"})
	w.insert("tracking_events", "", "", 1, row{"tracking_number": "L2", "event_at": moved, "text": "older", "p_month": "2026-11-01"})
	got := w.weekly()
	var lines []string
	for _, a := range got.Actions {
		lines = append(lines, strings.Join([]string{a.Reason, a.Shop, a.Order, a.Number, a.LastEvent, a.Amount, fmt.Sprint(a.AgeHours)}, "|"))
	}
	same(t, "actions", strings.Join(lines, "\n"), ""+
		"overdue_undispatched|One|undispatched|N1||12.5000|368\n"+
		"due_soon|One|soon|N2|已到达|3.0000|272\n"+
		"no_first_scan|One|unscanned||||48\n"+
		"customs_held|One|customs||||272\n"+
		"silent|One|silent||||272\n"+
		// late ones last, the newest first
		"overdue|One|overdue||||272\n"+
		"overdue|One|bare||||368")
	if got.ActionTotal != 7 || got.ActionLate != 2 {
		t.Errorf("total %d, late %d", got.ActionTotal, got.ActionLate)
	}
	w.orders(600, row{"dispatch_before_at": "2026-11-04 00:00:00+00"})
	got = w.weekly()
	if len(got.Actions) != 50 || got.ActionTotal != 607 {
		t.Errorf("%d of %d actions", len(got.Actions), got.ActionTotal)
	}
	same(t, "limit of the cell", w.cell("actions", "count(*)"), "500")
}

func TestUnmappedAndOrphans(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	w.exec("insert into event_codes values ('LINE', 'OK', 140, 140, 140, false), ('LINE', 'ODD', 0, 0, 0, true)")
	w.exec("insert into event_words values (word_key('LINE', null, 'delivered'), 140, 140, 140)")
	scan := func(n int, carrier, number, code, text, at string) {
		r := row{"tracking_number": number, "event_at": at, "p_month": "2026-11-01"}
		for k, v := range map[string]string{"carrier": carrier, "code": code, "text": text} {
			if v != "" {
				r[k] = v
			}
		}
		w.insert("tracking_events", "", "", n, r)
	}
	at := "2026-11-10 00:00:00+00"
	scan(3, "LINE", "A", "OK", "whatever", at)
	scan(2, "LINE", "A", "", "delivered", at)
	scan(2, "LINE", "A", "X9", "second words", at)
	scan(2, "LINE", "A", "X9", "first words", at)
	scan(1, "LINE", "A", "ODD", "known to be unknown", at)
	scan(2, "LINE", "A", "", "strange", at)
	scan(1, "POST", "A", "OK", "another carrier's", at)
	scan(5, "LINE", "A", "X9", "later", "2026-11-17 00:00:00+00")
	var lines []string
	for _, u := range w.weekly().Unmapped {
		lines = append(lines, fmt.Sprintf("%s|%s|%s|%d", u.Carrier, u.Code, u.Text, u.N))
	}
	same(t, "unmapped", strings.Join(lines, "\n"), "LINE|X9|first words|4\nLINE||strange|2\nLINE|ODD|known to be unknown|1\nPOST|OK|another carrier's|1")

	w.insert("shipment_numbers", "", "", 1, row{"carrier": "LINE", "number": "A", "role": "line", "shipment_id": "s", "valid_from": at, "valid_to": "2026-11-11 00:00:00+00"})
	w.insert("shipment_numbers", "", "", 1, row{"number": "B", "role": "last_mile", "shipment_id": "s", "valid_from": at, "valid_to": "2027-01-01 00:00:00+00"})
	w.insert("shipment_numbers", "", "", 1, row{"number": "M", "role": "master", "shipment_id": "s", "valid_from": at, "valid_to": "2027-01-01 00:00:00+00"})
	scan(4, "LINE", "A", "OK", "", "2026-11-11 00:00:00+00") // the span is over
	scan(1, "LINE", "A", "OK", "", "2026-11-09 23:59:59+00") // and had not begun
	scan(1, "POST", "B", "OK", "", at)                       // any carrier may speak of it
	scan(1, "", "A", "OK", "", at)                           // a scan without a carrier
	scan(2, "POST", "M", "OK", "", at)                       // a master number is no alias
	same(t, "orphans", w.cell("orphans", "carrier, number, n"), "LINE A 5\nPOST A 3")
	trust := w.weekly().Trust
	if trust.Orphans != 8 || trust.Events != 22 {
		t.Errorf("trust %+v", trust)
	}
}

// onWay inserts a parcel with its order, on the way since 5 November.
func (w *world) onWay(name string, more row) {
	w.t.Helper()
	created, moved := "2026-11-01 00:00:00+00", "2026-11-05 00:00:00+00"
	p := row{"label_at": created, "handed_over_at": moved, "first_scan_at": moved, "picked_up_at": moved, "last_event_at": "2026-11-16 07:00:00+00"}
	for k, v := range more {
		p[k] = v
	}
	w.carry("parcel "+name, name, row{"created_at": created, "handed_over_at": moved, "dispatched_at": moved}, p)
}

// TestActionReasons: each cause speaks while it is the newest thing known of a parcel.
func TestActionReasons(t *testing.T) {
	w := newWorld(t, "2026-11-16 08:00:00+00")
	w.policy("tiktok", "tiktok_us")
	before, at := "2026-11-15 00:00:00+00", "2026-11-15 12:00:00+00"
	soon, later, past := "2026-11-18 08:00:00+00", "2026-11-18 08:00:01+00", "2026-11-15 08:00:00+00"
	w.onWay("address", row{"address_problem_at": at, "last_event_at": at, "deliver_before_at": later})
	w.onWay("address solved", row{"address_problem_at": before, "last_event_at": at})
	w.onWay("address and due", row{"address_problem_at": at, "last_event_at": at, "deliver_before_at": soon})
	w.onWay("address and overdue", row{"address_problem_at": at, "last_event_at": at, "deliver_before_at": past})
	w.onWay("attempt", row{"attempt_failed_at": at, "last_event_at": at})
	w.onWay("second attempt", row{"attempt_failed_at": before, "last_event_at": at, "last_milestone": 130})
	w.onWay("out again", row{"attempt_failed_at": before, "last_event_at": at, "last_milestone": 120})
	w.onWay("returning", row{"returning_at": before, "last_event_at": at, "address_problem_at": at})
	w.onWay("returned", row{"returning_at": before, "last_event_at": at, "terminal": "returned", "terminal_at": at})
	w.onWay("delivered", row{"address_problem_at": at, "last_event_at": at, "delivered_at": at, "terminal": "delivered", "terminal_at": at})
	w.onWay("not yet", row{"returning_at": "2026-11-16 08:00:01+00"})
	list := func() string {
		var lines []string
		for _, a := range w.weekly().Actions {
			if a.Since == nil || a.Shipment != "parcel "+a.Order {
				t.Errorf("%+v", a)
				continue
			}
			lines = append(lines, fmt.Sprintf("%s|%s|%s|%s|%g", a.Reason, a.Order, a.Since.Format("01-02 15:04"), a.Node, a.ExcessHours))
		}
		return strings.Join(lines, "\n")
	}
	same(t, "reasons", list(), ""+
		"bad_address|address and due|11-15 12:00||0\n"+
		"bad_address|address|11-15 12:00||0\n"+
		"attempt_failed|attempt|11-15 12:00||0\n"+
		"attempt_failed|second attempt|11-15 12:00||0\n"+
		"returning|returning|11-15 00:00||0\n"+
		"bad_address|address and overdue|11-15 12:00||0")
	// what came later than an as-of in the past is no reason there
	w.asOf("2026-11-15 06:00:00+00")
	same(t, "as of the day before", list(), ""+
		"due_soon|address and overdue|11-13 08:00||0\n"+
		"bad_address|address solved|11-15 00:00||0\n"+
		"attempt_failed|out again|11-15 00:00||0\n"+
		"attempt_failed|second attempt|11-15 00:00||0\n"+
		"returning|returned|11-15 00:00||0\n"+
		"returning|returning|11-15 00:00||0\n"+
		// of these the newest milestone before that day is the pickup
		"silent|address and due|11-12 00:00||0\n"+
		"silent|address|11-12 00:00||0\n"+
		"silent|attempt|11-12 00:00||0\n"+
		"silent|delivered|11-12 00:00||0\n"+
		"silent|not yet|11-12 00:00||0")
}

func TestActionReasonsAreAClosedList(t *testing.T) {
	text := readFile(t, "../../queries/cells/actions.sql")
	for _, r := range Reasons {
		if !strings.Contains(text, "'"+r+"'") {
			t.Errorf("the cell knows no reason %s", r)
		}
		for _, lang := range []string{"zh", "en"} {
			words := readFile(t, "../../reports/words/"+lang+".yaml")
			for _, key := range []string{"reason.", "step."} {
				if !strings.Contains(words, "\n"+key+r+": ") {
					t.Errorf("words/%s.yaml lacks %s%s", lang, key, r)
				}
			}
		}
	}
}

// decide adds one row of what a person decided.
func (w *world) decide(r row) {
	w.t.Helper()
	full := row{"seq": 1, "platform": nil, "shop_id": nil, "order_id": nil, "shipment_id": nil, "reason": nil, "done_at": nil, "until_at": nil, "note": nil}
	for k, v := range r {
		full[k] = v
	}
	w.exec(`insert into decisions values (?, ?, ?, ?, ?, ?, cast(? as timestamptz), cast(? as timestamptz), ?)`, full["seq"], full["platform"], full["shop_id"],
		full["order_id"], full["shipment_id"], full["reason"], full["done_at"], full["until_at"], full["note"])
}

func TestDecisionsHideActions(t *testing.T) {
	w := newWorld(t, "2026-11-16 08:00:00+00")
	w.policy("tiktok", "tiktok_us")
	created, moved := "2026-11-01 00:00:00+00", "2026-11-05 00:00:00+00"
	silent := func() row { // silent since 2026-11-12 00:00
		return row{"label_at": created, "handed_over_at": moved, "first_scan_at": moved, "picked_up_at": moved, "last_event_at": moved, "tracking_number": "N"}
	}
	for _, id := range []string{"a", "b", "c"} {
		w.carry("p-"+id, "o-"+id, row{"created_at": created, "handed_over_at": moved, "dispatched_at": moved}, silent())
	}
	// overdue for dispatch since 2026-11-04: the row is the order's and stands for its parcel
	w.carry("p-late", "o-late", row{"created_at": created, "dispatch_before_at": "2026-11-04 00:00:00+00"}, row{"label_at": created, "tracking_number": "L"})
	list := func() string {
		t.Helper()
		w.weeks()
		got, err := Actions(t.Context(), w.e, w.in, true)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, a := range got.Actions {
			until := ""
			if a.Until != nil {
				until = a.Until.Format("01-02")
			}
			lines = append(lines, strings.Join(strings.Fields(strings.Join([]string{a.Order, a.Reason, a.Since.Format("01-02 15:04"), a.Hidden, until, a.Note}, " ")), " "))
		}
		return fmt.Sprintf("%d %d\n", got.Shown, got.Hidden) + strings.Join(lines, "\n")
	}
	const late, a, b, c = "o-late overdue_undispatched 11-04 00:00", "o-a silent 11-12 00:00", "o-b silent 11-12 00:00", "o-c silent 11-12 00:00"
	same(t, "nothing decided", list(), strings.Join([]string{"4 0", late, a, b, c}, "\n"))
	w.decide(row{"shipment_id": "p-a", "done_at": "2026-11-12 00:00:00+00"}) // at the very instant: the reason held
	w.decide(row{"shipment_id": "p-b", "done_at": "2026-11-11 23:59:59+00"}) // before: it holds anew
	w.decide(row{"platform": "tiktok", "shop_id": "shop-1", "order_id": "o-c", "until_at": "2026-11-16 08:00:01+00"})
	w.decide(row{"shipment_id": "p-late", "done_at": "2026-11-16 08:00:00+00", "reason": "silent"}) // of another reason
	w.decide(row{"shipment_id": "p-b", "note": "old"})
	w.decide(row{"seq": 2, "platform": "tiktok", "shop_id": "shop-1", "order_id": "o-late", "note": "call"})
	w.decide(row{"seq": 3, "shipment_id": "p-b", "note": "new"})
	same(t, "decided", list(), strings.Join([]string{"2 2", late + " call", b + " new", a + " done", c + " snoozed 11-16"}, "\n"))
	w.decide(row{"shipment_id": "p-late", "done_at": "2026-11-16 08:00:00+00", "reason": "overdue_undispatched"})
	w.decide(row{"shipment_id": "p-a", "done_at": "2026-11-16 08:00:00+00"}) // twice is once
	same(t, "the parcel that an order's row stands for", list(), strings.Join([]string{"1 3", b + " new", late + " done call", a + " done", c + " snoozed 11-16"}, "\n"))
	page := w.weekly()
	if len(page.Actions) != 1 || page.ActionTotal != 1 || page.ActionHidden != 3 {
		t.Errorf("the page lists %d of %d, %d hidden", len(page.Actions), page.ActionTotal, page.ActionHidden)
	}
	// the snooze is over at its instant; a parcel that was heard of again and fell silent anew recurs
	w.exec("update shipment_facts set last_event_at = cast('2026-11-09 08:00:30+00' as timestamptz) where shipment_id = 'p-a'")
	w.asOf("2026-11-16 08:01:00+00")
	same(t, "later", list(), strings.Join([]string{"3 1", "o-a silent 11-16 08:00", b + " new", c, late + " done call"}, "\n"))
}

func TestFind(t *testing.T) {
	w := newWorld(t, monday16)
	w.insert("shipment_facts", "", "", 1, row{"shipment_id": "P-1"})
	w.insert("order_facts", "", "", 1, row{"platform": "tiktok", "shop_id": "s", "order_id": "5769000001"})
	w.insert("order_facts", "", "", 1, row{"platform": "tiktok", "shop_id": "t", "order_id": "5769000001"})
	for _, id := range []string{"P-1", "P-2"} {
		w.insert("shipment_numbers", "", "", 1, row{"number": "LP001234567", "role": "line", "shipment_id": id, "carrier": "c"})
	}
	w.insert("shipment_numbers", "", "", 1, row{"number": "LP001234567", "role": "reference", "shipment_id": "P-1"})
	for _, c := range []struct{ number, want string }{
		{" lp001234567 ", "[{LP001234567 line P-1   } {LP001234567 line P-2   }]"},
		{"p-1", "[{P-1 shipment P-1   }]"},
		{"5769000001", "[{5769000001 order  tiktok s 5769000001} {5769000001 order  tiktok t 5769000001}]"},
		{"LP001234576", `no parcel and no order goes by "LP001234576"; try: LP001234567`},
		{"'; drop table decisions", `no parcel and no order goes by "'; drop table decisions"`},
		{"", `no parcel and no order goes by ""`},
	} {
		got, err := Find(t.Context(), w.e, w.in, c.number)
		text := fmt.Sprint(got)
		if err != nil {
			text = err.Error()
		}
		same(t, c.number, text, c.want)
	}
}
