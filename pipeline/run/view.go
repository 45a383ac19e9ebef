package run

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
	"waybill/pipeline/lake"
	"waybill/pipeline/load"
	"waybill/pipeline/metric"
	"waybill/pipeline/model"
	"waybill/pipeline/store"
)

// View says which past is looked at: what had happened (AsOf) and what was
// known (KnownAt, a lake version).
type View struct {
	AsOf    time.Time // zero: the least horizon of the feeds that matter
	KnownAt string    // empty: the newest version
	Shop    string    // the views hold the rows of this shop only; empty: of all
}

// Reader is one lake version open for reading. It takes no lock: a run that
// publishes meanwhile changes nothing here.
type Reader struct {
	Engine  engine.Engine
	Version lake.Version
	Loads   []load.Entry
	Runs    []load.Run
	Feeds   []FeedState
	AsOf    time.Time
	Shop    *metric.ShopName // that the views are narrowed to; nil: none
	want    string           // the shop as it was asked for
	lake    *lake.Lake
	tmp     string
	decided decided
	judges  []model.Judge // whose metrics apply, for every platform in the data
	closing chan error    // of an engine that is on its way; nil: none is
}

// FeedState is how far a feed reaches.
type FeedState struct {
	Feed     string    `json:"feed"`
	LastLoad string    `json:"last_load"`
	LoadedAt time.Time `json:"last_load_at,omitzero"`
	Horizon  time.Time `json:"horizon,omitzero"` // greatest exported_at, inclusive; zero: its exports say nothing of time
	Files    int64     `json:"files"`
	Records  int64     `json:"records"`
	Stored   int64     `json:"stored"`
	Rejected int64     `json:"rejected"`
	Refused  int64     `json:"refused_files"`
	Matters  bool      `json:"decides_as_of"`
	Never    bool      `json:"never_loaded,omitempty"` // it decides the as-of, and no file of it was ever loaded: nothing in it is known
}

// decisive are the tables whose feeds bound what is known: the default as-of is
// the least of their horizons.
var decisive = map[string]bool{"orders_in": true, "shipments_in": true, "tracking_events": true}

// Read opens a version. lake.ErrEmpty: nothing was published yet.
func (r *Runner) Read(ctx context.Context, v View) (_ *Reader, err error) {
	l, err := lake.Open(ctx, lake.Options{Root: r.WS.Root, LakeDir: r.WS.LakeDir(), StateDir: r.WS.StateDir(), Now: r.Env.Now, Log: r.Env.Log, ReadOnly: true})
	if err != nil {
		return nil, err
	}
	rd := &Reader{lake: l, want: v.Shop}
	defer func() {
		if err != nil {
			err = errors.Join(err, rd.Close())
		}
	}()
	if v.KnownAt != "" {
		rd.Version, err = l.Find(ctx, v.KnownAt)
	} else {
		rd.Version, err = l.Head(ctx)
	}
	if err != nil {
		return nil, err
	}
	j, err := load.OpenJournal(ctx, l.DB(), false)
	if err != nil {
		return nil, err
	}
	if rd.Loads, err = j.At(ctx, rd.Version.Seq); err != nil {
		return nil, err
	}
	if rd.Runs, err = j.Runs(ctx, 1000); err != nil {
		return nil, err
	}
	rd.Feeds = r.feedStates(rd.Loads)
	rd.AsOf = v.AsOf
	if rd.AsOf.IsZero() {
		rd.AsOf = defaultAsOf(rd.Feeds)
	}
	return rd, r.readLedger(ctx, rd)
}

// Open starts the engine over the version: its tables, the views at the as-of,
// the reference tables and the journal.
func (r *Runner) openEngine(ctx context.Context, rd *Reader) error {
	var err error
	if rd.Engine, rd.tmp = r.takeSpare(); rd.Engine == nil {
		if rd.tmp, err = os.MkdirTemp("", "waybill-read-"); err != nil {
			return err
		}
		if rd.Engine, err = r.engineIn(ctx, rd.tmp); err != nil {
			return err
		}
	}
	session, err := store.Open(ctx, rd.Engine, rd.lake, rd.Version, r.Tables)
	if err != nil {
		return err
	}
	if err := r.hide(ctx, session, rd.Version.Hashes[personalName]); err != nil {
		return err
	}
	asOf := rd.AsOf
	if asOf.IsZero() {
		asOf = r.Env.Now()
	}
	ref := r.Reference
	if ref.Judges, err = r.judges(ctx, rd); err != nil {
		return err
	}
	rd.judges = ref.Judges
	if err := ref.Install(ctx, rd.Engine, asOf); err != nil {
		return err
	}
	if err := installLoads(ctx, rd.Engine, rd.Loads); err != nil {
		return err
	}
	if err := installRuns(ctx, rd.Engine, rd.Runs); err != nil {
		return err
	}
	if rd.want != "" {
		if rd.Shop, err = r.findShop(ctx, rd, rd.want); err != nil {
			return err
		}
	}
	if err := installDecisions(ctx, rd.Engine, rd.decided.entries, asOf); err != nil {
		return err
	}
	names, err := r.Queries.Glob("views/*.sql")
	if err != nil {
		return err
	}
	sort.Strings(names)
	for _, n := range names {
		b, err := fs.ReadFile(r.Queries, n)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(filepath.Base(n), ".sql")
		text := strings.ReplaceAll(string(b), asOfParameter, "cast("+engine.Literal(asOf.UTC().Format("2006-01-02 15:04:05.999999")+" UTC")+" as timestamp with time zone)")
		if rd.Shop != nil && narrowed[name] {
			text = narrow(text, rd.Shop)
		}
		if err := rd.Engine.Exec(ctx, "create or replace view "+engine.Ident(name)+" as "+text); err != nil {
			return fmt.Errorf("queries/%s: %w", n, err)
		}
	}
	return nil
}

// asOfParameter stands for the session's as-of in the queries of views: a literal,
// because a join with the table session keeps a filter on a view from the files behind it.
const asOfParameter = "{as_of}"

// generic is the pack without targets, for platforms that no policy judges.
const generic = "generic"

// judges completes the configured policies for every platform that the tables
// hold.
func (r *Runner) judges(ctx context.Context, rd *Reader) ([]model.Judge, error) {
	out := slices.Clone(r.Reference.Judges)
	rows, err := rd.Query(ctx, "select distinct coalesce(platform, '') as p from (select platform from order_facts union all select platform from shipment_facts) union select '' order by p")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p string
		if err := rows.Scan(&p); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(out, func(j model.Judge) bool { return j.Platform == p }) {
			out = append(out, model.Judge{Platform: p, Pack: generic})
		}
	}
	return out, rows.Err()
}

// Query runs SQL on the version.
func (rd *Reader) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return rd.Engine.Query(ctx, query, args...)
}

// done begins to close the engine, which is asked for nothing any more. Close waits for it.
func (rd *Reader) done() {
	e, closing := rd.Engine, make(chan error, 1)
	rd.Engine, rd.closing = nil, closing
	go func() { closing <- e.Close() }()
}

// Close frees engine and lake.
func (rd *Reader) Close() error {
	var errs []error
	if rd.closing != nil {
		errs = append(errs, <-rd.closing)
	}
	if rd.Engine != nil {
		errs = append(errs, rd.Engine.Close())
	}
	if rd.tmp != "" {
		errs = append(errs, os.RemoveAll(rd.tmp))
	}
	return errors.Join(append(errs, rd.lake.Close())...)
}

// feedStates sums the journal by feed.
func (r *Runner) feedStates(entries []load.Entry) []FeedState {
	byName := map[string]*FeedState{}
	var names []string
	state := func(n string) *FeedState {
		if byName[n] == nil {
			byName[n] = &FeedState{Feed: n}
			names = append(names, n)
		}
		return byName[n]
	}
	for _, f := range r.Feeds {
		s := state(f.Name)
		for _, o := range f.Outputs {
			s.Matters = s.Matters || decisive[o.Table]
		}
	}
	seen := map[string]bool{}
	last := map[string]int64{}
	for _, e := range entries {
		s := state(e.Feed)
		switch e.Status {
		case load.Refused:
			s.Refused++
			continue
		case load.Undone:
			continue
		}
		s.Records += e.Records
		s.Stored += e.Stored
		s.Rejected += e.Rejected
		if !seen[e.LoadID] {
			seen[e.LoadID] = true
			s.Files++
		}
		if e.ExportedAt.After(s.Horizon) {
			s.Horizon = e.ExportedAt
		}
		if e.Seq >= last[e.Feed] {
			last[e.Feed], s.LastLoad, s.LoadedAt = e.Seq, e.LoadID, e.LoadedAt
		}
	}
	sort.Strings(names)
	var out []FeedState
	for _, n := range names {
		byName[n].Never = byName[n].Matters && byName[n].Files == 0
		out = append(out, *byName[n])
	}
	return out
}

// defaultAsOf is the least horizon of the feeds that matter. A feed that never
// loaded a file has none to hold it to: the pages say so, and judge nothing.
func defaultAsOf(feeds []FeedState) time.Time {
	var least time.Time
	for _, f := range feeds {
		if f.Matters && !f.Horizon.IsZero() && (least.IsZero() || f.Horizon.Before(least)) {
			least = f.Horizon
		}
	}
	return least
}

// installLoads shows the journal as the table loads.
func installLoads(ctx context.Context, e engine.Engine, entries []load.Entry) error {
	if err := e.Exec(ctx, `create or replace table loads (load_id varchar, feed varchar, file varchar, output varchar, table_name varchar, sha256 varchar, bytes bigint, seq bigint,
 exported_at timestamptz, status varchar, records bigint, stored bigint, repeats bigint, rejected bigint, flagged bigint, absent varchar, reason varchar, loaded_at timestamptz)`); err != nil {
		return err
	}
	rows := make([][]any, len(entries))
	for i, en := range entries {
		rows[i] = []any{en.LoadID, en.Feed, en.File, en.Output, en.Table, en.SHA256, en.Bytes, en.Seq, timeOrNil(en.ExportedAt), en.Status,
			en.Records, en.Stored, en.Repeats, en.Rejected, en.Flagged, strings.Join(en.Absent, ","), en.Reason, timeOrNil(en.LoadedAt)}
	}
	return insertRows(ctx, e, "loads", rows)
}

// installRuns shows the newest runs as the table runs.
func installRuns(ctx context.Context, e engine.Engine, list []load.Run) error {
	if err := e.Exec(ctx, "create or replace table runs (run bigint, command varchar, started_at timestamptz, ended_at timestamptz, outcome varchar, lake_version varchar, files bigint, message varchar)"); err != nil {
		return err
	}
	rows := make([][]any, len(list))
	for i, x := range list {
		rows[i] = []any{x.ID, x.Command, timeOrNil(x.StartedAt), timeOrNil(x.EndedAt), x.Outcome, x.Version, x.Files, x.Message}
	}
	return insertRows(ctx, e, "runs", rows)
}

// insertRows fills a small table in memory, some hundred rows a statement.
func insertRows(ctx context.Context, e engine.Engine, table string, rows [][]any) error {
	for len(rows) > 0 {
		n := min(200, len(rows))
		var marks []string
		var args []any
		for _, r := range rows[:n] {
			marks = append(marks, "(?"+strings.Repeat(", ?", len(r)-1)+")")
			args = append(args, r...)
		}
		if err := e.Exec(ctx, "insert into "+engine.Ident(table)+" values "+strings.Join(marks, ", "), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func timeOrNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// Loads lists the journal of the newest version.
func (r *Runner) Loads(ctx context.Context) ([]load.Entry, error) {
	rd, err := r.Read(ctx, View{})
	if errors.Is(err, lake.ErrEmpty) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return rd.Loads, rd.Close()
}

// Versions lists the lake's versions, oldest first.
func (r *Runner) Versions(ctx context.Context) (_ []lake.Version, err error) {
	l, err := lake.Open(ctx, lake.Options{Root: r.WS.Root, LakeDir: r.WS.LakeDir(), StateDir: r.WS.StateDir(), Now: r.Env.Now, Log: r.Env.Log, ReadOnly: true})
	if errors.Is(err, lake.ErrEmpty) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	return l.Versions(ctx)
}

// CheckLake compares register, files and Iceberg metadata.
func (r *Runner) CheckLake(ctx context.Context) (_ []lake.Problem, err error) {
	l, err := lake.Open(ctx, lake.Options{Root: r.WS.Root, LakeDir: r.WS.LakeDir(), StateDir: r.WS.StateDir(), Now: r.Env.Now, Log: r.Env.Log, ReadOnly: true})
	if errors.Is(err, lake.ErrEmpty) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	return l.Check(ctx)
}

// Described lists the tables and views that SQL can read, with their columns.
func (r *Runner) Described() []contract.Table { return r.Tables.Sorted() }
