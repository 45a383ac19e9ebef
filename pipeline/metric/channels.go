package metric

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"waybill/pipeline/policy"
)

const comparedCell = "queries/cells/channels_parcels.sql"

// stratumColumns are what a stratum can be made of.
var stratumColumns = []string{"shop", "channel", "state", "weight_band", "week", "month"}

// compareRules are the built-in conventions with what the workspace states.
func compareRules(in Input) (CompareRules, error) {
	r := CompareRules{
		Own: len(in.Compare.Strata) > 0 || in.Compare.MinN > 0, Strata: []string{"state", "weight_band", "month"}, MinN: 10, LeastGroup: 30,
		LeastCommon: 0.5, Level: level, Discovery: 0.05, Power: 0.8, PairGroups: 12,
	}
	if len(in.Compare.Strata) > 0 {
		r.Strata = in.Compare.Strata
	}
	for i, s := range r.Strata {
		if !slices.Contains(stratumColumns, s) || slices.Contains(r.Strata[:i], s) {
			return r, fmt.Errorf("compare: strata %q; try: some of %s, each once", strings.Join(r.Strata, ", "), strings.Join(stratumColumns, ", "))
		}
	}
	if in.Compare.MinN > 0 {
		r.MinN = in.Compare.MinN
	}
	for _, p := range in.packs() {
		if m, ok := headline(p); ok {
			r.LeastGroup = max(r.LeastGroup, m.MinN)
		}
	}
	return r, nil
}

// BuildChannels reads the parcels of in.Period (else of the 13 weeks that end with
// the report's week) and compares channels and destinations. The share on time is
// of the parcels that were due in the closed weeks of the period; counts, times
// and costs are of those that were shipped in it.
//
// The session's as-of must not lie after in.CoveredTo: what is on the way is known
// as far as the feeds reach.
func BuildChannels(ctx context.Context, q Querier, in Input) (Channels, error) {
	if !in.CoveredTo.IsZero() && in.CoveredTo.Before(in.AsOf) {
		at := in.CoveredTo.UTC().Format(time.RFC3339)
		return Channels{}, fmt.Errorf("channels at %s: the feeds reach to %s only; try: --as-of %s", in.AsOf.UTC().Format(time.RFC3339), at, at)
	}
	rules, err := compareRules(in)
	if err != nil {
		return Channels{}, err
	}
	b := &channels{weekly: weekly{in: in, tables: tables{ctx: ctx, q: q, queries: in.Queries}, calendar: newCalendar(in), zones: map[string]*time.Location{}}, rules: rules}
	return b.build()
}

// channels reads shops and weeks as the weekly page does.
type channels struct {
	weekly
	rules CompareRules
	loc   *time.Location // of week states
	ships span
	due   span
}

func (b *channels) build() (Channels, error) {
	in := b.in
	out := Channels{
		Workspace: in.Workspace, Shop: in.Shop, AsOf: in.AsOf.UTC(), Zone: in.Zone, Languages: in.Languages, Rules: b.rules,
		Trust: Trust{LakeVersion: in.LakeVersion, ReportID: in.ReportID, Waybill: in.Waybill, Feeds: lag(in.Feeds)},
	}
	for _, p := range in.packs() {
		out.Trust.Packs = append(out.Trust.Packs, Pack{p.ID, p.Revision})
	}
	if err := b.choose(); err != nil {
		return Channels{}, err
	}
	if last := b.calendar.lastClosed(b.loc); b.state(last) == Closed {
		out.Trust.LastClosed = weekOf(last, Closed)
	}
	out.Period, out.Due = b.calendar.period(b.ships, b.loc), b.calendar.period(b.due, b.loc)
	cells, err := b.readCells()
	if err != nil {
		return Channels{}, err
	}
	// two comparisons of the same cells, neither of which changes them
	var second error
	var both sync.WaitGroup
	both.Go(func() { out.Destinations, second = compare(cells, "state", b.rules) })
	out.Channels, err = compare(cells, "channel", b.rules)
	both.Wait()
	if err != nil {
		return Channels{}, fmt.Errorf("compare channels: %w", err)
	}
	if second != nil {
		return Channels{}, fmt.Errorf("compare destinations: %w", second)
	}
	if out.Lanes, err = lanes(cells, out.Channels, out.Destinations, b.rules); err != nil {
		return Channels{}, err
	}
	if out.Volume, err = concentration(out.Channels, out.Destinations, out.Lanes, b.target()); err != nil {
		return Channels{}, err
	}
	return out, b.volumes(b.reach, &out.Trust)
}

// choose takes the ship weeks, and of them as due weeks those that are closed.
func (b *channels) choose() error {
	var err error
	if b.loc, b.ships, err = b.shipWeeks(); err != nil {
		return err
	}
	b.since = b.ships.from.UTC().AddDate(0, 0, -2)
	b.due = b.ships
	for b.due.to >= b.due.from && b.state(b.due.to) != Closed {
		b.due.to -= week
	}
	return nil
}

// target is the enforced share on time where every platform with a shop has the
// same one in the report's week, else empty.
func (b *channels) target() string {
	found := ""
	for _, p := range b.platforms() {
		m, ok := headline(b.in.pack(p))
		if !ok {
			return ""
		}
		t, ok := m.Target(b.ships.to, policy.Enforced)
		if !ok || found != "" && found != t.Value {
			return ""
		}
		found = t.Value
	}
	return found
}

// comparedCells are what a comparison is made of.
type comparedCells struct {
	cells   []comparedKey
	parcels []parcelCell
	times   []timeCell
}

// comparedKey is what parcels of one cell share: channel, state, and the values of
// CompareRules.Strata.
type comparedKey struct {
	channel, state string
	stratum        []string
}

// parcelCell is an additive count of the parcels of one cell and ship day, with the
// costs in one currency.
type parcelCell struct {
	cell                          int   // index in comparedCells.cells
	day                           int64 // UTC, since 1970
	due, onTime                   int64
	shipped, open, lost, returned int64
	currency                      string
	cost, dueCost                 money
	dueCostOnTime                 int64
}

// timeCell counts shipped parcels that ended the same way after the same time.
type timeCell struct {
	cell           int
	ending, bin, n int64
}

// money are additive sums over N parcels in ten-thousandths of a currency.
type money struct{ n, sum int64 }

func (m *money) add(o money) {
	m.n += o.n
	m.sum += o.sum
}

// stratumSQL are the expressions of the strata on the narrow relation.
var stratumSQL = map[string]string{
	"shop":        "coalesce(platform, '') || '/' || coalesce(shop_id, '')",
	"channel":     "coalesce(channel, '')",
	"state":       "coalesce(state, '')",
	"weight_band": "coalesce(weight_band, '')",
	"week":        "coalesce(cast(ship_week as varchar), '')",
	"month":       "coalesce(cast(month_start(ship_week) as varchar), '')",
}

// readCells makes the narrow relation of the period's parcels and counts it. Texts
// are read once a cell: rows are many, and each value costs.
func (b *channels) readCells() (comparedCells, error) {
	var out comparedCells
	by := []string{"coalesce(channel, '') as key_channel", "coalesce(state, '') as key_state"}
	names := []string{"key_channel", "key_state"}
	for i, s := range b.rules.Strata {
		name := fmt.Sprintf("key_%d", i)
		by, names = append(by, stratumSQL[s]+" as "+name), append(names, name)
	}
	keys := strings.Join(names, ", ")
	none := func(*sql.Rows) error { return nil }
	ships, due := b.ships.args(), b.due.args()
	if err := b.each(comparedCell, `create or replace table compared_parcels as
select `+strings.Join(by, ", ")+`, ship_day, on_time, ending, bin, currency, cost_e4, is_shipped, is_due
from (select platform, shop_id, channel, state, weight_band, ship_week, ship_day, on_time, ending, bin, currency, cost_e4,
    coalesce(ship_week >= cast(? as date) and ship_week <= cast(? as date), false) as is_shipped,
    coalesce(due_week >= cast(? as date) and due_week <= cast(? as date) and on_time <> 'open', false) as is_due
  from {cell}) as parcels
where is_shipped or is_due`, none, append(ships, due...)...); err != nil {
		return out, err
	}
	if err := b.rows(`create or replace table compared_cells as
select row_number() over (order by `+keys+`) - 1 as cell, `+keys+` from (select distinct `+keys+` from compared_parcels) as cells`, none); err != nil {
		return out, err
	}
	if err := b.rows("select "+keys+" from compared_cells order by cell", func(rows *sql.Rows) error {
		text := make([]string, len(names))
		var dest []any
		for i := range text {
			dest = append(dest, &text[i])
		}
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		for i, s := range b.rules.Strata {
			text[i+2] = shortMonth(s, text[i+2])
		}
		out.cells = append(out.cells, comparedKey{text[0], text[1], text[2:]})
		return nil
	}); err != nil {
		return out, err
	}
	var same []string
	for _, n := range names {
		same = append(same, "c."+n+" = p."+n)
	}
	if err := b.rows(`create or replace table compared_members as
select c.cell, date_diff('day', date '1970-01-01', p.ship_day) as day, p.on_time, p.ending, p.bin, p.currency, p.cost_e4, p.is_shipped, p.is_due
from compared_parcels as p join compared_cells as c on `+strings.Join(same, " and "), none); err != nil {
		return out, err
	}
	currencies := map[string]string{}
	if err := b.rows(`select cell, day, coalesce(currency, ''),
  count(*) filter (where is_due),
  count(*) filter (where is_due and on_time = 'yes'),
  count(*) filter (where is_shipped),
  count(*) filter (where is_shipped and ending = 0),
  count(*) filter (where is_shipped and ending in (3, 4)),
  count(*) filter (where is_shipped and ending = 2),
  count(cost_e4) filter (where is_shipped),
  cast(coalesce(sum(cost_e4) filter (where is_shipped), 0) as bigint),
  count(cost_e4) filter (where is_due),
  cast(coalesce(sum(cost_e4) filter (where is_due), 0) as bigint),
  count(cost_e4) filter (where is_due and on_time = 'yes')
from compared_members group by cell, day, currency order by cell, day, currency`, func(rows *sql.Rows) error {
		var c parcelCell
		var currency sql.RawBytes
		if err := rows.Scan(&c.cell, &c.day, &currency, &c.due, &c.onTime, &c.shipped, &c.open, &c.lost, &c.returned, &c.cost.n, &c.cost.sum,
			&c.dueCost.n, &c.dueCost.sum, &c.dueCostOnTime); err != nil {
			return err
		}
		var ok bool
		if c.currency, ok = currencies[string(currency)]; !ok {
			c.currency = string(currency)
			currencies[c.currency] = c.currency
		}
		out.parcels = append(out.parcels, c)
		return nil
	}); err != nil {
		return out, err
	}
	err := b.rows(`select cell, bin * 8 + ending as coded, count(*) from compared_members where is_shipped and bin is not null group by cell, bin, ending`,
		func(rows *sql.Rows) error {
			var c timeCell
			var coded int64
			if err := rows.Scan(&c.cell, &coded, &c.n); err != nil {
				return err
			}
			c.bin, c.ending = coded>>3, coded&7
			out.times = append(out.times, c)
			return nil
		})
	return out, err
}

// shortMonth writes a month or a week as people do.
func shortMonth(column, value string) string {
	d, err := policy.ParseDay(value)
	switch {
	case err != nil:
		return value
	case column == "month":
		return value[:len("2006-01")]
	case column == "week":
		return weekOf(d, "").ID
	}
	return value
}

// rows runs a query on the narrow relation.
func (b *channels) rows(query string, row func(*sql.Rows) error) error {
	rows, err := b.q.Query(b.ctx, query)
	if err != nil {
		return fmt.Errorf("%s: %w", comparedCell, err)
	}
	for rows.Next() {
		if err := row(rows); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", comparedCell, err), rows.Close())
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("%s: %w", comparedCell, err)
	}
	return nil
}
