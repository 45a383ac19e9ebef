package demo

import "strconv"

// order is one order until no further export says anything new of it.
type order struct {
	id      int64
	created int64
	tracked int64 // number given to the platform, 0 = never; so are the next three
	shipped int64
	deliv   int64
	cancel  int64

	approved       int64
	dispatchBefore int64 // exclusive instants
	deliverBefore  int64
	dueDay         int64 // local day number
	amount         int64 // cents
	zip            int32
	phone          int32
	name, street   uint16
	shop, state    uint8
	fault, reason  uint8
}

var faults = [...]string{"", "buyer", "seller", "platform"}

var reasons = [...][]string{
	{""},
	{"No longer needed", "Better price available", "Wrong address"},
	{"Out of stock", "Pricing error"},
	{"Not shipped in time", "Payment risk"},
}

// Shares of orders by what happens to them.
const (
	neverShippedShare = 0.008
	cancelBeforeShare = 0.022
	cancelAfterShare  = 0.006
	mergedShare       = 0.020
	splitShare        = 0.030

	labelOnlyShare  = 0.3 // of those cancelled before dispatch
	reshipShare     = 0.5 // of confirmed losses of one-parcel orders
	returnShare     = 0.015
	otherLineShare  = 0.3 // of split orders: the second parcel takes another channel
	autoCancelShare = 0.5 // of never shipped orders
)

// runOrder makes one order placed at an instant, or two that share a parcel,
// and everything that ever happens to it. It returns how many orders it made.
func (g *generator) runOrder(at int64) int {
	o := g.newOrder(at)
	u := g.rng.Float64()
	below := func(share float64) bool {
		u -= share
		return u < 0
	}
	made := 1
	switch {
	case below(neverShippedShare):
		if g.chance(autoCancelShare) {
			g.cancelAt(o, o.deliverBefore+day+g.rng.Int64N(2*day), 3)
		}
		g.settle(o)
	case below(cancelBeforeShare):
		g.cancelBefore(o)
	case below(cancelAfterShare):
		g.cancelAfter(o)
	case below(mergedShare):
		g.merged(o)
		made = 2
	case below(splitShare):
		g.split(o)
	default:
		g.single(o)
	}
	return made
}

func (g *generator) newOrder(at int64) *order {
	g.orderSerial++
	o := &order{id: 576_900_000_000_000_000 + g.orderSerial*37 + g.rng.Int64N(37)}
	if !g.chance(shops[0].share) {
		o.shop = 1
	}
	o.state = pick(g.rng.Float64(), len(states), func(i int) float64 { return states[i].upTo })
	o.zip = int32(states[o.state].zip + g.rng.IntN(60))
	o.amount = 699 + g.rng.Int64N(9000)
	o.name, o.street, o.phone = uint16(g.rng.UintN(1<<16)), uint16(g.rng.UintN(1<<16)), int32(g.rng.IntN(10_000_000))
	g.place(o, at)
	return o
}

// place sets the times that follow from when an order is placed.
func (g *generator) place(o *order, at int64) {
	o.created = g.zone.unambiguous(at)
	d := g.zone.dayOf(o.created)
	o.approved = o.created
	if t := g.zone.unambiguous(o.created + 1 + g.rng.Int64N(300)); g.zone.dayOf(t) == d {
		o.approved = t
	}
	o.dispatchBefore = g.zone.midnight(g.cal.after(d, dispatchBusinessDays) + 1)
	if s := &shops[o.shop]; s.promise > 0 {
		o.dueDay = d + int64(s.promise)
	} else {
		o.dueDay = g.cal.after(d, s.businessDays)
	}
	o.deliverBefore = g.zone.midnight(o.dueDay + 1)
}

func pick(u float64, n int, upTo func(int) float64) uint8 {
	for i := range n {
		if u < upTo(i) {
			return uint8(i)
		}
	}
	return uint8(n - 1)
}

func (g *generator) cancelAt(o *order, t int64, fault uint8) {
	o.cancel, o.fault = g.zone.unambiguous(t), fault
	o.reason = uint8(g.rng.IntN(len(reasons[fault])))
}

func (g *generator) cancelBefore(o *order) {
	t := o.created + 600 + g.rng.Int64N(30*hour)
	fault := pick(g.rng.Float64(), 3, func(i int) float64 { return [...]float64{.6, .9, 1}[i] }) + 1
	g.cancelAt(o, t, fault)
	if g.chance(labelOnlyShare) {
		p := g.newParcel(o, o.created+(o.cancel-o.created)/2)
		p.voided = o.cancel + 300
		o.tracked = p.label
		g.live(p, fateVoided, 0)
	}
	g.settle(o)
}

func (g *generator) cancelAfter(o *order) {
	p := g.newParcel(o, g.labelTime(o))
	after := 6*hour + g.rng.Int64N(54*hour)
	out := g.live(p, fateIntercepted, after+1800)
	g.cancelAt(o, out.picked+after, 1)
	o.tracked, o.shipped = p.label, out.picked
	g.settle(o, out)
}

func (g *generator) merged(a *order) {
	b := *a
	g.orderSerial++
	b.id = 576_900_000_000_000_000 + g.orderSerial*37 + g.rng.Int64N(37)
	b.amount = 699 + g.rng.Int64N(9000)
	end := g.zone.midnight(g.zone.dayOf(a.created)+1) - 1
	g.place(&b, min(a.created+g.rng.Int64N(1800), end))
	p := g.newParcel(a, g.labelTime(&b))
	p.orders[1] = b.id
	out := g.live(p, g.fate(p), 0)
	for _, o := range []*order{a, &b} {
		o.tracked, o.shipped, o.deliv = p.label, out.picked, out.delivered
		g.exportOrder(o)
		g.truth.countOrder(g, o, []outcome{out})
	}
	g.truth.countTransit(g, out)
}

func (g *generator) split(o *order) {
	p := g.newParcel(o, g.labelTime(o))
	var q *parcel
	if label := p.label + 600 + g.rng.Int64N(20*hour); g.chance(otherLineShare) {
		q = g.newParcel(o, label)
	} else {
		q = g.newParcelOn(o, label, p.service)
	}
	if q.weight == p.weight {
		q.weight++
	}
	p.shared, q.shared = true, true
	a := g.live(p, g.fate(p), 0)
	b := g.live(q, g.fate(q), 0)
	o.tracked, o.shipped = p.label, min(a.picked, b.picked)
	if a.delivered > 0 && b.delivered > 0 {
		o.deliv = max(a.delivered, b.delivered)
	}
	g.settle(o, a, b)
}

func (g *generator) single(o *order) {
	p := g.newParcel(o, g.labelTime(o))
	fate := g.fate(p)
	out := g.live(p, fate, 0)
	o.tracked, o.shipped, o.deliv = p.label, out.picked, out.delivered
	switch {
	case fate == fateLost && g.chance(reshipShare):
		r := g.newParcelOn(o, out.ended+20*hour+g.rng.Int64N(30*hour), p.service)
		r.role = roleReship
		again := g.live(r, fateDelivered, 0)
		o.deliv = again.delivered
		// The reship supersedes the lost parcel, which still counts in transit.
		g.truth.countTransit(g, out)
		g.settle(o, again)
		return
	case out.delivered > 0 && g.chance(returnShare):
		r := g.unnumbered(o, out.delivered+3*day+g.rng.Int64N(12*day))
		r.role = roleReturn
		p.sentBack = true
		r.num = g.newNumber(usPost, returnSeries)
		g.returnTrip(r)
	}
	g.settle(o, out)
}

// settle exports an order and counts it, with the parcels that decide its delivery.
func (g *generator) settle(o *order, parcels ...outcome) {
	g.exportOrder(o)
	g.truth.countOrder(g, o, parcels)
	for _, p := range parcels {
		g.truth.countTransit(g, p)
	}
}

func (g *generator) labelTime(o *order) int64 { return o.created + 600 + g.spread(9, 0.55) }

func (g *generator) fate(p *parcel) int {
	switch u := g.rng.Float64(); {
	case u < .004:
		return fateLost
	case u < .007:
		return fateSilent
	case u < .019:
		return fateReturned
	case u < .021 && channels[p.service].line != owUS:
		return fateDestroyed
	}
	return fateDelivered
}

// nextChange is the period of the first export after the running one that says
// something new of o, or -1.
func (g *generator) nextChange(o *order) int {
	next := int64(-1)
	for _, t := range [...]int64{o.tracked, o.shipped, o.deliv, o.cancel} {
		if t > g.exports[g.period] && (next < 0 || t < next) {
			next = t
		}
	}
	if next < 0 {
		return -1
	}
	return g.periodOf(next)
}

// exportOrder writes o as its shop's running export shows it, and queues it for the next that differs.
func (g *generator) exportOrder(o *order) {
	out := &g.out
	f := out.orders[o.shop]
	row := g.appendOrder(out.buf[:0], o)
	out.buf = row
	f.write(row)
	f.feed.rows++
	next := g.nextChange(o)
	if next < 0 {
		f.feed.remember(f.row, orderOverlapStep, row)
	} else if g.known(next) {
		g.waiting[next].orders = append(g.waiting[next].orders, o)
	}
	if f.row == f.dirty {
		g.dirtyOrder(f, o)
	}
}

// status is the platform's word at instant t.
func (o *order) status(t int64) string {
	reached := func(at int64) bool { return at > 0 && at <= t }
	switch {
	case reached(o.cancel):
		return "Cancelled"
	case reached(o.deliv):
		return "Delivered"
	case reached(o.shipped):
		return "In transit"
	case reached(o.tracked):
		return "Awaiting collection"
	}
	return "Awaiting shipment"
}

func (g *generator) appendOrder(b []byte, o *order) []byte {
	b = strconv.AppendInt(b, o.id, 10)
	return g.appendOrderRest(b, o)
}

func (g *generator) appendOrderRest(b []byte, o *order) []byte {
	now := g.exports[g.period]
	at := func(t int64) {
		b = append(b, ',')
		if t > 0 && t <= now {
			b = g.out.appendShopTime(b, g.zone, o.shop, t)
		}
	}
	b = append(b, ',')
	b = append(b, o.status(now)...)
	b = append(b, ",regular,seller"...)
	at(o.created)
	at(o.approved)
	at(o.tracked)
	at(o.cancel)
	b = append(b, ',')
	if o.cancel > 0 && o.cancel <= now {
		b = append(b, faults[o.fault]...)
		b = append(b, ',')
		b = append(b, reasons[o.fault][o.reason]...)
	} else {
		b = append(b, ',')
	}
	if shops[o.shop].promise > 0 {
		b = append(b, ',')
		b = g.out.appendShopTime(b, g.zone, o.shop, o.dispatchBefore)
		b = append(b, ',')
		b = g.out.appendShopTime(b, g.zone, o.shop, o.deliverBefore)
	}
	b = append(b, ',')
	b = append(b, states[o.state].code...)
	b = append(b, ',')
	b = append(b, states[o.state].city...)
	b = append(b, ',')
	b = appendPadded(b, int64(o.zip), 5)
	b = append(b, ",US,"...)
	b = appendCents(b, o.amount)
	b = append(b, ",USD,"...)
	return append(appendBuyer(b, o), '\n')
}
