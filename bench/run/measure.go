package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"waybill/pipeline/workspace"
)

// usage is what the system counted for one child process.
type usage struct {
	wall    time.Duration
	cpu     time.Duration // user and system, all threads
	peak    int64         // resident bytes at their highest
	written int64         // bytes that it made dirty on the file system
}

// child runs a program to its end; its output goes to progress.
func child(ctx context.Context, progress io.Writer, name string, args ...string) (usage, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = progress, progress
	start := time.Now()
	err := cmd.Run()
	u := usage{wall: time.Since(start)}
	if err != nil {
		return u, fmt.Errorf("%s %s: %w", filepath.Base(name), strings.Join(args, " "), err)
	}
	u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.peak, u.written = r.Maxrss, r.Oublock*512
		if runtime.GOOS == "linux" {
			u.peak *= 1024 // kilobytes there, bytes on macOS
		}
	}
	fmt.Fprintf(progress, "%s: %.1f s\n", filepath.Base(name), u.wall.Seconds())
	return u, nil
}

// size is the bytes of all files below a folder; an absent folder has none.
func size(dir string) int64 {
	total := int64(0)
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // absent, or removed meanwhile: counts nothing
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
		return nil
	})
	return total
}

// share is what of a size such as 4GB or 512MB waybill gives to its engine, in
// megabytes.
func share(memory string) (string, error) {
	s := strings.ToUpper(strings.TrimSpace(memory))
	for unit, bytes := range map[string]float64{"GB": 1e9, "MB": 1e6} {
		if n, err := strconv.ParseFloat(strings.TrimSuffix(s, unit), 64); err == nil && strings.HasSuffix(s, unit) && n > 0 {
			return fmt.Sprintf("%dMB", workspace.EngineMemory(int64(n*bytes))/1e6), nil
		}
	}
	return "", fmt.Errorf("memory %q is no size; try: 4GB", memory)
}
