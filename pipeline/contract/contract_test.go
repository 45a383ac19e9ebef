package contract_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"waybill/data"
	"waybill/pipeline/contract"
)

func builtin(t *testing.T) fs.FS {
	t.Helper()
	f, err := fs.Sub(data.FS, "schema")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestBuiltInContracts(t *testing.T) {
	set, err := contract.Load(builtin(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tab := range set.Sorted() {
		seen := map[string]bool{}
		for _, c := range tab.Stored() {
			if c.PII {
				t.Errorf("%s.%s is personal data and stored", tab.Name, c.Name)
			}
			if seen[c.Name] {
				t.Errorf("%s.%s is stored twice", tab.Name, c.Name)
			}
			seen[c.Name] = true
		}
		if !seen[contract.PMonth] {
			t.Errorf("%s has no partition column", tab.Name)
		}
		if len(tab.Key) == 0 {
			t.Errorf("%s has no key", tab.Name)
		}
	}
	if set["orders"].Kind != contract.Current || len(set["orders"].Key) != 3 {
		t.Errorf("orders: %+v", set["orders"])
	}
}

func TestWorkspaceMayOnlyAdd(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"own column":  {"table: orders_in\nkind: observation\ncolumns: [{name: x_note, type: varchar, doc: a note}]\n", ""},
		"own table":   {"table: x_prices\nkind: observation\nkey: [sku]\ncolumns: [{name: sku, type: varchar, doc: d}]\n", ""},
		"new column":  {"table: orders_in\nkind: observation\ncolumns: [{name: note, type: varchar, doc: d}]\n", "start with x_"},
		"new table":   {"table: prices\nkind: observation\nkey: [sku]\ncolumns: [{name: sku, type: varchar, doc: d}]\n", "starts with x_"},
		"no doc":      {"table: x_a\nkind: observation\ncolumns: [{name: sku, type: varchar}]\n", "has no doc"},
		"wrong type":  {"table: x_a\nkind: observation\ncolumns: [{name: sku, type: text, doc: d}]\n", `type "text"`},
		"unknown key": {"table: x_a\nkind: observation\nkeys: [sku]\n", "keys"},
	} {
		_, err := contract.Load(builtin(t), fstest.MapFS{"a.yaml": {Data: []byte(c.text)}})
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}
