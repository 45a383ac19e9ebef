package feed_test

import (
	"encoding/csv"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"waybill/pipeline/feed"
)

// golden reads an expected file of a sample: a row by column.
func golden(t *testing.T, path string) []map[string]string {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, r := range rows[1:] {
		m := map[string]string{}
		for i, c := range r {
			m[rows[0][i]] = c
		}
		out = append(out, m)
	}
	return out
}

// sums adds decimals by a key.
type sums map[string]*big.Rat

func (s sums) add(t *testing.T, key, amount string) {
	t.Helper()
	n, ok := new(big.Rat).SetString(amount)
	if !ok {
		t.Fatalf("%q is no amount", amount)
	}
	if s[key] == nil {
		s[key] = new(big.Rat)
	}
	s[key].Add(s[key], n)
}

// The lines of every sample of a bill add up to what the bill, and each of its
// records, says of itself.
func TestBillsAddUp(t *testing.T) {
	for name, f := range shipped(t) {
		if f.Template.Kind != "bills" {
			continue
		}
		stated := 0
		for _, s := range samples(t, name) {
			bill, record, said, currency := sums{}, sums{}, map[string]string{}, map[string]string{}
			for _, o := range f.Outputs {
				for _, r := range golden(t, filepath.Join(filepath.Dir(s.path), o.Name+s.variant+".csv")) {
					key := strings.Join([]string{r["provider"], r["account"], r["bill_no"]}, "|")
					if o.Table == "bills_in" {
						if r["total_amount"] != "" {
							stated++
							said["bill "+key], currency[key] = r["total_amount"], r["currency"]
						}
						continue
					}
					bill.add(t, key+"|"+r["currency"], r["amount"])
					of := o.Name + " " + r["record"]
					record.add(t, of, r["amount"])
					if r["record_total"] != "" {
						stated++
						said[of] = r["record_total"]
					}
				}
			}
			for what, total := range said {
				sum := record[what]
				if key, is := strings.CutPrefix(what, "bill "); is {
					sum = bill[key+"|"+currency[key]]
				}
				if want, _ := new(big.Rat).SetString(total); sum == nil || sum.Cmp(want) != 0 {
					t.Errorf("%s%s: %s states %s, its lines add up to %v", name, s.variant, what, total, sum)
				}
			}
		}
		if stated == 0 && states(f) {
			t.Errorf("%s: no sample states a total", name)
		}
	}
}

// states says that a template reads a total.
func states(f *feed.Feed) bool {
	return slices.ContainsFunc(f.Outputs, func(o feed.Output) bool {
		_, bill := o.Columns["total_amount"]
		_, record := o.Columns["record_total"]
		return bill || record
	})
}

// A layout without header that has changed is refused, and the error names the
// column whose cells no longer fit. A changed layout that only cuts the end off
// is none.
func TestChangedLayoutIsRefused(t *testing.T) {
	e := session(t)
	for name, f := range shipped(t) {
		columns := f.CSV.Columns
		if len(columns) == 0 {
			continue
		}
		for _, s := range samples(t, name) {
			rows := s.head(t, e, s.feed(t, name)).Rows
			if err := f.Content(columns, rows); err != nil {
				t.Errorf("%s%s: %v", name, s.variant, err)
			}
			for _, c := range changes[name] {
				changed := make([][]string, len(rows))
				for i, r := range rows {
					changed[i] = c.change(slices.Clone(r), columns)
				}
				var no *feed.ContentError
				if err := f.Content(columns, changed); !errors.As(err, &no) || no.Column != c.names {
					t.Errorf("%s%s, %s: got %v, want an error about %q", name, s.variant, c.what, err, c.names)
				} else if at := slices.Index(columns, c.names); no.Position != at+1 || no.Example == "" || !strings.Contains(err.Error(), no.Expected) {
					t.Errorf("%s%s, %s: %v", name, s.variant, c.what, err)
				}
			}
		}
		if len(changes[name]) < 2 {
			t.Errorf("%s: no column is inserted and none swapped", name)
		}
	}
}

// layoutChange is what may happen to an export between two months.
type layoutChange struct {
	what   string
	change func(row, columns []string) []string
	names  string // the column that the error is about
}

func inserted(before, cell, names string) layoutChange {
	return layoutChange{"a column before " + before, func(row, columns []string) []string {
		return slices.Insert(row, slices.Index(columns, before), cell)
	}, names}
}

func swapped(a, b, names string) layoutChange {
	return layoutChange{a + " and " + b + " swapped", func(row, columns []string) []string {
		i, j := slices.Index(columns, a), slices.Index(columns, b)
		row[i], row[j] = row[j], row[i]
		return row
	}, names}
}

var changes = map[string][]layoutChange{
	"dhl_ecommerce": {inserted("Shipped Weight", "LB", "Shipped Weight"), inserted("Column 21", "", "Shipped Weight Unit"), swapped("Billed Weight", "Billed Weight Unit", "Billed Weight"), swapped("Pricing Zone", "Transport Charge", "Pricing Zone")},
	"ups_billing":   {inserted("Invoice Amount", "US", "Invoice Amount"), inserted("Zone", "", "Charge Category Code"), swapped("Zone", "Charge Category Code", "Zone"), swapped("Incentive Amount", "Transaction Currency Code", "Transaction Currency Code")},
}
