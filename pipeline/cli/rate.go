package cli

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"waybill/pipeline/metric"
	"waybill/pipeline/rate"
	"waybill/pipeline/run"
)

func newRate(env *Env, c *common) *cobra.Command {
	cmd := &cobra.Command{
		Use: "rate", Short: "Show rate cards and price parcels with them", Args: cobra.ArbitraryArgs, RunE: group,
		Long: `A rate card (rates/CARD/card.yaml with its CSV files) says what a provider charges on some channels, in versions that follow each other.
Prices come from one SQL text, in whole numbers: the same arithmetic prices a parcel that is asked for and one that was shipped.` + exitHelp,
		Example: "  waybill -C shop rate list\n  waybill -C shop rate price --card yun_us --weight 0.42kg --size 30x20x10cm --zip 90210 --day 2026-03-02\n  waybill -C shop rate explain LP00123456789",
	}
	cmd.AddCommand(newRateList(env, c), newRateNew(env, c), newRatePrice(env, c), newRateExplain(env, c), newRateShipments(env, c), newRateTest(env, c), newRateExport(env, c), newRateImport(env, c))
	return cmd
}

func newRateList(env *Env, c *common) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the rate cards and their versions", Args: args(cobra.NoArgs),
		Long:    "One row per version. A card that cannot be read is named with file, line and column, and is exit 2; the others are listed." + exitHelp,
		Example: "  waybill -C shop rate list\n  waybill -C shop rate list --json",
		RunE: func(*cobra.Command, []string) error {
			return c.cards(env, func(r *run.Runner) error { return runRateList(env, c, r) })
		},
	}
}

// cards runs on a workspace; a mistake in a card is the caller's.
func (c *common) cards(env *Env, do func(*run.Runner) error) error {
	r, err := c.open(env)
	if err != nil {
		return err
	}
	err = do(r)
	var card *run.CardError
	if errors.As(err, &card) {
		return &exitError{exitUsage, err}
	}
	return err
}

// cardVersion is a row of rate list.
type cardVersion struct {
	Card       string   `json:"card"`
	Title      string   `json:"title"`
	Provider   string   `json:"provider"`
	Channels   []string `json:"channels"`
	Currency   string   `json:"currency"`
	From       string   `json:"from"`
	To         string   `json:"to,omitempty"` // exclusive
	RecordedAt string   `json:"recorded_at,omitempty"`
	Bands      int      `json:"bands"`
	Surcharges []string `json:"surcharges"`
}

func runRateList(env *Env, c *common, r *run.Runner) error {
	cards, broken := r.Cards()
	list := []cardVersion{}
	for i, k := range cards.Cards {
		for n, v := range k.Versions {
			row := cardVersion{Card: k.ID, Title: k.Title, Provider: k.Provider, Channels: k.Channels, Currency: k.Currency, From: v.From, To: v.To, RecordedAt: v.RecordedAt, Surcharges: []string{}}
			for _, p := range cards.Rows[i].Prices {
				if p.V == int64(n) {
					row.Bands++
				}
			}
			for _, s := range v.Surcharges {
				row.Surcharges = append(row.Surcharges, s.Charge)
			}
			list = append(list, row)
		}
	}
	if c.json {
		if err := printJSON(env, list); err != nil {
			return err
		}
	} else if len(list) > 0 {
		t := newTable(env, "card", "title", "provider", "channels", "currency", "from", "to", "bands", "surcharges")
		for _, v := range list {
			t.AppendRow(table.Row{v.Card, v.Title, v.Provider, strings.Join(v.Channels, ", "), v.Currency, v.From, v.To, v.Bands, strings.Join(v.Surcharges, ", ")})
		}
		t.Render()
	}
	if broken == nil && len(list) == 0 && !c.json {
		return &run.CardError{Err: run.ErrNoCards}
	}
	return broken
}

type rateShipmentsOptions struct {
	cards                   []string
	from, to, asOf, knownAt string
}

func newRateShipments(env *Env, c *common) *cobra.Command {
	o := rateShipmentsOptions{}
	cmd := &cobra.Command{
		Use: "shipments", Short: "Price all shipments, and compare what they would have cost under other cards", Args: args(cobra.NoArgs),
		Long: `One row per channel, month and card: how many parcels have a price, what they cost together and each, and why others have none. Without
--card each parcel is priced by the card of its channel; with several each parcel is priced by all of them, and "in common" is what those
cost that every card prices: only these can be compared. Days are those of the cards.` + exitHelp,
		Example: "  waybill -C shop rate shipments --from 2026-10-01 --to 2026-11-01\n  waybill -C shop rate shipments --card yun_us --card rival_us --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.cards(env, func(r *run.Runner) error { return runRateShipments(cmd.Context(), env, c, r, o) })
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.cards, "card", nil, "price by this card; several times")
	f.StringVar(&o.from, "from", "", "first day, 2026-10-01")
	f.StringVar(&o.to, "to", "", "first day that no longer belongs, 2026-11-01")
	f.StringVar(&o.asOf, "as-of", "", "nothing after this instant has happened")
	f.StringVar(&o.knownAt, "known-at", "", "as a lake version knew it (id or number)")
	return cmd
}

func runRateShipments(ctx context.Context, env *Env, c *common, r *run.Runner, o rateShipmentsOptions) error {
	at, err := instant(o.asOf)
	if err != nil {
		return err
	}
	var span [2]time.Time
	for i, d := range []string{o.from, o.to} {
		if d == "" {
			continue
		}
		if span[i], err = time.Parse(time.DateOnly, d); err != nil {
			return exit(exitUsage, "day %q; try: 2026-10-01", d)
		}
	}
	if o.from != "" && o.to != "" && !span[1].After(span[0]) {
		return exit(exitUsage, "--to %s is not after --from %s; try: the first day that no longer belongs", o.to, o.from)
	}
	for i, k := range o.cards {
		if slices.Contains(o.cards[:i], k) {
			return exit(exitUsage, "card %s is named twice", k)
		}
	}
	sums, err := r.PriceShipments(ctx, run.View{AsOf: at, KnownAt: o.knownAt}, span[0], span[1], o.cards)
	if err != nil {
		return reportError(err)
	}
	if c.json {
		return printJSON(env, sums)
	}
	t := newTable(env, "channel", "month", "card", "parcels", "priced", "total", "currency", "per parcel", "in common", "total in common", "without a price")
	for _, s := range sums {
		var why []string
		for _, p := range slices.Sorted(maps.Keys(s.Problems)) {
			why = append(why, fmt.Sprintf("%d %s", s.Problems[p], p))
		}
		if s.NoSides > 0 {
			why = append(why, fmt.Sprintf("(%d priced without sides)", s.NoSides))
		}
		t.AppendRow(table.Row{s.Channel, cmp.Or(s.Month, "any day"), s.Card, s.Parcels, s.Priced, s.Total, s.Currency, s.Each, s.Common, s.InCommon, strings.Join(why, ", ")})
	}
	t.Render()
	return nil
}

func newRateTest(env *Env, c *common) *cobra.Command {
	return &cobra.Command{
		Use: "test [CARD]", Short: "Hold cards against parcels with known prices", Args: args(cobra.MaximumNArgs(1)),
		Long: `Cases stand in rates/CARD/cases.csv: the columns of price --file and expect, as "total 50.85; fuel 4.35" or the word of a problem: the lines
of a bill that you have checked by hand. One line per expectation; one that fails is exit 4.` + exitHelp,
		Example: "  waybill -C shop rate test\n  waybill -C shop rate test yun_us --json",
		RunE: func(cmd *cobra.Command, a []string) error {
			return c.cards(env, func(r *run.Runner) error {
				checks, err := r.TestCards(cmd.Context(), strings.Join(a, ""))
				if err != nil {
					return err
				}
				list := []expectation{}
				for _, x := range checks {
					list = append(list, expectation{Card: x.Card, File: x.File, Line: x.Line, Case: x.Case, What: x.What, Want: x.Want, Got: x.Got, OK: x.OK})
				}
				return printExpectations(env, c, list)
			})
		},
	}
}

type rateNewOptions struct{ provider, currency, zone string }

func newRateNew(env *Env, c *common) *cobra.Command {
	o := rateNewOptions{}
	cmd := &cobra.Command{
		Use: "new CARD [CHANNEL…]", Short: "Write a rate card to start from", Args: args(cobra.MinimumNArgs(1)),
		Long:    "Writes rates/CARD with a card of invented prices, remarks on every key, and its CSV files: replace the numbers by those of your contract. Nothing is overwritten." + exitHelp,
		Example: "  waybill -C shop rate new yun_us YUN-US-STD --provider yunexpress --currency CNY",
		RunE: func(_ *cobra.Command, a []string) error {
			return c.cards(env, func(r *run.Runner) error {
				path, err := r.NewCard(a[0], a[1:], o.provider, o.currency, o.zone)
				if err != nil {
					return err
				}
				if c.json {
					return printJSON(env, map[string]string{"card": a[0], "file": path})
				}
				fmt.Fprintln(env.Stdout, path)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&o.provider, "provider", "provider", "who sends the bill, as shipments name it")
	cmd.Flags().StringVar(&o.currency, "currency", "CNY", "ISO 4217")
	cmd.Flags().StringVar(&o.zone, "tz", "Asia/Shanghai", "IANA zone of the card's days")
	return cmd
}

type ratePriceOptions struct {
	ask                         rate.Ask
	weight, size, value, output string
	file                        string
	charges                     bool
}

func newRatePrice(env *Env, c *common) *cobra.Command {
	o := ratePriceOptions{}
	cmd := &cobra.Command{
		Use: "price", Short: "Price one parcel, or a CSV of them", Args: args(cobra.NoArgs),
		Long: `Prices a parcel that need not exist under the card of a channel, or under the card that is named, as of a local day of the card. With
--file a CSV of parcels with columns among parcel, card, provider, channel, day, country, state, postal_code, weight, weight_unit, length,
width, height, length_unit, features, declared_value, declared_currency; the other flags fill what a row leaves empty. What a price lacks is said,
never guessed: a parcel without a price is exit 4, a row that cannot be read exit 3, and the others are priced.` + exitHelp,
		Example: `  waybill -C shop rate price --card yun_us --weight 0.42kg --size 30x20x10cm --zip 90210 --day 2026-03-02
  waybill -C shop rate price --channel YUN-US-STD --weight 15oz --feature battery --day 2026-03-02 --json
  waybill -C shop rate price --file parcels.csv --day 2026-03-02 --output csv`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.cards(env, func(r *run.Runner) error { return runRatePrice(cmd.Context(), env, c, r, o) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.ask.Card, "card", "", "the card; without it that of the channel")
	f.StringVar(&o.ask.Channel, "channel", "", "the channel")
	f.StringVar(&o.ask.Provider, "provider", "", "the provider of the channel, where several sell one of that name")
	f.StringVar(&o.ask.Day, "day", "", "local day of the card that decides the version, 2026-03-02")
	f.StringVar(&o.weight, "weight", "", "0.42kg, 420g, 15oz, 2lb")
	f.StringVar(&o.size, "size", "", "30x20x10cm, 12x8x4in")
	f.StringVar(&o.ask.Country, "country", "", "destination, US")
	f.StringVar(&o.ask.State, "state", "", "destination state, CA")
	f.StringVar(&o.ask.ZIP, "zip", "", "destination ZIP, 90210")
	f.StringArrayVar(&o.ask.Features, "feature", nil, "what a surcharge may ask for; several times: "+strings.Join(rate.Features, ", "))
	f.StringVar(&o.value, "value", "", "declared value, 18.50USD")
	f.StringVar(&o.file, "file", "", "a CSV of parcels")
	f.StringVarP(&o.output, "output", "o", "table", "of a file: table or csv")
	f.BoolVar(&o.charges, "charges", false, "of a file: a row per charge")
	return cmd
}

var (
	weightText = regexp.MustCompile(`^([0-9.]+) ?([a-z]+)$`)
	sizeText   = regexp.MustCompile(`^([0-9.]+)x([0-9.]+)x([0-9.]+) ?([a-z]+)$`)
	valueText  = regexp.MustCompile(`^([0-9.]+) ?([A-Z]{3})$`)
)

// measures reads weight, size and value.
func (o *ratePriceOptions) measures() error {
	if o.weight != "" {
		m := weightText.FindStringSubmatch(o.weight)
		if m == nil {
			return exit(exitUsage, "--weight %q; try: 0.42kg", o.weight)
		}
		o.ask.Weight, o.ask.WeightUnit = m[1], m[2]
	}
	if o.size != "" {
		m := sizeText.FindStringSubmatch(strings.ReplaceAll(o.size, "*", "x"))
		if m == nil {
			return exit(exitUsage, "--size %q; try: 30x20x10cm", o.size)
		}
		o.ask.Length, o.ask.Width, o.ask.Height, o.ask.LengthUnit = m[1], m[2], m[3], m[4]
	}
	if o.value != "" {
		m := valueText.FindStringSubmatch(o.value)
		if m == nil {
			return exit(exitUsage, "--value %q; try: 18.50USD", o.value)
		}
		o.ask.Value, o.ask.ValueCurrency = m[1], m[2]
	}
	return nil
}

func runRatePrice(ctx context.Context, env *Env, c *common, r *run.Runner, o ratePriceOptions) error {
	if o.output != "table" && o.output != "csv" {
		return exit(exitUsage, "output %q; try: table or csv", o.output)
	}
	if err := o.measures(); err != nil {
		return err
	}
	if o.file == "" {
		o.ask.Parcel = "parcel"
		if err := o.ask.Check(); err != nil {
			return exit(exitUsage, "%v", err)
		}
		prices, err := r.Price(ctx, []rate.Ask{o.ask})
		if err != nil {
			return err
		}
		return printPrice(env, c, prices[0])
	}
	b, err := os.ReadFile(o.file)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	asks, broken := rate.ReadAsks(o.file, b, o.ask)
	if len(asks) == 0 {
		return &exitError{exitUsage, cmp.Or(broken, errors.New(o.file+" has no parcel"))}
	}
	prices, err := r.Price(ctx, asks)
	if err != nil {
		return err
	}
	if err := printPrices(env, c, prices, o); err != nil {
		return err
	}
	if broken != nil {
		return &exitError{exitPartly, broken}
	}
	without := 0
	for _, p := range prices {
		if p.Total == "" {
			without++
		}
	}
	if without > 0 {
		return exit(exitCheck, "%d of %d parcels have no price", without, len(prices))
	}
	return nil
}

// printPrices shows a list of prices.
func printPrices(env *Env, c *common, prices []rate.Price, o ratePriceOptions) error {
	if c.json {
		return printJSON(env, prices)
	}
	head := []string{"parcel", "card", "version_from", "day", "chargeable", "weight_unit", "basis", "zone", "total", "currency", "note"}
	var rows [][]string
	for _, p := range prices {
		rows = append(rows, []string{p.Parcel, p.Card, p.From, p.Day, p.Chargeable, p.Unit, p.Basis, p.Zone, p.Total, p.Currency, cmp.Or(rate.Problems[p.Problem], rate.Problems[p.Assumed])})
	}
	if o.charges {
		head, rows = []string{"parcel", "card", "charge", "amount", "currency", "how", "source", "note"}, nil
		for _, p := range prices {
			for _, x := range p.Charges {
				if x.Charged {
					rows = append(rows, []string{p.Parcel, p.Card, x.Charge, x.Amount, p.Currency, x.How, x.Source, rate.Problems[x.Problem]})
				}
			}
		}
	}
	if o.output == "csv" {
		w := csv.NewWriter(env.Stdout)
		if err := w.Write(head); err != nil {
			return err
		}
		for _, row := range rows {
			for i, cell := range row { // a parcel's name must not become a formula
				if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) && i == 0 {
					row[i] = "'" + cell
				}
			}
			if err := w.Write(row); err != nil {
				return err
			}
		}
		w.Flush()
		return w.Error()
	}
	columns := make([]any, len(head))
	for i, h := range head {
		columns[i] = h
	}
	t := newTable(env, columns...)
	for _, row := range rows {
		cells := make(table.Row, len(row))
		for i, v := range row {
			cells[i] = v
		}
		t.AppendRow(cells)
	}
	t.Render()
	return nil
}

// printPrice argues one price.
func printPrice(env *Env, c *common, p rate.Price) error {
	if c.json {
		if err := printJSON(env, p); err != nil {
			return err
		}
	} else {
		w := env.Stdout
		fmt.Fprintf(w, "%s", p.Parcel)
		if p.Card != "" {
			fmt.Fprintf(w, " by %s", p.Card)
		}
		if p.From != "" {
			fmt.Fprintf(w, ", version from %s", p.From)
		}
		if p.Clause != "" {
			fmt.Fprintf(w, " (%s)", p.Clause)
		}
		if p.Day != "" {
			fmt.Fprintf(w, ", of %s", p.Day)
		}
		fmt.Fprintln(w)
		t := newTable(env, "what", "value", "how", "source")
		for _, s := range p.How {
			t.AppendRow(table.Row{s.What, s.Value, s.How, s.Source})
		}
		for _, x := range p.Charges {
			amount := cmp.Or(x.Amount, "?")
			if !x.Charged {
				amount = "0.00"
			}
			how := x.How
			if x.Problem != "" {
				how = rate.Problems[x.Problem]
			}
			t.AppendRow(table.Row{strings.TrimSpace(x.Charge + " " + x.Name), amount, how, x.Source})
		}
		if p.Total != "" {
			t.AppendRow(table.Row{"total", p.Total + " " + p.Currency, rate.Problems[p.Assumed], ""})
		}
		t.Render()
	}
	if p.Total == "" {
		return exit(exitCheck, "no price: %s", cmp.Or(rate.Problems[p.Problem], p.Problem))
	}
	return nil
}

func newRateExplain(env *Env, c *common) *cobra.Command {
	card, asOf, knownAt := "", "", ""
	cmd := &cobra.Command{
		Use: "explain NUMBER", Short: "Argue the price of a shipped parcel, from its weight to the total", Args: args(cobra.ExactArgs(1)),
		Long: `NUMBER is a tracking number, an order or a parcel. Priced by the card of its channel, or by the one that --card names, with the weight and
sides of the seller's own export: not what the provider billed. A parcel without a price is exit 4 and says what is missing.` + exitHelp,
		Example: "  waybill -C shop rate explain LP00123456789\n  waybill -C shop rate explain LP00123456789 --card rival_us --json",
		RunE: func(cmd *cobra.Command, a []string) error {
			return c.cards(env, func(r *run.Runner) error {
				at, err := instant(asOf)
				if err != nil {
					return err
				}
				p, err := r.PriceShipment(cmd.Context(), run.View{AsOf: at, KnownAt: knownAt}, a[0], card)
				var none *metric.NotFoundError
				var several *run.SeveralError
				if errors.As(err, &none) || errors.As(err, &several) {
					return &exitError{exitUsage, err}
				}
				if err != nil {
					return err
				}
				return printPrice(env, c, p)
			})
		},
	}
	cmd.Flags().StringVar(&card, "card", "", "another card than that of its channel")
	cmd.Flags().StringVar(&asOf, "as-of", "", "nothing after this instant has happened")
	cmd.Flags().StringVar(&knownAt, "known-at", "", "as a lake version knew it (id or number)")
	return cmd
}
