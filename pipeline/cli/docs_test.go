package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// top is the folder of the checkout, seen from here.
const top = "../.."

// fence is a block of code of a page.
type fence struct {
	page string // relative to the checkout
	line int    // of its first line of text
	lang string
	exit int // of the commands of a console block, "console exit=2"
	text string
}

func (f fence) String() string { return fmt.Sprintf("%s:%d", f.page, f.line) }

var fenceRE = regexp.MustCompile("^```([a-z]*)(?: exit=([0-9]+))?$")

// pages are the Markdown files that people read to learn the program.
func pages(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, dir := range []string{"docs", "examples"} {
		err := filepath.WalkDir(filepath.Join(top, dir), func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && filepath.Ext(p) == ".md" {
				rel, rerr := filepath.Rel(top, p)
				out, err = append(out, filepath.ToSlash(rel)), rerr
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(out) < 10 {
		t.Fatalf("only %d pages", len(out))
	}
	return out
}

func page(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(top, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func fences(t *testing.T, name string) []fence {
	t.Helper()
	var out []fence
	var open *fence
	for i, line := range strings.Split(page(t, name), "\n") {
		m := fenceRE.FindStringSubmatch(line)
		switch {
		case open == nil && m != nil:
			open = &fence{page: name, line: i + 2, lang: m[1]}
			if _, err := fmt.Sscan(m[2], &open.exit); m[2] != "" && err != nil {
				t.Fatal(err)
			}
		case open == nil && strings.HasPrefix(line, "```"):
			t.Errorf("%s:%d: a fence that is not understood: %s", name, i+1, line)
		case open != nil && line == "```":
			out, open = append(out, *open), nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	if open != nil {
		t.Errorf("%s is not closed", open)
	}
	return out
}

// Every page is a session of its own: its console blocks run in their order in
// a folder that looks like the checkout, and print what the page shows. A YAML
// block whose first line is "# PATH.yaml" is that file from there on.
func TestPagesAreTrue(t *testing.T) {
	commands := 0
	for _, name := range pages(t) {
		all := fences(t, name)
		if !slices.ContainsFunc(all, func(f fence) bool { return f.lang == "console" }) {
			continue
		}
		t.Run(strings.TrimSuffix(strings.TrimPrefix(name, "docs/"), ".md"), func(t *testing.T) {
			s := session(t)
			for _, f := range all {
				switch path := fileOf(f); {
				case path != "":
					s.write(path, f.text)
				case f.lang == "console":
					commands += s.follow(f)
				}
			}
		})
	}
	if commands < 20 {
		t.Errorf("only %d commands ran", commands)
	}
}

var fileRE = regexp.MustCompile(`^# (\S+\.yaml)\n`)

// fileOf is the file that a YAML block stands for, "" where it is none.
func fileOf(f fence) string {
	if m := fileRE.FindStringSubmatch(f.text); m != nil && f.lang == "yaml" {
		return m[1]
	}
	return ""
}

// session is a terminal in a folder with the samples that pages use.
func session(t *testing.T) space {
	t.Helper()
	s := space{T: t, dir: t.TempDir(), env: map[string]string{}, terminal: true}
	for _, dir := range []string{"examples/tiktok_seller/sample", "data/feeds/testdata", "docs/testdata"} {
		if err := os.CopyFS(s.path(dir), os.DirFS(filepath.Join(top, dir))); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(s.dir)
	return s
}

// follow runs the commands of a block and compares what they print.
func (s space) follow(f fence) int {
	s.Helper()
	n := 0
	for _, part := range regexp.MustCompile(`(?m)^\$ `).Split(f.text, -1)[1:] {
		command, want, _ := strings.Cut(part, "\n")
		got := s.shell(f, command)
		if n++; want != "" && !shown(want).MatchString(tidy(got)) {
			s.Errorf("%s: %s prints\n%s\nwant\n%s", f, command, got, want)
		}
	}
	if n == 0 {
		s.Errorf("%s: no line of the block starts with \"$ \"", f)
	}
	return n
}

// shell understands what pages need: waybill, cp, ls and export.
func (s space) shell(f fence, command string) string {
	s.Helper()
	w, err := words(command)
	if err != nil || len(w) < 2 {
		s.Fatalf("%s: %s: %v", f, command, err)
	}
	switch w[0] {
	case "waybill":
		r := s.bare(w[1:]...)
		if r.code != f.exit {
			s.Fatalf("%s: %s: exit %d, want %d\n%s%s", f, command, r.code, f.exit, r.out, r.err)
		}
		return r.out + r.err
	case "export":
		k, v, _ := strings.Cut(w[1], "=")
		s.env[k] = v
	case "cp":
		to := w[len(w)-1]
		for _, from := range w[1 : len(w)-1] {
			if err := copyInto(from, to); err != nil {
				s.Fatalf("%s: %s: %v", f, command, err)
			}
		}
	case "ls":
		list, err := os.ReadDir(w[1])
		if err != nil {
			s.Fatalf("%s: %s: %v", f, command, err)
		}
		var out strings.Builder
		for _, d := range list {
			if !strings.HasPrefix(d.Name(), ".") {
				fmt.Fprintln(&out, d.Name())
			}
		}
		return out.String()
	default:
		s.Fatalf("%s: %s: only waybill, cp, ls and export are understood", f, command)
	}
	return ""
}

func copyInto(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if d, err := os.Stat(to); err == nil && d.IsDir() {
		to = filepath.Join(to, filepath.Base(from))
	}
	return os.WriteFile(to, b, 0o644)
}

// words takes a line apart as a shell does, without anything but quotes.
func words(line string) ([]string, error) {
	var out []string
	var word strings.Builder
	var quote rune
	open := false
	for _, c := range line {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, open = c, true
		case quote == 0 && strings.ContainsRune("|&;<>$*`\\", c):
			return nil, fmt.Errorf("%q is not understood outside of quotes", c)
		case quote == 0 && c == ' ':
			if open {
				out = append(out, word.String())
				word.Reset()
			}
			open = false
		default:
			word.WriteRune(c)
			open = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quote is not closed")
	}
	if open {
		out = append(out, word.String())
	}
	return out, nil
}

// shown makes a pattern of what a page shows: … stands for anything in a line,
// a line of … alone for any lines.
func shown(want string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("^")
	for _, line := range strings.Split(strings.TrimSuffix(tidy(want), "\n"), "\n") {
		if line == "…" {
			b.WriteString(`(?:[^\n]*\n)*`)
			continue
		}
		b.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", `[^\n]*`) + `\n`)
	}
	return regexp.MustCompile(b.String() + "$")
}

// tidy takes the blanks at the ends of lines and of the whole away.
func tidy(s string) string {
	return strings.TrimRight(regexp.MustCompile(`[ \t]+\n`).ReplaceAllString(s, "\n"), " \n") + "\n"
}

func TestShownCanFail(t *testing.T) {
	for want, got := range map[string]string{"a …": "b c\n", "a\nb": "a\n", "a\n…\nc": "a\nb\n", "a": "a\nb\n", "x (1)": "x 1\n"} {
		if shown(want).MatchString(tidy(got)) {
			t.Errorf("%q is taken for %q", got, want)
		}
	}
	for want, got := range map[string]string{"a …": "a b c\n", "a\n…\nc": "a\nb\nb\nc\n", "a\n…": "a\n", "x (1)": "x (1)  \n"} {
		if !shown(want).MatchString(tidy(got)) {
			t.Errorf("%q is not taken for %q", got, want)
		}
	}
}

// Commands in other blocks are not run, but they exist.
func TestCommandsOfThePagesExist(t *testing.T) {
	n := 0
	for _, name := range pages(t) {
		for _, line := range strings.Split(page(t, name), "\n") {
			line = strings.TrimPrefix(strings.TrimPrefix(line, "$ "), "    ")
			if strings.HasPrefix(line, "waybill ") {
				n++
				checkCommand(t, name, line)
			}
		}
	}
	if n < 30 {
		t.Errorf("the pages have %d commands", n)
	}
}

var linkRE = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)\s]*)?\)`)

func TestLinksOfThePagesLead(t *testing.T) {
	for _, name := range append(pages(t), "README.md") {
		for _, m := range linkRE.FindAllStringSubmatch(page(t, name), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(top, filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s: %s leads nowhere", name, m[1])
			}
		}
	}
}
