package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"waybill/pipeline/metric"
)

// golden compares a text with a file of testdata, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != got {
		t.Errorf("%s (%v): %s; try: go test ./pipeline/cli -run %s -update, and read the difference", path, err, difference(string(want), got), t.Name())
	}
}

func TestCase(t *testing.T) {
	s := demoOf(t, seeds[0])
	row := s.rows(`select p.shipment_id, p.tracking_number, p.last_mile_number, os.order_id, p.events, p.scans_after_delivered
from shipment_facts as p join order_shipments as os on os.shipment_id = p.shipment_id
where p.last_mile_number is not null and p.events > 9 and p.scans_after_delivered > 0 and (select count(*) from shipment_numbers as n where n.number = p.tracking_number) = 1
order by p.shipment_id limit 1`)[0]
	// a version's id says nothing of the case
	plain := func(text string) string {
		return regexp.MustCompile(`(?m)("lake_version": "|^version +)[0-9a-f]{16}`).ReplaceAllString(text, "${1}x")
	}
	text, data := plain(s.do("case", row[1])), plain(s.do("case", row[1], "--json"))
	golden(t, "case.txt", text)
	golden(t, "case.json", data)
	for _, number := range []string{row[0], row[2], row[3], " " + strings.ToLower(row[1])} {
		other := plain(s.do("case", number, "--json"))
		if cut(other) != cut(data) {
			t.Errorf("%q gives another file: %s", number, difference(cut(other), cut(data)))
		}
	}
	var c metric.Case
	if err := json.Unmarshal([]byte(data), &c); err != nil {
		t.Fatal(err)
	}
	// what the maps decide one by one is what the facts were built of
	if n := s.number(row[4]); int64(len(c.Scans)) != n {
		t.Errorf("%d scans, the facts count %d", len(c.Scans), n)
	}
	at := map[string]string{}
	for _, m := range c.Milestones {
		at[m.ID] = m.At.Format("2006-01-02 15:04:05")
	}
	for scan, milestone := range map[string]string{"picked_up": "picked_up", "departed_origin": "departed", "arrived_destination": "arrived", "out_for_delivery": "out_for_delivery"} {
		first := ""
		for _, x := range c.Scans {
			if x.Milestone == scan && first == "" {
				first = x.At.Format("2006-01-02 15:04:05")
			}
		}
		if first != at[milestone] {
			t.Errorf("first %s is %q, the facts say %q", scan, first, at[milestone])
		}
	}
	page := filepath.Join(t.TempDir(), "page.html")
	if out := s.do("case", row[1], "--html", page); strings.TrimSpace(out) != page {
		t.Error(out)
	}
	if html, err := os.ReadFile(page); err != nil || !strings.Contains(string(html), row[2]) {
		t.Errorf("page: %v", err)
	}
	dir := t.TempDir()
	if out := s.do("case", row[3], "--html", dir); strings.TrimSpace(out) != filepath.Join(dir, "case-"+row[3]+".html") {
		t.Error(out)
	}
	// before its label nobody knows of it but of its order
	var early metric.Case
	s.decode(&early, "case", row[1], "--as-of", "2020-01-01")
	if early.Parcel != nil && (early.Parcel.Outcome != "no_scan" || len(early.Scans) > 0) {
		t.Errorf("in the past: %+v", early.Parcel)
	}
}

// cut leaves out how a case was asked for.
func cut(data string) string {
	return regexp.MustCompile(`"called": "[^"]*"`).ReplaceAllString(data, "")
}

func TestCaseThatIsNotOne(t *testing.T) {
	s := demoOf(t, seeds[0])
	twice := s.rows("select number, count(distinct shipment_id), min(shipment_id), max(shipment_id) from shipment_numbers group by 1 having count(distinct shipment_id) = 2 order by 1 limit 1")[0]
	r := s.fails(exitUsage, "2 parcels go by", "case", twice[0])
	if !strings.Contains(r.err, twice[2]) || !strings.Contains(r.err, twice[3]) {
		t.Error(r.err)
	}
	if r := s.fails(exitUsage, "2 parcels go by", "case", twice[0], "--json"); !strings.Contains(r.out, twice[2]) {
		t.Error(r.out)
	}
	s.fails(exitUsage, `no parcel and no order goes by "nothing"`, "case", "nothing")
	bare := s.rows("select order_id from order_facts where parcels_all = 0 and cancelled_at is null order by 1 limit 1")[0][0]
	if out := s.do("case", bare); !strings.Contains(out, bare) || strings.Contains(out, "\nparcel ") {
		t.Error(out)
	}
}

// A deadline by rule is retraced day by day: the sample seller's service level
// is a pack's clock.
func TestCaseOfARule(t *testing.T) {
	s := space{T: t, dir: t.TempDir(), env: map[string]string{}}
	if err := os.CopyFS(s.dir, os.DirFS("../../examples/tiktok_seller")); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"orders.csv", "returns.csv", "tracking.json"} {
		s.write("inbox/"+strings.TrimSuffix(strings.TrimSuffix(f, ".csv"), ".json")+"/"+f, s.read("sample/"+f))
	}
	s.do("ingest")
	compared := 0
	for _, row := range s.rows("select order_id, deliver_before_at from order_facts where deadline_source = 'sla' order by 1") {
		var c metric.Case
		r := s.try("case", row[0], "--json")
		if r.code != exitDone {
			continue // several parcels
		}
		if err := json.Unmarshal([]byte(r.out), &c); err != nil {
			t.Fatal(err)
		}
		for _, d := range c.Deadlines {
			if d.Clock != "deliver" || d.Order != row[0] {
				continue
			}
			compared++
			if d.Before == nil || d.Computed != nil || d.Rule == nil || d.Before.Format("2006-01-02 15:04:05")+"Z" != row[1] {
				t.Errorf("%s: the facts say %s, the file %+v", row[0], row[1], d)
				continue
			}
			if want := d.Rule.N; len(d.Rule.Days) != want || d.Rule.Days[want-1] != d.Date {
				t.Errorf("%s: %d days counted of %d, to %s", row[0], len(d.Rule.Days), want, d.Date)
			}
		}
	}
	if compared == 0 {
		t.Error("no deadline by rule")
	}
}
