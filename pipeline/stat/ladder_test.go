package stat_test

import (
	"errors"
	"math"
	"testing"

	"waybill/pipeline/stat"
)

// TestChainLadderIsMacks holds the triangle of Taylor and Ashe against the
// reserves and standard errors that Mack (1993) prints for it.
func TestChainLadderIsMacks(t *testing.T) {
	rows := [][]float64{
		{357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463},
		{352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085},
		{290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315},
		{310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268},
		{443160, 1136350, 2128333, 2897821, 3402672, 3873311},
		{396132, 1333217, 2180715, 2985752, 3691712},
		{440832, 1288463, 2419861, 3483130},
		{359480, 1421128, 2864498},
		{376686, 1363294},
		{344014},
	}
	l, err := stat.ChainLadder(rows)
	if err != nil {
		t.Fatal(err)
	}
	if !l.HasSE {
		t.Fatal("no standard errors")
	}
	toCome := []float64{0, 94634, 469511, 709638, 984889, 1419459, 2177641, 3920301, 4278972, 4625811}
	se := []float64{0, 75535, 121699, 133549, 261406, 411010, 558317, 875328, 971258, 1363155}
	for i := range rows {
		if math.Abs(l.ToCome[i]-toCome[i]) > 0.5 || math.Abs(l.SE[i]-se[i]) > 0.5 {
			t.Errorf("row %d: %.1f (%.1f), want %.0f (%.0f)", i, l.ToCome[i], l.SE[i], toCome[i], se[i])
		}
	}
	if math.Abs(l.Total-18680856) > 0.5 || math.Abs(l.TotalSE-2447095) > 0.5 {
		t.Errorf("total %.1f (%.1f), want 18680856 (2447095)", l.Total, l.TotalSE)
	}
}

func TestChainLadderRefusesWhatSaysNothing(t *testing.T) {
	for name, rows := range map[string][][]float64{
		"one row": {{1, 2}}, "one age": {{1}, {2}}, "zero": {{0, 2}, {0}}, "growing": {{1, 2}, {1, 2, 3}},
	} {
		if _, err := stat.ChainLadder(rows); !errors.Is(err, stat.ErrTriangle) {
			t.Errorf("%s: %v", name, err)
		}
	}
	l, err := stat.ChainLadder([][]float64{{100, 110}, {50}})
	if err != nil || math.Abs(l.Total-5) > 1e-12 || l.HasSE || l.SE != nil {
		t.Errorf("%+v %v", l, err)
	}
}
