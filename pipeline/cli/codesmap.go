package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"waybill/pipeline/lake"
	"waybill/pipeline/run"
)

func newCodesMap(env *Env, c *common) *cobra.Command {
	q := run.MapRequest{}
	cmd := &cobra.Command{
		Use: "map CARRIER CODE MILESTONE", Short: "Map a code, or a text, of a carrier to a milestone",
		Long: `Adds the code to data/carriers of the workspace, with a test that waybill check runs; a built-in map is copied there first, comments and order
stay. A code that the map has gets the new milestone, and its tests that want the old one go. With --text instead of CODE it maps every text that holds these words. Says how many scans without a milestone get one; the next run builds
the facts anew. A milestone that is unknown, or a map that would not work, is exit 2, and nothing is
written.` + exitHelp,
		Example: `  waybill -C shop codes map gofo 204 last_mile_in_transit
  waybill -C shop codes map gofo 209 delivery_attempt_failed --test "Nobody at home"
  waybill -C shop codes map gofo --text "handed to the partner in" handed_to_last_mile`,
		Args: args(cobra.RangeArgs(2, 3)),
		RunE: func(cmd *cobra.Command, a []string) error {
			switch {
			case q.Text != "" && len(a) == 2:
				q.Carrier, q.Milestone = a[0], a[1]
			case q.Text == "" && len(a) == 3:
				q.Carrier, q.Code, q.Milestone = a[0], a[1], a[2]
			default:
				return exit(exitUsage, "either a code or --text is mapped; try: waybill codes map CARRIER CODE MILESTONE, or waybill codes map CARRIER --text TEXT MILESTONE")
			}
			return runCodesMap(cmd.Context(), env, c, q)
		},
	}
	cmd.Flags().StringVar(&q.Text, "text", "", "words of the text, as they stand there, instead of a code")
	cmd.Flags().StringVar(&q.Example, "test", "", "text of a scan with it, for the test")
	return cmd
}

func runCodesMap(ctx context.Context, env *Env, c *common, q run.MapRequest) error {
	r, err := c.open(env)
	if err != nil {
		return err
	}
	m, err := r.MapCode(ctx, q)
	if errors.Is(err, run.ErrMap) {
		return usage(err)
	}
	if errors.Is(err, lake.ErrEmpty) {
		return reportError(err)
	}
	if err != nil {
		return err
	}
	if c.json {
		return printJSON(env, m)
	}
	what := "code " + q.Code
	if q.Text != "" {
		what = fmt.Sprintf("text %q", q.Text)
	}
	fmt.Fprintf(env.Stdout, "%s: %s of %s is %s", m.File, what, q.Carrier, m.Milestone)
	if m.Before != "" {
		fmt.Fprintf(env.Stdout, " (was %s)", m.Before)
	}
	fmt.Fprintln(env.Stdout)
	switch {
	case m.Copied:
		fmt.Fprintln(env.Stdout, "the built-in map was copied into the workspace and replaces it there")
	case m.New:
		fmt.Fprintf(env.Stdout, "%s had no map; this is a new one\n", q.Carrier)
	}
	switch {
	case !m.Loaded:
		fmt.Fprintln(env.Stdout, "nothing is loaded yet")
	case m.Scans == 0 && m.Before == "":
		fmt.Fprintln(env.Stdout, "no scan that is loaded gets a milestone by it; try: waybill codes")
	default:
		fmt.Fprintf(env.Stdout, "%d scans without a milestone get one with the next run; try: waybill run weekly\n", m.Scans)
	}
	return nil
}
