package examples_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/pipeline/metric"
)

const matched = "compare: {strata: [weight_band, month], min_n: 5}\n"

// destinations holds the weights of parcels, and the states of the report channels
// crude and at the same mix, to the figures of testdata/olist_destinations.py: as
// the workspace matches parcels, and by the built-in rules, whose months give way.
func (w workspace) destinations() {
	w.t.Helper()
	_, weights, _ := strings.Cut(w.run("sql", "--output", "csv", `select printf('weighed %d of %d grams %d least %d most %d',
  count(weight_g), count(*), cast(sum(weight_g) as bigint), cast(min(weight_g) as bigint), cast(max(weight_g) as bigint)) as line from shipment_facts`), "\n")
	got := weights + w.compared()
	config := filepath.Join(w.dir, "waybill.yaml")
	text := w.read(config)
	if !strings.Contains(text, matched) {
		w.t.Fatalf("waybill.yaml does not say %q", matched)
	}
	w.write(config, strings.Replace(text, matched, "", 1))
	got += w.compared()
	w.write(config, text)
	if want := w.read(filepath.Join("testdata", "olist_destinations.txt")); got != want {
		w.t.Errorf("destinations:\n%s\nwant\n%s", got, want)
	}
}

// compared prints the destinations as the oracle does, the pairs of the largest.
func (w workspace) compared() string {
	w.t.Helper()
	var report metric.Channels
	if err := json.Unmarshal([]byte(w.run("report", "channels", "--period", "2017-W01..2018-W35", "--json")), &report); err != nil {
		w.t.Fatal(err)
	}
	d := report.Destinations
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s least %d common %.6f strata %d\n", strings.Join(d.Strata, " "), report.Rules.MinN, d.Common, d.Cells)
	for _, g := range d.Groups {
		if g.Adjusted == nil {
			if g.Why != "left_out" && g.Why != "small" {
				w.t.Errorf("%s is not adjusted: %q", g.Key, g.Why)
			}
			continue
		}
		fmt.Fprintf(&b, "%s %d/%d crude %.6f adjusted %.6f common %.6f\n", g.Key, g.OnTime, g.Due, g.Crude.Value, g.Adjusted.Value, g.Common)
		if g.Adjusted.Low >= g.Adjusted.Value || g.Adjusted.High <= g.Adjusted.Value {
			w.t.Errorf("%s: interval %+v", g.Key, g.Adjusted)
		}
	}
	// pairs come by verdict; here in the order of the groups
	first := d.Groups[0].Key
	for _, g := range d.Groups {
		for _, p := range d.Pairs {
			switch {
			case p.A != first || p.B != g.Key:
			case p.Adjusted == nil:
				fmt.Fprintf(&b, "%s less %s crude %.6f nothing common\n", p.A, p.B, p.Crude.Value)
			default:
				fmt.Fprintf(&b, "%s less %s crude %.6f adjusted %.6f common %.6f strata %d\n", p.A, p.B, p.Crude.Value, p.Adjusted.Value, p.Common, p.Strata)
			}
		}
	}
	return b.String()
}

func (w workspace) read(path string) string {
	w.t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

func (w workspace) write(path, text string) {
	w.t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// The real export weighs all products. A parcel with one that nobody weighed has
// no weight, not that of the others, and gets it when the products file has it.
func TestOlistParcelWithoutWeight(t *testing.T) {
	exports := t.TempDir()
	t.Setenv("WAYBILL_REALDATA", exports)
	folder := filepath.Join(exports, "olist")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	w := workspace{t: t}
	const products = "product_id,product_weight_g\nlamp,700\nmug,300.5\nvase,\nnil,0\n"
	orders := "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date\n"
	for _, id := range []string{"both", "twice", "empty", "none", "zero", "other"} {
		orders += id + ",c,delivered,2018-03-01 10:00:00,2018-03-01 11:00:00,2018-03-02 09:00:00,2018-03-06 15:00:00,2018-03-20 00:00:00\n"
	}
	for name, text := range map[string]string{
		"orders":    orders,
		"customers": "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state\nc,u,01001,sao paulo,SP\n",
		"sellers":   "seller_id,seller_zip_code_prefix,seller_city,seller_state\ns,01001,sao paulo,SP\n",
		"products":  products,
		"order_items": "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n" +
			"both,1,lamp,s,2018-03-05 00:00:00,1,1\nboth,2,mug,s,2018-03-05 00:00:00,1,1\n" +
			"twice,1,mug,s,2018-03-05 00:00:00,1,1\ntwice,2,mug,s,2018-03-05 00:00:00,1,1\n" +
			"empty,1,lamp,s,2018-03-05 00:00:00,1,1\nempty,2,vase,s,2018-03-05 00:00:00,1,1\n" +
			"zero,1,lamp,s,2018-03-05 00:00:00,1,1\nzero,2,nil,s,2018-03-05 00:00:00,1,1\n" +
			"other,1,lamp,s,2018-03-05 00:00:00,1,1\nother,2,not_listed,s,2018-03-05 00:00:00,1,1\n",
	} {
		w.write(filepath.Join(folder, "olist_"+name+"_dataset.csv"), text)
	}
	w.dir = open(t, "olist").dir
	weights := func(name, want string) {
		w.figures([]figure{{name, "select shipment_id, coalesce(cast(weight_g as varchar), 'unknown') from shipment_facts order by shipment_id", want}})
	}
	weights("all items or none", "both,1000.5\nempty,unknown\nnone,unknown\nother,unknown\ntwice,601.0\nzero,unknown")
	w.absences(map[string]int64{"weight_g not_weighed": 1})
	w.write(filepath.Join(folder, "olist_products_dataset.csv"), strings.Replace(products, "vase,", "vase,50", 1))
	w.run("ingest")
	weights("weighed later", "both,1000.5\nempty,750.0\nnone,unknown\nother,unknown\ntwice,601.0\nzero,unknown")
}
