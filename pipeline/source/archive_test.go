package source

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func put(t testing.TB, path string, data []byte) Candidate {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := One(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func zipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, p)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestArchiveKeepsBytesUnderTheirHash(t *testing.T) {
	dir, raw := t.TempDir(), filepath.Join(t.TempDir(), "raw")
	for name, want := range map[string]string{"orders.csv": ".csv", "Orders.CSV.GZ": ".csv.gz", "noext": "", "odd.a b": "", "x.gz": ".gz", ".csv": ""} {
		data := []byte("id,name\n1," + name + "\n")
		a, err := Archive(t.Context(), put(t, filepath.Join(dir, name), data), raw)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		hash := hex.EncodeToString(sum[:])
		if a.SHA256 != hash || a.Path != filepath.Join(raw, hash[:2], hash+want) || a.Size != int64(len(data)) {
			t.Errorf("%s: %+v", name, a)
		}
		if got, err := os.ReadFile(a.Path); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: archived %q, %v", name, got, err)
		}
	}
}

func TestArchiveWritesBytesOnce(t *testing.T) {
	dir, raw := t.TempDir(), t.TempDir()
	first, err := Archive(t.Context(), put(t, filepath.Join(dir, "a.csv"), []byte("x\n1\n")), raw)
	if err != nil {
		t.Fatal(err)
	}
	before, _ := os.Stat(first.Path)
	second, err := Archive(t.Context(), put(t, filepath.Join(dir, "copy of a.txt"), []byte("x\n1\n")), raw)
	if err != nil {
		t.Fatal(err)
	}
	after, _ := os.Stat(first.Path)
	if second.Path != first.Path || !second.Reused || first.Reused || !os.SameFile(before, after) {
		t.Errorf("first %+v, second %+v", first, second)
	}
	if got := files(t, raw); len(got) != 1 {
		t.Errorf("archive holds %v", got)
	}
	// A damaged file of another size is replaced.
	if err := os.Truncate(first.Path, 1); err != nil {
		t.Fatal(err)
	}
	third, err := Archive(t.Context(), put(t, filepath.Join(dir, "a.csv"), []byte("x\n1\n")), raw)
	if err != nil || third.Reused {
		t.Fatalf("%+v %v", third, err)
	}
}

func TestArchiveRefusesAFileThatChanges(t *testing.T) {
	dir, raw := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "a.csv")
	for name, change := range map[string]func(c *Candidate){
		"size":     func(c *Candidate) { put(t, path, []byte("longer\n")) },
		"time":     func(c *Candidate) { c.ModTime = c.ModTime.Add(-time.Second) },
		"replaced": func(c *Candidate) { put(t, path+".new", []byte("other\n")); _ = os.Rename(path+".new", path) },
	} {
		c := put(t, path, []byte("x\n"))
		change(&c)
		_, err := Archive(t.Context(), c, raw)
		if !errors.Is(err, ErrGrowing) || !strings.Contains(err.Error(), "a.csv: file is still being written; try: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := files(t, raw); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
}

func TestArchiveCancelledLeavesNothing(t *testing.T) {
	dir, raw := t.TempDir(), t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Archive(ctx, put(t, filepath.Join(dir, "a.csv"), []byte("x\n")), raw)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got := files(t, raw); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
	put(t, filepath.Join(raw, ".incoming-123"), []byte("half"))
	kept := put(t, filepath.Join(raw, "ab", "abc.csv"), []byte("x"))
	if err := Sweep(raw); err != nil {
		t.Fatal(err)
	}
	if got := files(t, raw); len(got) != 1 || filepath.Join(raw, got[0]) != kept.Path {
		t.Errorf("swept to %v", got)
	}
	if err := Sweep(filepath.Join(raw, "absent")); err != nil {
		t.Error(err)
	}
}

func BenchmarkArchive(b *testing.B) {
	line := []byte("123456,1Z999AA10123456784,\"Los Angeles, CA\",2026-01-05 08:00:00,漢字\n")
	data := bytes.Repeat(line, (256<<20)/len(line))
	dir := b.TempDir()
	c := put(b, filepath.Join(dir, "a.csv"), data)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		raw := filepath.Join(dir, "raw")
		if _, err := Archive(b.Context(), c, raw); err != nil {
			b.Fatal(err)
		}
		if err := os.RemoveAll(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPass is the part of Archive that is ours: hash and validation, no disk.
func BenchmarkPass(b *testing.B) {
	line := []byte("123456,1Z999AA10123456784,\"Los Angeles, CA\",2026-01-05 08:00:00,abc\n")
	data := bytes.Repeat(line, (128<<20)/len(line))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := copyOnce(b.Context(), nowhere{}, bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}

type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
