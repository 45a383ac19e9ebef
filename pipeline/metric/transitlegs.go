package metric

import (
	"cmp"
	"database/sql"
	"maps"
	"slices"

	"waybill/pipeline/stat"
)

const transitLegsCell = "queries/cells/transit_legs.sql"

var legQuantiles = []float64{0.5, 0.9}

// legKey is one leg of one channel; place is its order on the way.
type legKey struct {
	channel string
	place   int64
	leg     string
}

// legTally is a leg over one period.
type legTally struct {
	n, seconds, missing, negative, running int64
	cells                                  []stat.Cell
}

func (t *legTally) join(o *legTally) {
	t.n += o.n
	t.seconds += o.seconds
	t.missing += o.missing
	t.negative += o.negative
	t.running += o.running
	t.cells = append(t.cells, o.cells...)
}

// legPair is a leg in the period and before it.
type legPair struct{ this, past legTally }

// readLegs makes the legs of both periods, over all channels and of each.
func (b *transit) readLegs(out *TransitReport) error {
	all, byChannel := map[legKey]*legPair{}, map[legKey]*legPair{}
	err := b.each(transitLegsCell, `select channel, place, leg, is_this, bin,
  count(*) filter (where is_delivered = 1 and has_ended = 1) as n,
  cast(coalesce(sum(leg_seconds) filter (where is_delivered = 1), 0) as bigint) as seconds,
  cast(sum(is_missing) as bigint) as missing,
  count(*) filter (where is_delivered = 1 and is_negative = 1) as negative,
  cast(sum(has_ended) as bigint) as ended,
  cast(sum(is_running) as bigint) as running
from (select coalesce(channel, '') as channel, place, leg, case when week >= cast(? as date) then 1 else 0 end as is_this,
    bin, leg_seconds, is_delivered, has_ended, is_negative, is_missing, is_running
  from {cell} where week >= cast(? as date) and week <= cast(? as date)) as legs
group by channel, place, leg, is_this, bin`,
		func(rows *sql.Rows) error {
			var key legKey
			var this int64
			var bin sql.NullInt64
			var t legTally
			var c stat.Cell
			if err := rows.Scan(&key.channel, &key.place, &key.leg, &this, &bin, &t.n, &t.seconds, &t.missing, &t.negative, &c.Events, &c.Censored); err != nil {
				return err
			}
			t.running = c.Censored
			if bin.Valid {
				c.Bin = bin.Int64
				t.cells = []stat.Cell{c}
			}
			joinLeg(byChannel, key, this == 1, &t)
			key.channel = ""
			joinLeg(all, key, this == 1, &t)
			return nil
		}, b.shown.from.UTC(), b.past.from.UTC(), b.shown.to.UTC())
	if err != nil {
		return err
	}
	if out.Legs, err = legChanges(all, ""); err != nil {
		return err
	}
	for _, channel := range b.channelOrder {
		legs, err := legChanges(byChannel, channel)
		if err != nil {
			return err
		}
		if len(legs) > 0 {
			out.ChannelLegs = append(out.ChannelLegs, ChannelLegs{channel, legs})
		}
	}
	return nil
}

func joinLeg(into map[legKey]*legPair, key legKey, this bool, t *legTally) {
	p := into[key]
	if p == nil {
		p = &legPair{}
		into[key] = p
	}
	if this {
		p.this.join(t)
	} else {
		p.past.join(t)
	}
}

// legChanges are the legs of a channel in the order of the way. A leg that nothing
// went through in either period is left out.
func legChanges(of map[legKey]*legPair, channel string) ([]LegChange, error) {
	var out []LegChange
	for _, key := range slices.SortedFunc(maps.Keys(of), func(a, c legKey) int {
		return cmp.Or(cmp.Compare(a.place, c.place), cmp.Compare(a.leg, c.leg), cmp.Compare(a.channel, c.channel))
	}) {
		if key.channel != channel {
			continue
		}
		p := of[key]
		l := LegChange{ID: key.leg}
		var err error
		if l.This, err = p.this.figures(); err != nil {
			return nil, err
		}
		if l.Past, err = p.past.figures(); err != nil {
			return nil, err
		}
		if l.This.went() || l.Past.went() {
			out = append(out, l)
		}
	}
	share(out, func(l *LegChange) *LegFigures { return &l.This })
	share(out, func(l *LegChange) *LegFigures { return &l.Past })
	return out, nil
}

func (f LegFigures) went() bool { return f.N > 0 || f.Negative > 0 || f.Running > 0 }

// figures of a leg; its share comes with the others of the way.
func (t *legTally) figures() (LegFigures, error) {
	f := LegFigures{N: t.n, Missing: t.missing, Negative: t.negative, Running: t.running}
	if t.n > 0 {
		mean := float64(t.seconds) / 86400 / float64(t.n)
		f.Mean = &mean
	}
	if all := t.n + t.missing + t.negative; all > 0 {
		f.MissingRate = float64(t.missing) / float64(all)
	}
	c, err := stat.KaplanMeier(t.cells)
	if err != nil {
		return f, err
	}
	for _, p := range legQuantiles {
		f.Quantiles = append(f.Quantiles, quantile(c, p))
	}
	return f, nil
}

// share fills each leg's part of the sum of means.
func share(legs []LegChange, of func(*LegChange) *LegFigures) {
	total := 0.0
	for i := range legs {
		if m := of(&legs[i]).Mean; m != nil {
			total += *m
		}
	}
	for i := range legs {
		if f := of(&legs[i]); f.Mean != nil && total > 0 {
			f.Share = *f.Mean / total
		}
	}
}
