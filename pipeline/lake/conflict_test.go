package lake

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
)

// What iceberg-go says to a stale handle has no type, so this test must see a
// release that says it otherwise.
func TestAStaleHandleIsAConflict(t *testing.T) {
	ctx := t.Context()
	l, err := Open(ctx, Options{Root: t.TempDir(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // test
	if err := l.Ensure(ctx, []Table{{Name: "t", Columns: []Column{{Name: "n", Type: "integer"}}}}); err != nil {
		t.Fatal(err)
	}
	duck, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer duck.Close() //nolint:errcheck // test
	if err := os.MkdirAll(l.abs(l.tableDir("t")+"/data"), 0o755); err != nil {
		t.Fatal(err)
	}
	race := func(name string) error {
		rel := l.tableDir("t") + "/data/" + name
		if _, err := duck.Exec(fmt.Sprintf("copy (select 1::integer as n) to '%s' (format parquet, field_ids {n: 1})",
			filepath.ToSlash(l.abs(rel)))); err != nil {
			t.Fatal(err)
		}
		stale, err := l.load(ctx, "t")
		if err != nil {
			t.Fatal(err)
		}
		txn := stale.NewTransaction()
		if err := txn.AddFiles(ctx, []string{l.uri(rel)}, nil, true); err != nil {
			t.Fatal(err)
		}
		faster, err := l.load(ctx, "t")
		if err != nil {
			t.Fatal(err)
		}
		first := faster.NewTransaction()
		if err := first.AddFiles(ctx, []string{l.uri(rel)}, nil, true); err != nil {
			t.Fatal(err)
		}
		if _, err := first.Commit(ctx); err != nil {
			t.Fatal(err)
		}
		_, err = txn.Commit(ctx)
		return err
	}
	for _, name := range []string{"into an empty table.parquet", "into a filled table.parquet"} {
		if err := race(name); err == nil || !isConflict(err) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
