package main

import (
	"archive/zip"
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A load of one big file in a form that the engine cannot read by itself, or
// only as a stream: how long it takes and how much memory it needs.
type formatLoad struct {
	name   string
	rows   int
	memory string // limits.memory of the workspace
	file   string // below inbox/events
	write  func(w io.Writer, rows int) error
}

// columns of both files: seven are mapped, the rest is what such exports carry along.
const wide = 60

var formatLoads = []formatLoad{
	{"XLSX, 60 columns", 1_000_000, "400MB", "events.xlsx", writeWorkbook},
	{"CSV in gzip, 2 GB", 7_500_000, "4GB", "events.csv.gz", writeGzip},
}

// measureFormats loads each file into a workspace of its own.
func measureFormats(ctx context.Context, o options, share float64, progress, out io.Writer) error {
	fmt.Fprintln(out, "| file | size, MB | rows | wall, s | CPU, s | peak memory, MB | limits.memory |\n|---|---:|---:|---:|---:|---:|---:|")
	for _, l := range formatLoads {
		dir, err := os.MkdirTemp(o.work, "waybill-formats-")
		if err != nil {
			return err
		}
		rows := int(float64(l.rows) * share)
		u, bytes, err := l.run(ctx, o, dir, rows, progress)
		if !o.keep {
			err = firstError(err, os.RemoveAll(dir))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		fmt.Fprintf(out, "| %s | %.0f | %d | %.1f | %.1f | %.0f | %s |\n", l.name, float64(bytes)/mega, rows, u.wall.Seconds(), u.cpu.Seconds(), float64(u.peak)/mega, l.memory)
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (l formatLoad) run(ctx context.Context, o options, dir string, rows int, progress io.Writer) (usage, int64, error) {
	for name, text := range map[string]string{
		"waybill.yaml":      "workspace: formats\nzone: UTC\ncurrency: USD\nlimits: {memory: " + l.memory + fmt.Sprintf(", threads: %d}\n", o.threads),
		"feeds/events.yaml": eventsFeed,
	} {
		path := filepath.Join(dir, name)
		if err := firstError(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			return usage{}, 0, err
		}
	}
	path := filepath.Join(dir, "inbox", "events", l.file)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return usage{}, 0, err
	}
	f, err := os.Create(path)
	if err != nil {
		return usage{}, 0, err
	}
	start := time.Now()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := firstError(l.write(w, rows), w.Flush(), f.Close()); err != nil {
		return usage{}, 0, err
	}
	fmt.Fprintf(progress, "wrote %s in %.1f s\n", l.file, time.Since(start).Seconds())
	u, err := child(ctx, progress, o.waybill, "-C", dir, "ingest")
	return u, size(filepath.Join(dir, "inbox")), err
}

const eventsFeed = `feed: events
source: {folder: inbox/events, files: ["*"]}
zone: Asia/Shanghai
exported_at: {value: "2026-11-20 00:00:00+08"}
outputs:
  - name: scans
    table: tracking_events
    columns:
      carrier: {from: carrier}
      tracking_number: {from: number}
      code: {from: code}
      text: {from: text}
      event_at: {from: time}
      place: {from: place}
      country: {from: country}
`

// event is the mapped part of a row.
func event(i int) []string {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 3 * time.Second)
	return []string{"hd_line", fmt.Sprintf("LP%09dCN", i/8), []string{"PU", "IN", "OU", "DEP", "ARR", "IMR", "HLM", "OK"}[i%8],
		"scan " + fmt.Sprint(i%8), at.Format("2006-01-02 15:04:05"), "Shenzhen", "CN"}
}

var eventHeader = []string{"carrier", "number", "code", "text", "time", "place", "country"}

func extraNames(from int) []string {
	var out []string
	for i := from; i < wide; i++ {
		out = append(out, fmt.Sprintf("extra %d", i+1))
	}
	return out
}

// writeGzip writes a CSV file with a cell of random text in each row, so that
// it is as large packed as a real export of ten times as many rows.
func writeGzip(w io.Writer, rows int) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(z, 1<<20)
	fmt.Fprintln(out, strings.Join(append(eventHeader, "payload"), ","))
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	random := rand.NewChaCha8([32]byte{1})
	payload := make([]byte, 320)
	for i := range rows {
		for j := 0; j < len(payload); j += 8 {
			n := random.Uint64()
			for k := range 8 {
				payload[j+k] = letters[n>>(8*k)&63]
			}
		}
		fmt.Fprintf(out, "%s,%s\n", strings.Join(event(i), ","), payload)
	}
	return firstError(out.Flush(), z.Close())
}

// writeWorkbook writes an .xlsx of one sheet with 60 columns: text of its own
// in each row, repeated text as shared strings, numbers.
func writeWorkbook(w io.Writer, rows int) error {
	z := zip.NewWriter(w)
	part := func(name, text string) error {
		p, err := z.Create(name)
		if err != nil {
			return err
		}
		_, err = io.WriteString(p, text)
		return err
	}
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	var shared strings.Builder
	for i := range 500 {
		fmt.Fprintf(&shared, "<si><t>word %d</t></si>", i)
	}
	err := firstError(
		part("[Content_Types].xml", head+`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>`),
		part("_rels/.rels", head+`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`),
		part("xl/workbook.xml", head+`<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Events" sheetId="1" r:id="rId1"/></sheets></workbook>`),
		part("xl/_rels/workbook.xml.rels", head+`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>`),
		part("xl/sharedStrings.xml", head+`<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`+shared.String()+`</sst>`))
	if err != nil {
		return err
	}
	p, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(p, 1<<20)
	inline := func(s string) { fmt.Fprintf(out, `<c t="inlineStr"><is><t>%s</t></is></c>`, s) }
	fmt.Fprint(out, head, `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">`)
	for _, n := range append(eventHeader, extraNames(len(eventHeader))...) {
		inline(n)
	}
	fmt.Fprint(out, "</row>")
	for i := range rows {
		fmt.Fprintf(out, `<row r="%d">`, i+2)
		for _, v := range event(i) {
			inline(v)
		}
		for c := len(eventHeader); c < wide; c++ {
			if c%2 == 0 {
				fmt.Fprintf(out, "<c><v>%d.%02d</v></c>", (i*c)%10000, c)
			} else {
				fmt.Fprintf(out, `<c t="s"><v>%d</v></c>`, (i+c)%500)
			}
		}
		fmt.Fprint(out, "</row>")
	}
	fmt.Fprint(out, "</sheetData></worksheet>")
	return firstError(out.Flush(), z.Close())
}
