package run_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"waybill/data"
	"waybill/pipeline/cli"
	"waybill/pipeline/contract"
)

// tb is what testing.T and rapid.T have in common.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
}

// space is a workspace on disk, driven through the command line in process.
type space struct {
	tb
	dir string
}

var clock atomic.Int64

// now never stands still and is the same in every run of the tests.
func now() time.Time {
	return time.Date(2027, 6, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(clock.Add(1)) * time.Millisecond)
}

// try runs a command and gives its exit code and what it printed.
func (s space) try(args ...string) (int, string, string) {
	var out, errs bytes.Buffer
	code := cli.Main(cli.Env{Args: append([]string{"-C", s.dir}, args...), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
		Getenv: func(string) string { return "" }, Now: now, Pid: os.Getpid(), Host: "here", Kill: func() {}})
	return code, out.String(), errs.String()
}

// do runs a command that must end well.
func (s space) do(args ...string) string {
	s.Helper()
	code, out, errs := s.try(args...)
	if code != 0 {
		s.Fatalf("%s: exit %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out
}

func (s space) path(elem ...string) string {
	return filepath.Join(append([]string{s.dir}, elem...)...)
}

func (s space) write(name, text string) {
	s.Helper()
	p := s.path(filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		s.Fatalf("%v", err)
	}
	if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
		s.Fatalf("%v", err)
	}
}

// copyTree copies the files of a folder into the workspace. skip may be nil.
func (s space) copyTree(from string, skip func(rel string) bool) {
	s.Helper()
	err := filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, p)
		if err != nil {
			return err
		}
		if skip != nil && skip(filepath.ToSlash(rel)) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return os.MkdirAll(s.path(rel), 0o755)
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		return os.WriteFile(s.path(rel), b, 0o644)
	})
	if err != nil {
		s.Fatalf("copy %s: %v", from, err)
	}
}

// sql gives the rows of a query as CSV with its header.
func (s space) sql(query string) string {
	s.Helper()
	return s.do("sql", "--output", "csv", query)
}

// version is the number of the newest lake version.
func (s space) version() string {
	s.Helper()
	var state struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal([]byte(s.do("status", "--json")), &state); err != nil {
		s.Fatalf("%v", err)
	}
	return strconv.Itoa(state.Version)
}

// loadOf finds the load of a file by its name.
func (s space) loadOf(file string) string {
	s.Helper()
	rows, err := csv.NewReader(strings.NewReader(s.sql("select load_id from loads where file = '" + file + "' limit 1"))).ReadAll()
	if err != nil || len(rows) != 2 {
		s.Fatalf("no load of %s (%v)", file, err)
	}
	return rows[1][0]
}

// contracts are the stored tables, by name.
func contracts(t tb) []contract.Table {
	t.Helper()
	schema, err := fs.Sub(data.FS, "schema")
	if err != nil {
		t.Fatalf("%v", err)
	}
	set, err := contract.Load(schema, nil)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return set.Sorted()
}

// content is the rows of every table as one hash a table. It is asked in one
// query because opening a version costs more than all the hashing.
type content struct {
	hash    map[string]string
	columns map[string]string
	of      space
	version string
}

func (c content) sql(query string) string {
	c.of.Helper()
	return c.of.do("sql", "--output", "csv", "--known-at", c.version, query)
}

// loadColumns are what the journal says without times of loading.
const loadColumns = "load_id, feed, output, table_name, sha256, exported_at, status, records, stored, repeats, rejected, flagged, absent, reason"

// content hashes all rows; the columns in without are left out.
func (s space) content(without ...string) content {
	s.Helper()
	c := content{map[string]string{}, map[string]string{"loads": loadColumns + " from loads where status <> 'undone'"}, s, s.version()}
	for _, t := range contracts(s) {
		var cols []string
		for _, n := range t.Names() {
			if !contains(without, n) {
				cols = append(cols, `"`+n+`"`)
			}
		}
		c.columns[t.Name] = strings.Join(cols, ", ") + " from " + t.Name
	}
	var arms []string
	for name, cols := range c.columns {
		list, from, _ := strings.Cut(cols, " from ")
		arms = append(arms, fmt.Sprintf("select '%s' as t, count(*) || ' rows ' || coalesce(cast(sum(cast(hash(%s) as hugeint)) as varchar), '') as h from %s", name, list, from))
	}
	sort.Strings(arms)
	rows, err := csv.NewReader(strings.NewReader(s.sql(strings.Join(arms, " union all ")))).ReadAll()
	if err != nil {
		s.Fatalf("%v", err)
	}
	for _, r := range rows[1:] {
		c.hash[r[0]] = r[1]
	}
	return c
}

// mustEqual fails with the rows that only one of two versions has.
func mustEqual(t tb, what string, want, got content) {
	t.Helper()
	var text strings.Builder
	for _, name := range sortedKeys(want.hash) {
		if want.hash[name] == got.hash[name] {
			continue
		}
		fmt.Fprintf(&text, "\n%s: %s against %s", name, want.hash[name], got.hash[name])
		a, b := want.sql("select "+want.columns[name]), got.sql("select "+got.columns[name])
		only(&text, "- ", a, b)
		only(&text, "+ ", b, a)
	}
	if text.Len() > 0 {
		t.Fatalf("%s: tables differ%s", what, text.String())
	}
}

// only prints up to ten lines of a that are not in b.
func only(w *strings.Builder, mark, a, b string) {
	have := map[string]int{}
	for _, l := range strings.Split(b, "\n") {
		have[l]++
	}
	lines := strings.Split(a, "\n")
	sort.Strings(lines[1:])
	n := 0
	for i, l := range lines {
		if i == 0 && mark == "- " {
			fmt.Fprintf(w, "\n  %s", l)
		}
		if have[l]--; have[l] >= 0 || i == 0 {
			continue
		}
		if n++; n <= 10 {
			fmt.Fprintf(w, "\n%s%s", mark, l)
		}
	}
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
