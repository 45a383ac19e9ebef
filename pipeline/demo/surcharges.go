package demo

// Mistakes of charges that only some parcels have: what was ordered, what is
// within a limit, what became of the parcel. The amounts of these mistakes are
// less than half above the right ones of their like, so that none is an outlier.

var surchargeScenarios = [4][]scenario{
	hdLine: {
		{"S05", 200, uncorrected}, {"S06", 205, correctedTwice}, {"S11", 185, unsigned}, {"S13", 200, unknownToContract}, {"S14", 100, aboveCard(chRegistration)},
		{"I05", 60, untaxed}, {"near S06", 205, near("S06", correctedAnew)},
	},
	nhLine: {
		{"S11", 60, uninsured}, {"S12", 210, noPickup}, {"S14", 110, batteryAboveMost}, {"I05", 60, untaxed},
	},
	pbLine: {
		{"I05", 350, taxTooHigh}, {"near I05", 530, near("I05", func(*draft) bool { return true })},
	},
	owUS: {
		{"S04", 250, noResidence}, {"S07", 250, notLarge}, {"S10", 250, noWeekend}, {"S14", 80, handlingAboveCard}, {"T02", 250, deliveredAtOnce},
		{"near S10", 260, near("S10", weekend)}, {"near T02", 260, near("T02", deliveredLater)},
	},
}

// became notes what the scans tell of a parcel.
func (d *draft) became(s *script, out *outcome) {
	d.knownDelivery, d.attempt = out.knownDeliv, out.attempt
	for _, e := range s.events[:s.n] {
		d.attempted = d.attempted || e.kind == evAttempt
	}
	d.owed = owesLater(d, out)
}

// owesLater are the fees of the warehouse's contract for what became of a parcel, due once they are billed.
func owesLater(d *draft, out *outcome) int64 {
	fees := int64(0)
	if d.line != owUS {
		return 0
	}
	if onWeekend(out.knownDeliv) {
		fees += owSaturday
	}
	if out.attempt > 0 {
		fees += owRedelivery + owStorage
	}
	return fees
}

// onWeekend is leniently told: the day is local to the destination, which lies
// between UTC and ten hours behind it, and a weekend at either end is one.
func onWeekend(t int64) bool {
	free := func(t int64) bool { return mod(floorDiv(t, day)+3, 7) > 4 } // day 0 was a Thursday
	return t > 0 && (free(t) || free(t-10*hour))
}

// due bills what the contract asks for what became of the parcel.
func (d *draft) due(charge int, amount int64) {
	d.right[charge] += amount
	d.billed[charge] += amount
	d.owed -= amount
}

// surchargesDue notes charges that are right and look like a mistake.
func (d *draft) surchargesDue() {
	say := func(rule string, is bool) {
		if is {
			d.near = append(d.near, Mistake{Rule: rule})
		}
	}
	lastDays := d.version == 0 && d.m.g.cards.version(d.line, d.day+14) > 0
	switch d.line {
	case hdLine:
		say("S05", d.b.corrected)
		say("S11", d.b.signature)
		say("S13", lastDays)
	case nhLine:
		say("S11", d.b.insured)
		say("S12", lastDays)
		say("S14", d.right[chBattery] == nhBatteryMost || d.right[chBattery] == nhBatteryLeast)
	case owUS:
		long, oversize := handlingClass(d.b)
		say("S04", d.b.residential && d.p.serial%16 == 0)
		say("S07", long && !oversize || oversize && inches(d.b.l)+2*(inches(d.b.w)+inches(d.b.h)) <= owAround+6 || heavy(d.p.weight) && !heavy(d.p.weight*9/10))
		say("S08", (long || oversize) && heavy(d.p.weight)) // the weight's charge is of no group
	}
}

// noResidence takes a residence for granted; every second time the fuel of it too.
func noResidence(d *draft) bool {
	if !d.mischarge("S04", chResidential, owResidential) {
		return false
	}
	if d.dice.below(2) == 0 {
		d.mischarge("S02", chFuel, fuelOf(d.line, &d.billed, fuelPercent(d.line, d.day)))
	}
	return true
}

func uncorrected(d *draft) bool { return d.mischarge("S05", chAddress, hdAddress) }

// correctedTwice bills a second correction, at another price than the first, which would be the same charge twice.
func correctedTwice(d *draft) bool {
	if !d.b.corrected {
		return false
	}
	d.correction = hdAddress + 50*(1+d.dice.below(8))*(1-2*d.dice.below(2))
	d.correctedLater = d.dice.below(2)
	return true
}

// correctAgain makes the entry of a second correction.
func (m *biller) correctAgain(d *draft, first *entry, seq int64) {
	if d.correction == 0 {
		return
	}
	e := &entry{p: d.p, num: first.num, ref: first.ref, category: catAdjust, alone: d.correctedLater > 0, lines: []billLine{{charge: chAddress, amount: d.correction}}}
	m.notDue(e, efSurcharge, "S06")
	m.put(d.p.service, seq+d.correctedLater, e)
}

// correctedAnew takes a correction back, with all else, and bills it again.
func correctedAnew(d *draft) bool { return d.b.corrected && reverse(d) }

func unsigned(d *draft) bool { return d.mischarge("S11", chSignature, hdSignature) }

func uninsured(d *draft) bool { return d.mischarge("S11", chInsurance, nhInsurance) }

// noPickup bills the pickup of the first list, which the next has no more, or more than that.
func noPickup(d *draft) bool {
	if d.right[chPickup] == 0 {
		return d.mischarge("S12", chPickup, nhPickup)
	}
	return d.mischarge("S12", chPickup, nhPickup+10*(1+d.dice.below(9)))
}

// unknownToContract bills what the first list alone has, or none.
func unknownToContract(d *draft) bool {
	if d.version > 0 && d.dice.below(2) == 0 {
		return d.mischarge("S13", chTechnology, hdTechnology)
	}
	return d.mischarge("S13", chLabel, 60+10*d.dice.below(3))
}

// aboveCard bills a tenth to two fifths more than the card has.
func aboveCard(charge int) func(d *draft) bool {
	return func(d *draft) bool {
		return d.mischarge("S14", charge, halfUp(d.right[charge]*(110+d.dice.below(31)), 100))
	}
}

// batteryAboveMost forgets the greatest amount.
func batteryAboveMost(d *draft) bool {
	return d.right[chBattery] == nhBatteryMost && d.mischarge("S14", chBattery, nhBatteryMost+10*(1+d.dice.below(15)))
}

func handlingAboveCard(d *draft) bool {
	if !aboveCard(chHandling)(d) {
		return false
	}
	d.handlingPrice = d.billed[chHandling]
	return true
}

// notLarge bills the size, or the weight, of a parcel that is within all limits.
func notLarge(d *draft) bool {
	long, oversize := handlingClass(d.b)
	if long || oversize || heavy(d.p.weight) {
		return false
	}
	switch d.dice.below(3) {
	case 0:
		return d.mischarge("S07", chAdditional, owAdditional)
	case 1:
		return d.mischarge("S07", chOverweight, owOverweight)
	}
	return d.mischarge("S07", chOversize, owOversize)
}

// noWeekend bills the weekend's delivery of a parcel that came on a working day wherever one looks.
func noWeekend(d *draft) bool {
	known := d.knownDelivery > 0 && d.knownDelivery < d.issue
	return known && !onWeekend(d.knownDelivery) && d.mischarge("S10", chSaturday, owSaturday)
}

// weekend bills it within eight hours of the weekend's first or last midnight, or of the one between, in the zone of the platform.
func weekend(d *draft) bool {
	t := d.knownDelivery
	if t == 0 || t >= d.issue {
		return false
	}
	local := d.m.g.zone.dayOf(t)
	into := t - d.m.g.zone.midnight(local)
	if mod(local+3, 7) < 5 || into > 8*hour && into < 16*hour {
		return false
	}
	d.due(chSaturday, owSaturday)
	return true
}

// deliveredAtOnce bills a second way to the door of a parcel that the first one reached.
func deliveredAtOnce(d *draft) bool {
	if d.attempted {
		return false
	}
	if d.dice.below(3) == 0 {
		return d.mischarge("T02", chStorage, owStorage)
	}
	return d.mischarge("T02", chRedelivery, owRedelivery)
}

func deliveredLater(d *draft) bool {
	if d.attempt == 0 || d.attempt >= d.issue {
		return false
	}
	d.due(chRedelivery, owRedelivery)
	if d.dice.below(2) == 0 {
		d.due(chStorage, owStorage)
	}
	return true
}

// untaxed bills a tax that the contract does not have.
func untaxed(d *draft) bool {
	return d.mischarge("I05", chVAT, halfUp(d.billed[chFreight]*600, 10_000))
}

func taxTooHigh(d *draft) bool {
	return d.mischarge("I05", chVAT, halfUp(d.right[chVAT]*(115+d.dice.below(50)), 100))
}

// leaveOut takes the lines of a charge from an entry.
func (e *entry) leaveOut(charge uint8) {
	kept := e.lines[:0]
	for _, l := range e.lines {
		if l.charge != charge {
			kept = append(kept, l)
		}
	}
	e.lines = kept
}
