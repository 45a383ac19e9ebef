package feed

import (
	"crypto/sha256"
	"fmt"
	"regexp"
)

// InnerKey and OuterKey are the variables of the engine's session that hold the
// key of hashed columns: 64 bytes each, the key padded as RFC 2104 says. No
// statement holds the key itself.
const (
	InnerKey = "waybill_pii_inner"
	OuterKey = "waybill_pii_outer"
)

// Treat notes what the workspace does with personal data in the feed's tables,
// as text. It is part of the mapping's identity: with another treatment files
// are mapped anew. Empty: it is all dropped.
func (f *Feed) Treat(how string) { f.treated = how }

// Identity is the text whose hash says whether rows were mapped as they would be now.
func (f *Feed) Identity() []byte {
	if f.treated == "" {
		return f.text
	}
	return []byte(string(f.text) + "\x00personal data: " + f.treated)
}

// variableRE finds what reads a variable of the session, in any spelling that
// the engine takes.
var variableRE = regexp.MustCompile(`(?i)getvariable|duckdb_variables`)

// ReadsVariables names an expression of the feed that could read the key of
// hashed columns, "" where there is none.
func (f *Feed) ReadsVariables() string {
	for _, o := range f.Outputs {
		if variableRE.MatchString(o.Where) {
			return "where of " + o.Name
		}
		for _, name := range sortedKeys(o.Columns) {
			if variableRE.MatchString(o.Columns[name].Expr) {
				return "expr of " + o.Name + "." + name
			}
		}
	}
	return ""
}

// keyedHash is HMAC-SHA-256 (RFC 2104) of a text without outer blanks, as
// lower-case hex; NULL for an empty text.
func keyedHash(text string) string {
	return fmt.Sprintf("sha256(getvariable('%s') || unhex(sha256(getvariable('%s') || encode(nullif(trim(%s, %s), '')))))",
		OuterKey, InnerKey, text, sqlText(trimSet))
}

// KeyPads gives what InnerKey and OuterKey hold.
func KeyPads(key []byte) (inner, outer []byte) {
	if len(key) > sha256.BlockSize {
		sum := sha256.Sum256(key)
		key = sum[:]
	}
	inner, outer = make([]byte, sha256.BlockSize), make([]byte, sha256.BlockSize)
	copy(inner, key)
	copy(outer, key)
	for i := range inner {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	return inner, outer
}
