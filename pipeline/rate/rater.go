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
)

// Rater prices parcels in one session of an engine, which must hold zone_days
// for the zones of the cards.
type Rater struct {
	Engine  engine.Engine
	Queries fs.FS // the folder queries
	orders  int64 // of percentages on percentages
	groups  bool  // some card has surcharges of which the highest counts
}

// Install makes the tables of the cards.
func (r *Rater) Install(ctx context.Context, cards []*Card, rows []*Rows) error {
	for _, t := range Tables(cards, rows) {
		if err := r.Engine.Exec(ctx, "create or replace table "+engine.Ident(t.Name)+" ("+t.Columns+")"); err != nil {
			return err
		}
		if err := r.Engine.Insert(ctx, t.Name, t.Rows); err != nil {
			return fmt.Errorf("%s: %w", t.Name, err)
		}
	}
	if err := r.Engine.Exec(ctx, "create or replace table "+engine.Ident(Given)+" ("+GivenColumns+")"); err != nil {
		return err
	}
	for _, x := range rows {
		for _, s := range x.Surcharges {
			if s.Kind == "percent" {
				r.orders = max(r.orders, s.Order)
			}
			r.groups = r.groups || s.Group != ""
		}
	}
	return nil
}

// columns of rated_charges; one that is to be explained has more.
const chargeColumns = "parcel, v, n, charge, amount_e8, base_e8, percent_e4, tier, charged, problem"

// Rate prices the parcels of rating_parcels: rated_weights, rated_charges (what
// is charged) and rated_totals are tables afterwards.
func (r *Rater) Rate(ctx context.Context) error { return r.rate(ctx, false) }

// Explain prices as Rate does and keeps what Prices tells: how each amount came
// about, and what is not charged because a higher one of its group is.
func (r *Rater) Explain(ctx context.Context) error { return r.rate(ctx, true) }

func (r *Rater) rate(ctx context.Context, whole bool) error {
	charges := "insert into rated_charges select " + chargeColumns + " from (%s) as c where charged"
	if whole {
		charges = "insert into rated_charges %s"
	}
	freight := strings.Replace(charges, "insert into rated_charges", "create or replace table rated_charges as", 1)
	alone := []string{"{is_grouped}", "is null", "{place}", "1"}
	grouped := []string{"{is_grouped}", "is not null", "{place}", "row_number() over (partition by b.parcel, b.v, b.grp order by b.bounded_e8 desc nulls first, b.n)"}
	steps := []struct {
		file, into string
		set        []string
	}{
		{"05_zones", "create or replace table rated_zones as %s", nil},
		{"06_tiers", "create or replace table rated_tiers as %s", nil},
		{"07_features", "create or replace table rated_features as %s", nil},
		{"10_weights", "create or replace table rated_weights as %s", nil},
		{"20_freight", "create or replace table rated_freight as %s", nil},
		{"30_held", "create or replace view rated_held as %s", nil},
		{"40_freight", freight, nil},
		{"41_amounts", charges, alone},
	}
	if r.groups {
		steps = append(steps, struct {
			file, into string
			set        []string
		}{"41_amounts", charges, grouped})
	}
	for _, s := range steps {
		if err := r.step(ctx, s.file, s.into, s.set...); err != nil {
			return err
		}
	}
	for ord := int64(1); ord <= r.orders; ord++ {
		if err := r.step(ctx, "50_percents", charges, "{ord}", strconv.FormatInt(ord, 10)); err != nil {
			return err
		}
	}
	if err := r.step(ctx, "60_rounding", charges); err != nil {
		return err
	}
	return r.step(ctx, "70_totals", "create or replace table rated_totals as %s")
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
	by := []string{"cast(null as varchar)"}
	if len(cards) > 0 {
		by = nil
		for _, c := range cards {
			by = append(by, engine.Literal(c))
		}
	}
	if err := r.named(ctx, "where ? in ('', name)", shipment); err != nil {
		return err
	}
	return r.Engine.Exec(ctx, "create or replace table "+engine.Ident(Parcels)+" as select n.parcel, k.by_card, "+shipmentColumns+" from named_parcels as n cross join (values ("+strings.Join(by, "), (")+")) as k (by_card)")
}

// shipmentColumns follow parcel and by_card in rating_parcels.
const shipmentColumns = `n.provider, n.channel, n.day, n.label_at, n.handed_over_at, n.first_scan_at, n.country, n.state, n.postal_code, n.weight, n.weight_unit, n.length, n.width, n.height, n.length_unit,
 n.features, n.declared_value, n.declared_currency, n.by_weight, n.by_weight_unit, n.by_zone`

// named makes named_parcels of shipments, with a number for each, and the names
// of the numbers.
func (r *Rater) named(ctx context.Context, where string, args ...any) error {
	b, err := fs.ReadFile(r.Queries, "rating/00_shipments.sql")
	if err != nil {
		return err
	}
	if err := r.Engine.Exec(ctx, "create or replace table named_parcels as select row_number() over () as parcel, s.* from ("+string(b)+"\n) as s "+where, args...); err != nil {
		return fmt.Errorf("queries/rating/00_shipments.sql: %w", err)
	}
	return r.Engine.Exec(ctx, "create or replace table "+engine.Ident(Names)+" as select parcel, name from named_parcels")
}

// Of makes rating_parcels of the parcels in a table (parcel, provider,
// shipment_id), each to be priced by the provider's card of its channel.
func (r *Rater) Of(ctx context.Context, table string) error {
	b, err := fs.ReadFile(r.Queries, "rating/00_shipments.sql")
	if err != nil {
		return err
	}
	err = r.Engine.Exec(ctx, "create or replace table "+engine.Ident(Parcels)+" as select b.parcel, n.by_card, "+strings.Replace(shipmentColumns, "n.provider", "b.provider", 1)+" from ("+string(b)+"\n) as n join "+engine.Ident(table)+" as b on b.shipment_id = n.name")
	if err != nil {
		return fmt.Errorf("queries/rating/00_shipments.sql: %w", err)
	}
	return nil
}
