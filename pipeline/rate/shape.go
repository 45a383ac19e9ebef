package rate

import (
	"slices"
	"strings"

	"waybill/pipeline/yamldoc"
)

const dayPattern = `^\d{4}-\d{2}-\d{2}$`

// Shape describes Card for its JSON Schema.
func Shape() yamldoc.Shape {
	at := "versions.surcharges."
	s := yamldoc.Shape{
		Docs: map[string]string{
			"card":                            "Name of the card: that of its folder.",
			"title":                           "For people.",
			"provider":                        "Who sends the bill, as shipments.provider holds it.",
			"channels":                        "Channels that it prices, as shipments.channel holds them; a parcel without provider finds a channel that only one card names.",
			"currency":                        "ISO 4217 of all amounts.",
			"tz":                              "IANA zone whose days decide a version, a peak window, a fuel week.",
			"dated_by":                        "Which instant of a parcel decides its day: label; handed_over (default), else the label; first_scan, else the two.",
			"contract":                        "What a dispute refers to.",
			"versions":                        "Price lists. Of two that hold on a day the one recorded later is taken; a day without one is a mistake, and so is one before a stated end, where the later version says no recorded_at.",
			"versions.from":                   "First day.",
			"versions.to":                     "First day without it; left out: open.",
			"versions.recorded_at":            "Day on which we learned of it; left out: from.",
			"versions.clause":                 "Where in the contract.",
			"versions.countries":              "ISO 3166 codes; in all versions or in none.",
			"versions.weight":                 "How the chargeable weight is counted.",
			"versions.weight.unit":            "Of weights in this version and in its bands.",
			"versions.weight.step":            "The weight goes up to the next whole step.",
			"versions.weight.min":             "Least chargeable weight, whole steps.",
			"versions.weight.max":             "A heavier chargeable weight has no price.",
			"versions.volumetric":             "Left out: the volume does not count.",
			"versions.volumetric.unit":        "Of the sides, of the divisor and of a surcharge's conditions on sides.",
			"versions.volumetric.divisor":     "Cubic units that weigh one unit of weight.",
			"versions.volumetric.rule":        "When the volume counts: greater (default) when it weighs more, ratio from at times the weight, volume_over above at cubic units, side_from from a side of at; instead: always, and the weight never.",
			"versions.volumetric.at":          "Bound of the rule.",
			"versions.volumetric.sides":       "Rounding of each side; left out: as measured.",
			"versions.volumetric.sides.round": "up, nearest (half up) or down.",
			"versions.volumetric.sides.to":    "Step of the rounding.",
			"versions.zones":                  "CSV of zip_from, zip_to, state, zone: ZIPs of five digits, or prefixes of at most three; of ranges within each other the narrower holds.",
			"versions.prices":                 "CSV of bands: zone, over, up_to, fixed, from_weight, unit, unit_price, minimum.",
			"versions.matrix":                 "CSV of up_to and a column of prices per zone, instead of prices.",
			"versions.minimum":                "Least freight.",
			"versions.volume":                 "Credit on a month's freight, once its parcels, by the day of the card, are as many as a tier asks; no price of a parcel holds it.",
			"versions.volume.by":              "Of what.",
			"versions.volume.tiers":           "Of those reached the last holds, for the whole month.",
			"versions.volume.tiers.from":      "Parcels of the month.",
			"versions.volume.tiers.percent":   "Of the month's freight.",
			"versions.minimum_spend":          "Least that a month costs; the provider bills what is missing, and rule R08 finds what is not.",
			"versions.minimum_spend.by":       "Of what.",
			"versions.minimum_spend.amount":   "An amount.",
			"versions.round":                  "How amounts are rounded.",
			"versions.round.to":               "Smallest amount; 0.01 where left out.",
			"versions.round.mode":             "half_up where left out.",
			"versions.round.stage":            "charge (default): each charge is rounded; total: charges stay exact and a charge named rounding makes the sum round.",
			"versions.surcharges":             "Charges beside the freight, each with one amount.",
			at + "charge":                     "Word of the charge, as fuel, remote, registration.",
			at + "name":                       "As the bill calls it.",
			at + "when":                       "Conditions; all of them must hold.",
			at + "when.features":              "Any of these features of the parcel.",
			at + "when.zips":                  "CSV of zip_from, zip_to, tier.",
			at + "when.zones":                 "Zones of the version.",
			at + "when.states":                "States of the destination.",
			at + "when.actual_over":           "Weight as measured above.",
			at + "when.chargeable_over":       "Chargeable weight above.",
			at + "when.longest_over":          "Longest side above, as rounded.",
			at + "when.second_over":           "Second side above.",
			at + "when.girth_over":            "Twice the second and third side above.",
			at + "when.length_girth_over":     "Longest side and girth above.",
			at + "when.volume_over":           "Cubic units above.",
			at + "from":                       "First day; left out: that of the version.",
			at + "to":                         "First day without it.",
			at + "fixed":                      "An amount.",
			at + "by_tier":                    "An amount for each tier of when.zips.",
			at + "by_zone":                    "An amount for each zone of the version.",
			at + "per_weight":                 "An amount for one unit of chargeable weight.",
			at + "percent":                    "A percentage of the charges in of.",
			at + "percents":                   "CSV of from, to, percent, edition: percentages by day.",
			at + "of_value":                   "A percentage of the declared value, which must be in the card's currency.",
			at + "of":                         "Charges that a percentage is taken of; [all]: those known by then.",
			at + "order":                      "1 (default); 2 is taken of those of order 1 too.",
			at + "minimum":                    "Least amount.",
			at + "maximum":                    "Greatest amount.",
			at + "group":                      "Of those of a group that hold only the highest is charged.",
			at + "clause":                     "Where in the contract.",
		},
		Words: map[string][]string{
			"dated_by": DatedBys, "versions.weight.unit": WeightUnits, "versions.volumetric.unit": LengthUnits, "versions.volumetric.rule": VolRules,
			"versions.volumetric.sides.round": SideRounds, "versions.round.mode": RoundModes, "versions.round.stage": RoundStages, "versions.volume.by": Periods, "versions.minimum_spend.by": Periods, at + "when.features": Features,
		},
		Patterns: map[string]string{
			"card": word.String(), "currency": `^[A-Z]{3}$`, "versions.from": dayPattern, "versions.to": dayPattern, "versions.recorded_at": dayPattern,
			at + "charge": word.String(), at + "from": dayPattern, at + "to": dayPattern,
		},
		Required: map[string][]string{
			"": {"card", "title", "provider", "channels", "currency", "tz", "versions"}, "versions": {"from", "weight"}, "versions.weight": {"unit", "step"},
			"versions.volumetric": {"unit", "divisor"}, "versions.volumetric.sides": {"round", "to"}, "versions.volume": {"by", "tiers"}, "versions.volume.tiers": {"from", "percent"}, "versions.minimum_spend": {"by", "amount"}, "versions.surcharges": {"charge"},
		},
		Loose: map[string]bool{},
	}
	describeTerms(s)
	for _, k := range []string{
		"versions.weight.step", "versions.weight.min", "versions.weight.max", "versions.volumetric.divisor", "versions.volumetric.at", "versions.volumetric.sides.to", "versions.minimum", "versions.round.to", "versions.volume.tiers.from", "versions.volume.tiers.percent", "versions.minimum_spend.amount",
		at + "fixed", at + "by_tier", at + "by_zone", at + "per_weight", at + "percent", at + "of_value", at + "minimum", at + "maximum", at + "when.zones",
		at + "when.actual_over", at + "when.chargeable_over", at + "when.longest_over", at + "when.second_over", at + "when.girth_over", at + "when.length_girth_over", at + "when.volume_over",
	} {
		s.Loose[k] = true
	}
	return s
}

// describeTerms adds claims, guarantee and late.
func describeTerms(s yamldoc.Shape) {
	at := "versions.claims"
	s.Docs[at] = "Terms of claims on parcels of this version; they go before those of the provider's profile, each for itself."
	s.Docs[at+".rules"] = "Other terms for single rules of the audit, by their id as A08."
	for _, at := range []string{at + ".", at + ".rules."} {
		s.Docs[at+"window"] = "Until when a claim is taken."
		s.Docs[at+"window.days"] = "Days after that of from on which a claim is still taken."
		s.Docs[at+"window.from"] = "bill_date (default), ship_date or delivered."
		s.Docs[at+"cap"] = "The most that is paid for one claim: amount or percent."
		s.Docs[at+"cap.amount"] = "In the card's currency."
		s.Docs[at+"cap.per"] = "parcel (default), or kg of the chargeable weight."
		s.Docs[at+"cap.percent"] = "Of the parcel's freight by the card."
		s.Words[at+"window.from"], s.Words[at+"cap.per"] = WindowFroms, CapPers
		s.Loose[at+"window.days"], s.Loose[at+"cap.amount"], s.Loose[at+"cap.percent"] = true, true, true
		s.Required[at+"window"] = []string{"days"}
	}
	for kind, is := range map[string]string{"guarantee": "A guaranteed day of delivery: what rule A08 claims where a parcel came later.", "late": "What lateness pays: rule A09, beside a guarantee never more than was paid."} {
		at := "versions." + kind
		s.Docs[at] = is
		at += "."
		s.Docs[at+"days"] = "Days of the calendar after that of from by which the parcel has arrived; a closed day counts for nobody."
		s.Docs[at+"calendar"] = "Name of a calendar in data/calendars: every_day (default), us_federal for business days of the United States."
		s.Docs[at+"from"] = "label, handed_over (default) or first_scan: the instant whose day is not counted; without it nothing is claimed."
		s.Docs[at+"tz"] = "IANA zone whose days are counted; left out: that of the card."
		s.Docs[at+"percent"] = "Pays a percentage of the charges in of, as they were due and paid."
		s.Docs[at+"of"] = "Charges of percent; left out: freight."
		s.Docs[at+"fixed"] = "Pays an amount."
		s.Docs[at+"per_day"] = "Pays an amount for each day of the calendar beyond."
		s.Docs[at+"maximum"] = "Most that it pays for a parcel."
		s.Docs[at+"undelivered"] = "Of late: true pays for parcels too that are still under way, for the days that are over."
		s.Docs[at+"except"] = "Pays nothing where the scans tell one of customs_held, address_problem, attempt_failed, or the parcel has one of these features."
		s.Docs[at+"clause"] = "Where in the contract."
		s.Words[at+"from"], s.Words[at+"except"] = DatedBys, slices.Concat(Excuses, Features)
		s.Patterns[at+"calendar"] = word.String()
		s.Required[strings.TrimSuffix(at, ".")] = []string{"days"}
		for _, k := range []string{"days", "percent", "fixed", "per_day", "maximum"} {
			s.Loose[at+k] = true
		}
	}
}
