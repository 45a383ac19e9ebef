package charset

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

var replacement = []byte("\ufffd")

// wholeRunes cuts off a UTF-8 sequence that the end of p parted.
func wholeRunes(p []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(p); i++ {
		if tail := p[len(p)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return p[:len(p)-i]
			}
			break
		}
	}
	return p
}

// decodeUTF8 is the decodeFunc of UTF-8.
func decodeUTF8(dst, src []byte, atEOF bool) (nDst, nSrc int, bad fault) {
	whole := wholeRunes(src)
	if utf8.Valid(whole) && !bytes.Contains(whole, replacement) {
		n := copy(dst, whole)
		if atEOF && n < len(src) {
			bad.size = len(src) - n
		}
		return n, n, bad
	}
	i := 0
	for i < len(whole) {
		r, n := utf8.DecodeRune(whole[i:])
		if r == utf8.RuneError {
			bad = fault{size: n, mojibake: n > 1}
			break
		}
		i += n
	}
	return copy(dst, src[:i]), i, bad
}

// unit is a UTF-16 code unit.
func unit(p []byte, big bool) rune {
	if big {
		return rune(p[0])<<8 | rune(p[1])
	}
	return rune(p[1])<<8 | rune(p[0])
}

// nextUTF16 reads the character at the beginning of src, which must not be
// empty. Size and value are as of codeTable.next.
func nextUTF16(src []byte, big, atEOF bool) (value int32, size int) {
	if len(src) < 2 {
		if atEOF {
			return noText, len(src)
		}
		return noText, 0
	}
	r := unit(src, big)
	switch {
	case r == 0xfffe:
		return noText, 2 // no character: the mark of the other byte order
	case !utf16.IsSurrogate(r):
		return r, 2
	case len(src) < 4 && !atEOF:
		return noText, 0
	case len(src) < 4:
		return noText, 2
	}
	if r = utf16.DecodeRune(r, unit(src[2:], big)); r == utf8.RuneError {
		return noText, 2
	}
	return r, 4
}

// decodeUTF16 gives the decodeFunc of a byte order.
func decodeUTF16(big bool) decodeFunc {
	return func(dst, src []byte, atEOF bool) (nDst, nSrc int, bad fault) {
		for nSrc < len(src) {
			v, size := nextUTF16(src[nSrc:], big, atEOF)
			switch {
			case size == 0:
				return nDst, nSrc, fault{}
			case v == noText:
				return nDst, nSrc, fault{size: size}
			case v == utf8.RuneError:
				return nDst, nSrc, fault{size: size, mojibake: true}
			case v < utf8.RuneSelf:
				dst[nDst] = byte(v)
				nDst++
			default:
				nDst += utf8.EncodeRune(dst[nDst:], v)
			}
			nSrc += size
		}
		return nDst, nSrc, fault{}
	}
}
