package charset

import (
	"bytes"
	"encoding/binary"
	"sync"
	"unicode/utf8"
)

// several is how many weak marks make a finding: any one of them may stand in
// real text.
const several = 2

// latinBytes are the windows-1252 bytes of its characters beyond ASCII. The
// multiplication sign is left out: it touches other signs in real text.
var latinBytes = sync.OnceValue(func() map[rune]byte {
	m := map[rune]byte{}
	for b := 0x80; b <= 0xff; b++ {
		if r := latinTable().single[b]; r >= 0xa0 && r != '×' {
			m[r] = byte(b)
		}
	}
	return m
})

// gbCodes are the two-byte GB18030 codes by rune, 0 where there is none.
var gbCodes = sync.OnceValue(func() *[1 << 16]uint16 {
	var codes [1 << 16]uint16
	for code, r := range gbTable().pair {
		if r > 0 && r < 1<<16 {
			codes[r] = uint16(code)
		}
	}
	return &codes
})

// Mojibake looks in valid UTF-8 for the marks of text that was decoded wrongly
// before it was written: replaced characters, C1 control characters, UTF-8 or
// GB18030 read as windows-1252, UTF-8 read as GB18030, uninitialised memory. It
// gives the byte offset of the first mark and what it is, for a person. Bytes that
// are not UTF-8 are passed over; Convert finds those. It has no mark for every
// kind: not found does not prove that text is whole.
func Mojibake(text []byte) (offset int64, reason string, found bool) {
	if bytes.HasPrefix(text, []byte("锘")) {
		return 0, "it begins with the byte order mark of utf-8 read as gb18030", true
	}
	s := scan{text: text}
	for i := 0; i < len(text); {
		if i+8 <= len(text) && binary.LittleEndian.Uint64(text[i:])&0x8080808080808080 == 0 {
			i += 8
			continue
		}
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		n, at, reason := s.step(i)
		if reason != "" {
			return int64(at), reason, true
		}
		i += n
	}
	return 0, "", false
}

// scan counts weak marks on the way through a text.
type scan struct {
	text             []byte
	pairs, codes     int // weak marks so far
	pairsAt, codesAt int // the first of each
	latin            [64]byte
}

// step judges what begins at i and is not ASCII, and tells how long it is. Reason
// is "" unless there is a finding, which then begins at at.
func (s *scan) step(i int) (n, at int, reason string) {
	rest := s.text[i:]
	r, size := utf8.DecodeRune(rest)
	switch {
	case r == utf8.RuneError && size == 1:
		return 1, 0, ""
	case r == utf8.RuneError:
		return size, i, "U+FFFD stands for a character that was lost"
	case r < 0xa0:
		return size, i, "a C1 control character, as text in windows-1252 gets when it is read as iso-8859-1"
	case r < 0x2123: // the trade mark sign is the last that windows-1252 has
		return s.stepLatin(i)
	case r == '锟' && bytes.HasPrefix(rest, []byte("锟斤拷")):
		return size, i, "锟斤拷 are lost characters written as utf-8 and read as gb18030"
	case (r == '烫' || r == '屯') && bytes.HasPrefix(rest[size:], bytes.Repeat(rest[:size], 2)):
		return size, i, "烫烫烫 and 屯屯屯 are uninitialised memory read as gb18030"
	case r < 1<<16:
		return s.stepCode(i, r, size)
	}
	return size, 0, ""
}

// stepLatin takes the run of windows-1252 characters that begins at i.
func (s *scan) stepLatin(i int) (n, at int, reason string) {
	run := s.latin[:0]
	bytesOf := latinBytes()
	for n < len(s.text)-i && len(run) < cap(run) {
		r, size := utf8.DecodeRune(s.text[i+n:])
		b, ok := bytesOf[r]
		if !ok {
			if n == 0 {
				n = size
			}
			break
		}
		run, n = append(run, b), n+size
	}
	switch {
	case len(run) < 2:
		return n, 0, ""
	case bytes.HasPrefix(run, []byte("\xef\xbb\xbf")):
		return n, i, "the byte order mark of utf-8 read as windows-1252"
	case bytes.Contains(run, []byte("\xe2\x80")):
		return n, i, "punctuation in utf-8 read as windows-1252"
	case wholeUTF8(run):
		return n, i, "characters in utf-8 read as windows-1252"
	case usualGB(run):
		return n, i, "chinese characters in gb18030 read as windows-1252"
	}
	for k := 1; k < len(run); k++ {
		if !likelyPair(run[k-1], run[k]) {
			continue
		}
		if s.pairs == 0 {
			s.pairsAt = i
		}
		if s.pairs++; s.pairs >= several {
			return n, s.pairsAt, "several letters in utf-8 read as windows-1252"
		}
	}
	return n, 0, ""
}

// wholeUTF8 tells whether the bytes are two or more UTF-8 sequences. One could be
// a letter before a closing quotation mark.
func wholeUTF8(run []byte) bool { return utf8.Valid(run) && utf8.RuneCount(run) >= 2 }

// usualGB tells whether the bytes are usual Chinese characters in GB18030, at
// least two of them and not all the same.
func usualGB(run []byte) bool {
	if len(run) < 4 || len(run)%2 == 1 {
		return false
	}
	differ := false
	for k := 0; k < len(run); k += 2 {
		r := gbTable().pair[int(run[k])<<8|int(run[k+1])]
		if r < 0x4e00 || !usualChinese()[r] {
			return false
		}
		differ = differ || run[k] != run[0] || run[k+1] != run[1]
	}
	return differ
}

// likelyPair tells whether two windows-1252 bytes are a Latin letter or sign in
// UTF-8. Marks of punctuation that may follow a capital letter are left out.
func likelyPair(lead, next byte) bool {
	switch {
	case lead != 0xc2 && lead != 0xc3, next == 0xab, next == 0xbb:
		return false
	case next >= 0xa1 && next <= 0xbf:
		return true
	}
	return lead == 0xc3 && bytes.IndexByte([]byte("\x83\x86\x87\x88\x89\x8a\x8c\x8e\x9a\x9c\x9e\x9f"), next) >= 0
}

// stepCode asks whether the rune r at i and those after it, in GB18030, spell
// usual characters in UTF-8: three runes are two such characters.
func (s *scan) stepCode(i int, r rune, size int) (n, at int, reason string) {
	codes := gbCodes()
	lead := codes[r] >> 8
	if (lead < 0xe3 || lead > 0xe9) && lead != 0xef {
		return size, 0, ""
	}
	var spelt [6]byte
	length, k := 0, i
	for length < len(spelt) {
		r, w := utf8.DecodeRune(s.text[k:])
		if r >= 1<<16 || codes[r] == 0 {
			break
		}
		binary.BigEndian.PutUint16(spelt[length:], codes[r])
		length, k = length+2, k+w
		if length == 4 && isPrivate(r) && usualAt(spelt[:3]) {
			return size, i, "a chinese character in utf-8 read as gb18030, with a private-use character"
		}
	}
	if length < 4 || !usualAt(spelt[:3]) {
		return size, 0, ""
	}
	if length == 6 && usualAt(spelt[3:]) {
		return k - i, i, "chinese characters in utf-8 read as gb18030"
	}
	// Characters of this part of GBK are hardly ever written otherwise.
	if spelt[1] < 0xa1 {
		if s.codes == 0 {
			s.codesAt = i
		}
		if s.codes++; s.codes >= several {
			return size, s.codesAt, "several characters in utf-8 read as gb18030"
		}
	}
	return size, 0, ""
}

// usualAt tells whether three bytes are one usual Chinese character in UTF-8.
func usualAt(p []byte) bool {
	r, n := utf8.DecodeRune(p)
	return n == 3 && usualChinese()[r]
}
