package run

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"waybill/data"
	"waybill/pipeline/carrier"
	"waybill/pipeline/charge"
	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
	"waybill/pipeline/engine/duckdb"
	"waybill/pipeline/feed"
	"waybill/pipeline/lake"
	"waybill/pipeline/load"
	"waybill/pipeline/model"
	"waybill/pipeline/policy"
	"waybill/pipeline/source"
	"waybill/pipeline/store"
	"waybill/pipeline/workspace"
	"waybill/queries"
)

// Env is the process as a run sees it.
type Env struct {
	Stderr  io.Writer
	Getenv  func(string) string
	Now     func() time.Time
	Fail    func(step string) // failpoint hook, never nil
	Log     *slog.Logger
	Version string
	Pid     int
	Host    string
	Loading func(file string, done, total int64) // bytes of export files; may be nil
	Step    func(what string)                    // what else a run does; may be nil
}

// Runner runs on one workspace.
type Runner struct {
	Env Env
	WS  *workspace.Workspace

	Tables    contract.Set
	Feeds     []*feed.Feed
	Queries   workspace.Overlay
	Data      workspace.Overlay
	Reference model.Reference
	Claims    ClaimSource // the audit, the bills and the credits of a view

	readsNext bool // a reader follows this run and takes its engine over
	spare     spare
}

// spare is an engine without tables that a run left behind, and where it spills. The
// memory that it has is worth a second in a large workspace.
type spare struct {
	engine engine.Engine
	tmp    string
}

// takeSpare gives the spare engine away; nil where there is none.
func (r *Runner) takeSpare() (engine.Engine, string) {
	s := r.spare
	r.spare = spare{}
	return s.engine, s.tmp
}

func (r *Runner) closeSpare() error {
	e, tmp := r.takeSpare()
	if e == nil {
		return nil
	}
	return errors.Join(e.Close(), os.RemoveAll(tmp))
}

// Open reads everything that a workspace configures. All mistakes of all feeds
// come together.
func Open(dir string, env Env) (*Runner, error) {
	ws, err := workspace.Open(dir, env.Getenv)
	if err != nil {
		return nil, err
	}
	r := &Runner{Env: env, WS: ws, Queries: ws.Overlay("queries", queries.FS), Data: ws.Overlay("data", data.FS)}
	r.Claims = ClaimSource{Findings: r.FindingsOf, Bills: r.BillsOf, Credits: r.CreditsOf}
	schema, err := fs.Sub(data.FS, "schema")
	if err != nil {
		return nil, err
	}
	if r.Tables, err = contract.Load(schema, os.DirFS(ws.Path("data", "schema"))); err != nil {
		return nil, err
	}
	if err := r.treat(); err != nil {
		return nil, err
	}
	names, err := filepath.Glob(ws.Path("feeds", "*.yaml"))
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var errs []error
	seen := map[string]string{}
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			return nil, err
		}
		shown := "feeds/" + filepath.Base(n)
		f, err := feed.ParseWith(shown, b, r.Tables, r.template)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if seen[f.Name] != "" {
			errs = append(errs, fmt.Errorf("%s:1:1: feed %q is in %s already", shown, f.Name, seen[f.Name]))
			continue
		}
		seen[f.Name] = shown
		r.Feeds = append(r.Feeds, f)
	}
	if err := r.reference(); err != nil {
		errs = append(errs, err)
	}
	return r, errors.Join(errs...)
}

// reference reads packs, calendars and carrier maps.
func (r *Runner) reference() error {
	var cals []*policy.Calendar
	files, err := r.Data.Glob("calendars/*.yaml")
	if err != nil {
		return err
	}
	sort.Strings(files)
	for _, f := range files {
		b, err := fs.ReadFile(r.Data, f)
		if err != nil {
			return err
		}
		c, err := policy.ParseCalendar(path.Join("data", f), b)
		if err != nil {
			return err
		}
		cals = append(cals, c)
	}
	ref := model.Reference{Zones: map[string]string{}}
	if files, err = r.Data.Glob("policies/*.yaml"); err != nil {
		return err
	}
	sort.Strings(files)
	known := map[string]bool{}
	for _, f := range files {
		if strings.HasSuffix(f, policy.CasesSuffix) {
			continue
		}
		b, err := fs.ReadFile(r.Data, f)
		if err != nil {
			return err
		}
		p, err := policy.ParsePack(path.Join("data", f), b)
		if err != nil {
			return err
		}
		ref.Packs = append(ref.Packs, p)
		known[p.ID] = true
	}
	if ref.Calendars, err = policy.Assemble(ref.Packs, cals); err != nil {
		return err
	}
	// those of no pack, by which a rate card may promise
	for _, c := range cals {
		if len(c.Packs) == 0 && ref.Calendars[c.ID] == nil {
			ref.Calendars[c.ID] = c
		}
	}
	for i, s := range r.WS.Config.SLA {
		if !known[s.Pack] {
			return fmt.Errorf("%s: sla[%d]: pack %q does not exist; try: %s", workspace.ConfigName, i, s.Pack, strings.Join(sortedNames(known), ", "))
		}
		ref.SLA = append(ref.SLA, model.SLA{Platform: s.Platform, Shop: s.Shop, Pack: s.Pack, HandlingDays: s.HandlingDays})
	}
	for i, p := range r.WS.Config.Policies {
		if !known[p.Pack] {
			return fmt.Errorf("%s: policies[%d]: pack %q does not exist; try: %s", workspace.ConfigName, i, p.Pack, strings.Join(sortedNames(known), ", "))
		}
		ref.Judges = append(ref.Judges, model.Judge{Platform: p.Platform, Pack: p.Pack})
	}
	for _, s := range r.WS.Config.Shops {
		ref.Zones[s.Platform] = r.WS.Config.Zone
	}
	if ref.Carriers, err = carrier.ParseAll(r.Data, "carriers"); err != nil {
		return err
	}
	if ref.Words, err = carrier.NewSet(ref.Carriers); err != nil {
		return err
	}
	words, err := fs.ReadFile(r.Data, charge.Path)
	if err != nil {
		return err
	}
	if ref.Charges, err = charge.Parse("data/"+charge.Path, words); err != nil {
		return err
	}
	r.Reference = ref
	return nil
}

// hashes identify what facts are made of beside rows.
func (r *Runner) hashes() (map[string]string, error) {
	out := map[string]string{}
	add := func(name string, fsys fs.FS, patterns ...string) error {
		h := sha256.New()
		for _, p := range patterns {
			if err := hashFiles(h, fsys, name, p); err != nil {
				return err
			}
		}
		out[name] = hex.EncodeToString(h.Sum(nil)[:8])
		return nil
	}
	for name, patterns := range map[string][]string{"models": {"prelude/*.sql", "staging/*.sql", "models/*.sql"}} {
		if err := add(name, r.Queries, patterns...); err != nil {
			return nil, err
		}
	}
	for name, patterns := range map[string][]string{"carriers": {"carriers/*.yaml", "places.yaml"}, "charges": {charge.Path}, "policies": {"policies/*.yaml"}, "calendars": {"calendars/*.yaml"}, "schema": {"schema/*.yaml"}} {
		if err := add(name, r.Data, patterns...); err != nil {
			return nil, err
		}
	}
	if how := r.treated(); how != "" {
		sum := sha256.Sum256([]byte(out["schema"] + how))
		out["schema"] = hex.EncodeToString(sum[:8])
	}
	h := sha256.New()
	fmt.Fprintf(h, "%v %v %v", r.WS.Config.SLA, r.WS.Config.Policies, r.Reference.Zones)
	out["rules"] = hex.EncodeToString(h.Sum(nil)[:8])
	return out, nil
}

// Outcome is what a run of steps did.
type Outcome struct {
	Version   lake.Version   `json:"-"`
	VersionID string         `json:"lake_version"`
	Published bool           `json:"published"`
	Nothing   bool           `json:"nothing_new"`
	Loads     []load.Entry   `json:"loads"`
	Issues    []load.Issue   `json:"issues"`
	Notes     []load.Issue   `json:"notes"`
	Touched   *model.Touched `json:"touched,omitempty"`
	Reports   []string       `json:"reports"`
	Messages  []string       `json:"messages"`
}

// run is the outcome as the journal keeps it.
func (o Outcome) run(command string, started, ended time.Time, err error) load.Run {
	x := load.Run{Command: command, StartedAt: started, EndedAt: ended, Version: o.VersionID}
	seen := map[string]bool{}
	for _, e := range o.Loads {
		if e.Status == load.Loaded && !seen[e.LoadID] {
			seen[e.LoadID] = true
			x.Files++
		}
	}
	switch {
	case err != nil:
		x.Outcome, x.Message = "failed", err.Error()
	case o.Partial():
		x.Outcome = "partly"
	case o.Nothing:
		x.Outcome = "nothing_new"
	default:
		x.Outcome = "published"
	}
	return x
}

// Partial says that a feed or file was left out.
func (o Outcome) Partial() bool { return len(o.Issues) > 0 }

// writer is a workspace held for writing.
type writer struct {
	r       *Runner
	lock    *lake.Lock
	lake    *lake.Lake
	journal *load.Journal
	head    lake.Version
}

// hold takes the lock and brings the lake to its newest version.
func (r *Runner) hold(ctx context.Context, command string, out *Outcome) (*writer, error) {
	if err := os.MkdirAll(r.WS.StateDir(), 0o755); err != nil {
		return nil, err
	}
	lock, err := lake.AcquireLock(r.WS.Path("state", "lock"), lake.LockInfo{PID: r.Env.Pid, Host: r.Env.Host, Started: r.Env.Now().UTC(), Command: command})
	if err != nil {
		return nil, err
	}
	w := &writer{r: r, lock: lock}
	if t := lock.TookOver; t != nil {
		out.Messages = append(out.Messages, fmt.Sprintf("took over the lock of a process that ended without letting go (pid %d on %s, started %s)", t.PID, t.Host, t.Started.Format(time.RFC3339)))
	}
	if w.lake, err = lake.Open(ctx, lake.Options{Root: r.WS.Root, LakeDir: r.WS.LakeDir(), StateDir: r.WS.StateDir(), Now: r.Env.Now, Log: r.Env.Log, Fail: r.Env.Fail}); err != nil {
		return nil, errors.Join(err, w.release())
	}
	rec, err := w.lake.Recover(ctx)
	if err != nil {
		return nil, errors.Join(err, w.release())
	}
	if !rec.Nothing() {
		out.Messages = append(out.Messages, rec.String())
	}
	if w.journal, err = load.OpenJournal(ctx, w.lake.DB(), true); err != nil {
		return nil, errors.Join(err, w.release())
	}
	w.head, err = w.lake.Head(ctx)
	if err != nil && !errors.Is(err, lake.ErrEmpty) {
		return nil, errors.Join(err, w.release())
	}
	return w, nil
}

func (w *writer) release() error {
	var err error
	if w.lake != nil {
		err = w.lake.Close()
	}
	return errors.Join(err, w.lock.Release())
}

// engineIn starts a session that spills into dir.
func (r *Runner) engineIn(ctx context.Context, dir string) (engine.Engine, error) {
	mem, err := r.WS.MemoryLimit()
	if err != nil {
		return nil, err
	}
	prelude, err := r.prelude()
	if err != nil {
		return nil, err
	}
	return duckdb.Open(ctx, duckdb.Options{Memory: workspace.EngineMemory(mem), Threads: r.WS.Threads(), TempDir: dir, Prelude: prelude})
}

func (r *Runner) prelude() ([]string, error) {
	names, err := fs.Glob(r.Queries, "prelude/*.sql")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var out []string
	for _, n := range names {
		b, err := fs.ReadFile(r.Queries, n)
		if err != nil {
			return nil, err
		}
		for _, s := range strings.Split(string(b), ";\n") {
			if strings.TrimSpace(s) != "" {
				out = append(out, s)
			}
		}
	}
	return out, nil
}

// Ingest loads what is new (or what the request replays), rebuilds the facts
// that it touches and publishes one version.
func (r *Runner) Ingest(ctx context.Context, command string, req load.Request) (out Outcome, err error) {
	w, err := r.hold(ctx, command, &out)
	if err != nil {
		return out, err
	}
	started := r.Env.Now().UTC()
	defer func() {
		// the journal must not hide what went wrong
		noted := w.journal.Note(context.WithoutCancel(ctx), out.run(command, started, r.Env.Now().UTC(), err))
		err = errors.Join(err, noted, w.release())
	}()
	r.Env.Fail("run.locked")
	hashes, err := r.hashes()
	if err != nil {
		return out, err
	}
	built, err := w.journal.Built(ctx)
	if err != nil {
		return out, err
	}
	full := req.Full || w.head.Seq == 0
	for k, h := range hashes {
		if w.head.Seq > 0 && built[k] != h {
			full = true
			out.Messages = append(out.Messages, k+" changed: all facts are built anew")
		}
	}
	sort.Strings(out.Messages)
	personal, err := r.personal()
	if err != nil {
		return out, err
	}
	ld := r.loader()
	ld.Journal = w.journal
	if err := ld.Prepare(ctx); err != nil {
		return out, err
	}
	out.Version, out.VersionID = w.head, w.head.ID
	if !full && len(req.Undo) == 0 && len(req.Reload) == 0 && !ld.Pending(ctx, r.Feeds, &out.Issues) {
		out.Nothing = true
		return out, nil
	}
	out.Issues = nil
	for _, d := range []string{r.WS.TempDir(), r.WS.ArchiveDir()} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return out, err
		}
	}
	defer os.RemoveAll(r.WS.TempDir())
	// what a killed run left half copied
	if err := source.Sweep(r.WS.ArchiveDir()); err != nil {
		return out, err
	}
	if err := w.lake.Ensure(ctx, store.Schema(r.Tables)); err != nil {
		return out, err
	}
	e, err := r.engineIn(ctx, filepath.Join(r.WS.TempDir(), "engine"))
	if err != nil {
		return out, err
	}
	free := sync.OnceValue(e.Close)
	kept := func() bool { return false }
	defer func() {
		if !kept() {
			err = errors.Join(err, free())
		}
	}()
	if ld.Store, err = store.Open(ctx, e, w.lake, w.head, r.Tables); err != nil {
		return out, err
	}
	if err := personal.forget(ctx, ld.Store, built[personalName]); err != nil {
		return out, err
	}
	if err := personal.arm(ctx, e); err != nil {
		return out, err
	}
	tx, err := w.lake.Begin(ctx, command)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, tx.Abort()) }()
	defer ld.Store.Ahead(ctx, tx)()
	if full {
		ld.Store.WriteLast()
	}
	res, err := ld.Load(ctx, r.Feeds, req)
	if err := errors.Join(err, personal.disarm(context.WithoutCancel(ctx), e)); err != nil {
		return out, err
	}
	out.Loads, out.Issues, out.Notes = res.Entries, res.Issues, res.Notes
	r.Env.Fail("run.loaded")
	if err := r.Reference.Install(ctx, e, r.Env.Now()); err != nil {
		return out, err
	}
	b := &model.Builder{Store: ld.Store, Queries: r.Queries, Reference: r.Reference, Fail: r.Env.Fail, Progress: func(m string) { r.step("building " + m) }}
	b.Settle = func(ctx context.Context, tables []string) error {
		r.step("writing observations")
		if err := ld.Store.Settle(ctx, tx, tables); err != nil {
			return err
		}
		r.Env.Fail("run.settled")
		return ld.Release(ctx, tables)
	}
	touched, err := b.Build(ctx, full)
	if err != nil {
		return out, err
	}
	out.Touched = &touched
	r.step("writing the lake")
	if err := ld.Store.Write(ctx, tx, r.Env.Fail); err != nil {
		return out, err
	}
	r.Env.Fail("run.written")
	// all is in files: gigabytes are freed while these are synced
	kept = r.keepSpare(ctx, e, free)
	noted, err := r.keepCards(personal.noted(hashes))
	if err != nil {
		return out, err
	}
	out.Version, out.Published, err = tx.Publish(ctx, noted, func(ctx context.Context, q *sql.Tx, v lake.Version) error {
		if err := res.Commit(ctx, q, v.Seq); err != nil {
			return err
		}
		return load.SetBuilt(ctx, q, personal.among(hashes))
	})
	out.VersionID = out.Version.ID
	return out, err
}

// keepSpare begins to clear an engine for the reader that follows, or to close it where
// none does. What it gives says, once the engine is clear, whether it is kept; one that
// is not is its owner's to close.
func (r *Runner) keepSpare(ctx context.Context, e engine.Engine, close func() error) (kept func() bool) {
	if !r.readsNext {
		go func() { _ = close() }() // the owner's own call has the same error
		return func() bool { return false }
	}
	cleared := make(chan spare, 1)
	go func() {
		tmp, err := os.MkdirTemp("", "waybill-read-")
		if err == nil {
			err = e.Clear(ctx, tmp)
		}
		if err != nil { // the reader opens its own
			_ = os.RemoveAll(tmp)
			cleared <- spare{}
			return
		}
		cleared <- spare{e, tmp}
	}()
	return func() bool {
		r.spare = <-cleared
		return r.spare.engine != nil
	}
}

// loader has what a load needs of the workspace, without journal and store.
func (r *Runner) loader() *load.Loader {
	return &load.Loader{ArchiveDir: r.WS.ArchiveDir(), TempDir: r.WS.TempDir(), Folder: r.WS.Folder, Secret: r.WS.Secret, ReadFile: r.readFile,
		Now: r.Env.Now, Fail: r.Env.Fail, Log: r.Env.Log, Progress: r.Env.Loading}
}

// readFile reads a file that a feed names: below data/ a built-in one where the
// workspace has none.
func (r *Runner) readFile(name string) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, fmt.Errorf("%s is no path below the workspace", name)
	}
	if below, ok := strings.CutPrefix(name, "data/"); ok {
		return fs.ReadFile(r.Data, below)
	}
	return os.ReadFile(r.WS.Path(filepath.FromSlash(name)))
}

// template finds a mapping template: the workspace's own, else the built-in one.
func (r *Runner) template(name string) (file string, text []byte, ok bool) {
	b, err := fs.ReadFile(r.Data, "feeds/"+name+".yaml")
	return "data/feeds/" + name + ".yaml", b, err == nil
}

func (r *Runner) step(what string) {
	if r.Env.Step != nil {
		r.Env.Step(what)
	}
}

func sortedNames(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
