package metric

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"waybill/pipeline/policy"
	"waybill/pipeline/stat"
)

// madeWorld makes weeks of day cells of two shops with three channels each: what
// leaves on one day shares its fate, channels drift, Sundays bring little, some
// orders are cancelled before they move.
func madeWorld(seed uint64, weeks, perDay int) map[shopKey][]dueCell {
	r := rand.New(rand.NewPCG(seed, 0))
	first, err := policy.ParseDay("2026-01-05")
	if err != nil {
		return nil
	}
	out := map[shopKey][]dueCell{}
	for _, shop := range []string{"a", "b"} {
		var list []dueCell
		drift := [3]float64{}
		for d := first; d < first+policy.Day(weeks)*week; d++ {
			flight := 0.05 * r.NormFloat64()
			for ch, name := range []string{"eco", "fast", "std"} {
				drift[ch] = 0.98*drift[ch] + 0.015*r.NormFloat64()
				pace := math.Exp(drift[ch] + flight + 0.05*r.NormFloat64())
				for range r.IntN(2*perDay + 1) {
					days := (1 + math.Exp(math.Log([3]float64{7.6, 5.2, 6.6}[ch])+0.22*r.NormFloat64())) * pace
					c := dueCell{channel: name, made: d, due: d + 9 + policy.Day(r.IntN(2)), arrived: d + policy.Day(days), left: never, n: 1}
					if c.arrived.Weekday() == time.Sunday && r.Float64() < 0.7 {
						c.arrived++
					}
					switch u := r.Float64(); {
					case u < 0.02:
						c.left, c.arrived = d+policy.Day(r.IntN(3)), never
					case u < 0.04:
						c.arrived = never
					}
					list = append(list, c)
				}
			}
		}
		out[shopKey{"tiktok", shop}] = list
	}
	return out
}

// steady is 100 orders a day of one channel: 10 leave at age 1, 30 arrive at age 2,
// 30 of the other 60 at age 4, the rest never. All are due at age 3, or at another.
func steady(first policy.Day, days int, due policy.Day) []dueCell {
	var out []dueCell
	for d := first; d < first+policy.Day(days); d++ {
		out = append(out,
			dueCell{"std", d, d + due, never, d + 1, false, 10}, dueCell{"std", d, d + due, d + 2, never, false, 30},
			dueCell{"std", d, d + due, d + 4, never, false, 30}, dueCell{"std", d, d + due, never, never, false, 30})
	}
	return out
}

// Where every day is like the one before, hazards and chances are known exactly.
func TestSteadyChances(t *testing.T) {
	const monday = policy.Day(20458) // 2026-01-05
	o := newOutlooks(map[shopKey][]dueCell{{"tiktok", "a"}: steady(monday, 140, 4)})
	o.advance(monday + 140)
	o.learn()
	h := o.shops[0].channels[0].now
	even := [7]float64{1, 1, 1, 1, 1, 1, 1}
	for _, c := range []struct {
		age           int
		due           policy.Day
		rest          float64
		arrive, leave float64
	}{
		{0, 4, 1, 0.60, 0.10}, {0, 3, 1, 0.30, 0.10}, {2, 4, 1, 2. / 3, 0}, {3, 4, 1, 0.5, 0}, {5, 9, 1, 0, 0}, {2, 1, 1, 0, 0},
		{1, 1, 1, 0, 0.10}, {1, 1, 0.5, 0, 1 - math.Sqrt(0.9)}, {4, 4, 0.5, 1 - math.Sqrt(0.5), 0},
	} {
		day := monday + 200
		got := h.chance(day, c.age, day+c.due-policy.Day(c.age), c.rest, &even)
		if math.Abs(got.arrive-c.arrive) > 1e-9 || math.Abs(got.leave-c.leave) > 1e-9 {
			t.Errorf("from age %d to %d: %+v, want %v and %v", c.age, c.due, got, c.arrive, c.leave)
		}
	}
}

// A steady world is forecast as it is, and the counts of a cut are what was known.
func TestSteadyWeek(t *testing.T) {
	const monday = policy.Day(20458)
	o := newOutlooks(map[shopKey][]dueCell{{"tiktok", "a"}: steady(monday, 98, 4)})
	day := monday + 70
	if err := o.replay(day); err != nil {
		t.Fatal(err)
	}
	s := o.shops[0]
	got := o.sum(s, day, cut{day: day, rest: 1, past: true})
	// Monday's to Thursday's orders are made, those of the last day have lost nobody yet
	if got.num != 30+30 || got.den != 60 || got.open != 60+60+90+100 {
		t.Errorf("known %d of %d, open %d", got.num, got.den, got.open)
	}
	p, ok, err := predict(got, 1, 1, big.NewRat(2, 3))
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if p.total != 7*90 || math.Abs(p.rate-2./3) > 1e-3 || p.low > p.rate || p.high < p.rate || p.below < 0.4 || p.below > 0.6 {
		t.Errorf("%+v", p)
	}
	for lead, list := range s.missed {
		b := backTest(list)
		if b.Weeks < 3 || math.Abs(b.Bias) > 0.002 || b.Coverage != 1 {
			t.Errorf("%d weeks ahead: %+v", lead, b)
		}
	}
	// a part of the first day is over: less is to come
	half := o.sum(s, day, cut{day: day, rest: 0.5, past: true})
	if half.hits >= got.hits || half.coming >= got.coming {
		t.Errorf("half a day later %v of %v arrive", half.hits, got.hits)
	}
}

// Channels with little of their own follow their shop, others do not.
func TestShrunkHazards(t *testing.T) {
	parent := &hazards{}
	parent.arrive[3], parent.size[3] = 0.2, 1000
	table := func(n, arrived float64) *lifetable {
		l := &lifetable{}
		l.there[3], l.arrived[3] = n, arrived
		return l
	}
	alike := strengthOf([]*lifetable{table(100, 21), table(100, 19), table(100, 20)}, parent)
	apart := strengthOf([]*lifetable{table(100, 2), table(100, 38), table(100, 20)}, parent)
	if alike != 200 || apart > 40 || apart < 2 {
		t.Errorf("strength %v of equal channels, %v of unequal ones", alike, apart)
	}
	if h := table(0, 0).shrunk(parent, 10); h.arrive[3] != 0.2 {
		t.Errorf("a new channel has %v", h.arrive[3])
	}
	if h := table(30, 30).shrunk(parent, 10); h.arrive[3] != 0.8 {
		t.Errorf("30 of 30 beside 2 of 10 are %v", h.arrive[3])
	}
}

func TestDesignEffectOfDays(t *testing.T) {
	c := func(num, den int64) stat.Count { return stat.Count{Num: num, Den: den} }
	for _, x := range []struct {
		name string
		days [][]stat.Count
		want float64
	}{
		{"one day", [][]stat.Count{{c(1, 2)}}, 1},
		{"nobody late", [][]stat.Count{{c(5, 5)}, {c(5, 5)}}, 1},
		{"all or nothing", [][]stat.Count{{c(10, 10)}, {c(0, 10)}}, 20},                         // 2 * (25 + 25) / 5
		{"channels together", [][]stat.Count{{c(10, 10), c(10, 10)}, {c(0, 10), c(0, 10)}}, 40}, // 2 * (100 + 100) / 10
		{"channels that differ, days that do not", [][]stat.Count{{c(9, 10), c(1, 10)}, {c(9, 10), c(1, 10)}}, 1},
	} {
		if got := designEffect(x.days); math.Abs(got-x.want) > 1e-12 {
			t.Errorf("%s: %v, want %v", x.name, got, x.want)
		}
	}
}

// Of 400 made worlds the forecasts of 80 % hold what came in 75 to 85 %, at every
// distance, and err on both sides alike.
func TestForecastCoverage(t *testing.T) {
	var pooled [leads][]miss
	for seed := range uint64(400) {
		const weeks = 30
		o := newOutlooks(madeWorld(seed, weeks, 8))
		if err := o.replay(o.first + weeks*week); err != nil {
			t.Fatal(err)
		}
		for _, s := range o.shops {
			for lead := range leads {
				pooled[lead] = append(pooled[lead], s.missed[lead]...)
			}
		}
	}
	for lead, list := range pooled {
		b := backTest(list)
		t.Logf("%d weeks ahead: %d weeks, bias %+.4f, mean absolute error %.4f, coverage %.3f", lead, b.Weeks, b.Bias, b.MAE, b.Coverage)
		if b.Weeks < 400*2*20 || b.Coverage < 0.75 || b.Coverage > 0.85 || math.Abs(b.Bias) > 0.01 {
			t.Errorf("%d weeks ahead: %+v", lead, b)
		}
	}
}
