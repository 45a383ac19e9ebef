package rate

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const lastZip = 99999

// zipRange is a span of five-digit ZIPs, both ends included, with what it
// stands for.
type zipRange struct {
	from, to int
	value    string
	line     int
}

// parseZip reads a ZIP or a prefix of one: 902 is 90200 to 90299. Four digits
// are no prefix that anybody publishes, but a ZIP whose zero a spreadsheet ate:
// taken as a prefix, 2134 in Boston would be ten ZIPs in Maryland.
func parseZip(s string) (from, to int, err error) {
	n, err := strconv.Atoi(s)
	if err == nil && len(s) == 4 {
		return 0, 0, fmt.Errorf("%q has four digits; try: \"0%s\" where a leading zero was lost, else zip_from and zip_to of five digits", s, s)
	}
	if err != nil || len(s) > 5 || strings.Trim(s, "0123456789") != "" {
		return 0, 0, fmt.Errorf("%q is no ZIP; try: five digits, or the first three", s)
	}
	width := 1
	for range 5 - len(s) {
		width *= 10
	}
	return n * width, n*width + width - 1, nil
}

// flatten makes ranges disjoint: where one lies within another the narrower
// holds. Two that overlap otherwise, or that are equal, are told to bad.
func flatten(list []zipRange, bad func(r, other zipRange)) []zipRange {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b zipRange) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to))
	})
	var out, open []zipRange // open: the ranges around the place, widest first
	at := 0
	emit := func(to int) {
		if len(open) > 0 && at <= to {
			r := open[len(open)-1]
			r.from, r.to = at, to
			out = append(out, r)
		}
		at = max(at, to+1)
	}
	for _, r := range list {
		for len(open) > 0 && open[len(open)-1].to < r.from {
			emit(open[len(open)-1].to)
			open = open[:len(open)-1]
		}
		if n := len(open); n > 0 && (r.to > open[n-1].to || r.from == open[n-1].from && r.to == open[n-1].to) {
			bad(r, open[n-1])
			continue
		}
		emit(r.from - 1)
		at = r.from
		open = append(open, r)
	}
	for len(open) > 0 {
		emit(open[len(open)-1].to)
		open = open[:len(open)-1]
	}
	return out
}
