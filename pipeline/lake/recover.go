package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"
)

// repair is what align did to a table.
type repair int

const (
	untouched repair = iota
	rolledBack
	rebuilt
)

// Recovery is what Recover did.
type Recovery struct {
	MovedFrom  string   // the workspace's former path when it was registered anew, else empty
	RolledBack []string // tables whose Iceberg head no version named
	Rebuilt    []string // tables whose Iceberg metadata were made anew from the register
	Deleted    []string // data files, relative to the root, that no version names
	TempFiles  int      // unfinished files that were deleted
	// Foreign are Iceberg tables of other namespaces in a moved workspace.
	// Their metadata still name the former place; their owner must register
	// them again.
	Foreign []string
}

// Nothing reports whether there was nothing to do.
func (r Recovery) Nothing() bool {
	return r.MovedFrom == "" && len(r.RolledBack) == 0 && len(r.Rebuilt) == 0 && len(r.Deleted) == 0 && r.TempFiles == 0
}

// String says in a sentence what was done, "" when there was nothing to do.
func (r Recovery) String() string {
	var parts []string
	if r.MovedFrom != "" {
		parts = append(parts, fmt.Sprintf("the workspace was at %s and is registered at its new place "+
			"(other engines see the newest version only)", r.MovedFrom))
	}
	if len(r.Foreign) > 0 {
		parts = append(parts, "tables of other namespaces still point to the former place: "+strings.Join(r.Foreign, ", "))
	}
	if len(r.RolledBack) > 0 {
		parts = append(parts, "rolled back to the newest version: "+strings.Join(r.RolledBack, ", "))
	}
	if len(r.Rebuilt) > 0 && r.MovedFrom == "" {
		parts = append(parts, "Iceberg metadata made anew: "+strings.Join(r.Rebuilt, ", "))
	}
	if n := len(r.Deleted) + r.TempFiles; n > 0 {
		parts = append(parts, fmt.Sprintf("deleted %d files of an unfinished version", n))
	}
	return strings.Join(parts, "; ")
}

// Recover brings the lake back to its newest version after a crash, and
// registers a moved or copied workspace at its new place. A writer calls it
// under the lock, right after Open. With nothing to do it changes no file.
func (l *Lake) Recover(ctx context.Context) (Recovery, error) {
	var done Recovery
	if l.readOnly {
		return done, fmt.Errorf("recover the lake: %w", ErrReadOnly)
	}
	err := l.recoverTables(ctx, &done)
	if err == nil {
		err = l.sweep(ctx, &done)
	}
	if err != nil {
		return done, fmt.Errorf("recover the lake: %w", err)
	}
	return done, nil
}

func (l *Lake) recoverTables(ctx context.Context, done *Recovery) error {
	newest, err := l.Head(ctx)
	if err != nil && !errors.Is(err, ErrEmpty) {
		return err
	}
	known, err := l.registered(ctx)
	if err != nil {
		return err
	}
	heads, err := l.heads(ctx)
	if err != nil {
		return err
	}
	var files map[string][]File // read only when a table needs it
	moved := l.Moved()
	for _, name := range sortedKeys(known) {
		reg := known[name]
		if moved == "" && heads[name] == reg.location && l.readable(name, reg.location) {
			continue
		}
		if files == nil {
			if files, err = filesAt(ctx, l.db, newest.Seq); err != nil {
				return err
			}
		}
		what := rebuilt
		if moved != "" {
			_, err = l.rebuild(ctx, name, reg, files[name])
		} else {
			what, _, err = l.align(ctx, name, reg, newest.Snapshots[name], files[name])
		}
		if err != nil {
			return err
		}
		switch what {
		case rolledBack:
			done.RolledBack = append(done.RolledBack, name)
		case rebuilt:
			done.Rebuilt = append(done.Rebuilt, name)
		}
	}
	if err := l.dropUnknown(ctx, heads, known, done); err != nil {
		return err
	}
	if moved != "" {
		done.MovedFrom = moved
		if done.Foreign, err = l.foreign(ctx); err != nil {
			return err
		}
		return l.settle(ctx)
	}
	return nil
}

// readable reports whether the metadata file of a table is there and holds
// something: Iceberg does not sync it, so a power cut can leave it empty.
func (l *Lake) readable(table, location string) bool {
	i := strings.LastIndexByte(location, '/')
	info, err := os.Stat(l.abs(l.tableDir(table) + "/metadata/" + location[i+1:]))
	return err == nil && info.Size() > 0
}

// dropUnknown drops Iceberg tables of our namespace that the register does not
// know: an Ensure that did not come to its end made them, so they hold nothing.
func (l *Lake) dropUnknown(ctx context.Context, heads map[string]string, known map[string]registeredTable, done *Recovery) error {
	for _, name := range sortedKeys(heads) {
		if _, ok := known[name]; ok {
			continue
		}
		cat, err := l.catalog(ctx)
		if err != nil {
			return err
		}
		if err := cat.DropTable(ctx, ident(name)); err != nil {
			return err
		}
		if !identifier.MatchString(name) {
			continue // never a folder of ours
		}
		if err := os.RemoveAll(l.abs(l.tableDir(name) + "/metadata")); err != nil {
			return err
		}
		done.RolledBack = append(done.RolledBack, name)
	}
	return nil
}

// foreign lists the Iceberg tables that are not in our namespace.
func (l *Lake) foreign(ctx context.Context) ([]string, error) {
	rows, err := l.db.QueryContext(ctx, `select table_namespace || '.' || table_name from iceberg_tables
		where catalog_name = ? and table_namespace <> ? order by 1`, catalogName, namespace)
	if err != nil {
		return nil, fmt.Errorf("read the Iceberg catalog: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("read the Iceberg catalog: %w", err)
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// settle notes that the workspace is registered at its new place. It is the
// last step: until then a crash lets the next Recover begin again.
func (l *Lake) settle(ctx context.Context) error {
	cat, err := l.catalog(ctx)
	if err != nil {
		return err
	}
	if _, err := cat.UpdateNamespaceProperties(ctx, table.Identifier{namespace}, nil,
		iceberg.Properties{"location": l.uri(l.dir)}); err != nil {
		return err
	}
	err = l.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `update lake_meta set value = ? where key = 'root'`, l.home)
		return err
	})
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.moved = ""
	return nil
}

// sweep deletes temporary files and data files that no version names.
func (l *Lake) sweep(ctx context.Context, done *Recovery) error {
	paths, err := l.registeredPaths(ctx)
	if err != nil {
		return err
	}
	tables, err := os.ReadDir(l.abs(l.dir))
	if err != nil {
		return err
	}
	for _, t := range tables {
		if !t.IsDir() {
			continue
		}
		temp := l.abs(l.tableDir(t.Name()) + "/_tmp")
		left, err := os.ReadDir(temp)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err == nil {
			done.TempFiles += len(left)
			if err := os.RemoveAll(temp); err != nil {
				return err
			}
		}
		if err := l.sweepData(t.Name(), paths, done); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lake) sweepData(table string, paths map[string]bool, done *Recovery) error {
	err := filepath.WalkDir(l.abs(l.tableDir(table)+"/data"), func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(l.root, name)
		if err != nil {
			return err
		}
		if rel = filepath.ToSlash(rel); paths[rel] {
			return nil
		}
		if err := os.Remove(name); err != nil {
			return err
		}
		done.Deleted = append(done.Deleted, rel)
		// The folder stays when it holds anything else.
		_ = os.Remove(filepath.Dir(name))
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (l *Lake) registeredPaths(ctx context.Context) (map[string]bool, error) {
	rows, err := l.db.QueryContext(ctx, `select path from files`)
	if err != nil {
		return nil, fmt.Errorf("read the register of files: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	paths := map[string]bool{}
	for rows.Next() {
		var p string
		if err := rows.Scan(&p); err != nil {
			return nil, fmt.Errorf("read the register of files: %w", err)
		}
		paths[p] = true
	}
	return paths, rows.Err()
}
