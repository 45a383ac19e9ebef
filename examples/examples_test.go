// Package examples_test runs the example workspaces on the real exports that
// they are written for, and holds them to figures that were computed from the
// same files by other means.
package examples_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waybill/pipeline/cli"
)

// clock is later than every time in the exports, so that none of them counts
// as a mistake in a cell.
var clock = time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC)

type workspace struct {
	t   *testing.T
	dir string
}

// open copies an example without what a run leaves in it, and loads it.
func open(t *testing.T, name string) workspace {
	t.Helper()
	if os.Getenv("WAYBILL_REALDATA") == "" {
		t.Skip("WAYBILL_REALDATA is not set: the folder with the real exports is needed to run this example")
	}
	w := workspace{t, filepath.Join(t.TempDir(), name)}
	made := map[string]bool{"lake": true, "state": true, "out": true, "inbox": true}
	err := filepath.WalkDir(name, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(name, p)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if made[rel] {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(w.dir, rel), 0o755)
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(w.dir, rel), b, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	w.run("ingest")
	return w
}

// run calls the command line in this process; it must end with 0.
func (w workspace) run(args ...string) string {
	w.t.Helper()
	var out, errs bytes.Buffer
	code := cli.Main(cli.Env{Args: append([]string{"-C", w.dir}, args...), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
		Getenv: os.Getenv, Now: func() time.Time { return clock }, Pid: os.Getpid(), Host: "test", Kill: func() {}})
	if code != 0 {
		w.t.Fatalf("waybill %s: exit %d\n%s%s", strings.Join(args, " "), code, out.String(), errs.String())
	}
	return out.String() + errs.String()
}

// figure is a query and what it prints below its header.
type figure struct{ name, query, want string }

func (w workspace) figures(list []figure) {
	w.t.Helper()
	for _, f := range list {
		_, got, _ := strings.Cut(w.run("sql", "--output", "csv", f.query), "\n")
		if got = strings.TrimSuffix(got, "\n"); got != f.want {
			w.t.Errorf("%s: got\n%s\nwant\n%s\nof %s", f.name, got, f.want, f.query)
		}
	}
}

// again holds that a second run finds nothing and touches nothing.
func (w workspace) again() {
	w.t.Helper()
	before := w.lake()
	if out := w.run("ingest"); !strings.Contains(out, "nothing new") {
		w.t.Errorf("a second run says %q", out)
	}
	if after := w.lake(); after != before {
		w.t.Errorf("a second run changed files below lake/:\n%s\nwas\n%s", after, before)
	}
}

func (w workspace) lake() string {
	w.t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(filepath.Join(w.dir, "lake"), func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		i, err := d.Info()
		if err == nil {
			fmt.Fprintln(&b, p, i.Size(), i.ModTime().UnixNano())
		}
		return err
	})
	if err != nil || b.Len() == 0 {
		w.t.Fatalf("files below lake/: %v, %d bytes of names", err, b.Len())
	}
	return b.String()
}

// status holds that every feed was loaded, how far it reaches and what the
// default as-of is; an empty horizon is an export that says nothing of time.
func (w workspace) status(asOf string, horizons map[string]string) {
	w.t.Helper()
	var s struct {
		AsOf        string `json:"as_of"`
		LakeVersion string `json:"lake_version"`
		Feeds       []struct {
			Feed, Horizon string
			LastLoad      string `json:"last_load"`
		}
	}
	if err := json.Unmarshal([]byte(w.run("status", "--json")), &s); err != nil {
		w.t.Fatal(err)
	}
	if s.AsOf != asOf || s.LakeVersion == "" || len(s.Feeds) != len(horizons) {
		w.t.Errorf("status: as_of %q, want %q; lake_version %q; %d feeds, want %d", s.AsOf, asOf, s.LakeVersion, len(s.Feeds), len(horizons))
	}
	for _, f := range s.Feeds {
		if h, ok := horizons[f.Feed]; !ok || (h != "" && f.Horizon != h) || !strings.HasPrefix(f.LastLoad, f.Feed+"-") {
			w.t.Errorf("status of feed %s: last load %q, horizon %q, want %q", f.Feed, f.LastLoad, f.Horizon, h)
		}
	}
}

// absences holds how many cells of a column a sentinel made empty, and why.
func (w workspace) absences(want map[string]int64) {
	w.t.Helper()
	var loads []struct {
		Absences []struct {
			Column, Meaning string
			N               int64
		}
	}
	if err := json.Unmarshal([]byte(w.run("load", "list", "--json")), &loads); err != nil {
		w.t.Fatal(err)
	}
	got := map[string]int64{}
	for _, l := range loads {
		for _, a := range l.Absences {
			got[a.Column+" "+a.Meaning] += a.N
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("typed absences\n%v\nwant\n%v", got, want)
	}
}
