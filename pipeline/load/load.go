package load

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
	"waybill/pipeline/feed"
	"waybill/pipeline/lake"
	"waybill/pipeline/store"
)

// Loader has what a load needs.
type Loader struct {
	Store      *store.Session
	Journal    *Journal
	ArchiveDir string
	TempDir    string
	Folder     func(string) (string, error) // resolves a feed's source.folder
	Secret     func(string) (string, error) // what env:NAME or file:PATH stands for
	ReadFile   func(string) ([]byte, error) // a file of the workspace, such as a layout
	Now        func() time.Time
	Fail       func(step string) // failpoint hook
	Log        *slog.Logger
	Progress   func(file string, done, total int64) // bytes of files read so far; may be nil

	feeds   []*feed.Feed
	entries []Entry
	bySHA   map[string]Entry
	zipped  map[string][]Entry // refused members by feed and hash of their zip
	lastSeq int64
	gone    map[string]bool // hashes of raw files that were purged

	stages    map[stage]bool // tables in memory that exist
	segments  []*segment
	relations int  // of CSV files, made so far
	rejects   bool // the table of new rejects exists
	readBytes int64
	dueBytes  int64 // bytes of all files to be read, as far as known
}

// Request says what to do beside loading new files.
type Request struct {
	Full   bool     // replay every feed out of the archive
	Undo   []string // load ids to take back
	Reload []string // load ids to map again, with all after them in their feeds
	NoNew  bool     // look for no new files
}

// Result is what a load did. Its rows are in the store's session.
type Result struct {
	Entries  []Entry // new or rewritten journal rows
	Issues   []Issue // files and feeds that were not loaded
	Notes    []Issue // remarks: known files, missing columns
	replaced []string
	seen     [][3]string
	at       time.Time // when it began
}

// Changed says whether there is anything to publish.
func (r *Result) Changed() bool { return len(r.Entries) > 0 || len(r.replaced) > 0 }

// Partial says that something was left out.
func (r *Result) Partial() bool { return len(r.Issues) > 0 }

// Prepare reads the journal; it comes before Find and Load.
func (l *Loader) Prepare(ctx context.Context) error {
	var err error
	if l.entries, err = l.Journal.At(ctx, 0); err != nil {
		return err
	}
	l.bySHA, l.zipped = map[string]Entry{}, map[string][]Entry{}
	for _, e := range l.entries {
		l.bySHA[e.Feed+"/"+e.SHA256] = e
		if zip, _, ok := strings.Cut(e.Archived, memberSign); ok && e.Status == Refused {
			sha, _, _ := strings.Cut(filepath.Base(zip), ".")
			l.zipped[e.Feed+"/"+sha] = append(l.zipped[e.Feed+"/"+sha], e)
		}
		l.lastSeq = max(l.lastSeq, e.Seq)
	}
	l.stages = map[stage]bool{}
	purged, err := l.Journal.Purged(ctx)
	l.gone = map[string]bool{}
	for _, p := range purged {
		l.gone[p.SHA256] = p.BackAt.IsZero()
	}
	return err
}

// Load brings new files of the feeds, and whatever the request replays, into
// the session.
func (l *Loader) Load(ctx context.Context, feeds []*feed.Feed, req Request) (*Result, error) {
	r := &Result{at: l.Now().UTC()}
	l.feeds = feeds
	if err := l.known(req, feeds); err != nil {
		return nil, err
	}
	// a run that fails must not leave files being copied behind
	ctx, stop := context.WithCancel(ctx)
	ahead := &prefetch{}
	if !req.NoNew {
		ahead = l.prefetch(ctx, feeds)
		defer func() { <-ahead.idle }()
	}
	defer stop()
	var batch []*file
	// record numbers count rows as they stand in the file
	if err := l.engine().Exec(ctx, "set preserve_insertion_order = true"); err != nil {
		return nil, err
	}
	for _, f := range feeds {
		done, err := l.feed(ctx, f, req, ahead, r)
		if err != nil {
			return nil, fmt.Errorf("feed %s: %w", f.Name, err)
		}
		batch = append(batch, done...)
	}
	if err := l.engine().Exec(ctx, "set preserve_insertion_order = false"); err != nil {
		return nil, err
	}
	order(batch)
	for i, f := range batch {
		f.ord = int64(i)
	}
	if err := l.orders(ctx, batch); err != nil {
		return nil, err
	}
	if err := l.publishSegments(ctx); err != nil {
		return nil, err
	}
	if err := l.appendStages(ctx, req.Full, r); err != nil {
		return nil, err
	}
	if l.rejects {
		if err := l.Store.Append(ctx, "rejects"); err != nil {
			return nil, err
		}
	}
	l.Fail("load.deduplicated")
	return r, nil
}

func (l *Loader) engine() engine.Engine { return l.Store.Engine }

// appendStages adds what lies in the stages to their tables, less repeats.
func (l *Loader) appendStages(ctx context.Context, full bool, r *Result) error {
	tables := slices.DeleteFunc(l.Store.Tables.Sorted(), func(t contract.Table) bool {
		return !l.stages[stage{t.Name, false}] && !l.stages[stage{t.Name, true}]
	})
	repeats := make([]map[int]int64, len(tables))
	group, gctx := errgroup.WithContext(ctx)
	// of two small tables each keeps a core busy; a first load's large ones have the
	// machine and its memory for themselves
	group.SetLimit(1)
	if !full && slices.ContainsFunc(tables, func(t contract.Table) bool { return len(l.Store.Files(t.Name)) > 0 }) {
		group.SetLimit(2)
	}
	for i, t := range tables {
		group.Go(func() (err error) {
			if repeats[i], err = l.dropRepeats(gctx, t); err != nil {
				err = fmt.Errorf("repeats in %s: %w", t.Name, err)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, t := range tables {
		for seg, n := range repeats[i] {
			l.credit(r, l.segments[seg], n)
		}
		if err := l.Store.Append(ctx, t.Name); err != nil {
			return err
		}
	}
	return nil
}

// known refuses load ids that do not exist.
func (l *Loader) known(req Request, feeds []*feed.Feed) error {
	for _, id := range append(slices.Clone(req.Undo), req.Reload...) {
		i := slices.IndexFunc(l.entries, func(e Entry) bool { return e.LoadID == id })
		if i < 0 {
			return fmt.Errorf("load %q is not known; try: waybill load list", id)
		}
		name := l.entries[i].Feed
		if !slices.ContainsFunc(feeds, func(f *feed.Feed) bool { return f.Name == name }) {
			return fmt.Errorf("load %q is of feed %s, which has no file in feeds/ any more", id, name)
		}
	}
	return nil
}

// feed stages new files and replays what must be replayed.
func (l *Loader) feed(ctx context.Context, f *feed.Feed, req Request, p *prefetch, r *Result) ([]*file, error) {
	active := map[string][]Entry{}
	gone := map[string]bool{} // loads whose stored rows go
	for _, e := range l.entries {
		if e.Feed == f.Name {
			active[e.LoadID] = append(active[e.LoadID], e)
		}
	}
	var again []*file          // loads to map again
	stuck := map[string]bool{} // loads that should be and cannot: their raw files were purged
	undone := false
	mapping := MappingHash(f)
	var from *file // the earliest load from which the feed replays
	earliest := func(x *file) {
		if from == nil || before(x, from) {
			from = x
		}
	}
	var stored []*file
	for id, es := range active {
		x, err := l.fromJournal(f, es)
		status := es[0].Status
		if err != nil {
			// a missing raw file hurts only when it must be read
			if slices.Contains(req.Reload, id) || status == Loaded && !l.purged(es[0]) && (req.Full || es[0].Mapping != mapping) {
				return nil, err
			}
			x = &file{feed: f, loadID: id, seq: es[0].Seq, exportedAt: es[0].ExportedAt, before: es, replay: true}
		}
		switch {
		case slices.Contains(req.Undo, id):
			if status != Loaded {
				return nil, fmt.Errorf("load %s is %s already", id, status)
			}
			gone[id], undone = true, true
			earliest(x)
			r.replaced = append(r.replaced, id)
			for _, e := range es {
				e.Status, e.Stored, e.Repeats, e.Rejected, e.Reason = Undone, 0, 0, 0, "taken back"
				r.Entries = append(r.Entries, e)
			}
		case slices.Contains(req.Reload, id):
			gone[id] = true
			earliest(x)
			again = append(again, x)
		case status == Loaded:
			stored = append(stored, x)
			switch {
			case !req.Full && es[0].Mapping == mapping:
			case x.path == "":
				stuck[id] = true
			default:
				earliest(x)
			}
		}
	}
	var fresh []*file
	if !req.NoNew {
		found := p.found[f.Name]
		if found.Issue != nil {
			r.Issues = append(r.Issues, *found.Issue)
		}
		var err error
		if fresh, err = l.archive(ctx, f, found.New, p, r); err != nil {
			return nil, err
		}
	}
	for _, x := range fresh {
		if e, ok := l.bySHA[f.Name+"/"+x.sha]; ok { // refused before, tried again
			x.seq = e.Seq
			r.replaced = append(r.replaced, x.loadID)
		} else {
			l.lastSeq++
			x.seq = l.lastSeq
		}
	}
	var done []*file
	stage := func(list []*file) error {
		ok, err := l.stage(ctx, list, r)
		for _, x := range ok {
			earliestIfOlder(x, stored, earliest)
		}
		done = append(done, ok...)
		return err
	}
	if err := stage(fresh); err != nil {
		return nil, err
	}
	if from != nil {
		for _, x := range stored {
			if !before(x, from) || (x.loadID == from.loadID) {
				again = append(again, x)
			}
		}
	}
	sort.Slice(again, func(i, j int) bool { return again[i].seq < again[j].seq })
	for _, x := range again {
		// a load that is taken back may have hidden repeats in later ones
		if x.path == "" && (undone || !l.purged(x.before[0])) {
			return nil, fmt.Errorf("load %s must be read again and is not in the raw archive; try: drop the file into its folder again, waybill ingest, then this once more", x.loadID)
		}
	}
	again = slices.DeleteFunc(again, func(x *file) bool {
		if x.path == "" {
			stuck[x.loadID] = true
		}
		return x.path == ""
	})
	if len(stuck) > 0 {
		r.Notes = append(r.Notes, stays(f, len(stuck)))
	}
	for _, x := range again {
		gone[x.loadID] = true
		r.replaced = append(r.replaced, x.loadID)
		if x.before[0].Mapping != mapping {
			x.exportedAt = time.Time{} // the new mapping may say otherwise
		}
	}
	for _, t := range []contract.Kind{contract.Observation, contract.Event, contract.RejectKind} {
		for _, tab := range l.Store.Tables.Sorted() {
			if tab.Kind == t && l.holds(tab.Name, gone) {
				if err := l.Store.DropLoads(ctx, tab.Name, sorted(gone)); err != nil {
					return nil, err
				}
			}
		}
	}
	return done, stage(again)
}

// holds says whether a table has rows of any of these loads.
func (l *Loader) holds(table string, loads map[string]bool) bool {
	return slices.ContainsFunc(l.Store.Files(table), func(f lake.File) bool {
		return slices.ContainsFunc(f.Loads, func(id string) bool { return loads[id] })
	})
}

func earliestIfOlder(x *file, stored []*file, earliest func(*file)) {
	for _, s := range stored {
		if before(x, s) {
			earliest(x)
			return
		}
	}
}

func before(a, b *file) bool {
	if !a.exportedAt.Equal(b.exportedAt) {
		return a.exportedAt.Before(b.exportedAt)
	}
	return a.seq < b.seq
}

// stage maps files into the tables in memory, those that are alike together, and
// gives those that were loaded. Why one was refused stands in the result.
func (l *Loader) stage(ctx context.Context, list []*file, r *Result) (done []*file, err error) {
	var due []*reading
	read := func() error {
		if len(due) == 0 {
			return nil
		}
		if l.Progress != nil {
			l.Progress(due[0].x.name, l.readBytes, max(l.dueBytes, l.readBytes+due[0].x.bytes))
		}
		err := l.read(ctx, due)
		if len(due) > 1 && due[0].in.JSON {
			err = errors.Join(err, l.engine().Exec(context.WithoutCancel(ctx), "drop table if exists "+jsonLines))
		}
		for _, d := range due {
			err = errors.Join(err, d.o.close())
		}
		if err != nil {
			return err
		}
		for _, d := range due {
			if d.refused != nil {
				l.refused(d.x, d.refused, r)
			} else {
				r.Entries = append(r.Entries, d.entries...)
				r.Notes = append(r.Notes, d.notes...)
				done = append(done, d.x)
			}
			l.readBytes += d.x.bytes
			l.Fail("load.staged")
		}
		due = nil
		return nil
	}
	defer func() { // nothing but an error leaves any
		for _, d := range due {
			err = errors.Join(err, d.o.close())
		}
	}()
	for _, x := range list {
		d, err := l.start(ctx, x)
		if err != nil || !l.joins(d, due) {
			if err := read(); err != nil {
				return nil, err
			}
		}
		var no *refusal
		if errors.As(err, &no) {
			l.refused(x, err, r)
			l.readBytes += x.bytes
			continue
		}
		if err != nil {
			return nil, err
		}
		due = append(due, d)
	}
	err = read()
	return done, err
}

// refused books a file that was not loaded.
func (l *Loader) refused(x *file, err error, r *Result) {
	var no *refusal
	errors.As(err, &no)
	mapping := MappingHash(x.feed)
	if no.again {
		mapping = "" // of no mapping, see retry
	}
	r.Issues = append(r.Issues, Issue{x.feed.Name, x.name, no.Error()})
	r.Entries = append(r.Entries, Entry{LoadID: x.loadID, Feed: x.feed.Name, File: x.name, SHA256: x.sha, Bytes: x.bytes, Seq: x.seq,
		Status: Refused, Mapping: mapping, Archived: x.archived, LoadedAt: x.loadedAt, Reason: no.Error(), Rejected: no.rejected, Records: no.records})
}

// refusal is why a file was not loaded.
type refusal struct {
	err               error
	records, rejected int64
	again             bool // the reason lies outside of the file, so that each run tries it again
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

func refuse(err error) error { return &refusal{err: err} }

// orders puts the order of all loads into a table: what came before what.
func (l *Loader) orders(ctx context.Context, batch []*file) error {
	e := l.engine()
	if err := e.Exec(ctx, "create or replace table load_order (load_id varchar, ord bigint)"); err != nil {
		return err
	}
	var all []*file
	seen := map[string]bool{}
	for _, f := range batch {
		seen[f.loadID] = true
		all = append(all, f)
	}
	for _, en := range l.entries {
		if en.Status == Loaded && !seen[en.LoadID] {
			seen[en.LoadID] = true
			all = append(all, &file{loadID: en.LoadID, exportedAt: en.ExportedAt, seq: en.Seq})
		}
	}
	order(all)
	rows := make([][]any, len(all))
	for i, f := range all {
		rows[i] = []any{f.loadID, int64(i)}
	}
	return e.Insert(ctx, "load_order", rows)
}

func sorted(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
