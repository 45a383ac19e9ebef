package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// measureMoney prices parcels under six cards and audits the bills for them, by
// hand and by waybill, and holds both against each other.
func measureMoney(ctx context.Context, o options, parcels int, money string, progress, out io.Writer) (err error) {
	if money, err = filepath.Abs(money); err != nil {
		return err
	}
	dir := o.work
	if dir == "" {
		if dir, err = os.MkdirTemp("", "waybill-bench-"); err != nil {
			return err
		}
	}
	if !o.keep {
		defer os.RemoveAll(dir)
	}
	engine, err := share(o.memory)
	if err != nil {
		return err
	}
	megabytes, err := strconv.ParseInt(strings.TrimSuffix(engine, "MB"), 10, 64)
	if err != nil {
		return err
	}
	if _, err := child(ctx, progress, money, "-make", dir); err != nil {
		return err
	}
	script := func(name string, head string, parts ...string) (string, error) {
		text := head
		for _, p := range parts {
			b, err := os.ReadFile(filepath.Join("bench", "money", p))
			if err != nil {
				return "", err
			}
			text += string(b)
		}
		path := filepath.Join(dir, name)
		return path, os.WriteFile(path, []byte(text), 0o644)
	}
	prepare, err := script("make.sql", fmt.Sprintf("set variable parcels_n = %d;\n", parcels), "price.sql", "make.sql")
	if err != nil {
		return err
	}
	byHand, err := script("money.sql", "", "price.sql", "audit.sql")
	if err != nil {
		return err
	}
	bare := func(script string) (usage, error) {
		return child(ctx, progress, o.bare, "-sql", script, "-threads", strconv.Itoa(o.threads), "-memory", engine, dir)
	}
	if _, err := bare(prepare); err != nil {
		return err
	}
	hand, err := bare(byHand)
	if err != nil {
		return err
	}
	ours, err := child(ctx, progress, money, "-times", "-threads", strconv.Itoa(o.threads), "-memory", strconv.FormatInt(megabytes*1_000_000, 10), dir)
	if err != nil {
		return err
	}
	if _, err := child(ctx, out, money, "-compare", dir); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%d parcels under 6 cards, then the bills for them under their own; %d threads, limits.memory %s, %s/%s, %d CPUs.\n\n", parcels, o.threads, o.memory, runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	fmt.Fprintln(out, "| | waybill | by hand | ratio |\n|---|---:|---:|---:|")
	for _, r := range []struct {
		name string
		a, b float64
	}{{"wall, s", ours.wall.Seconds(), hand.wall.Seconds()}, {"CPU, s", ours.cpu.Seconds(), hand.cpu.Seconds()}, {"peak memory, MB", float64(ours.peak) / mega, float64(hand.peak) / mega}} {
		fmt.Fprintf(out, "| %s | %.1f | %.1f | %.2f |\n", r.name, r.a, r.b, ratio(r.a, r.b))
	}
	return nil
}
