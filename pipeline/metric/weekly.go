package metric

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"waybill/pipeline/policy"
)

// BuildWeekly runs the cell queries of the packs and of the page and makes the
// weekly page's numbers. Errors name the query file.
func BuildWeekly(ctx context.Context, q Querier, in Input) (Weekly, error) {
	return newWeekly(ctx, q, in).build()
}

func newWeekly(ctx context.Context, q Querier, in Input) *weekly {
	return &weekly{in: in, tables: tables{ctx: ctx, q: q, queries: in.Queries}, calendar: newCalendar(in), zones: map[string]*time.Location{}, effects: map[shopKey]float64{}, blind: map[shopKey]bool{}}
}

type weekly struct {
	tables
	in       Input
	calendar calendar
	rates    rates
	transit  map[string]map[[2]string]Transit // by grouping
	shops    []ShopName
	zones    map[string]*time.Location // by platform
	report   policy.Day
	reach    reach
	blind    map[shopKey]bool    // shops whose headline cannot be counted: no export holds a scan or a delivery
	effects  map[shopKey]float64 // design effect of the on-time rate by the day an order was made
}

// figures fills the week, the shops with their verdicts, and what they stand on.
// Transit times are read by the groupings, of which perShop must be one. Readings that
// need no more than the week and the shops, and fill other fields, are taken beside these.
func (b *weekly) figures(out *Weekly, groupings []transitKeys, readings ...func() error) error {
	in := b.in
	*out = Weekly{
		Workspace: in.Workspace, Shop: in.Shop, AsOf: in.AsOf.UTC(), Zone: in.Zone, Currency: in.Currency, Languages: in.Languages,
		Trust: Trust{LakeVersion: in.LakeVersion, ReportID: in.ReportID, Waybill: in.Waybill, Feeds: lag(in.Feeds)},
	}
	var err error
	if b.reach, err = b.readReach(); err != nil {
		return err
	}
	if err := b.findShops(); err != nil {
		return err
	}
	if out.Week, err = b.chooseWeek(); err != nil {
		return err
	}
	b.since = since(b.span(), in.AsOf)
	err = sideBySide(append([]func() error{
		func() (err error) {
			b.rates, err = b.readRates(in, b.span())
			return err
		},
		func() (err error) {
			b.transit, err = b.transits(b.span(), groupings...)
			return err
		},
		func() error { return b.volumes(b.reach, &out.Trust) },
	}, readings...)...)
	if err != nil {
		return err
	}
	b.rates.blindTo(in, b.reach.shops)
	for _, r := range b.reach.shops {
		if m, ok := headline(in.pack(r.shop.platform)); ok {
			b.blind[r.shop] = b.rates.of(m.ID, r.shop).blind
		}
	}
	out.Metrics = b.metrics()
	b.judgeShops(out)
	for _, p := range in.packs() {
		out.Trust.Packs = append(out.Trust.Packs, Pack{p.ID, p.Revision})
	}
	if out.Week.State == Closed {
		out.Trust.LastClosed = out.Week
	}
	return nil
}

// span are the weeks that are shown.
func (b *weekly) span() span { return span{b.report - (window-1)*week, b.report} }

func (b *weekly) build() (Weekly, error) {
	in := b.in
	var out Weekly
	err := b.figures(&out, []transitKeys{perShop, perChannel, perState},
		func() error { return b.readUrgent(&out) },
		func() (err error) {
			out.Legs, err = b.legs(b.span())
			return err
		},
		func() (err error) {
			if in.MapScans != nil {
				if err := in.MapScans(b.ctx, b.since); err != nil {
					return err
				}
			}
			out.Unmapped, err = b.unmapped(shownUnmapped)
			return err
		},
	)
	if err != nil {
		return Weekly{}, err
	}
	var forecasts map[shopKey][]Forecast
	var changed map[shopKey]places
	err = sideBySide(
		func() (err error) {
			forecasts, err = b.forecasts()
			return err
		},
		func() (err error) {
			changed, err = b.readChanges()
			return err
		},
		func() (err error) {
			if out.Channels, err = b.groups(in, b.calendar, "channel", b.span(), b.zones, b.blind, b.transit[perChannel[0]]); err != nil {
				return err
			}
			out.States, err = b.groups(in, b.calendar, "state", b.span(), b.zones, b.blind, b.transit[perState[0]])
			return err
		},
	)
	if err != nil {
		return Weekly{}, err
	}
	out.States = out.States[:min(len(out.States), shownStates)]
	changes, err := b.changes(changed)
	if err != nil {
		return Weekly{}, err
	}
	for i, s := range out.Shops {
		key := shopKey{s.Platform, s.ID}
		out.Shops[i].Forecasts, out.Shops[i].Change = forecasts[key], changes[key]
		for j := range out.Shops[i].Forecasts {
			if f := &out.Shops[i].Forecasts[j]; in.unfed() {
				f.ChanceToMiss, f.Needed, f.NeededOf = nil, nil, 0
			}
		}
	}
	if err := b.nameCancelled(b.report, out.Shops); err != nil {
		return Weekly{}, err
	}
	out.Rejects = in.rejects()
	return out, nil
}

// readUrgent fills what to do today, and how many parcels ran into trouble.
func (b *weekly) readUrgent(out *Weekly) error {
	t := b.tables // others read beside it: what is learned here is its own
	var err error
	if _, t.bounds, err = t.stays(b.in.AsOf); err != nil {
		return err
	}
	if t.unknown, err = t.knowledge(); err != nil {
		return err
	}
	out.ActionUnknown = t.unknown
	list, err := t.actions(b.shops, shownActions)
	if err != nil {
		return err
	}
	out.Actions, out.ActionTotal, out.ActionLate, out.ActionHidden = list.shown, list.totalShown, list.totalLate, list.totalHidden
	out.Exceptions, err = t.exceptions(b.shops)
	return err
}

// findShops lists the named shops and those that the tables hold beside them.
func (b *weekly) findShops() error {
	b.shops = slices.Clone(b.in.Shops)
	seen := map[shopKey]bool{}
	for _, s := range b.shops {
		seen[shopKey{s.Platform, s.ID}] = true
	}
	for _, r := range b.reach.shops {
		// parcels that belong to nobody are no shop
		if k := r.shop; !seen[k] && k.id != "" {
			seen[k] = true
			b.shops = append(b.shops, ShopName{Platform: k.platform, ID: k.id})
		}
	}
	slices.SortFunc(b.shops, func(a, c ShopName) int {
		return cmp.Or(cmp.Compare(a.Platform, c.Platform), cmp.Compare(a.ID, c.ID))
	})
	platforms := map[string]bool{"": true}
	for _, s := range b.shops {
		platforms[s.Platform] = true
	}
	for _, p := range slices.Sorted(maps.Keys(platforms)) {
		loc, err := zone(b.in.pack(p))
		if err != nil {
			return err
		}
		b.zones[p] = loc
	}
	return nil
}

// chooseWeek takes the last closed week over all platforms. Data that ended
// before it is reported at its own last week, data that begins after it at its
// first, open one.
func (b *weekly) chooseWeek() (Week, error) {
	if b.in.Week != "" {
		d, err := parseWeek(b.in.Week)
		if err != nil {
			return Week{}, err
		}
		b.report = d
		return weekOf(d, b.state(d)), nil
	}
	platforms := b.platforms()
	b.report = b.calendar.lastClosed(b.zones[platforms[0]])
	for _, p := range platforms[1:] {
		b.report = min(b.report, b.calendar.lastClosed(b.zones[p]))
	}
	if first, last, ok := wholeReach(b.reach.shops); ok {
		b.report = max(min(b.report, last), first)
	}
	return weekOf(b.report, b.state(b.report)), nil
}

// platforms with a shop, or the platform without a name.
func (b *weekly) platforms() []string {
	var out []string
	for _, s := range b.shops {
		if !slices.Contains(out, s.Platform) {
			out = append(out, s.Platform)
		}
	}
	if len(out) == 0 {
		return []string{""}
	}
	return out
}

// state of a week: closed where it is closed on every platform.
func (b *weekly) state(d policy.Day) WeekState {
	state := Closed
	for _, p := range b.platforms() {
		switch s := b.calendar.state(d, b.zones[p]); {
		case s == Open || state == Open:
			state = Open
		case s == Incomplete:
			state = Incomplete
		}
	}
	return state
}

// metrics are those of the packs that some shop is judged by, else of all packs.
func (b *weekly) metrics() []Metric {
	var out []Metric
	for _, p := range b.in.packs() {
		if len(b.shops) > 0 && !slices.ContainsFunc(b.shops, func(s ShopName) bool {
			q := b.in.pack(s.Platform)
			return q != nil && q.ID == p.ID
		}) {
			continue
		}
		for _, m := range p.Metrics {
			if slices.ContainsFunc(out, func(o Metric) bool { return o.ID == m.ID }) {
				continue
			}
			out = append(out, Metric{ID: m.ID, Pack: fmt.Sprintf("%s@%s", p.ID, p.Revision), Grain: m.Grain, Cohort: m.Cohort,
				Better: m.Better, Formula: m.Formula, Source: m.Source, Window: m.Window, Days: m.WindowDays, Shift: m.ShiftDays, Lag: m.LagDays, MinN: m.MinN})
		}
	}
	return out
}

func (b *weekly) judgeShops(out *Weekly) {
	open, due := int64(0), int64(0)
	unfed := b.in.unfed()
	for _, name := range b.shops {
		key := shopKey{name.Platform, name.ID}
		p, loc := b.in.pack(name.Platform), b.zones[name.Platform]
		shop := Shop{Platform: name.Platform, ID: name.ID, Name: name.Name, Transit: noTransit()}
		if tr, ok := b.transit[perShop[0]][[2]string{name.Platform, name.ID}]; ok {
			shop.Transit = tr
		}
		byID := map[string]Series{}
		for _, m := range out.Metrics {
			s := Series{Metric: m.ID}
			if p != nil {
				if rule, ok := p.Metric(m.ID); ok {
					s = b.calendar.series(rule, b.rates.of(m.ID, key), b.report, loc)
				}
			}
			if unfed {
				s.unjudge()
			}
			byID[m.ID] = s
			shop.Series = append(shop.Series, s)
		}
		undated, unseen := false, false
		if head, ok := headline(p); ok {
			h := b.rates.of(head.ID, key)
			undated, unseen = h.total.unknown > 0 && !h.total.members() && !h.blind, h.blind
			n := h.sum(windowOf(head, b.report))
			open, due = open+n.open, due+n.den
		}
		shop.Verdict = verdict(p, byID, undated, unseen, out.Week)
		if unfed {
			shop.Verdict.State, shop.Verdict.Missing = "none", "never_loaded"
		}
		out.Shops = append(out.Shops, shop)
	}
	if due > 0 {
		out.Trust.OpenShare = float64(open) / float64(due)
	}
}

// lag sorts feeds and says how far each is behind the one that reaches furthest.
func lag(feeds []Feed) []Feed {
	out := slices.Clone(feeds)
	slices.SortFunc(out, func(a, b Feed) int { return cmp.Compare(a.Name, b.Name) })
	var furthest time.Time
	for i := range out {
		out[i].Horizon = inUTC(out[i].Horizon)
		if h := out[i].Horizon; h != nil && h.After(furthest) {
			furthest = *h
		}
	}
	for i := range out {
		if h := out[i].Horizon; h != nil {
			out[i].LagHours = furthest.Sub(*h).Hours()
		}
	}
	return out
}
