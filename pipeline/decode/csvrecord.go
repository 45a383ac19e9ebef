package decode

import "bytes"

// record is one CSV record in its cells, unquoted.
type record struct {
	cells   []string
	newLine string
	size    int // bytes, with the line end
}

// fault is a place in the text where a record cannot be read on.
type fault struct {
	at          int
	reason, try string
}

// splitter parts a record into cells as the engine does: a quote opens only at
// the start of a cell (spaces may stand before it) and what follows the closing
// one is a delimiter, the end of the record, or spaces.
type splitter struct {
	delim, quote, escape byte // 0 for no quote or escape
}

// first reads the record at an index of text. Faults lie at an index of text too.
func (s splitter) first(text []byte, at int, whole bool) (record, *fault) {
	var rec record
	i := at
	for {
		cell, next, f := s.cell(text, i, whole)
		if f != nil {
			return record{}, f
		}
		rec.cells = append(rec.cells, cell)
		if next >= len(text) {
			if !whole {
				return record{}, &fault{at, "the record is longer than a megabyte", "check the quotes and the delimiter of the file"}
			}
			rec.size = len(text) - at
			return rec, nil
		}
		switch text[next] {
		case s.delim:
			i = next + 1
		case '\r':
			rec.newLine = "\r"
			rec.size = next + 1 - at
			if next+1 < len(text) && text[next+1] == '\n' {
				rec.newLine = "\r\n"
				rec.size++
			}
			return rec, nil
		default:
			rec.newLine = "\n"
			rec.size = next + 1 - at
			return rec, nil
		}
	}
}

// cell reads one cell from i; next is the index of what ended it.
func (s splitter) cell(text []byte, i int, whole bool) (cell string, next int, f *fault) {
	open := i
	for open < len(text) && text[open] == ' ' && s.delim != ' ' {
		open++
	}
	if s.quote == 0 || open >= len(text) || text[open] != s.quote {
		end := i
		for end < len(text) && text[end] != s.delim && text[end] != '\n' && text[end] != '\r' {
			end++
		}
		return string(text[i:end]), end, nil
	}
	var out []byte
	j := open + 1
	for {
		if j >= len(text) {
			reason := "a quote is opened here and never closed"
			if !whole {
				reason = "a quote is opened here and not closed within a megabyte"
			}
			return "", 0, &fault{open, reason, "close it, or set csv.quote of the feed"}
		}
		c := text[j]
		if s.escape != 0 && c == s.escape && j+1 < len(text) && (text[j+1] == s.quote || (s.escape != s.quote && text[j+1] == s.escape)) {
			out = append(out, text[j+1])
			j += 2
			continue
		}
		if c == s.quote {
			break
		}
		out = append(out, c)
		j++
	}
	j++
	for j < len(text) && text[j] == ' ' && s.delim != ' ' {
		j++
	}
	if j < len(text) && text[j] != s.delim && text[j] != '\n' && text[j] != '\r' {
		return "", 0, &fault{j, "text follows a closing quote", "double the quotes inside a quoted cell"}
	}
	return string(bytes.TrimSpace(out)), j, nil
}
