package demo

import (
	"errors"
	"time"
)

// One bill of so many comes in another way than once and whole, and the total
// of one of so many is not that of its lines. Only bills of the history that a
// later export of the history can follow.
const (
	kindEvery  = 40
	totalEvery = 5
)

// runDay makes the bills of a day that is over.
func (m *biller) runDay(d int64) {
	until := m.g.zone.midnight(d + 1)
	for service := range uint8(len(channels)) {
		for m.issued(service, m.next[service]) < until {
			for _, foreign := range [...]bool{false, true} {
				key := billKey{service, m.next[service], foreign}
				b := m.open[key]
				delete(m.open, key)
				if b != nil {
					m.issue(b)
				}
			}
			m.next[service]++
		}
	}
}

// account adds what is due of the account itself, and drops return fees that became right or wrong since.
func (m *biller) account(b *bill) {
	kept := b.entries[:0]
	for _, e := range b.entries {
		if !e.returns || !e.wrongly || !e.p.sentBack {
			kept = append(kept, e)
		}
	}
	b.entries = kept
	if channels[b.service].line == owUS && len(kept) > 0 && !b.foreign {
		m.volumeCredit(b)
		b.entries = append(b.entries, &entry{category: catMisc, lines: []billLine{{charge: chAccount, amount: 1200}}, effects: []effectOf{{efAccount, 1200}}})
	}
}

func (m *biller) issue(b *bill) {
	m.account(b)
	if len(b.entries) == 0 {
		return
	}
	v := version{b: b, date: m.billDay(b.service, b.seq), kind: "original", current: true}
	v.no = b.account() + billNumber(b.service, v.date)
	if b.foreign || b.service == smallBills {
		m.issueSmall(&v)
		return
	}
	n := m.made
	m.made++
	kind := int64(0)
	if m.g.period < m.g.history-1 {
		kind = n % kindEvery
	}
	again := v
	withheld, dear := v.parts()
	total, _ := b.sums()
	switch {
	case kind == 7:
		again.kind, again.current = "resend", false
		m.later = append(m.later, again)
		m.truth.Near = append(m.truth.Near, m.whole(&v, "A02", "", total, total))
	case kind == 17:
		again.no, again.date, again.duplicateOf = v.no+"B", v.date+7, v.no
		m.later = append(m.later, again)
	case kind == 27 && dear >= 0:
		again.kind = "rebill"
		m.later = append(m.later, again)
		v.current, v.dearer = false, true
	case kind == 33 && withheld > 0:
		again.kind = "supplement"
		m.later = append(m.later, again)
		v.current, v.without = false, true
	case kind == 37 && withheld > 0 && dear >= 0:
		again.kind, again.part, again.dear = "supplement", true, dear
		m.later = append(m.later, again)
		v.current, v.without, v.dearerOne, v.dear = false, true, true, dear
	case n%totalEvery == 1:
		v.off = 500 + n%7*111
		m.truth.Mistakes = append(m.truth.Mistakes, m.whole(&v, "I01", "", total, total+v.off))
	case n%totalEvery == 4:
		v.off = 1 // a cent of rounding
		m.truth.Near = append(m.truth.Near, m.whole(&v, "I01", "", total, total+v.off))
	case n%totalEvery == 2 && channels[b.service].line == owUS:
		b.spell()
	}
	m.send(&v)
	m.truth.count(b, v.no, v.date)
}

// sendLater writes what follows the bills of the export before.
func (m *biller) sendLater() {
	later := m.later
	m.later = nil
	for i := range later {
		v := &later[i]
		m.send(v)
		if v.duplicateOf == "" {
			continue
		}
		total, _ := v.b.sums()
		m.truth.Mistakes = append(m.truth.Mistakes, m.whole(v, "A02", effectNames[efNotDue], 0, total))
		s := m.truth.slice(v.b.service, v.date)
		s.Billed += Cents(total)
		s.Effects[effectNames[efNotDue]] += Cents(total)
	}
}

// whole is a mistake of a bill as a whole.
func (m *biller) whole(v *version, rule, effect string, expected, billed int64) Mistake {
	service := v.b.service
	return Mistake{Rule: rule, Provider: channels[service].provider, Account: v.b.account(), BillNo: v.no, Effect: effect,
		Expected: Cents(expected), Billed: Cents(billed), Delta: Cents(billed - expected), Currency: currencies[channels[service].line]}
}

// billNumber is what a bill's number has after the account.
func billNumber(service uint8, date int64) string {
	text := dateText(date)
	if channels[service].line == owUS {
		return text[2:4] + text[5:7] + text[8:]
	}
	return "-" + text[:4] + text[5:7] + text[8:]
}

func (b *bill) sums() (total int64, lines int) {
	for _, e := range b.entries {
		total += e.total()
		lines += len(e.lines)
	}
	return total, lines
}

// version is a bill as one file has it.
type version struct {
	b           *bill
	no          string
	date        int64
	kind        string
	current     bool
	duplicateOf string
	part        bool  // only what the version before lacks or has otherwise
	without     bool  // the withheld entries are left out
	dearer      bool  // the freight of all entries that stand alone is too high
	dearerOne   bool  // that of the entry at dear is
	dear        int   // index of an entry
	off         int64 // how far the stated total is from that of the lines
}

const withheldEvery = 5

// withheld entries come with a supplement: none that another entry's number repeats.
func (v *version) withheld(i int) bool { return i%withheldEvery == 1 && v.b.entries[i].alone }

// parts are how many entries can be withheld, and the first whose freight can be corrected; -1: none.
func (v *version) parts() (withheld, dear int) {
	dear = -1
	for i := range v.b.entries {
		switch {
		case v.withheld(i):
			withheld++
		case dear < 0 && v.correctable(i):
			dear = i
		}
	}
	return withheld, dear
}

func (v *version) correctable(i int) bool {
	e := v.b.entries[i]
	return e.alone && e.category == catShip && len(e.lines) > 0 && e.lines[0].charge == chFreight
}

// lines are what this version has of entry i.
func (v *version) lines(i int) []billLine {
	e := v.b.entries[i]
	up := int64(0)
	switch {
	case v.part && i == v.dear:
		return e.lines[:1]
	case v.part && !v.withheld(i), v.without && v.withheld(i):
		return nil
	case v.dearer && v.correctable(i):
		up = e.lines[0].amount / 20
	case v.dearerOne && i == v.dear:
		up = 500
	}
	if up == 0 {
		return e.lines
	}
	lines := append([]billLine{}, e.lines...)
	lines[0].amount += up
	return lines
}

// send writes a version into the running export and notes it.
func (m *biller) send(v *version) {
	line := channels[v.b.service].line
	total, lines := int64(0), 0
	for i := range v.b.entries {
		own := v.lines(i)
		lines += len(own)
		for _, l := range own {
			total += l.amount
		}
	}
	m.truth.lines[line] += int64(lines)
	if v.part {
		total, lines = v.b.sums()
	}
	f, err := m.file(line)
	if err != nil {
		m.err = errors.Join(m.err, err)
		return
	}
	if line == owUS {
		m.long(f, v, total+v.off)
	} else {
		m.wide(f, v, total+v.off)
	}
	m.truth.Bills = append(m.truth.Bills, BillTruth{
		Provider: channels[v.b.service].provider, Account: v.b.account(), BillNo: v.no, BillDate: dateText(v.date), Kind: v.kind, Part: v.part, Current: v.current,
		DuplicateOf: v.duplicateOf, Feed: billFeeds[line], Exported: time.Unix(m.g.exports[m.g.period], 0).UTC().Format(time.RFC3339), Currency: currencies[line],
		Lines: lines, Total: Cents(total), Stated: Cents(total + v.off),
	})
}

// issueSmall makes a bill of another customer's, or one of the account that is billed every other day: of every
// five of these one comes again, and one comes again under another number.
func (m *biller) issueSmall(v *version) {
	if !v.b.foreign {
		total, _ := v.b.sums()
		again, n := *v, m.small
		m.small++
		switch {
		case m.g.period >= m.g.history-1:
		case n%5 == 1:
			again.no, again.date, again.duplicateOf = v.no+"B", v.date+7, v.no
			m.later = append(m.later, again)
		case n%5 == 3:
			again.kind, again.current = "resend", false
			m.later = append(m.later, again)
			m.truth.Near = append(m.truth.Near, m.whole(v, "A02", "", total, total))
		}
	}
	m.send(v)
	m.truth.count(v.b, v.no, v.date)
}

// spell fills the account of a bill up with zeros; of large bills the truth says so of the first parcels.
func (b *bill) spell() {
	b.spelled = true
	for i, e := range b.entries {
		if e.p != nil && i < 40 {
			e.near = append(e.near, Mistake{Rule: "A05"})
		}
	}
}
