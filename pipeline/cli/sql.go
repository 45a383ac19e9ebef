package cli

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"waybill/pipeline/lake"
	"waybill/pipeline/run"
)

type sqlOptions struct {
	query   string
	output  string
	to      string
	asOf    string
	knownAt string
	audit   bool
}

func newSQL(env *Env, c *common) *cobra.Command {
	o := sqlOptions{}
	cmd := &cobra.Command{
		Use: "sql [QUERY]", Short: "Ask anything of the lake in SQL, read-only",
		Long: `Runs one statement (SELECT, WITH, FROM, VALUES, DESCRIBE, SUMMARIZE) on a lake version in a sandbox: it sees the lake's files and
nothing else. Tables: the contracts of data/schema, loads, and the views orders_as_of and shipments_as_of. With --audit the bills are
audited first, and its tables are there too: audit_lines, audit_slices (billed, quoted and each part, per parcel and charge),
claimed_slices (what of it is not owed), findings, finding_rows, line_verdicts. Amounts that end in _e8 are whole 0.00000001; money_of_e8(amount_e8) writes them as decimals.
Without QUERY it is read from standard input. A table on a terminal, CSV elsewhere.` + exitHelp,
		Example: `  waybill -C shop sql "describe order_facts"
  waybill -C shop sql "select channel, count(*) from shipments_as_of group by 1" --output json
  waybill -C shop sql "from order_facts" --output parquet --to orders.parquet
  waybill -C shop sql --audit "select part, money_of_e8(sum(amount_e8)) from audit_slices where currency = 'CNY' group by 1"`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if len(a) == 1 {
				o.query = a[0]
			} else {
				b, err := io.ReadAll(io.LimitReader(env.Stdin, 1<<20))
				if err != nil {
					return err
				}
				o.query = string(b)
			}
			if o.output == "" && c.json {
				o.output = "json"
			}
			return runSQL(cmd.Context(), env, c, o)
		},
	}
	cmd.Flags().StringVarP(&o.output, "output", "o", "", "csv, json, parquet or table (default: table on a terminal, csv elsewhere)")
	cmd.Flags().StringVar(&o.to, "to", "", "write to this file (parquet needs one)")
	cmd.Flags().StringVar(&o.asOf, "as-of", "", "for the views: nothing after this instant has happened")
	cmd.Flags().BoolVar(&o.audit, "audit", false, "audit the bills first: its tables are there too")
	cmd.Flags().StringVar(&o.knownAt, "known-at", "", "a lake version (id or number)")
	return cmd
}

func runSQL(ctx context.Context, env *Env, c *common, o sqlOptions) (err error) {
	r, err := c.open(env)
	if err != nil {
		return err
	}
	at, err := instant(o.asOf)
	if err != nil {
		return err
	}
	if o.output == "" {
		o.output = "csv"
		if env.Terminal && o.to == "" {
			o.output = "table"
		}
	}
	switch o.output {
	case "csv", "json", "table":
	case "parquet":
		if o.to == "" {
			return exit(exitUsage, "parquet needs a file; try: --to result.parquet")
		}
	default:
		return exit(exitUsage, "output %q; try: csv, json, parquet or table", o.output)
	}
	v, q := run.View{AsOf: at, KnownAt: o.knownAt}, run.Question{Query: o.query, Audited: o.audit}
	if o.output == "parquet" {
		n, err := r.Export(ctx, v, q, o.to)
		if err != nil {
			return sqlError(err)
		}
		fmt.Fprintf(env.Stderr, "%d rows in %s\n", n, o.to)
		return nil
	}
	w := env.Stdout
	if o.to != "" {
		f, err := os.Create(o.to)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		w = f
	}
	buf := bufio.NewWriter(w)
	if err := r.SQL(ctx, v, q, sinkFor(o.output, buf)); err != nil {
		return sqlError(err)
	}
	return buf.Flush()
}

func sqlError(err error) error {
	switch {
	case errors.Is(err, lake.ErrEmpty):
		return exit(exitFailed, "nothing is loaded yet; try: waybill ingest")
	case errors.Is(err, run.ErrNotReadOnly), errors.Is(err, run.ErrNoBills):
		return &exitError{exitUsage, err}
	}
	return err
}

// sinkFor gives what takes the rows of a result.
func sinkFor(format string, w io.Writer) run.Sink {
	switch format {
	case "json":
		return &jsonSink{w: w}
	case "table":
		return &tableSink{t: table.NewWriter(), w: w}
	}
	return &csvSink{w: csv.NewWriter(w), raw: w}
}

type csvSink struct {
	w     *csv.Writer
	raw   io.Writer
	types []string
}

func (s *csvSink) Head(columns []run.Column) error {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
		s.types = append(s.types, c.Type)
	}
	return s.w.Write(names)
}

func (s *csvSink) Row(values []any) error {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = cellText(v, s.types[i])
	}
	if len(out) == 1 && out[0] == "" {
		// readers skip an empty line, and a row must not get lost
		s.w.Flush()
		_, err := io.WriteString(s.raw, "\"\"\n")
		return errors.Join(s.w.Error(), err)
	}
	return s.w.Write(out)
}
func (s *csvSink) End() error { s.w.Flush(); return s.w.Error() }

type tableSink struct {
	t     table.Writer
	w     io.Writer
	types []string
	n     int
}

func (s *tableSink) Head(columns []run.Column) error {
	row := make(table.Row, len(columns))
	for i, c := range columns {
		row[i] = c.Name
		s.types = append(s.types, c.Type)
	}
	s.t.AppendHeader(row)
	return nil
}

// maxTableRows is how many rows a terminal shows; the rest is counted.
const maxTableRows = 1000

func (s *tableSink) Row(values []any) error {
	s.n++
	if s.n > maxTableRows {
		return nil
	}
	row := make(table.Row, len(values))
	for i, v := range values {
		row[i] = cellText(v, s.types[i])
	}
	s.t.AppendRow(row)
	return nil
}

func (s *tableSink) End() error {
	s.t.SetStyle(plainHeader(table.StyleLight))
	if _, err := fmt.Fprintln(s.w, s.t.Render()); err != nil {
		return err
	}
	if s.n > maxTableRows {
		_, err := fmt.Fprintf(s.w, "%d of %d rows; try: --output csv\n", maxTableRows, s.n)
		return err
	}
	return nil
}

// plainHeader keeps names as they are written.
func plainHeader(s table.Style) table.Style {
	s.Format.Header = text.FormatDefault
	return s
}

type jsonSink struct {
	w     io.Writer
	names []string
	types []string
	n     int
}

func (s *jsonSink) Head(columns []run.Column) error {
	for _, c := range columns {
		s.names, s.types = append(s.names, c.Name), append(s.types, c.Type)
	}
	_, err := io.WriteString(s.w, "[")
	return err
}

func (s *jsonSink) Row(values []any) error {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = jsonValue(v, s.types[i])
	}
	row, err := objectText(s.names, out)
	if err != nil {
		return err
	}
	sep := ",\n "
	if s.n == 0 {
		sep = "\n "
	}
	s.n++
	_, err = io.WriteString(s.w, sep+row)
	return err
}

func (s *jsonSink) End() error {
	_, err := io.WriteString(s.w, "\n]\n")
	return err
}
