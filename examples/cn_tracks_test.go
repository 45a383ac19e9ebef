package examples_test

import "testing"

func TestCNTracks(t *testing.T) {
	w := open(t, "cn_tracks")
	w.figures([]figure{
		{"records of the scans", "select feed, records, stored, repeats, rejected from loads where output = 'scans' order by feed",
			"htky,10,10,0,0\nusps,8,7,1,0\nyto,9,9,0,0\nzto,10,10,0,0"},
		{"one parcel each, delivered", "select provider, terminal from shipment_facts order by provider", "HTKY,delivered\nUSPS,delivered\nYTO,delivered\nZTO,delivered"},
		{"picked up to signed, in days", "select provider, printf('%.2f', transit_hours / 24) from shipment_facts where provider <> 'USPS' order by provider",
			"HTKY,1.87\nYTO,1.19\nZTO,0.94"},
		{"no text is unmapped", "select sum(events), sum(unmapped), sum(negative_legs) from shipment_facts", "36,0,0"},
	})
	// the feed that reaches least far decides the as-of: the other parcels are of later years
	w.figures([]figure{{"parcels at the default as-of", "select provider from shipments_as_of", "USPS"}})
	w.again()
}
