package load

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Status of a load.
const (
	Loaded  = "loaded"
	Refused = "refused" // over its threshold, or unreadable: no row is stored
	Undone  = "undone"  // taken back by a person; a second drop of the file does nothing
)

// Entry is one row of the journal: one file and output. A row holds from
// version Added (inclusive) to version Removed (exclusive, 0: still).
type Entry struct {
	LoadID     string    `json:"load_id"`
	Feed       string    `json:"feed"`
	File       string    `json:"file"`
	Output     string    `json:"output"`
	Table      string    `json:"table"`
	SHA256     string    `json:"sha256"`
	Bytes      int64     `json:"bytes"`
	Seq        int64     `json:"seq"`
	ExportedAt time.Time `json:"exported_at"` // zero: the export says nothing of time
	Status     string    `json:"status"`
	Records    int64     `json:"records"`
	Stored     int64     `json:"stored"`
	Repeats    int64     `json:"repeats"`
	Rejected   int64     `json:"rejected"`
	Flagged    int64     `json:"flagged"`
	Absent     []string  `json:"absent"`   // contract columns that the file does not have
	Absences   []Absence `json:"absences"` // what sentinels stood for
	Mapping    string    `json:"mapping"`  // hash of the feed's text
	Archived   string    `json:"-"`        // path in the raw archive, relative to it
	LoadedAt   time.Time `json:"loaded_at"`
	Reason     string    `json:"reason"`
}

// Absence counts a declared cell that means "no value".
type Absence struct {
	Column  string `json:"column"`
	Meaning string `json:"meaning"`
	N       int64  `json:"n"`
}

// Journal is the loads and seen files of a workspace, in the catalog database.
type Journal struct{ db *sql.DB }

const journalSchema = `
create table if not exists loads (
  load_id text not null, feed text not null, file text not null, output text not null, table_name text not null,
  sha256 text not null, bytes integer not null, seq integer not null, exported_at text not null, status text not null,
  records integer not null, stored integer not null, repeats integer not null, rejected integer not null, flagged integer not null,
  absent text not null, absences text not null, mapping text not null, archived text not null, loaded_at text not null, reason text not null,
  added_version integer not null, removed_version integer not null default 0
);
create index if not exists loads_by_feed on loads (feed, removed_version);
create table if not exists seen_files (feed text not null, fingerprint text not null, sha256 text not null, primary key (feed, fingerprint));
create table if not exists purged_files (sha256 text primary key, path text not null, bytes integer not null, purged_at text not null, back_at text not null default '');
create table if not exists runs (id integer primary key autoincrement, command text not null, started_at text not null, ended_at text not null, outcome text not null, version text not null, files integer not null, message text not null);
create table if not exists built (name text primary key, hash text not null);
`

// OpenJournal makes the tables where they are missing; readers pass write=false.
func OpenJournal(ctx context.Context, db *sql.DB, write bool) (*Journal, error) {
	if write {
		if _, err := db.ExecContext(ctx, journalSchema); err != nil {
			return nil, fmt.Errorf("open the journal of loads: %w", err)
		}
	}
	return &Journal{db}, nil
}

const entryColumns = `load_id, feed, file, output, table_name, sha256, bytes, seq, exported_at, status, records, stored, repeats, rejected, flagged, absent, absences, mapping, archived, loaded_at, reason`

// At lists the journal as version seq knew it; seq 0 is now.
func (j *Journal) At(ctx context.Context, seq int64) ([]Entry, error) {
	where := "removed_version = 0"
	if seq > 0 {
		where = fmt.Sprintf("added_version <= %d and (removed_version = 0 or removed_version > %d)", seq, seq)
	}
	rows, err := j.db.QueryContext(ctx, "select "+entryColumns+" from loads where "+where+" order by seq, output")
	if err != nil {
		if strings.Contains(err.Error(), "no such table") {
			return nil, nil
		}
		return nil, err
	}
	defer rows.Close()
	var out []Entry
	for rows.Next() {
		var e Entry
		var exported, loaded, absent, absences string
		if err := rows.Scan(&e.LoadID, &e.Feed, &e.File, &e.Output, &e.Table, &e.SHA256, &e.Bytes, &e.Seq, &exported, &e.Status,
			&e.Records, &e.Stored, &e.Repeats, &e.Rejected, &e.Flagged, &absent, &absences, &e.Mapping, &e.Archived, &loaded, &e.Reason); err != nil {
			return nil, err
		}
		e.ExportedAt, e.LoadedAt = parseTime(exported), parseTime(loaded)
		if err := json.Unmarshal([]byte(absent), &e.Absent); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(absences), &e.Absences); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// seen tells the hash of an unchanged file that was read before.
func (j *Journal) seen(ctx context.Context, feed, fingerprint string) (string, error) {
	var sha string
	err := j.db.QueryRowContext(ctx, "select sha256 from seen_files where feed = ? and fingerprint = ?", feed, fingerprint).Scan(&sha)
	if err == sql.ErrNoRows {
		return "", nil
	}
	return sha, err
}

// Built gives the hash under which a part was last built.
func (j *Journal) Built(ctx context.Context) (map[string]string, error) {
	rows, err := j.db.QueryContext(ctx, "select name, hash from built")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var n, h string
		if err := rows.Scan(&n, &h); err != nil {
			return nil, err
		}
		out[n] = h
	}
	return out, rows.Err()
}

// Commit writes what a run did to the journal, in the transaction of version v.
func (r *Result) Commit(ctx context.Context, tx *sql.Tx, version int64) error {
	for _, id := range r.replaced {
		if _, err := tx.ExecContext(ctx, "update loads set removed_version = ? where load_id = ? and removed_version = 0", version, id); err != nil {
			return err
		}
	}
	for _, e := range r.Entries {
		absent, err := json.Marshal(orEmpty(e.Absent))
		if err != nil {
			return err
		}
		absences, err := json.Marshal(orEmpty(e.Absences))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "insert into loads ("+entryColumns+", added_version) values (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
			e.LoadID, e.Feed, e.File, e.Output, e.Table, e.SHA256, e.Bytes, e.Seq, formatTime(e.ExportedAt), e.Status,
			e.Records, e.Stored, e.Repeats, e.Rejected, e.Flagged, string(absent), string(absences), e.Mapping, e.Archived, formatTime(e.LoadedAt), e.Reason, version); err != nil {
			return err
		}
	}
	for _, s := range r.seen {
		if _, err := tx.ExecContext(ctx, "insert or replace into seen_files (feed, fingerprint, sha256) values (?,?,?)", s[0], s[1], s[2]); err != nil {
			return err
		}
		if err := back(ctx, tx, s[2], r.at); err != nil {
			return err
		}
	}
	return nil
}

// SetBuilt notes the hashes under which parts were built.
func SetBuilt(ctx context.Context, tx *sql.Tx, hashes map[string]string) error {
	for n, h := range hashes {
		if _, err := tx.ExecContext(ctx, "insert or replace into built (name, hash) values (?,?)", n, h); err != nil {
			return err
		}
	}
	return nil
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func parseTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
