package cli

import (
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
)

func newLake(env *Env, c *common) *cobra.Command {
	cmd := &cobra.Command{Use: "lake", RunE: group, Short: "Look at the lake's versions and files", Example: "  waybill -C shop lake versions\n  waybill -C shop lake check"}
	versions := &cobra.Command{
		Use: "versions", Short: "List the versions that reports and sql can read", Args: args(cobra.NoArgs), Example: "  waybill -C shop lake versions --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := c.open(env)
			if err != nil {
				return err
			}
			list, err := r.Versions(cmd.Context())
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(env, list)
			}
			t := newTable(env, "number", "id", "at", "cause")
			for _, v := range list {
				t.AppendRow(table.Row{v.Seq, v.ID, v.At.UTC().Format(time.RFC3339), v.Cause})
			}
			t.Render()
			return nil
		},
	}
	check := &cobra.Command{
		Use: "check", Short: "Compare the register, the files and the Iceberg metadata", Args: args(cobra.NoArgs), Example: "  waybill -C shop lake check", Long: "Zero problems is a pass; anything else is exit 4." + exitHelp,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := c.open(env)
			if err != nil {
				return err
			}
			list, err := r.CheckLake(cmd.Context())
			if err != nil {
				return err
			}
			if c.json {
				if err := printJSON(env, list); err != nil {
					return err
				}
			} else {
				for _, p := range list {
					fmt.Fprintln(env.Stdout, p)
				}
			}
			if len(list) > 0 {
				return exit(exitCheck, "%d problems", len(list))
			}
			if !c.json {
				fmt.Fprintln(env.Stdout, "the lake is whole")
			}
			return nil
		},
	}
	cmd.AddCommand(versions, check)
	return cmd
}
