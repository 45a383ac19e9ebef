package run_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestAnyOrderOfArrival draws small worlds and lets their export files arrive
// in any order, over several runs, some of them twice, with loads taken back
// and loaded again in between. In the end every table must hold what a full
// rebuild makes, and what a new workspace has into which the same files came
// in the order of their export.
//
// The rows are drawn column by column from few values, so that numbers are
// shared, given out again, linked and withdrawn, and ties are common: a world
// that could be real would meet these cases far too rarely.
func TestAnyOrderOfArrival(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		dir := filepath.Join(base, fmt.Sprint(n))
		defer os.RemoveAll(dir)
		files := drawFiles(t)
		s := worldSpace(t, filepath.Join(dir, "any"))
		order := rapid.Permutation(files).Draw(t, "arrival")
		runs := rapid.IntRange(1, 3).Draw(t, "runs")
		for i := range runs {
			for _, f := range order[len(order)*i/runs : len(order)*(i+1)/runs] {
				t.Logf("run %d: %s\n%s", i, f.name, f.text)
				s.write("inbox/"+f.feed+"/"+f.name, f.text)
				if rapid.IntRange(0, 9).Draw(t, "again") == 0 {
					s.write("inbox/"+f.feed+"/zz_"+f.name, f.text)
				}
			}
			s.do("ingest")
			s.change(t)
		}
		got := s.content("load_seq", "file")
		s.do("ingest", "--full")
		full := s.content("load_seq", "file")
		mustEqual(t, "rebuilt in full", got, full)

		survives := map[string]bool{}
		for _, r := range s.loads() {
			survives[r.feed+"/"+strings.TrimPrefix(r.file, "zz_")] = r.status == "loaded"
		}
		fresh := worldSpace(t, filepath.Join(dir, "ordered"))
		for i, f := range files { // drawn in the order of export
			if survives[f.feed+"/"+f.name] {
				fresh.write("inbox/"+f.feed+"/"+f.name, f.text)
			}
			if i == len(files)/2 {
				fresh.do("ingest")
			}
		}
		fresh.do("ingest")
		mustEqual(t, "in the order of export", full, fresh.content("load_seq", "file"))
	})
}

// change takes back or reloads up to two loads.
func (s space) change(t *rapid.T) {
	for range rapid.IntRange(0, 2).Draw(t, "changes") {
		all := s.loads()
		if len(all) == 0 {
			return
		}
		l := rapid.SampledFrom(all).Draw(t, "load")
		what := "reload"
		if l.status == "loaded" && rapid.IntRange(0, 2).Draw(t, "undo") > 0 {
			what = "undo"
		}
		t.Logf("load %s %s", what, l.file)
		s.do("load", what, l.id)
	}
}

type loadRow struct{ id, feed, file, status string }

func (s space) loads() []loadRow {
	s.Helper()
	var rows []struct {
		LoadID string `json:"load_id"`
		Feed   string `json:"feed"`
		File   string `json:"file"`
		Status string `json:"status"`
	}
	if err := json.Unmarshal([]byte(s.do("load", "list", "--json")), &rows); err != nil {
		s.Fatalf("%v", err)
	}
	var out []loadRow
	for _, r := range rows {
		out = append(out, loadRow{r.LoadID, r.Feed, r.File, r.Status})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].id < out[j].id })
	return out
}

// worldSpace is the base workspace with a second export of orders whose rows
// bear their own export times, and without thresholds.
func worldSpace(t tb, dir string) space {
	t.Helper()
	s := space{t, dir}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatalf("%v", err)
	}
	s.copyTree(filepath.Join("testdata", "base"), nil)
	s.write("feeds/erp.yaml", erpFeed)
	s.write("waybill.yaml", worldYAML)
	feeds, err := filepath.Glob(filepath.Join(dir, "feeds", "*.yaml"))
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, f := range feeds {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatalf("%v", err)
		}
		s.write("feeds/"+filepath.Base(f), string(b)+"threshold: 1\n")
		if err := os.MkdirAll(s.path("inbox", strings.TrimSuffix(filepath.Base(f), ".yaml")), 0o755); err != nil {
			t.Fatalf("%v", err)
		}
	}
	return s
}

const worldYAML = `workspace: world
zone: America/Los_Angeles
shops: [{platform: own, shop: A, name: A}]
sla: [{platform: own, pack: tiktok_us}]
policies: [{platform: own, pack: tiktok_us}]
limits: {memory: 512MB, threads: 1}
`

const erpFeed = `feed: erp
source: {folder: inbox/erp, files: ["*.csv"]}
format: csv
zone: UTC
exported_at: {column: updated}
outputs:
  - table: orders_in
    columns:
      platform: {value: own}
      shop_id: {value: A}
      order_id: {from: order}
      channel: {from: channel}
      order_status: {from: status}
`

type export struct {
	feed, name, text string
	at               int // day of 2026
}

// column is a column of an export and the cells that it may have.
type column struct {
	name  string
	cells []string
}

var worldFeeds = []struct {
	feed    string
	columns []column
	gone    string // a column that some exports lack
}{
	{"orders", []column{
		{"order", []string{"o1", "o2", "o3", "o4", "o5"}},
		{"status", []string{"shipped", "delivered", ""}},
		{"created", []string{"2025-01-02 10:00:00", "2026-01-02 10:00:00", "2026-03-08 02:30:00", "soon"}},
		{"state", []string{"CA", "NY", ""}},
		{"amount", []string{"1", "2", ""}},
		{"deliver_before", []string{"2026-01-20 00:00:00", ""}},
	}, "state"},
	{"erp", []column{
		{"order", []string{"o1", "o2", "o3"}},
		{"channel", []string{"air", "sea", ""}},
		{"status", []string{"packed", "lost"}},
		{"updated", []string{"2026-01-09T00:00:00Z", "2026-01-12T00:00:00Z", "2026-02-13T00:00:00Z", ""}},
	}, ""},
	{"shipments", []column{
		{"order", []string{"o1", "o2", "o3", "o4", "o5", ""}},
		{"parcel", []string{"", "", "", "P1", "P2", "P3"}},
		{"role", []string{"", "", "reship", "return"}},
		{"carrier", []string{"lin", "lin", "usl", ""}},
		{"number", []string{"N1", "N2", "N3", "N4", ""}},
		{"last_carrier", []string{"usl", ""}},
		{"last_number", []string{"", "", "M1", "M2", "N2"}},
		{"channel", []string{"fast", "slow"}},
		{"label", []string{"2025-01-05 09:00:00", "2026-01-03 09:00:00", "2026-01-03 09:00:00", "2026-02-05 09:00:00", ""}},
		{"voided", []string{"", "", "", "2026-01-06 09:00:00"}},
		{"weight", []string{"100", "100", "300", ""}},
	}, "weight"},
	{"line", []column{
		{"carrier", []string{"lin", "lin", "usl", ""}},
		{"number", []string{"N1", "N2", "N3", "N4", "M1", "M2"}},
		{"code", []string{"PU", "DP", "LM", "DL", "RT", "LS", "XX", ""}},
		{"text", []string{"", "", "妥投", "未妥投"}},
		{"time", []string{"2025-01-08 20:00:00", "2026-01-04 20:00:00", "2026-01-05 20:00:00", "2026-01-06 20:00:00", "2026-02-06 20:00:00", "2026-02-20 20:00:00"}},
		{"place", []string{"SZX", "LAX"}},
	}, "text"},
	{"last", []column{
		{"carrier", []string{"usl", "usl", ""}},
		{"number", []string{"M1", "M2", "N2"}},
		{"code", []string{"OD", "DL", "RT", "RD"}},
		{"text", []string{""}},
		{"time", []string{"2025-01-18 20:00:00", "2026-01-14 20:00:00", "2026-01-15 20:00:00", "2026-02-16 20:00:00"}},
		{"place", []string{"LA"}},
	}, ""},
	{"links", []column{
		{"carrier", []string{"lin", "lin", ""}},
		{"number", []string{"N1", "N2", "N3", "N4", "M1"}},
		{"linked_carrier", []string{"usl", ""}},
		{"linked_number", []string{"M1", "M2", "N3"}},
		{"role", []string{"", "", "relabel", "return", "master"}},
		{"linked", []string{"2025-01-10 00:00:00", "2026-01-10 00:00:00", "2026-02-10 00:00:00", ""}},
		{"withdrawn", []string{"", "", "true"}},
	}, "withdrawn"},
}

// drawFiles draws up to three exports a feed, in the order of export.
func drawFiles(t *rapid.T) []export {
	var out []export
	day := 0
	for round := range 3 {
		for _, f := range worldFeeds {
			if rapid.IntRange(0, 3).Draw(t, "skip") == 0 {
				continue
			}
			day++
			text := drawRows(t, f.columns, f.gone, round)
			if f.feed == "erp" {
				// its newest record says when the export was made: no two at the same time
				text = fmt.Sprintf("%so9,,done,2026-04-%02dT00:00:00Z,\n", text, 1+day)
			}
			out = append(out, export{f.feed, fmt.Sprintf("%s_2026%02d%02dT000000Z.csv", f.feed, 1+day/28, 1+day%28), text, day})
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].at < out[j].at })
	return out
}

// drawRows draws a file. Its serial column, which no mapping reads, keeps its
// bytes apart from those of any other export.
func drawRows(t *rapid.T, columns []column, gone string, round int) string {
	lacks := gone != "" && rapid.IntRange(0, 4).Draw(t, "lacks") == 0
	var b strings.Builder
	var head []string
	for _, c := range columns {
		if !lacks || c.name != gone {
			head = append(head, c.name)
		}
	}
	b.WriteString(strings.Join(append(head, fmt.Sprintf("serial%d", round)), ",") + "\n")
	for range rapid.IntRange(0, 7).Draw(t, "rows") {
		var row []string
		for _, c := range columns {
			if lacks && c.name == gone {
				continue
			}
			row = append(row, rapid.SampledFrom(c.cells).Draw(t, c.name))
		}
		b.WriteString(strings.Join(row, ",") + ",\n")
	}
	return b.String()
}
