package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"sort"
	"strings"
	"time"

	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
	"waybill/pipeline/rate"
	"waybill/pipeline/yamldoc"
)

// CasesDir holds, below the queries, files of cases by which rules are tested,
// and the rate cards that they use.
const CasesDir = "audit/cases"

// Cases is a file of cases: small bills over small worlds, and every finding
// that the rules, all of them, must make of each.
type Cases struct {
	File     string `yaml:"-"`
	Rule     string `yaml:"rule"`
	Provider string `yaml:"provider"`
	AsOf     string `yaml:"as_of"`
	// What parcels and lines have where a case says nothing else; no: nothing.
	Alone  bool       `yaml:"alone"` // its rule looks at all parcels of a channel: no other file's stand beside
	Parcel CaseParcel `yaml:"parcel"`
	Line   CaseLine   `yaml:"line"`
	FX     []CaseFX   `yaml:"fx"`
	List   []Case     `yaml:"cases"`
	lines  []int
	bar    []string // rules that do not run where other files stand beside
}

// Case is one bill, or a few.
type Case struct {
	Name     string            `yaml:"name"`
	Each     int               `yaml:"each"` // parcels and lines with # in their number stand so often, # from 1
	Parcels  []CaseParcel      `yaml:"parcels"`
	Bills    []CaseBill        `yaml:"bills"`
	Lines    []CaseLine        `yaml:"lines"`
	Findings []string          `yaml:"findings"` // RULE BILL NUMBER CHARGE DELTA; - for none
	Parts    map[string]string `yaml:"parts"`    // effect to amount, over the case
}

// CaseParcel is a parcel of ours.
type CaseParcel struct {
	ID        string `yaml:"id"` // number, too
	LastMile  string `yaml:"last_mile"`
	Reference string `yaml:"reference"`
	Master    string `yaml:"master"`
	Order     string `yaml:"order"`
	Channel   string `yaml:"channel"`
	Label     string `yaml:"label"` // day, UTC
	Unscanned bool   `yaml:"unscanned"`
	Delivered string `yaml:"delivered"`
	Returning string `yaml:"returning"`
	Attempt   string `yaml:"attempt"`
	Held      string `yaml:"held"`  // by customs
	Ended     string `yaml:"ended"` // lost, destroyed, returned, cancelled
	EndedAt   string `yaml:"ended_at"`
	Weight    string `yaml:"weight"` // 0.42 kg
	Size      string `yaml:"size"`   // 30x20x10 cm
	ZIP       string `yaml:"zip"`
	State     string `yaml:"state"`
	Features  string `yaml:"features"`
	Value     string `yaml:"value"` // 20 USD
}

// CaseBill says of a bill what its lines do not.
type CaseBill struct {
	Bill        string `yaml:"bill"`
	Total       string `yaml:"total"`
	DuplicateOf string `yaml:"duplicate_of"`
}

// CaseFX is a day's reference rate: 1 base is rate quote.
type CaseFX struct {
	Day   string `yaml:"date"`
	Base  string `yaml:"base"`
	Quote string `yaml:"quote"`
	Rate  string `yaml:"rate"`
}

// CaseLine is a charge line.
type CaseLine struct {
	Provider  string `yaml:"provider"` // of another one's bill
	Bill      string `yaml:"bill"`
	Date      string `yaml:"date"`
	Number    string `yaml:"number"`
	Reference string `yaml:"reference"`
	Master    string `yaml:"master"`
	Charge    string `yaml:"charge"`
	Raw       string `yaml:"raw"`
	Amount    string `yaml:"amount"`
	Currency  string `yaml:"currency"`
	Weight    string `yaml:"weight"`
	Actual    string `yaml:"actual"` // weight as measured by the provider, in the unit of weight
	Zone      string `yaml:"zone"`
	Service   string `yaml:"service"`
	Value     string `yaml:"value"` // 20 USD, declared
	Rate      string `yaml:"rate"`  // 7.1 USD: 1 USD is 7.1 of currency
	Shipped   string `yaml:"shipped"`
	Quantity  string `yaml:"quantity"`
	UnitPrice string `yaml:"unit_price"`
}

// CaseCheck is what a case expects and what came.
type CaseCheck struct {
	File, Rule, Case string
	Line             int
	Want, Got        string // sorted findings and parts, one a line; equal where it holds
	OK               bool
}

// ReadCases reads the files of cases.
func ReadCases(queries fs.FS) ([]Cases, error) {
	names, err := fs.Glob(queries, CasesDir+"/*.yaml")
	if err != nil {
		return nil, err
	}
	var out []Cases
	var errs []error
	for _, n := range names {
		b, err := fs.ReadFile(queries, n)
		if err != nil {
			return nil, err
		}
		c := Cases{File: n}
		if err := yamldoc.Decode("queries/"+n, b, &c); err != nil {
			errs = append(errs, err)
			continue
		}
		for i := range c.List {
			line, _ := yamldoc.Position(b, fmt.Sprintf("$.cases[%d]", i))
			c.lines = append(c.lines, line)
		}
		c.fill()
		out = append(out, c)
	}
	return out, errors.Join(errs...)
}

// CaseCards reads the rate cards that cases use.
func CaseCards(queries fs.FS) (cards []*rate.Card, rows []*rate.Rows, err error) {
	names, err := fs.Glob(queries, CasesDir+"/cards/*/"+rate.CardFile)
	if err != nil {
		return nil, nil, err
	}
	for _, n := range names {
		c, r, err := rate.Parse(queries, path.Dir(n))
		if err != nil {
			return nil, nil, err
		}
		cards, rows = append(cards, c), append(rows, r)
	}
	return cards, rows, nil
}

// Together groups files of cases that can be held in one run: those of one day
// and one table of rates, where none wants to be alone. Rules that look at all
// parcels of a channel run only where their own file stands alone.
func Together(files []Cases) [][]Cases {
	var out [][]Cases
	var bar []string
	for _, c := range files {
		if c.Alone {
			bar = append(bar, c.Rule)
		}
	}
	at := map[string]int{}
	for _, c := range files {
		if !c.Alone {
			c.bar = bar
		}
		key := fmt.Sprint(c.AsOf, c.FX)
		if c.Alone {
			key = c.File
		}
		if _, ok := at[key]; !ok {
			at[key] = len(out)
			out = append(out, nil)
		}
		out[at[key]] = append(out[at[key]], c)
	}
	return out
}

// Hold runs the cases of files that stand together on the auditor's engine and
// says what they make. All cases stand side by side: their numbers get the
// case's own start.
func (a *Auditor) Hold(ctx context.Context, files []Cases, tables contract.Set) ([]CaseCheck, error) {
	if len(files) == 0 {
		return nil, nil
	}
	c := files[0]
	asOf, err := time.Parse(time.DateOnly, c.AsOf)
	if err != nil {
		return nil, fmt.Errorf("queries/%s:1:1: as_of %q; try: 2026-06-30", c.File, c.AsOf)
	}
	a.AsOf, a.FX = asOf, nil
	for _, x := range c.FX {
		e8, err := rate.Scaled(x.Rate, 8)
		if err != nil {
			return nil, fmt.Errorf("queries/%s: rate %w", c.File, err)
		}
		a.FX = append(a.FX, FXRate{Day: x.Day, Base: x.Base, Quote: x.Quote, RateE8: e8})
	}
	if err := a.installCases(ctx, files, tables); err != nil {
		return nil, err
	}
	all := a.Rules
	a.Rules = slices.DeleteFunc(slices.Clone(all), func(r Rule) bool { return slices.Contains(c.bar, r.ID) })
	err = a.Run(ctx)
	a.Rules = all
	if err != nil {
		return nil, fmt.Errorf("queries/%s, and those that stand with it: %w", c.File, err)
	}
	got := map[string][]string{}
	take := func(query string, show func(cells []string) string) (err error) {
		rows, err := a.Engine.Query(ctx, query)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		cols, err := rows.Columns()
		if err != nil {
			return err
		}
		for rows.Next() {
			cells := make([]string, len(cols))
			ptr := make([]any, len(cols))
			for i := range cells {
				ptr[i] = &cells[i]
			}
			if err := rows.Scan(ptr...); err != nil {
				return err
			}
			prefix, _, _ := strings.Cut(cells[0], ".")
			got[prefix] = append(got[prefix], show(cells))
		}
		return rows.Err()
	}
	bare := func(s string) string {
		if _, after, ok := strings.Cut(s, "."); ok {
			return after
		}
		return s
	}
	if err := take("select bill_no, rule, coalesce(nullif(number, ''), '-'), coalesce(charge, '-'), cast(money_of_e8(delta_e8) as decimal(18,2)) :: varchar from findings", func(s []string) string {
		return strings.Join([]string{s[1], bare(s[0]), bare(s[2]), s[3], s[4]}, " ")
	}); err != nil {
		return nil, err
	}
	parts := map[string]bool{}
	for f, c := range files {
		for i, k := range c.List {
			for p := range k.Parts {
				parts[caseName(f, i)+" "+p] = true
			}
		}
	}
	if err := take("select bill_no, part, cast(money_of_e8(sum(amount_e8)) as decimal(18,2)) :: varchar from (select split_part(bill_no, '.', 1) || '.' as bill_no, part, amount_e8 from audit_parts) group by bill_no, part order by 1, 2", func(s []string) string {
		if prefix := strings.TrimSuffix(s[0], "."); !parts[prefix+" "+s[1]] {
			return ""
		}
		return s[1] + ": " + s[2]
	}); err != nil {
		return nil, err
	}
	var out []CaseCheck
	for f, c := range files {
		for i, k := range c.List {
			want := slices.Clone(k.Findings)
			for p, amount := range k.Parts {
				want = append(want, p+": "+amount)
			}
			have := slices.DeleteFunc(got[caseName(f, i)], func(s string) bool { return s == "" })
			sort.Strings(want)
			sort.Strings(have)
			check := CaseCheck{File: "queries/" + c.File, Rule: c.Rule, Case: k.Name, Line: c.line(i), Want: strings.Join(want, "\n"), Got: strings.Join(have, "\n")}
			check.OK = check.Want == check.Got
			out = append(out, check)
		}
	}
	return out, nil
}

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
	for _, name := range []string{"shipments", "shipment_facts", "shipment_numbers", "order_shipments", "billing_lines", "bills"} {
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
			"returning_at": p.Returning, "attempt_failed_at": p.Attempt, "customs_held_at": p.Held, "scans": scans, "events": scans})
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
		provider, date, currency string
		total                    int64
		lines                    int
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
		add("billing_lines", map[string]string{"line_id": fmt.Sprintf("%s.%s#%03d", name, l.Bill, n), "provider": provider, "bill_no": own(l.Bill), "version": "1", "bill_date": l.Date, "tracking_number": own(l.Number),
			"reference": own(l.Reference), "master_number": own(l.Master), "charge_raw": raw, "charge": l.Charge, "charge_class": class, "amount": l.Amount, "currency": l.Currency,
			"billed_weight": weight, "weight_unit": unit, "actual_weight": l.Actual, "zone": l.Zone, "service": l.Service, "declared_value": value, "declared_currency": valueIn, "fx_rate": fx, "fx_currency": fxOf, "ship_date": l.Shipped, "quantity": l.Quantity, "unit_price": l.UnitPrice})
		if bills[l.Bill] == nil {
			bills[l.Bill] = &bill{provider: provider, date: l.Date, currency: l.Currency}
		}
		amount, err := rate.Scaled(strings.TrimPrefix(l.Amount, "-"), 4)
		if err != nil {
			return fmt.Errorf("amount %w", err)
		}
		if strings.HasPrefix(l.Amount, "-") {
			amount = -amount
		}
		bills[l.Bill].total += amount
		bills[l.Bill].lines++
	}
	for no, b := range bills {
		row := map[string]string{"provider": b.provider, "bill_no": own(no), "version": "1", "kind": "original", "is_current": "true", "bill_date": b.date, "currency": b.currency,
			"lines": fmt.Sprint(b.lines), "lines_total": ticks(b.total)}
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
