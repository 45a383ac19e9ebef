package cli

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"waybill/data"
	"waybill/pipeline/policy"
	"waybill/queries"
)

// docs/metrics.md says what every built-in pack says, rule by rule.
func TestMetricsAreUpToDate(t *testing.T) {
	upToDate(t, "docs/metrics.md", map[string]string{"packs": packReference(t)})
}

// packFiles are the built-in packs by the order of their files' names, each with
// the text of its file.
func packFiles(t *testing.T) (packs []*policy.Pack, texts []string) {
	t.Helper()
	files, err := fs.Glob(data.FS, "policies/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, policy.CasesSuffix) {
			continue
		}
		b, err := fs.ReadFile(data.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := policy.ParsePack("data/"+file, b)
		if err != nil {
			t.Fatal(err)
		}
		packs, texts = append(packs, p), append(texts, string(b))
	}
	if len(packs) < 5 {
		t.Fatalf("%d packs", len(packs))
	}
	return packs, texts
}

func packReference(t *testing.T) string {
	t.Helper()
	packs, texts := packFiles(t)
	words := map[string]string{}
	b, err := os.ReadFile(filepath.Join(top, "reports/words/en.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(b, &words); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for i, p := range packs {
		fmt.Fprintf(&out, "\n## %s\n\n%s. Revision %s, days of %s, calendar `%s`.", p.ID, p.Title, p.Revision, p.Zone, p.Calendar)
		if p.Extends != "" {
			fmt.Fprintf(&out, " What is not here is that of [`%s`](#%s).", p.Extends, p.Extends)
		}
		out.WriteString("\n")
		head, _, _ := strings.Cut(texts[i], "\nid: ")
		_, head, _ = strings.Cut(head, "\n# units: ")
		// the units end where a line begins a new sentence
		if at := regexp.MustCompile(`[^.]\n# [A-Z]`).FindStringIndex(head); at != nil {
			head = head[:at[0]+1] + "\n\n" + head[at[0]+2:]
		}
		for _, note := range notesOf("# Units: " + head) {
			fmt.Fprintf(&out, "\n%s\n", sentence(note))
		}
		_, body, _ := strings.Cut(texts[i], "\nid: ")
		top, _, _ := strings.Cut(body, "\nclocks:")
		top, _, _ = strings.Cut(top, "\nmetrics:")
		bullets(&out, notesOf(top))
		clockReference(&out, p, section(body, "clocks"))
		for _, m := range p.Metrics {
			metricReference(t, &out, p, m, blockOf(section(body, "metrics"), m.ID), words)
		}
		out.WriteString("\nSources:\n\n| tag | page |\n|---|---|\n")
		for _, s := range p.Sources {
			fmt.Fprintf(&out, "| %s | %s |\n", s.Tag, cell(s.Text))
		}
	}
	out.WriteString("\n")
	return out.String()
}

// section is the part of a pack below a key of the first level.
func section(body, key string) string {
	_, part, _ := strings.Cut(body, "\n"+key+":")
	if end := regexp.MustCompile(`(?m)^[a-z]`).FindStringIndex(part); end != nil {
		part = part[:end[0]]
	}
	return part
}

// blockOf is the text of one metric, with the comment right before it.
func blockOf(metrics, id string) string {
	blocks := regexp.MustCompile(`(?m)(^  #.*\n)*^  - `).FindAllStringIndex(metrics, -1)
	for i, at := range blocks {
		end := len(metrics)
		if i+1 < len(blocks) {
			end = blocks[i+1][0]
		}
		if block := metrics[at[0]:end]; regexp.MustCompile(`(?m)^  - (\{)?id: ` + id + `\b`).MatchString(block) {
			return block
		}
	}
	return ""
}

// notesOf are the comments of a part of a pack: lines that follow each other are
// one note, and a comment behind a value names its key.
func notesOf(text string) []string {
	var out []string
	open := false
	for _, line := range strings.Split(text, "\n") {
		value, note, ok := strings.Cut(line, "#")
		value, note = strings.TrimSpace(value), strings.TrimSpace(note)
		switch {
		case !ok:
			open = false
		case value == "" && open:
			out[len(out)-1] += " " + note
		case value == "":
			out, open = append(out, note), true
		default:
			key := strings.TrimPrefix(value, "- ")
			if !strings.HasPrefix(key, "{") { // one of a list: the whole of it says which
				key, _, _ = strings.Cut(key, ":")
			}
			out, open = append(out, fmt.Sprintf("`%s`: %s", key, note)), false
		}
	}
	return out
}

// sentence ends a note with a full stop.
func sentence(s string) string { return strings.TrimSuffix(cell(s), ".") + "." }

func clockReference(out *strings.Builder, p *policy.Pack, text string) {
	if len(p.Clocks) == 0 {
		return
	}
	out.WriteString("\n### Clocks of " + p.ID + "\n\n| clock | orders | from | to | runs | until | source |\n|---|---|---|---|---|---|---|\n")
	for _, c := range p.Clocks {
		unit := strings.TrimSuffix(strings.ReplaceAll(c.Unit, "_", " "), "s") + "s"
		n := fmt.Sprintf("%d %s", c.N, unit)
		if c.Handling {
			n = strings.TrimPrefix(fmt.Sprintf("%d + ", c.N), "0 + ") + "the order's handling days, in " + unit
		}
		fmt.Fprintf(out, "| `%s` | %s | %s | %s | %s from `%s` | `%s` | %s |\n",
			c.Name, strings.Join(c.OrderTypes, ", "), dayOr(c.From, "always"), dayOr(c.To, ""), n, c.Start, c.Stop, cell(c.Source))
	}
	bullets(out, notesOf(text))
}

func dayOr(d *policy.Day, other string) string {
	if d == nil {
		return other
	}
	return d.String()
}

func metricReference(t *testing.T, out *strings.Builder, p *policy.Pack, m policy.Metric, text string, words map[string]string) {
	t.Helper()
	name, meaning := words["metric.name."+m.ID], words["metric.definition."+m.ID]
	if name == "" || meaning == "" {
		t.Errorf("%s: no words for the metric %s", p.ID, m.ID)
	}
	fmt.Fprintf(out, "\n### %s of %s\n\n%s. %s\n\n| | |\n|---|---|\n", m.ID, p.ID, name, meaning)
	row := func(what, text string) { fmt.Fprintf(out, "| %s | %s |\n", what, text) }
	row("counts", fmt.Sprintf("%ss: `%s` of `%s` in [%s](../%s), %s", m.Grain, m.Numerator, m.Denominator, m.Formula, m.Formula, purposeOf(t, m.Formula)))
	row("cohort", "`"+m.Cohort+"`")
	row("window", "`"+m.Window+"`: "+windowText(m, nil))
	if m.Clock != "" {
		row("clock", "`"+m.Clock+"`"+clockNote(p, m.Clock))
	}
	for _, e := range m.Exclusions {
		row("left out of "+map[string]string{"both": "the rate", "numerator": "the numerator only"}[e.From], fmt.Sprintf("`%s`: %s", e.What, cell(e.Source)))
	}
	row("better", m.Better)
	few := fmt.Sprintf("below %d", m.MinN)
	if m.MinN == 0 {
		few = "none: any number is judged"
	}
	var notes []string
	for _, note := range notesOf(text) {
		if source, ok := strings.CutPrefix(note, "`min_n`: "); ok {
			few += " (" + cell(source) + ")"
			continue
		}
		notes = append(notes, note)
	}
	row("too few to judge", few)
	row("source", cell(m.Source))
	if len(m.Targets) == 0 {
		out.WriteString("\nNo target: the rate is shown without a verdict.\n")
	} else {
		out.WriteString("\n| target | force | from | to | source |\n|---|---|---|---|---|\n")
		for _, g := range m.Targets {
			demand := g.Op + " " + g.Value
			for _, tier := range g.Tiers {
				demand += "; from " + tier.At + ": " + tier.Effect
			}
			fmt.Fprintf(out, "| %s | %s | %s | %s | %s |\n", cell(demand), g.Force, dayOr(g.From, "always"), dayOr(g.To, ""), cell(g.Source))
		}
	}
	bullets(out, notes)
}

func bullets(out *strings.Builder, notes []string) {
	for i, note := range notes {
		if i == 0 {
			out.WriteString("\n")
		}
		fmt.Fprintf(out, "- %s\n", sentence(note))
	}
}

// clockNote says where the versions of a metric's clock stand.
func clockNote(p *policy.Pack, name string) string {
	for _, c := range p.Clocks {
		if c.Name == name {
			return fmt.Sprintf(", see [the clocks](#clocks-of-%s)", p.ID)
		}
	}
	if p.Extends != "" {
		return fmt.Sprintf(", see [the clocks of %s](#clocks-of-%s)", p.Extends, p.Extends)
	}
	return ": of the export, or of the pack that the workspace's SLA names"
}

func purposeOf(t *testing.T, formula string) string {
	t.Helper()
	b, err := fs.ReadFile(queries.FS, strings.TrimPrefix(formula, "queries/"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^-- purpose: (.+)$`).FindSubmatch(b)
	if m == nil {
		t.Fatalf("%s has no purpose", formula)
	}
	return cell(string(m[1]))
}

// Every word that a pack may use has a row that says what it means.
func TestEveryWordOfPacksIsDocumented(t *testing.T) {
	text := generatedRE.ReplaceAllString(page(t, "docs/metrics.md"), "")
	have := map[string]bool{}
	for _, m := range rowRE.FindAllStringSubmatch(text, -1) {
		have[m[1]] = true
	}
	want := map[string]bool{}
	for key, list := range policy.PackShape().Words {
		if key == "clocks.day_end" || key == "clocks.order_types" || key == "metrics.better" || key == "metrics.targets.op" || key == "metrics.grain" {
			continue // say themselves what they mean
		}
		for _, w := range list {
			want[w] = true
		}
	}
	if len(want) < 25 {
		t.Fatalf("only %d words", len(want))
	}
	for _, w := range slices.Sorted(maps.Keys(want)) {
		if !have[w] {
			t.Errorf("docs/metrics.md has no row for the word %s", w)
		}
	}
	for _, w := range slices.Sorted(maps.Keys(have)) {
		if !want[w] {
			t.Errorf("docs/metrics.md has a row for %s, which no pack may say", w)
		}
	}
}

// Nothing that a pack marks as unverified loses its mark.
func TestUnverifiedMarksReachTheMetricsPage(t *testing.T) {
	_, texts := packFiles(t)
	want := 0
	for _, text := range texts {
		want += strings.Count(text, "(unverified)")
	}
	if got := strings.Count(packReference(t), "(unverified)"); got < want || want < 10 {
		t.Errorf("the page has %d marks, the packs have %d", got, want)
	}
}
