package cli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/pipeline/demo"
	"waybill/pipeline/metric"
	"waybill/pipeline/run"
)

// seeds of the demo sellers that are held against their truth.
var seeds = []uint64{1, 7}

func eachSeed(t *testing.T, test func(s space, truth demo.Truth)) {
	for _, seed := range seeds {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			s := demoOf(t, seed)
			test(s, s.truth())
		})
	}
}

func TestLoadsEqualTheTruth(t *testing.T) {
	eachSeed(t, func(s space, truth demo.Truth) {
		type counts struct{ Files, Records, Stored, Repeats, Rejected int64 }
		want, got := map[string]counts{}, map[string]counts{}
		for _, f := range truth.Feeds {
			c := counts{int64(f.Files), f.Records, f.Rows, f.Repeats, 0}
			for _, r := range f.Rejected {
				c.Rejected += r.N
			}
			want[f.Feed] = c
		}
		// of bills the charges, not their totals, which stand on each row of some
		for _, f := range s.moneyTruth().Files {
			want[f.Feed] = counts{int64(f.Files), f.Lines, f.Lines, 0, 0}
		}
		for _, r := range s.rows("select feed, count(*), sum(records), sum(stored), sum(repeats), sum(rejected) from loads where status = 'loaded' and table_name <> 'bills_in' group by feed") {
			got[r[0]] = counts{s.number(r[1]), s.number(r[2]), s.number(r[3]), s.number(r[4]), s.number(r[5])}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			s.Errorf("loads by feed (-truth +loads):\n%s", diff)
		}
	})
}

// reasonOf is the truth's word for what a reject says.
func reasonOf(text string) string {
	switch {
	case strings.HasPrefix(text, "the line"):
		return "broken_record"
	case strings.HasPrefix(text, "is no time"):
		return "bad_time"
	case strings.HasPrefix(text, "is no amount"):
		return "bad_number"
	case text == "is empty":
		return "missing"
	}
	return text
}

func TestRejectsEqualTheTruth(t *testing.T) {
	eachSeed(t, func(s space, truth demo.Truth) {
		want, got, page := map[string]int64{}, map[string]int64{}, map[string]int64{}
		for _, f := range truth.Feeds {
			for _, r := range f.Rejected {
				want[f.Feed+" "+r.Column+" "+r.Reason] = r.N
			}
		}
		key := func(feed, column, reason string) string {
			// the header of the export stands behind the contract's name
			name, _, _ := strings.Cut(column, " (")
			return feed + " " + name + " " + reasonOf(reason)
		}
		for _, r := range s.rows("select feed, coalesce(column_name, ''), reason, count(*), count(line_no), count(raw) from rejects group by feed, column_name, reason") {
			got[key(r[0], r[1], r[2])] += s.number(r[3])
			if r[3] != r[4] {
				s.Errorf("%s %s: %s rejects, %s with a line", r[0], r[1], r[3], r[4])
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			s.Errorf("rejects (-truth +rejects):\n%s", diff)
		}
		w := s.weekly()
		for _, r := range w.Rejects {
			page[key(r.Feed, r.Column, r.Reason)] += r.N
		}
		if diff := cmp.Diff(want, page); diff != "" {
			s.Errorf("rejects of the page (-truth +page):\n%s", diff)
		}
	})
}

func TestVolumesEqualTheTruth(t *testing.T) {
	eachSeed(t, func(s space, truth demo.Truth) {
		type volumes struct {
			AsOf                               string
			Orders, Shipments, Events, Orphans int64
			Unmapped                           map[string]int64
		}
		want := volumes{truth.AsOf.String(), truth.Orders, truth.Shipments, truth.Events, truth.Orphans, map[string]int64{}}
		for _, u := range truth.Unmapped {
			want.Unmapped[u.Carrier+" "+u.Code] = u.N
		}
		w := s.weekly()
		var codes run.Codes
		s.decode(&codes, "codes")
		got := volumes{w.AsOf.String(), w.Trust.Orders, w.Trust.Shipments, w.Trust.Events, codes.Orphans, map[string]int64{}}
		for _, u := range codes.Unmapped {
			got.Unmapped[strings.TrimSpace(u.Carrier+" "+u.Code)] += u.N
		}
		if w.Trust.Orphans == 0 || w.Trust.Orphans > codes.Orphans || len(w.Unmapped) == 0 || len(w.Unmapped) > len(codes.Unmapped) {
			s.Errorf("the page shows %d orphans and %d codes of its weeks, of %d and %d", w.Trust.Orphans, len(w.Unmapped), codes.Orphans, len(codes.Unmapped))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			s.Errorf("page (-truth +page):\n%s", diff)
		}
		rows := s.rows("select (select count(*) from orders), (select count(*) from shipments), (select count(*) from tracking_events), (select count(*) from order_facts), (select count(*) from shipment_facts)")
		tables := []string{fmt.Sprint(truth.Orders), fmt.Sprint(truth.Shipments), fmt.Sprint(truth.Events), fmt.Sprint(truth.Orders), fmt.Sprint(truth.Shipments)}
		if diff := cmp.Diff(tables, rows[0]); diff != "" {
			s.Errorf("tables (-truth +lake):\n%s", diff)
		}
	})
}

func TestDueWeeksEqualTheTruth(t *testing.T) {
	eachSeed(t, func(s space, truth demo.Truth) {
		type week struct{ Shop, Week string }
		type counts struct{ Due, OnTime, Late, Open, Excluded int64 }
		want, got := map[week]counts{}, map[week]counts{}
		closed := 0
		for _, w := range truth.DueWeeks {
			want[week{w.Shop, w.Week}] = counts{w.Due, w.OnTime, w.Late, w.Open, w.Excluded}
			if w.Open == 0 {
				closed++
			}
		}
		if closed < 80 || closed == len(want) {
			s.Errorf("%d of %d due weeks are closed: the truth says too little", closed, len(want))
		}
		for _, r := range s.rows(`select shop_id, due_week, count(*) filter (where not excluded_due), count(*) filter (where not excluded_due and on_time = 'yes'),
 count(*) filter (where not excluded_due and on_time = 'no'), count(*) filter (where not excluded_due and on_time = 'open'), count(*) filter (where excluded_due)
 from orders_as_of group by shop_id, due_week`) {
			got[week{r[0], r[1]}] = counts{s.number(r[2]), s.number(r[3]), s.number(r[4]), s.number(r[5]), s.number(r[6])}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			s.Errorf("orders_as_of (-truth +lake):\n%s", diff)
		}
		// the page shows the last weeks of them
		w := s.weekly()
		points := 0
		for _, shop := range w.Shops {
			for _, series := range shop.Series {
				if series.Metric != "otdr" {
					continue
				}
				for _, p := range series.Points {
					points++
					c := want[week{shop.ID, p.Week.Start}]
					if diff := cmp.Diff(c, counts{p.Den, p.Num, p.Den - p.Num - p.Open, p.Open, p.Excluded}); diff != "" {
						s.Errorf("%s %s (-truth +page):\n%s", shop.ID, p.Week.Start, diff)
					}
					// the platform asks for four of five; an open week has no verdict
					verdict := ""
					if p.Week.State == metric.Closed {
						verdict = map[bool]string{true: "yes", false: "no"}[5*c.OnTime >= 4*c.Due]
					}
					if p.Met != verdict {
						s.Errorf("%s %s: met %q, want %q of %d/%d", shop.ID, p.Week.Start, p.Met, verdict, c.OnTime, c.Due)
					}
				}
			}
		}
		if points < 24 {
			s.Errorf("the page has %d due weeks", points)
		}
	})
}
