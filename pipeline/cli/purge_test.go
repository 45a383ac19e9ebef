package cli

import (
	"strings"
	"testing"
)

func TestPurgeIsAskedForTwice(t *testing.T) {
	s := smallDemo(t)
	s.do("run", "weekly")
	s.fails(exitUsage, "waybill.yaml keeps raw files forever; try: --older 90d", "purge", "--yes")
	s.fails(exitUsage, `--older: "soon" is no age; try: 90d`, "purge", "--older", "soon", "--yes")
	s.fails(exitUsage, "a purge cannot be taken back; try: --dry-run", "purge", "--older", "0")
	s.fails(exitUsage, `no such feed: "nope"`, "purge", "--older", "0", "--feed", "nope", "--dry-run")
	var look, done struct {
		Files   []struct{ Path, Feed, File string }
		Bytes   int64
		DryRun  bool `json:"dry_run"`
		Waiting int
	}
	s.decode(&look, "purge", "--older", "0", "--raw", "--dry-run")
	s.decode(&done, "purge", "--older", "0", "--raw", "--yes")
	if !look.DryRun || done.DryRun || len(look.Files) == 0 || len(look.Files) != len(done.Files) || look.Bytes != done.Bytes || look.Waiting != 0 {
		t.Errorf("looked at %+v, did %+v", look, done)
	}
	if out := s.do("purge", "--older", "0", "--yes"); !strings.HasPrefix(out, "removed 0 raw files, 0 bytes\n") {
		t.Errorf("once more: %s", out)
	}
	s.write("waybill.yaml", s.read("waybill.yaml")+"archive: {keep: 400d}\n")
	if out := s.do("purge", "--dry-run"); !strings.HasPrefix(out, "would remove 0 raw files") {
		t.Errorf("with archive.keep: %s", out)
	}
}
