package source

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

var (
	// ErrUnsafeMember says that a member's name or kind could reach outside of
	// the place it is unpacked to, or hide another member.
	ErrUnsafeMember = errors.New("member is not safe to unpack")
	// ErrUnreadableMember says that a member cannot be unpacked here.
	ErrUnreadableMember = errors.New("member cannot be unpacked")
	// ErrTooLarge says that an archive goes beyond its Limits.
	ErrTooLarge = errors.New("archive is too large")
	// ErrDamagedArchive says that an archive's bytes are not what they were.
	ErrDamagedArchive = errors.New("archive is damaged")
	// ErrNoMember says that an archive has no member of a name.
	ErrNoMember = errors.New("archive has no such member")
)

// Member is a regular file of a zip archive.
type Member struct {
	Name string // with slashes, escaped for showing (see ShownName); the key for Extract
	Size int64  // bytes unpacked, as the archive declares it
}

// Limits bound what an archive may unpack to. A zero value means the default.
type Limits struct {
	Files int   // members; 10,000
	Bytes int64 // of all members, unpacked; 64 GiB
	Ratio int64 // unpacked to packed bytes of a member beyond its first 100 MiB; 200
}

const (
	ratioFrom     = 100 << 20
	maxFaults     = 20 // members whose faults are told at once
	tryMakeSure   = "make sure of where it is from; then pack it anew"
	tryRepack     = "pack it anew as a plain zip archive"
	tryDownload   = "download it again"
	nestedArchive = "a zip archive inside a zip archive"
)

func (l Limits) complete() Limits {
	return Limits{Files: cmp.Or(l.Files, 10_000), Bytes: cmp.Or(l.Bytes, 64<<30), Ratio: cmp.Or(l.Ratio, 200)}
}

// IsZip tells whether a file is a plain zip archive, by its content. Packages of
// office programs (.xlsx, .docx, .ods), which are zip archives too, are none. A
// file that begins as an archive but is damaged is one: Members says what is
// wrong.
func IsZip(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	var magic [4]byte
	if _, err := io.ReadFull(f, magic[:]); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	if m := string(magic[:]); m != "PK\x03\x04" && m != "PK\x05\x06" {
		return false, nil
	}
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return true, nil
	}
	for i, m := range z.File {
		if strings.EqualFold(m.Name, "[Content_Types].xml") || (i == 0 && m.Name == "mimetype") {
			return false, nil
		}
	}
	return true, nil
}

// Members gives the regular files of a zip archive, sorted by name. Folders,
// __MACOSX/ and hidden files are left out. An archive with a member that must not
// or cannot be unpacked is refused as a whole, every such member named
// (*FileError with ErrUnsafeMember, ErrUnreadableMember, ErrTooLarge or
// ErrDamagedArchive; the name is `file!member`).
//
// Names that are not UTF-8 are read as GBK, as Chinese Windows writes them, where
// all of their bytes are common Chinese characters; others show their bytes.
func Members(path string, limit Limits) ([]Member, error) {
	z, err := openZip(path)
	if err != nil {
		return nil, err
	}
	defer z.close()
	limit = limit.complete()
	var out []Member
	var faults []error
	var total int64
	seen := map[string]bool{}
	for _, f := range z.File {
		m, skip, err := z.member(f, limit)
		if err == nil && !skip && seen[m.Name] {
			err = z.fault(m.Name, ErrUnsafeMember, "another member has the same name", tryRepack)
		}
		if err != nil {
			if faults = append(faults, err); len(faults) == maxFaults {
				break
			}
			continue
		}
		if skip {
			continue
		}
		seen[m.Name] = true
		out = append(out, m)
		if len(out) > limit.Files {
			return nil, z.fault("", ErrTooLarge, fmt.Sprintf("it has more than %d files", limit.Files), "pack them in several archives")
		}
		if total += m.Size; total > limit.Bytes || total < 0 {
			return nil, z.fault("", ErrTooLarge, fmt.Sprintf("it unpacks to more than %d bytes", limit.Bytes), tryMakeSure)
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	slices.SortFunc(out, func(a, b Member) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// Extract writes one member of a zip archive, by its Member.Name, to the file
// dest: through a temporary file of the same folder, so that dest is whole or
// untouched. It counts real bytes, whatever the archive declares, and checks
// their sum. Errors are those of Members, ErrNoMember, or of the system or the
// context.
func Extract(ctx context.Context, path, member, dest string, limit Limits) error {
	z, err := openZip(path)
	if err != nil {
		return err
	}
	defer z.close()
	limit = limit.complete()
	var found *zip.File
	for _, f := range z.File {
		if memberName(f) != member {
			continue
		}
		_, skip, err := z.member(f, limit)
		if err != nil {
			return err
		}
		if skip {
			continue
		}
		if found != nil {
			return z.fault(member, ErrUnsafeMember, "another member has the same name", tryRepack)
		}
		found = f
	}
	if found == nil {
		return z.fault(ShownName(member), ErrNoMember, "", "a name that the archive lists")
	}
	return z.extract(ctx, found, member, dest, limit)
}

// archiveFile is an open zip archive and its name in messages.
type archiveFile struct {
	*zip.Reader
	file *os.File
	name string
	size uint64 // bytes
}

func openZip(path string) (*archiveFile, error) {
	name := ShownName(filepath.Base(path))
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	// A section answers places outside of the file by io.EOF, which a damaged
	// directory may ask for.
	z, err := zip.NewReader(io.NewSectionReader(f, 0, info.Size()), info.Size())
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // member looks at names itself
		f.Close()
		if errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			err = &FileError{Name: name, Err: fmt.Errorf("%w: %v", ErrDamagedArchive, err), Try: tryDownload}
		}
		return nil, err
	}
	return &archiveFile{z, f, name, uint64(info.Size())}, nil
}

func (z *archiveFile) close() { z.file.Close() }

func (z *archiveFile) fault(member string, err error, reason, try string) error {
	name := z.name
	if member != "" {
		name += "!" + member
	}
	if reason != "" {
		err = fmt.Errorf("%w: %s", err, reason)
	}
	return &FileError{Name: name, Err: err, Try: try}
}

// member looks at one entry. skip is for what is no data: folders and what
// systems leave beside files.
func (z *archiveFile) member(f *zip.File, limit Limits) (m Member, skip bool, err error) {
	m.Name = memberName(f)
	fault := func(err error, reason, try string) (Member, bool, error) {
		return Member{}, false, z.fault(m.Name, err, reason, try)
	}
	if reason := unsafeName(decodedName(f)); reason != "" {
		return fault(ErrUnsafeMember, reason, tryMakeSure)
	}
	mode := f.Mode()
	if strings.HasSuffix(f.Name, "/") || mode.IsDir() {
		return m, true, nil
	}
	if mode&fs.ModeSymlink != 0 {
		return fault(ErrUnsafeMember, "it is a symbolic link", "pack the file itself")
	}
	if !mode.IsRegular() {
		return fault(ErrUnsafeMember, "it is no regular file", "pack regular files only")
	}
	for s := range strings.SplitSeq(decodedName(f), "/") {
		if s == "__MACOSX" || strings.HasPrefix(s, ".") {
			return m, true, nil
		}
	}
	switch {
	case f.Flags&1 != 0:
		return fault(ErrUnreadableMember, "it has a password", "unpack it first, or pack it without a password")
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return fault(ErrUnreadableMember, fmt.Sprintf("its method of packing (%d) is not known here", f.Method), tryRepack)
	case strings.EqualFold(filepath.Ext(f.Name), ".zip"):
		return fault(ErrUnreadableMember, nestedArchive, "unpack it first")
	case f.UncompressedSize64 > math.MaxInt64 || int64(f.UncompressedSize64) > limit.Bytes:
		return fault(ErrTooLarge, fmt.Sprintf("it unpacks to more than %d bytes", limit.Bytes), tryMakeSure)
	case z.tooDense(int64(f.UncompressedSize64), f, limit):
		return fault(ErrTooLarge, fmt.Sprintf("it unpacks to more than %d times its packed size", limit.Ratio), tryMakeSure)
	}
	m.Size = int64(f.UncompressedSize64)
	return m, false, nil
}

// tooDense holds a member's unpacked bytes against its packed ones, which may be
// declared as more than the archive itself.
func (z *archiveFile) tooDense(unpacked int64, f *zip.File, limit Limits) bool {
	return unpacked > ratioFrom && uint64(unpacked/limit.Ratio) > min(f.CompressedSize64, z.size)
}

func (z *archiveFile) extract(ctx context.Context, f *zip.File, member, dest string, limit Limits) (err error) {
	in, err := f.Open()
	if err != nil {
		return z.broken(member, err)
	}
	defer in.Close()
	tmp, err := os.CreateTemp(filepath.Dir(dest), incoming+"*")
	if err != nil {
		return err
	}
	defer func() {
		tmp.Close()
		if err != nil {
			os.Remove(tmp.Name())
		}
	}()
	buf := make([]byte, bufferBytes)
	for size := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := in.Read(buf)
		if size += int64(n); size > limit.Bytes || z.tooDense(size, f, limit) {
			return z.fault(member, ErrTooLarge, "it unpacks to more than the archive declares or the limits allow", tryMakeSure)
		}
		if _, err := tmp.Write(buf[:n]); err != nil {
			return err
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return z.broken(member, err)
		}
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	if nested, err := IsZip(tmp.Name()); err != nil {
		return err
	} else if nested {
		return z.fault(member, ErrUnreadableMember, nestedArchive, "unpack it first")
	}
	if err := os.Rename(tmp.Name(), dest); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(dest))
}

func (z *archiveFile) broken(member string, err error) error {
	if perr := (*fs.PathError)(nil); errors.As(err, &perr) {
		return fmt.Errorf("%s!%s: %w", z.name, member, err)
	}
	return z.fault(member, ErrDamagedArchive, err.Error(), tryDownload)
}

// memberName is the name of an entry as it is shown and asked for.
func memberName(f *zip.File) string { return ShownName(decodedName(f)) }

// unsafeName says why a name must not be unpacked, "" where it may.
func unsafeName(name string) string {
	switch {
	case name == "":
		return "it has no name"
	case strings.ContainsRune(name, 0):
		return "its name holds a NUL"
	case strings.HasPrefix(name, "/"):
		return "its name is absolute"
	case strings.Contains(name, `\`):
		return "its name holds a backslash, which is a path on Windows"
	case len(name) >= 2 && name[1] == ':' && (name[0]|0x20) >= 'a' && (name[0]|0x20) <= 'z':
		return "its name begins with a drive"
	}
	for s := range strings.SplitSeq(name, "/") {
		if s == ".." {
			return "its name leaves the archive"
		}
	}
	return ""
}

// decodedName is the name of an entry in UTF-8 where that is certain, else its
// bytes.
func decodedName(f *zip.File) string {
	if utf8.ValidString(f.Name) {
		return f.Name
	}
	if !commonChinese(f.Name) {
		return f.Name
	}
	name, err := simplifiedchinese.GBK.NewDecoder().String(f.Name)
	if err != nil || strings.ContainsRune(name, utf8.RuneError) {
		return f.Name
	}
	return name
}

// commonChinese tells that the bytes beyond ASCII are pairs of GB2312, where both
// have the high bit. GBK's other pairs, with an ASCII letter behind, are as
// likely to be Latin letters of another code page.
func commonChinese(name string) bool {
	han := false
	for i := 0; i < len(name); i++ {
		lead := name[i]
		if lead < 0x80 {
			continue
		}
		i++
		if i == len(name) || name[i] < 0xa1 || name[i] > 0xfe || lead < 0xa1 || lead > 0xf7 {
			return false
		}
		han = han || lead >= 0xb0
	}
	return han
}
