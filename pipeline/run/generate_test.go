package run_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// Lines of a step's file `generate` make files that are too large or too binary
// for a folder; what they are made of lies in the step's folder from/:
//
//	FILE cell SIZE               a CSV of orders whose second record has a cell of that size: 100MB
//	FILE columns N               a CSV of orders with N columns more
//	FILE codes N                 a CSV of scans with N different codes
//	FILE bytes "…"               bytes in a Go string
//	FILE encode ENCODING SOURCE  a text of from/ in another encoding
//	FILE xlsx SOURCE [PASSWORD]  a CSV of from/ as a workbook; a number is a number
//	FILE zip MEMBER=SOURCE …     files of from/ under any name; zeros:SIZE is that many zeros
func (s space) generate(folder string) {
	s.Helper()
	b, err := os.ReadFile(filepath.Join(folder, "generate"))
	if os.IsNotExist(err) {
		return
	}
	if err != nil {
		s.Fatalf("%v", err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		f := strings.Fields(line)
		if len(f) < 3 {
			s.Fatalf("%s/generate:%d: %q is no file, kind and size or source", folder, i+1, line)
		}
		_, rest, _ := strings.Cut(line, " "+f[1]+" ")
		made, err := makeFile(filepath.Join(folder, "from"), f[1], rest)
		if err != nil {
			s.Fatalf("%s/generate:%d: %v", folder, i+1, err)
		}
		s.write(f[0], string(made))
	}
}

const ordersHeader = "order,status,created,deliver_before,state,amount"

func makeFile(from, kind, rest string) ([]byte, error) {
	args := strings.Fields(rest)
	var b bytes.Buffer
	switch kind {
	case "cell":
		n, err := size(rest)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%s\no1,paid,2026-01-02 10:00:00,,CA,1\no2,%s,2026-01-02 10:00:00,,CA,2\n", ordersHeader, bytes.Repeat([]byte("x"), n))
	case "columns":
		n, err := strconv.Atoi(rest)
		if err != nil {
			return nil, err
		}
		b.WriteString("more 0")
		for i := 1; i < n; i++ {
			fmt.Fprintf(&b, ",more %d", i)
		}
		fmt.Fprintf(&b, ",%s\n%so1,paid,2026-01-02 10:00:00,,CA,1\n", ordersHeader, strings.Repeat("x,", n))
	case "codes":
		n, err := strconv.Atoi(rest)
		if err != nil {
			return nil, err
		}
		b.WriteString("carrier,number,code,text,time,place\n")
		for i := range n {
			fmt.Fprintf(&b, "lin,N%d,ZZ%06d,,2026-01-02 10:00:00,\n", i%1000, i)
		}
	case "bytes":
		text, err := strconv.Unquote(rest)
		return []byte(text), err
	case "encode":
		if len(args) != 2 {
			return nil, fmt.Errorf("%q is no encoding and source", rest)
		}
		text, err := os.ReadFile(filepath.Join(from, args[1]))
		if err != nil {
			return nil, err
		}
		return encoded(args[0], text)
	case "xlsx":
		in, err := os.Open(filepath.Join(from, args[0]))
		if err != nil {
			return nil, err
		}
		defer in.Close()
		r := csv.NewReader(in)
		r.FieldsPerRecord = -1
		rows, err := r.ReadAll()
		if err != nil {
			return nil, err
		}
		return workbook(rows, true, strings.Join(args[1:], " "))
	case "zip":
		return archive(from, args)
	default:
		return nil, fmt.Errorf("%q makes no file", kind)
	}
	return b.Bytes(), nil
}

func size(s string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSuffix(s, "MB"))
	if err != nil || !strings.HasSuffix(s, "MB") {
		return 0, fmt.Errorf("%q is no size such as 100MB", s)
	}
	return n * 1_000_000, nil
}

var encodings = map[string]encoding.Encoding{
	"gb18030":   simplifiedchinese.GB18030,
	"big5":      traditionalchinese.Big5,
	"shift-jis": japanese.ShiftJIS,
	"utf-16le":  unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
	"utf-16be":  unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
}

// encoded fails where the encoding lacks a character.
func encoded(name string, text []byte) ([]byte, error) {
	e, ok := encodings[name]
	if !ok {
		return nil, fmt.Errorf("%q is no encoding of these tests", name)
	}
	return e.NewEncoder().Bytes(text)
}

// amountRE has what Excel keeps as a number without loss of digits.
var amountRE = regexp.MustCompile(`^-?(0|[1-9]\d{0,13})(\.\d{1,4})?$`)

// workbook writes rows as a sheet: texts, or numbers where a cell is one.
func workbook(rows [][]string, numbers bool, password string) ([]byte, error) {
	x := excelize.NewFile()
	defer x.Close()
	w, err := x.NewStreamWriter("Sheet1")
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		cells := make([]any, len(row))
		for k, c := range row {
			switch n, err := strconv.ParseFloat(c, 64); {
			case c == "":
			case numbers && err == nil && amountRE.MatchString(c):
				cells[k] = n
			default:
				cells[k] = c
			}
		}
		if err := w.SetRow("A"+strconv.Itoa(i+1), cells); err != nil {
			return nil, err
		}
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = x.Write(&b, excelize.Options{Password: password})
	return b.Bytes(), err
}

func archive(from string, members []string) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range members {
		name, source, ok := strings.Cut(m, "=")
		if !ok {
			return nil, fmt.Errorf("%q is no member=source", m)
		}
		w, err := z.Create(name)
		if err != nil {
			return nil, err
		}
		if zeros, is := strings.CutPrefix(source, "zeros:"); is {
			n, err := size(zeros)
			if err != nil {
				return nil, err
			}
			if _, err := io.CopyN(w, nothing{}, int64(n)); err != nil {
				return nil, err
			}
			continue
		}
		text, err := os.ReadFile(filepath.Join(from, source))
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(text); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return b.Bytes(), err
}

// nothing reads zeros for ever.
type nothing struct{}

func (nothing) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestWorkbookOfACaseIsOne: a generator that wrote nothing would prove nothing.
func TestWorkbookOfACaseIsOne(t *testing.T) {
	b, err := workbook([][]string{{"title"}, {""}, {"order", "amount"}, {"0012", "1.50"}}, true, "")
	if err != nil {
		t.Fatal(err)
	}
	x, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	rows, err := x.GetRows("Sheet1")
	if err != nil || len(rows) != 4 || rows[3][0] != "0012" || rows[3][1] != "1.5" {
		t.Errorf("%q, %v", rows, err)
	}
}
