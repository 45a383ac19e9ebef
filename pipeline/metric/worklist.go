package metric

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"strconv"
	"time"
)

const (
	shownActions  = 50
	shownUnmapped = 30
	mostActions   = 500 // as many as the cell gives
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

// worklist is what a list of actions shows and counts.
type worklist struct {
	shown, hidden                      []Action
	totalShown, totalLate, totalHidden int
}

// actions reads the most urgent candidates, up to limit shown and as many
// hidden ones, and how many there are. Without the bounds that stays measures
// nothing is called stalled.
func (t tables) actions(shops []ShopName, limit int) (worklist, error) {
	var out worklist
	notes, err := t.notes()
	if err != nil {
		return out, err
	}
	err = t.each("queries/cells/actions.sql", `select reason, coalesce(platform, ''), coalesce(shop_id, ''), coalesce(order_id, ''), coalesce(shipment_id, ''), coalesce(stands_for, ''), coalesce(tracking_number, ''),
  coalesce(carrier, ''), coalesce(channel, ''), coalesce(state, ''), coalesce(last_event, ''), last_at, since, due_at, coalesce(age_hours, 0),
  coalesce(cast(amount as varchar), ''), coalesce(currency, ''), coalesce(node, ''), coalesce(excess_hours, 0), is_late = 1, coalesce(hidden, ''), until_at, total, total_late, total_hidden
from {cell} where place <= ? order by hidden nulls first, place`,
		func(rows *sql.Rows) error {
			var a Action
			parcel := ""
			if err := rows.Scan(&a.Reason, &a.Platform, &a.Shop, &a.Order, &a.Shipment, &parcel, &a.Number, &a.Carrier, &a.Channel, &a.State, &a.LastEvent,
				&a.LastAt, &a.Since, &a.DueAt, &a.AgeHours, &a.Amount, &a.Currency, &a.Node, &a.ExcessHours, &a.Late, &a.Hidden, &a.Until,
				&out.totalShown, &out.totalLate, &out.totalHidden); err != nil {
				return err
			}
			a.LastAt, a.Since, a.DueAt, a.Until = inUTC(a.LastAt), inUTC(a.Since), inUTC(a.DueAt), inUTC(a.Until)
			a.Note = notes.of(a.Platform, a.Shop, a.Order, parcel)
			a.Shop = nameOf(shops, a.Platform, a.Shop)
			if a.Hidden == "" {
				out.shown = append(out.shown, a)
			} else {
				out.hidden = append(out.hidden, a)
			}
			return nil
		}, limit)
	return out, err
}

// notes are the newest note of each subject.
type notes map[[4]string]string

// of a row: its parcel's, else its order's.
func (n notes) of(platform, shop, order, shipment string) string {
	if text := n[[4]string{"", "", "", shipment}]; shipment != "" && text != "" {
		return text
	}
	return n[[4]string{platform, shop, order, ""}]
}

func (t tables) notes() (_ notes, err error) {
	rows, err := t.q.Query(t.ctx, `select coalesce(platform, ''), coalesce(shop_id, ''), coalesce(order_id, ''), coalesce(shipment_id, ''), note
from decisions where note is not null order by seq`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out := notes{}
	for rows.Next() {
		var k [4]string
		var note string
		if err := rows.Scan(&k[0], &k[1], &k[2], &k[3], &note); err != nil {
			return nil, err
		}
		if k[3] != "" {
			k[0], k[1], k[2] = "", "", ""
		}
		out[k] = note
	}
	return out, rows.Err()
}

// ActionList is what to act on at an as-of.
type ActionList struct {
	AsOf    time.Time `json:"as_of"`
	Actions []Action  `json:"actions"` // most urgent first; what is hidden after what is shown
	Shown   int       `json:"shown"`   // all that are not hidden, listed or not
	Hidden  int       `json:"hidden"`  // done or put off

	Unknown []string `json:"unknown,omitempty"` // what no export speaks of, so that it is no reason: scans, deliveries, dispatches
}

// Actions lists up to 500 candidates, and with all as many that are hidden.
func Actions(ctx context.Context, q Querier, in Input, all bool) (ActionList, error) {
	t := tables{ctx: ctx, q: q, queries: in.Queries, since: actionsFrom(in.AsOf)}
	var err error
	if _, t.bounds, err = t.stays(in.AsOf); err != nil {
		return ActionList{}, err
	}
	if t.unknown, err = t.knowledge(); err != nil {
		return ActionList{}, err
	}
	w, err := t.actions(in.Shops, mostActions)
	if err != nil {
		return ActionList{}, err
	}
	out := ActionList{AsOf: in.AsOf.UTC(), Actions: w.shown, Shown: w.totalShown, Hidden: w.totalHidden, Unknown: t.unknown}
	if all {
		out.Actions = append(out.Actions, w.hidden...)
	}
	return out, nil
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
func (t tables) volumes(of reach, into *Trust) error {
	into.Orders, into.Shipments = of.orders, of.shipments
	err := t.each("queries/cells/scans.sql", "select events from {cell}", func(rows *sql.Rows) error {
		return rows.Scan(&into.Events)
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
