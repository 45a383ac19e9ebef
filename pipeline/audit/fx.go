package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"waybill/pipeline/rate"
)

// FXRate is the reference rate of a day: one Base is RateE8 * 0.00000001 Quote.
type FXRate struct {
	Day, Base, Quote string
	RateE8           int64
}

// fxColumns of a file of reference rates.
var fxColumns = []string{"date", "base", "quote", "rate"}

// ReadFX reads CSVs of date, base, quote, rate (one base is rate quote, a plain
// decimal). Every mistake of all files is at file:line:col, file below folder.
func ReadFX(files fs.FS, folder string, names []string) ([]FXRate, error) {
	var out []FXRate
	var errs []error
	seen := map[[3]string]string{}
	for _, n := range names {
		b, err := fs.ReadFile(files, n)
		if err != nil {
			return nil, err
		}
		rows, err := parseFX(path.Join(folder, n), b, seen)
		errs = append(errs, err)
		out = append(out, rows...)
	}
	return out, errors.Join(errs...)
}

func parseFX(file string, b []byte, seen map[[3]string]string) (out []FXRate, err error) {
	err = readTable(file, b, fxColumns, func(rec []string, line int, bad func(int, string, ...any)) {
		x := FXRate{Day: rec[0], Base: rec[1], Quote: rec[2]}
		if _, err := time.Parse(time.DateOnly, x.Day); err != nil {
			bad(0, "date %q; try: 2026-03-02", x.Day)
		}
		for i, c := range []string{x.Base, x.Quote} {
			if len(c) != 3 || strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
				bad(i+1, "%s %q; try: a code of ISO 4217, as USD", fxColumns[i+1], c)
			}
		}
		if x.Base == x.Quote {
			bad(2, "base and quote are both %s", x.Base)
		}
		var err error
		switch x.RateE8, err = rate.Scaled(rec[3], 8); {
		case err != nil:
			bad(3, "rate %w", err)
		case x.RateE8 < 1000 || x.RateE8 > 10_000_000_000_000:
			bad(3, "rate %s; try: 0.00001 to 100000", rec[3])
		}
		key := [3]string{x.Day, x.Base, x.Quote}
		if at := seen[key]; at != "" {
			bad(0, "the rate of %s in %s on %s stands in %s already", x.Base, x.Quote, x.Day, at)
		}
		seen[key] = fmt.Sprintf("%s:%d", file, line)
		out = append(out, x)
	})
	return out, err
}

// rates makes the table of the reference rates.
func (a *Auditor) rates(ctx context.Context) error {
	if err := a.exec(ctx, "create or replace table fx_rows (day varchar, base varchar, quote varchar, rate_e8 bigint)"); err != nil {
		return err
	}
	var rows [][]any
	for _, x := range a.FX {
		rows = append(rows, []any{x.Day, x.Base, x.Quote, x.RateE8})
	}
	if err := a.Engine.Insert(ctx, "fx_rows", rows); err != nil {
		return err
	}
	return a.exec(ctx, "create or replace table fx_rates as select cast(day as date) as day, base, quote, rate_e8 from fx_rows")
}
