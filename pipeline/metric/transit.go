package metric

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"waybill/pipeline/policy"
)

const (
	parcelsCell = "queries/cells/transit_parcels.sql"
	yearOfWeeks = 53
	maxLanes    = 600 // channel and state pairs that are estimated, most parcels first
)

// shownOfMany are the quantiles of lanes and weeks, which are many.
var shownOfMany = []float64{0.5, 0.9}

// transitRules are the page's conventions; none is a platform's. The least n is
// that of the packs.
func transitRules(in Input) TransitRules {
	r := TransitRules{
		Level: level, Quantiles: []float64{0.5, 0.8, 0.9, 0.95}, EndDays: []int64{30, 60}, FollowedDays: 30, MeanDays: 30, MinN: 1, PromiseLevel: level,
	}
	for _, p := range in.packs() {
		if m, ok := headline(p); ok {
			r.MinN = max(r.MinN, m.MinN)
		}
	}
	return r
}

// BuildTransit reads the parcels of in.Period (else of the 13 ship weeks that end
// with the report's week) and of the year before the as-of, and makes the transit
// page's numbers.
//
// The session's as-of must not lie after in.CoveredTo: a parcel is on the way
// only as long as its scans are known, and facts do not say which feed brought
// them, so that the least horizon of all of them holds for every parcel.
func BuildTransit(ctx context.Context, q Querier, in Input) (TransitReport, error) {
	if !in.CoveredTo.IsZero() && in.CoveredTo.Before(in.AsOf) {
		return TransitReport{}, fmt.Errorf("transit at %s: the feeds reach to %s only; try: --as-of %s",
			in.AsOf.UTC().Format(time.RFC3339), in.CoveredTo.UTC().Format(time.RFC3339), in.CoveredTo.UTC().Format(time.RFC3339))
	}
	b := &transit{weekly: weekly{in: in, tables: tables{ctx: ctx, q: q, queries: in.Queries}, calendar: newCalendar(in), zones: map[string]*time.Location{}}, rules: transitRules(in)}
	return b.build()
}

// transit reads shops and weeks as the weekly page does.
type transit struct {
	weekly
	rules        TransitRules
	loc          *time.Location // of week states
	shown, past  span
	year         span
	lanes        map[[2]string]*parcelEnds // channel, state
	channels     map[string]*parcelEnds
	states       map[string]*parcelEnds
	channelOrder []string
}

func (b *transit) build() (TransitReport, error) {
	in := b.in
	out := TransitReport{
		Workspace: in.Workspace, Shop: in.Shop, AsOf: in.AsOf.UTC(), Zone: in.Zone, Languages: in.Languages, Rules: b.rules,
		Trust: Trust{LakeVersion: in.LakeVersion, ReportID: in.ReportID, Waybill: in.Waybill, Feeds: lag(in.Feeds)},
	}
	for _, p := range in.packs() {
		out.Trust.Packs = append(out.Trust.Packs, Pack{p.ID, p.Revision})
	}
	if err := b.choose(); err != nil {
		return TransitReport{}, err
	}
	out.Period, out.Before = b.calendar.period(b.shown, b.loc), b.calendar.period(b.past, b.loc)
	for _, step := range []func(*TransitReport) error{b.readParcels, b.readShops, b.readLanes, b.readWeeks, b.compare, b.promise, b.readLegs} {
		if err := step(&out); err != nil {
			return TransitReport{}, err
		}
	}
	return out, nil
}

// choose takes the period and the spans around it.
func (b *transit) choose() error {
	var err error
	if b.loc, b.shown, err = b.shipWeeks(); err != nil {
		return err
	}
	b.past = b.shown.before()
	now := monday(policy.DayOf(b.in.AsOf, b.loc))
	b.year = span{now - (yearOfWeeks-1)*week, now}
	b.since = b.past.from.UTC().AddDate(0, 0, -2)
	return nil
}

// readParcels makes the narrow relation that the page's other queries read: one
// row per dispatched parcel.
func (b *transit) readParcels(*TransitReport) error {
	from, to := min(b.shown.from, b.year.from), max(b.shown.to, b.year.to)
	return b.each(parcelsCell, `create or replace table transit_parcels as
select platform, shop_id, channel, state, ship_week, ending, bin
from {cell} where ship_week >= cast(? as date) and ship_week <= cast(? as date)`,
		func(*sql.Rows) error { return nil }, span{from, to}.args()...)
}

// cohorts reads parcels by two keys: text expressions on the narrow relation.
func (b *transit) cohorts(first, second string, w span) (map[[2]string]*parcelEnds, error) {
	// bin and ending come as one number: rows are many, and each value costs
	rows, err := b.q.Query(b.ctx, `select first_key, second_key, coded, count(*) as n
from (select coalesce(`+first+`, '') as first_key, coalesce(`+second+`, '') as second_key, coalesce(bin, -1) * 8 + ending as coded
  from transit_parcels where ship_week >= cast(? as date) and ship_week <= cast(? as date)) as parcels
group by first_key, second_key, coded`, w.args()...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", parcelsCell, err)
	}
	byKey := map[string]map[string]*parcelEnds{}
	var one, two sql.RawBytes
	for rows.Next() {
		var coded, n int64
		if err := rows.Scan(&one, &two, &coded, &n); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", parcelsCell, err), rows.Close())
		}
		bin, ending := coded>>3, coded&7
		if ending >= endKinds {
			return nil, errors.Join(fmt.Errorf("%s: %d is no ending", parcelsCell, ending), rows.Close())
		}
		inner := byKey[string(one)]
		if inner == nil {
			inner = map[string]*parcelEnds{}
			byKey[string(one)] = inner
		}
		c := inner[string(two)]
		if c == nil {
			c = &parcelEnds{}
			inner[string(two)] = c
		}
		if bin < 0 {
			c.negative += n
		} else {
			c.cells = append(c.cells, endCell{ending, bin, n})
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", parcelsCell, err)
	}
	out := map[[2]string]*parcelEnds{}
	for key, inner := range byKey {
		for second, c := range inner {
			c.settle()
			out[[2]string{key, second}] = c
		}
	}
	return out, nil
}

func (b *transit) readShops(out *TransitReport) error {
	byShop, err := b.cohorts("platform", "shop_id", b.shown)
	if err != nil {
		return err
	}
	for _, s := range b.shops {
		c := byShop[[2]string{s.Platform, s.ID}]
		if c == nil {
			c = &parcelEnds{}
		}
		g, err := b.rules.group(c, withCurves)
		if err != nil {
			return err
		}
		g.Platform, g.Shop, g.Name = s.Platform, s.ID, s.Name
		out.Shops = append(out.Shops, g)
	}
	return nil
}

func (b *transit) readLanes(out *TransitReport) error {
	var err error
	if b.lanes, err = b.cohorts("channel", "state", b.shown); err != nil {
		return err
	}
	b.channels, b.states = map[string]*parcelEnds{}, map[string]*parcelEnds{}
	for _, key := range slices.SortedFunc(maps.Keys(b.lanes), byText) {
		joinTo(b.channels, key[0], b.lanes[key])
		joinTo(b.states, key[1], b.lanes[key])
	}
	b.channelOrder = biggest(b.channels)
	total := &parcelEnds{}
	for _, c := range b.channels {
		total.join(c)
	}
	total.settle()
	if out.Total, err = b.rules.group(total, withCurves); err != nil {
		return err
	}
	for _, key := range b.channelOrder {
		g, err := b.rules.group(b.channels[key], withCurves)
		if err != nil {
			return err
		}
		g.Channel = key
		out.Channels = append(out.Channels, g)
	}
	stateOrder := biggest(b.states)
	for _, key := range stateOrder {
		g, err := b.rules.group(b.states[key], onlyFigures)
		if err != nil {
			return err
		}
		g.State = key
		out.States = append(out.States, g)
	}
	rules := b.rules
	rules.Quantiles = shownOfMany
	for _, channel := range b.channelOrder {
		for _, state := range stateOrder {
			c := b.lanes[[2]string{channel, state}]
			if c == nil || len(out.Lanes) == maxLanes {
				continue
			}
			g, err := rules.group(c, onlyFigures)
			if err != nil {
				return err
			}
			g.Channel, g.State = channel, state
			out.Lanes = append(out.Lanes, g)
		}
	}
	return nil
}

func byText(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) }

func joinTo(into map[string]*parcelEnds, key string, c *parcelEnds) {
	if into[key] == nil {
		into[key] = &parcelEnds{}
	}
	into[key].join(c)
}

// biggest settles the cohorts and gives their keys, most parcels first.
func biggest(of map[string]*parcelEnds) []string {
	total := map[string]int64{}
	for key, c := range of {
		c.settle()
		total[key] = c.total()
	}
	return slices.SortedFunc(maps.Keys(of), func(a, b string) int {
		return cmp.Or(cmp.Compare(total[b], total[a]), cmp.Compare(a, b))
	})
}

// readWeeks makes the cohorts of a year from the first parcel to the last, weeks
// without one between them included.
func (b *transit) readWeeks(out *TransitReport) error {
	byWeek, err := b.cohorts("cast(ship_week as varchar)", "null", b.year)
	if err != nil {
		return err
	}
	rules := b.rules
	rules.Quantiles = shownOfMany
	for d := b.year.from; d <= b.year.to; d += week {
		c := byWeek[[2]string{d.String(), ""}]
		if c == nil && len(out.Weeks) == 0 {
			continue
		}
		if c == nil {
			c = &parcelEnds{}
		}
		g, err := rules.group(c, onlyFigures)
		if err != nil {
			return err
		}
		out.Weeks = append(out.Weeks, TransitWeek{Week: weekOf(d, b.calendar.state(d, b.loc)), N: g.N, Open: g.Open, Mature: g.Mature, Median: g.All[0], P90: g.All[1],
			NaiveP50: g.Naive[0], NaiveP90: g.Naive[1], Small: g.Small, InPeriod: d >= b.shown.from && d <= b.shown.to})
	}
	for n := len(out.Weeks); n > 0 && out.Weeks[n-1].N == 0; n-- {
		out.Weeks = out.Weeks[:n-1]
	}
	return nil
}
