package audit

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"reflect"
	"strings"

	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
	"waybill/pipeline/rate"
)

// fill gives parcels and lines what the file says of all.
func (c *Cases) fill() {
	for i := range c.List {
		k := &c.List[i]
		var parcels []CaseParcel
		for _, p := range k.Parcels {
			for _, n := range k.times(p.ID) {
				p := p
				p.ID = strings.ReplaceAll(p.ID, "#", n)
				parcels = append(parcels, p)
			}
		}
		var lines []CaseLine
		for _, l := range k.Lines {
			for _, n := range k.times(l.Number) {
				l := l
				l.Number = strings.ReplaceAll(l.Number, "#", n)
				lines = append(lines, l)
			}
		}
		k.Parcels, k.Lines = parcels, lines
		for j := range c.List[i].Parcels {
			fillFrom(&c.List[i].Parcels[j], c.Parcel)
		}
		for j := range c.List[i].Lines {
			fillFrom(&c.List[i].Lines[j], c.Line)
		}
	}
}

// times are what stands for # in a number.
func (k *Case) times(number string) []string {
	out := []string{""}
	if strings.Contains(number, "#") {
		out = nil
		for n := range k.Each {
			out = append(out, fmt.Sprint(n+1))
		}
	}
	return out
}

// line is where a case stands in its file; 0 for one that was made elsewhere.
func (c *Cases) line(i int) int {
	if i < len(c.lines) {
		return c.lines[i]
	}
	return 0
}

// closed are the months that a file says, with their bills.
func (c *Cases) closed(file int) (out []ClosedMonth) {
	for _, m := range c.Closed {
		k := ClosedMonth{Provider: c.Provider, Month: m.Month, On: m.On}
		for i, one := range c.List {
			for _, b := range one.Bills {
				if b.Booked {
					k.Bills = append(k.Bills, ClosedBill{BillNo: caseName(file, i) + "." + b.Bill, Version: 1})
				}
			}
		}
		out = append(out, k)
	}
	return out
}

// caseName begins the numbers of a case.
func caseName(file, i int) string { return fmt.Sprintf("c%d_%d", file, i) }

// fillFrom takes texts that are empty from defaults; no stands for none.
func fillFrom[T any](to *T, from T) {
	a, b := reflect.ValueOf(to).Elem(), reflect.ValueOf(from)
	for i := range a.NumField() {
		if f := a.Field(i); f.Kind() == reflect.String {
			if f.String() == "" {
				f.SetString(b.Field(i).String())
			}
			if f.String() == "no" {
				f.SetString("")
			}
		}
	}
}

// installCases makes the tables that the cases of the files say.
func (a *Auditor) installCases(ctx context.Context, files []Cases, tables contract.Set) error {
	words := map[string]string{}
	for _, w := range a.Words {
		words[w.Charge] = w.Class
	}
	rows := map[string][]map[string]string{}
	add := func(table string, row map[string]string) { rows[table] = append(rows[table], row) }
	for f, c := range files {
		for i, k := range c.List {
			if err := k.rows(c.Provider, caseName(f, i), words, add); err != nil {
				return fmt.Errorf("queries/%s: case %q: %w", c.File, k.Name, err)
			}
		}
	}
	for _, name := range []string{"shipments", "shipment_facts", "shipment_numbers", "order_shipments", "order_lines", "billing_lines", "bills"} {
		if err := a.installTable(ctx, tables[name], rows[name]); err != nil {
			return err
		}
	}
	view, err := fs.ReadFile(a.Queries, "views/shipments_as_of.sql")
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(string(view), "{as_of}", "cast("+engine.Literal(files[0].AsOf+" 23:00:00 UTC")+" as timestamp with time zone)")
	return a.exec(ctx, "create or replace view shipments_as_of as "+text)
}

// rows adds the rows of a case to the tables, its numbers beginning with name.
func (k Case) rows(of, name string, words map[string]string, add func(table string, row map[string]string)) error {
	own := func(s string) string {
		if s == "" {
			return ""
		}
		return name + "." + s
	}
	for _, p := range k.Parcels {
		weight, weightUnit, _ := strings.Cut(p.Weight, " ")
		size, lengthUnit, _ := strings.Cut(p.Size, " ")
		sides := append(strings.Split(size, "x"), "", "", "")
		value, currency, _ := strings.Cut(p.Value, " ")
		add("shipments", map[string]string{"shipment_id": own(p.ID), "provider": of, "channel": p.Channel, "weight": weight, "weight_unit": weightUnit,
			"length": sides[0], "width": sides[1], "height": sides[2], "length_unit": lengthUnit, "postal_code": p.ZIP, "state": p.State, "country": "US",
			"features": p.Features, "declared_value": value, "declared_currency": currency, "label_at": p.Label})
		scans, scanned := "3", p.Label
		if p.Unscanned {
			scans, scanned = "0", ""
		}
		ended, endedAt := p.Ended, p.EndedAt
		if p.Delivered != "" {
			ended, endedAt = "delivered", p.Delivered
		}
		add("shipment_facts", map[string]string{"shipment_id": own(p.ID), "provider": of, "channel": p.Channel, "direction": "outbound", "label_at": p.Label, "handed_over_at": scanned,
			"first_scan_at": scanned, "picked_up_at": scanned, "last_event_at": scanned, "delivered_at": p.Delivered, "terminal": ended, "terminal_at": endedAt,
			"returning_at": p.Returning, "attempt_failed_at": p.Attempt, "customs_held_at": p.Held, "address_problem_at": p.Address, "scans": scans, "events": scans})
		for role, number := range map[string]string{"line": p.ID, "last_mile": p.LastMile, "reference": p.Reference, "master": p.Master} {
			if number != "" {
				add("shipment_numbers", map[string]string{"number": own(number), "role": role, "shipment_id": own(p.ID), "valid_from": p.Label})
			}
		}
		if p.Order != "" {
			add("order_shipments", map[string]string{"platform": "p", "shop_id": "s", "order_id": own(p.Order), "shipment_id": own(p.ID), "role": "outbound"})
		}
	}
	type bill struct {
		provider, account, date, currency string
		total                             int64
		lines                             int
		mixed                             bool // of several currencies: there is no sum
	}
	bills := map[string]*bill{}
	for n, l := range k.Lines {
		class, known := words[l.Charge]
		if !known {
			return fmt.Errorf("charge %q is no word of data/charges.yaml", l.Charge)
		}
		weight, unit, _ := strings.Cut(l.Weight, " ")
		raw := l.Raw
		if raw == "" {
			raw = l.Charge
		}
		provider := cmp.Or(l.Provider, of)
		value, valueIn, _ := strings.Cut(l.Value, " ")
		fx, fxOf, _ := strings.Cut(l.Rate, " ")
		add("billing_lines", map[string]string{"line_id": fmt.Sprintf("%s.%s#%03d", name, l.Bill, n), "provider": provider, "account": l.Account, "bill_no": own(l.Bill), "version": "1", "bill_date": l.Date, "tracking_number": own(l.Number),
			"reference": own(l.Reference), "master_number": own(l.Master), "charge_raw": raw, "charge": l.Charge, "charge_class": class, "amount": l.Amount, "currency": l.Currency,
			"billed_weight": weight, "weight_unit": unit, "actual_weight": l.Actual, "zone": l.Zone, "service": l.Service, "declared_value": value, "declared_currency": valueIn, "fx_rate": fx, "fx_currency": fxOf, "ship_date": l.Shipped, "quantity": l.Quantity, "unit_price": l.UnitPrice})
		if bills[l.Bill] == nil {
			bills[l.Bill] = &bill{provider: provider, account: l.Account, date: l.Date, currency: l.Currency}
		}
		amount, err := rate.Scaled(strings.TrimPrefix(l.Amount, "-"), 4)
		if err != nil {
			return fmt.Errorf("amount %w", err)
		}
		if strings.HasPrefix(l.Amount, "-") {
			amount = -amount
		}
		bills[l.Bill].mixed = bills[l.Bill].mixed || l.Currency != bills[l.Bill].currency
		bills[l.Bill].total += amount
		bills[l.Bill].lines++
	}
	for no, b := range bills {
		row := map[string]string{"provider": b.provider, "account": b.account, "bill_no": own(no), "version": "1", "kind": "original", "is_current": "true", "bill_date": b.date, "currency": b.currency,
			"lines": fmt.Sprint(b.lines), "lines_total": ticks(b.total)}
		if b.mixed {
			row["lines_total"], row["currency"] = "", ""
		}
		for _, said := range k.Bills {
			if said.Bill == no {
				row["stated_total"], row["duplicate_of"] = said.Total, own(said.DuplicateOf)
			}
		}
		add("bills", row)
	}
	return nil
}

// ticks writes ten-thousandths as a decimal.
func ticks(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%04d", sign, n/10000, n%10000)
}

// installTable makes a table of a contract, its cells from texts.
func (a *Auditor) installTable(ctx context.Context, t contract.Table, rows []map[string]string) error {
	var columns, texts, casts []string
	for _, c := range t.Stored() {
		columns = append(columns, c.Name)
		texts = append(texts, engine.Ident(c.Name)+" varchar")
		casts = append(casts, fmt.Sprintf("cast(%s as %s) as %s", engine.Ident(c.Name), c.Type, engine.Ident(c.Name)))
	}
	var cells [][]any
	for _, r := range rows {
		line := make([]any, len(columns))
		for i, c := range columns {
			if v := r[c]; v != "" {
				line[i] = v
			}
		}
		cells = append(cells, line)
	}
	if err := a.exec(ctx, "create or replace table case_rows ("+strings.Join(texts, ", ")+")"); err != nil {
		return err
	}
	if err := a.Engine.Insert(ctx, "case_rows", cells); err != nil {
		return fmt.Errorf("%s: %w", t.Name, err)
	}
	if err := a.exec(ctx, "create or replace table "+engine.Ident(t.Name)+" as select "+strings.Join(casts, ", ")+" from case_rows"); err != nil {
		return fmt.Errorf("%s: %w", t.Name, err)
	}
	return nil
}
