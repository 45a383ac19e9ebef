package feed

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strings"

	"waybill/pipeline/yamldoc"
)

var paramRE = regexp.MustCompile(`^\$[a-z][a-z0-9_]*$`)

// isParam says that a text is a $name, for which a value is still missing.
func isParam(s string) bool { return paramRE.MatchString(s) }

// fillIn puts the feed's own keys and values into the template that it uses. An
// error is one that makes further checks pointless.
func (c *checker) fillIn(templates Templates) error {
	f := c.feed
	for _, k := range []struct {
		key   string
		there bool
	}{{"outputs", f.Outputs != nil}, {"source_kind", f.SourceKind != ""}} {
		if k.there {
			c.bad("$."+k.key, "a feed that uses a template has no %s of its own; try: copy data/feeds/%s.yaml into the workspace and change it there", k.key, f.Use)
		}
	}
	var file string
	var text []byte
	ok := false
	if templates != nil && nameRE.MatchString(f.Use) {
		file, text, ok = templates(f.Use)
	}
	if !ok {
		c.bad("$.use", "there is no template %q; try: a file data/feeds/%s.yaml, or outputs: in the feed", f.Use, f.Use)
		return errNoTemplate
	}
	if _, err := ParseTemplate(file, text, c.tables); err != nil {
		return err
	}
	t, err := decodeFeed(file, text)
	if err != nil {
		return err
	}
	c.used = true
	values := map[string]string{}
	for name, p := range t.Params {
		if p.Default != nil {
			values[name] = *p.Default
		}
	}
	names := slices.Sorted(maps.Keys(t.Params))
	for name, v := range f.Set {
		if _, known := t.Params[name]; !known {
			msg := fmt.Sprintf("template %s has no param %q", f.Use, name)
			if near := yamldoc.Nearest(name, names); near != "" {
				msg += "; try: " + near
			} else if len(names) > 0 {
				msg += "; it has " + strings.Join(names, ", ")
			}
			c.bad("$.set."+name, "%s", msg)
			continue
		}
		values[name] = v
	}
	// zone: X is the value of a param of that name, so that both never differ
	if _, is := t.Params["zone"]; is && f.Zone != "" {
		if v, set := f.Set["zone"]; set && v != f.Zone {
			c.bad("$.set.zone", "zone is set to %q here and to %q by zone:; try: leave one of them out", v, f.Zone)
		}
		values["zone"] = f.Zone
	}
	var open []string
	for _, name := range names {
		if _, ok := values[name]; !ok {
			open = append(open, name)
		}
	}
	if len(open) > 0 {
		c.bad("$.use", "template %s needs %s; try: set: {%s: …}", f.Use, strings.Join(open, ", "), open[0])
	}
	t.substitute(values)
	t.override(f)
	t.text = slices.Concat(f.text, []byte("\n"), text)
	c.feed = t
	return nil
}

var errNoTemplate = errors.New("the feed was not checked further")

// override lets the keys of a feed win over those of its template.
func (t *Feed) override(f *Feed) {
	t.Name, t.File, t.Use, t.Set, t.Source = f.Name, f.File, f.Use, f.Set, f.Source
	text := func(dst *string, v string) {
		if v != "" {
			*dst = v
		}
	}
	number := func(dst *int, v int) {
		if v != 0 {
			*dst = v
		}
	}
	text(&t.Doc, f.Doc)
	text(&t.Encoding, f.Encoding)
	text(&t.Sheet, f.Sheet)
	text(&t.End, f.End)
	text(&t.Password, f.Password)
	text(&t.Decimal, f.Decimal)
	text(&t.Zone, f.Zone)
	text(&t.DST, f.DST)
	text(&t.JSON.Records, f.JSON.Records)
	text(&t.CSV.Delimiter, f.CSV.Delimiter)
	text(&t.CSV.Quote, f.CSV.Quote)
	if f.CSV.Layout != "" {
		t.CSV.Layout, t.CSV.Columns = f.CSV.Layout, nil
	}
	number(&t.Header.Row, f.Header.Row)
	number(&t.Header.Rows, f.Header.Rows)
	number(&t.Header.SkipAfter, f.Header.SkipAfter)
	if f.Formats != nil {
		t.Formats = f.Formats
	}
	if f.Members != nil {
		t.Members = f.Members
	}
	if f.CSV.Header != nil {
		t.CSV.Header = f.CSV.Header
	}
	if f.CSV.Columns != nil {
		t.CSV.Columns = f.CSV.Columns
	}
	if f.CSV.Expect != nil {
		t.CSV.Expect = f.CSV.Expect
	}
	t.CSV.Pad = t.CSV.Pad || f.CSV.Pad
	if f.Sheets != nil {
		t.Sheets = f.Sheets
	}
	if f.Sheet != "" {
		t.Sheets = nil
	}
	if f.Fixed != nil {
		t.Fixed = f.Fixed
	}
	if f.Trim != nil {
		t.Trim = f.Trim
	}
	if f.ExportedAt != nil {
		t.ExportedAt = f.ExportedAt
	}
	if f.Threshold != nil {
		t.Threshold = f.Threshold
	}
	if f.Sentinels != nil {
		merged := maps.Clone(t.Sentinels)
		if merged == nil {
			merged = map[string]string{}
		}
		maps.Copy(merged, f.Sentinels)
		t.Sentinels = merged
	}
	t.settle()
}

// params are the texts of a feed in which a $name may stand, each with its
// place; put writes a value back.
func (f *Feed) params(visit func(at, text string, put func(string))) {
	visit("$.zone", f.Zone, func(v string) { f.Zone = v })
	visit("$.decimal", f.Decimal, func(v string) { f.Decimal = v })
	for i := range f.Outputs {
		o := &f.Outputs[i]
		for _, name := range slices.Sorted(maps.Keys(o.Columns)) {
			col := o.Columns[name]
			at := fmt.Sprintf("$.outputs[%d].columns.%s", i, name)
			if col.Value != nil {
				visit(at, *col.Value, func(v string) { col.Value = &v })
			}
			for k, n := range col.From {
				visit(at, n, func(v string) { col.From[k] = v })
			}
			visit(at, col.Filename, func(v string) { col.Filename = v })
			visit(at, col.Sign, func(v string) { col.Sign = v })
			visit(at, col.Unit, func(v string) { col.Unit = v })
			visit(at, col.Decimal, func(v string) { col.Decimal = v })
			visit(at, col.Zone, func(v string) { col.Zone = v })
			for k, fm := range col.Formats {
				visit(at, fm, func(v string) { col.Formats[k] = v })
			}
			o.Columns[name] = col
		}
	}
}

// substitute puts values where a $name stands; without a value it stays.
func (f *Feed) substitute(values map[string]string) {
	f.params(func(_, text string, put func(string)) {
		if v, ok := values[strings.TrimPrefix(text, "$")]; ok && isParam(text) {
			put(v)
		}
	})
}

// template checks what only a template has.
func (c *checker) template() {
	t := c.feed.Template
	if t == nil {
		c.bad("$", "the file has no template:; try: template: {title: …, kind: orders, signature: {all: […]}}")
		return
	}
	if t.Title == "" {
		c.bad("$.template", "template needs a title")
	}
	if t.Kind == "" {
		c.bad("$.template", "template needs a kind; try: %s", orList(topics))
	}
	c.oneOf("$.template.kind", "kind", t.Kind, topics)
	if len(t.Signature.All) == 0 {
		c.bad("$.template", "signature.all is empty; try: the header names that only this export has")
	}
	for i, name := range slices.Concat(t.Signature.All, t.Signature.Any, t.Signature.None) {
		if foldName(name) == "" {
			c.bad("$.template.signature", "name %d of the signature is blank", i+1)
		}
	}
	known := slices.Sorted(maps.Keys(c.feed.Params))
	for _, name := range known {
		if !nameRE.MatchString(name) {
			c.bad("$.params", "param %q: a name is lower case letters, digits and _", name)
		} else if c.feed.Params[name].Doc == "" {
			c.bad("$.params."+name, "param %s has no doc", name)
		}
	}
	used := map[string]bool{}
	c.feed.params(func(at, text string, _ func(string)) {
		if !isParam(text) {
			return
		}
		name := text[1:]
		used[name] = true
		if _, ok := c.feed.Params[name]; !ok {
			msg := fmt.Sprintf("%s is no param of this template", text)
			if near := yamldoc.Nearest(name, known); near != "" {
				msg += "; try: $" + near
			}
			c.bad(at, "%s", msg)
		}
	})
	sort.Strings(known)
	for _, name := range known {
		if !used[name] {
			c.bad("$.params."+name, "param %s stands nowhere in the mapping; try: value: $%s, or leave it out", name, name)
		}
	}
}
