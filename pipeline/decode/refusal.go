package decode

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Refusal says why a file is not read and what to do. Error reads
// `orders.csv:3:7: what is wrong; try: …`.
type Refusal struct {
	File   string // as shown to a person
	Line   int64  // 1-based; 0 where the whole file is meant
	Col    int64  // 1-based, in bytes; 0 where the line is meant
	Reason string
	Try    string // "" where there is nothing to say
}

func (r *Refusal) Error() string {
	var b strings.Builder
	b.WriteString(r.File)
	if r.Line > 0 {
		fmt.Fprintf(&b, ":%d", r.Line)
		if r.Col > 0 {
			fmt.Fprintf(&b, ":%d", r.Col)
		}
	}
	b.WriteString(": " + r.Reason)
	if r.Try != "" {
		b.WriteString("; try: " + r.Try)
	}
	return b.String()
}

func baseName(path string) string { return filepath.Base(path) }
