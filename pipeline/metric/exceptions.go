package metric

import (
	"cmp"
	"database/sql"
	"slices"
	"time"
)

// Kinds of trouble, in the order of a parcel's way.
var Kinds = []string{"no_trace", "customs_held", "bad_address", "attempt_failed", "long_undelivered", "returning", "lost"}

// Exception counts the parcels of a shop and channel that ever ran into one
// kind of trouble: N of Of, and N = Delivered + Open + Ended.
type Exception struct {
	Platform  string `json:"platform"`
	Shop      string `json:"shop"`
	Channel   string `json:"channel"` // empty: not stated in the exports
	Kind      string `json:"kind"`    // one of Kinds
	N         int64  `json:"n"`
	Of        int64  `json:"of"`        // parcels for which it can be decided
	Delivered int64  `json:"delivered"` // in the end, despite it
	Open      int64  `json:"open"`
	Ended     int64  `json:"ended"`             // came back, lost or destroyed
	Unknown   int64  `json:"unknown,omitempty"` // not in Of: no label time, no clock of the pack, or no deadline and too few to compare with
}

// exceptions reads the funnel of the window, by platform, shop, channel, kind.
func (t tables) exceptions(shops []ShopName) ([]Exception, error) {
	var out []Exception
	type key struct{ platform, shop, channel string }
	all := map[key]int64{}
	err := t.each("queries/cells/exceptions.sql", `select coalesce(platform, ''), coalesce(shop_id, ''), coalesce(channel, ''), kind, n, delivered, "open", ended, unknown from {cell}`,
		func(rows *sql.Rows) error {
			var e Exception
			if err := rows.Scan(&e.Platform, &e.Shop, &e.Channel, &e.Kind, &e.N, &e.Delivered, &e.Open, &e.Ended, &e.Unknown); err != nil {
				return err
			}
			if e.Kind == "all" {
				all[key{e.Platform, e.Shop, e.Channel}] = e.N
			} else {
				out = append(out, e)
			}
			return nil
		})
	for i, e := range out {
		out[i].Of = all[key{e.Platform, e.Shop, e.Channel}] - e.Unknown
	}
	slices.SortFunc(out, func(a, b Exception) int {
		return cmp.Or(cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Shop, b.Shop), cmp.Compare(a.Channel, b.Channel),
			cmp.Compare(slices.Index(Kinds, a.Kind), slices.Index(Kinds, b.Kind)))
	})
	for i := range out {
		out[i].Shop = nameOf(shops, out[i].Platform, out[i].Shop)
	}
	return out, err
}

// Stall is a parcel that is longer in its node than nearly all others were, or
// silent for so long that it is presumed lost. Both are presumptions.
type Stall struct {
	Shipment   string     `json:"shipment"`
	Platform   string     `json:"platform"`
	Shop       string     `json:"shop"`
	Channel    string     `json:"channel"`
	State      string     `json:"state"`
	Carrier    string     `json:"carrier"`
	Number     string     `json:"number"`
	Node       string     `json:"node"`
	NodeAt     time.Time  `json:"node_at"`
	LastAt     *time.Time `json:"last_at"`
	DueAt      *time.Time `json:"due_at"`
	StayDays   float64    `json:"stay_days"`
	ExcessDays *float64   `json:"excess_days"` // over the bound of its node and channel; nil: that has no bound
	SilentDays float64    `json:"silent_days"`
	Stalled    bool       `json:"stalled"`
	Presumed   bool       `json:"presumed_lost"`
}

// stalls counts the parcels in each node into stays, those presumed lost into
// lost, and lists the parcels that are longest over their bound. total are those
// that somebody may still act on; forgotten are older.
func (t tables) stalls(shops []ShopName, stays []Stay, lost []Lost, limit int) (out []Stall, total, forgotten int64, err error) {
	err = t.each("queries/cells/stalls.sql", `select node, coalesce(channel, ''), count(*), count(*) filter (where is_stalled = 1), count(*) filter (where is_lost = 1),
  count(*) filter (where (is_stalled = 1 or is_lost = 1) and is_forgotten = 0), count(*) filter (where (is_stalled = 1 or is_lost = 1) and is_forgotten = 1)
from {cell} group by node, channel`,
		func(rows *sql.Rows) error {
			var node, channel string
			var here, stalled, presumed, listed, old int64
			if err := rows.Scan(&node, &channel, &here, &stalled, &presumed, &listed, &old); err != nil {
				return err
			}
			total += listed
			forgotten += old
			for i := range stays {
				if stays[i].Node == node && stays[i].Channel == channel {
					stays[i].Here, stays[i].Stalled = here, stalled
				}
			}
			for i := range lost {
				if lost[i].Channel == channel {
					lost[i].Presumed += presumed
				}
			}
			return nil
		})
	if err != nil {
		return nil, 0, 0, err
	}
	err = t.each("queries/cells/stalls.sql", `select shipment_id, coalesce(platform, ''), coalesce(shop_id, ''), coalesce(channel, ''), coalesce(state, ''), coalesce(carrier, ''),
  coalesce(tracking_number, ''), node, node_at, last_event_at, deliver_before_at, stay_hours / 24, excess_hours / 24, silent_hours / 24,
  coalesce(is_stalled, 0) = 1, coalesce(is_lost, 0) = 1
from {cell} where (is_stalled = 1 or is_lost = 1) and is_forgotten = 0 order by excess_hours desc nulls last, silent_hours desc, shipment_id limit ?`,
		func(rows *sql.Rows) error {
			var s Stall
			if err := rows.Scan(&s.Shipment, &s.Platform, &s.Shop, &s.Channel, &s.State, &s.Carrier, &s.Number, &s.Node, &s.NodeAt, &s.LastAt, &s.DueAt,
				&s.StayDays, &s.ExcessDays, &s.SilentDays, &s.Stalled, &s.Presumed); err != nil {
				return err
			}
			s.Shop = nameOf(shops, s.Platform, s.Shop)
			s.NodeAt, s.LastAt, s.DueAt = s.NodeAt.UTC(), inUTC(s.LastAt), inUTC(s.DueAt)
			out = append(out, s)
			return nil
		}, limit)
	return out, total, forgotten, err
}

// Near counts the orders that met a deadline with little time left.
type Near struct {
	Kind     string `json:"kind"` // dispatch or delivery
	Platform string `json:"platform"`
	Shop     string `json:"shop"`
	Near     int64  `json:"near"`
	Met      int64  `json:"met"` // all that met it
}

// NearOrder is one of them.
type NearOrder struct {
	Kind      string    `json:"kind"`
	Platform  string    `json:"platform"`
	Shop      string    `json:"shop"`
	Order     string    `json:"order"`
	Channel   string    `json:"channel"`
	State     string    `json:"state"`
	At        time.Time `json:"at"`
	DueAt     time.Time `json:"due_at"`
	LeftHours float64   `json:"left_hours"`
}

// near counts near misses by kind and shop and lists the newest ones.
func (t tables) near(shops []ShopName, limit int) ([]Near, []NearOrder, error) {
	var counts []Near
	const file = "queries/cells/near_misses.sql"
	err := t.each(file, `select kind, coalesce(platform, ''), coalesce(shop_id, ''), cast(sum(is_near) as bigint), count(*)
from {cell} group by kind, platform, shop_id order by kind desc, platform, shop_id`,
		func(rows *sql.Rows) error {
			var n Near
			if err := rows.Scan(&n.Kind, &n.Platform, &n.Shop, &n.Near, &n.Met); err != nil {
				return err
			}
			n.Shop = nameOf(shops, n.Platform, n.Shop)
			counts = append(counts, n)
			return nil
		})
	if err != nil {
		return nil, nil, err
	}
	var list []NearOrder
	err = t.each(file, `select kind, coalesce(platform, ''), coalesce(shop_id, ''), order_id, coalesce(channel, ''), coalesce(state, ''), done_at, due_at, left_hours
from {cell} where is_near = 1 order by due_at desc, left_hours, kind, platform, shop_id, order_id limit ?`,
		func(rows *sql.Rows) error {
			var n NearOrder
			if err := rows.Scan(&n.Kind, &n.Platform, &n.Shop, &n.Order, &n.Channel, &n.State, &n.At, &n.DueAt, &n.LeftHours); err != nil {
				return err
			}
			n.Shop = nameOf(shops, n.Platform, n.Shop)
			n.At, n.DueAt = n.At.UTC(), n.DueAt.UTC()
			list = append(list, n)
			return nil
		}, limit)
	return counts, list, err
}
