package model_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"waybill/pipeline/engine/duckdb"
	"waybill/pipeline/model"
	"waybill/pipeline/policy"
	"waybill/queries"
)

func prelude(t *testing.T) []string {
	t.Helper()
	b, err := queries.FS.ReadFile("prelude/functions.sql")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(strings.TrimSpace(string(b)), ";"), ";\n")
}

// TestZoneDaysAgreeWithTheEngine compares the table's local dates with the
// engine's own conversion for every hour around clock changes and for a plain
// year, in zones with and without summer time.
func TestZoneDaysAgreeWithTheEngine(t *testing.T) {
	ctx := context.Background()
	e, err := duckdb.Open(ctx, duckdb.Options{Memory: 1 << 30, Threads: 2, TempDir: t.TempDir(), Prelude: prelude(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	zones := []string{"America/Los_Angeles", "America/Sao_Paulo", "Asia/Shanghai", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"}
	ref := model.Reference{Calendars: map[string]*policy.Calendar{}, Zones: map[string]string{}}
	for _, z := range zones {
		ref.Zones["p "+z] = z
	}
	if err := ref.Install(ctx, e, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	for _, z := range zones {
		rows, err := e.Query(ctx, `select count(*), count(*) filter (where d.tz is null), count(*) filter (where shifted_date(h.at, d.shift, d.change_at, d.shift_after) is distinct from local_date(h.at, $1))
from (select unnest(generate_series(timestamptz '2015-01-01 00:00:00+00', timestamptz '2030-01-01 00:00:00+00', interval 30 minute)) as at) as h
left join zone_days as d on d.tz = $1 and d.day = utc_day(h.at)`, z)
		if err != nil {
			t.Fatal(err)
		}
		var n, missing, differ int64
		for rows.Next() {
			if err := rows.Scan(&n, &missing, &differ); err != nil {
				t.Fatal(err)
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		if n < 200000 || missing != 0 || differ != 0 {
			t.Errorf("%s: %d instants, %d without a row, %d local dates differ", z, n, missing, differ)
		}
	}
}
