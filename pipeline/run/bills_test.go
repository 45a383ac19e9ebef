package run_test

import (
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const billsFeed = `feed: bills
source: {folder: inbox/bills, files: ["*.csv"]}
format: csv
exported_at: {filename: '(\d{8}T\d{6}Z)', format: '%Y%m%dT%H%M%SZ'}
outputs:
  - table: billing_lines_in
    where: |
      "charge" <> ''
    columns:
      provider: {value: parcelco}
      bill_no: {from: bill}
      bill_date: {from: date}
      part: {from: part}
      tracking_number: {from: number}
      charge_raw: {from: charge}
      amount: {from: amount, as: money, unit: USD}
  - table: bills_in
    where: |
      coalesce("charge", '') = ''
    columns:
      provider: {value: parcelco}
      bill_no: {from: bill}
      bill_date: {from: date}
      total_amount: {from: amount, as: money, unit: USD}
`

// billLine is a line of an export; no number: a charge of no parcel. Without a
// charge it is the bill's total.
type billLine struct{ bill, part, number, charge, amount string }

// billExport is a file; at orders them by their export.
type billExport struct {
	name  string
	at    int
	lines []billLine
}

func (x billExport) text() string {
	var b strings.Builder
	b.WriteString(fmt.Sprintf("bill,date,part,number,charge,amount,serial%d\n", x.at))
	for _, l := range x.lines {
		month := map[string]string{"B1": "2026-01-31", "B2": "2026-02-28", "B3": ""}[l.bill]
		fmt.Fprintf(&b, "%s,%s,%s,%s,%s,%s,\n", l.bill, month, l.part, l.number, l.charge, l.amount)
	}
	return b.String()
}

// drawBills draws files of three bills, most of them made of the one before, so
// that each kind of a version is common.
func drawBills(t *rapid.T) []billExport {
	line := func(part string) billLine {
		return billLine{rapid.SampledFrom([]string{"B1", "B1", "B2", "B3"}).Draw(t, "bill"), part, rapid.SampledFrom([]string{"N1", "N2", ""}).Draw(t, "number"),
			rapid.SampledFrom([]string{"Fuel", "Base Rate"}).Draw(t, "charge"), rapid.SampledFrom([]string{"1", "2"}).Draw(t, "amount")}
	}
	var out []billExport
	var whole []billLine
	for at := range rapid.IntRange(1, 6).Draw(t, "files") {
		var lines []billLine
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0, 1: // some lines
			for range rapid.IntRange(1, 4).Draw(t, "lines") {
				lines = append(lines, line(""))
			}
		case 2: // the same, in another order
			lines = rapid.Permutation(whole).Draw(t, "order")
		case 3: // more of it
			lines = append(slices.Clone(whole), line(""), line(""))
		case 4: // under another number
			for _, l := range whole {
				l.bill = map[string]string{"B1": "B2", "B2": "B1", "B3": "B3"}[l.bill]
				lines = append(lines, l)
			}
		default:
			for range rapid.IntRange(1, 3).Draw(t, "corrections") {
				lines = append(lines, line("supplement"))
			}
		}
		if len(lines) == 0 { // there is none before the first, and an empty file publishes nothing
			lines = append(lines, line(""))
		}
		if lines[0].part == "" {
			whole = slices.Clone(lines)
		}
		if rapid.IntRange(0, 3).Draw(t, "total") == 0 {
			lines = append(lines, billLine{"B1", "", "", "", rapid.SampledFrom([]string{"3", "4"}).Draw(t, "stated")})
		}
		out = append(out, billExport{fmt.Sprintf("bills_202603%02dT000000Z.csv", 1+at), at, lines})
	}
	return out
}

// billState is a bill as the files so far make it, told line by line.
type billState struct {
	now, base   []billLine // base: the last file of the whole bill
	last        []billLine // the last file
	lastAdds    bool
	place, over int // over: the newest version that is no resend
}

func sortedLines(list []billLine) []billLine {
	out := slices.Clone(list)
	for i := range out {
		out[i].part = ""
	}
	sort.Slice(out, func(i, j int) bool { return fmt.Sprint(out[i]) < fmt.Sprint(out[j]) })
	return out
}

func equalLines(a, b []billLine) bool { return slices.Equal(sortedLines(a), sortedLines(b)) }

func holdsLines(all, part []billLine) bool {
	n := map[billLine]int{}
	for _, l := range sortedLines(all) {
		n[l]++
	}
	for _, l := range sortedLines(part) {
		if n[l]--; n[l] < 0 {
			return false
		}
	}
	return true
}

// add brings a file and says what it is.
func (s *billState) add(lines []billLine) string {
	before := s.now
	adds := !slices.ContainsFunc(lines, func(l billLine) bool { return l.part == "" })
	switch {
	case adds && s.place > 0 && s.lastAdds && equalLines(lines, s.last):
	case adds:
		s.now = slices.DeleteFunc(slices.Clone(before), func(l billLine) bool {
			return l.number != "" && slices.ContainsFunc(lines, func(m billLine) bool { return m.number == l.number && m.charge == l.charge })
		})
		s.now = append(s.now, lines...)
	case s.base == nil || !equalLines(lines, s.base):
		s.now, s.base = lines, lines
	}
	s.last, s.lastAdds = lines, adds
	s.place++
	kind := "rebill"
	switch {
	case s.place == 1 && adds:
		kind = "supplement"
	case s.place == 1:
		kind = "original"
	case equalLines(before, s.now):
		return "resend"
	case adds || holdsLines(s.now, before):
		kind = "supplement"
	}
	s.over = s.place
	return kind
}

// billsOf tells the tables bills and billing_lines from the files, in the order
// of their export.
func billsOf(files []billExport) (versions, lines []string) {
	states := map[string]*billState{}
	firsts := map[string]string{} // set of lines → the bill that had it first
	type row struct {
		bill, kind, duplicate string
		place, lines, total   int
	}
	var rows []row
	for _, f := range files {
		byBill := map[string][]billLine{}
		for _, l := range f.lines {
			if l.charge != "" {
				byBill[l.bill] = append(byBill[l.bill], l)
			}
		}
		for _, bill := range slices.Sorted(maps.Keys(byBill)) {
			if states[bill] == nil {
				states[bill] = &billState{}
			}
			s := states[bill]
			r := row{bill: bill, kind: s.add(byBill[bill]), place: s.place, lines: len(s.now)}
			parcels := false
			set := sortedLines(s.now)
			for i, l := range set {
				set[i].bill = ""
				parcels = parcels || l.number != ""
				r.total += int(l.amount[0] - '0')
			}
			if key := fmt.Sprint(set); parcels {
				if firsts[key] == "" {
					firsts[key] = bill
				}
				if r.kind == "original" && firsts[key] != bill {
					r.duplicate = firsts[key]
				}
			}
			rows = append(rows, r)
		}
	}
	for _, r := range rows {
		versions = append(versions, fmt.Sprintf("%s,%d,%s,%t,%s,%d,%d.0000", r.bill, r.place, r.kind, r.place == states[r.bill].over, r.duplicate, r.lines, r.total))
	}
	for _, s := range states {
		for _, l := range s.now {
			lines = append(lines, fmt.Sprintf("%s,%d,%s,%s,%s.0000", l.bill, s.over, l.number, l.charge, l.amount))
		}
	}
	slices.Sort(versions)
	slices.Sort(lines)
	return versions, lines
}

// told is what a query answers, a line a row, sorted.
func (s space) told(query string) []string {
	s.Helper()
	rows, err := csv.NewReader(strings.NewReader(s.sql(query))).ReadAll()
	if err != nil {
		s.Fatalf("%v", err)
	}
	out := []string{}
	for _, r := range rows[1:] {
		out = append(out, strings.Join(r, ","))
	}
	slices.Sort(out)
	return out
}

// TestBillsInAnyOrder lets files of bills arrive in any order, over several runs,
// with loads taken back and loaded again. The tables must be what a full rebuild
// makes, and what is told line by line from the files that are left.
func TestBillsInAnyOrder(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		dir := filepath.Join(base, fmt.Sprint(n))
		defer os.RemoveAll(dir)
		s := space{t, dir}
		s.write("waybill.yaml", worldYAML)
		s.write("feeds/bills.yaml", billsFeed)
		if err := os.MkdirAll(s.path("inbox", "bills"), 0o755); err != nil {
			t.Fatal(err)
		}
		files := drawBills(t)
		order := rapid.Permutation(files).Draw(t, "arrival")
		runs := rapid.IntRange(1, 3).Draw(t, "runs")
		for i := range runs {
			for _, f := range order[len(order)*i/runs : len(order)*(i+1)/runs] {
				t.Logf("run %d: %s\n%s", i, f.name, f.text())
				s.write("inbox/bills/"+f.name, f.text())
			}
			s.do("ingest")
			s.change(t)
		}
		got := s.content("load_seq", "file")
		s.do("ingest", "--full")
		mustEqual(t, "rebuilt in full", got, s.content("load_seq", "file"))

		left := map[string]bool{}
		for _, l := range s.loads() {
			left[l.file] = l.status == "loaded"
		}
		versions, lines := billsOf(slices.DeleteFunc(slices.Clone(files), func(f billExport) bool { return !left[f.name] }))
		if have := s.told("select bill_no, version, kind, is_current, duplicate_of, lines, lines_total from bills where lines > 0"); !slices.Equal(have, versions) {
			t.Fatalf("bills\n%s\nwant\n%s", strings.Join(have, "\n"), strings.Join(versions, "\n"))
		}
		if have := s.told("select bill_no, version, tracking_number, charge_raw, amount from billing_lines"); !slices.Equal(have, lines) {
			t.Fatalf("lines\n%s\nwant\n%s", strings.Join(have, "\n"), strings.Join(lines, "\n"))
		}
		if twice := s.told("select line_id from billing_lines group by line_id having count(*) > 1"); len(twice) > 0 {
			t.Fatalf("lines of one id: %v", twice)
		}
	})
}

// TestFileWithoutDateKeepsTheBills: a supplement that states no date belongs to
// the day of the bill that it adds to, and a later file's own date comes first.
func TestFileWithoutDateKeepsTheBills(t *testing.T) {
	t.Parallel()
	s := space{t, t.TempDir()}
	s.write("waybill.yaml", worldYAML)
	s.write("feeds/bills.yaml", billsFeed)
	const head = "bill,date,part,number,charge,amount\n"
	for i, text := range []string{"B1,2026-01-31,,N1,Fuel,1\n", "B1,,supplement,N2,Fuel,2\n", "B1,2026-02-28,supplement,N3,Fuel,3\n", "B1,,supplement,N4,Fuel,4\nB2,,,N4,Fuel,5\n"} {
		s.write(fmt.Sprintf("inbox/bills/bills_202603%02dT000000Z.csv", 1+i), head+text)
	}
	s.do("ingest")
	want := []string{"B1,1,original,2026-01-31,2026-01-01", "B1,2,supplement,2026-01-31,2026-01-01", "B1,3,supplement,2026-02-28,2026-02-01", "B1,4,supplement,2026-02-28,2026-02-01", "B2,1,original,,1900-01-01"}
	if have := s.told("select bill_no, version, kind, bill_date, p_month from bills"); !slices.Equal(have, want) {
		t.Fatalf("bills\n%s\nwant\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}
