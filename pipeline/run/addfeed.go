package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"waybill/pipeline/feed"
	"waybill/pipeline/source"
	"waybill/pipeline/yamldoc"
)

// FeedSpec is a feed that is made of a template.
type FeedSpec struct {
	Template string
	Name     string            // empty: that of the template
	Set      map[string]string // values of its params
	Zone     string            // of its times; empty: the template's
	Files    []string          // names of files that its patterns must match
}

// AddedFeed is a feed that AddFeed made, or found.
type AddedFeed struct {
	Feed   string `json:"feed"`
	File   string `json:"file"`   // relative to the workspace
	Folder string `json:"folder"` // where its files go, as the feed names it
	New    bool   `json:"new"`    // false: an equal feed was there
}

// patterns of file names by format, as exports are called.
var patterns = map[string][]string{
	"csv": {"*.csv", "*.csv.gz", "*.txt", "*.tsv"}, "xlsx": {"*.xlsx"}, "json": {"*.json", "*.json.gz"}, "ndjson": {"*.ndjson", "*.jsonl", "*.ndjson.gz"},
	"parquet": {"*.parquet"}, "fixed": {"*.txt"},
}

func filePatterns(t *feed.Feed, files []string) []string {
	var out []string
	for _, f := range t.Formats {
		for _, p := range patterns[f] {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	if len(out) == 0 {
		out = []string{"*"}
	} else {
		out = append(out, "*.zip")
	}
	for _, f := range files {
		name := strings.ToLower(filepath.Base(f))
		if !slices.ContainsFunc(out, func(p string) bool { ok, err := path.Match(p, name); return err == nil && ok }) {
			if ext := path.Ext(name); len(ext) > 1 && !strings.ContainsAny(ext, `*?[]\{}`) {
				out = append(out, "*"+ext)
			} else {
				out = append(out, "*")
			}
		}
	}
	return out
}

// schemaLine is the first line of a YAML file that we write: editors find the
// schema by it.
func schemaLine(up, kind string) string {
	return "# yaml-language-server: $schema=" + up + schemaFolder + "/" + kind + ".json\n"
}

// feedText is the YAML of a feed that uses a template.
func (s FeedSpec) feedText(t *feed.Feed, name string) []byte {
	var b bytes.Buffer
	b.WriteString(schemaLine("../", "feed"))
	fmt.Fprintf(&b, "# %s. What is certain about its mapping and what is assumed: waybill feed show %s\n", oneLine(t.Template.Title), t.Name)
	fmt.Fprintf(&b, "feed: %s\nuse: %s\n", name, t.Name)
	if len(s.Set) > 0 {
		b.WriteString("set:\n")
		for _, k := range slices.Sorted(maps.Keys(s.Set)) {
			fmt.Fprintf(&b, "  %s: %s\n", k, scalar(s.Set[k]))
		}
	}
	if s.Zone != "" {
		fmt.Fprintf(&b, "zone: %s\n", scalar(s.Zone))
	}
	var files []string
	for _, p := range filePatterns(t, s.Files) {
		files = append(files, scalar(p))
	}
	fmt.Fprintf(&b, "source: {folder: inbox/%s, files: [%s]}\n", name, strings.Join(files, ", "))
	return b.Bytes()
}

// scalar is a text as YAML: in double quotes, which JSON's are.
func scalar(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return `""` // a text always encodes
	}
	return strings.TrimSpace(b.String())
}

// parseFeed reads the text of a feed.
func (r *Runner) parseFeed(file string, text []byte) (*feed.Feed, error) {
	return feed.ParseWith(file, text, r.Tables, r.template)
}

// MakeFeed makes a feed of a template without writing it.
func (r *Runner) MakeFeed(s FeedSpec) (*feed.Feed, error) {
	t, err := r.Template(s.Template)
	if err != nil {
		return nil, err
	}
	name := s.Name
	if name == "" {
		name = t.Name
	}
	return r.parseFeed("feeds/"+name+".yaml", s.feedText(t, name))
}

// FindFeed gives a feed of the workspace by its name, or reads the mapping of a
// file that lies anywhere (its name then has a dot or a slash).
func (r *Runner) FindFeed(name string) (*feed.Feed, error) {
	if strings.ContainsAny(name, "./\\") {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		return r.parseFeed(name, b)
	}
	var names []string
	for _, f := range r.Feeds {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no feed %q: the workspace has none; try: --template NAME", name)
	}
	return nil, fmt.Errorf("no feed %q; try: %s", name, strings.Join(nearest(name, names), ", "))
}

// AddFeed writes a feed that uses a template and makes its inbox. A feed that
// says the same is left alone, and no file is ever overwritten: a name that is
// taken gets a number.
func (r *Runner) AddFeed(s FeedSpec) (AddedFeed, error) {
	t, err := r.Template(s.Template)
	if err != nil {
		return AddedFeed{}, err
	}
	if equal, err := r.equalFeed(t, s); err != nil || equal != nil {
		return r.added(equal, false), err
	}
	base := s.Name
	if base == "" {
		base = t.Name
	}
	name := base
	for n := 2; ; n++ {
		taken, err := r.taken(name)
		if err != nil {
			return AddedFeed{}, err
		}
		if !taken {
			break
		}
		name = fmt.Sprintf("%s_%d", base, n)
	}
	text := s.feedText(t, name)
	f, err := r.parseFeed("feeds/"+name+".yaml", text)
	if err != nil {
		return AddedFeed{}, err
	}
	return r.added(f, true), r.writeFeed(f, text)
}

func (r *Runner) added(f *feed.Feed, isNew bool) AddedFeed {
	if f == nil {
		return AddedFeed{}
	}
	return AddedFeed{f.Name, f.File, f.Source.Folder, isNew}
}

// writeFeed writes a feed that has been parsed, the schema that it names and
// its inbox.
func (r *Runner) writeFeed(f *feed.Feed, text []byte) error {
	if err := r.writeSchema("feed"); err != nil {
		return err
	}
	if err := writeFile(r.WS.Path(filepath.FromSlash(f.File)), text); err != nil {
		return err
	}
	r.Feeds = append(r.Feeds, f)
	dir, err := r.WS.Folder(f.Source.Folder)
	if err != nil {
		return err
	}
	return os.MkdirAll(dir, 0o755)
}

// taken says that a feed or a file has the name.
func (r *Runner) taken(name string) (bool, error) {
	if slices.ContainsFunc(r.Feeds, func(f *feed.Feed) bool { return f.Name == name }) {
		return true, nil
	}
	_, err := os.Stat(r.WS.Path("feeds", name+".yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return true, err
}

// equalFeed finds a feed of the workspace that uses the template with the same
// values.
func (r *Runner) equalFeed(t *feed.Feed, s FeedSpec) (*feed.Feed, error) {
	for _, f := range r.Feeds {
		if f.Use != t.Name || f.Template == nil {
			continue
		}
		b, err := os.ReadFile(r.WS.Path(filepath.FromSlash(f.File)))
		if err != nil {
			return nil, err
		}
		var own feed.Feed // as written, the template not filled in
		if err := yamldoc.Decode(f.File, b, &own); err != nil {
			return nil, err
		}
		if maps.Equal(values(t, own.Set, own.Zone), values(t, s.Set, s.Zone)) {
			return f, nil
		}
	}
	return nil, nil
}

// values are the params of a template as a feed leaves them; a zone without a
// param stands beside them.
func values(t *feed.Feed, set map[string]string, zone string) map[string]string {
	out := map[string]string{}
	for n, p := range t.Params {
		if p.Default != nil {
			out[n] = *p.Default
		}
	}
	maps.Copy(out, set)
	if zone != "" {
		out["zone"] = zone
	}
	return out
}

// DropIn copies files into the inbox of a feed; a file of that name with other
// bytes is not overwritten. It gives the names that lie there now.
func (r *Runner) DropIn(a AddedFeed, files []string) ([]string, error) {
	dir, err := r.WS.Folder(a.Folder)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var out []string
	for _, f := range files {
		to := filepath.Join(dir, filepath.Base(f))
		if err := copyNew(f, to); err != nil {
			return out, err
		}
		out = append(out, a.Folder+"/"+filepath.Base(f))
	}
	at := slices.IndexFunc(r.Feeds, func(f *feed.Feed) bool { return f.Name == a.Feed })
	if at < 0 {
		return out, nil
	}
	wanted, err := source.List(dir, r.Feeds[at].Source.Files)
	if err != nil {
		return out, err
	}
	for _, f := range files {
		if !slices.ContainsFunc(wanted, func(c source.Candidate) bool { return filepath.Base(c.Path) == filepath.Base(f) }) {
			return out, fmt.Errorf("%s lies in %s, but matches none of the files of %s; try: add \"*%s\" there", filepath.Base(f), a.Folder, a.File, filepath.Ext(f))
		}
	}
	return out, nil
}

// copyNew copies a file to a place where none is, or the same one.
func copyNew(from, to string) (err error) {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	if there, err := os.Stat(to); err == nil {
		info, err := src.Stat()
		if err != nil {
			return err
		}
		if os.SameFile(info, there) {
			return nil
		}
		same, err := sameBytes(src, to)
		if err != nil || same {
			return err
		}
		return fmt.Errorf("%s is there already with other bytes; try: another name for %s", to, from)
	}
	// under a name that no feed reads until all of it is there
	tmp := to + ".part"
	dst, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	if err = errors.Join(err, dst.Close()); err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	return os.Rename(tmp, to)
}

func sameBytes(a io.Reader, path string) (same bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	x, y := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, errA := io.ReadFull(a, x)
		m, errB := io.ReadFull(f, y)
		if !bytes.Equal(x[:n], y[:m]) {
			return false, nil
		}
		endA, endB := errA == io.EOF || errA == io.ErrUnexpectedEOF, errB == io.EOF || errB == io.ErrUnexpectedEOF
		switch {
		case endA && endB:
			return true, nil
		case endA != endB:
			return false, nil
		case errA != nil || errB != nil:
			return false, errors.Join(errA, errB)
		}
	}
}
