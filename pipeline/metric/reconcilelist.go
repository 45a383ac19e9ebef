package metric

import (
	"slices"
	"strings"
)

// stepOrder is how the reasons follow each other.
var stepOrder = append(slices.Clone(readingReasons), "other_week", "no_deadline", "not_in_ours", "not_in_theirs", "unexplained")

// compare explains, order by order, how the platform's list differs.
func (r *reconciler) compare() error {
	theirs := map[string]counted{}
	num := int64(0)
	for _, o := range r.in.Theirs {
		theirs[o.Order] = counted{true, o.OnTime}
	}
	for _, c := range theirs {
		if c.onTime {
			num++
		}
	}
	sum := rate(num, int64(len(theirs)))
	r.out.Theirs = &sum
	ours := map[orderKey]counted{}
	readings := map[orderKey]map[OtherReading]counted{}
	if err := r.orders("changes <= 1", func(k orderKey, one Reading, c counted) {
		if len(one.Changes) == 0 {
			ours[k] = c
			return
		}
		if readings[k] == nil {
			readings[k] = map[OtherReading]counted{}
		}
		readings[k][one.Changes[0]] = c
	}); err != nil {
		return err
	}
	seen := map[string]bool{}
	for k, c := range ours {
		seen[k.order] = true
		their := theirs[k.order]
		if their == c || !their.in && !c.in {
			continue
		}
		d := Difference{Platform: k.platform, Shop: k.shop, Order: k.order, OursIn: c.in, OursOnTime: c.onTime, TheirsIn: their.in, TheirsOnTime: their.onTime}
		d.Reason, d.Reading = explain(readings[k], their, c)
		r.out.Differences = append(r.out.Differences, d)
	}
	unseen, err := r.unseen()
	if err != nil {
		return err
	}
	for order, c := range theirs {
		if !seen[order] {
			d := unseen[order]
			if d.Reason == "" {
				d.Reason = "not_in_ours"
			}
			d.Order, d.TheirsIn, d.TheirsOnTime = order, true, c.onTime
			r.out.Differences = append(r.out.Differences, d)
		}
	}
	r.sortDifferences()
	r.steps()
	return nil
}

// explain finds the first reading under which an order counts as it does for
// the platform.
func explain(readings map[OtherReading]counted, their, ours counted) (reason, reading string) {
	for _, name := range readingReasons {
		var fits []string
		for change, c := range readings {
			if change.Reason == name && (c == their || !c.in && !their.in) {
				fits = append(fits, change.Reading)
			}
		}
		if len(fits) > 0 {
			slices.Sort(fits)
			return name, strings.Join(fits, " or ")
		}
	}
	if ours.in && !their.in {
		return "not_in_theirs", ""
	}
	return "unexplained", ""
}

// unseen looks for orders of the list that are not due near the week.
func (r *reconciler) unseen() (map[string]Difference, error) {
	rows, err := r.q.Query(r.ctx, `select coalesce(o.platform, ''), coalesce(o.shop_id, ''), o.order_id, coalesce(cast(o.due_week as varchar), '')
from orders_as_of as o join platform_orders as p on p.order_id = o.order_id where `+r.where, r.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	out := map[string]Difference{}
	for rows.Next() {
		var d Difference
		var order, week string
		if err := rows.Scan(&d.Platform, &d.Shop, &order, &week); err != nil {
			return nil, err
		}
		d.Reason, d.Reading = "other_week", week
		if week == "" {
			d.Reason = "no_deadline"
		}
		out[order] = d
	}
	return out, rows.Err()
}

// steps adds the differences up, so that ours becomes theirs.
func (r *reconciler) steps() {
	last := r.out.Ours
	bit := func(b bool) int64 {
		if b {
			return 1
		}
		return 0
	}
	for _, reason := range stepOrder {
		s := Step{Reason: reason}
		for _, d := range r.out.Differences {
			if d.Reason == reason {
				s.Orders++
				s.Den += bit(d.TheirsIn) - bit(d.OursIn)
				s.Num += bit(d.TheirsOnTime) - bit(d.OursOnTime)
			}
		}
		if s.Orders > 0 {
			s.After = rate(last.Num+s.Num, last.Den+s.Den)
			last = s.After
			r.out.Steps = append(r.out.Steps, s)
		}
	}
	r.out.Remainder = points(last, r.in.Says)
}
