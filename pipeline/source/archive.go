package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// bufferBytes is the size of a read; rings of buffers keep hashing, validation
// and writing busy at the same time.
const (
	bufferBytes = 1 << 20
	buffers     = 4
	incoming    = ".incoming-"
)

// Archived is a file of the raw archive.
type Archived struct {
	SHA256 string // of the file's bytes, lower-case hex
	Path   string // absolute, in the archive
	Size   int64  // bytes
	Reused bool   // the archive had these bytes already
	UTF8   UTF8Verdict
}

// Archive copies a candidate into dir as <two hex>/<sha256><extension>, through
// a temporary file of the same folder that is synced and renamed, and hashes and
// validates it in the same pass. Bytes that the archive holds already, under
// whatever extension, are not written again.
//
// ErrGrowing: size or time of change differ from the candidate's, or changed
// while it was read. A cancelled context leaves nothing behind.
func Archive(ctx context.Context, c Candidate, dir string) (Archived, error) {
	a, err := archive(ctx, c, dir)
	if err != nil {
		var known *FileError
		if errors.As(err, &known) {
			return Archived{}, err
		}
		return Archived{}, fmt.Errorf("archive %s: %w", c.Name, err)
	}
	return a, nil
}

func archive(ctx context.Context, c Candidate, dir string) (_ Archived, err error) {
	in, err := os.Open(c.Path)
	if err != nil {
		return Archived{}, err
	}
	defer in.Close()
	if err := unchanged(in, c); err != nil {
		return Archived{}, err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return Archived{}, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Archived{}, err
	}
	tmp, err := os.CreateTemp(dir, incoming+"*")
	if err != nil {
		return Archived{}, err
	}
	defer func() {
		tmp.Close()
		if err != nil {
			os.Remove(tmp.Name())
		}
	}()
	a, err := copyOnce(ctx, tmp, in)
	if err != nil {
		return Archived{}, err
	}
	if err := unchanged(in, c); err != nil {
		return Archived{}, err
	}
	if a.Size != c.Size {
		return Archived{}, growing(c)
	}
	folder := filepath.Join(dir, a.SHA256[:2])
	if at, ok := held(folder, a); ok {
		a.Path, a.Reused = at, true
		tmp.Close()
		return a, os.Remove(tmp.Name())
	}
	a.Path = filepath.Join(folder, a.SHA256+extension(c.Path))
	if err := tmp.Sync(); err != nil {
		return Archived{}, err
	}
	if err := tmp.Close(); err != nil {
		return Archived{}, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return Archived{}, err
	}
	if err := os.Rename(tmp.Name(), a.Path); err != nil {
		return Archived{}, err
	}
	// The name must survive a crash too: sync the folder that holds it, and the one above.
	if err := errors.Join(syncFolder(folder), syncFolder(dir)); err != nil {
		return Archived{}, err
	}
	return a, nil
}

// Examine reads a file and says what Archive would: its hash, its size, what it
// holds. Path is the file's own.
func Examine(ctx context.Context, path string) (Archived, error) {
	f, err := os.Open(path)
	if err != nil {
		return Archived{}, err
	}
	defer f.Close()
	a, err := copyOnce(ctx, io.Discard, f)
	a.Path = path
	return a, err
}

// Sweep removes what an Archive left behind whose process was killed. Only the
// writer of a workspace may call it: it would take the file away from under
// another Archive into the same dir. An absent dir is none to sweep.
func Sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("sweep the archive: %w", err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), incoming) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("sweep the archive: %w", err)
		}
	}
	return nil
}

func unchanged(f *os.File, c Candidate) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	// The name may have been given to another file meanwhile; the open one tells nothing of it.
	named, err := os.Stat(c.Path)
	if err != nil {
		return err
	}
	if !os.SameFile(info, named) || info.Size() != c.Size || !info.ModTime().Equal(c.ModTime) {
		return growing(c)
	}
	return nil
}

func growing(c Candidate) error {
	return &FileError{Name: c.Name, Err: ErrGrowing, Try: "again when the export has finished; it is left alone until then"}
}

// held finds complete bytes of the archive. A file of another size is what a
// damaged disk leaves and is written anew.
func held(folder string, a Archived) (string, bool) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", false
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), a.SHA256) {
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && info.Size() == a.Size {
			return filepath.Join(folder, e.Name()), true
		}
	}
	return "", false
}

// piece is one read that hashing and validation share; its buffer returns to the
// ring when both are done.
type piece struct {
	buf  []byte
	n    int
	done sync.WaitGroup
}

func copyOnce(ctx context.Context, w io.Writer, r io.Reader) (Archived, error) {
	hash, exam := sha256.New(), newExaminer()
	toHash, toExam := make(chan *piece, buffers), make(chan *piece, buffers)
	var workers sync.WaitGroup
	workers.Go(func() {
		for p := range toHash {
			hash.Write(p.buf[:p.n])
			p.done.Done()
		}
	})
	workers.Go(func() {
		for p := range toExam {
			exam.write(p.buf[:p.n])
			p.done.Done()
		}
	})
	size, err := pump(ctx, w, r, toHash, toExam)
	close(toHash)
	close(toExam)
	workers.Wait()
	text := exam.finish()
	if err != nil {
		return Archived{}, err
	}
	return Archived{SHA256: hex.EncodeToString(hash.Sum(nil)), Size: size, UTF8: text}, nil
}

func pump(ctx context.Context, w io.Writer, r io.Reader, toHash, toExam chan<- *piece) (size int64, err error) {
	ring := make([]piece, buffers)
	for i := 0; ; i++ {
		p := &ring[i%buffers]
		p.done.Wait()
		if p.buf == nil {
			p.buf = make([]byte, bufferBytes)
		}
		if err := ctx.Err(); err != nil {
			return size, err
		}
		n, err := io.ReadFull(r, p.buf)
		if n > 0 {
			p.n = n
			p.done.Add(2)
			toHash <- p
			toExam <- p
			if _, err := w.Write(p.buf[:n]); err != nil {
				return size, err
			}
			size += int64(n)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return size, nil
		}
		if err != nil {
			return size, err
		}
	}
}
