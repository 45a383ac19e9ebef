package feed

import (
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"strings"
	"testing"
)

// TestKeyPads: with these two blocks, two plain hashes make the HMAC of RFC 2104.
func TestKeyPads(t *testing.T) {
	for _, n := range []int{1, 16, 63, 64, 65, 200} {
		key := []byte(strings.Repeat("k", n))
		inner, outer := KeyPads(key)
		in := sha256.Sum256(append(inner, "a text"...))
		got := sha256.Sum256(append(outer, in[:]...))
		m := hmac.New(sha256.New, key)
		m.Write([]byte("a text"))
		if !slices.Equal(got[:], m.Sum(nil)) {
			t.Errorf("a key of %d bytes", n)
		}
	}
}

func TestTreatChangesTheIdentity(t *testing.T) {
	f := &Feed{text: []byte("feed: a\n")}
	if string(f.Identity()) != string(f.Text()) {
		t.Error("without personal data the text alone counts")
	}
	f.Treat("orders_in.street=keep")
	kept := string(f.Identity())
	f.Treat("orders_in.street=hash:00")
	if kept == string(f.Text()) || kept == string(f.Identity()) {
		t.Error("the treatment is no part of it")
	}
}

func TestReadsVariables(t *testing.T) {
	for expr, want := range map[string]string{"upper(a)": "", "GETVARIABLE ('x')": "expr of o.c", "(select value from Duckdb_Variables())": "expr of o.c"} {
		f := &Feed{Outputs: []Output{{Name: "o", Columns: map[string]Column{"c": {Expr: expr}}}}}
		if got := f.ReadsVariables(); got != want {
			t.Errorf("%s: %q", expr, got)
		}
	}
	f := &Feed{Outputs: []Output{{Name: "o", Where: "getvariable('x') is null"}}}
	if f.ReadsVariables() != "where of o" {
		t.Error("where is not looked at")
	}
}
