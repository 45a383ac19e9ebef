package feed

import (
	"fmt"
	"slices"
	"strings"

	"waybill/pipeline/engine"
)

// typed is the SQL that casts a cell by its contract type. Naive times are
// read in the session's zone, which is the feed's.
func (f *Feed) typed(c cell) string {
	v := x(c.Name)
	switch c.Type {
	case "varchar":
		return v
	case "timestamptz":
		return f.time(c, v)
	case "date":
		if len(c.map_.Formats) == 0 {
			return "try_cast(" + v + " as date)"
		}
		return fmt.Sprintf("cast(try_strptime(%s, [%s]) as date)", v, literals(c.map_.Formats))
	}
	return fmt.Sprintf("try_cast(%s as %s)", v, c.Type)
}

func (f *Feed) time(c cell, v string) string {
	if len(c.map_.Formats) == 0 {
		return "try_cast(" + v + " as timestamptz)"
	}
	// formats with an offset give an instant, others a local time; each kind
	// is tried as one list because a list may not mix them
	var arms, naive, offset []string
	for _, fm := range c.map_.Formats {
		switch {
		case fm == "epoch_s":
			arms = append(arms, fmt.Sprintf("make_timestamptz(try_cast(%s as bigint) * 1000000)", v))
		case fm == "epoch_ms":
			arms = append(arms, fmt.Sprintf("make_timestamptz(try_cast(%s as bigint) * 1000)", v))
		case strings.Contains(fm, "%z"):
			offset = append(offset, fm)
		case fm == "iso":
			arms = append(arms, "try_cast("+v+" as timestamptz)")
		default:
			naive = append(naive, fm)
		}
	}
	if len(offset) > 0 {
		arms = append(arms, fmt.Sprintf("cast(try_strptime(%s, [%s]) as timestamptz)", v, literals(offset)))
	}
	if len(naive) > 0 {
		arms = append(arms, fmt.Sprintf("cast(cast(try_strptime(%s, [%s]) as timestamp) as timestamptz)", v, literals(naive)))
	}
	if len(arms) == 1 {
		return arms[0]
	}
	return "coalesce(" + strings.Join(arms, ", ") + ")"
}

// explicit is the SQL condition that a time's text carries its own offset.
func (c cell) explicit() string {
	if len(c.map_.Formats) > 0 {
		if slices.ContainsFunc(c.map_.Formats, func(f string) bool {
			return !strings.Contains(f, "%z") && !strings.HasPrefix(f, "epoch_") && f != "iso"
		}) {
			return "false"
		}
		return "true"
	}
	v := x(c.Name)
	return fmt.Sprintf("(case when ends_with(%[1]s, 'Z') or contains(%[1]s, '+') then true when length(%[1]s) > 16 then %[1]s like '__________%%-%%' else false end)", v)
}

// Epoch says that the event times of an output are numbers of seconds or
// milliseconds.
func (f *Feed) Epoch(output int) bool {
	formats := f.Outputs[output].Columns["event_at"].Formats
	return len(formats) > 0 && strings.HasPrefix(formats[0], "epoch_")
}

// dst is the SQL that names a local time that does not exist (gap) or exists
// twice (fold) in the feed's zone; empty where the zone has no clock changes
// or the format has no local time. Only instants near a change are looked at:
// the engine shifts a missing time in silence, and the round trip through
// local time costs too much to run on every row.
func (f *Feed) dst(c cell) string {
	if c.explicit() == "true" {
		return ""
	}
	days := changeDays(f.Zone)
	if len(days) == 0 {
		return ""
	}
	local := fmt.Sprintf("try_cast(%s as timestamp)", x(c.Name))
	var naive []string
	for _, fm := range c.map_.Formats {
		if !strings.Contains(fm, "%z") && !strings.HasPrefix(fm, "epoch_") && fm != "iso" {
			naive = append(naive, fm)
		}
	}
	if len(naive) > 0 {
		local = fmt.Sprintf("cast(try_strptime(%s, [%s]) as timestamp)", x(c.Name), literals(naive))
	}
	t := t_(c.Name)
	return fmt.Sprintf(`case when (epoch_us(%[1]s) // 86400000000) in (%[2]s) and not %[3]s then
 case when cast(%[1]s as timestamp) <> %[4]s then '%[5]s:gap'
 when cast(%[1]s + interval 1 hour as timestamp) = cast(%[1]s as timestamp) or cast(%[1]s - interval 1 hour as timestamp) = cast(%[1]s as timestamp) then '%[5]s:fold' end end`,
		t, strings.Join(days, ", "), c.explicit(), local, c.Name)
}

func literals(list []string) string {
	q := make([]string, len(list))
	for i, s := range list {
		q[i] = engine.Literal(s)
	}
	return strings.Join(q, ", ")
}
