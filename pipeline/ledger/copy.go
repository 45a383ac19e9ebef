package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
)

// Copied says what a copy of a ledger holds.
type Copied struct {
	Path    string `json:"path"`
	Entries int64  `json:"entries"` // and so the number of the newest one
}

// Restored says what a restore did.
type Restored struct {
	From    string `json:"from"`
	Entries int64  `json:"entries"` // that the ledger holds now
	Before  int64  `json:"before"`  // that it held
	Lost    int64  `json:"lost"`    // of those, that it holds no more
	Kept    string `json:"kept,omitempty"`
}

// ErrNoLedger says that a file is no whole ledger.
var ErrNoLedger = errors.New("the file is no whole ledger")

// ErrTarget says that a copy cannot be written to that place.
var ErrTarget = errors.New("the copy cannot be written there")

// NewerError refuses a restore that would lose entries.
type NewerError struct {
	Held, Given int64 // entries of the ledger and of the copy
	Shared      int64 // how many are the same, from the first one on
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("the ledger has %d entries that the copy does not have (%d against %d, the first %d alike); try: --force, which keeps the present ledger beside it",
		e.Held-e.Shared, e.Held, e.Given, e.Shared)
}

// Backup writes a consistent copy of a state folder's ledger to path, while
// others may append. The copy takes its place whole or not at all, replaces only
// an older copy of the same ledger, and is on disk when Backup returns. step is
// told each step; it may kill the process. ErrNone: there is nothing to copy.
func Backup(ctx context.Context, stateDir, path string, step func(string)) (out Copied, err error) {
	l, err := openRead(ctx, stateDir) // query_only would forbid to write the copy too
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := l.mayReplace(ctx, path); err != nil {
		return out, err
	}
	return l.copyTo(ctx, path, "backup", step)
}

// mayReplace refuses to write over what is no older copy of this ledger.
func (l *Ledger) mayReplace(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: %s is no file; try: the name of a file", ErrTarget, path)
	}
	old, err := readWhole(ctx, path)
	if err != nil {
		return fmt.Errorf("%w: %w; try: another name", ErrTarget, err)
	}
	mine, err := l.Entries(ctx, Filter{})
	if err != nil {
		return err
	}
	if n := shared(mine, old); n < len(old) {
		return fmt.Errorf("%w: %s has %d entries that the ledger does not have; try: another name", ErrTarget, path, len(old)-n)
	}
	return nil
}

// copyTo writes a copy of the ledger as it stands at one moment.
func (l *Ledger) copyTo(ctx context.Context, path, what string, step func(string)) (out Copied, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return out, err
	}
	// a name of its own: what a killed process left must not stand in the way
	dir, err := os.MkdirTemp(filepath.Dir(path), ".ledger-")
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	temp := filepath.Join(dir, FileName)
	if _, err := l.db.ExecContext(ctx, `vacuum into ?`, temp); err != nil {
		return out, fmt.Errorf("copy the ledger: %w", err)
	}
	step(what + ".copied")
	list, err := readWhole(ctx, temp)
	if err != nil {
		return out, err
	}
	if err := syncPath(temp); err != nil {
		return out, err
	}
	step(what + ".synced")
	if err := os.Rename(temp, path); err != nil {
		return out, err
	}
	step(what + ".renamed")
	return Copied{path, int64(len(list))}, syncPath(filepath.Dir(path))
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// readWhole reads the entries of a closed ledger file and holds it to be sound:
// its pages, its format, its sequence without gaps.
func readWhole(ctx context.Context, path string) (list []Entry, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return nil, fmt.Errorf("%w: %s is empty or no file", ErrNoLedger, path)
	}
	// immutable leaves the folder as it is, and reads no log
	if log, err := os.Stat(path + logs[0]); err == nil && log.Size() > 0 {
		return nil, fmt.Errorf("%w: %s is in use: entries are in its log %s still; try: a copy that waybill backup writes", ErrNoLedger, path, filepath.Base(path)+logs[0])
	}
	whole, err := filepath.Abs(path) // of a relative one the first part would be taken for a host
	if err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(whole), RawQuery: url.Values{"_pragma": {"query_only(1)"}, "mode": {"ro"}, "immutable": {"1"}}.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	l := &Ledger{db}
	defer func() { err = errors.Join(err, l.Close()) }()
	var sound string
	if err := db.QueryRowContext(ctx, `pragma integrity_check(1)`).Scan(&sound); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNoLedger, path, err)
	}
	if sound != "ok" {
		return nil, fmt.Errorf("%w: %s: %s", ErrNoLedger, path, sound)
	}
	if err := l.prepare(ctx, false); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNoLedger, path, err)
	}
	if list, err = l.Entries(ctx, Filter{}); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNoLedger, path, err)
	}
	for i, e := range list {
		if e.Seq != int64(i+1) {
			return nil, fmt.Errorf("%w: %s: entry %d has the number %d", ErrNoLedger, path, i+1, e.Seq)
		}
	}
	return list, nil
}

// shared counts the entries from the first one on that two ledgers have alike.
func shared(a, b []Entry) int {
	n := 0
	for n < min(len(a), len(b)) && same(a[n], b[n]) {
		n++
	}
	return n
}

func same(a, b Entry) bool {
	return a.Seq == b.Seq && a.At.Equal(b.At) && a.By == b.By && a.Kind == b.Kind && a.Subject == b.Subject && a.Until.Equal(b.Until) && a.Text == b.Text && string(a.Context) == string(b.Context)
}

// Restore puts the entries of a copy in the place of a state folder's ledger.
// Where that would lose entries it is a *NewerError, unless force; the ledger as
// it stood is kept beside it then. A ledger that cannot be read any more is kept
// beside as it is. The entries change in one transaction: readers and writers see
// the ledger before or after, whatever kills the process. step is told each step.
func Restore(ctx context.Context, stateDir, from string, force bool, step func(string)) (out Restored, err error) {
	given, err := readWhole(ctx, from)
	if err != nil {
		return out, err
	}
	step("restore.verified")
	out = Restored{From: from, Entries: int64(len(given))}
	l, err := Open(ctx, stateDir)
	if err == nil {
		err = l.sound(ctx)
		if err != nil {
			err = errors.Join(err, l.Close())
		}
	}
	if err != nil {
		if ctx.Err() != nil {
			return out, err
		}
		if !force {
			return out, fmt.Errorf("%w; try: --force, which keeps the file beside the restored one", err)
		}
		return replaceBroken(ctx, stateDir, from, out, step)
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	for {
		held, err := l.Entries(ctx, Filter{})
		if err != nil {
			return out, err
		}
		n := shared(held, given)
		out.Before, out.Lost = int64(len(held)), int64(len(held)-n)
		if out.Lost > 0 && !force {
			return out, &NewerError{Held: out.Before, Given: out.Entries, Shared: int64(n)}
		}
		if out.Lost > 0 {
			if out.Kept, err = beside(stateDir, fmt.Sprintf("replaced-%d", out.Before)); err != nil {
				return out, err
			}
			if _, err := l.copyTo(ctx, out.Kept, "restore.kept", step); err != nil {
				return out, err
			}
		}
		done, err := l.replace(ctx, out.Before, int64(n), given, step)
		if err != nil {
			return out, fmt.Errorf("restore the ledger: %w", err)
		}
		if done {
			step("restore.committed")
			return out, nil
		}
	}
}

// sound says whether the file's pages are whole.
func (l *Ledger) sound(ctx context.Context) error {
	var said string
	if err := l.db.QueryRowContext(ctx, `pragma integrity_check(1)`).Scan(&said); err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	if said != "ok" {
		return fmt.Errorf("read the ledger: %s", said)
	}
	return nil
}

// replace changes the entries behind the first n to those given, if the ledger
// still holds as many as before.
func (l *Ledger) replace(ctx context.Context, before, n int64, given []Entry, step func(string)) (done bool, err error) {
	err = l.inTx(ctx, func(tx *sql.Tx) error {
		var newest int64
		if err := tx.QueryRowContext(ctx, `select coalesce(max(seq), 0) from entries`).Scan(&newest); err != nil || newest != before {
			return err
		}
		// the guards go and come with the transaction: no one sees the file without them
		for _, q := range []string{`drop trigger entries_stay`, `drop trigger entries_remain`} {
			if _, err := tx.ExecContext(ctx, q); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `delete from entries where seq > ?`, n); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `update sqlite_sequence set seq = ? where name = 'entries'`, n); err != nil {
			return err
		}
		step("restore.deleted")
		if _, err := insert(ctx, tx, given[n:]); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, `select coalesce(max(seq), 0) from entries`).Scan(&newest); err != nil {
			return err
		}
		if newest != int64(len(given)) {
			return fmt.Errorf("%d entries became %d", len(given), newest)
		}
		if _, err := tx.ExecContext(ctx, ddl); err != nil {
			return err
		}
		step("restore.inserted")
		done = true
		return nil
	})
	return done && err == nil, err
}

// beside is a free name in the state folder.
func beside(stateDir, what string) (string, error) {
	for i := 1; ; i++ {
		name := fmt.Sprintf("ledger.%s.db", what)
		if i > 1 {
			name = fmt.Sprintf("ledger.%s-%d.db", what, i)
		}
		path := filepath.Join(stateDir, name)
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			return path, nil
		} else if err != nil {
			return "", err
		}
	}
}

// logs are what SQLite keeps beside a file.
var logs = []string{"-wal", "-shm"}

// replaceBroken puts a copy in the place of a file that is no ledger any more.
// The broken file stays in its place until the copy takes it, so that a kill in
// between never leaves an empty ledger; its logs go first, since they would be
// played into the copy.
func replaceBroken(ctx context.Context, stateDir, from string, out Restored, step func(string)) (_ Restored, err error) {
	path := filepath.Join(stateDir, FileName)
	if out.Kept, err = beside(stateDir, "broken"); err != nil {
		return out, err
	}
	for _, end := range append([]string{""}, logs...) {
		if err := copyFile(path+end, out.Kept+end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return out, err
		}
	}
	step("restore.kept.copied")
	dir, err := os.MkdirTemp(stateDir, ".ledger-")
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	temp := filepath.Join(dir, FileName)
	if err := copyFile(from, temp); err != nil {
		return out, err
	}
	if _, err := readWhole(ctx, temp); err != nil {
		return out, err
	}
	for _, end := range logs {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return out, err
		}
	}
	step("restore.deleted")
	if err := os.Rename(temp, path); err != nil {
		return out, err
	}
	step("restore.committed")
	return out, syncPath(stateDir)
}

// copyFile copies a file to a new place, on disk when it returns.
func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
