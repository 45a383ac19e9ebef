package metric

import (
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"

	"waybill/pipeline/policy"
)

// reconcileWorld has the tables that reconcile reads beside those of the page.
// The week of 2026-11-09 is due on Friday the 13th, a midnight in Los Angeles.
func reconcileWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, "2026-11-30 08:00:00+00")
	w.policy("tiktok", "tiktok_us")
	w.exec("create table orders (platform varchar, shop_id varchar, order_id varchar, handling_days integer)")
	w.exec("create table platform_orders (order_id varchar, on_time boolean)")
	w.exec("create table calendar_days (calendar varchar, day date, is_business boolean, bd_no integer)")
	pack := w.in.Policies[0].Pack
	base, err := policy.ParseCalendar("us_federal.yaml", []byte(readFile(t, "../../data/calendars/us_federal.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	cal, err := pack.CalendarFrom(base)
	if err != nil {
		t.Fatal(err)
	}
	from, _ := policy.ParseDay("2026-10-01")
	to, _ := policy.ParseDay("2026-12-31")
	days, err := cal.Days(from, to)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range days {
		w.exec("insert into calendar_days values (?, cast(? as date), ?, ?)", pack.CalendarID(), d.Day.String(), d.Business, d.No)
	}
	return w
}

// due adds one order of the week; it was created and approved so that the clock
// in force gives its very deadline.
func (w *world) due(id string, r row) {
	w.t.Helper()
	full := row{"platform": "tiktok", "shop_id": "s", "order_id": id, "fulfilment": "seller", "order_type": "regular", "state": "CA",
		"created_at": "2026-11-04 20:00:00+00", "approved_at": "2026-11-04 20:00:00+00", "deliver_before_at": "2026-11-14 08:00:00+00", "handed_over_at": "2026-11-05 00:00:00+00"}
	for k, v := range r {
		full[k] = v
	}
	w.insert("order_facts", "", "", 1, full)
}

const inTime, tooLate = "2026-11-10 00:00:00+00", "2026-11-20 00:00:00+00"

// worlds in which one reason explains just the difference: the order "odd" and
// what the platform says of it; nil: it does not list it.
var reconcileWorlds = map[string]struct {
	odd   row
	says  any
	steps string
}{
	// midnight in Los Angeles is 08:00 UTC, in Shanghai 16:00 the day before, in New York 05:00
	"zone":      {row{"delivered_at": "2026-11-14 06:00:00+00"}, false, "zone 1 -1 0"},
	"zone back": {row{"state": "HI", "delivered_at": "2026-11-14 09:00:00+00"}, true, "zone 1 1 0"},
	// approved two business days late: the other start has another deadline
	"clock":         {row{"approved_at": "2026-11-02 20:00:00+00", "delivered_at": "2026-11-12 20:00:00+00"}, false, "clock 1 -1 0"},
	"cancelled":     {row{"handed_over_at": nil, "cancelled_at": inTime}, false, "cancelled 1 0 1"},
	"cancelled out": {row{"cancelled_at": inTime}, nil, "cancelled 1 0 -1"},
	"late feed":     {row{}, true, "late_feed 1 1 0"},
	"lost":          {row{"terminal": "lost", "terminal_at": inTime}, true, "unexplained 1 1 0"},
	"exclusion":     {row{"fulfilment": "platform", "delivered_at": inTime}, true, "exclusion 1 1 1"},
	"exclusion out": {row{"order_type": "sample", "delivered_at": inTime}, nil, "exclusion 1 -1 -1"},
	"not in theirs": {row{"delivered_at": inTime}, nil, "not_in_theirs 1 -1 -1"},
	"unexplained":   {row{"delivered_at": inTime}, false, "unexplained 1 -1 0"},
	"other week":    {row{"deliver_before_at": "2026-10-14 07:00:00+00", "delivered_at": inTime}, true, "other_week 1 1 1"},
	"no deadline":   {row{"deliver_before_at": nil, "delivered_at": inTime}, true, "no_deadline 1 1 1"},
	"not in ours":   {row{"created_at": "2026-12-30 00:00:00+00"}, true, "not_in_ours 1 1 1"},
	"alike":         {row{"delivered_at": tooLate}, false, ""},
}

func TestReconcileWithAList(t *testing.T) {
	for name, c := range reconcileWorlds {
		t.Run(name, func(t *testing.T) {
			w := reconcileWorld(t)
			list := []TheirOrder{}
			their := map[string]any{"odd": c.says}
			for i := range 4 {
				id := fmt.Sprint("good", i)
				w.due(id, row{"delivered_at": inTime})
				their[id] = true
			}
			w.due("bad", row{"delivered_at": tooLate})
			their["bad"] = false
			w.due("odd", c.odd)
			num, den := int64(0), int64(0)
			for id, v := range their {
				if v == nil {
					continue
				}
				on := v.(bool)
				list = append(list, TheirOrder{id, on})
				w.exec("insert into platform_orders values (?, ?)", id, on)
				if den++; on {
					num++
				}
			}
			w.weeks()
			got, err := Reconcile(t.Context(), w.e, ReconcileInput{Input: w.week("2026-W46"), Says: big.NewRat(num, den), Theirs: list})
			if err != nil {
				t.Fatal(err)
			}
			var steps []string
			for _, s := range got.Steps {
				steps = append(steps, fmt.Sprint(s.Reason, " ", s.Orders, " ", s.Num, " ", s.Den))
			}
			same(t, "steps", strings.Join(steps, "\n"), c.steps)
			last := got.Ours
			if len(got.Steps) > 0 {
				last = got.Steps[len(got.Steps)-1].After
			}
			if last != *got.Theirs || last != rate(num, den) || got.Remainder != "0.00" || got.Indication {
				t.Errorf("from %v to %v, theirs %v, %s remain", got.Ours, last, got.Theirs, got.Remainder)
			}
			if len(got.Differences) != len(got.Steps) || len(got.Differences) == 1 && got.Differences[0].Order != "odd" {
				t.Errorf("differences %+v", got.Differences)
			}
		})
	}
}

func (w *world) week(id string) Input {
	in := w.in
	in.Week, in.Queries = id, os.DirFS("../../queries")
	return in
}

func TestReconcileSplitAndWithoutAList(t *testing.T) {
	w := reconcileWorld(t)
	for i := range 7 {
		w.due(fmt.Sprint("good", i), row{"delivered_at": inTime})
	}
	for i := range 2 {
		w.due(fmt.Sprint("split", i), row{"delivered_at": tooLate})
		for j, at := range []string{inTime, tooLate} {
			p := fmt.Sprint("p", i, j)
			w.insert("shipment_facts", "", "", 1, row{"shipment_id": p, "direction": "outbound", "delivered_at": at, "first_scan_at": "2026-11-05 00:00:00+00"})
			w.insert("order_shipments", "", "", 1, row{"platform": "tiktok", "shop_id": "s", "order_id": fmt.Sprint("split", i), "shipment_id": p, "role": "outbound"})
		}
	}
	w.due("cancelled", row{"handed_over_at": nil, "cancelled_at": inTime})
	w.weeks()
	for _, c := range []struct {
		says      *big.Rat
		steps     string
		remainder string
		moved     int
	}{
		{big.NewRat(7, 9), "", "0.00", 0},                                          // ours
		{big.NewRat(1, 1), "split 2 0 2 9/9", "0.00", 2},                           // first parcel
		{big.NewRat(7, 10), "cancelled 0 1 1 7/10", "0.00", 1},                     // all in
		{big.NewRat(9, 10), "cancelled 0 1 3 7/10\nsplit 2 0 3 9/10", "0.00", 3},   // both
		{big.NewRat(91, 100), "cancelled 0 1 3 7/10\nsplit 2 0 3 9/10", "1.00", 3}, // as near as it gets
		{big.NewRat(0, 1), "cancelled 0 1 1 7/10", "-70.00", 1},
	} {
		got, err := Reconcile(t.Context(), w.e, ReconcileInput{Input: w.week("2026-11-09"), Says: c.says})
		if err != nil {
			t.Fatal(err)
		}
		if got.Ours != rate(7, 9) || !got.Indication {
			t.Errorf("ours %+v", got.Ours)
		}
		var steps []string
		for _, s := range got.Steps {
			steps = append(steps, fmt.Sprintf("%s %d %d %d %d/%d", s.Reason, s.Num, s.Den, s.Orders, s.After.Num, s.After.Den))
		}
		same(t, "steps to "+c.says.String(), strings.Join(steps, "\n"), c.steps)
		if got.Remainder != c.remainder || len(got.Differences) != c.moved {
			t.Errorf("to %s: %s remain, %d orders moved", c.says, got.Remainder, len(got.Differences))
		}
	}
	// a shop without orders has no rate, and nothing is made up
	got, err := Reconcile(t.Context(), w.e, ReconcileInput{Input: w.week("2026-W46"), Shop: "other", Says: big.NewRat(1, 2)})
	if err != nil || got.Ours.Percent != "" || got.Remainder != "" || len(got.Steps) != 0 {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := Reconcile(t.Context(), w.e, ReconcileInput{Input: w.week("46"), Says: big.NewRat(1, 2)}); err == nil {
		t.Error("46 is taken for a week")
	}
}
