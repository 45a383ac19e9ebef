package yamldoc

import "testing"

type doc struct {
	Name    string `yaml:"name"`
	Outputs []struct {
		Table string `yaml:"table"`
	} `yaml:"outputs"`
}

func TestDecodeNamesLineColumnAndNearestKey(t *testing.T) {
	var d doc
	err := Decode("feeds/a.yaml", []byte("name: x\noutputs:\n  - tabel: orders_in\n"), &d)
	want := `feeds/a.yaml:3:5: unknown key "tabel"; try: table`
	if err == nil || err.Error() != want {
		t.Fatalf("got %v\nwant %s", err, want)
	}
	err = Decode("a.yaml", []byte("name: [1\n"), &d)
	if err == nil {
		t.Fatal("a broken document was read")
	}
}

func TestPosition(t *testing.T) {
	l, c := Position([]byte("a: 1\nb:\n  - x: 2\n"), "$.b[0].x")
	if l != 3 || c != 8 {
		t.Fatalf("got %d:%d", l, c)
	}
}

func TestNearestIsEmptyWhenNothingIsClose(t *testing.T) {
	if got := Nearest("zzzzzz", []string{"table", "columns"}); got != "" {
		t.Fatalf("got %q", got)
	}
}
