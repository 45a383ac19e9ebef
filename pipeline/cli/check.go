package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newCheck(env *Env, c *common) *cobra.Command {
	return &cobra.Command{
		Use: "check", Short: "Check configuration, mappings, SQL and ejected files without running anything",
		Long:    "Reads waybill.yaml, feeds, templates, drafts, contracts, carrier maps, policies and SQL headers, and runs the tests of the carrier maps; says which ejected files are older than the built-in ones. Zero problems is a pass; a mistake in the configuration is exit 2, a finding exit 4." + exitHelp,
		Example: "  waybill -C shop check", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := c.open(env)
			if err != nil {
				return err
			}
			found, err := r.Check(cmd.Context())
			if err != nil {
				return err
			}
			more, err := r.CheckData(cmd.Context())
			if err != nil {
				return err
			}
			found = append(found, more...)
			if c.json {
				if err := printJSON(env, found); err != nil {
					return err
				}
			} else {
				for _, f := range found {
					fmt.Fprintln(env.Stdout, f)
				}
			}
			if len(found) > 0 {
				return exit(exitCheck, "%d findings", len(found))
			}
			if !c.json {
				fmt.Fprintf(env.Stdout, "%d feeds, %d carrier maps, %d policy packs: no findings\n", len(r.Feeds), len(r.Reference.Carriers), len(r.Reference.Packs))
			}
			return nil
		},
	}
}
