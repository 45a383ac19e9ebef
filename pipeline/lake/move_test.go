package lake_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/pipeline/lake"
)

func TestCopiedWorkspaceLeavesTheOriginalAlone(t *testing.T) {
	base := t.TempDir()
	original, copied := filepath.Join(base, "original"), filepath.Join(base, "the copy")
	w := openWriter(t, options(original))
	first, second := twoVersions(w)
	w.close()
	if err := os.CopyFS(copied, os.DirFS(original)); err != nil {
		t.Fatal(err)
	}
	before := tree(t, original)

	readOpts := options(copied)
	readOpts.ReadOnly = true
	r, err := lake.Open(t.Context(), readOpts)
	if err != nil {
		t.Fatal(err)
	}
	if files, err := r.Files(t.Context(), mustHead(t, r)); err != nil || len(files["scans"]) != 3 {
		t.Errorf("a reader of the copy sees %v %v", files, err)
	}
	if r.Moved() == "" {
		t.Error("the move was not noticed")
	}
	if problems, err := r.Check(t.Context()); err != nil || len(problems) != 1 {
		t.Errorf("check of a copy: %v %v", problems, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}

	l, err := lake.Open(t.Context(), options(copied))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Begin(t.Context(), "too early"); !errors.Is(err, lake.ErrMoved) {
		t.Errorf("begin before recovery: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}

	w = openWriter(t, options(copied))
	if w.recovery.MovedFrom == "" || !cmp.Equal(w.recovery.Rebuilt, []string{"rates", "scans"}) {
		t.Errorf("recovery %+v", w.recovery)
	}
	got := mustHead(t, w.Lake)
	if got.ID != second.ID || got.Seq != 2 || got.Snapshots["scans"] == second.Snapshots["scans"] {
		t.Errorf("head %+v", got)
	}
	w.checkClean()
	if n := w.rowsOf(first, "scans"); n != 150 {
		t.Errorf("the older version has %d scans", n)
	}
	older, err := w.Find(t.Context(), "1")
	if err != nil || len(older.Snapshots) != 0 {
		t.Errorf("an older version still names snapshots: %+v %v", older, err)
	}
	if again, err := w.Recover(t.Context()); err != nil || !again.Nothing() {
		t.Errorf("again: %v %v", again, err)
	}
	tx := w.begin("on the copy")
	w.change(tx)
	for _, f := range tx.BaseFiles()["rates"] {
		if err := tx.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	w.publish(tx)
	w.checkClean()
	w.close()
	if diff := cmp.Diff(before, tree(t, original)); diff != "" {
		t.Errorf("the original changed: %s", diff)
	}
}

func TestMovedWorkspaceWithAnUnfinishedVersion(t *testing.T) {
	base := t.TempDir()
	from, to := filepath.Join(base, "from"), filepath.Join(base, "to")
	w := openWriter(t, options(from))
	_, second := twoVersions(w)
	if _, err := w.DB().Exec(`insert into iceberg_tables (catalog_name, table_namespace, table_name, metadata_location)
		values ('waybill', 'user', 'notes', 'file:///somewhere')`); err != nil {
		t.Fatal(err)
	}
	w.close()
	runUntilKilled(t, from, "publish.before_sql")
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
	w = openWriter(t, options(to))
	if got := mustHead(t, w.Lake); got.ID != second.ID || len(w.recovery.Deleted) == 0 {
		t.Errorf("head %+v after %+v", got, w.recovery)
	}
	for _, want := range []string{"was at " + from, "former place: user.notes", "deleted 3 files"} {
		if !strings.Contains(w.recovery.String(), want) {
			t.Errorf("%q is not in %q", want, w.recovery)
		}
	}
	w.checkClean()
	expectOnlyRegistered(t, w, to)
}

func TestRegistrationThatWasKilledBeginsAgain(t *testing.T) {
	base := t.TempDir()
	from, to := filepath.Join(base, "from"), filepath.Join(base, "to")
	w := openWriter(t, options(from))
	_, second := twoVersions(w)
	w.close()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
	// Half of it happened: one table is registered anew, one is dropped and
	// without metadata, the root is still the old one.
	l, err := lake.Open(t.Context(), options(to))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.DB().Exec(`delete from iceberg_tables where table_name = 'scans'`); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.RemoveAll(filepath.Join(to, "lake/waybill/scans/metadata")), l.Close()); err != nil {
		t.Fatal(err)
	}
	w = openWriter(t, options(to))
	if got := mustHead(t, w.Lake); got.ID != second.ID {
		t.Errorf("head %+v", got)
	}
	w.checkClean()
}

func TestASymbolicLinkIsNoMove(t *testing.T) {
	base := t.TempDir()
	place, link := filepath.Join(base, "real"), filepath.Join(base, "link")
	w := openWriter(t, options(place))
	twoVersions(w)
	w.close()
	if err := os.Symlink(place, link); err != nil {
		t.Fatal(err)
	}
	w = openWriter(t, options(link))
	if !w.recovery.Nothing() {
		t.Errorf("recovery %+v", w.recovery)
	}
	w.checkClean()
}

func TestCheckFindsDamage(t *testing.T) {
	w := openWriter(t, options(t.TempDir()))
	first, second := twoVersions(w)
	scans := w.filesOf(second)["scans"]
	truncated, missing, swapped := scans[0], w.filesOf(first)["scans"][0], scans[1]
	if err := os.Truncate(w.AbsPath(truncated), truncated.Bytes-5); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(w.AbsPath(missing)); err != nil {
		t.Fatal(err)
	}
	// The same length, and no Parquet any more.
	if err := os.WriteFile(w.AbsPath(swapped), make([]byte, swapped.Bytes), 0o644); err != nil {
		t.Fatal(err)
	}
	problems, err := w.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, p := range problems {
		found[p.Path] = true
		if text := p.String(); !strings.HasPrefix(text, p.Path+": ") || !strings.Contains(text, "\ntry: ") {
			t.Errorf("problem reads %q", text)
		}
	}
	want := map[string]bool{truncated.Path: true, missing.Path: true, swapped.Path: true}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("problems %v: %s", problems, diff)
	}
}

func TestRecoveryWithoutWorkIsQuick(t *testing.T) {
	w := openWriter(t, options(t.TempDir()))
	for i := range 25 {
		w.ensure(lake.Table{Name: "t" + string(rune('a'+i)), Columns: rates.Columns})
	}
	twoVersions(w)
	best := time.Hour
	for round := 0; round < 3 || best > 100*time.Millisecond && round < 20; round++ {
		start := time.Now()
		if done, err := w.Recover(t.Context()); err != nil || !done.Nothing() {
			t.Fatal(done, err)
		}
		best = min(best, time.Since(start))
	}
	t.Logf("best: %v", best)
	if best > 100*time.Millisecond {
		t.Errorf("recovery without work took %v", best)
	}
}
