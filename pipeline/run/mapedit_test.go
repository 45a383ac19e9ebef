package run

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/pipeline/carrier"
)

// An entry goes where its block ends, in whatever form the file has; all else
// stays byte for byte.
func TestEditKeepsTheFile(t *testing.T) {
	code := MapRequest{Carrier: "x", Code: "B", Milestone: "delivered"}
	text := MapRequest{Carrier: "x", Text: "at  the (door)", Milestone: "delivered"}
	for _, c := range []struct {
		name, before string
		q            MapRequest
		want         string
	}{
		{"blocks", "# head\ncarrier: x\ncodes:\n  A: lost # why\n\n  # the end of codes\ntests:\n  - {code: A, want: lost}\n", code,
			"# head\ncarrier: x\ncodes:\n  A: lost # why\n  \"B\": delivered\n\n  # the end of codes\ntests:\n  - {code: A, want: lost}\n  - {code: \"B\", want: delivered}\n"},
		{"nothing yet", "carrier: x\n", code, "carrier: x\ncodes:\n  \"B\": delivered\ntests:\n  - {code: \"B\", want: delivered}\n"},
		{"no line end", "carrier: x\ncodes:\n    A: lost", code, "carrier: x\ncodes:\n    A: lost\n    \"B\": delivered\ntests:\n  - {code: \"B\", want: delivered}\n"},
		{"flow", "carrier: x\ncodes: {A: lost}\ntests: []\n", code, "carrier: x\ncodes: {\"B\": delivered, A: lost}\ntests: [{code: \"B\", want: delivered}]\n"},
		{"lists at the margin", "carrier: x\ntests:\n- {code: A, want: lost}\ncodes:\n  A: lost\n", code,
			"carrier: x\ntests:\n- {code: A, want: lost}\n- {code: \"B\", want: delivered}\ncodes:\n  A: lost\n  \"B\": delivered\n"},
		{"Windows", "carrier: x\r\ncodes:\r\n  A: lost\r\n", code, "carrier: x\r\ncodes:\r\n  A: lost\r\n  \"B\": delivered\r\ntests:\r\n  - {code: \"B\", want: delivered}\r\n"},
		{"text", "carrier: x\ntexts:\n  - match: zz\n    not: b\n    milestone: lost\ndoc: d\n", text,
			"carrier: x\ntexts:\n  - match: zz\n    not: b\n    milestone: lost\n  - {match: \"at the \\\\(door\\\\)\", milestone: delivered}\ndoc: d\ntests:\n  - {text: \"at  the (door)\", want: delivered}\n"},
		{"another milestone", "carrier: x\ncodes:\n  'B': lost # was it?\n  BB: lost\ntests:\n  - {code: 'B', text: x, want: lost}\n  - {code: BB, want: lost}\n", code,
			"carrier: x\ncodes:\n  'B': delivered # was it?\n  BB: lost\ntests:\n  - {code: BB, want: lost}\n  - {code: \"B\", want: delivered}\n"},
		{"the only test", "carrier: x\ncodes:\n  B: lost\ntests:\n  - {code: B, want: lost}\n", code, "carrier: x\ncodes:\n  B: delivered\ntests:\n  - {code: \"B\", want: delivered}\n"},
	} {
		m, err := carrier.Parse("x.yaml", []byte(c.before))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		got, err := edit([]byte(c.before), m, c.q)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if m, err = carrier.Parse("x.yaml", got); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		for _, err := range m.Check() {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	by := "carrier: x\ncodes:\n  B: {origin: lost, abroad: lost, unknown: lost}\n"
	m, err := carrier.Parse("x.yaml", []byte(by))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := edit([]byte(by), m, code); err == nil || !strings.Contains(err.Error(), "by hand only") {
		t.Errorf("a milestone by place: %v", err)
	}
}

// FuzzEdit: whatever map parses, an edit of it is an error or gives a map that
// knows the new code and has lost no other.
func FuzzEdit(f *testing.F) {
	f.Add("carrier: x\ncodes:\n  A: lost\ntests:\n  - {code: A, want: lost}\n", "B")
	f.Add("codes: {A: lost, 'B': notice}\ncarrier: x\n", "B")
	f.Add("carrier: x\ncodes:\n  \"#\": lost\n  # codes:\n", "a: b\n")
	f.Fuzz(func(t *testing.T, text, code string) {
		m, err := carrier.Parse("x.yaml", []byte(text))
		if err != nil || code == "" {
			return
		}
		got, err := edit([]byte(text), m, MapRequest{Carrier: "x", Code: code, Milestone: "delivered"})
		if err != nil {
			return
		}
		after, err := carrier.Parse("x.yaml", got)
		if err != nil {
			return // MapCode writes nothing then
		}
		for k := range m.Codes {
			if _, ok := after.Codes[k]; !ok {
				t.Errorf("%q lost the code %q:\n%s", text, k, got)
			}
		}
	})
}

func TestFeedName(t *testing.T) {
	for file, want := range map[string]string{"Bill-20260105.csv": "bill", "a/订单导出.xlsx": "feed", "2026 Orders (1).csv": "feed_2026_orders_1", "orders_2026_01.tar.gz": "orders_2026_01", "x_20260101T000000Z.json": "x_20260101t000000z"} {
		if got := FeedName(file); got != want || !draftName.MatchString(got) {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}
