package examples_test

import "testing"

func TestSCMS(t *testing.T) {
	w := open(t, "scms")
	w.figures([]figure{
		{"on time by the day", "select count(*) filter (where delivered_at < deliver_before_at), count(*) from shipments_as_of", "9138,10324"},
		{"by channel", "select channel, count(*) as n, printf('%.2f', 100.0 * count(*) filter (where on_time = 'yes') / count(*)), count(*) filter (where on_time = 'no') from shipments_as_of group by channel order by n desc",
			"Air,6113,90.40,587\nTruck,2830,83.92,455\nAir Charter,650,88.46,75\nOcean,371,82.48,65\nN/A,360,98.89,4"},
		{"days against the promise", "select count(*) filter (where d < 0), count(*) filter (where d = 0), printf('%.4f', avg(d)), median(d), min(d), max(d) from (select date_diff('day', promise_date, local_date(delivered_at, 'UTC')) as d from shipment_records)",
			"2814,6324,-6.0235,0,-372,192"},
		{"freight: only what is a number", "select count(cost_amount), cast(sum(cost_amount) as decimal(18,2)), median(cost_amount) from shipment_facts", "6198,68817849.41,5869.6550"},
		{"insurance", "select count(insurance_amount), cast(sum(insurance_amount) as decimal(18,2)) from shipments", "10037,2410060.61"},
		{"weight: only what is a number", "select count(weight), count(*) filter (where weight_unit = 'kg') from shipments", "6372,10324"},
		{"the second way to write a date", "select count(x_po_sent_on), count(*) filter (where x_po_sent_on > promise_date) from shipment_records", "4592,4"},
		{"groups of lines are no key", "select count(distinct reference_number) from shipment_records", "7030"},
		{"records", "select records, stored, repeats, rejected from loads", "10324,10324,0,0"},
	})
	w.absences(map[string]int64{
		"cost_amount in_another_line": 2445, "cost_amount in_commodity_cost": 1442, "cost_amount invoiced_separately": 239,
		"weight in_another_line": 2445, "weight stated_elsewhere": 1507,
		"x_po_sent_on from_stock": 5404, "x_po_sent_on not_captured": 328,
	})
	w.status("2015-09-14T00:00:00Z", map[string]string{"deliveries": "2015-09-14T00:00:00Z"})
	w.again()
}
