package run

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"waybill/reports"

	"waybill/pipeline/policy"
)

type writable interface{ Write([]byte) (int, error) }

func hashFiles(h writable, fsys fs.FS, dir, pattern string) error {
	files, err := fs.Glob(fsys, pattern)
	if err != nil {
		return err
	}
	sort.Strings(files)
	for _, f := range files {
		if strings.HasSuffix(f, policy.CasesSuffix) {
			continue // they test packs, and make nothing
		}
		b, err := fs.ReadFile(fsys, f)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s/%s\x00%d\x00", dir, f, len(b))
		if _, err := h.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// hashPageFiles hashes what a page is made of beside its numbers.
func (r *Runner) hashPageFiles(h writable) error {
	ov := r.WS.Overlay("reports", reports.FS)
	for _, p := range []string{"*.tmpl", "*.css", "*.js", "words/*.yaml", "assets/*"} {
		if err := hashFiles(h, ov, "reports", p); err != nil {
			return err
		}
	}
	return nil
}

// A report on disk is a page, its workbook and a note. The note's first line is
// the id and the hashes of both files, its second what the list of reports says.
const noteEnd = ".id"

func workbookOf(page string) string { return strings.TrimSuffix(page, ".html") + ".xlsx" }

// publish writes a report whole or not at all: the note comes last, and a report
// whose files do not match their note counts as not there.
func publish(path, id string, r reports.Report) error {
	entry, err := json.Marshal(r.Entry)
	if err != nil {
		return err
	}
	note := fmt.Sprintf("%s %s %s\n%s\n", id, hashOf(r.HTML), hashOf(r.XLSX), entry)
	return writeFiles(
		newFile{workbookOf(path), r.XLSX},
		newFile{path, r.HTML},
		newFile{path + noteEnd, []byte(note)})
}

// readNote gives the id of the report at path and what the list says of it;
// false where a file is missing or is not the noted one.
func readNote(path string) (id string, e reports.Entry, ok bool) {
	note, err := os.ReadFile(path + noteEnd)
	if err != nil {
		return "", e, false
	}
	first, second, _ := strings.Cut(string(note), "\n")
	page, err1 := os.ReadFile(path)
	book, err2 := os.ReadFile(workbookOf(path))
	id, _, _ = strings.Cut(first, " ")
	if err1 != nil || err2 != nil || first != id+" "+hashOf(page)+" "+hashOf(book) {
		return "", e, false
	}
	return id, e, json.Unmarshal([]byte(second), &e) == nil
}

// same says that the files at path are the report with that id, untouched.
func same(path, id string) bool {
	was, _, ok := readNote(path)
	return ok && was == id
}

func hashOf(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// writeFile replaces a file whole or not at all.
func writeFile(path string, b []byte) error { return writeFiles(newFile{path, b}) }

type newFile struct {
	path  string
	bytes []byte
}

// writeFiles replaces files, each whole: all are on disk before the first one
// takes its place.
func writeFiles(files ...newFile) (err error) {
	var made []string
	defer func() {
		for _, m := range made {
			if rerr := os.Remove(m); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
				err = errors.Join(err, rerr)
			}
		}
	}()
	for _, n := range files {
		if err := os.MkdirAll(filepath.Dir(n.path), 0o755); err != nil {
			return err
		}
		f, err := os.CreateTemp(filepath.Dir(n.path), ".tmp-*")
		if err != nil {
			return err
		}
		made = append(made, f.Name())
		if _, err := f.Write(n.bytes); err != nil {
			return errors.Join(err, f.Close())
		}
		if err := errors.Join(f.Chmod(0o644), f.Close()); err != nil {
			return err
		}
	}
	for i, n := range files {
		if err := os.Rename(made[i], n.path); err != nil {
			return err
		}
	}
	return nil
}
