package audit_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"waybill/pipeline/audit"
	"waybill/queries"
)

// world makes parcels, bills and mistakes by chance.
func world(r *rand.Rand, parcels int) audit.Cases {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	cents := func(below int) string { return fmt.Sprintf("%d.%02d", r.IntN(below), r.IntN(100)) }
	seldom := func(s string) string {
		if r.IntN(6) == 0 {
			return s
		}
		return ""
	}
	c := audit.Case{Name: "by chance"}
	bills := []struct{ no, date string }{{"B1", "2026-03-31"}, {"B2", "2026-04-15"}, {"B3", "2026-04-30"}, {"B4", "2026-05-31"}}
	charges := []string{"registration", "fuel", "remote", "residential", "oversize", "additional_handling", "peak", "return", "redelivery", "duty", "duty_handling", "vat", "technology", "minimum_charge", "signature", "saturday", "address_correction", "pickup", "other", "credit", "label"}
	for i := range parcels + parcels/5 {
		p := audit.CaseParcel{ID: fmt.Sprintf("P%d", i), Channel: pick("STD", "STD", "STD", "LB", "CNY", "DDP", "NONE"), Label: fmt.Sprintf("2026-0%d-%02d", 2+r.IntN(3), 1+r.IntN(28)),
			Weight: fmt.Sprintf("0.%02d kg", 1+r.IntN(99)), Size: fmt.Sprintf("%dx%dx%d cm", 5+r.IntN(40), 5+r.IntN(25), 5+r.IntN(15)), ZIP: pick("10001", "60601", "99501", "99601"),
			Features: pick("", "", "residential", "ddp", "ddp,residential", "address_corrected"), Value: seldom("20 USD"), Master: seldom(fmt.Sprintf("M%d", r.IntN(3))), Returning: seldom("2026-04-02"), Attempt: seldom("2026-04-01"),
			Delivered: pick("2026-04-03", "2026-04-03", "2026-05-03", "")}
		if r.IntN(12) == 0 {
			p.Weight = ""
		}
		p.Unscanned = r.IntN(12) == 0
		if i >= parcels { // on a line that promises a day
			p.Channel = "DUE"
		}
		c.Parcels = append(c.Parcels, p)
		in := "USD"
		if p.Channel == "CNY" || r.IntN(4) == 0 {
			in = "CNY"
		}
		for range 1 + r.IntN(3) {
			b := bills[r.IntN(len(bills))]
			lines := []audit.CaseLine{{Charge: "freight", Amount: cents(14), Weight: seldom("0.7 kg") + seldom("") + pick("", "0."+fmt.Sprint(1+r.IntN(9))+" kg"), Zone: pick("", "1", "2", "Zone 2")}}
			if strings.Count(lines[0].Weight, "kg") > 1 {
				lines[0].Weight = "0.7 kg"
			}
			for range r.IntN(5) {
				lines = append(lines, audit.CaseLine{Charge: charges[r.IntN(len(charges))], Amount: cents(4)})
			}
			for _, l := range lines {
				l.Bill, l.Date, l.Number, l.Currency = b.no, b.date, p.ID, in
				if in == "CNY" && r.IntN(2) == 0 {
					l.Rate = pick("7.20 USD", "7.03 USD")
				}
				switch r.IntN(25) {
				case 0:
					l.Amount = "-" + l.Amount
				case 1:
					l.Number = "X" + fmt.Sprint(i)
				case 2:
					l.Number, l.Master = "", p.Master
				case 3:
					l.Amount += "37" // ten-thousandths
				case 4:
					l.Number = ""
				}
				if l.Charge == "credit" && r.IntN(2) == 0 {
					l.Amount = "-" + strings.TrimPrefix(l.Amount, "-")
				}
				c.Lines = append(c.Lines, l)
				if r.IntN(12) == 0 { // once more, on the same bill or another
					n := bills[r.IntN(len(bills))]
					l.Bill, l.Date = n.no, n.date
					c.Lines = append(c.Lines, l)
				}
			}
		}
	}
	c.Bills = []audit.CaseBill{{Bill: "B4", Total: "1.00"}, {Bill: "B2", Total: "99999.00"}}
	return audit.Cases{File: "by chance", Rule: "any", Provider: "acme", AsOf: "2026-06-30", List: []audit.Case{c},
		FX: []audit.CaseFX{{Day: "2026-03-25", Base: "USD", Quote: "CNY", Rate: "7.0012"}, {Day: "2026-04-10", Base: "CNY", Quote: "USD", Rate: "0.14105"}, {Day: "2026-04-28", Base: "USD", Quote: "CNY", Rate: "7.1"}}}
}

// column reads a query of one text.
func column(t *testing.T, a *audit.Auditor, query string) (out []string) {
	t.Helper()
	rows, err := a.Engine.Query(context.Background(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

const findingText = "select finding_id || ' ' || rule || ' ' || bill_no || ' ' || coalesce(number, '-') || ' ' || coalesce(charge, '-') || ' ' || delta_e8 || ' ' || billed_e8 || ' ' || evidence as f from findings"

// TestAnyWorld holds, over bills made by chance: the identity closes; nothing is
// claimed twice or beyond what was paid too much; a bill alone has the findings
// that it has among all.
func TestAnyWorld(t *testing.T) {
	a, tables := auditor(t, queries.FS)
	for seed := range uint64(2) {
		c := world(rand.New(rand.NewPCG(seed, 7)), 40+40*int(seed%2))
		if _, err := a.Hold(context.Background(), []audit.Cases{c}, tables); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for what, q := range map[string]string{
			"billed is not the sum of the lines":           "select bill_no from (select bill_no, sum(cast(amount * 10000 as bigint)) * 10000 as n from billing_lines group by bill_no) as l where n <> (select sum(amount_e8) from audit_parts as p where p.bill_no = l.bill_no and part = 'billed')",
			"a parcel's bill does not close":               "select u.stage || ' ' || u.charge from audit_units as u where u.is_quoted and u.billed_e8 - u.quoted_e8 <> (select coalesce(sum(e.amount_e8), 0) from audit_effects as e where e.stage = u.stage and e.charge = u.charge)",
			"billed by parcel is not the sum of its lines": "select bill_no from (select bill_no, shipment_id, sum(amount_e8) as n from audit_lines group by bill_no, shipment_id) as l where n <> (select sum(amount_e8) from audit_parts as p where p.bill_no = l.bill_no and p.shipment_id is not distinct from l.shipment_id and part = 'billed')",
			"a parcel does not close":                      "select shipment_id from audit_parts group by bill_no, shipment_id, charge, currency having sum(case part when 'billed' then amount_e8 else -amount_e8 end) <> 0",
			"charges of a finding are not the finding":     "select f.finding_id from findings as f left join (select finding_id, sum(amount_e8) as n from finding_charges group by finding_id) as c on c.finding_id = f.finding_id where takes in ('lines', 'effects') and delta_e8 is distinct from c.n or takes not in ('lines', 'effects') and c.n is not null",
			"a line is taken twice":                        "select line_id from taken_lines group by line_id, shipment_id having count(*) > 1",
			"a part is claimed that is not there":          "select o.stage || ' ' || o.charge from open_effects as o where not exists (select 1 from audit_effects as e where e.stage = o.stage and e.charge = o.charge and e.effect = o.effect and e.part = o.part)",
			"a finding is of nothing or less":              "select finding_id from findings where takes in ('lines', 'effects', 'compensation') and delta_e8 <= 500000",
			"a finding has no lines, or a second self":     "select finding_id from findings group by finding_id having count(*) > 1",
			"more is claimed than was paid too much": `select f.shipment_id || ' ' || f.currency from (select provider, shipment_id, currency, sum(delta_e8) as claimed from findings where takes = 'effects' group by provider, shipment_id, currency) as f
 where claimed > (select coalesce(sum(case when n > 0 then n end), 0) from (select s.provider, s.shipment_id, s.currency, u.charge, sum(u.billed_e8 - u.quoted_e8 - case when e.rounded is null then 0 else e.rounded end) as n from audit_units as u join bill_stages as s on s.stage = u.stage
  left join (select stage, charge, sum(amount_e8) as rounded from audit_effects where effect = 'rounding' group by stage, charge) as e on e.stage = u.stage and e.charge = u.charge where u.is_quoted group by s.provider, s.shipment_id, s.currency, u.charge) as d
  where d.provider = f.provider and d.shipment_id = f.shipment_id and d.currency = f.currency)`,
			"more is claimed than was billed": "select f.shipment_id from (select shipment_id, sum(delta_e8) as claimed from findings where takes in ('lines', 'effects', 'compensation') and shipment_id is not null group by shipment_id) as f where claimed > (select sum(case when amount_e8 > 0 then amount_e8 else 0 end) from audit_lines as l where l.shipment_id = f.shipment_id)",
		} {
			if bad := column(t, a, q); len(bad) > 0 {
				t.Errorf("seed %d: %s: %d, as %v", seed, what, len(bad), bad[:min(3, len(bad))])
			}
		}
		if n := len(column(t, a, "select finding_id from findings where takes = 'compensation'")); n < 3 {
			t.Errorf("seed %d: only %d parcels are too late", seed, n)
		}
		if n := len(column(t, a, "select distinct rule from findings")); n < 12 {
			t.Errorf("seed %d: only %d rules speak", seed, n)
		}
		if seed == 0 {
			slicesClose(t, a)
		}
		var all []string
		for _, b := range column(t, a, "select bill_no from bills order by bill_no") {
			all = append(all, b+"\n"+strings.Join(column(t, a, findingText+" where bill_no = '"+b+"' order by f"), "\n"))
		}
		for _, want := range all {
			b, _, _ := strings.Cut(want, "\n")
			a.Only = []string{b}
			if err := a.Run(context.Background()); err != nil {
				t.Fatal(err)
			}
			got := b + "\n" + strings.Join(column(t, a, findingText+" order by f"), "\n")
			if got != want {
				x, y := strings.Split(want, "\n"), strings.Split(got, "\n")
				t.Errorf("seed %d: bill %s alone has %d findings, among all %d: lacks %v, has %v", seed, b, len(y)-1, len(x)-1,
					slices.DeleteFunc(slices.Clone(x), func(s string) bool { return slices.Contains(y, s) }), slices.DeleteFunc(slices.Clone(y), func(s string) bool { return slices.Contains(x, s) }))
			}
		}
		a.Only = nil
	}
}

// TestACentIsSeen: whichever part of the difference is off by a cent on one bill,
// the audit says so and reports nothing.
func TestACentIsSeen(t *testing.T) {
	ctx := context.Background()
	a, tables := auditor(t, queries.FS)
	if _, err := a.Hold(ctx, []audit.Cases{world(rand.New(rand.NewPCG(1, 7)), 80)}, tables); err != nil {
		t.Fatal(err)
	}
	type mutant struct{ name, table, column, where string }
	var all []mutant
	for _, effect := range []string{"weight", "zone", "rate", "surcharge", "duty", "tax", "fx", "rounding", "unquoted"} {
		all = append(all, mutant{effect, "audit_effects", "amount_e8", "effect = '" + effect + "'"})
	}
	all = append(all,
		mutant{"quoted", "priced_units", "quoted_e8", "is_quoted"},
		mutant{"credits", "line_rows", "amount_e8", "charge_class = 'credit' and level = 'parcel'"},
		mutant{"account", "line_rows", "amount_e8", "level = 'account' and charge_class <> 'credit'"},
		mutant{"unmatched", "line_rows", "amount_e8", "level = 'unmatched'"},
		mutant{"not_due", "line_rows", "amount_e8", "line_id in (select line_id from taken_lines where effect = 'not_due')"})
	for _, m := range all {
		t.Run(m.name, func(t *testing.T) {
			if err := a.Identity(ctx); err != nil {
				t.Fatal(err)
			}
			at := column(t, a, "select cast(min(rowid) as varchar) from "+m.table+" where "+m.where+" having count(*) > 0")
			if len(at) == 0 {
				t.Fatalf("no bill of the world has %s", m.name)
			}
			move := func(by string) {
				if err := a.Engine.Exec(ctx, "update "+m.table+" set "+m.column+" = "+m.column+by+" where rowid = "+at[0]); err != nil {
					t.Fatal(err)
				}
			}
			move(" + 1000000")
			var off *audit.IdentityError
			if err := a.Identity(ctx); !errors.As(err, &off) || max(off.OffE8, -off.OffE8) != 1000000 || off.Slices != 1 {
				t.Errorf("a cent more of %s: %v", m.name, err)
			}
			move(" - 1000000")
		})
	}
}
