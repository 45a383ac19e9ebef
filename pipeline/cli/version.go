package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func newVersion(env *Env, c *common) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the program's version", Args: args(cobra.NoArgs), Example: "  waybill version",
		RunE: func(*cobra.Command, []string) error {
			if c.json {
				return printJSON(env, map[string]string{"version": Version, "go": runtime.Version()})
			}
			_, err := fmt.Fprintf(env.Stdout, "waybill %s (%s)\n", Version, runtime.Version())
			return err
		},
	}
}
