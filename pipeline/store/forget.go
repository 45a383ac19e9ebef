package store

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
	"waybill/pipeline/lake"
)

// Forget takes the values of columns out of the stored rows of an append-only
// table that the run leaves in place: a column that the contract still has is
// NULL there from now on, one that it does not have is in none of the new
// version's files. only, SQL over stored columns, limits it to some rows; empty:
// all. Files that hold nothing of it are not touched. Versions that exist keep
// their files. It is called once a table.
func (s *Session) Forget(ctx context.Context, table string, columns []string, only string) error {
	if len(columns) == 0 {
		return nil
	}
	st := s.of(table)
	st.forget, st.only = columns, only
	return s.bind(ctx, table)
}

// forgetful lists a table's columns as its stored rows are to be read. A row's
// hash is made anew: with all other columns known, it would tell a phone number
// to who tries them all.
func forgetful(t contract.Table, st *state) string {
	if st == nil || len(st.forget) == 0 {
		return engine.Idents(t.Names())
	}
	value := func(c contract.Column) string {
		switch {
		case !slices.Contains(st.forget, c.Name):
			return engine.Ident(c.Name)
		case st.only != "":
			return "case when " + st.only + " then null else " + engine.Ident(c.Name) + " end"
		}
		return "cast(null as " + c.Type + ")"
	}
	var own []string
	for _, c := range t.Columns {
		if !c.PII {
			own = append(own, value(c))
		}
	}
	var out []string
	for _, c := range t.Stored() {
		v := value(c)
		if c.Name == "row_hash" && t.Kind == contract.Observation {
			v = "cast(hash(" + strings.Join(own, ", ") + ", absent) >> 1 as bigint)"
		}
		out = append(out, v+" as "+engine.Ident(c.Name))
	}
	return strings.Join(out, ", ")
}

// remembered is the relation of a file's rows that stay, without what is
// forgotten.
func (w writer) remembered(f lake.File) string {
	from := w.relation([]lake.File{f})
	if len(w.st.dropLoads) > 0 {
		from += " where load_id not in (" + literals(w.st.dropLoads) + ")"
	}
	return "(select " + forgetful(w.t, w.st) + " from " + from + ")"
}

// holding finds the files of a table that have something to forget. An observation's
// hash is made of all columns, so that a column that is forgotten altogether changes
// it in each row, whether the row's file has the column or not.
func (s *Session) holding(ctx context.Context, table string, st *state) (map[string]bool, error) {
	paths := s.paths(table, nil)
	if len(st.forget) == 0 || len(paths) == 0 {
		return nil, nil
	}
	if st.only == "" && s.Tables[table].Kind == contract.Observation {
		all := map[string]bool{}
		for _, f := range s.files[table] {
			all[f.Path] = true
		}
		return all, nil
	}
	query := "select distinct file_name from parquet_schema([" + literals(paths) + "]) where name in (" + literals(st.forget) + ")"
	if st.only != "" {
		query = "select distinct filename from read_parquet([" + literals(paths) + "], filename = true, union_by_name = true, hive_partitioning = false) where (" + st.only + ") and coalesce(" + engine.Idents(st.forget) + ") is not null"
	}
	rows, err := s.Engine.Beside().Query(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[string]bool{}
	for rows.Next() {
		var p string
		if err := rows.Scan(&p); err != nil {
			return nil, err
		}
		found[filepath.Clean(p)] = true
	}
	out := map[string]bool{}
	for _, f := range s.files[table] {
		if found[filepath.Clean(s.lake.AbsPath(f))] {
			out[f.Path] = true
		}
	}
	return out, rows.Err()
}
