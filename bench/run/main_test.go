package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func script(t *testing.T, dir, name, body string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\nset -e\n"+body), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// Two stand-ins take the programs' places and note what they were given.
func TestRunMeasuresBothTwice(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	waybill := script(t, dir, "waybill", `test "$1 $3 $4" = "-C run weekly"
grep -q 'limits: {memory: 3GB, threads: 1}' "$2/waybill.yaml"
echo "waybill $(ls "$2"/inbox/*/* | wc -l)" >> `+log+`
mkdir -p "$2/lake"; echo table > "$2/lake/t"`)
	bare := script(t, dir, "bare", `test "$5 $6" = "-memory 1500MB"
echo "bare $(ls "$7"/inbox/*/* | wc -l)" >> `+log)
	args := []string{"-shipments", "500", "-memory", "3GB", "-threads", "1", "-work", dir, "-waybill", waybill, "-bare", bare, "-sql", bare}

	var out, progress bytes.Buffer
	if code := run(context.Background(), args, &out, &progress); code != 0 {
		t.Fatalf("exit %d: %s", code, progress.String())
	}
	got, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if want := "bare 78\nwaybill 78\nbare 84\nwaybill 84\n"; strings.Join(strings.Fields(string(got)), " ") != strings.Join(strings.Fields(want), " ") {
		t.Errorf("programs saw\n%swant\n%s", got, want)
	}
	if n := strings.Count(out.String(), "\n| "); n != 11 {
		t.Errorf("%d table rows, want a head and 10:\n%s", n, out.String())
	}
	left, err := filepath.Glob(filepath.Join(dir, "waybill-bench-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestBounds(t *testing.T) {
	m := measurement{waybill: usage{wall: 3 * time.Second}, bare: usage{wall: 2 * time.Second}, waybillDay: usage{wall: 300 * time.Millisecond}}
	for _, tc := range []struct {
		ratio, increment float64
		broken           int
	}{{0, 0, 0}, {1.5, 0.1, 0}, {1.4, 0.1, 1}, {1.4, 0.09, 2}} {
		if got := m.broken(options{maxRatio: tc.ratio, maxIncrement: tc.increment}); len(got) != tc.broken {
			t.Errorf("%+v: %q", tc, got)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	var out, progress bytes.Buffer
	if code := run(context.Background(), []string{"-shipments", "0"}, &out, &progress); code != 2 {
		t.Errorf("exit %d, want 2", code)
	}
	if code := run(context.Background(), []string{"-waybill", filepath.Join(t.TempDir(), "absent")}, &out, &progress); code != 1 || !strings.Contains(progress.String(), "try: go build") {
		t.Errorf("exit %d: %s", code, progress.String())
	}
}

func TestShare(t *testing.T) {
	for in, want := range map[string]string{"4GB": "2500MB", "512mb": "256MB", "1.5GB": "750MB", "8GB": "6500MB", "400MB": "150MB", "256MB": "128MB", "lots": "", "4": "", "-1GB": ""} {
		if got, err := share(in); got != want || (err == nil) != (want != "") {
			t.Errorf("share of %s: %s, %v, want %s", in, got, err, want)
		}
	}
}
