package sheet

import (
	"bytes"
	"encoding/binary"
)

// Magic tells by the first bytes of a file (4 KiB are enough) what it is: "xlsx"
// (any Office Open XML package), "xlsx-encrypted" (one with a password), "xls"
// (any other OLE2 file), "ods", "zip", "pdf", "html", or "" for none of them.
//
// The directory of an OLE2 file may lie beyond its head, so that "xls" can turn
// out to be encrypted; Convert and List look at the file itself.
func Magic(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return zipKind(head)
	case bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return "zip" // an empty one
	case bytes.HasPrefix(head, ole2):
		if bytes.Contains(head, encryptedPackage) {
			return "xlsx-encrypted"
		}
		return "xls"
	case bytes.HasPrefix(head, []byte("%PDF")):
		return "pdf"
	}
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"))
	for _, tag := range []string{"<!doctype html", "<html", "<head", "<meta", "<table", "<style"} {
		if bytes.HasPrefix(text, []byte(tag)) {
			return "html"
		}
	}
	return ""
}

var (
	ole2             = []byte{0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1}
	encryptedPackage = utf16le("EncryptedPackage")
)

func utf16le(s string) []byte {
	var b []byte
	for _, c := range []byte(s) {
		b = append(b, c, 0)
	}
	return b
}

// zipKind looks at the names of the entries that begin in the head.
func zipKind(head []byte) string {
	for at := 0; ; {
		i := bytes.Index(head[at:], []byte("PK\x03\x04"))
		if i < 0 || at+i+30 > len(head) {
			return "zip"
		}
		entry := head[at+i:]
		size := int(binary.LittleEndian.Uint16(entry[26:]))
		name := entry[30:min(len(entry), 30+size)]
		body := entry[min(len(entry), 30+size+int(binary.LittleEndian.Uint16(entry[28:]))):]
		switch {
		case string(name) == "mimetype" && bytes.HasPrefix(body, []byte("application/vnd.oasis.opendocument")):
			return "ods"
		case string(name) == "[Content_Types].xml", string(name) == "_rels/.rels",
			bytes.HasPrefix(name, []byte("xl/")), bytes.HasPrefix(name, []byte(`xl\`)):
			return "xlsx"
		}
		at += i + 4
	}
}
