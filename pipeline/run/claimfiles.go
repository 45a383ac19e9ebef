package run

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"waybill/pipeline/claims"
	"waybill/pipeline/decode/charset"
	"waybill/pipeline/decode/sheet"
	"waybill/pipeline/ledger"
	"waybill/reports"
)

// ExportClaims writes a dispute pack, XLSX and CSV, for each provider with claims
// in one of the states, of one provider where it is given. dir empty: the
// workspace's. Nothing is sent, and no claim changes.
func (r *Runner) ExportClaims(ctx context.Context, v View, provider string, states []string, dir string) ([]PackFiles, error) {
	book, err := r.ClaimBook(ctx, v)
	if err != nil {
		return nil, err
	}
	if dir == "" {
		dir = filepath.Join(r.WS.OutDir(), packsDir)
	}
	var out []PackFiles
	var files []newFile
	packs := book.Packs(provider, states)
	proofs, err := r.proofs(ctx, v, packs)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(cmp.Or(r.WS.Config.Zone, "UTC"))
	if err != nil {
		return nil, err
	}
	for _, p := range packs {
		rules, err := r.ruleNames(p.Language)
		if err != nil {
			return nil, err
		}
		made, err := reports.Dispute(p, reports.DisputeFacts{Charges: r.chargeNames(p.Language), Rules: rules, Proofs: proofs[p.Provider], Zone: zone}, r.reportFiles())
		if err != nil {
			return nil, err
		}
		f := PackFiles{p, filepath.Join(dir, p.Batch+".xlsx"), filepath.Join(dir, p.Batch+".csv")}
		files = append(files, newFile{f.XLSX, made.XLSX}, newFile{f.CSV, made.CSV})
		out = append(out, f)
	}
	r.Env.Fail("claims.packed")
	return out, writeFiles(files...)
}

// ClaimAnswers is what the import of a provider's answer did.
type ClaimAnswers struct {
	File     string           `json:"file"`
	Decided  []claims.Claim   `json:"decided"`
	Known    int              `json:"known"`      // rows that the ledger holds already
	Silent   int              `json:"unanswered"` // rows without a decision
	Problems []claims.Problem `json:"problems"`
	Applied  bool             `json:"applied"`
}

// ImportClaims reads a provider's answer, CSV or XLSX. With problems nothing of
// it is applied, unless partial.
func (r *Runner) ImportClaims(ctx context.Context, file string, partial bool, by string) (out ClaimAnswers, err error) {
	out = ClaimAnswers{File: file, Decided: []claims.Claim{}, Problems: []claims.Problem{}}
	raw, err := os.ReadFile(file)
	if err != nil {
		return out, err
	}
	rows, err := readRows(ctx, file, r.WS.TempDir())
	if err != nil {
		return out, err
	}
	answers, silent, bad, err := claims.ReadAnswers(rows)
	if err != nil {
		return out, fmt.Errorf("%s: %w", file, err)
	}
	for i := range answers {
		answers[i].Charge = r.chargeCalled(answers[i].Charge)
	}
	out.Silent = silent
	hash := sha256.Sum256(raw)
	var ids []string
	book, _, err := r.decide(ctx, func(b *claims.Book) ([]ledger.Entry, error) {
		made, known, more := b.Answer(answers, hex.EncodeToString(hash[:8]))
		out.Known, out.Problems = known, append(slices.Clone(bad), more...)
		slices.SortStableFunc(out.Problems, func(x, y claims.Problem) int { return int(x.Line - y.Line) })
		if out.Applied = partial || len(out.Problems) == 0; !out.Applied {
			return nil, nil
		}
		ids = nil
		at := r.Env.Now()
		var entries []ledger.Entry
		for _, a := range made {
			e, err := a.Entry(at, by, fmt.Sprintf("%s:%d", filepath.Base(file), a.Line))
			if err != nil {
				return nil, err
			}
			ids, entries = append(ids, a.ID), append(entries, e)
		}
		return entries, nil
	})
	if err != nil {
		return out, err
	}
	out.Decided = append(out.Decided, pick(book, ids)...)
	return out, nil
}

// maxAnswer is the largest file of an answer or pack, in bytes.
const maxAnswer = 64 << 20

// readRows reads a table out of a CSV file in any encoding, or a workbook, with
// the header first.
func readRows(ctx context.Context, file, tempDir string) (_ []claims.Row, err error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxAnswer {
		return nil, fmt.Errorf("%s: %w: it is larger than %d MB", file, claims.ErrSheet, maxAnswer>>20)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(b, []byte("PK")) || bytes.HasPrefix(b, []byte("\xd0\xcf\x11\xe0")) {
		return readSheet(ctx, file, tempDir)
	}
	encoding := "gb18030" // what spreadsheets in China write; a few characters are too few to tell
	if g := charset.Detect(b, true); g.Confidence >= 0.8 {
		encoding = g.Encoding
	}
	var text bytes.Buffer
	if err := charset.Convert(ctx, &text, bytes.NewReader(b), encoding); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", file, claims.ErrSheet, err)
	}
	rows, err := readCSV(text.Bytes())
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", file, claims.ErrSheet, err)
	}
	return fromHeader(rows), nil
}

func readCSV(text []byte) ([]claims.Row, error) {
	in := csv.NewReader(bytes.NewReader(text))
	in.FieldsPerRecord = -1
	first, _, _ := bytes.Cut(text, []byte("\n"))
	for _, comma := range "\t;" {
		if bytes.ContainsRune(first, comma) && !bytes.ContainsRune(first, ',') {
			in.Comma = comma
		}
	}
	var out []claims.Row
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := in.FieldPos(0)
		out = append(out, claims.Row{Line: int64(line), Cells: cells})
	}
}

// fromHeader leaves out titles above the header.
func fromHeader(rows []claims.Row) []claims.Row {
	for i := range min(len(rows), 20) {
		if claims.Header(rows[i].Cells) {
			return rows[i:]
		}
	}
	return rows
}

func readSheet(ctx context.Context, file, tempDir string) (_ []claims.Row, err error) {
	if err := os.MkdirAll(tempDir, 0o755); err != nil {
		return nil, err
	}
	res, err := sheet.Convert(ctx, file, sheet.Options{Name: file, Expect: claims.AnswerColumns, TempDir: tempDir})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", claims.ErrSheet, err)
	}
	defer func() { err = errors.Join(err, os.Remove(res.Path)) }()
	text, err := os.ReadFile(res.Path)
	if err != nil {
		return nil, err
	}
	rows, err := readCSV(text)
	if err != nil {
		return nil, err
	}
	for i := range rows { // the sheet's rows, not those of the copy
		rows[i].Line = int64(res.HeaderRow)
		if i > 0 {
			rows[i].Line = res.Row(int64(i))
		}
	}
	return rows, nil
}
