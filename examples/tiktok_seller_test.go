package examples_test

import (
	"testing"
	"time"
)

// later sets the clock behind the samples of an example that brings its own:
// open only asks whether the folder of real exports is set.
func later(t *testing.T, at time.Time) {
	t.Helper()
	before := clock
	clock = at
	t.Cleanup(func() { clock = before })
	t.Setenv("WAYBILL_REALDATA", t.TempDir())
}

func TestTikTokSeller(t *testing.T) {
	later(t, time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC))
	w := open(t, "tiktok_seller")
	w.figures([]figure{
		{"records by output", "select feed, output, records, stored, repeats, rejected from loads order by feed, output",
			"orders,lines,10,10,0,0\norders,orders,8,8,0,0\norders,parcels,6,6,0,0\nreturns,parcels,1,1,0,0\ntracking,last_mile,0,0,0,0\ntracking,scans,23,23,0,0"},
		{"orders by status", "select order_status, count(*) from orders_as_of group by 1 order by 1",
			"awaiting_collection,1\nawaiting_shipment,1\ncancelled,1\ncompleted,4\nin_transit,1"},
		{"two business days to dispatch, six to deliver, without the holiday", "select order_id, cast(dispatch_before_at as varchar), cast(deliver_before_at as varchar) from order_facts where order_id in ('577000000000000001', '577000000000000004') order by 1",
			"577000000000000001,2026-10-08 07:00:00+00,2026-10-15 07:00:00+00\n577000000000000004,2026-10-10 07:00:00+00,2026-10-17 07:00:00+00"},
		{"due and delivered in time, by week", "select due_week, count(*), count(*) filter (where on_time = 'yes'), count(*) filter (where on_time = 'no') from orders_as_of where not excluded_due group by 1 order by 1",
			"2026-10-12,4,3,1\n2026-10-19,2,0,0\n2026-10-26,1,0,0"},
		{"dispatched late", "select order_id from order_facts where dispatched_at >= dispatch_before_at", "577000000000000003"},
		{"pickup to delivery", "select tracking_number, printf('%.2f', transit_hours / 24) from shipment_facts where transit_hours is not null order by transit_hours",
			"9400000000000000000011,2.93\nUUS0000000000000014,5.10\n9400000000000000000012,5.87\n9400000000000000000013,9.76"},
		{"the return belongs to its order", "select s.tracking_number, s.role, s.direction, s.events, o.order_id from shipment_facts as s join order_shipments as o using (shipment_id) where s.role = 'return'",
			"9400000000000000000091,return,return,1,577000000000000003"},
		{"money of lines and orders", "select (select cast(sum(price * quantity) as varchar) from order_lines), (select cast(sum(freight) as varchar) from order_lines), (select cast(sum(amount) as varchar) from orders)",
			"117.7000,23.9400,141.6400"},
		{"scans, and those of a code that is made up", "select sum(events), sum(unmapped) from shipment_facts", "23,2"},
		{"a leading zero stays", "select postal_code from orders where order_id = '577000000000000004'", "02139"},
	})
	w.status("2026-10-19T17:45:00Z", map[string]string{"orders": "2026-10-19T17:45:00Z", "returns": "", "tracking": "2026-10-19T17:45:00Z"})
	w.again()
}
