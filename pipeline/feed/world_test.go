package feed_test

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"waybill/data"
	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
	"waybill/pipeline/engine/duckdb"
	"waybill/pipeline/feed"
)

func contracts(t testing.TB) contract.Set {
	t.Helper()
	schema, err := fs.Sub(data.FS, "schema")
	if err != nil {
		t.Fatal(err)
	}
	set, err := contract.Load(schema, nil)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func session(t testing.TB) *duckdb.Engine {
	t.Helper()
	e, err := duckdb.Open(context.Background(), duckdb.Options{Memory: 512 << 20, Threads: 1, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// table makes the input of a file with these columns; ∅ is an empty cell.
func table(columns []string, rows ...[]string) feed.Input {
	var list []string
	for i, r := range rows {
		cells := []string{fmt.Sprint(i)}
		for _, c := range r {
			cells = append(cells, engine.Literal(strings.ReplaceAll(c, "∅", "")))
		}
		list = append(list, "("+strings.Join(cells, ", ")+")")
	}
	return feed.Input{Columns: columns, Relation: fmt.Sprintf("(select %[1]s from (values %[2]s) as v(_n, %[1]s) order by _n)", engine.Idents(columns), strings.Join(list, ", "))}
}

// records makes the input of a JSON file.
func records(texts ...string) feed.Input {
	var list []string
	for i, r := range texts {
		list = append(list, fmt.Sprintf("(%d, cast(%s as json))", i+1, engine.Literal(r)))
	}
	return feed.Input{JSON: true, Relation: "(select * from (values " + strings.Join(list, ", ") + ") as v(_rn, record))"}
}

// show runs an output of a feed and gives a line per record: the columns, or
// the reason why it is rejected with the failing cell.
func show(t testing.TB, e *duckdb.Engine, f *feed.Feed, output int, in feed.Input, columns ...string) []string {
	t.Helper()
	ctx := context.Background()
	o := f.Outputs[output]
	p, err := f.Compile(o, contracts(t)[o.Table], in)
	if err != nil {
		t.Fatal(err)
	}
	var casts []string
	for _, c := range columns {
		if !strings.Contains(c, "(") {
			c = engine.Ident(c)
		}
		casts = append(casts, fmt.Sprintf("coalesce(cast(%s as varchar), '∅')", c))
	}
	order := "row_number() over ()"
	if p.Numbered {
		order = "_rn"
	}
	var out []string
	err = e.InZone(ctx, f.Zone, func() error {
		rows, err := e.Query(ctx, fmt.Sprintf("select concat_ws('|', %s), coalesce(_bad, -1), coalesce(_value, '∅') from (select *, %s as _order from (%s)) order by _order", strings.Join(casts, ", "), order, p.Select))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var line, value string
			var bad int
			if err := rows.Scan(&line, &bad, &value); err != nil {
				return err
			}
			switch {
			case bad == 0:
				line = "! nothing identifies the record"
			case bad > 0:
				line = fmt.Sprintf("! %s %q %s", p.Checks[bad-1].Column, value, p.Checks[bad-1].Reason)
			}
			out = append(out, line)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, p.Select)
	}
	return out
}

// parse reads a feed without source, with the columns that every table needs.
func parse(t testing.TB, text string) *feed.Feed {
	t.Helper()
	f, err := feed.Parse("feeds/f.yaml", []byte("feed: f\nsource: {folder: x, files: [\"*\"]}\n"+text), contracts(t))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func same(t testing.TB, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}
