package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"waybill/pipeline/engine"
	"waybill/pipeline/lake"
	"waybill/pipeline/load"
	"waybill/pipeline/source"
	"waybill/pipeline/store"
)

// PurgeOptions say what goes.
type PurgeOptions struct {
	Older  time.Duration // since the file was loaded and came into the archive
	Feed   string        // of this feed only; empty: of all
	Raw    bool          // raw files only; else the texts of rejects as well
	DryRun bool
}

// Purge is what a purge removed, or would.
type Purge struct {
	Files     []PurgeFile `json:"files"`
	Bytes     int64       `json:"bytes"`
	Waiting   int         `json:"waiting"` // raw files that are old enough and needed: a changed mapping is to read them again
	Rejects   int64       `json:"rejects"` // records whose texts go
	DryRun    bool        `json:"dry_run"`
	Versions  int         `json:"versions"` // lake versions that stand, with what was in them
	VersionID string      `json:"lake_version,omitempty"`
	Messages  []string    `json:"messages"`

	held []source.HeldFile
}

// PurgeFile is a raw file that goes, with one of the names that it came under.
type PurgeFile struct {
	Path string `json:"path"` // in the raw archive
	Feed string `json:"feed"` // empty: left by a run that did not come to its end
	File string `json:"file"`
	Size int64  `json:"bytes"`
}

// ErrNoFeed says that the workspace has no such feed.
var ErrNoFeed = errors.New("no such feed")

// Purge removes raw files that nothing waits for, and the texts of rejects, that
// are older than asked. It writes to the journal what goes before it goes, so
// that a purge that was killed is finished by the next one. A feed's loads stay
// as they are. Versions of the lake that exist are not rewritten.
func (r *Runner) Purge(ctx context.Context, o PurgeOptions) (out Purge, err error) {
	out = Purge{Files: []PurgeFile{}, DryRun: o.DryRun, Messages: []string{}}
	if o.DryRun {
		return out, r.lookAtPurge(ctx, o, &out)
	}
	var held Outcome
	w, err := r.hold(ctx, "purge", &held)
	if err != nil {
		return out, err
	}
	out.Messages = append(out.Messages, held.Messages...)
	started := r.Env.Now().UTC()
	defer func() {
		var noted error
		if (err != nil && !errors.Is(err, ErrNoFeed)) || len(out.Files) > 0 || out.Rejects > 0 {
			x := load.Run{Command: "purge", StartedAt: started, EndedAt: r.Env.Now().UTC(), Outcome: "purged", Version: out.VersionID, Files: int64(len(out.Files)),
				Message: fmt.Sprintf("%d raw files, %d bytes, texts of %d rejects", len(out.Files), out.Bytes, out.Rejects)}
			if err != nil {
				x.Outcome, x.Message = "failed", err.Error()
			}
			noted = w.journal.Note(context.WithoutCancel(ctx), x)
		}
		err = errors.Join(err, noted, w.release())
	}()
	out.VersionID = w.head.ID
	entries, err := r.choose(ctx, w.journal, o, &out)
	if err != nil {
		return out, err
	}
	if !o.Raw && w.head.Seq > 0 {
		if err := r.clearRejects(ctx, w, o, entries, &out); err != nil {
			return out, err
		}
	}
	return out, errors.Join(r.removeRaw(ctx, w, &out), r.countVersions(ctx, w.lake, &out))
}

// lookAtPurge says what a purge would do; it takes no lock and writes nothing.
func (r *Runner) lookAtPurge(ctx context.Context, o PurgeOptions, out *Purge) (err error) {
	rd, err := r.Read(ctx, View{})
	if errors.Is(err, lake.ErrEmpty) {
		return r.knownFeed(o.Feed, nil)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rd.Close()) }()
	j, err := load.OpenJournal(ctx, rd.lake.DB(), false)
	if err != nil {
		return err
	}
	entries, err := r.choose(ctx, j, o, out)
	if err != nil {
		return err
	}
	if err := r.countVersions(ctx, rd.lake, out); err != nil || o.Raw {
		return err
	}
	if err := r.openEngine(ctx, rd); err != nil {
		return err
	}
	out.Rejects, err = countRejects(ctx, rd.Engine, rejectsOf(entries, o, r.Env.Now()))
	return err
}

func (r *Runner) countVersions(ctx context.Context, l *lake.Lake, out *Purge) error {
	list, err := l.Versions(ctx)
	out.Versions = len(list)
	return err
}

// choose fills the raw files that may go.
func (r *Runner) choose(ctx context.Context, j *load.Journal, o PurgeOptions, out *Purge) ([]load.Entry, error) {
	entries, err := j.At(ctx, 0)
	if err != nil {
		return nil, err
	}
	if err := r.knownFeed(o.Feed, entries); err != nil {
		return nil, err
	}
	purged, err := j.Purged(ctx)
	if err != nil {
		return nil, err
	}
	files, err := source.Held(ctx, r.WS.ArchiveDir())
	if err != nil {
		return nil, err
	}
	if _, err := r.personal(); err != nil { // what waits depends on how personal data is treated
		return nil, err
	}
	mapping := map[string]string{}
	for _, f := range r.Feeds {
		mapping[f.Name] = load.MappingHash(f)
	}
	users := map[string][]load.Entry{}
	for _, e := range entries {
		sha := load.SHAOf(e.RawFile())
		users[sha] = append(users[sha], e)
	}
	was := map[string]load.Purged{}
	for _, p := range purged {
		was[p.SHA256] = p
	}
	before := r.Env.Now().Add(-o.Older)
	for _, f := range files {
		p := PurgeFile{Path: f.Path, Size: f.Size}
		// what the journal has gone was left by a purge that was killed
		gone, known := was[f.SHA256]
		left := known && gone.BackAt.IsZero()
		since := gone.BackAt
		if len(users[f.SHA256]) == 0 && !known {
			since = f.ModTime
		}
		old, waits := left || !since.After(before), false
		for _, e := range users[f.SHA256] {
			p.Feed, p.File = e.Feed, e.File
			old = old && (left || !e.LoadedAt.After(before)) && (o.Feed == "" || e.Feed == o.Feed)
			m, known := mapping[e.Feed]
			waits = waits || (!left && known && e.Status == load.Loaded && e.Mapping != m)
		}
		switch {
		case !old || (p.Feed == "" && o.Feed != ""):
		case waits:
			out.Waiting++
		default:
			out.Files, out.held, out.Bytes = append(out.Files, p), append(out.held, f), out.Bytes+f.Size
		}
	}
	return entries, nil
}

// knownFeed refuses a feed that neither the workspace nor its journal has.
func (r *Runner) knownFeed(name string, entries []load.Entry) error {
	var names []string
	for _, f := range r.Feeds {
		names = append(names, f.Name)
	}
	if name == "" || slices.Contains(names, name) || slices.ContainsFunc(entries, func(e load.Entry) bool { return e.Feed == name }) {
		return nil
	}
	return fmt.Errorf("%w: %q; try: %s", ErrNoFeed, name, strings.Join(names, ", "))
}

// removeRaw removes the chosen files, noted first.
func (r *Runner) removeRaw(ctx context.Context, w *writer, out *Purge) error {
	if len(out.held) == 0 {
		return nil
	}
	var list []load.Purged
	for _, f := range out.held {
		list = append(list, load.Purged{SHA256: f.SHA256, Path: f.Path, Bytes: f.Size, PurgedAt: r.Env.Now().UTC()})
	}
	if err := w.journal.NotePurged(ctx, list); err != nil {
		return err
	}
	r.Env.Fail("purge.noted")
	if err := source.Discard(ctx, r.WS.ArchiveDir(), out.held); err != nil {
		return err
	}
	r.Env.Fail("purge.removed")
	return nil
}

// rejectsOf is the SQL that finds the rejects of old loads, "" where there are none.
func rejectsOf(entries []load.Entry, o PurgeOptions, now time.Time) string {
	before := now.Add(-o.Older)
	var ids []string
	for _, e := range entries {
		if !e.LoadedAt.After(before) && (o.Feed == "" || e.Feed == o.Feed) {
			ids = append(ids, engine.Literal(e.LoadID))
		}
	}
	slices.Sort(ids)
	if len(ids) == 0 {
		return ""
	}
	return "load_id in (" + strings.Join(slices.Compact(ids), ", ") + ")"
}

// countRejects counts the rejects that still have a text.
func countRejects(ctx context.Context, e engine.Engine, which string) (n int64, err error) {
	if which == "" {
		return 0, nil
	}
	rows, err := e.Query(ctx, "select count(*) from rejects where ("+which+") and coalesce("+engine.Idents(rejectTexts)+") is not null")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}

// clearRejects publishes a version whose rejects of old loads have no texts.
func (r *Runner) clearRejects(ctx context.Context, w *writer, o PurgeOptions, entries []load.Entry, out *Purge) (err error) {
	which := rejectsOf(entries, o, r.Env.Now())
	if which == "" {
		return nil
	}
	if err := os.MkdirAll(r.WS.TempDir(), 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(r.WS.TempDir())
	e, err := r.engineIn(ctx, filepath.Join(r.WS.TempDir(), "engine"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	s, err := store.Open(ctx, e, w.lake, w.head, r.Tables)
	if err != nil {
		return err
	}
	if out.Rejects, err = countRejects(ctx, e, which); err != nil || out.Rejects == 0 {
		return err
	}
	if err := s.Forget(ctx, "rejects", rejectTexts, which); err != nil {
		return err
	}
	tx, err := w.lake.Begin(ctx, "purge")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tx.Abort()) }()
	if err := s.Write(ctx, tx, r.Env.Fail); err != nil {
		return err
	}
	// everything else is as the version before has it
	v, _, err := tx.Publish(ctx, w.head.Hashes, nil)
	if err == nil {
		out.VersionID = v.ID
	}
	return err
}

// retain removes raw files that are older than archive.keep, where it is set.
func (r *Runner) retain(ctx context.Context, out *Outcome) error {
	age, set, err := r.WS.Config.Archive.Limit()
	if err != nil || !set {
		return err
	}
	p, err := r.Purge(ctx, PurgeOptions{Older: age, Raw: true})
	var locked *lake.LockedError
	if errors.As(err, &locked) {
		out.Messages = append(out.Messages, "another process holds the workspace: raw files that are older than archive.keep go with the next run")
		return nil
	}
	if err != nil {
		return fmt.Errorf("archive.keep: %w", err)
	}
	if len(p.Files) > 0 {
		out.Messages = append(out.Messages, fmt.Sprintf("removed %d raw files that are older than archive.keep", len(p.Files)))
	}
	return nil
}
