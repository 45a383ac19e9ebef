package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"github.com/apache/iceberg-go"
	"golang.org/x/sync/errgroup"
)

// Tx collects the files of the next version. TempPath, Add and Remove may be
// called from several goroutines. A Tx ends with Publish or Abort.
type Tx struct {
	lake  *Lake
	cause string
	base  Version           // the newest version at Begin; Seq 0 when there is none
	files map[string][]File // of base
	known map[string]registeredTable

	mu      sync.Mutex
	temps   []string // every path that TempPath gave
	added   []addition
	removed map[string]File // by path
	done    bool

	syncing errgroup.Group // of temporary files, while others are written
	synced  map[string]bool
}

// addition is a finished temporary file and what it becomes.
type addition struct {
	temp string
	file File
}

// Begin starts the next version. cause says for people what makes it. Only one
// Tx may be open.
func (l *Lake) Begin(ctx context.Context, cause string) (*Tx, error) {
	if err := l.writable(); err != nil {
		return nil, fmt.Errorf("begin a version: %w", err)
	}
	tx := &Tx{lake: l, cause: cause, removed: map[string]File{}, synced: map[string]bool{}}
	err := l.inSnapshot(ctx, func(q *sql.Tx) (err error) {
		if tx.base, err = head(ctx, q); err != nil && !errors.Is(err, ErrEmpty) {
			return err
		}
		tx.files, err = filesAt(ctx, q, tx.base.Seq)
		return err
	})
	if err == nil {
		tx.known, err = l.registered(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("begin a version: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.writing {
		return nil, errors.New("begin a version: another one is being written")
	}
	l.writing = true
	tx.syncing.SetLimit(4)
	return tx, nil
}

// Base is the version that this one builds on; its Seq is 0 when there is none.
func (tx *Tx) Base() Version { return tx.base }

// BaseFiles lists the files of the base version per table.
func (tx *Tx) BaseFiles() map[string][]File { return maps.Clone(tx.files) }

// TempPath gives an absolute path, in an existing folder of the table, where
// the engine writes the next file of a partition. Each call gives another.
func (tx *Tx) TempPath(table, partition string) string {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	dir := tx.lake.abs(tx.lake.tableDir(table) + "/_tmp")
	// Add finds out when the folder could not be made: there is no file then.
	if err := os.MkdirAll(dir, 0o755); err != nil {
		tx.lake.log.Error("cannot make the folder for temporary files", "dir", dir, "err", err)
	}
	name := fmt.Sprintf("%d-%d.parquet", tx.base.Seq+1, len(tx.temps))
	if partition != "" {
		name = partition + "-" + name
	}
	temp := filepath.Join(dir, name)
	tx.temps = append(tx.temps, temp)
	return temp
}

// Sync brings a finished file to the disk in the background, where few others are
// on the way, so that Publish need not wait for all of them at the end. What fails
// there, Publish says.
func (tx *Tx) Sync(tempPath string) {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.done || tx.synced[tempPath] {
		return
	}
	tx.synced[tempPath] = tx.syncing.TryGo(func() error { return syncPath(tempPath) })
}

// Add takes a finished file from a path that TempPath gave. It reads the footer
// and refuses a file that has other rows than announced, rows outside its
// partition, or columns of other types than the table's. content is the additive hash of the rows (see File.Content). A file
// without rows is left out.
func (tx *Tx) Add(table, partition, tempPath string, rows int64, content string, loads []string) error {
	file, err := tx.inspect(table, partition, tempPath, rows, content)
	if err != nil {
		return fmt.Errorf("add a file to %s %s: %w", table, partition, err)
	}
	file.Loads = slices.Clone(loads)
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.done {
		return errors.New("add a file: the transaction has ended")
	}
	if !slices.Contains(tx.temps, tempPath) {
		return fmt.Errorf("add a file to %s: %s is no path of TempPath", table, tempPath)
	}
	if slices.ContainsFunc(tx.added, func(a addition) bool { return a.temp == tempPath }) {
		return fmt.Errorf("add a file to %s: %s was added already", table, tempPath)
	}
	if rows == 0 {
		return nil
	}
	folder := "data"
	if partition != "" {
		folder += "/" + tx.known[table].def.Partition + "=" + partition
	}
	file.Path = fmt.Sprintf("%s/%s/%s-%d-%d.parquet", tx.lake.tableDir(table), folder, content[:16], tx.base.Seq+1, len(tx.added))
	tx.added = append(tx.added, addition{tempPath, file})
	return nil
}

func (tx *Tx) inspect(table, partition, tempPath string, rows int64, content string) (File, error) {
	reg, ok := tx.known[table]
	if !ok {
		return File{}, errors.New("the table is not in the lake\ntry: call Ensure before Begin")
	}
	if (reg.def.Partition == "") != (partition == "") {
		return File{}, fmt.Errorf("the table's partition column is %q, the partition is %q", reg.def.Partition, partition)
	}
	if _, err := parseContent(content); err != nil {
		return File{}, err
	}
	info, err := os.Stat(tempPath)
	if err != nil {
		return File{}, err
	}
	foot, err := readFooter(tempPath, reg.def.Partition)
	if err != nil {
		return File{}, err
	}
	if foot.rows != rows {
		return File{}, fmt.Errorf("the file holds %d rows, %d announced", foot.rows, rows)
	}
	if rows > 0 {
		if reg.def.Partition != "" {
			if err := foot.holdsOnly(partition); err != nil {
				return File{}, err
			}
		}
		if err := reg.def.accepts(tempPath); err != nil {
			return File{}, err
		}
	}
	return File{Table: table, Partition: partition, Rows: rows, Bytes: info.Size(), Content: content}, nil
}

// Remove takes a file of the base version out of the next one. It stays on
// disk for the older versions.
func (tx *Tx) Remove(f File) error {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.done {
		return errors.New("remove a file: the transaction has ended")
	}
	i := slices.IndexFunc(tx.files[f.Table], func(b File) bool { return b.Path == f.Path })
	if i < 0 {
		return fmt.Errorf("remove %s: it is no file of version %d", f.Path, tx.base.Seq)
	}
	if _, twice := tx.removed[f.Path]; twice {
		return fmt.Errorf("remove %s: it was removed already", f.Path)
	}
	tx.removed[f.Path] = tx.files[f.Table][i]
	return nil
}

// Publish makes the version and ends the transaction. journal, which may be
// nil, runs in the SQL transaction that makes the version exist: what it writes
// there is there if and only if the version is. Without any file added or
// removed there is no new version; journal still runs, with the base, and the
// result is false. After an error the lake is as before.
func (tx *Tx) Publish(ctx context.Context, hashes map[string]string,
	journal func(context.Context, *sql.Tx, Version) error) (Version, bool, error) {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.done {
		return Version{}, false, errors.New("publish: the transaction has ended")
	}
	defer tx.end()
	if journal == nil {
		journal = func(context.Context, *sql.Tx, Version) error { return nil }
	}
	if len(tx.added) == 0 && len(tx.removed) == 0 {
		err := tx.lake.inTx(ctx, func(q *sql.Tx) error { return journal(ctx, q, tx.base) })
		if err != nil {
			return Version{}, false, fmt.Errorf("write the journal: %w", err)
		}
		return tx.base, false, nil
	}
	next, err := tx.next(hashes)
	if err == nil {
		err = tx.publish(ctx, &next, journal)
	}
	if err != nil {
		return Version{}, false, fmt.Errorf("publish version %d: %w", tx.base.Seq+1, err)
	}
	tx.lake.fail("publish.after_sql")
	return next, true, nil
}

// next is the version to be, still with the snapshots of its base.
func (tx *Tx) next(hashes map[string]string) (Version, error) {
	files := map[string][]File{}
	for table, list := range tx.files {
		for _, f := range list {
			if _, gone := tx.removed[f.Path]; !gone {
				files[table] = append(files[table], f)
			}
		}
	}
	for _, a := range tx.added {
		files[a.file.Table] = append(files[a.file.Table], a.file)
	}
	id, err := versionID(files)
	if hashes == nil {
		hashes = map[string]string{}
	}
	return Version{
		Seq: tx.base.Seq + 1, ID: id, Cause: tx.cause, At: tx.lake.now().UTC(),
		Snapshots: maps.Clone(tx.base.Snapshots), Hashes: maps.Clone(hashes),
	}, err
}

func (tx *Tx) publish(ctx context.Context, next *Version, journal func(context.Context, *sql.Tx, Version) error) error {
	l := tx.lake
	if next.Snapshots == nil {
		next.Snapshots = map[string]int64{}
	}
	undo := func(err error) error { return errors.Join(err, tx.undo(context.WithoutCancel(ctx))) }
	if err := tx.place(); err != nil {
		return undo(err)
	}
	l.fail("publish.renamed")
	locations, err := tx.commitTables(ctx, next)
	if err != nil {
		return undo(err)
	}
	l.fail("publish.before_sql")
	err = l.inTx(ctx, func(q *sql.Tx) error {
		var newest int64
		if err := q.QueryRowContext(ctx, `select coalesce(max(seq), 0) from versions`).Scan(&newest); err != nil {
			return err
		}
		if newest != tx.base.Seq {
			return fmt.Errorf("version %d appeared in the meantime", newest)
		}
		if err := insertVersion(ctx, q, *next, tx.addedFiles(""), tx.removedFiles("")); err != nil {
			return err
		}
		for table, location := range locations {
			if _, err := q.ExecContext(ctx, `update lake_tables set metadata_location = ? where name = ?`, location, table); err != nil {
				return err
			}
		}
		return journal(ctx, q, *next)
	})
	if err == nil {
		return nil
	}
	// A failed COMMIT may have happened all the same: only the register knows.
	if now, headErr := l.Head(context.WithoutCancel(ctx)); headErr == nil && now.Seq == next.Seq {
		return nil
	}
	return undo(err)
}

// place gives the files their final names. File and folder are synced first:
// the register must never name a file that a power cut can take away.
func (tx *Tx) place() error {
	for _, a := range tx.added {
		if !tx.synced[a.temp] {
			tx.syncing.Go(func() error { return syncPath(a.temp) })
		}
	}
	if err := tx.syncing.Wait(); err != nil {
		return err
	}
	folders := map[string]bool{}
	for _, a := range tx.added {
		final := tx.lake.abs(a.file.Path)
		for dir := filepath.Dir(final); len(dir) > len(tx.lake.abs(tx.lake.dir)); dir = filepath.Dir(dir) {
			folders[dir] = true
		}
		if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil {
			return err
		}
		if _, err := os.Lstat(final); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s exists already\ntry: run again, recovery removes files that no version names", a.file.Path)
		}
		if err := os.Rename(a.temp, final); err != nil {
			return err
		}
	}
	for dir := range folders {
		if err := syncPath(dir); err != nil {
			return err
		}
	}
	return nil
}

func syncPath(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// commitTables makes the Iceberg commit of each touched table, some side by side, and
// notes its snapshot in next.
func (tx *Tx) commitTables(ctx context.Context, next *Version) (locations map[string]string, err error) {
	props := iceberg.Properties{
		"waybill.version": next.ID, "waybill.version-seq": strconv.FormatInt(next.Seq, 10), "waybill.cause": next.Cause,
	}
	locations = map[string]string{}
	var committing errgroup.Group
	committing.SetLimit(committers)
	var noting sync.Mutex
	for _, table := range tx.touched() {
		committing.Go(func() error {
			state, err := tx.lake.commit(ctx, table, tx.known[table], tx.base.Snapshots[table], tx.files[table],
				tx.addedFiles(table), tx.removedFiles(table), props)
			if err != nil {
				return err
			}
			noting.Lock()
			defer noting.Unlock()
			next.Snapshots[table] = state.snapshot
			locations[table] = state.location
			tx.lake.fail("publish.iceberg." + table)
			return nil
		})
	}
	return locations, committing.Wait()
}

// committers is how many tables are committed at once: a commit writes three small files,
// one after the other.
const committers = 4

func (tx *Tx) touched() []string {
	names := map[string]bool{}
	for _, a := range tx.added {
		names[a.file.Table] = true
	}
	for _, f := range tx.removed {
		names[f.Table] = true
	}
	return sortedKeys(names)
}

// addedFiles lists the added files of a table, of all tables when it is "".
func (tx *Tx) addedFiles(table string) []File {
	var files []File
	for _, a := range tx.added {
		if table == "" || a.file.Table == table {
			files = append(files, a.file)
		}
	}
	return files
}

func (tx *Tx) removedFiles(table string) []File {
	var files []File
	for _, name := range sortedKeys(tx.removed) {
		if f := tx.removed[name]; table == "" || f.Table == table {
			files = append(files, f)
		}
	}
	return files
}

// undo takes back what a failed Publish did. What it cannot take back, the next
// Recover does.
func (tx *Tx) undo(ctx context.Context) error {
	var errs []error
	for _, table := range tx.touched() {
		_, _, err := tx.lake.align(ctx, table, tx.known[table], tx.base.Snapshots[table], tx.files[table])
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		// The files stay: an Iceberg head may still name them.
		return fmt.Errorf("take back the unfinished version: %w\ntry: run again, recovery finishes this", err)
	}
	for _, a := range tx.added {
		errs = append(errs, removeFile(tx.lake.abs(a.file.Path)))
	}
	return errors.Join(errs...)
}

// Abort deletes the temporary files and ends the transaction. After Publish or
// a first Abort it does nothing.
func (tx *Tx) Abort() error {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.done {
		return nil
	}
	return tx.end()
}

// end deletes what is left of the temporary files and lets the next Tx begin.
func (tx *Tx) end() error {
	tx.done = true
	_ = tx.syncing.Wait() // of files that go; Publish has asked before
	var errs []error
	folders := map[string]bool{}
	for _, temp := range tx.temps {
		errs = append(errs, removeFile(temp))
		folders[filepath.Dir(temp)] = true
	}
	for dir := range folders {
		// Not empty when somebody else put something there; Recover looks again.
		_ = os.Remove(dir)
	}
	tx.lake.mu.Lock()
	defer tx.lake.mu.Unlock()
	tx.lake.writing = false
	return errors.Join(errs...)
}

func removeFile(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
