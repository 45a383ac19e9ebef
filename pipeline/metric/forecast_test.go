package metric

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"waybill/pipeline/policy"
)

// The cell holds the members of orders_due, with the days on which each fact became known.
func TestForecastOrders(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	made, sunday := "2026-11-02 07:59:59+00", "2026-11-16 08:00:00+00" // the last second of 1 November in Los Angeles
	w.orders(3, row{"created_at": made, "deliver_before_at": sunday, "delivered_at": "2026-11-16 07:59:59+00"})
	w.orders(1, row{"created_at": made, "deliver_before_at": sunday, "delivered_at": sunday})
	// noon deadlines: the delivery of the same day is late, so it counts as the day after
	w.orders(1, row{"created_at": made, "deliver_before_at": "2026-11-13 20:00:00+00", "delivered_at": "2026-11-13 21:00:00+00"})
	w.orders(1, row{"created_at": made, "deliver_before_at": sunday})
	w.orders(2, row{"created_at": made, "deliver_before_at": "2026-11-18 08:00:00+00"})
	w.orders(1, row{"created_at": made, "deliver_before_at": sunday, "cancelled_at": "2026-11-10 00:00:00+00"})
	w.orders(1, row{"created_at": made, "deliver_before_at": sunday, "cancelled_at": sunday})
	w.orders(4, row{"created_at": made, "deliver_before_at": sunday, "fulfilment": "platform"})
	w.orders(4, row{"created_at": made, "deliver_before_at": sunday, "order_type": "express"})
	w.orders(4, row{"created_at": made})
	w.orders(4, row{"created_at": "2026-07-01 00:00:00+00", "deliver_before_at": "2026-07-09 00:00:00+00"}) // before what is read
	tb := tables{queries: w.in.Queries, since: w.in.AsOf.AddDate(0, 0, -91)}
	text, err := tb.cell("queries/cells/forecast_orders.sql")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "forecast_orders", w.all("select shop_id, channel, cast(made_date as varchar), cast(due_date as varchar), cast(arrived_date as varchar), cast(left_date as varchar), is_open, orders from ("+text+") as c order by all"), ""+
		"shop-1 std 2026-11-01 2026-11-13 2026-11-14 - 0 1\n"+
		"shop-1 std 2026-11-01 2026-11-15 2026-11-15 - 0 3\n"+
		"shop-1 std 2026-11-01 2026-11-15 2026-11-16 - 0 1\n"+
		"shop-1 std 2026-11-01 2026-11-15 - 2026-11-09 0 1\n"+
		"shop-1 std 2026-11-01 2026-11-15 - - 0 2\n"+
		"shop-1 std 2026-11-01 2026-11-17 - - 1 2")
}

// at is a time of a day in Los Angeles in winter.
func at(day policy.Day, hour int) string {
	return day.UTC().Add(time.Duration(hour+8) * time.Hour).Format("2006-01-02 15:04:05+00")
}

// forecastWorld has whole weeks of one shop until the as-of of monday16: of 20 orders a
// day 16 arrive on the sixth day and 4 never; all are due at the end of the eighth.
func forecastWorld(t *testing.T, weeks int) *world {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	last, err := policy.ParseDay("2026-11-16")
	if err != nil {
		t.Fatal(err)
	}
	for d := last - policy.Day(weeks)*week; d < last; d++ {
		o := row{"created_at": at(d, 12), "deliver_before_at": at(d+9, 0)}
		w.orders(4, o)
		if d+6 < last {
			o["delivered_at"] = at(d+6, 10)
		}
		w.orders(16, o)
	}
	return w
}

func TestForecastOfAShop(t *testing.T) {
	w := forecastWorld(t, 9)
	got := w.weekly()
	list := got.Shops[0].Forecasts
	if len(list) != leads {
		t.Fatalf("%d forecasts", len(list))
	}
	now := list[0]
	// due Monday to Sunday: made 8 to 14 November; those of the 8th and 9th have arrived
	if now.Week.ID != "2026-W47" || now.Week.State != Open || now.Coming || now.KnownNum != 32 || now.KnownDen != 32 || now.OpenOrders != 108 || now.ExpectedDen != 140 {
		t.Errorf("running week: %+v", now)
	}
	if now.Target != "0.80" || now.Needed == nil || *now.Needed != 80 || now.NeededOf != 108 {
		t.Errorf("needed: %+v", now)
	}
	if now.Rate < 0.79 || now.Rate > 0.81 || now.Low > 0.80 || now.High < 0.80 || now.ChanceToMiss == nil || *now.ChanceToMiss < 0.3 || *now.ChanceToMiss > 0.6 {
		t.Errorf("rate: %+v", now)
	}
	if b := now.BackTest; b.Weeks != 3 || b.Bias < -0.01 || b.Bias > 0.01 || b.Coverage != 1 {
		t.Errorf("back-test: %+v", b)
	}
	p := point(t, got, "shop-1", "otdr", now.Week.Start)
	if p.Den != now.KnownDen+now.OpenOrders || p.Num != now.KnownNum || p.Open != now.OpenOrders {
		t.Errorf("the page counts %s", brief(p))
	}
	// made on the 15th: 20; the 16th to the 21st are to come
	next := list[1]
	if !next.Coming || next.OpenOrders != 20 || next.ExpectedDen != 140 || next.Needed != nil || next.Rate < 0.79 || next.Rate > 0.81 {
		t.Errorf("next week: %+v", next)
	}
	if after := list[2]; after.OpenOrders != 0 || after.ExpectedDen != 140 || after.Rate < 0.79 || after.Rate > 0.81 {
		t.Errorf("the week after: %+v", after)
	}
}

func TestForecastIsMissing(t *testing.T) {
	w := forecastWorld(t, 5) // due weeks: two whole ones
	if f := w.weekly().Shops[0].Forecasts[0]; f.Missing != "no_history" || f.Rate != 0 || f.ChanceToMiss != nil || f.Needed == nil || *f.Needed != 80 {
		t.Errorf("5 weeks: %+v", f)
	}
	w = newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	w.orders(9, row{"created_at": "2026-08-01 12:00:00+00", "deliver_before_at": "2026-08-12 07:00:00+00"})
	w.seen("shop-1")
	if f := w.weekly().Shops[0].Forecasts[0]; f.Missing != "no_orders" || f.Needed != nil {
		t.Errorf("nobody since August: %+v", f)
	}
	w = newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	w.orders(9, row{})
	if list := w.weekly().Shops[0].Forecasts; list != nil {
		t.Errorf("without deadlines: %+v", list)
	}
	w = forecastWorld(t, 9)
	w.in.Policies, w.in.Policies[0].Pack = w.in.Policies[:1], readPack(t, "generic")
	w.exec("update policy_metrics set pack = 'generic'")
	if f := w.weekly().Shops[0].Forecasts[0]; f.Target != "" || f.ChanceToMiss != nil || f.Needed != nil || f.Rate < 0.7 {
		t.Errorf("without a target: %+v", f)
	}
}

// More than the open ones: the week is missed whatever comes.
func TestForecastBeyondReach(t *testing.T) {
	w := forecastWorld(t, 9)
	w.orders(60, row{"created_at": "2026-11-09 20:00:00+00", "deliver_before_at": "2026-11-16 20:00:00+00"})
	w.asOf("2026-11-16 20:00:00+00") // at noon: 60 of Monday's are late, 140 others stand as before but 4 hours of scans
	f := w.weekly().Shops[0].Forecasts[0]
	if f.KnownDen != 92 || f.KnownNum != 32 || *f.Needed != 128 || f.NeededOf != 108 || *f.ChanceToMiss != 1 {
		t.Errorf("%+v", f)
	}
}

// A week whose feed ends before it does is forecast from there, and what is called
// late for want of the feed is open.
func TestForecastOfAnIncompleteWeek(t *testing.T) {
	w := forecastWorld(t, 9)
	w.exec("update order_facts set delivered_at = null where delivered_at >= '2026-11-12 08:00:00+00'")
	w.in.CoveredTo = w.in.AsOf.AddDate(0, 0, -4) // Thursday 00:00
	list := w.weekly().Shops[0].Forecasts
	f := list[0]
	if f.Week.ID != "2026-W46" || f.Week.State != Incomplete || f.KnownDen != 3*20+2*16 || f.KnownNum != 3*16+2*16 || f.OpenOrders != 140-92 {
		t.Errorf("%+v", f)
	}
	if f.Missing != "" || f.Rate < 0.75 || f.Rate > 0.85 || list[1].Week.State != Open {
		t.Errorf("%+v", f)
	}
}

// What the back-test lets a past Monday say is what the program says as of that
// Monday: nothing that came later is in it.
func TestBackTestSeesNoFuture(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	r := rand.New(rand.NewPCG(5, 5))
	last, err := policy.ParseDay("2026-11-16")
	if err != nil {
		t.Fatal(err)
	}
	for d := last - 11*week; d < last; d++ {
		for range 3 {
			o := row{"created_at": at(d, 12), "deliver_before_at": at(d+9, 0), "channel": []string{"air", "sea"}[r.IntN(2)]}
			switch r.IntN(8) {
			case 0:
				o["cancelled_at"] = at(d+policy.Day(r.IntN(4)), 15)
			case 1:
			default:
				o["delivered_at"] = at(d+4+policy.Day(r.IntN(7)), 10)
			}
			w.orders(1+r.IntN(20), o)
		}
	}
	w.weeks()
	read := tables{ctx: t.Context(), q: w.e, queries: w.in.Queries}
	cells, err := read.readDue(w.in)
	if err != nil {
		t.Fatal(err)
	}
	o := newOutlooks(cells)
	if err := o.replay(last); err != nil {
		t.Fatal(err)
	}
	said := [leads]map[policy.Day]float64{{}, {}, {}}
	for lead := range leads {
		for _, m := range o.shops[0].missed[lead] {
			said[lead][m.week] = m.mean
		}
	}
	compared := 0
	for _, day := range []policy.Day{last - 4*week, last - 3*week, last - 2*week} {
		w.asOf(at(day, 0)[:11] + "07:00:00+00") // midnight in summer time
		if day >= last-2*week {
			w.asOf(at(day, 0))
		}
		for lead, f := range w.weekly().Shops[0].Forecasts {
			week := day + policy.Day(lead)*week
			want, ok := said[lead][week]
			if !ok {
				continue // not over
			}
			compared++
			if f.Week.Start != week.String() || f.Rate == 0 || math.Abs(f.Rate-want) > 1e-9 {
				t.Errorf("as of %s, %s: %v, the back-test has %v", day, f.Week.ID, f.Rate, want)
			}
		}
	}
	if compared < 8 {
		t.Errorf("%d forecasts compared", compared)
	}
}
