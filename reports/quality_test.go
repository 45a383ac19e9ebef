package reports

import (
	"regexp"
	"strings"
	"testing"

	"waybill/pipeline/metric"
)

var qualityFixtures = map[string]func() metric.Quality{"full": qualityFull, "empty": qualityEmpty, "hostile": qualityHostile, "calm": qualityCalm}

// qualityCalm has figures that were shown before, and none that changed.
func qualityCalm() metric.Quality {
	q := qualityEmpty()
	q.Compared, q.Shop = 24, "Aurora Home"
	return q
}

func qualityEmpty() metric.Quality {
	return metric.Quality{Workspace: "aurora", AsOf: at("2026-11-16T16:00:00Z"), Zone: "America/Los_Angeles", Week: fixtureWeek(0, metric.Closed), From: "2026-08-17"}
}

func qualityFull() metric.Quality {
	q := qualityEmpty()
	q.Trust = fixtureFull().Trust
	q.Rejects, q.Unmapped = fixtureFull().Rejects, fixtureFull().Unmapped
	q.Orphans = []metric.Orphan{{Carrier: "YunExpress", Number: "YT2631550000123", N: 812}, {Number: "0042", N: 3}}
	q.Latency = []metric.Latency{{Feed: "track17", N: 120331, P50: ptr(31.0), P95: ptr(160.0), Future: 2}, {Feed: "old", Unknown: 12}}
	for i, kind := range metric.Kinds {
		q.Exceptions = append(q.Exceptions,
			metric.Exception{Platform: "tiktok", Shop: "s-1", Channel: "YunExpress US Standard", Kind: kind, N: int64(40 + i), Of: 900, Delivered: int64(30 + i), Open: 6, Ended: 4},
			metric.Exception{Platform: "tiktok", Shop: "s-1", Kind: kind, Of: int64(7 * (i % 2)), Unknown: int64(i)})
	}
	for i, cohort := range []string{"delivered_or_past_sla", "delivered", "shipped"} {
		q.Traces = append(q.Traces, metric.Traces{Platform: "tiktok", Shop: "shop " + digits(i+1), Metric: "trace_completeness", Pack: "tiktok_us@2026-02-01", Cohort: cohort, Denominator: "traced",
			Channels: []metric.TraceChannel{{Of: 8, Lacks: []int64{8, 8, 8, 8, 8, 8, 8}, Small: true}, {Channel: "4PX-std", Of: 400, Whole: 301, Open: 7, Lacks: []int64{0, 90, 4, 2, 1, 0, 7}}}})
	}
	q.Traces[1].Channels[0].Channel = "Yanwen Special Line"
	q.Traces[2].Channels, q.Traces[2].Unknown, q.Traces[2].Needs = nil, 31, "deliver_before_at"
	for _, node := range []string{"pickup", "export_cleared", "departed", "arrived", "cleared", "last_mile"} {
		q.Stays = append(q.Stays, metric.Stay{Node: node, Channel: "4PX-std", Ended: 610, Open: 44, Bound: ptr(3.4), Here: 31, Stalled: 5}, metric.Stay{Node: node, Ended: 4, Here: 1})
	}
	for i := range 60 {
		q.Stalls = append(q.Stalls, metric.Stall{Shipment: "p", Platform: "tiktok", Shop: "Aurora Home", Channel: "4PX-std", State: "CA", Carrier: "4PX", Number: "4PX" + digits(3000000+i),
			Node: "arrived", NodeAt: at("2026-11-02T03:00:00Z"), LastAt: ptr(at("2026-11-02T03:00:00Z")), DueAt: ptr(at("2026-11-12T08:00:00Z")), StayDays: 14.5, ExcessDays: ptr(11.1),
			SilentDays: 14.5, Stalled: true, Presumed: i%4 == 0})
	}
	q.Stalls[1].Number, q.Stalls[1].ExcessDays, q.Stalls[1].LastAt = "", nil, nil
	q.StallTotal = 214
	q.StallForgotten = 31
	q.Silences = []metric.Silence{{Carrier: "4PX", Channel: "4PX-std", Ended: 5112, P50: ptr(3.2), P95: ptr(7.9), Open: 240, NowP50: ptr(1.1), NowP95: ptr(9.0)}, {Carrier: "new"}}
	q.Lost = []metric.Lost{{Channel: "4PX-std", Days: 17, Reached: 140, Delivered: 1, Presumed: 9}, {Channel: "new"}}
	q.Anomalies = []metric.Anomaly{{Kind: "after_delivered", Platform: "tiktok", Shop: "s-1", Carrier: "USPS", N: 12, LookedAt: 4000, Example: "9400"},
		{Kind: "after_export", Feed: "track17", N: 2, LookedAt: 120333}, {Kind: "before_order", Carrier: "4PX", LookedAt: 900, Unknown: 4}, {Kind: "same_second", Carrier: "4PX", Unknown: 900, Needs: "tracking_events.event_at to the second"},
		{Kind: "wrong_order", Carrier: "4PX", N: 1, LookedAt: 900, Example: "4PX1"}, {Kind: "zip_mismatch", Needs: "tracking_events.postal_code"}}
	q.Near = []metric.Near{{Kind: "dispatch", Platform: "tiktok", Shop: "Aurora Home", Near: 31, Met: 1204}, {Kind: "delivery", Platform: "tiktok", Shop: "Aurora Home", Near: 5, Met: 978}}
	q.NearOrders = []metric.NearOrder{{Kind: "dispatch", Platform: "tiktok", Shop: "Aurora Home", Order: "576", Channel: "4PX-std", State: "GA", At: at("2026-11-13T05:00:00Z"), DueAt: at("2026-11-13T08:00:00Z"), LeftHours: 3}}
	q.Compared = 24
	q.Restated = []metric.Restatement{{First: metric.Publication{ReportID: "r-1", AsOf: at("2026-11-09T16:00:00Z"), Platform: "tiktok", Shop: "s-1", Metric: "otdr", Week: "2026-11-02", Num: 940, Den: 1201},
		Shown: 2, Week: fixtureWeek(-1, metric.Closed), Num: 961, Den: 1201}}
	return q
}

func qualityHostile() metric.Quality {
	const bad = `"></script><img src=x onerror=alert(1)>=1+1`
	q := qualityFull()
	q.Workspace, q.Shop = bad, bad
	q.Orphans[0], q.Latency[0].Feed = metric.Orphan{Carrier: bad, Number: bad, N: 1}, bad
	for i := range q.Exceptions {
		q.Exceptions[i].Channel, q.Exceptions[i].Shop = bad, bad
	}
	q.Exceptions[0].Kind, q.Anomalies[0].Kind, q.Near[0].Kind, q.Stays[0].Node = bad, bad, bad, bad
	t := &q.Traces[0]
	t.Shop, t.Pack, t.Cohort, t.Denominator, t.Channels[0].Channel = bad, bad, bad, bad, bad
	for i := range q.Stalls {
		s := &q.Stalls[i]
		s.Shop, s.Channel, s.State, s.Carrier, s.Number, s.Node = bad, bad, bad, bad, bad, bad
	}
	q.Silences[0].Carrier, q.Lost[0].Channel, q.NearOrders[0].Order, q.Anomalies[0].Example = bad, bad, bad, bad
	q.Restated[0].First.Metric, q.Restated[0].First.ReportID = bad, bad
	return q
}

func TestQualityPage(t *testing.T) {
	r := made(t, casesOf("quality", Quality, qualityFixtures)["quality full"])
	words := regexp.MustCompile(`<[^>]*>`)
	text := words.ReplaceAllString(string(r.HTML), "")
	for _, want := range []string{
		"31 more are stuck for so long that nobody acts any more", "214, the 50 longest here", "presumed lost", "needs column tracking_events.postal_code", "too few to say", "推定丢失", "78.3", "80.0", "4PX3000000", "cells/silence.sql",
		"Missing nodes by channel", "各渠道缺失节点", "22.5%", "100.0%", "cells/parcels_traced.sql",
		"out of parcels delivered in these weeks, or whose deadline passed in them (traced of tiktok_us@2026-02-01)",
		"基数为这些周内妥投或时限已过的包裹（tiktok_us@2026-02-01 的 traced）", "not delivered and without deliver_before_at, in no row: 31",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(text, "4PX3000059") {
		t.Error("the page lists what only the workbook should")
	}
	if got := r.Entry.Headline["en"]; got != "214 parcels stuck, 9 presumed lost; 1 figure of closed weeks restated" {
		t.Errorf("headline %q", got)
	}
	empty := words.ReplaceAllString(string(made(t, casesOf("quality", Quality, qualityFixtures)["quality empty"]).HTML), "")
	for _, want := range []string{"No parcel is stuck.", "No parcel of these weeks is asked for a whole trace", "No figure was shown before", "No record was rejected."} {
		if !strings.Contains(empty, want) {
			t.Errorf("the empty page lacks %q", want)
		}
	}
}
