package demo

import "math"

// script collects a parcel's scans while its clock runs.
type script struct {
	n      int
	events [32]event
	clock  int64
	origin uint8
}

func (s *script) add(kind uint8, n number, st uint8) {
	e := &s.events[s.n]
	s.n++
	*e = event{at: s.clock, num: n, kind: kind, state: st, place: s.origin}
}

// trip is one outbound parcel on its way.
type trip struct {
	script
	g         *generator
	p         *parcel
	out       outcome
	fate      int
	vanishAt  int     // stage before which a lost parcel is last seen, -1 for all others
	stopAfter int64   // seconds from the first scan to the carrier's word of an interception
	pace      float64 // slowness of all legs
	inside    float64 // and of those inside the US
}

// live simulates one parcel, emits its rows and returns its outcome. For an
// intercepted parcel stopAfter says how long after its first scan it turns back.
func (g *generator) live(p *parcel, fate int, stopAfter int64) outcome {
	t := trip{g: g, p: p, fate: fate, stopAfter: stopAfter, vanishAt: -1}
	t.clock, t.origin, t.out.parcel = p.label, uint8(g.rng.IntN(64)), p
	t.pace = channels[p.service].speed * g.season(g.zone.dayOf(p.label)) * math.Exp(0.10*g.rng.NormFloat64())
	t.inside = t.pace * states[p.state].slow
	if fate == fateLost || fate == fateSilent {
		t.vanishAt = 1 + g.rng.IntN(5)
		if channels[p.service].line == owUS && t.vanishAt < 5 {
			t.vanishAt = 1 // it has no legs abroad to vanish on
		}
	}
	t.scan(evInfo, p.num)
	if fate != fateVoided && t.collected() && t.crossed() && t.carried() {
		t.arrived()
	}
	g.publish(p, &t.script, &t.out)
	return t.out
}

func (t *trip) scan(kind uint8, n number) { t.add(kind, n, t.p.state) }

// leg runs the clock and scans the seller's number with the given probability.
func (t *trip) leg(share, medianHours, sigma float64, kind uint8) {
	t.clock += t.g.spread(medianHours*t.pace, sigma)
	if share >= 1 || t.g.chance(share) {
		t.scan(kind, t.p.num)
	}
}

// local is a leg inside the US, on the number that the last mile scans.
func (t *trip) local(medianHours, sigma float64, kind uint8) {
	t.clock += t.g.spread(medianHours*t.inside, sigma)
	t.scan(kind, t.final())
}

func (t *trip) final() number {
	if t.p.last.none() {
		return t.p.num
	}
	return t.p.last
}

func (t *trip) domestic() bool { return channels[t.p.service].line == owUS }

// vanished reports whether the parcel gets lost before a stage; a confirmed loss is scanned weeks later.
func (t *trip) vanished(stage int) bool {
	if t.vanishAt != stage {
		return false
	}
	if t.fate == fateLost {
		t.clock += 18*day + t.g.rng.Int64N(12*day)
		t.end(evLost, t.p.num)
	}
	return true
}

// end is a terminal scan without a delivery.
func (t *trip) end(kind uint8, n number) {
	t.scan(kind, n)
	t.out.ended = t.clock
}

// collected is the first stage: from the seller to the origin hub. Each stage
// reports whether the parcel goes on.
func (t *trip) collected() bool {
	g, p := t.g, t.p
	switch {
	case t.domestic():
		t.leg(1, 26, 0.45, evPickup)
		t.out.picked = t.clock
		t.leg(1, 8, 0.4, evInbound)
	case g.chance(onlyInbound):
		t.leg(1, 13, 0.35, evInbound)
		t.out.picked = t.clock
	default:
		t.leg(1, 13, 0.35, evPickup)
		t.out.picked = t.clock
		t.leg(1, 5, 0.3, evInbound)
	}
	if t.fate == fateIntercepted {
		t.clock = max(t.clock, t.out.picked+t.stopAfter)
		t.scan(evReturning, p.num)
		t.clock += g.spread(90, 0.4)
		t.end(evReturned, p.num)
		return false
	}
	return !t.vanished(1)
}

// crossed is the way over the sea, up to import clearance.
func (t *trip) crossed() bool {
	g := t.g
	if t.domestic() {
		return true
	}
	t.leg(.3, 8, 0.4, evOutbound)
	t.leg(.2, 4, 0.4, evExportStart)
	t.leg(.97, 7, 0.4, evExported)
	if t.vanished(2) {
		return false
	}
	t.leg(1, 13, 0.35, evDeparted)
	t.leg(.98, 15, 0.12, evArrived)
	if t.vanished(3) {
		return false
	}
	t.leg(.2, 3, 0.4, evImportStart)
	if t.fate == fateDestroyed {
		t.leg(1, 20, 0.3, evImportHeld)
		t.clock += 9*day + g.rng.Int64N(9*day)
		t.end(evDestroyed, t.p.num)
		return false
	}
	if g.chance(heldShare) {
		t.leg(1, 10, 0.3, evImportHeld)
		t.clock += g.spread(50, 0.5)
	}
	t.leg(1, 18, 0.45, evImported)
	t.leg(.97, 8, 0.4, evHanded)
	return !t.vanished(4)
}

// carried is the way through the US up to the delivery station; a direct parcel gets its second number.
func (t *trip) carried() bool {
	if t.domestic() {
		t.local(48, 0.35, evTransit)
		t.local(44, 0.35, evTransit)
		return !t.vanished(5)
	}
	last := channels[t.p.service].last
	t.p.last = t.g.newNumber(last, last)
	t.local(6, 0.4, evHanded)
	t.p.handover = t.clock
	t.local(14, 0.4, evTransit)
	if t.g.chance(.3) {
		t.local(4, 0.4, evTransit)
	}
	return !t.vanished(5)
}

// arrived is the last day or days: delivered, or refused and sent back.
func (t *trip) arrived() {
	g := t.g
	t.local(13, 0.4, evOut)
	if t.fate == fateReturned {
		t.local(4, 0.3, evAttempt)
		t.clock += 2*day + g.rng.Int64N(4*day)
		t.scan(evReturning, t.final())
		t.clock += g.spread(130, 0.3)
		if g.chance(backToSender) {
			t.scan(evDelivered, t.final())
			t.clock += hour / 2
		}
		t.end(evReturned, t.final())
		return
	}
	if g.chance(attemptShare) {
		t.local(4, 0.3, evAttempt)
		t.clock += g.spread(18, 0.2)
		t.scan(evOut, t.final())
	}
	t.local(4, 0.35, evDelivered)
	t.out.delivered = t.clock
	if !t.domestic() && channels[t.p.service].line != pbLine && g.chance(echoShare) {
		t.clock += g.rng.Int64N(3 * hour)
		t.scan(evDelivered, t.p.num)
	}
	if g.chance(strayShare) {
		t.clock += hour + g.rng.Int64N(30*hour)
		t.scan(evTransit, t.final())
	}
}

// returnTrip is a return label used by the buyer: its delivery is back at the seller.
func (g *generator) returnTrip(p *parcel) {
	s := script{clock: p.label, origin: uint8(g.rng.IntN(64))}
	out := outcome{parcel: p}
	s.add(evInfo, p.num, p.state)
	for _, leg := range []struct {
		hours float64
		kind  uint8
	}{{40, evPickup}, {30, evTransit}, {60, evDelivered}} {
		s.clock += g.spread(leg.hours, 0.4)
		s.add(leg.kind, p.num, p.state)
	}
	g.publish(p, &s, &out)
}
