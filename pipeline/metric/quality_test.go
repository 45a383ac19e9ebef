package metric

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// heard inserts a parcel of LINE on channel std, and its scans.
func (w *world) heard(id string, p row, scans ...string) {
	w.t.Helper()
	r := row{"shipment_id": id, "platform": "tiktok", "shop_id": "shop-1", "channel": "std", "carrier": "LINE", "tracking_number": id,
		"picked_up_at": scans[0], "first_scan_at": scans[0], "handed_over_at": scans[0], "last_event_at": scans[len(scans)-1]}
	for k, v := range p {
		r[k] = v
	}
	w.insert("shipment_facts", "", "", 1, r)
	w.insert("shipment_numbers", "", "", 1, row{"carrier": "LINE", "number": id, "role": "line", "shipment_id": id, "valid_from": "1900-01-01 00:00:00+00", "valid_to": "9999-01-01 00:00:00+00"})
	for _, at := range scans {
		w.insert("tracking_events", "", "", 1, row{"carrier": "LINE", "tracking_number": id, "event_at": at, "p_month": at[:8] + "01"})
	}
}

func TestSilenceCell(t *testing.T) {
	w := newWorld(t, "2026-11-16 08:00:00+00")
	day := func(d int) string { return fmt.Sprintf("2026-11-%02d 08:00:00+00", d) }
	w.heard("gap", row{"delivered_at": day(8), "terminal": "delivered", "terminal_at": day(8)}, day(1), day(2), "2026-11-05 09:30:00+00", day(8), day(15)) // 73.5 h; scans after its end say nothing
	w.heard("unscanned end", row{"delivered_at": day(12), "terminal": "delivered", "terminal_at": day(12)}, day(1), day(2))                                // ten days to the delivery
	w.heard("open", nil, day(1), day(9), day(10))                                                                                                          // 192 h, silent for 144 h
	w.heard("quiet", nil, day(1), day(3))                                                                                                                  // its silence lasts: 312 h
	w.heard("lost", row{"terminal": "lost", "terminal_at": day(14)}, day(1), day(3))
	w.heard("return", row{"direction": "return"}, day(1), day(9))
	w.insert("tracking_events", "", "", 1, row{"carrier": "POST", "tracking_number": "quiet", "event_at": day(8), "p_month": "2026-11-01"}) // of another carrier
	w.insert("tracking_events", "", "", 1, row{"carrier": "LINE", "tracking_number": "open", "event_at": day(20), "p_month": "2026-11-01"}) // after the as-of
	same(t, "silence", w.cell("silence", "outcome, longest_hours, current_hours, start_days, n"), ""+
		"delivered 73 - - 1\n"+
		"delivered 240 - 14 1\n"+
		"ended 264 - 13 1\n"+
		"open 192 144 15 1\n"+
		"open 312 312 13 1")
	list, lost, err := w.tables().silence()
	if err != nil {
		t.Fatal(err)
	}
	s := list[0]
	if len(list) != 1 || s.Ended != 3 || s.Open != 2 || *s.P50 != 10 || *s.P95 != 11 || *s.NowP50 != 6 || *s.NowP95 != 13 {
		t.Errorf("%+v", s)
	}
	same(t, "lost", fmt.Sprint(lost), "[{std 0 0 0 0}]")
}

func TestPresume(t *testing.T) {
	followed := int64(lastLostDay + followDays)
	for _, c := range []struct {
		name  string
		spans []silentSpan
		want  Lost
	}{
		{"nobody", nil, Lost{}},
		{"99 are too few", []silentSpan{{30, followed, false, 99}}, Lost{}},
		{"100 of 100", []silentSpan{{30, followed, false, 100}}, Lost{Days: 7, Reached: 100}},
		{"1 of 100 was delivered after 7 days, none after 8", []silentSpan{{30, followed, false, 100}, {7, followed, true, 2}}, Lost{Days: 8, Reached: 100}},
		{"1 % is not under 1 %", []silentSpan{{30, followed, false, 99}, {30, followed, true, 1}}, Lost{}},
		{"1 of 101 is", []silentSpan{{30, followed, false, 100}, {30, followed, true, 1}}, Lost{Days: 7, Reached: 101, Delivered: 1}},
		{"not followed for long enough", []silentSpan{{30, 7 + followDays - 1, false, 100}}, Lost{}},
		{"just long enough", []silentSpan{{30, 7 + followDays, false, 100}}, Lost{Days: 7, Reached: 100}},
	} {
		if diff := cmp.Diff(c.want, presume(c.spans)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestLatency(t *testing.T) {
	w := newWorld(t, "2026-11-16 08:00:00+00")
	w.exec("insert into loads values ('a', timestamptz '2026-11-15 08:00:00+00'), ('a', timestamptz '2026-11-15 08:00:00+00'), ('b', null)")
	scan := func(n int, load, at string) {
		w.insert("tracking_events", "", "", n, row{"feed": "f-" + load, "load_id": load, "event_at": at, "tracking_number": "T", "p_month": "2026-11-01"})
	}
	scan(94, "a", "2026-11-15 07:00:00+00")
	scan(1, "a", "2026-11-15 08:00:00+00") // as it was made
	scan(5, "a", "2026-11-12 08:00:00+00")
	scan(2, "a", "2026-11-15 08:00:01+00") // after it was made
	scan(3, "b", "2026-11-12 08:00:00+00")
	list, err := w.tables().latency()
	if err != nil {
		t.Fatal(err)
	}
	one := 1.0
	if diff := cmp.Diff([]Latency{{Feed: "f-a", N: 100, P50: &one, P95: &one, Future: 2}, {Feed: "f-b", Unknown: 3}}, list); diff != "" {
		t.Error(diff)
	}
	odd, err := w.tables().anomalies(list, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []Anomaly{{Kind: "after_export", Feed: "f-a", N: 2, LookedAt: 102}, {Kind: "after_export", Feed: "f-b", Unknown: 3, Needs: "exported_at of the feed"},
		{Kind: "zip_mismatch", Needs: "tracking_events.postal_code"}}
	if diff := cmp.Diff(want, odd); diff != "" {
		t.Error(diff)
	}
}

func TestAnomalies(t *testing.T) {
	w := newWorld(t, "2026-11-16 08:00:00+00")
	w.policy("tiktok", "tiktok_us")
	created, scan := "2026-11-05 00:00:00+00", "2026-11-06 00:00:00+00"
	pair := func(name string, p row) {
		w.t.Helper()
		p["tracking_number"], p["carrier"] = name, "LINE"
		if p["label_at"] == nil {
			p["label_at"] = created
		}
		w.carry(name, "o "+name, row{"created_at": created}, p)
	}
	pair("early", row{"picked_up_at": scan, "departed_at": "2026-11-03 23:59:59+00", "negative_legs": 1})
	pair("a day", row{"picked_up_at": "2026-11-04 00:00:00+00", "negative_legs": 0})
	pair("no scan", row{})
	w.parcels(1, row{"label_at": created, "carrier": "LINE", "tracking_number": "no order", "picked_up_at": scan, "negative_legs": 2})
	w.parcels(1, row{"label_at": created, "carrier": "LINE", "picked_up_at": scan, "negative_legs": 2, "direction": "return"})
	// LINE delivers five in a second, POST four, HOUR all on the minute; BUSY delivers so many that five are plausible
	deliver := func(n int, carrier, at string, after int) {
		w.parcels(n, row{"label_at": created, "carrier": carrier, "tracking_number": carrier + at[11:19], "picked_up_at": scan, "negative_legs": 0, "delivered_at": at, "scans_after_delivered": after})
	}
	deliver(5, "LINE", "2026-11-10 10:00:01+00", 0)
	deliver(4, "LINE", "2026-11-10 10:00:02+00", 2)
	deliver(9, "HOUR", "2026-11-10 10:05:00+00", 0)
	deliver(5, "BUSY", "2026-11-10 10:00:01+00", 0)
	deliver(1795, "BUSY", "2026-11-10 10:30:30.5+00", 0)
	got := w.cell("anomalies", "kind, carrier, n, looked_at, unknown, example")
	same(t, "anomalies", got, ""+
		"after_delivered BUSY 0 1800 0 -\n"+
		"after_delivered HOUR 0 9 0 -\n"+
		"after_delivered LINE 4 9 0 LINE10:00:02\n"+
		"before_order BUSY 0 0 1800 -\n"+
		"before_order HOUR 0 0 9 -\n"+
		"before_order LINE 1 2 11 early\n"+
		"same_second BUSY 1795 1800 0 BUSY10:30:30\n"+
		"same_second HOUR 0 0 9 -\n"+
		"same_second LINE 5 9 0 LINE10:00:01\n"+
		"wrong_order BUSY 0 1800 0 -\n"+
		"wrong_order HOUR 0 9 0 -\n"+
		"wrong_order LINE 2 12 1 early")
	list, err := w.tables().anomalies(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var needs []string
	for _, a := range list {
		if a.Needs != "" {
			needs = append(needs, a.Kind+" "+a.Carrier+": "+a.Needs)
		}
	}
	same(t, "needs", strings.Join(needs, "\n"), "before_order BUSY: orders_in.created_at\nbefore_order HOUR: orders_in.created_at\n"+
		"same_second HOUR: tracking_events.event_at to the second\nzip_mismatch : tracking_events.postal_code")
}

func TestRestated(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 11, day, 8, 0, 0, 0, time.UTC) }
	closed, open := Week{ID: "2026-W45", Start: "2026-11-02", State: Closed}, Week{ID: "2026-W46", Start: "2026-11-09", State: Open}
	shown := func(day int, week string, num int64) Publication {
		return Publication{ReportID: fmt.Sprint("r-", day), AsOf: at(day), Platform: "tiktok", Shop: "s", Metric: "otdr", Week: week, Num: num, Den: 100}
	}
	shops := []Shop{{Platform: "tiktok", ID: "s", Series: []Series{{Metric: "otdr", Points: []Point{{Week: closed, Num: 81, Den: 100}, {Week: open, Num: 5, Den: 9}}}}}}
	for _, c := range []struct {
		name     string
		shown    []Publication
		compared int
		want     []Restatement
	}{
		{"nothing was shown", nil, 0, nil},
		{"nothing changed", []Publication{shown(9, "2026-11-02", 81)}, 1, nil},
		{"changed", []Publication{shown(9, "2026-11-02", 79), shown(11, "2026-11-02", 80)}, 1, []Restatement{{First: shown(9, "2026-11-02", 79), Shown: 2, Week: closed, Num: 81, Den: 100}}},
		{"changed and came back", []Publication{shown(9, "2026-11-02", 81), shown(11, "2026-11-02", 80)}, 1, nil},
		{"shown after the as-of", []Publication{shown(17, "2026-11-02", 79)}, 0, nil},
		{"an open week", []Publication{shown(9, "2026-11-09", 1)}, 0, nil},
		{"no longer there", []Publication{shown(9, "2026-01-05", 1)}, 0, nil},
	} {
		got, n := restated(Input{AsOf: at(16), Published: c.shown}, shops)
		if diff := cmp.Diff(c.want, got); diff != "" || n != c.compared {
			t.Errorf("%s: %d compared, %s", c.name, n, diff)
		}
	}
}

func TestBuildQuality(t *testing.T) {
	w := newWorld(t, "2026-11-16 16:00:00+00")
	w.policy("tiktok", "tiktok_us")
	w.in.Shops = []ShopName{{"tiktok", "shop-1", "One"}}
	w.in.Rejects = []Reject{{Feed: "b", N: 1}, {Feed: "a", N: 2}}
	w.orders(10, row{"deliver_before_at": "2026-11-12 08:00:00+00", "delivered_at": "2026-11-12 00:00:00+00"})
	w.stayed(800, "std", 48, nil)
	w.stayed(1, "std", 0, row{"picked_up_at": "2026-11-12 08:00:00+00"})
	w.insert("tracking_events", "", "", 3, row{"carrier": "LINE", "tracking_number": "nobody's", "event_at": "2026-11-10 00:00:00+00", "p_month": "2026-11-01", "feed": "f", "code": "X"})
	w.in.Published = []Publication{{AsOf: w.in.AsOf, Platform: "tiktok", Shop: "shop-1", Metric: "otdr", Week: "2026-11-09", Num: 9, Den: 10}}
	w.weeks()
	got, err := BuildQuality(context.Background(), w.e, w.in)
	if err != nil {
		t.Fatal(err)
	}
	if got.Week.ID != "2026-W46" || got.From != "2026-08-17" || got.Rejects[0].Feed != "a" || got.Compared != 1 || len(got.Restated) != 1 || got.Restated[0].Num != 10 ||
		len(got.Stalls) != 1 || got.StallTotal != 1 || got.Stalls[0].Shop != "One" || got.Near[0].Near != 10 || got.NearOrders[0].LeftHours != 8 ||
		got.Orphans[0] != (Orphan{"LINE", "nobody's", 3}) || got.Unmapped[0].N != 3 || got.Latency[0].Unknown != 3 || got.Trust.Orders != 10 {
		t.Errorf("%+v", got)
	}
	again, err := BuildQuality(context.Background(), w.e, w.in)
	if diff := cmp.Diff(got, again); diff != "" || err != nil {
		t.Errorf("a second time: %v %s", err, diff)
	}
}
