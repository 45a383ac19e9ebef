package cli

import (
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
)

func newStatus(env *Env, c *common) *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Show as-of, lake version and how far each feed reaches",
		Long:    "The as-of is the least horizon of the feeds that bring orders, shipments or scans. A feed of these of which no file was ever loaded is named, and no report gives a verdict without it. With max_age in waybill.yaml, older data is exit 5." + exitHelp,
		Example: "  waybill -C shop status --json", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := c.open(env)
			if err != nil {
				return err
			}
			s, err := r.Status(cmd.Context())
			if err != nil {
				return err
			}
			if c.json {
				if err := printJSON(env, s); err != nil {
					return err
				}
			} else {
				asOf := "nothing is loaded yet"
				if s.AsOf != nil {
					asOf = s.AsOf.Format(time.RFC3339)
				}
				fmt.Fprintf(env.Stdout, "workspace     %s\nas of         %s\nlake version  %s (%d)\n", s.Workspace, asOf, s.LakeVersion, s.VersionSeq)
				t := newTable(env, "feed", "last load", "horizon", "files", "records", "stored", "rejected", "refused files")
				for _, f := range s.Feeds {
					h := ""
					if !f.Horizon.IsZero() {
						h = f.Horizon.Format(time.RFC3339)
					}
					t.AppendRow(table.Row{f.Feed, f.LastLoad, h, f.Files, f.Records, f.Stored, f.Rejected, f.Refused})
				}
				t.Render()
				for _, f := range s.Feeds {
					if f.Never && s.AsOf != nil {
						fmt.Fprintf(env.Stdout, "NEVER LOADED  feed %s brings orders, shipments or scans, and no file of it was ever loaded: nothing in it is known, and no report gives a verdict; try: put its exports into its inbox and waybill run, or remove feeds/%s.yaml\n", f.Feed, f.Feed)
					}
				}
			}
			if max := r.WS.Config.MaxAge; max != "" && s.AsOf != nil {
				d, err := time.ParseDuration(max)
				if err != nil {
					return exit(exitUsage, "waybill.yaml: max_age %q; try: 48h", max)
				}
				if age := env.Now().Sub(*s.AsOf); age > d {
					return exit(exitOld, "the data is %s old, more than max_age %s; try: drop newer exports and waybill run", age.Round(time.Hour), max)
				}
			}
			return nil
		},
	}
}
