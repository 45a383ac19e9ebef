package workspace

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func make_(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ConfigName), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func none(string) string { return "" }

func TestOpenRefusesWithThePlace(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"key":    {"workspace: a\ncurency: USD\n", `waybill.yaml:2:1: unknown key "curency"; try: currency`},
		"zone":   {"workspace: a\nzone: Mars/Olympus\n", "waybill.yaml:2:7: zone"},
		"memory": {"workspace: a\nlimits: {memory: lots}\n", `memory "lots"; try: 4GB`},
		"little": {"workspace: a\nlimits: {memory: 1MB}\n", "too little"},
		"newer":  {"workspace: a\nlake_format: 99\n", "newer than this program"},
	} {
		_, err := Open(make_(t, c.text), none)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
	if _, err := Open(t.TempDir(), none); !errors.Is(err, ErrNone) {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestFolder(t *testing.T) {
	w, err := Open(make_(t, "workspace: a\n"), func(n string) string { return map[string]string{"EXPORTS": "/data/exports", "REL": "x"}[n] })
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{"inbox/orders": filepath.Join(w.Root, "inbox", "orders"), "env:EXPORTS/shop": "/data/exports/shop", "/abs/a/": "/abs/a"} {
		if got, err := w.Folder(in); err != nil || got != want {
			t.Errorf("%s: got %s, %v; want %s", in, got, err, want)
		}
	}
	if _, err := w.Folder("env:MISSING/a"); !errors.Is(err, ErrUnset) {
		t.Errorf("an unset variable: %v", err)
	}
	if _, err := w.Folder("env:REL/a"); err == nil {
		t.Error("a relative folder in a variable was taken")
	}
}

func TestOverlayShowsTheWorkspaceFirst(t *testing.T) {
	dir := make_(t, "workspace: a\n")
	if err := os.MkdirAll(filepath.Join(dir, "queries", "models"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "queries", "models", "b.sql"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	w, err := Open(dir, none)
	if err != nil {
		t.Fatal(err)
	}
	o := w.Overlay("queries", fstest.MapFS{"models/a.sql": {Data: []byte("built in")}, "models/b.sql": {Data: []byte("built in")}})
	for name, want := range map[string]string{"models/a.sql": "built in", "models/b.sql": "mine"} {
		if b, err := fs.ReadFile(o, name); err != nil || string(b) != want {
			t.Errorf("%s: %s, %v", name, b, err)
		}
	}
	if got, err := fs.Glob(o, "models/*.sql"); err != nil || len(got) != 2 {
		t.Errorf("glob: %v, %v", got, err)
	}
	if !o.Replaced("models/b.sql") || o.Replaced("models/a.sql") {
		t.Error("Replaced is wrong")
	}
}

func TestEngineMemoryLeavesRoomBeside(t *testing.T) {
	for _, c := range []struct{ limit, want int64 }{
		{300e6, 128e6}, {200e6, 100e6}, {400e6, 150e6}, {512e6, 256e6}, {1e9, 500e6}, {3e9, 1500e6}, {4e9, 2500e6}, {8e9, 6500e6},
	} {
		if got := EngineMemory(c.limit); got != c.want {
			t.Errorf("limit %d: the engine gets %d, want %d", c.limit, got, c.want)
		}
	}
}
