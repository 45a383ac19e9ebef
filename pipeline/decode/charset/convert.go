package charset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// chunk is how many bytes of the source are decoded at a time.
const chunk = 64 << 10

// fault is a byte sequence that ends a conversion; size 0 means none.
type fault struct {
	size     int
	mojibake bool // the encoding has it, and it spells U+FFFD
}

// decodeFunc writes src as UTF-8 into dst, which has three bytes for each of src,
// up to a fault, the end of src, or a sequence that src cuts off while more
// follows. It tells how much of both it used; a fault begins at nSrc.
type decodeFunc func(dst, src []byte, atEOF bool) (nDst, nSrc int, bad fault)

func decoderOf(encoding string) decodeFunc {
	switch encoding {
	case utf8Name:
		return decodeUTF8
	case utf16LEName:
		return decodeUTF16(false)
	case utf16BEName:
		return decodeUTF16(true)
	case gbName:
		return gbTable().decode
	case big5Name:
		return big5Table().decode
	case sjisName:
		return sjisTable().decode
	}
	return latinTable().decode
}

// BadText says where a text is not of its encoding. Error reads `line:col: …`, so
// that a caller that knows the file puts its name and a colon before it.
type BadText struct {
	Encoding string // canonical
	Offset   int64  // of the sequence in the source, bytes, 0-based, a mark included
	Line     int64  // 1-based; lines end with a line feed
	Col      int64  // 1-based, bytes of the source, a mark included
	Bytes    []byte // the sequence, 1 to 4 bytes
	Mojibake bool   // the encoding has the sequence, but it is U+FFFD: lost before
}

func (b *BadText) Error() string {
	at := fmt.Sprintf("%d:%d: ", b.Line, b.Col)
	if b.Mojibake {
		return fmt.Sprintf("%sa character was lost before the text was written (U+FFFD at byte %d); try: export it again",
			at, b.Offset)
	}
	for _, m := range marked {
		if b.Offset == 0 && string(b.Bytes) == m.mark {
			return fmt.Sprintf("%sthe text begins with the mark of %s, so it is not %s; try: encoding: %s",
				at, m.encoding, b.Encoding, m.encoding)
		}
	}
	return fmt.Sprintf("%sthe bytes % x (at byte %d) are no %s text; try: declare the right encoding, or export it again",
		at, b.Bytes, b.Offset, b.Encoding)
}

// Convert reads text of an encoding (any name that Lookup knows) from r and
// writes it to w as UTF-8 without byte order mark. It stops at the first byte
// sequence that the encoding does not have, at U+FFFD, and at the mark of another
// encoding at the beginning, with *BadText; what was written until then is to be
// thrown away. Other errors are those of r, w and ctx, wrapped.
func Convert(ctx context.Context, w io.Writer, r io.Reader, encoding string) error {
	name, ok := Lookup(encoding)
	if !ok {
		return fmt.Errorf("encoding %q is not known; try: one of %s", encoding, strings.Join(canonical, ", "))
	}
	in, out := make([]byte, chunk), make([]byte, 3*chunk)
	var decode decodeFunc
	at := position{line: 1}
	for kept := 0; ; {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("convert %s: %w", name, err)
		}
		n, err := io.ReadFull(r, in[kept:])
		atEOF := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !atEOF {
			return fmt.Errorf("convert %s: read: %w", name, err)
		}
		src := in[:kept+n]
		if decode == nil {
			mark, err := ownMark(src, &name)
			if err != nil {
				return err
			}
			at.wide = name == utf16LEName || name == utf16BEName
			at.big = name == utf16BEName
			at.pass(src[:mark])
			src = src[mark:]
			decode = decoderOf(name)
		}
		nDst, nSrc, bad := decode(out, src, atEOF)
		if _, err := w.Write(out[:nDst]); err != nil {
			return fmt.Errorf("convert %s: write: %w", name, err)
		}
		at.pass(src[:nSrc])
		if bad.size > 0 {
			return &BadText{Encoding: name, Offset: at.offset, Line: at.line, Col: at.offset - at.start + 1,
				Bytes: bytes.Clone(src[nSrc : nSrc+bad.size]), Mojibake: bad.mojibake}
		}
		if atEOF {
			return nil
		}
		kept = copy(in, src[nSrc:])
	}
}

// ownMark is the length of the mark at the beginning of a text; "utf-16" takes
// its byte order from it.
func ownMark(src []byte, encoding *string) (int, error) {
	for _, m := range marked {
		if !bytes.HasPrefix(src, []byte(m.mark)) {
			continue
		}
		if *encoding == utf16Name && (m.encoding == utf16LEName || m.encoding == utf16BEName) {
			*encoding = m.encoding
		}
		// GB18030's own mark may be text of another encoding.
		if *encoding == m.encoding {
			return len(m.mark), nil
		}
		if m.encoding != gbName {
			return 0, &BadText{Encoding: *encoding, Line: 1, Col: 1, Bytes: []byte(m.mark)}
		}
	}
	if *encoding == utf16Name {
		if len(src) == 0 {
			*encoding = utf16LEName
			return 0, nil
		}
		return 0, fmt.Errorf("1:1: utf-16 is declared, but there is no mark that tells the byte order; try: encoding: %s or %s",
			utf16LEName, utf16BEName)
	}
	return 0, nil
}

// position is a place in the source.
type position struct {
	offset, line, start int64 // start is the offset of the line
	wide, big           bool  // UTF-16, its byte order
}

func (p *position) pass(src []byte) {
	if !p.wide {
		if n := bytes.Count(src, []byte{'\n'}); n > 0 {
			p.line += int64(n)
			p.start = p.offset + int64(bytes.LastIndexByte(src, '\n')) + 1
		}
	} else {
		for i := 0; i+1 < len(src); i += 2 {
			if unit(src[i:], p.big) == '\n' {
				p.line++
				p.start = p.offset + int64(i) + 2
			}
		}
	}
	p.offset += int64(len(src))
}
