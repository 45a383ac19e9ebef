package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"waybill/pipeline/run"
)

func newRateExport(env *Env, c *common) *cobra.Command {
	out := ""
	cmd := &cobra.Command{
		Use: "export CARD", Short: "Write a rate card as a workbook or a page that people can read", Args: args(cobra.ExactArgs(1)),
		Long: `A sheet of terms for each version, with the surcharges in words, then prices, zones, ZIP lists and percentages of all versions, in the languages
of the workspace. Amounts are numbers, ZIPs are texts, there is no formula. Where the file of --out ends in .html it is a page of the same terms and
tables, version by version, that opens in a browser without a network and prints. The same card gives the same bytes.` + exitHelp,
		Example: "  waybill -C shop rate export yun_us\n  waybill -C shop rate export yun_us --out yun_us.xlsx\n  waybill -C shop rate export yun_us --out yun_us.html",
		RunE: func(_ *cobra.Command, a []string) error {
			return c.cards(env, func(r *run.Runner) error {
				file, err := r.ExportCard(a[0], out)
				if err != nil {
					return err
				}
				if c.json {
					return printJSON(env, map[string]string{"card": a[0], "file": file})
				}
				fmt.Fprintln(env.Stdout, file)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "the file, .xlsx or .html (default out/rates/CARD.xlsx of the workspace)")
	return cmd
}

type rateImportOptions struct {
	mapping, sheet string
	dry            bool
}

func newRateImport(env *Env, c *common) *cobra.Command {
	o := rateImportOptions{}
	cmd := &cobra.Command{
		Use: "import CARD FILE.xlsx", Short: "Read a table of a rate card from a provider's price sheet", Args: args(cobra.ExactArgs(2)),
		Long: `--map names a YAML file that says which columns of the sheet are those of the card's prices, matrix, zones, ZIP list or percentages, and of which
version (docs/rates.md). Shows the rows that come and go, and how much money that moves by month, and writes the file that the version names. A cell that does not fit is named with file, sheet
and cell, a card that would not be right with its line and row, and nothing is written (exit 2).` + exitHelp,
		Example: "  waybill -C shop rate import yun_us prices-2026-07.xlsx --map yun.yaml --dry-run\n  waybill -C shop rate import yun_us prices-2026-07.xlsx --map yun.yaml --sheet 美国专线",
		RunE: func(cmd *cobra.Command, a []string) error {
			return c.cards(env, func(r *run.Runner) error { return runRateImport(cmd.Context(), env, c, r, a[0], a[1], o) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.mapping, "map", "", "the YAML file of the mapping")
	f.StringVar(&o.sheet, "sheet", "", "another sheet than the mapping says: its name, #2 or ~pattern~")
	f.BoolVar(&o.dry, "dry-run", false, "show what would change and write nothing")
	return cmd
}

// shownRows is how many rows of a difference are printed.
const shownRows = 40

func runRateImport(ctx context.Context, env *Env, c *common, r *run.Runner, card, file string, o rateImportOptions) error {
	if o.mapping == "" {
		return exit(exitUsage, "--map is missing; try: --map FILE.yaml, as docs/rates.md shows")
	}
	out, err := r.ImportCard(ctx, card, file, o.mapping, o.sheet, o.dry)
	if errors.Is(err, fs.ErrNotExist) {
		return &exitError{exitUsage, err}
	}
	if err != nil {
		return err
	}
	if c.json {
		return printJSON(env, out)
	}
	for _, part := range []struct {
		mark string
		rows []string
	}{{"-", out.Removed}, {"+", out.Added}} {
		for i, row := range part.rows {
			if i == shownRows {
				fmt.Fprintf(env.Stdout, "%s and %d more\n", part.mark, len(part.rows)-i)
				break
			}
			fmt.Fprintf(env.Stdout, "%s %s\n", part.mark, row)
		}
	}
	for _, m := range out.Moves {
		fmt.Fprintf(env.Stdout, "%s: %s\n", m.Card, m.Why())
	}
	does := "is as the sheet says, and nothing was written"
	switch {
	case out.Written:
		does = "written; try: waybill rate test " + card
	case o.dry && len(out.Added)+len(out.Removed) > 0:
		does = "would be written"
	}
	fmt.Fprintf(env.Stdout, "%s/%s/%s: %d rows of sheet %q, %s\n", run.RatesFolder, card, out.File, out.Rows, out.Sheet, does)
	return nil
}
