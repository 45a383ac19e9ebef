package reports

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// inline is an inline style or script with the hash that lets it run.
type inline struct {
	text string
	hash string // 'sha256-…' as a source of the policy
}

// inlineFile reads a file that stands inline in the page. Line ends become LF,
// as the browser's parser makes them before it takes the hash. A text that
// would close its element, or that the parser would read as the start of a
// comment inside a script, is refused: its meaning would change.
func inlineFile(files fs.FS, name string) (inline, error) {
	raw, err := fs.ReadFile(files, name)
	if errors.Is(err, fs.ErrNotExist) && name == bundleFile {
		return inline{}, fmt.Errorf("reports/%s is missing: this program was built without the chart library; try: make %s, then build again",
			name, "reports/"+name)
	}
	if err != nil {
		return inline{}, fmt.Errorf("read reports/%s: %w", name, err)
	}
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	lower := strings.ToLower(string(raw))
	for _, bad := range []string{"</script", "</style", "<!--", "<script", "\x00"} {
		if at := strings.Index(lower, bad); at >= 0 {
			line := 1 + strings.Count(lower[:at], "\n")
			return inline{}, fmt.Errorf("reports/%s:%d: %q cannot stand in an inline block; try: split the text in two strings", name, line, bad)
		}
	}
	sum := sha256.Sum256(raw)
	return inline{text: string(raw), hash: "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"}, nil
}

// contentPolicy allows the page's own blocks and nothing else. data: images
// are there for the empty icon, without which a browser asks a server for one.
func contentPolicy(style inline, scripts ...inline) string {
	hashes := make([]string, len(scripts))
	for i, s := range scripts {
		hashes[i] = s.hash
	}
	return "default-src 'none'; script-src " + strings.Join(hashes, " ") +
		"; style-src " + style.hash + "; img-src data:; base-uri 'none'; form-action 'none'"
}
