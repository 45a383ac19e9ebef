package decode

import (
	"archive/zip"
	"bytes"
	"errors"
	"path/filepath"
	"testing"
)

// zipped is a zip archive of empty files.
func zipped(t testing.TB, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, n := range names {
		if _, err := w.Create(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestForeignFiles(t *testing.T) {
	wide := func(s string) string {
		var b []byte
		for _, c := range []byte(s) {
			b = append(b, c, 0)
		}
		return string(b)
	}
	const (
		ole      = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00"
		provider = "; try: ask the provider for Excel or CSV"
		signIn   = "; try: sign in and export it again"
		page     = ": is a web page (HTML), not data; try: sign in and export it again; a login page is often saved so"
		excel    = "; try: open it in Excel and save it as .xlsx or CSV UTF-8"
		other    = "; try: export it as CSV or JSON; an answer of this kind is often an error message"
		mend     = "; try: mend what it says and export it again"
	)
	for name, c := range map[string]struct {
		text string
		opt  Options
		want string
	}{
		"xls":              {ole, Options{}, ": is an old Excel workbook (.xls); try: save it as .xlsx or CSV UTF-8"},
		"xls as xlsx":      {ole, Options{Format: XLSX}, ": is an old Excel workbook (.xls); try: save it as .xlsx or CSV UTF-8"},
		"password":         {ole + wide("EncryptedPackage"), Options{}, ": is an Office file with a password; try: save it without the password, as .xlsx or CSV UTF-8"},
		"doc":              {ole + wide("WordDocument"), Options{}, ": is a Word document (.doc)" + provider},
		"docx":             {zipped(t, "[Content_Types].xml", "word/document.xml"), Options{}, ": is a Word document (.docx)" + provider},
		"pptx":             {zipped(t, "ppt/presentation.xml"), Options{}, ": is a PowerPoint file (.pptx)" + provider},
		"xlsb":             {zipped(t, "xl/workbook.bin"), Options{}, ": is a binary Excel workbook (.xlsb); try: save it as .xlsx or CSV UTF-8"},
		"ods":              {zipped(t, "mimetype", "content.xml"), Options{}, ": is an OpenDocument file (.ods or .odt); try: save it as .xlsx or CSV UTF-8"},
		"numbers":          {zipped(t, "Index/Document.iwa"), Options{}, ": is a file of Apple Numbers or Pages; try: export it as .xlsx or CSV UTF-8"},
		"zip":              {zipped(t, "orders.csv"), Options{}, ": is a zip archive; try: unpack it first"},
		"empty zip":        {zipped(t), Options{}, ": is an empty zip archive; try: export it again"},
		"cut zip":          {zipped(t, "xl/workbook.xml")[:40], Options{}, ": is a zip archive or an Excel workbook that is cut off or damaged; try: download or save it again"},
		"gzipped xlsx":     {gz(t, zipped(t, "xl/workbook.xml")), Options{}, ": is an Excel workbook or a zip archive inside gzip; try: unpack it once"},
		"xlsx as csv":      {zipped(t, "xl/workbook.xml"), Options{Format: CSV}, ": is an Excel workbook (.xlsx), not csv; try: format: xlsx in the feed, or save it as CSV UTF-8"},
		"csv as xlsx":      {"id,x\n", Options{Format: XLSX}, ": is not an Excel workbook (.xlsx); try: correct the format of the feed, or save it as .xlsx"},
		"pdf":              {"%PDF-1.7\n", Options{}, ": is a PDF document" + provider},
		"png":              {"\x89PNG\r\n\x1a\n", Options{}, ": is an image (PNG)" + provider},
		"jpeg":             {"\xff\xd8\xff\xe0", Options{}, ": is an image (JPEG)" + provider},
		"webp":             {"RIFF\x00\x00\x00\x00WEBPVP8 ", Options{}, ": is an image (WebP)" + provider},
		"rtf":              {`{\rtf1\ansi`, Options{}, ": is a text document (RTF)" + provider},
		"login":            {"\xef\xbb\xbf \r\n\t<!DOCTYPE html>\n<html><head><title>Seller</title></head><form>Password</form>", Options{}, ": is a login page (HTML), not data" + signIn},
		"login in Chinese": {"<html><title>登录</title>", Options{}, ": is a login page (HTML), not data" + signIn},
		"two BOMs":         {"\xef\xbb\xbf\xef\xbb\xbf<html>", Options{}, page},
		"page":             {"<!doctype HTML><p>gone", Options{Format: JSON}, page},
		"HTML for Excel":   {"<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><table>", Options{}, ": is a web page or XML that only Excel takes for a workbook" + excel},
		"bare table":       {"<table border=1><tr><td>id</td>", Options{}, ": is a web page or XML that only Excel takes for a workbook" + excel},
		"XML for Excel":    {"<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>", Options{}, ": is a web page or XML that only Excel takes for a workbook" + excel},
		"XML":              {"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", Options{}, `: is XML, not data that can be read: <?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>` + other},
		"XML, bare":        {"\n<Error>\n<Code>x</Code></Error>", Options{}, ": is XML, not data that can be read: <Error> <Code>x</Code></Error>" + other},
		"API error":        {`{"code":401,"message":"token\nexpired"}`, Options{}, ":1:1: is an error message in JSON, not CSV: code 401: token expired" + mend},
		"API error, deep":  {"\xef\xbb\xbf\n {\"error\":{\"status_code\":\"E7\",\"msg\":\"no access\"}}", Options{}, ":2:2: is an error message in JSON, not CSV: code E7: no access" + mend},
		"API errors":       {`{"errors":[{"message":"slow down"}]}`, Options{}, ":1:1: is an error message in JSON, not CSV: slow down" + mend},
		"JSON data":        {`{"code":0,"message":"ok","data":[]}`, Options{}, ":1:1: is JSON, not CSV; try: format: json or format: ndjson in the feed"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := inspect(t, "f.csv", c.text, c.opt)
			var r *Refusal
			if !errors.As(err, &r) || err.Error() != "f.csv"+c.want {
				t.Errorf("got  %v\nwant f.csv%s", err, c.want)
			}
		})
	}
}

func TestWorkbookIsRecognised(t *testing.T) {
	for _, format := range []Format{"", XLSX} {
		path := filepath.Join(t.TempDir(), "bill.dat")
		write(t, path, zipped(t, "[Content_Types].xml", "xl/workbook.xml"))
		got, err := Inspect(t.Context(), path, Options{Format: format, Expect: []string{"id"}})
		if err != nil || got.Format != XLSX || got.EnginePath != path || got.Columns != nil || got.Records != -1 {
			t.Errorf("%+v %v", got, err)
		}
	}
}

// A header may start with a sign that only looks like markup.
func TestNoMarkup(t *testing.T) {
	for _, text := range []string{"< 5 kg,> 5 kg\n1,2\n", "<5kg;>5kg\n", "<a,b>\n"} {
		if _, err := inspect(t, "f.csv", text, Options{}); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}
