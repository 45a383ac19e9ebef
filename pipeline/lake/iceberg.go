package lake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/catalog"
	icesql "github.com/apache/iceberg-go/catalog/sql"
	"github.com/apache/iceberg-go/table"
)

const (
	catalogName = "waybill" // Trino must be given the same
	namespace   = "waybill"
	commentKey  = "comment"
	// commitAttempts bounds how often a commit is tried again after another
	// engine changed the table in the meantime.
	commitAttempts = 5
)

// tableProperties keep manifests few and old metadata files from piling up.
func tableProperties(doc string) iceberg.Properties {
	props := iceberg.Properties{
		table.ManifestMergeEnabledKey:             "true",
		table.ManifestMinMergeCountKey:            "10",
		table.MetadataDeleteAfterCommitEnabledKey: "true",
		table.MetadataPreviousVersionsMaxKey:      "10",
	}
	if doc != "" {
		props[commentKey] = doc
	}
	return props
}

func ident(name string) table.Identifier { return table.Identifier{namespace, name} }

// catalog opens the Iceberg catalog at its first use: readers of the register
// never need it.
func (l *Lake) catalog(ctx context.Context) (*icesql.Catalog, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ice != nil {
		return l.ice, nil
	}
	props := iceberg.Properties{}
	if l.readOnly {
		props["init_catalog_tables"] = "false"
	}
	cat, err := icesql.NewCatalog(catalogName, l.db, icesql.SQLite, props)
	if err != nil {
		return nil, fmt.Errorf("open the Iceberg catalog: %w", err)
	}
	if !l.readOnly {
		exists, err := cat.CheckNamespaceExists(ctx, table.Identifier{namespace})
		if err == nil && !exists {
			err = cat.CreateNamespace(ctx, table.Identifier{namespace}, iceberg.Properties{"location": l.uri(l.dir)})
		}
		if err != nil {
			return nil, fmt.Errorf("open the Iceberg catalog: %w", err)
		}
	}
	l.ice = cat
	return cat, nil
}

func (l *Lake) load(ctx context.Context, name string) (*table.Table, error) {
	cat, err := l.catalog(ctx)
	if err != nil {
		return nil, err
	}
	return cat.LoadTable(ctx, ident(name))
}

func (l *Lake) create(ctx context.Context, name string, def tableDef) (*table.Table, error) {
	cat, err := l.catalog(ctx)
	if err != nil {
		return nil, err
	}
	// The catalog numbers the fields anew from 1 in the order given; giving
	// them the same numbers lets the partition spec refer to them.
	for i := range def.Columns {
		def.Columns[i].ID = cmp.Or(def.Columns[i].ID, i+1)
	}
	schema, err := def.schema()
	if err != nil {
		return nil, err
	}
	opts := []catalog.CreateTableOpt{
		catalog.WithLocation(l.uri(l.tableDir(name))),
		catalog.WithProperties(tableProperties(def.Doc)),
	}
	if def.Partition != "" {
		spec := def.spec()
		opts = append(opts, catalog.WithPartitionSpec(&spec))
	}
	return cat.CreateTable(ctx, ident(name), schema, opts...)
}

// heads maps each Iceberg table of our namespace to its metadata location.
func (l *Lake) heads(ctx context.Context) (map[string]string, error) {
	if _, err := l.catalog(ctx); err != nil {
		return nil, err
	}
	rows, err := l.db.QueryContext(ctx,
		`select table_name, coalesce(metadata_location, '') from iceberg_tables where catalog_name = ? and table_namespace = ?`,
		catalogName, namespace)
	if err != nil {
		return nil, fmt.Errorf("read the Iceberg catalog: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	heads := map[string]string{}
	for rows.Next() {
		var name, location string
		if err := rows.Scan(&name, &location); err != nil {
			return nil, fmt.Errorf("read the Iceberg catalog: %w", err)
		}
		heads[name] = location
	}
	return heads, rows.Err()
}

// iceState is where an Iceberg table stands.
type iceState struct {
	snapshot int64 // 0: never committed to
	location string
}

func stateOf(tbl *table.Table) iceState {
	s := iceState{location: tbl.MetadataLocation()}
	if snap := tbl.CurrentSnapshot(); snap != nil {
		s.snapshot = snap.SnapshotID
	}
	return s
}

// commit is one Iceberg commit: the table's state base (0 = none) becomes base
// without removed and with added. A head that is not base is first brought back
// to it, because the register and not the head says what the table holds.
func (l *Lake) commit(ctx context.Context, name string, reg registeredTable, base int64, baseFiles, added, removed []File,
	props iceberg.Properties) (iceState, error) {
	var err error
	for attempt := range commitAttempts {
		if attempt > 0 {
			l.log.Warn("the table was changed by another writer, trying again", "table", name, "err", err)
			select {
			case <-ctx.Done():
				return iceState{}, context.Cause(ctx)
			case <-time.After(time.Duration(attempt) * 50 * time.Millisecond):
			}
		}
		var state iceState
		if state, err = l.tryCommit(ctx, name, reg, base, baseFiles, added, removed, props); err == nil {
			return state, nil
		}
		if !isConflict(err) {
			break
		}
	}
	return iceState{}, fmt.Errorf("commit table %s to Iceberg: %w", name, err)
}

func (l *Lake) tryCommit(ctx context.Context, name string, reg registeredTable, base int64, baseFiles, added, removed []File,
	props iceberg.Properties) (iceState, error) {
	tbl, err := l.load(ctx, name)
	if err != nil {
		return iceState{}, err
	}
	if stateOf(tbl).snapshot != base {
		l.log.Warn("the Iceberg table is not at the newest version, bringing it back", "table", name)
		if _, _, err = l.align(ctx, name, reg, base, baseFiles); err != nil {
			return iceState{}, err
		}
		if tbl, err = l.load(ctx, name); err != nil {
			return iceState{}, err
		}
	}
	txn := tbl.NewTransaction()
	if len(removed) == 0 {
		// Names are ours and unique, so looking for duplicates in every
		// manifest would only cost time.
		err = txn.AddFiles(ctx, l.uris(added), props, true)
	} else {
		err = txn.ReplaceDataFiles(ctx, l.uris(removed), l.uris(added), props)
	}
	if err != nil {
		return iceState{}, err
	}
	done, err := txn.Commit(ctx)
	if err != nil {
		return iceState{}, err
	}
	return stateOf(done), nil
}

func (l *Lake) uris(files []File) []string {
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = l.uri(f.Path)
	}
	return out
}

// isConflict recognises that another writer was faster. iceberg-go has two
// forms of it; the one for a stale handle has no type.
func isConflict(err error) bool {
	return errors.Is(err, table.ErrCommitFailed) || strings.Contains(err.Error(), "requirement failed")
}

// align brings an Iceberg table to the snapshot want (0 = none), by rolling
// back where the history allows it, else by making the table anew from files.
// It returns what it did and the snapshot, which is a new one after a rebuild.
func (l *Lake) align(ctx context.Context, name string, reg registeredTable, want int64, files []File) (repair, int64, error) {
	tbl, err := l.load(ctx, name)
	switch {
	case err != nil:
		l.log.Warn("the Iceberg metadata cannot be read, making them anew", "table", name, "err", err)
	case stateOf(tbl).snapshot == want:
		return untouched, want, l.noteLocation(ctx, name, tbl.MetadataLocation())
	case want != 0:
		txn := tbl.NewTransaction()
		if err = txn.RollbackToSnapshot(want); err == nil {
			if tbl, err = txn.Commit(ctx); err == nil {
				return rolledBack, want, l.noteLocation(ctx, name, tbl.MetadataLocation())
			}
		}
		l.log.Warn("the Iceberg table cannot be rolled back, making it anew", "table", name, "err", err)
	}
	state, err := l.rebuild(ctx, name, reg, files)
	return rebuilt, state.snapshot, err
}

func (l *Lake) noteLocation(ctx context.Context, name, location string) error {
	_, err := l.db.ExecContext(ctx, `update lake_tables set metadata_location = ? where name = ?`, location, name)
	return err
}

// rebuild drops the Iceberg table, with its metadata files at this place, and
// makes it anew from the register: the definition and the files. It opens none
// of the old metadata, because in a copied workspace they name the original.
// The new snapshot replaces the newest version's; those of older versions are
// gone.
func (l *Lake) rebuild(ctx context.Context, name string, reg registeredTable, files []File) (iceState, error) {
	fail := func(err error) (iceState, error) {
		return iceState{}, fmt.Errorf("make the Iceberg table %s anew: %w", name, err)
	}
	cat, err := l.catalog(ctx)
	if err != nil {
		return fail(err)
	}
	if err := cat.DropTable(ctx, ident(name)); err != nil && !errors.Is(err, catalog.ErrNoSuchTable) {
		return fail(err)
	}
	if err := os.RemoveAll(l.abs(l.tableDir(name) + "/metadata")); err != nil {
		return fail(err)
	}
	tbl, err := l.create(ctx, name, reg.def)
	if err != nil {
		return fail(err)
	}
	if reg.def, err = reg.def.withIDs(tbl); err != nil {
		return fail(err)
	}
	if len(files) > 0 {
		txn := tbl.NewTransaction()
		if err := txn.AddFiles(ctx, l.uris(files), nil, true); err != nil {
			return fail(err)
		}
		if tbl, err = txn.Commit(ctx); err != nil {
			return fail(err)
		}
	}
	state := stateOf(tbl)
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return fail(err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	if _, err := tx.ExecContext(ctx, `delete from version_tables where "table" = ?`, name); err != nil {
		return fail(err)
	}
	if state.snapshot != 0 {
		if _, err := tx.ExecContext(ctx, `insert into version_tables select max(seq), ?, ? from versions having count(*) > 0`,
			name, state.snapshot); err != nil {
			return fail(err)
		}
	}
	if err := l.register(ctx, tx, name, reg.def, state.location); err != nil {
		return fail(err)
	}
	if err := tx.Commit(); err != nil {
		return fail(err)
	}
	return state, nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
