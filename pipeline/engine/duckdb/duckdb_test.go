package duckdb

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"waybill/pipeline/engine"
)

func open(t *testing.T) *Engine {
	t.Helper()
	e, err := Open(context.Background(), Options{Memory: 1 << 30, Threads: 2, TempDir: t.TempDir()})
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

func texts(t *testing.T, e engine.Statements, query string) []string {
	t.Helper()
	rows, err := e.Query(context.Background(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

// What is not inside the binary needs a network: nothing may come to rely on it.
func TestOnlyBuiltInExtensionsAreLoaded(t *testing.T) {
	e := open(t)
	got := texts(t, e, "select extension_name from duckdb_extensions() where loaded order by 1")
	for _, x := range got {
		if !slices.Contains([]string{"autocomplete", "core_functions", "icu", "json", "parquet"}, x) {
			t.Errorf("extension %s is loaded", x)
		}
	}
	if !slices.Contains(got, "icu") || !slices.Contains(got, "parquet") {
		t.Errorf("loaded: %v", got)
	}
	if err := e.Exec(context.Background(), "select * from read_csv('https://example.com/a.csv')"); err == nil {
		t.Error("a statement reached for the network")
	}
}

func TestSessionIsBoundedAndInUTC(t *testing.T) {
	e := open(t)
	got := texts(t, e, "select current_setting('TimeZone') || ' ' || current_setting('threads') || ' ' || current_setting('memory_limit')")
	if want := "UTC 2 1.0 GiB"; got[0] != want {
		t.Errorf("got %s, want %s", got[0], want)
	}
}

func TestInZoneReadsNaiveTimesThereAndOnlyThere(t *testing.T) {
	e, ctx := open(t), context.Background()
	const q = "select cast(epoch_us(cast('2026-01-05 08:00:00' as timestamptz)) as varchar)"
	utc := texts(t, e, q)[0]
	err := e.InZone(ctx, "Asia/Shanghai", func() error {
		if cn := texts(t, e, q)[0]; cn == utc {
			t.Error("the zone had no effect")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if again := texts(t, e, q)[0]; again != utc {
		t.Error("the zone stayed")
	}
	if err := e.InZone(ctx, "Mars/Olympus", func() error { return nil }); err == nil {
		t.Error("a zone that does not exist was taken")
	}
}

// Statements beside the owner's read naive times in UTC, wherever the process runs and
// the owner reads, and with the owner's other settings; where these are locked, they run
// and write files all the same.
func TestBesideHasTheSettings(t *testing.T) {
	t.Setenv("TZ", "Asia/Tokyo")
	e, ctx := open(t), context.Background()
	const q = "select current_setting('TimeZone') || ' ' || current_setting('parquet_metadata_cache') || ' ' || cast(epoch_us(cast('2026-01-05 08:00:00' as timestamptz)) as varchar)"
	const want = "UTC true 1767600000000000"
	err := e.InZone(ctx, "Asia/Shanghai", func() error {
		if got := texts(t, e.Beside(), q)[0]; got != want {
			t.Errorf("beside an owner in another zone: %s, want %s", got, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Exec(ctx, "set lock_configuration = true"); err != nil {
		t.Fatal(err)
	}
	rows, err := e.Beside().Query(ctx, "select 1") // its connection is held
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if got := texts(t, e.Beside(), q)[0]; got != want {
		t.Errorf("a new connection after the lock: %s, want %s", got, want)
	}
	n, err := e.WriteParquet(ctx, engine.ParquetFile{Query: "select 1 as x", Path: filepath.Join(t.TempDir(), "x.parquet")})
	if err != nil || n[0] != 1 {
		t.Errorf("write in a locked session: %v, %v", n, err)
	}
}

// A later column and a wider type must not change what older files say.
func TestRelationHasTheContractsColumnsAndTypes(t *testing.T) {
	e, ctx := open(t), context.Background()
	dir := t.TempDir()
	old, young := filepath.Join(dir, "old.parquet"), filepath.Join(dir, "young.parquet")
	n, err := e.WriteParquet(ctx,
		engine.ParquetFile{Query: "select 2 as amount", Path: old},
		engine.ParquetFile{Query: "select cast(2.5 as decimal(18,4)) as amount, 'x' as note", Path: young})
	if err != nil || n[0] != 1 || n[1] != 1 {
		t.Fatalf("rows %v, %v", n, err)
	}
	cols := []engine.Column{{Name: "amount", Type: "decimal(18,4)"}, {Name: "note", Type: "varchar"}, {Name: "later", Type: "date"}}
	if err := e.Relation(ctx, "money", cols, []string{old, young}); err != nil {
		t.Fatal(err)
	}
	got := texts(t, e, "select amount || ' ' || coalesce(note, '-') || ' ' || typeof(later) from money order by amount")
	if want := []string{"2.0000 - DATE", "2.5000 x DATE"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if err := e.Relation(ctx, "nothing", cols, nil); err != nil {
		t.Fatal(err)
	}
	if got := texts(t, e, "select cast(count(*) as varchar) from nothing"); got[0] != "0" {
		t.Errorf("an empty relation has %s rows", got[0])
	}
}
