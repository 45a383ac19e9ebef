package load

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"waybill/pipeline/feed"
)

// Purged is a raw file that the archive held and does not keep any more.
type Purged struct {
	SHA256   string    `json:"sha256"`
	Path     string    `json:"path"` // in the raw archive, slash separated
	Bytes    int64     `json:"bytes"`
	PurgedAt time.Time `json:"purged_at"`
	BackAt   time.Time `json:"back_at,omitzero"` // when the same bytes were dropped again; zero: they were not
}

// RawFile is the path in the raw archive of an entry's file: of its zip where it
// came in one.
func (e Entry) RawFile() string {
	file, _, _ := strings.Cut(e.Archived, memberSign)
	return file
}

// Purged lists the raw files that were purged, also those that came again.
func (j *Journal) Purged(ctx context.Context) ([]Purged, error) {
	rows, err := j.db.QueryContext(ctx, "select sha256, path, bytes, purged_at, back_at from purged_files order by path")
	if err != nil {
		if strings.Contains(err.Error(), "no such table") {
			return nil, nil
		}
		return nil, err
	}
	defer rows.Close()
	var out []Purged
	for rows.Next() {
		var p Purged
		var at, back string
		if err := rows.Scan(&p.SHA256, &p.Path, &p.Bytes, &at, &back); err != nil {
			return nil, err
		}
		p.PurgedAt, p.BackAt = parseTime(at), parseTime(back)
		out = append(out, p)
	}
	return out, rows.Err()
}

// NotePurged writes down that raw files go. It comes before they are removed, so
// that a file that is missing is always one that was meant to go.
func (j *Journal) NotePurged(ctx context.Context, list []Purged) (err error) {
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	for _, p := range list {
		if _, err := tx.ExecContext(ctx, "insert or replace into purged_files (sha256, path, bytes, purged_at) values (?,?,?,?)", p.SHA256, p.Path, p.Bytes, formatTime(p.PurgedAt)); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// back takes note of a raw file that is in the archive again.
func back(ctx context.Context, tx *sql.Tx, sha string, at time.Time) error {
	_, err := tx.ExecContext(ctx, "update purged_files set back_at = ? where sha256 = ?", formatTime(at), sha)
	return err
}

// SHAOf is the hash that a path of the raw archive is named for.
func SHAOf(archived string) string {
	name := path.Base(strings.ReplaceAll(archived, `\`, "/"))
	sha, _, _ := strings.Cut(name, ".")
	return sha
}

// purged says that the raw file of a load was removed on purpose.
func (l *Loader) purged(e Entry) bool { return l.gone[SHAOf(e.RawFile())] }

// raw finds a file of the raw archive. One that was purged and dropped again
// under another name may have another extension.
func (l *Loader) raw(archived string) (string, error) {
	at := filepath.Join(l.ArchiveDir, archived)
	_, err := os.Stat(at)
	if err == nil {
		return at, nil
	}
	if same, _ := filepath.Glob(filepath.Join(filepath.Dir(at), SHAOf(archived)+"*")); len(same) > 0 {
		return same[0], nil
	}
	return "", err
}

// stays says in a note how many loads of a feed were not mapped again because
// their raw files were purged.
func stays(f *feed.Feed, n int) Issue {
	return Issue{f.Name, f.File, fmt.Sprintf("%d loads stay as they were mapped: their raw files were purged; try: drop such a file into its folder again, waybill ingest, then waybill load reload LOAD", n)}
}

// personal says whether a column of an output, as rejects name it, is personal data.
func (l *Loader) personal(x *file, output, shown string) bool {
	column, _, _ := strings.Cut(shown, " (")
	for _, o := range x.feed.Outputs {
		if c, ok := l.Store.Tables[o.Table].Column(column); ok && o.Name == output && c.Personal() {
			return true
		}
	}
	return false
}
