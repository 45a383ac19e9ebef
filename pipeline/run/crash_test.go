package run_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"waybill/pipeline/demo"
)

// seller writes the exports of a small demo seller: a history, and one more day.
func seller(t *testing.T) (history, day space) {
	t.Helper()
	all := space{t, t.TempDir()}
	if _, err := demo.Generate(context.Background(), all.dir, demo.Options{Seed: 3, Shipments: 300, Weeks: 5, ExtraDays: 1, NoBills: true}); err != nil {
		t.Fatal(err)
	}
	history, day = space{t, t.TempDir()}, space{t, t.TempDir()}
	newest := "20261117"
	found := false
	for _, to := range []space{history, day} {
		to.copyTree(all.dir, func(rel string) bool {
			isDay := strings.Contains(rel, newest)
			found = found || isDay
			file := strings.HasPrefix(rel, "inbox/") && strings.Count(rel, "/") == 2
			return file && isDay != (to.dir == day.dir)
		})
	}
	if !found {
		t.Fatalf("no export of %s", newest)
	}
	return history, day
}

// program runs the command line in a process of its own.
func (s space) program(environ []string, args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], append([]string{"-C", s.dir}, args...)...)
	c.Env = append(append(os.Environ(), asProgram+"=1"), environ...)
	return c
}

// undisturbed is what the tables hold after history and day without any crash;
// the steps that the run of the day passes come with it.
func undisturbed(t *testing.T, history, day space) (content, []string) {
	t.Helper()
	s := space{t, t.TempDir()}
	s.copyTree(history.dir, nil)
	s.do("ingest")
	s.copyTree(day.dir, nil)
	c := s.program([]string{"WAYBILL_FAILPOINT=none", "WAYBILL_FAILPOINT_LIST=1"}, "ingest")
	var text bytes.Buffer
	c.Stderr = &text
	if err := c.Run(); err != nil {
		t.Fatalf("%v\n%s", err, text.String())
	}
	var steps []string
	for _, l := range strings.Split(text.String(), "\n") {
		if step, ok := strings.CutPrefix(l, "failpoint "); ok && !contains(steps, step) {
			steps = append(steps, step)
		}
	}
	if len(steps) < 20 {
		t.Fatalf("a run passes %d steps only: %v", len(steps), steps)
	}
	return s.content(), steps
}

// killed says that the process ended by SIGKILL.
func killed(err error) bool {
	e, ok := err.(*exec.ExitError)
	if !ok {
		return false
	}
	w, ok := e.Sys().(syscall.WaitStatus)
	return ok && w.Signaled() && w.Signal() == syscall.SIGKILL
}

// mustBeWhole runs once more and compares with what no crash would have left.
func (s space) mustBeWhole(what string, want content) {
	s.Helper()
	s.do("ingest")
	mustEqual(s, what, want, s.content())
	if out := s.do("lake", "check"); !strings.Contains(out, "the lake is whole") {
		s.Errorf("%s: lake check: %s", what, out)
	}
	if out := s.do("ingest"); !strings.Contains(out, "nothing new") {
		s.Errorf("%s: a further run finds work: %s", what, out)
	}
}

// TestCrashAtEachStep kills a run at every step that it passes, in a workspace
// that has a version already. One more run must end in the same rows.
func TestCrashAtEachStep(t *testing.T) {
	t.Parallel()
	history, day := seller(t)
	want, steps := undisturbed(t, history, day)
	first := space{t, t.TempDir()}
	first.copyTree(history.dir, nil)
	first.do("ingest")
	t.Logf("%d steps: %s", len(steps), strings.Join(steps, " "))
	for _, step := range steps {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			s := space{t, t.TempDir()}
			s.copyTree(first.dir, nil)
			s.copyTree(day.dir, nil)
			if out, err := s.program([]string{"WAYBILL_FAILPOINT=" + step}, "ingest").CombinedOutput(); !killed(err) {
				t.Fatalf("the process was not killed: %v\n%s", err, out)
			}
			s.mustBeWhole("after the kill", want)
		})
	}
}

// TestCrashInTheFirstRun kills the run that makes the lake.
func TestCrashInTheFirstRun(t *testing.T) {
	t.Parallel()
	history, day := seller(t)
	want, steps := undisturbed(t, history, day)
	for i := 1; i < len(steps); i += 6 {
		step := steps[i]
		s := space{t, filepath.Join(t.TempDir(), "ws")}
		s.copyTree(history.dir, nil)
		if out, err := s.program([]string{"WAYBILL_FAILPOINT=" + step}, "ingest").CombinedOutput(); !killed(err) {
			t.Fatalf("%s: the process was not killed: %v\n%s", step, err, out)
		}
		s.do("ingest")
		s.copyTree(day.dir, nil)
		s.mustBeWhole("first run killed at "+step, want)
	}
}

// TestRandomKiller kills runs at random moments; WAYBILL_KILL_ROUNDS says how
// often. The runs of a round follow each other until one is not killed.
func TestRandomKiller(t *testing.T) {
	t.Parallel()
	rounds := 10
	if n, err := strconv.Atoi(os.Getenv("WAYBILL_KILL_ROUNDS")); err == nil {
		rounds = n
	}
	history, day := seller(t)
	want, _ := undisturbed(t, history, day)
	random := rand.New(rand.NewPCG(7, 7))
	longest := 2 * time.Second
	kills := 0
	for round := range rounds {
		s := space{t, filepath.Join(t.TempDir(), "ws")}
		s.copyTree(history.dir, nil)
		for _, files := range []space{history, day} {
			s.copyTree(files.dir, nil)
			c := s.program(nil, "ingest")
			var text bytes.Buffer
			c.Stderr = &text
			start := time.Now()
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			timer := time.AfterFunc(time.Duration(random.Int64N(int64(longest))), func() { _ = c.Process.Kill() })
			err := c.Wait()
			timer.Stop()
			switch {
			case killed(err):
				kills++
			case err != nil:
				t.Fatalf("round %d: %v\n%s", round, err, text.String())
			default:
				longest = max(longest/2, min(longest, time.Since(start)))
			}
			if files.dir == history.dir {
				s.do("ingest")
			}
		}
		s.mustBeWhole("round "+strconv.Itoa(round), want)
		if err := os.RemoveAll(s.dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d rounds, %d kills", rounds, kills)
	if kills*4 < rounds {
		t.Errorf("only %d of %d runs were killed in time", kills, 2*rounds)
	}
}
