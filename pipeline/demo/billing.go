package demo

// A bill covers some days of first scans and is made two days after the last
// of them. It is written with the next export of all systems.

// accounts, one per channel.
var accounts = [...]string{"HD-8801", "HD-8802", "PB-3301", "NH-5501", "NH-5502", "1OW887"}

// foreignAccounts are of other customers, whose bills come to us by mistake.
var foreignAccounts = [...]string{"HD-8817", "HD-8818", "PB-3390", "NH-5533", "NH-5534", "1OW912"}

// billDays is the length of a bill's period, one per channel.
var billDays = [...]int64{14, 14, 7, 2, 14, 7}

// smallBills is the account that is billed every other day.
const smallBills = 3

const (
	billLag   = 2 // days from the end of the period to the bill
	creditLag = 3 // bills from a mistake to its credit
)

// Effects of which billed minus quoted is the sum.
const (
	efWeight = iota
	efZone
	efRate
	efSurcharge
	efDuty
	efTax
	efFX
	efCredits
	efAccount
	efUnmatched
	efNotDue
	effectKinds
)

var effectNames = [effectKinds]string{"weight", "zone", "rate", "surcharge", "duty", "tax", "fx", "credits", "account", "unmatched", "not_due"}

// billLine is one charge of an entry.
type billLine struct {
	charge          uint8
	spelling        uint8 // another way of writing the charge's name
	amount          int64
	quantity, price int64 // 0: the bill states none
}

// entry is what a bill says of one parcel at one place: a row of a Chinese
// bill, one row per charge of the other.
type entry struct {
	p        *parcel // nil: the account itself
	num      number
	last     number // second number as the bill shows it
	ref      int64  // order number, 0: not stated
	weight   int64  // billed, g or lb
	volume   int64  // weight of the volume as the bill shows it
	zone     int64
	rate     int64 // dollars for a yuan, 1e-6; 0: not stated
	category uint8
	returns  bool // the line is a return fee; not when the buyer has sent the parcel back
	wrongly  bool // … and none is due
	lines    []billLine
	scanned  int64 // first scan
	quoted   int64 // in the bill's currency
	priced   int64 // in that of the card
	effects  []effectOf
	mistakes []Mistake
	near     []Mistake
	alone    bool // nothing else in its bill names this number
	said     said
	day      int64 // of the card
	version  int   // that holds on it
	freight  int64 // by it
}

type effectOf struct {
	kind   uint8
	amount int64
}

// Categories of a line as US bills say them.
const (
	catShip = iota
	catReturn
	catAdjust
	catMisc
)

func (e *entry) total() int64 {
	sum := int64(0)
	for _, l := range e.lines {
		sum += l.amount
	}
	return sum
}

// bill collects entries until it is made.
type bill struct {
	billKey
	spelled bool // the account is filled up with zeros
	entries []*entry
}

type billKey struct {
	service uint8
	seq     int64
	foreign bool // of another customer
}

// account is that of the bill, as it writes it.
func (b *bill) account() string {
	switch {
	case b.foreign:
		return foreignAccounts[b.service]
	case b.spelled:
		return "000" + accounts[b.service]
	}
	return accounts[b.service]
}

// biller decides what providers bill, rightly and wrongly.
type biller struct {
	g                *generator
	open             map[billKey]*bill
	next             [6]int64               // by service: the first period that is not billed yet
	seen             [4]int64               // parcels by line
	done             [4][maxScenarios]int64 // parcels by line and scenario
	made             int64                  // bills, without small and foreign ones
	small            int64
	paid, volumePaid int64 // volume credits, and their cents
	ghost            int64
	later            []version // of bills, that come with the next export
	files            [4]*file  // of the running export, by line
	buf              []byte
	err              error
	truth            *moneyLedger
}

func newBiller(g *generator) *biller {
	return &biller{g: g, open: map[billKey]*bill{}, truth: newMoneyLedger()}
}

// seqOf is the billing period of an instant.
func (m *biller) seqOf(service uint8, t int64) int64 {
	return max(0, floorDiv(m.g.zone.dayOf(t)-m.g.firstDay, billDays[service]))
}

// billDay is the date of a bill, issued the instant at which it is made.
func (m *biller) billDay(service uint8, seq int64) int64 {
	return m.g.firstDay + (seq+1)*billDays[service] + billLag
}

func (m *biller) issued(service uint8, seq int64) int64 {
	return m.g.zone.midnight(m.billDay(service, seq)) + 9*hour
}

func (m *biller) put(service uint8, seq int64, e *entry) { m.putOn(billKey{service, seq, false}, e) }

func (m *biller) putOn(k billKey, e *entry) {
	b := m.open[k]
	if b == nil {
		b = &bill{billKey: k}
		m.open[k] = b
	}
	b.entries = append(b.entries, e)
}

// parcel bills what a provider has to say of a parcel whose life is known.
func (m *biller) parcel(p *parcel, s *script, out *outcome, linked bool) {
	if p.role == roleReturn || m.g.opts.NoBills {
		return
	}
	g := m.g
	d := m.newDraft(p)
	if g.known(g.periodOf(p.label)) {
		m.truth.quote(p.service, d.day, d.right.total()+m.owesReturn(p, s, linked)+owesLater(&d, out))
	}
	at := out.picked
	switch {
	case p.voided > 0:
		at = p.voided
	case at == 0:
		return
	}
	seq := m.seqOf(p.service, at)
	d.dated(m.issued(p.service, seq), m.billDay(p.service, seq))
	d.linked = linked && !p.last.none() && p.handover <= d.issue
	d.undelivered, d.delivered = out.delivered == 0, out.delivered
	d.became(s, out)
	d.voided = p.voided > 0
	d.counted = g.opts.Shipments <= fullUpTo || d.dice.below(int64(g.opts.Shipments)) < fullUpTo
	switch {
	case !d.voided:
		m.seen[d.line]++
		m.choose(&d)
	case !d.counted:
		return
	}
	if d.unbilled {
		m.truth.unbill(&d, at)
		return
	}
	m.fate(&d, s, out, linked)
	m.lateness(&d, out)
	m.emit(&d, seq, at)
	for i := range s.n {
		// a return that the files cannot tell of is none to anybody who reads them
		if s.events[i].kind == evReturned && (linked || s.events[i].num == p.num) {
			m.returnFee(&d, s.events[i].at, false)
		}
	}
}

// owesReturn is the fee of a parcel that is known to be on its way back.
func (m *biller) owesReturn(p *parcel, s *script, linked bool) int64 {
	for _, e := range s.events[:s.n] {
		if e.kind == evReturning && e.at <= m.g.asOf() && (linked || e.num == p.num) {
			return returnFees[channels[p.service].line]
		}
	}
	return 0
}

// emit makes the entries of a draft.
func (m *biller) emit(d *draft, seq, at int64) {
	p := d.p
	e := &entry{
		p: p, num: p.num, ref: p.orders[0], weight: d.billedWeight, volume: d.shownVolume, zone: d.billedZone, rate: d.rate,
		scanned: at, quoted: d.total(d.right), priced: d.right.total(), mistakes: d.mistakes, near: d.near, alone: !d.reversed && d.copies == 0 && d.correction == 0,
		said: d.said, day: d.day, version: d.version, freight: d.right[chFreight],
	}
	if p.handover > 0 && p.handover <= d.issue {
		e.last = p.last
	}
	if d.underLast {
		e.num, e.last = p.last, number{}
	}
	e.priced += d.owed
	e.lines = d.lines()
	for kind, v := range d.effects {
		if v != 0 {
			e.effects = append(e.effects, effectOf{uint8(kind), v})
		}
	}
	switch {
	case d.voided && !m.neverScanned(p): // it looks like one that is on its way
		e.near = []Mistake{{Rule: "A03"}}
	case d.voided:
		e.quoted, e.priced, e.effects, e.mistakes, e.near = 0, 0, nil, nil, nil
		m.notDue(e, efNotDue, "A03")
	}
	if d.foreign {
		e.quoted, e.effects, e.mistakes, e.near = 0, nil, nil, nil
		m.notDue(e, efNotDue, "A05")
		m.putOn(billKey{p.service, seq, true}, e)
		return
	}
	m.put(p.service, seq, e)
	m.correctAgain(d, e, seq)
	if d.dutyRate > 0 {
		m.put(p.service, seq, m.dutyRow(e, d.dutyRate))
	}
	if d.credit > 0 {
		m.put(p.service, seq+creditLag, &entry{p: p, num: e.num, ref: e.ref, category: catAdjust, alone: true,
			lines: []billLine{{charge: chCredit, amount: -d.credit}}, effects: []effectOf{{efCredits, -d.credit}}})
	}
	if d.reversed {
		minus, again := m.reversal(e), m.again(e)
		m.put(p.service, seq, minus)
		m.put(p.service, seq, again)
	}
	if d.copies > 0 {
		twin := m.again(e)
		if d.line == owUS { // the other bill repeats a single charge
			twin.lines = twin.lines[:1]
		}
		twin.leaveOut(chPickup) // there may be two of them
		m.notDue(twin, efNotDue, "A01")
		m.put(p.service, seq+int64(d.copies-1), twin)
	}
	if d.ghost {
		m.ghost++
		fake := m.again(e)
		fake.num = number{carrier: p.num.carrier, kind: p.num.kind, serial: numberForms[p.num.kind].limit() - m.ghost}
		fake.p, fake.ref, fake.last = m.stranger(p), 578_000_000_000_000_000+m.ghost*41, number{}
		m.notDue(fake, efUnmatched, "A04")
		m.put(p.service, seq, fake)
	}
	if d.returnWrongly {
		m.returnFee(d, d.delivered+5*day, true)
	}
}

// voidAfter is how long after its label a parcel that nobody scanned is known to be void.
const voidAfter = 21 * day

func (m *biller) neverScanned(p *parcel) bool {
	return p.label < floorDiv(m.g.asOf(), day)*day-voidAfter
}

// again repeats an entry's lines without what is known of them.
func (m *biller) again(e *entry) *entry {
	twin := *e
	twin.lines = append([]billLine{}, e.lines...)
	twin.quoted, twin.priced, twin.effects, twin.mistakes, twin.near = 0, 0, nil, nil, nil
	return &twin
}

func (m *biller) reversal(e *entry) *entry {
	minus := m.again(e)
	minus.category = catAdjust
	for i := range minus.lines {
		minus.lines[i].amount *= -1
		minus.lines[i].quantity *= -1
	}
	return minus
}

// notDue makes all of an entry one mistake per charge.
func (m *biller) notDue(e *entry, effect uint8, rule string) {
	for _, l := range e.lines {
		e.mistakes = append(e.mistakes, Mistake{Rule: rule, Charge: chargeWords[l.charge], Effect: effectNames[effect], Billed: Cents(l.amount), Delta: Cents(l.amount)})
	}
	e.effects = []effectOf{{effect, e.total()}}
}

// stranger is a parcel of somebody else that looks like p.
func (m *biller) stranger(p *parcel) *parcel {
	q := *p
	q.serial = 0
	return &q
}

// returnFee bills a return some days after it happened, of every third one two months later.
func (m *biller) returnFee(d *draft, at int64, wrongly bool) {
	p := d.p
	lag := int64(day)
	if p.serial%3 == 0 {
		lag = 60 * day
	}
	seq := max(m.seqOf(p.service, at+lag), m.next[p.service])
	quoted, fee := converted(returnFees[d.line], d.reference), converted(returnFees[d.line], d.rate)
	e := &entry{p: p, num: p.num, ref: p.orders[0], category: catReturn, returns: true, wrongly: wrongly, alone: true,
		lines: []billLine{{charge: chReturn, amount: fee}}}
	if wrongly {
		e.effects = []effectOf{{efSurcharge, fee}}
		e.mistakes = []Mistake{{Rule: "T01", Charge: "return", Effect: "surcharge", Billed: Cents(fee), Delta: Cents(fee)}}
	} else {
		e.quoted, e.priced = quoted, returnFees[d.line]
		if d.counted {
			e.near = []Mistake{{Rule: "T01"}}
		}
		if fee > quoted { // by the parcel's rate of exchange
			e.effects = []effectOf{{efFX, fee - quoted}}
			if x := d.exchange(quoted, fee); len(d.mistakes) > 0 {
				e.mistakes = []Mistake{x}
			} else {
				e.near = append(e.near, x)
			}
		}
	}
	m.put(p.service, seq, e)
}

func (f numberForm) limit() int64 {
	limit := int64(1)
	for range f.digits {
		limit *= 10
	}
	return limit
}
