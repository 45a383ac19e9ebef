package audit

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// readTable reads a CSV of just these columns and shows each record to row, which
// says what is wrong with it: bad is given the cell's place among the columns.
// Every mistake comes at file:line:col; line is that of the record.
func readTable(file string, b []byte, columns []string, row func(rec []string, line int, bad func(i int, format string, args ...any))) error {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil || !slices.Equal(head, columns) {
		return fmt.Errorf("%s:1:1: the header is %q; try: %s", file, strings.Join(head, ","), strings.Join(columns, ","))
	}
	var errs []error
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return errors.Join(errs...)
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			return fmt.Errorf("%s:%d:%d: %w", file, broken.Line, broken.Column, broken.Err)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		bad := func(i int, format string, args ...any) {
			line, col := r.FieldPos(min(i, len(rec)-1))
			errs = append(errs, fmt.Errorf("%s:%d:%d: "+format, append([]any{file, line, col}, args...)...))
		}
		if len(rec) != len(columns) {
			bad(0, "%d cells; try: %d", len(rec), len(columns))
			continue
		}
		line, _ := r.FieldPos(0)
		row(rec, line, bad)
	}
}
