package cli

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"waybill/pipeline/run"
)

func newCodes(env *Env, c *common) *cobra.Command {
	limit := 40
	cmd := &cobra.Command{
		Use: "codes", Short: "List codes and texts of scans that no map knows",
		Long: "Lists what carriers say and no map of data/carriers knows, most frequent first, with an example text. " +
			"A scan without a milestone is kept and counted, but moves no number." + exitHelp,
		Example: "  waybill -C shop codes\n  waybill -C shop codes --json\n  waybill -C shop codes map gofo 204 last_mile_in_transit", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := c.open(env)
			if err != nil {
				return err
			}
			codes, err := r.Codes(cmd.Context(), run.View{})
			if err != nil {
				return reportError(err)
			}
			if c.json {
				return printJSON(env, codes)
			}
			if len(codes.Unmapped) == 0 {
				fmt.Fprintln(env.Stdout, "every scan has a milestone")
			} else {
				t := newTable(env, "carrier", "code", "text (an example)", "scans")
				for _, u := range codes.Unmapped[:min(len(codes.Unmapped), limit)] {
					t.AppendRow(table.Row{u.Carrier, u.Code, u.Text, u.N})
				}
				t.Render()
				if more := len(codes.Unmapped) - limit; more > 0 {
					fmt.Fprintf(env.Stdout, "and %d more; try: --limit %d, or --json\n", more, len(codes.Unmapped))
				}
			}
			if codes.Orphans > 0 {
				fmt.Fprintf(env.Stdout, "%d scans bear a number that belongs to no parcel\n", codes.Orphans)
			}
			return nil
		},
	}
	cmd.Flags().IntVar(&limit, "limit", limit, "rows of the table")
	cmd.AddCommand(newCodesMap(env, c))
	return cmd
}
