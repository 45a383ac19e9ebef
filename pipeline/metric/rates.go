package metric

import (
	"database/sql"
	"fmt"
	"slices"
	"time"

	"waybill/pipeline/policy"
)

// tally is one additive cell of a rate.
type tally struct{ num, den, open, excluded, unknown int64 }

func (t *tally) add(o tally) {
	t.num += o.num
	t.den += o.den
	t.open += o.open
	t.excluded += o.excluded
	t.unknown += o.unknown
}

func (t tally) members() bool { return t.den > 0 || t.excluded > 0 }

type shopKey struct{ platform, id string }

// history is one metric of one shop over all weeks.
type history struct {
	weeks       map[policy.Day]tally
	first, last policy.Day // of the weeks with members
	total       tally      // with what is in no week
}

func (h *history) add(start *time.Time, n tally) {
	h.total.add(n)
	if start == nil {
		return
	}
	d := policy.DayOf(*start, time.UTC)
	if n.members() {
		if len(h.weeks) == 0 || d < h.first {
			h.first = d
		}
		if len(h.weeks) == 0 || d > h.last {
			h.last = d
		}
		sum := h.weeks[d]
		sum.add(n)
		h.weeks[d] = sum
	} else if n.unknown > 0 && len(h.weeks) > 0 {
		sum := h.weeks[d]
		sum.add(n)
		h.weeks[d] = sum
	}
}

// rates is metric id, then shop.
type rates map[string]map[shopKey]*history

func (r rates) of(id string, s shopKey) *history {
	if h := r[id][s]; h != nil {
		return h
	}
	return &history{}
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
	return fmt.Sprintf(`cast(sum(%s) as bigint), cast(sum(%s) as bigint), cast(sum("open") as bigint), cast(sum(excluded) as bigint), cast(sum(unknown) as bigint)`,
		quoted(k.num), quoted(k.den))
}

// readRates reads every metric by shop and week from a Monday on, and what is
// in no week.
func (t tables) readRates(in Input, from policy.Day) (rates, error) {
	out := rates{}
	for _, k := range in.measures() {
		if out[k.id] == nil {
			out[k.id] = map[shopKey]*history{}
		}
		err := t.each(k.formula, `select coalesce(platform, ''), coalesce(shop_id, ''), week, `+k.sums()+`
from {cell} where metric = ? and (week is null or week >= cast(? as date)) group by platform, shop_id, week order by platform, shop_id, week`,
			func(rows *sql.Rows) error {
				var s shopKey
				var start *time.Time
				var n tally
				if err := rows.Scan(&s.platform, &s.id, &start, &n.num, &n.den, &n.open, &n.excluded, &n.unknown); err != nil {
					return err
				}
				if !in.counts(s.platform, k) {
					return nil
				}
				if out[k.id][s] == nil {
					out[k.id][s] = &history{weeks: map[policy.Day]tally{}}
				}
				out[k.id][s].add(start, n)
				return nil
			}, k.id, from.UTC())
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
