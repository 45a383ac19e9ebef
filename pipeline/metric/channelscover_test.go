package metric

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// lot is what one channel sends into one state on one ship day.
type lot struct {
	channel, state string
	perDay         float64
	rate           float64
}

// confounded are three channels of which the best carries most of the hard
// states. Within each state A is 4 points better than B and 6 better than C, so
// these are the adjusted differences at any mix.
func confounded() []lot {
	base := map[string]float64{"CA": 0.90, "TX": 0.82, "FL": 0.72, "AK": 0.60}
	gain := map[string]float64{"A": 0.04, "B": 0, "C": -0.02}
	volume := map[string]map[string]float64{
		"A": {"CA": 3, "TX": 5, "FL": 9, "AK": 9},
		"B": {"CA": 12, "TX": 8, "FL": 4, "AK": 3},
		"C": {"CA": 9, "TX": 9, "FL": 5, "AK": 4},
	}
	var out []lot
	for _, c := range []string{"A", "B", "C"} {
		for _, s := range []string{"CA", "TX", "FL", "AK"} {
			out = append(out, lot{c, s, volume[c][s], base[s] + gain[c]})
		}
	}
	return out
}

// draw makes the cells of 13 weeks. All parcels of a channel's day share a shock
// of their rates, as those of one flight do.
func draw(lots []lot, shock float64, seed uint64) comparedCells {
	random := rand.New(rand.NewPCG(seed, 20261116))
	var out comparedCells
	at := map[string]int{}
	for day := range int64(13 * 7) {
		moved := map[string]float64{}
		for _, l := range lots {
			if _, ok := moved[l.channel]; !ok {
				moved[l.channel] = shock * (2*random.Float64() - 1)
			}
			for _, band := range []string{"0-100", "250-500"} {
				n := int64(0)
				for range 2 * int(math.Ceil(l.perDay)) {
					if random.Float64() < l.perDay/2/(2*math.Ceil(l.perDay)) {
						n++
					}
				}
				key := comparedKey{l.channel, l.state, []string{l.state, band, fmt.Sprintf("2026-%02d", 8+day/31)}}
				name := fmt.Sprint(key)
				if _, ok := at[name]; !ok {
					at[name] = len(out.cells)
					out.cells = append(out.cells, key)
				}
				c := parcelCell{cell: at[name], day: day, due: n, shipped: n}
				for range n {
					if random.Float64() < l.rate+moved[l.channel] {
						c.onTime++
					}
				}
				if n > 0 {
					out.parcels = append(out.parcels, c)
				}
			}
		}
	}
	return out
}

// The intervals of adjusted differences and of adjusted rates hold what they are
// estimates of as often as they say; the crude ones do not, because they answer
// for the mix as well.
func TestAdjustedIntervalsCover(t *testing.T) {
	const draws = 400
	rules, err := compareRules(Input{})
	if err != nil {
		t.Fatal(err)
	}
	truth := map[[2]string]float64{{"A", "B"}: 0.04, {"A", "C"}: 0.06, {"B", "C"}: 0.02}
	type tally struct{ held, of int }
	add := func(n *tally, s *Span, want float64) {
		n.of++
		if s.Low <= want && want <= s.High {
			n.held++
		}
	}
	var adjusted, crude, stratified, decided tally
	each := map[[2]string]*tally{}
	for seed := range uint64(draws) {
		got, err := compare(draw(confounded(), 0.09, seed), "channel", rules)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Pairs) != 3 {
			t.Fatalf("seed %d: %d pairs", seed, len(got.Pairs))
		}
		for _, p := range got.Pairs {
			a, b := p.A, p.B
			want, ok := truth[[2]string{a, b}]
			sign := 1.0
			if !ok {
				a, b, sign = b, a, -1
				want = -truth[[2]string{a, b}]
			}
			if each[[2]string{a, b}] == nil {
				each[[2]string{a, b}] = &tally{}
			}
			add(&adjusted, p.Adjusted, want)
			add(each[[2]string{a, b}], p.Adjusted, want)
			add(&stratified, p.Stratified, want)
			add(&crude, &p.Crude, want)
			if p.Verdict == "better" || p.Verdict == "worse" {
				decided.of++
				if (p.Verdict == "better") == (sign > 0) {
					decided.held++
				}
			}
		}
	}
	share := func(n tally) float64 { return float64(n.held) / float64(n.of) }
	if s := share(adjusted); s < 0.92 || s > 0.98 {
		t.Errorf("adjusted intervals hold the truth in %.3f", s)
	}
	if s := share(stratified); s < 0.92 || s > 0.98 {
		t.Errorf("Mantel-Haenszel intervals hold the truth in %.3f", s)
	}
	if s := share(crude); s >= 0.5 {
		t.Errorf("crude intervals hold the truth in %.3f: the mix does not confound", s)
	}
	for pair, n := range each {
		if s := share(*n); s < 0.90 || s > 0.99 {
			t.Errorf("%v: adjusted intervals hold the truth in %.3f", pair, s)
		}
	}
	if decided.of < draws || share(decided) < 0.99 {
		t.Errorf("%d of %d verdicts have the right sign", decided.held, decided.of)
	}
	t.Logf("adjusted %.3f, stratified %.3f, crude %.3f, %d of %d verdicts right", share(adjusted), share(stratified), share(crude), decided.held, decided.of)
}

// By hand: two groups of 1,000 with variances 0.16 and 0.25 of one parcel and a
// difference of 0.02 need (1.959964 + 0.841621)^2 (0.16 + 0.25) / 0.0004 of each;
// one of three pairs takes 2.393980 for 1.959964.
func TestParcelsNeeded(t *testing.T) {
	of := func(variance float64) adjustedRate {
		a := adjustedRate{design: 1, n: 1000}
		a.rate.Variance = variance / 1000
		return a
	}
	s := shared{rules: CompareRules{Level: 0.95, Power: 0.8}, tests: 1}
	for tests, want := range map[int]int64{1: 8046, 3: 10731} {
		s.tests = tests
		if got := s.needed(0.02, of(0.16), of(0.25)); got != want {
			t.Errorf("%d pairs: %d, want %d", tests, got, want)
		}
	}
	if got := s.needed(0, of(0.16), of(0.25)); got != 0 {
		t.Errorf("no difference: %d", got)
	}
}
