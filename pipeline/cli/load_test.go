package cli

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"waybill/pipeline/load"
	"waybill/pipeline/run"
)

// plan is what a run would do, as "what subject" with how many steps say so.
func (s space) plan() map[string]int {
	s.Helper()
	var p run.Plan
	s.decode(&p, "plan")
	out := map[string]int{}
	for _, step := range p.Steps {
		if step.Why == "" {
			s.Errorf("%s %s says no reason", step.What, step.Subject)
		}
		out[step.What+" "+step.Subject]++
	}
	return out
}

func TestPlanSaysWhatARunDoes(t *testing.T) {
	s := smallDemo(t)
	before := s.plan()
	if before["rebuild all facts"] != 1 || before["load orders_a"] != 13 || before["load links"] != 13 || before["load bills_hub"] != 13 || len(before) != 11 {
		t.Errorf("before the first run: %v", before)
	}
	if _, err := os.Stat(s.path("state")); err == nil {
		t.Error("a plan wrote something")
	}
	if out := s.do("plan"); !regexp.MustCompile(`(?m)^load     links: links_20251201T080000Z\.ndjson, \d+ bytes, is new$`).MatchString(out) {
		t.Errorf("plan says\n%s", out)
	}
	s.do("run", "weekly")
	if out := s.do("plan"); out != "nothing to do\n" {
		t.Errorf("after the run: %s", out)
	}
	out := s.do("run", "weekly")
	if !strings.HasPrefix(out, "nothing new\n") || strings.Contains(out, "lake version") || strings.Contains(out, "facts of") {
		t.Errorf("a second run says\n%s", out)
	}

	s.replace("feeds/links.yaml", "days after the fact", "some days after the fact")
	if got := s.plan(); got["replay links"] != 1 || len(got) != 1 {
		t.Errorf("after a changed mapping: %v", got)
	}
	s.do("eject", "queries/models/30_order_facts.sql")
	s.write("queries/models/30_order_facts.sql", s.read("queries/models/30_order_facts.sql")+"\n")
	if got := s.plan(); got["rebuild all facts"] != 1 || got["replay links"] != 1 {
		t.Errorf("after a changed model: %v", got)
	}
	if out := s.do("ingest"); !strings.Contains(out, "models changed: all facts are built anew") {
		t.Errorf("the run does not say why it rebuilds:\n%s", out)
	}
	if got := s.plan(); len(got) != 0 {
		t.Errorf("after that run: %v", got)
	}
	if err := os.RemoveAll(s.path("inbox/links")); err != nil {
		t.Fatal(err)
	}
	if got := s.plan(); got["blocked links"] != 1 {
		t.Errorf("without a folder: %v", got)
	}
}

func TestLoadUndoAndReload(t *testing.T) {
	s := smallDemo(t)
	s.do("ingest")
	var entries []load.Entry
	s.decode(&entries, "load", "list")
	if len(entries) != 6*13+2*(12+12+13+13) {
		t.Fatalf("%d loads, want 6 feeds with 13 files each and 50 files of bills with two outputs", len(entries))
	}
	var last load.Entry
	for _, e := range entries {
		if e.Feed == "orders_b" && e.Seq > last.Seq {
			last = e
		}
	}
	if out := s.do("load", "list"); !strings.HasPrefix(out, "load\tfeed\toutput\tfile\tstatus\t") || !strings.Contains(out, last.LoadID+"\torders_b\torders\t"+last.File+"\tloaded\t") {
		t.Errorf("load list in a pipe:\n%.300s", out)
	}
	const content = "select (select count(*) from orders), (select count(*) from orders_in), (select cast(sum(cast(hash(f) as hugeint)) as varchar) from order_facts as f)"
	before := s.rows(content)[0]
	out := s.do("load", "undo", last.LoadID)
	if !strings.Contains(out, "lake version") {
		t.Errorf("undo says\n%s", out)
	}
	without := s.rows(content)[0]
	if s.number(before[1])-s.number(without[1]) < last.Stored || without[2] == before[2] {
		t.Errorf("orders, observations, facts: %v, without a load of %d rows %v", before, last.Stored, without)
	}
	if got := s.rows("select status from loads where load_id = '" + last.LoadID + "'"); len(got) != 1 || got[0][0] != "undone" {
		t.Errorf("loads say %v", got)
	}
	// taken back by a person: the file in the inbox does not bring it again
	if out := s.do("run", "weekly"); !strings.HasPrefix(out, "nothing new\n") {
		t.Errorf("a run after an undo says\n%s", out)
	}
	if got := s.rows(content, "--known-at", "1")[0]; strings.Join(got, " ") != strings.Join(before, " ") {
		t.Errorf("version 1 holds %v, it held %v", got, before)
	}
	s.do("load", "reload", last.LoadID)
	if got := s.rows(content)[0]; strings.Join(got, " ") != strings.Join(before, " ") {
		t.Errorf("after the reload %v, before the undo %v", got, before)
	}
	s.fails(exitFailed, `load "nope-1" is not known; try: waybill load list`, "load", "undo", "nope-1")
	var versions []struct{ Cause string }
	s.decode(&versions, "lake", "versions")
	var causes []string
	for _, v := range versions {
		causes = append(causes, v.Cause)
	}
	if strings.Join(causes, ", ") != "ingest, load undo, load reload" {
		t.Errorf("versions by %v", causes)
	}
}

func TestEjectAndCheck(t *testing.T) {
	s := smallDemo(t)
	if out := s.do("check"); out != "6 feeds, 7 carrier maps, 2 policy packs: no findings\n" && !strings.Contains(out, ": no findings\n") {
		t.Errorf("check says %q", out)
	}
	list := s.do("eject")
	const name = "reports/words/en.yaml"
	for _, want := range []string{name, "jobs/weekly.yaml", "queries/models/30_order_facts.sql", "data/policies/tiktok_us.yaml"} {
		if !strings.Contains(list, want+"\n") {
			t.Errorf("%s cannot be ejected", want)
		}
	}
	if strings.Contains(list, "data/schema/") || strings.Contains(list, ".go\n") {
		t.Errorf("what nobody can replace is among\n%s", list)
	}
	if out := s.do("eject", name); out != s.path(name)+"\n" {
		t.Errorf("says %q", out)
	}
	s.do("check")
	s.fails(exitUsage, name+" is there already", "eject", name)
	var note map[string]string
	if err := json.Unmarshal([]byte(s.read("ejected.json")), &note); err != nil || len(note) != 1 || len(note[name]) != 64 {
		t.Fatalf("ejected.json: %v %v", note, err)
	}
	// a newer program brings another built-in file
	s.replace("ejected.json", note[name], strings.Repeat("0", 64))
	if r := s.fails(exitCheck, "1 findings", "check"); !strings.HasPrefix(r.out, name+": the built-in file has changed since it was ejected; try: ") {
		t.Errorf("check says %q", r.out)
	}
	var found []string
	r := s.try("check", "--json")
	if err := json.Unmarshal([]byte(r.out), &found); err != nil || len(found) != 1 || r.code != exitCheck {
		t.Errorf("check --json: exit %d, %v, %q", r.code, err, r.out)
	}
	s.write("ejected.json", `{"queries/cells/gone.sql": "00"}`)
	if r := s.fails(exitCheck, "findings", "check"); !strings.Contains(r.out, "queries/cells/gone.sql: the built-in file is gone since it was ejected; try: ") {
		t.Errorf("check says %q", r.out)
	}
	s.write("ejected.json", "{}")
	s.write("jobs/weekly.yaml", "job: weekly\nsteps:\n  - ingest: all\n  - reprot: weekly\n")
	if r := s.fails(exitCheck, "1 findings", "check"); !strings.HasPrefix(r.out, "jobs/weekly.yaml:4:") {
		t.Errorf("check says %q", r.out)
	}
	s.fails(exitUsage, "jobs/weekly.yaml:4:", "run", "weekly")
}

// An ejected file replaces the built-in one, and the report is another one.
func TestEjectedWordsChangeTheReport(t *testing.T) {
	s := smallDemo(t)
	s.do("run", "weekly")
	id, page := s.pageAt(s.path("out/weekly.html"))
	s.do("eject", "reports/words/en.yaml")
	sameID, same := s.weeklyPage()
	s.same("with equal words", id, page, sameID, same)
	words := s.read("reports/words/en.yaml")
	s.write("reports/words/en.yaml", "# ours\n"+words)
	if newID, _ := s.weeklyPage(); newID == id {
		t.Error("other words give the same report id")
	}
}
