package demo

// What usual mistakes of weighing would bill for a parcel. A weight that two of
// them give is told apart by nobody, so that bills have none such.

// unitFactors are between the units in which parcels are weighed, 1e-5: pounds
// for kilograms, jin, grams, ounces for kilograms and for pounds, grams for ounces and for pounds.
var unitFactors = [...]int64{220_462, 200_000, 100_000_000, 3_527_396, 1_600_000, 2_834_952, 45_359_237}

// Divisors of volumes and steps of weights that are usual somewhere.
var (
	usualDivisors = [...][]int64{
		hdLine: {4000, 5000, 6000, 7000, 8000, 9000}, nhLine: {4000, 5000, 6000, 7000, 8000, 9000},
		pbLine: {4000, 5000, 6000, 7000, 8000, 9000}, owUS: {139, 166, 194, 250},
	}
	usualSteps = [...]int64{10, 50, 100, 500, 1000} // g
)

// weighings are the rules one of whose mistakes would bill just this weight.
func (d *draft) weighings(weight int64) map[string]bool {
	step := weightSteps[d.line].step
	out := map[string]bool{}
	say := func(rule string, w int64) {
		if w == weight {
			out[rule] = true
		}
	}
	for _, f := range unitFactors {
		for _, base := range [...]int64{d.weight, d.p.weight} {
			// a thousandth about the factor is the factor to the audit
			if off := weight*100_000 - base*f; d.line != owUS && off*1000 <= base*f && -off*1000 <= base*f {
				out["W06"] = true
			}
		}
		say("W06", ceilTo(ceilDiv(d.weight*f, 100_000), step))
		if d.line == owUS {
			say("W06", ceilDiv(d.p.weight*f, 45_359_237))
		} else {
			say("W06", ceilTo(ceilDiv(d.p.weight*f, 100_000), step))
		}
	}
	for _, divisor := range usualDivisors[d.line] {
		rule := "W02"
		if divisor == lineDivisor && (d.line == hdLine || d.line == pbLine) || divisor == owDivisor && d.line == owUS {
			rule = "W05" // the contract's own, where its volume does not count
		}
		say(rule, ceilTo(volumeWeight(d.line, d.b, divisor), step))
	}
	for _, s := range usualSteps {
		if d.line != owUS && s > step {
			say("W03", ceilTo(d.weight, s))
		}
	}
	if least := otherLeast[d.line]; least > 0 {
		say("W04", least)
	}
	return out
}

// doubtful reports whether another rule than this one would give the weight as well.
func (d *draft) doubtful(rule string, weight int64) bool {
	for other := range d.weighings(weight) {
		if other != rule {
			return true
		}
	}
	return false
}
