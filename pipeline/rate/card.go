package rate

import (
	"fmt"
	"slices"

	"waybill/pipeline/yamldoc"
)

// Card is rates/NAME/card.yaml: what one provider charges on some channels, in
// versions that follow each other.
type Card struct {
	ID       string    `yaml:"card"`
	Title    string    `yaml:"title"`
	Provider string    `yaml:"provider"`
	Channels []string  `yaml:"channels"`
	Currency string    `yaml:"currency"`
	Zone     string    `yaml:"tz"`       // IANA zone of its days
	DatedBy  string    `yaml:"dated_by"` // which instant of a parcel decides the version
	Contract string    `yaml:"contract"`
	Versions []Version `yaml:"versions"`

	File string `yaml:"-"` // as errors name it
	text []byte
}

// Version is the card as it holds from a day on. Of two versions of one day the
// one recorded later holds.
type Version struct {
	From       string      `yaml:"from"`
	To         string      `yaml:"to"` // first day without it; empty: open
	RecordedAt string      `yaml:"recorded_at"`
	Clause     string      `yaml:"clause"`
	Countries  []string    `yaml:"countries"` // empty: any
	Weight     Weight      `yaml:"weight"`
	Volumetric *Volumetric `yaml:"volumetric"` // nil: volume does not count
	Zones      string      `yaml:"zones"`      // CSV of ZIPs and states, a ZIP before its state; empty: one zone
	Prices     string      `yaml:"prices"`     // CSV of bands
	Matrix     string      `yaml:"matrix"`     // CSV of weight by zone, instead of prices
	Minimum    string      `yaml:"minimum"`    // of the freight
	Volume     *Volume     `yaml:"volume"`     // nil: no credit
	Least      *Spend      `yaml:"minimum_spend"`
	Round      Round       `yaml:"round"`
	Surcharges []Surcharge `yaml:"surcharges"`
	Claims     *ClaimTerms `yaml:"claims"`    // nil: those of the provider's profile
	Guarantee  *Promise    `yaml:"guarantee"` // nil: none
	Late       *Promise    `yaml:"late"`      // nil: lateness pays nothing
}

// Volume is a credit of a percentage of a month's freight, once the month's
// parcels, by the day of the card, are as many as a tier asks. Of the tiers
// reached the last holds, for the whole month.
type Volume struct {
	By    string `yaml:"by"`
	Tiers []Tier `yaml:"tiers"`
}

// Tier is a step of a volume.
type Tier struct {
	From    string `yaml:"from"` // parcels
	Percent string `yaml:"percent"`
}

// Spend is the least that a month costs: the provider bills what is missing.
type Spend struct {
	By     string `yaml:"by"`
	Amount string `yaml:"amount"`
}

// Weight is how the chargeable weight is counted, in unit: the measured weight,
// or that of the volume where it counts and is greater.
type Weight struct {
	Unit string `yaml:"unit"`
	Step string `yaml:"step"` // always up to the next
	Min  string `yaml:"min"`
	Max  string `yaml:"max"` // more chargeable weight, after its step, has no price
}

// Volumetric is the weight of the volume: sides in unit, after their rounding,
// by divisor. The rule says when it counts: greater always; ratio where it is at
// least at times the measured weight, both before any step; volume_over where the
// cubic volume is above at; side_from where the longest side is at least at.
// Without all three sides it does not count, and the price says so. Instead takes
// it and never the measured weight, so that there is no price without sides.
type Volumetric struct {
	Unit    string `yaml:"unit"`
	Divisor string `yaml:"divisor"`
	Rule    string `yaml:"rule"`
	At      string `yaml:"at"`    // bound of the rule
	Sides   *Sides `yaml:"sides"` // nil: as measured
}

// Sides is the rounding of each side; nearest takes a half up.
type Sides struct {
	Round string `yaml:"round"`
	To    string `yaml:"to"`
}

// Round is the rounding of amounts: of each charge, or of the total alone. What
// is finer than 0.00000001 is first brought to the nearest of these, a half up.
type Round struct {
	To    string `yaml:"to"`
	Mode  string `yaml:"mode"`
	Stage string `yaml:"stage"`
}

// Surcharge is one charge beside the freight. All conditions of When must hold;
// exactly one of the amounts is given. Minimum and maximum bound it before it is
// rounded, and the minimum is charged even where a percentage is one of nothing.
type Surcharge struct {
	Charge string `yaml:"charge"` // word of the charge vocabulary
	Name   string `yaml:"name"`   // as the bill calls it
	When   When   `yaml:"when"`
	From   string `yaml:"from"`
	To     string `yaml:"to"`

	Fixed     string            `yaml:"fixed"`
	ByTier    map[string]string `yaml:"by_tier"`    // tiers of when.zips
	ByZone    map[string]string `yaml:"by_zone"`    // zones of the version
	PerWeight string            `yaml:"per_weight"` // for one unit of chargeable weight
	Percent   string            `yaml:"percent"`    // of the charges of
	Percents  string            `yaml:"percents"`   // CSV of percentages by day
	OfValue   string            `yaml:"of_value"`   // percentage of the declared value

	Of      []string `yaml:"of"`
	Order   int      `yaml:"order"` // of percentages: 1 or empty counts no other percentage, 2 those of order 1 too
	Minimum string   `yaml:"minimum"`
	Maximum string   `yaml:"maximum"`
	Group   string   `yaml:"group"` // of those that hold only the highest before rounding is charged, of equals the first
	Clause  string   `yaml:"clause"`
}

// When holds a surcharge's conditions. Sides are in the unit of the volumetric
// rule after its rounding, weights in the unit of the weight, actual_over as
// measured. Over is strictly above; what is not known is above nothing.
type When struct {
	Features        []string `yaml:"features"` // any of them
	Zips            string   `yaml:"zips"`     // CSV of ZIPs with their tier
	Zones           []string `yaml:"zones"`
	States          []string `yaml:"states"`
	ActualOver      string   `yaml:"actual_over"`
	ChargeableOver  string   `yaml:"chargeable_over"`
	LongestOver     string   `yaml:"longest_over"`
	SecondOver      string   `yaml:"second_over"`
	GirthOver       string   `yaml:"girth_over"`        // twice the second and third side
	LengthGirthOver string   `yaml:"length_girth_over"` // longest side and girth
	VolumeOver      string   `yaml:"volume_over"`       // cubic
}

// Words of a card.
var (
	DatedBys    = []string{"label", "handed_over", "first_scan"}
	WeightUnits = []string{"g", "kg", "oz", "lb"}
	LengthUnits = []string{"mm", "cm", "in"}
	// VolRules say when the volume counts: when its weight is the greater; from at
	// times the actual weight; for a volume above at cubic units; for a side of at
	// units; or always, and the weight never (tiers of cubic feet: divisor 1728).
	VolRules    = []string{"greater", "ratio", "volume_over", "side_from", "instead"}
	SideRounds  = []string{"up", "nearest", "down"}
	RoundModes  = []string{"half_up", "half_even", "up", "down"}
	RoundStages = []string{"charge", "total"}
	Periods     = []string{"month"} // of volumes and minimum spends
	// Features are what a surcharge may ask of a parcel: its goods, its address,
	// what was ordered with it and what became of it.
	Features = []string{"residential", "battery", "magnet", "liquid", "powder", "signature", "insurance", "ddp", "address_corrected", "returned", "redelivered", "weekend", "label_cancelled", "non_machinable"}
)

// Freight is the charge of the prices themselves, Rounding what rounding the
// total adds.
const (
	Freight  = "freight"
	Rounding = "rounding"
)

// Against says where two cards price the same channel of one provider.
func (c *Card) Against(other *Card) error {
	if c.Provider != other.Provider {
		return nil
	}
	for i, ch := range c.Channels {
		if slices.Contains(other.Channels, ch) {
			line, col := yamldoc.Position(c.text, fmt.Sprintf("$.channels[%d]", i))
			return fmt.Errorf("%s:%d:%d: channel %q of %s is priced by %s too; try: one card for it, with versions", c.File, line, col, ch, c.Provider, other.File)
		}
	}
	return nil
}
