package reports

import (
	"strings"
	"testing"
)

var indexFixtures = map[string]func() List{
	"empty": func() List { return List{Workspace: "acme-us", Zone: "America/Los_Angeles"} },
	"full": func() List {
		headline := map[string]string{"zh": "1 家店铺达标", "en": "1 shop passes"}
		weekly := Entry{Name: "weekly", Title: map[string]string{"zh": "每周履约 KPI", "en": "Weekly KPI"}, Period: "2026-W46 (11-09 – 11-15)",
			AsOf: "2026-11-16T16:00:00Z", Headline: headline}
		one := weekly
		one.Shop, one.Title = "<script>window.hacked=1</script>", map[string]string{"en": "Weekly KPI"}
		return List{Workspace: "acme-us", Zone: "America/Los_Angeles", Program: "0.1.0", Reports: []Listed{
			{weekly, "weekly.html", "weekly.xlsx"}, {one, "weekly-javascript_-店铺 1.html", "weekly-javascript_-店铺 1.xlsx"}}}
	},
}

func TestIndexLinksTheFilesBesideIt(t *testing.T) {
	r, err := Index(indexFixtures["full"](), testFiles())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<a href="weekly.html">`, `<a href="weekly.xlsx">`, `href="weekly-javascript_-%e5%ba%97%e9%93%ba%201.html"`, "2026-11-16 08:00", "1 shop passes", "&lt;script&gt;"} {
		if !strings.Contains(string(r.HTML), want) {
			t.Errorf("the list lacks %s", want)
		}
	}
	if got := rowsOfSheet(t, openBook(t, r), "本工作区的报告"); len(got) != 3 || got[1][0] != "每周履约 KPI / Weekly KPI" || got[1][5] != "weekly.xlsx" {
		t.Errorf("sheet: %q", got)
	}
}
