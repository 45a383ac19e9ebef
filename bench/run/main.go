// Command run measures waybill's whole weekly job against bench/bare.sql over
// the same generated export files, then one more day of files for both, and
// prints a Markdown table.
//
//	run -shipments 200000 -memory 4GB -threads 2
//
// It needs both programs: go build -o bin/waybill ./cmd/waybill, go build -o
// bin/bare ./bench/bare. Exit codes: 0 done, 1 failed or a bound is passed, 2 usage.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
	_ "time/tzdata"

	"waybill/pipeline/demo"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

type options struct {
	shipments    int
	seed         uint64
	memory       string
	threads      int
	work         string
	keep         bool
	waybill      string
	bare         string
	script       string
	maxRatio     float64
	maxIncrement float64
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.shipments, "shipments", 200_000, "about how many shipments, some 11 scans each")
	flags.Uint64Var(&o.seed, "seed", 1, "of the generator")
	flags.StringVar(&o.memory, "memory", "4GB", "limits.memory of waybill; bare's DuckDB gets the part that waybill gives to its own")
	flags.IntVar(&o.threads, "threads", 2, "threads of both")
	flags.StringVar(&o.work, "work", "", "folder to work in (default: a temporary one)")
	flags.BoolVar(&o.keep, "keep", false, "keep the generated workspace")
	flags.StringVar(&o.waybill, "waybill", "bin/waybill", "waybill's binary")
	flags.StringVar(&o.bare, "bare", "bin/bare", "binary of bench/bare")
	flags.StringVar(&o.script, "sql", "bench/bare.sql", "the script that bare runs")
	flags.Float64Var(&o.maxRatio, "max-ratio", 0, "fail when waybill's whole job takes more than this many times bare's (0: no bound)")
	flags.Float64Var(&o.maxIncrement, "max-increment", 0, "fail when one more day takes more than this share of the whole job (0: no bound)")
	formats := flags.Float64("formats", 0, "load big files of other formats instead, this share of their full size (1: a workbook of 1,000,000 x 60, a gzip file of 2 GB)")
	parcels := flags.Int("money", 0, "price this many parcels under six rate cards and audit their bills instead, beside bench/money/audit.sql")
	money := flags.String("money-bin", "bin/money", "binary of bench/money")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() > 0 || o.shipments < 1 || o.threads < 1 {
		fmt.Fprintln(stderr, "run: want -shipments and -threads of at least 1 and no further arguments")
		return 2
	}
	if _, err := share(o.memory); err != nil {
		fmt.Fprintln(stderr, "run:", err)
		return 2
	}
	if *formats > 0 {
		var err error
		if o.waybill, err = filepath.Abs(o.waybill); err == nil {
			err = measureFormats(ctx, o, *formats, stderr, stdout)
		}
		if err != nil {
			fmt.Fprintln(stderr, "run:", err)
			return 1
		}
		return 0
	}
	if *parcels > 0 {
		var err error
		if o.bare, err = filepath.Abs(o.bare); err == nil {
			err = measureMoney(ctx, o, *parcels, *money, stderr, stdout)
		}
		if err != nil {
			fmt.Fprintln(stderr, "run:", err)
			return 1
		}
		return 0
	}
	m, err := measureBoth(ctx, o, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "run:", err)
		return 1
	}
	writeTable(stdout, o, m)
	if broken := m.broken(o); len(broken) > 0 {
		fmt.Fprintln(stderr, "run:", strings.Join(broken, "; "))
		return 1
	}
	return 0
}

// measurement is what one bench found.
type measurement struct {
	truth                   demo.Truth
	inputBytes, dayBytes    int64
	waybill, waybillDay     usage
	bare, bareDay           usage
	waybillSize, bareSize   int64 // bytes on disk after the whole job
	waybillSize2, bareSize2 int64 // and after the day
}

func (m measurement) broken(o options) []string {
	var out []string
	if r := ratio(m.waybill.wall.Seconds(), m.bare.wall.Seconds()); o.maxRatio > 0 && r > o.maxRatio {
		out = append(out, fmt.Sprintf("the whole job takes %.2f times bare, bound %.2f", r, o.maxRatio))
	}
	if r := ratio(m.waybillDay.wall.Seconds(), m.waybill.wall.Seconds()); o.maxIncrement > 0 && r > o.maxIncrement {
		out = append(out, fmt.Sprintf("one more day takes %.2f of the whole job, bound %.2f", r, o.maxIncrement))
	}
	return out
}

func measureBoth(ctx context.Context, o options, progress io.Writer) (m measurement, err error) {
	for _, p := range []*string{&o.waybill, &o.bare, &o.script} {
		if *p, err = filepath.Abs(*p); err != nil {
			return m, err
		}
		if _, err := os.Stat(*p); err != nil {
			return m, fmt.Errorf("%w; try: go build -o bin/waybill ./cmd/waybill && go build -o bin/bare ./bench/bare", err)
		}
	}
	dir, err := os.MkdirTemp(o.work, "waybill-bench-")
	if err != nil {
		return m, err
	}
	if o.keep {
		fmt.Fprintln(progress, "workspace:", dir)
	} else {
		defer os.RemoveAll(dir)
	}
	start := time.Now()
	if m.truth, err = demo.Generate(ctx, dir, demo.Options{Seed: o.seed, Shipments: o.shipments, ExtraDays: 1, Plain: true, NoBills: true}); err != nil {
		return m, err
	}
	fmt.Fprintf(progress, "generated %d shipments, %d scans in %.1f s\n", m.truth.Shipments, m.truth.Events, time.Since(start).Seconds())
	if err := setLimits(dir, o); err != nil {
		return m, err
	}
	held := filepath.Join(dir, "held")
	if err := moveDay(filepath.Join(dir, "inbox"), held, m.truth.AsOf); err != nil {
		return m, err
	}
	m.inputBytes, m.dayBytes = size(filepath.Join(dir, "inbox")), size(held)

	bareMemory, err := share(o.memory)
	if err != nil {
		return m, err
	}
	runBare := func() (usage, int64, error) {
		u, err := child(ctx, progress, o.bare, "-sql", o.script, "-threads", fmt.Sprint(o.threads), "-memory", bareMemory, dir)
		return u, size(filepath.Join(dir, "bare")), err
	}
	runWaybill := func() (usage, int64, error) {
		u, err := child(ctx, progress, o.waybill, "-C", dir, "run", "weekly")
		return u, size(filepath.Join(dir, "lake")) + size(filepath.Join(dir, "state")) + size(filepath.Join(dir, "out")), err
	}
	if m.bare, m.bareSize, err = runBare(); err != nil {
		return m, err
	}
	if m.waybill, m.waybillSize, err = runWaybill(); err != nil {
		return m, err
	}
	if err := moveDay(held, filepath.Join(dir, "inbox"), m.truth.AsOf); err != nil {
		return m, err
	}
	if m.bareDay, m.bareSize2, err = runBare(); err != nil {
		return m, err
	}
	m.waybillDay, m.waybillSize2, err = runWaybill()
	return m, err
}

// setLimits gives the demo's configuration the limits of this bench.
func setLimits(dir string, o options) error {
	path := filepath.Join(dir, "waybill.yaml")
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "limits:") {
			lines[i] = fmt.Sprintf("limits: {memory: %s, threads: %d}", o.memory, o.threads)
			return os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644)
		}
	}
	return fmt.Errorf("%s has no limits to set", path)
}

// moveDay moves the files that were exported at an instant from one tree to another.
func moveDay(from, to string, exported time.Time) error {
	paths, err := filepath.Glob(filepath.Join(from, "*", "*_"+exported.UTC().Format("20060102T150405Z")+".*"))
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		return fmt.Errorf("no export of %s in %s", exported.Format(time.RFC3339), from)
	}
	for _, path := range paths {
		folder := filepath.Join(to, filepath.Base(filepath.Dir(path)))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		if err := os.Rename(path, filepath.Join(folder, filepath.Base(path))); err != nil {
			return err
		}
	}
	return nil
}
