package cli

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"waybill/pipeline/run"
)

func newBills(env *Env, c *common) *cobra.Command {
	return &cobra.Command{
		Use: "bills", Short: "List the bills that came in, with their versions and totals", Args: args(cobra.NoArgs),
		Long: `One row per version of a bill: original, resend (the same lines again), supplement (lines more, or a file that only adds or corrects),
rebill (other lines); duplicate of names an earlier bill of equal lines. agrees says whether the lines come to what the bill states, to a
cent; it is empty where one of the two is not known. New charges are names that data/charges.yaml does not know; waybill eject
data/charges.yaml to add them.` + exitHelp,
		Example: "  waybill -C shop bills\n  waybill -C shop bills --json\n  waybill -C shop sql \"select charge, sum(amount) as amount, currency from billing_lines group by 1, 3 order by 2 desc\"",
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := c.open(env)
			if err != nil {
				return err
			}
			list, err := r.Bills(cmd.Context())
			if err != nil {
				return reportError(err)
			}
			if c.json {
				return printJSON(env, list)
			}
			if len(list) == 0 {
				fmt.Fprintln(env.Stdout, "no bill came in yet; try: a feed that fills billing_lines_in")
				return nil
			}
			printBills(env, list)
			return nil
		},
	}
}

func printBills(env *Env, list []run.Bill) {
	t := newTable(env, "provider", "account", "bill", "version", "kind", "current", "duplicate of", "date", "lines", "lines total", "stated total", "currency", "agrees", "new charges")
	word := map[bool]string{true: "yes", false: "no"}
	for _, b := range list {
		agrees := ""
		if b.Agrees != nil {
			agrees = word[*b.Agrees]
		}
		var names []string
		for _, n := range b.NewCharges {
			names = append(names, fmt.Sprintf("%s (%d)", n.Name, n.Lines))
		}
		t.AppendRow(table.Row{b.Provider, b.Account, b.No, b.Version, b.Kind, word[b.Current], b.DuplicateOf, b.Date, b.Lines, b.LinesTotal, b.StatedTotal, b.Currency, agrees, strings.Join(names, ", ")})
	}
	t.Render()
}
