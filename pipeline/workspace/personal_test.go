package workspace

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestParseAge(t *testing.T) {
	for in, want := range map[string]time.Duration{"0": 0, "36h": 36 * time.Hour, "90d": 90 * 24 * time.Hour, "12w": 84 * 24 * time.Hour} {
		if got, err := ParseAge(in); err != nil || got != want {
			t.Errorf("%s: %s, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "90", "-1d", "1.5d", "90 d", "forever", "999999w", "9999999d"} {
		if got, err := ParseAge(in); err == nil || !strings.Contains(err.Error(), "try: ") {
			t.Errorf("%q: %s, %v", in, got, err)
		}
	}
}

func TestPersonalRefusesWithThePlace(t *testing.T) {
	const literal = "0123456789abcdef0123"
	for name, c := range map[string]struct{ text, want string }{
		"keep":              {"workspace: a\narchive: {keep: 3 months}\n", `waybill.yaml:2:17: archive.keep: "3 months" is no age; try: 90d`},
		"no key":            {"workspace: a\npii: {street: hash}\n", "waybill.yaml:2:15: pii.street: hash needs a key; try: key: env:"},
		"literal key":       {"workspace: a\npii:\n  street: hash\n  key: " + literal + "\n", "waybill.yaml:4:8: pii.key: the key itself must not stand here"},
		"literal as a name": {"workspace: a\npii: {key: \"env:" + literal + " x\"}\n", "waybill.yaml:2:12: pii.key: the key itself must not stand here"},
		"number as a key":   {"workspace: a\npii: {key: 1234567890123456789}\n", "pii.key: the key itself must not stand here"},
	} {
		_, err := Open(make_(t, c.text), none)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), literal) || strings.Contains(err.Error(), "1234567890123456789")) {
			t.Errorf("%s: the message holds the key: %v", name, err)
		}
	}
}

func TestPersonalKey(t *testing.T) {
	dir := make_(t, "workspace: a\npii: {street: hash, orders_in.buyer_name: keep, key: file:state/key}\narchive: {keep: 0}\n")
	w, err := Open(dir, none)
	if err != nil {
		t.Fatal(err)
	}
	if p := w.Personal(); len(p) != 2 || p["orders_in.buyer_name"] != "keep" {
		t.Errorf("%v", p)
	}
	if age, set, err := w.Config.Archive.Limit(); age != 0 || !set || err != nil {
		t.Errorf("keep: 0 is %s %t %v", age, set, err)
	}
	if _, err := w.PersonalKey(); err == nil || !strings.Contains(err.Error(), "waybill.yaml:2:") {
		t.Errorf("an absent file: %v", err)
	}
	for text, want := range map[string]string{"short\n": "fewer than 16 bytes", "                         \n": "fewer than 16 bytes", "0123456789abcdef\r\n": ""} {
		if err := os.MkdirAll(filepath.Join(dir, "state"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "state", "key"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		key, err := w.PersonalKey()
		switch {
		case want == "" && (err != nil || string(key) != "0123456789abcdef"):
			t.Errorf("%q: %q, %v", text, key, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "short")):
			t.Errorf("%q: %v", text, err)
		}
	}
}
