package feed

import (
	"strconv"
	"time"
)

// changeDays lists the UTC days (since 1970) that hold an instant within an
// hour and a bit of a change of the zone's offset, 2005 to 2040.
func changeDays(zone string) []string {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil
	}
	offset := func(t time.Time) int { _, o := t.In(loc).Zone(); return o }
	var out []string
	last := int64(-1)
	step := 24 * time.Hour
	for d := time.Date(2005, 1, 1, 0, 0, 0, 0, time.UTC); d.Year() < 2041; d = d.Add(step) {
		if offset(d) == offset(d.Add(step)) {
			continue
		}
		lo, hi := d, d.Add(step)
		for hi.Sub(lo) > time.Minute {
			mid := lo.Add(hi.Sub(lo) / 2)
			if offset(mid) == offset(lo) {
				lo = mid
			} else {
				hi = mid
			}
		}
		for _, near := range []time.Time{hi.Add(-2 * time.Hour), hi.Add(2 * time.Hour)} {
			if day := near.Unix() / 86400; day != last {
				last = day
				out = append(out, strconv.FormatInt(day, 10))
			}
		}
	}
	return out
}
