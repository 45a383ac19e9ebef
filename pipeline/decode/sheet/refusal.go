package sheet

import (
	"fmt"
)

// Refusal says why a workbook is not read and what to do. Error reads
// `sheet "Orders" B7: what is wrong; try: …`; the place is left out where the
// whole file is meant.
type Refusal struct {
	Reason string
	Try    string // "" where there is nothing to say
	Sheet  string // "" where the whole file is meant
	Row    int64  // 1-based; 0 where the whole sheet is meant
	Col    int64  // 1-based; 0 where the whole row is meant
}

func (r *Refusal) Error() string {
	place := r.Place()
	if place != "" {
		place += ": "
	}
	if r.Try != "" {
		return place + r.Reason + "; try: " + r.Try
	}
	return place + r.Reason
}

// Place is the sheet with its cell or row as errors name them, "" where the
// whole file is meant.
func (r *Refusal) Place() string {
	switch {
	case r.Sheet == "":
		return ""
	case r.Row > 0 && r.Col > 0:
		return fmt.Sprintf("sheet %q %s%d", r.Sheet, letters(r.Col), r.Row)
	case r.Row > 0:
		return fmt.Sprintf("sheet %q row %d", r.Sheet, r.Row)
	}
	return fmt.Sprintf("sheet %q", r.Sheet)
}

// letters names a 1-based column as Excel does: 1 is A, 27 is AA.
func letters(col int64) string {
	s := ""
	for ; col > 0; col = (col - 1) / 26 {
		s = string(rune('A'+(col-1)%26)) + s
	}
	return s
}

const (
	trySave     = "save it as .xlsx or CSV UTF-8 in Excel"
	tryAgain    = "download it again, or open it in Excel and save it anew"
	tryPassword = "password: env:NAME with the variable that holds it"
)

func damaged(what string, err error) error {
	if err != nil {
		what += fmt.Sprintf(" (%v)", err)
	}
	return &Refusal{Reason: "workbook is damaged: " + what, Try: tryAgain}
}

func clip(s string, runes int) string {
	n := 0
	for i := range s {
		if n == runes {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
