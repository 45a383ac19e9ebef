package examples_test

import "testing"

func TestFedExIndia(t *testing.T) {
	w := open(t, "fedex_india")
	w.figures([]figure{
		{"records by output", "select output, records, stored, repeats, rejected from loads order by output", "scans,1240,1205,35,0\nshipments,99,99,0,0"},
		{"scans stored, all with the zone of an epoch", "select count(*), count(*) filter (where tz_source = 'epoch') from tracking_events", "1205,1205"},
		{"scans by code, repeats left out", "select code, count(*) as n from tracking_events group by code having n < 100 order by n desc, code",
			"DL,99\nOC,99\nPU,99\nOD,96\nDP,84\nDE,42\nAF,19\nAS,1\nSE,1"},
		{"all delivered", "select count(*), count(*) filter (where outcome = 'delivered') from shipments_as_of", "99,99"},
		{"pickup to delivery", "select printf('%.4f %.4f %.4f %.3f %.3f', avg(d), quantile_cont(d, 0.5), quantile_cont(d, 0.9), max(d), min(d)) from (select transit_hours / 24 as d from shipment_facts)",
			"3.9169 3.8854 6.3131 22.678 0.639"},
		{"first attempt succeeded", "select count(*) from shipment_facts where attempt_failed_at is null", "68"},
		{"delivered without a scan out for delivery", "select count(*) from shipment_facts where out_for_delivery_at is null", "21"},
		{"scans after the delivery", "select count(*) from shipment_facts where scans_after_delivered > 0", "7"},
		{"a code that no map knows is counted", "select sum(unmapped) from shipment_facts", "1"},
		{"weights as measured", "select weight_unit, count(*) from shipments group by weight_unit order by weight_unit", "kg,98\nlb,1"},
		{"grams of the parcel in pounds", "select s.weight, printf('%.2f', f.weight_g) from shipments as s join shipment_facts as f on f.shipment_id = s.shipment_id where s.weight_unit = 'lb'", "38.0000,17236.51"},
		{"a list element that SQL picks: tendered at the pickup", "select count(*) filter (where s.shipped_at = f.picked_up_at) > 90 from shipments as s join shipment_facts as f on f.shipment_id = s.shipment_id", "true"},
	})
	w.status("2021-07-15T12:53:00Z", map[string]string{"tracking": "2021-07-15T12:53:00Z"})
	w.again()
}
