package load

import (
	"context"
	"database/sql"
	"strings"
	"time"
)

// Run is one run that held the workspace for writing.
type Run struct {
	ID        int64     `json:"run"`
	Command   string    `json:"command"`
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at"`
	Outcome   string    `json:"outcome"` // published, nothing_new, partly, purged, failed
	Version   string    `json:"lake_version"`
	Files     int64     `json:"files"`
	Message   string    `json:"message"` // of a failure, or what was purged
}

// Note writes a finished run to the journal. A run that was killed is not in
// it: the lake tells what it left.
func (j *Journal) Note(ctx context.Context, r Run) error {
	_, err := j.db.ExecContext(ctx, "insert into runs (command, started_at, ended_at, outcome, version, files, message) values (?,?,?,?,?,?,?)",
		r.Command, formatTime(r.StartedAt), formatTime(r.EndedAt), r.Outcome, r.Version, r.Files, r.Message)
	return err
}

// Runs lists the newest runs, oldest first.
func (j *Journal) Runs(ctx context.Context, limit int) ([]Run, error) {
	rows, err := j.db.QueryContext(ctx, "select * from (select id, command, started_at, ended_at, outcome, version, files, message from runs order by id desc limit ?) order by id", limit)
	if err != nil {
		if strings.Contains(err.Error(), "no such table") {
			return nil, nil
		}
		return nil, err
	}
	defer rows.Close()
	var out []Run
	for rows.Next() {
		var r Run
		var started, ended sql.NullString
		if err := rows.Scan(&r.ID, &r.Command, &started, &ended, &r.Outcome, &r.Version, &r.Files, &r.Message); err != nil {
			return nil, err
		}
		r.StartedAt, r.EndedAt = parseTime(started.String), parseTime(ended.String)
		out = append(out, r)
	}
	return out, rows.Err()
}
