package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// oneOfEach has a column of every kind of value.
const oneOfEach = `select cast(1.5 as decimal(18,4)) as decimal, cast(0 as decimal(18,2)) as zero, cast(-172288.39 as decimal(18,2)) as money, null as nothing, '' as blank,
 date '2026-01-02' as day, timestamptz '2026-01-02 00:00:00+00' as midnight, timestamptz '2026-01-02 03:04:05.25+00' as instant, timestamp '2026-01-02 00:00:00' as local,
 time '10:00:00' as clock, [1, 2] as list, [cast(1.5 as decimal(9,2))] as decimals, [date '2026-01-02'] as days, {'a': 1, 'b': 'x'} as pair, map {'k': 1} as entries, 1e100 as double, true as yes,
 cast('170141183460469231731687303715884105727' as hugeint) as huge, 9007199254740993 as big, 'a,"b"' as text, uuid '6ba7b810-9dad-11d1-80b4-00c04fd430c8' as id, cast('nan' as double) as nan`

func TestSQLWritesValuesExactly(t *testing.T) {
	s := demoOf(t, seeds[0])
	const head = "decimal,zero,money,nothing,blank,day,midnight,instant,local,clock,list,decimals,days,pair,entries,double,yes,huge,big,text,id,nan\n"
	const row = `1.5000,0.00,-172288.39,,,2026-01-02,2026-01-02 00:00:00Z,2026-01-02 03:04:05.25Z,2026-01-02 00:00:00,10:00:00,"[1,2]","[""1.50""]","[""2026-01-02""]","{""a"":1,""b"":""x""}","{""k"":1}",1e+100,true,170141183460469231731687303715884105727,9007199254740993,"a,""b""",6ba7b810-9dad-11d1-80b4-00c04fd430c8,NaN` + "\n"
	if diff := cmp.Diff(head+row, s.do("sql", oneOfEach)); diff != "" {
		t.Errorf("csv (-want +got):\n%s", diff)
	}
	out := s.do("sql", oneOfEach, "--output", "json")
	var got []map[string]any
	dec := json.NewDecoder(strings.NewReader(out))
	dec.UseNumber()
	if err := dec.Decode(&got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := []map[string]any{{"decimal": "1.5000", "zero": "0.00", "money": "-172288.39", "nothing": nil, "blank": "", "day": "2026-01-02", "midnight": "2026-01-02 00:00:00Z",
		"instant": "2026-01-02 03:04:05.25Z", "local": "2026-01-02 00:00:00", "clock": "10:00:00", "list": []any{json.Number("1"), json.Number("2")}, "decimals": []any{"1.50"},
		"days": []any{"2026-01-02"}, "pair": map[string]any{"a": json.Number("1"), "b": "x"}, "entries": map[string]any{"k": json.Number("1")}, "double": json.Number("1e+100"), "yes": true,
		"huge": "170141183460469231731687303715884105727", "big": json.Number("9007199254740993"), "text": `a,"b"`, "id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "nan": "NaN"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("json (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(out, "[\n {\"decimal\": ") {
		t.Errorf("json does not keep the order of columns: %.60s", out)
	}
}

func TestSQLOutputs(t *testing.T) {
	s := demoOf(t, seeds[0])
	for _, c := range []struct {
		name, query, output, want string
	}{
		{"no rows", "select 1 as x where false", "csv", "x\n"},
		{"no rows", "select 1 as x where false", "json", "[\n]\n"},
		// a reader of CSV skips an empty line, which would lose a row
		{"one NULL", "select unnest([1, null, 3]) as x", "csv", "x\n1\n\"\"\n3\n"},
		{"order", "select x from (values (3), (1), (2)) as t(x) order by x desc", "csv", "x\n3\n2\n1\n"},
		{"same names", "select 1 as a, 2 as a", "csv", "a,a\n1,2\n"},
		{"table", "select 'Ab' as Name, cast(2 as decimal(9,2)) as amount", "table", "┌──────┬────────┐\n│ Name │ amount │\n├──────┼────────┤\n│ Ab   │ 2.00   │\n└──────┴────────┘\n"},
		{"semicolon", "select 1 as x;", "csv", "x\n1\n"},
		{"comment behind", "select 1 as x -- one", "csv", "x\n1\n"},
		{"comment before", "-- the number\n-- one\nselect 1 as x", "csv", "x\n1\n"},
		{"from first", "from (values (1)) as t(x)", "csv", "x\n1\n"},
	} {
		if diff := cmp.Diff(c.want, s.do("sql", c.query, "--output", c.output)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	if got := s.do("sql", "select 1 as x", "--json"); got != "[\n {\"x\": 1}\n]\n" {
		t.Errorf("--json gives %q", got)
	}
	on := s
	on.terminal = true
	if got := on.do("sql", "select 1 as x"); !strings.HasPrefix(got, "┌") {
		t.Errorf("no table on a terminal: %q", got)
	}
	if got := on.do("sql", "select x from range(1001) as t(x)"); !strings.HasSuffix(got, "1000 of 1001 rows; try: --output csv\n") {
		t.Errorf("a long table ends with %q", got[max(0, len(got)-60):])
	}
	in := s
	in.stdin = "select 7 as x\n"
	if got := in.do("sql"); got != "x\n7\n" {
		t.Errorf("a query on standard input gives %q", got)
	}
}

func TestSQLWritesFiles(t *testing.T) {
	s := demoOf(t, seeds[0])
	dir := t.TempDir()
	file := filepath.Join(dir, "x.csv")
	if out := s.do("sql", "select 1 as x", "--to", file); out != "" {
		t.Errorf("prints %q", out)
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "x\n1\n" {
		t.Errorf("%q, %v", b, err)
	}
	file = filepath.Join(dir, "x.parquet")
	r := s.try("sql", "from order_facts", "--output", "parquet", "--to", file)
	b, err := os.ReadFile(file)
	if r.code != exitDone || err != nil || !strings.HasPrefix(string(b), "PAR1") || !strings.HasSuffix(string(b), "PAR1") {
		t.Errorf("exit %d, %d bytes, %v\n%s", r.code, len(b), err, r.err)
	}
	if want := s.truth().Orders; !strings.HasPrefix(r.err, s.rows("select count(*) from order_facts")[0][0]+" rows in ") || want == 0 {
		t.Errorf("says %q", r.err)
	}
	s.fails(exitUsage, "try: --to", "sql", "select 1", "--output", "parquet")
	s.fails(exitUsage, "try: csv, json, parquet or table", "sql", "select 1", "--output", "xml")
	s.fails(exitFailed, "no such file or directory", "sql", "select 1", "--to", filepath.Join(dir, "absent", "x.csv"))
}

func TestSQLReadsTheLakeAndNothingElse(t *testing.T) {
	s := demoOf(t, seeds[0])
	secret := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(secret, []byte("a\n4711\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(t.TempDir(), "out")
	const oneReading = "only one statement that reads"
	for _, q := range []string{"select 1; select 2", "copy (select 1) to '" + target + "'", "attach '" + target + "'", "install httpfs", "load httpfs", "pragma version", "set threads = 1",
		"drop table loads", "create table t as select 1", "insert into loads select * from loads", "delete from loads", "update loads set feed = ''", "export database '" + target + "'", "call pragma_version()",
		"use memory", "", " ; ", "-- nothing", "/* nothing */", "explain analyze select 1"} {
		s.fails(exitUsage, oneReading, "sql", q)
	}
	for _, q := range []string{"select * from read_csv('" + secret + "')", "select * from read_text('" + secret + "')", "select * from read_blob('" + secret + "')", "from '" + secret + "'",
		"select * from glob('" + filepath.Dir(secret) + "/*')", "select * from read_parquet('" + secret + "')", "select getenv('HOME')", "select * from sniff_csv('" + secret + "')",
		"select * from read_text('" + s.path("waybill.yaml") + "')", "select * from read_text('" + s.path("lake/../waybill.yaml") + "')", "select * from sqlite_scan('" + s.path("state/catalog.db") + "', 'loads')"} {
		r := s.try("sql", q)
		if r.code == exitDone || strings.Contains(r.out+r.err, "4711") || strings.Contains(r.out, "lake_format") {
			t.Errorf("%s: exit %d\n%s%s", q, r.code, r.out, r.err)
		}
	}
	if _, err := os.Stat(target); err == nil {
		t.Error("a query wrote a file")
	}
	s.fails(exitFailed, "selec", "sql", "selec 1")
	s.fails(exitFailed, "nope", "sql", "select nope from orders")
	s.fails(exitUsage, "unknown flag", "sql", "--nope", "select 1")
	s.fails(exitUsage, "at most 1 arg", "sql", "select 1", "select 2")
	s.fails(exitUsage, "try: 2026-11-16T00:00:00Z", "sql", "select 1", "--as-of", "yesterday")
	s.fails(exitFailed, "no version is named", "sql", "select 1", "--known-at", "99")
}

// contractColumns are those that later work stands on.
var contractColumns = map[string]string{
	"order_facts": "platform, shop_id, order_id, order_status, created_at, approved_at, dispatch_before_at, deliver_before_at, promise_date, promise_tz, handed_over_at, first_scan_at, delivered_at, cancelled_at, channel, state, due_week",
	"shipment_facts": "shipment_id, provider, channel, service_tier, direction, ship_week, first_scan_at, picked_up_at, export_customs_at, departed_at, arrived_at, import_customs_at, last_mile_at, delivered_at, " +
		"deliver_before_at, terminal, terminal_at, transit_hours",
	"order_lines":     "platform, shop_id, order_id, freight",
	"loads":           "load_id, feed, file, output, sha256, status, records, stored, repeats, rejected",
	"orders_as_of":    "on_time, outcome, age_hours",
	"shipments_as_of": "on_time, outcome, age_hours",
	"rejects":         "feed, file, record_no, line_no, column_name, value, reason, raw",
}

func TestDescribeShowsTheContract(t *testing.T) {
	s := demoOf(t, seeds[0])
	for table, columns := range contractColumns {
		have := map[string]string{}
		for _, r := range s.rows("describe " + table) {
			have[r[0]] = r[1]
		}
		for _, c := range strings.Split(columns, ", ") {
			if have[c] == "" {
				t.Errorf("%s has no column %s", table, c)
			}
			if strings.HasSuffix(c, "_at") && have[c] != "TIMESTAMP WITH TIME ZONE" {
				t.Errorf("%s.%s is %s", table, c, have[c])
			}
		}
	}
	for _, q := range []struct{ query, want string }{
		{"select distinct on_time from orders_as_of where on_time is not null order by 1", "no open yes"},
		{"select distinct outcome from shipments_as_of where outcome not in ('delivered', 'returned', 'lost', 'destroyed', 'cancelled', 'in_transit', 'no_scan')", ""},
		// a load is known by its feed and its file's hash
		{"select count(*) from loads where load_id <> feed || '-' || substr(sha256, 1, 12)", "0"},
	} {
		var got []string
		for _, r := range s.rows(q.query) {
			got = append(got, r[0])
		}
		if strings.Join(got, " ") != q.want {
			t.Errorf("%s: %q, want %q", q.query, got, q.want)
		}
	}
}
