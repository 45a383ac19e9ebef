package load

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"waybill/pipeline/decode"
	"waybill/pipeline/engine"
	"waybill/pipeline/feed"
	"waybill/pipeline/source"
)

// Trial is one file read by a feed into memory. The engine then has the views
// delta_<table> with its typed rows, and the table delta_rejects where any record
// was rejected.
type Trial struct {
	Entries []Entry
	Notes   []Issue
	Refused error // why the file would not be loaded; nil: it would
}

// Try reads a file by a feed and publishes nothing. The loader must be a fresh
// one over an empty store. A zip gives its first member that the feed wants.
func (l *Loader) Try(ctx context.Context, f *feed.Feed, path string) (Trial, error) {
	x, err := l.trial(ctx, f, path)
	if err != nil {
		return Trial{}, err
	}
	l.stages = map[stage]bool{}
	if err := l.engine().Exec(ctx, "set preserve_insertion_order = true"); err != nil {
		return Trial{}, err
	}
	r, err := l.start(ctx, x)
	if err == nil {
		err = errors.Join(l.read(ctx, []*reading{r}), r.o.close())
		if err == nil {
			err = r.refused
		}
	}
	var no *refusal
	if errors.As(err, &no) {
		return Trial{Refused: no}, nil
	}
	if err != nil {
		return Trial{}, err
	}
	return Trial{Entries: r.entries, Notes: r.notes}, l.publishSegments(ctx)
}

// trial is a file that was never archived.
func (l *Loader) trial(ctx context.Context, f *feed.Feed, path string) (*file, error) {
	a, err := source.Examine(ctx, path)
	if err != nil {
		return nil, err
	}
	x := &file{feed: f, name: filepath.Base(path), path: path, sha: a.SHA256, bytes: a.Size, loadID: LoadID(firstName(f.Name, "try"), a.SHA256), seq: 1, loadedAt: l.Now().UTC(), text: a.UTF8}
	zip, err := source.IsZip(path)
	if err != nil || !zip {
		return x, err
	}
	members, err := source.Members(path, source.Limits{})
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		if wanted(f.Members, m.Name) {
			x.name, x.member = x.name+memberSign+m.Name, m.Name
			got, err := l.examineMember(ctx, x)
			x.text = got.UTF8
			return x, err
		}
	}
	return nil, fmt.Errorf("%s: none of its %d files is wanted", x.name, len(members))
}

// headRows is how many records Head gives.
const headRows = 50

// headJSON is how many bytes of a JSON file Head gives.
const headJSON = 8 << 20

// Head reads the beginning of a file: its columns and first records, or JSON.
// f says what is known of it; nil: nothing. expect are names by which a header
// below title lines, or a sheet of several, is found.
func (l *Loader) Head(ctx context.Context, f *feed.Feed, path string, expect ...string) (_ feed.Head, err error) {
	if f == nil {
		f = &feed.Feed{}
	}
	x, err := l.trial(ctx, f, path)
	if err != nil {
		return feed.Head{}, err
	}
	o, err := l.decode(ctx, x, expect)
	if err != nil {
		return feed.Head{}, err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if o.tab.Format == decode.JSON || o.tab.Format == decode.NDJSON {
		// the document itself: what decode makes of it depends on where its records lie
		from := path
		if o.tab.Format == decode.NDJSON || x.member != "" {
			from = o.tab.EnginePath
		}
		b, err := headOf(from, headJSON)
		return feed.Head{JSON: b}, err
	}
	in, err := l.input(ctx, []decode.Table{o.tab})
	if err != nil {
		return feed.Head{}, err
	}
	out := feed.Head{Columns: in.Columns}
	out.Rows, err = l.firstRows(ctx, x, in, headRows)
	return out, err
}

// fileName is a file's name without the archive that it lies in.
func fileName(x *file) string {
	name := x.name
	if _, member, ok := strings.Cut(name, memberSign); ok {
		name = member
	}
	return path.Base(filepath.ToSlash(name))
}

// content holds the beginning of a table against what the feed expects in its
// columns. A *refusal says which does not fit.
func (l *Loader) content(ctx context.Context, x *file, tab decode.Table) error {
	if len(x.feed.CSV.Expect) == 0 || tab.Format != decode.CSV {
		return nil
	}
	// of its own, because what a scan rejects is noted with its relation
	in, err := l.input(ctx, []decode.Table{tab})
	if err != nil {
		return err
	}
	rows, err := l.firstRows(ctx, x, in, feed.ContentRecords)
	if err != nil {
		return err
	}
	if err := x.feed.Content(in.Columns, rows); err != nil {
		return refuse(fmt.Errorf("%s (%s): %w", x.name, shownFeed(x.feed), err))
	}
	return nil
}

// firstRows reads the first records of a table as text.
func (l *Loader) firstRows(ctx context.Context, x *file, in input, limit int) (out [][]string, err error) {
	var cells []string
	for _, c := range in.Columns {
		cells = append(cells, "coalesce("+engine.Ident(c)+", '')")
	}
	rows, err := l.engine().Query(ctx, fmt.Sprintf("select [%s] from %s limit %d", strings.Join(cells, ", "), in.Relation, limit))
	if err != nil {
		return nil, explainRead(x, err)
	}
	defer rows.Close()
	for rows.Next() {
		var list []any
		var v any
		if err := rows.Scan(&v); err != nil {
			return out, err
		}
		list, _ = v.([]any)
		row := make([]string, len(list))
		for i, c := range list {
			row[i], _ = c.(string)
		}
		out = append(out, row)
	}
	return out, rows.Err()
}
