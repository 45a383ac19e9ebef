package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"waybill/pipeline/metric"
)

// weeklyPage renders the weekly page anew and gives its id and bytes.
func (s space) weeklyPage(flags ...string) (id, page string) {
	s.Helper()
	if err := os.RemoveAll(s.path("out")); err != nil {
		s.Fatal(err)
	}
	file := strings.TrimSpace(s.do(append([]string{"report", "weekly"}, flags...)...))
	if !strings.HasPrefix(file, s.path("out")) {
		s.Fatalf("the page lies in %s", file)
	}
	return s.pageAt(file)
}

func (s space) pageAt(file string) (id, page string) {
	s.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		s.Fatal(err)
	}
	note, err := os.ReadFile(file + ".id")
	if err != nil {
		s.Fatal(err)
	}
	return strings.Fields(string(note))[0], string(b)
}

// same fails where two pages differ, with the first place.
func (s space) same(what, wantID, want, gotID, got string) {
	s.Helper()
	if wantID != gotID {
		s.Errorf("%s: report id %s, want %s", what, gotID, wantID)
	}
	if want == got {
		return
	}
	i := 0
	for i < min(len(want), len(got)) && want[i] == got[i] {
		i++
	}
	around := func(t string) string { return t[max(0, i-80):min(len(t), i+80)] }
	s.Errorf("%s: the bytes differ from byte %d of %d and %d on:\n%s\n%s", what, i, len(want), len(got), around(want), around(got))
}

func TestSameReportSameBytes(t *testing.T) {
	s := smallDemo(t)
	s.env["WAYBILL_THREADS"] = "1"
	s.do("run", "weekly")
	id, page := s.pageAt(s.path("out/weekly.html"))
	if len(page) < 100_000 || !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(id) || !strings.Contains(page, id) {
		t.Fatalf("report %q of %d bytes", id, len(page))
	}

	s.env["WAYBILL_THREADS"] = "2"
	gotID, got := s.weeklyPage()
	s.same("two threads", id, page, gotID, got)

	t.Run("another process, zone and locale", func(t *testing.T) {
		s := space{T: t, dir: s.dir}
		if err := os.RemoveAll(s.path("out")); err != nil {
			t.Fatal(err)
		}
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(self, "-C", "shop", "report", "weekly")
		cmd.Dir = filepath.Dir(s.dir)
		cmd.Env = environ("TZ=Asia/Shanghai", "LANG=zh_CN.UTF-8", "LC_ALL=zh_CN.UTF-8")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		gotID, got := s.pageAt(s.path("out/weekly.html"))
		s.same("another process", id, page, gotID, got)
	})

	t.Run("ingested again elsewhere with other threads", func(t *testing.T) {
		other := smallDemo(t)
		other.env["WAYBILL_THREADS"] = "3"
		other.do("run", "weekly")
		gotID, got := other.pageAt(other.path("out/weekly.html"))
		other.same("second workspace", id, page, gotID, got)
	})

	t.Run("moved", func(t *testing.T) {
		moved := space{T: t, dir: filepath.Join(t.TempDir(), "moved here")}
		if err := os.Rename(s.dir, moved.dir); err != nil {
			t.Fatal(err)
		}
		gotID, got := moved.weeklyPage()
		moved.same("moved, read only", id, page, gotID, got)
		r := moved.try("run", "weekly")
		if r.code != exitDone || !strings.Contains(r.out, "nothing new\n") || strings.Contains(r.out, "facts of") || strings.Count(r.err, "\n") > maxNotes+1 {
			t.Errorf("a run after the move: exit %d\n%s%s", r.code, r.out, r.err)
		}
		gotID, got = moved.weeklyPage()
		moved.same("moved, after a run", id, page, gotID, got)
	})
}

// A page of the past is the page of that time: what came later changes neither
// its numbers nor its bytes.
func TestOlderVersionGivesOlderBytes(t *testing.T) {
	s := smallDemo(t)
	late := s.path("inbox/track_last/track_last_20261116T080000Z.csv")
	kept, err := os.ReadFile(late)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(late); err != nil {
		t.Fatal(err)
	}
	s.do("run", "weekly")
	_, first := s.pageAt(s.path("out/weekly.html"))
	var before metric.Weekly
	s.decode(&before, "report", "weekly")
	pastID, past := s.weeklyPage("--known-at", "1")
	if past != first {
		t.Error("--known-at the newest version gives another page than without it")
	}
	cutID, cut := s.weeklyPage("--as-of", "2026-06-01T07:00:00Z", "--known-at", "1")
	if cutID == pastID || cut == past {
		t.Error("an earlier as-of gives the same page")
	}

	if err := os.WriteFile(late, kept, 0o644); err != nil {
		t.Fatal(err)
	}
	s.do("run", "weekly")
	_, now := s.pageAt(s.path("out/weekly.html"))
	if now == first {
		t.Fatal("another month of scans changes nothing")
	}
	for _, name := range []string{"1", before.Trust.LakeVersion, before.Trust.LakeVersion[:8]} {
		gotID, got := s.weeklyPage("--known-at", name)
		s.same("known at "+name, pastID, past, gotID, got)
	}
	gotID, got := s.weeklyPage("--as-of", "2026-06-01T07:00:00Z", "--known-at", "1")
	s.same("as of June, known at 1", cutID, cut, gotID, got)
	if n, old := s.rows("select count(*) from tracking_events"), s.rows("select count(*) from tracking_events", "--known-at", "1"); n[0][0] == old[0][0] {
		t.Errorf("both versions have %s scans", n[0][0])
	}
}
