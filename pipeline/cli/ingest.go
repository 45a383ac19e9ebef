package cli

import (
	"github.com/spf13/cobra"

	"waybill/pipeline/load"
)

func newIngest(env *Env, c *common) *cobra.Command {
	var full bool
	cmd := &cobra.Command{
		Use: "ingest", Short: "Load what is new and bring facts up to date, without reports",
		Long: "Reads new files of every feed, archives them raw, maps them, rejects what does not fit and publishes one lake version." + exitHelp, Example: "  waybill -C shop ingest --json",
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := c.open(env)
			if err != nil {
				return err
			}
			start := env.Now()
			out, err := r.Ingest(cmd.Context(), "ingest", load.Request{Full: full})
			if err != nil {
				return err
			}
			return finish(env, c, out, env.Now().Sub(start))
		},
	}
	cmd.Flags().BoolVar(&full, "full", false, "map every file of the raw archive again and build all facts anew")
	return cmd
}
