package cli

import (
	"encoding/xml"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"waybill/queries"
)

// explanation is what a page of docs/explanation takes from the demo: the parts
// that hold its numbers, and its figures by file name.
type explanation struct {
	parts   map[string]string
	figures map[string]*plot
}

// explanations are made from one demo seller.
var explanations = map[string]func(space) explanation{
	"due-cohorts":         explainDue,
	"censoring":           explainCensoring,
	"intervals":           explainIntervals,
	"adjusted-comparison": explainAdjusted,
}

const explanationDir = "docs/explanation/"

func TestExplanationsAreUpToDate(t *testing.T) {
	s := demoOf(t, 1)
	for name, explain := range explanations {
		t.Run(name, func(t *testing.T) {
			e := explain(space{T: t, dir: s.dir})
			text := page(t, explanationDir+name+".md")
			for file, p := range e.figures {
				want := p.svg()
				write(t, explanationDir+file, want)
				if got, err := os.ReadFile(filepath.Join(top, explanationDir, file)); err != nil || string(got) != want {
					t.Errorf("%s%s is not what the demo gives (%v); try: go test ./pipeline/cli -run TestExplanationsAreUpToDate -update", explanationDir, file, err)
				}
				if err := xml.Unmarshal([]byte(want), new(struct{})); err != nil || strings.Contains(want, "NaN") {
					t.Errorf("%s is no figure: %v", file, err)
				}
				if !strings.Contains(text, "]("+file+")") {
					t.Errorf("%s.md does not show %s", name, file)
				}
			}
			if n := strings.Count(text, ".svg)"); n != len(e.figures) {
				t.Errorf("%s.md shows %d figures, the test makes %d", name, n, len(e.figures))
			}
			if !t.Failed() {
				upToDate(t, explanationDir+name+".md", e.parts)
			}
		})
	}
}

var (
	generatedRE = regexp.MustCompile(`(?s)<!-- generated: .*?<!-- end -->`)
	notProseRE  = regexp.MustCompile("`[^`\n]*`|\\]\\([^)]*\\)|95 %")
)

// Every number of an explanation stands in a generated part, so that none can
// grow old.
func TestProseOfExplanationsHasNoNumbers(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(top, explanationDir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".md")
		if filepath.Ext(file) != ".md" || name == "README" {
			continue
		}
		n++
		if explanations[name] == nil {
			t.Errorf("%s has no test that makes its numbers", file)
		}
		text := notProseRE.ReplaceAllString(generatedRE.ReplaceAllString(page(t, explanationDir+name+".md"), ""), "")
		for _, line := range strings.Split(text, "\n") {
			if regexp.MustCompile(`[0-9]`).MatchString(line) {
				t.Errorf("%s: a number that no test makes: %s", file, line)
			}
		}
	}
	if n != len(explanations) {
		t.Errorf("%d pages, %d tests of pages", n, len(explanations))
	}
}

// cellQuery is a query of queries/cells as a table of a from clause, which shows
// all there is.
func cellQuery(s space, name string) string {
	s.Helper()
	text, err := fs.ReadFile(queries.FS, "cells/"+name+".sql")
	if err != nil {
		s.Fatal(err)
	}
	all := strings.ReplaceAll(string(text), "{shown_from}", "timestamptz '2000-01-01 00:00:00 UTC'")
	return "(" + all + "\n) as cell"
}

// percent of a share with one decimal.
func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

func shareOf(num, den int64) float64 { return float64(num) / float64(den) }

// dayText is 5 October of 2026-10-05, or of an instant.
func dayText(s space, day string) string {
	s.Helper()
	d, err := time.Parse(time.DateOnly, day[:len(time.DateOnly)])
	if err != nil {
		s.Fatal(err)
	}
	return d.Format("2 January")
}

// dayAfter is a day some days later.
func dayAfter(s space, day string, days int) string {
	s.Helper()
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		s.Fatal(err)
	}
	return d.AddDate(0, 0, days).Format(time.DateOnly)
}

// claim fails where the demo does not show what the page says in words.
func (s space) claim(holds bool, what string) {
	s.Helper()
	if !holds {
		s.Errorf("the demo does not show that %s", what)
	}
}
