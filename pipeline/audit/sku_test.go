package audit_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"waybill/pipeline/audit"
)

func TestSKUClasses(t *testing.T) {
	read := func(text string) ([]audit.SKUClass, error) {
		return audit.ReadSKUClasses(fstest.MapFS{"s.csv": {Data: []byte(text)}}, "data", "s.csv")
	}
	got, err := read("\ufeffsku,class\nMUG-1, mugs \nMUG-*,cups\n")
	if want := []audit.SKUClass{{SKU: "MUG-1", Class: "mugs"}, {SKU: "MUG-", Class: "cups", Start: true}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v (%v)", got, err)
	}
	if got, err := audit.ReadSKUClasses(fstest.MapFS{}, "data", "s.csv"); got != nil || err != nil {
		t.Errorf("%v (%v)", got, err)
	}
	for text, want := range map[string]string{
		"sku;class\n": `data/s.csv:1:1: the header is "sku;class"; try: sku,class`, "": "data/s.csv:1:1",
		"sku,class\nA,b\nA,c\n":   "data/s.csv:3:1: the class of A stands in line 2 already",
		"sku,class\nA\n":          "data/s.csv:2:1: 1 cells; try: 2",
		"sku,class\n,x\n":         "data/s.csv:2:1: a SKU or its class is empty",
		"sku,class\n\"A,b\nC,d\n": "data/s.csv:",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// slicesClose holds, after an audit, which class a parcel is of, and that the
// identity closes on each class and channel. It spoils priced_units.
func slicesClose(t *testing.T, a *audit.Auditor) {
	t.Helper()
	ctx := context.Background()
	want := map[string]string{}
	for i, p := range column(t, a, "select distinct shipment_id from audit_lines where shipment_id is not null order by 1") {
		lines := [][2]string{{"MUG-1", ""}, {"MUG-22", ""}, {"HAT-1", ""}, {"MUG-1", "hats"}, {"BAG", ""}}[i%5 : i%5+1]
		want[p] = []string{"mugs", "cups", "hats", "hats", "unknown"}[i%5]
		switch i % 7 {
		case 5:
			lines, want[p] = append(lines, [2]string{"BAG", "bags"}), "mixed"
		case 6:
			lines, want[p] = nil, ""
		}
		if err := a.Engine.Exec(ctx, "delete from order_shipments where shipment_id = ?", p); err != nil {
			t.Fatal(err)
		}
		if err := a.Engine.Exec(ctx, "insert into order_shipments (platform, shop_id, order_id, shipment_id, role) values ('x', 's', ?, ?, 'outbound')", p, p); err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			if err := a.Engine.Exec(ctx, "insert into order_lines (platform, shop_id, order_id, sku, sku_class) values ('x', 's', ?, ?, nullif(?, ''))", p, l[0], l[1]); err != nil {
				t.Fatal(err)
			}
		}
	}
	a.SKUs = []audit.SKUClass{{SKU: "MUG-1", Class: "mugs"}, {SKU: "MUG-", Class: "cups", Start: true}, {SKU: "HAT", Class: "hats", Start: true}, {SKU: "H", Class: "none", Start: true}}
	if err := a.Slices(ctx); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for p := range want {
		got[p] = strings.Join(column(t, a, "select sku_class from sku_classes where shipment_id = '"+p+"'"), ",")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, by := range []string{"sku_class", "channel", "provider", "bill_month", "bill_no", "charge"} {
		if bad := column(t, a, "select coalesce("+by+" :: varchar, '-') from audit_slices group by "+by+", currency having sum(case part when 'billed' then amount_e8 else -amount_e8 end) <> 0"); len(bad) > 0 {
			t.Errorf("by %s: %v does not close", by, bad)
		}
	}
	if n := column(t, a, "select cast((select sum(amount_e8) from claimed_slices) - (select sum(delta_e8) from findings where confidence = 'hard' and takes in ('lines', 'effects')) as varchar)"); n[0] != "0" {
		t.Errorf("claimed is off by %s", n[0])
	}
	if err := a.Engine.Exec(ctx, "update priced_units set quoted_e8 = quoted_e8 + 1000000 where is_quoted and stage in (select stage from bill_stages where shipment_id = (select min(shipment_id) from sku_classes where sku_class = 'mugs'))"); err != nil {
		t.Fatal(err)
	}
	if bad := column(t, a, "select distinct sku_class from audit_slices group by sku_class, currency having sum(case part when 'billed' then amount_e8 else -amount_e8 end) <> 0"); !slices.Equal(bad, []string{"mugs"}) {
		t.Errorf("a cent too much of a mug's quote shows on %v", bad)
	}
}
