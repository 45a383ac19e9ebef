package metric

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"waybill/pipeline/stat"
)

// stayed inserts n parcels of a channel that were picked up on 1 November and
// reached the departure after some hours; 0: not yet.
func (w *world) stayed(n int, channel string, hours int, more row) {
	w.t.Helper()
	r := row{"channel": channel, "label_at": "2026-10-31 00:00:00+00", "picked_up_at": "2026-11-01 00:00:00+00", "first_scan_at": "2026-11-01 00:00:00+00",
		"handed_over_at": "2026-11-01 00:00:00+00", "last_event_at": "2026-11-16 07:00:00+00"}
	if hours > 0 {
		at := fmt.Sprintf("2026-11-%02d %02d:00:00+00", 1+hours/24, hours%24)
		r["departed_at"], r["delivered_at"], r["terminal"], r["terminal_at"] = at, "2026-11-16 00:00:00+00", "delivered", "2026-11-16 00:00:00+00"
	}
	for k, v := range more {
		r[k] = v
	}
	w.parcels(n, r)
}

func (w *world) tables() tables {
	return tables{queries: os.DirFS("../../queries"), q: w.e, ctx: w.t.Context()}
}

func TestStaysCell(t *testing.T) {
	w := newWorld(t, "2026-11-16 08:00:00+00")
	w.policy("tiktok", "tiktok_us")
	at := func(day int) string { return fmt.Sprintf("2026-11-%02d 00:00:00+00", day) }
	// all nodes, the export customs unknown: the stay at the pickup ends with the departure
	w.parcels(1, row{"channel": "a", "picked_up_at": at(1), "departed_at": at(2), "arrived_at": at(4), "import_customs_at": at(5), "last_mile_at": at(8), "delivered_at": at(9)})
	w.parcels(1, row{"channel": "a", "first_scan_at": at(1), "export_customs_at": at(3)})                                                           // still there
	w.parcels(1, row{"channel": "a", "picked_up_at": at(1), "returning_at": at(6), "terminal": "returned", "terminal_at": at(9)})                   // leaves the curve as it turns back
	w.parcels(1, row{"channel": "a", "picked_up_at": at(1), "arrived_at": at(5), "last_mile_at": at(4), "terminal": "lost", "terminal_at": at(10)}) // against the order
	w.parcels(1, row{"channel": "b", "handed_over_at": at(15)})
	w.parcels(1, row{"channel": "b", "label_at": at(15)})                           // in no node
	w.parcels(1, row{"channel": "b", "picked_up_at": at(1), "direction": "return"}) // comes back
	same(t, "stays", w.cell("stays", "node, channel, cast(bin as double) / 144, events, censored, negative"), ""+
		"arrived a 1 1 0 0\n"+
		"arrived a - 0 0 1\n"+
		"cleared a 3 1 0 0\n"+
		"departed a 2 1 0 0\n"+
		"export_cleared a 13.333333333333334 0 1 0\n"+
		"journey a 5 0 1 0\n"+
		"journey a 8 1 0 0\n"+
		"journey a 9 0 1 0\n"+
		"journey a 15.333333333333334 0 1 0\n"+
		"journey b 1.3333333333333333 0 1 0\n"+
		"last_mile a 1 1 0 0\n"+
		"last_mile a 6 0 1 0\n"+
		"pickup a 1 1 0 0\n"+
		"pickup a 2 1 0 0\n"+
		"pickup a 4 1 0 0\n"+
		"pickup a 5 0 1 0\n"+
		"pickup b 1.3333333333333333 0 1 0")
}

func TestPooledQuantile(t *testing.T) {
	curve := func(cells ...stat.Cell) *stat.Curve {
		c, err := stat.KaplanMeier(cells)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	all := curve(stat.Cell{Bin: 10, Events: 950}, stat.Cell{Bin: 20, Events: 50})
	for _, c := range []struct {
		name string
		own  *stat.Curve
		all  *stat.Curve
		want string
	}{
		{"nothing of its own: that of all", curve(), all, "10 true"},
		{"too few of all", all, curve(stat.Cell{Bin: 3, Events: 99}), "0 false"},
		{"just enough of all", curve(), curve(stat.Cell{Bin: 3, Events: 100}), "3 true"},
		{"a large slow channel has its own", curve(stat.Cell{Bin: 40, Events: 10000}), all, "40 true"},
		// half weight at 50: 0.5 x 1 + 0.5 x 0.05 > 0.05 until its own curve falls
		{"a small slow one too, at its first exits", curve(stat.Cell{Bin: 15, Events: 50}), all, "15 true"},
		// weight 1/51: (1 x 0.05 + 50 x 0.05) / 51 <= 0.05, one parcel of its own at bin 12
		{"one parcel hardly counts", curve(stat.Cell{Bin: 5, Events: 1}), all, "10 true"},
		{"everybody is still there", curve(stat.Cell{Bin: 500, Censored: 400}), all, "10 true"},
		{"half of many are still there", curve(stat.Cell{Bin: 5, Events: 500}, stat.Cell{Bin: 6, Censored: 500}), all, "0 false"},
	} {
		bin, ok := pooledQuantile(c.own, c.all)
		if got := fmt.Sprint(bin, " ", ok); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestStalled(t *testing.T) {
	w := newWorld(t, "2026-11-16 08:00:00+00")
	w.policy("tiktok", "tiktok_us")
	w.stayed(800, "std", 48, nil)
	w.stayed(20, "std", 60, nil)
	// 48 h + one bin is the bound: S there is 23 / 823 < 0.05, those on the way counted
	since := func(at string) row {
		return row{"picked_up_at": at, "first_scan_at": at, "handed_over_at": at}
	}
	w.stayed(1, "std", 0, since("2026-11-14 07:50:00+00")) // 48 h 10 min: the bin's end, on the bound
	w.stayed(1, "std", 0, since("2026-11-14 07:50:01+00")) // a second less
	w.stayed(1, "std", 0, since("2026-11-13 07:50:00+00")) // a day longer
	w.stayed(1, "std", 0, row{"picked_up_at": "2026-11-13 07:50:00+00", "returning_at": "2026-11-15 00:00:00+00"})
	w.stayed(1, "new", 0, since("2026-11-13 07:50:00+00")) // a channel without history leans on all
	var lines []string
	for _, a := range w.weekly().Actions {
		lines = append(lines, fmt.Sprintf("%s|%s|%s|%s|%.4g", a.Reason, a.Channel, a.Since.Format("01-02 15:04"), a.Node, a.ExcessHours))
	}
	same(t, "actions", strings.Join(lines, "\n"), ""+
		"returning|std|11-15 00:00||0\n"+
		"stalled|std|11-16 08:00|pickup|0\n"+
		"stalled|std|11-15 08:00|pickup|24\n"+
		"stalled|new|11-15 08:00|pickup|24")
	stays, bounds, err := w.tables().stays(w.in.AsOf)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range stays {
		if s.Node == "pickup" {
			got = append(got, fmt.Sprintf("%s %d %d %.4f", s.Channel, s.Ended, s.Open, *s.Bound))
		}
	}
	same(t, "stays", strings.Join(got, "\n"), "new 0 1 2.0069\nstd 820 4 2.0069")
	if len(bounds) != 5 {
		t.Errorf("bounds %v", bounds)
	}
	// the rest of the history decides, not a text of an export
	w.exec("update shipment_facts set channel = 'o''x'';--?' where channel = 'new'")
	if n := len(w.weekly().Actions); n != 4 {
		t.Errorf("%d actions", n)
	}
}
