package stat

import (
	"fmt"
	"math"
)

// Design is how much wider than for independent parcels the variance of a rate is,
// because the parcels of one cluster (a ship day, a flight) share their fate.
type Design struct {
	Effect   float64 // at least 1: the factor for Wilson, Newcombe, Rate
	Raw      float64 // as estimated, meaningful where Known
	Clusters int     // with a parcel in them
	Known    bool    // false: fewer than two clusters, or no variance to compare with; Effect is 1
}

// DesignEffect estimates it from the counts of each cluster: the variance of the
// ratio of cluster totals, C / (C-1) sum (x - p n)^2 / N^2, over p (1-p) / N (Rao and
// Scott 1992). An effect below 1 is taken for chance. It fails on a count that is
// not a share.
func DesignEffect(clusters []Count) (Design, error) {
	rows := make([][]Count, len(clusters))
	for c := range clusters {
		rows[c] = clusters[c : c+1]
	}
	all, err := pool(clusters)
	if err != nil || all.Den == 0 {
		return Design{Effect: 1}, err
	}
	return designEffect(rows, []int{0}, []float64{1})
}

// DesignEffect is the design effect of a group's standardised rate: clusters[c][k]
// is the count of cluster c in stratum k. The residuals of a cluster are taken
// from each stratum's own rate and add up over its strata, so that what a ship day
// does to all states at once is in it, and the mix of the day is not.
func (o *Overlap) DesignEffect(clusters [][]Count) (Design, error) {
	if len(o.Used) == 0 {
		return Design{}, ErrNoOverlap
	}
	for c, row := range clusters {
		if len(row) != o.strata {
			return Design{}, fmt.Errorf("cluster %d has %d strata, the overlap has %d", c, len(row), o.strata)
		}
		for k, n := range row {
			if err := n.check(true); err != nil {
				return Design{}, fmt.Errorf("cluster %d, stratum %d: %w", c, k, err)
			}
		}
	}
	return designEffect(clusters, o.Used, o.Weight)
}

// designEffect linearises sum w p: cluster c moves it by sum_k w_k (x_ck - p_k n_ck) / n_k.
func designEffect(clusters [][]Count, used []int, weight []float64) (Design, error) {
	totals := make([]Count, len(used))
	for i, k := range used {
		column := make([]Count, len(clusters))
		for c, row := range clusters {
			column[c] = row[k]
		}
		var err error
		if totals[i], err = pool(column); err != nil {
			return Design{}, fmt.Errorf("stratum %d: %w", k, err)
		}
		if totals[i].Den == 0 {
			return Design{}, fmt.Errorf("stratum %d has no parcel in any cluster", k)
		}
	}
	d := Design{Effect: 1}
	var between, plain sum
	for i, t := range totals {
		p := t.share()
		plain.add(weight[i] * weight[i] * p * (1 - p) / float64(t.Den))
	}
	for _, row := range clusters {
		var moved sum
		present := false
		for i, k := range used {
			if row[k].Den == 0 {
				continue
			}
			present = true
			moved.add(weight[i] * (float64(row[k].Num) - totals[i].share()*float64(row[k].Den)) / float64(totals[i].Den))
		}
		if present {
			d.Clusters++
			between.add(moved.value() * moved.value())
		}
	}
	if d.Clusters < 2 || plain.value() == 0 {
		return d, nil
	}
	d.Raw = float64(d.Clusters) / float64(d.Clusters-1) * between.value() / plain.value()
	d.Effect, d.Known = math.Max(1, d.Raw), true
	return d, nil
}
