package run_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waybill/pipeline/ledger"
)

// stepsOf runs a command in a process of its own and lists the steps it passes.
func (s space) stepsOf(args ...string) []string {
	s.Helper()
	c := s.program([]string{"WAYBILL_FAILPOINT=none", "WAYBILL_FAILPOINT_LIST=1"}, args...)
	var text bytes.Buffer
	c.Stderr = &text
	if err := c.Run(); err != nil {
		s.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, text.String())
	}
	var steps []string
	for _, l := range strings.Split(text.String(), "\n") {
		if step, ok := strings.CutPrefix(l, "failpoint "); ok {
			steps = append(steps, step)
		}
	}
	return steps
}

// killAt runs a command that must die at a step.
func (s space) killAt(step string, args ...string) {
	s.Helper()
	if out, err := s.program([]string{"WAYBILL_FAILPOINT=" + step}, args...).CombinedOutput(); !killed(err) {
		s.Fatalf("%s: the process was not killed: %v\n%s", step, err, out)
	}
}

// decisions are the texts of the ledger in a state folder.
func decisions(t *testing.T, state string) string {
	t.Helper()
	l, err := ledger.OpenRead(t.Context(), state)
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

func (s space) noteIn(t *testing.T, texts ...string) {
	t.Helper()
	l, err := ledger.Open(t.Context(), s.path("state"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // test
	for _, x := range texts {
		if _, err := l.Append(t.Context(), ledger.Entry{At: time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC), Kind: ledger.KindNote, Text: x, Context: []byte(`{"shipment":"p","as_of":"2026-01-10T00:00:00Z"}`)}); err != nil {
			t.Fatal(err)
		}
	}
}

// empty is a workspace without data: the ledger needs none.
func empty(t *testing.T) space {
	t.Helper()
	s := space{t, t.TempDir()}
	s.write("waybill.yaml", "workspace: shop\nlake_format: 1\n")
	return s
}

// TestBackupSurvivesAKillAtEachStep: the ledger is untouched, the older copy is
// whole or the new one is, and a further backup succeeds and leaves nothing else.
func TestBackupSurvivesAKillAtEachStep(t *testing.T) {
	t.Parallel()
	s := empty(t)
	s.noteIn(t, "a", "b")
	folder := t.TempDir()
	file := filepath.Join(folder, ledger.FileName) // a folder that can be read as a state folder
	steps := s.stepsOf("backup", file)
	if len(steps) < 3 {
		t.Fatalf("steps: %q", steps)
	}
	want, older := "a b", "a b"
	for _, step := range steps {
		s.noteIn(t, step)
		want += " " + step
		s.killAt(step, "backup", file)
		if got := decisions(t, s.path("state")); got != want {
			t.Errorf("%s: the ledger has %q, want %q", step, got, want)
		}
		if got := decisions(t, folder); got != older && got != want {
			t.Errorf("%s: the copy has %q, want %q or %q", step, got, older, want)
		}
		s.do("backup", file)
		if got := decisions(t, folder); got != want {
			t.Errorf("%s: the next copy has %q, want %q", step, got, want)
		}
		older = want
	}
}

// TestRestoreSurvivesAKillAtEachStep: the ledger has what it had or what the copy
// has, never a mixture, and a further restore ends in the copy's entries.
func TestRestoreSurvivesAKillAtEachStep(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "copy.db")
	origin := empty(t)
	origin.noteIn(t, "a", "b", "c")
	origin.do("backup", file)
	for name, damage := range map[string]func(s space){
		"they part": func(s space) { s.noteIn(t, "a", "x", "y", "z") },
		"broken":    func(s space) { s.write("state/ledger.db", strings.Repeat("rubbish ", 2000)) },
	} {
		probe := empty(t)
		damage(probe)
		steps := probe.stepsOf("restore", file, "--force")
		if len(steps) < 4 {
			t.Fatalf("%s: steps %q", name, steps)
		}
		t.Log(name, steps)
		for _, step := range steps {
			s := empty(t)
			damage(s)
			before, err := os.ReadFile(s.path("state", "ledger.db"))
			if err != nil {
				t.Fatal(err)
			}
			s.killAt(step, "restore", file, "--force")
			switch name {
			case "they part":
				if got := decisions(t, s.path("state")); got != "a x y z" && got != "a b c" {
					t.Errorf("%s, %s: the ledger has %q", name, step, got)
				}
			case "broken":
				if now, err := os.ReadFile(s.path("state", "ledger.db")); err != nil || !bytes.Equal(now, before) && decisions(t, s.path("state")) != "a b c" {
					t.Errorf("%s, %s: the ledger is neither the broken one nor the copy: %v", name, step, err)
				}
			}
			s.do("restore", file, "--force")
			if got := decisions(t, s.path("state")); got != "a b c" {
				t.Errorf("%s, %s: after one more restore %q", name, step, got)
			}
			// what was replaced is beside, once it was replaced
			kept, err := filepath.Glob(s.path("state", "ledger.*-*.db"))
			broken, err2 := filepath.Glob(s.path("state", "ledger.broken*.db"))
			if err != nil || err2 != nil || len(kept)+len(broken) == 0 {
				t.Errorf("%s, %s: nothing was kept", name, step)
			}
		}
	}
}

func TestRestoreRefusesToLose(t *testing.T) {
	t.Parallel()
	s := empty(t)
	if code, _, errs := s.try("backup"); code != 2 || !strings.Contains(errs, "nobody has decided anything yet") {
		t.Errorf("exit %d: %s", code, errs)
	}
	s.noteIn(t, "a")
	out := s.do("backup")
	file, _, _ := strings.Cut(out, ": ")
	if !strings.HasPrefix(file, s.path("state", "backup", "ledger-2027")) || !strings.HasSuffix(out, ": 1 entries\n") {
		t.Errorf("backup says %q", out)
	}
	s.noteIn(t, "b")
	if code, _, errs := s.try("restore", file); code != 4 || !strings.Contains(errs, "1 entries that the copy does not have") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if out := s.do("restore", file, "--force"); !strings.Contains(out, "the ledger has 1 entries") || !strings.Contains(out, s.path("state", "ledger.replaced-2.db")) {
		t.Errorf("restore says %q", out)
	}
	if out := s.do("restore", s.path("state", "ledger.replaced-2.db")); !strings.Contains(out, "the ledger has 2 entries") {
		t.Errorf("back again: %q", out)
	}
	for _, bad := range []string{s.path("none.db"), s.path("waybill.yaml")} {
		if code, _, errs := s.try("restore", bad); code != 2 {
			t.Errorf("%s: exit %d: %s", bad, code, errs)
		}
	}
	if code, _, errs := s.try("backup", s.path("waybill.yaml")); code != 2 || !strings.Contains(errs, "try: another name") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
