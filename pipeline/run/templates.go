package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"waybill/pipeline/feed"
	"waybill/pipeline/workspace"
	"waybill/pipeline/yamldoc"
)

// ErrNoTemplate says that there is no such mapping template.
var ErrNoTemplate = errors.New("no such template")

// Outside is a runner for who has no workspace: the built-in data over an empty
// folder that close removes.
func Outside(env Env) (_ *Runner, close func() error, err error) {
	dir, err := os.MkdirTemp("", "waybill-outside-")
	if err != nil {
		return nil, nil, err
	}
	close = func() error { return os.RemoveAll(dir) }
	if err := os.WriteFile(filepath.Join(dir, workspace.ConfigName), []byte("workspace: none\n"), 0o644); err != nil {
		return nil, nil, errors.Join(err, close())
	}
	r, err := Open(dir, env)
	if err != nil {
		return nil, nil, errors.Join(err, close())
	}
	return r, close, nil
}

// templateNames lists the templates of the workspace and the built-in ones.
func (r *Runner) templateNames() ([]string, error) {
	files, err := r.Data.Glob("feeds/*.yaml")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range files {
		out = append(out, strings.TrimSuffix(path.Base(f), ".yaml"))
	}
	slices.Sort(out)
	return out, nil
}

// Templates reads every template, sorted by name. All mistakes come together.
func (r *Runner) Templates() ([]*feed.Feed, error) {
	names, err := r.templateNames()
	if err != nil {
		return nil, err
	}
	var out []*feed.Feed
	var errs []error
	for _, n := range names {
		t, err := r.Template(n)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = append(out, t)
	}
	return out, errors.Join(errs...)
}

// Template reads one template; ErrNoTemplate names the nearest ones.
func (r *Runner) Template(name string) (*feed.Feed, error) {
	file, text, ok := r.template(name)
	if !ok || name != path.Base(name) {
		names, err := r.templateNames()
		if err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %q; try: %s", ErrNoTemplate, name, strings.Join(nearest(name, names), ", "))
	}
	return feed.ParseTemplate(file, text, r.Tables)
}

// nearest are up to three names that a person may have meant; all where none is
// near.
func nearest(name string, known []string) []string {
	var out []string
	add := func(n string) {
		if n != "" && len(out) < 3 && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	left := slices.Clone(known)
	first := yamldoc.Nearest(name, left)
	add(first)
	for _, k := range known {
		if name != "" && (strings.HasPrefix(k, name) || strings.HasPrefix(name, k)) {
			add(k)
		}
	}
	for first != "" {
		left = slices.DeleteFunc(left, func(k string) bool { return k == first })
		first = yamldoc.Nearest(name, left)
		add(first)
	}
	if len(out) == 0 {
		return known
	}
	return out
}

// FeedInfo is a feed of the workspace, or a template.
type FeedInfo struct {
	Name     string `json:"name"`
	What     string `json:"what"` // feed, template
	Title    string `json:"title"`
	Kind     string `json:"kind"`
	Platform string `json:"platform"`
	Use      string `json:"use,omitempty"` // feed: its template
	File     string `json:"file"`
	Own      bool   `json:"own"` // the file lies in the workspace
}

// ListFeeds gives the feeds of the workspace, then the templates.
func (r *Runner) ListFeeds() ([]FeedInfo, error) {
	templates, err := r.Templates()
	if err != nil {
		return nil, err
	}
	out := []FeedInfo{}
	for _, f := range r.Feeds {
		i := FeedInfo{Name: f.Name, What: "feed", Title: oneLine(f.Doc), Use: f.Use, File: f.File, Own: true}
		if t := f.Template; t != nil {
			i.Kind, i.Platform = t.Kind, t.Platform
			if i.Title == "" {
				i.Title = t.Title
			}
		} else {
			i.Kind = kindOf(f)
		}
		out = append(out, i)
	}
	for _, t := range templates {
		out = append(out, FeedInfo{Name: t.Name, What: "template", Title: t.Template.Title, Kind: t.Template.Kind, Platform: t.Template.Platform, File: t.File,
			Own: r.Data.Replaced("feeds/" + t.Name + ".yaml")})
	}
	return out, nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// kindOf says by its tables what a feed without a template speaks of.
func kindOf(f *feed.Feed) string {
	for _, k := range []struct{ table, kind string }{{"tracking_events", "tracking"}, {"orders_in", "orders"}, {"order_lines_in", "orders"}, {"shipments_in", "shipments"}, {"shipment_links_in", "shipments"}, {"billing_lines_in", "bills"}, {"bills_in", "bills"}} {
		if slices.ContainsFunc(f.Outputs, func(o feed.Output) bool { return o.Table == k.table }) {
			return k.kind
		}
	}
	return ""
}

// FeedText is what `feed show` shows.
type FeedText struct {
	FeedInfo
	Doc      string                `json:"doc,omitempty"`
	Certain  []string              `json:"certain"`
	Assumed  []string              `json:"assumed"`
	Params   map[string]feed.Param `json:"-"`
	Text     string                `json:"text"`
	Template *FeedText             `json:"template,omitempty"` // of a feed that uses one
}

// ShowFeed finds a feed of the workspace by its name, else a template.
func (r *Runner) ShowFeed(name string) (FeedText, error) {
	list, err := r.ListFeeds()
	if err != nil {
		return FeedText{}, err
	}
	at := slices.IndexFunc(list, func(i FeedInfo) bool { return i.Name == name })
	if at < 0 {
		var names []string
		for _, i := range list {
			names = append(names, i.Name)
		}
		return FeedText{}, fmt.Errorf("%w, and no feed: %q; try: %s", ErrNoTemplate, name, strings.Join(nearest(name, names), ", "))
	}
	out := FeedText{FeedInfo: list[at], Certain: []string{}, Assumed: []string{}}
	if out.What == "template" {
		return out, r.showTemplate(&out)
	}
	b, err := os.ReadFile(r.WS.Path(filepath.FromSlash(out.File)))
	if err != nil {
		return out, err
	}
	out.Text = string(b)
	if out.Use != "" {
		t := &FeedText{FeedInfo: FeedInfo{Name: out.Use, What: "template"}, Certain: []string{}, Assumed: []string{}}
		if err := r.showTemplate(t); err != nil {
			return out, err
		}
		out.Template = t
	}
	return out, nil
}

func (r *Runner) showTemplate(into *FeedText) error {
	t, err := r.Template(into.Name)
	if err != nil {
		return err
	}
	b, err := fs.ReadFile(r.Data, "feeds/"+into.Name+".yaml")
	if err != nil {
		return err
	}
	into.File, into.Title, into.Kind, into.Platform = t.File, t.Template.Title, t.Template.Kind, t.Template.Platform
	into.Doc, into.Params, into.Text = oneLine(t.Template.Doc), t.Params, string(b)
	into.Certain = append(into.Certain, t.Template.Certain...)
	into.Assumed = append(into.Assumed, t.Template.Assumed...)
	return nil
}
