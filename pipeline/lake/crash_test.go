package lake_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/pipeline/lake"
)

// crash is the body of the child: it changes the lake and kills itself at a
// step. A step that is never reached ends it with an ordinary failure.
func crash(root, step string) {
	t := &childT{}
	opts := options(root)
	opts.Fail = func(at string) {
		if at == step {
			kill()
		}
	}
	w := openWriter(t, opts)
	if step == "ensure" {
		// What a kill between Iceberg's table and the register leaves.
		w.ensure(lake.Table{Name: "unfinished", Columns: rates.Columns})
		if _, err := w.DB().Exec(`delete from lake_tables where name = 'unfinished'`); err != nil {
			t.Fatal(err)
		}
		kill()
	}
	tx := w.begin("crash")
	w.change(tx)
	w.write(tx, "rates", "", ratesQuery)
	if step == "written" {
		kill()
	}
	w.publish(tx)
	os.Exit(7)
}

// childT lets the helpers run where there is no test.
type childT struct{ testing.TB }

func (*childT) Helper()                  {}
func (*childT) Cleanup(func())           {}
func (*childT) Context() context.Context { return context.Background() }
func (*childT) Fatal(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	os.Exit(8)
}
func (t *childT) Fatalf(format string, args ...any) { t.Fatal(fmt.Sprintf(format, args...)) }

func child(t *testing.T, role, root, step string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), roleEnv+"="+role, rootEnv+"="+root, stepEnv+"="+step)
	cmd.Stderr = os.Stderr
	return cmd
}

func runUntilKilled(t *testing.T, root, step string) {
	t.Helper()
	err := child(t, "crash", root, step).Run()
	exit, ok := err.(*exec.ExitError)
	if !ok || !exit.Sys().(syscall.WaitStatus).Signaled() {
		t.Fatalf("the child was not killed at %q: %v", step, err)
	}
}

func TestRecoverAfterAKillAtEveryStep(t *testing.T) {
	for _, started := range []bool{true, false} {
		for _, step := range []string{
			"written", "publish.renamed", "publish.iceberg.rates", "publish.iceberg.scans",
			"publish.before_sql", "publish.after_sql", "ensure",
		} {
			name := step + " of the first version"
			if started {
				name = step
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				killAndRecover(t, started, step)
			})
		}
	}
}

func killAndRecover(t *testing.T, started bool, step string) {
	root := t.TempDir()
	var want lake.Version
	if started {
		w := openWriter(t, options(root))
		_, want = twoVersions(w)
		w.close()
	}
	runUntilKilled(t, root, step)
	published := step == "publish.after_sql"
	if started && !published {
		expectReaderSees(t, root, want)
	}

	w := openWriter(t, options(root))
	if published {
		if got := mustHead(t, w.Lake); got.Seq != want.Seq+1 || got.Cause != "crash" {
			t.Errorf("head after the version existed is %+v", got)
		}
	} else if started {
		if got := mustHead(t, w.Lake); !cmp.Equal(got, want) {
			t.Errorf("head is %+v, want %+v", got, want)
		}
	} else if _, err := w.Head(t.Context()); err == nil {
		t.Error("a version appeared")
	}
	if published != w.recovery.Nothing() || published != (w.recovery.String() == "") {
		t.Errorf("recovery did: %+v", w.recovery)
	}
	w.checkClean()
	expectOnlyRegistered(t, w, root)

	state := tree(t, filepath.Join(root, "lake"))
	again, err := w.Recover(t.Context())
	if err != nil || !again.Nothing() {
		t.Errorf("a second recovery did: %v %v", again, err)
	}
	w.close()
	w = openWriter(t, options(root))
	if !w.recovery.Nothing() {
		t.Errorf("a recovery after opening again did: %v", w.recovery)
	}
	if diff := cmp.Diff(state, tree(t, filepath.Join(root, "lake"))); diff != "" {
		t.Errorf("a recovery without work changed files: %s", diff)
	}
	tx := w.begin("after")
	w.change(tx)
	w.write(tx, "rates", "", ratesQuery)
	if v := w.publish(tx); w.rowsOf(v, "scans") < 130 {
		t.Errorf("%d scans after recovery", w.rowsOf(v, "scans"))
	}
	w.checkClean()
}

// expectReaderSees opens the lake as a reader that comes before any recovery.
func expectReaderSees(t *testing.T, root string, want lake.Version) {
	t.Helper()
	opts := options(root)
	opts.ReadOnly = true
	r, err := lake.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // test
	if got := mustHead(t, r); !cmp.Equal(got, want) {
		t.Errorf("a reader sees %+v, want %+v", got, want)
	}
}

// expectOnlyRegistered fails on a Parquet file that no version names.
func expectOnlyRegistered(t *testing.T, w *writer, root string) {
	t.Helper()
	versions, err := w.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, v := range versions {
		for _, files := range w.filesOf(v) {
			for _, f := range files {
				named[w.AbsPath(f)] = true
			}
		}
	}
	for name := range tree(t, filepath.Join(root, "lake")) {
		if strings.HasSuffix(name, ".parquet") && !named[name] {
			t.Errorf("%s is left over", name)
		}
		delete(named, name)
	}
	if len(named) > 0 {
		t.Errorf("missing: %v", named)
	}
}

func TestRecoverMakesLostMetadataAnew(t *testing.T) {
	root := t.TempDir()
	w := openWriter(t, options(root))
	_, second := twoVersions(w)
	w.close()
	// A power cut can leave the newest metadata empty: Iceberg does not sync them.
	metadata, err := filepath.Glob(filepath.Join(root, "lake/waybill/scans/metadata/*.metadata.json"))
	if err != nil || len(metadata) == 0 {
		t.Fatal(metadata, err)
	}
	for _, name := range metadata {
		if err := os.Truncate(name, 0); err != nil {
			t.Fatal(err)
		}
	}
	w = openWriter(t, options(root))
	if !cmp.Equal(w.recovery, lake.Recovery{Rebuilt: []string{"scans"}}) {
		t.Errorf("recovery %+v", w.recovery)
	}
	if got := mustHead(t, w.Lake); got.ID != second.ID || got.Snapshots["rates"] != second.Snapshots["rates"] {
		t.Errorf("head %+v", got)
	}
	w.checkClean()
}

func TestAnotherWritersCommitIsBroughtBack(t *testing.T) {
	w := openWriter(t, options(t.TempDir()))
	_, second := twoVersions(w)
	// When the register forgets its newest version, Iceberg's head stands where
	// another engine's commit would have left it.
	for _, stmt := range []string{
		`delete from versions where seq = 2`, `delete from version_tables where seq = 2`,
		`delete from files where added_seq = 2`, `update files set removed_seq = null`,
		`update lake_tables set metadata_location = 'elsewhere'`,
	} {
		if _, err := w.DB().Exec(stmt); err != nil {
			t.Fatal(err)
		}
	}
	if problems, err := w.Check(t.Context()); err != nil || len(problems) != 1 ||
		!strings.Contains(problems[0].What, fmt.Sprint(second.Snapshots["scans"])) {
		t.Errorf("check %v %v", problems, err)
	}
	tx := w.begin("over a foreign head")
	w.write(tx, "scans", "2026-05-01", scansQuery("2026-05-01", 0, 7))
	if v := w.publish(tx); v.Seq != 2 || w.rowsOf(v, "scans") != 157 {
		t.Errorf("version %+v with %d scans", v, w.rowsOf(v, "scans"))
	}
	w.checkClean()
}
