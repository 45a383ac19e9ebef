package carrier

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"waybill/data"
)

// builtinSet is the set of the built-in maps.
func builtinSet(t testing.TB) Set {
	t.Helper()
	maps, err := ParseAll(data.FS, "carriers")
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSet(maps)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// readReal decodes a file of the folder with real exports into v.
func readReal(t *testing.T, name string, v any) {
	t.Helper()
	dir := os.Getenv("WAYBILL_REALDATA")
	if dir == "" {
		t.Skip("WAYBILL_REALDATA is not set: real traces are not read")
	}
	b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

type realScan struct{ code, time, place, text string }

// milestones decides every scan and reports those that nothing maps.
func milestones(t *testing.T, system string, scans []realScan) (map[int]int, []int) {
	t.Helper()
	s := builtinSet(t)
	count, ids := map[int]int{}, make([]int, len(scans))
	for i, e := range scans {
		country, _ := CountryOf(e.place, e.text)
		id, why := s.Decide(system, e.code, e.text, country)
		if id == Unknown {
			t.Errorf("%s: nothing maps %q at %q (country %q)", system, e.text, e.place, country)
		}
		t.Logf("%-24s %-2s %-24s %s | %s", nameOf(id), country, why, e.place, e.text)
		ids[i] = id
		count[id]++
	}
	return count, ids
}

func TestRealTracesGiveTheirTransitTime(t *testing.T) {
	var zto struct {
		Traces []struct{ AcceptTime, Location, AcceptStation string }
	}
	var htky struct {
		Traces []struct{ AcceptTime, AcceptStation string }
	}
	var yto struct {
		Data []struct{ Time, Context, AreaName, Status string }
	}
	readReal(t, "cn_tracks/zto_trace.json", &zto)
	readReal(t, "cn_tracks/kdniao_htky_trace.json", &htky)
	readReal(t, "cn_tracks/kuaidi100_yto_trace.json", &yto)
	traces := map[string][]realScan{}
	for _, e := range zto.Traces {
		traces["ZTO"] = append(traces["ZTO"], realScan{time: e.AcceptTime, place: e.Location, text: e.AcceptStation})
	}
	for _, e := range htky.Traces {
		traces["HTKY"] = append(traces["HTKY"], realScan{time: e.AcceptTime, text: e.AcceptStation})
	}
	for _, e := range yto.Data {
		traces["YTO"] = append(traces["YTO"], realScan{time: e.Time, place: e.AreaName, text: e.Context})
		traces["kuaidi100"] = append(traces["kuaidi100"], realScan{code: e.Status, time: e.Time, place: e.AreaName, text: e.Context})
	}
	for system, want := range map[string]struct {
		events int
		days   float64
	}{"ZTO": {10, 0.94}, "HTKY": {10, 1.87}, "YTO": {9, 1.19}, "kuaidi100": {9, 1.19}} {
		t.Run(system, func(t *testing.T) {
			scans := traces[system]
			if len(scans) != want.events {
				t.Fatalf("%d events, want %d", len(scans), want.events)
			}
			count, ids := milestones(t, system, scans)
			var first, delivered time.Time
			for i, e := range scans {
				at, err := time.Parse(time.DateTime, e.time)
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case ids[i] == 140 && (delivered.IsZero() || at.Before(delivered)):
					delivered = at
				case (ids[i] == 20 || ids[i] == 30) && (first.IsZero() || at.Before(first)):
					first = at
				}
			}
			if days := delivered.Sub(first).Hours() / 24; days < want.days-0.005 || days >= want.days+0.005 {
				t.Errorf("%.4f days from pick-up to delivery, want %.2f", days, want.days)
			}
			if count[20] != 1 || count[140] != 1 || count[120] != 1 {
				t.Errorf("%d pick-ups, %d deliveries, %d out for delivery, want one each", count[20], count[140], count[120])
			}
			if system != "HTKY" && count[135] != 1 {
				t.Errorf("%d stays at a locker or station, want 1", count[135])
			}
		})
	}
}

func TestRealUSPSTraceOfKuaidi(t *testing.T) {
	var doc struct {
		Result struct {
			Data []struct{ Time, Context string }
		}
	}
	readReal(t, "cn_tracks/kuaidi_usps_trace.json", &doc)
	distinct := map[realScan]bool{}
	var scans []realScan
	for _, e := range doc.Result.Data {
		scan := realScan{time: e.Time, text: e.Context}
		if !distinct[scan] {
			scans = append(scans, scan)
		}
		distinct[scan] = true
	}
	if len(doc.Result.Data) != 8 || len(scans) != 7 {
		t.Fatalf("%d events, %d distinct, want 8 and 7", len(doc.Result.Data), len(scans))
	}
	count, _ := milestones(t, "kuaidi_usps", scans)
	if count[140] != 1 || count[120] != 1 || count[100] != 1 {
		t.Errorf("got %v, want one handover, one tour, one delivery", count)
	}
}

func TestRealAggregatorTextsMap(t *testing.T) {
	var after struct {
		Data struct {
			Tracking struct {
				Checkpoints []struct {
					Message, Location, Subtag string
				}
			}
		}
	}
	readReal(t, "tracker_api/aftership_get_tracking.json", &after)
	var byText, byCode []realScan
	for _, c := range after.Data.Tracking.Checkpoints {
		byText = append(byText, realScan{place: c.Location, text: c.Message})
		byCode = append(byCode, realScan{code: c.Subtag, place: c.Location, text: c.Message})
	}
	if len(byText) != 14 {
		t.Fatalf("%d checkpoints, want 14", len(byText))
	}
	for name, scans := range map[string][]realScan{"": byText, "aftership": byCode} {
		if count, _ := milestones(t, name, scans); count[140] != 1 || count[20] != 1 || count[10] != 1 {
			t.Errorf("%q: got %v, want one information, one pick-up, one delivery", name, count)
		}
	}

	var page struct{ JSON []struct{ FLastEvent string } }
	readReal(t, "tracker_api/17track_packages.json", &page)
	var old []realScan
	for _, p := range page.JSON {
		if p.FLastEvent == "" {
			continue
		}
		var e struct{ C, D, Z string }
		if err := json.Unmarshal([]byte(p.FLastEvent), &e); err != nil {
			t.Fatal(err)
		}
		old = append(old, realScan{place: e.C + ", " + e.D, text: e.Z})
	}
	if count, _ := milestones(t, "", old); len(old) != 4 || count[80] != 4 {
		t.Errorf("%d events, %v, want four arrivals", len(old), count)
	}
}
