package lake

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// registerFormat is the layout of the register's tables. A catalog with a
// greater number was written by a newer release and is refused.
const registerFormat = 1

const registerDDL = `
create table if not exists lake_meta (key text primary key, value text not null);
create table if not exists lake_tables (
  name text primary key,
  definition text not null,         -- JSON of tableDef
  metadata_location text not null   -- the Iceberg metadata that this register agrees with
);
create table if not exists versions (
  seq integer primary key, id text not null, cause text not null, at text not null, hashes text not null
);
create index if not exists versions_id on versions (id);
create table if not exists version_tables (
  seq integer not null, "table" text not null, snapshot_id integer not null, primary key (seq, "table")
);
create table if not exists files (
  path text primary key, "table" text not null, "partition" text not null,
  rows integer not null, bytes integer not null, content text not null, loads text not null,
  added_seq integer not null, removed_seq integer
);
create index if not exists files_span on files (removed_seq, added_seq);
`

// querier is what a database, a connection and a transaction have in common.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// openRegister makes the register where a writer finds none, and reads where
// the workspace lay when it was registered.
func (l *Lake) openRegister(ctx context.Context) error {
	var known int
	err := l.db.QueryRowContext(ctx,
		`select count(*) from sqlite_master where type = 'table' and name = 'lake_meta'`).Scan(&known)
	if err != nil {
		return err
	}
	if known == 0 {
		if l.readOnly {
			return ErrEmpty
		}
		if err := l.makeRegister(ctx); err != nil {
			return err
		}
	}
	format, err := l.meta(ctx, "format")
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(format); err != nil || n > registerFormat {
		return fmt.Errorf("its format is %q, this release reads up to %d\ntry: a newer release of waybill", format, registerFormat)
	}
	root, err := l.meta(ctx, "root")
	if err != nil {
		return err
	}
	if root != l.home {
		l.moved = root
	}
	return nil
}

func (l *Lake) makeRegister(ctx context.Context) error {
	return l.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, registerDDL); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `insert into lake_meta values ('format', ?), ('root', ?)`,
			strconv.Itoa(registerFormat), l.home)
		return err
	})
}

func (l *Lake) meta(ctx context.Context, key string) (string, error) {
	var value string
	err := l.db.QueryRowContext(ctx, `select value from lake_meta where key = ?`, key).Scan(&value)
	if err != nil {
		return "", fmt.Errorf("read %s of the catalog: %w", key, err)
	}
	return value, nil
}

func (l *Lake) inTx(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// inSnapshot lets several queries see the same state of the catalog.
func (l *Lake) inSnapshot(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := l.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	return errors.Join(do(tx), tx.Rollback())
}

// Head is the newest version, ErrEmpty when there is none.
func (l *Lake) Head(ctx context.Context) (Version, error) {
	var v Version
	err := l.inSnapshot(ctx, func(tx *sql.Tx) (err error) {
		v, err = head(ctx, tx)
		return err
	})
	return v, err
}

func head(ctx context.Context, q querier) (Version, error) {
	list, err := versions(ctx, q, `order by seq desc limit 1`)
	if err != nil {
		return Version{}, err
	}
	if len(list) == 0 {
		return Version{}, ErrEmpty
	}
	return list[0], nil
}

// Versions lists every version, oldest first.
func (l *Lake) Versions(ctx context.Context) ([]Version, error) {
	var list []Version
	err := l.inSnapshot(ctx, func(tx *sql.Tx) (err error) {
		list, err = versions(ctx, tx, `order by seq`)
		return err
	})
	return list, err
}

func versions(ctx context.Context, q querier, tail string) ([]Version, error) {
	rows, err := q.QueryContext(ctx, `select seq, id, cause, at, hashes from versions `+tail)
	if err != nil {
		return nil, fmt.Errorf("read the versions: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	var list []Version
	for rows.Next() {
		var v Version
		var at, hashes string
		if err := rows.Scan(&v.Seq, &v.ID, &v.Cause, &at, &hashes); err != nil {
			return nil, fmt.Errorf("read the versions: %w", err)
		}
		if v.At, err = time.Parse(time.RFC3339Nano, at); err != nil {
			return nil, fmt.Errorf("read version %d: %w", v.Seq, err)
		}
		if err := json.Unmarshal([]byte(hashes), &v.Hashes); err != nil {
			return nil, fmt.Errorf("read version %d: %w", v.Seq, err)
		}
		list = append(list, v)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the versions: %w", err)
	}
	return list, addSnapshots(ctx, q, list)
}

func addSnapshots(ctx context.Context, q querier, list []Version) error {
	if len(list) == 0 {
		return nil
	}
	at := make(map[int64]*Version, len(list))
	low := list[0].Seq
	for i := range list {
		list[i].Snapshots = map[string]int64{}
		at[list[i].Seq] = &list[i]
		low = min(low, list[i].Seq)
	}
	rows, err := q.QueryContext(ctx, `select seq, "table", snapshot_id from version_tables where seq >= ?`, low)
	if err != nil {
		return fmt.Errorf("read the snapshots: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		var seq, snapshot int64
		var table string
		if err := rows.Scan(&seq, &table, &snapshot); err != nil {
			return fmt.Errorf("read the snapshots: %w", err)
		}
		if v := at[seq]; v != nil {
			v.Snapshots[table] = snapshot
		}
	}
	return rows.Err()
}

// idPrefix is from how many characters on a number can be the beginning of an id.
const idPrefix = 8

// Find returns the version that ref names: its sequence number, its id or the
// beginning of its id. Versions that share an id hold the same rows; the newest
// of them is returned. An unknown or ambiguous ref is an error that lists the
// candidates.
func (l *Lake) Find(ctx context.Context, ref string) (Version, error) {
	list, err := l.Versions(ctx)
	if err != nil {
		return Version{}, err
	}
	if len(list) == 0 {
		return Version{}, ErrEmpty
	}
	ref = strings.ToLower(strings.TrimSpace(ref))
	seq, err := strconv.ParseInt(ref, 10, 64)
	// a short number is a version's number, never the beginning of some id
	number := err == nil && len(ref) < idPrefix
	if err == nil {
		for _, v := range list {
			if v.Seq == seq {
				return v, nil
			}
		}
	}
	found := map[string]Version{}
	for _, v := range list {
		if ref != "" && !number && strings.HasPrefix(v.ID, ref) {
			found[v.ID] = v
		}
	}
	if len(found) == 1 {
		for _, v := range found {
			return v, nil
		}
	}
	what := "no version is named"
	if len(found) > 1 {
		what = "several versions begin with"
	}
	return Version{}, fmt.Errorf("%s %q\ntry: one of %s", what, ref, nearest(list, ref))
}

// nearest lists up to five versions, those that share the longest beginning
// with ref first, the newest first among equals.
func nearest(list []Version, ref string) string {
	var names []string
	for length := len(ref); length >= 0 && len(names) < 5; length-- {
		for i := len(list) - 1; i >= 0 && len(names) < 5; i-- {
			if v := list[i]; sharedPrefix(v.ID, ref) == length {
				names = append(names, fmt.Sprintf("%d (%s)", v.Seq, v.ID))
			}
		}
	}
	return strings.Join(names, ", ")
}

func sharedPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// Files lists the data files of a version per table, in the order of partition
// and path. A table without files has no entry.
func (l *Lake) Files(ctx context.Context, v Version) (map[string][]File, error) {
	return filesAt(ctx, l.db, v.Seq)
}

// AbsPath is the place of a registered file in the file system.
func (l *Lake) AbsPath(f File) string { return filepath.Join(l.root, filepath.FromSlash(f.Path)) }

func filesAt(ctx context.Context, q querier, seq int64) (map[string][]File, error) {
	return queryFiles(ctx, q, `where added_seq <= ? and (removed_seq is null or removed_seq > ?)`, seq, seq)
}

func queryFiles(ctx context.Context, q querier, where string, args ...any) (map[string][]File, error) {
	rows, err := q.QueryContext(ctx, `select path, "table", "partition", rows, bytes, content, loads from files `+
		where+` order by "table", "partition", path`, args...)
	if err != nil {
		return nil, fmt.Errorf("read the register of files: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	files := map[string][]File{}
	for rows.Next() {
		var f File
		var loads string
		if err := rows.Scan(&f.Path, &f.Table, &f.Partition, &f.Rows, &f.Bytes, &f.Content, &loads); err != nil {
			return nil, fmt.Errorf("read the register of files: %w", err)
		}
		if err := json.Unmarshal([]byte(loads), &f.Loads); err != nil {
			return nil, fmt.Errorf("read the loads of %s: %w", f.Path, err)
		}
		files[f.Table] = append(files[f.Table], f)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the register of files: %w", err)
	}
	return files, nil
}

// insertVersion writes a version and what it changed. It runs inside the
// transaction that publishes.
func insertVersion(ctx context.Context, tx *sql.Tx, v Version, added, removed []File) error {
	hashes, err := json.Marshal(v.Hashes)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `insert into versions values (?, ?, ?, ?, ?)`,
		v.Seq, v.ID, v.Cause, v.At.UTC().Format(time.RFC3339Nano), string(hashes)); err != nil {
		return err
	}
	for table, snapshot := range v.Snapshots {
		if _, err := tx.ExecContext(ctx, `insert into version_tables values (?, ?, ?)`, v.Seq, table, snapshot); err != nil {
			return err
		}
	}
	for _, f := range removed {
		if _, err := tx.ExecContext(ctx, `update files set removed_seq = ? where path = ?`, v.Seq, f.Path); err != nil {
			return err
		}
	}
	for _, f := range added {
		loads, err := json.Marshal(f.Loads)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `insert into files values (?, ?, ?, ?, ?, ?, ?, ?, null)`,
			f.Path, f.Table, f.Partition, f.Rows, f.Bytes, f.Content, string(loads), v.Seq); err != nil {
			return err
		}
	}
	return nil
}
