package reports

import (
	"strings"

	"waybill/pipeline/rate"
)

// about is what all versions of the card have in common.
func (s *cardText) about() []cardTerm {
	k := s.card
	return []cardTerm{
		{"card", k.ID}, {"title", k.Title}, {"provider", k.Provider}, {"channels", strings.Join(k.Channels, ", ")}, {"currency", k.Currency}, {"contract", k.Contract},
		{"day", say("card.dated."+k.DatedBy, "zone", k.Zone)},
	}
}

// terms are those of one version that hold for all parcels.
func (s *cardText) terms(i int) []cardTerm {
	k, in, v := s.card, s.card.Versions[i], s.rows.Versions[i]
	var to any
	if v.To != nil {
		to = *v.To
	}
	var least any
	if v.Minimum != 0 {
		least = say("card.money", "amount", e8(v.Minimum), "currency", k.Currency)
	}
	var tiers []phrase
	for _, t := range s.rows.Volumes {
		if t.V == int64(i) {
			tiers = append(tiers, say("card.tier", "n", t.From, "percent", share(t.Percent)))
		}
	}
	var spend any
	if v.Spend != 0 {
		spend = say("card.spend", "amount", e8(v.Spend), "currency", k.Currency)
	}
	return []cardTerm{
		{"from", v.From}, {"to", to}, {"recorded", v.Recorded}, {"clause", in.Clause}, {"countries", strings.Join(in.Countries, ", ")},
		{"weight", s.weight(v)}, {"volume", s.volume(v)}, {"minimum", least}, {"tiers", s.list(tiers...)}, {"spend", spend},
		{"claims", s.claims(int64(i))}, {"guarantee", s.promise(int64(i), "guarantee")}, {"late", s.promise(int64(i), "late")},
		{"round", s.list(say("card.round."+v.RoundMode, "to", e8(v.RoundTo)), say("card.stage."+v.RoundStage))},
	}
}

// surcharges are those of one version, in words.
func (s *cardText) surcharges(i int) cardTable {
	in, v := s.card.Versions[i], s.rows.Versions[i]
	out := cardTable{key: "surcharges", columns: []string{"charge", "name", "amount", "when", "first_day", "end_day", "clause"}}
	for _, r := range s.rows.Surcharges {
		if r.V != int64(i) {
			continue
		}
		x := in.Surcharges[r.N-1]
		var from, to any
		if r.From != nil {
			from = *r.From
		}
		if r.To != nil {
			to = *r.To
		}
		out.rows = append(out.rows, []any{s.charge(x.Charge), x.Name, s.amount(r, x), s.when(r, x.When, v), from, to, x.Clause})
	}
	return out
}

func (s *cardText) weight(v rate.VersionRow) phrase {
	parts := []phrase{say("card.weight.step", "step", e4(v.Step), "unit", v.WeightUnit)}
	if v.Min != 0 {
		parts = append(parts, say("card.weight.min", "min", e4(v.Min), "unit", v.WeightUnit))
	}
	if v.Max != nil {
		parts = append(parts, say("card.weight.max", "max", e4(*v.Max), "unit", v.WeightUnit))
	}
	return s.list(parts...)
}

func (s *cardText) volume(v rate.VersionRow) phrase {
	if v.VolRule == "none" {
		return say("card.volume.none")
	}
	parts := []phrase{
		say("card.volume.divisor", "unit", v.LengthUnit, "divisor", e4(v.Divisor), "weight", v.WeightUnit),
		say("card.volume."+v.VolRule, "at", e4(v.VolAt), "unit", v.LengthUnit),
	}
	if v.SideRound != "none" {
		parts = append(parts, say("card.sides."+v.SideRound, "to", e4(v.SideStep), "unit", v.LengthUnit))
	}
	return s.list(parts...)
}

// amount says in words what a surcharge charges.
func (s *cardText) amount(r rate.SurchargeRow, in rate.Surcharge) phrase {
	var of []phrase
	for _, c := range in.Of {
		if c == "all" {
			of = append(of, say("card.all"))
		} else {
			of = append(of, s.charge(c))
		}
	}
	var is phrase
	switch {
	case r.Kind == "fixed":
		is = say("card.money", "amount", e8(r.Amount), "currency", s.card.Currency)
	case r.Kind == "tier":
		is = say("card.amount.tier", "amounts", s.keyed(r), "currency", s.card.Currency)
	case r.Kind == "zone":
		is = say("card.amount.zone", "amounts", s.keyed(r), "currency", s.card.Currency)
	case r.Kind == "weight":
		is = say("card.amount.weight", "amount", e4(r.Amount), "currency", s.card.Currency, "unit", s.rows.Versions[r.V].WeightUnit)
	case r.Kind == "value":
		is = say("card.amount.value", "percent", share(r.Amount))
	case r.ByDay:
		is = say("card.amount.by_day", "of", s.list(of...))
	default:
		is = say("card.amount.percent", "percent", share(r.Amount), "of", s.list(of...))
	}
	parts := []phrase{is}
	if r.Minimum != 0 {
		parts = append(parts, say("card.amount.least", "amount", e8(r.Minimum)))
	}
	if r.Maximum != nil {
		parts = append(parts, say("card.amount.most", "amount", e8(*r.Maximum)))
	}
	if r.Group != "" {
		parts = append(parts, say("card.amount.group", "group", r.Group))
	}
	if r.Order > 1 {
		parts = append(parts, say("card.amount.later"))
	}
	return s.list(parts...)
}

// when says in words on which parcels a surcharge is.
func (s *cardText) when(r rate.SurchargeRow, in rate.When, v rate.VersionRow) phrase {
	var parts []phrase
	if len(in.Features) > 0 {
		var any []phrase
		for _, f := range in.Features {
			any = append(any, s.words.term("card.feature", f))
		}
		parts = append(parts, say("card.when.features", "features", s.list(any...)))
	}
	if r.HasZips {
		parts = append(parts, say("card.when.zips"))
	}
	if len(in.Zones) > 0 {
		parts = append(parts, say("card.when.zones", "zones", strings.Join(in.Zones, ", ")))
	}
	if len(in.States) > 0 {
		parts = append(parts, say("card.when.states", "states", strings.Join(in.States, ", ")))
	}
	for _, b := range []struct {
		key  string
		over *int64
		unit string
	}{
		{"actual", r.ActualOver, v.WeightUnit}, {"chargeable", r.ChargeOver, v.WeightUnit}, {"longest", r.LongestOver, v.LengthUnit}, {"second", r.SecondOver, v.LengthUnit},
		{"girth", r.GirthOver, v.LengthUnit}, {"length_girth", r.LengthGirth, v.LengthUnit}, {"volume", r.VolumeOver, v.LengthUnit},
	} {
		if b.over != nil {
			parts = append(parts, say("card.over."+b.key, "over", e4(*b.over), "unit", b.unit))
		}
	}
	if len(parts) == 0 {
		return say("card.when.always")
	}
	return s.list(parts...)
}

// claims says until when claims are taken, and the most that is paid for one.
func (s *cardText) claims(v int64) phrase {
	var parts []phrase
	for _, r := range s.rows.Claims {
		if r.V != v {
			continue
		}
		var of []phrase
		if r.Days != nil {
			of = append(of, say("card.claims.window", "n", *r.Days, "from", say("card.claims."+r.From)))
		}
		switch r.CapKind {
		case "":
		case "freight":
			of = append(of, say("card.claims.cap_freight", "percent", share(r.Cap)))
		default:
			of = append(of, say("card.claims.cap_"+r.CapKind, "amount", e8(r.Cap), "currency", s.card.Currency))
		}
		if r.Rule == "" {
			parts = append(parts, of...)
		} else {
			parts = append(parts, say("card.claims.rule", "rule", r.Rule, "terms", s.list(of...)))
		}
	}
	return s.list(parts...)
}

// promise says by when a parcel has arrived, and what is paid where it has not.
func (s *cardText) promise(v int64, kind string) phrase {
	for _, r := range s.rows.Promises {
		if r.V != v || r.Kind != kind {
			continue
		}
		parts := []phrase{say("card.promise.days", "n", r.Days, "calendar", r.Calendar, "from", say("card.promise."+r.From), "zone", r.Zone)}
		switch r.Pays {
		case "percent":
			var of []phrase
			for _, c := range strings.Split(strings.Trim(r.Of, ","), ",") {
				of = append(of, s.charge(c))
			}
			parts = append(parts, say("card.promise.percent", "percent", share(r.Amount), "of", s.list(of...)))
		default:
			parts = append(parts, say("card.promise."+r.Pays, "amount", e8(r.Amount), "currency", s.card.Currency))
		}
		if r.Maximum != nil {
			parts = append(parts, say("card.amount.most", "amount", e8(*r.Maximum)))
		}
		if r.Undelivered {
			parts = append(parts, say("card.promise.undelivered"))
		}
		var not []phrase
		for _, x := range s.rows.Excepts {
			if x.V == v && x.Kind == kind {
				not = append(not, s.words.term("card.feature", x.Word))
			}
		}
		if len(not) > 0 {
			parts = append(parts, say("card.promise.except", "what", s.list(not...)))
		}
		if r.Clause != "" {
			parts = append(parts, say("card.promise.clause", "clause", r.Clause))
		}
		return s.list(parts...)
	}
	return s.list()
}
