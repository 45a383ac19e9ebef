package sheet

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/xuri/excelize/v2"
)

const (
	defaultMaxUnzipped = 64 << 30
	// A part may be unpacked to 200 times its packed size. A sheet of a million
	// rows had 8, its shared strings 15; deflate can reach 1000 where all is alike.
	maxRatio  = 200
	ratioFrom = 100 << 20 // bytes unpacked before the ratio counts
	// A workbook with a password is decrypted in memory, about three times its size.
	maxEncrypted = 64 << 20
	maxSheets    = 10_000
)

// book is an open workbook.
type book struct {
	ctx      context.Context
	opt      Options
	file     *os.File
	size     int64                // of the zip, bytes
	parts    map[string]*zip.File // by lower-case name with slashes
	sheets   []ref
	from1904 bool
	styles   []style
	strings  *shared
	texts    string // part of the shared strings, "" for none
}

// ref is a worksheet of the workbook, in its order.
type ref struct {
	name, part string
	hidden     bool
}

func openBook(ctx context.Context, file string, opt Options) (_ *book, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	b := &book{ctx: ctx, opt: opt, file: f}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	r, size, err := plainPackage(ctx, f, info.Size(), opt.Password)
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, damaged("it cannot be unpacked", err)
	}
	b.size = size
	b.parts = make(map[string]*zip.File, len(z.File))
	for _, p := range z.File {
		name := partName(p.Name)
		if _, twice := b.parts[name]; !twice {
			b.parts[name] = p
		}
	}
	return b, b.readWorkbook()
}

// plainPackage gives the zip inside a file: the file itself, or what decrypting
// it yields.
func plainPackage(ctx context.Context, f *os.File, size int64, password string) (io.ReaderAt, int64, error) {
	head := make([]byte, 4096)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	head = head[:n]
	kind := Magic(head)
	if kind == "xls" {
		directory, err := oleDirectory(f, head)
		if err != nil {
			return nil, 0, err
		}
		if bytes.Contains(directory, encryptedPackage) {
			kind = "xlsx-encrypted"
		}
	}
	refuse := func(reason, try string) (io.ReaderAt, int64, error) {
		return nil, 0, &Refusal{Reason: reason, Try: try}
	}
	switch kind {
	case "xlsx", "zip": // a zip whose first entries tell nothing may be a workbook still
		// A section answers places outside of the file by io.EOF, which a damaged
		// directory may ask for.
		return io.NewSectionReader(f, 0, size), size, nil
	case "xlsx-encrypted":
		return decrypt(ctx, f, size, password)
	case "xls":
		return refuse("is an old Excel workbook (.xls)", trySave)
	case "ods":
		return refuse("is an OpenDocument spreadsheet (.ods)", "save it as .xlsx or CSV UTF-8")
	case "pdf":
		return refuse("is a PDF document", "ask the provider for the Excel or CSV form")
	case "html":
		return refuse("is a web page under the name of a workbook", "open it in Excel and save it as .xlsx or CSV UTF-8")
	}
	return refuse("is no Excel workbook", trySave)
}

// oleDirectory reads the first sector of the directory of an OLE2 file.
func oleDirectory(f *os.File, head []byte) ([]byte, error) {
	if len(head) < 512 {
		return nil, nil
	}
	shift := binary.LittleEndian.Uint16(head[0x1e:])
	if shift < 7 || shift > 16 {
		return nil, nil
	}
	sector := make([]byte, 1<<shift)
	n, err := f.ReadAt(sector, (int64(binary.LittleEndian.Uint32(head[0x30:]))+1)<<shift)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return sector[:n], nil
}

func decrypt(ctx context.Context, f *os.File, size int64, password string) (io.ReaderAt, int64, error) {
	if password == "" {
		return nil, 0, &Refusal{Reason: "workbook has a password", Try: tryPassword}
	}
	if size > maxEncrypted {
		return nil, 0, &Refusal{Reason: fmt.Sprintf("workbook with a password is larger than %d MiB", maxEncrypted>>20),
			Try: "save it without password, or in parts"}
	}
	raw, err := io.ReadAll(io.NewSectionReader(f, 0, size))
	if err != nil {
		return nil, 0, err
	}
	// Deriving the key can take many seconds where a file asks for it; excelize
	// bounds it but cannot be interrupted.
	type result struct {
		plain []byte
		err   error
	}
	done := make(chan result, 1)
	go func() {
		plain, err := unlock(raw, password)
		done <- result{plain, err}
	}()
	select {
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	case r := <-done:
		if r.err != nil {
			return nil, 0, damaged("it cannot be decrypted", r.err)
		}
		if !bytes.HasPrefix(r.plain, []byte("PK")) {
			return nil, 0, &Refusal{Reason: "the password does not open the workbook", Try: tryPassword}
		}
		return bytes.NewReader(r.plain), int64(len(r.plain)), nil
	}
}

// unlock turns a panic of the decrypting library on a malformed file into an
// error: the file is a stranger's.
func unlock(raw []byte, password string) (plain []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			plain, err = nil, fmt.Errorf("%v", p)
		}
	}()
	return excelize.Decrypt(raw, &excelize.Options{Password: password})
}

func partName(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(name, `\`, "/")), "/"))
}

// open gives the bytes of a part, within limits; fs.ErrNotExist where there is
// none.
func (b *book) open(name string) (io.ReadCloser, error) {
	p := b.parts[partName(name)]
	if p == nil || partName(name) == "" {
		return nil, fs.ErrNotExist
	}
	g := &guarded{ctx: b.ctx, name: p.Name, packed: int64(min(p.CompressedSize64, uint64(b.size))), max: b.opt.MaxUnzipped}
	if p.Flags&1 != 0 {
		return nil, &Refusal{Reason: fmt.Sprintf("its part %s has a zip password", p.Name), Try: "save it without password"}
	}
	if p.UncompressedSize64 > uint64(g.max) {
		return nil, g.bomb()
	}
	r, err := p.Open()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, g.explain(err)
	}
	g.r = r
	return g, nil
}

// guarded counts what is unpacked and names damage.
type guarded struct {
	ctx    context.Context
	r      io.ReadCloser
	name   string
	packed int64
	n, max int64
}

func (g *guarded) Read(p []byte) (int, error) {
	if err := g.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := g.r.Read(p)
	g.n += int64(n)
	if g.n > g.max || (g.n > ratioFrom && g.n/maxRatio > g.packed) {
		return 0, g.bomb()
	}
	return n, g.explain(err)
}

func (g *guarded) Close() error { return g.r.Close() }

func (g *guarded) bomb() error {
	return &Refusal{Reason: fmt.Sprintf("its part %s unpacks to more than %d MiB or %d times its packed size, as no workbook does", g.name, g.max>>20, maxRatio),
		Try: "make sure of where it is from; then open it in Excel and save it anew"}
}

func (g *guarded) explain(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.As(err, &corrupt), errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrChecksum), errors.Is(err, io.ErrUnexpectedEOF):
		return damaged("its part "+g.name+" cannot be unpacked", err)
	case errors.Is(err, zip.ErrAlgorithm):
		return &Refusal{Reason: "its part " + g.name + " is packed in a way that is not known here", Try: "open it in Excel and save it anew"}
	}
	return err
}

// markup turns an error of the scanner into a refusal; errors of the system and
// refusals stay.
func markup(what string, err error) error {
	for _, known := range []error{errMarkup, errCut, errEncoding, errDoctype, errLongTag} {
		if errors.Is(err, known) {
			return damaged(what+": "+known.Error(), nil)
		}
	}
	return err
}

// close gives back what the book holds; a file that was only read has nothing to
// say at its end.
func (b *book) close() {
	if b.strings != nil {
		b.strings.close()
	}
	b.file.Close()
}
