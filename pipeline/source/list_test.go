package source

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func listed(t *testing.T, folder string, patterns ...string) []string {
	t.Helper()
	got, err := List(folder, patterns)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range got {
		names = append(names, c.Name)
	}
	return names
}

func TestListMatchesPatterns(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []string{"b.csv", "a.CSV", "c.csv.gz", "d.txt", "2026/01/e.csv", "2026/f.csv", ".hidden.csv", ".git/g.csv",
		"h.csv.tmp", "i.csv.part", "j.csv.crdownload", "~$k.csv", "l.csv~"} {
		put(t, filepath.Join(dir, filepath.FromSlash(f)), []byte("x"))
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.csv"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ patterns, want string }{
		{"*.csv", "a.CSV b.csv"},
		{"*.csv *.csv.gz", "a.CSV b.csv c.csv.gz"},
		{"**/*.csv", "2026/01/e.csv 2026/f.csv a.CSV b.csv"},
		{"2026/*.csv", "2026/f.csv"},
		{"2026/**", "2026/01/e.csv 2026/f.csv"},
		{"[ab].csv *.csv", "a.CSV b.csv"},
		{"*.tmp .*", ""},
		{"nothing", ""},
	} {
		if got := strings.Join(listed(t, dir, strings.Fields(c.patterns)...), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.patterns, got, c.want)
		}
	}
	for _, p := range []string{"[", "../*.csv", "/abs/*.csv", ""} {
		if _, err := List(dir, []string{p}); !errors.Is(err, ErrPattern) {
			t.Errorf("%q: %v", p, err)
		}
	}
	if got, err := List(filepath.Join(dir, "absent"), []string{"*"}); !errors.Is(err, ErrNoFolder) || len(got) != 0 {
		t.Errorf("%v %v", got, err)
	}
	if _, err := List(filepath.Join(dir, "b.csv"), []string{"*"}); err == nil || errors.Is(err, ErrNoFolder) {
		t.Errorf("a file as folder: %v", err)
	}
}

func TestListKeepsToTheFolder(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	put(t, filepath.Join(dir, "real.csv"), []byte("x"))
	put(t, filepath.Join(outside, "secret.csv"), []byte("x"))
	for to, name := range map[string]string{
		filepath.Join(outside, "secret.csv"): "leaves.csv",
		"real.csv":                           "stays.csv",
		"gone.csv":                           "dangles.csv",
		outside:                              "folder",
		".":                                  "loop",
	} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip("no symbolic links here:", err)
		}
	}
	if got := listed(t, dir, "**/*.csv"); !slices.Equal(got, []string{"real.csv", "stays.csv"}) {
		t.Error(got)
	}
	// The folder itself may be a link.
	link := filepath.Join(outside, "inbox")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	got, err := List(link, []string{"real.csv"})
	if err != nil || len(got) != 1 || got[0].Path != filepath.Join(link, "real.csv") {
		t.Errorf("%v %v", got, err)
	}
}

func TestFingerprintChangesWithTheFile(t *testing.T) {
	c := Candidate{Path: "/a/b.csv", Size: 3, ModTime: time.Unix(5, 6), Inode: 7}
	seen := map[string]bool{Fingerprint(c): true}
	if again := c; Fingerprint(again) != Fingerprint(c) {
		t.Error("not stable")
	}
	for _, change := range []func(*Candidate){
		func(c *Candidate) { c.Path = "/a/c.csv" }, func(c *Candidate) { c.Size++ },
		func(c *Candidate) { c.ModTime = c.ModTime.Add(1) }, func(c *Candidate) { c.Inode++ },
	} {
		d := c
		change(&d)
		if seen[Fingerprint(d)] {
			t.Errorf("%+v has a fingerprint of another", d)
		}
		seen[Fingerprint(d)] = true
	}
}

func TestShownName(t *testing.T) {
	for in, want := range map[string]string{
		"orders 2026.csv": "orders 2026.csv", "订单.csv": "订单.csv", "a\nb.csv": `a\nb.csv`, "a\x1b[31m": `a\x1b[31m`,
		"a\u202ecsv.exe": `a\u202ecsv.exe`, "a\xffb": `a\xffb`, "../x": `\.\./x`, "a..b": "a..b", `a\b`: `a\\b`, "a\u00a0b": `a\u00a0b`,
	} {
		if got := ShownName(in); got != want {
			t.Errorf("%q is shown as %s, want %s", in, got, want)
		}
	}
}
