package demo

// draft is a parcel on its way to a bill: what is right, and what the bill makes of it.
type draft struct {
	m    *biller
	p    *parcel
	line uint8
	b    body
	dice dice

	day, billDay int64 // of the card, of the bill
	issue        int64
	version      int
	weight, zone int64 // right
	byVolume     bool
	zoneByZIP    bool
	linked       bool // the last-mile number is known to be the parcel's
	undelivered  bool
	delivered    int64
	voided       bool
	counted      bool // its natural near misses stand in the truth: all in worlds of usual size

	right, billed            amounts
	billedWeight, billedZone int64
	shownVolume              int64
	effects                  [effectKinds]int64
	mistakes                 []Mistake
	near                     []Mistake

	handlingQuantity, handlingPrice int64
	spelling                        uint8 // how all names of charges are written
	newCharge                       int64 // amount of a charge that no list knows
	newName                         uint8
	reference, rate                 int64 // dollars for a yuan, 1e-6: of the week of the bill, and as the bill has it; 0: nothing is converted
	credit                          int64 // given back on a later bill
	copies                          int   // 1: once more in the same bill, 2: in the next
	reversed, ghost, underLast      bool
	returnWrongly, unbilled         bool

	knownDelivery, attempt int64 // as scans tell it; 0: they do not
	attempted              bool  // a delivery failed, whether the files tell it or not
	owed                   int64 // of what became of it: fees that are due once they are billed
	correction             int64 // a second correction of the address
	correctedLater         int64 // … so many bills later
	foreign                bool  // it is on the bill of another customer
	minimumCharge          int64 // billed beside a freight that needs none
	dutyRate               int64 // yuan for a dollar of duty, 1e-6, where a row of its own states it
	said                   said
}

const draftSalt = 0x6472_6166_74

func (m *biller) newDraft(p *parcel) draft {
	g := m.g
	d := draft{m: m, p: p, line: channels[p.service].line, b: g.bodyOf(p), dice: newDice(g.opts.Seed, p.serial, draftSalt)}
	d.day = g.cardDay(p)
	d.version = g.cards.version(d.line, d.day)
	d.weight, d.byVolume = chargeable(d.line, p.weight, d.b)
	if d.line == owUS {
		d.zone, d.zoneByZIP = zoneOf(p)
	}
	d.right = g.cards.price(p, d.b, d.day, d.weight, d.zone)
	d.billed, d.billedWeight, d.billedZone = d.right, d.weight, d.zone
	switch d.line {
	case owUS:
		d.shownVolume = volumeWeight(d.line, d.b, owDivisor)
		d.handlingQuantity, d.handlingPrice = 1, owHandling
	case nhLine:
	default:
		d.shownVolume = volumeWeight(d.line, d.b, lineDivisor)
	}
	return d
}

// dated sets the bill, and with it the rate of exchange.
func (d *draft) dated(issue, billDay int64) {
	d.issue, d.billDay = issue, billDay
	if cardCurrencies[d.line] != currencies[d.line] {
		d.reference = fxRate(billDay)
		d.rate = d.reference
	}
}

// converted is an amount of the card in the bill's currency, to the cent.
func converted(v, rate int64) int64 {
	if rate == 0 {
		return v
	}
	return halfUp(v*rate, 1_000_000)
}

// at converts each charge.
func (a amounts) at(rate int64) amounts {
	for i, v := range a {
		a[i] = converted(v, rate)
	}
	return a
}

// total is what a bill asks for amounts of the card at the right rate.
func (d *draft) total(a amounts) int64 { return a.at(d.reference).total() }

// mistake notes that amounts became others, which are higher, by a rule.
func (d *draft) mistake(rule string, charge int, effect int, from, to int64) {
	d.mistakes = append(d.mistakes, Mistake{Rule: rule, Charge: chargeWords[charge], Effect: effectNames[effect], Expected: Cents(from), Billed: Cents(to), Delta: Cents(to - from)})
	d.effects[effect] += to - from
}

// misweigh bills another weight. It reports false where that costs nothing, or could be another mistake.
func (d *draft) misweigh(rule string, weight int64) bool {
	if d.doubtful(rule, weight) {
		return false
	}
	a := d.m.g.cards.price(d.p, d.b, d.day, weight, d.billedZone)
	if a[chFreight] == 0 || d.total(a) <= d.total(d.billed) {
		return false
	}
	d.mistake(rule, chFreight, efWeight, d.total(d.billed), d.total(a))
	d.billed, d.billedWeight = a, weight
	return true
}

// misplace bills another zone.
func (d *draft) misplace(rule string, zone int64) bool {
	if zone > owLastZone {
		return false
	}
	a := d.m.g.cards.price(d.p, d.b, d.day, d.billedWeight, zone)
	if d.total(a) <= d.total(d.billed) {
		return false
	}
	d.mistake(rule, chFreight, efZone, d.total(d.billed), d.total(a))
	d.billed, d.billedZone = a, zone
	return true
}

// misprice bills another freight, and the fuel on it. It reports false where that costs nothing, or could be another mistake.
func (d *draft) misprice(rule string, freight int64) bool {
	if d.doubtfulPrice(rule, freight) {
		return false
	}
	a := d.billed
	a[chFreight] = freight
	a[chFuel] = fuelOf(d.line, &a, fuelPercent(d.line, d.day))
	if d.total(a) <= d.total(d.billed) {
		return false
	}
	d.mistake(rule, chFreight, efRate, d.total(d.billed), d.total(a))
	d.billed = a
	return true
}

// mischarge bills another amount of one charge beside the freight.
func (d *draft) mischarge(rule string, charge int, amount int64) bool {
	if amount <= d.billed[charge] {
		return false
	}
	effect := efSurcharge
	switch charge {
	case chDuty:
		effect = efDuty
	case chVAT:
		effect = efTax
	}
	d.mistake(rule, charge, effect, converted(d.billed[charge], d.reference), converted(amount, d.reference))
	d.billed[charge] = amount
	return true
}

func (d *draft) lines() []billLine {
	out := make([]billLine, 0, 4)
	for charge, amount := range d.billed.at(d.rate) {
		if amount == 0 {
			continue
		}
		l := billLine{charge: uint8(charge), spelling: d.spelling, amount: amount}
		if charge == chHandling {
			l.quantity, l.price = d.handlingQuantity, d.handlingPrice
		}
		out = append(out, l)
	}
	if d.minimumCharge > 0 {
		out = append(out, billLine{charge: chMinimum, spelling: d.spelling, amount: d.minimumCharge})
	}
	if d.newCharge > 0 {
		out = append(out, billLine{charge: chNew, spelling: d.newName, amount: d.newCharge})
	}
	return out
}

// fxWeeks are dollars for a yuan by week, 1e-6.
var fxWeeks = [...]int64{140_821, 140_371, 141_093, 140_984, 140_637, 140_079, 139_938, 140_465, 140_865, 140_692, 140_252}

func fxRate(d int64) int64 { return fxWeeks[mod(weekOf(d)/7, int64(len(fxWeeks)))] }
