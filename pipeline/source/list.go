package source

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// Candidate is a file that a feed may load.
type Candidate struct {
	Path    string // absolute
	Name    string // relative to the folder with slashes, escaped for showing (see ShownName)
	Size    int64  // bytes
	ModTime time.Time
	Inode   uint64 // 0 where the system has none
}

// List gives the files of a folder that match one of the patterns, sorted by
// name. A pattern is a glob per path segment as in path.Match, without regard to
// case (`ORDERS.CSV` of a Windows export matches `*.csv`); the segment `**`
// stands for folders of any depth, none included. A pattern without a slash
// looks at the folder itself only.
//
// Hidden files and folders, files that another program still writes (.tmp,
// .part, .crdownload, ~$…) and symbolic links that leave the folder are left
// out; folders behind a link are not entered. An absent folder is an empty list
// with ErrNoFolder, a bad pattern is ErrPattern.
func List(folder string, patterns []string) ([]Candidate, error) {
	globs, deep, err := parsePatterns(patterns)
	if err != nil {
		return nil, err
	}
	root, err := filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", ShownName(folder), err)
	}
	real, err := filepath.EvalSymlinks(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &FileError{Name: ShownName(folder), Err: ErrNoFolder, Try: "make it, or correct the feed's source.folder"}
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", ShownName(folder), err)
	}
	var out []Candidate
	err = filepath.WalkDir(real, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			// A file that went away between listing and looking is no failure.
			if errors.Is(err, fs.ErrNotExist) && p != real {
				return nil
			}
			return err
		}
		if p == real {
			if !d.IsDir() {
				return errors.New("is not a folder")
			}
			return nil
		}
		if d.IsDir() {
			if !deep || passedOver(d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(real, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if passedOver(d.Name()) || !matchesAny(globs, rel) {
			return nil
		}
		info, ok := target(real, p, d)
		if !ok {
			return nil
		}
		out = append(out, Candidate{Path: filepath.Join(root, filepath.FromSlash(rel)), Name: ShownName(rel),
			Size: info.Size(), ModTime: info.ModTime(), Inode: inode(info)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", ShownName(folder), err)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out, nil
}

// One is the candidate for a file that a person named. It follows links, since
// the person chose the file; a folder or a device is an error.
func One(file string) (Candidate, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return Candidate{}, &FileError{Name: ShownName(file), Err: err}
	}
	info, err := os.Stat(abs)
	if err != nil {
		return Candidate{}, &FileError{Name: ShownName(file), Err: err}
	}
	if !info.Mode().IsRegular() {
		return Candidate{}, &FileError{Name: ShownName(file), Err: errors.New("is not a regular file")}
	}
	return Candidate{Path: abs, Name: ShownName(filepath.Base(abs)), Size: info.Size(),
		ModTime: info.ModTime(), Inode: inode(info)}, nil
}

// Fingerprint tells cheaply whether a candidate is the file that was seen
// before: it covers path, size, time of change in nanoseconds and inode, not the
// content. Equal fingerprints let a caller skip a file; different ones say
// nothing, since the same bytes may have been copied again.
func Fingerprint(c Candidate) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d:%s|%d|%d|%d", len(c.Path), c.Path, c.Size, c.ModTime.UnixNano(), c.Inode)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// target is the file behind an entry, when it is a regular file that lies in
// the folder.
func target(root, p string, d fs.DirEntry) (fs.FileInfo, bool) {
	if d.Type()&fs.ModeSymlink != 0 {
		to, err := filepath.EvalSymlinks(p)
		if err != nil {
			return nil, false
		}
		if rel, err := filepath.Rel(root, to); err != nil || !filepath.IsLocal(rel) {
			return nil, false
		}
	} else if !d.Type().IsRegular() {
		return nil, false
	}
	info, err := os.Stat(p)
	if err != nil || !info.Mode().IsRegular() {
		return nil, false
	}
	return info, true
}

// passedOver tells names that are hidden or belong to a download or an editor
// that has not finished.
func passedOver(name string) bool {
	low := strings.ToLower(name)
	if strings.HasPrefix(low, ".") || strings.HasPrefix(low, "~$") || strings.HasSuffix(low, "~") {
		return true
	}
	switch path.Ext(low) {
	case ".tmp", ".part", ".partial", ".crdownload", ".download", ".filepart", ".swp":
		return true
	}
	return false
}

func parsePatterns(patterns []string) (globs [][]string, deep bool, err error) {
	for _, p := range patterns {
		segments := strings.Split(strings.ToLower(p), "/")
		for _, s := range segments {
			_, err := path.Match(s, "")
			if err != nil || s == "" || s == "." || s == ".." {
				return nil, false, &FileError{Name: ShownName(p), Err: ErrPattern,
					Try: "a glob such as *.csv or **/*.csv, relative to the folder"}
			}
		}
		deep = deep || len(segments) > 1
		globs = append(globs, segments)
	}
	return globs, deep, nil
}

func matchesAny(globs [][]string, rel string) bool {
	parts := strings.Split(strings.ToLower(rel), "/")
	for _, g := range globs {
		if matches(g, parts) {
			return true
		}
	}
	return false
}

func matches(glob, parts []string) bool {
	if len(glob) == 0 {
		return len(parts) == 0
	}
	if glob[0] == "**" {
		for i := range len(parts) + 1 {
			if matches(glob[1:], parts[i:]) {
				return true
			}
		}
		return false
	}
	if len(parts) == 0 {
		return false
	}
	ok, err := path.Match(glob[0], parts[0])
	return err == nil && ok && matches(glob[1:], parts[1:])
}
