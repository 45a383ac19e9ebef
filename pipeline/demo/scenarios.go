package demo

// scenario is something that a bill does to a parcel, rightly or wrongly. Its
// share is of ten thousand parcels of the provider; those whose share is
// furthest behind go first, where they fit the parcel.
type scenario struct {
	name  string
	share int64
	do    func(d *draft) bool
}

// fullUpTo is how many shipments have their full share of mistakes; in larger
// worlds their number stays, so that the truth does.
const fullUpTo = 20_000

const maxScenarios = 64

// choose does to a draft what is due, if anything is.
func (m *biller) choose(d *draft) {
	if d.undelivered && d.counted {
		d.near = append(d.near, Mistake{Rule: "A03"})
	}
	if d.p.shared && d.counted {
		d.near = append(d.near, Mistake{Rule: "A01"})
	}
	if d.counted {
		d.surchargesDue()
	}
	scale := int64(max(m.g.opts.Shipments, fullUpTo))
	var tried [maxScenarios]bool
	list := allScenarios[d.line]
	for {
		best, behind := -1, int64(1)
		for i, s := range list {
			due := m.seen[d.line]*s.share/10_000*fullUpTo/scale - m.done[d.line][i]
			if due >= behind && !tried[i] {
				best, behind = i, due+1
			}
		}
		if best < 0 {
			return
		}
		if list[best].do(d) {
			m.done[d.line][best]++
			m.maybeCredit(d)
			return
		}
		tried[best] = true
	}
}

// maybeCredit lets the provider give back, or half of it, what some mistakes of weight and rate took.
func (m *biller) maybeCredit(d *draft) {
	if d.effects[efWeight]+d.effects[efRate] == 0 || d.dice.below(4) > 0 {
		return
	}
	d.credit = d.effects[efWeight] + d.effects[efRate]
	if d.dice.below(3) == 0 {
		d.credit /= 2
	}
}

func near(rule string, when func(d *draft) bool) func(d *draft) bool {
	return func(d *draft) bool {
		if when(d) {
			d.near = append(d.near, Mistake{Rule: rule})
			return true
		}
		return false
	}
}

// both does one after the other; the second may not fit, then only the first is done.
func both(a, b func(d *draft) bool) func(d *draft) bool {
	return func(d *draft) bool { return a(d) && (b(d) || true) }
}

// allScenarios are the lists of all files, by line.
var allScenarios = joined(scenarios, surchargeScenarios, moreScenarios)

func joined(lists ...[4][]scenario) (out [4][]scenario) {
	for _, list := range lists {
		for line := range list {
			out[line] = append(out[line], list[line]...)
		}
	}
	return out
}

var scenarios = [4][]scenario{
	hdLine: {
		{"W01", 62, tooHeavy}, {"W02", 124, wrongDivisor}, {"W03", 93, hundredGrams}, {"W06", 103, jin}, {"R01", 52, wrongPrice}, {"R06", 78, expired},
		{"S01", 114, otherWeek}, {"S02", 104, wrongBase}, {"S03", 104, notRemote}, {"T01", 52, returnless}, {"A01", 52, twice}, {"A04", 52, unknown},
		{"W01 R01", 42, both(tooHeavy, wrongPrice)}, {"W01 S01", 42, both(tooHeavy, otherWeek)}, {"unbilled", 120, unbilled},
		{"near W01", 104, near("W01", byVolume)}, {"near W02", 114, near("W02", byVolume)}, {"near W06", 200, near("W06", aboutTwice)},
		{"near R01", 200, near("R01", bandEdge)}, {"near I06", 134, near("I06", byVolume)}, {"near R06", 160, near("R06", oldListStill)}, {"near S01", 104, near("S01", otherFuelOnBill)},
		{"near S02", 104, near("S02", remoteRightly)}, {"near S03", 114, near("S03", newlyRemote)}, {"near A01", 78, near("A01", reverse)},
		{"near A04", 78, near("A04", lastMileNumber)},
	},
	nhLine: {
		{"W01", 66, tooHeavy}, {"W06", 66, poundsAsKilograms}, {"R01", 66, wrongPrice}, {"R01 I06", 80, outlier}, {"R06", 84, expired}, {"D02 D06", 240, dutyTwice},
		{"T01", 76, returnless}, {"A01", 66, twice}, {"A04", 66, unknown}, {"W01 R01", 34, both(tooHeavy, wrongPrice)}, {"unbilled", 120, unbilled},
		{"near W03", 210, near("W03", atTheStep)}, {"near R06", 100, near("R06", oldListStill)}, {"near A01", 84, near("A01", reverse)}, {"near A04", 84, near("A04", lastMileNumber)},
	},
	pbLine: {
		{"W01", 85, tooHeavy}, {"W02", 200, wrongDivisor}, {"W03", 310, halfKilograms}, {"R01", 112, wrongPrice}, {"D01", 540, dutyTooHigh}, {"D05", 540, wrongRate},
		{"T01", 90, returnless}, {"A01", 112, twice}, {"A04", 112, unknown}, {"unbilled", 120, unbilled},
		{"near W02", 200, near("W02", byVolume)}, {"near D01", 540, near("D01", leastDuty)}, {"near D02", 540, near("D02", dutyDue)}, {"near D05", 540, rateNearby},
		{"near A04", 112, near("A04", lastMileNumber)},
	},
	owUS: {
		{"W01", 80, tooHeavy}, {"W06", 120, kilogramsTwice}, {"R01", 66, wrongPrice}, {"R02", 264, wrongZone}, {"R06", 80, expired}, {"S01", 120, otherWeek},
		{"S02", 132, wrongBase}, {"S03", 132, notRemote}, {"S08", 264, bothHandlings}, {"S09", 264, peakless}, {"T01", 66, returnless}, {"A01", 80, twice}, {"A04", 80, unknown},
		{"I04", 264, wrongProduct}, {"I07", 264, newCharge}, {"R02 S03", 66, both(wrongZone, notRemote)}, {"W01 S01", 52, both(tooHeavy, otherWeek)}, {"unbilled", 120, unbilled},
		{"near W01", 158, near("W01", byVolume)}, {"near R02", 250, near("R02", func(d *draft) bool { return d.zoneByZIP })}, {"near R06", 130, near("R06", oldListStill)},
		{"near S01", 132, near("S01", otherFuelOnBill)}, {"near S02", 164, near("S02", func(d *draft) bool { return d.b.residential })}, {"near S03", 100, near("S03", newlyRemote)},
		{"near I06", 92, near("I06", farAway)}, {"near S08", 250, near("S08", oneHandling)}, {"near S09", 250, near("S09", peakEdge)}, {"near I04", 250, near("I04", rightProduct)}, {"near I07", 250, near("I07", otherSpelling)},
		{"near A01", 80, near("A01", reverse)},
	},
}

// tooHeavy bills 15 to 60 % more, never what another mistake of weight would give.
func tooHeavy(d *draft) bool {
	step := weightSteps[d.line].step
	w := ceilTo(max(d.weight*(115+d.dice.below(46))/100, d.weight+1), step)
	for d.doubtful("W01", w) {
		w += step
	}
	return d.misweigh("W01", w)
}

func wrongDivisor(d *draft) bool {
	if !d.byVolume {
		return false
	}
	first := d.dice.below(2)
	for i := range int64(2) {
		shown := volumeWeight(d.line, d.b, []int64{5000, 6000}[(first+i)%2])
		if d.misweigh("W02", ceilTo(shown, weightSteps[d.line].step)) {
			d.shownVolume = shown
			return true
		}
	}
	return false
}

func hundredGrams(d *draft) bool { return !d.byVolume && d.misweigh("W03", ceilTo(d.weight, 100)) }

func halfKilograms(d *draft) bool { return !d.byVolume && d.misweigh("W03", ceilTo(d.weight, 500)) }

// jin takes the number of half kilograms for one of kilograms.
func jin(d *draft) bool { return !d.byVolume && d.misweigh("W06", 2*d.weight) }

func poundsAsKilograms(d *draft) bool {
	return d.misweigh("W06", ceilTo(ceilDiv(d.weight*220_462, 100_000), weightSteps[d.line].step))
}

// kilogramsTwice takes pounds for kilograms and converts them.
func kilogramsTwice(d *draft) bool {
	return !d.byVolume && d.misweigh("W06", ceilDiv(d.weight*220_462, 100_000))
}

func wrongPrice(d *draft) bool {
	return d.misprice("R01", halfUp(d.billed[chFreight]*(1037+d.dice.below(90)), 1000))
}

// outlies says of the last mistake that its charge is three times the right one or more.
func (d *draft) outlies() {
	soft := d.mistakes[len(d.mistakes)-1]
	soft.Rule, soft.Soft = "I06", true
	d.mistakes = append(d.mistakes, soft)
}

func outlier(d *draft) bool {
	if !d.misprice("R01", d.billed[chFreight]*(7+d.dice.below(3))) {
		return false
	}
	d.outlies()
	return true
}

func expired(d *draft) bool {
	if d.version == 0 || d.billed != d.right {
		return false
	}
	return d.misprice("R06", freight(d.line, d.version-1, d.billedWeight, d.billedZone))
}

func otherWeek(d *draft) bool {
	percent := max(fuelPercent(d.line, d.day-7), fuelPercent(d.line, d.day+7))
	amount := fuelOf(d.line, &d.billed, percent)
	return !d.otherBase(amount) && d.mischarge("S01", chFuel, amount)
}

// otherBase reports whether the right percentage of another base gives a fuel
// too: of all that is billed, or of one charge more. Nobody could say which it is.
func (d *draft) otherBase(amount int64) bool {
	percent, right, all := fuelPercent(d.line, d.day), fuelBase(d.line, &d.billed), int64(0)
	fits := func(base int64) bool { off := amount*10_000 - base*percent; return off <= 5000 && off >= -5000 }
	for charge, v := range d.billed {
		if charge == chFuel || charge == chDuty || charge == chVAT || v == 0 {
			continue
		}
		all += v
		if fits(right + v) {
			return true
		}
	}
	return fits(all)
}

// wrongBase takes fuel of a charge too that the contract leaves out.
func wrongBase(d *draft) bool {
	a := d.billed
	a[chFreight] += a[chRegistration] + a[chHandling]
	return d.mischarge("S02", chFuel, fuelOf(d.line, &a, fuelPercent(d.line, d.day)))
}

func notRemote(d *draft) bool {
	tiers := remoteTiers[d.line]
	return d.mischarge("S03", chRemote, tiers[1+d.dice.below(int64(len(tiers)-1))].cents)
}

func returnless(d *draft) bool {
	d.returnWrongly = d.delivered > 0
	return d.returnWrongly
}

func twice(d *draft) bool { d.copies = 1 + int(d.dice.below(2)); return true }

func unknown(d *draft) bool { d.ghost = true; return true }

func unbilled(d *draft) bool { d.unbilled = true; return true }

func dutyTooHigh(d *draft) bool {
	return d.b.value >= 10_500 && d.mischarge("D01", chDuty, halfUp(d.right[chDuty]*(115+d.dice.below(50)), 100))
}

// wrongRate converts at a rate that no week had.
func wrongRate(d *draft) bool {
	d.rate = d.reference * (1025 + d.dice.below(25)) / 1000
	d.mistakes = append(d.mistakes, d.exchange(d.billed.at(d.reference).total(), d.billed.at(d.rate).total()))
	return true
}

// exchange is the difference that the bill's own rate makes.
func (d *draft) exchange(right, billed int64) Mistake {
	d.effects[efFX] += billed - right
	return Mistake{Rule: "D05", Charge: chargeWords[chFreight], Effect: effectNames[efFX], Expected: Cents(right), Billed: Cents(billed), Delta: Cents(billed - right)}
}

func wrongZone(d *draft) bool { return d.misplace("R02", d.zone+1+d.dice.below(2)) }

func bothHandlings(d *draft) bool {
	long, oversize := handlingClass(d.b)
	return long && oversize && d.mischarge("S08", chAdditional, owAdditional)
}

func peakless(d *draft) bool { return !d.m.g.cards.peak(d.day) && d.mischarge("S09", chPeak, owPeak) }

func wrongProduct(d *draft) bool {
	times := 2 + d.dice.below(2)
	if !d.mischarge("I04", chHandling, owHandling*times) {
		return false
	}
	if times == 3 {
		d.outlies()
	}
	return true
}

func newCharge(d *draft) bool {
	d.newCharge, d.newName = 45+d.dice.below(300), uint8(d.dice.below(int64(len(newNames))))
	d.mistake("I07", chNew, efSurcharge, 0, d.newCharge)
	return true
}

// What looks like a mistake and is none.

func byVolume(d *draft) bool { return d.byVolume }

func aboutTwice(d *draft) bool {
	return d.byVolume && d.weight*10 >= 19*d.p.weight && d.weight*10 <= 23*d.p.weight
}

func atTheStep(d *draft) bool { return d.p.weight%weightSteps[d.line].step == 0 && d.p.weight >= 100 }

func bandEdge(d *draft) bool {
	for _, b := range hdBands {
		if d.weight > b.upTo-20 && d.weight <= b.upTo+20 {
			return true
		}
	}
	return false
}

// oldListStill is a parcel of the last days of a price list, billed after it.
func oldListStill(d *draft) bool {
	return d.m.g.cards.version(d.line, d.day+6) > d.version && d.m.g.cards.version(d.line, d.billDay) > d.version
}

func otherFuelOnBill(d *draft) bool {
	return fuelPercent(d.line, d.billDay) != fuelPercent(d.line, d.day)
}

func remoteRightly(d *draft) bool { return d.right[chRemote] > 0 }

// farAway is a parcel whose remote charge is that of the dearest tier.
func farAway(d *draft) bool {
	tiers := remoteTiers[d.line]
	return d.right[chRemote] == tiers[len(tiers)-1].cents
}

func newlyRemote(d *draft) bool {
	first, now := remoteTier(d.line, 0, d.p.zip), remoteTier(d.line, d.version, d.p.zip)
	return now > 0 && (first == 0 || now > 1)
}

func reverse(d *draft) bool { d.reversed = true; return true }

func lastMileNumber(d *draft) bool { d.underLast = d.linked; return d.linked }

func leastDuty(d *draft) bool { return d.right[chDuty] == pbDutyMinimum && d.b.value < 10_500 }

func dutyDue(d *draft) bool { return d.right[chDuty] > 0 }

// rateNearby converts at a rate up to nine thousandths higher, as a bank would.
func rateNearby(d *draft) bool {
	d.rate = d.reference * (1001 + d.dice.below(9)) / 1000
	d.near = append(d.near, d.exchange(d.billed.at(d.reference).total(), d.billed.at(d.rate).total()), Mistake{Rule: "D06"})
	return true
}

func oneHandling(d *draft) bool {
	long, oversize := handlingClass(d.b)
	return long || oversize
}

func peakEdge(d *draft) bool {
	for _, w := range d.m.g.cards.peakWindows() {
		if d.day >= w[0] && d.day < w[0]+10 || d.day < w[1] && d.day >= w[1]-10 {
			return true
		}
	}
	return false
}

func rightProduct(d *draft) bool {
	d.handlingQuantity = 2 + d.dice.below(3)
	d.handlingPrice = owHandling / d.handlingQuantity
	return true
}

func otherSpelling(d *draft) bool { d.spelling = 1; return true }
