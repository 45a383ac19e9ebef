package reports

import (
	"encoding/json"
	"strings"
	"testing"

	"waybill/pipeline/metric"
)

// drawnSeries is a series of a chart's option as the browser gets it.
type drawnSeries struct {
	Name, Type string
	Data       []map[string]any
	LineStyle  struct{ Type string }
	ItemStyle  struct{ Color, BorderColor string }
}

// drawn are the options of the chart with that ID.
func drawn(t *testing.T, w *writer, id string) (series []drawnSeries, option map[string]any) {
	t.Helper()
	for _, c := range w.charts {
		if c.id != "g-"+id {
			continue
		}
		raw, err := json.Marshal(c.options["en"])
		if err != nil {
			t.Fatal(err)
		}
		var whole struct{ Series []drawnSeries }
		if err := json.Unmarshal(raw, &whole); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &option); err != nil {
			t.Fatal(err)
		}
		return whole.Series, option
	}
	t.Fatalf("there is no chart %s", id)
	return nil, nil
}

// A forecast stands apart from the weeks that are over: a dashed interval and a
// hollow point on hatched ground, in no week that the line reaches, and weeks
// beyond those of the series are on the axis.
func TestForecastsStandApart(t *testing.T) {
	b := &weekly{testWriter(t), fixtureOutlook()}
	figures := b.trends().Blocks[0].(pairs)
	series, option := drawn(t, b.writer, "trend-1")
	weeks := len(option["xAxis"].([]any)[0].(map[string]any)["data"].([]any))
	if last := len(b.in.Shops[0].Series[0].Points); weeks != last+1 {
		t.Errorf("%d weeks on the axis, want the %d of the series and one more", weeks, last)
	}
	open := map[int]bool{}
	var intervals, dots int
	for _, s := range series {
		switch s.Name {
		case "not closed":
			for i, d := range s.Data {
				open[i] = d["value"] != nil
			}
		case "forecast interval":
			intervals++
			if s.LineStyle.Type != "dashed" {
				t.Errorf("interval %v is %q", s.Data, s.LineStyle.Type)
			}
		case "forecast":
			dots++
			if s.ItemStyle.Color != paperColour || s.ItemStyle.BorderColor != mainColour {
				t.Errorf("forecast %v is not hollow", s.Data)
			}
		}
	}
	if intervals != 2 || dots != 2 {
		t.Errorf("%d intervals and %d points of 2 forecasts", intervals, dots)
	}
	for _, s := range series {
		for i, d := range s.Data {
			switch {
			case s.Name == "rate" && d["value"] != nil && open[i]:
				t.Errorf("the line reaches into week %d, which is not over", i)
			case strings.HasPrefix(s.Name, "forecast"):
				if at := int(d["value"].([]any)[0].(float64)); !open[at] {
					t.Errorf("%s in week %d, which is over", s.Name, at)
				}
			}
		}
	}
	if got := b.words.plain("en", figures[0].Summary); !strings.Contains(got, "Forecast of W47: 79.0% (80% interval 75.0% – 83.0%).") {
		t.Errorf("summary: %s", got)
	}
	if rows := figures[0].Data.Rows; rows[len(rows)-1].Cells[3].Value != 0.81 || rows[len(rows)-1].Cells[2].Value != nil {
		t.Errorf("last row of the data: %+v", rows[len(rows)-1].Cells)
	}
}

// A forecast of a week that is over by now is not drawn over its rate.
func TestNoForecastOfAClosedWeek(t *testing.T) {
	s := metric.Shop{Forecasts: []metric.Forecast{{Week: fixtureWeek(0, metric.Open), Rate: 0.5}, {Week: fixtureWeek(1, metric.Open), Missing: "no_orders"}}}
	series := metric.Series{Points: []metric.Point{{Week: fixtureWeek(0, metric.Closed), Num: 1, Den: 1}}}
	if got := trendWeeks(s, series); len(got) != 1 || got[0].forecast != nil {
		t.Errorf("weeks %+v", got)
	}
}

// Lines beside each other have one scale.
func TestShopsShareTheirAxis(t *testing.T) {
	b := &weekly{testWriter(t), fixtureFull()}
	b.trends()
	low := map[any]bool{}
	for i := range b.in.Shops {
		_, option := drawn(t, b.writer, "trend-"+digits(i+1))
		low[option["yAxis"].([]any)[0].(map[string]any)["min"]] = true
	}
	if len(b.in.Shops) < 2 || len(low) != 1 {
		t.Errorf("the trends of %d shops begin at %v", len(b.in.Shops), low)
	}
	for _, c := range []struct{ last, want []float64 }{{nil, nil}, {[]float64{14, 10}, []float64{14, 14}}, {[]float64{40, 10}, []float64{40, 10}}} {
		got := curveEnds(c.last)
		for i := range c.want {
			if got[i] != c.want[i] {
				t.Errorf("curves that end at %v are drawn to %v, want %v", c.last, got, c.want)
			}
		}
	}
}

// A channel has the same colour on a page with other channels and without the
// unnamed; up to seven differ.
func TestChannelsKeepTheirColour(t *testing.T) {
	all := []string{"HD-ECO", "HD-STD", "NH-FAST", "NH-STD", "OW-GND", "PB-DDP"}
	whole := channelHues(all)
	seen := map[int]bool{}
	for _, h := range whole {
		seen[h] = true
	}
	if len(seen) != len(all) {
		t.Errorf("%d colours of %d channels: %v", len(seen), len(all), whole)
	}
	for k, h := range channelHues(append([]string{""}, all...)) {
		if k == "" || h != whole[k] {
			t.Errorf("%q has colour %d beside the unnamed, else %d", k, h, whole[k])
		}
	}
	if h := channelHues([]string{"", "OW-GND"}); h["OW-GND"] == 0 || h[""] != 0 {
		t.Errorf("colours %v", h)
	}
	twice := map[int]int{}
	for _, h := range channelHues(append(all, "a", "b", "c", "d", "e", "f", "g", "h")) {
		if twice[h]++; h < 1 || h > hues || twice[h] > 2 {
			t.Errorf("%d of 14 channels have colour %d", twice[h], h)
		}
	}
}

// Weeks whose figures still move are hollow points that no line joins.
func TestYoungWeeksAreNotJoined(t *testing.T) {
	b := &transitPage{testWriter(t), transitFull()}
	b.weeks()
	series, _ := drawn(t, b.writer, "weeks")
	moving := 0
	for _, s := range series {
		for i, d := range s.Data {
			if d["value"] == nil || s.Type != "line" {
				continue
			}
			young := b.in.Weeks[i].Mature < 1
			switch s.Name {
			case "p90", "median", "naive":
				if young {
					t.Errorf("the line of %s reaches into young week %d", s.Name, i)
				}
			case "p90 young":
				moving++
				if !young {
					t.Errorf("hollow point in week %d", i)
				}
			}
		}
	}
	if moving == 0 {
		t.Error("the fixture has no young week with a P90")
	}
}

// Legs that no parcel has ended yet have a table and no empty chart.
func TestNoChartOfLegsWithoutTimes(t *testing.T) {
	r := transitFull()
	for i := range r.Legs {
		r.Legs[i].This.Mean, r.Legs[i].Past.Mean = nil, nil
	}
	b := &transitPage{testWriter(t), r}
	for _, block := range b.legs().Blocks {
		if f, ok := block.(*figure); ok {
			t.Errorf("figure %s", f.ID)
		}
	}
}

func TestNiceTop(t *testing.T) {
	for v, want := range map[float64]float64{0: 1, 0.9: 1, 15.5: 18, 7: 8, 11.4: 12, 40: 50, 94: 100} {
		if got := niceTop(v); got < v || got-want > 1e-9 || want-got > 1e-9 {
			t.Errorf("axis for %v ends at %v, want %v", v, got, want)
		}
	}
}

// Names of lines that end together stand one above the other, below the top.
func TestLabelsStandApart(t *testing.T) {
	at := func(values ...float64) (out []lineLabel) {
		for _, v := range values {
			out = append(out, lineLabel{y: v})
		}
		return out
	}
	for _, c := range []struct{ in, want []float64 }{
		{[]float64{7, 6.5, 10}, []float64{6.5, 8.5, 10.5}}, {[]float64{1, 5, 9}, []float64{1, 5, 9}}, {[]float64{15.9, 15.8, 15.7}, []float64{12, 14, 16}}, {nil, nil},
	} {
		for i, l := range apart(at(c.in...), 2, 16) {
			if l.y != c.want[i] {
				t.Errorf("label %d of %v is at %v, want %v", i, c.in, l.y, c.want)
			}
		}
	}
}

// A code, a date or a range is not broken at its hyphens where it fits a phone;
// a longer text breaks between its words.
func TestWholeWords(t *testing.T) {
	for in, want := range map[string]string{
		"YunExpress":         "YunExpress",
		"a < b":              "a &lt; b",
		"2026-11-10 12:48":   `<span class="k">2026-11-10 12:48</span>`,
		"NH-FAST · nh_line":  `<span class="k">NH-FAST · nh_line</span>`,
		"2026-11-09 – 11-15": `<span class="k">2026-11-09 – 11-15</span>`,
		"2026-11-10 12:48 = 2026-11-10 20:48:15 UTC":      `<span class="k">2026-11-10</span> 12:48 = <span class="k">2026-11-10</span> <span class="k">20:48:15 UTC</span>`,
		"2026-11-09 09:28:19 -08:00":                      `<span class="k">2026-11-09</span> <span class="k">09:28:19 -08:00</span>`,
		"对可以判定。HD-STD 优于 OW-GND：相同构成下准时":                  `对可以判定。<span class="k">HD-STD</span> 优于 <span class="k">OW-GND</span>：相同构成下准时`,
		"no hyphen-less <word-x> in a long line of words": `no <span class="k">hyphen-less</span> <span class="k">&lt;word-x&gt;</span> in a long line of words`,
		strings.Repeat("long-", 8):                        strings.Repeat("long-", 8),
	} {
		if got := whole(in); got != want {
			t.Errorf("%q becomes %s, want %s", in, got, want)
		}
	}
}
