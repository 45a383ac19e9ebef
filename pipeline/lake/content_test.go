package lake

import "testing"

func TestSumWrapsAtTwoToThe128(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"00000000000000000000000000000001", "00000000000000000000000000000002", "00000000000000000000000000000003"},
		{"0000000000000000ffffffffffffffff", "00000000000000000000000000000001", "00000000000000010000000000000000"},
		{"ffffffffffffffffffffffffffffffff", "00000000000000000000000000000005", "00000000000000000000000000000004"},
	} {
		a, errA := parseContent(c.a)
		b, errB := parseContent(c.b)
		if got := a.add(b).String(); errA != nil || errB != nil || got != c.want {
			t.Errorf("%s + %s = %s, want %s (%v, %v)", c.a, c.b, got, c.want, errA, errB)
		}
	}
	if _, err := parseContent("00000000000000000000000000000g00"); err == nil {
		t.Error("no hex and accepted")
	}
}

func TestVersionIDCountsRowsOnly(t *testing.T) {
	id := func(files map[string][]File) string {
		t.Helper()
		s, err := versionID(files)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	one := File{Path: "x", Rows: 3, Content: "00000000000000000000000000000007"}
	moved := File{Path: "y", Rows: 3, Content: one.Content, Partition: "2026-01-01", Loads: []string{"l"}, Bytes: 9}
	more := File{Path: "x", Rows: 4, Content: one.Content}
	base := id(map[string][]File{"a": {one}})
	if base != id(map[string][]File{"a": {moved}, "empty": nil}) {
		t.Error("place or an empty table changes the id")
	}
	for what, files := range map[string]map[string][]File{
		"table": {"b": {one}}, "rows": {"a": {more}}, "content": {"a": {one, one}}, "nothing": {},
	} {
		if id(files) == base {
			t.Errorf("another %s has the same id", what)
		}
	}
}
