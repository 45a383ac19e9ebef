// Command bare runs bench/bare.sql, the yardstick of the bench, in the same
// embedded DuckDB that waybill uses.
//
//	bare -sql bench/bare.sql -threads 2 -memory 4GB WORKSPACE
//
// It writes WORKSPACE/bare/*.parquet; with -times it says how long each
// statement took. Exit codes: 0 done, 1 failed, 2 usage.
package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	_ "time/tzdata"

	_ "github.com/duckdb/duckdb-go/v2"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stderr))
}

type options struct {
	script  string
	threads int
	memory  string
	dir     string
	times   io.Writer // nil: silent
}

func run(ctx context.Context, args []string, stderr io.Writer) int {
	var opts options
	times := false
	flags := flag.NewFlagSet("bare", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&opts.script, "sql", "bench/bare.sql", "script to run")
	flags.IntVar(&opts.threads, "threads", 2, "DuckDB threads")
	flags.StringVar(&opts.memory, "memory", "4GB", "DuckDB memory_limit")
	flags.BoolVar(&times, "times", false, "print seconds per statement")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() != 1 {
		fmt.Fprintln(stderr, "bare: want one workspace folder")
		return 2
	}
	opts.dir = flags.Arg(0)
	if times {
		opts.times = stderr
	}
	if err := bare(ctx, opts); err != nil {
		fmt.Fprintln(stderr, "bare:", err)
		return 1
	}
	return 0
}

// bare runs the script with the workspace as working folder, for its paths are
// relative, on one connection, for the zone is a setting of the session.
func bare(ctx context.Context, opts options) error {
	text, err := os.ReadFile(opts.script)
	if err != nil {
		return err
	}
	if err := os.Chdir(opts.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join("bare", "tmp"), 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(filepath.Join("bare", "tmp"))
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	settings := fmt.Sprintf("set threads = %d; set memory_limit = '%s'; set temp_directory = 'bare/tmp'", opts.threads, strings.ReplaceAll(opts.memory, "'", "''"))
	for _, statement := range append(split(settings), split(string(text))...) {
		start := time.Now()
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", firstWords(statement), err)
		}
		if opts.times != nil {
			fmt.Fprintf(opts.times, "%7.2f s  %s\n", time.Since(start).Seconds(), firstWords(statement))
		}
	}
	return nil
}

// firstWords names a statement in a message.
func firstWords(statement string) string {
	lines := strings.Split(strings.TrimSpace(statement), "\n")
	for len(lines) > 1 && (lines[0] == "" || strings.HasPrefix(lines[0], "--")) {
		lines = lines[1:]
	}
	if len(lines[0]) > 60 {
		return lines[0][:60]
	}
	return lines[0]
}

// split cuts a script at its semicolons, not at those within quotes and comments.
func split(script string) []string {
	var statements []string
	start := 0
	add := func(end int) {
		if s := strings.TrimSpace(script[start:end]); firstWords(s) != "" && !strings.HasPrefix(firstWords(s), "--") {
			statements = append(statements, s)
		}
	}
	for i := 0; i < len(script); i++ {
		switch c := script[i]; {
		case c == '\'' || c == '"':
			if end := strings.IndexByte(script[i+1:], c); end >= 0 {
				i += end + 1 // a doubled quote begins a new one at once
			}
		case strings.HasPrefix(script[i:], "--"):
			end := strings.IndexByte(script[i:], '\n')
			if end < 0 {
				end = len(script) - i - 1
			}
			i += end
		case strings.HasPrefix(script[i:], "/*"):
			if end := strings.Index(script[i:], "*/"); end >= 0 {
				i += end + 1
			}
		case c == ';':
			add(i)
			start = i + 1
		}
	}
	add(len(script))
	return statements
}
