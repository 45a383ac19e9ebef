package stat

import (
	"math"
	"testing"
)

type survivalCases struct {
	Incidence []struct {
		Name  string
		Cells [][3]any
	}
	Means []struct {
		Name string
		A, B [][3]int64
		Taus []int64
	}
	Ranks []struct {
		Name   string
		Strata [][][][3]int64
	}
}

type survivalFits struct {
	Incidence []struct {
		Case   string
		Level  float64
		Causes []struct {
			Cause string
			Steps [][]*float64
		}
	}
	Means []struct {
		Case, Group  string
		Means, Plain [][]*float64
	}
	Ranks []struct {
		Case    string
		Chi2, P float64
		DF      int
		Groups  [][3]float64
	}
}

func survival(t *testing.T) (cases survivalCases, r, python survivalFits) {
	t.Helper()
	readJSON(t, "testdata/survival_cases.json", &cases)
	var all struct{ R, Python survivalFits }
	readJSON(t, "testdata/survival.json", &all)
	for _, fits := range []survivalFits{all.R, all.Python} {
		if len(fits.Incidence) != 2*len(cases.Incidence) || len(fits.Means) != 2*len(cases.Means) {
			t.Fatal("survival.json is not that of survival_cases.json: run testdata/survival.py")
		}
	}
	// R has no case with too many rows to write out, lifelines none with strata.
	if len(all.R.Ranks) != len(cases.Ranks)-1 || len(all.Python.Ranks) < 5 {
		t.Fatal("survival.json lacks log-rank tests: run testdata/survival.py")
	}
	return cases, all.R, all.Python
}

func cellsOf(rows [][3]int64) []Cell {
	var cells []Cell
	for _, k := range rows {
		cells = append(cells, Cell{k[0], k[1], k[2]})
	}
	return cells
}

func incidences(t *testing.T, cases survivalCases) map[string]*Incidence {
	t.Helper()
	out := map[string]*Incidence{}
	for _, c := range cases.Incidence {
		var cells []CauseCell
		for _, k := range c.Cells {
			cells = append(cells, CauseCell{int64(k[0].(float64)), k[1].(string), int64(k[2].(float64))})
		}
		out[c.Name] = incidence(t, cells)
	}
	return out
}

func TestIncidenceAgreesWithR(t *testing.T) {
	cases, fits, _ := survival(t)
	incs := incidences(t, cases)
	for _, f := range fits.Incidence {
		inc := incs[f.Case]
		if len(f.Causes) != len(inc.Causes()) {
			t.Errorf("%s: causes %v, R has %d", f.Case, inc.Causes(), len(f.Causes))
		}
		for _, k := range f.Causes {
			if len(k.Steps) != len(inc.Steps()) {
				t.Errorf("%s: %d steps, R has %d", f.Case, len(inc.Steps()), len(k.Steps))
				continue
			}
			for i, w := range k.Steps {
				bin := int64(*w[0])
				got := inc.Share(k.Cause, bin)
				if s := inc.Steps()[i]; s.Bin != bin || !near(s.S, *w[1]) {
					t.Errorf("%s: S(%d) = %.12f, want S(%d) = %.12f", f.Case, s.Bin, s.S, bin, *w[1])
				}
				if !near(got.F, *w[2]) || !near(got.Variance, *w[3]) {
					t.Errorf("%s: %s at %d: %.12f, variance %g, want %.12f, %g", f.Case, k.Cause, bin, got.F, got.Variance, *w[2], *w[3])
				}
				band, ok := got.Band(f.Level)
				plain, okPlain := got.PlainBand(f.Level)
				switch {
				case got.F == 0: // R has no log-log band there, and the plain one that we have for both
					if (band != Interval{}) || (plain != Interval{}) {
						t.Errorf("%s: %s at %d: bands %v, %v around 0", f.Case, k.Cause, bin, band, plain)
					}
				case got.F == 1: // R has a plain band of [1, 1] there, we have none
					if ok || okPlain {
						t.Errorf("%s: %s at %d: bands %v, %v at 1", f.Case, k.Cause, bin, band, plain)
					}
				case !ok || !near(band.Low, *w[4]) || !near(band.High, *w[5]):
					t.Errorf("%s: %s at %d: band %v, want %v, %v", f.Case, k.Cause, bin, band, *w[4], *w[5])
				case !okPlain || !near(plain.Low, *w[6]) || !near(plain.High, *w[7]):
					t.Errorf("%s: %s at %d: plain band %v, want %v, %v", f.Case, k.Cause, bin, plain, *w[6], *w[7])
				}
			}
		}
	}
}

func TestIncidenceAgreesWithLifelines(t *testing.T) {
	cases, _, fits := survival(t)
	incs := incidences(t, cases)
	for _, f := range fits.Incidence {
		for _, k := range f.Causes {
			for _, w := range k.Steps {
				got := incs[f.Case].Share(k.Cause, int64(*w[0]))
				if !near(got.F, *w[1]) {
					t.Errorf("%s: %s at %v: %.12f, want %.12f", f.Case, k.Cause, *w[0], got.F, *w[1])
				}
				// lifelines divides by n - d = 0 where all have ended and has no variance
				// there; nor has it a band around 0.
				if s := incs[f.Case].At(int64(*w[0])); s.S == 0 || got.F == 0 {
					continue
				}
				if !near(got.Variance, *w[2]) {
					t.Errorf("%s: %s at %v: variance %g, want %g", f.Case, k.Cause, *w[0], got.Variance, *w[2])
				}
				if b, ok := got.Band(f.Level); !ok || !near(b.Low, *w[3]) || !near(b.High, *w[4]) {
					t.Errorf("%s: %s at %v: band %v, want %v, %v", f.Case, k.Cause, *w[0], b, *w[3], *w[4])
				}
			}
		}
	}
}

// The quantile and its interval, read off R's own curve and band.
func TestIncidenceQuantilesAgreeWithR(t *testing.T) {
	cases, fits, _ := survival(t)
	incs := incidences(t, cases)
	cross := func(steps [][]*float64, column int, p float64, running bool) *float64 {
		for _, w := range steps {
			if x := w[column]; x != nil && *x >= p-reached && (*w[1] > 0 || !running) {
				return w[0]
			}
		}
		return nil
	}
	for _, f := range fits.Incidence {
		for _, k := range f.Causes {
			for _, p := range []float64{0.01, 0.1, 0.5, 0.8, 0.9, 0.95} {
				q := incs[f.Case].Quantile(k.Cause, p, f.Level)
				if want := cross(k.Steps, 2, p, false); !same(q.At, want) {
					t.Errorf("%s: q%v of %s is %v, want %v", f.Case, p, k.Cause, q.At, show(want))
				}
				low := cross(k.Steps, 5, p, false)
				if low == nil { // no band at 1, but nothing lies above it
					low = cross(k.Steps, 2, 1, false)
				}
				if !same(q.Low, low) {
					t.Errorf("%s: low end of q%v of %s is %v, want %v", f.Case, p, k.Cause, q.Low, show(low))
				}
				// Where nothing runs any more after censorings R has a band, which we do
				// not take for the high end.
				if want := cross(k.Steps, 4, p, incs[f.Case].Censored > 0); !same(q.High, want) {
					t.Errorf("%s: high end of q%v of %s is %v, want %v", f.Case, p, k.Cause, q.High, show(want))
				}
			}
		}
	}
}

func TestMeansAgree(t *testing.T) {
	cases, r, python := survival(t)
	at := 0
	const hours = BinMinutes / 60.0
	for _, c := range cases.Means {
		for _, rows := range [][][3]int64{c.A, c.B} {
			curve := curve(t, cellsOf(rows))
			for i, w := range r.Means[at].Means {
				m, ok := curve.RMST(c.Taus[i])
				if ok != (w[1] != nil) {
					t.Errorf("%s, %s: a mean to %v: %v", c.Name, r.Means[at].Group, *w[0], ok)
					continue
				}
				if ok && (!near(m.Hours, *w[1]*hours) || !near(m.Variance, *w[2]*hours*hours)) {
					t.Errorf("%s, %s: mean to %v is %v, want %v, variance %v", c.Name, r.Means[at].Group, *w[0], m, *w[1]*hours, *w[2]*hours*hours)
				}
				if l := python.Means[at].Means[i]; ok && !near(m.Hours, *l[1]*hours) {
					t.Errorf("%s: mean to %v is %v, lifelines has %v", c.Name, *w[0], m.Hours, *l[1]*hours)
				}
			}
			for i, w := range r.Means[at].Plain {
				band, ok := curve.Steps()[i].PlainBand(0.95)
				if ok != (w[1] != nil) || ok && (!near(band.Low, *w[1]) || !near(band.High, *w[2])) {
					t.Errorf("%s: plain band at %v is %v (%v), want %v to %v", c.Name, *w[0], band, ok, show(w[1]), show(w[2]))
				}
			}
			at++
		}
	}
}

func TestLogRankAgrees(t *testing.T) {
	cases, r, python := survival(t)
	tests := map[string]*RankTest{}
	for _, c := range cases.Ranks {
		var strata [][][]Cell
		for _, groups := range c.Strata {
			var cells [][]Cell
			for _, g := range groups {
				cells = append(cells, cellsOf(g))
			}
			strata = append(strata, cells)
		}
		got, err := LogRank(strata...)
		if err != nil || !got.Defined {
			t.Fatalf("%s: %v, %v", c.Name, got, err)
		}
		tests[c.Name] = got
	}
	for _, fits := range []survivalFits{r, python} {
		for _, w := range fits.Ranks {
			got := tests[w.Case]
			if !near(got.Chi2, w.Chi2) || got.DF != w.DF || math.Abs(got.P-w.P) > 1e-8*w.P {
				t.Errorf("%s: chi2 %.12g, df %d, p %g, want %.12g, %d, %g", w.Case, got.Chi2, got.DF, got.P, w.Chi2, w.DF, w.P)
			}
			for _, g := range w.Groups {
				if k := got.Groups[int(g[0])]; float64(k.Observed) != g[1] || !near(k.Expected, g[2]) {
					t.Errorf("%s: group %v is %v, want %v", w.Case, g[0], k, g)
				}
			}
		}
	}
}
