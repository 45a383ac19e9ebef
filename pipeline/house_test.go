// Package pipeline_test holds what every room keeps: the direction of imports,
// where the process may be touched, the size of files, the form of SQL files.
package pipeline_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = ".."

// rooms from the door inwards: a room imports only rooms of a later rank.
// Rooms of one rank do not import each other.
var rank = map[string]int{
	"cmd/waybill":   0,
	"pipeline/cli":  1,
	"pipeline/run":  2,
	"pipeline/load": 3, "pipeline/model": 3, "pipeline/metric": 3, "reports": 3,
	"pipeline/audit": 4,
	"pipeline/store": 4,
	"pipeline/feed":  5, "pipeline/engine/duckdb": 5, "pipeline/rate": 5, "pipeline/charge": 5,
	"pipeline/cell": 6, "pipeline/claims": 6, "pipeline/zone": 6, "pipeline/contract": 6, "pipeline/decode": 6,
	"pipeline/engine": 7, "pipeline/lake": 7, "pipeline/policy": 7, "pipeline/carrier": 7, "pipeline/workspace": 7,
	"pipeline/source": 7, "pipeline/stat": 7, "pipeline/demo": 7, "pipeline/ledger": 7,
	"pipeline/decode/charset": 8, "pipeline/decode/sheet": 8,
	"pipeline/yamldoc": 8, "jobs": 8, "queries": 8, "data": 8,
}

// exceptions that are not a step inwards, each with its reason.
var allowed = map[string]string{
	"reports > pipeline/metric": "the page takes metric's result structs and nothing else",
}

// alone import no other room: their results must not depend on one.
var alone = []string{"pipeline/lake", "pipeline/stat", "pipeline/policy", "pipeline/demo", "pipeline/decode/charset", "pipeline/decode/sheet", "pipeline/source", "pipeline/yamldoc", "pipeline/ledger"}

// owners of a library: nothing else may import it.
var owners = map[string][]string{
	"github.com/duckdb/duckdb-go/v2": {"pipeline/engine/duckdb", "bench/bare"},
	"github.com/apache/iceberg-go":   {"pipeline/lake"},
	"modernc.org/sqlite":             {"pipeline/lake", "pipeline/ledger"},
	"github.com/spf13/cobra":         {"pipeline/cli"},
	"github.com/go-echarts":          {"reports"},
	"gonum.org/v1/gonum":             {"pipeline/stat"},
	"github.com/xuri/excelize/v2":    {"pipeline/decode/sheet", "reports"},
	"golang.org/x/text":              {"pipeline/decode/charset", "pipeline/source"},
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, "waybill/")
		list = append(list, p)
	}
	if len(list) < 15 {
		t.Fatalf("go list names %d packages", len(list))
	}
	return list
}

func TestImportsGoOneWay(t *testing.T) {
	for _, p := range packages(t) {
		from, known := rank[p.ImportPath]
		if !known {
			if strings.HasPrefix(p.ImportPath, "bench") || strings.HasPrefix(p.ImportPath, "examples") || p.ImportPath == "pipeline" {
				continue // measures and tests the whole
			}
			t.Errorf("%s is a room without a place in the order of rooms", p.ImportPath)
			continue
		}
		for _, i := range p.Imports {
			for lib, who := range owners {
				if (i == lib || strings.HasPrefix(i, lib+"/")) && !slices.Contains(who, p.ImportPath) {
					t.Errorf("%s imports %s, which only %s may", p.ImportPath, i, strings.Join(who, " and "))
				}
			}
			to, ours := strings.CutPrefix(i, "waybill/")
			if !ours {
				continue
			}
			if slices.Contains(alone, p.ImportPath) {
				t.Errorf("%s imports %s, but must stand alone", p.ImportPath, to)
			}
			if allowed[p.ImportPath+" > "+to] == "" && rank[to] <= from {
				t.Errorf("%s (rank %d) imports %s (rank %d): imports go inwards", p.ImportPath, from, to, rank[to])
			}
		}
	}
}

// files walks the Go files of the product; tests only where asked.
func files(t *testing.T, ext string, tests bool, fn func(path string, text []byte)) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); p != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(p) != ext || (!tests && strings.HasSuffix(p, "_test.go")) {
			return nil
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		n++
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		fn(filepath.ToSlash(rel), b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		t.Fatalf("no %s file found", ext)
	}
}

var processCalls = regexp.MustCompile(`\b(os\.Exit|os\.Args|time\.Now|fmt\.Print(f|ln)?|log\.(Fatal|Print)\w*|panic)\b\(?`)

// TestProcessIsTouchedInOnePlace: an injected clock and output are what makes a
// report the same everywhere.
func TestProcessIsTouchedInOnePlace(t *testing.T) {
	files(t, ".go", false, func(path string, text []byte) {
		if path == "cmd/waybill/main.go" || path == "pipeline/cli/env.go" || strings.HasPrefix(path, "bench/") {
			return
		}
		s := bufio.NewScanner(bytes.NewReader(text))
		s.Buffer(nil, 1<<20)
		for line := 1; s.Scan(); line++ {
			code, _, _ := strings.Cut(s.Text(), "//")
			if m := processCalls.FindString(code); m != "" {
				t.Errorf("%s:%d: %s outside the process's own file", path, line, m)
			}
		}
	})
}

func TestFilesAreSmall(t *testing.T) {
	files(t, ".go", true, func(path string, text []byte) {
		if n := bytes.Count(text, []byte("\n")); n > 700 {
			t.Errorf("%s has %d lines", path, n)
		}
	})
}

func TestMainIsThin(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "cmd/waybill/main.go"))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(b, []byte("\n")); n > 15 {
		t.Errorf("main.go has %d lines", n)
	}
	if !bytes.Contains(b, []byte(`_ "time/tzdata"`)) {
		t.Error("main.go does not carry the time zones")
	}
}

// oneEngine are words that only DuckDB knows: the same text must run on Trino.
var oneEngine = regexp.MustCompile(`(?i)::|\bqualify\b|\bgroup by all\b|\barg_max\b|\bstring_agg\b|\bquantile_cont\b|\bmedian\(|\bexclude\s*\(|\breplace\s*\(\s*case\b|\bstruct_pack\b|\bstrptime\b|\bepoch_us\b|\bdate_diff\b|\btry_strptime\b|\bavg\(`)

func TestQueriesHaveAHeaderAndOneDialect(t *testing.T) {
	files(t, ".sql", false, func(path string, text []byte) {
		if !strings.HasPrefix(path, "queries/") || strings.HasPrefix(path, "queries/prelude/") {
			return
		}
		for _, k := range []string{"name", "purpose", "grain", "inputs"} {
			if !regexp.MustCompile(`(?m)^-- ` + k + `: \S`).Match(text) {
				t.Errorf("%s: the header lacks %s", path, k)
			}
		}
		for i, line := range strings.Split(string(text), "\n") {
			code, _, _ := strings.Cut(line, "--")
			if m := oneEngine.FindString(code); m != "" {
				t.Errorf("%s:%d: %q runs on one engine only", path, i+1, m)
			}
		}
	})
}

// TestNothingIsLeftForLater: what is not done stands in an issue, not in a file.
func TestNothingIsLeftForLater(t *testing.T) {
	words := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME)\b`)
	for _, ext := range []string{".go", ".sql", ".yaml", ".md", ".tmpl", ".css", ".js", ".mjs"} {
		files(t, ext, true, func(path string, text []byte) {
			if m := words.Find(text); m != nil {
				t.Errorf("%s holds %q", path, m)
			}
		})
	}
}
