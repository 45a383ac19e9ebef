// Package engine is what runs SQL. It owns the interface between the rooms
// that have SQL and the program that executes it; engine/duckdb is the
// default. It knows no business and no table of waybill.
//
// Invariants: memory, threads, temp folder and time zone are always set; a
// relation is registered from an explicit list of files with explicit types,
// never by a glob; values reach SQL as parameters, names through Ident.
package engine

import (
	"context"
	"database/sql"
	"strings"
)

// Column is a name and one of the types of the contracts.
type Column struct{ Name, Type string }

// Statements runs SQL.
type Statements interface {
	// Exec runs one statement. The error names the place in the text.
	Exec(ctx context.Context, query string, args ...any) error
	// Query runs one statement that gives rows.
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Engine runs statements on one session. Where nothing else is said it is not
// safe for concurrent use: its owner runs one statement at a time and the engine
// parallelises inside.
type Engine interface {
	Statements
	// Beside runs statements on connections of their own, in UTC. It is safe for
	// concurrent use, also beside the owner's statements; it sees no temporary table
	// or view.
	Beside() Statements
	// Insert adds rows to a table in memory; values are in its columns' order and
	// have their types, nil is NULL.
	Insert(ctx context.Context, table string, rows [][]any) error
	// InZone runs fn while naive times are read in the IANA zone.
	InZone(ctx context.Context, zone string, fn func() error) error
	// Relation makes a view of that name over Parquet files; with no file it is
	// a typed empty relation. A column that older files lack is NULL.
	Relation(ctx context.Context, name string, columns []Column, files []string) error
	// Select is the query behind Relation.
	Select(columns []Column, files []string) string
	// WriteParquet writes each query's rows to a new file with the field ids of
	// its table and gives the numbers of rows. Files are written side by side, on
	// connections of their own: it is safe for concurrent use.
	WriteParquet(ctx context.Context, files ...ParquetFile) ([]int64, error)
	// Clear drops every table and view, so that the session can serve another purpose:
	// it keeps its settings, its functions and the memory that it has, and spills into
	// another folder from now on. After an error it is good for nothing but Close.
	Clear(ctx context.Context, tempDir string) error
	Close() error
}

// ParquetFile is a file to be written.
type ParquetFile struct {
	Query    string
	Path     string
	FieldIDs map[string]int // by column; nil: none
	Written  func()         // called when the file is complete, from any goroutine; may be nil
}

// Ident quotes a name.
func Ident(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Literal quotes a text. It is for paths and constants of configuration where
// the engine takes no parameter.
func Literal(s string) string { return `'` + strings.ReplaceAll(s, `'`, `''`) + `'` }

// Idents quotes and joins names.
func Idents(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = Ident(n)
	}
	return strings.Join(q, ", ")
}
