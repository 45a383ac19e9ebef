package policy

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the expected errors in testdata/bad")

// Each file of testdata/bad is a broken pack or calendar (calendar_*); beside it
// lies what its reader must say.
func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(f)
		if strings.HasPrefix(name, "calendar_") {
			_, err = ParseCalendar(name, b)
		} else {
			_, err = ParsePack(name, b)
		}
		got := fmt.Sprintln(err)
		expected := strings.TrimSuffix(f, ".yaml") + ".txt"
		if *update {
			if err := os.WriteFile(expected, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(expected)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s says\n%swant\n%s", name, got, want)
		}
	}
}

func TestUnknownCalendar(t *testing.T) {
	p := pack(t, "tiktok_us.yaml")
	p.Calendar = "us_fedral"
	err := p.CheckCalendar("tiktok_us.yaml", map[string]*Calendar{"us_federal": federal(t)})
	want := fmt.Sprintf("tiktok_us.yaml:%d:11: unknown calendar \"us_fedral\"; try: us_federal",
		strings.Count(strings.Split(string(dataFile(t, "policies/tiktok_us.yaml")), "\ncalendar:")[0], "\n")+2)
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestErrorsAreNotCoverage(t *testing.T) {
	if _, err := ParsePack("x.yaml", []byte("id: [")); err == nil || errors.Is(err, ErrNotCovered) || !strings.HasPrefix(err.Error(), "x.yaml:1:") {
		t.Errorf("%v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(dataFile(f, "policies/tiktok_us.yaml"))
	f.Add(dataFile(f, "policies/generic.yaml"))
	f.Add(dataFile(f, "calendars/us_federal.yaml"))
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := ParsePack("f.yaml", b); (p == nil) == (err == nil) {
			t.Fatalf("pack %v, error %v", p, err)
		} else if err == nil {
			p.ClockRows()
			p.MetricRows()
			p.TargetRows()
		} else if !strings.HasPrefix(err.Error(), "f.yaml:") {
			t.Fatalf("an error without a place: %v", err)
		}
		if c, err := ParseCalendar("f.yaml", b); (c == nil) == (err == nil) {
			t.Fatalf("calendar %v, error %v", c, err)
		}
	})
}
