package charset

import (
	"encoding/binary"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

const (
	noText = -1 // the byte or pair stands for nothing
	isLead = -2 // the byte needs another
	isTwin = -3 // the pair stands for two runes, found in codeTable.twins
)

// codeTable is an encoding of one and two bytes as the library decodes it. The
// library replaces what it cannot decode, so it is asked once per code, where a
// replacement is certain to mean that the code is not there.
type codeTable struct {
	name   string
	single [256]int32       // rune, noText or isLead
	pair   [1 << 16]int32   // by lead<<8|second: rune, noText or isTwin
	class  [1 << 16]class   // of the pairs, for Detect
	twins  map[int]string   // two runes in UTF-8
	four   encoding.Decoder // of four-byte codes; nil Transformer where there are none
}

var (
	gbTable = sync.OnceValue(func() *codeTable {
		t := newTable(gbName, simplifiedchinese.GB18030, classGB)
		t.four = *simplifiedchinese.GB18030.NewDecoder()
		for code := range t.pair {
			if r := userDefined(code); r != noText && t.pair[code] == noText {
				t.pair[code], t.class[code] = r, private
			}
		}
		return t
	})
	big5Table = sync.OnceValue(func() *codeTable {
		return newTable(big5Name, traditionalchinese.Big5, classBig5)
	})
	sjisTable = sync.OnceValue(func() *codeTable {
		t := newTable(sjisName, japanese.ShiftJIS, classSJIS)
		t.single[0x80] = noText // the library passes it on as a control character
		return t
	})
	latinTable = sync.OnceValue(func() *codeTable {
		t := &codeTable{name: latinName}
		for b := range t.single {
			r := charmap.Windows1252.DecodeByte(byte(b))
			t.single[b] = r
			if r == utf8.RuneError || r >= 0x80 && r < 0xa0 {
				t.single[b] = noText
			}
		}
		return t
	})
)

// userDefined gives the private-use character of a code in the three user-defined
// areas of GB18030, which the library leaves out, or noText.
func userDefined(code int) rune {
	lead, second := rune(code>>8), rune(code&0xff)
	switch {
	case lead >= 0xaa && lead <= 0xaf && second >= 0xa1 && second <= 0xfe:
		return 0xe000 + (lead-0xaa)*94 + second - 0xa1
	case lead >= 0xf8 && lead <= 0xfe && second >= 0xa1 && second <= 0xfe:
		return 0xe234 + (lead-0xf8)*94 + second - 0xa1
	case lead >= 0xa1 && lead <= 0xa7 && second >= 0x40 && second <= 0x7e:
		return 0xe4c6 + (lead-0xa1)*96 + second - 0x40
	case lead >= 0xa1 && lead <= 0xa7 && second >= 0x80 && second <= 0xa0:
		return 0xe4c6 + (lead-0xa1)*96 + second - 0x41
	}
	return noText
}

func newTable(name string, enc encoding.Encoding, classify func(code int, r rune) class) *codeTable {
	t := &codeTable{name: name, twins: map[int]string{}}
	d := enc.NewDecoder()
	var dst [16]byte
	for lead := range 256 {
		n, _, err := d.Transform(dst[:], []byte{byte(lead)}, false)
		switch {
		case err != nil:
			t.single[lead] = isLead
		case string(dst[:n]) == "\ufffd":
			t.single[lead] = noText
		default:
			r, _ := utf8.DecodeRune(dst[:n])
			t.single[lead] = r
		}
		for second := range 256 {
			code := lead<<8 | second
			t.pair[code] = noText
			// A second byte below 0x40 is of a four-byte code or of none.
			if t.single[lead] != isLead || second < 0x40 {
				continue
			}
			n, _, _ := d.Transform(dst[:], []byte{byte(lead), byte(second)}, true)
			r, size := utf8.DecodeRune(dst[:n])
			switch {
			case r == utf8.RuneError:
				continue
			case size < n:
				t.twins[code] = string(dst[:n])
				t.pair[code] = isTwin
			default:
				t.pair[code] = r
			}
			t.class[code] = classify(code, r)
		}
	}
	return t
}

// next reads the code at the beginning of src, which must not be empty. Size is
// its length, 0 where src is too short to say (never at the end of the text).
// Value is its rune, isTwin or noText; then size is the length of the fault.
func (t *codeTable) next(src []byte, atEOF bool) (value int32, size int) {
	v := t.single[src[0]]
	if v != isLead {
		return v, 1
	}
	if len(src) < 2 {
		if atEOF {
			return noText, 1
		}
		return noText, 0
	}
	second := src[1]
	if t.four.Transformer != nil && second >= '0' && second <= '9' {
		return t.nextFour(src, atEOF)
	}
	if v = t.pair[int(src[0])<<8|int(second)]; v != noText || second >= utf8.RuneSelf {
		return v, 2
	}
	return noText, 1 // the second byte is most likely a character of its own
}

func (t *codeTable) nextFour(src []byte, atEOF bool) (value int32, size int) {
	if len(src) < 4 {
		if atEOF {
			return noText, len(src)
		}
		return noText, 0
	}
	var dst [8]byte
	n, used, err := t.four.Transform(dst[:], src[:4], true)
	r, _ := utf8.DecodeRune(dst[:n])
	// The library goes on after a fault, so more than one rune is a fault too.
	if err != nil || used != 4 || n != utf8.RuneLen(r) || (r == utf8.RuneError && string(src[:4]) != gbReplacement) {
		return noText, 4
	}
	return r, 4
}

// gbReplacement is U+FFFD in GB18030.
const gbReplacement = "\x84\x31\xa4\x37"

// decode is the decodeFunc of the encoding.
func (t *codeTable) decode(dst, src []byte, atEOF bool) (nDst, nSrc int, bad fault) {
	for nSrc < len(src) {
		// Runs of ASCII, the greater part of most exports, eight at a time.
		for nSrc+8 <= len(src) && binary.LittleEndian.Uint64(src[nSrc:])&0x8080808080808080 == 0 {
			copy(dst[nDst:nDst+8], src[nSrc:nSrc+8])
			nSrc, nDst = nSrc+8, nDst+8
		}
		if nSrc == len(src) {
			break
		}
		c := src[nSrc]
		if c < utf8.RuneSelf {
			dst[nDst] = c
			nSrc, nDst = nSrc+1, nDst+1
			continue
		}
		v, size := t.next(src[nSrc:], atEOF)
		switch {
		case size == 0:
			return nDst, nSrc, fault{}
		case v == noText:
			return nDst, nSrc, fault{size: size}
		case v == utf8.RuneError:
			return nDst, nSrc, fault{size: size, mojibake: true}
		case v == isTwin:
			nDst += copy(dst[nDst:], t.twins[int(c)<<8|int(src[nSrc+1])])
		case v >= 0x800 && v < 0x10000:
			dst[nDst] = 0xe0 | byte(v>>12)
			dst[nDst+1] = 0x80 | byte(v>>6)&0x3f
			dst[nDst+2] = 0x80 | byte(v)&0x3f
			nDst += 3
		default:
			nDst += utf8.EncodeRune(dst[nDst:], v)
		}
		nSrc += size
	}
	return nDst, nSrc, fault{}
}
