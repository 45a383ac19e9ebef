package metric

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/pipeline/policy"
)

// tally is one additive cell of a rate.
type tally struct {
	num, den, open, excluded, unknown int64

	revocable int64 // of num: may still leave it
	entering  int64 // not in den: may still enter it, and num
	missing   int64 // not in den: may still enter it, and not num
}

func (t *tally) add(o tally) {
	t.num += o.num
	t.den += o.den
	t.open += o.open
	t.excluded += o.excluded
	t.unknown += o.unknown
	t.revocable += o.revocable
	t.entering += o.entering
	t.missing += o.missing
}

func (t tally) members() bool { return t.den > 0 || t.excluded > 0 }

type shopKey struct{ platform, id string }

// history is one metric of one shop, day by day.
type history struct {
	days        map[policy.Day]tally
	any         bool       // whether a day has members
	first, last policy.Day // of the days with members
	total       tally      // with what is of no day
	blind       bool       // no export says what became of the members
	gaps        map[gapKey]gapTally
}

func newHistory() *history {
	return &history{days: map[policy.Day]tally{}, gaps: map[gapKey]gapTally{}}
}

func (h *history) add(day *time.Time, n tally) {
	h.total.add(n)
	if day == nil {
		return
	}
	d := policy.DayOf(*day, time.UTC)
	if n.members() {
		if !h.any || d < h.first {
			h.first = d
		}
		if !h.any || d > h.last {
			h.last = d
		}
		h.any = true
	}
	sum := h.days[d]
	sum.add(n)
	h.days[d] = sum
}

// blank makes every member one of which nothing is known.
func (h *history) blank() {
	unknown := func(n tally) tally { return tally{excluded: n.excluded, unknown: n.unknown + n.den} }
	for d, n := range h.days {
		h.days[d] = unknown(n)
	}
	h.total, h.blind, h.gaps = unknown(h.total), true, map[gapKey]gapTally{}
}

// sum is the tally of a span of days, both ends included.
func (h *history) sum(s days) tally {
	var n tally
	for d := s.from; d <= s.to; d++ {
		n.add(h.days[d])
	}
	return n
}

// rates is metric id, then shop.
type rates map[string]map[shopKey]*history

func (r rates) of(id string, s shopKey) *history {
	if h := r[id][s]; h != nil {
		return h
	}
	return newHistory()
}

func (r rates) at(id string, s shopKey) *history {
	if r[id] == nil {
		r[id] = map[shopKey]*history{}
	}
	if r[id][s] == nil {
		r[id][s] = newHistory()
	}
	return r[id][s]
}

// measure is a metric as one or several packs count it.
type measure struct{ id, formula, num, den string }

func measureOf(m policy.Metric) measure {
	return measure{m.ID, m.Formula, m.Numerator, m.Denominator}
}

// measures lists what is to be read, each once, in the order of packs.
func (in Input) measures() []measure {
	var out []measure
	for _, p := range in.packs() {
		for _, m := range p.Metrics {
			if k := measureOf(m); !slices.Contains(out, k) {
				out = append(out, k)
			}
		}
	}
	return out
}

// counts says whether a platform's pack counts by this measure.
func (in Input) counts(platform string, k measure) bool {
	p := in.pack(platform)
	if p == nil {
		return false
	}
	m, ok := p.Metric(k.id)
	return ok && measureOf(m) == k
}

// sums are the columns of a tally, summed.
func (k measure) sums() string {
	return sumOf(k.num) + ", " + sumOf(k.den) + ", " + common
}

const common = `cast(sum("open") as bigint), cast(sum(excluded) as bigint), cast(sum(unknown) as bigint)`

func sumOf(column string) string { return "cast(sum(" + quoted(column) + ") as bigint)" }

// reading is a cell query with the measures that share it: it runs once.
type reading struct {
	formula  string
	measures []measure
	columns  []string // numerators and denominators, each once
	from     policy.Day
}

func readings(list []measure) []*reading {
	var out []*reading
	for _, k := range list {
		i := slices.IndexFunc(out, func(r *reading) bool { return r.formula == k.formula })
		if i < 0 {
			i = len(out)
			out = append(out, &reading{formula: k.formula})
		}
		r := out[i]
		r.measures = append(r.measures, k)
		for _, c := range []string{k.num, k.den} {
			if !slices.Contains(r.columns, c) {
				r.columns = append(r.columns, c)
			}
		}
	}
	return out
}

// earliest is the Monday from which on the days of a formula are read: a window
// that belongs to a shown week may begin before it.
func (in Input) earliest(formula string, w span) policy.Day {
	out := w.from
	for _, p := range in.packs() {
		for _, m := range p.Metrics {
			if m.Formula == formula {
				out = min(out, windowOf(m, w.to-(closedWeeks-1)*week).from)
			}
		}
	}
	return monday(out)
}

// readRates reads every metric by shop and day for the weeks of a span, and
// what is of no day.
func (t tables) readRates(in Input, w span) (rates, error) {
	if err := t.knowExclusions(in); err != nil {
		return nil, err
	}
	out := rates{}
	for _, r := range readings(in.measures()) {
		r.from = in.earliest(r.formula, w)
		t.since = since(span{r.from, w.to}, in.AsOf)
		if err := t.readRate(in, r, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (t tables) readRate(in Input, r *reading, out rates) error {
	var sums, marks []string
	for _, c := range r.columns {
		sums = append(sums, sumOf(c))
	}
	var args []any
	for _, k := range r.measures {
		if !slices.Contains(args, any(k.id)) {
			marks, args = append(marks, "?"), append(args, k.id)
		}
	}
	group, channel := "metric, platform, shop_id, day", "''"
	undecided, err := t.undecided(r)
	if err != nil {
		return err
	}
	sums = append(sums, undecided...)
	gaps := r.formula == tracedCell
	if gaps {
		group, channel = group+", channel", "coalesce(channel, '')"
		for _, node := range TraceNodes {
			sums = append(sums, sumOf("lacks_"+node))
		}
	}
	values := make([]int64, len(sums))
	return t.each(r.formula, fmt.Sprintf(`select metric, coalesce(platform, ''), coalesce(shop_id, ''), day, %s, %s, %s
from {cell} where metric in (%s) and (week is null or week >= cast(? as date)) group by %s order by %s`,
		channel, common, strings.Join(sums, ", "), strings.Join(marks, ", "), group, group),
		func(rows *sql.Rows) error {
			var id, channel string
			var s shopKey
			var day *time.Time
			var n tally
			dest := []any{&id, &s.platform, &s.id, &day, &channel, &n.open, &n.excluded, &n.unknown}
			for i := range values {
				dest = append(dest, &values[i])
			}
			if err := rows.Scan(dest...); err != nil {
				return err
			}
			for _, k := range r.measures {
				if k.id != id || !in.counts(s.platform, k) {
					continue
				}
				n.num, n.den = values[slices.Index(r.columns, k.num)], values[slices.Index(r.columns, k.den)]
				more := values[len(r.columns):]
				n.entering, n.missing, n.revocable = more[0], more[1], more[2+slices.Index(r.columns, k.num)]
				h := out.at(id, s)
				h.add(day, n)
				if gaps {
					h.lack(day, channel, n, more[2+len(r.columns):])
				}
			}
			return nil
		}, append(args, r.from.UTC())...)
}

// undecided are the columns of members that can still move other than those in
// open: entering and missing, and for each measure what of it may still leave. A
// query that has no such members has no such column.
func (t tables) undecided(r *reading) ([]string, error) {
	text, err := t.cell(r.formula)
	if err != nil {
		return nil, err
	}
	names := []string{"entering", "missing"}
	for _, c := range r.columns {
		names = append(names, c+"_revocable")
	}
	for i, c := range names {
		names[i] = "cast(0 as bigint)"
		if strings.Contains(text, " as "+c+",") || strings.Contains(text, " as "+c+"\n") {
			names[i] = sumOf(c)
		}
	}
	return names, nil
}

// exclusionColumns are the columns by which a cell query learns what its metric
// leaves out.
var exclusionColumns = map[string]string{
	"fulfilment_platform": "excludes_platform",
	"order_type_express":  "excludes_express",
	"order_type_sample":   "excludes_sample",
	"cancelled_in_time":   "excludes_cancelled_in_time",
	"untracked":           "excludes_untracked",
	"domestic_channel":    "excludes_domestic",
}

// knowExclusions refuses a pack whose cell query would pass over an exclusion.
func (t tables) knowExclusions(in Input) error {
	for _, p := range in.packs() {
		for _, m := range p.Metrics {
			text, err := t.cell(m.Formula)
			if err != nil {
				return err
			}
			for _, e := range m.Exclusions {
				column := exclusionColumns[e.What]
				if column == "" || !strings.Contains(text, column+", '') = '"+e.From+"'") {
					return fmt.Errorf("pack %s: metric %s leaves out %s from %s, which %s cannot; try: another formula", p.ID, m.ID, e.What, e.From, m.Formula)
				}
			}
		}
	}
	return nil
}
