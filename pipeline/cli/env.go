package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"waybill/pipeline/lake"
	"waybill/pipeline/run"
	"waybill/pipeline/workspace"
)

// Exit codes, as every command's help states them.
const (
	exitDone      = 0
	exitFailed    = 1
	exitUsage     = 2
	exitPartly    = 3
	exitCheck     = 4
	exitOld       = 5
	exitLocked    = 10
	exitCancelled = 130
)

const exitHelp = `
Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 partly done (a feed or file was not loaded, the rest is published),
4 a check failed, 5 data older than max_age, 10 another process holds the workspace, 130 cancelled.`

// Env is the process: nothing else in the program touches it.
type Env struct {
	Args           []string
	Stdin          io.Reader
	Stdout         io.Writer
	Stderr         io.Writer
	Getenv         func(string) string
	Now            func() time.Time
	Pid            int
	Host           string
	Terminal       bool // stdout is one
	StderrTerminal bool
	StdinTerminal  bool // a person may be asked
	Kill           func()
	Interrupt      <-chan os.Signal

	progress *progress
}

// FromProcess is the environment of this process.
func FromProcess() Env {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	sig := make(chan os.Signal, 2)
	signal.Notify(sig, os.Interrupt, syscall.SIGTERM)
	return Env{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Now: time.Now, Pid: os.Getpid(), Host: host,
		Terminal:       term.IsTerminal(int(os.Stdout.Fd())),
		StderrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		StdinTerminal:  term.IsTerminal(int(os.Stdin.Fd())),
		Kill:           func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL); select {} },
		Interrupt:      sig}
}

// exitError carries an exit code with its message.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func exit(code int, format string, args ...any) error {
	return &exitError{code, fmt.Errorf(format, args...)}
}

// Main runs the command line and gives the exit code.
func Main(env Env) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if env.Interrupt != nil {
		go func() {
			select {
			case <-env.Interrupt:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	env.progress = newProgress(&env)
	root := newRoot(&env)
	root.SetArgs(unmistakable(env.Args))
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	err := root.ExecuteContext(ctx)
	env.progress.end()
	code := codeOf(ctx, err)
	if err != nil {
		msg := err.Error()
		if code == exitCancelled {
			msg = "cancelled; the last version stands"
		}
		fmt.Fprintln(env.Stderr, "waybill: "+msg)
	}
	return code
}

// unmistakable keeps an argument that begins with an SQL comment from being
// read as a flag: no flag has white space in its name.
func unmistakable(args []string) []string {
	out := slices.Clone(args)
	for i, a := range out {
		name, _, _ := strings.Cut(a, "=")
		if a == "--" {
			break
		}
		if strings.HasPrefix(a, "--") && strings.ContainsAny(name, " \t\r\n") {
			out[i] = "\n" + a
		}
	}
	return out
}

func codeOf(ctx context.Context, err error) int {
	var ee *exitError
	var locked *lake.LockedError
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil:
		return exitCancelled
	case errors.As(err, &locked):
		return exitLocked
	case errors.As(err, &ee):
		return ee.code
	case errors.Is(err, workspace.ErrNone):
		return exitUsage
	}
	return exitFailed
}

// runEnv hands the process to the run room.
func (e *Env) runEnv() run.Env {
	return run.Env{Stderr: e.Stderr, Getenv: e.Getenv, Now: e.Now, Version: Version, Pid: e.Pid, Host: e.Host,
		Log:  slog.New(slog.NewTextHandler(e.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Fail: e.failpoint(), Loading: e.progress.loading, Step: e.progress.step}
}

// failpoint kills the process at the step that WAYBILL_FAILPOINT names (with
// #n: the n-th time), so that a test can see what a crash leaves behind.
func (e *Env) failpoint() func(string) {
	want := e.Getenv("WAYBILL_FAILPOINT")
	if want == "" {
		return func(string) {}
	}
	name, nth := want, 1
	if i := lastIndex(want, '#'); i >= 0 {
		if _, err := fmt.Sscanf(want[i+1:], "%d", &nth); err == nil {
			name = want[:i]
		}
	}
	seen := 0
	list := e.Getenv("WAYBILL_FAILPOINT_LIST")
	return func(step string) {
		if list != "" {
			fmt.Fprintln(e.Stderr, "failpoint "+step)
		}
		if name != step && name != "*" {
			return
		}
		if seen++; seen == nth {
			e.Kill()
		}
	}
}

func lastIndex(s string, b byte) int {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == b {
			return i
		}
	}
	return -1
}
