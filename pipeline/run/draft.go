package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"waybill/pipeline/feed"
)

// Draft is a first mapping for a file that no template knows.
type Draft struct {
	Name   string  `json:"name"`
	Text   string  `json:"text"` // YAML
	Doubts []Doubt `json:"doubts"`
	Broken string  `json:"broken,omitempty"` // why the mapping cannot be used before it is mended
	File   string  `json:"file,omitempty"`   // where it was written
}

// Doubt is something in a draft that a person has to decide.
type Doubt struct {
	Line   int    `json:"line"` // 0: not in the text
	Column string `json:"column,omitempty"`
	Text   string `json:"text"`
}

// ErrNoDraft says that the file is not one for which a mapping can be drafted.
var ErrNoDraft = errors.New("drafts are made for tables, and this is JSON; try: waybill feed guess, or copy the text of the nearest template (waybill feed show NAME)")

var draftName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// FeedName makes a feed's name of a file's: what is no letter or digit is _, the
// digits of a date at the end go.
func FeedName(file string) string {
	name, _, _ := strings.Cut(strings.ToLower(filepath.Base(file)), ".")
	name = strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(name, "_"), "_")
	name = strings.TrimRight(regexp.MustCompile(`(_?\d{4,})+$`).ReplaceAllString(name, ""), "_")
	if !draftName.MatchString(name) {
		name = strings.TrimRight("feed_"+name, "_")
	}
	return name
}

// Draft writes a first mapping; name may be empty.
func (r *Runner) Draft(ctx context.Context, file, name string) (Draft, error) {
	if name == "" {
		name = FeedName(file)
	}
	if !draftName.MatchString(name) {
		return Draft{}, fmt.Errorf("feed %q: a name is lower case letters, digits and _; try: --name %s", name, FeedName(name))
	}
	templates, err := r.Templates()
	if err != nil {
		return Draft{}, err
	}
	head, err := r.Head(ctx, file, templates)
	if err != nil {
		return Draft{}, err
	}
	if head.JSON != nil {
		return Draft{}, fmt.Errorf("%s: %w", filepath.Base(file), ErrNoDraft)
	}
	text, doubts := feed.Draft(head, r.Tables)
	text = bytes.Replace(text, []byte("feed: draft\n"), []byte("feed: "+name+"\n"), 1)
	pattern := "*"
	if ext := strings.ToLower(filepath.Ext(file)); len(ext) > 1 {
		pattern += ext
	}
	text = bytes.Replace(text, []byte(`source: {folder: inbox/draft, files: ["*"]}`), []byte("source: {folder: inbox/"+name+", files: ["+scalar(pattern)+"]}"), 1)
	text = append([]byte(schemaLine("../", "feed")), text...)
	d := Draft{Name: name, Text: string(text), Doubts: []Doubt{}}
	lines := strings.Split(d.Text, "\n")
	for _, x := range doubts {
		d.Doubts = append(d.Doubts, Doubt{lineOf(lines, x), x.Column, x.Text})
	}
	if _, err := r.parseFeed("feeds/"+name+".yaml", text); err != nil {
		d.Broken = err.Error()
	}
	return d, nil
}

// lineOf finds the line that bears a doubt: the one of its column where several
// bear the same words.
func lineOf(lines []string, d feed.Doubt) int {
	first := 0
	for i, l := range lines {
		code, note, _ := strings.Cut(l, "# ? ")
		if !strings.Contains(note, d.Text) {
			continue
		}
		if d.Column != "" && strings.Contains(code, d.Column+":") {
			return i + 1
		}
		if first == 0 {
			first = i + 1
		}
	}
	return first
}

// WriteDraft puts a draft into feeds/. A draft that cannot be used yet gets a
// name that no run reads, so that it stops no other feed.
func (r *Runner) WriteDraft(d Draft) (Draft, error) {
	taken, err := r.taken(d.Name)
	if err != nil {
		return d, err
	}
	if taken {
		return d, fmt.Errorf("feed %s is there already; try: --name %s_2", d.Name, d.Name)
	}
	d.File = "feeds/" + d.Name + ".yaml"
	if d.Broken != "" {
		d.File += ".draft"
		if err := r.writeSchema("feed"); err != nil {
			return d, err
		}
		return d, writeFile(r.WS.Path(filepath.FromSlash(d.File)), []byte(d.Text))
	}
	f, err := r.parseFeed(d.File, []byte(d.Text))
	if err != nil {
		return d, err
	}
	return d, r.writeFeed(f, []byte(d.Text))
}
