package decode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// sampleRecords is how many records of NDJSON and JSON are asked for their keys.
const sampleRecords = 100

// inspectNDJSON asks the first records for their keys. A line that is no object
// is refused only if it is the first: later ones are rejected by the feed.
func inspectNDJSON(h head, opt Options, t *Table) error {
	keys := newKeys()
	text := h.text
	first := true
	for line, n := int64(1), 0; len(text) > 0 && n < sampleRecords; line++ {
		raw, rest, ended := bytes.Cut(text, []byte{'\n'})
		text = rest
		raw = bytes.TrimSuffix(raw, []byte{'\r'})
		if len(bytes.TrimSpace(raw)) == 0 {
			continue
		}
		if !ended && !h.whole {
			if first {
				// A first record larger than the head: its keys stay unknown.
				if bytes.TrimSpace(raw)[0] != '{' {
					return notNDJSON(h, line, raw)
				}
			}
			break
		}
		if first {
			if bytes.TrimSpace(raw)[0] != '{' {
				return notNDJSON(h, line, raw)
			}
			if !json.Valid(raw) {
				return pretty(h, line, raw)
			}
			first = false
			if t.Dialect.NewLine = "\n"; len(raw) < len(h.text) && bytes.Contains(h.text, []byte("\r\n")) {
				t.Dialect.NewLine = "\r\n"
			}
		}
		keys.add(raw)
		n++
	}
	t.Dialect.Single = true
	t.Columns = keys.names
	return expectKeys(h.name, t.Columns, opt.wants())
}

func notNDJSON(h head, line int64, raw []byte) error {
	if bytes.TrimSpace(raw)[0] == '[' {
		return &Refusal{File: h.name, Line: line, Col: 1, Reason: "is a JSON array, not one JSON object per line", Try: "format: json in the feed, with records: $[*]"}
	}
	return &Refusal{File: h.name, Line: line, Col: 1, Reason: "the first record is not a JSON object: " + cut(string(raw), 80), Try: "correct the format of the feed"}
}

func pretty(h head, line int64, raw []byte) error {
	var v json.RawMessage
	err := json.Unmarshal(raw, &v)
	return &Refusal{File: h.name, Line: line, Reason: fmt.Sprintf("the first line is not a whole JSON object (%v)", err),
		Try: "format: json in the feed if the file is one indented JSON text"}
}

// expectKeys says which expected keys no sampled record has. It is no refusal
// of rare keys: only a file none of whose expected keys appear is of another
// kind than the feed says.
func expectKeys(name string, have []string, wanted []want) error {
	if len(have) == 0 || len(wanted) == 0 {
		return nil
	}
	for _, w := range wanted {
		for _, n := range w.names {
			if slices.Contains(have, n) {
				return nil
			}
		}
	}
	return &Refusal{File: name, Reason: fmt.Sprintf("no record has %s%s; the keys are: ", wanted[0], wanted[0].hint(have)) + cut(join(have), 400),
		Try: "correct the names in the feed"}
}

// keyUnion collects keys in order of appearance.
type keyUnion struct {
	names []string
	seen  map[string]bool
}

func newKeys() *keyUnion { return &keyUnion{seen: map[string]bool{}} }

// add takes the keys of one object; anything else has none.
func (k *keyUnion) add(raw []byte) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return
	}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return
		}
		name, ok := t.(string)
		if !ok {
			return
		}
		if !k.seen[name] {
			k.seen[name] = true
			k.names = append(k.names, name)
		}
		var skip json.RawMessage
		if dec.Decode(&skip) != nil {
			return
		}
	}
}
