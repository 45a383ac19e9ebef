package run

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sort"
	"strings"

	"waybill/reports"
)

// indexName is the report that lists all others.
const indexName = "index"

// listed reads which reports lie in the out folder.
func (r *Runner) listed() (reports.List, error) {
	c := r.WS.Config
	l := reports.List{Workspace: c.Workspace, Zone: c.Zone, Languages: c.Languages, Program: r.Env.Version, Reports: []reports.Listed{}}
	found, err := filepath.Glob(filepath.Join(r.WS.OutDir(), "*.html"+noteEnd))
	if err != nil {
		return l, err
	}
	for _, f := range found {
		path := strings.TrimSuffix(f, noteEnd)
		if _, e, ok := readNote(path); ok && e.Name != indexName {
			l.Reports = append(l.Reports, reports.Listed{Entry: e, HTML: filepath.Base(path), XLSX: filepath.Base(workbookOf(path))})
		}
	}
	place := map[string]int{}
	for i, k := range reportKinds {
		place[k.name] = i
	}
	sort.Slice(l.Reports, func(i, j int) bool {
		a, b := l.Reports[i], l.Reports[j]
		if a.Name != b.Name {
			return place[a.Name] < place[b.Name]
		}
		return strings.TrimSuffix(a.HTML, ".html") < strings.TrimSuffix(b.HTML, ".html")
	})
	return l, nil
}

// index renders the list of the reports that lie in the out folder.
func (r *Runner) index() (Rendered, error) {
	out := Rendered{Path: filepath.Join(r.WS.OutDir(), indexName+".html")}
	l, err := r.listed()
	if err != nil {
		return out, err
	}
	h := sha256.New()
	raw, err := json.Marshal(l)
	if err != nil {
		return out, err
	}
	fmt.Fprintf(h, "%s\n%s\n", indexName, raw)
	if err := r.hashPageFiles(h); err != nil {
		return out, err
	}
	out.ID = hex.EncodeToString(h.Sum(nil)[:8])
	if same(out.Path, out.ID) {
		return out, nil
	}
	page, err := reports.Index(l, r.reportFiles())
	if err != nil {
		return out, err
	}
	out.Fresh = true
	return out, publish(out.Path, out.ID, page)
}

func (r *Runner) refreshIndex() error {
	_, err := r.index()
	return err
}
