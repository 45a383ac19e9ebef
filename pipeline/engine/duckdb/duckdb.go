// Package duckdb runs SQL with DuckDB in this process, in memory, over Parquet
// files. It is the only package that imports the driver.
package duckdb

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"

	driver "github.com/duckdb/duckdb-go/v2"
	"golang.org/x/sync/errgroup"

	"waybill/pipeline/engine"
)

// Options bound what a session may use.
type Options struct {
	Memory  int64    // bytes for DuckDB; the process needs up to twice that
	Threads int      // 0: all
	TempDir string   // where it spills
	TempMax int64    // bytes of spill; 0: 100 GB
	Prelude []string // statements that run first
}

// Engine is one session on an in-memory database.
type Engine struct {
	db   *sql.DB
	conn *sql.Conn
	zone string
}

var _ engine.Engine = (*Engine)(nil)

// keepsBlocks is the memory, in bytes, from which on the engine keeps the blocks that
// it frees. Each block that goes back to the system costs page faults when it comes
// again, which was a fifth of a long run's CPU; a small process would miss them.
const keepsBlocks = 1e9

// Open starts a session in UTC with every bound set.
func Open(ctx context.Context, o Options) (*Engine, error) {
	c, err := driver.NewConnector("", nil)
	if err != nil {
		return nil, fmt.Errorf("start duckdb: %w", err)
	}
	e := &Engine{db: sql.OpenDB(c), zone: "UTC"}
	if e.conn, err = e.db.Conn(ctx); err != nil {
		e.db.Close()
		return nil, fmt.Errorf("start duckdb: %w", err)
	}
	if o.TempMax == 0 {
		o.TempMax = 100 << 30
	}
	boot := []string{
		// global is what new connections take over: where the settings are locked, none can set its own
		"set global TimeZone = 'UTC'",
		"set autoinstall_known_extensions = false",
		"set autoload_known_extensions = false",
		"set allow_community_extensions = false",
		fmt.Sprintf("set memory_limit = '%dB'", o.Memory),
		fmt.Sprintf("set temp_directory = %s", engine.Literal(o.TempDir)),
		fmt.Sprintf("set max_temp_directory_size = '%dB'", o.TempMax),
		"set preserve_insertion_order = false",
		// a database in memory compresses its tables at every 16 MB of changes, on one
		// thread, and may then give their rows new ids
		"set checkpoint_threshold = '1TB'",
		// files never change, and each statement that names a table would read the
		// footers of all its files again
		"set global parquet_metadata_cache = true",
	}
	if o.Memory >= keepsBlocks {
		boot = append(boot, fmt.Sprintf("set block_allocator_memory = '%dB'", o.Memory-keepsBlocks/2))
	}
	if o.Threads > 0 {
		boot = append(boot, "set threads = "+strconv.Itoa(o.Threads))
	}
	for _, q := range append(boot, o.Prelude...) {
		if err := e.Exec(ctx, q); err != nil {
			e.Close()
			return nil, err
		}
	}
	return e, nil
}

// Clear drops every table and view. A session that has spilled cannot change its
// folder, which is an error.
func (e *Engine) Clear(ctx context.Context, tempDir string) error {
	if err := e.Exec(ctx, "set temp_directory = "+engine.Literal(tempDir)); err != nil {
		return err
	}
	drops, err := e.drops(ctx)
	if err != nil {
		return err
	}
	for _, q := range drops {
		if err := e.Exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// drops are the statements that drop all tables and views.
func (e *Engine) drops(ctx context.Context) ([]string, error) {
	rows, err := e.Query(ctx, `select 'view', database_name, schema_name, view_name from duckdb_views() where not internal
union all select 'table', database_name, schema_name, table_name from duckdb_tables() where not internal`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var kind, database, schema, name string
		if err := rows.Scan(&kind, &database, &schema, &name); err != nil {
			return nil, err
		}
		out = append(out, "drop "+kind+" "+engine.Ident(database)+"."+engine.Ident(schema)+"."+engine.Ident(name))
	}
	return out, rows.Err()
}

// Close ends the session and frees the database.
func (e *Engine) Close() error {
	return errors.Join(e.conn.Close(), e.db.Close())
}

// Exec runs one statement.
func (e *Engine) Exec(ctx context.Context, query string, args ...any) error {
	if _, err := e.conn.ExecContext(ctx, query, args...); err != nil {
		return explain(query, err)
	}
	return nil
}

// Query runs one statement that gives rows.
func (e *Engine) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := e.conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, explain(query, err)
	}
	return rows, nil
}

// Beside runs statements on connections of the pool.
func (e *Engine) Beside() engine.Statements { return beside{e.db} }

type beside struct{ db *sql.DB }

func (b beside) Exec(ctx context.Context, query string, args ...any) error {
	if _, err := b.db.ExecContext(ctx, query, args...); err != nil {
		return explain(query, err)
	}
	return nil
}

func (b beside) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := b.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, explain(query, err)
	}
	return rows, nil
}

// Insert adds rows to a table in memory.
func (e *Engine) Insert(_ context.Context, table string, rows [][]any) error {
	return e.conn.Raw(func(dc any) error {
		a, err := driver.NewAppenderFromConn(dc.(sqldriver.Conn), "", table)
		if err != nil {
			return err
		}
		values := []sqldriver.Value{}
		for _, r := range rows {
			values = values[:0]
			for _, v := range r {
				values = append(values, v)
			}
			if err := a.AppendRow(values...); err != nil {
				return errors.Join(fmt.Errorf("insert into %s: %w", table, err), a.Close())
			}
		}
		return a.Close()
	})
}

// InZone runs fn while naive times are read in zone.
func (e *Engine) InZone(ctx context.Context, zone string, fn func() error) error {
	if zone == "" || zone == e.zone {
		return fn()
	}
	before := e.zone
	if err := e.Exec(ctx, "set TimeZone = "+engine.Literal(zone)); err != nil {
		return fmt.Errorf("time zone %q: %w", zone, err)
	}
	e.zone = zone
	err := fn()
	e.zone = before
	return errors.Join(err, e.Exec(context.WithoutCancel(ctx), "set TimeZone = "+engine.Literal(before)))
}

// Relation registers files under a name with the contract's types. The typed
// empty relation in front keeps columns that older files lack and types that a
// file could shadow.
func (e *Engine) Relation(ctx context.Context, name string, columns []engine.Column, files []string) error {
	return e.Exec(ctx, "create or replace view "+engine.Ident(name)+" as "+e.Select(columns, files))
}

// Select is the query behind Relation.
func (e *Engine) Select(columns []engine.Column, files []string) string {
	typed := make([]string, len(columns))
	cast := make([]string, len(columns))
	for i, c := range columns {
		typed[i] = fmt.Sprintf("cast(null as %s) as %s", c.Type, engine.Ident(c.Name))
		cast[i] = fmt.Sprintf("cast(%s as %s) as %s", engine.Ident(c.Name), c.Type, engine.Ident(c.Name))
	}
	empty := "select " + strings.Join(typed, ", ") + " where false"
	if len(files) == 0 {
		return empty
	}
	list := make([]string, len(files))
	for i, f := range files {
		list[i] = engine.Literal(f)
	}
	return fmt.Sprintf("select %s from (%s union all by name select * from read_parquet([%s], union_by_name = true, hive_partitioning = false))",
		strings.Join(cast, ", "), empty, strings.Join(list, ", "))
}

// WriteParquet writes files side by side: one small file keeps one core busy.
func (e *Engine) WriteParquet(ctx context.Context, files ...engine.ParquetFile) ([]int64, error) {
	rows := make([]int64, len(files))
	group, ctx := errgroup.WithContext(ctx)
	next := make(chan int)
	group.Go(func() error {
		defer close(next)
		for i := range files {
			select {
			case next <- i:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range min(writers, len(files)) {
		group.Go(func() (err error) {
			conn, err := e.db.Conn(ctx)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, conn.Close()) }()
			for i := range next {
				if rows[i], err = write(ctx, conn, files[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return rows, group.Wait()
}

// writers is how many files are written side by side.
const writers = 2

func write(ctx context.Context, conn *sql.Conn, f engine.ParquetFile) (int64, error) {
	// a dictionary that grows past this is given up anyway; trying costs an eighth of the time.
	// Files are read far more often than written: snappy takes three tenths more room than
	// zstd and unpacks in half the time. LZ4 is quicker still, and Trino does not read it.
	opts := "format parquet, parquet_version v2, compression snappy, dictionary_size_limit 2000"
	if len(f.FieldIDs) > 0 {
		var ids []string
		for name, id := range f.FieldIDs {
			ids = append(ids, fmt.Sprintf("%s: %d", engine.Ident(name), id))
		}
		opts += ", field_ids {" + strings.Join(ids, ", ") + "}"
	}
	res, err := conn.ExecContext(ctx, fmt.Sprintf("copy (%s) to %s (%s)", f.Query, engine.Literal(f.Path), opts))
	if err != nil {
		return 0, explain(f.Query, err)
	}
	if f.Written != nil {
		f.Written()
	}
	return res.RowsAffected()
}

// explain keeps DuckDB's message and adds what helps a person: where memory
// ran out, which settings bound it.
func explain(query string, err error) error {
	var de *driver.Error
	if !errors.As(err, &de) {
		return err
	}
	if de.Type == driver.ErrorTypeOutOfMemory {
		return fmt.Errorf("out of memory: %w; try: a larger limits.memory or fewer limits.threads in waybill.yaml", err)
	}
	return &Error{Query: query, Err: err, Msg: de.Msg}
}

// Error is what DuckDB said of a statement.
type Error struct {
	Query string
	Msg   string
	Err   error
}

func (e *Error) Error() string { return e.Msg }
func (e *Error) Unwrap() error { return e.Err }
