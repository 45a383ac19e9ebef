package charset

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

var seeds = []string{
	"", "id,name\n", header, "\xb6\xa9\xb5\xa5,\xd4\xcb\xb7\xd1\n", "\xa4\xa4\xa4\xe5\n", "\x92\x8d\x95\xb6\x94\xd4\x8d\x86\n",
	"caf\xe9\n", "\xff\xfea\x00\n\x00", "\xfe\xff\xd8\x3d\xde\x00", "\x84\x31\xa4\x37", "\x81\x30\x81\x30", "\x88\x62\x80\xff",
	"\xef\xbb\xbfa", "\xef\xbf\xbd", "a\x00b", "\xe5\x8d", "鍥介檯Ã©â€™",
}

// FuzzDetect: a guess is in bounds, names what Convert knows, and says why; what is
// given as certain can be converted or fails at a place. Mojibake points into the
// text.
func FuzzDetect(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, sample []byte, atEOF bool) {
		g := Detect(sample, atEOF)
		if !(g.Confidence >= 0 && g.Confidence <= 1) || g.Why == "" || g.Encoding == "" && g.Confidence > 0 {
			t.Fatalf("%+v", g)
		}
		for _, name := range []string{g.Encoding, g.Second} {
			if got, ok := Lookup(name); name != "" && (!ok || got != name) {
				t.Fatalf("%+v", g)
			}
		}
		if at, reason, found := Mojibake(sample); found != (reason != "") || at < 0 || found && at >= int64(len(sample)) {
			t.Fatalf("%d %q %v", at, reason, found)
		}
	})
}

// FuzzConvert: what comes out is valid UTF-8 without U+FFFD, whole where there is no
// error; a fault lies in the source, as the error says; and the reader's pieces do
// not matter.
func FuzzConvert(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), uint8(i))
	}
	f.Fuzz(func(t *testing.T, src []byte, which uint8) {
		name := canonical[int(which)%len(canonical)]
		var out bytes.Buffer
		err := Convert(context.Background(), &out, bytes.NewReader(src), name)
		if !utf8.Valid(out.Bytes()) || bytes.Contains(out.Bytes(), replacement) {
			t.Fatalf("%s: %q", name, out.Bytes())
		}
		var bad *BadText
		if errors.As(err, &bad) {
			end := bad.Offset + int64(len(bad.Bytes))
			if len(bad.Bytes) == 0 || end > int64(len(src)) || !bytes.Equal(src[bad.Offset:end], bad.Bytes) || bad.Line < 1 || bad.Col < 1 {
				t.Fatalf("%s: %+v", name, bad)
			}
		} else if err != nil && name != utf16Name {
			t.Fatal(err)
		}
		var again strings.Builder
		if err2 := Convert(context.Background(), &again, io.MultiReader(bytes.NewReader(src[:len(src)/2]), bytes.NewReader(src[len(src)/2:])), name); (err == nil) != (err2 == nil) || again.String() != out.String() {
			t.Fatalf("%s in pieces: %q, %v; whole %q, %v", name, again.String(), err2, out.String(), err)
		}
		if e, ok := library[name]; ok && err == nil && name != utf8Name && strings.IndexFunc(out.String(), isPrivate) < 0 {
			mark := 0
			for _, m := range marked {
				if m.encoding == name && strings.HasPrefix(string(src), m.mark) {
					mark = len(m.mark)
				}
			}
			if want, _ := e.NewDecoder().Bytes(src[mark:]); string(want) != out.String() {
				t.Fatalf("%s %q: %q, the library %q", name, src, out.String(), want)
			}
		}
	})
}
