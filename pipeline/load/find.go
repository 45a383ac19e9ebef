package load

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"waybill/pipeline/feed"
	"waybill/pipeline/source"
)

// file is one export on its way into the tables.
type file struct {
	feed       *feed.Feed
	name       string // as dropped
	path       string // in the raw archive, absolute
	member     string // of the zip file at path; empty: the file itself
	archived   string // relative to the archive
	sha        string
	bytes      int64
	loadID     string
	seq        int64     // order of arrival
	exportedAt time.Time // zero: unknown or without time
	replay     bool      // loaded before
	loadedAt   time.Time
	text       source.Text
	before     []Entry // replay: what the journal said
	ord        int64   // place among all files of the batch
}

// Issue is a feed or file that could not be loaded, or a remark on it.
type Issue struct {
	Feed string `json:"feed"`
	File string `json:"file"`
	Text string `json:"text"`
}

// Found is what lies in the source folders and is not loaded.
type Found struct {
	Feed  string
	New   []source.Candidate
	Known int // loaded, undone or refused before
	Issue *Issue
}

// Find lists new files of a feed without archiving them: by fingerprint only,
// so that a plan costs nothing.
func (l *Loader) Find(ctx context.Context, f *feed.Feed) Found {
	out := Found{Feed: f.Name}
	dir, err := l.Folder(f.Source.Folder)
	if err != nil {
		out.Issue = &Issue{f.Name, f.Source.Folder, err.Error()}
		return out
	}
	list, err := source.List(dir, f.Source.Files)
	if errors.Is(err, source.ErrNoFolder) {
		out.Issue = &Issue{f.Name, f.Source.Folder, "the folder is not there; try: mkdir -p, or mend source.folder in " + f.File}
		return out
	}
	if err != nil {
		out.Issue = &Issue{f.Name, f.Source.Folder, err.Error()}
		return out
	}
	for _, c := range list {
		sha := ""
		if l.Journal != nil {
			sha, err = l.Journal.seen(ctx, f.Name, source.Fingerprint(c))
		}
		if err == nil && sha != "" && !l.retry(f, sha) {
			out.Known++
			continue
		}
		out.New = append(out.New, c)
	}
	return out
}

// retry says that a refused file, or a refused member of a zip, is worth another
// try: its mapping changed, or the reason was outside of the file.
func (l *Loader) retry(f *feed.Feed, sha string) bool {
	key := f.Name + "/" + sha
	again := func(e Entry) bool { return e.Status == Refused && e.Mapping != MappingHash(f) }
	return again(l.bySHA[key]) || slices.ContainsFunc(l.zipped[key], again)
}

// prefetch archives new files of all feeds in the background, in the order in
// which they will be read, so that the disk works while rows are typed.
type prefetch struct {
	found map[string]Found
	done  map[string]chan struct{} // by path
	wait  func(path string) (source.Archived, error)
	idle  chan struct{} // closed when nothing is copied any more
}

func (l *Loader) prefetch(ctx context.Context, feeds []*feed.Feed) *prefetch {
	p := &prefetch{found: map[string]Found{}, done: map[string]chan struct{}{}, idle: make(chan struct{})}
	var order []source.Candidate
	for _, f := range feeds {
		found := l.Find(ctx, f)
		p.found[f.Name] = found
		for _, c := range found.New {
			if p.done[c.Path] == nil {
				p.done[c.Path] = make(chan struct{})
				order = append(order, c)
				l.dueBytes += c.Size
			}
		}
	}
	results := make([]source.Archived, len(order))
	errs := make([]error, len(order))
	go func() {
		defer close(p.idle)
		for i, c := range order {
			results[i], errs[i] = source.Archive(ctx, c, l.ArchiveDir)
			close(p.done[c.Path])
		}
	}()
	p.wait = func(path string) (source.Archived, error) {
		<-p.done[path]
		for i, c := range order {
			if c.Path == path {
				return results[i], errs[i]
			}
		}
		return source.Archived{}, fmt.Errorf("%s was not looked for", path)
	}
	return p
}

// archive copies candidates into the raw archive and drops those that are
// loaded already under another name or time.
func (l *Loader) archive(ctx context.Context, f *feed.Feed, list []source.Candidate, p *prefetch, r *Result) ([]*file, error) {
	var out []*file
	taken := map[string]string{} // hash → name of the file of this run that has it
	for _, c := range list {
		a, err := p.wait(c.Path)
		if err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			r.Issues = append(r.Issues, Issue{f.Name, c.Name, err.Error()})
			continue
		}
		l.Fail("load.archived")
		r.seen = append(r.seen, [3]string{f.Name, source.Fingerprint(c), a.SHA256})
		if e, ok := l.bySHA[f.Name+"/"+a.SHA256]; (ok && !l.retry(f, a.SHA256)) || taken[a.SHA256] != "" {
			// the same file at another place, as in a moved workspace, is nothing to speak of
			if first := firstName(taken[a.SHA256], e.File); first != c.Name {
				r.Notes = append(r.Notes, Issue{f.Name, c.Name, "has the bytes of " + first + ", which is " + firstName(e.Status, "loaded") + "; nothing to do"})
			}
			continue
		}
		taken[a.SHA256] = c.Name
		rel, err := filepath.Rel(l.ArchiveDir, a.Path)
		if err != nil {
			return nil, err
		}
		if zip, err := source.IsZip(a.Path); err != nil {
			return nil, err
		} else if zip {
			list, err := l.unpack(ctx, f, c, a, rel, taken, r)
			if err != nil {
				return nil, err
			}
			out = append(out, list...)
			continue
		}
		out = append(out, &file{feed: f, name: c.Name, path: a.Path, archived: rel, sha: a.SHA256, bytes: a.Size,
			loadID: LoadID(f.Name, a.SHA256), loadedAt: l.Now().UTC(), text: a.UTF8})
	}
	return out, nil
}

func firstName(s ...string) string {
	for _, v := range s {
		if v != "" {
			return v
		}
	}
	return ""
}

// LoadID derives from feed and file hash, so that the same file has the same id
// in every workspace.
func LoadID(feedName, sha string) string { return feedName + "-" + sha[:12] }

// MappingHash identifies a feed's text and what becomes of personal data in it.
func MappingHash(f *feed.Feed) string {
	h := sha256.Sum256(f.Identity())
	return hex.EncodeToString(h[:8])
}

// fromJournal makes the file of a load that was stored before, out of the archive.
func (l *Loader) fromJournal(f *feed.Feed, entries []Entry) (*file, error) {
	e := entries[0]
	zip, member, _ := strings.Cut(e.Archived, memberSign)
	path, err := l.raw(zip)
	if err != nil {
		if l.purged(e) {
			err = errors.New("the raw file was purged")
		}
		return nil, fmt.Errorf("load %s (%s) is not in the raw archive: %w; try: drop the file into its folder again, waybill ingest, then this once more", e.LoadID, e.File, err)
	}
	return &file{feed: f, name: e.File, path: path, member: member, archived: e.Archived, sha: e.SHA256, bytes: e.Bytes, loadID: e.LoadID,
		seq: e.Seq, exportedAt: e.ExportedAt, replay: true, loadedAt: e.LoadedAt, before: entries, text: source.Text{Valid: true, NUL: -1}}, nil
}

// order sorts files as they count: by export time, then arrival.
func order(list []*file) {
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i], list[j]
		if !a.exportedAt.Equal(b.exportedAt) {
			return a.exportedAt.Before(b.exportedAt)
		}
		return a.seq < b.seq
	})
}

// Pending says whether any feed has something to do: a new file, a refused one
// worth another try, or a mapping that changed since its files were loaded. It
// reads names, sizes and the journal only.
func (l *Loader) Pending(ctx context.Context, feeds []*feed.Feed, issues *[]Issue) bool {
	pending := false
	for _, f := range feeds {
		found := l.Find(ctx, f)
		if found.Issue != nil {
			*issues = append(*issues, *found.Issue)
		}
		pending = pending || len(found.New) > 0
		pending = pending || l.Outdated(f) > 0
	}
	return pending
}

// Outdated counts the loads of a feed that were mapped by another text of it
// and can be mapped again.
func (l *Loader) Outdated(f *feed.Feed) int {
	seen := map[string]bool{}
	for _, e := range l.entries {
		if e.Feed == f.Name && e.Status == Loaded && e.Mapping != MappingHash(f) && !l.purged(e) {
			seen[e.LoadID] = true
		}
	}
	return len(seen)
}
