package decode

import (
	"archive/zip"
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"
)

const zipMagic = "PK\x03\x04"

// magics are the first bytes of files that are often saved under the wrong name.
var magics = []struct{ magic, reason, try string }{
	{"PK\x05\x06", "is an empty zip archive", "export it again"},
	{"%PDF", "is a PDF document", "ask the provider for Excel or CSV"},
	{"\x89PNG", "is an image (PNG)", "ask the provider for Excel or CSV"},
	{"\xff\xd8\xff", "is an image (JPEG)", "ask the provider for Excel or CSV"},
	{"GIF8", "is an image (GIF)", "ask the provider for Excel or CSV"},
	{"II*\x00", "is an image (TIFF)", "ask the provider for Excel or CSV"},
	{"MM\x00*", "is an image (TIFF)", "ask the provider for Excel or CSV"},
	{`{\rtf`, "is a text document (RTF)", "ask the provider for Excel or CSV"},
	{"7z\xbc\xaf", "is a 7-Zip archive", "unpack it first"},
	{"Rar!", "is a RAR archive", "unpack it first"},
	{"\x28\xb5\x2f\xfd", "is compressed with zstd", "unpack it, or compress it with gzip"},
	{"\x1f\x8b", "is compressed twice", "unpack it once"},
	{"\xff\xfe", "is UTF-16, not UTF-8", "save it as CSV UTF-8"},
	{"\xfe\xff", "is UTF-16, not UTF-8", "save it as CSV UTF-8"},
}

// refuseForeign names files that are often saved under the wrong name.
func refuseForeign(h head, format Format) error {
	refuse := func(reason, try string) error { return &Refusal{File: h.name, Reason: reason, Try: try} }
	if bytes.HasPrefix(h.text, []byte("PAR1")) {
		return refuse("is a Parquet file, not "+string(format), "format: parquet")
	}
	if bytes.HasPrefix(h.text, []byte("\xd0\xcf\x11\xe0")) {
		return refuse(compound(h.text))
	}
	for _, m := range magics {
		if bytes.HasPrefix(h.text, []byte(m.magic)) {
			return refuse(m.reason, m.try)
		}
	}
	if len(h.text) >= 12 && string(h.text[:4]) == "RIFF" && string(h.text[8:12]) == "WEBP" {
		return refuse("is an image (WebP)", "ask the provider for Excel or CSV")
	}
	if len(bytes.TrimSpace(h.text)) == 0 {
		if h.whole {
			return refuse("is empty", "export it again; a file of a header alone is fine")
		}
		return refuse("starts with more than a megabyte of white space", "export it again")
	}
	if reason, try := markup(h.text); reason != "" {
		return refuse(reason, try)
	}
	if i := bytes.IndexByte(h.text, 0); i >= 0 {
		line, col := position(h.text, i)
		if looksUTF16(h.text) {
			return &Refusal{File: h.name, Line: line, Col: col, Reason: "has NUL bytes and looks like UTF-16 without a mark",
				Try: "save it as CSV UTF-8"}
		}
		return &Refusal{File: h.name, Line: line, Col: col, Reason: "has NUL bytes: it is not text", Try: "export it again"}
	}
	return refuseEncoding(h)
}

// compound tells the old Office files apart by the names of their streams.
func compound(text []byte) (reason, try string) {
	has := func(name string) bool {
		var wide []byte
		for _, u := range utf16.Encode([]rune(name)) {
			wide = append(wide, byte(u), byte(u>>8))
		}
		return bytes.Contains(text, wide)
	}
	switch {
	case has("EncryptedPackage"):
		return "is an Office file with a password", "save it without the password, as .xlsx or CSV UTF-8"
	case has("WordDocument"):
		return "is a Word document (.doc)", "ask the provider for Excel or CSV"
	}
	return "is an old Excel workbook (.xls)", "save it as .xlsx or CSV UTF-8"
}

// refuseZip lets a workbook pass where no other format is declared.
func refuseZip(path string, h head, format Format) error {
	refuse := func(reason, try string) error { return &Refusal{File: h.name, Reason: reason, Try: try} }
	if h.gzip {
		return refuse("is an Excel workbook or a zip archive inside gzip", "unpack it once")
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return refuse("is a zip archive or an Excel workbook that is cut off or damaged", "download or save it again")
	}
	defer z.Close()
	var folder string
	for _, f := range z.File {
		top, rest, _ := strings.Cut(f.Name, "/")
		switch {
		case top == "xl" && rest == "workbook.bin":
			return refuse("is a binary Excel workbook (.xlsb)", "save it as .xlsx or CSV UTF-8")
		case top == "xl", top == "word", top == "ppt":
			folder = top
		case f.Name == "content.xml" && folder == "":
			folder = "opendocument"
		case top == "Index" && strings.HasSuffix(rest, ".iwa"):
			folder = "numbers"
		}
	}
	switch folder {
	case "xl":
		if format != "" && format != XLSX {
			return refuse(fmt.Sprintf("is an Excel workbook (.xlsx), not %s", format), "format: xlsx in the feed, or save it as CSV UTF-8")
		}
		return nil
	case "word":
		return refuse("is a Word document (.docx)", "ask the provider for Excel or CSV")
	case "ppt":
		return refuse("is a PowerPoint file (.pptx)", "ask the provider for Excel or CSV")
	case "opendocument":
		return refuse("is an OpenDocument file (.ods or .odt)", "save it as .xlsx or CSV UTF-8")
	case "numbers":
		return refuse("is a file of Apple Numbers or Pages", "export it as .xlsx or CSV UTF-8")
	}
	return refuse("is a zip archive", "unpack it first")
}

var tag = regexp.MustCompile(`^<[a-z_][a-z0-9_:.-]*(\s[^<>]*)?/?>`)

// markup names HTML and XML; reason is "" for anything else.
func markup(text []byte) (reason, try string) {
	low := strings.ToLower(string(bytes.TrimSpace(text[:min(len(text), 4096)])))
	low = strings.TrimSpace(strings.TrimPrefix(low, "\ufeff"))
	if !strings.HasPrefix(low, "<") {
		return "", ""
	}
	html := false
	for _, start := range []string{"<!doctype html", "<!--", "<html", "<head", "<body", "<script", "<meta", "<title", "<div", "<table"} {
		html = html || strings.HasPrefix(low, start)
	}
	excel := strings.Contains(low, "urn:schemas-microsoft-com:office") || strings.Contains(low, "mso-application")
	switch {
	case excel, strings.HasPrefix(low, "<table"):
		return "is a web page or XML that only Excel takes for a workbook", "open it in Excel and save it as .xlsx or CSV UTF-8"
	case html && containsAny(low, "login", "log in", "sign in", "password", "登录"):
		return "is a login page (HTML), not data", "sign in and export it again"
	case html:
		return "is a web page (HTML), not data", "sign in and export it again; a login page is often saved so"
	case strings.HasPrefix(low, "<?xml"), strings.HasPrefix(low, "<!doctype"), tag.MatchString(low):
		return "is XML, not data that can be read: " + cut(string(bytes.TrimSpace(text[:min(len(text), 4096)])), 160), "export it as CSV or JSON; an answer of this kind is often an error message"
	}
	return "", ""
}

func containsAny(s string, parts ...string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}
