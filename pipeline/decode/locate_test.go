package decode

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLocate(t *testing.T) {
	d := Dialect{Delimiter: ",", Quote: `"`, Escape: `"`, Header: true, Skip: 1}
	text := "\xef\xbb\xbfsep=,\r\n\"i\nd\",x\r\n1,a\r\n\r\n2,\"b\r\n\r\n\"\"c\"\"\"\r\n3,d\r\n4,\"" + strings.Repeat("漢", 1000) + "\"\r\n5,\"open\r\n6,x\r\n"
	for _, zip := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "f.csv")
		if zip {
			write(t, path, gz(t, text))
		} else {
			write(t, path, text)
		}
		got, err := Locate(t.Context(), path, d, []int64{1, 2, 2, 3, 4, 5, 6})
		if err != nil {
			t.Fatal(err)
		}
		at := func(s string) int64 { return int64(strings.Index(text, s)) }
		long := "4,\"" + strings.Repeat("漢", 665) + "…"
		want := []Position{{1, 4, at("1,a"), "1,a"}, {2, 6, at("2,"), "2,\"b\r\n\r\n\"\"c\"\"\""}, {2, 6, at("2,"), "2,\"b\r\n\r\n\"\"c\"\"\""},
			{3, 9, at("3,d"), "3,d"}, {4, 10, at("4,\""), long}, {5, 11, at("5,"), "5,\"open\r\n6,x\r\n"}, {}}
		for i := range want {
			if i == 4 {
				// The cut may fall inside a rune, which is then shown as replaced.
				got[i].Raw = strings.Replace(got[i].Raw, "\ufffd", "", 1)
			}
			if got[i] != want[i] {
				t.Errorf("%d: %+v\nwant %+v", i, got[i], want[i])
			}
		}
		// Offsets as the engine gives them: at the record, or at line ends before it.
		offsets := []int64{at("1,a"), at("1,a") + 4, at("2,") - 1, at("2,") + 3, at("3,d") - 1, int64(len(text) + 5)}
		pos, err := LocateBytes(t.Context(), path, d, offsets)
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range []int64{1, 2, 2, 2, 3, 0} {
			if pos[i].Record != w {
				t.Errorf("offset %d: %+v, want record %d", offsets[i], pos[i], w)
			}
		}
	}
	if _, err := Locate(t.Context(), "unused", d, []int64{2, 1}); err == nil {
		t.Error("unsorted numbers pass")
	}
	if _, err := Locate(t.Context(), filepath.Join(t.TempDir(), "absent"), d, []int64{1}); err == nil {
		t.Error("an absent file passes")
	}
}

func TestRecordOfRow(t *testing.T) {
	rejected := []int64{1, 2, 5, 9}
	for row, want := range map[int64]int64{1: 3, 2: 4, 3: 6, 4: 7, 5: 8, 6: 10, 7: 11} {
		if got := RecordOfRow(row, rejected); got != want {
			t.Errorf("row %d: record %d, want %d", row, got, want)
		}
	}
	if RecordOfRow(7, nil) != 7 {
		t.Error("without rejects a row is its record")
	}
}

// TestLocateAcrossBlocks has a file of several blocks, where the quick way over
// lines without quotes and the careful one must meet.
func TestLocateAcrossBlocks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	b.WriteString("id,x\n")
	var offsets, lines, records []int64
	line := int64(2)
	const count = 300_000
	for i := range int64(count) {
		offsets, lines, records = append(offsets, int64(b.Len())), append(lines, line), append(records, i+1)
		// Quotes come in runs, so that whole blocks are without.
		switch {
		case (i/100_000)%2 == 1 && r.IntN(1000) == 0:
			fmt.Fprintf(&b, "%d,\"two\nlines\"\n\n", i+1)
			line += 3
		case i == 250_000:
			fmt.Fprintf(&b, "%d,%s\n", i+1, strings.Repeat("long", 1<<20))
			line++
		default:
			fmt.Fprintf(&b, "%d,plain text\n", i+1)
			line++
		}
	}
	path := filepath.Join(t.TempDir(), "f.csv")
	write(t, path, b.String())
	d := Dialect{Delimiter: ",", Quote: `"`, Escape: `"`, Header: true}
	var some, at, startLines []int64
	for i := 0; i < count; i += 1 + r.IntN(20_000) {
		some, at, startLines = append(some, records[i]), append(at, offsets[i]), append(startLines, lines[i])
	}
	byRecord, err := Locate(t.Context(), path, d, some)
	if err != nil {
		t.Fatal(err)
	}
	byOffset, err := LocateBytes(t.Context(), path, d, at)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range byRecord {
		if p != byOffset[i] || p.Record != some[i] || p.Line != startLines[i] || p.Offset != at[i] || !strings.HasPrefix(p.Raw, fmt.Sprint(some[i], ",")) {
			t.Errorf("record %d: %.80v and %.80v, want line %d offset %d", some[i], p, byOffset[i], startLines[i], at[i])
		}
	}
}

func TestStraighten(t *testing.T) {
	d := Dialect{Delimiter: ",", Quote: `"`, Escape: `"`, Header: true}
	for name, c := range map[string]struct {
		in, want string // want is "" where nothing changes
	}{
		"crlf":          {"id,x\r\n1,\"a\nb\"\r\n2,c\r\n", ""},
		"lf":            {"id,x\n1,\"a\r\nb\"\n2,c", ""},
		"late crlf":     {"id,x\n1,a\r\n2,\"b\r\nc\"\n3,d", "id,x\n1,a\n2,\"b\r\nc\"\n3,d"},
		"late lf":       {"\xef\xbb\xbf\"id\",x\r\n1,\"a\r\n\"\n\r\n2,b\r\n", "\xef\xbb\xbf\"id\",x\n1,\"a\r\n\"\n\n2,b\n"},
		"quoted header": {"\"i\r\nd\",x\n1,a\r\n", "\"i\r\nd\",x\n1,a\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "f.csv")
			write(t, path, c.in)
			got, changed, err := Straighten(t.Context(), path, dir, d)
			if err != nil || changed != (c.want != "") || changed == (got == path) {
				t.Fatalf("%s %v %v", got, changed, err)
			}
			if text, _ := os.ReadFile(got); changed && string(text) != c.want {
				t.Errorf("%q, want %q", text, c.want)
			}
		})
	}
}

func TestStraightenRefusesALoneCarriageReturn(t *testing.T) {
	d := Dialect{Delimiter: ",", Quote: `"`, Escape: `"`, Header: true}
	path := filepath.Join(t.TempDir(), "f.csv")
	write(t, path, "id,x\n1,\"a\rb\"\n2,b\rc\n")
	_, _, err := Straighten(t.Context(), path, t.TempDir(), d)
	if err == nil || !strings.HasPrefix(err.Error(), "f.csv:3:4: a carriage return") {
		t.Error(err)
	}
}

// TestStraightenedFileInEngine: what the engine gets wrong as it stands is right
// once it is straight.
func TestStraightenedFileInEngine(t *testing.T) {
	c := engine(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "f.csv")
	write(t, path, "id,x\n1,a\r\n2,\"b\r\nc\"\n3,d\n4\r\n5,e\r\n")
	tab, err := Inspect(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := readWithEngine(t, c, tab); err == nil && len(got.first) == 4 && len(got.rejected) == 1 {
		t.Log("the engine reads mixed line ends by now: Straighten may go")
	}
	straight, _, err := Straighten(t.Context(), path, dir, tab.Dialect)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, c, straight, Options{})
}
