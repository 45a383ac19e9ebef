package demo

import "strconv"

// link is one line of the alias file.
type link struct {
	from, to  number
	at        int64
	withdrawn bool
}

// oldNumber is the number of a parcel that is long delivered.
type oldNumber struct {
	num   number
	label int64
}

// wrongLinkEvery is how many aliased parcels there are to one wrong alias.
const wrongLinkEvery = 400

func (g *generator) newNumber(carrier, kind uint8) number {
	g.numberSerial[kind]++
	return number{carrier: carrier, kind: kind, serial: g.numberSerial[kind]}
}

// newParcel is an outbound parcel of o on a channel of its shop's mix.
func (g *generator) newParcel(o *order, label int64) *parcel {
	mix := shops[o.shop].mix
	i := pick(g.rng.Float64(), len(mix), func(i int) float64 { return mix[i].upTo })
	return g.newParcelOn(o, label, uint8(mix[i].index))
}

// newParcelOn gives the parcel a number of its channel's carrier, now and then
// one that a parcel had a year ago.
func (g *generator) newParcelOn(o *order, label int64, service uint8) *parcel {
	p := g.unnumbered(o, label)
	p.service = service
	line := channels[service].line
	p.num = g.newNumber(line, line)
	g.tryRecycle(p)
	return p
}

func (g *generator) unnumbered(o *order, label int64) *parcel {
	g.parcelSerial++
	return &parcel{
		serial: g.parcelSerial, orders: [2]int64{o.id}, label: label, shop: o.shop, state: o.state, zip: o.zip,
		weight: 80 + g.spread(0.12, 0.6),
	}
}

// tryRecycle gives p the number of an early parcel of the same carrier, if the
// oldest that is kept is old enough, and keeps a few early numbers for that.
func (g *generator) tryRecycle(p *parcel) {
	kept := &g.recycle[p.num.carrier]
	switch {
	case p.label < g.zone.midnight(g.firstDay+28):
		if p.serial%recycledEvery == 7 {
			*kept = append(*kept, oldNumber{p.num, p.label})
		}
	case len(*kept) > 0 && p.label-(*kept)[0].label > recycleMinDays*day:
		p.num = (*kept)[0].num
		*kept = (*kept)[1:]
		g.truth.recycled++
	}
}

// queueParcel exports p in the period that first knows its label.
func (g *generator) queueParcel(p *parcel) {
	switch at := g.periodOf(p.label); {
	case at == g.period:
		g.exportParcel(p)
	case g.known(at):
		g.waiting[at].parcels = append(g.waiting[at].parcels, p)
	default:
		return
	}
	g.truth.shipments++
}

// exportParcel writes p as the running export shows it, one row per order in
// it, and queues it for the export that will show more.
func (g *generator) exportParcel(p *parcel) {
	out := &g.out
	f := out.shipments
	now := g.exports[g.period]
	next := int64(0)
	for _, t := range [...]int64{p.handover, p.voided} {
		if t > now && !(t == p.handover && channels[p.service].viaLinks) {
			next = t
		}
	}
	for i, id := range p.orders {
		if id == 0 {
			continue
		}
		row := g.appendParcel(out.buf[:0], p, id, now)
		out.buf = row
		f.write(row)
		f.feed.rows++
		if next == 0 && i == 0 && p.orders[1] == 0 {
			f.feed.remember(f.row, orderOverlapStep, row)
		}
		if f.row == f.dirty {
			g.dirtyParcel(f, row)
		}
	}
	if next > 0 {
		if at := g.periodOf(next); g.known(at) {
			g.waiting[at].parcels = append(g.waiting[at].parcels, p)
		}
	}
}

func (g *generator) appendParcel(b []byte, p *parcel, orderID, now int64) []byte {
	ch := &channels[p.service]
	b = append(b, "WB"...)
	b = appendPadded(b, p.serial, 9)
	b = append(b, ";tiktok;"...)
	b = append(b, shops[p.shop].id...)
	b = append(b, ';')
	b = strconv.AppendInt(b, orderID, 10)
	b = append(b, ';')
	b = append(b, roleNames[p.role]...)
	if p.role == roleReturn {
		b = append(b, ";return;us_post;;;"...)
	} else {
		b = append(b, ";outbound;"...)
		for _, s := range [...]string{ch.provider, ch.name, ch.tier} {
			b = append(b, s...)
			b = append(b, ';')
		}
	}
	b = append(b, carrierCodes[p.num.carrier]...)
	b = append(b, ';')
	b = appendNumber(b, p.num)
	b = append(b, ';')
	if !p.last.none() && !ch.viaLinks && p.handover <= now {
		b = append(b, carrierCodes[p.last.carrier]...)
		b = append(b, ';')
		b = appendNumber(b, p.last)
	} else {
		b = append(b, ';')
	}
	b = append(b, ';')
	b = g.out.stamps[stampChina].iso(b, p.label+chinaOffset, 'T')
	b = append(b, "+08:00;"...)
	if p.voided > 0 && p.voided <= now {
		b = append(b, "voided;"...)
		b = g.out.stamps[stampChina].iso(b, p.voided+chinaOffset, 'T')
		b = append(b, "+08:00;"...)
	} else {
		b = append(b, "created;;"...)
	}
	b = appendThousandths(b, p.weight)
	b = append(b, ";kg;"...)
	b = append(b, states[p.state].code...)
	b = append(b, ';')
	b = appendPadded(b, int64(p.zip), 5)
	b = append(b, ";US"...)
	return append(g.appendBody(b, p), '\n')
}

// publishLinks reports the alias of p's last-mile number some time after it
// came to be, now and then a wrong alias before and its withdrawal after. It
// returns whether the written files tell that the last-mile number is p's.
func (g *generator) publishLinks(p *parcel) bool {
	if p.last.none() {
		return true
	}
	if !channels[p.service].viaLinks {
		return g.known(g.periodOf(p.handover))
	}
	if g.chance(unlinkedShare) {
		return false
	}
	g.linkSerial++
	told := p.handover + 2*hour + g.rng.Int64N(70*hour)
	if g.linkSerial%wrongLinkEvery == wrongLinkEvery/2 {
		g.wrongFor = p
	} else if v := g.wrongFor; v != nil && v.last.carrier == p.last.carrier {
		g.wrongFor = nil
		g.publishWrong(v, p, told)
	}
	at := g.periodOf(told)
	g.queueLink(at, link{from: p.num, to: p.last, at: p.handover})
	return g.known(at)
}

// publishWrong says that q's last-mile number were v's, and takes it back some
// days later, if there is an export left that can.
func (g *generator) publishWrong(v, q *parcel, told int64) {
	back := told + 2*day + g.rng.Int64N(20*day)
	if back >= g.exports[g.history-1] {
		return
	}
	wrong := link{from: v.num, to: q.last, at: q.handover}
	g.queueLink(g.periodOf(told), wrong)
	wrong.withdrawn, wrong.at = true, back
	g.queueLink(g.periodOf(back), wrong)
	g.truth.wrongLinks++
}

func (g *generator) queueLink(at int, l link) {
	switch {
	case at == g.period:
		g.exportLink(&l)
	case g.known(at):
		g.waiting[at].links = append(g.waiting[at].links, l)
	}
}

// exportLink writes one alias as a line of JSON.
func (g *generator) exportLink(l *link) {
	out := &g.out
	f := out.links
	b := append(out.buf[:0], `{"carrier":"`...)
	b = append(b, carrierCodes[l.from.carrier]...)
	b = append(b, `","number":"`...)
	b = appendNumber(b, l.from)
	b = append(b, `","linked_carrier":"`...)
	b = append(b, carrierCodes[l.to.carrier]...)
	b = append(b, `","linked_number":"`...)
	b = appendNumber(b, l.to)
	b = append(b, `","role":"last_mile","linked_at":"`...)
	b = out.stamps[stampUTC].iso(b, l.at, 'T')
	b = append(b, `Z","withdrawn":`...)
	b = strconv.AppendBool(b, l.withdrawn)
	b = append(b, "}\n"...)
	out.buf = b
	f.write(b)
	f.feed.rows++
	f.feed.remember(f.row, orderOverlapStep, b)
	if f.row == f.dirty {
		g.dirtyLink(f)
	}
}
