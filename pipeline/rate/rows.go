package rate

import "time"

// Rows are the tables that a card compiles to; each method of Tables names one
// with its columns. V numbers the versions of one card from 0; the reader of
// several cards adds its own offset with Shift.
type Rows struct {
	Versions   []VersionRow
	Channels   []ChannelRow
	Spans      []SpanRow
	Prices     []PriceRow
	Zones      []ZoneRow
	Surcharges []SurchargeRow
	Zips       []ZipRow
	Amounts    []AmountRow
	Features   []FeatureRow
	Of         []OfRow
	Percents   []PercentRow
	Volumes    []VolumeRow
	Claims     []ClaimRow
	Promises   []PromiseRow
	Excepts    []ExceptRow
}

// VersionRow is one version of a card.
type VersionRow struct {
	V                     int64
	Card, Currency        string
	From                  time.Time
	To                    *time.Time
	Recorded              time.Time
	WeightUnit            string
	WeightTick            int64 // quanta
	Step, Min             int64 // ticks
	Max                   *int64
	VolRule               string // none, or one of VolRules
	VolAt                 int64  // e4; of volume_over in cubic units
	LengthUnit            string
	LengthTick            int64  // quanta
	SideRound             string // none, up, half_up, down
	SideStep              int64  // ticks
	Divisor               int64  // e4
	HasZones              bool
	Minimum               int64 // e8
	Spend                 int64 // e8, of a month; 0: none
	RoundMode, RoundStage string
	RoundTo               int64 // e8
	Clause                string
}

// ChannelRow says which card a channel is priced by.
type ChannelRow struct{ Provider, Channel, Card string }

// SpanRow says which version holds on the days of a span, for parcels to a
// country; no two spans of one card and country share a day.
type SpanRow struct {
	Card, Country string // country empty: any
	From, To      time.Time
	V             int64
}

// PriceRow is a band of chargeable weight: above Over, up to and with UpTo.
type PriceRow struct {
	V         int64
	Zone      string // empty: any
	Over      int64  // ticks
	UpTo      *int64 // ticks; nil: no end
	Fixed     int64  // e8
	From      int64  // ticks that Fixed covers
	Unit      *int64 // ticks; nil: in proportion
	UnitPrice int64  // e4 for a Unit, or for one unit of weight
	Minimum   int64  // e8
	File      string
	Line      int64
}

// ZoneRow gives the zone of a span of ZIPs or of a state.
type ZoneRow struct {
	V       int64
	ZipFrom *int64
	ZipTo   *int64
	State   string // empty: by ZIP
	Zone    string
	Line    int64
}

// SurchargeRow is a surcharge with its conditions. Nil and empty: no condition.
type SurchargeRow struct {
	V, N                   int64
	Charge, Name, Group    string
	Kind                   string // fixed, tier, zone, weight, percent, value
	Order                  int64
	Amount                 int64 // fixed: e8; weight: e4 for one unit of weight; percent, value: e4 of a hundredth
	ByDay                  bool  // the percentage stands in Percents
	Minimum                int64 // e8
	Maximum                *int64
	From, To               *time.Time
	HasZips                bool
	HasFeatures            bool
	Zones, States          string // ",a,b,"
	ActualOver, ChargeOver *int64 // ticks
	LongestOver            *int64 // ticks of length, as the next three
	SecondOver             *int64
	GirthOver, LengthGirth *int64
	VolumeOver             *int64 // e4 cubic
	Clause                 string
}

// ZipRow is a span of ZIPs of a surcharge with its tier.
type ZipRow struct {
	V, N, ZipFrom, ZipTo int64
	Tier                 string
	File                 string
	Line                 int64
}

// AmountRow is the amount of a tier or zone, e8.
type AmountRow struct {
	V, N   int64
	Key    string
	Amount int64
}

// FeatureRow is one of the features of which a surcharge asks any.
type FeatureRow struct {
	V, N    int64
	Feature string
}

// OfRow is a charge that a percentage is taken of.
type OfRow struct {
	V, N   int64
	Order  int64 // of the percentage
	Charge string
}

// PercentRow is a percentage by day, e4 of a hundredth.
type PercentRow struct {
	V, N     int64
	From, To time.Time
	Percent  int64
	Edition  string
	File     string
	Line     int64
}

// VolumeRow is a tier of the credit on a month's freight.
type VolumeRow struct {
	V       int64
	From    int64 // parcels
	Percent int64 // e4 of a hundredth
}

// ClaimRow is the terms of claims of a rule.
type ClaimRow struct {
	V       int64
	Rule    string // empty: of all rules without a row of their own
	Days    *int64 // nil: the version says none
	From    string // bill_date, ship_date, delivered
	CapKind string // parcel, kg, freight; empty: none
	Cap     int64  // e8, for a parcel or one kg; of freight e4 of a hundredth
}

// PromiseRow is a day by which a parcel has arrived, and what is paid where it
// has not.
type PromiseRow struct {
	V           int64
	Kind        string // guarantee, late
	Days        int64
	Calendar    string
	From        string // label, handed_over, first_scan
	Zone        string
	Pays        string // percent, fixed, per_day
	Amount      int64  // e8; of percent e4 of a hundredth
	Maximum     *int64 // e8
	Of          string // ",freight,"
	Undelivered bool
	Clause      string
}

// ExceptRow is what frees the provider of a promise.
type ExceptRow struct {
	V          int64
	Kind, Word string
}

// Table is a relation of the rater.
type Table struct {
	Name    string
	Columns string // as CREATE TABLE takes them
	Rows    [][]any
}

func (t *Table) add(values ...any) { t.Rows = append(t.Rows, values) }

// Tables gives the relations of several cards. Versions are numbered through.
// A channel that only one card names is also found without its provider.
func Tables(cards []*Card, all []*Rows) []Table {
	card := Table{Name: "cards", Columns: "card varchar, provider varchar, tz varchar, dated_by varchar, by_country boolean"}
	channels := Table{Name: "card_channels", Columns: "provider varchar, channel varchar, card varchar"}
	spans := Table{Name: "card_spans", Columns: "card varchar, country varchar, from_day date, to_day date, v bigint"}
	versions := Table{Name: "card_versions", Columns: "v bigint, card varchar, currency varchar, from_day date, to_day date, recorded_day date, weight_unit varchar, weight_tick bigint, step_ticks bigint, min_ticks bigint, max_ticks bigint, vol_rule varchar, vol_at_e4 bigint, length_unit varchar, length_tick bigint, side_round varchar, side_step_ticks bigint, divisor_e4 bigint, has_zones boolean, minimum_e8 bigint, round_mode varchar, round_stage varchar, round_to_e8 bigint, clause varchar, by_value boolean, actual_over bigint, longest_over bigint, second_over bigint, girth_over bigint, length_girth_over bigint, volume_over bigint"}
	prices := Table{Name: "card_prices", Columns: "v bigint, zone varchar, over_ticks bigint, up_to_ticks bigint, fixed_e8 bigint, from_ticks bigint, unit_ticks bigint, unit_price_e4 bigint, minimum_e8 bigint, file varchar, line bigint"}
	zones := Table{Name: "card_zones", Columns: "v bigint, zip_from bigint, zip_to bigint, state varchar, zone varchar, zone_id bigint, line bigint"}
	surcharges := Table{Name: "card_surcharges", Columns: "v bigint, n bigint, charge varchar, name varchar, grp varchar, kind varchar, ord bigint, amount bigint, by_day boolean, minimum_e8 bigint, maximum_e8 bigint, from_day date, to_day date, has_zips boolean, has_features boolean, zones varchar, states varchar, actual_over bigint, chargeable_over bigint, longest_over bigint, second_over bigint, girth_over bigint, length_girth_over bigint, volume_over bigint, clause varchar"}
	zips := Table{Name: "card_zips", Columns: "v bigint, n bigint, zip_from bigint, zip_to bigint, tier varchar, file varchar, line bigint"}
	features := Table{Name: "card_features", Columns: "v bigint, n bigint, feature varchar"}
	amounts := Table{Name: "card_amounts", Columns: "v bigint, n bigint, key varchar, amount_e8 bigint"}
	of := Table{Name: "card_percent_of", Columns: "v bigint, n bigint, ord bigint, charge varchar"}
	percents := Table{Name: "card_percents", Columns: "v bigint, n bigint, from_day date, to_day date, percent_e4 bigint, edition varchar, file varchar, line bigint"}
	days := Table{Name: "card_days", Columns: "v bigint, from_day date, to_day date, span bigint"}
	states := Table{Name: "card_states", Columns: "v bigint, state varchar, state_id bigint"}
	places := Table{Name: "card_places", Columns: "v bigint, zip_from bigint, zip_to bigint, like_zip bigint"}
	spanned := Table{Name: "zip_spans", Columns: "span bigint, zip_from bigint, zip_to bigint"}
	volumes := Table{Name: "card_volumes", Columns: "v bigint, from_parcels bigint, percent_e4 bigint"}
	spends := Table{Name: "card_spends", Columns: "v bigint, amount_e8 bigint"}
	claims := Table{Name: "card_claims", Columns: "v bigint, rule varchar, days bigint, from_day varchar, cap_kind varchar, cap bigint"}
	promises := Table{Name: "card_promises", Columns: "v bigint, kind varchar, days bigint, calendar varchar, from_event varchar, tz varchar, pays varchar, amount bigint, maximum_e8 bigint, charges varchar, undelivered boolean, clause varchar"}
	excepts := Table{Name: "card_promise_excepts", Columns: "v bigint, kind varchar, word varchar"}

	named := map[string]int{}
	for _, r := range all {
		for _, x := range r.Channels {
			named[x.Channel]++
		}
	}
	zoneIDs, stateIDs := map[string]int64{}, map[string]int64{}
	var offset int64
	for i, r := range all {
		k := cards[i]
		card.add(k.ID, k.Provider, k.Zone, k.DatedBy, len(k.Versions[0].Countries) > 0)
		for _, x := range r.Channels {
			channels.add(x.Provider, x.Channel, x.Card)
			if named[x.Channel] == 1 {
				channels.add("", x.Channel, x.Card)
			}
		}
		for _, x := range r.Spans {
			spans.add(x.Card, x.Country, x.From, x.To, offset+x.V)
		}
		for _, x := range r.Versions {
			b := r.bounds(x.V)
			versions.add(offset+x.V, x.Card, x.Currency, x.From, opt(x.To), x.Recorded, x.WeightUnit, x.WeightTick, x.Step, x.Min, opt(x.Max), x.VolRule, x.VolAt, said(x.LengthUnit), x.LengthTick, said(x.SideRound), x.SideStep, x.Divisor, x.HasZones, x.Minimum, x.RoundMode, x.RoundStage, x.RoundTo, said(x.Clause), b.value, opt(b.actual), opt(b.longest), opt(b.second), opt(b.girth), opt(b.lengthGirth), opt(b.volume))
			for _, d := range r.daySpans(x.V) {
				days.add(offset+x.V, d.from, d.to, int64(len(days.Rows)))
			}
			for _, s := range b.states {
				states.add(offset+x.V, s, number(stateIDs, s))
			}
			for _, p := range r.places(x.V) {
				places.add(offset+x.V, p.from, p.to, p.like)
			}
			if x.Spend > 0 {
				spends.add(offset+x.V, x.Spend)
			}
		}
		for _, x := range r.Prices {
			prices.add(offset+x.V, x.Zone, x.Over, opt(x.UpTo), x.Fixed, x.From, opt(x.Unit), x.UnitPrice, x.Minimum, x.File, x.Line)
		}
		for _, x := range r.Zones {
			zones.add(offset+x.V, opt(x.ZipFrom), opt(x.ZipTo), said(x.State), x.Zone, number(zoneIDs, x.Zone), x.Line)
		}
		for _, x := range r.Surcharges {
			surcharges.add(offset+x.V, x.N, x.Charge, said(x.Name), said(x.Group), x.Kind, x.Order, x.Amount, x.ByDay, x.Minimum, opt(x.Maximum), opt(x.From), opt(x.To), x.HasZips, x.HasFeatures, said(x.Zones), said(x.States), opt(x.ActualOver), opt(x.ChargeOver), opt(x.LongestOver), opt(x.SecondOver), opt(x.GirthOver), opt(x.LengthGirth), opt(x.VolumeOver), said(x.Clause))
		}
		for _, x := range r.Zips {
			zips.add(offset+x.V, x.N, x.ZipFrom, x.ZipTo, x.Tier, x.File, x.Line)
		}
		for _, x := range r.Features {
			features.add(offset+x.V, x.N, x.Feature)
		}
		for _, x := range r.Amounts {
			amounts.add(offset+x.V, x.N, x.Key, x.Amount)
		}
		for _, x := range r.Of {
			of.add(offset+x.V, x.N, x.Order, x.Charge)
		}
		for _, x := range r.Percents {
			percents.add(offset+x.V, x.N, x.From, x.To, x.Percent, said(x.Edition), x.File, x.Line)
		}
		for _, x := range r.Volumes {
			volumes.add(offset+x.V, x.From, x.Percent)
		}
		for _, x := range r.Claims {
			claims.add(offset+x.V, x.Rule, opt(x.Days), said(x.From), said(x.CapKind), x.Cap)
		}
		for _, x := range r.Promises {
			promises.add(offset+x.V, x.Kind, x.Days, x.Calendar, x.From, x.Zone, x.Pays, x.Amount, opt(x.Maximum), x.Of, x.Undelivered, said(x.Clause))
		}
		for _, x := range r.Excepts {
			excepts.add(offset+x.V, x.Kind, x.Word)
		}
		offset += int64(len(r.Versions))
	}
	for i, s := range zipSpans(all) {
		spanned.add(int64(i), s[0], s[1])
	}
	return []Table{card, channels, spans, versions, prices, zones, surcharges, zips, features, amounts, of, percents, volumes, days, places, states, spanned, spends, claims, promises, excepts}
}

// number gives each text one of its own, from 1.
func number(ids map[string]int64, s string) int64 {
	if ids[s] == 0 {
		ids[s] = int64(len(ids) + 1)
	}
	return ids[s]
}

func opt[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// said is a text, or NULL where there is none.
func said(s string) any {
	if s == "" {
		return nil
	}
	return s
}
