package decode

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
)

// engine opens a database in memory with two threads.
func engine(t *testing.T) *sql.Conn {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	exec(t, c, "set threads=2")
	return c
}

func exec(t *testing.T, c *sql.Conn, q string) {
	t.Helper()
	if _, err := c.ExecContext(t.Context(), q); err != nil {
		t.Fatalf("%s: %v", q, err)
	}
}

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// readCSV is how the rooms to come read a table that Inspect described.
func readCSV(tab Table) string {
	var cols []string
	for _, c := range tab.Columns {
		cols = append(cols, literal(c)+": 'VARCHAR'")
	}
	d := tab.Dialect
	compression := "none"
	if d.Gzip {
		compression = "gzip"
	}
	return fmt.Sprintf(`read_csv([%s], auto_detect=false, delim=%s, quote=%s, escape=%s, header=%t, skip=%d, compression=%s,
		columns={%s}, strict_mode=true, null_padding=false, store_rejects=true, rejects_limit=0)`,
		literal(tab.EnginePath), literal(d.Delimiter), literal(d.Quote), literal(d.Escape), d.Header, d.Skip, literal(compression), strings.Join(cols, ", "))
}

type engineRows struct {
	first    []sql.NullString // first column of the good rows, in order
	rejected []int64          // distinct byte offsets, sorted
}

func readWithEngine(t *testing.T, c *sql.Conn, tab Table) (engineRows, error) {
	t.Helper()
	exec(t, c, "drop table if exists reject_errors")
	exec(t, c, "drop table if exists reject_scans")
	var out engineRows
	rows, err := c.QueryContext(t.Context(), fmt.Sprintf(`select "%s" from (select *, row_number() over () as rn from %s) order by rn`, tab.Columns[0], readCSV(tab)))
	if err != nil {
		return out, err
	}
	for rows.Next() {
		var s sql.NullString
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out.first = append(out.first, s)
	}
	if err := rows.Err(); err != nil {
		return out, err
	}
	rows, err = c.QueryContext(t.Context(), "select distinct line_byte_position - 1 as p from reject_errors order by p")
	if err != nil {
		return out, err
	}
	for rows.Next() {
		var p int64
		if err := rows.Scan(&p); err != nil {
			t.Fatal(err)
		}
		out.rejected = append(out.rejected, p)
	}
	return out, rows.Err()
}

// agree loads a file in the engine and checks that the n-th good row is the
// record that RecordOfRow and Locate say it is.
func agree(t *testing.T, c *sql.Conn, path string, opt Options) {
	t.Helper()
	tab, err := Inspect(t.Context(), path, opt)
	if err != nil {
		t.Fatal(err)
	}
	got, err := readWithEngine(t, c, tab)
	if err != nil {
		text, _ := os.ReadFile(path)
		t.Fatalf("engine: %v\n%q", err, text[:min(len(text), 600)])
	}
	bad, err := LocateBytes(t.Context(), path, tab.Dialect, got.rejected)
	if err != nil {
		t.Fatal(err)
	}
	var rejected []int64
	for i, b := range bad {
		if b.Record == 0 {
			t.Fatalf("offset %d lies in no record", got.rejected[i])
		}
		rejected = append(rejected, b.Record)
	}
	rejected = slices.Compact(rejected)
	var want []int64
	for i := range got.first {
		want = append(want, RecordOfRow(int64(i+1), rejected))
	}
	at, err := Locate(t.Context(), path, tab.Dialect, want)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range at {
		// The first cell of these files is a bare number or empty.
		first, _, _ := strings.Cut(p.Raw, tab.Dialect.Delimiter)
		if p.Record != want[i] || first != got.first[i].String {
			text, _ := os.ReadFile(path)
			t.Fatalf("row %d is %q in the engine, record %d is %+v\nrejected %v at %v\n%q", i+1, got.first[i].String, want[i], p, rejected, got.rejected, text[:min(len(text), 900)])
		}
	}
	// One more record than good and bad ones together must not exist.
	beyond, err := Locate(t.Context(), path, tab.Dialect, []int64{int64(len(got.first)+len(rejected)) + 1})
	if err != nil || beyond[0].Record != 0 {
		text, _ := os.ReadFile(path)
		t.Fatalf("engine has %d good and %d bad records, a further one is %+v (%v)\n%q", len(got.first), len(rejected), beyond[0], err, text[:min(len(text), 900)])
	}
}

func TestLocateAgreesWithEngine(t *testing.T) {
	c := engine(t)
	dir := t.TempDir()
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 7))
		for _, newLine := range []string{"\n", "\r\n"} {
			path := filepath.Join(dir, fmt.Sprintf("%d.csv", seed))
			text := randomCSV(r, newLine, 3)
			if seed%3 == 0 {
				text = "\xef\xbb\xbf" + text
			}
			if seed%5 == 0 {
				text = newLine + newLine + text
			}
			write(t, path, text)
			agree(t, c, path, Options{Delimiter: ","})
		}
	}
}

// randomCSV has quoted cells with quotes and line ends in them, blank lines,
// and records with too few or too many cells.
func randomCSV(r *rand.Rand, newLine string, columns int) string {
	var b strings.Builder
	b.WriteString("id,\"na" + newLine + "me\",note" + newLine)
	cells := []string{"", `""`, "x", `"a ""q"" b"`, `"two` + newLine + `lines"`, `"` + newLine + newLine + `"`, `"a,b"`, `un"q`, "漢字", ` "sp"`, `"sp" `, `""""`, `"""x"""`}
	for i := range 1 + r.IntN(60) {
		fmt.Fprintf(&b, "%d", i)
		n := columns
		if r.IntN(8) == 0 {
			n = 1 + r.IntN(5)
		}
		for range n - 1 {
			b.WriteString("," + cells[r.IntN(len(cells))])
		}
		for b.WriteString(newLine); r.IntN(10) == 0; {
			b.WriteString(newLine)
		}
	}
	if r.IntN(3) == 0 {
		return strings.TrimSuffix(b.String(), newLine)
	}
	return b.String()
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestEngineReadsWhatInspectSays(t *testing.T) {
	c := engine(t)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"single.csv":  "id\n1\n\n2\n\n",
		"crlf.csv":    "id\r\n1\r\n\r\n2\r\n",
		"sep.csv":     "sep=;\r\nid;name\r\n1;a\r\n\r\n2;b\r\n3\r\n",
		"tab.tsv":     "id\tname\n1\ta\n\t\n2\tb\n",
		"cr.csv":      "id,name\r1,a\r2,\"b\rc\"\r3,d\r",
		"middle.csv":  "id,name\n1,\"b\n2,c\n3,\"z\"\n4,w\n",
		"extra.csv":   "id,name\n1,a,x\n2,b\n",
		"fewer.csv":   "id,name\n1\n2,b\n",
		"noend.csv":   "id,name\n1,a\n2,b",
		"header2.csv": "id,name\r\n",
		"header.csv":  "id,name",
		"quoted.csv":  "\xef\xbb\xbf\"id\",\"na,me\"\r\n1,2\r\n",
		"backsla.csv": "id,name\n1,\"a\\\"b\nc\"\n2,x\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			write(t, path, text)
			opt := Options{}
			if strings.HasPrefix(name, "backsla") {
				e := `\`
				opt.Escape = &e
			}
			agree(t, c, path, opt)
		})
	}
}

func TestNDJSONLinesInEngine(t *testing.T) {
	c := engine(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "events.ndjson")
	long := strings.Repeat("y", 3<<20)
	lines := []string{`{"a":"q\"u\\o\n,te"}`, "", `{"b":"` + long + `"}`, `  {"c":"漢"}`, `not json`, `{"d":1}`}
	write(t, path, "\xef\xbb\xbf"+strings.Join(lines, "\n")+"\n")
	tab, err := Inspect(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := c.QueryContext(context.Background(), `select coalesce(line, ''), row_number() over () as rn from read_csv([`+literal(tab.EnginePath)+`],
		columns={'line': 'VARCHAR'}, auto_detect=false, header=false, quote='', escape='', delim=chr(1), max_line_size=67108864, strict_mode=true) order by rn`)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; rows.Next(); n++ {
		var line string
		var rn int64
		if err := rows.Scan(&line, &rn); err != nil {
			t.Fatal(err)
		}
		if line != lines[n] || rn != int64(n+1) {
			t.Errorf("line %d is %.60q, want %.60q", rn, line, lines[n])
		}
	}
	if n != len(lines) {
		t.Errorf("engine has %d lines, want %d", n, len(lines))
	}
	at, err := Locate(t.Context(), path, tab.Dialect, []int64{4, 5})
	if err != nil {
		t.Fatal(err)
	}
	if at[1].Raw != "not json" || at[1].Line != 5 || at[0].Record != 4 {
		t.Errorf("located %+v", at)
	}
}
