package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"waybill/pipeline/lake"
	"waybill/pipeline/run"
)

type reportOptions struct {
	names         []string
	bill          string
	all           bool
	shop          string
	week, period  string
	asOf, knownAt string
}

func newReport(env *Env, c *common) *cobra.Command {
	o := reportOptions{}
	cmd := &cobra.Command{
		Use: "report [NAME [BILL]]", Short: "Render a report of what is loaded",
		Long: `Renders out/NAME.html and, with the same tables, out/NAME.xlsx: ` + strings.Join(run.ReportNames(), ", ") + `; index lists the reports of the workspace and is
brought up to date with each other one. Nothing is loaded. Equal inputs give equal bytes. With --shop, --week or --period the file
bears them in its name, with --as-of or --known-at the report's id. With --json the numbers are printed instead.
transit and channels have no numbers after the feeds end: with --all and in jobs they are made as of there. leakage is of the bills of a month or of days
(--period 2026-10-01..2026-10-15), all of them without --period, and of all shops; --all makes it where bills are there. bill is one bill, line by line:
its number, or PROVIDER/NUMBER where two providers have it.` + exitHelp,
		Example: `  waybill -C shop report weekly
  waybill -C shop report --all --shop shop-A
  waybill -C shop report leakage --period 2026-10
  waybill -C shop report bill YT2026100001
  waybill -C shop report weekly --as-of 2026-10-05T07:00:00Z --known-at 3f2a91c0`,
		Args: args(cobra.MaximumNArgs(2)),
		RunE: func(cmd *cobra.Command, a []string) error {
			o.names = a[:min(1, len(a))]
			if len(a) > 1 {
				o.bill = a[1]
			}
			return runReport(cmd.Context(), env, c, o)
		},
	}
	cmd.Flags().BoolVar(&o.all, "all", false, "all reports")
	cmd.Flags().StringVar(&o.shop, "shop", "", "of this shop only: its id or name, or platform/id")
	cmd.Flags().StringVar(&o.week, "week", "", "of a report of one week: 2026-W46 or its Monday (default: the last closed one)")
	cmd.Flags().StringVar(&o.period, "period", "", "of a report of several ship weeks: 2026-W40..2026-W46 or 2026-10; leakage also takes days")
	cmd.Flags().StringVar(&o.asOf, "as-of", "", "nothing after this instant has happened")
	cmd.Flags().StringVar(&o.knownAt, "known-at", "", "as a lake version knew it (id or number)")
	return cmd
}

func runReport(ctx context.Context, env *Env, c *common, o reportOptions) error {
	r, err := c.open(env)
	if err != nil {
		return err
	}
	at, err := instant(o.asOf)
	if err != nil {
		return err
	}
	switch {
	case o.all && len(o.names) > 0:
		return exit(exitUsage, "--all and the report %s; try one of them", o.names[0])
	case o.all:
		o.names = run.ReportNames()
	case len(o.names) == 0:
		return exit(exitUsage, "which report? try: --all, %s", strings.Join(run.ReportNames(), ", "))
	}
	numbers := map[string]any{}
	for _, name := range o.names {
		q := run.ReportRequest{View: run.View{AsOf: at, KnownAt: o.knownAt, Shop: o.shop}, Week: o.week, Period: o.period, Bill: o.bill}
		if o.all {
			q = run.ForReport(name, q)
			q.Cut = true // one page must not keep the others from being made; it says its as-of
		}
		if err := run.KnownReport(name); err != nil {
			return reportError(err)
		}
		if c.json {
			data, err := r.ReportData(ctx, name, q)
			if o.all && run.Unable(err) {
				continue
			}
			if err != nil {
				return reportError(err)
			}
			numbers[name] = data
			continue
		}
		res, err := r.Report(ctx, name, q)
		if o.all && run.Unable(err) {
			continue
		}
		if err != nil {
			return reportError(err)
		}
		env.progress.end()
		if _, err := fmt.Fprintln(env.Stdout, res.Path); err != nil {
			return err
		}
	}
	switch {
	case c.json && o.all:
		return printJSON(env, numbers)
	case c.json:
		return printJSON(env, numbers[o.names[0]])
	}
	return nil
}

func reportError(err error) error {
	switch {
	case errors.Is(err, run.ErrNoReport), errors.Is(err, run.ErrPeriod), errors.Is(err, run.ErrNoShop), errors.Is(err, run.ErrAllShops), errors.Is(err, run.ErrNoBill), errors.Is(err, run.ErrNoBills):
		return &exitError{exitUsage, err}
	case errors.Is(err, lake.ErrEmpty):
		return exit(exitFailed, "nothing is loaded yet; try: waybill ingest")
	}
	return err
}
