package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"waybill/pipeline/run"
)

func newRateExport(env *Env, c *common) *cobra.Command {
	out := ""
	cmd := &cobra.Command{
		Use: "export CARD", Short: "Write a rate card as a workbook that people can read", Args: args(cobra.ExactArgs(1)),
		Long: `A sheet of terms for each version, with the surcharges in words, then prices, zones, ZIP lists and percentages of all versions, in the languages
of the workspace. Amounts are numbers, ZIPs are texts, there is no formula. The same card gives the same bytes.` + exitHelp,
		Example: "  waybill -C shop rate export yun_us\n  waybill -C shop rate export yun_us --out yun_us.xlsx",
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
	cmd.Flags().StringVar(&out, "out", "", "the file (default out/rates/CARD.xlsx of the workspace)")
	return cmd
}
