package workspace

import (
	"fmt"
	"os"
	"strings"
)

// Secret gives what env:NAME or file:PATH (relative to the workspace) stands
// for, without the line end of a file. Errors name the reference, never the
// value; a literal is an error.
func (w *Workspace) Secret(ref string) (string, error) {
	kind, name, _ := strings.Cut(ref, ":")
	switch kind {
	case "env":
		if v := w.getenv(name); v != "" {
			return v, nil
		}
		return "", fmt.Errorf("%s: the variable is not set; try: export %s=…", ref, name)
	case "file":
		if !strings.HasPrefix(name, "/") {
			name = w.Path(name)
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("%s: %w", ref, err)
		}
		return strings.TrimRight(string(b), "\r\n"), nil
	}
	return "", fmt.Errorf("a secret is env:NAME or file:PATH, never the value itself")
}
