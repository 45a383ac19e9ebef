package reports

import (
	"io/fs"
	"strings"

	"waybill/data"
	"waybill/pipeline/metric"
	"waybill/pipeline/policy"
)

// packMetrics are the metrics of all built-in packs, each id once, and one of
// each cohort that a pack may choose instead: a page must have words for them.
func packMetrics() []metric.Metric {
	files, err := fs.Glob(data.FS, "policies/*.yaml")
	if err != nil {
		panic(err)
	}
	var out []metric.Metric
	seen := map[string]bool{}
	for _, m := range fixtureMetrics {
		seen[m.ID] = true
	}
	for _, f := range files {
		if strings.HasSuffix(f, policy.CasesSuffix) {
			continue
		}
		b, err := fs.ReadFile(data.FS, f)
		if err != nil {
			panic(err)
		}
		p, err := policy.ParsePack(f, b)
		if err != nil {
			panic(err)
		}
		for _, m := range p.Metrics {
			if !seen[m.ID] {
				seen[m.ID] = true
				out = append(out, metric.Metric{ID: m.ID, Pack: p.ID, Grain: m.Grain, Cohort: m.Cohort, Better: m.Better, Formula: m.Formula, Source: m.Source})
			}
		}
	}
	for _, cohort := range []string{"delivered", "labelled"} {
		out = append(out, metric.Metric{ID: "own_" + cohort, Grain: "package", Cohort: cohort})
	}
	return out
}
