package charset

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

// Guess is what a sample seems to be.
type Guess struct {
	Encoding   string  // canonical; "" where the sample is no text that Convert reads
	Confidence float64 // 0 to 1; below 0.8 the caller should ask for a declaration
	Why        string  // one short clause for a person
	Second     string  // the runner-up, or ""
}

// temper divides differences of surprise: characters of a text depend on each
// other, so that they prove less than as many independent ones would.
const temper = 5

// Detect guesses the encoding of a sample: the beginning of a text, or several
// parts of it joined at line ends. A sequence that the end of the sample cuts off
// speaks against an encoding only where atEOF is true.
func Detect(sample []byte, atEOF bool) Guess {
	if bytes.HasPrefix(sample, []byte("\xff\xfe\x00\x00")) || bytes.HasPrefix(sample, []byte("\x00\x00\xfe\xff")) {
		return Guess{Why: "it begins with the mark of utf-32, which is not read"}
	}
	for _, m := range marked {
		if bytes.HasPrefix(sample, []byte(m.mark)) {
			return Guess{Encoding: m.encoding, Confidence: 1, Why: "it begins with the byte order mark of " + m.encoding}
		}
	}
	if bytes.IndexByte(sample, 0) >= 0 {
		return detectUTF16(sample, atEOF)
	}
	if controls := countControls(sample); controls*50 > len(sample) {
		return Guess{Why: "it has many control characters: it is not text"}
	}
	if g, ok := detectUTF8(sample, atEOF); ok {
		return g
	}
	return detectTables(sample, atEOF)
}

func countControls(p []byte) int {
	n := 0
	for _, c := range p {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			n++
		}
	}
	return n
}

// enough is how far so many characters beyond ASCII can be trusted at most: 5
// are needed for 0.8.
func enough(n int) float64 { return float64(n) / (float64(n) + 1.2) }

// odds is the confidence in the first of two with these surprises.
func odds(first, second float64) float64 { return 1 / (1 + math.Exp((first-second)/temper)) }

func detectUTF16(sample []byte, atEOF bool) Guess {
	first, second := tallyUTF16(sample, false, atEOF), tallyUTF16(sample, true, atEOF)
	if second.surprise() < first.surprise() {
		first, second = second, first
	}
	n := 0
	for _, c := range first.count {
		n += c
	}
	// Text without a mark has NUL only as a half of a character.
	if n == 0 || first.surprise()/float64(n) > 10 || first.count[undecoded]*50 > n {
		return Guess{Why: "it has NUL bytes and is not utf-16: it is not text"}
	}
	g := Guess{Encoding: first.encoding, Second: second.encoding, Why: "NUL bytes stand where utf-16 has them"}
	g.Confidence = min(odds(first.surprise(), second.surprise()), enough(n))
	if g.Confidence < 0.8 {
		g.Why += ", but it is too short to be sure"
	}
	if first.count[undecoded] > 0 {
		g.Confidence = min(g.Confidence, 0.7)
		g.Why = "NUL bytes stand where utf-16 has them, but some characters are not valid in it"
	}
	return g
}

// detectUTF8 is not ok where the sample is something else.
func detectUTF8(sample []byte, atEOF bool) (g Guess, ok bool) {
	text := sample
	if !atEOF {
		text = wholeRunes(sample)
	}
	pairs, longer, bad := 0, 0, 0
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n == 2:
			pairs++
		default:
			longer++
		}
		i += n
	}
	g.Encoding = utf8Name
	switch {
	case pairs+longer+bad == 0 && hasShift(text):
		return Guess{Why: "it has the escape sequences of iso-2022, which is not read"}, true
	case pairs+longer+bad == 0:
		g.Confidence, g.Why = 1, "it is plain ASCII, which reads the same in every encoding but utf-16"
		return g, true
	case bad == 0:
		// How likely it is that text in a two-byte encoding happens to be so.
		doubt := math.Pow(0.25, float64(pairs)) * math.Pow(0.03, float64(longer))
		g.Confidence, g.Why = 1-doubt, "every byte sequence is valid utf-8"
		if g.Confidence < 0.9 {
			others := rank(sample, atEOF)
			g.Second = others[0].encoding
			// "é" inside a Latin word is what one pair mostly is.
			if pairs == 1 && latinWord(text) {
				g.Confidence = 0.9
			}
		}
		return g, true
	case longer+pairs >= 20 && bad*20 <= longer+pairs:
		g.Confidence, g.Why = 0.85, "nearly all of it is utf-8, but some bytes are not"
		return g, true
	}
	return g, false
}

// latinWord tells whether the first two-byte sequence is a Latin letter that
// touches an ASCII letter.
func latinWord(text []byte) bool {
	i := bytes.IndexByte(text, 0xc3)
	return i > 0 && isASCIILetter(text[i-1]) || i >= 0 && i+2 < len(text) && isASCIILetter(text[i+2])
}

func hasShift(text []byte) bool {
	return bytes.Contains(text, []byte("\x1b$")) || bytes.Contains(text, []byte("\x1b("))
}

// rank reads the sample in the encodings of code tables, the best first.
func rank(sample []byte, atEOF bool) []tally {
	all := []tally{
		tallyTable(gbTable(), sample, atEOF),
		tallyTable(big5Table(), sample, atEOF),
		tallyTable(sjisTable(), sample, atEOF),
		tallyLatin(sample),
	}
	slices.SortStableFunc(all, func(a, b tally) int { return cmp.Compare(a.surprise(), b.surprise()) })
	return all
}

func detectTables(sample []byte, atEOF bool) Guess {
	all := rank(sample, atEOF)
	first, second := &all[0], &all[1]
	n, bad := first.beyond(), first.count[undecoded]
	g := Guess{Encoding: first.encoding}
	if second.count[undecoded] == 0 {
		g.Second = second.encoding
	}
	g.Confidence = min(odds(first.surprise(), second.surprise()), enough(n), plausible(first))
	switch {
	case bad*100 > n:
		g.Confidence = min(g.Confidence, 0.5)
		g.Why = fmt.Sprintf("%d of %d characters beyond ASCII are not valid in it, and in others more", bad, n)
	case bad > 0:
		g.Confidence = min(g.Confidence, 0.85)
		g.Why = "nearly all of it is valid, but some bytes are not"
	case g.Confidence >= 0.8:
		g.Why = "every byte sequence is valid, and the characters are usual ones"
	case enough(n) < 0.8:
		g.Why = fmt.Sprintf("characters beyond ASCII: %d, too few to be sure", n)
	case plausible(first) < 0.8:
		g.Why = "it can be read so, but the characters are unusual ones"
	default:
		g.Why = "another encoding reads nearly as well"
	}
	return g
}

// plausible falls where the characters are less usual than those of real text, as
// text of an encoding that is no candidate looks: Korean as GB18030 has a mean of
// 8.6 and more, Chinese tracking text of 7, titles of goods of 8.2.
func plausible(t *tally) float64 {
	from, slope := 8.2, 0.8
	if t.encoding == latinName {
		from, slope = 8, 0.25
	}
	return max(0, min(1, 1-(t.mean()-from)*slope))
}
