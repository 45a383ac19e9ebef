package model_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waybill/pipeline/load"
	"waybill/pipeline/run"
)

// world is a workspace whose orders take their channel from the sellers of
// their lines, and whose parcels take it from the orders.
type world struct {
	t   *testing.T
	dir string
}

var files = map[string]string{
	"waybill.yaml": "workspace: w\n",
	"feeds/orders.yaml": `feed: orders
source: {folder: inbox/orders, files: ["*.csv"]}
format: csv
exported_at: {filename: '(\d{8})', format: '%Y%m%d'}
outputs:
  - table: orders_in
    columns: {platform: {value: p}, shop_id: {value: s}, order_id: {from: order}, created_at: {from: created}, channel: {from: channel}}
  - table: shipments_in
    columns: {shipment_id: {from: order}, platform: {value: p}, shop_id: {value: s}, order_id: {from: order}, label_at: {from: created}}
`,
	"feeds/lines.yaml": `feed: lines
source: {folder: inbox/lines, files: ["*.csv"]}
format: csv
outputs:
  - table: order_lines_in
    columns: {platform: {value: p}, shop_id: {value: s}, order_id: {from: order}, line_id: {from: line}, seller: {from: seller}}
`,
	"feeds/sellers.yaml": `feed: sellers
source: {folder: inbox/sellers, files: ["*.csv"]}
format: csv
exported_at: {filename: '(\d{8})', format: '%Y%m%d'}
outputs:
  - table: x_sellers_in
    columns: {seller: {from: seller}, state: {from: state}}
`,
	"data/schema/x_sellers_in.yaml": `table: x_sellers_in
kind: observation
doc: Sellers.
key: [seller]
columns:
  - {name: seller, type: varchar, required: true, doc: "Seller"}
  - {name: state, type: varchar, doc: "State"}
`,
	"data/schema/x_sellers.yaml": "table: x_sellers\nkind: current\nof: x_sellers_in\ndoc: Sellers now.\n",
	"queries/staging/05_orders.sql": `-- name: sellers
-- purpose: channel of the first line's seller
-- grain: one row per order
-- output: completes orders
-- inputs: orders, order_lines by orders, x_sellers
select o.platform, o.shop_id, o.order_id, min_by(s.state, l.line_id) as channel
from orders as o
join order_lines as l on l.platform = o.platform and l.shop_id = o.shop_id and l.order_id = o.order_id
join x_sellers as s on s.seller = l.seller
group by o.platform, o.shop_id, o.order_id
`,
	"queries/staging/06_records.sql": `-- name: parcels_of_orders
-- purpose: a parcel's channel is its order's
-- grain: one row per shipment record
-- output: completes shipment_records
-- inputs: shipment_records, orders by orders
select r.shipment_key, r.platform, r.shop_id, r.order_id, o.channel
from shipment_records as r
join orders as o on o.platform = r.platform and o.shop_id = r.shop_id and o.order_id = r.order_id
`,
	"inbox/orders/20250201.csv":  "order,created,channel\n1,2025-01-01T00:00:00Z,\n2,2025-01-02T00:00:00Z,\n3,2025-01-03T00:00:00Z,own\n",
	"inbox/sellers/20250201.csv": "seller,state\na,SP\nb,RJ\n",
	"inbox/lines/none.txt":       "",
}

func newWorld(t *testing.T) world {
	w := world{t, t.TempDir()}
	for name, text := range files {
		w.write(name, text)
	}
	return w
}

func (w world) write(name, text string) {
	w.t.Helper()
	p := filepath.Join(w.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func (w world) runner() *run.Runner {
	w.t.Helper()
	r, err := run.Open(w.dir, run.Env{Stderr: io.Discard, Getenv: func(string) string { return "" }, Now: func() time.Time { return time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC) },
		Fail: func(string) {}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Pid: os.Getpid(), Host: "test"})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// ingest must rebuild all or only what is touched, as said.
func (w world) ingest(req load.Request, full bool) run.Outcome {
	w.t.Helper()
	out, err := w.runner().Ingest(context.Background(), "test", req)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(out.Issues) > 0 || out.Touched == nil || out.Touched.Full != full {
		w.t.Fatalf("issues %v, touched %+v, want full %v", out.Issues, out.Touched, full)
	}
	return out
}

type rows struct{ b strings.Builder }

func (s *rows) Head([]run.Column) error { return nil }
func (s *rows) End() error              { return nil }
func (s *rows) Row(v []any) error       { fmt.Fprintln(&s.b, v...); return nil }

func (w world) query(q string) string {
	w.t.Helper()
	s := &rows{}
	if err := w.runner().SQL(context.Background(), run.View{}, run.Question{Query: q}, s); err != nil {
		w.t.Fatal(err)
	}
	return strings.TrimSpace(s.b.String())
}

// channels holds what orders and their parcels say, and that a full build says
// no other thing of any row.
func (w world) channels(want string) {
	w.t.Helper()
	for _, q := range []string{
		"select string_agg(order_id || '=' || coalesce(channel, ''), ' ' order by order_id) from order_facts",
		"select string_agg(order_id || '=' || coalesce(channel, ''), ' ' order by order_id) from orders",
		"select string_agg(shipment_id || '=' || coalesce(channel, ''), ' ' order by shipment_id) from shipment_facts",
	} {
		if got := w.query(q); got != want {
			w.t.Errorf("%s\ngot  %s\nwant %s", q, got, want)
		}
	}
	const all = `select (select sum(hash(o)) from orders as o), (select sum(hash(r)) from shipment_records as r), (select sum(hash(s)) from shipments as s),
 (select sum(hash(f)) from order_facts as f), (select sum(hash(f)) from shipment_facts as f)`
	before := w.query(all)
	w.ingest(load.Request{Full: true}, true)
	if after := w.query(all); after != before {
		w.t.Errorf("a full build gives other rows: %s, not %s", after, before)
	}
}

func TestCompleteFillsWhatAnExportLeavesEmpty(t *testing.T) {
	w := newWorld(t)
	w.ingest(load.Request{}, true)
	w.channels("1= 2= 3=own")

	// lines that come later touch the rows of their orders only
	w.write("inbox/lines/1.csv", "order,line,seller\n1,1,b\n1,2,a\n3,1,a\n")
	out := w.ingest(load.Request{}, false)
	if out.Touched.Orders != 2 {
		t.Errorf("touched %d orders, want those of the two with lines", out.Touched.Orders)
	}
	w.channels("1=RJ 2= 3=own")

	// an export of the orders that says nothing of the channel leaves it
	w.write("inbox/orders/20250301.csv", "order,created,channel\n1,2025-01-01T01:00:00Z,\n")
	w.ingest(load.Request{}, false)
	w.channels("1=RJ 2= 3=own")

	// whom a seller's new state touches is known to the query alone
	w.write("inbox/sellers/20250301.csv", "seller,state\nb,MG\n")
	w.ingest(load.Request{}, true)
	w.channels("1=MG 2= 3=own")

	for _, l := range out.Loads {
		w.ingest(load.Request{Undo: []string{l.LoadID}, NoNew: true}, false)
	}
	w.channels("1= 2= 3=own")
}

func TestOwnModel(t *testing.T) {
	w := newWorld(t)
	w.write("data/schema/x_channels.yaml", `table: x_channels
kind: model
doc: Orders by channel.
key: [channel]
columns:
  - {name: channel, type: varchar, doc: "Channel"}
  - {name: orders, type: bigint, doc: "Orders"}
  - {name: p_month, type: date, doc: "Partition"}
`)
	w.write("queries/models/40_x_channels.sql", `-- name: x_channels
-- purpose: orders by channel
-- grain: one row per channel
-- output: lake
-- inputs: order_facts
select coalesce(channel, 'none') as channel, count(*) as orders, cast(null as date) as p_month from order_facts group by 1
`)
	const q = "select string_agg(channel || '=' || orders, ' ' order by channel) from x_channels"
	w.ingest(load.Request{}, true)
	if got, want := w.query(q), "none=2 own=1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	w.write("inbox/lines/1.csv", "order,line,seller\n1,1,b\n2,1,a\n")
	w.ingest(load.Request{}, false)
	if got, want := w.query(q), "RJ=1 SP=1 own=1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestCompleteRefusals(t *testing.T) {
	const head = "-- name: q\n-- purpose: p\n-- grain: g\n"
	for _, c := range []struct{ name, query, want string }{
		{"output", "-- output: disk\n-- inputs: orders\nselect 1", `output "disk"; try: lake, memory or completes TABLE`},
		{"no contract", "-- output: lake\n-- inputs: orders\nselect 1", "no contract states table q; try: data/schema/q.yaml"},
		{"no current table", "-- output: completes order_facts\n-- inputs: orders\nselect 1", `"order_facts" is no current table; try: order_lines, orders`},
		{"reads a model", "-- output: completes orders\n-- inputs: orders, order_facts\nselect 1", `input "order_facts" is no current table`},
		{"bounded by what it has not", "-- output: completes orders\n-- inputs: orders, x_sellers by orders\nselect 1", `input "x_sellers" cannot be bounded by orders: x_sellers has no platform`},
		{"completed later", "-- output: completes order_lines\n-- inputs: order_lines, orders by orders\nselect 1", `input "orders" is completed by a later file`},
		{"no key", "-- output: completes orders\n-- inputs: orders\nselect platform, 'x' as channel from orders", "the result lacks shop_id of the key"},
		{"no such column", "-- output: completes orders\n-- inputs: orders\nselect platform, shop_id, order_id, 'x' as chanel from orders", `column "chanel" is none that orders takes; try: channel`},
		{"two rows for a key", "-- output: completes orders\n-- inputs: orders\nselect o.platform, o.shop_id, o.order_id, p.order_id as channel from orders as o cross join orders as p", "3 keys of orders have more than one row"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.write("queries/staging/04_q.sql", head+c.query)
			_, err := w.runner().Ingest(context.Background(), "test", load.Request{})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "queries/staging/04_q.sql") {
				t.Errorf("got %v, want the file and %s", err, c.want)
			}
		})
	}
}
