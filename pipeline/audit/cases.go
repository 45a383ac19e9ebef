package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"
	"time"

	"waybill/pipeline/contract"
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
	Alone  bool        `yaml:"alone"` // its rule looks at all parcels of a channel: no other file's stand beside
	Parcel CaseParcel  `yaml:"parcel"`
	Line   CaseLine    `yaml:"line"`
	FX     []CaseFX    `yaml:"fx"`
	Own    []string    `yaml:"accounts"` // ours at the provider
	Closed []CaseClose `yaml:"closed"`   // months of the provider
	List   []Case      `yaml:"cases"`
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
	Held      string `yaml:"held"`    // by customs
	Address   string `yaml:"address"` // called wrong
	Ended     string `yaml:"ended"`   // lost, destroyed, returned, cancelled
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
	Booked      bool   `yaml:"booked"` // in the closed month of its lines
}

// CaseClose is a month that was closed.
type CaseClose struct {
	Month string `yaml:"month"`
	On    string `yaml:"on"`
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
	Account   string `yaml:"account"`
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
		key := fmt.Sprintf("%s %v %q", c.AsOf, c.FX, c.Own)
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
	a.AsOf, a.FX, a.Accounts, a.Closed = asOf, nil, nil, nil
	for f, c := range files {
		a.Closed = append(a.Closed, c.closed(f)...)
	}
	for _, x := range c.Own {
		a.Accounts = append(a.Accounts, Account{c.Provider, x})
	}
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
