package decode

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestJSONRecords(t *testing.T) {
	for name, c := range map[string]struct{ path, in, want string }{
		"array":          {"$[*]", ` [ {"a": 1}, {"b" : [ 1, 2 ]} ] `, `{"a":1}|{"b":[1,2]}`},
		"assumed array":  {"", `[{"a":1},{"a":2}]`, `{"a":1}|{"a":2}`},
		"assumed root":   {"", "\xef\xbb\xbf{\"a\":1}", `{"a":1}`},
		"nested":         {"$[*].trackDetails[*]", `[{"x":[9],"trackDetails":[{"n":1},{"n":2}]},{"trackDetails":[]},{"trackDetails":null},{"y":0},{"trackDetails":[{"n":3}],"z":{}}]`, `{"n":1}|{"n":2}|{"n":3}`},
		"object":         {"$.data.tracking", `{"meta":{"data":1},"data":{"tracking":{"id":"a b"}}}`, `{"id":"a b"}`},
		"quoted key":     {`$['a.b'].c[*]`, `{"a.b":{"c":[{"d":1}]}}`, `{"d":1}`},
		"escaped key":    {"$.data[*]", `{"d\u0061ta":[{"d":1}]}`, `{"d":1}`},
		"digits kept":    {"$[*]", `[{"n":12345678901234567890.10,"e":1E+02,"s":"\u00e9\/","z":-0}]`, `{"n":12345678901234567890.10,"e":1E+02,"s":"\u00e9\/","z":-0}`},
		"empty list":     {"$.data[*]", `{"data":[]}`, ``},
		"null record":    {"$[*]", `[null,{"a":1}]`, `{"a":1}`},
		"25 digits":      {"$[*]", `[{"n":1234567890123456789012345,"f":0.1234567890123456789012345}]`, `{"n":1234567890123456789012345,"f":0.1234567890123456789012345}`},
		"several levels": {"$.response.data.orders[*].packages[*]", `{"response":{"data":{"orders":[{"packages":[{"id":1}]},{"packages":[{"id":2},{"id":3}]}],"packages":[{"id":9}]}}}`, `{"id":1}|{"id":2}|{"id":3}`},
		"webhook":        {"", `{"event":"TRACKING_UPDATED","data":{"number":"000"}}`, `{"event":"TRACKING_UPDATED","data":{"number":"000"}}`},
		"concatenated":   {"", "{\n \"a\": 1\n}\n{\n \"a\": 2\n}{\"a\":3}", `{"a":1}|{"a":2}|{"a":3}`},
		"keys by object": {"$[*]", `[{"a":{"a":1},"b":[{"a":1},{"a":2}]}]`, `{"a":{"a":1},"b":[{"a":1},{"a":2}]}`},
		"at 200 levels":  {"$[*]", `[{"a":` + strings.Repeat("[", 198) + strings.Repeat("]", 198) + `}]`, `{"a":` + strings.Repeat("[", 198) + strings.Repeat("]", 198) + `}`},
		"line ends":      {"$[*]", "[\r\n{\r\n\"a\"\t:\n\"x y\"\n}\n]", `{"a":"x y"}`},
		"all words":      {"$", `{"a":true,"b":false,"c":null}`, `{"a":true,"b":false,"c":null}`},
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
		"error envelope": {"$[*]", `{"error":"denied"}`, `: has no records at $[*]: $ is an object, not an array; its keys are: error; it says: denied; try: mend what it says and export it again`},
		"error code":     {"$.data[*]", "\xef\xbb\xbf{\"code\":401,\"message\":\"token expired\",\"data\":null}", `: has no records at $.data[*]: $.data is null; it says: code 401: token expired; try: mend`},
		"error, no path": {"", `{"code":105002,"message":"expired","request_id":"x"}`, `: holds an error message and no records: code 105002: expired; try: mend`},
		"error in meta":  {"$.data[*]", `{"meta":{"code":4012,"message":"no key"}}`, `: has no records at $.data[*]: $ has no key "data" (is it "meta"?); its keys are: meta; it says: code 4012: no key`},
		"no error":       {"$.data[*]", `{"code":0,"message":"ok","orders":[]}`, `: has no records at $.data[*]: $ has no key "data"; its keys are: code, message, orders; try: correct json.records`},
		"key twice":      {"$[*]", "[{\"a\":1,\n\"b\":2,\"a\":3}]", `:2:7: the key "a" stands twice in an object; try: `},
		"escaped twice":  {"$[*]", `[{"a":1,"\u0061":3}]`, `:1:9: the key "a" stands twice in an object; try: `},
		"many keys":      {"$[*]", "[{" + manyKeys(40) + `,"k7":1}]`, `:1:313: the key "k7" stands twice in an object; try: `},
		"path key twice": {"$.data[*]", `{"data":[{"a":1}],"data":[{"a":2}]}`, `:1:26: the key "data" stands twice in an object on the way to the records; try: `},
		"garbage":        {"$[*]", "[{\"a\":1}]\n</html>", `:2:1: more text follows the end of the JSON text`},
		"garbage, root":  {"", "{\"a\":1}\n]", `:2:1: more text follows the end of the JSON text`},
		"cut in a key":   {"$.data[*]", "{\"data\":[\n  {\"trac", `:2:9: the JSON text ends here, the end of a string is expected; try: download it again: it is cut off`},
		"cut in second":  {"", "{\"a\":1}\n{\"a\":", `:2:6: the JSON text ends here, a value is expected; try: download it again: it is cut off`},
		"only a BOM":     {"", "\xef\xbb\xbf", `: is empty; try: `},
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

// manyKeys are the members k0 to kn-1 of an object.
func manyKeys(n int) string {
	var members []string
	for i := range n {
		members = append(members, fmt.Sprintf(`"k%d":%d`, i, i%10))
	}
	return strings.Join(members, ",")
}

// TestJSONLines: a file of objects, one a line, is NDJSON whatever it is called,
// so that a broken line is one record and not the end of the file.
func TestJSONLines(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		opt  Options
		want Format
	}{
		"by text":         {"\xef\xbb\xbf{\"a\":1}\r\n\r\n{\"a\":2}\r\nbroken\r\n", Options{}, NDJSON},
		"declared":        {"{\"a\":1}\n{\"a\":2}\n", Options{Format: JSON}, NDJSON},
		"one object":      {"{\"a\":1}\n", Options{}, JSON},
		"indented":        {"{\n\"a\":1}\n{\n\"a\":2}\n", Options{}, JSON},
		"array":           {"[\n{\"a\":1}\n]", Options{}, JSON},
		"of a given path": {"{\"a\":1}", Options{Format: JSON, Records: "$"}, JSON},
	} {
		got, err := inspect(t, "f.json", c.text, c.opt)
		if err != nil || got.Format != c.want || !slices.Equal(got.Columns, []string{"a"}) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
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
