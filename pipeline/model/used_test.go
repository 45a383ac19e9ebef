package model

import (
	"slices"
	"testing"

	"waybill/pipeline/contract"
	"waybill/pipeline/store"
)

func TestColumnsThatModelsAskFor(t *testing.T) {
	scans := contract.Table{Name: "scans", Columns: []contract.Column{{Name: "number", Type: "varchar"}, {Name: "raw", Type: "varchar"}, {Name: "at", Type: "timestamptz"}}}
	all := scans.Names()
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"by name":                 {"select e.Number, count(*) from scans as e group by e.number", []string{"number", "at"}},
		"a star of another":       {"select p.*, e.number from scans as e join parcels as p on p.number = e.number", []string{"number", "at"}},
		"a star of a CTE":         {"with a as (select number from scans) select * from a", []string{"number", "at"}},
		"a star":                  {"select * from scans", all},
		"a star beside others":    {"select 1 as one, * from parcels join scans on true", all},
		"a star by the name":      {"select scans.* from scans", all},
		"a star by another name":  {"select e.* from scans e", all},
		"a star of what is below": {"select * from (select p.number from parcels as p) as p join scans as e on true", all},
		"rows that differ":        {"select distinct * from scans", all},
		"what both have":          {"select number from scans natural join parcels", all},
	} {
		u := &build{Builder: &Builder{Store: &store.Session{Tables: contract.Set{"scans": scans}}},
			models: []Query{{Name: "a", Output: "memory", Inputs: []Input{{"scans", "numbers"}}, Text: c.text}, {Name: "b", Output: "memory", Text: "select raw from others"}}}
		if got := u.used("scans", "at"); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
