package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"waybill/pipeline/metric"
)

func TestUsageErrors(t *testing.T) {
	s := demoOf(t, seeds[0])
	for _, c := range []struct{ says, args string }{
		{`unknown command "frob" for "waybill"; try: waybill --help`, "frob"},
		{"try: waybill status", "statu"},
		{"try: waybill load undo", "load undoo x"},
		{`unknown command "frob" for "waybill lake"`, "lake frob"},
		{"unknown flag: --nope", "status --nope"},
		{"unknown flag: --nope", "--nope"},
		{"which report? try: --all, weekly", "report"},
		{"requires at least 1 arg(s)", "load undo"},
		{"no such report: \"monthly\"; try: weekly", "report monthly"},
		{"no such report: \"monthly\"; try: weekly", "report monthly --json"},
		{"no such job: \"hourly\"; try: daily, monthly, weekly", "run hourly"},
		{"instant \"soon\"; try: 2026-11-16T00:00:00Z", "report weekly --as-of soon"},
		{"instant \"soon\"; try: 2026-11-16T00:00:00Z", "run weekly --as-of soon"},
		{`"queries/nope.sql" is no built-in file`, "eject queries/nope.sql"},
	} {
		if r := s.fails(exitUsage, c.says, strings.Fields(c.args)...); r.out != "" {
			t.Errorf("%s prints %q", c.args, r.out)
		}
	}
	for _, args := range [][]string{{"run"}, {"status"}, {"plan"}, {"ingest"}, {"load", "list"}, {"report", "weekly"}, {"sql", "select 1"}, {"check"}, {"lake", "versions"}, {"lake", "check"}, {"eject"}} {
		empty := space{T: t, dir: t.TempDir()}
		empty.fails(exitUsage, "no workspace here: "+empty.dir+" has no waybill.yaml; try: waybill init", args...)
		left, err := os.ReadDir(empty.dir)
		if err != nil || len(left) > 0 {
			t.Errorf("%v left %d files where there is no workspace (%v)", args, len(left), err)
		}
	}
	if r := s.bare("init", s.dir); r.code != exitUsage || !strings.Contains(r.err, "is a workspace already") {
		t.Errorf("init over a workspace: exit %d %s", r.code, r.err)
	}
}

// Every mistake of every file comes at once, each with its place.
func TestMistakesInFeedsNameTheirPlace(t *testing.T) {
	s := smallDemo(t)
	s.replace("feeds/orders_a.yaml", "format: csv\n", "formt: csv\n")
	s.replace("feeds/links.yaml", "table: shipment_links_in", "table: shipment_link_in")
	r := s.try("check")
	for _, want := range []string{`feeds/orders_a\.yaml:4:\d+: .*formt.*\n?.*format`, `feeds/links\.yaml:\d+:\d+: .*shipment_link_in.*`} {
		if !regexp.MustCompile(want).MatchString(r.err) {
			t.Errorf("no %s in\n%s", want, r.err)
		}
	}
	if r.code != exitUsage {
		t.Errorf("exit %d", r.code)
	}
	s.fails(exitUsage, "feeds/orders_a.yaml:4:", "run", "weekly")
	if _, err := os.Stat(s.path("lake")); err == nil {
		t.Error("a run with a mistake in a feed wrote a lake")
	}
	other := smallDemo(t)
	other.replace("waybill.yaml", "zone: America/Los_Angeles", "zone: America/Los_Angles")
	other.fails(exitUsage, `waybill.yaml:5:7: zone "America/Los_Angles" is no IANA zone; try: `, "status")
	other.replace("waybill.yaml", "zone: America/Los_Angles", "zone: UTC\nmax_age: two days")
	other.fails(exitUsage, `waybill.yaml:6:10: max_age "two days" is no duration; try: 48h`, "check")
	other.replace("waybill.yaml", "max_age: two days", "max_age: 48h\ncurency: USD")
	other.fails(exitUsage, "currency", "status")
}

// A file that cannot be loaded stops no other: exit 3, the rest is published.
func TestRefusedFileIsPartlyDone(t *testing.T) {
	s := smallDemo(t)
	const bad = "orders_a_20261116T090000Z.csv"
	s.write("inbox/orders_a/"+bad, "<!DOCTYPE html>\n<html><body>Please log in</body></html>\n")
	r := s.fails(exitPartly, "not loaded: orders_a: ", "run", "weekly")
	if !strings.Contains(r.err, bad) || !strings.Contains(r.out, "out/weekly.html") {
		t.Errorf("says\n%s%s", r.out, r.err)
	}
	rows := s.rows("select file, reason, stored from loads where status = 'refused'")
	if len(rows) != 1 || rows[0][0] != bad || rows[0][1] == "" || rows[0][2] != "0" {
		t.Errorf("loads: %q", rows)
	}
	if n := s.rows("select count(*) from orders")[0][0]; s.number(n) != s.truth().Orders {
		t.Errorf("%s orders, truth %d", n, s.truth().Orders)
	}
	var state struct {
		Feeds []struct {
			Feed    string
			Refused int64 `json:"refused_files"`
		}
	}
	s.decode(&state, "status")
	for _, f := range state.Feeds {
		if want := map[string]int64{"orders_a": 1}[f.Feed]; f.Refused != want {
			t.Errorf("status: feed %s has %d refused files, want %d", f.Feed, f.Refused, want)
		}
	}
	// a folder that is not there is the same: the other feeds load
	other := smallDemo(t)
	if err := os.RemoveAll(other.path("inbox/links")); err != nil {
		t.Fatal(err)
	}
	other.fails(exitPartly, "not loaded: links: the folder is not there; try: mkdir -p", "ingest")
	if n := other.rows("select count(*) from orders")[0][0]; other.number(n) != other.truth().Orders {
		t.Errorf("%s orders, truth %d", n, other.truth().Orders)
	}
}

func TestLakeCheckFindsATruncatedFile(t *testing.T) {
	s := smallDemo(t)
	s.do("ingest")
	if got := s.do("lake", "check"); got != "the lake is whole\n" {
		t.Errorf("says %q", got)
	}
	files, err := filepath.Glob(s.path("lake/waybill/orders/data/*/*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		files = parquetBelow(t, s.path("lake/waybill/orders"))
	}
	if err := os.Truncate(files[0], 100); err != nil {
		t.Fatal(err)
	}
	r := s.fails(exitCheck, "problems", "lake", "check")
	if !strings.Contains(r.out, filepath.Base(files[0])) {
		t.Errorf("does not name %s:\n%s", filepath.Base(files[0]), r.out)
	}
	if r := s.fails(exitCheck, "problems", "lake", "check", "--json"); !strings.HasPrefix(r.out, "[") {
		t.Errorf("--json prints %q", r.out)
	}
}

func parquetBelow(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(p, ".parquet") {
			out = append(out, p)
		}
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("no parquet files in %s (%v)", dir, err)
	}
	return out
}

// The demo's last export is 6 days and an hour and a half before the clock.
func TestOldDataIsExit5(t *testing.T) {
	s := smallDemo(t)
	s.replace("waybill.yaml", "limits:", "max_age: 144h\nlimits:")
	if r := s.try("status"); r.code != exitDone || !strings.Contains(r.out, "nothing is loaded yet") {
		t.Errorf("an empty workspace: exit %d\n%s%s", r.code, r.out, r.err)
	}
	s.do("ingest")
	r := s.fails(exitOld, "the data is 146h0m0s old, more than max_age 144h", "status")
	if !strings.Contains(r.out, "2026-11-16T08:00:00Z") {
		t.Errorf("shows no state:\n%s", r.out)
	}
	s.fails(exitOld, "more than max_age", "status", "--json")
	s.replace("waybill.yaml", "max_age: 144h", "max_age: 146h")
	s.do("status")
}

// A feed of scans of which no file was ever loaded is named by status, and no
// report judges without it.
func TestFeedThatNeverLoadedIsLoud(t *testing.T) {
	s := smallDemo(t)
	s.write("feeds/uniuni.yaml", strings.ReplaceAll(s.read("feeds/track_line.yaml"), "track_line", "uniuni"))
	s.write("inbox/uniuni/.keep", "")
	s.do("ingest")
	if r := s.do("status"); !strings.Contains(r, "NEVER LOADED  feed uniuni ") || !strings.Contains(r, "2026-11-16T08:00:00Z") {
		t.Errorf("status says\n%s", r)
	}
	var state struct {
		Feeds []struct {
			Feed  string `json:"feed"`
			Never bool   `json:"never_loaded"`
		} `json:"feeds"`
	}
	s.decode(&state, "status")
	for _, f := range state.Feeds {
		if f.Never != (f.Feed == "uniuni") {
			t.Errorf("%+v", f)
		}
	}
	var weekly metric.Weekly
	s.decode(&weekly, "report", "weekly")
	for _, shop := range weekly.Shops {
		if shop.Verdict.State != "none" || shop.Verdict.Missing != "never_loaded" {
			t.Errorf("%s: %+v", shop.ID, shop.Verdict)
		}
	}
}

func TestStatusJSON(t *testing.T) {
	s := demoOf(t, seeds[0])
	var state struct {
		Workspace   string `json:"workspace"`
		AsOf        string `json:"as_of"`
		LakeVersion string `json:"lake_version"`
		Version     int64  `json:"version"`
		Feeds       []struct {
			Feed     string `json:"feed"`
			LastLoad string `json:"last_load"`
			Horizon  string `json:"horizon"`
			Files    int64  `json:"files"`
			Records  int64  `json:"records"`
			Matters  bool   `json:"decides_as_of"`
		} `json:"feeds"`
	}
	s.decode(&state, "status")
	truth := s.truth()
	if state.Workspace != "demo" || state.AsOf != "2026-11-16T08:00:00Z" || state.Version != 1 || !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(state.LakeVersion) || len(state.Feeds) != len(truth.Feeds)+len(s.moneyTruth().Files) {
		t.Errorf("%+v", state)
	}
	for _, f := range state.Feeds {
		bills := strings.HasPrefix(f.Feed, "bills_") // two providers' first bills come after the first export
		if !strings.HasPrefix(f.LastLoad, f.Feed+"-") || f.Horizon != "2026-11-16T08:00:00Z" || f.Files != 13 && !(bills && f.Files == 12) || f.Records == 0 || f.Matters != (f.Feed != "links" && !bills) {
			t.Errorf("%+v", f)
		}
	}
	var versions []map[string]any
	s.decode(&versions, "lake", "versions")
	if len(versions) != 1 {
		t.Errorf("%d versions", len(versions))
	}
}
