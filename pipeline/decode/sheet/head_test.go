package sheet

import (
	"slices"
	"strings"
	"testing"
)

func TestHeaderIsFound(t *testing.T) {
	for _, c := range []struct {
		name, sheet string
		o           Options
		row         int
		columns     string
	}{
		{"below a title", "Bill of May\n@3\nid,fee\n1,2", Options{}, 3, "id|fee"},
		{"first row of data has a blank", "id,fee,note\nx,2\ny,3,z\nv,4,w", Options{}, 1, "id|fee|note"},
		{"by the most names", "id\nid,fee\nid,fee,note\n1,2,3", Options{Expect: []string{"id", "fee", "note"}}, 3, "id|fee|note"},
		{"names are folded", "x,y\nORDER   id ,fee\n1,2", Options{Expect: []string{"Order ID"}}, 2, "ORDER   id |fee"},
		{"by another fold", "x,y\norder_id,fee\n1,2", Options{Expect: []string{"orderid"}, Fold: func(s string) string { return strings.ReplaceAll(s, "_", "") }}, 2, "order_id|fee"},
		{"some names are missing", "x,y\nid,fee\n1,2", Options{Expect: []string{"id", "weight"}}, 2, "id|fee"},
		{"given", "id,fee\nwaybill,charge\n1,2", Options{Header: 2}, 2, "waybill|charge"},
		{"row 6 of a bill", "a bill\n@6\n客户单号,运费\nx,1", Options{Header: 6}, 6, "客户单号|运费"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := converted(t, one(lines(c.sheet)).file(t), c.o)
			if r.HeaderRow != c.row || strings.Join(r.Columns, "|") != c.columns {
				t.Errorf("row %d %q, want %d %q", r.HeaderRow, r.Columns, c.row, c.columns)
			}
		})
	}
}

func TestMergedHeaders(t *testing.T) {
	for _, c := range []struct {
		name, sheet, merged string
		o                   Options
		columns             string
	}{
		{"two lines", "id,Weight,,Fee,note\n,actual,billed,total\nx,1,2,3,y", "A1:A2 B1:C1 E1:E2", Options{HeaderRows: 2}, "id|Weight actual|Weight billed|total|note"},
		{"two lines by names", "title,,\nid,Weight,\n,actual,billed\nx,1,2", "A1:C1 B2:C2", Options{HeaderRows: 2, Expect: []string{"weight BILLED", "id"}}, "id|Weight actual|Weight billed"},
		{"down from above", "id,Weight,\n,actual,billed\nx,1,2", "A1:A2 B1:C1", Options{Header: 2}, "id|actual|billed"},
		{"across in one line", "id,Weight,,fee\nx,1,kg,2", "B1:C1", Options{Header: 1}, "id|Weight|column_3|fee"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := `<mergeCells>`
			for _, a := range strings.Fields(c.merged) {
				m += `<mergeCell ref="` + a + `"/>`
			}
			r, _ := converted(t, one(lines(c.sheet)+m+`</mergeCells>`).file(t), c.o)
			if strings.Join(r.Columns, "|") != c.columns || r.Records != 1 {
				t.Errorf("%q, %d records", r.Columns, r.Records)
			}
		})
	}
}

func TestSheetIsChosen(t *testing.T) {
	path := made{names: []string{"-Config", "账单说明", "Order Fee(s)", "订单费用明细", "Empty"}, sheets: []string{
		lines("id,fee\n0,0"), lines("about,this\n1,1"), lines("waybill,fee\n2,2"), lines("waybill,fee,zone\n3,3,3"), "<sheetData/>"}}.file(t)
	for _, c := range []struct {
		sheet  string
		expect []string
		want   string
	}{
		{"", nil, "账单说明"},
		{"", []string{"waybill", "zone"}, "订单费用明细"},
		{"", []string{"WAYBILL", "fee"}, "Order Fee(s)"},
		{"", []string{"waybill", "no such"}, "Order Fee(s)"},
		{"Config", nil, "Config"},
		{"order fee(s)", nil, "Order Fee(s)"},
		{"#3", nil, "Order Fee(s)"},
		{"~费用|Fee~", nil, "Order Fee(s)"},
		{"~费用|Fee~", []string{"zone"}, "订单费用明细"},
		{"~^Conf~", nil, "Config"},
	} {
		r, _ := converted(t, path, Options{Sheet: c.sheet, Expect: c.expect})
		if r.Sheet != c.want {
			t.Errorf("%q with %q is %q, want %q", c.sheet, c.expect, r.Sheet, c.want)
		}
	}
}

func TestList(t *testing.T) {
	path := made{names: []string{"A", "-B", "C"}, sheets: []string{
		lines("a,b\n@3\n1,,x\n@61\nbeyond"), lines(strings.Repeat("长", 400)), `<sheetData/>`}}.file(t)
	got, err := List(t.Context(), path, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got[0].Hidden || !got[1].Hidden || got[2].Head != nil || len(got[0].Head) != 3 {
		t.Fatalf("%+v", got)
	}
	if h := got[0].Head; !slices.Equal(h[0], []string{"a", "b"}) || h[1] != nil || !slices.Equal(h[2], []string{"1", "", "x"}) {
		t.Errorf("%q", h)
	}
	if s := got[1].Head[0][0]; s != strings.Repeat("长", 300)+"…" {
		t.Errorf("%d bytes", len(s))
	}
	if _, err := List(t.Context(), file(t, "a.pdf", []byte("%PDF-1")), ""); err == nil || !strings.HasPrefix(err.Error(), "a.pdf: is a PDF") {
		t.Error(err)
	}
}
