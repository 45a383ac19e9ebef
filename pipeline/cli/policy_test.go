package cli

import (
	"os"
	"strings"
	"testing"
)

func TestPolicyTest(t *testing.T) {
	s := space{T: t, dir: t.TempDir()}
	r := s.bare("policy", "test")
	if r.code != exitDone || !strings.Contains(r.out, " 0 failed\n") || !strings.Contains(r.out, "data/policies/amazon_us.cases.yaml:") {
		t.Errorf("exit %d\n%s%s", r.code, r.out, r.err)
	}
	own := s.dir + "/own.yaml"
	text := "pack: tiktok_us\ncases:\n  - name: mine\n    order: {created: 2026-03-20 13:15}\n    expect: {dispatch: 2026-03-25}\n"
	if err := os.WriteFile(own, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	r = s.bare("policy", "test", "tiktok_us", "--cases", own)
	if r.code != exitCheck || !strings.Contains(r.out, "own.yaml:5: mine, dispatch: failed: want 2026-03-25, got 2026-03-24\n1 expectations, 1 failed\n") {
		t.Errorf("exit %d\n%s%s", r.code, r.out, r.err)
	}
	for says, args := range map[string][]string{
		"there is no pack \"tiktok\"": {"policy", "test", "tiktok"},
		"cases of pack tiktok_us":     {"policy", "test", "generic", "--cases", own},
		"is not a date":               {"policy", "show", "generic", "--at", "soon"},
	} {
		if r := s.bare(args...); r.code != exitUsage || !strings.Contains(r.err, says) {
			t.Errorf("%v: exit %d, %s", args, r.code, r.err)
		}
	}
}

func TestPolicyShow(t *testing.T) {
	s := space{T: t, dir: t.TempDir()}
	for at, want := range map[string]string{
		"2026-01-20": "clock\tdispatch\tregular, express, sample\tfirst_scan within 4 business days from order_created\t2026-01-12\t2026-01-26\tS5, S7\n",
		"2026-03-02": "target\tldr\tenforced\t<= 0.10\t2026-03-02\t\tS5 (unverified)\n",
		"2026-11-15": "a month (2026-10-01 to 2026-10-31)",
	} {
		if r := s.bare("policy", "show", "tiktok_us", "--at", at); r.code != exitDone || !strings.Contains(r.out, want) {
			t.Errorf("%s: exit %d, no %q in\n%s%s", at, r.code, want, r.out, r.err)
		}
	}
	if r := s.bare("policy", "show", "tiktok_sea", "--json"); r.code != exitDone || !strings.Contains(r.out, `"from 0.30: orders limited to 70 % of their volume"`) {
		t.Errorf("exit %d\n%s", r.code, r.out)
	}
}
