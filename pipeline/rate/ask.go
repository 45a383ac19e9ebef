package rate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/pipeline/engine"
	"waybill/pipeline/yamldoc"
)

// Ask is a parcel to be priced. Empty fields are not known.
type Ask struct {
	Parcel   string
	Card     string // empty: that of provider and channel
	Provider string
	Channel  string
	Day      string // local day of the card's zone: 2026-03-02
	Country  string
	State    string
	ZIP      string
	Weight   string
	WeightUnit,
	Length, Width, Height, LengthUnit string
	Features             []string
	Value, ValueCurrency string
}

// Check says what of an ask cannot be read.
func (a Ask) Check() error {
	if a.Card == "" && a.Channel == "" {
		return fmt.Errorf("neither card nor channel is given")
	}
	if _, err := time.Parse(time.DateOnly, a.Day); err != nil {
		return fmt.Errorf("day %q; try: 2026-03-02", a.Day)
	}
	for _, m := range []struct {
		what, value, unit string
		units             []string
	}{{"weight", a.Weight, a.WeightUnit, WeightUnits}, {"length", a.Length, a.LengthUnit, LengthUnits}, {"width", a.Width, a.LengthUnit, LengthUnits}, {"height", a.Height, a.LengthUnit, LengthUnits}} {
		if m.value == "" {
			continue
		}
		if _, err := Scaled(m.value, 4); err != nil {
			return fmt.Errorf("%s %w", m.what, err)
		}
		if !slices.Contains(m.units, m.unit) {
			return fmt.Errorf("%s has the unit %q; try: %s", m.what, m.unit, strings.Join(m.units, ", "))
		}
	}
	for _, f := range a.Features {
		if !slices.Contains(Features, f) {
			hint := yamldoc.Nearest(f, Features)
			if hint == "" {
				hint = strings.Join(Features, ", ")
			}
			return fmt.Errorf("feature %q; try: %s", f, hint)
		}
	}
	if a.Value != "" {
		if _, err := Scaled(a.Value, 4); err != nil {
			return fmt.Errorf("value %w", err)
		}
	}
	return nil
}

// Ask makes rating_parcels of asks that were checked.
func (r *Rater) Ask(ctx context.Context, asks []Ask) error {
	if err := r.Engine.Exec(ctx, "create or replace table asked (parcel bigint, name varchar, by_card varchar, provider varchar, channel varchar, day varchar, country varchar, state varchar, postal_code varchar, weight varchar, weight_unit varchar, length varchar, width varchar, height varchar, length_unit varchar, features varchar, declared_value varchar, declared_currency varchar)"); err != nil {
		return err
	}
	rows := make([][]any, len(asks))
	for i, a := range asks {
		rows[i] = []any{int64(i + 1), a.Parcel}
		for _, s := range []string{a.Card, a.Provider, a.Channel, a.Day, a.Country, a.State, a.ZIP, a.Weight, a.WeightUnit, a.Length, a.Width, a.Height, a.LengthUnit, among(a.Features), a.Value, a.ValueCurrency} {
			rows[i] = append(rows[i], said(s))
		}
	}
	if err := r.Engine.Insert(ctx, "asked", rows); err != nil {
		return err
	}
	if err := r.Engine.Exec(ctx, "create or replace table "+engine.Ident(Names)+" as select parcel, name from asked"); err != nil {
		return err
	}
	if err := r.by(ctx, nil); err != nil {
		return err
	}
	return r.Engine.Exec(ctx, "create or replace table "+engine.Ident(Parcels)+` as select parcel, by_card, provider, channel, cast(day as date) as day, cast(null as timestamptz) as label_at, cast(null as timestamptz) as handed_over_at,
 cast(null as timestamptz) as first_scan_at, country, state, postal_code, cast(weight as decimal(18,4)) as weight, weight_unit, cast(length as decimal(18,4)) as length, cast(width as decimal(18,4)) as width,
 cast(height as decimal(18,4)) as height, length_unit, features, cast(declared_value as decimal(18,4)) as declared_value, declared_currency,
 cast(null as decimal(18,4)) as by_weight, cast(null as varchar) as by_weight_unit, cast(null as varchar) as by_zone from asked`)
}
