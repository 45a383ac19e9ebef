package reports

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"waybill/pipeline/metric"
)

// Size of a sparkline in its own units, and the room that its marks need.
const (
	sparkWidth  = 104.0
	sparkHeight = 26.0
	sparkRoom   = 4.0
)

// sparkline draws the last weeks of a series as inline SVG without any text
// from data: a line through neighbouring closed weeks, a target line, hatching
// where a week is not closed, and a shape for the last judged one. The second
// result is the same in words. at is the report week's index.
func sparkline(s metric.Series, at int, higher bool) (template.HTML, string) {
	last := len(s.Points) - 1
	if at >= 0 && at+1 < last {
		last = at + 1
	}
	if last < 0 {
		return "", ""
	}
	points := s.Points[max(0, last-sparkWeeks+1) : last+1]
	low, high := math.Inf(1), math.Inf(-1)
	widen := func(v float64) { low, high = math.Min(low, v), math.Max(high, v) }
	var target float64
	hasTarget := false
	for _, p := range points {
		if judged(p) {
			widen(ratio(p.Num, p.Den))
		}
		if _, err := fmt.Sscan(p.Target, &target); err == nil {
			hasTarget = true
		}
	}
	if hasTarget {
		widen(target)
	}
	if high-low < 0.02 { // a flat line stays flat: two points of a percent fill the height
		mid := (high + low) / 2
		low, high = mid-0.01, mid+0.01
	}
	step := sparkWidth / sparkWeeks
	x := func(i int) float64 { return (float64(i+sparkWeeks-len(points)) + 0.5) * step }
	y := func(v float64) float64 {
		return sparkHeight - sparkRoom - (v-low)/(high-low)*(sparkHeight-2*sparkRoom)
	}
	var b strings.Builder
	var alt []string
	fmt.Fprintf(&b, `<svg class="spark" viewBox="0 0 %g %g" width="%g" height="%g" aria-hidden="true" focusable="false">`,
		sparkWidth, sparkHeight, sparkWidth, sparkHeight)
	if hasTarget {
		fmt.Fprintf(&b, `<line class="s-target" x1="0" x2="%g" y1="%.1f" y2="%.1f"/>`, sparkWidth, y(target), y(target))
	}
	lastJudged := -1
	for i, p := range points {
		if !judged(p) {
			fmt.Fprintf(&b, `<rect class="s-open" x="%.1f" y="1" width="%.1f" height="%g"/>`, x(i)-step/2+1, step-2, sparkHeight-2)
			alt = append(alt, "…")
			continue
		}
		v := ratio(p.Num, p.Den)
		alt = append(alt, string(ratePercent(p, higher)))
		if i > 0 && judged(points[i-1]) {
			fmt.Fprintf(&b, `<line class="s-line" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`,
				x(i-1), y(ratio(points[i-1].Num, points[i-1].Den)), x(i), y(v))
		} else {
			fmt.Fprintf(&b, `<circle class="s-dot" cx="%.1f" cy="%.1f" r="1.5"/>`, x(i), y(v))
		}
		lastJudged = i
	}
	if lastJudged >= 0 {
		p := points[lastJudged]
		cx, cy := x(lastJudged), y(ratio(p.Num, p.Den))
		switch {
		case p.Met == "no":
			fmt.Fprintf(&b, `<path class="s-fail" d="M%.1f %.1fl3.5 6h-7z"/>`, cx, cy-3.5)
		case p.Few:
			fmt.Fprintf(&b, `<circle class="s-dot" cx="%.1f" cy="%.1f" r="1.5"/>`, cx, cy)
		default:
			fmt.Fprintf(&b, `<circle class="s-pass" cx="%.1f" cy="%.1f" r="2.8"/>`, cx, cy)
		}
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()), strings.Join(alt, ", ")
}
