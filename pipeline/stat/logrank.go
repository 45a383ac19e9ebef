package stat

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// GroupEnds are the events of one group beside those that it would have had if
// all groups of a stratum ran alike.
type GroupEnds struct {
	N        int64
	Observed int64
	Expected float64
}

// RankTest is the result of a log-rank test of equal curves. Chi2, DF and P hold
// where Defined only.
type RankTest struct {
	Chi2    float64
	DF      int
	P       float64 // probability of Chi2 or more
	Defined bool
	Why     string // why not Defined
	Groups  []GroupEnds
}

// LogRank tests whether groups run alike: strata[i][j] holds the cells of group j
// in stratum i. One stratum is the plain test of Mantel (1966) and Peto and Peto
// (1972); several are the stratified one, which adds observed less expected and
// its hypergeometric variance over the strata and compares within them only, as
// R's survdiff with strata() does.
//
// A group without durations where others have events has no expected events and
// is left out; so is a group that was over before any event: DF counts the
// others, less one. An empty stratum adds nothing. The test is not Defined when
// fewer than two groups are left, or when they fall apart into sets that were
// never at risk together (at an event that not all of those at risk had): then
// no comparison holds them all.
//
// It fails on strata with different numbers of groups and on impossible cells.
func LogRank(strata ...[][]Cell) (*RankTest, error) {
	if len(strata) == 0 {
		return &RankTest{Why: "there is no stratum"}, nil
	}
	r := newRanks(len(strata[0]))
	for i, groups := range strata {
		if len(groups) != len(strata[0]) {
			return nil, fmt.Errorf("stratum %d has %d groups, the first one %d", i, len(groups), len(strata[0]))
		}
		if err := r.stratum(groups); err != nil {
			return nil, fmt.Errorf("stratum %d: %w", i, err)
		}
	}
	return r.test(), nil
}

// ranks adds up the strata.
type ranks struct {
	groups   []GroupEnds
	total    int64
	expected []sum
	excess   []sum // observed less expected: taken per bin, where it loses no digits
	variance []float64
	// together names for each group the least one that it was compared with,
	// directly or through others.
	together []int
}

func newRanks(k int) *ranks {
	r := &ranks{
		groups: make([]GroupEnds, k), expected: make([]sum, k), excess: make([]sum, k),
		variance: make([]float64, k*k), together: make([]int, k),
	}
	for j := range r.together {
		r.together[j] = j
	}
	return r
}

// stratum adds one stratum.
func (r *ranks) stratum(groups [][]Cell) error {
	merged := make([][]Cell, len(groups))
	atRisk := make([]int64, len(groups))
	var bins []int64
	for j, cells := range groups {
		m, err := merge(cells)
		if err != nil {
			return fmt.Errorf("group %d: %w", j, err)
		}
		merged[j] = m
		for _, c := range m {
			if c.Events > math.MaxInt64-r.total || c.Censored > math.MaxInt64-r.total-c.Events {
				return fmt.Errorf("group %d: bin %d: counts overflow", j, c.Bin)
			}
			r.total += c.Events + c.Censored
			atRisk[j] += c.Events + c.Censored
			r.groups[j].Observed += c.Events
			bins = append(bins, c.Bin)
		}
		r.groups[j].N += atRisk[j]
	}
	slices.Sort(bins)
	events, leave := make([]int64, len(groups)), make([]int64, len(groups))
	for _, bin := range slices.Compact(bins) {
		for j, m := range merged {
			events[j], leave[j] = 0, 0
			if len(m) > 0 && m[0].Bin == bin {
				events[j], leave[j] = m[0].Events, m[0].Events+m[0].Censored
				merged[j] = m[1:]
			}
		}
		r.bin(atRisk, events)
		for j := range atRisk {
			atRisk[j] -= leave[j]
		}
	}
	return nil
}

// bin adds the events of one bin of a stratum.
func (r *ranks) bin(atRisk, events []int64) {
	var n, d int64
	for j := range atRisk {
		n += atRisk[j]
		d += events[j]
	}
	if d == 0 {
		return
	}
	rate := float64(d) / float64(n)
	for j, at := range atRisk {
		e := float64(at) * rate
		r.expected[j].add(e)
		r.excess[j].add(float64(events[j]) - e)
	}
	if d == n { // all ended: no group can have done better
		return
	}
	scale := rate * (float64(n-d) / float64(n-1))
	least := -1
	for i, at := range atRisk {
		if at == 0 {
			continue
		}
		if least < 0 {
			least = i
		}
		r.join(least, i)
		share := float64(at) / float64(n)
		for j, other := range atRisk {
			if i == j {
				r.variance[i*len(atRisk)+j] += scale * float64(at) * (float64(n-at) / float64(n))
			} else {
				r.variance[i*len(atRisk)+j] -= scale * share * float64(other)
			}
		}
	}
}

func (r *ranks) join(a, b int) {
	keep, drop := min(r.together[a], r.together[b]), max(r.together[a], r.together[b])
	for j, t := range r.together {
		if t == drop {
			r.together[j] = keep
		}
	}
}

// test closes the sums.
func (r *ranks) test() *RankTest {
	t := &RankTest{Groups: r.groups}
	var used []int
	for j := range t.Groups {
		t.Groups[j].Expected = r.expected[j].value()
		if t.Groups[j].Expected > 0 {
			used = append(used, j)
		}
	}
	if len(used) < 2 {
		t.Why = "fewer than two groups were at risk at an event"
		return t
	}
	for _, j := range used {
		if r.together[j] != r.together[used[0]] {
			t.Why = "not all groups were at risk together"
			return t
		}
	}
	// The rows sum to zero: any group may be left out, the last one is.
	t.DF = len(used) - 1
	excess := mat.NewVecDense(t.DF, nil)
	variance := mat.NewSymDense(t.DF, nil)
	for a := range t.DF {
		excess.SetVec(a, r.excess[used[a]].value())
		for b := a; b < t.DF; b++ {
			variance.SetSym(a, b, r.variance[used[a]*len(r.groups)+used[b]])
		}
	}
	var chol mat.Cholesky
	var solved mat.VecDense
	if !chol.Factorize(variance) || chol.SolveVecTo(&solved, excess) != nil {
		t.DF, t.Why = 0, "the groups were at risk together too little to compare them"
		return t
	}
	t.Chi2 = math.Max(0, mat.Dot(excess, &solved))
	t.P = distuv.ChiSquared{K: float64(t.DF)}.Survival(t.Chi2)
	t.Defined = true
	return t
}
