package demo

import "slices"

// moreScenarios go on where scenarios ends.
var moreScenarios = [4][]scenario{
	hdLine: {
		{"W05", 185, volumeInstead}, {"R07", 190, otherBand}, {"A05", 60, foreign}, {"R03", 115, otherChannel}, {"W01 W07", 115, both(tooHeavy, measuredSo)},
		{"near W05", 185, near("W05", byVolume)}, {"near R07", 120, near("R07", bandEdge)}, {"near R03", 115, ownName}, {"near W07", 115, aboutMeasured},
	},
	nhLine: {
		{"W04", 205, leastOfOther}, {"R05", 110, minimumOfOther}, {"R07", 60, otherBand}, {"A05", 60, foreign}, {"R03", 60, otherChannel}, {"W01 W07", 60, both(tooHeavy, measuredSo)},
		{"near W04", 205, near("W04", ownLeast)}, {"near R05", 205, near("R05", ownMinimum)}, {"near R07", 120, near("R07", nhBandEdge)}, {"near R03", 60, ownName}, {"near W07", 60, aboutMeasured},
	},
	pbLine: {
		{"D04", 540, otherValue}, {"A05", 60, foreign}, {"W01 W07", 60, both(tooHeavy, measuredSo)},
		{"near D04", 540, otherValueFree}, {"near W07", 60, aboutMeasured},
	},
	owUS: {
		{"R05", 130, minimumCharge}, {"A05", 60, foreign},
	},
}

// said is what a bill says of a parcel otherwise than we do; what is zero it says as we do.
type said struct {
	product  string
	measured int64 // g
	value    int64 // declared, cents
}

// A price list of Nanhai's for another channel, by which no parcel of ours goes.
const (
	parkMinimum = 5200 // least freight
	parkLeast   = 650  // g
)

// otherLeast is the least weight of another card of the provider; 0: it has none.
var otherLeast = [4]int64{nhLine: parkLeast}

// volumeInstead bills the volume of a parcel for which the contract bills the weight.
func volumeInstead(d *draft) bool { return !d.byVolume && d.misweigh("W05", d.shownVolume) }

func leastOfOther(d *draft) bool { return d.weight < parkLeast && d.misweigh("W04", parkLeast) }

func ownLeast(d *draft) bool {
	return d.weight == weightSteps[d.line].least && d.p.weight < d.weight || d.weight == parkLeast
}

// minimumOfOther bills less than double, which is no outlier.
func minimumOfOther(d *draft) bool {
	return 2*d.billed[chFreight] > parkMinimum && d.misprice("R05", parkMinimum)
}

func ownMinimum(d *draft) bool { return d.right[chFreight] == nhMinimum }

// minimumCharge bills one beside a freight that has no minimum.
func minimumCharge(d *draft) bool {
	d.minimumCharge = 150 + d.dice.below(350)
	d.mistake("R05", chMinimum, efSurcharge, 0, d.minimumCharge)
	return true
}

// bandFreights are those of a weight by the price of each band, the right one too.
func (d *draft) bandFreights() []int64 {
	var out []int64
	w := d.billedWeight
	switch d.line {
	case hdLine:
		for _, b := range hdBands {
			out = append(out, halfUp(w*b.price[d.version], 1000))
		}
	case nhLine:
		for _, b := range nhBands {
			out = append(out, halfUp(w*b.price[d.version], 1000))
		}
	case pbLine:
		for _, b := range pbBands {
			out = append(out, b.fixed+ceilDiv(max(w-max(b.over, pbFirstWeight), 0), b.unit)*b.price)
		}
	default:
		for _, b := range owMatrix {
			out = append(out, freight(owUS, d.version, b.upTo, d.billedZone))
		}
	}
	return out
}

// doubtfulPrice reports whether another rule than this one would give the freight as well.
func (d *draft) doubtfulPrice(rule string, amount int64) bool {
	amount = converted(amount, d.rate)
	is := func(other string, v int64) bool { return other != rule && converted(v, d.rate) == amount }
	for v := range len(switches[d.line]) + 1 {
		if v != d.version && is("R06", freight(d.line, v, d.billedWeight, d.billedZone)) {
			return true
		}
	}
	for _, v := range d.bandFreights() {
		if is("R07", v) {
			return true
		}
	}
	return d.line == nhLine && (is("R05", nhMinimum) || is("R05", parkMinimum))
}

// otherBand bills the price of a dearer band.
func otherBand(d *draft) bool {
	for _, v := range d.bandFreights() {
		if v > d.billed[chFreight] && d.misprice("R07", v) {
			return true
		}
	}
	return false
}

func nhBandEdge(d *draft) bool {
	return d.weight > nhBands[0].upTo-30 && d.weight <= nhBands[0].upTo+30
}

// foreign puts the parcel on the bill of another customer. What comes back has fees that are ours.
func foreign(d *draft) bool {
	d.foreign = d.delivered > 0 && !d.p.sentBack
	return d.foreign
}

// notice notes something that costs nothing by itself.
func (d *draft) notice(rule string) bool {
	amount := Cents(converted(d.billed[chFreight], d.rate))
	d.mistakes = append(d.mistakes, Mistake{Rule: rule, Soft: true, Charge: chargeWords[chFreight], Expected: amount, Billed: amount})
	return true
}

func (d *draft) sibling() string {
	for i, c := range channels {
		if c.line == d.line && uint8(i) != d.p.service {
			return c.name
		}
	}
	return ""
}

func otherChannel(d *draft) bool {
	d.said.product = d.sibling()
	return d.notice("R03")
}

// ownName calls the product as the provider does, every other time by the channel's name in small letters.
func ownName(d *draft) bool {
	d.said.product = [...]string{"US Special Line (plain goods)", "hd-eco", "hd-std", "", "nh-std", "nh-fast"}[(int64(d.p.service)+1)*d.dice.below(2)]
	if d.said.product == "" {
		d.said.product = "Small Packet"
	}
	d.near = append(d.near, Mistake{Rule: "R03"})
	return true
}

// measuredSo says that the parcel was measured as it was billed, more than a tenth and 50 g above ours.
func measuredSo(d *draft) bool {
	d.said.measured = max(d.billedWeight, d.p.weight*11/10+1, d.p.weight+51)
	return d.notice("W07")
}

// aboutMeasured stays within a tenth or 50 g.
func aboutMeasured(d *draft) bool {
	d.said.measured = d.p.weight + max(50, d.p.weight/10)
	d.near = append(d.near, Mistake{Rule: "W07"})
	return true
}

// otherValue takes duty of more than was declared.
func otherValue(d *draft) bool {
	value := max(d.b.value*(120+d.dice.below(80))/100, 12_000)
	if !d.mischarge("D04", chDuty, halfUp(value*pbDutyPercent, 10_000)) {
		return false
	}
	d.said.value = value
	return true
}

// otherValueFree states another value, and takes the right duty: the least still, or that of more than it states.
func otherValueFree(d *draft) bool {
	d.said.value = d.b.value * 5 / 4
	if d.said.value*pbDutyPercent > pbDutyMinimum*10_000 {
		d.said.value = d.b.value * 4 / 5
	}
	d.near = append(d.near, Mistake{Rule: "D04"})
	return true
}

// dutyTwice bills duty that is in the freight, in yuan for dollars: most of them at a rate that no week had.
func dutyTwice(d *draft) bool {
	right := halfUp(1_000_000_000_000, fxRate(d.billDay))
	d.dutyRate = right * (1000 + d.dice.below(9)) / 1000
	off := d.dice.below(6) > 0
	if off {
		d.dutyRate = right * (1025 + d.dice.below(25)) / 1000
	}
	dollars := halfUp(d.b.value, 10)
	duty := halfUp(dollars*d.dutyRate, 1_000_000)
	if !d.mischarge("D02", chDuty, duty) {
		d.dutyRate = 0
		return false
	}
	about := Mistake{Rule: "D06", Soft: true, Charge: chargeWords[chDuty], Expected: Cents(halfUp(dollars*right, 1_000_000)), Billed: Cents(duty)}
	about.Delta = about.Billed - about.Expected
	if off {
		d.mistakes = append(d.mistakes, about)
	} else {
		d.near = append(d.near, about)
	}
	return true
}

// dutyRow takes the duty off an entry into one of its own, which states a rate.
func (m *biller) dutyRow(e *entry, rate int64) *entry {
	row := m.again(e)
	isDuty := func(l billLine) bool { return l.charge == chDuty }
	row.lines = slices.DeleteFunc(row.lines, func(l billLine) bool { return !isDuty(l) })
	e.lines = slices.DeleteFunc(e.lines, isDuty)
	row.rate, row.alone, e.alone = rate, false, false
	return row
}
