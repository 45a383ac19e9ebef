package carrier

import (
	"fmt"
	"strings"
	"testing"
)

const (
	ownMap = `carrier: own
carriers: [alias]
codes:
  OK: delivered
  HELD: {origin: export_customs_held, abroad: import_customs_held, unknown: unknown}
  MOVE: last_mile_in_transit
prefixes: {F: exception_other, FD: delivery_attempt_failed}
text_first: [MOVE]
texts:
  - {match: 'gate (\d+)', not: closed, milestone: outbound}
  - {match: out for delivery, milestone: unknown}
  - {match: (Ａ１), milestone: lost}
`
	aloneMap   = "carrier: alone\ncodes: {OK: delivered}\ndefault_texts: false\n"
	defaultMap = `carrier: "*"
texts:
  - {match: out for delivery, milestone: out_for_delivery}
  - {match: customs, milestone: {origin: export_customs_start, abroad: import_customs_start, unknown: unknown}}
`
)

func testSet(t testing.TB, origins ...string) Set {
	t.Helper()
	var maps []Map
	for name, text := range map[string]string{"own.yaml": ownMap, "alone.yaml": aloneMap, "text.yaml": defaultMap} {
		m, err := Parse("data/carriers/"+name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		maps = append(maps, m)
	}
	s, err := NewSet(maps, origins...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDecide(t *testing.T) {
	s := testSet(t)
	for _, c := range []struct {
		system, code, text, country string
		want                        string
	}{
		{"own", "OK", "lost at gate 7", "", "delivered: code OK"},
		{"alias", "OK", "", "", "delivered: code OK"},
		{"own", "ok", "", "", "unknown: "}, // codes are compared as they are
		{"own", "FD7", "", "", "delivery_attempt_failed: prefix FD"},
		{"own", "FX", "", "", "exception_other: prefix F"},
		{"own", "HELD", "", "HK", "export_customs_held: code HELD"},
		{"own", "HELD", "", "us", "import_customs_held: code HELD"},
		{"own", "HELD", "", "China", "export_customs_held: code HELD"},
		{"own", "HELD", "", "N/A", "unknown: "},
		{"own", "HELD", "Gate 12", "", "outbound: text rule 1 of own.yaml"}, // 0 leaves it to the text
		{"own", "MOVE", "", "", "last_mile_in_transit: code MOVE"},
		{"own", "MOVE", "at gate 3", "", "outbound: text rule 1 of own.yaml"}, // text_first
		{"own", "MOVE", "out for delivery", "", "last_mile_in_transit: code MOVE"},
		{"own", "", "GATE 3 closed", "", "unknown: "},
		{"own", "", "out for delivery", "", "unknown: "}, // an own rule hides a default one
		{"own", "", "in customs", "CN", "export_customs_start: text rule 2 of text.yaml"},
		{"own", "", "zone a1", "", "lost: text rule 3 of own.yaml"}, // full-width letters of a pattern
		{"stranger", "OK", "ＯＵＴ　for \t DELIVERY", "", "out_for_delivery: text rule 1 of text.yaml"},
		{"stranger", "", "customs", "", "unknown: "},
		{"alone", "", "out for delivery", "", "unknown: "},
		{"alone", "OK", "", "", "delivered: code OK"},
		{"*", "", "customs", "US", "import_customs_start: text rule 2 of text.yaml"},
		{"", "", "", "", "unknown: "},
	} {
		id, why := s.Decide(c.system, c.code, c.text, c.country)
		if got := nameOf(id) + ": " + why; got != c.want {
			t.Errorf("%q %q %q %q: got %s, want %s", c.system, c.code, c.text, c.country, got, c.want)
		}
	}
	if target, ok := s.Code("own", "FD7"); !ok || target != (Target{130, 130, 130}) {
		t.Errorf("Code gives %v, %v", target, ok)
	}
	if _, ok := s.Code("own", "Q"); ok {
		t.Error("Code knows a code that stands nowhere")
	}
	if target, rule, ok := s.Text("stranger", "customs"); !ok || rule != "text rule 2 of text.yaml" || target != (Target{50, 90, 0}) {
		t.Errorf("Text gives %v, %q, %v", target, rule, ok)
	}
}

func TestCallerSaysWhichCountriesAreTheOrigin(t *testing.T) {
	s := testSet(t, "US")
	for country, want := range map[string]int{"US": 57, "USA": 57, "CN": 97, "": 0} {
		if id, _ := s.Decide("own", "HELD", "", country); id != want {
			t.Errorf("%q: got %s", country, nameOf(id))
		}
	}
}

// negations are words with which no text is a delivery, whatever else it says.
var negations = []string{"未妥投", "未签收", "退件签收", "无法投递", "not delivered", "undeliverable", "awaiting delivery",
	"delivery attempted", "to be delivered", "expected delivery", "out for delivery"}

func TestNegationsAreNoDelivery(t *testing.T) {
	s := builtinSet(t)
	for _, n := range negations {
		for _, form := range []string{"%s", "delivered %s", "%s delivered", "已签收 %s", "%s，已签收", "已妥投%s签收", "Delivered to agent, %s", "如需退换货 签收 %s", "signed by A; %s; left in mailbox"} {
			text := fmt.Sprintf(form, n)
			for _, v := range []string{text, strings.ToUpper(text), strings.ReplaceAll(text, " ", "　 ")} {
				if id, why := s.Decide("", "", v, "US"); id == 140 {
					t.Errorf("%q is delivered by %s", v, why)
				}
			}
		}
	}
}

// firstOf is the matcher without its word index.
func firstOf(m *matcher, text string) int {
	for i, r := range m.rules {
		if r.match.re.MatchString(text) && (r.not.re == nil || !r.not.re.MatchString(text)) {
			return i
		}
	}
	return -1
}

func TestWordIndexChangesNothing(t *testing.T) {
	s := builtinSet(t)
	var texts []string
	for _, m := range s.maps {
		for _, c := range m.Tests {
			texts = append(texts, c.Text)
		}
	}
	n := len(texts)
	for i := range n { // parts of two texts: words that end and begin anywhere
		a, b := []rune(texts[i]), []rune(texts[(i*7+3)%n])
		texts = append(texts, string(a[:len(a)/2])+string(b[len(b)/2:]), string(b)+string(a))
	}
	hits := 0
	for _, text := range texts {
		f := fold(text)
		got, want := s.defaults.texts.first(f), firstOf(s.defaults.texts, f)
		if got != want {
			t.Errorf("%q: the index finds rule %d, the rules alone %d", text, got+1, want+1)
		}
		if got >= 0 {
			hits++
		}
	}
	if hits < 200 || len(s.defaults.texts.always) > 0 {
		t.Errorf("%d of %d texts map; %d patterns run on every text", hits, len(texts), len(s.defaults.texts.always))
	}
}

func TestWordsThatAPatternNeeds(t *testing.T) {
	for pattern, c := range map[string]struct {
		words string
		plain bool
	}{
		"delivered":        {"[delivered]", true},
		"Deliver(ed|y)":    {"[delivered delivery]", true},
		"未(妥投|签收)":         {"[未妥投 未签收]", true},
		"（待）?取":            {"[(待)取 (待取]", true}, // full-width brackets are signs, not syntax
		`\blost\b`:         {"[lost]", false},
		"pick.?up":         {"[pick]", false},
		"a|.*":             {"[]", false},
		"x*":               {"[]", false},
		"(abc)+d":          {"[abc]", false},
		"[a-z]held":        {"[held]", false},
		"退.{0,9}(签收|妥投)":   {"[妥投 签收]", false},
		"ſigned|ΣΤΟΠ|στος": {"[signed ΣΤΟΠ ΣΤΟΣ]", true},
	} {
		m, err := newMatcher([]TextRule{{Match: pattern}})
		if err != nil {
			t.Fatalf("%s: %v", pattern, err)
		}
		words := []string{}
		for _, list := range m.words {
			for _, w := range list {
				words = append(words, w.text)
			}
		}
		if got := fmt.Sprint(unique(words)); got != c.words || m.rules[0].match.plain != c.plain {
			t.Errorf("%s: got %s, plain %v, want %s, %v", pattern, got, m.rules[0].match.plain, c.words, c.plain)
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		" Ｄｅｌｉｖｅｒｅｄ，\u00a0 ＯＫ！ ": "delivered, ok!",
		"已\u200b签收\r\n 签收":       "已签收 签收",
		"K\u212a ſS ΣΣς":         "kk ss ΣΣΣ",
		"\xff\xfe":               "\ufffd\ufffd",
		"　":                      "",
	} {
		if got := fold(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzText(f *testing.F) {
	s := builtinSet(f)
	for _, n := range negations {
		f.Add("own", n+" delivered 已签收")
	}
	f.Add("", "【丰巢】已代收，待取件")
	f.Add("kuaidi100", "\xff签收\u3000Ｄ")
	f.Fuzz(func(t *testing.T, system, text string) {
		target, rule, ok := s.Text(system, text)
		again, ruleAgain, okAgain := s.Text(system, text)
		if target != again || rule != ruleAgain || ok != okAgain {
			t.Fatalf("%q gives %v (%s), then %v (%s)", text, target, rule, again, ruleAgain)
		}
		folded := fold(text)
		if got, want := s.defaults.texts.first(folded), firstOf(s.defaults.texts, folded); got != want {
			t.Fatalf("%q: the word index finds rule %d, the rules alone %d", text, got+1, want+1)
		}
		if fold(folded) != folded {
			t.Fatalf("%q folds to %q and on to %q", text, folded, fold(folded))
		}
		for _, n := range negations {
			if strings.Contains(folded, n) && (target.Origin == 140 || target.Abroad == 140 || target.Unknown == 140) {
				t.Fatalf("%q holds %q and is delivered by %s", text, n, rule)
			}
		}
		if c, ok := CountryOf(text, text); ok && len(c) != 2 {
			t.Fatalf("%q lies in %q", text, c)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{ownMap, aloneMap, defaultMap, "carrier: x\ncodes:\n  01: delivered\n", "codes: &a {A: *a}\n", "a: [", "carrier: x\ntests: [{code: A, want: lost}]\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse("x.yaml", b)
		if err != nil {
			if !strings.Contains(err.Error(), "x.yaml") {
				t.Fatalf("%v names no file", err)
			}
			return
		}
		s, err := NewSet([]Map{m})
		if err != nil {
			t.Fatalf("what Parse took does not compile: %v", err)
		}
		for code := range m.Codes {
			s.Decide(m.Carrier, code, "delivered", "US")
		}
		m.Check()
	})
}

func BenchmarkText(b *testing.B) {
	s := builtinSet(b)
	var seeds []string
	for _, m := range s.maps {
		for _, c := range m.Tests {
			if c.Text != "" {
				seeds = append(seeds, c.Text)
			}
		}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.Text("", fmt.Sprintf("【Hub %d】 %s, courier %d", i%977, seeds[i%len(seeds)], i))
	}
}
