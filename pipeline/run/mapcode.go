package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"waybill/data"
	"waybill/pipeline/carrier"
	"waybill/pipeline/lake"
	"waybill/pipeline/yamldoc"
)

// MapRequest adds one code or text to the map of a carrier.
type MapRequest struct {
	Carrier   string // as codes lists it
	Code      string // one of Code and Text
	Text      string // a part of the text, literally
	Milestone string
	Example   string // a text that a scan with it bears, for the test
}

// Mapped is what MapCode did.
type Mapped struct {
	File      string `json:"file"`
	Copied    bool   `json:"copied"` // from the built-in file
	New       bool   `json:"new"`    // the carrier had no map
	Milestone string `json:"milestone"`
	Before    string `json:"before,omitempty"` // the code's milestone in the map before
	Scans     int64  `json:"scans"`            // scans without a milestone that get one
	Loaded    bool   `json:"loaded"`           // anything is loaded at all
}

// ErrMap says that a code or text cannot be mapped so.
var ErrMap = errors.New("not mapped")

// MapCode adds a code or text and its test to data/carriers of the workspace;
// a built-in map is copied there first. Comments and order stay. Nothing is
// written if the map would not work then.
func (r *Runner) MapCode(ctx context.Context, q MapRequest) (Mapped, error) {
	out := Mapped{Milestone: q.Milestone}
	if err := knownMilestone(q.Milestone); err != nil {
		return out, err
	}
	if q.Carrier == "" || (q.Code == "") == (q.Text == "") {
		return out, fmt.Errorf("%w: a carrier and either a code or a text are needed", ErrMap)
	}
	file, text, err := r.carrierFile(q.Carrier, &out)
	if err != nil {
		return out, err
	}
	out.File = "data/" + file
	before, err := carrier.Parse(out.File, text)
	if err != nil {
		return out, err
	}
	if t, ok := before.Codes[q.Code]; ok && q.Code != "" {
		out.Before = "by place"
		if t.Plain() {
			out.Before = milestoneName(t.Unknown)
		}
		if out.Before == q.Milestone {
			return out, fmt.Errorf("%w: code %q is %s in %s already", ErrMap, q.Code, q.Milestone, out.File)
		}
	}
	edited, err := edit(text, before, q)
	if err != nil {
		return out, err
	}
	after, err := carrier.Parse(out.File, edited)
	if err != nil {
		return out, fmt.Errorf("%w: the map would be broken: %w", ErrMap, err)
	}
	maps := slices.Clone(r.Reference.Carriers)
	if at := slices.IndexFunc(maps, func(m carrier.Map) bool { return m.File == out.File }); at >= 0 {
		maps[at] = after
	} else {
		maps = append(maps, after)
	}
	words, err := carrier.NewSet(maps)
	if err != nil {
		return out, err
	}
	if err := decides(words, q); err != nil {
		return out, err
	}
	if errs := words.Check(); len(errs) > 0 {
		return out, fmt.Errorf("%w: tests of the maps would fail: %w", ErrMap, errors.Join(errs...))
	}
	if out.Scans, out.Loaded, err = r.gain(ctx, maps, words); err != nil {
		return out, err
	}
	return out, r.writeMap(file, edited, out)
}

// carrierFile finds the map of a carrier below data/: the workspace's, the
// built-in one, or a new one.
func (r *Runner) carrierFile(name string, out *Mapped) (string, []byte, error) {
	for _, m := range r.Reference.Carriers {
		if slices.Contains(m.Names(), name) {
			file := strings.TrimPrefix(m.File, "data/")
			b, err := fs.ReadFile(r.Data, file)
			out.Copied = !r.Data.Replaced(file)
			return file, b, err
		}
	}
	slug := strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), "_"), "_")
	if slug == "" {
		slug = "carrier"
	}
	file := "carriers/" + slug + ".yaml"
	for n := 2; ; n++ {
		if _, err := fs.Stat(r.Data, file); errors.Is(err, fs.ErrNotExist) {
			break
		}
		file = fmt.Sprintf("carriers/%s_%d.yaml", slug, n)
	}
	out.New = true
	return file, []byte(fmt.Sprintf("# name: %s\n# purpose: codes and texts of %s to milestones\n# source: what this workspace's exports say\ncarrier: %s\n", slug, oneLine(name), scalar(name))), nil
}

func knownMilestone(name string) error {
	var known []string
	for _, m := range carrier.Milestones {
		if m.Name == name && m.ID != carrier.Unknown {
			return nil
		}
		if m.ID != carrier.Unknown {
			known = append(known, m.Name)
		}
	}
	try := strings.Join(known, ", ")
	if near := yamldoc.Nearest(name, known); near != "" {
		try = near
	}
	return fmt.Errorf("%w: milestone %q is unknown; try: %s", ErrMap, name, try)
}

func milestoneName(id int) string {
	for _, m := range carrier.Milestones {
		if m.ID == id {
			return m.Name
		}
	}
	return ""
}

// decides says whether the new entry is what decides its scan.
func decides(words carrier.Set, q MapRequest) error {
	text := q.Example
	if text == "" {
		text = q.Text
	}
	id, why := words.Decide(q.Carrier, q.Code, text, "")
	if want, _ := carrier.ID(q.Milestone); id == want {
		return nil
	}
	if q.Text != "" && q.Example != "" && why == "" {
		return fmt.Errorf("%w: the test %q does not hold the text %q", ErrMap, q.Example, q.Text)
	}
	return fmt.Errorf("%w: %s decides before it, and says %s; try: change that rule in the map", ErrMap, why, milestoneName(id))
}

// gain counts the scans that have no milestone now and get one.
func (r *Runner) gain(ctx context.Context, maps []carrier.Map, words carrier.Set) (n int64, loaded bool, err error) {
	now, err := r.Codes(ctx, View{})
	if errors.Is(err, lake.ErrEmpty) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	then := *r
	then.Reference.Carriers, then.Reference.Words = maps, words
	left, err := then.Codes(ctx, View{})
	if err != nil {
		return 0, true, err
	}
	for _, u := range now.Unmapped {
		n += u.N
	}
	for _, u := range left.Unmapped {
		n -= u.N
	}
	return n, true, nil
}

// writeMap writes the map; the note of what was copied is kept as eject does.
func (r *Runner) writeMap(file string, text []byte, m Mapped) error {
	if m.Copied {
		if _, err := fs.Stat(data.FS, file); err != nil {
			return err
		}
		if _, err := r.Eject(m.File); err != nil {
			return err
		}
	}
	return writeFile(r.WS.Path(filepath.FromSlash(m.File)), text)
}

// edit puts an entry and its test into the text of a map.
func edit(text []byte, m carrier.Map, q MapRequest) ([]byte, error) {
	var err error
	test := []string{}
	switch {
	case q.Code != "":
		if _, known := m.Codes[q.Code]; known {
			if text, err = replaceCode(text, q.Code, q.Milestone); err != nil {
				return nil, err
			}
		} else {
			text = insert(text, "codes", scalar(q.Code)+": "+q.Milestone, false)
		}
		test = append(test, "code: "+scalar(q.Code))
		if q.Example != "" {
			test = append(test, "text: "+scalar(q.Example))
		}
	default:
		text = insert(text, "texts", "{match: "+scalar(regexp.QuoteMeta(oneLine(q.Text)))+", milestone: "+q.Milestone+"}", true)
		said := q.Example
		if said == "" {
			said = q.Text
		}
		test = append(test, "text: "+scalar(said))
	}
	return insert(text, "tests", "{"+strings.Join(append(test, "want: "+q.Milestone), ", ")+"}", true), nil
}

// replaceCode changes the milestone that a code has in the text, and takes out
// the tests of the code that want the old one.
func replaceCode(text []byte, code, milestone string) ([]byte, error) {
	written := `(?:"` + regexp.QuoteMeta(code) + `"|'` + regexp.QuoteMeta(code) + `'|` + regexp.QuoteMeta(code) + `)`
	key := regexp.MustCompile(`^(\s+` + written + `\s*:\s*)([a-z_-]+)(\s*(?:#.*)?)$`)
	lines := strings.Split(string(text), "\n")
	old := ""
	for i, block := 0, ""; i < len(lines) && old == ""; i++ {
		if topKey.MatchString(lines[i]) {
			block, _, _ = strings.Cut(lines[i], ":")
		}
		if m := key.FindStringSubmatch(lines[i]); m != nil && block == "codes" {
			lines[i], old = m[1]+milestone+m[3], m[2]
		}
	}
	if old == "" {
		return nil, fmt.Errorf("%w: code %q is in the map in a form that is changed by hand only", ErrMap, code)
	}
	test := regexp.MustCompile(`^\s*- \{.*\bcode:\s*` + written + `\s*[,}].*\bwant:\s*` + old + `\s*\}\s*(?:#.*)?$`)
	block := ""
	lines = slices.DeleteFunc(lines, func(l string) bool {
		if topKey.MatchString(l) {
			block, _, _ = strings.Cut(l, ":")
		}
		return block == "tests" && test.MatchString(strings.TrimSuffix(l, "\r"))
	})
	return []byte(strings.Join(lines, "\n")), nil
}

var topKey = regexp.MustCompile(`^[a-z_"']`)

// insert puts an entry behind the last one of a block of the document's top, and
// makes the block where there is none. item says that the block is a list.
func insert(text []byte, key, entry string, item bool) []byte {
	mark := ""
	if item {
		mark = "- "
	}
	newline := "\n"
	if bytes.Contains(text, []byte("\r\n")) {
		newline = "\r\n"
	}
	whole := strings.TrimRight(string(text), "\r\n")
	lines := strings.Split(whole+strings.TrimSuffix(newline, "\n"), "\n")
	head := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, key+":") })
	if head < 0 {
		return []byte(strings.Join(lines, "\n") + "\n" + key + ":" + newline + "  " + mark + entry + newline)
	}
	if rest, _, _ := strings.Cut(strings.TrimPrefix(lines[head], key+":"), " #"); strings.TrimSpace(rest) != "" {
		// {…} or […] behind the key
		at := strings.IndexAny(lines[head], "{[")
		if at < 0 {
			return text // what it is then, the parser says
		}
		sep := ", "
		if after := strings.TrimSpace(lines[head][at+1:]); strings.HasPrefix(after, "}") || strings.HasPrefix(after, "]") {
			sep = ""
		}
		lines[head] = lines[head][:at+1] + entry + sep + lines[head][at+1:]
		return []byte(strings.Join(lines, "\n") + "\n")
	}
	last, indent := head, "  "
	found := false
	for i := head + 1; i < len(lines); i++ {
		l := strings.TrimRight(lines[i], "\r")
		code := strings.TrimSpace(l)
		if code == "" || strings.HasPrefix(code, "#") {
			continue
		}
		if topKey.MatchString(l) {
			break
		}
		if !found {
			found, indent = true, l[:len(l)-len(strings.TrimLeft(l, " "))]
		}
		last = i
	}
	lines = slices.Insert(lines, last+1, indent+mark+entry+strings.TrimSuffix(newline, "\n"))
	return []byte(strings.Join(lines, "\n") + "\n")
}

// CheckData finds what is wrong with the workspace's own reference data and is
// no mistake of its form: tests of maps, templates. Each finding begins with
// file:line:col.
func (r *Runner) CheckData(ctx context.Context) ([]string, error) {
	var out []string
	for _, err := range r.Reference.Words.Check() {
		out = append(out, err.Error())
	}
	if _, err := r.Cards(); err != nil {
		out = append(out, strings.Split(err.Error(), "\n")...)
	}
	if _, err := r.FX(); err != nil {
		out = append(out, strings.Split(err.Error(), "\n")...)
	}
	if _, err := r.SKUClasses(); err != nil {
		out = append(out, strings.Split(err.Error(), "\n")...)
	}
	names, err := r.templateNames()
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !r.Data.Replaced("feeds/" + n + ".yaml") {
			continue
		}
		if _, err := r.Template(n); err != nil {
			out = append(out, strings.Split(err.Error(), "\n")...)
		}
	}
	drafts, err := filepath.Glob(r.WS.Path("feeds", "*.draft"))
	if err != nil {
		return nil, err
	}
	for _, d := range drafts {
		name := filepath.Base(d)
		b, err := os.ReadFile(d)
		if err != nil {
			return nil, err
		}
		if _, err := r.parseFeed("feeds/"+name, b); err != nil {
			out = append(out, strings.Split(err.Error(), "\n")...)
		} else {
			out = append(out, "feeds/"+name+":1:1: the draft is whole and no run reads it; try: mv feeds/"+name+" feeds/"+strings.TrimSuffix(name, ".draft"))
		}
	}
	return out, nil
}
