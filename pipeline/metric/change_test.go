package metric

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"waybill/pipeline/policy"
)

func sumOfParts(list ...[]Effect) *big.Rat {
	s := new(big.Rat)
	for _, l := range list {
		for _, e := range l {
			s.Add(s, e.exact)
		}
	}
	return s
}

// Whatever the counts, mix and legs are the change to the last unit, and so are the
// channels and the states without the orders that never had a channel.
func TestChangeAddsUp(t *testing.T) {
	explained := 0
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		all := places{}
		for range 1 + r.IntN(60) {
			k := place{[]string{"", "a", "b", "c"}[r.IntN(4)], []string{"", "CA", "TX", "GA", "NY"}[r.IntN(5)]}
			leg := []string{"", "", "", "purchase_pickup", "last_mile_delivered", notDispatched, "untraced"}[r.IntN(7)]
			all.at(k).count(r.IntN(2), leg, int64(1+r.IntN(30)))
		}
		var num, den [2]int64
		for _, p := range all {
			for i := range 2 {
				num[i], den[i] = num[i]+p.met[i], den[i]+p.due[i]
			}
		}
		if den[0] == 0 || den[1] == 0 {
			continue
		}
		var c Change
		if err := c.explain(all, int64(1+r.IntN(20)), 1+r.Float64()); err != nil {
			t.Fatal(err)
		}
		if c.Missing != "" {
			continue
		}
		explained++
		want := new(big.Rat).Sub(big.NewRat(num[1], den[1]), big.NewRat(num[0], den[0]))
		if c.Num != num[1] || c.Den != den[1] || c.WasNum != num[0] || c.WasDen != den[0] || c.Delta.exact.Cmp(want) != 0 {
			t.Fatalf("seed %d: %+v", seed, c)
		}
		if got := sumOfParts([]Effect{c.Mix}, c.Legs); got.Cmp(want) != 0 {
			t.Fatalf("seed %d: mix and legs are %s, the change is %s", seed, got, want)
		}
		if a, b := sumOfParts(c.Channels), sumOfParts(c.States); a.Cmp(b) != 0 {
			t.Fatalf("seed %d: channels are %s, states %s", seed, a, b)
		}
		if len(c.Sentences) == 0 || len(c.Sentences) > 3 || c.Sentences[0].Kind != "total" {
			t.Fatalf("seed %d: %+v", seed, c.Sentences)
		}
	}
	if explained < 400 {
		t.Errorf("%d explained", explained)
	}
}

func TestChangeSentences(t *testing.T) {
	for _, c := range []struct {
		name string
		fill func(count func(channel, state, leg string, was, now int64))
		want string // kind name points clear
	}{
		{"one leg in one state", func(count func(string, string, string, int64, int64)) {
			count("a", "CA", "", 450, 450)
			count("a", "CA", "pickup_arrived", 50, 50)
			count("a", "GA", "", 450, 300)
			count("a", "GA", "pickup_arrived", 50, 50)
			count("a", "GA", "last_mile_delivered", 0, 150)
		}, "total  -0.1500 true\nleg last_mile_delivered -0.1500 true\nstate GA -0.1500 true"},
		{"only the mix", func(count func(string, string, string, int64, int64)) {
			count("fast", "CA", "", 900, 450)
			count("fast", "CA", "pickup_arrived", 100, 50)
			count("slow", "CA", "", 50, 500)
			count("slow", "CA", "pickup_arrived", 50, 500)
		}, "total  -0.2303 true\nmix  -0.2303 true"},
		{"not dispatched has no channel", func(count func(string, string, string, int64, int64)) {
			count("a", "CA", "", 800, 640)
			count("a", "CA", "pickup_arrived", 200, 160)
			count("", "CA", notDispatched, 0, 200)
		}, "total  -0.1600 true\nleg not_dispatched -0.1600 true"},
		{"within noise", func(count func(string, string, string, int64, int64)) {
			count("a", "CA", "", 45, 44)
			count("a", "CA", "pickup_arrived", 5, 6)
		}, "total  -0.0200 false\nleg pickup_arrived -0.0200 false"},
	} {
		all := places{}
		c.fill(func(channel, state, leg string, was, now int64) {
			all.at(place{channel, state}).count(0, leg, was)
			all.at(place{channel, state}).count(1, leg, now)
		})
		var got Change
		if err := got.explain(all, 10, 1); err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, s := range got.Sentences {
			lines = append(lines, fmt.Sprintf("%s %s %.4f %v", s.Kind, s.Name, s.Points, s.Clear))
		}
		same(t, c.name, strings.Join(lines, "\n"), c.want)
	}
}

// Every missed order falls to the leg that lasted longest beyond what is usual,
// as it stood at its deadline.
func TestChangeLegs(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	made, err := policy.ParseDay("2026-11-02")
	if err != nil {
		t.Fatal(err)
	}
	// hours after the order: pickup, arrived, last mile, delivered; 0 is not known
	carry := func(id, channel string, hours ...int) {
		at := func(h int) string {
			return made.UTC().Add(time.Duration(h+8) * time.Hour).Format("2006-01-02 15:04:05+00")
		}
		o := row{"platform": "tiktok", "shop_id": "shop-1", "order_id": id, "fulfilment": "seller", "order_type": "regular", "channel": channel, "state": "CA", "parcels_all": 1,
			"created_at": at(0), "deliver_before_at": at(10 * 24)}
		p := row{"platform": "tiktok", "shop_id": "shop-1", "shipment_id": id, "direction": "outbound", "role": "outbound", "channel": channel, "state": "CA", "deliver_before_at": at(10 * 24)}
		for i, name := range []string{"first_scan_at", "arrived_at", "last_mile_at", "delivered_at"} {
			if hours[i] > 0 {
				p[name] = at(hours[i])
				if name == "first_scan_at" || name == "delivered_at" {
					o[name] = at(hours[i])
				}
			}
		}
		w.insert("order_facts", "", "", 1, o)
		w.insert("shipment_facts", "", "", 1, p)
		w.insert("order_shipments", "", "", 1, row{"platform": "tiktok", "shop_id": "shop-1", "order_id": id, "shipment_id": id, "role": "outbound"})
	}
	for i := range 20 { // usual: one day, four, one, two
		carry(fmt.Sprint("usual", i), "air", 24, 5*24, 6*24, 8*24)
		carry(fmt.Sprint("road", i), "truck", 24, 0, 0, 4*24)
	}
	carry("p", "air", 4*24, 8*24, 9*24, 11*24)
	carry("a", "air", 24, 9*24, 10*24-1, 11*24)
	carry("l", "air", 24, 5*24, 9*24, 11*24)
	carry("d", "air", 24, 5*24, 6*24, 20*24)
	carry("u", "air", 24, 0, 9*24, 11*24)    // no arrival, and the gap is to blame
	carry("s", "air", 24, 9*24, 0, 0)        // under way at the deadline: the line haul took four days too many
	carry("x", "air", 11*24, 0, 0, 0)        // picked up after the deadline
	carry("n", "air", 0, 0, 0, 0)            // never
	carry("t", "truck", 24, 0, 0, 12*24)     // a channel with no milestones between
	carry("q", "truck", 8*24, 0, 0, 10*24+1) // dispatched late
	w.orders(1, row{"created_at": "2026-11-02 08:00:00+00", "deliver_before_at": "2026-11-12 08:00:00+00", "channel": "", "parcels_all": 0})
	w.weeks()
	text, err := tables{queries: w.in.Queries, since: w.in.AsOf.AddDate(0, 0, -91)}.cell(changeCell)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "legs", w.all("select channel, leg, orders from ("+text+") as c order by all"), ""+
		" not_dispatched 1\n"+
		"air arrived_last_mile 1\nair last_mile_delivered 1\nair not_dispatched 2\nair pickup_arrived 2\nair purchase_pickup 1\nair untraced 1\nair - 20\n"+
		"truck pickup_delivered 1\ntruck purchase_pickup 1\ntruck - 20")
}

// The counts are those of the page, and weeks that cannot be compared are not.
func TestChangeOfAShop(t *testing.T) {
	w := newWorld(t, monday16)
	w.policy("tiktok", "tiktok_us")
	for i, due := range []string{"2026-11-05 08:00:00+00", "2026-11-12 08:00:00+00"} {
		o := row{"deliver_before_at": due, "created_at": "2026-10-28 08:00:00+00", "channel": "air", "handed_over_at": "2026-10-29 08:00:00+00"}
		w.orders(10+10*i, o)
		o["delivered_at"] = "2026-11-04 00:00:00+00"
		w.orders(80, o)
		o["fulfilment"] = "platform"
		w.orders(7, o)
	}
	got := w.weekly()
	c := got.Shops[0].Change
	if c == nil || c.Missing != "" || c.Num != 80 || c.Den != 100 || c.WasNum != 80 || c.WasDen != 90 {
		t.Fatalf("%+v", c)
	}
	for _, x := range []struct {
		start    string
		num, den int64
	}{{c.Week.Start, c.Num, c.Den}, {c.Previous.Start, c.WasNum, c.WasDen}} {
		if p := point(t, got, "shop-1", "otdr", x.start); p.Num != x.num || p.Den != x.den {
			t.Errorf("%s: the page counts %s", x.start, brief(p))
		}
	}
	if len(c.Legs) != 1 || c.Legs[0].Name != "pickup_delivered" || c.Legs[0].Late != 20 || c.Legs[0].Was != 10 {
		t.Errorf("legs %+v", c.Legs)
	}
	for week, missing := range map[string]string{"2026-W47": "open", "2026-W45": "no_orders"} {
		w.in.Week = week
		if c := w.weekly().Shops[0].Change; c.Missing != missing || c.Sentences != nil {
			t.Errorf("%s: %+v", week, c)
		}
	}
	w.exec("delete from order_facts where delivered_at is null or due_week = '2026-11-02'")
	w.orders(9, row{"deliver_before_at": "2026-11-05 08:00:00+00"})
	w.in.Week = ""
	if c := w.weekly().Shops[0].Change; c.Missing != "small" {
		t.Errorf("nine orders: %+v", c)
	}
}
