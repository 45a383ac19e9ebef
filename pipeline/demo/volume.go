package demo

import (
	"maps"
	"slices"
)

// volumeMonth is the parcels of the warehouse with labels of a month.
type volumeMonth struct {
	parcels, freight int64 // that were billed; cents, as the contract prices them
	versions         map[int]bool
	last             Mistake // of the last bill with freight of it
	lastDay          int64
}

// followMonth adds an entry to the month of its parcel's label.
func (t *moneyLedger) followMonth(e *entry, about Mistake, date int64, due bool) {
	month := dateText(e.day)[:7]
	w := t.months[month]
	if w == nil {
		w = &volumeMonth{versions: map[int]bool{}}
		t.months[month] = w
	}
	if !e.p.onBill {
		e.p.onBill = true
		w.parcels++
		w.versions[e.version] = true
	}
	if !due || e.lines[0].charge != chFreight {
		return
	}
	if !e.p.freight {
		e.p.freight = true
		w.freight += e.freight
	}
	if date >= w.lastDay {
		w.lastDay, w.last = date, about
	}
}

// volumeTier is one of the warehouse: percent of a month's freight from so many parcels on.
type volumeTier struct{ from, percent int64 }

// creditedMonths are paid; then the warehouse forgets it.
const (
	creditedMonths = 6
	creditAfter    = 63 // days from the end of a month
)

// hubMonthly is about how many parcels of the warehouse a month has: a quarter of them all.
func hubMonthly(o Options) int64 { return int64(o.Shipments) * 253 * 435 / (100_000 * int64(o.Weeks)) }

func (t tariffs) tiers() []volumeTier {
	first := max(t.monthly*6/10, 1)
	return []volumeTier{{first, 2}, {max(t.monthly*11/10, first+1), 3}}
}

// owed is the credit of a month, down to the cent. Of one with two price lists nobody knows.
func (t tariffs) owed(w *volumeMonth) int64 {
	percent := int64(0)
	for _, tier := range t.tiers() {
		if w.parcels >= tier.from {
			percent = tier.percent
		}
	}
	if len(w.versions) != 1 {
		return 0
	}
	return w.freight * percent / 100
}

// volumeCredit gives back on a bill of the warehouse what a month earned that ended creditAfter days ago.
func (m *biller) volumeCredit(b *bill) {
	date := m.billDay(b.service, b.seq)
	for d := date - creditAfter - billDays[b.service] + 1; d <= date-creditAfter; d++ {
		if _, _, dom := civil(d); dom != 1 || m.paid >= creditedMonths {
			continue
		}
		w := m.truth.months[dateText(d - 1)[:7]]
		if w == nil || m.g.cards.owed(w) == 0 {
			continue
		}
		credit := m.g.cards.owed(w)
		m.paid++
		m.volumePaid += credit
		b.entries = append(b.entries, &entry{category: catMisc, lines: []billLine{{charge: chCredit, amount: -credit}}, effects: []effectOf{{efCredits, -credit}}})
	}
}

// volumeTruth says which months' credits are missing. Credits pay the oldest first.
func (m *biller) volumeTruth() {
	today := m.g.zone.dayOf(m.g.asOf())
	sum := int64(0)
	for _, month := range slices.Sorted(maps.Keys(m.truth.months)) {
		w := m.truth.months[month]
		if dateText(today)[:7] <= month || w.lastDay == 0 {
			continue
		}
		owed := m.g.cards.owed(w)
		sum += owed
		missing := min(owed, sum-m.volumePaid)
		about := w.last
		about.Number, about.ShipmentID = "", ""
		r := Mistake{Rule: "R04", Soft: true, Expected: Cents(w.freight - missing), Billed: Cents(w.freight), Delta: Cents(missing)}.of(about)
		if missing > 0 {
			m.truth.Mistakes = append(m.truth.Mistakes, r)
		} else {
			r.Expected, r.Delta = r.Billed, 0
			m.truth.Near = append(m.truth.Near, r)
		}
	}
}
