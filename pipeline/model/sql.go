package model

import (
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
)

// Query is one SQL file with its header.
type Query struct {
	File   string // path below queries/
	Name   string
	Output string // lake or memory; empty where the query completes a table
	Inputs []Input
	Text   string

	Completes string // the current table whose empty columns the query fills
}

// Input is a relation that a model reads; Scope names the touched keys that
// bound it, empty for all rows.
type Input struct{ Table, Scope string }

// scopes says by which column of which touched table a relation is bounded.
var scopes = map[string]map[string]string{ // scope → table → column of the table
	"records":   {"shipment_records": "shipment_key"},
	"numbers":   {"shipment_links": "number", "tracking_events": "tracking_number"},
	"shipments": {"shipments": "shipment_id", "shipment_numbers": "shipment_id", "order_shipments": "shipment_id"},
	"orders":    {"orders": "", "order_shipments": ""},
	"bills":     {"billing_lines_in": "", "bills_in": ""},
}

// ReadQueries reads the files of a folder in the order of their names.
func ReadQueries(fsys fs.FS, dir string) ([]Query, error) {
	names, err := fs.Glob(fsys, path.Join(dir, "*.sql"))
	if err != nil {
		return nil, err
	}
	sort.Slice(names, func(i, j int) bool { return path.Base(names[i]) < path.Base(names[j]) })
	var out []Query
	for _, n := range names {
		b, err := fs.ReadFile(fsys, n)
		if err != nil {
			return nil, err
		}
		q, err := parseQuery(n, string(b))
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, nil
}

func parseQuery(file, text string) (Query, error) {
	q := Query{File: file, Text: text}
	fields := map[string]string{}
	for i, line := range strings.Split(text, "\n") {
		rest, ok := strings.CutPrefix(line, "-- ")
		if !ok {
			break
		}
		k, v, ok := strings.Cut(rest, ":")
		if !ok {
			return q, fmt.Errorf("queries/%s:%d:1: a header line is `-- key: value`", file, i+1)
		}
		fields[strings.TrimSpace(k)] = strings.TrimSpace(v)
	}
	for _, k := range []string{"name", "purpose", "grain", "output", "inputs"} {
		if fields[k] == "" {
			return q, fmt.Errorf("queries/%s:1:1: the header lacks %s", file, k)
		}
	}
	q.Name, q.Output = fields["name"], fields["output"]
	// an engine that keeps a CTE's rows when it is read twice is told not to,
	// where each reader needs few of many columns
	for _, cte := range strings.Split(fields["inline"], ",") {
		if cte = strings.TrimSpace(cte); cte == "" {
			continue
		}
		if !strings.Contains(q.Text, cte+" as (") {
			return q, fmt.Errorf("queries/%s:1:1: inline %q names no CTE of the file", file, cte)
		}
		q.Text = strings.Replace(q.Text, cte+" as (", cte+" as not materialized (", 1)
	}
	if t, ok := strings.CutPrefix(q.Output, "completes "); ok {
		q.Output, q.Completes = "", strings.TrimSpace(t)
	} else if q.Output != "lake" && q.Output != "memory" {
		return q, fmt.Errorf("queries/%s:1:1: output %q; try: lake, memory or completes TABLE", file, q.Output)
	}
	for _, in := range strings.Split(fields["inputs"], ",") {
		name, scope, _ := strings.Cut(strings.TrimSpace(in), " by ")
		if scope != "" && q.Completes == "" {
			if _, ok := scopes[scope][name]; !ok {
				return q, fmt.Errorf("queries/%s:1:1: input %q cannot be bounded by %q", file, name, scope)
			}
		}
		q.Inputs = append(q.Inputs, Input{name, scope})
	}
	return q, nil
}
