package stat

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

type oracleFit struct {
	Case      string       `json:"case"`
	Level     float64      `json:"level"`
	Steps     [][]*float64 `json:"steps"`
	Quantiles [][]*float64 `json:"quantiles"`
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func oracle(t *testing.T) (curves map[string]*Curve, r, python []oracleFit) {
	t.Helper()
	var cases []struct {
		Name  string     `json:"name"`
		Cells [][3]int64 `json:"cells"`
	}
	readJSON(t, "testdata/cases.json", &cases)
	curves = map[string]*Curve{}
	for _, c := range cases {
		var cells []Cell
		for _, k := range c.Cells {
			cells = append(cells, Cell{k[0], k[1], k[2]})
		}
		curve, err := KaplanMeier(cells)
		if err != nil {
			t.Fatal(err)
		}
		curves[c.Name] = curve
	}
	var all struct{ R, Python []oracleFit }
	readJSON(t, "testdata/oracle.json", &all)
	if want := 2 * len(cases); len(all.R) != want || len(all.Python) != want {
		t.Fatalf("oracle.json has %d and %d fits, want %d each: run testdata/oracle.py", len(all.R), len(all.Python), want)
	}
	return curves, all.R, all.Python
}

// near holds to 1e-8, relative where the number is large enough to have a scale
// of its own: a variance of 1e-12 must agree in its digits, not in being small.
func near(got, want float64) bool {
	return math.Abs(got-want) <= 1e-8*math.Max(math.Abs(want), 1e-9)
}

func TestCurveAgreesWithR(t *testing.T) {
	curves, fits, _ := oracle(t)
	for _, f := range fits {
		steps := curves[f.Case].Steps()
		if len(steps) != len(f.Steps) {
			t.Errorf("%s: %d steps, want %d", f.Case, len(steps), len(f.Steps))
			continue
		}
		for i, w := range f.Steps {
			s := steps[i]
			if float64(s.Bin) != *w[0] || !near(s.S, *w[1]) {
				t.Errorf("%s: step %d is S(%d) = %.12f, want S(%v) = %.12f", f.Case, i, s.Bin, s.S, *w[0], *w[1])
			}
			if w[2] != nil && !near(s.Variance(), *w[2]) {
				t.Errorf("%s: variance at %d is %g, want %g", f.Case, s.Bin, s.Variance(), *w[2])
			}
			band, ok := s.Band(f.Level)
			switch {
			case s.S == 1: // R has no band there; lifelines and we say that it is [1, 1]
				if (band != Interval{1, 1}) {
					t.Errorf("%s: band at %d is %v, want [1, 1]", f.Case, s.Bin, band)
				}
			case ok != (w[3] != nil):
				t.Errorf("%s: band at %d defined: %v", f.Case, s.Bin, ok)
			case ok && (!near(band.Low, *w[3]) || !near(band.High, *w[4])):
				t.Errorf("%s: band %v at %d is %v, want %v, %v", f.Case, f.Level, s.Bin, band, *w[3], *w[4])
			}
		}
	}
}

func TestCurveAgreesWithLifelines(t *testing.T) {
	curves, _, fits := oracle(t)
	for _, f := range fits {
		for i, w := range f.Steps {
			bin := int64(*w[0])
			if got := curves[f.Case].At(bin); !near(got, *w[1]) {
				t.Errorf("%s: S(%d) = %.12f, want %.12f", f.Case, bin, got, *w[1])
			}
			if s := curves[f.Case].Steps()[i]; s.S > 0 {
				band, ok := s.Band(f.Level)
				if !ok || !near(band.Low, *w[2]) || !near(band.High, *w[3]) {
					t.Errorf("%s: band %v at %d is %v, want %v, %v", f.Case, f.Level, bin, band, *w[2], *w[3])
				}
			}
		}
	}
}

func TestQuantilesAgree(t *testing.T) {
	curves, rFits, fits := oracle(t)
	for i, f := range fits {
		steps := curves[f.Case].Steps()
		end := steps[len(steps)-1]
		for j, w := range f.Quantiles {
			q := curves[f.Case].Quantile(*w[0], f.Level)
			r := rFits[i].Quantiles[j]
			if !same(q.At, w[1]) {
				t.Errorf("%s: q%v is %v, want %v", f.Case, *w[0], q.At, show(w[1]))
			}
			if !same(q.Low, w[2]) {
				t.Errorf("%s: low end of q%v at %v is %v, want %v", f.Case, *w[0], f.Level, q.Low, show(w[2]))
			}
			if r[2] != nil && !same(q.Low, r[2]) {
				t.Errorf("%s: low end of q%v at %v is %v, R has %v", f.Case, *w[0], f.Level, q.Low, *r[2])
			}
			if !same(q.High, r[3]) {
				t.Errorf("%s: high end of q%v at %v is %v, R has %v", f.Case, *w[0], f.Level, q.High, show(r[3]))
			}
			if !same(q.High, w[3]) && !(end.S == 0 && w[3] != nil && *w[3] == float64(end.Bin)) {
				t.Errorf("%s: high end of q%v at %v is %v, lifelines has %v", f.Case, *w[0], f.Level, q.High, show(w[3]))
			}
		}
	}
}

func same(c Crossing, want *float64) bool {
	if want == nil || !c.Reached {
		return want == nil && !c.Reached
	}
	return float64(c.Bin) == *want
}

func show(x *float64) any {
	if x == nil {
		return "not reached"
	}
	return *x
}
