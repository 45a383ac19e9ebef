package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the file's format
)

// FileName is the ledger's file in the state folder.
const FileName = "ledger.db"

// format is the layout of the file. A greater number was written by a newer release.
const format = 1

const ddl = `
create table if not exists ledger_meta (key text primary key, value text not null);
create table if not exists entries (
  seq integer primary key autoincrement,
  at text not null,       -- UTC, RFC 3339
  by text not null, kind text not null, subject text not null,
  until text,             -- UTC, RFC 3339
  text text not null, context text not null
);
create index if not exists entries_subject on entries (kind, subject, seq);
create trigger if not exists entries_stay before update on entries begin select raise(abort, 'the ledger is appended to, never changed'); end;
create trigger if not exists entries_remain before delete on entries begin select raise(abort, 'the ledger is appended to, never changed'); end;
`

// Entry is one decision, or one thing that was shown.
type Entry struct {
	Seq     int64           `json:"seq"` // given by Append, from 1, without gaps
	At      time.Time       `json:"at"`  // the instant of the decision, UTC
	By      string          `json:"by"`
	Kind    string          `json:"kind"`
	Subject string          `json:"subject"` // what it is about
	Until   time.Time       `json:"until,omitzero"`
	Text    string          `json:"text,omitempty"`
	Context json.RawMessage `json:"context,omitempty"` // what the kind needs beside, one JSON value
}

// Filter bounds Entries; empty fields bound nothing.
type Filter struct {
	Kinds   []string
	Subject string
	UpTo    int64 // the last sequence number
}

// Ledger is an open ledger. Its methods may be called from several goroutines
// and several processes at a time.
type Ledger struct{ db *sql.DB }

// ErrNone says that nothing was decided yet: there is no file.
var ErrNone = errors.New("the ledger is empty")

// Open opens the ledger of a state folder and makes it where there is none.
func Open(ctx context.Context, stateDir string) (*Ledger, error) {
	if err := os.MkdirAll(stateDir, 0o755); err != nil {
		return nil, fmt.Errorf("open the ledger: %w", err)
	}
	return open(ctx, stateDir, url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)"}, "_txlock": {"immediate"}}, true)
}

// OpenRead opens the ledger for reading alone; ErrNone where there is none.
func OpenRead(ctx context.Context, stateDir string) (*Ledger, error) {
	return openRead(ctx, stateDir, "query_only(1)")
}

// openRead opens an existing ledger's file without the right to write to it.
func openRead(ctx context.Context, stateDir string, pragmas ...string) (*Ledger, error) {
	info, err := os.Stat(filepath.Join(stateDir, FileName))
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil, ErrNone
	}
	return open(ctx, stateDir, url.Values{"_pragma": append([]string{"busy_timeout(10000)"}, pragmas...), "mode": {"ro"}}, false)
}

func open(ctx context.Context, stateDir string, query url.Values, create bool) (*Ledger, error) {
	path := filepath.Join(stateDir, FileName)
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, fmt.Errorf("open the ledger %s: %w", path, err)
	}
	l := &Ledger{db}
	if err := l.prepare(ctx, create); err != nil {
		return nil, errors.Join(fmt.Errorf("open the ledger %s: %w", path, err), db.Close())
	}
	return l, nil
}

func (l *Ledger) prepare(ctx context.Context, create bool) error {
	var known int
	if err := l.db.QueryRowContext(ctx, `select count(*) from sqlite_master where name = 'ledger_meta'`).Scan(&known); err != nil {
		return err
	}
	if known == 0 {
		if !create {
			return ErrNone
		}
		if err := l.inTx(ctx, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, ddl); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, `insert or ignore into ledger_meta values ('format', ?)`, format)
			return err
		}); err != nil {
			return err
		}
	}
	var n int
	if err := l.db.QueryRowContext(ctx, `select value from ledger_meta where key = 'format'`).Scan(&n); err != nil {
		return err
	}
	if n > format {
		return fmt.Errorf("its format is %d, this release reads up to %d\ntry: a newer release of waybill", n, format)
	}
	return nil
}

func (l *Ledger) inTx(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err = do(tx); err != nil {
		err = errors.Join(err, tx.Rollback())
	} else {
		err = tx.Commit()
	}
	if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
		return ctx.Err() // which took the transaction back
	}
	return err
}

// Append adds entries in their order, all or none, and gives them back with
// their numbers. At and Kind must be set; Seq is ignored.
func (l *Ledger) Append(ctx context.Context, entries ...Entry) ([]Entry, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	var out []Entry
	err := l.inTx(ctx, func(tx *sql.Tx) (err error) {
		out, err = insert(ctx, tx, entries)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("append to the ledger: %w", err)
	}
	return out, nil
}

// ErrMoved says that others decided meanwhile.
var ErrMoved = errors.New("the ledger has newer entries")

// AppendAfter is Append for decisions that follow from what the ledger held: it
// is ErrMoved where an entry of these kinds came after number seq.
func (l *Ledger) AppendAfter(ctx context.Context, seq int64, kinds []string, entries ...Entry) ([]Entry, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	marks, args := strings.TrimPrefix(strings.Repeat(", ?", len(kinds)), ", "), []any{seq}
	for _, k := range kinds {
		args = append(args, k)
	}
	var out []Entry
	err := l.inTx(ctx, func(tx *sql.Tx) (err error) {
		var newer int
		if err := tx.QueryRowContext(ctx, `select count(*) from entries where seq > ? and kind in (`+marks+`)`, args...).Scan(&newer); err != nil {
			return err
		}
		if newer > 0 {
			return ErrMoved
		}
		out, err = insert(ctx, tx, entries)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("append to the ledger: %w", err)
	}
	return out, nil
}

func insert(ctx context.Context, tx *sql.Tx, entries []Entry) ([]Entry, error) {
	out := make([]Entry, len(entries))
	for i, e := range entries {
		if e.At.IsZero() || e.Kind == "" {
			return nil, errors.New("an entry needs its instant and its kind")
		}
		if len(e.Context) == 0 {
			e.Context = json.RawMessage("{}")
		}
		if !json.Valid(e.Context) {
			return nil, errors.New("the context of an entry is one JSON value")
		}
		var until any
		if !e.Until.IsZero() {
			e.Until = e.Until.UTC()
			until = e.Until.Format(time.RFC3339Nano)
		}
		e.At = e.At.UTC()
		res, err := tx.ExecContext(ctx, `insert into entries (at, by, kind, subject, until, text, context) values (?, ?, ?, ?, ?, ?, ?)`,
			e.At.Format(time.RFC3339Nano), e.By, e.Kind, e.Subject, until, e.Text, string(e.Context))
		if err != nil {
			return nil, err
		}
		if e.Seq, err = res.LastInsertId(); err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

// querier is what a database and a transaction have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Entries lists what the filter lets through, oldest first.
func (l *Ledger) Entries(ctx context.Context, f Filter) ([]Entry, error) {
	return entries(ctx, l.db, f)
}

func entries(ctx context.Context, q querier, f Filter) (_ []Entry, err error) {
	where, args := []string{"true"}, []any{}
	if len(f.Kinds) > 0 {
		where = append(where, "kind in (?"+strings.Repeat(", ?", len(f.Kinds)-1)+")")
		for _, k := range f.Kinds {
			args = append(args, k)
		}
	}
	if f.Subject != "" {
		where, args = append(where, "subject = ?"), append(args, f.Subject)
	}
	if f.UpTo > 0 {
		where, args = append(where, "seq <= ?"), append(args, f.UpTo)
	}
	rows, err := q.QueryContext(ctx, `select seq, at, by, kind, subject, until, text, context from entries where `+strings.Join(where, " and ")+` order by seq`, args...)
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var out []Entry
	for rows.Next() {
		var e Entry
		var at, context string
		var until sql.NullString
		if err := rows.Scan(&e.Seq, &at, &e.By, &e.Kind, &e.Subject, &until, &e.Text, &context); err != nil {
			return nil, fmt.Errorf("read the ledger: %w", err)
		}
		if e.At, err = time.Parse(time.RFC3339Nano, at); err != nil {
			return nil, fmt.Errorf("read entry %d of the ledger: %w", e.Seq, err)
		}
		if until.Valid {
			if e.Until, err = time.Parse(time.RFC3339Nano, until.String); err != nil {
				return nil, fmt.Errorf("read entry %d of the ledger: %w", e.Seq, err)
			}
		}
		e.Context = json.RawMessage(context)
		out = append(out, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	return out, nil
}

// Seq is the number of the newest entry, 0 where there is none.
func (l *Ledger) Seq(ctx context.Context) (int64, error) {
	var n int64
	if err := l.db.QueryRowContext(ctx, `select coalesce(max(seq), 0) from entries`).Scan(&n); err != nil {
		return 0, fmt.Errorf("read the ledger: %w", err)
	}
	return n, nil
}

// Close closes the file.
func (l *Ledger) Close() error { return l.db.Close() }
