package ledger_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/pipeline/ledger"
)

var day = time.Date(2026, 11, 16, 8, 0, 0, 0, time.UTC)

func mustOpen(t *testing.T, dir string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// TestKeepsWhatWasAppended holds against a plain slice, over any batches, with
// the file closed and opened between them.
func TestKeepsWhatWasAppended(t *testing.T) {
	words := rapid.SampledFrom([]string{"", "a", "it's", "包裹", "\x00", `{"x":1}`, "two\nlines"})
	entry := rapid.Custom(func(t *rapid.T) ledger.Entry {
		e := ledger.Entry{At: day.Add(time.Duration(rapid.Int64Range(-1<<40, 1<<40).Draw(t, "at"))), By: words.Draw(t, "by"), Kind: rapid.SampledFrom([]string{"done", "note", "other"}).Draw(t, "kind"),
			Subject: words.Draw(t, "subject"), Text: words.Draw(t, "text"), Context: json.RawMessage(rapid.SampledFrom([]string{`{}`, `{"n": 12345678901234567890}`, `"文"`, `null`}).Draw(t, "context"))}
		if rapid.Bool().Draw(t, "has until") {
			e.Until = day.Add(time.Duration(rapid.Int64Range(0, 1<<50).Draw(t, "until")))
		}
		return e
	})
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		root, err := os.MkdirTemp(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		var want []ledger.Entry
		for _, batch := range rapid.SliceOfN(rapid.SliceOfN(entry, 0, 4), 1, 4).Draw(t, "batches") {
			l, err := ledger.Open(context.Background(), root)
			if err != nil {
				t.Fatal(err)
			}
			got, err := l.Append(context.Background(), batch...)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range batch {
				e.Seq = int64(len(want) + 1)
				want = append(want, e)
			}
			if diff := cmp.Diff(want[len(want)-len(batch):], got); diff != "" && len(batch) > 0 {
				t.Fatalf("Append gives: %s", diff)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
		l, err := ledger.Open(context.Background(), root)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() //nolint:errcheck // test
		for _, f := range []ledger.Filter{{}, {Kinds: []string{"done", "note"}}, {Subject: "a"}, {UpTo: 3}, {Kinds: []string{"other"}, Subject: "包裹", UpTo: 9}} {
			var some []ledger.Entry
			for _, e := range want {
				kinds := strings.Join(f.Kinds, " ")
				if (kinds == "" || strings.Contains(kinds, e.Kind)) && (f.Subject == "" || f.Subject == e.Subject) && (f.UpTo == 0 || e.Seq <= f.UpTo) {
					some = append(some, e)
				}
			}
			got, err := l.Entries(context.Background(), f)
			if diff := cmp.Diff(some, got); diff != "" || err != nil {
				t.Fatalf("Entries(%+v): %v %s", f, err, diff)
			}
		}
		if n, err := l.Seq(context.Background()); err != nil || n != int64(len(want)) {
			t.Fatalf("Seq %d of %d (%v)", n, len(want), err)
		}
	})
}

func TestNothingIsChanged(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir)
	if _, err := l.Append(t.Context(), ledger.Entry{At: day, Kind: "note", Subject: "s"}); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, ledger.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // test
	for _, q := range []string{"update entries set text = 'x'", "delete from entries"} {
		if _, err := db.Exec(q); err == nil || !strings.Contains(err.Error(), "never changed") {
			t.Errorf("%s: %v", q, err)
		}
	}
	for _, e := range []ledger.Entry{{Kind: "note"}, {At: day}, {At: day, Kind: "note", Context: json.RawMessage("{")}} {
		if _, err := l.Append(t.Context(), ledger.Entry{At: day, Kind: "note"}, e); err == nil {
			t.Errorf("%+v was appended", e)
		}
	}
	if n, err := l.Seq(t.Context()); n != 1 || err != nil {
		t.Errorf("half of a refused batch stayed: %d entries (%v)", n, err)
	}
}

func TestNoFileAndNewerFile(t *testing.T) {
	dir := t.TempDir()
	if _, err := ledger.OpenRead(t.Context(), dir); !errors.Is(err, ledger.ErrNone) {
		t.Errorf("no file: %v", err)
	}
	if list, _ := os.ReadDir(dir); len(list) != 0 {
		t.Errorf("reading made %v", list)
	}
	l := mustOpen(t, dir)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, ledger.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("update ledger_meta set value = 2"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.OpenRead(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "newer release") {
		t.Errorf("a newer file: %v", err)
	}
}

// TestKill holds that what Append has acknowledged is there after kill -9, that
// a batch is whole, and that the file can be moved and written on.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	said := int64(0)
	for round := range 4 {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), rootEnv+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 5+7*round && lines.Scan(); n++ {
			if _, err := fmt.Sscan(lines.Text(), &said); err != nil {
				t.Fatal(err)
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it said before it died
			if _, err := fmt.Sscan(lines.Text(), &said); err != nil {
				t.Fatal(err)
			}
		}
		if err := cmd.Wait(); err == nil || said == 0 {
			t.Fatalf("the child ended by itself: %v", err)
		}
		moved := filepath.Join(t.TempDir(), "moved")
		if err := os.Rename(dir, moved); err != nil {
			t.Fatal(err)
		}
		dir = moved
		l, err := ledger.OpenRead(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		list, err := l.Entries(t.Context(), ledger.Filter{})
		if err != nil || int64(len(list)) < said || len(list)%pair != 0 {
			t.Fatalf("round %d: %d entries, %d were acknowledged (%v)", round, len(list), said, err)
		}
		for i, e := range list {
			if e.Seq != int64(i+1) || e.Subject != list[i-i%pair].Subject {
				t.Fatalf("entry %d is %+v", i+1, e)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		said = int64(len(list))
	}
}

func TestReadersDoNotWait(t *testing.T) {
	dir := t.TempDir()
	w := mustOpen(t, dir)
	if _, err := w.Append(t.Context(), ledger.Entry{At: day, Kind: "note"}); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			r, err := ledger.OpenRead(context.Background(), dir)
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Close() //nolint:errcheck // test
			last := 0
			for last < 60 {
				list, err := r.Entries(context.Background(), ledger.Filter{})
				if err != nil || len(list) < last {
					t.Errorf("%d entries after %d: %v", len(list), last, err)
					return
				}
				last = len(list)
			}
		})
	}
	for range 60 {
		if _, err := w.Append(t.Context(), ledger.Entry{At: day, Kind: "note"}); err != nil {
			t.Fatal(err)
		}
	}
	wait.Wait()
}

func TestPublish(t *testing.T) {
	l := mustOpen(t, t.TempDir())
	point := func(week string, num int64) ledger.Publication {
		return ledger.Publication{ReportID: "r", LakeVersion: "v", AsOf: day, Platform: "tiktok", Shop: "a/b", Metric: "otdr", Week: week, Num: num, Den: 10}
	}
	other := point("2026-11-09", 7)
	other.Shop, other.Metric = "b", "otdr/a" // must not run together with a/b
	for i, c := range []struct {
		points []ledger.Publication
		fresh  int
	}{
		{nil, 0},
		{[]ledger.Publication{point("2026-11-02", 8), point("2026-11-09", 7), other}, 3},
		{[]ledger.Publication{point("2026-11-02", 8), point("2026-11-09", 7), other}, 0},
		{[]ledger.Publication{point("2026-11-02", 9), point("2026-11-09", 7)}, 1},
		{[]ledger.Publication{point("2026-11-02", 8), point("2026-11-02", 8)}, 1}, // back again: shown anew, once
	} {
		n, err := l.Publish(t.Context(), day.Add(time.Duration(i)*time.Hour), "weekly", c.points)
		if err != nil || n != c.fresh {
			t.Errorf("step %d: %d fresh, want %d (%v)", i, n, c.fresh, err)
		}
	}
	got, err := l.Published(t.Context())
	if err != nil || len(got) != 5 {
		t.Fatalf("%d points: %v", len(got), err)
	}
	want := point("2026-11-02", 9)
	want.Seq, want.At = 4, day.Add(3*time.Hour)
	if diff := cmp.Diff(want, got[3]); diff != "" {
		t.Error(diff)
	}
}

func TestDecisionsAtAnAsOf(t *testing.T) {
	about := func(hour int) json.RawMessage {
		return json.RawMessage(fmt.Sprintf(`{"shipment":"p","as_of":%q}`, day.Add(time.Duration(hour)*time.Hour).Format(time.RFC3339)))
	}
	undo := func(seq, hour int) json.RawMessage {
		return json.RawMessage(fmt.Sprintf(`{"seq":%d,"as_of":%q}`, seq, day.Add(time.Duration(hour)*time.Hour).Format(time.RFC3339)))
	}
	list := []ledger.Entry{
		{Seq: 1, Kind: ledger.KindDone, Context: about(0)},
		{Seq: 2, Kind: ledger.KindSnooze, Context: about(2)},
		{Seq: 3, Kind: ledger.KindUndo, Context: undo(1, 3)},
		{Seq: 4, Kind: ledger.KindPublished, Context: json.RawMessage(`{}`)},
	}
	for hour, want := range map[int]string{-1: "", 0: "1/0", 2: "1/0 2/0", 3: "1/3 2/0"} {
		got, err := ledger.Decisions(list, day.Add(time.Duration(hour)*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		var text []string
		for _, d := range got {
			text = append(text, fmt.Sprintf("%d/%d", d.Seq, d.Undone))
		}
		if strings.Join(text, " ") != want {
			t.Errorf("at hour %d: %v, want %s", hour, text, want)
		}
	}
}
