package metric

import (
	"strings"
	"testing"
)

// What counts as dispatch changed on 2026-01-12: an uploaded number before, the
// carrier's scan since. The order's creation decides, through the model.
func TestDispatchDefinitions(t *testing.T) {
	w := newWorld(t, "2026-02-02 08:00:00+00")
	w.policy("tiktok", "tiktok_us")
	for _, name := range []string{"orders"} {
		var cols []string
		for _, c := range w.set[name].Stored() {
			cols = append(cols, c.Name+" "+c.Type)
		}
		w.exec("create table " + name + " (" + strings.Join(cols, ", ") + ")")
	}
	w.exec(`create table order_deadlines (platform varchar, shop_id varchar, order_id varchar, dispatch_before_at timestamptz, deliver_before_at timestamptz,
		promise_date date, promise_tz varchar, deadline_source varchar, zone varchar)`)
	w.exec(`create table dispatch_stops as select 'tiktok' as platform, order_type, from_at, to_at, stop from clocks where clock = 'dispatch'`)
	add := func(n int, prefix, created, uploaded, scanned, before string) {
		w.insert("orders", "order_id", prefix, n, row{"platform": "tiktok", "shop_id": "shop-1", "fulfilment": "seller", "order_type": "regular",
			"created_at": created, "approved_at": created, "tracking_uploaded_at": uploaded, "shipped_at": scanned})
		w.exec(`insert into order_deadlines select platform, shop_id, order_id, cast(? as timestamptz), null, null, null, 'none', 'America/Los_Angeles'
			from orders where starts_with(order_id, ?)`, before, prefix)
	}
	// uploaded in time, scanned late
	add(96, "a", "2026-01-06 20:00:00+00", "2026-01-07 20:00:00+00", "2026-01-14 20:00:00+00", "2026-01-09 08:00:00+00")
	add(4, "b", "2026-01-06 20:00:00+00", "2026-01-09 20:00:00+00", "2026-01-09 20:00:00+00", "2026-01-09 08:00:00+00")
	add(9, "c", "2026-01-27 20:00:00+00", "2026-01-28 20:00:00+00", "2026-01-31 20:00:00+00", "2026-01-30 08:00:00+00")
	add(91, "d", "2026-01-27 20:00:00+00", "2026-01-28 20:00:00+00", "2026-01-29 20:00:00+00", "2026-01-30 08:00:00+00")
	facts := readFile(t, "../../queries/models/30_order_facts.sql")
	w.exec("insert into order_facts by name (" + facts + ")")
	got := w.weekly()
	same(t, "by upload", brief(point(t, got, "shop-1", "ldr", "2026-01-05")), "closed 4/100 open 0 out 0 unknown 0 target 0.04 met yes")
	same(t, "by scan", brief(point(t, got, "shop-1", "ldr", "2026-01-26")), "closed 9/100 open 0 out 0 unknown 0 target 0.04 met no")
}
