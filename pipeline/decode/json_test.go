package decode

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestJSONRecords(t *testing.T) {
	for name, c := range map[string]struct{ path, in, want string }{
		"array":         {"$[*]", ` [ {"a": 1}, {"b" : [ 1, 2 ]} ] `, `{"a":1}|{"b":[1,2]}`},
		"assumed array": {"", `[{"a":1},{"a":2}]`, `{"a":1}|{"a":2}`},
		"assumed root":  {"", "\xef\xbb\xbf{\"a\":1}", `{"a":1}`},
		"nested":        {"$[*].trackDetails[*]", `[{"x":[9],"trackDetails":[{"n":1},{"n":2}]},{"trackDetails":[]},{"trackDetails":null},{"y":0},{"trackDetails":[{"n":3}],"z":{}}]`, `{"n":1}|{"n":2}|{"n":3}`},
		"object":        {"$.data.tracking", `{"meta":{"data":1},"data":{"tracking":{"id":"a b"}}}`, `{"id":"a b"}`},
		"quoted key":    {`$['a.b'].c[*]`, `{"a.b":{"c":[{"d":1}]}}`, `{"d":1}`},
		"escaped key":   {"$.data[*]", `{"d\u0061ta":[{"d":1}]}`, `{"d":1}`},
		"digits kept":   {"$[*]", `[{"n":12345678901234567890.10,"e":1E+02,"s":"\u00e9\/","z":-0}]`, `{"n":12345678901234567890.10,"e":1E+02,"s":"\u00e9\/","z":-0}`},
		"empty list":    {"$.data[*]", `{"data":[]}`, ``},
		"null record":   {"$[*]", `[null,{"a":1}]`, `{"a":1}`},
		"line ends":     {"$[*]", "[\r\n{\r\n\"a\"\t:\n\"x y\"\n}\n]", `{"a":"x y"}`},
		"all words":     {"$", `{"a":true,"b":false,"c":null}`, `{"a":true,"b":false,"c":null}`},
	} {
		t.Run(name, func(t *testing.T) {
			for _, zip := range []bool{false, true} {
				in := c.in
				if zip {
					in = gz(t, in)
				}
				got, err := inspect(t, "f.json", in, Options{Format: JSON, Records: c.path})
				if err != nil {
					t.Fatal(err)
				}
				text, err := os.ReadFile(got.EnginePath)
				if err != nil {
					t.Fatal(err)
				}
				lines := strings.Join(strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"), "|")
				if lines != c.want || got.Records != int64(strings.Count(string(text), "\n")) {
					t.Errorf("%d records %s, want %s", got.Records, lines, c.want)
				}
			}
		})
	}
}

func TestJSONRefuses(t *testing.T) {
	for name, c := range map[string]struct{ path, in, want string }{
		"cut off":        {"$[*]", "[{\"a\":1},\n{\"a\":", ":2:6: the JSON text ends here"},
		"syntax":         {"$[*]", "[{\"a\":1},\n {\"a\" 2}]", `:2:7: '2' is not JSON here, a colon is expected`},
		"comma":          {"$[*]", `[{"a":1,}]`, `:1:9: '}' is not JSON here, a key in quotes`},
		"array comma":    {"$[*]", `[{},]`, `:1:5: ']' is not JSON here, a value`},
		"number":         {"$[*]", `[{"a":01}]`, `:1:8: '1' is not JSON here, a comma or }`},
		"plus":           {"$[*]", `[{"a":+1}]`, `:1:7: '+' is not JSON here`},
		"word":           {"$[*]", `[{"a":nul}]`, `:1:10: '}' is not JSON here, null is expected`},
		"escape":         {"$[*]", `[{"a":"\x"}]`, `:1:9: 'x' is not JSON here, an escape`},
		"control":        {"$[*]", "[{\"a\":\"b\nc\"}]", `:1:9: a string holds the raw control character 0x0a`},
		"two texts":      {"$", "{\"a\":1}\n{\"a\":2}", `:2:1: more text follows the end of the JSON text; try: format: ndjson`},
		"skipped fault":  {"$.data[*]", `{"x":[1,,2],"data":[]}`, `:1:9: ',' is not JSON here`},
		"no key":         {"$.dat[*]", `{"data":[],"page":1}`, `: has no records at $.dat[*]: $ has no key "dat" (is it "data"?); its keys are: data, page`},
		"deeper":         {"$.data.items[*]", `{"data":{"rows":[]}}`, `: has no records at $.data.items[*]: $.data has no key "items"; its keys are: rows`},
		"error envelope": {"$[*]", `{"error":"denied"}`, `: has no records at $[*]: $ is an object, not an array; its keys are: error`},
		"array between":  {"$.a", `[{"a":{}}]`, `: has no records at $.a: $ is an array`},
		"not objects":    {"$[*]", `[1,2]`, `:1:2: a record is a number, not an object`},
		"array record":   {"$.data", `{"data":[{}]}`, `:1:9: a record is an array, not an object; try: records: $.data[*]`},
		"null there":     {"$.data[*]", `{"data":null}`, `: has no records at $.data[*]: $.data is null`},
		"too deep":       {"$[*]", `[{"a":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}]`, `:1:205: is nested deeper than 200`},
		"not UTF-8":      {"$[*]", "[" + strings.Repeat(" ", headBytes) + "\n{\"a\":\"\xff\"}]", `:2: the record that starts here is not UTF-8`},
		"too large":      {"$[*]", `[{"a":"` + strings.Repeat("x", 2000) + `"}]`, `:1:8: a record is larger than 1000 bytes`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			opt := Options{Format: JSON, Records: c.path, TempDir: dir}
			if name == "too large" {
				opt.MaxRecord = 1000
			}
			_, err := inspect(t, "f.json", c.in, opt)
			var r *Refusal
			if !errors.As(err, &r) || !strings.HasPrefix(err.Error(), "f.json"+c.want) || r.Try == "" {
				t.Errorf("got  %v\nwant f.json%s", err, c.want)
			}
			if left, _ := os.ReadDir(dir); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestPath(t *testing.T) {
	for in, want := range map[string]string{
		"$": "$", "$[*]": "$[*]", "$.a[*].b-c": "$.a[*].b-c", `$["a b"]['c']`: "$['a b'].c", `$['it\'s']`: `$['it\'s']`, "$.订单[*]": "$.订单[*]", "$.$oid": "$.$oid",
	} {
		steps, err := parsePath(in)
		if err != nil || pathText(steps) != want {
			t.Errorf("%s: %s, %v", in, pathText(steps), err)
		}
	}
	for in, col := range map[string]int{"": 1, "a": 1, "$a": 2, "$.": 3, "$..a": 3, "$[0]": 2, "$['a": 2, "$['a'": 2, "$[*": 2, "$[?(@.a)]": 2, "$.a b": 4} {
		_, err := parsePath(in)
		var e *PathError
		if !errors.As(err, &e) || e.Col != col {
			t.Errorf("%s: %v, want column %d", in, err, col)
		}
	}
}
