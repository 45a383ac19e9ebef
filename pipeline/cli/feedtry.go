package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"waybill/pipeline/feed"
	"waybill/pipeline/run"
)

type tryOptions struct {
	file     string
	feed     string
	template string
	set      []string
	zone     string
	rows     int
}

func newFeedTry(env *Env, c *common) *cobra.Command {
	o := tryOptions{}
	cmd := &cobra.Command{
		Use: "try FILE", Short: "Show what a file would give, and load nothing", Args: args(cobra.ExactArgs(1)),
		Long: `Reads a file by a feed of the workspace, a mapping file or a template (guessed where none is named) and shows the typed rows, the records
that would be rejected with a hint, and the codes of scans that no map knows. No lake is touched. A file that would be refused is exit 1.` + exitHelp,
		Example: `  waybill feed try orders.csv
  waybill feed try orders.csv --template tiktok_orders --set time_format="%d/%m/%Y %H:%M:%S" --zone Asia/Shanghai
  waybill -C shop feed try orders.csv --feed my_orders --rows 3 --json
  waybill feed try bill.xlsx --feed ./bill.yaml`,
		RunE: func(cmd *cobra.Command, a []string) error {
			o.file = a[0]
			return runFeedTry(cmd.Context(), env, c, o)
		},
	}
	cmd.Flags().StringVar(&o.feed, "feed", "", "a feed of the workspace, or a mapping file (./x.yaml)")
	cmd.Flags().StringVar(&o.template, "template", "", "a template")
	cmd.Flags().StringArrayVar(&o.set, "set", nil, "value of a param of the template, as shop_id=my-shop; several times")
	cmd.Flags().StringVar(&o.zone, "zone", "", "IANA zone of the times in the file, for a template")
	cmd.Flags().IntVar(&o.rows, "rows", 10, "rows of each table, and rejects, to show")
	return cmd
}

func runFeedTry(ctx context.Context, env *Env, c *common, o tryOptions) error {
	set, err := settings(o.set)
	if err != nil {
		return err
	}
	switch {
	case o.feed != "" && o.template != "":
		return exit(exitUsage, "--feed and --template exclude each other")
	case o.feed != "" && (len(set) > 0 || o.zone != ""):
		return exit(exitUsage, "--set and --zone are for a template; a feed says its own; try: --template NAME")
	case o.rows < 0:
		return exit(exitUsage, "--rows %d; try: --rows 10", o.rows)
	}
	return c.within(env, func(r *run.Runner) error {
		f, err := tryBy(ctx, r, o, set)
		if err != nil {
			return err
		}
		res, err := r.Try(ctx, f, o.file, o.rows)
		if err != nil {
			return err
		}
		if c.json {
			if err := printJSON(env, triedJSON(res)); err != nil {
				return err
			}
		} else {
			printTried(env, res, o.rows)
		}
		if res.Refused != "" {
			return exit(exitFailed, "the file would be refused: %s", res.Refused)
		}
		return nil
	})
}

// tryBy finds the mapping: the one that is named, else the one that fits.
func tryBy(ctx context.Context, r *run.Runner, o tryOptions, set map[string]string) (*feed.Feed, error) {
	if o.feed != "" {
		f, err := r.FindFeed(o.feed)
		return f, usage(err)
	}
	name := o.template
	if name == "" {
		list, err := r.Guess(ctx, []string{o.file})
		if err != nil {
			return nil, err
		}
		switch g := list[0]; {
		case g.Unreadable != "":
			return nil, exit(exitFailed, "%s", g.Unreadable)
		case !g.Sure:
			return nil, exit(exitFailed, "%s: %s", o.file, g.Doubt)
		default:
			name = g.Candidates[0].Template
		}
		// a feed of the workspace knows shop and zone
		if at := slices.IndexFunc(r.Feeds, func(f *feed.Feed) bool { return f.Use == name }); at >= 0 && len(set) == 0 && o.zone == "" {
			return r.Feeds[at], nil
		}
	}
	f, err := r.MakeFeed(run.FeedSpec{Template: name, Set: set, Zone: o.zone})
	return f, usage(err)
}

// triedJSON has the rows as objects, each cell as `sql` prints it.
func triedJSON(res run.Tried) any {
	type jsonTable struct {
		run.TriedTable
		Sample []map[string]any `json:"sample"`
	}
	out := struct {
		run.Tried
		Tables []jsonTable `json:"tables"`
	}{Tried: res, Tables: []jsonTable{}}
	for _, t := range res.Tables {
		j := jsonTable{TriedTable: t, Sample: []map[string]any{}}
		for _, r := range t.Rows {
			row := map[string]any{}
			for i, v := range r {
				row[t.Columns[i].Name] = jsonValue(v, t.Columns[i].Type)
			}
			j.Sample = append(j.Sample, row)
		}
		out.Tables = append(out.Tables, j)
	}
	return out
}

func printTried(env *Env, res run.Tried, rows int) {
	by := "feed " + res.Feed
	if res.Template != "" {
		by = "template " + res.Template
		if res.Feed != res.Template {
			by = "feed " + res.Feed + ", " + by
		}
	}
	fmt.Fprintf(env.Stdout, "%s, read by %s\n", res.File, by)
	for _, n := range res.Notes {
		fmt.Fprintln(env.Stderr, "note: "+n)
	}
	if len(res.Outputs) == 0 {
		return
	}
	t := newTable(env, "output", "table", "records", "rejected", "doubtful times")
	for _, o := range res.Outputs {
		t.AppendRow(table.Row{o.Output, o.Table, o.Records, o.Rejected, o.Flagged})
	}
	t.Render()
	for _, x := range res.Tables {
		printTriedTable(env, x)
	}
	if res.Rejected > 0 {
		shown := ""
		if n := int64(len(res.Rejects)); n < res.Rejected {
			shown = fmt.Sprintf(", the first %d", n)
		}
		fmt.Fprintf(env.Stdout, "\nrejected: %d records%s\n", res.Rejected, shown)
		t := newTable(env, "output", "line", "column", "value", "reason", "hint")
		for _, j := range res.Rejects {
			at := strconv.FormatInt(j.Line, 10)
			if j.Line == 0 {
				at = "record " + strconv.FormatInt(j.Record, 10)
			}
			t.AppendRow(table.Row{j.Output, at, j.Column, clip(j.Value, 40), j.Reason, j.Hint})
		}
		t.SetColumnConfigs([]table.ColumnConfig{{Number: 5, WidthMax: 50, WidthMaxEnforcer: text.WrapSoft}, {Number: 6, WidthMax: 50, WidthMaxEnforcer: text.WrapSoft}})
		t.Render()
	}
	if len(res.Unmapped) > 0 {
		var n int64
		for _, u := range res.Unmapped {
			n += u.N
		}
		fmt.Fprintf(env.Stdout, "\nno map knows %d codes or texts of %d of the %d scans; try: waybill codes map CARRIER CODE MILESTONE\n", len(res.Unmapped), n, res.Scans)
		t := newTable(env, "carrier", "code", "text (an example)", "scans")
		for _, u := range res.Unmapped[:min(len(res.Unmapped), max(rows, 1))] {
			t.AppendRow(table.Row{u.Carrier, u.Code, clip(u.Text, 70), u.N})
		}
		t.Render()
	} else if res.Scans > 0 {
		fmt.Fprintf(env.Stdout, "\nevery one of the %d scans has a milestone\n", res.Scans)
	}
	fmt.Fprintln(env.Stdout, "\nnothing was loaded")
}

// clip keeps a cell of a table short: in columns of the terminal, of which a
// Chinese character takes two.
func clip(s string, width int) string {
	s = strings.Join(strings.Fields(s), " ")
	if text.StringWidthWithoutEscSequences(s) <= width {
		return s
	}
	return text.Trim(s, width-1) + "…"
}

// cellWidth is the most that a cell of a sample takes on a terminal.
const cellWidth = 36

// printTriedTable shows the first rows: what is the same in all of them once,
// the other columns side by side as far as the terminal is wide.
func printTriedTable(env *Env, x run.TriedTable) {
	fmt.Fprintf(env.Stdout, "\n%s: %d rows", x.Table, x.N)
	if n := int64(len(x.Rows)); n < x.N && n > 0 {
		fmt.Fprintf(env.Stdout, ", the first %d", n)
	}
	fmt.Fprintln(env.Stdout)
	if len(x.Rows) == 0 {
		return
	}
	cells := make([][]string, len(x.Rows))
	for i, r := range x.Rows {
		for k, v := range r {
			cells[i] = append(cells[i], cellText(v, x.Columns[k].Type))
		}
	}
	if !env.Terminal {
		var head []any
		for _, c := range x.Columns {
			head = append(head, c.Name)
		}
		t := newTable(env, head...)
		for _, r := range cells {
			t.AppendRow(tableRow(r))
		}
		t.Render()
		return
	}
	var same []string
	var varied []int
	for k, c := range x.Columns {
		constant := len(cells) > 1
		for _, r := range cells {
			constant = constant && r[k] == cells[0][k]
		}
		if !constant {
			varied = append(varied, k)
		} else if cells[0][k] != "" {
			same = append(same, c.Name+" = "+clip(cells[0][k], cellWidth))
		}
	}
	if len(same) > 0 {
		fmt.Fprintln(env.Stdout, "in all of these: "+strings.Join(same, ", "))
	}
	for len(varied) > 0 {
		n, width := 0, 6
		for _, k := range varied {
			w := text.StringWidthWithoutEscSequences(x.Columns[k].Name)
			for _, r := range cells {
				w = max(w, text.StringWidthWithoutEscSequences(clip(r[k], cellWidth)))
			}
			if width += w + 3; width > terminalWidth(env) && n > 0 {
				break
			}
			n++
		}
		head := []any{"#"}
		for _, k := range varied[:n] {
			head = append(head, x.Columns[k].Name)
		}
		t := newTable(env, head...)
		for i, r := range cells {
			row := table.Row{i + 1}
			for _, k := range varied[:n] {
				row = append(row, clip(r[k], cellWidth))
			}
			t.AppendRow(row)
		}
		t.Render()
		varied = varied[n:]
	}
}

func tableRow(cells []string) table.Row {
	out := make(table.Row, len(cells))
	for i, c := range cells {
		out[i] = c
	}
	return out
}

// terminalWidth is COLUMNS, as shells say it, else that of a usual window.
func terminalWidth(env *Env) int {
	if n, err := strconv.Atoi(env.Getenv("COLUMNS")); err == nil && n > 20 {
		return n
	}
	return 120
}
