package metric

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"waybill/pipeline/policy"
)

// ReconcileInput asks why a platform's on-time rate is not ours.
type ReconcileInput struct {
	Input
	Shop   string       // id; empty: all
	Says   *big.Rat     // what the platform says, a fraction
	Theirs []TheirOrder // nil: the platform's list is not known
}

// TheirOrder is an order as the platform counts it.
type TheirOrder struct {
	Order  string
	OnTime bool
}

// Reconciliation leads from our rate to the platform's.
type Reconciliation struct {
	AsOf        time.Time    `json:"as_of"`
	Week        Week         `json:"week"`
	Shop        string       `json:"shop"` // empty: all
	Says        string       `json:"platform_says"`
	Ours        Rate         `json:"ours"`
	Theirs      *Rate        `json:"theirs"`     // counted in the platform's list; nil: none was given
	Indication  bool         `json:"indication"` // the steps are the reading that comes closest, not proof: without a list
	Steps       []Step       `json:"steps"`
	Remainder   string       `json:"remainder"` // percentage points from the last step to what the platform says
	Readings    []Reading    `json:"readings"`  // without a list: the closest first
	Differences []Difference `json:"differences"`
}

// Rate is Num of Den; Percent has two decimals and is empty where Den is 0.
type Rate struct {
	Num     int64  `json:"num"`
	Den     int64  `json:"den"`
	Percent string `json:"percent"`
}

// Step is what one reason changes, and the rate after it.
type Step struct {
	Reason  string `json:"reason"` // clock, zone, cancelled, split, late_feed, exclusion, other_week, no_deadline, not_in_ours, not_in_theirs, unexplained
	Reading string `json:"reading"`
	Orders  int64  `json:"orders"` // that count in another way
	Num     int64  `json:"num"`    // change
	Den     int64  `json:"den"`    // change
	After   Rate   `json:"after"`
}

// Reading is our rate under another reading of the rule, one change or two.
type Reading struct {
	Changes []OtherReading `json:"changes"`
	Rate    Rate           `json:"rate"`
	Gap     string         `json:"gap"` // percentage points to what the platform says
}

// OtherReading is one thing that is read in another way.
type OtherReading struct {
	Reason  string `json:"reason"`
	Reading string `json:"reading"`
}

// Difference is an order that counts in another way for the platform, or under
// the closest reading. In and OnTime: yes, no.
type Difference struct {
	Platform     string `json:"platform"`
	Shop         string `json:"shop"`
	Order        string `json:"order"`
	OursIn       bool   `json:"ours_in"`
	OursOnTime   bool   `json:"ours_on_time"`
	TheirsIn     bool   `json:"theirs_in"`
	TheirsOnTime bool   `json:"theirs_on_time"`
	Reason       string `json:"reason"`
	Reading      string `json:"reading"`
}

// ErrWeek says that a text names no week.
var ErrWeek = errors.New("no such week")

func rate(num, den int64) Rate {
	r := Rate{Num: num, Den: den}
	if den > 0 {
		r.Percent = new(big.Rat).Mul(big.NewRat(num, den), big.NewRat(100, 1)).FloatString(2)
	}
	return r
}

// points is b - a in percentage points; empty where a cohort is.
func points(a Rate, b *big.Rat) string {
	if a.Den == 0 {
		return ""
	}
	d := new(big.Rat).Sub(b, big.NewRat(a.Num, a.Den))
	if s := d.Mul(d, big.NewRat(100, 1)).FloatString(2); s != "-0.00" {
		return s
	}
	return "0.00"
}

// readingReasons are columns of the cell, in the order in which they are tried.
var readingReasons = []string{"clock", "zone", "cancelled", "split", "late_feed", "exclusion"}

type reconciler struct {
	tables
	in    ReconcileInput
	where string
	args  []any
	out   Reconciliation
}

// Reconcile compares our rate of a week (in.Week) with the platform's. Where the
// platform's list is given (it must stand in the session as the table
// platform_orders too) each order that counts in another way gets the first
// reading that makes it count as the platform says; else every reading's rate is
// computed, and the closest is an indication.
func Reconcile(ctx context.Context, q Querier, in ReconcileInput) (Reconciliation, error) {
	monday, err := parseWeek(in.Week)
	if err != nil {
		return Reconciliation{}, fmt.Errorf("%w: %w", ErrWeek, err)
	}
	r := &reconciler{tables: tables{ctx: ctx, q: q, queries: in.Queries, since: monday.UTC()}, in: in, where: "true"}
	if in.Shop != "" {
		r.where, r.args = "shop_id = ?", []any{in.Shop}
	}
	r.out = Reconciliation{AsOf: in.AsOf.UTC(), Week: weekOf(monday, r.state(monday)), Shop: in.Shop, Says: new(big.Rat).Mul(in.Says, big.NewRat(100, 1)).FloatString(2)}
	readings, err := r.readings()
	if err != nil {
		return r.out, err
	}
	if in.Theirs != nil {
		return r.out, r.compare()
	}
	return r.out, r.closest(readings)
}

func (r *reconciler) state(monday policy.Day) WeekState {
	state := Closed
	c := newCalendar(r.in.Input)
	for _, p := range r.in.packs() {
		if loc, err := zone(p); err == nil && c.state(monday, loc) != Closed {
			state = c.state(monday, loc)
		}
	}
	return state
}

// readings gives the rate under every reading; ours goes to the result.
func (r *reconciler) readings() ([]Reading, error) {
	var out []Reading
	cols := strings.Join(readingReasons, ", ")
	err := r.each("queries/cells/reconcile.sql", "select "+cols+", cast(sum(is_on_time) as bigint), cast(sum(is_in) as bigint) from {cell} where "+r.where+" group by "+cols,
		func(rows *sql.Rows) error {
			one, num, den, err := scanReading(rows)
			if err != nil {
				return err
			}
			one.Rate = rate(num, den)
			if len(one.Changes) == 0 {
				r.out.Ours = one.Rate
				return nil
			}
			one.Gap = points(one.Rate, r.in.Says)
			out = append(out, one)
			return nil
		}, r.args...)
	return out, err
}

func scanReading(rows *sql.Rows, more ...any) (Reading, int64, int64, error) {
	values := make([]sql.NullString, len(readingReasons))
	into := more
	for i := range values {
		into = append(into, &values[i])
	}
	var num, den int64
	var one Reading
	if err := rows.Scan(append(into, &num, &den)...); err != nil {
		return one, 0, 0, err
	}
	for i, v := range values {
		if v.Valid {
			one.Changes = append(one.Changes, OtherReading{readingReasons[i], v.String})
		}
	}
	return one, num, den, nil
}

// closest ranks the readings and follows the closest one, step by step.
func (r *reconciler) closest(list []Reading) error {
	r.out.Indication = true
	away := func(x Rate) *big.Rat {
		if x.Den == 0 {
			return big.NewRat(2, 1)
		}
		return new(big.Rat).Abs(new(big.Rat).Sub(r.in.Says, big.NewRat(x.Num, x.Den)))
	}
	label := func(x Reading) string { return fmt.Sprint(x.Changes) }
	slices.SortFunc(list, func(a, b Reading) int {
		return cmp.Or(away(a.Rate).Cmp(away(b.Rate)), cmp.Compare(len(a.Changes), len(b.Changes)), cmp.Compare(label(a), label(b)))
	})
	r.out.Readings = list
	last := r.out.Ours
	if len(list) > 0 && away(list[0].Rate).Cmp(away(last)) < 0 {
		best := list[0]
		for i := range best.Changes {
			after := best.Rate
			if i == 0 && len(best.Changes) == 2 {
				k := slices.IndexFunc(list, func(x Reading) bool { return len(x.Changes) == 1 && x.Changes[0] == best.Changes[0] })
				if k < 0 {
					return fmt.Errorf("reading %v has no rate of its own", best.Changes[0])
				}
				after = list[k].Rate
			}
			r.out.Steps = append(r.out.Steps, Step{Reason: best.Changes[i].Reason, Reading: best.Changes[i].Reading, Num: after.Num - last.Num, Den: after.Den - last.Den, After: after})
			last = after
		}
		if err := r.moved(best); err != nil {
			return err
		}
	}
	r.out.Remainder = points(last, r.in.Says)
	return nil
}

// count is how an order counts.
type counted struct{ in, onTime bool }

type orderKey struct{ platform, shop, order string }

// moved lists the orders that count in another way under a reading.
func (r *reconciler) moved(best Reading) error {
	reasons, texts := []string{}, []string{}
	for _, c := range best.Changes {
		reasons, texts = append(reasons, c.Reason), append(texts, c.Reading)
	}
	ours := map[orderKey]counted{}
	theirs := map[orderKey]counted{}
	err := r.orders("changes = 0 or changes = "+fmt.Sprint(len(best.Changes)), func(k orderKey, one Reading, c counted) {
		switch {
		case len(one.Changes) == 0:
			ours[k] = c
		case slices.Equal(one.Changes, best.Changes):
			theirs[k] = c
		}
	})
	if err != nil {
		return err
	}
	for k, c := range theirs {
		if c != ours[k] {
			r.out.Differences = append(r.out.Differences, Difference{k.platform, k.shop, k.order, ours[k].in, ours[k].onTime, c.in, c.onTime, strings.Join(reasons, " + "), strings.Join(texts, " + ")})
		}
	}
	r.sortDifferences()
	for i := range r.out.Steps {
		// both steps of a pair move orders together: the count is that of the pair
		r.out.Steps[i].Orders = int64(len(r.out.Differences))
	}
	return nil
}

func (r *reconciler) sortDifferences() {
	slices.SortFunc(r.out.Differences, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.Shop, b.Shop), cmp.Compare(a.Order, b.Order))
	})
}

// orders reads how single orders count under readings that a condition picks.
func (r *reconciler) orders(condition string, row func(orderKey, Reading, counted)) error {
	return r.each("queries/cells/reconcile.sql", "select coalesce(platform, ''), coalesce(shop_id, ''), order_id, "+strings.Join(readingReasons, ", ")+", cast(is_on_time as bigint), cast(is_in as bigint) from {cell} where "+r.where+" and ("+condition+")",
		func(rows *sql.Rows) error {
			var k orderKey
			one, num, den, err := scanReading(rows, &k.platform, &k.shop, &k.order)
			if err != nil {
				return err
			}
			row(k, one, counted{den == 1, num == 1})
			return nil
		}, r.args...)
}
