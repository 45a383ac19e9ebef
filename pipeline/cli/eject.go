package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newEject(env *Env, c *common) *cobra.Command {
	return &cobra.Command{
		Use: "eject FILE", Short: "Copy a built-in file into the workspace, where it replaces the built-in one",
		Long:    "Without FILE it lists what can be ejected. The hash of the built-in file is noted, so that `check` can say when a newer program brings another one." + exitHelp,
		Example: "  waybill -C shop eject\n  waybill -C shop eject queries/models/30_order_facts.sql", Args: args(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, a []string) error {
			r, err := c.open(env)
			if err != nil {
				return err
			}
			if len(a) == 0 {
				files, err := r.Ejectable()
				if err != nil {
					return err
				}
				if c.json {
					return printJSON(env, files)
				}
				for _, f := range files {
					fmt.Fprintln(env.Stdout, f)
				}
				return nil
			}
			path, err := r.Eject(a[0])
			if err != nil {
				return &exitError{exitUsage, err}
			}
			_, err = fmt.Fprintln(env.Stdout, path)
			return err
		},
	}
}
