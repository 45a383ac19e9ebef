package charset

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	xencoding "golang.org/x/text/encoding"
)

const (
	header      = "订单号,运单号,计费重量,运费\n"
	headerTrad  = "訂單號,運單號,計費重量,運費\n"
	headerJapan = "注文番号,お届け先,送り状番号,配送ステータス\n"
	rowsLatin   = "pedido,situação\n1,não entregue\n2,endereço incorreto\n3,em trânsito até São Paulo\n"
)

func TestDetect(t *testing.T) {
	for _, c := range []struct {
		what, encoding, text string
	}{
		{"header", gbName, header},
		{"header", big5Name, headerTrad},
		{"header", sjisName, headerJapan},
		{"header", utf16LEName, header},
		{"header", utf16BEName, header},
		{"header", utf8Name, header},
		{"traditional header", utf8Name, headerTrad},
		{"rows", latinName, rowsLatin},
		{"french", latinName, "état\nlivré à l'été\nretourné à l'expéditeur\nen cours d'acheminement\n"},
		{"german", latinName, "Straße\nMünchen, zurück an Absender\nZustellung für Köln verzögert\nüber Nürnberg\n"},
		{"statuses", gbName, "状态\n已签收\n妥投\n派送中\n"},
		{"traditional statuses", big5Name, "狀態\n已簽收\n派送中\n退件處理\n"},
		{"japanese statuses", sjisName, "ステータス\n配達完了\n持戻り\nお届け済み\n"},
		{"half-width kana", utf16LEName, "ﾃｽﾄ,ﾃﾞｰﾀ\n"},
		{"ascii in utf-16", utf16LEName, "order,tracking\n1,2\n"},
		{"ascii in utf-16", utf16BEName, "order,tracking\n1,2\n"},
		{"long", gbName, strings.Repeat("Test Buyer 1,广东省深圳市宝安区,快件已由前台代收\n", 5000)},
		{"latin in utf-8", utf8Name, rowsLatin},
		{"one letter in utf-8", utf8Name, "id,name\n1,Café\n"},
	} {
		g := Detect(encode(t, c.encoding, c.text), true)
		if g.Encoding != c.encoding || g.Confidence < 0.8 || g.Confidence > 1 || g.Why == "" {
			t.Errorf("%s in %s: %+v", c.what, c.encoding, g)
		}
	}
}

func TestDetectIsCertain(t *testing.T) {
	for _, c := range []struct{ sample, encoding string }{
		{"\xef\xbb\xbfid", utf8Name}, {"\xff\xfei\x00", utf16LEName}, {"\xfe\xff\x00i", utf16BEName},
		{"\x84\x31\x95\x33id", gbName}, {"id,name\n1,x\n", utf8Name}, {"", utf8Name},
	} {
		if g := Detect([]byte(c.sample), true); g.Encoding != c.encoding || g.Confidence != 1 {
			t.Errorf("%q: %+v", c.sample, g)
		}
	}
}

// TestDetectDoubts: what cannot be known is not claimed.
func TestDetectDoubts(t *testing.T) {
	for _, c := range []struct{ what, sample string }{
		{"two characters in gb18030", "\xd6\xd0\xb9\xfa"},
		{"one character in gb18030", "a,\xb5\xa5\n"},
		{"two characters in big5", "\xa4\xa4\xa4\xe5"},
		{"one letter in windows-1252", "Caf\xe9\n"},
		{"half-width kana, or hanzi", "\xc3\xde\xb0\xc0,\xd2\xb0\xb6\xb0,\xc3\xbd\xc4\n"},
		{"gb18030 that is valid utf-8", "\xd2\xbb"},
		{"korean in euc-kr", "\xc1\xd6\xb9\xae\xb9\xf8\xc8\xa3,\xbf\xee\xbc\xdb\xc0\xe5\xb9\xf8\xc8\xa3,\xb9\xe8\xbc\xdb\xbb\xf3\xc5\xc2,\xb9\xde\xb4\xc2\xbb\xe7\xb6\xf7\n"},
		{"russian in windows-1251", "\xed\xee\xec\xe5\xf0 \xe7\xe0\xea\xe0\xe7\xe0,\xf1\xf2\xe0\xf2\xf3\xf1 \xe4\xee\xf1\xf2\xe0\xe2\xea\xe8,\xe2\xe5\xf1,\xe3\xee\xf0\xee\xe4\n"},
		{"bytes of nothing", "\x01\x02\x03\xff\x80\x90\x00\x01\x07"},
		{"half-width kana alone", "\xc3\xbd\xc4,\xc3\xde\xb0\xc0\n"},
		{"three characters in utf-16", "\xa2\x8b\x55\x53,\x00"},
		{"utf-32", "\xff\xfe\x00\x00a\x00\x00\x00"},
		{"iso-2022-jp", "\x1b$BCmJ8\x1b(B\n"},
		{"one NUL in text", "order,tracking\n1,\x002\n"},
	} {
		if g := Detect([]byte(c.sample), true); g.Confidence >= 0.8 || g.Why == "" {
			t.Errorf("%s: %+v", c.what, g)
		}
	}
}

func TestDetectCutOff(t *testing.T) {
	for _, name := range []string{gbName, big5Name, sjisName, utf8Name, utf16LEName} {
		text := map[string]string{big5Name: headerTrad, sjisName: headerJapan}[name]
		if text == "" {
			text = header
		}
		p := encode(t, name, strings.Repeat(text, 3)+"單")
		if name == gbName || name == utf8Name {
			p = encode(t, name, strings.Repeat(text, 3)+"单")
		}
		p = p[:len(p)-1]
		cut, ended := Detect(p, false), Detect(p, true)
		if cut.Encoding != name || cut.Confidence < 0.8 {
			t.Errorf("%s cut off: %+v", name, cut)
		}
		if ended.Encoding == name && ended.Confidence >= min(cut.Confidence, 0.9) {
			t.Errorf("%s ends within a character: %+v, cut off %+v", name, ended, cut)
		}
	}
}

// TestDetectOneBadByte: one fault in much text leaves the guess standing, so that
// Convert can say where the fault is.
func TestDetectOneBadByte(t *testing.T) {
	for _, name := range []string{gbName, utf8Name} {
		p := encode(t, name, strings.Repeat(header, 200))
		p = append(append(bytes.Clone(p[:bytes.IndexByte(p, '\n')]), "\xff\n"...), p...)
		if g := Detect(p, true); g.Encoding != name || g.Confidence < 0.8 || g.Confidence > 0.9 {
			t.Errorf("%s: %+v", name, g)
		}
	}
}

func TestUsualCharactersAreEncodable(t *testing.T) {
	for name, text := range map[string]string{
		gbName: usualSimplified, big5Name: usualTraditional, sjisName: usualJapanese,
	} {
		table := map[string]func() *codeTable{gbName: gbTable, big5Name: big5Table, sjisName: sjisTable}[name]()
		have := map[rune]bool{}
		for code, r := range table.pair {
			have[r] = have[r] || table.class[code] == usual
		}
		var missing strings.Builder
		for _, r := range text {
			if !have[r] {
				fmt.Fprintf(&missing, "%c", r)
			}
		}
		if missing.Len() > 0 {
			t.Errorf("%s has no %s", name, missing.String())
		}
	}
}

// TestRealText: real tracking text and reviews, encoded as Excel would save them,
// are told rightly and bear no mark of a wrong decoding.
func TestRealText(t *testing.T) {
	root := os.Getenv("WAYBILL_REALDATA")
	if root == "" {
		t.Skip("WAYBILL_REALDATA is not set")
	}
	for pattern, encoding := range map[string]string{
		"cn_tracks/*.json": gbName,
		"ups_billing_layout/ups_charge_descriptions_EN_CN.csv": gbName,
		"olist/olist_order_reviews_dataset.csv":                latinName,
	} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no files (%v)", pattern, err)
		}
		for _, file := range files {
			p, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p = bytes.TrimPrefix(p, []byte("\xef\xbb\xbf"))
			if at, reason, found := Mojibake(p); found {
				t.Errorf("%s: %s at %d: %q", file, reason, at, p[max(0, int(at)-20):min(len(p), int(at)+30)])
			}
			text := string(p[:min(len(p), 1<<20)])
			beyond := 0
			for _, r := range text {
				if r >= 0x80 {
					beyond++
				}
			}
			// Emoji do not fit into windows-1252.
			e := xencoding.ReplaceUnsupported(library[encoding].NewEncoder())
			sample, err := e.Bytes(wholeRunes([]byte(text)))
			if err != nil {
				t.Fatal(file, err)
			}
			g := Detect(sample, false)
			t.Logf("%s: %d characters beyond ASCII, %s %.3f", filepath.Base(file), beyond, g.Encoding, g.Confidence)
			if beyond >= 10 && (g.Encoding != encoding || g.Confidence < 0.8) {
				t.Errorf("%s: %+v", file, g)
			}
		}
	}
}
