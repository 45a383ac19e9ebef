package demo

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func generate(t *testing.T, opts Options) (string, Truth) {
	t.Helper()
	dir := t.TempDir()
	truth, err := Generate(context.Background(), dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return dir, truth
}

// hashes is the SHA-256 of every file below dir by its relative path.
func hashes(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		out[filepath.ToSlash(rel)] = fmt.Sprintf("%x", sha256.Sum256(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSameOptionsSameBytes(t *testing.T) {
	a, _ := generate(t, Options{Seed: 1, Shipments: 6000})
	b, _ := generate(t, Options{Seed: 1, Shipments: 6000})
	c, _ := generate(t, Options{Seed: 2, Shipments: 6000})
	if diff := cmp.Diff(hashes(t, a), hashes(t, b)); diff != "" {
		t.Error(diff)
	}
	differing, bills := 0, 0
	ha, hc := hashes(t, a), hashes(t, c)
	for name, h := range ha {
		switch {
		case !strings.HasPrefix(name, "inbox/") || hc[name] == h:
		case strings.HasPrefix(name, "inbox/bills_"):
			bills++
		default:
			differing++
		}
	}
	// one provider bills for the first time after the first export
	if differing != 6*13 || bills != 3*13+12 {
		t.Errorf("another seed changed %d export files and %d of bills, want %d and %d", differing, bills, 6*13, 3*13+12)
	}
}

func TestHistoryDoesNotDependOnExtraDays(t *testing.T) {
	a, ta := generate(t, Options{Shipments: 3000})
	b, tb := generate(t, Options{Shipments: 3000, ExtraDays: 2})
	hb := hashes(t, b)
	for name, h := range hashes(t, a) {
		if !strings.HasPrefix(name, "truth") && hb[name] != h {
			t.Errorf("%s differs", name)
		}
	}
	if want := ta.AsOf.Add(48 * time.Hour); !tb.AsOf.Equal(want) {
		t.Errorf("as of %s, want %s", tb.AsOf, want)
	}
}

// lines are the data lines of all files of a feed, in file order.
func lines(t *testing.T, dir, feed string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "inbox", feed, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var r io.Reader = bytes.NewReader(b)
		if strings.HasSuffix(path, ".gz") {
			if r, err = gzip.NewReader(r); err != nil {
				t.Fatal(err)
			}
		}
		sc := bufio.NewScanner(r)
		for first := true; sc.Scan(); first = false {
			if !first || feed == "links" {
				all = append(all, sc.Text())
			}
		}
		if sc.Err() != nil {
			t.Fatal(sc.Err())
		}
	}
	return all
}

func TestTruthCountsTheFiles(t *testing.T) {
	dir, truth := generate(t, Options{Seed: 3, Shipments: 8000, ExtraDays: 1})
	columns := map[string]int{"orders_a": 21, "orders_b": 19, "shipments": 28, "track_line": 7, "track_last": 7}
	separators := map[string]rune{"orders_a": ',', "orders_b": ',', "shipments": ';', "track_line": '\t', "track_last": ','}
	scans := int64(0)
	for _, f := range truth.Feeds {
		all := lines(t, dir, f.Feed)
		if int64(len(all)) != f.Records {
			t.Errorf("%s: %d lines, %d records in the truth", f.Feed, len(all), f.Records)
		}
		rejected := map[string]int64{}
		sum := int64(0)
		for _, r := range f.Rejected {
			rejected[r.Reason] += r.N
			sum += r.N
		}
		if f.Records != f.Rows+f.Repeats+sum {
			t.Errorf("%s: %d records are not %d rows, %d repeats and %d rejected", f.Feed, f.Records, f.Rows, f.Repeats, sum)
		}
		if f.Repeats == 0 || sum == 0 {
			t.Errorf("%s: %d repeats and %d dirty records: nothing to find", f.Feed, f.Repeats, sum)
		}
		if 50*sum > f.Records {
			t.Errorf("%s: %d of %d records are dirty: above 2 %%", f.Feed, sum, f.Records)
		}
		distinct, broken := map[string]bool{}, int64(0)
		for _, line := range all {
			distinct[line] = true
			if f.Feed == "links" {
				if !json.Valid([]byte(line)) {
					broken++
				}
				continue
			}
			r := csv.NewReader(strings.NewReader(line))
			r.Comma = separators[f.Feed]
			if cells, err := r.Read(); err != nil || len(cells) != columns[f.Feed] {
				broken++
			}
		}
		if got := int64(len(all) - len(distinct)); got != f.Repeats {
			t.Errorf("%s: %d lines repeat another, truth has %d", f.Feed, got, f.Repeats)
		}
		if broken != rejected[dirtBroken] {
			t.Errorf("%s: %d broken lines, truth has %d", f.Feed, broken, rejected[dirtBroken])
		}
		if strings.HasPrefix(f.Feed, "track_") {
			scans += f.Rows
		}
	}
	if scans != truth.Events {
		t.Errorf("%d distinct scans in the files, truth has %d", scans, truth.Events)
	}
	for _, u := range truth.Unmapped {
		n := int64(0)
		distinct := map[string]bool{}
		for _, feed := range []string{"track_line", "track_last"} {
			for _, line := range lines(t, dir, feed) {
				if cells := strings.FieldsFunc(line, func(r rune) bool { return r == '\t' || r == ',' }); len(cells) > 4 && cells[0] == u.Carrier && cells[2] == u.Code && !distinct[line] && !strings.HasPrefix(cells[1], "XX") {
					distinct[line] = true
					n++
				}
			}
		}
		if n < u.N || n > u.N+3 || u.N == 0 { // a dirty record may carry the code as well
			t.Errorf("%s %s: %d in the files, truth has %d", u.Carrier, u.Code, n, u.N)
		}
	}
}

func TestTruthIsConsistent(t *testing.T) {
	dir, truth := generate(t, Options{Seed: 4, Shipments: 20000})
	orders, low, high, weeks := int64(0), 0, 0, 0
	for _, w := range truth.DueWeeks {
		if w.Due != w.OnTime+w.Late+w.Open {
			t.Errorf("%+v: due is not the sum of its parts", w)
		}
		orders += w.Due + w.Excluded
		if w.Week >= "2026-11-16" || w.Due < 100 {
			continue
		}
		if w.Open != 0 {
			t.Errorf("%+v: open although the week is over", w)
		}
		weeks++
		switch share := float64(w.OnTime) / float64(w.Due); {
		case share < .8:
			low++
		default:
			high++
		}
	}
	if orders != truth.Orders {
		t.Errorf("weeks have %d orders, truth %d", orders, truth.Orders)
	}
	if low < weeks/20 || high < weeks/2 {
		t.Errorf("of %d weeks %d miss the target and %d meet it: nothing to see", weeks, low, high)
	}
	for _, c := range truth.Transit {
		if c.Open > c.N || c.N == 0 {
			t.Errorf("%+v: impossible counts", c)
		}
		if c.Median != nil && c.P90 != nil && *c.Median > *c.P90 {
			t.Errorf("%+v: median above P90", c)
		}
	}
	if truth.Recycled == 0 || truth.WrongLinks == 0 || truth.Orphans == 0 {
		t.Errorf("recycled %d, wrong aliases %d, orphans %d: want some of each", truth.Recycled, truth.WrongLinks, truth.Orphans)
	}
	var stored Truth
	b, err := os.ReadFile(filepath.Join(dir, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &stored); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(truth, stored); diff != "" {
		t.Error(diff)
	}
}

func TestNothingIsReportedBeforeItHappens(t *testing.T) {
	dir, _ := generate(t, Options{Shipments: 2000, Plain: true})
	paths, _ := filepath.Glob(filepath.Join(dir, "inbox", "track_last", "*.csv"))
	for _, path := range paths {
		exported, err := time.Parse("20060102T150405Z", strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "track_last_"), ".csv"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(b), "\n") {
			cells := strings.Split(line, ",")
			if at, err := time.Parse("2006-01-02T15:04:05Z", cells[max(len(cells)-3, 0)]); err == nil && at.After(exported) {
				t.Fatalf("%s: %s", filepath.Base(path), line)
			}
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []Options{{Shipments: -1}, {Weeks: -1}, {ExtraDays: -1}, {End: time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)}} {
		if _, err := Generate(context.Background(), t.TempDir(), o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Generate(ctx, t.TempDir(), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// The oracle must not share code with what it judges.
func TestImportsNothingOfOurs(t *testing.T) {
	paths, _ := filepath.Glob("*.go")
	for _, path := range paths {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			if name := strings.Trim(i.Path.Value, `"`); strings.HasPrefix(name, "waybill/") || (!strings.HasSuffix(path, "_test.go") && strings.Contains(name, ".")) {
				t.Errorf("%s imports %s", path, name)
			}
		}
	}
}
