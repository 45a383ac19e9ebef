package feed_test

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"waybill/data"
	"waybill/pipeline/contract"
	"waybill/pipeline/engine/duckdb"
	"waybill/pipeline/feed"
)

// A map with else: reject refuses a value that it does not name, in every
// format; an empty cell and a sentinel are no value.
func TestElseReject(t *testing.T) {
	ctx := context.Background()
	schema, err := fs.Sub(data.FS, "schema")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := contract.Load(schema, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := duckdb.Open(ctx, duckdb.Options{Memory: 512 << 20, Threads: 1, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	const cells = "(values (1, 'S'), (2, 'lost'), (3, ''), (4, '-'), (5, null)) as v(n, s)"
	for _, c := range []struct {
		format string
		in     feed.Input
	}{
		{"csv", feed.Input{Columns: []string{"s"}, Relation: "(select s from " + cells + ")"}},
		{"ndjson", feed.Input{JSON: true, Relation: "(select n as _rn, to_json({s: s}) as record from " + cells + ")"}},
	} {
		f, err := feed.Parse("feeds/f.yaml", []byte(`feed: f
source: {folder: x, files: ["*"]}
format: `+c.format+`
sentinels: {"-": absent}
outputs:
  - table: orders_in
    columns:
      platform: {value: p}
      shop_id: {value: s}
      order_id: {value: o}
      order_status: {from: s, map: {S: shipped}, else: reject}
`), tables)
		if err != nil {
			t.Fatal(err)
		}
		p, err := f.Compile(f.Outputs[0], tables["orders_in"], c.in)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := e.Query(ctx, "select coalesce(order_status, '∅'), coalesce(_bad, -1), coalesce(_value, '∅') from ("+p.Select+")")
		if err != nil {
			t.Fatalf("%s: %v", c.format, err)
		}
		var got []string
		for rows.Next() {
			var status, value string
			var bad int
			if err := rows.Scan(&status, &bad, &value); err != nil {
				t.Fatal(err)
			}
			reason := "good"
			if bad > 0 {
				reason = p.Checks[bad-1].Reason
			}
			got = append(got, fmt.Sprintf("%s/%s/%s", status, value, reason))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
		want := "shipped/∅/good ∅/lost/has a value that the map of the feed does not name ∅/∅/good ∅/∅/good ∅/∅/good"
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.format, strings.Join(got, " "), want)
		}
	}
}
