package feed_test

import (
	"fmt"
	"strings"
	"testing"

	"waybill/pipeline/feed"
)

func guessable(t *testing.T, name, text string) *feed.Feed {
	t.Helper()
	f, err := feed.ParseTemplate("data/feeds/"+name+".yaml", []byte(text), contracts(t))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestGuess(t *testing.T) {
	table := func(name, signature, columns string) *feed.Feed {
		return guessable(t, name, "template: {title: x, kind: orders, signature: "+signature+"}\nformat: [csv, xlsx]\noutputs:\n  - table: orders_in\n    columns: {platform: {value: p}, shop_id: {value: s}, order_id: {from: Order ID}"+columns+"}\n")
	}
	all := []*feed.Feed{
		table("small", "{all: [Order ID]}", ""),
		table("large", "{all: [Order ID, Paid Time], any: [State, City]}", ", state: {from: State}"),
		table("dmy", "{all: [Order ID, Paid Time]}", ", created_at: {from: Paid Time, formats: ['%d/%m/%Y']}"),
		table("mdy", "{all: [Order ID, Paid Time]}", ", created_at: {from: Paid Time, formats: ['%m/%d/%Y']}"),
		table("returns", "{all: [Order ID, Paid Time], none: [State]}", ""),
		guessable(t, "scans", "template: {title: x, kind: tracking, signature: {all: [$.code, $.data.accepted, number, track_info.tracking.providers], any: [tag]}}\nformat: json\njson: {records: '$.data.accepted[*]'}\noutputs:\n  - table: tracking_events\n    explode: [track_info.tracking.providers, events]\n    columns: {tracking_number: {parent: number}, carrier: {from: ^.provider.name}, event_at: {from: t, formats: [iso]}}\n"),
		guessable(t, "other", "template: {title: x, kind: tracking, signature: {all: [number, checkpoints]}}\nformat: ndjson\noutputs:\n  - table: tracking_events\n    explode: checkpoints\n    columns: {tracking_number: {parent: number}, event_at: {from: t}}\n"),
	}
	for name, c := range map[string]struct {
		head feed.Head
		want string
	}{
		"all of it": {feed.Head{Columns: []string{"order id", "PAID TIME\t", "State"}, Rows: [][]string{{"1", "12/31/2026", "x"}, {"2", "01/02/2026"}, {"3", ""}}},
			"mdy 1.00 []; dmy 1.00 []; large 1.00 []; small 1.00 []; returns 0.50 []"},
		"part of it": {feed.Head{Columns: []string{"Order ID"}},
			"small 1.00 []; dmy 0.50 [Paid Time]; mdy 0.50 [Paid Time]; returns 0.50 [Paid Time]; large 0.40 [Paid Time State City]"},
		"nothing": {feed.Head{Columns: []string{"x"}}, ""},
		"a document": {feed.Head{JSON: []byte(`{"code": 0, "data": {"accepted": [{"number": "N", "tag": null, "track_info": {"tracking": {"providers": [{"provider": {"name": "A"}, "events": [{"t": "2026-01-05"}]}]}}}]}}`)},
			"scans 1.00 []"},
		"lines that are cut off": {feed.Head{JSON: []byte("\ufeff{\"number\": 1, \"checkpoints\": []}\n{\"number\": 2, \"che")},
			"other 1.00 []; scans 0.20 [$.code $.data.accepted track_info.tracking.providers tag]"},
		"no JSON": {feed.Head{JSON: []byte("<html>")}, ""},
	} {
		var got []string
		for _, s := range feed.Guess(all, c.head) {
			if s.Why == "" {
				t.Errorf("%s: %s without a reason", name, s.Template)
			}
			got = append(got, fmt.Sprintf("%s %.2f %v", s.Template, s.Confidence, s.Missing))
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "; "), c.want)
		}
	}
	why := feed.Guess(all, feed.Head{Columns: []string{"Order ID", "Paid Time", "State"}, Rows: [][]string{{"1", "12/31/2026", "x"}}})[0].Why
	if why != "2 of 2 names of the signature; 1 of 1 sampled times can be read" {
		t.Error(why)
	}
}

// FuzzGuess: a sample of any bytes gives scores between 0 and 1, in order.
func FuzzGuess(f *testing.F) {
	t, err := feed.ParseTemplate("data/feeds/p.yaml", []byte("template: {title: x, kind: tracking, signature: {all: [$.data, number], any: ['$.a[*].b[0]', \"$['x y'].z\"], none: [no]}}\njson: {records: '$.data[*]'}\noutputs:\n  - table: tracking_events\n    explode: [a, b]\n    columns: {tracking_number: {parent: number}, carrier: {from: ^.c}, event_at: {from: [t, u.v], formats: [epoch_s, '%d/%m/%Y %q']}}\n"), contracts(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"data": [{"number": 1, "a": [{"b": [{"t": 1767600000}]}]}]}`), "number")
	f.Add([]byte("[[[[1]]]]\n{}"), "")
	f.Add([]byte(nil), "Data\x00Number")
	f.Fuzz(func(test *testing.T, sample []byte, columns string) {
		head := feed.Head{JSON: sample, Columns: strings.Split(columns, "\x00"), Rows: [][]string{strings.Split(columns, "\x00")}}
		for _, s := range feed.Guess([]*feed.Feed{t, t}, head) {
			if !(s.Confidence > 0 && s.Confidence <= 1) || s.Why == "" || (s.Confidence == 1 && len(s.Missing) > 0) {
				test.Errorf("%+v", s)
			}
		}
	})
}
