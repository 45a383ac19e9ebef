package cli

import (
	"fmt"
	"os"
	"strings"
	"testing"
	_ "time/tzdata"
)

// asProgram makes the test binary behave as the program, for tests whose point
// is another process.
const asProgram = "WAYBILL_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "1" {
		os.Exit(Main(FromProcess()))
	}
	dir, err := os.MkdirTemp("", "waybill-cli-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	shared.root = dir
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// environ is this environment for a program of its own, without what a test sets.
func environ(extra ...string) []string {
	var out []string
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); name != "TZ" && name != "LANG" && name != "LC_ALL" && !strings.HasPrefix(name, "WAYBILL_") {
			out = append(out, e)
		}
	}
	return append(append(out, asProgram+"=1"), extra...)
}
