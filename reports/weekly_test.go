package reports

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"waybill/pipeline/metric"
	"waybill/queries"
)

var weeklyFixtures = map[string]func() metric.Weekly{
	"outlook": fixtureOutlook, "unjudged": fixtureUnjudged, "unfed": fixtureUnfed, "rejected": fixtureRejected, "cancelled": fixtureCancelled,
	"full": fixtureFull, "bare": fixtureBare, "odd": fixtureOdd, "quiet": fixtureQuiet, "empty": fixtureEmpty, "hostile": fixtureHostile,
}

func render(t *testing.T, w metric.Weekly) string {
	t.Helper()
	return string(made(t, func(f Files) (Report, error) { return Weekly(w, f) }).HTML)
}

func TestWeeklySaysTheVerdictFirst(t *testing.T) {
	text := tags.ReplaceAllString(markup(render(t, fixtureFull())), "")
	for _, want := range []string{
		"Pine &amp; Co · TikTok Shop US", "FAIL", "未达标",
		"On-time delivery (OTDR) 77.1% (478 of 620), target ≥ 80%",
		"准时送达率 OTDR 77.1%（478 / 620），要求 ≥ 80%",
		"2026-W46 (11-09 – 11-15)", "2026-11-16 08:00", "UTC−08:00", "the exports lack column cancel_reason",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	html := render(t, fixtureFull())
	if a, b := strings.Index(html, ">FAIL<"), strings.Index(html, `id="metrics"`); a < 0 || a > b {
		t.Error("the verdict does not come first")
	}
	sentences, _, _ := strings.Cut(text, "-- name: ") // the queries have places of their own
	if left := regexp.MustCompile(`\{[a-z0-9_]+\}`).FindString(sentences); left != "" {
		t.Errorf("the page shows the empty place %s", left)
	}
	bare := tags.ReplaceAllString(markup(render(t, fixtureBare())), "")
	if want := "The exports hold no deadline (column deliver_before_at)"; !strings.Contains(bare, want) {
		t.Errorf("the bare page does not say %q", want)
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

// An open week has counts, and neither a rate nor a point in the chart.
func TestOpenWeeksHaveNoRate(t *testing.T) {
	w := fixtureFull()
	b := &weekly{testWriter(t), w}
	rows := b.trends().Blocks[0].(pairs)[0].Data.Rows
	last := rows[len(rows)-1]
	if rate, met, num := last.Cells[2], last.Cells[12], last.Cells[8]; rate.Text.num != none || rate.Value != nil || met.Mark != "○" || num.Value == int64(0) {
		t.Errorf("open week shows rate %+v, mark %q, count %v", rate, met.Mark, num.Value)
	}
	raw, err := json.Marshal(b.charts[0].options["en"]["series"])
	if err != nil {
		t.Fatal(err)
	}
	var series []struct {
		Name string
		Data []map[string]any
	}
	if err := json.Unmarshal(raw, &series); err != nil {
		t.Fatal(err)
	}
	data := series[0].Data
	for i, r := range rows {
		if _, has := data[i]["value"]; has == r.Open {
			t.Errorf("week %s: open %v, point %v", r.Cells[0].Text.num, r.Open, has)
		}
	}
	w.Week = fixtureWeek(1, metric.Open)
	for _, v := range (&weekly{testWriter(t), w}).verdicts() {
		if v.State != "none" || v.Mark != "○" {
			t.Errorf("%s has the verdict %s in an open week", v.Shop, v.State)
		}
	}
	row := (&weekly{testWriter(t), w}).metricRow(w.Metrics[0], w.Shops[0])
	if rate, delta := row.Cells[1], row.Cells[2]; !rate.Hatch || rate.Value != nil || rate.Text.key != "metric.counts" || delta.Value != nil {
		t.Errorf("open report week: %+v", row)
	}
}

// Channels that go different ways share an end: no parcel goes through all legs,
// so their sum is nobody's time.
func TestForkedLegsHaveNoSum(t *testing.T) {
	w := fixtureFull()
	whole := (&weekly{testWriter(t), w}).legs().Blocks
	if sums := whole[len(whole)-1].(*table).Sums; len(sums) == 0 {
		t.Error("legs of one way have no total")
	}
	w.Legs = append(w.Legs, metric.Leg{ID: "pickup_delivered", N: 300, Mean: 5.4, Share: 0.4})
	forked := (&weekly{testWriter(t), w}).legs().Blocks
	list := forked[len(forked)-1].(*table)
	if list.Sums != nil {
		t.Errorf("forked legs add up to %+v", list.Sums)
	}
	for _, r := range list.Rows {
		if r.Cells[2].Value != nil {
			t.Errorf("forked leg has the share %v", r.Cells[2].Value)
		}
	}
}

// Orders that name no channel are no channel: they are shown, not ranked.
func TestNoChannelHasNoRank(t *testing.T) {
	w := fixtureFull()
	w.Channels = append([]metric.Group{{Due: 94, High: 0.04}}, w.Channels...)
	b := &weekly{testWriter(t), w}
	blocks := b.channels().Blocks
	rows := blocks[len(blocks)-1].(*table).Rows
	for _, r := range rows {
		if unstated := r.Cells[1].Text.key == "group.unstated"; unstated && r.Cells[0].Value != nil {
			t.Errorf("orders without a channel have the rank %v", r.Cells[0].Value)
		}
	}
	if got := b.channelFigure(nil).Summary; strings.Contains(b.words.plain("en", got), "not stated") {
		t.Errorf("summary %q", b.words.plain("en", got))
	}
}

// Less than one order between two weeks is neither better nor worse.
func TestSmallChangeHasNoSign(t *testing.T) {
	w := fixtureFull()
	b := &weekly{testWriter(t), w}
	closed := fixtureWeek(0, metric.Closed)
	for num, want := range map[int64]string{47: "", 46: "bad", 49: "good"} {
		s := metric.Series{Points: []metric.Point{{Week: closed, Num: 50, Den: 55}, {Week: closed, Num: num, Den: 52}}}
		if got := b.delta(s, 1, metric.Metric{}).Tone; got != want {
			t.Errorf("%d of 52 after 50 of 55: %q, want %q", num, got, want)
		}
	}
}

func TestHostileTextStaysText(t *testing.T) {
	html := render(t, fixtureHostile())
	scripts := len(regexp.MustCompile(`<script`).FindAllString(stripLibrary(html), -1))
	if scripts != 3 {
		t.Errorf("%d script elements, want the page's own 3", scripts)
	}
	m := markup(html)
	for _, bad := range []string{"<img", `href="javascript:`, `onmouseover="`} {
		if strings.Contains(m, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	data := html[strings.Index(html, `id="chart-data">`)+len(`id="chart-data">`):]
	data = data[:strings.Index(data, "</script>")]
	var parsed []map[string]any
	if err := json.Unmarshal([]byte(data), &parsed); err != nil {
		t.Fatalf("chart data: %v", err)
	}
	if strings.ContainsAny(data, "<>") {
		t.Error("the chart data holds a bare < or >")
	}
}

// stripLibrary takes out the texts of the two scripts, which may well speak of
// script elements.
func stripLibrary(html string) string {
	return regexp.MustCompile(`(?s)<script>.*?</script>`).ReplaceAllString(html, "<script></x>")
}

func TestOverlayReplacesAFile(t *testing.T) {
	out, err := Weekly(fixtureBare(), testFiles().with("page.css", "body{color:teal}\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(out.HTML, []byte("<style>body{color:teal}\n</style>")) {
		t.Error("the workspace's style sheet is not in the page")
	}
}

func TestErrorsNameTheFile(t *testing.T) {
	zh, err := fs.ReadFile(FS, "words/zh.yaml")
	if err != nil {
		t.Fatal(err)
	}
	without := bytes.Replace(zh, []byte("weekly.heading: 每周履约 KPI\n"), nil, 1)
	cases := []struct {
		name, file, text, want string
	}{
		{"word missing", "words/zh.yaml", string(without), "reports/words/zh.yaml: weekly.heading: missing"},
		{"words not yaml", "words/en.yaml", "a: [", "reports/words/en.yaml"},
		{"template", "page.html.tmpl", "{{if}}", "reports/page.html.tmpl:1"},
		{"script ends itself", "page.js", "var a;\nvar b='</script>'", "reports/page.js:2"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Weekly(fixtureBare(), testFiles().with(c.file, c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	t.Run("no bundle", func(t *testing.T) {
		_, err := Weekly(fixtureFull(), Files{Pages: noBundle{FS}, Queries: queries.FS})
		if err == nil || !strings.Contains(err.Error(), "try: make reports/assets/echarts.min.js") {
			t.Errorf("error %v", err)
		}
		if _, err := Weekly(fixtureBare(), Files{Pages: noBundle{FS}, Queries: queries.FS}); err != nil {
			t.Errorf("a page without charts needs no library: %v", err)
		}
	})
	t.Run("zone", func(t *testing.T) {
		w := fixtureBare()
		w.Zone = "Nowhere/Land"
		if _, err := Weekly(w, testFiles()); err == nil || !strings.Contains(err.Error(), "Nowhere/Land") {
			t.Errorf("error %v", err)
		}
	})
}

type noBundle struct{ fs.FS }

func (n noBundle) Open(name string) (fs.File, error) {
	if name == bundleFile {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return n.FS.Open(name)
}

// A missed trace completeness says which node is missing, and where.
func TestMissedTracesNameTheNode(t *testing.T) {
	w := fixtureQuiet()
	w.Languages = nil
	b := &weekly{testWriter(t), w}
	lists := b.verdicts()
	for i, want := range []map[string]string{
		{"en": "export customs missing in 61 of 413 traces, most on 4PX-std (44 of 120)",
			"zh": "413 票中有 61 票缺“出口报关”节点，以 4PX-std 最多（44 / 120）"},
		{"en": "export customs missing in 61 of 413 traces, most where no channel is stated (44 of 120)",
			"zh": "413 票中有 61 票缺“出口报关”节点，以未注明渠道的最多（44 / 120）"},
	} {
		shop := w.Shops[2+i]
		lines := lists[2+i].Lines
		if len(lines) != 2 {
			t.Fatalf("%s: %d lines", shop.ID, len(lines))
		}
		for lang, text := range want {
			if got := b.words.plain(lang, lines[1]); got != text {
				t.Errorf("%q, want %q", got, text)
			}
		}
		cells := b.metricRow(b.metric("trace_completeness"), shop).Cells
		if note := cells[len(cells)-1]; note.Text.key != "note.short" || len(note.Sub) != 1 || b.words.plain("en", note.Sub[0]) != want["en"] {
			t.Errorf("note %+v", note)
		}
	}
	if lines := lists[1].Lines; len(lines) != 1 {
		t.Errorf("a metric without gaps has %d lines", len(lines))
	}
}
