package run_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// rawFiles lists the raw archive.
func (s space) rawFiles() []string {
	s.Helper()
	out, err := filepath.Glob(s.path("state", "raw", "*", "*"))
	if err != nil {
		s.Fatalf("%v", err)
	}
	return out
}

// history is a workspace with two loads of orders, a repeat between them, and
// one of scans.
func historyOf(t *testing.T) space {
	t.Helper()
	s := small(t)
	s.write("inbox/orders/orders_20260111T000000Z.csv", ordersHead+"o1,shipped,2026-01-02 10:00:00,CA,10,\no2,shipped,2026-01-03 10:00:00,CA,10,\n")
	s.do("ingest")
	if n := len(s.rawFiles()); n != 3 {
		t.Fatalf("%d raw files", n)
	}
	return s
}

func TestPurge(t *testing.T) {
	t.Parallel()
	s := historyOf(t)
	if code, _, errs := s.try("purge"); code != 2 || !strings.Contains(errs, "try: --older 90d") {
		t.Errorf("without an age: exit %d, %s", code, errs)
	}
	if code, _, errs := s.try("purge", "--older", "0"); code != 2 || !strings.Contains(errs, "--dry-run") || len(s.rawFiles()) != 3 {
		t.Errorf("without --yes: exit %d, %s", code, errs)
	}
	before := tree(t, s.dir)
	if out := s.do("purge", "--older", "0", "--dry-run"); !strings.Contains(out, "would remove 3 raw files") || !strings.Contains(out, "orders_20260111T000000Z.csv") {
		t.Errorf("dry run: %s", out)
	}
	for p, was := range tree(t, s.path("lake")) {
		if before[p] != was {
			t.Errorf("a dry run changed %s", p)
		}
	}
	if out := s.do("purge", "--older", "30d", "--yes"); !strings.Contains(out, "removed 0 raw files") || len(s.rawFiles()) != 3 {
		t.Errorf("young files: %s", out)
	}
	if code, _, errs := s.try("purge", "--older", "0", "--feed", "ordrs", "--yes"); code != 2 || !strings.Contains(errs, `no such feed: "ordrs"`) {
		t.Errorf("another feed: exit %d, %s", code, errs)
	}
	want := s.content()
	if out := s.do("purge", "--older", "0", "--feed", "line", "--yes"); !strings.Contains(out, "removed 1 raw files") || len(s.rawFiles()) != 2 {
		t.Errorf("one feed: %s", out)
	}
	s.do("purge", "--older", "0", "--raw", "--yes")
	if left := s.rawFiles(); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	if out := s.do("purge", "--older", "0", "--yes"); !strings.Contains(out, "removed 0 raw files") {
		t.Errorf("once more: %s", out)
	}
	mustEqual(t, "after the purge", want, s.content())
	if got := s.sql("select files, outcome from runs where command = 'purge' order by run"); got != "files,outcome\n1,purged\n2,purged\n" {
		t.Errorf("runs: %s", got)
	}
	if out := s.do("ingest"); !strings.Contains(out, "nothing new") {
		t.Errorf("the next run: %s", out)
	}
	// nothing can be mapped again, and nothing fails for it
	if code, _, errs := s.try("ingest", "--full"); code != 0 || !strings.Contains(errs, "2 loads stay as they were mapped") {
		t.Errorf("--full: exit %d, %s", code, errs)
	}
	mustEqual(t, "after --full", want, s.content())
	first, last := s.loadOf("orders_20260110T000000Z.csv"), s.loadOf("orders_20260111T000000Z.csv")
	if code, _, errs := s.try("load", "reload", first); code != 1 || !strings.Contains(errs, "the raw file was purged; try: drop the file into its folder again") {
		t.Errorf("reload: exit %d, %s", code, errs)
	}
	if code, _, errs := s.try("load", "undo", first); code != 1 || !strings.Contains(errs, last+" must be read again") {
		t.Errorf("undo: exit %d, %s", code, errs)
	}
	mustEqual(t, "after what was refused", want, s.content())
	s.do("load", "undo", last)
	if got := s.sql("select order_id, observations from orders"); got != "order_id,observations\no1,1\n" {
		t.Errorf("after the undo: %s", got)
	}
}

// TestPurgedFileComesAgain: it is known by its bytes, under any name, and can
// then be mapped again.
func TestPurgedFileComesAgain(t *testing.T) {
	t.Parallel()
	s := historyOf(t)
	s.do("purge", "--older", "0", "--yes")
	feed, err := os.ReadFile(s.path("feeds", "orders.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s.write("feeds/orders.yaml", strings.Replace(string(feed), "{from: state}", "{from: state, map: {CA: California}}", 1))
	if out := s.do("plan"); strings.Contains(out, "replay") {
		t.Errorf("plan promises what cannot be: %s", out)
	}
	before := s.content()
	s.write("inbox/orders/orders_20260112T000000Z.csv", ordersHead+"o3,shipped,2026-01-04 10:00:00,CA,10,\n")
	code, _, errs := s.try("ingest")
	if code != 0 || !strings.Contains(errs, "note: orders: feeds/orders.yaml: 2 loads stay as they were mapped") {
		t.Errorf("exit %d, %s", code, errs)
	}
	states := "select string_agg(state, ' ' order by order_id) as states from orders"
	if got := s.sql(states); got != "states\nCA CA California\n" {
		t.Errorf("states: %s", got)
	}
	inbox := s.path("inbox", "orders", "orders_20260110T000000Z.csv")
	b, err := os.ReadFile(inbox)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(inbox); err != nil {
		t.Fatal(err)
	}
	s.write("inbox/orders/again_20260110T000000Z.csv", string(b))
	if out := s.do("ingest"); strings.Contains(out, "loaded 1") {
		t.Errorf("the file was loaded twice: %s", out)
	}
	s.do("ingest")
	if got := s.sql(states); got != "states\nCalifornia CA California\n" {
		t.Errorf("states: %s", got)
	}
	if got := s.sql("select count(*) as n from orders"); got != "n\n3\n" || len(before.hash) == 0 {
		t.Errorf("orders: %s", got)
	}
	if out := s.do("purge", "--older", "30d", "--yes"); !strings.Contains(out, "removed 0") {
		t.Errorf("a file that came back just now is not old: %s", out)
	}
}

// TestPurgeWaitsForAReplay: a changed mapping reads its files first.
func TestPurgeWaitsForAReplay(t *testing.T) {
	t.Parallel()
	s := historyOf(t)
	feed, err := os.ReadFile(s.path("feeds", "orders.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s.write("feeds/orders.yaml", string(feed)+"# changed\n")
	if out := s.do("purge", "--older", "0", "--yes"); !strings.Contains(out, "removed 1 raw files") || !strings.Contains(out, "2 raw files stay") {
		t.Errorf("purge says %s", out)
	}
	s.do("ingest")
	if out := s.do("purge", "--older", "0", "--yes"); !strings.Contains(out, "removed 2 raw files") {
		t.Errorf("after the run: %s", out)
	}
}

func TestPurgedRejectsLoseTheirTexts(t *testing.T) {
	t.Parallel()
	s := small(t)
	s.write("feeds/orders.yaml", strings.Replace(read(t, s.path("feeds", "orders.yaml")), "outputs:", "threshold: 0.9\noutputs:", 1))
	s.write("inbox/orders/orders_20260111T000000Z.csv", ordersHead+"o2,shipped,not a time,CA,10,\no3,shipped,2026-01-02 10:00:00,CA,10,\n")
	s.do("ingest")
	texts := "select count(*) as n, count(value) as v, count(raw) as r from rejects"
	if got := s.sql(texts); got != "n,v,r\n1,1,1\n" {
		t.Fatalf("rejects: %s", got)
	}
	s.do("purge", "--older", "0", "--raw", "--yes")
	if got := s.sql(texts); got != "n,v,r\n1,1,1\n" {
		t.Errorf("--raw: %s", got)
	}
	if out := s.do("purge", "--older", "0", "--dry-run"); !strings.Contains(out, "would remove the texts of 1 rejected records") {
		t.Errorf("dry run: %s", out)
	}
	version := s.version()
	if out := s.do("purge", "--older", "0", "--yes"); !strings.Contains(out, "removed the texts of 1 rejected records") || !strings.Contains(out, "cannot be expired yet") {
		t.Errorf("purge: %s", out)
	}
	if got := s.sql(texts); got != "n,v,r\n1,0,0\n" || s.version() == version {
		t.Errorf("rejects: %s", got)
	}
	if out := s.do("lake", "check"); !strings.Contains(out, "the lake is whole") {
		t.Error(out)
	}
	if out := s.do("ingest"); !strings.Contains(out, "nothing new") || s.do("plan") != "nothing to do\n" {
		t.Errorf("the next run: %s", out)
	}
	var p struct{ Rejects int }
	if err := json.Unmarshal([]byte(s.do("purge", "--older", "0", "--yes", "--json")), &p); err != nil || p.Rejects != 0 {
		t.Errorf("once more: %+v, %v", p, err)
	}
}

func TestArchiveKeep(t *testing.T) {
	t.Parallel()
	s := small(t)
	s.do("run", "daily")
	if n := len(s.rawFiles()); n != 2 {
		t.Fatalf("%d raw files without archive.keep", n)
	}
	s.write("waybill.yaml", read(t, s.path("waybill.yaml"))+"archive: {keep: 400d}\n")
	if out := s.do("run", "daily"); strings.Contains(out, "removed") || len(s.rawFiles()) != 2 {
		t.Errorf("young files: %s", out)
	}
	s.write("waybill.yaml", strings.Replace(read(t, s.path("waybill.yaml")), "400d", "0", 1))
	s.write("inbox/orders/orders_20260111T000000Z.csv", ordersHead+"o2,shipped,2026-01-02 10:00:00,CA,10,\n")
	if out := s.do("run", "daily"); !strings.Contains(out, "removed 3 raw files") || len(s.rawFiles()) != 0 {
		t.Errorf("keep: 0: %s", out)
	}
	// an older export finds loads behind it that cannot be read again
	s.write("inbox/orders/orders_20260109T000000Z.csv", ordersHead+"o1,created,2026-01-02 10:00:00,CA,10,\n")
	code, _, errs := s.try("run", "daily")
	if code != 0 || !strings.Contains(errs, "2 loads stay as they were mapped") {
		t.Errorf("a late export: exit %d, %s", code, errs)
	}
	if got := s.sql("select order_id, order_status, observations from orders order by 1"); got != "order_id,order_status,observations\no1,shipped,2\no2,shipped,1\n" {
		t.Errorf("orders: %s", got)
	}
}

// TestCrashInAPurge kills a purge at its steps; the next one finishes it. All of
// it runs in processes of their own, which have one clock.
func TestCrashInAPurge(t *testing.T) {
	t.Parallel()
	first := newSpace(t)
	first.write("feeds/orders.yaml", strings.Replace(read(t, first.path("feeds", "orders.yaml")), "outputs:", "threshold: 0.9\noutputs:", 1))
	first.write("inbox/orders/orders_20260111T000000Z.csv", ordersHead+"o2,shipped,not a time,CA,10,\no3,shipped,2026-01-02 10:00:00,CA,10,\n")
	process := func(s space, args ...string) {
		if out, err := s.program(nil, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	process(first, "ingest")
	for _, step := range []string{"write.written", "purge.noted", "purge.removed"} {
		s := space{t, t.TempDir()}
		s.copyTree(first.dir, nil)
		process(s, "ingest") // it lies elsewhere now
		if out, err := s.program([]string{"WAYBILL_FAILPOINT=" + step}, "purge", "--older", "0", "--yes").CombinedOutput(); !killed(err) {
			t.Fatalf("%s: the purge was not killed: %v\n%s", step, err, out)
		}
		process(s, "purge", "--older", "0", "--yes")
		if left := s.rawFiles(); len(left) > 0 {
			t.Errorf("%s: left %v", step, left)
		}
		if got := s.sql("select count(*) as n, count(raw) as texts from rejects"); got != "n,texts\n1,0\n" {
			t.Errorf("%s: rejects: %s", step, got)
		}
		if out := s.do("lake", "check"); !strings.Contains(out, "the lake is whole") {
			t.Errorf("%s: %s", step, out)
		}
		if out := s.do("ingest"); !strings.Contains(out, "nothing new") {
			t.Errorf("%s: the next run: %s", step, out)
		}
	}
}

// TestPurgeOfLeftovers: a file that a killed run archived and nobody dropped
// again goes when it is old.
func TestPurgeOfLeftovers(t *testing.T) {
	t.Parallel()
	s := small(t)
	name := strings.Repeat("ab", 32) + ".csv"
	s.write("state/raw/ab/"+name, "left\n")
	s.write("state/raw/README", "not of the archive\n")
	for age, want := range map[time.Duration]string{time.Hour: "would remove 0 raw", 100 * 24 * time.Hour: "would remove 1 raw"} {
		at := now().Add(-age)
		if err := os.Chtimes(s.path("state", "raw", "ab", name), at, at); err != nil {
			t.Fatal(err)
		}
		if out := s.do("purge", "--older", "90d", "--raw", "--dry-run"); !strings.Contains(out, want) {
			t.Errorf("%s: %s", age, out)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
