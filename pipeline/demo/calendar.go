package demo

import "time"

// zone turns instants into local seconds without time.Time: the hot loop
// formats several times per row.
type zone struct {
	from []int64 // unix second at which offs[i] begins
	offs []int64 // seconds east of UTC
}

func newZone(loc *time.Location, first, last time.Time) *zone {
	z := &zone{}
	for t := first.In(loc); ; {
		_, off := t.Zone()
		z.from = append(z.from, t.Unix())
		z.offs = append(z.offs, int64(off))
		_, next := t.ZoneBounds()
		if next.IsZero() || next.After(last) {
			return z
		}
		t = next
	}
}

func (z *zone) offset(t int64) int64 {
	i := len(z.from) - 1
	for i > 0 && z.from[i] > t {
		i--
	}
	return z.offs[i]
}

// local is t as seconds of the local clock since the epoch.
func (z *zone) local(t int64) int64 { return t + z.offset(t) }

// dayOf is the local day number (days since 1970-01-01) of instant t.
func (z *zone) dayOf(t int64) int64 { return floorDiv(z.local(t), day) }

// midnight is the instant at which local day d begins. Los Angeles changes its
// clocks at two in the morning, so every day has one midnight.
func (z *zone) midnight(d int64) int64 {
	summer := d*day + 7*hour
	if z.offset(summer) == -7*hour {
		return summer
	}
	return d*day + 8*hour
}

// unambiguous moves an instant out of the doubled hour in autumn, so that a
// naive local time in an export says one thing only.
func (z *zone) unambiguous(t int64) int64 {
	for i := 1; i < len(z.from); i++ {
		if z.offs[i] < z.offs[i-1] && t >= z.from[i]-hour && t < z.from[i]+hour {
			return t + 2*hour
		}
	}
	return t
}

// calendar knows the business days: Monday to Friday without US federal
// holidays, which move to Friday or Monday when they fall on a weekend.
type calendar struct {
	closed map[int64]bool
}

func newCalendar(firstYear, lastYear int) *calendar {
	c := &calendar{closed: map[int64]bool{}}
	for y := firstYear; y <= lastYear; y++ {
		for _, d := range federalHolidays(y) {
			c.closed[d] = true
		}
	}
	return c
}

func federalHolidays(y int) []int64 {
	fixed := func(m, d int) int64 {
		n := daysFromCivil(y, m, d)
		switch weekdayOf(n) {
		case 5: // Saturday
			return n - 1
		case 6:
			return n + 1
		}
		return n
	}
	nth := func(m, weekday, n int) int64 { // n-th weekday of a month
		first := daysFromCivil(y, m, 1)
		return first + mod(int64(weekday)-weekdayOf(first), 7) + int64(7*(n-1))
	}
	lastMonday := daysFromCivil(y, 5, 31)
	lastMonday -= weekdayOf(lastMonday)
	return []int64{
		fixed(1, 1), nth(1, 0, 3), nth(2, 0, 3), lastMonday, fixed(6, 19), fixed(7, 4),
		nth(9, 0, 1), nth(10, 0, 2), fixed(11, 11), nth(11, 3, 4), fixed(12, 25),
	}
}

func (c *calendar) isBusiness(d int64) bool { return weekdayOf(d) < 5 && !c.closed[d] }

// after is the n-th business day strictly after day d: the clock starts on the
// business day after the order, which counts as the first.
func (c *calendar) after(d int64, n int) int64 {
	for n > 0 {
		d++
		if c.isBusiness(d) {
			n--
		}
	}
	return d
}

// weekdayOf is 0 on a Monday.
func weekdayOf(d int64) int64 { return mod(d+3, 7) }

// weekOf is the day number of the Monday of d's week.
func weekOf(d int64) int64 { return d - weekdayOf(d) }

// civil is the proleptic Gregorian date of a day number.
func civil(d int64) (y, m, dom int) {
	z := d + 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	dom = int(doy - (153*mp+2)/5 + 1)
	m = int(mp) + 3
	if m > 12 {
		m -= 12
	}
	y = int(yoe + era*400)
	if m <= 2 {
		y++
	}
	return y, m, dom
}

func daysFromCivil(y, m, d int) int64 {
	return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Unix() / day
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func mod(a, b int64) int64 { return a - floorDiv(a, b)*b }
