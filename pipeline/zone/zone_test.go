package zone

import (
	"context"
	"fmt"
	"testing"
	"time"

	"waybill/pipeline/engine/duckdb"
)

// zones with each kind of rule: none, north, south, half hours, a change of
// standard time without summer time, a skipped day.
var zones = []string{"UTC", "Asia/Shanghai", "America/Los_Angeles", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe",
	"Europe/London", "Europe/Moscow", "Pacific/Apia", "America/Caracas", "Africa/Casablanca", "Asia/Pyongyang", "America/St_Johns"}

func open(t *testing.T, zone string) *duckdb.Engine {
	t.Helper()
	e, err := duckdb.Open(context.Background(), duckdb.Options{Memory: 1 << 30, Threads: 2, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	if err := e.Exec(context.Background(), "set TimeZone = '"+zone+"'"); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestInstantAgreesWithTheEngine compares every 17 minutes of 45 years, and
// every second around each change.
func TestInstantAgreesWithTheEngine(t *testing.T) {
	for i, name := range zones {
		t.Run(name, func(t *testing.T) {
			// all years, or those around a time, in turn
			around := time.Time{}
			if i%2 == 1 {
				around = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
			}
			e := open(t, name)
			sql, err := Instant("ts", name, around)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := e.Query(context.Background(), fmt.Sprintf(`select count(*), count(*) filter (where a is distinct from b), cast(min(ts) filter (where a is distinct from b) as varchar)
from (select ts, cast(ts as timestamptz) as a, %s as b from (
  select timestamp '2000-01-01' + interval 17 minute * i as ts from range(1400000) as r(i) union all select null))`, sql))
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			var n, differ int64
			var first *string
			for rows.Next() {
				if err := rows.Scan(&n, &differ, &first); err != nil {
					t.Fatal(err)
				}
			}
			if differ != 0 || n < 1_000_000 {
				t.Errorf("%d of %d differ, first at %v", differ, n, *first)
			}
		})
	}
}

func TestNear(t *testing.T) {
	e := open(t, "America/Los_Angeles")
	sql, err := Near("ts", "America/Los_Angeles", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]bool{"2026-03-08 02:30:00": true, "2026-11-01 01:30:00": true, "2026-06-01 00:00:00": false, "1999-01-01 00:00:00": false, "2090-01-01 00:00:00": false} {
		rows, err := e.Query(context.Background(), "select "+sql+" from (select timestamp '"+at+"' as ts)")
		if err != nil {
			t.Fatal(err)
		}
		got := !want
		for rows.Next() {
			if err := rows.Scan(&got); err != nil {
				t.Fatal(err)
			}
		}
		rows.Close()
		if got != want {
			t.Errorf("%s: near is %t", at, got)
		}
	}
	if sql, err = Near("ts", "America/Los_Angeles", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	rows, err := e.Query(context.Background(), "select "+sql+" from (select cast(null as timestamp) as ts)")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var got bool
		if err := rows.Scan(&got); err != nil || got {
			t.Errorf("no local time is near a change: %t, %v", got, err)
		}
	}
	if sql, err = Near("ts", "Asia/Shanghai", time.Time{}); err != nil || sql != "false" {
		t.Errorf("Shanghai: %s, %v", sql, err)
	}
	if _, err := Near("ts", "Nowhere/Land", time.Time{}); err == nil {
		t.Error("an unknown zone is no error")
	}
}
