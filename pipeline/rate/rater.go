package rate

import (
	"context"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"waybill/pipeline/engine"
)

// Parcels is the relation that the rater prices, with its columns: by_card
// empty takes the card of the channel, day the local day of the card's zone
// that decides the version (else one of the instants does); weights and sides
// as measured with their unit; features as ",battery,residential,"; the
// declared value counts only in the card's currency; by_weight and by_zone as
// somebody else weighed and zoned the parcel.
const (
	Parcels        = "rating_parcels"
	ParcelsColumns = "parcel bigint, by_card varchar, provider varchar, channel varchar, day date, label_at timestamptz, handed_over_at timestamptz, first_scan_at timestamptz, country varchar, state varchar, postal_code varchar, weight decimal(18,4), weight_unit varchar, length decimal(18,4), width decimal(18,4), height decimal(18,4), length_unit varchar, features varchar, declared_value decimal(18,4), declared_currency varchar, by_weight decimal(18,4), by_weight_unit varchar, by_zone varchar"

	// Names says what the numbers of parcels stand for.
	Names = "rated_names"

	// Given holds amounts of parcels that are not to be computed: of such a parcel
	// only percentages of them and the rounding are.
	Given        = "rating_given"
	GivenColumns = "parcel bigint, charge varchar, amount_e8 bigint"

	// Cards holds the cards that each parcel of rating_parcels is to be priced by; a
	// row without a card stands for that of the parcel.
	askedCards   = "rating_cards"
	cardsColumns = "card varchar, twin varchar"
)

// Rater prices parcels in one session of an engine, which must hold zone_days
// for the zones of the cards.
type Rater struct {
	Engine  engine.Engine
	Queries fs.FS // the folder queries

	// what the surcharges of the cards ask for; a step that none needs is left out
	orders   int64 // of percentages on percentages
	groups   bool  // of some surcharges the highest counts
	zips     bool
	features bool
	rounds   bool // totals

	daySpans, zones, states int64 // more than there are of each

	again bool // postal codes and features are those of the last call
}

// Install makes the tables of the cards.
func (r *Rater) Install(ctx context.Context, cards []*Card, rows []*Rows) error {
	tables := Tables(cards, rows)
	for _, t := range append(tables,
		Table{Name: Given, Columns: GivenColumns},
		Table{Name: askedCards, Columns: cardsColumns, Rows: [][]any{{nil, nil}}},
		Table{Name: "rated_places", Columns: "zip bigint, v bigint, like_zip bigint"},
		Table{Name: "rated_lists", Columns: "list bigint, features varchar"},
		Table{Name: "rated_tiers", Columns: "zip bigint, v bigint, n bigint, tier varchar, file varchar, line bigint"},
		Table{Name: "rated_features", Columns: "list bigint, v bigint, n bigint"},
	) {
		if err := r.Engine.Exec(ctx, "create or replace table "+engine.Ident(t.Name)+" ("+t.Columns+")"); err != nil {
			return err
		}
		if err := r.Engine.Insert(ctx, t.Name, t.Rows); err != nil {
			return fmt.Errorf("%s: %w", t.Name, err)
		}
	}
	r.daySpans, r.zones, r.states = beyond(tables, "card_days", 3), beyond(tables, "card_zones", 5), beyond(tables, "card_states", 2)
	for _, x := range rows {
		for _, s := range x.Surcharges {
			if s.Kind == "percent" {
				r.orders = max(r.orders, s.Order)
			}
			r.groups = r.groups || s.Group != ""
			r.zips = r.zips || s.HasZips
			r.features = r.features || s.HasFeatures
		}
		for _, v := range x.Versions {
			r.rounds = r.rounds || v.RoundStage == "total"
		}
	}
	return nil
}

// beyond is a number above all that a column of a table has.
func beyond(tables []Table, name string, column int) int64 {
	n := int64(1)
	for _, t := range tables {
		if t.Name != name {
			continue
		}
		for _, r := range t.Rows {
			n = max(n, r[column].(int64)+1)
		}
	}
	return n
}

// columns of rated_amounts; one that is to be explained has more.
const amountColumns = "class, v, n, charge, amount_e8, base_e8, percent_e4, tier, charged, problem"

// columns of rated_weights where only totals are asked for: the measures of
// parcels that are priced by themselves, and of no other.
const totalColumns = `parcel, card, v, rated_on, currency, zone, chargeable_ticks, basis, assumed, problem, zip, state, list, alike, lone,
 case when lone <> -1 then weight_quanta end as weight_quanta, case when lone <> -1 then longest_quanta end as longest_quanta, case when lone <> -1 then second_quanta end as second_quanta,
 case when lone <> -1 then third_quanta end as third_quanta, case when lone <> -1 then volume end as volume, case when lone <> -1 then declared_value end as declared_value, case when lone <> -1 then declared_currency end as declared_currency`

// depth is how much of a price is kept.
type depth int

const (
	totals depth = iota
	charges
	explained
)

// Total prices the parcels of rating_parcels: rated_totals is a view afterwards.
func (r *Rater) Total(ctx context.Context) error { return r.rate(ctx, totals) }

// Rate prices as Total does; rated_weights is a table afterwards, rated_charges
// (what is charged) a view too.
func (r *Rater) Rate(ctx context.Context) error { return r.rate(ctx, charges) }

// Again prices as Rate does, parcels whose postal codes and features the last
// other call has seen: what the cards say of these is not looked up again.
func (r *Rater) Again(ctx context.Context) error {
	r.again = true
	defer func() { r.again = false }()
	return r.rate(ctx, charges)
}

// Explain prices as Rate does and keeps what Prices tells: how each amount came
// about, and what is not charged because a higher one of its group is.
func (r *Rater) Explain(ctx context.Context) error { return r.rate(ctx, explained) }

func (r *Rater) rate(ctx context.Context, keep depth) error {
	amounts, alone, how, weights := "insert into rated_amounts select "+amountColumns+" from (%s) as c where charged", "false", "", "%s"
	if keep == totals {
		weights = "select " + totalColumns + " from (%s) as w"
	}
	if keep == explained {
		amounts, alone, how = "insert into rated_amounts %s", "true", "a.computed_e8, a.grp, a.file, a.line, "
	}
	type step struct {
		file, into string
		set        []string
	}
	const table = "create or replace table "
	var steps []step
	add := func(is bool, file, into string, set ...string) {
		if is {
			steps = append(steps, step{file, into, set})
		}
	}
	add(!r.again, "04_codes", table+"rated_codes as %s")
	add(!r.again, "05_zones", table+"rated_zones as %s")
	add(r.zips && !r.again, "06_places", table+"rated_places as %s")
	add(r.features && !r.again, "07_lists", table+"rated_lists as %s")
	add(true, "08_measures", table+"rated_measures as %s")
	add(true, "09_days", table+"rated_days as %s")
	add(true, "10_weights", table+"rated_weights as "+weights, "{is_alone}", alone, "{day_spans}", strconv.FormatInt(r.daySpans, 10), "{zones}", strconv.FormatInt(r.zones, 10), "{states}", strconv.FormatInt(r.states, 10))
	add(true, "15_classes", table+"rated_classes as %s")
	add(r.zips, "16_tiers", table+"rated_tiers as %s")
	add(r.features && !r.again, "17_features", table+"rated_features as %s")
	add(true, "20_freight", table+"rated_freight as %s")
	add(true, "30_held", "create or replace view rated_held as %s")
	add(true, "40_freight", strings.Replace(amounts, "insert into rated_amounts", table+"rated_amounts as", 1))
	add(true, "41_amounts", amounts, "{is_grouped}", "is null", "{place}", "1")
	add(r.groups, "41_amounts", amounts, "{is_grouped}", "is not null", "{place}", "row_number() over (partition by b.class, b.grp order by b.bounded_e8 desc nulls first, b.n)")
	for ord := int64(1); ord <= r.orders; ord++ {
		add(true, "50_percents", amounts, "{ord}", strconv.FormatInt(ord, 10))
	}
	add(r.rounds, "60_rounding", amounts)
	add(true, "70_prices", table+"rated_prices as %s")
	add(true, "75_totals", "create or replace view rated_totals as %s")
	add(true, "76_charges", "create or replace view rated_charges as %s", "{how}", how)
	for _, s := range steps {
		if err := r.step(ctx, s.file, s.into, s.set...); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rater) step(ctx context.Context, file, into string, set ...string) error {
	name := "rating/" + file + ".sql"
	b, err := fs.ReadFile(r.Queries, name)
	if err != nil {
		return err
	}
	if err := r.Engine.Exec(ctx, strings.Replace(into, "%s", strings.NewReplacer(set...).Replace(string(b))+"\n", 1)); err != nil {
		return fmt.Errorf("queries/%s: %w", name, err)
	}
	return nil
}

// Shipments makes rating_parcels of the shipments at the as-of of the session, or
// of one of them, to be priced by each of the cards, or by that of the channel
// where none is named.
func (r *Rater) Shipments(ctx context.Context, shipment string, cards ...string) error {
	b, err := fs.ReadFile(r.Queries, "rating/00_shipments.sql")
	if err != nil {
		return err
	}
	if err := r.Engine.Exec(ctx, "create or replace table "+engine.Ident(Parcels)+" as select row_number() over () as parcel, s.* from ("+string(b)+"\n) as s where ? in ('', name)", shipment); err != nil {
		return fmt.Errorf("queries/rating/00_shipments.sql: %w", err)
	}
	if err := r.Engine.Exec(ctx, "create or replace table "+engine.Ident(Names)+" as select parcel, name from "+engine.Ident(Parcels)); err != nil {
		return err
	}
	return r.by(ctx, cards)
}

// by prices each parcel under the cards, or under that of the parcel. Of cards
// with the same rule of days one is the twin of all.
func (r *Rater) by(ctx context.Context, cards []string) error {
	names := []string{"cast(null as varchar)"}
	if len(cards) > 0 {
		names = nil
		for _, c := range cards {
			names = append(names, engine.Literal(c))
		}
	}
	return r.Engine.Exec(ctx, "create or replace table "+askedCards+" as select a.card, min(a.card) over (partition by k.tz, k.dated_by, k.by_country) as twin from (values ("+strings.Join(names, "), (")+")) as a (card) left join cards as k on k.card = a.card")
}

// Of makes rating_parcels of the parcels in a table (parcel, provider,
// shipment_id), each to be priced by the provider's card of its channel. facts has
// what is read of shipments_as_of, or is that view.
func (r *Rater) Of(ctx context.Context, table, facts string) error {
	b, err := fs.ReadFile(r.Queries, "rating/00_shipments.sql")
	if err != nil {
		return err
	}
	err = r.Engine.Exec(ctx, "create or replace table "+engine.Ident(Parcels)+" as select b.parcel, n.by_card, "+shipmentColumns+" from ("+strings.ReplaceAll(string(b), "shipments_as_of", facts)+"\n) as n join "+engine.Ident(table)+" as b on b.shipment_id = n.name")
	if err != nil {
		return fmt.Errorf("queries/rating/00_shipments.sql: %w", err)
	}
	return r.by(ctx, nil)
}

// shipmentColumns follow parcel and by_card in rating_parcels.
const shipmentColumns = `b.provider, n.channel, n.day, n.label_at, n.handed_over_at, n.first_scan_at, n.country, n.state, n.postal_code, n.weight, n.weight_unit, n.length, n.width, n.height, n.length_unit,
 n.features, n.declared_value, n.declared_currency, n.by_weight, n.by_weight_unit, n.by_zone`
