package model_test

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"waybill/data"
	"waybill/pipeline/engine/duckdb"
	"waybill/pipeline/model"
	"waybill/pipeline/policy"
	"waybill/queries"
)

// TestDeadlinesInSQLAgreeWithThePolicy runs the queries that compute deadlines
// over orders at the edges of days, weeks, holidays, clock changes and rule
// versions, and compares each with the policy room, whose own table of expected
// deadlines was worked out without it.
func TestDeadlinesInSQLAgreeWithThePolicy(t *testing.T) {
	ctx := context.Background()
	read := func(name string) []byte {
		b, err := fs.ReadFile(data.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	pack, err := policy.ParsePack("tiktok_us.yaml", read("policies/tiktok_us.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	base, err := policy.ParseCalendar("us_federal.yaml", read("calendars/us_federal.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	cal, err := pack.CalendarFrom(base)
	if err != nil {
		t.Fatal(err)
	}
	e, err := duckdb.Open(ctx, duckdb.Options{Memory: 1 << 30, Threads: 2, TempDir: t.TempDir(), Prelude: prelude(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	stated := 4 // of shop b, for orders that state none
	ref := model.Reference{Packs: []*policy.Pack{pack}, Calendars: map[string]*policy.Calendar{pack.CalendarID(): cal},
		SLA: []model.SLA{{Platform: "tiktok", Pack: "tiktok_us"}, {Platform: "tiktok", Shop: "b", Pack: "tiktok_us", HandlingDays: &stated}}, Judges: []model.Judge{{Platform: "tiktok", Pack: "tiktok_us"}}}
	if err := ref.Install(ctx, e, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	if err := e.Exec(ctx, `create table orders (platform varchar, shop_id varchar, order_id varchar, fulfilment varchar, order_type varchar, handling_days integer, created_at timestamptz, approved_at timestamptz,
 dispatch_before_at timestamptz, deliver_before_at timestamptz, promise_date date, promise_tz varchar, p_month date)`); err != nil {
		t.Fatal(err)
	}
	la, err := time.LoadLocation(pack.Zone)
	if err != nil {
		t.Fatal(err)
	}
	type order struct {
		shop, kind        string
		handling          int
		created, approved time.Time
	}
	var orders []order
	// around each: an ordinary week, Thanksgiving, Christmas, New Year, both clock changes, the changes of the rules
	for _, around := range []string{"2025-11-27", "2025-12-25", "2026-01-01", "2026-01-12", "2026-01-26", "2026-03-08", "2026-05-19", "2026-05-25", "2026-07-03", "2026-11-01"} {
		day, err := time.ParseInLocation("2006-01-02", around, la)
		if err != nil {
			t.Fatal(err)
		}
		for d := -9; d <= 4; d++ {
			for _, clock := range []time.Duration{0, 90 * time.Minute, 12 * time.Hour, 24*time.Hour - time.Second} {
				created := day.AddDate(0, 0, d).Add(clock)
				for _, later := range []time.Duration{-1, 20 * time.Minute, 30 * time.Hour} {
					o := order{shop: "a", kind: "regular", handling: policy.Unknown, created: created}
					if later >= 0 {
						o.approved = created.Add(later)
					}
					orders = append(orders, o)
					o.kind, o.handling = "made_to_order", 3
					orders = append(orders, o)
					o.shop = "b"
					orders = append(orders, o)
					o.handling = policy.Unknown
					orders = append(orders, o)
					o.kind = "regular"
					orders = append(orders, o)
					o.shop, o.kind = "a", "made_to_order"
					orders = append(orders, o)
					o.kind = "express"
					orders = append(orders, o)
				}
			}
		}
	}
	stamp := func(at time.Time) string {
		if at.IsZero() {
			return "null"
		}
		return "timestamptz '" + at.UTC().Format("2006-01-02 15:04:05+00") + "'"
	}
	var rows []string
	for i, o := range orders {
		handling := "null"
		if o.handling >= 0 {
			handling = fmt.Sprint(o.handling)
		}
		rows = append(rows, fmt.Sprintf("('tiktok', '%s', '%d', 'seller', '%s', %s, %s, %s, null, null, null, null, date '2026-01-01')", o.shop, i, o.kind, handling, stamp(o.created), stamp(o.approved)))
	}
	if err := e.Exec(ctx, "insert into orders values "+strings.Join(rows, ", ")); err != nil {
		t.Fatal(err)
	}
	days, err := queries.FS.ReadFile("models/05_clock_days.sql")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Exec(ctx, "create table clock_days as "+string(days)); err != nil {
		t.Fatal(err)
	}
	text, err := queries.FS.ReadFile("models/10_order_deadlines.sql")
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.Query(ctx, "select cast(order_id as integer), dispatch_before_at, deliver_before_at, cast(promise_date as varchar), deadline_source from ("+string(text)+")")
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	due := func(o order, clock string) *policy.Due {
		a := policy.Anchors{Created: o.created, Approved: o.approved}
		c, err := pack.ClockFor(clock, o.kind, a, cal)
		if err != nil {
			return nil
		}
		from := o.created
		if c.Start == policy.StartAwaiting {
			from = o.approved
		}
		handling := o.handling
		if handling == policy.Unknown && o.shop == "b" {
			handling = stated
		}
		d, err := policy.Deadline(c, from, handling, cal)
		if err != nil {
			return nil
		}
		return &d
	}
	n, none, wrong := 0, 0, 0
	for got.Next() {
		var i int
		var dispatch, deliver *time.Time
		var date *string
		var source string
		if err := got.Scan(&i, &dispatch, &deliver, &date, &source); err != nil {
			t.Fatal(err)
		}
		n++
		o := orders[i]
		for clock, have := range map[string]*time.Time{"dispatch": dispatch, "deliver": deliver} {
			want := due(o, clock)
			same := (want == nil) == (have == nil) && (want == nil || want.Before.Equal(*have))
			if clock == "deliver" {
				same = same && (want == nil) == (source == "none") && (want == nil || (date != nil && *date == want.Date))
				if want == nil {
					none++
				}
			}
			if !same {
				if wrong++; wrong < 12 {
					t.Errorf("%s of a %s order of shop %s created %s, approved %v, handling %d: SQL %v, policy %+v", clock, o.kind, o.shop, o.created, o.approved, o.handling, have, want)
				}
			}
		}
	}
	if n != len(orders) || none == 0 || none == n {
		t.Errorf("%d of %d orders, %d without a deadline", n, len(orders), none)
	}
	if wrong > 0 {
		t.Errorf("%d deadlines differ", wrong)
	}
}
