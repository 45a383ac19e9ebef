package cli

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"waybill/pipeline/metric"
	"waybill/pipeline/run"
)

type reconcileOptions struct {
	week, says, shop, orders, output string
}

func newReconcile(env *Env, c *common) *cobra.Command {
	cmd := &cobra.Command{
		Use: "reconcile", RunE: group, Short: "Explain why a platform's figure is not ours",
		Example: "  waybill -C shop reconcile otdr --week 2026-W46 --platform-says 81.5 --orders platform.csv",
	}
	o := reconcileOptions{}
	otdr := &cobra.Command{
		Use: "otdr", Short: "Lead from our on-time rate of a week to the platform's", Args: args(cobra.NoArgs),
		Long: `With --orders, a CSV in UTF-8 with a column order_id and a column on_time (yes or no; late and a status work too), every order that
counts in another way is named with the first reading of the rule that makes it count as the platform says: another version of the clock,
another zone's midnight, cancelled orders, the first of several parcels, a delivery that our data lacks, exclusions. What no reading
explains stays unexplained. Without it the rate is computed under each reading and each pair of them, and the closest is shown: an
indication, no proof. The steps add up from our rate; what remains is shown.` + exitHelp,
		Example: `  waybill -C shop reconcile otdr --week 2026-W46 --platform-says 81.5
  waybill -C shop reconcile otdr --week 2026-W46 --platform-says 81.5 --shop shop-A --orders platform.csv --output csv`,
		RunE: func(cmd *cobra.Command, _ []string) error { return runReconcile(cmd.Context(), env, c, o) },
	}
	otdr.Flags().StringVar(&o.week, "week", "", "week of the promised day: 2026-W46, or its Monday")
	otdr.Flags().StringVar(&o.says, "platform-says", "", "the platform's rate in percent, as 81.5")
	otdr.Flags().StringVar(&o.shop, "shop", "", "of this shop only (its id)")
	otdr.Flags().StringVar(&o.orders, "orders", "", "the platform's list: a CSV with order_id and on_time")
	otdr.Flags().StringVarP(&o.output, "output", "o", "table", "table, or csv: the orders that count in another way")
	cmd.AddCommand(otdr)
	return cmd
}

func runReconcile(ctx context.Context, env *Env, c *common, o reconcileOptions) error {
	says, ok := new(big.Rat).SetString(strings.TrimSuffix(strings.TrimSpace(o.says), "%"))
	if !ok || says.Sign() < 0 || says.Cmp(big.NewRat(100, 1)) > 0 {
		return exit(exitUsage, "--platform-says %q; try: 81.5", o.says)
	}
	if o.week == "" {
		return exit(exitUsage, "which week? try: --week 2026-W46")
	}
	if o.output != "table" && o.output != "csv" {
		return exit(exitUsage, "output %q; try: table or csv", o.output)
	}
	r, err := c.open(env)
	if err != nil {
		return err
	}
	out, err := r.Reconcile(ctx, run.View{}, run.ReconcileOptions{Week: o.week, Shop: o.shop, Says: says.Quo(says, big.NewRat(100, 1)), Orders: o.orders})
	if errors.Is(err, run.ErrOrderList) || errors.Is(err, run.ErrNoShop) || errors.Is(err, metric.ErrWeek) {
		return &exitError{exitUsage, err}
	}
	if err != nil {
		return reportError(err)
	}
	switch {
	case c.json:
		return printJSON(env, out)
	case o.output == "csv":
		return differencesCSV(env, out)
	}
	printReconciliation(env, out)
	return nil
}

func differencesCSV(env *Env, r metric.Reconciliation) error {
	w := csv.NewWriter(env.Stdout)
	rows := [][]string{{"platform", "shop_id", "order_id", "ours_in", "ours_on_time", "theirs_in", "theirs_on_time", "reason", "reading"}}
	for _, d := range r.Differences {
		rows = append(rows, []string{d.Platform, d.Shop, d.Order, strconv.FormatBool(d.OursIn), strconv.FormatBool(d.OursOnTime), strconv.FormatBool(d.TheirsIn), strconv.FormatBool(d.TheirsOnTime), d.Reason, d.Reading})
	}
	return w.WriteAll(rows)
}

// shownReadings is how many readings a person sees.
const shownReadings = 10

func printReconciliation(env *Env, r metric.Reconciliation) {
	of := func(x metric.Rate) string { return fmt.Sprintf("%s%% (%d of %d)", x.Percent, x.Num, x.Den) }
	fmt.Fprintf(env.Stdout, "on-time delivery of %s (%s to %s, %s), shop %s\nours           %s\nplatform says  %s%%\n", r.Week.ID, r.Week.Start, r.Week.End, r.Week.State, joined("", r.Shop, map[bool]string{true: "all"}[r.Shop == ""]), of(r.Ours), r.Says)
	if r.Theirs != nil {
		fmt.Fprintf(env.Stdout, "platform lists %s\n", of(*r.Theirs))
	}
	t := newTable(env, "reason", "reading", "orders", "on time", "due", "rate after")
	t.AppendRow(table.Row{"ours", "", "", r.Ours.Num, r.Ours.Den, r.Ours.Percent})
	for _, s := range r.Steps {
		t.AppendRow(table.Row{s.Reason, s.Reading, s.Orders, fmt.Sprintf("%+d", s.Num), fmt.Sprintf("%+d", s.Den), s.After.Percent})
	}
	t.Render()
	fmt.Fprintf(env.Stdout, "%s percentage points remain to what the platform says\n", joined("", r.Remainder, map[bool]string{true: "unknown"}[r.Remainder == ""]))
	if !r.Indication {
		return
	}
	fmt.Fprintln(env.Stdout, "This is an indication: the reading that comes closest need not be the platform's. With --orders every order is compared.")
	t = newTable(env, "reading", "rate", "on time", "due", "still off by")
	for _, x := range r.Readings[:min(shownReadings, len(r.Readings))] {
		var names []string
		for _, ch := range x.Changes {
			names = append(names, ch.Reason+": "+ch.Reading)
		}
		t.AppendRow(table.Row{strings.Join(names, "; "), x.Rate.Percent, x.Rate.Num, x.Rate.Den, x.Gap})
	}
	t.Render()
}
