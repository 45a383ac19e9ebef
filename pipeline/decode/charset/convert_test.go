package charset

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	xunicode "golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"
)

// library are the encoders, which Convert itself does not use.
var library = map[string]encoding.Encoding{
	utf8Name:    encoding.Nop,
	utf16LEName: xunicode.UTF16(xunicode.LittleEndian, xunicode.IgnoreBOM),
	utf16BEName: xunicode.UTF16(xunicode.BigEndian, xunicode.IgnoreBOM),
	gbName:      simplifiedchinese.GB18030,
	big5Name:    traditionalchinese.Big5,
	sjisName:    japanese.ShiftJIS,
	latinName:   charmap.Windows1252,
}

func encode(t interface{ Fatal(...any) }, name, text string) []byte {
	p, err := library[name].NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(name, err)
	}
	return p
}

func convert(name string, src []byte) (string, error) {
	var out bytes.Buffer
	err := Convert(context.Background(), &out, bytes.NewReader(src), name)
	return out.String(), err
}

func TestLookup(t *testing.T) {
	for name, want := range map[string]string{
		"GBK": gbName, "gb2312": gbName, "GB-18030": gbName, "cp936": gbName,
		"UTF8": utf8Name, "utf-8": utf8Name, "UTF-8-SIG": utf8Name,
		"utf-16": utf16Name, "UTF_16LE": utf16LEName, "utf-16 be": utf16BEName,
		"Big5": big5Name, "big5-hkscs": big5Name, "cp932": sjisName, "Shift_JIS": sjisName, "sjis": sjisName,
		"cp1252": latinName, "Latin1": latinName, "ISO-8859-1": latinName, "iso_8859_1": latinName,
		"euc-kr": "", "": "", "iso-8859-15": "", "ansi": "",
	} {
		got, ok := Lookup(name)
		if got != want || ok != (want != "") {
			t.Errorf("Lookup(%q) = %q, %v; want %q", name, got, ok, want)
		}
	}
	for _, name := range Names() {
		if got, ok := Lookup(name); got != name || !ok {
			t.Errorf("canonical %q gives %q", name, got)
		}
	}
	for _, name := range aliases {
		if !slices.Contains(Names(), name) {
			t.Errorf("%q is not among the names", name)
		}
	}
}

// repertoire gives the runes that an encoding writes and reads back.
func repertoire(name string) []rune {
	var all []rune
	e := library[name].NewEncoder()
	d := library[name].NewDecoder()
	for r := rune(0); r <= 0x2ffff; r++ {
		if r == utf8.RuneError || r == 0xfeff || r == 0xfffe || !utf8.ValidRune(r) || name == latinName && unicode.IsControl(r) && r >= 0x80 ||
			name == sjisName && r == 0x80 {
			continue
		}
		p, err := e.Bytes([]byte(string(r)))
		if err != nil {
			continue
		}
		if q, err := d.Bytes(p); err == nil && string(q) == string(r) {
			all = append(all, r)
		}
	}
	return all
}

func TestRoundTrip(t *testing.T) {
	for _, name := range Names() {
		if name == utf16Name {
			continue
		}
		t.Run(name, func(t *testing.T) {
			runes := repertoire(name)
			if all := string(runes); len(runes) < 200 {
				t.Fatalf("only %d runes: %q", len(runes), all)
			}
			// Every rune of the encoding once, across chunks.
			if got, err := convert(name, encode(t, name, string(runes))); err != nil || got != string(runes) {
				t.Fatalf("all %d runes: %v", len(runes), err)
			}
			rapid.Check(t, func(rt *rapid.T) {
				text := string(rapid.SliceOf(rapid.OneOf(rapid.SampledFrom(runes), rapid.RuneFrom([]rune("a,\"\n9")))).Draw(rt, "text"))
				if name == latinName {
					text = "-" + text // not a mark by chance
				}
				if rapid.IntRange(0, 3).Draw(rt, "across a chunk's end") == 0 {
					text = strings.Repeat("x", chunk-rapid.IntRange(0, 8).Draw(rt, "before the end")) + text
				}
				got, err := convert(name, encode(rt, name, text))
				if err != nil || got != text {
					rt.Fatalf("%q came out as %q, %v", text, got, err)
				}
			})
		})
	}
}

func TestConvertTakesMarksOff(t *testing.T) {
	for _, c := range []struct{ name, src string }{
		{utf8Name, "\xef\xbb\xbfid,单\n"},
		{utf8Name, "id,单\n"},
		{utf16LEName, "\xff\xfei\x00d\x00,\x00\x55\x53\n\x00"},
		{utf16LEName, "i\x00d\x00,\x00\x55\x53\n\x00"},
		{utf16BEName, "\xfe\xff\x00i\x00d\x00,\x53\x55\x00\n"},
		{utf16Name, "\xff\xfei\x00d\x00,\x00\x55\x53\n\x00"},
		{utf16Name, "\xfe\xff\x00i\x00d\x00,\x53\x55\x00\n"},
		{gbName, "\x84\x31\x95\x33id,\xb5\xa5\n"},
		{"gbk", "id,\xb5\xa5\n"},
	} {
		if got, err := convert(c.name, []byte(c.src)); err != nil || got != "id,单\n" {
			t.Errorf("%s %q: %q, %v", c.name, c.src, got, err)
		}
	}
	if got, err := convert(utf16Name, nil); err != nil || got != "" {
		t.Errorf("empty: %q, %v", got, err)
	}
	if got, err := convert("gbk", []byte("\x80 9")); err != nil || got != "€ 9" {
		t.Errorf("the euro sign of code page 936: %q, %v", got, err)
	}
}

func TestBadText(t *testing.T) {
	for _, c := range []struct {
		what, name, src   string
		offset, line, col int64
		bytes             string
		mojibake          bool
	}{
		{"line 3, column 7", gbName, "a,b\n\xb5\xa5,1\n12345,\xff,6\n", 15, 3, 7, "\xff", false},
		{"the same in utf-8", utf8Name, "a,b\n单,1\n12345,\xb5,6\n", 16, 3, 7, "\xb5", false},
		{"and in utf-16", utf16LEName, "a\x00\n\x00b\x00\n\x00a\x00b\x00c\x00\x00\xdc", 14, 3, 7, "\x00\xdc", false},
		{"after a mark", utf8Name, "\xef\xbb\xbfa\xff", 4, 1, 5, "\xff", false},
		{"lead and ASCII", gbName, "\xb5 x", 0, 1, 1, "\xb5", false},
		{"no such pair", gbName, "a\xb5\xff", 1, 1, 2, "\xb5\xff", false},
		{"cut off", gbName, "ab\xb5", 2, 1, 3, "\xb5", false},
		{"cut off four", gbName, "ab\x81\x30\x81", 2, 1, 3, "\x81\x30\x81", false},
		{"four of no character", gbName, "\xe3\x32\x9a\x36", 0, 1, 1, "\xe3\x32\x9a\x36", false},
		{"four with a bad end", gbName, "\x81\x30\x81x", 0, 1, 1, "\x81\x30\x81x", false},
		{"U+FFFD in gb18030", gbName, "a\x84\x31\xa4\x37", 1, 1, 2, "\x84\x31\xa4\x37", true},
		{"U+FFFD in utf-8", utf8Name, "a\n\xef\xbf\xbd", 2, 2, 1, "\xef\xbf\xbd", true},
		{"U+FFFD in utf-16", utf16BEName, "\xff\xfd", 0, 1, 1, "\xff\xfd", true},
		{"cut off utf-8", utf8Name, "a\xe5\x8d", 1, 1, 2, "\xe5\x8d", false},
		{"surrogate in utf-8", utf8Name, "a\xed\xa0\x80", 1, 1, 2, "\xed", false},
		{"odd utf-16", utf16LEName, "a\x00b", 2, 1, 3, "b", false},
		{"high surrogate alone", utf16LEName, "\x00\xd8a\x00", 0, 1, 1, "\x00\xd8", false},
		{"cut-off surrogates", utf16BEName, "\xd8\x00", 0, 1, 1, "\xd8\x00", false},
		{"other byte order", utf16LEName, "\xfe\xff\x00a", 0, 1, 1, "\xfe\xff", false},
		{"big5", big5Name, "\xa4\xa4\xa4\x20", 2, 1, 3, "\xa4", false},
		{"shift-jis 0x80", sjisName, "a\x80", 1, 1, 2, "\x80", false},
		{"shift-jis user-defined", sjisName, "\xf0\x40", 0, 1, 1, "\xf0", false},
		{"hole of windows-1252", "latin1", "caf\xe9\n\x81", 5, 2, 1, "\x81", false},
		{"utf-8 mark, declared otherwise", "latin1", "\xef\xbb\xbfid", 0, 1, 1, "\xef\xbb\xbf", false},
		{"utf-16 mark, declared otherwise", "gbk", "\xff\xfei\x00", 0, 1, 1, "\xff\xfe", false},
	} {
		for _, reader := range []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.DataErrReader} {
			err := Convert(context.Background(), io.Discard, reader(strings.NewReader(c.src)), c.name)
			var bad *BadText
			if !errors.As(err, &bad) {
				t.Errorf("%s: error %v", c.what, err)
				break
			}
			if bad.Offset != c.offset || bad.Line != c.line || bad.Col != c.col || string(bad.Bytes) != c.bytes || bad.Mojibake != c.mojibake {
				t.Errorf("%s: %+v, bytes % x", c.what, *bad, bad.Bytes)
			}
		}
	}
}

// TestUserDefined: the corners of the areas, as GB18030 has them.
func TestUserDefined(t *testing.T) {
	for src, want := range map[string]string{
		"\xaa\xa1": "\ue000", "\xaf\xfe": "\ue233", "\xf8\xa1": "\ue234", "\xfe\xfe": "\ue4c5",
		"\xa1\x40": "\ue4c6", "\xa2\x40": "\ue526", "\xa7\xa0": "\ue765", "\xad\xe5": "\ue15e",
		"\xa3\xa0": "\u3000", // read as a space by everyone
	} {
		if got, err := convert(gbName, []byte(src)); err != nil || got != want {
			t.Errorf("% x: %+q, %v; want %+q", src, got, err, want)
		}
	}
}

func TestBadTextFarOff(t *testing.T) {
	line := string(encode(t, gbName, "运单号,已签收\n"))
	src := strings.Repeat(line, 20_000) + "x\xff"
	_, err := convert(gbName, []byte(src))
	var bad *BadText
	if !errors.As(err, &bad) || bad.Offset != int64(len(src))-1 || bad.Line != 20_001 || bad.Col != 2 {
		t.Errorf("%v", err)
	}
}

func TestErrorTexts(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{gbName, "a\n\xff", "2:1: the bytes ff (at byte 2) are no gb18030 text; try: declare the right encoding, or export it again"},
		{utf8Name, "\ufffd", "1:1: a character was lost before the text was written (U+FFFD at byte 0); try: export it again"},
		{"latin1", "\xef\xbb\xbfa", "1:1: the text begins with the mark of utf-8, so it is not windows-1252; try: encoding: utf-8"},
		{"utf-16", "a\x00", "1:1: utf-16 is declared, but there is no mark that tells the byte order; try: encoding: utf-16le or utf-16be"},
		{"euc-kr", "a", "encoding \"euc-kr\" is not known; try: one of utf-8, utf-16, utf-16le, utf-16be, gb18030, big5, shift-jis, windows-1252"},
	} {
		if _, err := convert(c.name, []byte(c.src)); err == nil || err.Error() != c.want {
			t.Errorf("%s %q:\n%v\nwant\n%s", c.name, c.src, err, c.want)
		}
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func TestConvertPassesErrorsOn(t *testing.T) {
	broken := errors.New("broken")
	if err := Convert(context.Background(), io.Discard, iotest.ErrReader(broken), gbName); !errors.Is(err, broken) {
		t.Errorf("read: %v", err)
	}
	if err := Convert(context.Background(), failingWriter{broken}, strings.NewReader("a"), gbName); !errors.Is(err, broken) {
		t.Errorf("write: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Convert(ctx, io.Discard, strings.NewReader("a"), gbName); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestTablesAgreeWithTheLibrary: no pair of bytes is read otherwise than by the
// library, whose replacements are faults here.
func TestTablesAgreeWithTheLibrary(t *testing.T) {
	for _, name := range []string{gbName, big5Name, sjisName} {
		d := library[name].NewDecoder()
		for lead := 0x80; lead <= 0xff; lead++ {
			for second := 0x40; second <= 0xff; second++ {
				src := []byte{byte(lead), byte(second)}
				if name == sjisName && (lead == 0x80 || second == 0x80 && lead >= 0xa1 && lead <= 0xdf) {
					continue
				}
				if name == gbName && userDefined(lead<<8|second) != noText {
					continue
				}
				want, _ := d.Bytes(src)
				got, err := convert(name, src)
				if lost := bytes.Contains(want, replacement); lost != (err != nil) || !lost && got != string(want) {
					t.Errorf("%s % x: %q, %v; the library %q", name, src, got, err, want)
				}
			}
		}
	}
}

func BenchmarkConvert(b *testing.B) {
	for name, text := range map[string]string{
		gbName:      "YT0000000001,2026-01-02 03:04:05,已签收,深圳市宝安区,计费重量 1.25 千克\n",
		big5Name:    "YT0000000001,2026-01-02 03:04:05,已簽收,計費重量 1.25 公斤\n",
		utf16LEName: "YT0000000001,2026-01-02 03:04:05,已签收,计费重量 1.25 千克\n",
		latinName:   "BR0000000001,2026-01-02 03:04:05,São Paulo,não entregue\n",
		utf8Name:    "YT0000000001,2026-01-02 03:04:05,已签收,计费重量 1.25 千克\n",
	} {
		src := bytes.Repeat(encode(b, name, text), 100_000)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				if err := Convert(context.Background(), io.Discard, bytes.NewReader(src), name); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
