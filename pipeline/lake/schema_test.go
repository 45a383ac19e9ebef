package lake_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/pipeline/lake"
)

func TestEnsureAddsAColumn(t *testing.T) {
	root := t.TempDir()
	w := openWriter(t, options(root))
	first, _ := twoVersions(w)
	before, err := w.FieldIDs("scans")
	if err != nil {
		t.Fatal(err)
	}
	wider := scans
	wider.Doc = "one scan of a parcel"
	wider.Columns = append([]lake.Column{{Name: "place", Type: "varchar", Doc: "where"}}, scans.Columns...)
	w.ensure(wider)
	after, err := w.FieldIDs("scans")
	if err != nil {
		t.Fatal(err)
	}
	before["place"] = 5
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("field ids: %s", diff)
	}
	tx := w.begin("with place")
	w.write(tx, "scans", "2026-04-01", "select 'Ontario' as place, * from ("+scansQuery("2026-04-01", 0, 3)+")")
	w.publish(tx)
	w.checkClean()
	if n := w.rowsOf(first, "scans"); n != 150 {
		t.Errorf("the first version has %d rows now", n)
	}
	state := tree(t, filepath.Join(root, "lake"))
	w.ensure(wider, rates)
	if diff := cmp.Diff(state, tree(t, filepath.Join(root, "lake"))); diff != "" {
		t.Errorf("a second Ensure changed files: %s", diff)
	}
	tables, err := w.Tables(t.Context())
	if err != nil || len(tables) != 2 || tables[1].Doc != wider.Doc || len(tables[1].Columns) != 5 {
		t.Errorf("tables %+v %v", tables, err)
	}
}

func TestEnsureRefuses(t *testing.T) {
	root := t.TempDir()
	w := openWriter(t, options(root))
	retyped := scans
	retyped.Columns = append([]lake.Column{{Name: "number", Type: "bigint"}}, scans.Columns[1:]...)
	vanished := lake.Table{Name: "rates", Columns: rates.Columns[:1], Partition: ""}
	bad := lake.Table{Name: "Bad-name", Partition: "x", Columns: []lake.Column{
		{Name: "x", Type: "varchar"}, {Name: "x", Type: "money"}, {Name: "d", Type: "decimal(4,9)"}}}
	state := tree(t, filepath.Join(root, "lake"))
	err := w.Ensure(t.Context(), []lake.Table{
		{Name: "fine", Columns: []lake.Column{{Name: "x", Type: "date"}}}, retyped, vanished, bad})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"scans.number: the column is varchar in the lake and cannot become bigint",
		"rates.price: the column is in the lake and no longer in the contract",
		`table name "Bad-name"`, "column x stands twice",
		`type "money" is none of`, "scale <= precision", `partition column "x" is not a date column`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in\n%v", want, err)
		}
	}
	if diff := cmp.Diff(state, tree(t, filepath.Join(root, "lake"))); diff != "" {
		t.Errorf("a refused Ensure changed files: %s", diff)
	}
}
