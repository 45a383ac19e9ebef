package metric

import (
	"context"
	"database/sql"
	"io/fs"
	"strconv"
	"time"
)

const (
	shownActions  = 50
	shownUnmapped = 30
)

// legs averages each leg over what was delivered, of the orders and parcels of
// the window. Legs without one measured parcel are left out.
func (t tables) legs(w span) ([]Leg, error) {
	var out []Leg
	var sums []float64
	err := t.each("queries/cells/legs.sql", `select leg, n, sum_days, missing, negative
from {cell} where is_delivered = 1 and week >= cast(? as date) and week <= cast(? as date)
order by place, leg, platform, shop_id, week`,
		func(rows *sql.Rows) error {
			var l Leg
			var sum float64
			if err := rows.Scan(&l.ID, &l.N, &sum, &l.Missing, &l.Negative); err != nil {
				return err
			}
			if last := len(out) - 1; last >= 0 && out[last].ID == l.ID {
				out[last].N += l.N
				out[last].Missing += l.Missing
				out[last].Negative += l.Negative
				sums[last] += sum
				return nil
			}
			out, sums = append(out, l), append(sums, sum)
			return nil
		}, w.args()...)
	if err != nil {
		return nil, err
	}
	total := 0.0
	kept := out[:0]
	for i, l := range out {
		if l.N > 0 {
			l.Mean = sums[i] / float64(l.N)
			total += l.Mean
		}
		if l.N > 0 || l.Negative > 0 {
			kept = append(kept, l)
		}
	}
	if total > 0 {
		for i := range kept {
			kept[i].Share = kept[i].Mean / total
		}
	}
	return kept, nil
}

// actions reads the most urgent candidates, and how many there are. Without
// the bounds that stays measures nothing is called stalled.
func (t tables) actions(shops []ShopName) ([]Action, int, error) {
	var out []Action
	total := int64(0)
	err := t.each("queries/cells/actions.sql", `select reason, coalesce(platform, ''), coalesce(shop_id, ''), coalesce(order_id, ''), coalesce(shipment_id, ''), coalesce(tracking_number, ''),
  coalesce(carrier, ''), coalesce(channel, ''), coalesce(state, ''), coalesce(last_event, ''), last_at, since, due_at, coalesce(age_hours, 0),
  coalesce(cast(amount as varchar), ''), coalesce(currency, ''), coalesce(node, ''), coalesce(excess_hours, 0), total
from {cell} where place <= ? order by place`,
		func(rows *sql.Rows) error {
			var a Action
			if err := rows.Scan(&a.Reason, &a.Platform, &a.Shop, &a.Order, &a.Shipment, &a.Number, &a.Carrier, &a.Channel, &a.State, &a.LastEvent,
				&a.LastAt, &a.Since, &a.DueAt, &a.AgeHours, &a.Amount, &a.Currency, &a.Node, &a.ExcessHours, &total); err != nil {
				return err
			}
			a.LastAt, a.Since, a.DueAt = inUTC(a.LastAt), inUTC(a.Since), inUTC(a.DueAt)
			a.Shop = nameOf(shops, a.Platform, a.Shop)
			out = append(out, a)
			return nil
		}, shownActions)
	return out, int(total), err
}

// nameOf a shop, or its id where nobody named it.
func nameOf(shops []ShopName, platform, id string) string {
	for _, s := range shops {
		if s.Platform == platform && s.ID == id && s.Name != "" {
			return s.Name
		}
	}
	return id
}

func inUTC(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

// unmapped reads at most limit rows; 0: all.
func (t tables) unmapped(limit int) ([]Unmapped, error) {
	var out []Unmapped
	top := ""
	if limit > 0 {
		top = " limit " + strconv.Itoa(limit)
	}
	err := t.each("queries/cells/unmapped.sql", `select coalesce(carrier, ''), coalesce(code, ''), coalesce("text", ''), n
from {cell} order by n desc, carrier, code, "text"`+top,
		func(rows *sql.Rows) error {
			var u Unmapped
			if err := rows.Scan(&u.Carrier, &u.Code, &u.Text, &u.N); err != nil {
				return err
			}
			out = append(out, u)
			return nil
		})
	return out, err
}

// Codes lists what no map knows among the scans from an instant on, most
// frequent first, and counts the scans whose number belongs to no parcel.
// event_codes and event_words must cover these scans.
func Codes(ctx context.Context, q Querier, queries fs.FS, since time.Time) (unmapped []Unmapped, orphans int64, err error) {
	t := tables{ctx: ctx, q: q, queries: queries, since: since}
	if unmapped, err = t.unmapped(0); err != nil {
		return nil, 0, err
	}
	orphans, err = t.orphans()
	return unmapped, orphans, err
}

// volumes fills what the page stands on.
func (t tables) volumes(into *Trust) error {
	err := t.each("queries/cells/volumes.sql", "select orders, shipments, events from {cell}", func(rows *sql.Rows) error {
		return rows.Scan(&into.Orders, &into.Shipments, &into.Events)
	})
	if err != nil {
		return err
	}
	into.Orphans, err = t.orphans()
	return err
}

func (t tables) orphans() (n int64, err error) {
	err = t.each("queries/cells/orphans.sql", "select cast(coalesce(sum(n), 0) as bigint) from {cell}", func(rows *sql.Rows) error {
		return rows.Scan(&n)
	})
	return n, err
}
