package decode

import (
	"bufio"
	"fmt"
	"io"
	"os"
)

// rewrite writes a file anew into a temporary one, which the caller removes;
// where it fails, none is left behind. Errors of fill come back as they are.
func rewrite(path, name, tempDir, pattern string, fill func(r io.Reader, w *bufio.Writer) error) (temp string, err error) {
	r, _, err := open(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	defer r.Close()
	out, err := os.CreateTemp(tempDir, pattern)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	defer func() {
		out.Close()
		if err != nil {
			os.Remove(out.Name())
		}
	}()
	w := bufio.NewWriterSize(out, 256<<10)
	if err := fill(r, w); err != nil {
		return "", err
	}
	if err := w.Flush(); err != nil {
		return "", fmt.Errorf("%s: write records: %w", name, err)
	}
	if err := out.Close(); err != nil {
		return "", fmt.Errorf("%s: write records: %w", name, err)
	}
	return out.Name(), nil
}
