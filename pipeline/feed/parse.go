package feed

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"waybill/pipeline/contract"
	"waybill/pipeline/yamldoc"
)

// Templates finds a template by its name: the file as it is shown in messages,
// and its text.
type Templates func(name string) (file string, text []byte, ok bool)

// Parse reads one feed that uses no template and checks it against the
// contracts. All mistakes come together, each as file:line:col.
func Parse(file string, b []byte, tables contract.Set) (*Feed, error) {
	return ParseWith(file, b, tables, nil)
}

// ParseWith reads one feed, fills the template that it uses and checks it
// against the contracts. All mistakes come together, each as file:line:col.
func ParseWith(file string, b []byte, tables contract.Set, templates Templates) (*Feed, error) {
	f, err := decodeFeed(file, b)
	if err != nil {
		return nil, err
	}
	c := &checker{feed: f, file: file, text: b, tables: tables}
	if f.Template != nil {
		c.bad("$.template", "template: is for files below data/feeds; try: move the file there, and use: it from a feed")
	}
	if f.Params != nil {
		c.bad("$.params", "params: belong into a template; try: write the values themselves")
	}
	if !nameRE.MatchString(f.Name) {
		c.bad("$.feed", "feed %q: a name is lower case letters, digits and _", f.Name)
	}
	if f.Source.Folder == "" || len(f.Source.Files) == 0 {
		c.bad("$.source", "source needs folder and files; try: source: {folder: inbox/%s, files: [\"*.csv\"]}", f.Name)
	}
	if f.Use != "" {
		err := c.fillIn(templates)
		if err != nil {
			return nil, errors.Join(append(c.errs, err)...)
		}
		f = c.feed
	} else if f.Set != nil {
		c.bad("$.set", "set: gives values to a template; try: use: NAME")
	}
	c.check()
	if err := c.err(); err != nil {
		return nil, err
	}
	return f, nil
}

// ParseTemplate reads a template: its name is that of the file, its params
// stand at their defaults.
func ParseTemplate(file string, b []byte, tables contract.Set) (*Feed, error) {
	f, err := decodeFeed(file, b)
	if err != nil {
		return nil, err
	}
	c := &checker{feed: f, file: file, text: b, tables: tables}
	name := strings.TrimSuffix(path.Base(file), path.Ext(file))
	if f.Name != "" && f.Name != name {
		c.bad("$.feed", "the template of the file %s is called %s; try: leave feed: out", path.Base(file), name)
	}
	f.Name = name
	if !nameRE.MatchString(name) {
		c.bad("$", "template %q: a name is lower case letters, digits and _", name)
	}
	for what, there := range map[string]bool{"source": f.Source.Folder != "" || f.Source.Files != nil, "use": f.Use != "", "set": f.Set != nil, "password": f.Password != ""} {
		if there {
			c.bad("$."+what, "%s: belongs into the feed that uses the template; try: leave it out", what)
		}
	}
	c.template()
	defaults := map[string]string{}
	for name, p := range f.Params {
		if p.Default != nil {
			defaults[name] = *p.Default
		}
	}
	f.substitute(defaults)
	c.check()
	if err := c.err(); err != nil {
		return nil, err
	}
	return f, nil
}

var nameRE = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func decodeFeed(file string, b []byte) (*Feed, error) {
	f := &Feed{File: file, text: b}
	if err := yamldoc.Decode(file, b, f); err != nil {
		if !positionRE.MatchString(err.Error()) {
			return nil, fmt.Errorf("%s:1:1: %w", file, err)
		}
		return nil, err
	}
	f.settle()
	return f, nil
}

var positionRE = regexp.MustCompile(`:\d+:\d+: `)

// settle fills what follows from other keys.
func (f *Feed) settle() {
	f.Format = ""
	if len(f.Formats) == 1 {
		f.Format = f.Formats[0]
	}
	for i := range f.Outputs {
		if f.Outputs[i].Name == "" {
			f.Outputs[i].Name = f.Outputs[i].Table
		}
	}
}

// checker collects the mistakes of a file.
type checker struct {
	feed   *Feed
	file   string
	text   []byte
	tables contract.Set
	used   bool // outputs stand in a template, not in the text
	errs   []error
}

// bad notes a mistake at a YAML path, or at the nearest place above it that the
// text has.
func (c *checker) bad(at, format string, args ...any) {
	if c.used && strings.HasPrefix(at, "$.outputs") {
		at = "$.use"
		if c.feed.Set != nil {
			at = "$.set"
		}
	}
	line, col := yamldoc.Position(c.text, at)
	for line == 0 && at != "$" {
		cut := max(strings.LastIndex(at, "."), strings.LastIndex(at, "["))
		if cut <= 0 {
			break
		}
		at = at[:cut]
		line, col = yamldoc.Position(c.text, at)
	}
	if line == 0 {
		line, col = 1, 1
	}
	c.errs = append(c.errs, &mistake{c.file, line, col, fmt.Sprintf(format, args...)})
}

// mistake is one thing that is wrong at a place of a file.
type mistake struct {
	file      string
	line, col int
	text      string
}

func (m *mistake) Error() string { return fmt.Sprintf("%s:%d:%d: %s", m.file, m.line, m.col, m.text) }

// err gives all mistakes in the order of the file, each once.
func (c *checker) err() error {
	sort.SliceStable(c.errs, func(i, j int) bool {
		a, aOK := c.errs[i].(*mistake)
		b, bOK := c.errs[j].(*mistake)
		switch {
		case !aOK || !bOK:
			return bOK && !aOK
		case a.line != b.line:
			return a.line < b.line
		case a.col != b.col:
			return a.col < b.col
		}
		return a.text < b.text
	})
	c.errs = slices.CompactFunc(c.errs, func(a, b error) bool { return a.Error() == b.Error() })
	return errors.Join(c.errs...)
}

// oneOf checks a word; try names all words, the nearest first.
func (c *checker) oneOf(at, what, word string, known []string) {
	if word == "" || slices.Contains(known, word) {
		return
	}
	if near := yamldoc.Nearest(word, known); near != "" {
		c.bad(at, "%s %q; try: %s (known are %s)", what, word, near, strings.Join(known, ", "))
		return
	}
	c.bad(at, "%s %q; try: %s", what, word, orList(known))
}

func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func (c *checker) zone(at, zone string) {
	if zone == "" || isParam(zone) {
		return
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		c.bad(at, "zone %q is no IANA zone; try: Asia/Shanghai, America/Los_Angeles, UTC", zone)
	}
}
