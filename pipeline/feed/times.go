package feed

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/pipeline/cell"
	"waybill/pipeline/engine"
	"waybill/pipeline/zone"
)

// fastTime is the SQL of a time or date that the engine reads by itself; empty
// where it cannot. Naive times are read in the session's zone, which is the
// feed's.
func fastTime(c mapped, v string) string {
	formats := c.by.Formats
	if slices.ContainsFunc(formats, func(s string) bool { return !simple(s) }) {
		return ""
	}
	if len(formats) == 0 {
		return fmt.Sprintf("try_cast(%s as %s)", v, c.Type)
	}
	if c.Type == "date" {
		// a word makes an instant, whose day depends on a zone
		if slices.ContainsFunc(formats, func(s string) bool { return !strings.Contains(s, "%") }) {
			return ""
		}
		return fmt.Sprintf("cast(try_strptime(%s, [%s]) as date)", v, literals(formats))
	}
	// formats with an offset give an instant, others a local time; each kind
	// is tried as one list because a list may not mix them
	var arms, local, offset []string
	for _, fm := range formats {
		switch {
		case fm == "iso":
			arms = append(arms, "try_cast("+v+" as timestamptz)")
		case naive(fm):
			local = append(local, fm)
		default:
			offset = append(offset, fm)
		}
	}
	if len(offset) > 0 {
		arms = append(arms, fmt.Sprintf("cast(try_strptime(%s, [%s]) as timestamptz)", v, literals(offset)))
	}
	if len(local) > 0 {
		arms = append(arms, fmt.Sprintf("cast(cast(try_strptime(%s, [%s]) as timestamp) as timestamptz)", v, literals(local)))
	}
	return strings.Join(arms, ", ")
}

// localTime fills how a time column of the feed's zone gives local time, which
// arithmetic turns into an instant: the engine's own reading of a local time with
// a zone costs more than that of the whole record. False where formats mix.
func (f *Feed) localTime(x *mapped, text string) bool {
	formats := x.by.Formats
	switch {
	case !slices.ContainsFunc(formats, func(s string) bool { return s != "iso" }):
		// a letter at the end is Z or the name of a zone
		x.own = fmt.Sprintf("(case when %[1]s[-1] > '9' or contains(%[1]s, '+') then true when length(%[1]s) > 16 then %[1]s like '__________%%-%%' else false end)", text)
		x.local = fmt.Sprintf("case when not %s then try_cast(%s as timestamp) end", ownName(x.Name), text)
	case !slices.ContainsFunc(formats, func(s string) bool { return !naive(s) || !simple(s) }):
		list := literals(formats)
		if len(formats) > 1 {
			list = "[" + list + "]"
		}
		x.local = fmt.Sprintf("cast(try_strptime(%s, %s) as timestamp)", text, list)
	default:
		return false
	}
	return true
}

// explicit is the SQL condition that a time's text carries its own offset, or
// its record the zone.
func (c mapped) explicit() string {
	if len(c.by.ZoneFrom) > 0 {
		return "(" + c.zone + " is not null or " + c.ownOffset() + ")"
	}
	return c.ownOffset()
}

func (c mapped) ownOffset() string {
	if c.own != "" {
		return "coalesce(" + ownName(c.Name) + ", false)"
	}
	if len(c.by.Formats) > 0 {
		if slices.ContainsFunc(c.by.Formats, naive) {
			return "false"
		}
		return "true"
	}
	return fmt.Sprintf("(case when ends_with(%[1]s, 'Z') or contains(%[1]s, '+') then true when length(%[1]s) > 16 then %[1]s like '__________%%-%%' else false end)", textName(c.Name))
}

// Epoch says that the event times of an output are numbers of seconds or
// parts of them.
func (f *Feed) Epoch(output int) bool {
	formats := f.Outputs[output].Columns["event_at"].Formats
	return len(formats) > 0 && strings.HasPrefix(formats[0], "epoch_")
}

// dst is the SQL that names a local time that does not exist (gap) or exists
// twice (fold) in its zone; empty where the zone has no clock changes, the
// format has no local time, or each record names its own zone. Only instants
// near a change are looked at: the engine shifts a missing time in silence, and
// the round trip through local time costs too much to run on every row.
func (f *Feed) dst(c mapped, around time.Time) string {
	if len(c.by.ZoneFrom) > 0 || c.explicit() == "true" {
		return ""
	}
	if c.local != "" {
		return f.changes(c, around)
	}
	days := changeDays(firstOf(c.by.Zone, f.Zone))
	if len(days) == 0 {
		return ""
	}
	text := textName(c.Name)
	local := fmt.Sprintf("try_cast(%s as timestamp)", text)
	var formats []string
	for _, fm := range c.by.Formats {
		if naive(fm) {
			formats = append(formats, fm)
		}
	}
	switch {
	case slices.ContainsFunc(formats, func(s string) bool { return !simple(s) }):
		local = cell.LocalSQL(text, c.spec)
	case len(formats) > 0:
		local = fmt.Sprintf("cast(try_strptime(%s, [%s]) as timestamp)", text, literals(formats))
	}
	clock := func(t string) string {
		if c.zone == "" {
			return "cast(" + t + " as timestamp)"
		}
		return "timezone(" + c.zone + ", " + t + ")"
	}
	t := typedName(c.Name)
	return fmt.Sprintf(`case when (epoch_us(%[1]s) // 86400000000) in (%[2]s) and not %[3]s then
 case when %[4]s <> %[5]s then '%[6]s:gap'
 when %[7]s = %[4]s or %[8]s = %[4]s then '%[6]s:fold' end end`,
		t, strings.Join(days, ", "), c.explicit(), clock(t), local, c.Name, clock(t+" + interval 1 hour"), clock(t+" - interval 1 hour"))
}

// changes is dst for a time that has its local timestamp already.
func (f *Feed) changes(c mapped, around time.Time) string {
	local, t := localName(c.Name), typedName(c.Name)
	near, err := zone.Near(local, firstOf(f.Zone, "UTC"), around)
	if err != nil || near == "false" {
		return "" // an unknown zone was refused when the instant was made
	}
	clock := func(t string) string { return "cast(" + t + " as timestamp)" }
	return fmt.Sprintf(`case when %[1]s then
 case when %[2]s <> %[3]s then '%[4]s:gap'
 when %[5]s = %[2]s or %[6]s = %[2]s then '%[4]s:fold' end end`, near, clock(t), local, c.Name, clock(t+" + interval 1 hour"), clock(t+" - interval 1 hour"))
}

func literals(list []string) string {
	q := make([]string, len(list))
	for i, s := range list {
		q[i] = engine.Literal(s)
	}
	return strings.Join(q, ", ")
}
