package lake

import (
	"errors"
	"log/slog"
	"time"
)

// ErrEmpty says that there is no version to read: the catalog does not exist
// (Open with ReadOnly) or nothing was published yet (Head).
var ErrEmpty = errors.New("the lake holds no version yet")

// ErrReadOnly is returned by every writing method of a lake that was opened
// with Options.ReadOnly.
var ErrReadOnly = errors.New("the lake is open for reading only")

// ErrMoved is returned by writing methods when the workspace lies at another
// path than its Iceberg metadata say and Recover was not called yet.
var ErrMoved = errors.New("the workspace was moved or copied and is not registered at its new place yet")

// Column is one column of a table. Every column is optional in Iceberg
// because DuckDB writes every Parquet column optional.
type Column struct {
	Name string
	// Type is varchar, boolean, integer, bigint, double, date, timestamptz
	// (UTC, microseconds) or decimal(p,s).
	Type string
	Doc  string
}

// Table is the shape of one table as its contract states it.
type Table struct {
	Name    string
	Doc     string
	Columns []Column
	// Partition names a date column that is constant within each file, or
	// is empty.
	Partition string
	// Retired are columns that the table may have from before and that no new
	// file holds. They stay in the Iceberg schema, where they are NULL, because
	// the files of older versions have them.
	Retired []string
}

// Options say where the lake is and how it behaves.
type Options struct {
	Root     string // the workspace, absolute
	LakeDir  string // within Root; empty means Root/lake
	StateDir string // holds catalog.db; empty means Root/state
	Now      func() time.Time
	Log      *slog.Logger      // nil discards
	Fail     func(step string) // called at named steps of Publish so that a test can stop the process there; may be nil
	ReadOnly bool              // never writes, needs no lock
}

// File is one immutable Parquet file of a table.
type File struct {
	Table     string
	Path      string // relative to Options.Root, slash separated
	Partition string // the partition column's value such as "2026-01-01"; empty without a partition column
	Rows      int64
	Bytes     int64
	// Content is the sum modulo 2^128 of a hash of each row, as 32 hex
	// digits. It is additive, so it does not depend on how rows are spread
	// over files.
	Content string
	Loads   []string // ids of the loads whose rows it holds; may be empty
}

// Version is one consistent state of all tables.
type Version struct {
	Seq   int64  // 1, 2, 3 …: the order of publication
	ID    string // 16 hex digits over the content of all rows
	Cause string // what made it, for people
	At    time.Time
	// Snapshots holds the Iceberg snapshot per table. A version from before
	// a move has none.
	Snapshots map[string]int64
	Hashes    map[string]string // of packs, cards and mappings, as the publisher gave them
}

// Problem is one disagreement that Check found.
type Problem struct {
	Table string
	Path  string // relative to the root; empty when it concerns the whole table
	What  string
	Try   string // a hint for the person who must act; may be empty
}

func (p Problem) String() string {
	s := p.Table + ": " + p.What
	if p.Path != "" {
		s = p.Path + ": " + p.What
	}
	if p.Try != "" {
		s += "\ntry: " + p.Try
	}
	return s
}
