package run

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/pipeline/feed"
	"waybill/pipeline/policy"
	"waybill/pipeline/workspace"
	"waybill/pipeline/yamldoc"
)

// NewWorkspace is a workspace that is made of templates.
type NewWorkspace struct {
	Name      string
	From      []string          // templates
	Set       map[string]string // values of their params, each where a template has it
	Shops     []workspace.Shop
	SLA       string // a pack, as tiktok_us or tiktok_us:handling=3; empty: none
	Platform  string // whose pack it is; empty: as the templates say
	Zone      string // of pages
	Languages []string
	Currency  string
}

// Created is what Create made.
type Created struct {
	Feeds []AddedFeed      `json:"feeds"`
	Shops []workspace.Shop `json:"shops"`
	SLA   []workspace.SLA  `json:"sla"`
}

// ErrSpec says that a workspace cannot be made as asked.
var ErrSpec = errors.New("no workspace is made")

// PackNames lists the policy packs that have a deadline clock of orders, those
// that promise a delivery first.
func (r *Runner) PackNames() []string {
	var deliver, other []string
	for _, p := range r.Reference.Packs {
		has := func(name string) bool {
			return slices.ContainsFunc(p.Clocks, func(c policy.Clock) bool { return c.Name == name })
		}
		switch {
		case has("deliver"):
			deliver = append(deliver, p.ID)
		case has("dispatch"):
			other = append(other, p.ID)
		}
	}
	slices.Sort(deliver)
	slices.Sort(other)
	return append(deliver, other...)
}

// ParseSLA reads a pack with its options.
func (r *Runner) ParseSLA(s string) (workspace.SLA, error) {
	pack, rest, more := strings.Cut(s, ":")
	out := workspace.SLA{Pack: pack}
	if known := r.PackNames(); !slices.Contains(known, pack) {
		return out, fmt.Errorf("%w: no pack %q has clocks of orders; try: %s", ErrSpec, pack, strings.Join(nearest(pack, known), ", "))
	}
	if !more {
		return out, nil
	}
	key, value, _ := strings.Cut(rest, "=")
	n, err := strconv.Atoi(value)
	if key != "handling" || err != nil || n < 0 {
		return out, fmt.Errorf("%w: %q behind the pack; try: --sla %s:handling=3", ErrSpec, rest, pack)
	}
	out.HandlingDays = &n
	return out, nil
}

// ParseShop reads platform/shop=Name; =Name may be left out.
func ParseShop(s string) (workspace.Shop, error) {
	id, name, _ := strings.Cut(s, "=")
	platform, shop, ok := strings.Cut(id, "/")
	out := workspace.Shop{Platform: strings.TrimSpace(platform), Shop: strings.TrimSpace(shop), Name: strings.TrimSpace(name)}
	if !ok || out.Platform == "" || out.Shop == "" {
		return out, fmt.Errorf("%w: shop %q; try: --shop tiktok/my-shop=\"My shop\"", ErrSpec, s)
	}
	if out.Name == "" {
		out.Name = out.Shop
	}
	return out, nil
}

// Create makes a workspace of templates in a folder that is none yet. outside is
// a runner over the built-in data. Nothing is written before all of it is known
// to be right.
func (r *Runner) Create(dir string, n NewWorkspace) (Created, error) {
	out := Created{Feeds: []AddedFeed{}, Shops: n.Shops, SLA: []workspace.SLA{}}
	var templates []*feed.Feed
	for _, name := range n.From {
		t, err := r.Template(name)
		if err != nil {
			return out, err
		}
		if slices.ContainsFunc(templates, func(o *feed.Feed) bool { return o.Name == t.Name }) {
			return out, fmt.Errorf("%w: template %s stands twice in --from", ErrSpec, t.Name)
		}
		templates = append(templates, t)
	}
	if err := known(templates, n.Set); err != nil {
		return out, err
	}
	if _, err := time.LoadLocation(n.Zone); err != nil || n.Zone == "Local" {
		return out, fmt.Errorf("%w: zone %q is no IANA zone; try: America/Los_Angeles", ErrSpec, n.Zone)
	}
	specs, err := n.feeds(templates, &out)
	if err != nil {
		return out, err
	}
	for _, s := range specs {
		if _, err := r.MakeFeed(s); err != nil {
			return out, err
		}
	}
	if n.SLA != "" {
		sla, err := r.ParseSLA(n.SLA)
		if err != nil {
			return out, err
		}
		sla.Platform = n.platformOf(sla.Pack, templates)
		out.SLA = append(out.SLA, sla)
	}
	return out, r.writeWorkspace(dir, n, specs, &out)
}

// known refuses values that no template takes.
func known(templates []*feed.Feed, set map[string]string) error {
	for _, k := range slices.Sorted(maps.Keys(set)) {
		var all []string
		for _, t := range templates {
			all = append(all, slices.Collect(maps.Keys(t.Params))...)
		}
		if slices.Contains(all, k) {
			continue
		}
		slices.Sort(all)
		return fmt.Errorf("%w: none of the templates has a param %q; try: %s", ErrSpec, k, strings.Join(nearest(k, slices.Compact(all)), ", "))
	}
	return nil
}

var slugRE = regexp.MustCompile(`[^a-z0-9]+`)

// feeds gives one feed per template, or one per shop where a template is that of
// several.
func (n NewWorkspace) feeds(templates []*feed.Feed, out *Created) ([]FeedSpec, error) {
	var specs []FeedSpec
	used := map[string]bool{}
	for _, t := range templates {
		s := FeedSpec{Template: t.Name, Name: t.Name, Set: map[string]string{}}
		for k, v := range n.Set {
			if _, has := t.Params[k]; has {
				s.Set[k] = v
			}
		}
		p, sells := t.Params["shop_id"]
		var shops []workspace.Shop
		for _, shop := range n.Shops {
			if sells && shop.Platform == t.Template.Platform {
				shops = append(shops, shop)
				used[shop.Platform+"/"+shop.Shop] = true
			}
		}
		switch {
		case len(shops) == 1:
			s.Set["shop_id"] = shops[0].Shop
			specs = append(specs, s)
			continue
		case len(shops) == 0:
			specs = append(specs, s)
			if id := s.Set["shop_id"]; sells && t.Template.Platform != "" && (id != "" || p.Default != nil) {
				if id == "" {
					id = *p.Default
				}
				shop := workspace.Shop{Platform: t.Template.Platform, Shop: id, Name: id}
				if !slices.Contains(out.Shops, shop) {
					out.Shops = append(out.Shops, shop)
				}
			}
			continue
		}
		for _, shop := range shops {
			one := s
			one.Set = maps.Clone(s.Set)
			one.Set["shop_id"] = shop.Shop
			one.Name = t.Name + "_" + strings.Trim(slugRE.ReplaceAllString(strings.ToLower(shop.Shop), "_"), "_")
			if slices.ContainsFunc(specs, func(o FeedSpec) bool { return o.Name == one.Name }) || strings.HasSuffix(one.Name, "_") {
				one.Name = fmt.Sprintf("%s_shop%d", t.Name, len(specs)+1)
			}
			specs = append(specs, one)
		}
	}
	for _, s := range n.Shops {
		if !used[s.Platform+"/"+s.Shop] {
			var platforms []string
			for _, t := range templates {
				if _, sells := t.Params["shop_id"]; sells && t.Template.Platform != "" && !slices.Contains(platforms, t.Template.Platform) {
					platforms = append(platforms, t.Template.Platform)
				}
			}
			return nil, fmt.Errorf("%w: shop %s/%s: none of the templates is an export of that platform; try: %s", ErrSpec, s.Platform, s.Shop, strings.Join(append(platforms, "--set shop_id="+s.Shop), ", "))
		}
	}
	return specs, nil
}

// platformOf is the platform whose orders a pack's clocks judge: the one that
// was named, the one that the pack's name begins with, the only one; empty: all.
func (n NewWorkspace) platformOf(pack string, templates []*feed.Feed) string {
	if n.Platform != "" {
		return n.Platform
	}
	var sold []string
	for _, t := range templates {
		if p := t.Template.Platform; p != "" && t.Template.Kind == "orders" && !slices.Contains(sold, p) {
			sold = append(sold, p)
		}
	}
	for _, p := range sold {
		if strings.HasPrefix(pack, p+"_") {
			return p
		}
	}
	if len(sold) == 1 {
		return sold[0]
	}
	return ""
}

func (r *Runner) writeWorkspace(dir string, n NewWorkspace, specs []FeedSpec, out *Created) error {
	var b bytes.Buffer
	b.WriteString(schemaLine("", "workspace"))
	fmt.Fprintf(&b, "workspace: %s\nlake_format: %d\ncurrency: %s\nzone: %s # in which pages print times\nlanguages: [%s]\n", scalar(n.Name), workspace.Format, n.Currency, n.Zone, strings.Join(n.Languages, ", "))
	if len(out.Shops) == 0 {
		b.WriteString("shops: []\n")
	} else {
		b.WriteString("shops:\n")
	}
	for _, s := range out.Shops {
		fmt.Fprintf(&b, "  - {platform: %s, shop: %s, name: %s}\n", scalar(s.Platform), scalar(s.Shop), scalar(s.Name))
	}
	for _, s := range out.SLA {
		platform, handling := "", ""
		if s.Platform != "" {
			platform = "platform: " + scalar(s.Platform) + ", "
		}
		if s.HandlingDays != nil {
			handling = fmt.Sprintf(", handling_days: %d", *s.HandlingDays)
		}
		b.WriteString("# The clocks of this pack give a deadline where the export has none.\n")
		fmt.Fprintf(&b, "sla:\n  - {%spack: %s%s}\n", platform, s.Pack, handling)
		if s.Platform != "" {
			fmt.Fprintf(&b, "policies:\n  - {platform: %s, pack: %s}\n", scalar(s.Platform), s.Pack)
		}
	}
	var c workspace.Config
	if err := yamldoc.Decode(workspace.ConfigName, b.Bytes(), &c); err != nil {
		return fmt.Errorf("%w: %w", ErrSpec, err)
	}
	for _, d := range []string{"feeds", "inbox", "data/carriers", "jobs"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(d)), 0o755); err != nil {
			return err
		}
	}
	if err := writeSchemaIn(filepath.Join(dir, schemaFolder), "workspace"); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, ".gitignore"), []byte("/lake/\n/state/\n/out/\n/inbox/\n")); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, workspace.ConfigName), b.Bytes()); err != nil {
		return err
	}
	made, err := Open(dir, r.Env)
	if err != nil {
		return err
	}
	for _, s := range specs {
		a, err := made.AddFeed(s)
		if err != nil {
			return err
		}
		out.Feeds = append(out.Feeds, a)
	}
	for _, job := range []string{"jobs/daily.yaml", "jobs/weekly.yaml"} {
		if _, err := os.Stat(made.WS.Path(filepath.FromSlash(job))); err == nil {
			continue
		}
		if _, err := made.Eject(job); err != nil {
			return err
		}
	}
	return nil
}
