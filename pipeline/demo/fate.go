package demo

// fate notes what is worth a look although the contract says nothing of it:
// freight of a parcel that was lost a month ago, and nothing given back; freight
// billed two months ago of one whose scans stop short of any end.
func (m *biller) fate(d *draft, s *script, out *outcome, linked bool) {
	today := floorDiv(m.g.asOf(), day)
	if d.voided || d.foreign {
		return
	}
	rule := ""
	for _, e := range s.events[:s.n] {
		if (e.kind == evLost || e.kind == evDestroyed) && (linked || e.num == d.p.num) && e.at < (today-30)*day && d.credit == 0 && !d.reversed {
			rule = "A06"
		}
	}
	if out.knownDeliv == 0 && !out.knownEnd && m.owesReturn(d.p, s, linked) == 0 && d.billDay < today-60 {
		rule = "A07"
	}
	if rule != "" {
		freight := Cents(converted(d.billed[chFreight], d.rate))
		d.mistakes = append(d.mistakes, Mistake{Rule: rule, Soft: true, Charge: chargeWords[chFreight], Billed: freight, Delta: freight})
	}
	if !d.counted {
		return
	}
	over := false // it was lost, and that is paid or not long ago; or it came back, which costs its freight
	for _, e := range s.events[:s.n] {
		if (e.kind == evLost || e.kind == evDestroyed || e.kind == evReturned) && (linked || e.num == d.p.num) && e.at <= m.g.asOf() {
			over = true
		}
	}
	if over && rule != "A06" {
		d.near = append(d.near, Mistake{Rule: "A06"})
	}
	if out.knownDeliv == 0 && rule != "A07" {
		d.near = append(d.near, Mistake{Rule: "A07"})
	}
}
