package examples_test

import (
	"encoding/json"
	"fmt"
	"strings"
)

// destinations holds the states of the report channels, crude and at the same mix
// of months (no weight is in the export), to the figures of
// testdata/olist_destinations.py.
func (w workspace) destinations() {
	w.t.Helper()
	type span struct{ Value, Low, High float64 }
	var report struct {
		Destinations struct {
			Strata []string
			Common float64
			Cells  int
			Groups []struct {
				Key             string
				Due             int64
				OnTime          int64 `json:"on_time"`
				Crude, Adjusted *span
				Why             string
			}
		}
	}
	if err := json.Unmarshal([]byte(w.run("report", "channels", "--period", "2017-W01..2018-W35", "--json")), &report); err != nil {
		w.t.Fatal(err)
	}
	d := report.Destinations
	lines := []string{fmt.Sprintf("%s common %.6f cells %d", strings.Join(d.Strata, " "), d.Common, d.Cells)}
	for _, g := range d.Groups {
		if g.Adjusted == nil {
			if g.Why != "left_out" && g.Why != "small" {
				w.t.Errorf("%s is not adjusted: %q", g.Key, g.Why)
			}
			continue
		}
		lines = append(lines, fmt.Sprintf("%s %d/%d crude %.6f adjusted %.6f", g.Key, g.OnTime, g.Due, g.Crude.Value, g.Adjusted.Value))
		if g.Adjusted.Low >= g.Adjusted.Value || g.Adjusted.High <= g.Adjusted.Value {
			w.t.Errorf("%s: interval %+v", g.Key, g.Adjusted)
		}
	}
	const want = `weight_band month common 0.624880 cells 9
SP 2050/2521 crude 0.813169 adjusted 0.814403
RJ 572/956 crude 0.598326 adjusted 0.562000
MG 570/664 crude 0.858434 adjusted 0.860258
RS 276/332 crude 0.831325 adjusted 0.783109
PR 257/296 crude 0.868243 adjusted 0.875620
BA 151/246 crude 0.613821 adjusted 0.598153
SC 166/210 crude 0.790476 adjusted 0.804973`
	if got := strings.Join(lines, "\n"); got != want {
		w.t.Errorf("destinations:\n%s\nwant\n%s", got, want)
	}
}
