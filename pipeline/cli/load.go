package cli

import (
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"waybill/pipeline/load"
)

func newLoad(env *Env, c *common) *cobra.Command {
	cmd := &cobra.Command{Use: "load", RunE: group, Short: "Show or take back loads", Example: "  waybill -C shop load list\n  waybill -C shop load undo orders-3f2a91c0b7d4"}
	list := &cobra.Command{
		Use: "list", Short: "One row per file and output", Args: args(cobra.NoArgs), Example: "  waybill -C shop load list --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := c.open(env)
			if err != nil {
				return err
			}
			entries, err := r.Loads(cmd.Context())
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(env, entries)
			}
			t := newTable(env, "load", "feed", "output", "file", "status", "exported at", "records", "stored", "repeats", "rejected", "reason")
			for _, e := range entries {
				at := ""
				if !e.ExportedAt.IsZero() {
					at = e.ExportedAt.Format(time.RFC3339)
				}
				t.AppendRow(table.Row{e.LoadID, e.Feed, e.Output, e.File, e.Status, at, e.Records, e.Stored, e.Repeats, e.Rejected, e.Reason})
			}
			t.Render()
			return nil
		},
	}
	change := func(use, short string, req func([]string) load.Request) *cobra.Command {
		return &cobra.Command{
			Use: use + " LOAD…", Short: short, Args: args(cobra.MinimumNArgs(1)), Example: "  waybill -C shop load " + use + " orders-3f2a91c0b7d4", Long: short + "." + exitHelp,
			RunE: func(cmd *cobra.Command, a []string) error {
				r, err := c.open(env)
				if err != nil {
					return err
				}
				start := env.Now()
				out, err := r.Ingest(cmd.Context(), "load "+use, req(a))
				if err != nil {
					return err
				}
				return finish(env, c, out, env.Now().Sub(start))
			},
		}
	}
	cmd.AddCommand(list,
		change("undo", "Take loads back; later files of their feeds are mapped again", func(a []string) load.Request { return load.Request{Undo: a, NoNew: true} }),
		change("reload", "Map loads again out of the raw archive, also ones that were taken back", func(a []string) load.Request { return load.Request{Reload: a, NoNew: true} }))
	return cmd
}

// newTable is a table on the terminal, tab separated elsewhere.
func newTable(env *Env, columns ...any) *tableWriter {
	w := table.NewWriter()
	w.SetOutputMirror(env.Stdout)
	w.AppendHeader(table.Row(columns))
	w.SetStyle(plainHeader(table.StyleLight))
	return &tableWriter{w, env.Terminal}
}

type tableWriter struct {
	table.Writer
	terminal bool
}

// Render prints the table: borders for a person, tabs for a pipe.
func (t *tableWriter) Render() {
	if t.terminal {
		t.Writer.Render()
		return
	}
	t.Writer.RenderTSV()
}
