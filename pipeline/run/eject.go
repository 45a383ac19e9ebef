package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"waybill/data"
	"waybill/jobs"
	"waybill/pipeline/model"
	"waybill/pipeline/yamldoc"
	"waybill/queries"
	"waybill/reports"
)

// builtin are the four folders whose files a workspace can replace.
func builtin() map[string]fs.FS {
	return map[string]fs.FS{"jobs": jobs.FS, "queries": queries.FS, "reports": reports.FS, "data": data.FS}
}

// ejectedNote says what was copied: path → hash of the built-in text.
const ejectedNote = "ejected.json"

// Ejectable lists the built-in files.
func (r *Runner) Ejectable() ([]string, error) {
	var out []string
	for dir, fsys := range builtin() {
		err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path.Ext(p) == ".go" || strings.HasPrefix(p, "schema/") && dir == "data" || strings.HasPrefix(p, "assets/") {
				return err
			}
			out = append(out, dir+"/"+p)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	sort.Strings(out)
	return out, nil
}

// Eject copies a built-in file into the workspace.
func (r *Runner) Eject(name string) (string, error) {
	name = path.Clean(filepath.ToSlash(name))
	files, err := r.Ejectable()
	if err != nil {
		return "", err
	}
	known := false
	for _, f := range files {
		known = known || f == name
	}
	if !known {
		msg := fmt.Sprintf("%q is no built-in file", name)
		if near := yamldoc.Nearest(name, files); near != "" {
			msg += "; try: " + near
		}
		return "", errors.New(msg)
	}
	dir, rel, _ := strings.Cut(name, "/")
	b, err := fs.ReadFile(builtin()[dir], rel)
	if err != nil {
		return "", err
	}
	to := r.WS.Path(filepath.FromSlash(name))
	if _, err := os.Stat(to); err == nil {
		return "", fmt.Errorf("%s is there already", name)
	}
	if err := writeFile(to, b); err != nil {
		return "", err
	}
	note, err := r.ejected()
	if err != nil {
		return "", err
	}
	note[name] = hashOf(b)
	text, err := json.MarshalIndent(note, "", "  ")
	if err != nil {
		return "", err
	}
	return to, writeFile(r.WS.Path(ejectedNote), append(text, '\n'))
}

func (r *Runner) ejected() (map[string]string, error) {
	note := map[string]string{}
	b, err := os.ReadFile(r.WS.Path(ejectedNote))
	if errors.Is(err, fs.ErrNotExist) {
		return note, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &note); err != nil {
		return nil, fmt.Errorf("%s: %w", ejectedNote, err)
	}
	return note, nil
}

// Check finds what a run would trip over or what has aged. Each finding is one
// line; none is a pass.
func (r *Runner) Check(context.Context) ([]string, error) {
	var out []string
	for _, dir := range []string{"staging", "models"} {
		if _, err := model.ReadQueries(r.Queries, dir); err != nil {
			out = append(out, err.Error())
		}
	}
	names, err := r.WS.Overlay("jobs", jobs.FS).Glob("*.yaml")
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		if _, err := r.ReadJob(strings.TrimSuffix(n, ".yaml")); err != nil {
			out = append(out, err.Error())
		}
	}
	var profiles *ProfileError
	if _, err := r.Profiles(); errors.As(err, &profiles) {
		out = append(out, strings.Split(err.Error(), "\n")...)
	} else if err != nil {
		return nil, err
	}
	for _, f := range r.Feeds {
		if _, err := r.WS.Folder(f.Source.Folder); err != nil {
			out = append(out, fmt.Sprintf("%s: %v", f.File, err))
		}
	}
	note, err := r.ejected()
	if err != nil {
		return nil, err
	}
	for name, hash := range note {
		dir, rel, _ := strings.Cut(name, "/")
		fsys := builtin()[dir]
		if fsys == nil {
			continue
		}
		b, err := fs.ReadFile(fsys, rel)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			out = append(out, name+": the built-in file is gone since it was ejected; try: delete yours, if nothing else needs it")
		case err != nil:
			return nil, err
		case hashOf(b) != hash:
			out = append(out, name+": the built-in file has changed since it was ejected; try: move yours away, eject again, carry your change over")
		}
	}
	sort.Strings(out)
	return out, nil
}
