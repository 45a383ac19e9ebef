package demo

import (
	"fmt"
	"maps"
	"slices"
)

// promise is what a provider's contract pays where a parcel comes later than so
// many days after its first scan: by the card's zone, or by business days of the platform's.
type promise struct {
	rule           string
	days           int64
	business       bool
	fixed          int64 // cents; 0: by the day
	perDay, most   int64
	except         uint8 // kind of scan with which nothing is paid
	key, exceptKey string
}

// promises by line; two providers promise nothing.
var promises = [4]promise{
	hdLine: {rule: "A08", days: 11, fixed: 1500, except: evImportHeld, key: "guarantee", exceptKey: "customs_held"},
	nhLine: {rule: "A09", days: 7, business: true, perDay: 400, most: 1200, except: evAttempt, key: "late", exceptKey: "attempt_failed"},
}

// promiseText is the promise as a version of a card says it.
func promiseText(line uint8) string {
	w := promises[line]
	days := fmt.Sprintf("days: %d, from: first_scan", w.days)
	if w.business {
		days += ", calendar: us_federal, tz: " + zoneName
	}
	pays := "fixed: " + money(w.fixed)
	if w.fixed == 0 {
		pays = fmt.Sprintf("per_day: %s, maximum: %s", money(w.perDay), money(w.most))
	}
	return fmt.Sprintf("    %s: {%s, %s, except: [%s], clause: on time of delivery}\n", w.key, days, pays, w.exceptKey)
}

// kept is how many days after the last promised one a parcel came, and whether it came on that one.
func (w promise) kept(g *generator, from, arrived int64) (late int64, lastDay bool) {
	if !w.business {
		last := floorDiv(from+chinaOffset, day) + w.days
		today := floorDiv(arrived+chinaOffset, day)
		return max(today-last, 0), today == last
	}
	last, today := g.cal.after(g.zone.dayOf(from), int(w.days)), g.zone.dayOf(arrived)
	for d := last + 1; d <= today; d++ {
		if g.cal.isBusiness(d) {
			late++
		}
	}
	return late, late == 0 && today >= last // a closed day after it is not late
}

// lateness notes what the contract pays because a parcel came late, as the files
// tell it; and where it pays nothing, a day from being late or with an exception.
func (m *biller) lateness(d *draft, out *outcome) {
	w := promises[d.line]
	if w.rule == "" || out.knownDeliv == 0 {
		return
	}
	late, lastDay := w.kept(m.g, out.picked, out.knownDeliv)
	excepted := w.except == evImportHeld && out.held || w.except == evAttempt && out.attempt > 0
	switch {
	case late > 0 && !excepted && w.fixed > 0:
		d.p.late = w.fixed
	case late > 0 && !excepted:
		d.p.late = min(late*w.perDay, w.most)
	case (late > 0 || lastDay) && d.counted:
		d.near = append(d.near, Mistake{Rule: w.rule})
	}
}

// lateOne is a parcel that came late.
type lateOne struct {
	pays, credited int64
	about          Mistake // of the last bill with its freight; without a rule: none has it
}

// followLate adds an entry to what is known of a late parcel.
func (t *moneyLedger) followLate(e *entry, about Mistake, due bool) {
	w := t.late[e.p.serial]
	if w == nil {
		w = &lateOne{pays: e.p.late}
		t.late[e.p.serial] = w
	}
	switch first := e.lines[0]; {
	case first.charge == chCredit:
		w.credited -= e.total()
	case due && first.charge == chFreight && first.amount > 0:
		w.about = about
		w.about.Rule = promises[channels[e.p.service].line].rule
	}
}

// lateTruth says what is still to be paid. What was given back for anything else pays it too.
func (t *moneyLedger) lateTruth() {
	for _, serial := range slices.Sorted(maps.Keys(t.late)) {
		w := t.late[serial]
		back := min(w.credited, w.pays)
		m := Mistake{Rule: w.about.Rule, Charge: chargeWords[chFreight], Expected: Cents(-w.pays), Billed: Cents(-back), Delta: Cents(w.pays - back)}.of(w.about)
		switch {
		case w.about.Rule == "":
		case m.Delta > 0:
			t.Mistakes = append(t.Mistakes, m)
		default:
			t.Near = append(t.Near, m)
		}
	}
}
