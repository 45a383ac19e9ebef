package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"waybill/pipeline/lake"
	"waybill/pipeline/run"
)

func newReport(env *Env, c *common) *cobra.Command {
	var asOf, knownAt string
	cmd := &cobra.Command{
		Use: "report NAME", Short: "Render a report of what is loaded",
		Long: `Renders out/NAME.html: weekly. Nothing is loaded. Equal inputs give equal bytes. With --as-of or --known-at the file bears the
report's id. With --json the numbers are printed instead.` + exitHelp,
		Example: "  waybill -C shop report weekly\n  waybill -C shop report weekly --as-of 2026-10-05T07:00:00Z --known-at 3f2a91c0",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			r, err := c.open(env)
			if err != nil {
				return err
			}
			at, err := instant(asOf)
			if err != nil {
				return err
			}
			v := run.View{AsOf: at, KnownAt: knownAt}
			if err := run.KnownReport(a[0]); err != nil {
				return reportError(err)
			}
			if c.json {
				w, err := r.WeeklyData(cmd.Context(), v)
				if err != nil {
					return reportError(err)
				}
				return printJSON(env, w)
			}
			res, err := r.Report(cmd.Context(), a[0], v)
			if err != nil {
				return reportError(err)
			}
			env.progress.end()
			_, err = fmt.Fprintln(env.Stdout, res.Path)
			return err
		},
	}
	cmd.Flags().StringVar(&asOf, "as-of", "", "nothing after this instant has happened")
	cmd.Flags().StringVar(&knownAt, "known-at", "", "as a lake version knew it (id or number)")
	return cmd
}

func reportError(err error) error {
	switch {
	case errors.Is(err, run.ErrNoReport):
		return &exitError{exitUsage, err}
	case errors.Is(err, lake.ErrEmpty):
		return exit(exitFailed, "nothing is loaded yet; try: waybill ingest")
	}
	return err
}
