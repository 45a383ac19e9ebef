package reports

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axeFile checks a page for accessibility; npm ci brings it.
const axeFile = "../node_modules/axe-core/axe.min.js"

func media(t *testing.T, b *browser, kind string, features ...*emulation.MediaFeature) {
	t.Helper()
	call(t, b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: kind, Features: features})
}

// audit runs axe-core in the page: light and dark, in both languages, with all
// that folds open. Nothing serious or critical may be found.
func (b *browser) audit(t *testing.T, build func(Files) (Report, error)) {
	t.Helper()
	axe, err := os.ReadFile(axeFile)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%v, and CI=true", err)
		}
		t.Skipf("skipped: %v (npm ci)", err)
	}
	defer media(t, b, "")
	for _, theme := range []string{"light", "dark"} {
		media(t, b, "", &emulation.MediaFeature{Name: "prefers-color-scheme", Value: theme})
		b.show(t, build, 1280)
		b.run(t, chromedp.Evaluate[chromedp.Void](string(axe)+";undefined"))
		for _, lang := range []string{"zh", "en"} {
			b.run(t, chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('[data-set-lang="`+lang+`"]').forEach(e => e.click()); document.querySelectorAll("details").forEach(d => d.open = true)`))
			b.run(t, chromedp.Evaluate[chromedp.Void](`window.axeSays = null; axe.run(document, { resultTypes: ["violations"] }).then(r => { window.axeSays = JSON.stringify(r.violations
  .filter(v => v.impact === "serious" || v.impact === "critical")
  .map(v => ({ id: v.id, impact: v.impact, nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 200) + " " + n.failureSummary) }))); }); undefined`))
			b.run(t, chromedp.Poll[chromedp.Void](`window.axeSays !== null`))
			var found []struct {
				ID, Impact string
				Nodes      []string
			}
			if err := json.Unmarshal([]byte(eval[string](t, b, `window.axeSays`)), &found); err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				t.Errorf("%s, %s: %s (%s):\n%s", theme, lang, f.ID, f.Impact, strings.Join(f.Nodes, "\n"))
			}
		}
	}
	b.run(t, chromedp.Evaluate[chromedp.Void](`localStorage.clear()`))
}

// print checks that no chart is cut between two pages of A4.
func (b *browser) print(t *testing.T, build func(Files) (Report, error)) {
	t.Helper()
	b.show(t, build, 1280)
	defer media(t, b, "")
	media(t, b, "print")
	// A4 without its margins, in CSS pixels of 96 to the inch
	const width, height = 703, 1017
	b.run(t, chromedp.EmulateViewport(width, height))
	cut := eval[string](t, b, `Array.from(document.querySelectorAll(".chart")).map(c => c.closest("figure"))
  .filter(f => getComputedStyle(f).breakInside !== "avoid" || f.getBoundingClientRect().height > 1017 || f.getBoundingClientRect().right > 704)
  .map(f => f.textContent.slice(0, 60) + " " + f.getBoundingClientRect().height).join("; ")`)
	if cut != "" {
		t.Errorf("charts that a page of A4 would cut: %s", cut)
	}
	if shown := eval[int](t, b, `Array.from(document.querySelectorAll(".switches, .contents, .skip, .find, .copy")).filter(e => e.offsetParent).length`); shown > 0 {
		t.Errorf("%d switches are printed", shown)
	}
	media(t, b, "")
	pdf := get(t, b, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
	if !strings.HasPrefix(string(pdf), "%PDF-") {
		t.Errorf("the print has %d bytes", len(pdf))
	}
}

// race measures from the start of the navigation until the charts are drawn.
func (b *browser) race(t *testing.T, build func(Files) (Report, error)) {
	t.Helper()
	best := 1e9
	for range 3 { // the machine may be busy with something else
		b.show(t, build, 1280)
		b.run(t, chromedp.Poll[chromedp.Void](`document.documentElement.dataset.charts !== undefined && performance.getEntriesByType("navigation")[0].loadEventEnd > 0`))
		took := eval[float64](t, b, `Math.max(performance.getEntriesByType("navigation")[0].loadEventEnd, performance.getEntriesByName("drawn")[0].startTime)`)
		best = min(best, took)
	}
	t.Logf("ready after %.0f ms", best)
	if best > 1000 {
		t.Errorf("ready after %.0f ms, want below a second", best)
	}
}
