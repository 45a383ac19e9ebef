package feed_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"waybill/pipeline/feed"
)

// What mending costs on clean cells: nanoseconds a row of a whole output, with
// and without it. WAYBILL_SPEED says how many rows to take.
func TestSpeed(t *testing.T) {
	n := os.Getenv("WAYBILL_SPEED")
	if n == "" {
		t.Skip("WAYBILL_SPEED is not set: a number of rows, such as 1000000")
	}
	var rows int
	if _, err := fmt.Sscan(n, &rows); err != nil || rows < 1 {
		t.Fatalf("WAYBILL_SPEED=%s", n)
	}
	ctx := context.Background()
	e := session(t)
	if err := e.Exec(ctx, fmt.Sprintf(`create table raw as select '5776' || lpad(cast(i as varchar), 14, '0') as "O", cast(i %% 1000 as varchar) || '.' || lpad(cast(i %% 100 as varchar), 2, '0') as "A",
 strftime(timestamp '2026-01-01' + to_seconds(i), '%%Y-%%m-%%d %%H:%%M:%%S') as "T", case when i %% 10 = 0 then strftime(timestamp '2026-01-01' + to_seconds(i), '%%m/%%d/%%Y %%H:%%M:%%S') else '' end as "S" from range(%d) as r(i)`, rows)); err != nil {
		t.Fatal(err)
	}
	in := feed.Input{Columns: []string{"O", "A", "T", "S"}, Relation: "raw"}
	for _, c := range []struct{ name, plain, mended string }{
		{"id", "order_id: {from: O, as: text}", "order_id: {from: O}"},
		{"money", "order_id: {value: x}\n      amount: {from: A}", "order_id: {value: x}\n      amount: {from: A, as: money}"},
		{"number", "order_id: {value: x}\n      amount: {from: A}", "order_id: {value: x}\n      amount: {from: A, as: number}"},
		{"trim", "order_id: {from: O, as: text}\n      city: {from: A}", "order_id: {from: O, as: text}\n      city: {from: A}\ntrim: true"},
	} {
		var best [2]time.Duration
		for i, columns := range []string{c.plain, c.mended} {
			f := parse(t, "format: csv\noutputs:\n  - table: orders_in\n    columns:\n      platform: {value: p}\n      shop_id: {value: s}\n      "+columns+"\n")
			p, err := f.Compile(f.Outputs[0], contracts(t)["orders_in"], in)
			if err != nil {
				t.Fatal(err)
			}
			for range 5 {
				at := time.Now()
				if err := e.Exec(ctx, "create or replace table typed as select order_id, amount, currency, city, created_at, shipped_at, _bad, _value from ("+p.Select+")"); err != nil {
					t.Fatal(err)
				}
				if d := time.Since(at); best[i] == 0 || d < best[i] {
					best[i] = d
				}
			}
		}
		t.Logf("%-8s plain %6.1f ns a row, mended %6.1f (%.2fx)", c.name, float64(best[0])/float64(rows), float64(best[1])/float64(rows), float64(best[1])/float64(best[0]))
	}
}
