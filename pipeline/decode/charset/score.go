package charset

import "math"

// class is what a character tells about whether text was decoded rightly.
type class uint8

const (
	ascii     class = iota
	usual           // of the lists in usual.go
	kana            // hiragana and full-width katakana
	common          // first level of the standard: what most people can write
	rare            // second level
	symbol          // signs, Greek, box drawing
	extended        // of an extension of the standard
	halfKana        // half-width katakana
	fourByte        // GB18030 outside the basic two-byte codes
	private         // private use
	undecoded       // no character
	letter          // of windows-1252, within a word of ASCII letters
	loose           // of windows-1252, next to other such letters or to none
	sign            // of windows-1252, no letter
	classes
)

// surprise is minus the natural logarithm of how likely one character of a class
// is: the share that the class has in usual text, over the number of characters
// in it. Both are rough, which temper in detect.go allows for. Because each
// candidate has to account for the same bytes, the sums can be compared.
var surprise = [classes]float64{
	ascii: 3.5, usual: 6.6, kana: 5.7, common: 9.5, rare: 13, symbol: 12, extended: 16.5,
	halfKana: 8.8, fourByte: 25, private: 30, undecoded: 40, letter: 5.5, loose: 9.5, sign: 8,
}

// tally is how a sample reads in an encoding.
type tally struct {
	encoding string
	count    [classes]int
}

func (t *tally) surprise() float64 {
	sum := 0.0
	for c, n := range t.count {
		sum += float64(n) * surprise[c]
	}
	return sum
}

// beyond is how many characters are not ASCII.
func (t *tally) beyond() int {
	n := 0
	for _, c := range t.count[ascii+1:] {
		n += c
	}
	return n
}

// mean is the surprise of the characters that are not ASCII.
func (t *tally) mean() float64 {
	n := t.beyond()
	if n == 0 {
		return math.Inf(1)
	}
	return (t.surprise() - float64(t.count[ascii])*surprise[ascii]) / float64(n)
}

func isPrivate(r rune) bool { return r >= 0xe000 && r <= 0xf8ff || r >= 0xf0000 }

func classGB(code int, r rune) class {
	lead, second := code>>8, code&0xff
	switch {
	case isPrivate(r):
		return private
	case usualChinese()[r]:
		return usual
	case second < 0xa1:
		return extended
	case lead >= 0xb0 && lead <= 0xd7:
		return common
	case lead >= 0xd8 && lead <= 0xf7:
		return rare
	case lead >= 0xa1 && lead <= 0xa9:
		return symbol
	}
	return extended
}

func classBig5(code int, r rune) class {
	switch {
	case isPrivate(r):
		return private
	case usualChinese()[r]:
		return usual
	case code >= 0xa440 && code <= 0xc67e:
		return common
	case code >= 0xc940 && code <= 0xf9d5:
		return rare
	case code >= 0xa140 && code <= 0xa3fe:
		return symbol
	}
	return extended
}

func isKana(r rune) bool { return r >= 0x3041 && r <= 0x3096 || r >= 0x30a1 && r <= 0x30fc }

func isHalfKana(r rune) bool { return r >= 0xff61 && r <= 0xff9f }

func classSJIS(code int, r rune) class {
	switch {
	case isKana(r):
		return kana
	case isPrivate(r):
		return private
	case usualKanji()[r]:
		return usual
	case code >= 0x889f && code <= 0x9872:
		return common
	case code >= 0x989f && code <= 0xeaa4:
		return rare
	case code < 0x8800:
		return symbol
	}
	return extended
}

func classWide(r rune) class {
	switch {
	case r >= ' ' && r < 0x7f, r == '\t', r == '\n', r == '\r':
		return ascii
	case r < 0xa0:
		return undecoded // control characters, NUL above all
	case r < 0x250:
		return loose
	case isKana(r):
		return kana
	case isHalfKana(r):
		return halfKana
	case usualChinese()[r], usualKanji()[r]:
		return usual
	case r >= 0x4e00 && r <= 0x9fff:
		return common
	case isPrivate(r):
		return private
	case r >= 0x2000 && r < 0x2700, r >= 0x3000 && r < 0x3400, r >= 0xff00 && r < 0xfff0:
		return symbol
	}
	return extended
}

// tallyTable reads a sample in an encoding of a code table.
func tallyTable(t *codeTable, sample []byte, atEOF bool) tally {
	sum := tally{encoding: t.name}
	for i := 0; i < len(sample); {
		if sample[i] < 0x80 {
			sum.count[ascii]++
			i++
			continue
		}
		v, size := t.next(sample[i:], atEOF)
		switch {
		case size == 0:
			return sum
		case v == noText:
			sum.count[undecoded]++
		case size == 1 && isHalfKana(v):
			sum.count[halfKana]++
		case size == 1:
			sum.count[symbol]++
		case size == 4 && isPrivate(v):
			sum.count[private]++
		case size == 4:
			sum.count[fourByte]++
		default:
			sum.count[t.class[int(sample[i])<<8|int(sample[i+1])]]++
		}
		i += size
	}
	return sum
}

func isASCIILetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// tallyLatin reads a sample as windows-1252. Bytes beyond ASCII stand alone or in
// pairs there, most of them inside words.
func tallyLatin(sample []byte) tally {
	sum := tally{encoding: latinName}
	t := latinTable()
	for i, c := range sample {
		if c < 0x80 {
			sum.count[ascii]++
			continue
		}
		var before, after byte
		if i > 0 {
			before = sample[i-1]
		}
		if i+1 < len(sample) {
			after = sample[i+1]
		}
		crowded := before >= 0x80 || after >= 0x80
		r := t.single[c]
		isLetter := r >= 0xc0 && r != 0xd7 && r != 0xf7 || r == 'Š' || r == 'š' || r == 'Ž' || r == 'ž' || r == 'Œ' || r == 'œ'
		switch {
		case r == noText:
			sum.count[undecoded]++
		case isLetter && !crowded && (isASCIILetter(before) || isASCIILetter(after)):
			sum.count[letter]++
		case !isLetter && !crowded:
			sum.count[sign]++
		case isLetter && (isASCIILetter(before) || isASCIILetter(after)):
			sum.count[loose]++
		default:
			sum.count[extended]++
		}
	}
	return sum
}

func tallyUTF16(sample []byte, big, atEOF bool) tally {
	sum := tally{encoding: utf16LEName}
	if big {
		sum.encoding = utf16BEName
	}
	for i := 0; i < len(sample); {
		v, size := nextUTF16(sample[i:], big, atEOF)
		switch {
		case size == 0:
			return sum
		case v == noText:
			sum.count[undecoded]++
		default:
			sum.count[classWide(v)]++
		}
		i += size
	}
	return sum
}
