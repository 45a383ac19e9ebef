package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"waybill/pipeline/metric"
)

func (s space) list(dir, prefix string) []string {
	s.Helper()
	entries, err := os.ReadDir(s.path(dir))
	if err != nil {
		s.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) {
			out = append(out, e.Name())
		}
	}
	return out
}

// A report is a page and a workbook; that of one shop has that shop's orders and no other one's.
func TestReportOfOneShop(t *testing.T) {
	s := smallDemo(t)
	s.do("run", "weekly")
	for _, f := range []string{"weekly.html", "weekly.xlsx", "index.html", "index.xlsx"} {
		if _, err := os.Stat(s.path("out/" + f)); err != nil {
			t.Error(err)
		}
	}
	book := s.read("out/weekly.xlsx")
	if err := os.Remove(s.path("out/weekly.xlsx")); err != nil {
		t.Fatal(err)
	}
	s.do("report", "weekly")
	if s.read("out/weekly.xlsx") != book {
		t.Error("a workbook that was lost comes back with other bytes")
	}
	if left := s.list("out", ".tmp-"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	var all, one metric.Weekly
	s.decode(&all, "report", "weekly")
	if len(all.Shops) < 2 {
		t.Fatalf("the demo has %d shops", len(all.Shops))
	}
	orders := int64(0)
	for _, shop := range all.Shops {
		s.decode(&one, "report", "weekly", "--shop", shop.ID)
		if len(one.Shops) != 1 || one.Shops[0].ID != shop.ID || one.Shop == "" {
			t.Errorf("shop %s: %d shops, named %q", shop.ID, len(one.Shops), one.Shop)
		}
		for i, series := range one.Shops[0].Series {
			a, err1 := json.Marshal(series)
			b, err2 := json.Marshal(shop.Series[i])
			if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
				t.Errorf("shop %s, %s: %s, of all shops %s", shop.ID, series.Metric, a, b)
			}
		}
		for _, a := range one.Actions {
			if a.Platform != shop.Platform || a.Shop != shop.ID && a.Shop != shop.Name {
				t.Errorf("shop %s: action of %s", shop.ID, a.Shop)
			}
		}
		orders += one.Trust.Orders
		one = metric.Weekly{}
	}
	if orders != all.Trust.Orders {
		t.Errorf("the shops have %d orders, all together %d", orders, all.Trust.Orders)
	}
	id, page := s.weeklyPage("--shop", all.Shops[0].ID)
	otherID, other := s.weeklyPage("--shop", all.Shops[1].ID)
	if id == otherID || page == other {
		t.Error("two shops have the same report")
	}
	s.do("report", "weekly")
	s.do("report", "weekly", "--shop", all.Shops[0].ID)
	list := s.read("out/index.html")
	for _, want := range []string{`href="weekly.html"`, `href="weekly.xlsx"`, `href="weekly-` + all.Shops[0].ID + `.html"`} {
		if !strings.Contains(list, want) {
			t.Errorf("the list of reports lacks %s", want)
		}
	}
}

func TestReportSaysWhatItKnows(t *testing.T) {
	s := smallDemo(t)
	s.do("ingest")
	s.fails(exitUsage, "did you mean weekly?", "report", "weakly")
	s.fails(exitUsage, "which report? try: --all, weekly", "report")
	s.fails(exitUsage, "--all and the report weekly", "report", "weekly", "--all")
	s.fails(exitUsage, `week "2026-W99" does not exist`, "report", "weekly", "--week", "2026-W99")
	s.fails(exitUsage, "weekly is of one week", "report", "weekly", "--period", "2026-10")
	s.fails(exitUsage, `no such shop: "nope"; try one of: `, "report", "weekly", "--shop", "nope")
	out := s.do("report", "weekly", "--week", "2026-10-05")
	if !strings.HasSuffix(strings.TrimSpace(out), "weekly-2026-W41.html") {
		t.Errorf("the file is %s", out)
	}
	if page := s.read("out/weekly-2026-W41.html"); !strings.Contains(page, "2026-W41 (10-05 – 10-11)") {
		t.Error("the page is of another week")
	}
	// a page that has no numbers after the feeds end does not keep the others from being made
	s.fails(exitFailed, "the feeds reach to", "report", "transit", "--as-of", "2027-01-04T08:00:00Z")
	var late struct {
		Transit metric.TransitReport `json:"transit"`
		Weekly  metric.Weekly        `json:"weekly"`
	}
	s.decode(&late, "report", "--all", "--as-of", "2027-01-04T08:00:00Z")
	var now metric.TransitReport
	s.decode(&now, "report", "transit")
	if !late.Transit.AsOf.Equal(now.AsOf) || late.Transit.Total.N != now.Total.N || late.Transit.Total.Open != now.Total.Open {
		t.Errorf("transit is as of %s with %d open, the feeds end at %s with %d", late.Transit.AsOf, late.Transit.Total.Open, now.AsOf, now.Total.Open)
	}
	if !late.Weekly.AsOf.After(now.AsOf) {
		t.Errorf("weekly is as of %s", late.Weekly.AsOf)
	}
	if out := s.do("report", "--all"); strings.Count(out, ".html\n") != strings.Count(out, "\n") || !strings.Contains(out, "index.html") {
		t.Errorf("--all prints\n%s", out)
	}
}
