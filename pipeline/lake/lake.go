package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	icesql "github.com/apache/iceberg-go/catalog/sql"
	_ "modernc.org/sqlite" // the catalog database
)

// Lake is an open lake. Its methods may be called from several goroutines;
// at most one Tx is open at a time.
type Lake struct {
	root     string // as the caller wrote it
	home     string // root without symbolic links: what Iceberg locations are made of
	dir      string // of namespace waybill, relative to the root, slash separated
	now      func() time.Time
	log      *slog.Logger
	fail     func(step string)
	readOnly bool

	db *sql.DB

	mu      sync.Mutex
	moved   string // the root that the catalog names when it is another, else empty
	writing bool   // a Tx is open
	ice     *icesql.Catalog
}

// Open opens the lake of a workspace. A writer creates what is missing and must
// hold the lock and call Recover before anything else. With ReadOnly nothing is
// written and an absent catalog is ErrEmpty.
func Open(ctx context.Context, opts Options) (*Lake, error) {
	l, err := newLake(opts)
	if err != nil {
		return nil, fmt.Errorf("open the lake: %w", err)
	}
	state := opts.StateDir
	if state == "" {
		state = filepath.Join(l.root, "state")
	}
	path := filepath.Join(state, "catalog.db")
	if l.readOnly {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, ErrEmpty
		}
	} else if err := errors.Join(os.MkdirAll(state, 0o755), os.MkdirAll(l.abs(l.dir), 0o755)); err != nil {
		return nil, fmt.Errorf("open the lake: %w", err)
	}
	if l.home, err = filepath.EvalSymlinks(l.root); err != nil {
		return nil, fmt.Errorf("open the lake: %w", err)
	}
	if l.db, err = sql.Open("sqlite", catalogDSN(path, l.readOnly)); err != nil {
		return nil, fmt.Errorf("open the catalog %s: %w", path, err)
	}
	if err := l.openRegister(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the catalog %s: %w", path, err), l.db.Close())
	}
	return l, nil
}

func newLake(opts Options) (*Lake, error) {
	if !filepath.IsAbs(opts.Root) {
		return nil, fmt.Errorf("the workspace path %q is not absolute", opts.Root)
	}
	l := &Lake{
		root: filepath.Clean(opts.Root), now: opts.Now, log: opts.Log, fail: opts.Fail, readOnly: opts.ReadOnly,
	}
	if l.now == nil {
		return nil, errors.New("no clock given")
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if l.fail == nil {
		l.fail = func(string) {}
	}
	dir := opts.LakeDir
	if dir == "" {
		dir = filepath.Join(l.root, "lake")
	}
	rel, err := filepath.Rel(l.root, dir)
	if err != nil || !filepath.IsLocal(rel) {
		return nil, fmt.Errorf("the lake folder %s is not within the workspace %s", dir, l.root)
	}
	l.dir = filepath.ToSlash(filepath.Join(rel, namespace))
	return l, nil
}

// catalogDSN makes a data source name whose path may hold any character.
func catalogDSN(path string, readOnly bool) string {
	query := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)"}, "_txlock": {"immediate"}}
	if readOnly {
		query = url.Values{"_pragma": {"busy_timeout(5000)", "query_only(1)"}, "mode": {"ro"}}
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: query.Encode()}
	return u.String()
}

// Close closes the catalog. An open Tx must be aborted before.
func (l *Lake) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var err error
	if l.ice != nil {
		err = l.ice.Close()
		l.ice = nil
	}
	return errors.Join(err, l.db.Close())
}

// DB is the catalog database. Other rooms keep their journals in tables of
// their own there, so that a load and its version commit together (see
// Tx.Publish). The tables of the register are not theirs to write.
func (l *Lake) DB() *sql.DB { return l.db }

// Moved returns the path that the workspace had when it was registered, or ""
// when it still lies there. Recover registers it at its new place.
func (l *Lake) Moved() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.moved
}

// abs turns a path of the register into one for the file system.
func (l *Lake) abs(rel string) string { return filepath.Join(l.root, filepath.FromSlash(rel)) }

// uri turns a path of the register into the location that Iceberg stores.
func (l *Lake) uri(rel string) string {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(l.home)}
	return u.JoinPath(rel).String()
}

func (l *Lake) tableDir(table string) string { return l.dir + "/" + table }

// writable is the first thing that every writing method asks.
func (l *Lake) writable() error {
	if l.readOnly {
		return ErrReadOnly
	}
	if from := l.Moved(); from != "" {
		return fmt.Errorf("%w (it was at %s)", ErrMoved, from)
	}
	return nil
}
