// Command money prices parcels under six rate cards and audits the bills for
// them with waybill's own rooms, beside the hand-written SQL next to it.
//
//	money -make DIR            writes the rate cards that both sides read
//	money -threads 2 DIR       re-rates and audits DIR/*.parquet, writes DIR/waybill/*.parquet
//	money -compare DIR         says whether both sides found the same
//
// bench/run makes the data with make.sql and runs both sides. Exit codes: 0 done,
// 1 failed or the sides differ, 2 usage.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata"

	"waybill/data"
	"waybill/pipeline/audit"
	"waybill/pipeline/charge"
	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
	"waybill/pipeline/engine/duckdb"
	"waybill/pipeline/model"
	"waybill/pipeline/rate"
	"waybill/queries"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("money", flag.ContinueOnError)
	flags.SetOutput(stderr)
	prepare := flags.Bool("make", false, "write the rate cards")
	compare := flags.Bool("compare", false, "compare what both sides found")
	times := flags.Bool("times", false, "print seconds per step")
	threads := flags.Int("threads", 2, "DuckDB threads")
	memory := flags.Int64("memory", 4_000_000_000, "bytes for DuckDB")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() != 1 {
		fmt.Fprintln(stderr, "money: want one folder")
		return 2
	}
	dir := flags.Arg(0)
	var err error
	switch {
	case *prepare:
		err = writeCards(dir)
	case *compare:
		err = compareSides(ctx, dir, stdout)
	default:
		s := side{dir: dir, threads: *threads, memory: *memory, start: time.Now()}
		if *times {
			s.times = stderr
		}
		err = s.run(ctx)
	}
	if err != nil {
		fmt.Fprintln(stderr, "money:", err)
		return 1
	}
	return 0
}

// side is waybill's.
type side struct {
	dir     string
	threads int
	memory  int64
	times   io.Writer
	start   time.Time
	e       engine.Engine
}

func (s *side) step(name string) {
	if s.times != nil {
		var u syscall.Rusage
		cpu := 0.0
		if syscall.Getrusage(syscall.RUSAGE_SELF, &u) == nil {
			cpu = float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
		}
		fmt.Fprintf(s.times, "%7.2f s  %7.2f s of CPU  %s\n", time.Since(s.start).Seconds(), cpu, name)
	}
}

func (s *side) exec(ctx context.Context, list ...string) error {
	for _, q := range list {
		if err := s.e.Exec(ctx, strings.ReplaceAll(q, "DIR", strings.ReplaceAll(s.dir, "'", "''"))); err != nil {
			return err
		}
	}
	return nil
}

func (s *side) run(ctx context.Context) (err error) {
	if err := os.MkdirAll(filepath.Join(s.dir, "waybill", "tmp"), 0o755); err != nil {
		return err
	}
	if s.e, err = openEngine(ctx, filepath.Join(s.dir, "waybill", "tmp"), s.threads, s.memory); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.e.Close()) }()
	rater, err := openCards(ctx, s.e, s.dir)
	if err != nil {
		return err
	}
	if err := s.install(ctx); err != nil {
		return err
	}
	s.step("read")
	if err := rater.Shipments(ctx, "", cardIDs...); err != nil {
		return err
	}
	if err := rater.Total(ctx); err != nil {
		return err
	}
	if err := s.exec(ctx, `copy (select p.channel, t.card, date_trunc('month', t.rated_on) as month, count(*) as parcels, cast(sum(t.total_e8) as hugeint) // 1000000 as cents
from rated_totals as t join rating_parcels as p on p.parcel = t.parcel where t.total_e8 is not null group by all order by all) to 'DIR/waybill/rerated.parquet'`); err != nil {
		return err
	}
	s.step("priced under six cards")
	rules, err := audit.ReadRules(queries.FS)
	if err != nil {
		return err
	}
	a := &audit.Auditor{Engine: s.e, Queries: queries.FS, Rater: rater, Rules: rules, AsOf: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), Progress: s.step}
	words, err := fs.ReadFile(data.FS, charge.Path)
	if err != nil {
		return err
	}
	set, err := charge.Parse(charge.Path, words)
	if err != nil {
		return err
	}
	for _, w := range set.Words() {
		a.Words = append(a.Words, audit.ChargeWord{Charge: w.Charge, Class: w.Class})
	}
	if err := a.Run(ctx); err != nil {
		return err
	}
	return s.exec(ctx, `copy (select rule, coalesce(shipment_id, number) as parcel, cast(delta_e8 // 1000000 as bigint) as cents from findings where takes <> 'nothing') to 'DIR/waybill/findings.parquet'`)
}

// openCards compiles the cards of a folder on an engine.
func openCards(ctx context.Context, e engine.Engine, dir string) (*rate.Rater, error) {
	var cards []*rate.Card
	var rows []*rate.Rows
	for _, id := range cardIDs {
		c, r, err := rate.Parse(os.DirFS(dir), "rates/"+id)
		if err != nil {
			return nil, err
		}
		cards, rows = append(cards, c), append(rows, r)
	}
	if err := model.InstallCalendars(ctx, e, nil); err != nil { // its cards promise no day
		return nil, err
	}
	if err := model.InstallZones(ctx, e, []string{"UTC"}); err != nil {
		return nil, err
	}
	rater := &rate.Rater{Engine: e, Queries: queries.FS}
	return rater, rater.Install(ctx, cards, rows)
}

func openEngine(ctx context.Context, tmp string, threads int, memory int64) (engine.Engine, error) {
	var prelude []string
	for _, n := range []string{"prelude/functions.sql", "prelude/rating.sql"} {
		b, err := queries.FS.ReadFile(n)
		if err != nil {
			return nil, err
		}
		prelude = append(prelude, string(b))
	}
	return duckdb.Open(ctx, duckdb.Options{Memory: memory, Threads: threads, TempDir: tmp, Prelude: prelude})
}

// world is what the lake holds of a workspace: the same parcels and lines in
// waybill's tables. A column of the contract that is not named is empty.
var world = []struct {
	table, from string
	columns     map[string]string
}{
	{"shipments", "'DIR/parcels.parquet'", map[string]string{"shipment_id": "parcel", "provider": "'acme'", "channel": "channel", "country": "'US'", "postal_code": "lpad(cast(zip as varchar), 5, '0')",
		"weight": "grams", "weight_unit": "'g'", "length": "l", "width": "w", "height": "hgt", "length_unit": "'mm'", "features": "case when residential then 'residential' end", "label_at": "day"}},
	{"shipment_facts", "'DIR/parcels.parquet'", map[string]string{"shipment_id": "parcel", "provider": "'acme'", "channel": "channel", "direction": "'outbound'", "label_at": "day", "handed_over_at": "day", "first_scan_at": "day", "picked_up_at": "day",
		"delivered_at": "day + interval '9' day", "terminal": "'delivered'", "terminal_at": "day + interval '9' day", "last_event_at": "day + interval '9' day", "scans": "5", "events": "5"}},
	{"shipment_numbers", "'DIR/parcels.parquet'", map[string]string{"number": "parcel", "role": "'line'", "shipment_id": "parcel", "valid_from": "day - interval '3' day"}},
	{"order_shipments", "'DIR/parcels.parquet' where false", nil},
	{"billing_lines", "'DIR/lines.parquet'", map[string]string{"line_id": "line_id", "provider": "'acme'", "bill_no": "bill_no", "version": "1", "bill_date": "bill_date", "tracking_number": "number", "charge_raw": "charge", "charge": "charge",
		"charge_class": "case charge when 'freight' then 'freight' else 'surcharge' end", "amount": "amount", "currency": "'USD'", "zone": "zone", "ship_date": "ship_date", "billed_weight": "billed_kg", "weight_unit": "case when billed_kg is not null then 'kg' end"}},
	{"bills", "(select bill_no, max(bill_date) as bill_date, count(*) as n, sum(amount) as total from 'DIR/lines.parquet' group by bill_no)", map[string]string{"provider": "'acme'", "bill_no": "bill_no", "version": "1", "kind": "'original'", "is_current": "true",
		"bill_date": "bill_date", "currency": "'USD'", "lines": "n", "lines_total": "total"}},
}

// install makes the tables of the world.
func (s *side) install(ctx context.Context) error {
	schema, err := fs.Sub(data.FS, "schema")
	if err != nil {
		return err
	}
	tables, err := contract.Load(schema, nil)
	if err != nil {
		return err
	}
	for _, w := range world {
		var columns []string
		for _, c := range tables[w.table].Stored() {
			from := "null"
			if w.columns[c.Name] != "" {
				from = w.columns[c.Name]
			}
			columns = append(columns, fmt.Sprintf("cast(%s as %s) as %s", from, c.Type, engine.Ident(c.Name)))
		}
		if err := s.exec(ctx, "create view "+w.table+" as select "+strings.Join(columns, ", ")+" from "+w.from); err != nil {
			return err
		}
	}
	view, err := queries.FS.ReadFile("views/shipments_as_of.sql")
	if err != nil {
		return err
	}
	return s.exec(ctx, "create view shipments_as_of as "+strings.ReplaceAll(string(view), "{as_of}", "cast('2026-12-31 00:00:00 UTC' as timestamp with time zone)"))
}

// compareSides holds what both sides wrote against each other.
func compareSides(ctx context.Context, dir string, stdout io.Writer) (err error) {
	e, err := openEngine(ctx, filepath.Join(dir, "waybill", "tmp"), 2, 1_000_000_000)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	for name, q := range map[string]string{
		"price": "select channel || ' ' || card || ' ' || cast(cast(month as date) as varchar), sum(cents) :: varchar, sum(parcels) :: varchar from 'DIR/%srerated.parquet' group by all",
		// which rule of a family claims a weight, a freight or a percentage is not what is compared
		"finding": "select case when rule like 'W%%' then 'weight' when rule in ('R01', 'R06', 'R07') then 'rate' when rule in ('S01', 'S02') then 'fuel' else rule end, cast(sum(cents) as bigint) :: varchar, count(distinct parcel) :: varchar from 'DIR/%sfindings.parquet' group by all",
	} {
		q = strings.ReplaceAll(q, "DIR", strings.ReplaceAll(dir, "'", "''"))
		rows, err := e.Query(ctx, "select coalesce(a.k, b.k), coalesce(a.s, '-'), coalesce(a.n, '-'), coalesce(b.s, '-'), coalesce(b.n, '-') from ("+fmt.Sprintf(q, "waybill/")+") as a (k, s, n) full join ("+fmt.Sprintf(q, "")+") as b (k, s, n) on b.k = a.k order by 1")
		if err != nil {
			return err
		}
		n, differ := 0, 0
		for rows.Next() {
			var k, s, c, t, d string
			if err := rows.Scan(&k, &s, &c, &t, &d); err != nil {
				return errors.Join(err, rows.Close())
			}
			n++
			if s != t || c != d {
				differ++
				fmt.Fprintf(stdout, "%s %s: waybill %s cents of %s, by hand %s of %s\n", name, k, s, c, t, d)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
		if differ > 0 || n == 0 {
			return fmt.Errorf("%d of %d sums of %ss differ", differ, n, name)
		}
		fmt.Fprintf(stdout, "%d sums of %ss are equal on both sides\n", n, name)
	}
	return nil
}
