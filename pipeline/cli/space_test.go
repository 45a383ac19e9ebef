package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/pipeline/demo"
	"waybill/pipeline/metric"
)

// clock is the wall clock of every test, some days after the demo's last export.
var clock = time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)

// space is a workspace on disk, driven through the command line in process.
type space struct {
	*testing.T
	dir      string
	env      map[string]string
	stdin    string
	terminal bool
}

// result is what a command left behind.
type result struct {
	code     int
	out, err string
}

// try runs a command.
func (s space) try(args ...string) result {
	s.Helper()
	return s.bare(append([]string{"-C", s.dir}, args...)...)
}

// bare runs a command that names its own folder.
func (s space) bare(args ...string) result {
	s.Helper()
	var out, errs bytes.Buffer
	code := Main(Env{Args: args, Stdin: strings.NewReader(s.stdin), Stdout: &out, Stderr: &errs, Getenv: func(k string) string { return s.env[k] },
		Now: func() time.Time { return clock }, Pid: os.Getpid(), Host: "here", Terminal: s.terminal, Kill: func() {}})
	return result{code, out.String(), errs.String()}
}

// do runs a command that must end well and gives what it printed.
func (s space) do(args ...string) string {
	s.Helper()
	r := s.try(args...)
	if r.code != exitDone {
		s.Fatalf("%s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// fails runs a command that must end with a code and say something.
func (s space) fails(code int, says string, args ...string) result {
	s.Helper()
	r := s.try(args...)
	if r.code != code || !strings.Contains(r.err, says) {
		s.Errorf("%s: exit %d, want %d and %q\n%s%s", strings.Join(args, " "), r.code, code, says, r.out, r.err)
	}
	return r
}

// rows are the rows of a query, header left out.
func (s space) rows(query string, flags ...string) [][]string {
	s.Helper()
	out := s.do(append([]string{"sql", "--output", "csv", query}, flags...)...)
	all, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		s.Fatalf("%s: %v\n%s", query, err, out)
	}
	return all[1:]
}

// decode runs a command with --json and reads what it printed.
func (s space) decode(v any, args ...string) {
	s.Helper()
	out := s.do(append(args, "--json")...)
	if err := json.Unmarshal([]byte(out), v); err != nil {
		s.Fatalf("%s: %v\n%.400s", strings.Join(args, " "), err, out)
	}
}

func (s space) path(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

func (s space) read(name string) string {
	s.Helper()
	b, err := os.ReadFile(s.path(name))
	if err != nil {
		s.Fatal(err)
	}
	return string(b)
}

func (s space) write(name, text string) {
	s.Helper()
	if err := os.MkdirAll(filepath.Dir(s.path(name)), 0o755); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(s.path(name), []byte(text), 0o644); err != nil {
		s.Fatal(err)
	}
}

// replace changes a file that must hold the old text.
func (s space) replace(name, old, new string) {
	s.Helper()
	text := s.read(name)
	if !strings.Contains(text, old) {
		s.Fatalf("%s does not hold %q", name, old)
	}
	s.write(name, strings.Replace(text, old, new, 1))
}

// shared workspaces are made once and only read.
var shared struct {
	root string
	mu   sync.Mutex
	made map[uint64]bool
	page map[string]metric.Weekly
}

// demoOf is the demo workspace of a seed in its usual size after its weekly
// job. Tests must not change it.
func demoOf(t *testing.T, seed uint64) space {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	s := space{T: t, dir: filepath.Join(shared.root, fmt.Sprintf("demo-%d", seed))}
	if !shared.made[seed] {
		if r := s.bare("init", "--demo", "--seed", strconv.FormatUint(seed, 10), s.dir); r.code != exitDone {
			t.Fatalf("init: %s", r.err)
		}
		s.do("run", "weekly")
		if shared.made == nil {
			shared.made = map[uint64]bool{}
		}
		shared.made[seed] = true
	}
	return s
}

// smallDemo is a fresh demo workspace of a few hundred parcels for a test of its own.
func smallDemo(t *testing.T) space {
	t.Helper()
	s := space{T: t, dir: filepath.Join(t.TempDir(), "shop"), env: map[string]string{}}
	if r := s.bare("init", "--demo", "--shipments", "400", s.dir); r.code != exitDone {
		t.Fatalf("init: %s", r.err)
	}
	return s
}

func (s space) truth() demo.Truth {
	s.Helper()
	var t demo.Truth
	if err := json.Unmarshal([]byte(s.read("truth.json")), &t); err != nil {
		s.Fatal(err)
	}
	return t
}

func (s space) moneyTruth() demo.MoneyTruth {
	s.Helper()
	var t demo.MoneyTruth
	if err := json.Unmarshal([]byte(s.read("truth_money.json")), &t); err != nil {
		s.Fatal(err)
	}
	return t
}

func (s space) number(text string) int64 {
	s.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		s.Fatal(err)
	}
	return n
}

// weekly is the page's numbers of a shared workspace, asked once.
func (s space) weekly() metric.Weekly {
	s.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if w, ok := shared.page[s.dir]; ok {
		return w
	}
	var w metric.Weekly
	s.decode(&w, "report", "weekly")
	if shared.page == nil {
		shared.page = map[string]metric.Weekly{}
	}
	shared.page[s.dir] = w
	return w
}
