package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newPlan(env *Env, c *common) *cobra.Command {
	return &cobra.Command{
		Use: "plan", Short: "Say what a run would do and why, and change nothing",
		Long: "Lists new files, changed mappings and changed rules. Reads names and sizes only; where rate cards changed, also how much\nmoney that moves, by month." + exitHelp, Example: "  waybill -C shop plan --json", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := c.open(env)
			if err != nil {
				return err
			}
			p, err := r.Plan(cmd.Context())
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(env, p)
			}
			if len(p.Steps) == 0 {
				_, err := fmt.Fprintln(env.Stdout, "nothing to do")
				return err
			}
			for _, s := range p.Steps {
				fmt.Fprintf(env.Stdout, "%-8s %s: %s\n", s.What, s.Subject, s.Why)
			}
			return nil
		},
	}
}
