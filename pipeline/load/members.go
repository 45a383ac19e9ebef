package load

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"waybill/pipeline/feed"
	"waybill/pipeline/source"
)

// memberSign stands between a zip file and its member, in names and in the
// journal.
const memberSign = "!"

// unpack makes a file of every member of a zip that the feed wants. Each is a
// load of its own: the same export in another zip is known by its bytes. A zip
// that must not be unpacked is refused as a whole.
func (l *Loader) unpack(ctx context.Context, f *feed.Feed, c source.Candidate, a source.Archived, rel string, taken map[string]string, r *Result) ([]*file, error) {
	refused := func(err error) ([]*file, error) {
		fault, ok := inArchive(err, c.Name)
		if !ok {
			return nil, err
		}
		r.Issues = append(r.Issues, Issue{f.Name, c.Name, fault.Error()})
		e := Entry{LoadID: LoadID(f.Name, a.SHA256), Feed: f.Name, File: c.Name, SHA256: a.SHA256, Bytes: a.Size, Status: Refused,
			Mapping: MappingHash(f), Archived: rel, LoadedAt: l.Now().UTC(), Reason: fault.Error()}
		if old, ok := l.bySHA[f.Name+"/"+a.SHA256]; ok {
			e.Seq = old.Seq
			r.replaced = append(r.replaced, e.LoadID)
		} else {
			l.lastSeq++
			e.Seq = l.lastSeq
		}
		r.Entries = append(r.Entries, e)
		return nil, nil
	}
	members, err := source.Members(a.Path, source.Limits{})
	if err != nil {
		return refused(err)
	}
	var out []*file
	hits := 0
	for _, m := range members {
		if !wanted(f.Members, m.Name) {
			continue
		}
		hits++
		x := &file{feed: f, name: c.Name + memberSign + m.Name, path: a.Path, member: m.Name, archived: rel + memberSign + m.Name, loadedAt: l.Now().UTC()}
		got, err := l.examineMember(ctx, x)
		if err != nil {
			return refused(err)
		}
		x.sha, x.bytes, x.loadID, x.text = got.SHA256, got.Size, LoadID(f.Name, got.SHA256), got.UTF8
		if e, ok := l.bySHA[f.Name+"/"+x.sha]; (ok && !l.retry(f, x.sha)) || taken[x.sha] != "" {
			if first := firstName(taken[x.sha], e.File); first != x.name {
				r.Notes = append(r.Notes, Issue{f.Name, x.name, "has the bytes of " + first + ", which is " + firstName(e.Status, "loaded") + "; nothing to do"})
			}
			continue
		}
		taken[x.sha] = x.name
		out = append(out, x)
	}
	if hits == 0 {
		r.Notes = append(r.Notes, Issue{f.Name, c.Name, fmt.Sprintf("none of its %d files is wanted; members in %s says which are", len(members), shownFeed(f))})
	}
	return out, nil
}

// inArchive gives the faults of an archive under the name by which it was
// dropped, with what to do about the first. False: err is of another kind.
func inArchive(err error, name string) (error, bool) {
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	var texts []string
	var try string
	for _, e := range list {
		var fault *source.FileError
		if !errors.As(e, &fault) {
			return nil, false
		}
		shown := name
		if _, member, ok := strings.Cut(fault.Name, memberSign); ok {
			shown += memberSign + member
		}
		texts = append(texts, fmt.Sprintf("%s: %v", shown, fault.Err))
		try = firstName(try, fault.Try)
	}
	if try != "" {
		texts = append(texts, "try: "+try)
	}
	return errors.New(strings.Join(texts, "; ")), true
}

// examineMember reads a member once to know its hash and its text.
func (l *Loader) examineMember(ctx context.Context, x *file) (_ source.Archived, err error) {
	tmp, err := l.extract(ctx, x)
	if err != nil {
		return source.Archived{}, err
	}
	defer func() { err = errors.Join(err, os.Remove(tmp)) }()
	return source.Examine(ctx, tmp)
}

// extract unpacks a file's member into the temporary folder.
func (l *Loader) extract(ctx context.Context, x *file) (string, error) {
	tmp, err := os.CreateTemp(l.TempDir, "member-*"+path.Ext(x.member))
	if err != nil {
		return "", err
	}
	if err := tmp.Close(); err != nil {
		return "", err
	}
	if err := source.Extract(ctx, x.path, x.member, tmp.Name(), source.Limits{}); err != nil {
		return "", errors.Join(err, os.Remove(tmp.Name()))
	}
	return tmp.Name(), nil
}

// wanted says whether patterns take a member: any of those without !, none of
// those with it. A pattern without a slash looks at the last part of the name.
func wanted(patterns []string, name string) bool {
	hit, picks := false, false
	for _, p := range patterns {
		p, leaveOut := strings.CutPrefix(p, "!")
		picks = picks || !leaveOut
		whole, _ := path.Match(p, name)
		last, _ := path.Match(p, path.Base(name))
		switch {
		case !whole && !last:
		case leaveOut:
			return false
		default:
			hit = true
		}
	}
	return hit || !picks
}
