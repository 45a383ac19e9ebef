package decode

import (
	"os"
	"path/filepath"
	"testing"
)

// TestRealExports reads what real systems wrote. Record counts are those of
// independent tools.
func TestRealExports(t *testing.T) {
	root := os.Getenv("WAYBILL_REALDATA")
	if root == "" {
		t.Skip("WAYBILL_REALDATA is not set: real exports are not tested")
	}
	for _, c := range []struct {
		file, path string
		columns    int
		records    int64 // of JSON; for CSV the number that Locate must still find
	}{
		{"olist/olist_orders_dataset.csv", "", 8, 8135},
		{"olist/olist_order_reviews_dataset.csv", "", 7, 8225},
		{"scms/SCMS_Delivery_History_Dataset.csv", "", 33, 10324},
		{"fedex_tracking/fedex_tracking_99.json", "$[*].trackDetails[*]", 0, 99},
		{"fedex_tracking/fedex_tracking_99.json", "$[*].trackDetails[*].events[*]", 0, 1240},
		{"tracker_api/aftership_get_tracking.json", "$.data.tracking", 0, 1},
		{"cn_tracks/kuaidi100_yto_trace.json", "$.data[*]", 0, 9},
	} {
		path := filepath.Join(root, filepath.FromSlash(c.file))
		tab, err := Inspect(t.Context(), path, Options{Records: c.path, TempDir: t.TempDir()})
		if err != nil {
			t.Errorf("%s %s: %v", c.file, c.path, err)
			continue
		}
		if tab.Format == JSON {
			if tab.Records != c.records {
				t.Errorf("%s %s: %d records, want %d", c.file, c.path, tab.Records, c.records)
			}
			continue
		}
		at, err := Locate(t.Context(), path, tab.Dialect, []int64{c.records, c.records + 1})
		if err != nil || len(tab.Columns) != c.columns || at[0].Record != c.records || at[1].Record != 0 {
			t.Errorf("%s: %d columns, last %+v, beyond %+v, %v", c.file, len(tab.Columns), at[0], at[1].Record, err)
		}
	}
}
