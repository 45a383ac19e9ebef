package demo

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sort"
	"time"
)

// Truth is what is so and what the written files allow to know at AsOf. Weeks
// run Monday to Sunday in Los Angeles.
type Truth struct {
	Seed       uint64          `json:"seed"`
	Weeks      int             `json:"weeks"`
	Start      time.Time       `json:"start"`
	End        time.Time       `json:"end"`
	AsOf       time.Time       `json:"as_of"` // the least last export over all feeds
	Orders     int64           `json:"orders"`
	Shipments  int64           `json:"shipments"`
	Events     int64           `json:"events"`        // distinct scans in the files
	Orphans    int64           `json:"orphan_events"` // of these, scans of a number that no shipment is known to have
	Recycled   int64           `json:"recycled_numbers"`
	WrongLinks int64           `json:"withdrawn_links"`
	Feeds      []FeedTruth     `json:"feeds"`
	DueWeeks   []DueWeek       `json:"due_weeks"`
	Unmapped   []UnmappedTruth `json:"unmapped"`
	Transit    []TransitTruth  `json:"transit"`
	Exports    []time.Time     `json:"exports"`
}

// FeedTruth counts one feed's files. Records are data rows, dirty and repeated
// ones included: Records = Rows + Repeats + all Rejected.
type FeedTruth struct {
	Feed     string        `json:"feed"`
	Files    int           `json:"files"`
	Records  int64         `json:"records"`
	Rows     int64         `json:"rows"`
	Repeats  int64         `json:"exact_repeats"`
	Rejected []RejectTruth `json:"rejected"`
}

// RejectTruth counts dirty records. Column is the contract's name, empty where the whole record is broken.
type RejectTruth struct {
	Column string `json:"column"`
	Reason string `json:"reason"` // bad_time, bad_number, missing, broken_record
	N      int64  `json:"n"`
}

// DueWeek is the orders of a shop whose last day falls into a week: Due =
// OnTime + Late + Open; Excluded were cancelled before dispatch and deadline.
type DueWeek struct {
	Shop     string `json:"shop"`
	Week     string `json:"week"` // its Monday
	Due      int64  `json:"due"`
	OnTime   int64  `json:"on_time"`
	Late     int64  `json:"late"`
	Open     int64  `json:"open"`
	Excluded int64  `json:"excluded"`
}

// UnmappedTruth is a code that no map of the workspace knows.
type UnmappedTruth struct {
	Carrier string `json:"carrier"`
	Code    string `json:"code"`
	N       int64  `json:"n"`
}

// TransitTruth is the outbound parcels of a channel by the week of their first
// scan, in hours from there to delivery. The quantile p is the smallest t by
// which a share p was delivered; nil when never. Full counts everything that
// really happens, after AsOf too; a lost or returned parcel is never delivered.
// DeliveredMedian and DeliveredP90 stand for cohorts without an open parcel
// only: quantiles of the parcels that were delivered.
//
// IfDelivered is what an estimate under censoring converges to when everybody
// has been followed to the end: a parcel that came back, was lost or destroyed
// leaves those at risk there and then, one whose scans just end never does.
type TransitTruth struct {
	Channel         string   `json:"channel"`
	Week            string   `json:"week"`
	N               int64    `json:"n"`
	Open            int64    `json:"open"`      // no terminal scan known at AsOf
	Delivered       int64    `json:"delivered"` // in the end, after AsOf too
	Misdated        int64    `json:"misdated"`  // delivered, and the written files give another time
	Median          *float64 `json:"median_hours"`
	P90             *float64 `json:"p90_hours"`
	DeliveredMedian *float64 `json:"delivered_median_hours,omitempty"`
	DeliveredP90    *float64 `json:"delivered_p90_hours,omitempty"`

	IfDeliveredMedian *float64 `json:"if_delivered_median_hours"`
	IfDeliveredP90    *float64 `json:"if_delivered_p90_hours"`
}

// ledger collects the truth while rows are made.
type ledger struct {
	feeds                                                    []*feedLedger
	orders, shipments, events, orphans, recycled, wrongLinks int64
	due                                                      map[dueKey]*DueWeek
	transit                                                  map[transitKey]*cohort
	unmapped                                                 map[uint8]int64
}

type dueKey struct {
	shop uint8
	week int64
}

type transitKey struct {
	channel uint8
	week    int64
}

type cohort struct {
	n, open, misdated int64
	seconds           []int32 // of delivered parcels
	ended             []int32 // of parcels that ended otherwise
}

type feedLedger struct {
	name                   string
	files                  int
	records, rows, repeats int64
	rejected               []RejectTruth
	overlap                [][]byte // rows that the next export repeats
}

func newLedger() *ledger {
	return &ledger{due: map[dueKey]*DueWeek{}, transit: map[transitKey]*cohort{}, unmapped: map[uint8]int64{}}
}

func (l *ledger) feed(name string) *feedLedger {
	for _, f := range l.feeds {
		if f.name == name {
			return f
		}
	}
	f := &feedLedger{name: name}
	l.feeds = append(l.feeds, f)
	return f
}

// remember keeps every step-th row of a file for the next export.
func (f *feedLedger) remember(row int64, step int64, line []byte) {
	if row%step == 0 {
		f.overlap = append(f.overlap, slices.Clone(line))
	}
}

func (f *feedLedger) reject(column, reason string) {
	for i := range f.rejected {
		if f.rejected[i].Column == column && f.rejected[i].Reason == reason {
			f.rejected[i].N++
			return
		}
	}
	f.rejected = append(f.rejected, RejectTruth{column, reason, 1})
}

func (l *ledger) countUnmapped(carrier uint8) { l.unmapped[carrier]++ }

// countOrder judges o as the written files show it: it is delivered when all
// the given parcels are known to be.
func (l *ledger) countOrder(g *generator, o *order, parcels []outcome) {
	l.orders++
	key := dueKey{o.shop, weekOf(o.dueDay)}
	w := l.due[key]
	if w == nil {
		w = &DueWeek{Shop: shops[o.shop].id, Week: dateText(key.week)}
		l.due[key] = w
	}
	asOf := g.asOf()
	delivered, dispatched := int64(0), false
	for _, p := range parcels {
		dispatched = dispatched || (p.picked > 0 && p.picked <= asOf)
	}
	for _, p := range parcels {
		if p.knownDeliv == 0 {
			delivered = 0
			break
		}
		delivered = max(delivered, p.knownDeliv)
	}
	switch {
	case o.cancel > 0 && o.cancel <= asOf && !dispatched && o.cancel < o.deliverBefore:
		w.Excluded++
		return
	case delivered > 0 && delivered < o.deliverBefore:
		w.OnTime++
	case delivered > 0 || o.deliverBefore <= asOf:
		w.Late++
	default:
		w.Open++
	}
	w.Due++
}

// countTransit adds an outbound parcel to its cohort once it was scanned.
func (l *ledger) countTransit(g *generator, p outcome) {
	if p.picked == 0 || p.picked > g.asOf() {
		return
	}
	key := transitKey{p.parcel.service, weekOf(g.zone.dayOf(p.picked))}
	c := l.transit[key]
	if c == nil {
		c = &cohort{}
		l.transit[key] = c
	}
	c.n++
	if !p.knownEnd {
		c.open++
	}
	switch {
	case p.delivered > 0:
		c.seconds = append(c.seconds, int32(p.delivered-p.picked))
	case p.ended > 0:
		c.ended = append(c.ended, int32(p.ended-p.picked))
	}
	if p.knownDeliv > 0 && p.knownDeliv != p.delivered {
		c.misdated++
	}
}

func (l *ledger) finish(opts Options, g *generator) Truth {
	at := func(s int64) time.Time { return time.Unix(s, 0).UTC() }
	t := Truth{
		Seed: opts.Seed, Weeks: opts.Weeks, AsOf: at(g.asOf()), Start: at(g.zone.midnight(g.firstDay)), End: opts.End.UTC(),
		Orders: l.orders, Shipments: l.shipments, Events: l.events, Orphans: l.orphans, Recycled: l.recycled, WrongLinks: l.wrongLinks,
	}
	for _, e := range g.exports {
		t.Exports = append(t.Exports, at(e))
	}
	for _, f := range l.feeds {
		sort.Slice(f.rejected, func(i, j int) bool { return f.rejected[i].Column < f.rejected[j].Column })
		t.Feeds = append(t.Feeds, FeedTruth{f.name, f.files, f.records, f.rows, f.repeats, f.rejected})
	}
	for _, w := range l.due {
		t.DueWeeks = append(t.DueWeeks, *w)
	}
	sort.Slice(t.DueWeeks, func(i, j int) bool {
		a, b := t.DueWeeks[i], t.DueWeeks[j]
		return a.Shop < b.Shop || (a.Shop == b.Shop && a.Week < b.Week)
	})
	for _, c := range []uint8{hdLine, usPost} {
		t.Unmapped = append(t.Unmapped, UnmappedTruth{carrierCodes[c], words[c][evUnmapped].code, l.unmapped[c]})
	}
	for k, c := range l.transit {
		t.Transit = append(t.Transit, c.truth(k))
	}
	sort.Slice(t.Transit, func(i, j int) bool {
		a, b := t.Transit[i], t.Transit[j]
		return a.Channel < b.Channel || (a.Channel == b.Channel && a.Week < b.Week)
	})
	return t
}

func (c *cohort) truth(k transitKey) TransitTruth {
	slices.Sort(c.seconds)
	slices.Sort(c.ended)
	t := TransitTruth{Channel: channels[k.channel].name, Week: dateText(k.week), N: c.n, Open: c.open, Delivered: int64(len(c.seconds)), Misdated: c.misdated}
	t.IfDeliveredMedian, t.IfDeliveredP90 = c.ifDelivered(0.5), c.ifDelivered(0.9)
	t.Median, t.P90 = c.quantile(1, 2, c.n), c.quantile(9, 10, c.n)
	if c.open == 0 {
		d := int64(len(c.seconds))
		t.DeliveredMedian, t.DeliveredP90 = c.quantile(1, 2, d), c.quantile(9, 10, d)
	}
	return t
}

// quantile is the smallest hours by which num/den of n parcels were delivered.
func (c *cohort) quantile(num, den, n int64) *float64 {
	rank := (n*num + den - 1) / den
	if n == 0 || rank > int64(len(c.seconds)) {
		return nil
	}
	h := float64(c.seconds[max(rank, 1)-1]) / hour
	return &h
}

// ifDelivered is the smallest hours after which at most a share 1-p is still on
// its way, where an end without a delivery only takes the parcel out of those
// that can be delivered later. Deliveries go before such ends of the same second.
func (c *cohort) ifDelivered(p float64) *float64 {
	atRisk, left, gone := c.n, 1.0, 0
	for i, s := range c.seconds {
		for gone < len(c.ended) && c.ended[gone] < s {
			gone++
			atRisk--
		}
		left *= float64(atRisk-1) / float64(atRisk)
		atRisk--
		last := i+1 == len(c.seconds) || c.seconds[i+1] != s
		if last && left <= 1-p+1e-9 { // rounding is far below the 1/n between two steps
			h := float64(s) / hour
			return &h
		}
	}
	return nil
}

func dateText(d int64) string {
	var s stamper
	s.load(d)
	return string(s.text[:])
}

func writeTruth(path string, t any) error {
	b, err := json.MarshalIndent(t, "", " ")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return nil
}
