package metric

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"
)

const (
	shownStalls = 200
	shownNear   = 100
)

// Quality is how far the exports can be believed, and what goes wrong on the
// way: everything that the quality page shows.
type Quality struct {
	Workspace  string      `json:"workspace"`
	AsOf       time.Time   `json:"as_of"`
	Zone       string      `json:"zone"`
	Week       Week        `json:"week"`           // the last of the window
	From       string      `json:"from"`           // Monday of its first week
	Since      time.Time   `json:"since"`          // cells read from here on
	Shop       string      `json:"shop,omitempty"` // the one shop that all numbers are narrowed to; empty: all
	Languages  []string    `json:"languages"`
	Trust      Trust       `json:"trust"`
	Rejects    []Reject    `json:"rejects"`
	Unmapped   []Unmapped  `json:"unmapped"`
	Orphans    []Orphan    `json:"orphans"`   // by carrier, most scans first
	Latency    []Latency   `json:"latency"`   // by feed
	Anomalies  []Anomaly   `json:"anomalies"` // by kind, platform, shop, carrier
	Exceptions []Exception `json:"exceptions"`
	Traces     []Traces    `json:"traces"`
	Stays      []Stay      `json:"stays"` // by node, then channel
	Stalls     []Stall     `json:"stalls"`
	StallTotal int64       `json:"stall_total"`

	StallForgotten int64 `json:"stall_forgotten,omitempty"` // not in StallTotal: so old that nobody acts on it any more

	Silences   []Silence     `json:"silences"` // by channel, then carrier
	Lost       []Lost        `json:"lost"`     // by channel
	Near       []Near        `json:"near"`
	NearOrders []NearOrder   `json:"near_orders"` // newest deadline first
	Restated   []Restatement `json:"restated"`
	Compared   int           `json:"compared"` // points of closed weeks that were compared
}

// Orphan counts scans of a carrier whose number belongs to no parcel.
type Orphan struct {
	Carrier string `json:"carrier"`
	Number  string `json:"number"` // an example
	N       int64  `json:"n"`
}

// Anomaly counts parcels (or scans of a feed) whose times cannot be right or are
// hard to believe: N of LookedAt. With Needs it could not be looked for: the
// exports lack that column.
type Anomaly struct {
	Kind     string `json:"kind"` // before_order, wrong_order, after_delivered, same_second, after_export, zip_mismatch
	Platform string `json:"platform"`
	Shop     string `json:"shop"`
	Carrier  string `json:"carrier"`
	Feed     string `json:"feed,omitempty"` // after_export, which counts scans
	N        int64  `json:"n"`
	LookedAt int64  `json:"looked_at"`
	Unknown  int64  `json:"unknown,omitempty"` // not in LookedAt: a time is missing, or has no seconds
	Example  string `json:"example,omitempty"` // a tracking number
	Needs    string `json:"needs,omitempty"`   // column
}

// anomalyNeeds is the column without which a kind cannot be looked for.
var anomalyNeeds = map[string]string{
	"before_order": "orders_in.created_at",
	"wrong_order":  "tracking_events.event_at",
	"same_second":  "tracking_events.event_at to the second",
	"after_export": "exported_at of the feed",
}

// BuildQuality makes the numbers of the quality page, over the report's week
// and the 12 before it.
func BuildQuality(ctx context.Context, q Querier, in Input) (Quality, error) {
	b := newWeekly(ctx, q, in)
	out := Quality{Workspace: in.Workspace, AsOf: in.AsOf.UTC(), Zone: in.Zone, Shop: in.Shop, Languages: in.Languages, Rejects: in.rejects()}
	var w Weekly
	err := b.figures(&w, []transitKeys{perShop})
	if err != nil {
		return Quality{}, err
	}
	out.Week, out.Trust, out.Since = w.Week, w.Trust, b.since.UTC()
	out.From = (b.report - (window-1)*week).String()
	out.Traces = b.traces()
	out.Restated, out.Compared = restated(in, w.Shops)
	var bounds []stayBound
	if out.Stays, bounds, err = b.stays(in.AsOf); err != nil {
		return Quality{}, err
	}
	if out.Silences, out.Lost, err = b.silence(); err != nil {
		return Quality{}, err
	}
	b.bounds = append(bounds, lostBounds(out.Lost)...)
	if out.Stalls, out.StallTotal, out.StallForgotten, err = b.stalls(b.shops, out.Stays, out.Lost, shownStalls); err != nil {
		return Quality{}, err
	}
	if out.Exceptions, err = b.exceptions(b.shops); err != nil {
		return Quality{}, err
	}
	if out.Near, out.NearOrders, err = b.near(b.shops, shownNear); err != nil {
		return Quality{}, err
	}
	if out.Latency, err = b.latency(); err != nil {
		return Quality{}, err
	}
	if out.Anomalies, err = b.anomalies(out.Latency, b.shops); err != nil {
		return Quality{}, err
	}
	if out.Orphans, err = b.orphanList(); err != nil {
		return Quality{}, err
	}
	if in.MapScans != nil {
		if err := in.MapScans(ctx, b.since); err != nil {
			return Quality{}, err
		}
	}
	out.Unmapped, err = b.unmapped(0)
	return out, err
}

func (t tables) orphanList() ([]Orphan, error) {
	var out []Orphan
	err := t.each("queries/cells/orphans.sql", `select coalesce(carrier, ''), coalesce(number, ''), n from {cell} order by n desc, carrier`,
		func(rows *sql.Rows) error {
			var o Orphan
			if err := rows.Scan(&o.Carrier, &o.Number, &o.N); err != nil {
				return err
			}
			out = append(out, o)
			return nil
		})
	return out, err
}

// anomalies reads what is odd about times. Kinds that no export allows to look
// for stay in the list, with what they need.
func (t tables) anomalies(latency []Latency, shops []ShopName) ([]Anomaly, error) {
	var out []Anomaly
	err := t.each("queries/cells/anomalies.sql", `select kind, coalesce(platform, ''), coalesce(shop_id, ''), coalesce(carrier, ''), n, looked_at, unknown, coalesce(example, '') from {cell}`,
		func(rows *sql.Rows) error {
			var a Anomaly
			if err := rows.Scan(&a.Kind, &a.Platform, &a.Shop, &a.Carrier, &a.N, &a.LookedAt, &a.Unknown, &a.Example); err != nil {
				return err
			}
			out = append(out, a)
			return nil
		})
	for _, l := range latency {
		out = append(out, Anomaly{Kind: "after_export", Feed: l.Feed, N: l.Future, LookedAt: l.N + l.Future, Unknown: l.Unknown})
	}
	for i := range out {
		if out[i].LookedAt == 0 && out[i].Unknown > 0 {
			out[i].Needs = anomalyNeeds[out[i].Kind]
		}
	}
	// no contract has the postal code of a scan to hold against the buyer's
	out = append(out, Anomaly{Kind: "zip_mismatch", Needs: "tracking_events.postal_code"})
	slices.SortFunc(out, func(a, b Anomaly) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Shop, b.Shop), cmp.Compare(a.Carrier, b.Carrier), cmp.Compare(a.Feed, b.Feed))
	})
	for i := range out {
		out[i].Shop = nameOf(shops, out[i].Platform, out[i].Shop)
	}
	return out, err
}

// Publication is a point of a closed week as a report showed it first, or again
// after it had changed.
type Publication struct {
	ReportID string    `json:"report_id"`
	AsOf     time.Time `json:"as_of"`
	Platform string    `json:"platform"`
	Shop     string    `json:"shop"`
	Metric   string    `json:"metric"`
	Week     string    `json:"week"` // its Monday, 2026-11-09
	Num      int64     `json:"num"`
	Den      int64     `json:"den"`
}

// Restatement is a closed week's figure that is no longer what was shown first.
type Restatement struct {
	First Publication `json:"first"`
	Shown int         `json:"shown"` // how many different figures were shown
	Week  Week        `json:"week"`
	Num   int64       `json:"num"` // now
	Den   int64       `json:"den"`
}

// restated compares what was shown up to the as-of with what is so, and says how
// many points were compared: by platform, shop, metric, newest week first.
func restated(in Input, shops []Shop) ([]Restatement, int) {
	type key struct{ platform, shop, metric, week string }
	first := map[key]Restatement{}
	for _, p := range in.Published {
		k := key{p.Platform, p.Shop, p.Metric, p.Week}
		if p.AsOf.After(in.AsOf) {
			continue
		}
		r, ok := first[k]
		if !ok {
			p.AsOf = p.AsOf.UTC()
			r.First = p
		}
		r.Shown++
		first[k] = r
	}
	var out []Restatement
	compared := 0
	for _, s := range shops {
		for _, series := range s.Series {
			for _, p := range series.Points {
				r, ok := first[key{s.Platform, s.ID, series.Metric, p.Week.Start}]
				if !ok || p.Week.State != Closed {
					continue
				}
				compared++
				if r.First.Num != p.Num || r.First.Den != p.Den {
					r.Week, r.Num, r.Den = p.Week, p.Num, p.Den
					out = append(out, r)
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Restatement) int {
		return cmp.Or(cmp.Compare(a.First.Platform, b.First.Platform), cmp.Compare(a.First.Shop, b.First.Shop), cmp.Compare(a.First.Metric, b.First.Metric),
			cmp.Compare(b.Week.Start, a.Week.Start))
	})
	return out, compared
}
