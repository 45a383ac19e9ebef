package lake

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math/bits"
	"slices"
)

// sum128 is an unsigned integer modulo 2^128.
type sum128 struct{ hi, lo uint64 }

func (s sum128) add(t sum128) sum128 {
	lo, carry := bits.Add64(s.lo, t.lo, 0)
	hi, _ := bits.Add64(s.hi, t.hi, carry)
	return sum128{hi, lo}
}

func (s sum128) String() string { return fmt.Sprintf("%016x%016x", s.hi, s.lo) }

func parseContent(s string) (sum128, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 16 {
		return sum128{}, fmt.Errorf("content hash %q is not 32 hex digits", s)
	}
	return sum128{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}, nil
}

// versionID names the rows of all tables: SHA-256 over (table, rows, content
// sum) in the order of table names, cut to 64 bits. A table without rows is
// left out, so creating a table changes no id.
func versionID(files map[string][]File) (string, error) {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	h := sha256.New()
	for _, name := range names {
		var rows int64
		var sum sum128
		for _, f := range files[name] {
			c, err := parseContent(f.Content)
			if err != nil {
				return "", fmt.Errorf("%s: %w", f.Path, err)
			}
			rows += f.Rows
			sum = sum.add(c)
		}
		if rows == 0 {
			continue
		}
		if _, err := io.WriteString(h, fmt.Sprintf("%s\x00%d\x00%s\n", name, rows, sum)); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}
