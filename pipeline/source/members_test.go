package source

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// entry is a member of a test archive.
type entry struct {
	name, text string
	mode       fs.FileMode
	flags      uint16
	method     uint16
	declared   uint64 // unpacked size where it lies
	raw        bool   // text is written as it is, with the flags, method and size given
}

func zipOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: e.method, Flags: e.flags, NonUTF8: e.flags&0x800 == 0}
		if e.mode != 0 {
			h.SetMode(e.mode)
		}
		create := w.CreateHeader
		if e.raw {
			h.CompressedSize64, h.UncompressedSize64 = uint64(len(e.text)), e.declared
			create = w.CreateRaw
		}
		m, err := create(h)
		if err == nil {
			_, err = io.WriteString(m, e.text)
		}
		if err != nil && e.text != "" {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func archiveOf(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func gbk(t testing.TB, s string) string {
	t.Helper()
	b, err := simplifiedchinese.GBK.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMembers(t *testing.T) {
	path := archiveOf(t, "a.zip", zipOf(t,
		entry{name: "z/", mode: fs.ModeDir | 0o755},
		entry{name: "z/2.csv", text: "abc", method: zip.Deflate},
		entry{name: "1.csv", text: "a"},
		entry{name: "__MACOSX/._1.csv", text: "x"},
		entry{name: ".DS_Store", text: "x"},
		entry{name: "z/.hidden/3.csv", text: "x"},
		entry{name: "订单.csv", text: "utf", flags: 0x800},
		entry{name: gbk(t, "账单（七月）.csv"), text: "gbk!"},
		entry{name: "caf\x82te.csv", text: "cp437"},
		entry{name: "book.xlsx", text: "xlsx"},
	))
	got, err := Members(path, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Member{{"1.csv", 1}, {"book.xlsx", 4}, {`caf\x82te.csv`, 5}, {"z/2.csv", 3}, {"订单.csv", 3}, {"账单（七月）.csv", 4}}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	for _, m := range got {
		dest := filepath.Join(t.TempDir(), "out")
		if err := Extract(t.Context(), path, m.Name, dest, Limits{}); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(dest); err != nil || int64(len(b)) != m.Size {
			t.Errorf("%s: %q, %v", m.Name, b, err)
		}
	}
	for _, name := range []string{".DS_Store", "z/", "no.csv"} {
		if err := Extract(t.Context(), path, name, filepath.Join(t.TempDir(), "out"), Limits{}); !errors.Is(err, ErrNoMember) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMembersRefuseEvil(t *testing.T) {
	for _, c := range []struct {
		name    string
		entries []entry
		limit   Limits
		err     error
		says    string
	}{
		{"absolute", []entry{{name: "/etc/x.csv", text: "x"}}, Limits{}, ErrUnsafeMember, "a.zip!/etc/x.csv: "},
		{"climbs", []entry{{name: "a/../../x.csv", text: "x"}}, Limits{}, ErrUnsafeMember, `a.zip!a/\.\./\.\./x.csv: `},
		{"climbs hidden", []entry{{name: "__MACOSX/../x", text: "x"}}, Limits{}, ErrUnsafeMember, "leaves"},
		{"drive", []entry{{name: "C:x.csv", text: "x"}}, Limits{}, ErrUnsafeMember, "drive"},
		{"backslash", []entry{{name: `a\x.csv`, text: "x"}}, Limits{}, ErrUnsafeMember, "backslash"},
		{"nul", []entry{{name: "x.csv\x00.txt", text: "x"}}, Limits{}, ErrUnsafeMember, "NUL"},
		{"symlink", []entry{{name: "x.csv", text: "/etc/passwd", mode: fs.ModeSymlink | 0o777}}, Limits{}, ErrUnsafeMember, "symbolic link"},
		{"pipe", []entry{{name: "x.csv", text: "", mode: fs.ModeNamedPipe | 0o600}}, Limits{}, ErrUnsafeMember, "regular"},
		{"twice", []entry{{name: "x.csv", text: "1"}, {name: "x.csv", text: "2"}}, Limits{}, ErrUnsafeMember, "same name"},
		{"password", []entry{{name: "x.csv", text: "123", flags: 1, raw: true, declared: 3}}, Limits{}, ErrUnreadableMember, "password"},
		{"method", []entry{{name: "x.csv", text: "123", method: 9, raw: true, declared: 3}}, Limits{}, ErrUnreadableMember, "(9)"},
		{"nested", []entry{{name: "x.ZIP", text: "123"}}, Limits{}, ErrUnreadableMember, "try: unpack it first"},
		{"files", []entry{{name: "1", text: "x"}, {name: "2", text: "x"}}, Limits{Files: 1}, ErrTooLarge, "more than 1 files"},
		{"bytes", []entry{{name: "1", text: "xxx"}, {name: "2", text: "xxx"}}, Limits{Bytes: 5}, ErrTooLarge, "more than 5 bytes"},
		{"huge", []entry{{name: "1", text: "x", raw: true, method: zip.Deflate, declared: 1 << 62}}, Limits{}, ErrTooLarge, "a.zip!1"},
		{"dense", []entry{{name: "1", text: "x", raw: true, method: zip.Deflate, declared: 200 << 20}}, Limits{}, ErrTooLarge, "200 times"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Members(archiveOf(t, "a.zip", zipOf(t, c.entries...)), c.limit)
			if !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "; try: ") {
				t.Fatalf("got %v, want %v with %q", err, c.err, c.says)
			}
		})
	}
}

func TestMembersNameEveryFault(t *testing.T) {
	_, err := Members(archiveOf(t, "a.zip", zipOf(t, entry{name: "/1", text: "x"}, entry{name: "ok", text: "x"}, entry{name: "../2", text: "x"})), Limits{})
	if err == nil || !strings.Contains(err.Error(), "!/1:") || !strings.Contains(err.Error(), `!\.\./2:`) {
		t.Fatal(err)
	}
}

func TestExtractCountsRealBytes(t *testing.T) {
	text := strings.Repeat("0123456789", 1000)
	good := zipOf(t, entry{name: "x.csv", text: text, method: zip.Store})
	flipped := bytes.Replace(good, []byte("0123456789"), []byte("0123456788"), 1)
	lies := bytes.Clone(good)
	at := bytes.Index(lies, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(lies[at+24:], 10)
	inner := zipOf(t, entry{name: "y", text: "y"})
	for _, c := range []struct {
		name  string
		data  []byte
		limit Limits
		err   error
	}{
		{"check sum", flipped, Limits{}, ErrDamagedArchive},
		{"size", lies, Limits{}, ErrDamagedArchive},
		{"cut off", good[:len(good)-30], Limits{}, ErrDamagedArchive},
		{"limit", good, Limits{Bytes: 100}, ErrTooLarge},
		{"nested", zipOf(t, entry{name: "x.csv", text: string(inner)}), Limits{}, ErrUnreadableMember},
		{"twice", zipOf(t, entry{name: "x.csv", text: "1"}, entry{name: "x.csv", text: "2"}), Limits{}, ErrUnsafeMember},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			dest := filepath.Join(dir, "out.csv")
			if err := os.WriteFile(dest, []byte("before"), 0o600); err != nil {
				t.Fatal(err)
			}
			err := Extract(t.Context(), archiveOf(t, "a.zip", c.data), "x.csv", dest, c.limit)
			if !errors.Is(err, c.err) {
				t.Fatalf("got %v, want %v", err, c.err)
			}
			left, _ := os.ReadDir(dir)
			if b, _ := os.ReadFile(dest); string(b) != "before" || len(left) != 1 {
				t.Errorf("dest is %q among %d files", b, len(left))
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	if err := Extract(ctx, archiveOf(t, "a.zip", good), "x.csv", filepath.Join(dir, "out"), Limits{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
}

func TestIsZip(t *testing.T) {
	plain := zipOf(t, entry{name: "x.csv", text: "x"})
	for _, c := range []struct {
		name string
		data []byte
		want bool
	}{
		{"plain", plain, true},
		{"empty archive", zipOf(t), true},
		{"damaged", plain[:len(plain)-10], true},
		{"workbook", zipOf(t, entry{name: "xl/x.xml"}, entry{name: "[Content_Types].xml"}), false},
		{"ods", zipOf(t, entry{name: "mimetype", text: "application/vnd.oasis.opendocument.spreadsheet"}), false},
		{"text", []byte("PK,name\n1,2\n"), false},
		{"nothing", nil, false},
	} {
		if got, err := IsZip(archiveOf(t, "a", c.data)); err != nil || got != c.want {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
	if _, err := IsZip(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// FuzzMembers: an archive is refused, or every member that it lists has a safe
// name of its own, and is unpacked to the size it declares or refused.
func FuzzMembers(f *testing.F) {
	f.Add(zipOf(f, entry{name: "a/b.csv", text: "x"}, entry{name: gbk(f, "账单"), text: "yy", method: zip.Deflate}))
	f.Add(zipOf(f, entry{name: "../x", text: "x"}, entry{name: "x", text: "/etc", mode: fs.ModeSymlink | 0o777}))
	f.Add(zipOf(f, entry{name: "x", text: "123", raw: true, declared: 4, method: zip.Deflate}))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(dir, "a.zip")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		limit := Limits{Files: 20, Bytes: 1 << 20}
		var known *FileError
		list, err := Members(path, limit)
		if err != nil {
			if !errors.As(err, &known) {
				t.Fatal(err)
			}
			return
		}
		for i, m := range list {
			if !filepath.IsLocal(m.Name) || (i > 0 && m.Name <= list[i-1].Name) {
				t.Fatalf("%+v", list)
			}
			dest := filepath.Join(dir, "out")
			if err := Extract(t.Context(), path, m.Name, dest, limit); err != nil {
				if errors.Is(err, ErrNoMember) || !errors.As(err, &known) {
					t.Fatal(err)
				}
				continue
			}
			if info, err := os.Stat(dest); err != nil || info.Size() != m.Size {
				t.Fatalf("%+v became %v, %v", m, info, err)
			}
		}
	})
}
