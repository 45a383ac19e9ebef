package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRateExport(t *testing.T) {
	s := priced(t)
	if out := s.do("rate", "export", "eco"); !strings.HasSuffix(out, "/out/rates/eco.xlsx\n") {
		t.Error(out)
	}
	first, err := os.ReadFile(filepath.Join(s.dir, "out/rates/eco.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(s.dir, "other.xlsx")
	s.do("rate", "export", "eco", "--out", other)
	again, err := os.ReadFile(other)
	if err != nil || string(again) != string(first) {
		t.Errorf("the same card gives other bytes (%v)", err)
	}
	s.fails(exitUsage, `there is no card "ecoo"; try: eco`, "rate", "export", "ecoo")
}
