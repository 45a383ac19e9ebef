package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// everyCommand of the program, the root first; those that cobra adds are left out.
func everyCommand() []*cobra.Command {
	var out []*cobra.Command
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Name() == "help" || c.Name() == "completion" {
			return
		}
		out = append(out, c)
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(&Env{}))
	return out
}

func TestEveryCommandHasHelp(t *testing.T) {
	s := space{T: t, dir: t.TempDir()}
	for _, c := range everyCommand() {
		args := append(strings.Fields(c.CommandPath())[1:], "--help")
		r := s.bare(args...)
		if r.code != exitDone || r.err != "" {
			t.Errorf("%v: exit %d %s", args, r.code, r.err)
		}
		examples := 0
		for _, line := range strings.Split(c.Example, "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "waybill ") {
				examples++
				checkCommand(t, "the help of "+c.CommandPath(), strings.TrimSpace(line))
			}
		}
		if examples == 0 || !strings.Contains(r.out, "Examples:\n") {
			t.Errorf("%s has no example", c.CommandPath())
		}
		if c.Short == "" {
			t.Errorf("%s has no short text", c.CommandPath())
		}
	}
}

func TestHelpNamesEveryExitCode(t *testing.T) {
	s := space{T: t, dir: t.TempDir()}
	r := s.bare("--help")
	for _, code := range []int{exitDone, exitFailed, exitUsage, exitPartly, exitCheck, exitOld, exitLocked, exitCancelled} {
		if !regexp.MustCompile(fmt.Sprintf(`\b%d [a-z]`, code)).MatchString(r.out[strings.Index(r.out, "Exit codes:"):]) {
			t.Errorf("the help does not name exit code %d", code)
		}
		readme, err := os.ReadFile("../../README.md")
		if err != nil {
			t.Fatal(err)
		}
		if _, codes, ok := strings.Cut(string(readme), "Exit codes:"); !ok || !regexp.MustCompile(fmt.Sprintf(`\b%d [a-z]`, code)).MatchString(codes) {
			t.Errorf("the README does not name exit code %d", code)
		}
	}
	if !strings.Contains(r.out, "WAYBILL_THREADS") {
		t.Error("the help does not say how to bound threads without changing the workspace")
	}
	for _, name := range []string{"run", "ingest", "report", "sql", "status", "check", "init", "plan", "eject"} {
		if r := s.bare(name, "--help"); !strings.Contains(r.out, "Exit codes: 0 done") {
			t.Errorf("the help of %s has no exit codes", name)
		}
	}
}

func TestVersion(t *testing.T) {
	s := space{T: t, dir: t.TempDir()}
	if got := s.do("version"); !regexp.MustCompile(`^waybill \S+ \(go1\.\d+.*\)\n$`).MatchString(got) {
		t.Errorf("version prints %q", got)
	}
	var v map[string]string
	if err := json.Unmarshal([]byte(s.do("version", "--json")), &v); err != nil || v["version"] == "" || v["go"] == "" {
		t.Errorf("%v %v", v, err)
	}
	if got := s.bare("completion", "bash"); got.code != exitDone || !strings.Contains(got.out, "__start_waybill") {
		t.Errorf("no completion for bash: exit %d", got.code)
	}
	if got := s.bare(); got.code != exitDone || !strings.Contains(got.out, "Available Commands:") {
		t.Errorf("waybill alone: exit %d", got.code)
	}
}

func TestCommandsOfTheReadmeExist(t *testing.T) {
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```[a-z]*\n(.*?)```").FindAllStringSubmatch(string(b), -1)
	n := 0
	for _, block := range blocks {
		for _, line := range strings.Split(block[1], "\n") {
			line, _, _ = strings.Cut(line, " #")
			if strings.HasPrefix(line, "waybill ") {
				n++
				checkCommand(t, "the README", strings.TrimSpace(line))
			}
		}
	}
	if n < 5 {
		t.Errorf("the README has %d commands", n)
	}
}

// checkCommand fails for what problems finds.
func checkCommand(t *testing.T, where, line string) {
	t.Helper()
	for _, p := range problems(line) {
		t.Errorf("%s: %s", where, p)
	}
}

// problems looks up every command and flag of a line as people write it:
// several commands behind && each, or several names with | between.
func problems(line string) []string {
	var out []string
	for _, part := range strings.Split(line, "&&") {
		quoted := regexp.MustCompile(`"[^"]*"|'[^']*'`).ReplaceAllString(part, "TEXT")
		quoted, _, _ = strings.Cut(quoted, " #") // said to the reader
		for _, words := range alternatives(quoted) {
			root := newRoot(&Env{})
			root.InitDefaultCompletionCmd()
			bad := func(err any) { out = append(out, fmt.Sprintf("%q: %v", strings.Join(words, " "), err)) }
			cmd, rest, err := root.Find(words)
			switch {
			case err != nil:
				bad(err)
				continue
			case cmd == root:
				bad("no such command")
				continue
			}
			// flags that stand before the command belong to it too
			if err := cmd.ParseFlags(rest); err != nil {
				bad(err)
				continue
			}
			if cmd.Args != nil {
				if err := cmd.Args(cmd, cmd.Flags().Args()); err != nil {
					bad(err)
				}
			}
			if cmd.HasSubCommands() && len(cmd.Flags().Args()) > 0 {
				bad("no such command below " + cmd.CommandPath())
			}
		}
	}
	return out
}

func TestProblemsAreFound(t *testing.T) {
	for _, line := range []string{"waybill frob", "waybill -C shop frob", "waybill run --frob", "waybill -C shop status | frob", "waybill -C shop lake frob", "waybill plan x", "waybill version && waybill frob", "waybill eject a b"} {
		if len(problems(line)) != 1 {
			t.Errorf("%s: %q", line, problems(line))
		}
	}
}

// alternatives takes "waybill -C shop a | b x" apart into the words of a and of b x.
func alternatives(text string) [][]string {
	parts := strings.Split(text, "|")
	first := strings.Fields(parts[0])[1:]
	out := [][]string{first}
	common := first
	for i, w := range first {
		if !strings.HasPrefix(w, "-") && (i == 0 || first[i-1] != "-C") {
			common = first[:i]
			break
		}
	}
	for _, p := range parts[1:] {
		out = append(out, append(append([]string{}, common...), strings.Fields(p)...))
	}
	return out
}
