package run_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/pipeline/cli"
	"waybill/pipeline/engine"
	"waybill/pipeline/engine/duckdb"
)

// A case is a folder of testdata/cases:
//
//	about              what it shows, in a line or two
//	feeds/, data/ …    what its workspace has beyond testdata/base
//	1/, 2/, …          steps, laid over the workspace; 1/inbox/orders/x.csv arrives before step 1
//	1/generate         files that are made, see generate_test.go; 1/from has what they are made of
//	1/grows            files that are appended to while the step's commands run
//	1/env              variables of the process, NAME=value a line, from this step on
//	1/cmd              commands of the step, one a line; absent: ingest. {x.csv} is the load of that file
//	1/out              what they print, with their exit codes
//	expect/2_x.sql     a query asked after step 2, its answer in 2_x.csv
//	order_matters      the files mean something else when all come at once
//
// A file x.gz.src is stored compressed as x.gz, x.parquet.sql holds the query
// whose rows x.parquet has.
func TestCases(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join("testdata", "cases", "*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no cases (%v)", err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			runCase(t, dir)
		})
	}
}

func runCase(t *testing.T, dir string) {
	steps := stepsOf(t, dir)
	s := newCase(t, dir)
	commands := false
	for _, n := range steps {
		commands = s.step(dir, n, true) || commands
	}
	if code, _, _ := s.try("sql", "select 1"); code != 0 {
		return // a case about a workspace that does not load
	}
	want := s.content()
	if code, out, errs := s.tryIn(envOf(t, dir, steps), "ingest", "--full"); code != 0 && code != 3 {
		t.Fatalf("ingest --full: exit %d\n%s%s", code, out, errs)
	}
	mustEqual(t, "rebuilt in full", want, s.content())
	if problems := s.do("lake", "check"); !strings.Contains(problems, "the lake is whole") {
		t.Errorf("lake check: %s", problems)
	}
	if _, err := os.Stat(filepath.Join(dir, "order_matters")); err == nil || commands || len(steps) < 2 {
		return
	}
	want = s.content("load_seq")
	once := newCase(t, dir)
	for _, n := range steps {
		once.lay(dir, n)
	}
	if code, out, errs := once.tryIn(envOf(t, dir, steps), "ingest"); code != 0 && code != 3 {
		t.Fatalf("all at once: exit %d\n%s%s", code, out, errs)
	}
	mustEqual(t, "all files at once", want, once.content("load_seq"))
}

func stepsOf(t tb, dir string) []int {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatalf("%v", err)
	}
	var steps []int
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil && e.IsDir() {
			steps = append(steps, n)
		}
	}
	sort.Ints(steps)
	if len(steps) == 0 {
		t.Fatalf("%s has no steps", dir)
	}
	return steps
}

// newCase makes the workspace of a case before its first step.
func newCase(t *testing.T, dir string) space {
	s := newSpace(t)
	s.copyTree(dir, func(rel string) bool {
		top, _, _ := strings.Cut(rel, "/")
		_, err := strconv.Atoi(top)
		return err == nil || top == "about" || top == "expect" || top == "order_matters"
	})
	return s
}

// newSpace is a workspace as testdata/base has it.
func newSpace(t *testing.T) space {
	s := space{t, t.TempDir()}
	s.copyTree(filepath.Join("testdata", "base"), nil)
	feeds, err := filepath.Glob(filepath.Join("testdata", "base", "feeds", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range feeds {
		if err := os.MkdirAll(s.path("inbox", strings.TrimSuffix(filepath.Base(f), ".yaml")), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// lay puts the files of a step in their places.
func (s space) lay(dir string, n int) {
	s.Helper()
	from := filepath.Join(dir, strconv.Itoa(n))
	s.copyTree(from, func(rel string) bool {
		return slices.Contains([]string{"cmd", "out", "env", "generate", "grows", "from"}, rel) || strings.HasSuffix(rel, ".src") || strings.HasSuffix(rel, ".parquet.sql")
	})
	err := filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(from, p)
		if err != nil {
			return err
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		switch {
		case strings.HasSuffix(rel, ".gz.src"):
			return compress(s.path(strings.TrimSuffix(rel, ".src")), b)
		case strings.HasSuffix(rel, ".parquet.sql"):
			return parquet(s.path(strings.TrimSuffix(rel, ".sql")), string(b))
		}
		return nil
	})
	if err != nil {
		s.Fatalf("%v", err)
	}
	s.generate(from)
}

func compress(path string, b []byte) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := gzip.NewWriter(f)
	if _, err := w.Write(b); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return f.Close()
}

func parquet(path, query string) error {
	ctx := context.Background()
	e, err := duckdb.Open(ctx, duckdb.Options{Memory: 512 << 20, Threads: 1, TempDir: filepath.Dir(path)})
	if err != nil {
		return err
	}
	defer e.Close()
	return e.Exec(ctx, "copy ("+query+") to "+engine.Literal(path)+" (format parquet)")
}

var (
	published = regexp.MustCompile(`lake version [0-9a-f]+ \((\d+)\) in \S+`)
	fileRE    = regexp.MustCompile(`\{([^}]+)\}`)
)

// step runs a step and compares what it prints and what its queries answer.
// It says whether the step has commands of its own.
func (s space) step(dir string, n int, check bool) bool {
	s.Helper()
	s.lay(dir, n)
	commands := "ingest"
	b, err := os.ReadFile(filepath.Join(dir, strconv.Itoa(n), "cmd"))
	if err == nil {
		commands = strings.TrimSpace(string(b))
	}
	var done []int
	for _, m := range stepsOf(s, dir) {
		if m <= n {
			done = append(done, m)
		}
	}
	env := envOf(s, dir, done)
	stop := s.grow(filepath.Join(dir, strconv.Itoa(n), "grows"))
	var got strings.Builder
	for _, c := range strings.Split(commands, "\n") {
		full := fileRE.ReplaceAllStringFunc(c, func(m string) string { return s.loadOf(strings.Trim(m, "{}")) })
		code, out, errs := s.tryIn(env, strings.Fields(full)...)
		fmt.Fprintf(&got, "$ %s\nexit %d\n%s%s", c, code, out, errs)
	}
	stop()
	text := published.ReplaceAllString(got.String(), "lake version ($1)")
	text = strings.ReplaceAll(text, s.dir, "WORKSPACE")
	s.golden(filepath.Join(dir, strconv.Itoa(n), "out"), text)
	queries, qerr := filepath.Glob(filepath.Join(dir, "expect", strconv.Itoa(n)+"_*.sql"))
	if qerr != nil {
		s.Fatalf("%v", qerr)
	}
	for _, q := range queries {
		sql, err := os.ReadFile(q)
		if err != nil {
			s.Fatalf("%v", err)
		}
		s.golden(strings.TrimSuffix(q, ".sql")+".csv", s.sql(string(sql)))
	}
	return err == nil
}

// envOf is what the steps' files env say together.
func envOf(t tb, dir string, steps []int) map[string]string {
	t.Helper()
	env := map[string]string{}
	for _, n := range steps {
		b, err := os.ReadFile(filepath.Join(dir, strconv.Itoa(n), "env"))
		if err != nil && !os.IsNotExist(err) {
			t.Fatalf("%v", err)
		}
		for _, line := range strings.Fields(string(b)) {
			name, value, _ := strings.Cut(line, "=")
			env[name] = value
		}
	}
	return env
}

// tryIn is try in an environment.
func (s space) tryIn(env map[string]string, args ...string) (int, string, string) {
	var out, errs bytes.Buffer
	code := cli.Main(cli.Env{Args: append([]string{"-C", s.dir}, args...), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
		Getenv: func(name string) string { return env[name] }, Now: now, Pid: os.Getpid(), Host: "here", Kill: func() {}})
	return code, out.String(), errs.String()
}

// grow appends to the files that a list names until it is told to stop.
func (s space) grow(list string) (stop func()) {
	s.Helper()
	b, err := os.ReadFile(list)
	if os.IsNotExist(err) {
		return func() {}
	}
	if err != nil {
		s.Fatalf("%v", err)
	}
	var files []*os.File
	for _, name := range strings.Fields(string(b)) {
		f, err := os.OpenFile(s.path(filepath.FromSlash(name)), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			s.Fatalf("%v", err)
		}
		files = append(files, f)
	}
	end, ended := make(chan struct{}), make(chan error)
	go func() {
		var err error
		for {
			select {
			case <-end:
				for _, f := range files {
					err = errors.Join(err, f.Close())
				}
				ended <- err
				return
			case <-time.After(100 * time.Microsecond):
				for _, f := range files {
					_, werr := f.WriteString("grown\n")
					err = errors.Join(err, werr)
				}
			}
		}
	}()
	return func() {
		close(end)
		if err := <-ended; err != nil {
			s.Fatalf("%v", err)
		}
	}
}

// golden compares with a file, or rewrites it.
func (s space) golden(file, got string) {
	s.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			s.Fatalf("%v", err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		s.Fatalf("%v; run with -update and read the diff", err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		s.Errorf("%s (- expected, + got):\n%s", file, d)
	}
}
