package cli

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"waybill/data"
	"waybill/pipeline/contract"
	"waybill/pipeline/feed"
	"waybill/pipeline/policy"
	"waybill/pipeline/rate"
	"waybill/pipeline/run"
	"waybill/pipeline/workspace"
)

var update = flag.Bool("update", false, "write the generated parts of docs anew")

func TestReferenceIsUpToDate(t *testing.T) {
	upToDate(t, "docs/reference.md", map[string]string{"commands": commandReference(), "templates": templateReference(t), "tables": tableReference(t)})
}

// upToDate holds the parts of a page that stand between "<!-- generated: NAME -->"
// and "<!-- end -->", which are made of the program itself.
func upToDate(t *testing.T, name string, parts map[string]string) {
	t.Helper()
	text := page(t, name)
	for part, want := range parts {
		head, rest, ok := strings.Cut(text, "<!-- generated: "+part+" -->\n")
		got, tail, closed := strings.Cut(rest, "<!-- end -->")
		if !ok || !closed {
			t.Errorf("%s has no part %q", name, part)
			continue
		}
		if got == want {
			continue
		}
		if !*update {
			t.Errorf("%s: the part %q is not what the program says: %s; try: go test ./pipeline/cli -run %s -update", name, part, difference(got, want), t.Name())
		}
		text = head + "<!-- generated: " + part + " -->\n" + want + "<!-- end -->" + tail
	}
	if n := strings.Count(text, "<!-- generated: "); n != len(parts) {
		t.Errorf("%s has %d generated parts, the test makes %d", name, n, len(parts))
	}
	write(t, name, text)
}

// write replaces a file of the checkout under -update.
func write(t *testing.T, name, text string) {
	t.Helper()
	if !*update {
		return
	}
	if err := os.WriteFile(filepath.Join(top, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// difference is the first line that is not the same.
func difference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("it has %q for %q", g[i], w[i])
		}
	}
	return fmt.Sprintf("it has %d lines for %d", len(g), len(w))
}

// cell keeps a text in one cell of a Markdown table.
func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", `\|`)
}

// commandReference is a section per command: usage, what it does, its flags.
func commandReference() string {
	var b strings.Builder
	for _, c := range everyCommand() {
		if c.HasParent() {
			fmt.Fprintf(&b, "\n### %s\n\n`%s`\n", c.CommandPath(), usageOf(c))
		} else {
			b.WriteString("\nFlags of every command:\n")
		}
		if c.HasParent() {
			long := strings.TrimSpace(strings.TrimSuffix(c.Long, exitHelp))
			if long == "" {
				long = c.Short
			}
			fmt.Fprintf(&b, "\n%s\n", strings.TrimSuffix(cell(long), ".")+".")
		}
		flags := c.LocalNonPersistentFlags()
		if !c.HasParent() {
			flags = c.PersistentFlags()
		}
		first := true
		flags.VisitAll(func(f *pflag.Flag) {
			if f.Name == "help" || f.Hidden {
				return
			}
			if first {
				b.WriteString("\n| flag | meaning |\n|---|---|\n")
				first = false
			}
			fmt.Fprintf(&b, "| `%s` | %s |\n", flagName(f), cell(flagText(f)))
		})
	}
	b.WriteString("\n")
	return b.String()
}

func usageOf(c *cobra.Command) string {
	parent := strings.TrimSuffix(c.CommandPath(), c.Name())
	return parent + c.Use
}

func flagName(f *pflag.Flag) string {
	kind, _ := pflag.UnquoteUsage(f)
	out := strings.TrimSpace("--" + f.Name + " " + kind)
	if f.Shorthand != "" {
		out = "-" + f.Shorthand + ", " + out
	}
	return out
}

func flagText(f *pflag.Flag) string {
	switch f.DefValue {
	case "", "false", "[]":
		return f.Usage
	}
	return fmt.Sprintf("%s (default %s)", f.Usage, f.DefValue)
}

// templateReference is a row per built-in template.
func templateReference(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("\n| template | export | kind | params |\n|---|---|---|---|\n")
	for _, f := range templates(t) {
		var params []string
		for _, k := range slices.Sorted(maps.Keys(f.Params)) {
			p := "`" + k + "`"
			if d := f.Params[k].Default; d == nil {
				p += " (must be set)"
			} else if *d != "" {
				p += " = " + *d
			}
			params = append(params, p)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Name, cell(f.Template.Title), f.Template.Kind, cell(strings.Join(params, ", ")))
	}
	b.WriteString("\n")
	return b.String()
}

func templates(t *testing.T) []*feed.Feed {
	t.Helper()
	files, err := fs.Glob(data.FS, "feeds/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d templates: %v", len(files), err)
	}
	var out []*feed.Feed
	for _, file := range files {
		b, err := fs.ReadFile(data.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		f, err := feed.ParseTemplate("data/"+file, b, contracts(t))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

// tableReference is a section per contract table with its columns.
func tableReference(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, x := range contracts(t).Sorted() {
		fmt.Fprintf(&b, "\n### %s\n\n%s Kind: %s.", x.Name, strings.TrimSuffix(cell(x.Doc), ".")+".", x.Kind)
		if len(x.Key) > 0 {
			fmt.Fprintf(&b, " Key: `%s`.", strings.Join(x.Key, "`, `"))
		}
		b.WriteString("\n\n| column | type | meaning |\n|---|---|---|\n")
		for _, c := range x.Columns {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.Name, c.Type, cell(columnText(c)))
		}
	}
	b.WriteString("\n")
	return b.String()
}

func columnText(c contract.Column) string {
	out := c.Doc
	if c.Unit != "" {
		out += "; in " + c.Unit
	}
	if c.Required {
		out += "; required"
	}
	if c.PII {
		out += "; personal data"
	}
	return out
}

// schemaKeys lists the paths of a schema, the keys of maps and lists left out.
func schemaKeys(path string, node map[string]any, into map[string]bool) {
	for _, next := range []any{node["items"], node["additionalProperties"]} {
		if m, ok := next.(map[string]any); ok {
			schemaKeys(path, m, into)
		}
	}
	props, _ := node["properties"].(map[string]any)
	for k, v := range props {
		p := strings.TrimPrefix(path+"."+k, ".")
		into[p] = true
		schemaKeys(p, v.(map[string]any), into)
	}
}

// rowRE is the first cell of a row of a table.
var rowRE = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")

// documented compares the keys of a schema with the rows of a part of a page.
func documented(t *testing.T, where, text string, schema []byte, least int) {
	t.Helper()
	var s map[string]any
	if err := json.Unmarshal(schema, &s); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	schemaKeys("", s, want)
	if len(want) < least {
		t.Fatalf("the schema has only %d keys", len(want))
	}
	have := map[string]bool{}
	for _, m := range rowRE.FindAllStringSubmatch(text, -1) {
		have[m[1]] = true
	}
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if !have[k] {
			t.Errorf("%s has no row for the key %s", where, k)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(have)) {
		if !want[k] {
			t.Errorf("%s has a row for %s, which is no key", where, k)
		}
	}
}

func TestEveryKeyOfMappingsIsDocumented(t *testing.T) {
	documented(t, "docs/mapping.md", page(t, "docs/mapping.md"), feed.Schema(), 60)
}

// documentedIn holds a section of a page against the schema of a kind of file.
func documentedIn(t *testing.T, name, section, kind string, least int) {
	t.Helper()
	schema, err := run.Schema(kind)
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := strings.Cut(page(t, name), "\n## "+section+"\n")
	part, _, _ = strings.Cut(part, "\n## ")
	documented(t, name+", "+section, part, schema, least)
}

func TestEveryKeyOfRateCardsIsDocumented(t *testing.T) {
	documentedIn(t, "docs/rates.md", "Keys of card.yaml", "rate", 50)
}

func TestEveryKeyOfTheWorkspaceIsDocumented(t *testing.T) {
	documentedIn(t, "docs/reference.md", "waybill.yaml", "workspace", 15)
}

func TestEveryExitCodeIsDocumented(t *testing.T) {
	_, part, _ := strings.Cut(page(t, "docs/reference.md"), "\n## Exit codes\n")
	part, _, _ = strings.Cut(part, "\n## ")
	have := map[string]bool{}
	for _, m := range rowRE.FindAllStringSubmatch(part, -1) {
		have[m[1]] = true
	}
	for _, code := range []int{exitDone, exitFailed, exitUsage, exitPartly, exitCheck, exitOld, exitLocked, exitCancelled} {
		if !have[fmt.Sprint(code)] {
			t.Errorf("docs/reference.md has no row for exit code %d", code)
		}
	}
}

// Every template has its place in a page about its family.
func TestEveryTemplateHasAHowto(t *testing.T) {
	var all strings.Builder
	for _, name := range pages(t) {
		if strings.HasPrefix(name, "docs/howto/") {
			all.WriteString(page(t, name))
		}
	}
	for _, f := range templates(t) {
		if !strings.Contains(all.String(), "`"+f.Name+"`") {
			t.Errorf("no page of docs/howto names the template %s", f.Name)
		}
	}
}

// Every YAML block is a whole feed, template, file of cases, mapping of a price
// sheet or waybill.yaml that is right.
func TestMappingsOfThePagesParse(t *testing.T) {
	tables := contracts(t)
	n := 0
	for _, name := range pages(t) {
		for _, f := range fences(t, name) {
			if f.lang != "yaml" {
				continue
			}
			n++
			var err error
			switch {
			case regexp.MustCompile(`(?m)^workspace:`).MatchString(f.text):
				err = parseConfig(t, f.text)
			case regexp.MustCompile(`(?m)^cases:`).MatchString(f.text):
				_, err = policy.ParseCases("page.yaml", []byte(f.text))
			case regexp.MustCompile(`(?m)^table:`).MatchString(f.text):
				_, err = rate.ParseMapping("page.yaml", []byte(f.text))
			case regexp.MustCompile(`(?m)^template:`).MatchString(f.text):
				_, err = feed.ParseTemplate("data/feeds/page.yaml", []byte(f.text), tables)
			default:
				_, err = feed.ParseWith("feeds/page.yaml", []byte(f.text), tables, builtin)
			}
			if err != nil {
				t.Errorf("%s: %v", f, err)
			}
		}
	}
	if n < 10 {
		t.Errorf("the pages have %d mappings", n)
	}
}

func parseConfig(t *testing.T, text string) error {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, workspace.ConfigName), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := workspace.Open(dir, func(string) string { return "" })
	return err
}

func builtin(name string) (string, []byte, bool) {
	file := "feeds/" + name + ".yaml"
	b, err := fs.ReadFile(data.FS, file)
	return "data/" + file, b, err == nil
}

func contracts(t *testing.T) contract.Set {
	t.Helper()
	schema, err := fs.Sub(data.FS, "schema")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := contract.Load(schema, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tables
}
