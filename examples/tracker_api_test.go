package examples_test

import "testing"

func TestTrackerAPI(t *testing.T) {
	w := open(t, "tracker_api")
	w.figures([]figure{
		{"records by output", "select feed, output, records, stored, repeats, rejected from loads where records > 0 order by feed, output",
			"aftership,scans,14,14,0,0\naftership,shipments,1,1,0,0\ntrack17_web,scans,4,4,0,0\ntrack17_web,shipments,1,1,0,0"},
		{"scans by source", "select feed, count(*) from tracking_events group by 1 order by 1", "aftership,14\ntrack17_web,4"},
		{"no code or text is unmapped", "select count(*), sum(unmapped) from shipment_facts", "2,0"},
		{"whose codes they are", "select distinct feed, code_system from tracking_events order by 1", "aftership,aftership\ntrack17_web,"},
	})
	w.again()
}
