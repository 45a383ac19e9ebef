package decode

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	plain := Dialect{Delimiter: ",", Quote: `"`, Escape: `"`, Header: true, NewLine: "\n"}
	mac, bare, slash := plain, plain, plain
	mac.NewLine, bare.Quote, bare.Escape, slash.Escape = "\r", "", "", `\`
	const never = ": the quote that is opened here is never closed: the file is cut off, or a quote too many stands in it; try: export it again, or set csv.quote of the feed if the file has no quoting"
	const long = ": the record of the cell that starts here is longer than 16 MiB; try: check the quotes of the file, or leave the column out of the export"
	const open = ": the quote that is opened here is not closed within 16 MiB; try: check the quotes of the file, or leave the column out of the export"
	for name, c := range map[string]struct {
		d    Dialect
		text string
		want string // "" where nothing is wrong
	}{
		"quotes":           {plain, "id,x\n1,\"a\n\"\"b\"\"\"\n2, \"c\" ,\"\"\n", ""},
		"ends in a quote":  {plain, "id,x\n1,\"a\"", ""},
		"cut inside":       {plain, "id,x\n1,a\n2,\"b", "f.csv:3:3" + never},
		"cut, later line":  {plain, "\xef\xbb\xbfid,x\n1,\"a\nb\"\n2, \"c\nd\n", "f.csv:4:4" + never},
		"cut after two":    {plain, "id,x\n1,\"a\"\"", "f.csv:2:3" + never},
		"quote in a word":  {plain, "id,x\n1,5\" disk\n", ""},
		"text after quote": {plain, "id,x\n1,\"a\"b\",\"c\n", "f.csv:2:9" + never},
		"escape":           {slash, "id,x\n1,\"a\\\"b\n\\\\\"\n", ""},
		"escape, cut":      {slash, "id,x\n1,\"a\\\"", "f.csv:2:3" + never},
		"no quoting":       {bare, "id,x\n1,\"a\n", ""},
		"carriage returns": {mac, "id,x\r1,\"a\rb\"\r2,\"c", "f.csv:4:3" + never},
		"NUL":              {plain, "id,x\n1,\"a\nb\x00\"\n", "f.csv:3:2: has a NUL byte, which no text export holds; try: export it again"},
		"long cell":        {plain, "id,x\n1,\"a\nb\",\"" + strings.Repeat("y", MaxLine) + "\"\n", "f.csv:3:4" + open},
		"long bare cell":   {bare, "id,x\n1," + strings.Repeat("y", MaxLine), "f.csv:2:3" + long},
		"long first cell":  {plain, "id,x\n\n" + strings.Repeat("y", MaxLine+1), "f.csv:3:1" + long},
		"just short":       {plain, "id,x\n1," + strings.Repeat("y", MaxLine-3) + "\n2,z\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, zip := range []bool{false, len(c.text) < 1000} {
				path := filepath.Join(t.TempDir(), "f.csv")
				text := c.text
				if zip {
					text = gz(t, text)
				}
				write(t, path, text)
				err := Check(t.Context(), path, "f.csv", c.d)
				if (err != nil || c.want != "") && fmt.Sprint(err) != c.want {
					t.Errorf("got  %v\nwant %s", err, c.want)
				}
			}
		})
	}
	cut := filepath.Join(t.TempDir(), "f.csv.gz")
	zipped := gz(t, "id,x\n1,a\n2,b\n")
	write(t, cut, zipped[:len(zipped)-9])
	var r *Refusal
	if err := Check(t.Context(), cut, "f.csv.gz", plain); !errors.As(err, &r) || !strings.HasPrefix(r.Reason, "gzip file is damaged or cut off") {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	path := filepath.Join(t.TempDir(), "f.csv")
	write(t, path, "id\n")
	if err := Check(ctx, path, "f.csv", plain); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := Check(t.Context(), path+"x", "f.csv", plain); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// endless is a cell of n bytes.
type endless struct{ n int }

func (e *endless) Read(p []byte) (int, error) {
	if e.n == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.n)
	for i := range p[:n] {
		p[i] = 'y'
	}
	e.n -= n
	return n, nil
}

// TestHugeCell: a cell of 100 MB is refused at its place, without being held.
func TestHugeCell(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("id,x\n1,a\n2,\""); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(f, &endless{100 << 20}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("\"\n3,z\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	tab, err := Inspect(t.Context(), path, Options{Expect: []string{"id"}})
	if err != nil {
		t.Fatal(err)
	}
	c := engine(t)
	got, err := readWithEngine(t, c, tab)
	if err != nil || len(got.rejected) != 1 {
		t.Fatalf("the engine must reject the record, so that Check is asked: %d rejected, %v", len(got.rejected), err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err = Check(t.Context(), path, "f.csv", tab.Dialect)
	runtime.ReadMemStats(&after)
	if err == nil || !strings.HasPrefix(err.Error(), "f.csv:3:3: the quote that is opened here is not closed within 16 MiB") {
		t.Error(err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("Check took %d bytes", grown)
	}
	// Locate holds no such line either.
	var r *Refusal
	if _, err := Locate(t.Context(), path, tab.Dialect, []int64{3}); !errors.As(err, &r) || r.Line != 3 {
		t.Error(err)
	}
	if _, _, err := Straighten(t.Context(), path, t.TempDir(), tab.Dialect); !errors.As(err, &r) || r.Line != 3 {
		t.Error(err)
	}
}

// TestOpenQuoteInEngine: in a file larger than the engine's buffer the engine
// drops records behind a quote that is never closed, and reads on. What matters
// is that it rejects one, so that the caller asks Check.
func TestOpenQuoteInEngine(t *testing.T) {
	if testing.Short() {
		t.Skip("a file of 40 MB is not tested in a short run")
	}
	c := engine(t)
	path := filepath.Join(t.TempDir(), "f.csv")
	const rows = 10 << 20
	write(t, path, "id,x\n1,\"a\n"+strings.Repeat("y,1\n", rows))
	tab, err := Inspect(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	exec(t, c, "drop table if exists reject_errors")
	var good, rejected int64
	if err := c.QueryRowContext(t.Context(), "select count(id) from "+readCSV(tab)).Scan(&good); err != nil {
		t.Fatal(err)
	}
	if err := c.QueryRowContext(t.Context(), "select count(*) from reject_errors where error_type::varchar in ('UNQUOTED VALUE', 'LINE SIZE OVER MAXIMUM')").Scan(&rejected); err != nil {
		t.Fatal(err)
	}
	if rejected == 0 {
		t.Errorf("%d of %d rows are good and none is rejected", good, rows)
	}
	if err := Check(t.Context(), path, "f.csv", tab.Dialect); err == nil || !strings.HasPrefix(err.Error(), "f.csv:2:3: the quote that is opened here is not closed within 16 MiB") {
		t.Error(err)
	}
}
