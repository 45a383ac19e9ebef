package demo

import "math"

// Fates of a parcel.
const (
	fateDelivered = iota
	fateVoided    // label only, the order was cancelled before dispatch
	fateIntercepted
	fateReturned
	fateDestroyed
	fateLost   // the provider confirms the loss
	fateSilent // scans just end
)

// Roles of a parcel.
const (
	roleOutbound = iota
	roleReship
	roleReturn
)

var roleNames = [...]string{"outbound", "reship", "return"}

// parcel is one shipment. Its life is simulated whole when its order is made.
type parcel struct {
	serial    int64
	orders    [2]int64 // order numbers; the second is 0 unless two orders share the parcel
	num, last number   // own number; last-mile number, none where it has no second one
	label     int64
	handover  int64 // when the last-mile number comes to be, 0 = never
	voided    int64 // when the label was cancelled, 0 = never
	weight    int64 // g
	shared    bool  // its order has another parcel
	sentBack  bool  // the buyer has sent it back under a label of its own
	zip       int32
	shop      uint8
	service   uint8 // index in channels; ignored for returns
	state     uint8
	role      uint8

	billed, quoted  int64 // by the bills until now, of lines that are due; cents of their currency
	onBill, freight bool  // a bill has named it; has had freight of it that is due
	late            int64 // what its contract pays because it came late, as the files tell; cents of the card's currency
}

// event is one scan, small because a month of them may wait for its export.
type event struct {
	at    int64
	num   number
	kind  uint8
	place uint8 // index in places of the kind's class
	state uint8
}

// outcome is what the simulation knows of one parcel beyond its rows.
type outcome struct {
	parcel     *parcel
	picked     int64 // first physical scan, 0 = none
	delivered  int64 // true delivery, 0 = never
	ended      int64 // lost, returned or destroyed at, 0 = never
	knownDeliv int64 // delivery as the written files say it at the last export, 0 = unknown
	knownEnd   bool  // a terminal scan stands in the written files
	attempt    int64 // first failed delivery as the written files say it, 0 = none
	held       bool  // a scan of customs that keep it stands in the written files
}

// Shares of what goes wrong. lateShare is per scan, the rest per parcel.
const (
	lateShare      = 0.004
	unlinkedShare  = 0.004 // alias never reported
	echoShare      = 0.12  // the line repeats the delivery
	strayShare     = 0.01  // a scan after delivery
	unmappedShare  = 0.02
	attemptShare   = 0.06
	heldShare      = 0.02
	onlyInbound    = 0.04 // no pickup scan
	backToSender   = 0.3  // returned parcels that get a delivered scan at the sender
	recycledEvery  = 101  // one of so many early parcels gives its number to a later one
	recycleMinDays = 300
)

func (g *generator) chance(p float64) bool { return g.rng.Float64() < p }

// spread is a log-normal duration in seconds with the given median in hours, at least one minute.
func (g *generator) spread(medianHours, sigma float64) int64 {
	s := int64(medianHours * hour * math.Exp(sigma*g.rng.NormFloat64()))
	return max(s, 60)
}

// season is the slowness of a label day: peak before Christmas, Chinese New Year, and a random week effect.
func (g *generator) season(d int64) float64 {
	f := g.shock[min(max(d-g.firstDay, 0)/7, int64(len(g.shock)-1))]
	switch _, m, dom := civil(d); {
	case m == 11 && dom >= 22, m == 12 && dom <= 18:
		f *= 1.10
	case m == 2 && dom >= 8 && dom <= 20:
		f *= 1.06
	case m == 6 || m == 7 || m == 8:
		f *= 0.97
	}
	return f
}

// publish sends a simulated parcel to the exports: its own rows, its links and its scans.
func (g *generator) publish(p *parcel, s *script, out *outcome) {
	g.queueParcel(p)
	linked := g.publishLinks(p)
	g.maybeUnmapped(p, s)
	for i := range s.n {
		g.publishEvent(&s.events[i], p, out, linked)
	}
	g.bills.parcel(p, s, out, linked)
}

// maybeUnmapped puts a scan with a code that no map knows between two others.
func (g *generator) maybeUnmapped(p *parcel, s *script) {
	if s.n < 4 || s.n == len(s.events) || !g.chance(unmappedShare) {
		return
	}
	i := 1 + g.rng.IntN(s.n-2)
	e, next := s.events[i], s.events[i+1]
	gap := next.at - e.at
	if words[e.num.carrier][evUnmapped].code == "" || gap <= 120 || next.kind == evLost {
		return
	}
	e.at += gap / 2
	e.kind = evUnmapped
	s.events[s.n] = e
	s.n++
}

// publishEvent reports one scan in the export that it belongs to, or one or two
// later. Two kinds are never late, so that the truth does not hang on them: a
// first scan (was the order dispatched before it was cancelled?) and the turn
// back (was the later delivery the sender's?).
func (g *generator) publishEvent(e *event, p *parcel, out *outcome, linked bool) {
	report := g.periodOf(e.at)
	if e.kind != evPickup && e.kind != evInbound && e.kind != evReturning && g.chance(lateShare) {
		report += 1 + g.rng.IntN(2)
	}
	if !g.known(report) {
		return
	}
	owned := linked || e.num != p.last || p.last.none()
	if !owned {
		g.truth.orphans++
	}
	g.truth.events++
	if owned {
		g.learn(e, out)
	}
	if report == g.period {
		g.exportEvent(e)
		return
	}
	g.waiting[report].events = append(g.waiting[report].events, *e)
}

// learn notes what a written scan tells: the last mile's word on delivery goes
// before the line's echo; a delivered scan of a parcel that turned back is the sender's.
func (g *generator) learn(e *event, out *outcome) {
	switch e.kind {
	case evDelivered:
		if out.delivered == 0 {
			return
		}
		if out.knownDeliv == 0 || e.at == out.delivered {
			out.knownDeliv = e.at
		}
		out.knownEnd = true
	case evReturned, evLost, evDestroyed:
		out.knownEnd = true
	case evImportHeld:
		out.held = true
	case evAttempt:
		if out.attempt == 0 || e.at < out.attempt {
			out.attempt = e.at
		}
	}
}
