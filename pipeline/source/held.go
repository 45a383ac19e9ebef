package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// HeldFile is a complete file of the raw archive.
type HeldFile struct {
	SHA256  string
	Path    string // relative to the archive, slash separated
	Size    int64  // bytes
	ModTime time.Time
}

var heldRE = regexp.MustCompile(`^[0-9a-f]{64}(\.|$)`)

// Held lists the raw archive by path. What is not named as Archive names its
// files is not of the archive and left out; an absent dir holds nothing.
func Held(ctx context.Context, dir string) ([]HeldFile, error) {
	folders, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the archive: %w", err)
	}
	var out []HeldFile
	for _, folder := range folders {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !folder.IsDir() || len(folder.Name()) != 2 {
			continue
		}
		entries, err := os.ReadDir(filepath.Join(dir, folder.Name()))
		if err != nil {
			return nil, fmt.Errorf("list the archive: %w", err)
		}
		for _, e := range entries {
			info, err := e.Info()
			if err != nil {
				return nil, fmt.Errorf("list the archive: %w", err)
			}
			if !info.Mode().IsRegular() || !heldRE.MatchString(e.Name()) || e.Name()[:2] != folder.Name() {
				continue
			}
			out = append(out, HeldFile{SHA256: e.Name()[:64], Path: folder.Name() + "/" + e.Name(), Size: info.Size(), ModTime: info.ModTime()})
		}
	}
	return out, nil
}

// Discard removes files that Held listed from the archive; one that is not
// there any more is no error. What was removed stays so after a crash.
func Discard(ctx context.Context, dir string, files []HeldFile) error {
	folders := map[string]bool{}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		at := filepath.Join(dir, filepath.FromSlash(f.Path))
		if !filepath.IsLocal(filepath.FromSlash(f.Path)) {
			return fmt.Errorf("remove %s: it does not lie in the archive", f.Path)
		}
		if err := os.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove from the archive: %w", err)
		}
		folders[filepath.Dir(at)] = true
	}
	var errs []error
	for folder := range folders {
		errs = append(errs, syncFolder(folder))
	}
	return errors.Join(errs...)
}
