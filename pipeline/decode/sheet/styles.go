package sheet

import (
	"io"
	"strconv"
	"strings"
)

// style is what a cell's number format means for its text.
type style struct {
	kind  uint8
	zeros uint8 // digits of a format of zeros only
}

const (
	plain    uint8 = iota
	dateOnly       // a date without time of day
	dateTime
	timeOnly
)

const maxStyles = 1 << 17 // Excel itself stops at 65,490

// readStyles gives the style of every entry of cellXfs.
func readStyles(r io.Reader) ([]style, error) {
	sc := newScanner(r)
	custom := map[int]style{}
	var cells []int
	in := false
	for {
		kind, err := sc.next()
		if err != nil {
			return nil, err
		}
		name := string(sc.name)
		switch {
		case kind == tokenEOF:
			out := make([]style, len(cells))
			for i, id := range cells {
				if st, ok := custom[id]; ok {
					out[i] = st
				} else {
					out[i] = builtin(id)
				}
			}
			return out, nil
		case kind == tokenStart && name == "numFmt" && len(custom) < maxStyles:
			id, code, err := idAndCode(sc)
			if err != nil {
				return nil, err
			}
			custom[id] = formatStyle(code)
		case kind == tokenStart && name == "cellXfs":
			in = !sc.empty
		case kind == tokenEnd && name == "cellXfs":
			in = false
		case kind == tokenStart && name == "xf" && in && len(cells) < maxStyles:
			id, _, err := idAndCode(sc)
			if err != nil {
				return nil, err
			}
			cells = append(cells, id)
		case kind == tokenStart && name == "dxfs": // conditional formats number their own
			if !sc.empty {
				if err := pass(sc, "dxfs"); err != nil {
					return nil, err
				}
			}
		}
	}
}

// pass reads up to the end tag of a name.
func pass(sc *scanner, name string) error {
	for {
		kind, err := sc.next()
		if err != nil {
			return err
		}
		if kind == tokenEOF {
			return errCut
		}
		if kind == tokenEnd && string(sc.name) == name {
			return nil
		}
	}
}

func idAndCode(sc *scanner) (int, string, error) {
	text, err := sc.attr("numFmtId")
	if err != nil {
		return 0, "", err
	}
	id, err := strconv.Atoi(text)
	if err != nil {
		id = 0 // a cell without a number format is general
	}
	code, err := sc.attr("formatCode")
	return id, code, err
}

// builtin is the style of a format that a workbook need not describe. Those from
// 27 on depend on Excel's language: where one of them shows a time in Chinese and
// a date in Japanese it counts as a date, so that a whole day stays a day.
func builtin(id int) style {
	switch {
	case id >= 14 && id <= 17:
		return style{kind: dateOnly}
	case id >= 18 && id <= 21, id == 45, id == 47, id == 32, id == 33:
		return style{kind: timeOnly}
	case id == 22:
		return style{kind: dateTime}
	case id >= 27 && id <= 36, id >= 50 && id <= 58:
		return style{kind: dateOnly}
	}
	return style{} // 46, [h]:mm:ss, too: an elapsed time
}

// formatStyle reads a format code. The first of its sections, that for positive
// numbers, decides.
func formatStyle(code string) style {
	var day, clock, elapsed, other bool
	zeros := 0
	lower := strings.ToLower(code)
	for i := 0; i < len(lower); i++ {
		switch c := lower[i]; c {
		case ';':
			i = len(lower)
		case '"':
			end := strings.IndexByte(lower[i+1:], '"')
			if end < 0 {
				i = len(lower)
				break
			}
			i += end + 1
			other = true
		case '\\', '_', '*':
			i++
			other = true
		case '[':
			end := strings.IndexByte(lower[i:], ']')
			if end < 0 {
				i = len(lower)
				break
			}
			// [h], [mm], [ss] count beyond a day; others are colour, language, condition.
			unit := lower[i+1 : i+end]
			elapsed = elapsed || (unit != "" && strings.Contains("hms", unit[:1]) && strings.Trim(unit, unit[:1]) == "")
			i += end
		case 'y', 'd':
			day = true
		case 'h', 's':
			clock = true
		case 'm':
			// Minutes stand beside hours or seconds; alone it is a month.
			other = true
			day = day || !nearClock(lower, i)
		case '0':
			zeros++
		default:
			other = true
		}
	}
	switch {
	case elapsed:
		return style{}
	case day && clock:
		return style{kind: dateTime}
	case day:
		return style{kind: dateOnly}
	case clock:
		return style{kind: timeOnly}
	case !other && zeros >= 2 && zeros <= 30:
		return style{zeros: uint8(zeros)}
	}
	return style{}
}

// nearClock tells that the m at i belongs to a time: the letter before its run is
// h, or the one after it s; am/pm is no month either.
func nearClock(code string, i int) bool {
	if strings.HasPrefix(code[max(0, i-1):], "am/pm") || strings.HasPrefix(code[max(0, i-4):], "am/pm") {
		return true
	}
	for j := i - 1; j >= 0; j-- {
		if c := code[j]; c >= 'a' && c <= 'z' && c != 'm' {
			if c == 'h' {
				return true
			}
			break
		}
	}
	for j := i + 1; j < len(code); j++ {
		if c := code[j]; c >= 'a' && c <= 'z' && c != 'm' {
			return c == 's'
		}
	}
	return false
}
