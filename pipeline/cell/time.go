package cell

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/pipeline/engine"
)

// words of Formats that are no strptime format.
var formatWords = []string{"iso", "epoch_s", "epoch_ms", "epoch_us", "epoch_auto", "excel_1900", "excel_1904", "chinese"}

// isoParts is an ISO time as exports vary it: date, time, zone.
const isoParts = `(?i)^(\d{4}[-/]\d{1,2}[-/]\d{1,2})(?:(?:T| +)(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?))? ?(Z|UTC|GMT|P[SD]T|M[SD]T|E[SD]T|(?:UTC|GMT)?[-+](?:0?\d|1[0-4])(?::?[0-5]\d)?)?$`

// isoDay is a date, or a time of which only the day is wanted. The cast to a
// date takes whatever follows the day.
const isoDay = `\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:[T ]+\d{1,2}:\d{2}.*)?`

// offsetForm is an offset in a cell or a zone.
const offsetForm = `(?i)(?:UTC|GMT)?\s*[-+](?:0?\d|1[0-4])(?::?[0-5]\d)?`

// A named hour of the US means one offset. CST does not: it is also China's.
var usHours = [][2]string{{"EDT", "-04:00"}, {"EST", "-05:00"}, {"MDT", "-06:00"}, {"MST", "-07:00"}, {"PDT", "-07:00"}, {"PST", "-08:00"}}

// chineseParts: year, month, day, half of the day, hour, minute, second.
const chineseParts = `^(\d{4})\s*[年/.-]\s*(\d{1,2})\s*[月/.-]\s*(\d{1,2})\s*日?\s*(上午|下午)?\s*(?:(\d{1,2})\s*[时点:]\s*(\d{1,2})?\s*(?:分|:)?\s*(\d{1,2})?秒?)?\s*(上午|下午)?$`

// epochs: digits of a number of seconds between 1990 and 2100 in each unit,
// with what makes it microseconds.
var epochs = map[string]struct{ low, high, factor int64 }{
	"epoch_s":  {631152000, 4102444800, 1000000},
	"epoch_ms": {631152000000, 4102444800000, 1000},
	"epoch_us": {631152000000000, 4102444800000000, 1},
}

func epoch(c, word string) string {
	if word == "epoch_auto" {
		// the three ranges do not touch
		return "coalesce(" + epoch(c, "epoch_s") + ", " + epoch(c, "epoch_ms") + ", " + epoch(c, "epoch_us") + ")"
	}
	e := epochs[word]
	v := "try_cast(" + c + " as bigint)"
	return fmt.Sprintf("case when %s and %s between %d and %d then make_timestamptz(%s * %d) end",
		full(c, `\s*\d{9,16}(?:\.0+)?\s*`), v, e.low, e.high, v, e.factor)
}

// excel is the local time of a serial number, to the second: five decimals,
// which is what a cell often shows, are less than one second apart. Serials
// up to 60 are left out: Excel counts a 29 February 1900 that was not.
func excel(c, word string) string {
	day := 25569 // of 1970-01-01 where 1900 begins the count
	if word == "excel_1904" {
		day = 24107
	}
	v := "try_cast(" + c + " as double)"
	return fmt.Sprintf("case when %s and %s between 61 and 2958465 then make_timestamp((cast(round(%s * 86400) as bigint) - %d) * 1000000) end",
		full(c, `\s*\d{2,7}(?:\.\d*)?\s*`), v, v, day*86400)
}

// chinese is the local time of 2026年1月5日 下午3:04.
func chinese(c string) string {
	p := "regexp_extract(" + c + ", " + engine.Literal(chineseParts) + ", ['y', 'm', 'd', 'a', 'h', 'i', 's', 'z'])"
	half := "_p.a || _p.z"
	hour := "case " + half + " when '' then _h when '上午' then case when _h = 12 then 0 when _h < 12 then _h end when '下午' then case when _h < 12 then _h + 12 when _h < 24 then _h end end"
	text := "_p.y || '-' || _p.m || '-' || _p.d || ' ' || coalesce(" + bind("try_cast(_p.h as integer)", "_h", hour) +
		", case when _p.h = '' and " + half + " = '' then 0 end) || ':' || case _p.i when '' then '00' else lpad(_p.i, 2, '0') end || ':' || case _p.s when '' then '00' else lpad(_p.s, 2, '0') end"
	// The usual forms first, as the pattern is some ten times slower. One format
	// an arm: each that fails in a list costs as much as five that fit.
	usual := "case"
	for _, u := range chineseUsual {
		usual += " when " + c + " like " + engine.Literal(u[0]) + " then cast(try_strptime(" + c + ", " + engine.Literal(u[1]) + ") as timestamp)"
	}
	usual += " end"
	return "coalesce(" + usual + ", " + bind(p, "_p", "case when _p.y <> '' then try_cast("+text+" as timestamp) end") + ")"
}

// chineseUsual are shapes of the text with their formats.
var chineseUsual = [][2]string{
	{"____年%日 %:%:%", "%Y年%m月%d日 %H:%M:%S"},
	{"____年%日 %:%", "%Y年%m月%d日 %H:%M"},
	{"____年%日%时%分%秒", "%Y年%m月%d日%H时%M分%S秒"},
	{"____年%日", "%Y年%m月%d日"},
}

func list(formats []string) string {
	q := make([]string, len(formats))
	for i, f := range formats {
		q[i] = engine.Literal(f)
	}
	return "[" + strings.Join(q, ", ") + "]"
}

// groups keeps the order of formats and puts neighbours of a kind together: an
// offset (%z) and none cannot stand in one list.
func groups(formats []string) [][]string {
	if len(formats) == 0 {
		return [][]string{{"iso"}}
	}
	kind := func(f string) string {
		switch {
		case slices.Contains(formatWords, f):
			return f
		case strings.Contains(f, "%z"):
			return "%z"
		}
		return "%"
	}
	var out [][]string
	for _, f := range formats {
		if n := len(out); n > 0 && kind(out[n-1][0]) == kind(f) {
			out[n-1] = append(out[n-1], f)
		} else {
			out = append(out, []string{f})
		}
	}
	return out
}

// offsetText is SQL that writes the offset o (+8, GMT+08:00, 0800) as +08:00.
func offsetText(o string) string {
	return bind("regexp_extract("+o+", '([-+])(\\d{1,2}):?(\\d{2})?\\s*$', ['s', 'h', 'm'])", "_o",
		"_o.s || lpad(_o.h, 2, '0') || ':' || case _o.m when '' then '00' else _o.m end")
}

// zoned is SQL for the instant of a local time.
func zoned(local, zone string) string {
	switch name, constant := unquote(zone); {
	case zone == "":
		return "cast(" + local + " as timestamptz)"
	case constant && offsetName.MatchString(name):
		return fmt.Sprintf("timezone('UTC', %s - to_minutes(%d))", local, minutes(name))
	case constant:
		return "timezone(" + zone + ", " + local + ")"
	}
	text := "strftime(_l, '%Y-%m-%d %H:%M:%S.%f')"
	// timezone() fails the whole query for a name that it does not know; a cast does not
	return bind(local, "_l", "case when _l is null then null when "+zone+" is null or "+zone+" = '' then cast(_l as timestamptz)"+
		" when "+full(zone, offsetForm)+" then try_cast("+text+" || "+offsetText(zone)+" as timestamptz)"+
		" when "+full(zone, `[A-Za-z_]+/[A-Za-z0-9_+/-]+|UTC|GMT`)+" then try_cast("+text+" || ' ' || "+zone+" as timestamptz) end")
}

var offsetName = regexp.MustCompile(`^` + offsetForm + `$`)

// minutes of an offset that offsetForm matched.
func minutes(name string) int {
	at := strings.IndexAny(name, "+-")
	digits := strings.ReplaceAll(name[at+1:], ":", "")
	h, m := digits, ""
	if len(digits) > 2 {
		h, m = digits[:len(digits)-2], digits[len(digits)-2:]
	}
	hours, _ := strconv.Atoi(h)
	mins, _ := strconv.Atoi(m)
	if name[at] == '-' {
		return -hours*60 - mins
	}
	return hours*60 + mins
}

// unquote gives the text of an SQL literal.
func unquote(zone string) (string, bool) {
	if len(zone) < 2 || zone[0] != '\'' || zone[len(zone)-1] != '\'' {
		return "", false
	}
	in := zone[1 : len(zone)-1]
	return in, !strings.Contains(in, "'")
}

// isoMended writes an ISO time in the form that the cast takes; part picks
// what becomes of it: its instant, or its local time where it has no offset.
func isoMended(c string, s Spec, local bool) string {
	stamp := "_p.d || ' ' || case _p.t when '' then '00:00:00' else _p.t || case when length(_p.t) < 6 then ':00' else '' end end"
	naive := "try_cast(" + stamp + " as timestamp)"
	body := "case when _p.d = '' or _p.z <> '' then null else " + naive + " end"
	if !local {
		hours := ""
		for _, h := range usHours {
			hours += " when " + engine.Literal(h[0]) + " then " + engine.Literal(h[1])
		}
		offset := "case upper(_p.z) when 'Z' then '+00:00' when 'UTC' then '+00:00' when 'GMT' then '+00:00'" + hours + " else " + offsetText("_p.z") + " end"
		body = "case when _p.d = '' then null when _p.z = '' then " + zoned(naive, s.Zone) + " else try_cast(" + stamp + " || " + offset + " as timestamptz) end"
	}
	return bind("regexp_extract("+c+", "+engine.Literal(isoParts)+", ['d', 't', 'z'])", "_p", body)
}

// moment is SQL for the instant (or local time) of a text, NULL where no
// format fits. Formats are tried in their order.
func moment(c string, s Spec, local bool) string {
	var arms []string
	for _, g := range groups(s.Formats) {
		naive := ""
		switch w := g[0]; {
		case w == "iso":
			arms = append(arms, isoPlain(c, s, local), isoMended(c, s, local))
			continue
		case strings.HasPrefix(w, "epoch_"):
			if !local {
				arms = append(arms, epoch(c, w))
			}
			continue
		case strings.HasPrefix(w, "excel_"):
			naive = excel(c, w)
		case w == "chinese":
			naive = chinese(c)
		case strings.Contains(w, "%z"):
			if !local {
				arms = append(arms, "cast(try_strptime("+c+", "+list(g)+") as timestamptz)")
			}
			continue
		default:
			naive = "cast(try_strptime(" + c + ", " + list(g) + ") as timestamp)"
		}
		if !local {
			naive = zoned(naive, s.Zone)
		}
		arms = append(arms, naive)
	}
	switch len(arms) {
	case 0:
		return "cast(null as timestamp)"
	case 1:
		return arms[0]
	}
	return "coalesce(" + strings.Join(arms, ", ") + ")"
}

// isoPlain is the cast for what the engine reads right: words (epoch,
// infinity) and names of hours (CST) are kept from it.
func isoPlain(c string, s Spec, local bool) string {
	if s.Zone != "" || local {
		return "case when " + c + " like '____-__-__ __:__:__' or " + full(c, `[-\d/]+(?:[ T][\d:.]+)?`) + " then " +
			map[bool]string{true: "try_cast(" + c + " as timestamp)", false: zoned("try_cast("+c+" as timestamp)", s.Zone)}[local] + " end"
	}
	return "case when " + c + " < ':' and not ends_with(" + c + ", 'T') then try_cast(" + c + " as timestamptz) end"
}

// instant is a time with its zone.
func instant(x string, s Spec) string { return again(x, moment(x, s, false), moment("_c", s, false)) }

// again tries the tidy text where the text itself gave nothing.
func again(x, first, second string) string {
	return "coalesce(" + first + ", case when " + x + " is not null then " + tidy(x, "_c", "case when _c <> "+x+" then "+second+" end") + " end)"
}

// day is a date: the day that stands in the cell, whatever its time and zone.
func day(x string, s Spec) string {
	read := func(c string) string {
		var arms []string
		for _, g := range groups(s.Formats) {
			switch w := g[0]; {
			case w == "iso":
				arms = append(arms, "case when "+c+" like '____-__-__' or "+full(c, isoDay)+" then try_cast("+c+" as date) end")
			case strings.HasPrefix(w, "epoch_"):
				arms = append(arms, "cast("+epochDay(epoch(c, w), s.Zone)+" as date)")
			case strings.HasPrefix(w, "excel_"):
				arms = append(arms, "cast("+excel(c, w)+" as date)")
			case w == "chinese":
				arms = append(arms, "cast("+chinese(c)+" as date)")
			default:
				arms = append(arms, "cast(try_strptime("+c+", "+list(g)+") as date)")
			}
		}
		if len(arms) == 1 {
			return arms[0]
		}
		return "coalesce(" + strings.Join(arms, ", ") + ")"
	}
	return again(x, read(x), read("_c"))
}

// epochDay is the local time of an instant, in the column's zone if it has a
// constant one, else in the session's.
func epochDay(at, zone string) string {
	if name, constant := unquote(zone); constant && !offsetName.MatchString(name) {
		return "timezone(" + zone + ", " + at + ")"
	}
	return at
}

func (s Spec) checkTimes() error {
	for _, f := range s.Formats {
		if !slices.Contains(formatWords, f) && !strings.Contains(f, "%") {
			return fmt.Errorf("format %q is no strptime format; try: one with %% such as %%Y-%%m-%%d, or one of %s", f, strings.Join(formatWords, ", "))
		}
	}
	if name, constant := unquote(s.Zone); constant && !offsetName.MatchString(name) {
		if _, err := time.LoadLocation(name); err != nil || name == "" || name == "Local" {
			return fmt.Errorf("zone %q is not known; try: an IANA name such as Asia/Shanghai, or an offset such as +08:00", name)
		}
	}
	return nil
}
