package metric

import (
	"time"

	"waybill/pipeline/policy"
)

const (
	closedWeeks = 12 // shown up to the report's week
	openWeeks   = 4  // shown after it
	window      = 13 // weeks of channels, states, legs and transit, the report's one included
)

// needs names the column of the exports without which a cohort's members have
// no outcome.
var needs = map[string]string{
	"deliver_by": "deliver_before_at",
	"dispatched": "dispatch_before_at",
	"labelled":   "label_at",
	"shipped":    "tracking_number",
	"created":    "cancel_fault",

	"dispatch_by":           "dispatch_before_at",
	"promised":              "deliver_before_at",
	"delivered_or_past_sla": "deliver_before_at",
}

// missingOf is the column that a metric's members lack.
func missingOf(m policy.Metric) string {
	if m.Formula == packedCell {
		return "created_at"
	}
	return needs[m.Cohort]
}

const packedCell = "queries/cells/orders_packed.sql"

// series is one metric of one shop around the report's week.
func (c calendar) series(m policy.Metric, h *history, report policy.Day, loc *time.Location) Series {
	s := Series{Metric: m.ID, Window: m.Window}
	if h.any {
		start := monday(h.first)
		for d := max(start, report-(closedWeeks-1)*week); d <= report; d += week {
			if windowOf(m, d).to >= h.first {
				s.Points = append(s.Points, c.point(m, h, d, loc))
			}
		}
		shown, before := 0, windowOf(m, report)
		for d := max(start, report+week); shown < openWeeks; d += week {
			w := windowOf(m, d)
			if w.from > h.last {
				break
			}
			if w != before && h.sum(w).den > 0 && c.until(w.to+1, loc) != Closed {
				s.Points = append(s.Points, c.point(m, h, d, loc))
				shown++
			}
			before = w // the weeks of a month share one window
		}
		s.Gaps = h.gapsIn(windowOf(m, report))
	}
	judged := false
	for _, p := range s.Points {
		judged = judged || p.Den > 0 || p.Excluded > 0
		if p.Week.Start == report.String() && p.Unknown > 0 && p.Met == "" && p.Week.State == Closed {
			s.Missing = missingOf(m)
		}
	}
	if h.blind {
		s.Points, s.Missing = nil, scanColumn
		return s
	}
	if !judged {
		s.Points = nil
		if h.total.unknown > 0 {
			s.Missing = missingOf(m)
		}
	}
	return s
}

// point is the window that belongs to the week which begins on start.
func (c calendar) point(m policy.Metric, h *history, start policy.Day, loc *time.Location) Point {
	w := windowOf(m, start)
	n := h.sum(w)
	day := m.TargetDay(w.from, w.to)
	p := Point{Week: weekOf(start, c.judge(w, m, n, loc)), From: w.from.String(), To: w.to.String(), Num: n.num, Den: n.den, Open: n.open, Excluded: n.excluded, Unknown: n.unknown}
	if t, ok := m.Target(day, policy.Recommended); ok {
		p.Recommended = t.Value
	}
	t, ok := m.Target(day, policy.Enforced)
	if !ok {
		return p
	}
	p.Op, p.Target = t.Op, t.Value
	if p.Week.State == Closed && n.den > 0 {
		p.Met = met(n, t)
	}
	return p
}

// met is yes or no where the members without an outcome could not change it,
// whichever way they went, else empty.
func met(n tally, t policy.Target) string {
	low, high := policy.Compare(n.num, n.den+n.unknown, t), policy.Compare(n.num+n.unknown, n.den+n.unknown, t)
	switch {
	case low != high:
		return ""
	case low:
		return "yes"
	}
	return "no"
}

// verdict of one shop in the report's week. One missed target is a fail. A pass
// needs a target that is met, and the headline judged; without it the reason
// says what is missing.
func verdict(p *policy.Pack, series map[string]Series, undated, unseen bool, report Week) Verdict {
	v := Verdict{State: "none"}
	if p == nil {
		v.Missing = "no_target"
		return v
	}
	targets, members, passed := false, false, false
	head, hasHead := headline(p)
	var headPoint Point
	for _, m := range p.Metrics {
		for _, point := range series[m.ID].Points {
			if point.Week.Start != report.Start {
				continue
			}
			if hasHead && m.ID == head.ID {
				headPoint = point
			}
			members = members || point.Den > 0
			targets = targets || point.Target != ""
			switch {
			case point.Met == "no":
				v.Failed = append(v.Failed, m.ID)
			case point.Met == "yes":
				passed = true
			case point.Target != "" && point.Den > 0:
				v.Undecided = append(v.Undecided, m.ID)
			}
		}
	}
	headOpen := headPoint.Target != "" && headPoint.Den > 0 && headPoint.Met == ""
	switch {
	case len(v.Failed) > 0:
		v.State = "fail"
	case unseen:
		v.Missing = "no_scans"
	case undated:
		v.Missing = "no_deadline"
	case report.State == Open || headOpen && headPoint.Week.State == Open:
		v.Missing = "open"
	case report.State == Incomplete || headOpen:
		v.Missing = "incomplete"
	case passed:
		v.State = "pass"
	case !members || hasHead && headPoint.Den == 0 && targets:
		v.Missing = "no_orders"
	case len(v.Undecided) > 0:
		v.Missing = "open"
	default:
		v.Missing = "no_target"
	}
	return v
}
