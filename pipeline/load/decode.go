package load

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"waybill/pipeline/decode"
	"waybill/pipeline/decode/charset"
	"waybill/pipeline/decode/sheet"
	"waybill/pipeline/feed"
	"waybill/pipeline/source"
)

// sampleBytes is how much of a file is looked at for its encoding.
const sampleBytes = 1 << 20

// certain is the confidence from which a detected encoding is taken.
const certain = 0.8

// opened is a file made ready for the engine.
type opened struct {
	tab   decode.Table
	notes []string
	row   func(record int64) int64 // row of the sheet; nil: the file has lines
	temps []string
}

// close removes what opening left in the temporary folder.
func (o *opened) close() error {
	var errs []error
	for _, t := range o.temps {
		if err := os.Remove(t); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// decode makes a file ready as far as the engine needs: out of its archive, its
// encoding, its workbook. A *refusal says why it cannot be read.
func (l *Loader) decode(ctx context.Context, x *file, expect []string) (_ *opened, err error) {
	o := &opened{}
	defer func() {
		if err != nil {
			err = errors.Join(err, o.close())
		}
	}()
	f, path, text := x.feed, x.path, x.text
	if x.member != "" {
		if path, err = l.extract(ctx, x); err != nil {
			if fault, ok := inArchive(err, strings.TrimSuffix(x.name, memberSign+x.member)); ok {
				return nil, refuse(fault)
			}
			return nil, err
		}
		o.temps = append(o.temps, path)
	}
	if x.replay {
		// the journal does not keep what the first look found
		a, err := source.Examine(ctx, path)
		if err != nil {
			return nil, err
		}
		text = a.UTF8
	}
	head, err := headOf(path, 4096)
	if err != nil {
		return nil, err
	}
	all, required := f.Names(l.Store.Tables)
	opt := decode.Options{Name: x.name, Format: decode.Format(f.Format), Delimiter: delimiter(f.CSV.Delimiter), ExpectAny: required, Records: f.JSON.Records, TempDir: l.TempDir}
	if len(f.Formats) > 0 && f.Format != "csv" && f.Format != "fixed" && f.Format != "xlsx" && !slices.Contains(f.Formats, "csv") {
		opt.ExpectAny = nil
	}
	kind := sheet.Magic(head)
	switch {
	case kind == "xlsx" || kind == "xlsx-encrypted":
		if len(f.Formats) > 0 && !slices.Contains(f.Formats, "xlsx") {
			return nil, refuse(fmt.Errorf("%s: it is an Excel workbook, and the feed reads %s; try: format: xlsx in %s", x.name, strings.Join(f.Formats, ", "), f.File))
		}
		for _, n := range all {
			expect = append(expect, n...)
		}
		s := sheet.Options{Name: x.name, Sheet: f.Sheet, Header: f.Header.Row, HeaderRows: f.Header.Rows, Expect: expect, SkipAfter: f.Header.SkipAfter, End: f.End, TempDir: l.TempDir, Fold: decode.Fold}
		s.Sheets, s.Alike = f.Sheets, all
		if f.Password != "" {
			if s.Password, err = l.Secret(f.Password); err != nil {
				return nil, &refusal{err: fmt.Errorf("%s: password of %s: %w", x.name, f.File, err), again: true}
			}
		}
		r, err := sheet.Convert(ctx, path, s)
		var no *sheet.Refusal
		if errors.As(err, &no) {
			return nil, &refusal{err: err, again: kind == "xlsx-encrypted" && f.Password != ""}
		}
		if err != nil {
			return nil, err
		}
		o.temps = append(o.temps, r.Path)
		o.row = r.Row
		path, opt.Format, opt.Delimiter, opt.Skip = r.Path, decode.CSV, ",", 0
		text = source.Text{Valid: true, NUL: -1}
	case f.Format == "xlsx":
		return nil, refuse(fmt.Errorf("%s: it is no Excel workbook; try: export it as .xlsx, or mend format in %s", x.name, f.File))
	case kind == "" && !text.Binary:
		if path, text, err = l.utf8(ctx, x, path, text, o); err != nil {
			return nil, err
		}
		opt.Skip = max(0, f.Header.Row-1)
		if f.Header.Row == 0 && (opt.Format == "" || opt.Format == decode.CSV) {
			top, err := headOf(path, 64<<10)
			if err != nil {
				return nil, err
			}
			for _, n := range all {
				expect = append(expect, n...)
			}
			opt.Skip = decode.HeaderBelow(top, expect)
		}
		if f.Header.Rows > 1 || f.Header.SkipAfter > 0 || f.End != "" {
			if opt.Format == "" || opt.Format == decode.CSV || opt.Format == decode.Fixed {
				o.notes = append(o.notes, "header.rows, header.skip_after and end are for workbooks; a mapping's where leaves rows of a text file out")
			}
		}
	}
	switch {
	case f.CSV.Unquoted() && o.row == nil:
		none := ""
		opt.Quote = &none
	case f.CSV.Quote != "" && o.row == nil:
		opt.Quote = &f.CSV.Quote
	}
	// a workbook became a CSV file with quotes and header, whatever csv: says
	opt.NoHeader = o.row == nil && (len(f.CSV.Columns) > 0 || f.CSV.Layout != "" || f.CSV.Header != nil && !*f.CSV.Header)
	if opt.NoHeader {
		if opt.Columns, err = l.layout(f); err != nil {
			return nil, refuse(err)
		}
	}
	opt.Pad = opt.NoHeader && f.CSV.Pad
	for _, d := range f.Fixed {
		opt.Fields = append(opt.Fields, decode.Field{Name: d.Name, Start: d.Start, Width: d.Width})
	}
	if o.tab, err = decode.Inspect(ctx, path, opt); err != nil {
		return nil, refusedBy(err, x.name)
	}
	if o.tab.EnginePath != path {
		o.temps = append(o.temps, o.tab.EnginePath)
	}
	if len(f.Formats) > 0 && o.row == nil && !slices.Contains(f.Formats, string(o.tab.Format)) {
		return nil, refuse(fmt.Errorf("%s: it is %s, and the feed reads %s; try: mend format in %s", x.name, o.tab.Format, strings.Join(f.Formats, ", "), f.File))
	}
	if o.tab.Format == decode.CSV && text.MixedNewlines() {
		straight, changed, err := decode.Straighten(ctx, o.tab.EnginePath, l.TempDir, o.tab.Dialect)
		if err != nil {
			return nil, refusedBy(err, x.name)
		}
		if changed {
			o.temps = append(o.temps, straight)
			o.tab.EnginePath, o.tab.Dialect.Gzip = straight, false
		}
	}
	// the engine drops a record that does not fit into its buffer, and says nothing
	// where no line end lies in it
	if text.Long > 0 && (o.tab.Format == decode.CSV || o.tab.Format == decode.Fixed) {
		if err := refusedBy(decode.Check(ctx, o.tab.EnginePath, x.name, o.tab.Dialect), x.name); err != nil {
			return nil, err
		}
		return nil, refuse(&decode.Refusal{File: x.name, Line: text.Long, Reason: fmt.Sprintf("the line is longer than %d MiB", source.LongLine>>20),
			Try: "check the quotes of the file, or leave the column out of the export"})
	}
	return o, nil
}

// refusedBy makes a refusal of what decode refuses.
func refusedBy(err error, name string) error {
	var no *decode.Refusal
	if !errors.As(err, &no) {
		return err
	}
	no.File = name
	return refuse(no)
}

// utf8 gives a text file as UTF-8: as it is, or converted into a temporary file.
func (l *Loader) utf8(ctx context.Context, x *file, path string, text source.Text, o *opened) (string, source.Text, error) {
	f := x.feed
	if text.Broken != nil {
		return "", text, refuse(fmt.Errorf("%s: the gzip file is cut off or damaged: %w; try: export it again", x.name, text.Broken))
	}
	encoding := f.Encoding
	if encoding == "auto" {
		encoding = ""
	}
	if encoding != "" {
		encoding, _ = charset.Lookup(encoding)
	}
	sample, err := headOf(path, sampleBytes)
	if err != nil {
		return "", text, err
	}
	plain := text.Valid && text.NUL < 0 && !strings.HasPrefix(text.BOM, "utf-16")
	if encoding == "" && !plain {
		if err := foreign(ctx, x.name, path, text); err != nil {
			return "", text, err
		}
		g := charset.Detect(sample, len(sample) < sampleBytes)
		switch {
		case g.Encoding == "" && text.NUL >= 0:
			return "", text, hasNUL(x.name, path, text.NUL)
		case g.Encoding == "utf-8" && text.NUL >= 0:
			return "", text, hasNUL(x.name, path, text.NUL)
		case g.Encoding == "" || g.Encoding == "utf-8":
			return "", text, refuse(decode.NotUTF8(x.name, text.Offset, text.Line, nil))
		case g.Confidence < certain:
			return "", text, refuse(fmt.Errorf("%s:%d: byte %d is no UTF-8; it may be %s (%.0f %% sure: %s)%s; try: encoding: %s in %s",
				x.name, text.Line, text.Offset, g.Encoding, 100*g.Confidence, g.Why, second(g), g.Encoding, shownFeed(f)))
		}
		encoding = g.Encoding
		o.notes = append(o.notes, fmt.Sprintf("read as %s (%.0f %% sure: %s); encoding: in the feed settles it", g.Encoding, 100*g.Confidence, g.Why))
	}
	if encoding == "" || encoding == "utf-8" {
		if !text.Valid {
			return "", text, refuse(decode.NotUTF8(x.name, text.Offset, text.Line, nil))
		}
		if text.NUL >= 0 {
			return "", text, hasNUL(x.name, path, text.NUL)
		}
		return path, text, mojibake(x, sample)
	}
	converted, err := l.convert(ctx, path, encoding)
	if converted != "" {
		o.temps = append(o.temps, converted)
	}
	var bad *charset.BadText
	if errors.As(err, &bad) {
		return "", text, refuse(fmt.Errorf("%s:%w", x.name, err))
	}
	if err != nil {
		return "", text, err
	}
	a, err := source.Examine(ctx, converted)
	if err != nil {
		return "", text, err
	}
	if a.UTF8.NUL >= 0 {
		return "", text, hasNUL(x.name, converted, a.UTF8.NUL)
	}
	if sample, err = headOf(converted, sampleBytes); err != nil {
		return "", text, err
	}
	return converted, a.UTF8, mojibake(x, sample)
}

// foreign refuses what is no text at all, such as a picture: that is worth more
// than the place of its first odd byte.
func foreign(ctx context.Context, name, path string, text source.Text) error {
	if strings.HasPrefix(text.BOM, "utf-16") {
		return nil
	}
	_, err := decode.Inspect(ctx, path, decode.Options{Name: name, Format: decode.CSV})
	var no *decode.Refusal
	if errors.As(err, &no) && no.Line == 0 { // with a line it is about a text
		return refusedBy(no, name)
	}
	return ctx.Err()
}

func shownFeed(f *feed.Feed) string {
	if f.File == "" {
		return "the feed"
	}
	return f.File
}

func second(g charset.Guess) string {
	if g.Second == "" {
		return ""
	}
	return ", or " + g.Second
}

// mojibake refuses text that was decoded wrongly before it was written: no
// encoding brings it back.
func mojibake(x *file, sample []byte) error {
	at, reason, found := charset.Mojibake(sample)
	if !found {
		return nil
	}
	line := 1 + bytes.Count(sample[:at], []byte("\n"))
	return refuse(fmt.Errorf("%s:%d: the text was damaged before it was exported: %s; try: export it again as UTF-8", x.name, line, reason))
}

func (l *Loader) convert(ctx context.Context, path, encoding string) (_ string, err error) {
	in, err := openText(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	out, err := os.CreateTemp(l.TempDir, "utf8-*.txt")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	return out.Name(), charset.Convert(ctx, out, in, encoding)
}

// text is a file, decompressed where it is gzip.
type textFile struct {
	io.Reader
	file *os.File
}

func (t textFile) Close() error { return t.file.Close() }

func openText(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	magic := make([]byte, 2)
	n, err := io.ReadFull(f, magic)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errors.Join(err, f.Close())
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if n == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return textFile{z, f}, nil
	}
	return f, nil
}

// headOf reads the first bytes of a file, decompressed where it is gzip.
func headOf(path string, n int) ([]byte, error) {
	r, err := openText(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) {
		err = nil // a gzip file that is cut off is refused by what its whole text says
	}
	return b, err
}

// layout gives the names of a file without header: from the feed, or from a
// file with one name a line or all in one line.
func (l *Loader) layout(f *feed.Feed) ([]string, error) {
	if len(f.CSV.Columns) > 0 {
		return f.CSV.Columns, nil
	}
	if f.CSV.Layout == "" {
		return nil, fmt.Errorf("%s: a file without header needs csv.columns or csv.layout", f.File)
	}
	b, err := l.ReadFile(filepath.ToSlash(f.CSV.Layout))
	if err != nil {
		return nil, fmt.Errorf("%s: csv.layout: %w", f.File, err)
	}
	var out []string
	for line := range strings.Lines(strings.TrimPrefix(string(b), "\ufeff")) {
		for _, c := range strings.Split(strings.TrimRight(line, "\r\n"), ",") {
			if c = strings.Trim(strings.TrimSpace(c), `"`); c != "" {
				out = append(out, c)
			}
		}
	}
	return out, nil
}
