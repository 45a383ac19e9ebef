package reports

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"waybill/pipeline/metric"
	"waybill/queries"
)

// browser is one headless Chromium with what its page asked for and said.
type browser struct {
	ctx      context.Context
	mu       sync.Mutex
	requests []string
	problems []string
}

// startBrowser needs a Chromium and the bundled chart library. Without one of
// them the test is skipped on a person's machine and fails where CI=true.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	lacks := func(what string) {
		t.Helper()
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s, and CI=true", what)
		}
		t.Skipf("skipped: %s", what)
	}
	exe := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if found, err := exec.LookPath(name); err == nil {
			exe = found
			break
		}
	}
	if exe == "" {
		lacks("no Chromium on this machine (Debian: apt-get install chromium)")
	}
	if _, err := FS.Open(bundleFile); err != nil {
		lacks("the chart library is not bundled (make reports/" + bundleFile + ")")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(exe), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.NoFirstRun)
	alloc, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	b := &browser{ctx: ctx}
	err := chromedp.Listen(ctx, func(event any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, "data:") {
				b.requests = append(b.requests, e.Request.URL)
			}
		case *runtime.EventConsoleAPICalled:
			b.problems = append(b.problems, fmt.Sprintf("console.%s %v", e.Type, e.Args))
		case *runtime.EventExceptionThrown:
			b.problems = append(b.problems, fmt.Sprint(e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
		case *log.EventEntryAdded:
			b.problems = append(b.problems, e.Entry.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	call(t, b, network.Enable, network.EnableParams{})
	call(t, b, log.Enable, cdp.Empty{})
	call(t, b, runtime.Enable, cdp.Empty{})
	return b
}

func (b *browser) open(t *testing.T, w metric.Weekly, width int64) {
	t.Helper()
	b.show(t, func(f Files) (Report, error) { return Weekly(w, f) }, width)
}

func (b *browser) show(t *testing.T, build func(Files) (Report, error), width int64) {
	t.Helper()
	report, err := build(Files{Pages: FS, Queries: queries.FS})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, report.HTML, 0o600); err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	b.requests, b.problems = nil, nil
	b.mu.Unlock()
	var options []chromedp.EmulateViewportOption
	if width < 600 {
		options = append(options, chromedp.EmulateMobile)
	}
	b.run(t, chromedp.EmulateViewport(width, 900, options...), chromedp.Navigate("file://"+file))
}

// stepLimit bounds one step in the browser.
const stepLimit = 30 * time.Second

func (b *browser) run(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, done := context.WithTimeout(b.ctx, stepLimit)
	defer done()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func get[T any](t *testing.T, b *browser, a chromedp.Action[T]) T {
	t.Helper()
	ctx, done := context.WithTimeout(b.ctx, stepLimit)
	defer done()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func eval[T any](t *testing.T, b *browser, js string) T {
	t.Helper()
	return get(t, b, chromedp.Evaluate[T](js))
}

func call[P, R any](t *testing.T, b *browser, command cdp.Command[P, R], params P) {
	t.Helper()
	ctx, done := context.WithTimeout(b.ctx, stepLimit)
	defer done()
	if _, err := chromedp.Call(ctx, command, params); err != nil {
		t.Fatal(err)
	}
}

// reload loads the page again until the condition holds: the browser writes
// storage behind the page's back, and the new page may live in another process.
func (b *browser) reload(t *testing.T, condition string) {
	t.Helper()
	for start := time.Now(); ; {
		b.run(t, chromedp.Reload())
		if eval[bool](t, b, condition) {
			return
		}
		if time.Since(start) > stepLimit {
			t.Fatalf("after %s of reloads this does not hold: %s", stepLimit, condition)
		}
		b.run(t, chromedp.Sleep(20*time.Millisecond))
	}
}

// quiet fails when the page asked for more than itself or complained.
func (b *browser) quiet(t *testing.T) {
	t.Helper()
	for _, noise := range b.noises() {
		t.Error(noise)
	}
}

func (b *browser) noises() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	if len(b.requests) != 1 || !strings.HasPrefix(b.requests[0], "file:///") {
		out = append(out, fmt.Sprintf("the page made requests: %q", b.requests))
	}
	if len(b.problems) > 0 {
		out = append(out, fmt.Sprintf("the browser complains: %q", b.problems))
	}
	return out
}

// inked counts figures whose canvas holds something else than its ground.
const inked = `Array.from(document.querySelectorAll(".chart")).filter(c => {
  const k = c.querySelector("canvas"); if (!k || !k.width) return false;
  const d = k.getContext("2d").getImageData(0, 0, k.width, k.height).data;
  let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i] > 0) n++;
  return n > 500; }).length`

// outOfSight are cells of a card that reach beyond it, or into their neighbour.
const outOfSight = `Array.from(document.querySelectorAll(".cards tbody td, .cards tbody th, .cards tbody .clip"))
  .filter(c => c.getBoundingClientRect().right > innerWidth + 1 || c.scrollWidth > c.clientWidth + 1)
  .map(c => c.closest("table").id + ": " + c.textContent.trim().slice(0, 60))`

// tooWide are tables that a desktop does not show whole.
const tooWide = `Array.from(document.querySelectorAll(".scroll")).filter(s => !s.closest("details:not([open])") && s.scrollWidth > s.clientWidth + 1)
  .map(s => s.querySelector("table").id + " by " + (s.scrollWidth - s.clientWidth) + " px")`

func TestPageInABrowser(t *testing.T) {
	b := startBrowser(t)
	for name, build := range pageCases() {
		t.Run("quiet "+name, func(t *testing.T) {
			b.show(t, build, 1280)
			charts := eval[int](t, b, `document.querySelectorAll(".chart").length`)
			if got := eval[int](t, b, inked); got != charts {
				t.Errorf("%d of %d charts are drawn", got, charts)
			}
			if eval[bool](t, b, `"hacked" in window`) {
				t.Error("a text of the data ran")
			}
			if name == "weekly full" {
				for _, lang := range []string{"zh", "en"} {
					b.run(t, chromedp.Evaluate[chromedp.Void](`document.querySelector('[data-set-lang="`+lang+`"]').click()`))
					if wide := eval[[]string](t, b, tooWide); len(wide) > 0 {
						t.Errorf("%s: tables scroll at 1,280 px: %q", lang, wide)
					}
				}
				b.run(t, chromedp.Evaluate[chromedp.Void](`localStorage.clear()`))
			}
			b.quiet(t)
		})
		t.Run("narrow "+name, func(t *testing.T) {
			for _, width := range []int64{360, 390} {
				b.show(t, build, width)
				for _, lang := range []string{"zh", "en"} {
					b.run(t, chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('[data-set-lang="`+lang+`"]').forEach(e => e.click()); document.querySelectorAll("details").forEach(d => d.open = true)`))
					got := eval[int64](t, b, `document.documentElement.scrollWidth`)
					if inner := eval[int64](t, b, `innerWidth`); got > width || inner > width {
						t.Errorf("%s: the page is %d px wide in a window of %d on a screen of %d", lang, got, inner, width)
					}
					if out := eval[[]string](t, b, outOfSight); len(out) > 0 {
						t.Errorf("%s, %d px: cells of cards are cut: %q", lang, width, out[:min(3, len(out))])
					}
				}
			}
			b.run(t, chromedp.Evaluate[chromedp.Void](`localStorage.clear()`))
		})
		if !strings.HasSuffix(name, " full") {
			continue // the slow looks are for the fullest state of each page
		}
		t.Run("readable "+name, func(t *testing.T) { b.audit(t, build) })
		t.Run("printed "+name, func(t *testing.T) { b.print(t, build) })
		t.Run("fast "+name, func(t *testing.T) { b.race(t, build) })
	}

	t.Run("switches", func(t *testing.T) {
		b.open(t, fixtureFull(), 1280)
		heading := `Array.from(document.querySelectorAll("h1 span")).filter(s => s.offsetParent).map(s => s.textContent).join(" ")`
		if got := eval[string](t, b, heading); !strings.HasPrefix(got, "每周履约 KPI") {
			t.Errorf("first language: %q", got)
		}
		b.run(t, chromedp.Click(`[data-set-lang="en"]`), chromedp.Click(`[data-set-theme="dark"]`))
		check := func(when string) {
			t.Helper()
			if got := eval[string](t, b, heading); !strings.HasPrefix(got, "Weekly KPI") {
				t.Errorf("%s: heading %q", when, got)
			}
			if got := eval[string](t, b, `document.documentElement.lang + " " + document.title.slice(0, 20) + getComputedStyle(document.body).backgroundColor`); got != "en waybill · Weekly KPIrgb(20, 23, 26)" {
				t.Errorf("%s: %q", when, got)
			}
			if got := eval[int](t, b, inked); got != 6 {
				t.Errorf("%s: %d charts", when, got)
			}
		}
		check("after the click")
		b.reload(t, `localStorage.getItem("waybill.lang") === "en" && localStorage.getItem("waybill.theme") === "dark"`)
		check("after a reload")
		b.run(t, chromedp.Evaluate[chromedp.Void](`localStorage.clear()`))
		b.reload(t, `localStorage.length === 0`)
		if got := eval[string](t, b, heading); !strings.HasPrefix(got, "每周履约 KPI") {
			t.Errorf("after storage is cleared: heading %q", got)
		}
	})

	t.Run("sort and search", func(t *testing.T) {
		b.open(t, fixtureFull(), 1280)
		column := `Array.from(document.querySelectorAll("#t-act tbody tr")).filter(r => !r.hidden).map(r => r.cells[7].textContent).join("|")`
		money := `#t-act thead th:nth-child(8) button`
		b.run(t, chromedp.Click(money))
		up := strings.Split(eval[string](t, b, column), "|")
		if len(up) != 37 || !ordered(t, up) {
			t.Errorf("ascending by money: %q", up)
		}
		b.run(t, chromedp.Focus(money), chromedp.KeyEvent("\r"))
		down := strings.Split(eval[string](t, b, column), "|")
		if down[0] != up[len(up)-1] || eval[string](t, b, `document.querySelector("#t-act th:nth-child(8)").getAttribute("aria-sort")`) != "descending" {
			t.Errorf("descending by money with the keyboard: %q", down)
		}
		b.run(t, chromedp.SendKeys(`#find-act`, "atlanta"))
		found := eval[string](t, b, `document.querySelector('[data-found="t-act"]').textContent`)
		shown := len(strings.Split(eval[string](t, b, column), "|"))
		if shown == 0 || shown == 37 || found != fmt.Sprintf("%d / 37", shown) {
			t.Errorf("search shows %d rows and says %q", shown, found)
		}
		b.quiet(t)
	})

	t.Run("copy", func(t *testing.T) {
		b.open(t, fixtureFull(), 1280)
		b.run(t, chromedp.Click(`#t-act .copy`))
		want := eval[string](t, b, `document.querySelector("#t-act .copy").dataset.copy`)
		got := ""
		for range 20 { // the button says so for a second and a half
			got = eval[string](t, b, `document.querySelector("#t-act .copy .done").hidden ? getSelection().toString() : "copied"`)
			if got != "" {
				break
			}
			b.run(t, chromedp.Sleep(50*time.Millisecond))
		}
		if got != "copied" {
			t.Errorf("after the click the page holds %q, %s is not copied", got, want)
		}
		// a command stands beside its button only
		got = eval[string](t, b, `(function () {
			var button = document.querySelector(".door .copy"), taken = "";
			Object.defineProperty(navigator, "clipboard", {configurable: true, value: {writeText: function (text) { taken = text; return Promise.resolve(); }}});
			button.click();
			return taken;
		})()`)
		if !strings.HasPrefix(got, "waybill sql \"select ") || strings.Contains(got, "&") {
			t.Errorf("the door gives %q", got)
		}
		b.quiet(t)
	})

	t.Run("without JavaScript", func(t *testing.T) {
		call(t, b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		b.open(t, fixtureFull(), 1280)
		text := get(t, b, chromedp.Text("main"))
		for _, want := range []string{"未达标", "2026-W46 (11-09 – 11-15)", "尾程交接"} {
			if !strings.Contains(text, want) {
				t.Errorf("the page does not show %q", want)
			}
		}
		if strings.Contains(text, "Undecided") || strings.Contains(text, "↕") {
			t.Error("the page shows a second language or a control that does nothing")
		}
		call(t, b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{})
	})

	if dir := os.Getenv("WAYBILL_SCREENSHOTS"); dir != "" {
		t.Run("screenshots", func(t *testing.T) { b.photograph(t, dir) })
	}
}

func ordered(t *testing.T, amounts []string) bool {
	t.Helper()
	last := -1.0
	for _, a := range amounts {
		var v float64
		if _, err := fmt.Sscanf(strings.ReplaceAll(a, ",", ""), "USD %f", &v); err != nil {
			t.Fatalf("amount %q: %v", a, err)
		}
		if v < last {
			return false
		}
		last = v
	}
	return true
}

// photograph writes pictures of the page for a person to look at.
func (b *browser) photograph(t *testing.T, dir string) {
	t.Helper()
	for name, make := range weeklyFixtures {
		for _, width := range []int64{1280, 390} {
			for _, theme := range []string{"light", "dark"} {
				for _, lang := range []string{"zh", "en"} {
					w := make()
					w.Languages = []string{lang, map[string]string{"zh": "en", "en": "zh"}[lang]}
					call(t, b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
						Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}})
					b.open(t, w, width)
					b.run(t, chromedp.Sleep(200*time.Millisecond))
					png := get(t, b, chromedp.FullScreenshot(100))
					out := filepath.Join(dir, fmt.Sprintf("%s-%d-%s-%s.png", name, width, theme, lang))
					if err := os.WriteFile(out, png, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		b.open(t, make(), 1280)
		pdf := get(t, b, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
		if err := os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
