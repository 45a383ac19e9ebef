package metric

import (
	"database/sql"
	"errors"
	"slices"
	"time"

	"waybill/pipeline/policy"
)

// shopReach is a shop that the tables hold, with the weeks over which it reaches.
type shopReach struct {
	shop        shopKey
	first, last *policy.Day
	traced      bool // a scan or a delivery is known
	dispatched  bool // an order that counts as dispatched
	handed      bool // an order or parcel that a carrier has
	scanned     bool // a first scan
}

// reach is what the tables hold at the as-of: orders and parcels of any kind, and
// the shops that sell.
type reach struct {
	orders, shipments int64
	shops             []shopReach
}

// readReach reads which shops there are and their weeks. Of a shop of which only
// returns are known nothing is shown.
func (t tables) readReach() (reach, error) {
	var out reach
	err := t.each("queries/cells/weeks.sql", `select coalesce(platform, ''), coalesce(shop_id, ''), orders, parcels, outbound, first_week, last_week, traced > 0, dispatched > 0, handed_over > 0, scanned > 0
from {cell} order by 1, 2`,
		func(rows *sql.Rows) error {
			var r shopReach
			var first, last *time.Time
			var orders, parcels, outbound int64
			if err := rows.Scan(&r.shop.platform, &r.shop.id, &orders, &parcels, &outbound, &first, &last, &r.traced, &r.dispatched, &r.handed, &r.scanned); err != nil {
				return err
			}
			r.first, r.last = dayOf(first), dayOf(last)
			out.orders += orders
			out.shipments += parcels
			if orders+outbound > 0 {
				out.shops = append(out.shops, r)
			}
			return nil
		})
	return out, err
}

// scanColumn is what a shop lacks of which no export holds a scan or a delivery.
const scanColumn = "event_at"

// blind says which metrics cannot be counted for a shop without a scan: no scan
// among the exports and no scan of the carrier's look alike.
func (r shopReach) blind(m policy.Metric) bool {
	switch m.Cohort {
	case "deliver_by", "labelled", "shipped", "promised", "delivered", "delivered_or_past_sla":
		return !r.traced
	case "dispatch_by":
		return !r.traced && !r.dispatched
	}
	return false
}

// blindTo makes the members of metrics unknown that a shop's exports say nothing of.
func (r rates) blindTo(in Input, reach []shopReach) {
	for _, s := range reach {
		p := in.pack(s.shop.platform)
		if p == nil {
			continue
		}
		for _, m := range p.Metrics {
			// members that are all open wait for their scans
			if h := r[m.ID][s.shop]; h != nil && h.total.den > h.total.open && s.blind(m) {
				h.blank()
			}
		}
	}
}

// What the exports may say nothing of.
const (
	NoScans      = "scans"
	NoDeliveries = "deliveries"
	NoDispatches = "dispatches"
)

// knowledge says of what no export speaks at all where no scan was ever loaded,
// whatever the shop: then only the lack of a feed would fill a list of actions.
func (t tables) knowledge() ([]string, error) {
	scans := int64(0)
	rows, err := t.q.Query(t.ctx, "select count(*) from (select 1 from tracking_events limit 1) as e")
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		err = errors.Join(err, rows.Scan(&scans))
	}
	if err := errors.Join(err, rows.Err(), rows.Close()); err != nil || scans > 0 {
		return nil, err
	}
	known, err := t.readReach()
	if err != nil || len(known.shops) == 0 || slices.ContainsFunc(known.shops, func(r shopReach) bool { return r.scanned }) {
		return nil, err
	}
	var traced, dispatched bool
	for _, r := range known.shops {
		traced, dispatched = traced || r.traced, dispatched || r.dispatched || r.handed
	}
	out := []string{NoScans}
	if !traced {
		out = append(out, NoDeliveries)
	}
	if !traced && !dispatched {
		out = append(out, NoDispatches)
	}
	return out, nil
}

func dayOf(t *time.Time) *policy.Day {
	if t == nil {
		return nil
	}
	d := policy.DayOf(*t, time.UTC)
	return &d
}

// wholeReach spans the weeks of all shops; false where no row has a week.
func wholeReach(list []shopReach) (first, last policy.Day, ok bool) {
	for _, r := range list {
		if r.first != nil && (!ok || *r.first < first) {
			first = *r.first
		}
		if r.last != nil && (!ok || *r.last > last) {
			last = *r.last
		}
		ok = ok || r.first != nil && r.last != nil
	}
	return first, last, ok
}

// since is the instant from which cells are read: two days before the first
// shown week, which covers every zone, and never later than the oldest thing
// that the action list may hold (its forget_hours before the as-of).
func since(w span, asOf time.Time) time.Time {
	at := w.from.UTC().AddDate(0, 0, -2)
	if forget := actionsFrom(asOf); forget.Before(at) {
		return forget
	}
	return at
}

// actionsFrom is an instant no later than the oldest thing in an action list, by two days.
func actionsFrom(asOf time.Time) time.Time {
	return asOf.AddDate(0, 0, -92).Truncate(time.Second)
}
