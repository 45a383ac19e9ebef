package decode

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// headBytes is how much of a file's text is looked at: a header of the largest
// size, and enough records after it.
const headBytes = 2 * maxHeader

// head is the beginning of a file, decompressed, without byte order mark.
type head struct {
	name  string // in messages
	text  []byte
	whole bool // text is all there is
	gzip  bool
	bom   bool
	size  int64 // of the file on disk, bytes
}

// open gives the decompressed bytes of a file.
func open(path string) (r io.ReadCloser, zipped bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	b := bufio.NewReaderSize(f, 1<<16)
	magic, err := b.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		f.Close()
		return nil, false, err
	}
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return readCloser{b, f}, false, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		f.Close()
		return nil, true, err
	}
	return readCloser{z, f}, true, nil
}

type readCloser struct {
	io.Reader
	io.Closer
}

func readHead(path, name string) (head, error) {
	info, err := os.Stat(path)
	if err != nil {
		return head{}, fmt.Errorf("%s: %w", name, err)
	}
	r, zipped, err := open(path)
	if err != nil && zipped {
		return head{}, brokenGzip(name, err)
	}
	if err != nil {
		return head{}, fmt.Errorf("%s: %w", name, err)
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, headBytes+1))
	if err != nil && zipped {
		return head{}, brokenGzip(name, err)
	}
	if err != nil {
		return head{}, fmt.Errorf("%s: %w", name, err)
	}
	h := head{name: name, text: text, gzip: zipped, size: info.Size(), whole: len(text) <= headBytes}
	h.text = text[:min(len(text), headBytes)]
	if rest, ok := bytes.CutPrefix(h.text, []byte("\xef\xbb\xbf")); ok {
		h.text, h.bom = rest, true
	}
	return h, nil
}

func brokenGzip(name string, err error) error {
	return &Refusal{File: name, Reason: fmt.Sprintf("gzip file is damaged or cut off (%v)", err),
		Try: "download it again"}
}

// formatOf refuses what is none of the formats, then takes the declared one, or
// the one that the first bytes and the name speak for.
func formatOf(path string, h head, opt Options) (Format, error) {
	parquet := bytes.HasPrefix(h.text, []byte("PAR1"))
	if opt.Format == Parquet || (parquet && opt.Format == "") {
		return Parquet, nil
	}
	if bytes.HasPrefix(h.text, []byte(zipMagic)) {
		return XLSX, refuseZip(path, h, opt.Format)
	}
	if err := refuseForeign(h, opt.Format); err != nil {
		return "", err
	}
	if opt.Format == XLSX {
		return "", &Refusal{File: h.name, Reason: "is not an Excel workbook (.xlsx)", Try: "correct the format of the feed, or save it as .xlsx"}
	}
	if opt.Format != "" && (opt.Format != JSON || opt.Records != "") {
		return opt.Format, nil
	}
	low := strings.TrimSuffix(strings.ToLower(opt.Name), ".gz")
	switch {
	case strings.HasSuffix(low, ".ndjson"), strings.HasSuffix(low, ".jsonl"):
		if opt.Format == "" {
			return NDJSON, nil
		}
	case strings.HasSuffix(low, ".json"), opt.Format == JSON:
	default:
		return CSV, nil
	}
	if isJSONLines(h) {
		return NDJSON, nil
	}
	return JSON, nil
}

// isJSONLines tells whether the first two lines are an object each, whatever the
// name of the file says.
func isJSONLines(h head) bool {
	for n, text := 0, h.text; len(text) > 0; {
		line, rest, ended := bytes.Cut(text, []byte{'\n'})
		text = rest
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if line[0] != '{' || (!ended && !h.whole) || !json.Valid(line) {
			return false
		}
		if n++; n == 2 {
			return true
		}
	}
	return false
}

// refuseEncoding looks at the head only; NotUTF8 says the same about a fault
// that source found further on.
func refuseEncoding(h head) error {
	text := h.text
	if !h.whole {
		// The cut may have parted a rune.
		for i := 1; i <= utf8.UTFMax && i <= len(text); i++ {
			if utf8.RuneStart(text[len(text)-i]) {
				if !utf8.FullRune(text[len(text)-i:]) {
					text = text[:len(text)-i]
				}
				break
			}
		}
	}
	if utf8.Valid(text) {
		return nil
	}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n <= 1 {
			line, _ := position(text, i)
			offset := int64(i)
			if h.bom {
				offset += 3
			}
			return NotUTF8(h.name, offset, line, text[i:])
		}
		i += n
	}
	return nil
}

// NotUTF8 is the refusal of a file whose byte at offset (0-based, in the
// decompressed file) on a line (1-based) starts no UTF-8 rune. Sample are the
// bytes from there on, for a guess of the encoding; it may be empty.
func NotUTF8(name string, offset, line int64, sample []byte) *Refusal {
	r := &Refusal{File: name, Line: line, Reason: fmt.Sprintf("is not UTF-8 from byte %d on", offset),
		Try: "save it as CSV UTF-8"}
	switch {
	case looksGB18030(sample):
		r.Reason += "; it looks like GB18030 (GBK), the usual encoding of Chinese Excel"
	case len(sample) > 0:
		r.Reason += fmt.Sprintf("; the byte is 0x%02x", sample[0])
	}
	return r
}

// looksGB18030 tells whether the bytes beyond ASCII pair up as two-byte codes,
// most of them in the block of the common Chinese characters.
func looksGB18030(p []byte) bool {
	p = p[:min(len(p), 4096)]
	pairs, common := 0, 0
	for i := 0; i < len(p); i++ {
		if p[i] < 0x80 {
			continue
		}
		if i+1 == len(p) {
			break
		}
		if p[i] == 0x80 || p[i] == 0xff || p[i+1] < 0x40 || p[i+1] == 0x7f || p[i+1] == 0xff {
			return false
		}
		if p[i] >= 0xb0 && p[i] <= 0xf7 && p[i+1] >= 0xa1 {
			common++
		}
		pairs++
		i++
	}
	return pairs > 0 && common*2 > pairs
}

func looksUTF16(p []byte) bool {
	p = p[:min(len(p), 4096)]
	even, odd := 0, 0
	for i, c := range p {
		if c == 0 && i%2 == 0 {
			even++
		}
		if c == 0 && i%2 == 1 {
			odd++
		}
	}
	return max(even, odd) > len(p)/4
}

// position is the 1-based line and byte column of an index. Lines end in \r only
// where there is no other line end.
func position(text []byte, i int) (line, col int64) {
	before := text[:min(i, len(text))]
	end := byte('\n')
	if bytes.IndexByte(text, '\n') < 0 {
		end = '\r'
	}
	line = 1 + int64(bytes.Count(before, []byte{end}))
	return line, int64(len(before) - bytes.LastIndexByte(before, end))
}
