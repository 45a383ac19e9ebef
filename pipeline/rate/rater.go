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
	ParcelsColumns = "parcel varchar, by_card varchar, provider varchar, channel varchar, day date, label_at timestamptz, handed_over_at timestamptz, first_scan_at timestamptz, country varchar, state varchar, postal_code varchar, weight decimal(18,4), weight_unit varchar, length decimal(18,4), width decimal(18,4), height decimal(18,4), length_unit varchar, features varchar, declared_value decimal(18,4), declared_currency varchar, by_weight decimal(18,4), by_weight_unit varchar, by_zone varchar"

	// Given holds amounts of parcels that are not to be computed: of such a parcel
	// only percentages of them and the rounding are.
	Given        = "rating_given"
	GivenColumns = "parcel varchar, charge varchar, amount_e8 bigint"
)

// Rater prices parcels in one session of an engine, which must hold zone_days
// for the zones of the cards.
type Rater struct {
	Engine  engine.Engine
	Queries fs.FS // the folder queries
	orders  int64 // of percentages on percentages
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
		}
	}
	return nil
}

// Rate prices the parcels of rating_parcels: rated_weights, rated_charges and
// rated_totals are tables afterwards.
func (r *Rater) Rate(ctx context.Context) error {
	for _, s := range []struct{ file, into string }{
		{"10_weights", "create or replace table rated_weights as "},
		{"20_freight", "create or replace table rated_freight as "},
		{"30_held", "create or replace table rated_held as "},
		{"40_amounts", "create or replace table rated_charges as "},
	} {
		if err := r.step(ctx, s.file, s.into, 0); err != nil {
			return err
		}
	}
	for ord := int64(1); ord <= r.orders; ord++ {
		if err := r.step(ctx, "50_percents", "insert into rated_charges ", ord); err != nil {
			return err
		}
	}
	if err := r.step(ctx, "60_rounding", "insert into rated_charges ", 0); err != nil {
		return err
	}
	return r.step(ctx, "70_totals", "create or replace table rated_totals as ", 0)
}

func (r *Rater) step(ctx context.Context, file, into string, ord int64) error {
	name := "rating/" + file + ".sql"
	b, err := fs.ReadFile(r.Queries, name)
	if err != nil {
		return err
	}
	if err := r.Engine.Exec(ctx, into+strings.ReplaceAll(string(b), "{ord}", strconv.FormatInt(ord, 10))); err != nil {
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
	by := []string{"cast(null as varchar)"}
	if len(cards) > 0 {
		by = nil
		for _, c := range cards {
			by = append(by, engine.Literal(c))
		}
	}
	err = r.Engine.Exec(ctx, "create or replace table "+engine.Ident(Parcels)+` as
select p.parcel, k.by_card, provider, channel, day, label_at, handed_over_at, first_scan_at, country, state, postal_code, weight, weight_unit, length, width, height, length_unit,
 features, declared_value, declared_currency, by_weight, by_weight_unit, by_zone from (`+string(b)+"\n) as p cross join (values ("+strings.Join(by, "), (")+")) as k (by_card) where ? in ('', p.parcel)", shipment)
	if err != nil {
		return fmt.Errorf("queries/rating/00_shipments.sql: %w", err)
	}
	return nil
}

// Of makes rating_parcels of the parcels in a table (parcel, provider,
// shipment_id), each to be priced by the provider's card of its channel.
func (r *Rater) Of(ctx context.Context, table string) error {
	b, err := fs.ReadFile(r.Queries, "rating/00_shipments.sql")
	if err != nil {
		return err
	}
	err = r.Engine.Exec(ctx, "create or replace table "+engine.Ident(Parcels)+` as
select b.parcel, by_card, b.provider, p.channel, day, label_at, handed_over_at, first_scan_at, country, state, postal_code, weight, weight_unit, length, width, height, length_unit,
 features, declared_value, declared_currency, by_weight, by_weight_unit, by_zone from (`+string(b)+"\n) as p join "+engine.Ident(table)+" as b on b.shipment_id = p.parcel")
	if err != nil {
		return fmt.Errorf("queries/rating/00_shipments.sql: %w", err)
	}
	return nil
}
