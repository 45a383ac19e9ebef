package contract_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"waybill/pipeline/contract"
)

func TestTreat(t *testing.T) {
	set, err := contract.Load(builtin(t), fstest.MapFS{"a.yaml": {Data: []byte("table: orders_in\nkind: observation\ncolumns: [{name: x_born, type: date, pii: true, doc: d}]\n")}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		policy contract.Policy
		want   []string // treated columns of orders_in
		wrong  string
	}{
		"nothing":             {contract.Policy{}, nil, ""},
		"drop":                {contract.Policy{"street": contract.Drop}, nil, ""},
		"keep":                {contract.Policy{"buyer_name": contract.Keep}, []string{"orders_in.buyer_name=keep"}, ""},
		"hash":                {contract.Policy{"buyer_phone": contract.Hash}, []string{"orders_in.buyer_phone=hash"}, ""},
		"one table":           {contract.Policy{"orders_in.street": contract.Keep}, []string{"orders_in.street=keep"}, ""},
		"the longer name":     {contract.Policy{"street": contract.Keep, "orders_in.street": contract.Drop}, nil, ""},
		"own column":          {contract.Policy{"x_born": contract.Keep}, []string{"orders_in.x_born=keep"}, ""},
		"no text":             {contract.Policy{"x_born": contract.Hash}, nil, "x_born: orders_in.x_born is no text"},
		"unknown":             {contract.Policy{"buyer_nmae": contract.Keep}, nil, "buyer_nmae: no contract has such a column; try: buyer_name"},
		"unknown in a table":  {contract.Policy{"orders_in.streets": contract.Keep}, nil, "try: orders_in.street"},
		"unknown table":       {contract.Policy{"order_in.street": contract.Keep}, nil, "try: orders_in.street"},
		"nothing like it":     {contract.Policy{"zzzzzzzzzzzzzzzzzzzz": contract.Keep}, nil, "try: buyer_name, buyer_phone, street"},
		"no personal data":    {contract.Policy{"city": contract.Hash}, nil, "city: no contract marks it as personal data"},
		"the table made of":   {contract.Policy{"orders.street": contract.Keep}, nil, "try: orders_in.street"},
		"another word":        {contract.Policy{"street": "encrypt"}, nil, "street: what becomes of it is none of drop, keep, hash"},
		"a key at that place": {contract.Policy{"kye": "0123456789abcdef"}, nil, "kye: what becomes of it"},
	} {
		got, wrong := set.Treat(c.policy)
		var text []string
		for _, w := range wrong {
			text = append(text, w.Error())
		}
		if said := strings.Join(text, "\n"); (c.wrong == "") != (said == "") || !strings.Contains(said, c.wrong) || strings.Contains(said, "0123456789abcdef") {
			t.Errorf("%s: says %q, want %q", name, said, c.wrong)
		}
		if len(wrong) > 0 {
			continue
		}
		if have := got.Treated("orders_in"); !slices.Equal(have, c.want) {
			t.Errorf("%s: %v, want %v", name, have, c.want)
		}
		for _, table := range []string{"orders_in", "orders"} {
			for _, col := range got[table].Columns {
				if stored := slices.Contains(got[table].Names(), col.Name); stored == col.PII || (col.Treated != "" && !col.Personal()) {
					t.Errorf("%s: %s.%s: stored %t, %+v", name, table, col.Name, stored, col)
				}
			}
		}
	}
	if have := set.Treated("orders_in", "orders"); len(have) > 0 || !set["orders_in"].Columns[len(set["orders_in"].Columns)-1].PII {
		t.Errorf("Treat changed the set itself: %v", have)
	}
}
