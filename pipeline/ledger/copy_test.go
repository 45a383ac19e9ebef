package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/pipeline/ledger"
)

func quiet(string) {}

// noted appends notes with these texts.
func noted(t *testing.T, dir string, texts ...string) {
	t.Helper()
	l, err := ledger.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range texts {
		if _, err := l.Append(t.Context(), ledger.Entry{At: day, Kind: "note", Subject: "s", Text: s}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// texts reads the texts of a ledger and holds its sequence.
func texts(t *testing.T, dir string) string {
	t.Helper()
	l, err := ledger.OpenRead(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // test
	list, err := l.Entries(t.Context(), ledger.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i, e := range list {
		if e.Seq != int64(i+1) {
			t.Errorf("entry %d has the number %d", i+1, e.Seq)
		}
		out = append(out, e.Text)
	}
	return strings.Join(out, " ")
}

func TestBackupAndRestore(t *testing.T) {
	dir, copied := t.TempDir(), filepath.Join(t.TempDir(), "deep", "l.db")
	if _, err := ledger.Backup(t.Context(), dir, copied, quiet); !errors.Is(err, ledger.ErrNone) {
		t.Errorf("nothing to copy: %v", err)
	}
	noted(t, dir, "a", "b")
	for _, want := range []int64{2, 2, 3} { // again, and with one more
		if want == 3 {
			noted(t, dir, "c")
		}
		if got, err := ledger.Backup(t.Context(), dir, copied, quiet); err != nil || got.Entries != want || got.Path != copied {
			t.Fatalf("%+v, want %d: %v", got, want, err)
		}
	}
	fresh := t.TempDir()
	if _, err := ledger.Restore(t.Context(), fresh, copied, false, quiet); err != nil || texts(t, fresh) != "a b c" {
		t.Errorf("a fresh folder has %q: %v", texts(t, fresh), err)
	}
}

// TestRestoreKeepsWhatItWouldLose goes through what a ledger and its copy can be
// to each other.
// TestCopiesByRelativeNames: FILE is what people type, below their folder.
func TestCopiesByRelativeNames(t *testing.T) {
	dir := t.TempDir()
	noted(t, dir, "a", "b")
	t.Chdir(t.TempDir())
	for _, path := range []string{"l.db", "l.db", filepath.Join("deep", "l.db")} {
		if out, err := ledger.Backup(t.Context(), dir, path, quiet); err != nil || out.Entries != 2 || out.Path != path {
			t.Errorf("%+v: %v", out, err)
		}
		if out, err := ledger.Restore(t.Context(), dir, path, false, quiet); err != nil || out.Entries != 2 {
			t.Errorf("%+v: %v", out, err)
		}
	}
}

func TestRestoreKeepsWhatItWouldLose(t *testing.T) {
	for _, c := range []struct {
		name           string
		before, copied []string // appended before the copy; what the copy has beyond
		after          string   // appended to the ledger after the copy
		lost           int64
	}{
		{name: "same", before: []string{"a", "b"}},
		{name: "empty ledger", copied: []string{"a", "b"}},
		{name: "copy is ahead", before: []string{"a"}, copied: []string{"b", "c"}},
		{name: "ledger is ahead", before: []string{"a", "b"}, after: "c", lost: 1},
		{name: "they part", before: []string{"a"}, copied: []string{"b"}, after: "x", lost: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, other, file := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "copy.db")
			noted(t, dir, c.before...)
			noted(t, other, append(append([]string{}, c.before...), c.copied...)...)
			if _, err := ledger.Backup(t.Context(), other, file, quiet); err != nil {
				t.Fatal(err)
			}
			if c.after != "" {
				noted(t, dir, c.after)
			}
			was, want := texts(t, dir), texts(t, other)
			out, err := ledger.Restore(t.Context(), dir, file, false, quiet)
			if c.lost > 0 {
				var newer *ledger.NewerError
				if !errors.As(err, &newer) || texts(t, dir) != was || newer.Held-newer.Shared != c.lost {
					t.Fatalf("not refused: %v, the ledger has %q", err, texts(t, dir))
				}
				out, err = ledger.Restore(t.Context(), dir, file, true, quiet)
			}
			if err != nil || texts(t, dir) != want || out.Lost != c.lost || (out.Kept != "") != (c.lost > 0) {
				t.Fatalf("%+v, %q, want %q: %v", out, texts(t, dir), want, err)
			}
			noted(t, dir, "z") // the guards and the sequence are there again
			if got := texts(t, dir); got != strings.TrimSpace(want+" z") {
				t.Errorf("after one more: %q", got)
			}
			if c.lost > 0 { // back to what was kept
				if _, err := ledger.Restore(t.Context(), dir, out.Kept, true, quiet); err != nil || texts(t, dir) != was {
					t.Errorf("the kept one gives %q, it was %q: %v", texts(t, dir), was, err)
				}
			}
		})
	}
}

func TestBackupRefusesToReplaceAnother(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "copy.db")
	noted(t, dir, "a", "b")
	if _, err := ledger.Backup(t.Context(), dir, file, quiet); err != nil {
		t.Fatal(err)
	}
	other, text := t.TempDir(), filepath.Join(t.TempDir(), "my.txt")
	noted(t, other, "a")
	if err := os.WriteFile(text, []byte("my text"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, text, t.TempDir()} {
		if _, err := ledger.Backup(t.Context(), other, path, quiet); !errors.Is(err, ledger.ErrTarget) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := ledger.Restore(t.Context(), other, text, true, quiet); !errors.Is(err, ledger.ErrNoLedger) {
		t.Errorf("a text was restored: %v", err)
	}
	live := t.TempDir()
	l := mustOpen(t, live) // its entries are in the log as long as it is open
	if _, err := l.Append(t.Context(), ledger.Entry{At: day, Kind: "note"}); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Restore(t.Context(), other, filepath.Join(live, ledger.FileName), true, quiet); !errors.Is(err, ledger.ErrNoLedger) || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a ledger in use was restored: %v", err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4000; i < len(b); i++ { // half of the pages are gone
		b[i] = 0xff
	}
	if err := os.WriteFile(text, b, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Restore(t.Context(), other, text, true, quiet); !errors.Is(err, ledger.ErrNoLedger) || texts(t, other) != "a" {
		t.Errorf("a broken copy was restored: %v", err)
	}
}

func TestRestoreOverABrokenLedger(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "copy.db")
	noted(t, dir, "a", "b")
	if _, err := ledger.Backup(t.Context(), dir, file, quiet); err != nil {
		t.Fatal(err)
	}
	broken := []byte(strings.Repeat("not a ledger ", 900))
	if err := os.WriteFile(filepath.Join(dir, ledger.FileName), broken, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Restore(t.Context(), dir, file, false, quiet); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("restored without force: %v", err)
	}
	out, err := ledger.Restore(t.Context(), dir, file, true, quiet)
	if err != nil || texts(t, dir) != "a b" {
		t.Fatalf("%+v: %v", out, err)
	}
	kept, err := os.ReadFile(out.Kept)
	if err != nil || string(kept) != string(broken) {
		t.Errorf("%d bytes were kept: %v", len(kept), err)
	}
}

// TestBackupWhileOthersWrite holds every copy to be a whole number of batches.
func TestBackupWhileOthersWrite(t *testing.T) {
	dir, root := t.TempDir(), t.TempDir()
	noted(t, dir, "a", "a")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		l, err := ledger.Open(ctx, dir)
		for i := 0; err == nil; i++ {
			e := ledger.Entry{At: day, Kind: "note", Subject: fmt.Sprint(i)}
			_, err = l.Append(ctx, e, e)
		}
		_ = l.Close()
		done <- err
	}()
	last := int64(0)
	for i := range 12 {
		got, err := ledger.Backup(t.Context(), dir, filepath.Join(root, "copy.db"), quiet)
		if err != nil || got.Entries%2 != 0 || got.Entries < last {
			t.Fatalf("copy %d has %d entries after %d: %v", i, got.Entries, last, err)
		}
		last = got.Entries
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the writer ended by %v", err)
	}
	if last < 4 {
		t.Errorf("%d entries: nothing was written meanwhile", last)
	}
	if list, err := os.ReadDir(root); err != nil || len(list) != 1 {
		t.Errorf("beside the copy: %v (%v)", list, err)
	}
}

func TestAppendAfter(t *testing.T) {
	l := mustOpen(t, t.TempDir())
	note, other := ledger.Entry{At: day, Kind: "note"}, ledger.Entry{At: day, Kind: "other"}
	add := func(seq int64, kinds ...string) error {
		_, err := l.AppendAfter(t.Context(), seq, kinds, note)
		return err
	}
	if err := add(0, "note"); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	var got []bool
	for _, err := range []error{add(0, "note"), add(1, "note", "other"), add(1, "note"), add(1, "note")} {
		if err != nil && !errors.Is(err, ledger.ErrMoved) {
			t.Fatal(err)
		}
		got = append(got, err == nil)
	}
	if diff := cmp.Diff([]bool{false, false, true, false}, got); diff != "" {
		t.Error(diff)
	}
}
