// Package zone turns local times of a named zone into instants by arithmetic.
//
// It owns the offsets of IANA zones as SQL. Asking the engine for the zone of
// every row costs a third of a microsecond, reading a local time with a zone
// from text two: more than reading the whole record. Between two changes of a
// zone's offset the instant is one subtraction; near a change, and outside the
// years that are known here, the engine is asked, so that both agree to the
// microsecond.
//
// It must not read the process's zone and runs nothing.
package zone

import (
	"fmt"
	"sort"
	"time"
)

const (
	firstYear = 2005
	endYear   = 2041
	// near is the distance from a change within which the engine decides: no
	// change moves a clock by more.
	near = 25 * time.Hour
	// yearsBefore and yearsAfter bound what is decided around a time: every change
	// is a branch that the engine must plan for every column of every file.
	yearsBefore, yearsAfter = 3, 1
)

// change is an instant at which a zone's offset changes, in seconds east of UTC.
type change struct {
	at            time.Time
	before, after int
}

// years of changes that are decided around a time, the end not included; the
// zero time means all.
func years(around time.Time) (first, end int) {
	if around.IsZero() {
		return firstYear, endYear
	}
	y := around.UTC().Year()
	return max(firstYear, y-yearsBefore), min(endYear, y+yearsAfter+1)
}

// changes of a zone in these years, oldest first. A day holds one at most.
func changes(loc *time.Location, first, endOf int) []change {
	offset := func(t time.Time) int { _, o := t.In(loc).Zone(); return o }
	var out []change
	end := time.Date(endOf, 1, 1, 0, 0, 0, 0, time.UTC)
	for lo := time.Date(first, 1, 1, 0, 0, 0, 0, time.UTC); lo.Before(end); lo = lo.AddDate(0, 0, 1) {
		before, after := offset(lo), offset(lo.AddDate(0, 0, 1))
		if before == after {
			continue
		}
		a, b := lo, lo.AddDate(0, 0, 1)
		for b.Sub(a) > time.Second {
			if mid := a.Add(b.Sub(a) / 2).Truncate(time.Second); offset(mid) == before {
				a = mid
			} else {
				b = mid
			}
		}
		out = append(out, change{b, before, after})
	}
	return out
}

// span is a stretch of local time; decided says that its offset is known.
type span struct {
	from    time.Time // local, as if it were UTC
	offset  int
	decided bool
}

func spans(loc *time.Location, around time.Time) []span {
	firstOf, end := years(around)
	first := time.Date(firstOf, 1, 1, 0, 0, 0, 0, time.UTC)
	_, offset := first.In(loc).Zone()
	out := []span{{offset: 0}, {first.Add(48 * time.Hour), offset, true}}
	for _, c := range changes(loc, firstOf, end) {
		out = append(out,
			span{from: c.at.Add(time.Duration(c.before)*time.Second - near)},
			span{c.at.Add(time.Duration(c.after)*time.Second + near), c.after, true})
	}
	out = append(out, span{from: time.Date(end-1, 12, 30, 0, 0, 0, 0, time.UTC)})
	sort.SliceStable(out, func(i, j int) bool { return out[i].from.Before(out[j].from) })
	return out
}

// Instant is the SQL that gives the instant (timestamptz) of a local time
// (timestamp) in a zone; the session's zone must be the same one. Local must be
// an identifier: it stands in the text many times. Around is when most of the
// times are; others are right too, and slower; zero: any time. An unknown zone is
// an error.
func Instant(local, name string, around time.Time) (string, error) {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return "", fmt.Errorf("zone %q: %w", name, err)
	}
	asked := "cast(" + local + " as timestamptz)"
	return tree(spans(loc, around), local, func(s span) string {
		if !s.decided {
			return asked
		}
		return fmt.Sprintf("make_timestamptz(epoch_us(%s) - %d)", local, int64(s.offset)*1_000_000)
	}), nil
}

// Near is the SQL condition that a local time lies within a day or so of a
// change of the zone's clock, or so far from around that this is not known here;
// "false" where the zone has no changes in all years.
func Near(local, name string, around time.Time) (string, error) {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return "", fmt.Errorf("zone %q: %w", name, err)
	}
	if len(changes(loc, firstYear, endYear)) == 0 {
		return "false", nil
	}
	list := spans(loc, around)
	if around.IsZero() {
		list[0].decided, list[len(list)-1].decided = true, true // other years have no changes to speak of
	}
	return "case when " + local + " is null then false else " + tree(list, local, func(s span) string { return fmt.Sprint(!s.decided) }) + " end", nil
}

// tree decides between spans by halves: a list of conditions would look at
// every one of some hundred changes.
func tree(list []span, local string, leaf func(span) string) string {
	if len(list) == 1 {
		return leaf(list[0])
	}
	mid := len(list) / 2
	return fmt.Sprintf("case when %s < timestamp '%s' then %s else %s end", local, list[mid].from.Format("2006-01-02 15:04:05"),
		tree(list[:mid], local, leaf), tree(list[mid:], local, leaf))
}
