package metric

import (
	"slices"
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
	p.Bounds = c.bounds(w, n, loc)
	t, ok := m.Target(day, policy.Enforced)
	if !ok {
		return p
	}
	p.Op, p.Target = t.Op, t.Value
	if m.Clock == "" && n.den >= max(1, m.MinN) && c.until(w.to+1, loc) == Closed && met(n, t) != "" {
		p.Week.State = Closed // the platform shows it later, and no member can turn it by then
	}
	switch {
	case p.Week.State != Closed || n.den == 0:
	case n.den < m.MinN:
		p.Few = true
	default:
		if p.Met = met(n, t); p.Met == "" && met(tally{num: n.num, den: n.den, unknown: n.unknown}, t) != "" {
			p.Week.State = Open // those that are undecided can still turn it
		}
	}
	return p
}

// bounds of a window that is over and covered, nil where nothing can move it.
func (c calendar) bounds(w days, n tally, loc *time.Location) *Bounds {
	b := n.bounds()
	if b.Undecided == 0 || n.den == 0 || c.until(w.to+1, loc) != Closed {
		return nil
	}
	return &b
}

// bounds are the least and the greatest that the rate of a tally can become. A
// member that leaves the rate moves it less than one that counts the worse way.
func (n tally) bounds() Bounds {
	den := n.den + n.unknown + n.entering
	return Bounds{
		LowNum: n.num - n.revocable, LowDen: den + n.missing, HighNum: n.num + n.open + n.unknown + n.entering, HighDen: den,
		Undecided: n.open + n.unknown + n.entering + n.missing + n.revocable,
	}
}

// met is yes or no where the members without an outcome could not change it,
// whichever way they went, else empty.
func met(n tally, t policy.Target) string {
	b := n.bounds()
	low, high := policy.Compare(b.LowNum, b.LowDen, t), policy.Compare(b.HighNum, b.HighDen, t)
	switch {
	case low != high:
		return ""
	case low:
		return "yes"
	}
	return "no"
}

// unjudge takes the verdicts of a series, where a feed that brings its members or
// what became of them never loaded a file.
func (s *Series) unjudge() {
	for i := range s.Points {
		s.Points[i].Met = ""
	}
}

// verdict of one shop in the report's week. One missed target is a fail. A pass
// needs a target that is met, and the headline judged; without it the reason
// says what is missing. What cannot be judged stands beside either.
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
			case point.Few:
				v.Few = append(v.Few, m.ID)
			case point.Target != "" && point.Den > 0:
				v.Undecided = append(v.Undecided, m.ID)
			}
		}
	}
	few := hasHead && slices.Contains(v.Few, head.ID)
	headOpen := !few && headPoint.Target != "" && headPoint.Den > 0 && headPoint.Met == ""
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
	case few:
		v.Missing = "few"
	case passed:
		v.State = "pass"
	case !members || hasHead && headPoint.Den == 0 && targets:
		v.Missing = "no_orders"
	case len(v.Undecided) > 0:
		v.Missing = "open"
	case len(v.Few) > 0:
		v.Missing = "few"
	default:
		v.Missing = "no_target"
	}
	return v
}
