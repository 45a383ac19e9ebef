package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"waybill/pipeline/engine"
)

// ErrNotReadOnly says that a statement is not one that only reads.
var ErrNotReadOnly = errors.New("only one statement that reads is allowed; try: SELECT, WITH, FROM, VALUES, DESCRIBE or SUMMARIZE")

// Column is one of a result, with the engine's name of its type.
type Column struct{ Name, Type string }

// Sink takes the rows of a result.
type Sink interface {
	Head(columns []Column) error
	Row(values []any) error
	End() error
}

// Question is one reading statement. Audited: on the tables of an audit of all
// bills too (audit_lines, audit_slices, claimed_slices, findings, finding_rows …).
type Question struct {
	Query   string
	Audited bool
}

// SQL runs one reading statement on a version and hands its rows to the sink.
func (r *Runner) SQL(ctx context.Context, v View, q Question, to Sink) (err error) {
	rd, err := r.adhoc(ctx, v, q)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rd.Close()) }()
	rows, err := rd.Query(ctx, q.Query)
	if err != nil {
		return err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	columns := make([]Column, len(types))
	for i, t := range types {
		columns[i] = Column{t.Name(), t.DatabaseTypeName()}
	}
	if err := to.Head(columns); err != nil {
		return err
	}
	vals := make([]any, len(columns))
	ptrs := make([]any, len(columns))
	for i := range vals {
		ptrs[i] = &vals[i]
	}
	for rows.Next() {
		if err := rows.Scan(ptrs...); err != nil {
			return err
		}
		if err := to.Row(vals); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return to.End()
}

// Export writes a result as Parquet.
func (r *Runner) Export(ctx context.Context, v View, q Question, path string) (n int64, err error) {
	rd, err := r.adhoc(ctx, v, q)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rd.Close()) }()
	// the sandbox lets the engine write into its own folder only
	tmp := filepath.Join(rd.tmp, "result.parquet")
	rows, err := rd.Engine.WriteParquet(ctx, engine.ParquetFile{Query: strings.TrimRight(strings.TrimSpace(q.Query), ";"), Path: tmp})
	if err != nil {
		return 0, err
	}
	n = rows[0]
	b, err := os.ReadFile(tmp)
	if err != nil {
		return 0, err
	}
	return n, writeFile(path, b)
}

// adhoc opens a version behind the gate and the sandbox: one statement that
// only reads, no file but the lake's.
func (r *Runner) adhoc(ctx context.Context, v View, q Question) (*Reader, error) {
	rd, err := r.Read(ctx, v)
	if err != nil {
		return nil, err
	}
	if err := r.openEngine(ctx, rd); err != nil {
		return nil, errors.Join(err, rd.Close())
	}
	if err := gate(ctx, rd.Engine, q.Query); err != nil {
		return nil, errors.Join(err, rd.Close())
	}
	if q.Audited {
		if err := r.auditOn(ctx, rd); err != nil {
			return nil, errors.Join(err, rd.Close())
		}
	}
	for _, s := range []string{
		"set allowed_directories = [" + engine.Literal(r.WS.LakeDir()+"/") + ", " + engine.Literal(rd.tmp+"/") + "]",
		"set enable_external_access = false",
		"set lock_configuration = true",
	} {
		if err := rd.Engine.Exec(ctx, s); err != nil {
			return nil, errors.Join(err, rd.Close())
		}
	}
	return rd, nil
}

// auditOn leaves the tables of an audit of all bills on a reader.
func (r *Runner) auditOn(ctx context.Context, rd *Reader) error {
	cards, err := r.Cards()
	if err != nil {
		return err
	}
	rules, err := r.Rules()
	if err != nil {
		return err
	}
	a, err := r.auditor(ctx, rd, cards, rules)
	if err != nil {
		return err
	}
	if err := a.known(ctx); err != nil {
		return err
	}
	if err := a.Run(ctx); err != nil {
		return err
	}
	return a.Slices(ctx)
}

// gate lets through what the parser serialises as exactly one reading
// statement.
func gate(ctx context.Context, e engine.Engine, query string) error {
	rows, err := e.Query(ctx, "select cast(json_serialize_sql("+engine.Literal(query)+") as varchar)")
	if err != nil {
		return err
	}
	defer rows.Close()
	var text string
	for rows.Next() {
		if err := rows.Scan(&text); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	var tree struct {
		Error      bool   `json:"error"`
		Message    string `json:"error_message"`
		Type       string `json:"error_type"`
		Statements []any  `json:"statements"`
	}
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		return err
	}
	if tree.Error {
		if tree.Type == "parser" {
			return fmt.Errorf("%s", tree.Message)
		}
		return ErrNotReadOnly
	}
	if len(tree.Statements) != 1 {
		return ErrNotReadOnly
	}
	return nil
}
