package stat

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// world is a confounded one: three channels, six states, two weight bands. The first
// channel is the best in every stratum and carries most of the hard ones. Parcels of
// one channel and ship day share a shift of their log odds.
type world struct {
	random   *rand.Rand
	channels [3]float64     // log odds of a channel
	strata   [12]float64    // log odds of a stratum
	mix      [3][]float64   // cumulative share of the strata by channel
	truth    [3][12]float64 // P(on time), over ship days
}

const (
	worlds   = 400
	shipDays = 65
	daily    = 40.0 // mean parcels of one channel and ship day
	dayShift = 0.45 // standard deviation of the shift
)

func newWorld(seed uint64) *world {
	w := &world{random: rand.New(rand.NewPCG(seed, 7))}
	w.channels = [3]float64{0.9 + 0.2*w.random.NormFloat64(), 0.5 + 0.2*w.random.NormFloat64(), 0.2 + 0.2*w.random.NormFloat64()}
	for k := range w.strata {
		state, band := k/2, k%2
		w.strata[k] = 2 - 0.6*float64(state) - 0.4*float64(band)
	}
	for c := range w.mix {
		share, all := make([]float64, len(w.strata)), 0.0
		for k := range share {
			// channel 0 leans to the hard states, channel 2 to the easy ones
			share[k] = math.Exp(0.5 * float64(1-c) * (float64(k/2) - 2.5))
			all += share[k]
		}
		for k := range share {
			share[k] /= all
			if k > 0 {
				share[k] += share[k-1]
			}
		}
		w.mix[c] = share
		for k := range w.strata {
			w.truth[c][k] = overDays(w.channels[c] + w.strata[k])
		}
	}
	return w
}

// overDays is the mean of logistic(odds + dayShift z) over a standard normal z.
func overDays(odds float64) float64 {
	total, weight := 0.0, 0.0
	for i := -300; i <= 300; i++ {
		z := float64(i) / 50
		density := math.Exp(-z * z / 2)
		total += density * logistic(odds+dayShift*z)
		weight += density
	}
	return total / weight
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// day draws the counts of one channel and ship day by stratum.
func (w *world) day(channel int, mean float64) []Count {
	cells := make([]Count, len(w.strata))
	shift := dayShift * w.random.NormFloat64()
	n := int(math.Round(mean * (0.5 + w.random.Float64())))
	var on [12]float64
	for k := range on {
		on[k] = logistic(w.channels[channel] + w.strata[k] + shift)
	}
	for range n {
		u, k := w.random.Float64(), 0
		for k < len(cells)-1 && u > w.mix[channel][k] {
			k++
		}
		cells[k].Den++
		if w.random.Float64() < on[k] {
			cells[k].Num++
		}
	}
	return cells
}

func addUp(rows [][]Count) []Count {
	out := make([]Count, len(rows[0]))
	for _, row := range rows {
		for k, c := range row {
			out[k].Num += c.Num
			out[k].Den += c.Den
		}
	}
	return out
}

func flat(row []Count) Count {
	var out Count
	for _, c := range row {
		out.Num += c.Num
		out.Den += c.Den
	}
	return out
}

// TestAdjustedDifferencesCoverTheTruth: the interval of the standardised difference
// holds the true one as often as it says; that of the crude one does not.
func TestAdjustedDifferencesCoverTheTruth(t *testing.T) {
	var adjusted, crude, plain, rates, all, groups int
	effect := 0.0
	for seed := range uint64(worlds) {
		w := newWorld(seed)
		var clusters [3][][]Count
		cells, volumes := make([][]Count, 3), make([][]int64, 3)
		for c := range clusters {
			for range shipDays {
				clusters[c] = append(clusters[c], w.day(c, daily))
			}
			cells[c] = addUp(clusters[c])
			for _, k := range cells[c] {
				volumes[c] = append(volumes[c], k.Den)
			}
		}
		o, err := Common(volumes, 10)
		if err != nil {
			t.Fatal(err)
		}
		var own, without [3]Adjusted
		var true3 [3]float64
		var deff [3]Design
		for c := range own {
			d, err := o.DesignEffect(clusters[c])
			if err != nil {
				t.Fatal(err)
			}
			days := make([]Count, shipDays)
			for i, row := range clusters[c] {
				days[i] = flat(row)
			}
			if deff[c], err = DesignEffect(days); err != nil {
				t.Fatal(err)
			}
			if own[c], err = o.Rate(cells[c], 0.95, d.Effect); err != nil {
				t.Fatal(err)
			}
			if without[c], err = o.Rate(cells[c], 0.95, 1); err != nil {
				t.Fatal(err)
			}
			for i, k := range o.Used {
				true3[c] += o.Weight[i] * w.truth[c][k]
			}
			effect += d.Effect
			rates += hit(own[c].Interval, true3[c])
			groups++
		}
		for a := range own {
			for b := a + 1; b < len(own); b++ {
				truth := true3[a] - true3[b]
				simple, err := Newcombe(flat(cells[a]), flat(cells[b]), 0.95, deff[a].Effect, deff[b].Effect)
				if err != nil {
					t.Fatal(err)
				}
				all++
				adjusted += hit(own[a].Minus(own[b]).Interval, truth)
				plain += hit(without[a].Minus(without[b]).Interval, truth)
				crude += hit(simple.Interval, truth)
			}
		}
	}
	share := func(n, of int) float64 { return float64(n) / float64(of) }
	t.Logf("95 %% intervals: adjusted difference %.3f of %d, without design effect %.3f, crude difference %.3f, adjusted rate %.3f; mean design effect %.2f",
		share(adjusted, all), all, share(plain, all), share(crude, all), share(rates, groups), effect/float64(groups))
	if s := share(adjusted, all); s < 0.92 || s > 0.98 {
		t.Errorf("the adjusted difference covers %.3f", s)
	}
	if s := share(rates, groups); s < 0.92 || s > 0.98 {
		t.Errorf("the adjusted rate covers %.3f", s)
	}
	if s := share(crude, all); s >= 0.5 {
		t.Errorf("the crude difference covers %.3f: the world is not confounded", s)
	}
	if s := share(plain, all); s >= share(adjusted, all) {
		t.Errorf("without the design effect it covers %.3f: clusters do not matter here", s)
	}
}

func hit(i Interval, truth float64) int {
	if i.Low <= truth && truth <= i.High {
		return 1
	}
	return 0
}

// TestAdjustedRateCoversAtTheBorders: strata of a few parcels with rates near and at
// 0 and 1, independent parcels. Each is covered at 0.90 at least, or as well as
// Wilson's interval covers the rate of all parcels, or that of the one stratum on
// which the value hangs most: Wilson dips where less than about one event is
// expected, and a score interval over strata cannot do better than over one.
func TestAdjustedRateCoversAtTheBorders(t *testing.T) {
	const draws = 2000
	random := rand.New(rand.NewPCG(5, 5))
	sizes := [][]int64{{5, 5, 5, 5}, {5, 40, 8, 300}, {30, 30, 30, 30, 30, 30, 30, 30}, {5, 5, 6, 200, 9, 12}}
	others := [][]int64{{5, 5, 5, 5}, {400, 20, 30, 10}, {30, 10, 90, 30, 5, 30, 200, 30}, {60, 5, 80, 20, 9, 50}}
	mean := 0.0
	rates := []float64{0.005, 0.02, 0.1, 0.5, 0.85, 0.97, 0.995}
	for _, p := range rates {
		least, most := 1.0, 0.0
		for s, size := range sizes {
			o, err := Common([][]int64{size, others[s]}, 5)
			if err != nil {
				t.Fatal(err)
			}
			held, byOne, byAll, main := 0, 0, 0, 0
			heaviest, rate := 0.0, 0.0
			for range draws {
				cells, truth, crude := make([]Count, len(size)), 0.0, 0.0
				for k, n := range size {
					// odds twice as high in every other stratum
					q := p
					if k%2 == 1 {
						q = 2 * p / (1 + p)
					}
					cells[k].Den = n
					for range n {
						if random.Float64() < q {
							cells[k].Num++
						}
					}
					truth += o.Weight[k] * q
					crude += q * float64(n)
					if w := o.Weight[k] * o.Weight[k] / float64(n); w > heaviest {
						heaviest, main, rate = w, k, q
					}
				}
				got, err := o.Rate(cells, 0.95, 1)
				if err != nil {
					t.Fatal(err)
				}
				if !(0 <= got.Low && got.Low < got.High && got.High <= 1) {
					t.Fatalf("%v has the interval %v", cells, got.Interval)
				}
				held += hit(got.Interval, truth)
				all := flat(cells)
				one, err1 := Wilson(cells[main].Num, cells[main].Den, 0.95, 1)
				whole, err2 := Wilson(all.Num, all.Den, 0.95, 1)
				if err := errors.Join(err1, err2); err != nil {
					t.Fatal(err)
				}
				byOne += hit(one, rate)
				byAll += hit(whole, crude/float64(all.Den))
			}
			share, yardstick := float64(held)/draws, float64(min(byOne, byAll))/draws
			least, most = math.Min(least, share), math.Max(most, share)
			mean += share / float64(len(sizes)*len(rates))
			if share < math.Min(0.90, yardstick-0.01) {
				t.Errorf("rate %v, strata of %v: covered %.3f, by Wilson %.3f", p, size, share, yardstick)
			}
		}
		t.Logf("rate %.3f: 95 %% intervals cover %.3f to %.3f", p, least, most)
	}
	t.Logf("over all rates %.3f", mean)
	if mean < 0.93 || mean > 0.97 {
		t.Errorf("over all rates they cover %.3f", mean)
	}
}

// TestForecastsCoverTheWeek: weeks with known and open parcels, their probabilities
// and design effect estimated from the thirteen weeks before. Each of a week's
// ship days has a fate of its own.
func TestForecastsCoverTheWeek(t *testing.T) {
	var held, weeks int
	var promised, missed, spread float64
	target := big.NewRat(2, 3)
	for seed := range uint64(worlds) {
		w := newWorld(1000 + seed)
		var past [][]Count
		for range shipDays {
			past = append(past, w.day(1, daily))
		}
		history := addUp(past)
		for range 4 {
			known := flat(w.day(1, 2*daily))
			rows := [][]Count{w.day(1, daily), w.day(1, daily), w.day(1, daily)}
			week := addUp(rows)
			open, mix := make([]Open, 0, len(week)), make([]int64, len(week))
			for k, c := range week {
				if c.Den == 0 || history[k].Den == 0 {
					continue
				}
				mix[k] = c.Den
				p := float64(history[k].Num) / float64(history[k].Den)
				open = append(open, Open{N: c.Den, P: p})
			}
			// The weights of the open parcels are those at which the effect counts.
			o, err := Common([][]int64{mix, mix}, 1)
			if err != nil {
				t.Fatal(err)
			}
			d, err := o.DesignEffect(past)
			if err != nil {
				t.Fatal(err)
			}
			rate, err := o.Rate(history, 0.8, d.Effect)
			if err != nil {
				t.Fatal(err)
			}
			for i := range open {
				if open[i].P > 0 && open[i].P < 1 {
					open[i].Variance = rate.Variance // the mean's error, common to all groups
				}
			}
			f, err := Predict(known, open, d.Effect, 0.8, target)
			if err != nil {
				t.Fatal(err)
			}
			end := flat(week)
			final := float64(known.Num+end.Num) / float64(known.Den+end.Den)
			held += hit(f.Interval, final)
			promised += f.Below
			spread += f.Below * (1 - f.Below)
			if float64(known.Num+end.Num)*3 < float64(known.Den+end.Den)*2 {
				missed++
			}
			weeks++
		}
	}
	share := float64(held) / float64(weeks)
	t.Logf("80 %% intervals of a week's final rate cover %.3f of %d; %.1f misses forecast, %.0f happened", share, weeks, promised, missed)
	if share < 0.75 || share > 0.85 {
		t.Errorf("forecasts cover %.3f", share)
	}
	if math.Abs(promised-missed) > 3*math.Sqrt(spread) {
		t.Errorf("%.1f misses forecast, %.0f happened", promised, missed)
	}
}
