package cli

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"waybill/pipeline/run"
)

func newFeedDraft(env *Env, c *common) *cobra.Command {
	var name string
	var write bool
	cmd := &cobra.Command{
		Use: "draft FILE", Short: "Write a first mapping for a table that no template knows", Args: args(cobra.ExactArgs(1)),
		Long: `Maps columns by their headers (Chinese and English) and the shape of their cells, prints the YAML, and on standard error what a person has
to decide, with its line. With --write it becomes feeds/NAME.yaml; a draft that cannot be used yet becomes feeds/NAME.yaml.draft, which
no run reads.` + exitHelp,
		Example: `  waybill feed draft bill.xlsx
  waybill feed try bill.xlsx --feed ./bill.yaml
  waybill -C shop feed draft bill.xlsx --name bills --write`,
		RunE: func(cmd *cobra.Command, a []string) error {
			if write {
				if _, err := c.open(env); err != nil {
					return err
				}
			}
			return c.within(env, func(r *run.Runner) error {
				d, err := r.Draft(cmd.Context(), a[0], name)
				if err != nil {
					return err
				}
				if write {
					if d, err = r.WriteDraft(d); err != nil {
						return usage(err)
					}
				}
				return printDraft(env, c, d)
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "name of the feed (default: of the file)")
	cmd.Flags().BoolVar(&write, "write", false, "write it into feeds/ of the workspace")
	return cmd
}

func printDraft(env *Env, c *common, d run.Draft) error {
	if c.json {
		return printJSON(env, d)
	}
	if d.File == "" {
		if _, err := io.WriteString(env.Stdout, d.Text); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(env.Stdout, "wrote %s\n", d.File)
	}
	if len(d.Doubts) > 0 {
		t := newTable(env, "line", "column", "to decide")
		t.SetOutputMirror(env.Stderr)
		t.terminal = env.StderrTerminal
		for _, x := range d.Doubts {
			line := ""
			if x.Line > 0 {
				line = fmt.Sprint(x.Line)
			}
			t.AppendRow(table.Row{line, x.Column, x.Text})
		}
		t.Render()
	}
	switch {
	case d.Broken != "":
		fmt.Fprintf(env.Stderr, "not usable yet:\n%s\n", d.Broken)
	case d.File != "":
		fmt.Fprintf(env.Stderr, "drop its files into inbox/%s/; try first: waybill feed try FILE --feed %s\n", d.Name, d.Name)
	}
	return nil
}
