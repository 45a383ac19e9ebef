package demo

import "math"

// dice are random numbers of their own for one thing: what bills need must not
// move the numbers that orders and scans are made of.
type dice uint64

// newDice gives the same numbers for the same seed, thing and salt, whatever was drawn before.
func newDice(seed uint64, thing int64, salt uint64) dice {
	d := dice(seed*0x9E3779B97F4A7C15 ^ uint64(thing)*0xD1B54A32D192ED03 ^ salt)
	d.next()
	return d
}

func (d *dice) next() uint64 {
	*d += 0x9E3779B97F4A7C15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// below is one of 0 … n-1.
func (d *dice) below(n int64) int64 { return int64(d.next() % uint64(n)) }

// body is what a parcel is beside its weight.
type body struct {
	l, w, h     int64 // mm, the longest first
	residential bool
	value       int64 // declared, cents of the declared currency

	signature, insured, corrected, battery bool // ordered, told or inside
}

func (b body) mm3() int64 { return b.l * b.w * b.h }

const (
	bodySalt    = 0x626f_6479
	featureSalt = 0x6665_6174
)

// Shares of a hundred parcels by their shape.
const (
	bulkyShare    = 15 // of the direct lines: light for their size
	oversizeShare = 8  // of the warehouse: too long, and more around than a van likes
	longShare     = 5  // of the warehouse: only too long

	signatureShare = 6  // of huadong
	correctedShare = 11 // of huadong: the address was corrected on the way
	insuredShare   = 6  // of nanhai
	batteryShare   = 14 // of nanhai
)

// bodyOf is drawn anew each time it is asked for, always the same.
func (g *generator) bodyOf(p *parcel) body {
	d := newDice(g.opts.Seed, p.serial, bodySalt)
	kind := d.below(100)
	b := body{residential: d.below(10) < 7, value: 400 + d.below(7600)}
	line := channels[p.service].line
	if line == pbLine {
		b.value *= 7 // declared in yuan
	}
	f := newDice(g.opts.Seed, p.serial, featureSalt)
	switch line {
	case hdLine:
		b.signature, b.corrected = f.below(100) < signatureShare, f.below(100) < correctedShare
	case nhLine:
		b.insured, b.battery = f.below(100) < insuredShare, f.below(100) < batteryShare
	}
	if line == owUS {
		switch {
		case kind < oversizeShare:
			b.l, b.w, b.h = 800+d.below(100), 400+d.below(60), 270+d.below(40)
			return b
		case kind < oversizeShare+longShare:
			b.l, b.w, b.h = 780+d.below(120), 80+d.below(30), 60+d.below(20)
			return b
		}
	}
	permille := 300 + d.below(600) // of the weight, at 8000 cm³ for a kilogram
	if line != owUS && kind < bulkyShare {
		permille = 1600 + d.below(1000)
	}
	volume := float64(p.weight * 8 * permille)
	side := math.Cbrt(volume / 1.4)
	b.l, b.w = max(int64(1.4*side), 40), max(int64(side), 30)
	b.h = min(max(int64(volume)/(b.l*b.w), 10), b.w)
	return b
}

// declaredIn is the currency of a declared value: that of the contract where duty follows it.
func declaredIn(service uint8) string {
	if line := channels[service].line; line == pbLine {
		return cardCurrencies[line]
	}
	return "USD"
}

// appendBody writes the columns of the shipment export that a price needs.
// The warehouse measures in inches elsewhere; this export has centimetres.
func (g *generator) appendBody(b []byte, p *parcel) []byte {
	if p.role == roleReturn {
		return append(b, ";;;;;;;"...)
	}
	body := g.bodyOf(p)
	for _, mm := range [...]int64{body.l, body.w, body.h} {
		b = append(b, ';')
		b = appendTenths(b, mm)
	}
	b = append(b, ";cm;"...)
	line, sep := channels[p.service].line, ""
	for _, f := range [...]struct {
		word string
		has  bool
	}{
		{"ddp", line == pbLine || line == nhLine}, {"residential", line == owUS && body.residential}, {"signature", body.signature},
		{"insurance", body.insured}, {"address_corrected", body.corrected}, {"battery", body.battery},
	} {
		if f.has {
			b = append(append(b, sep...), f.word...)
			sep = ","
		}
	}
	b = append(b, ';')
	b = appendCents(b, body.value)
	return append(append(b, ';'), declaredIn(p.service)...)
}
