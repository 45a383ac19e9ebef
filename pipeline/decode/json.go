package decode

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"
)

// inspectJSON streams the records of a JSON file into a temporary NDJSON file.
func inspectJSON(ctx context.Context, path string, h head, opt Options, t *Table) (err error) {
	if opt.TempDir == "" {
		return fmt.Errorf("%s: JSON records need a folder for temporary files", opt.Name)
	}
	if opt.Records == "" && h.whole {
		if says := onlyError(h.text); says != "" {
			return &Refusal{File: h.name, Reason: "holds an error message and no records: " + says, Try: "mend what it says and export it again"}
		}
	}
	var steps []step
	if opt.Records != "" {
		if steps, err = parsePath(opt.Records); err != nil {
			return err
		}
	}
	t.EnginePath, err = rewrite(path, opt.Name, opt.TempDir, "records-*.ndjson", func(r io.Reader, w *bufio.Writer) (err error) {
		t.Columns, t.Records, err = records(ctx, r, w, steps, opt)
		return err
	})
	var none *noRecords
	if errors.As(err, &none) {
		return none.refusal(h)
	}
	if err != nil {
		return err
	}
	t.Dialect = Dialect{NewLine: "\n", Single: true}
	if err := expectKeys(opt.Name, t.Columns, opt.wants()); err != nil {
		return errors.Join(err, os.Remove(t.EnginePath))
	}
	return nil
}

// records writes the records at a path, one a line. With no path given (nil
// steps) an array gives its elements, and an object is the one record, or the
// first of several that follow one another.
func records(ctx context.Context, r io.Reader, w io.Writer, steps []step, opt Options) (keys []string, n int64, err error) {
	b := bufio.NewReader(r)
	if bom, _ := b.Peek(3); string(bom) == "\xef\xbb\xbf" {
		_, _ = b.Discard(3)
	}
	p := &picker{j: newJSONText(ctx, b, opt), w: w, steps: steps, given: opt.Records != "", keys: newKeys()}
	if !p.given {
		if c, _ := p.j.peek(); c == '[' {
			p.steps = []step{{all: true}}
		}
	}
	if err := p.walk(0); err != nil {
		return nil, 0, err
	}
	// Objects that follow one another are the records, where no path says otherwise.
	for !p.given && len(p.steps) == 0 {
		if c, more := p.j.peek(); !more || c != '{' {
			break
		}
		if err := p.walk(0); err != nil {
			return nil, 0, err
		}
	}
	if _, more := p.j.peek(); more || p.j.err != nil {
		return nil, 0, p.j.fault("more text follows the end of the JSON text", "format: ndjson in the feed if every line is an object of its own")
	}
	if !p.matched {
		return nil, 0, p.nothing()
	}
	return p.keys.names, p.n, nil
}

// picker walks a JSON text along a path.
type picker struct {
	j       *jsonText
	w       io.Writer
	steps   []step
	given   bool // the path was given, not assumed
	keys    *keyUnion
	n       int64
	matched bool
	buf     []byte

	missAt   int    // how many steps the deepest failure had passed
	missSeen string // what was there instead
}

// shownKeys is how many keys a message lists.
const shownKeys = 30

func (p *picker) walk(depth int) error {
	c, ok := p.j.peek()
	if !ok {
		return p.j.wrong("a value")
	}
	if depth == len(p.steps) {
		return p.record(c, depth)
	}
	s := p.steps[depth]
	switch {
	case s.all && c == '[':
		if depth == len(p.steps)-1 {
			p.matched = true // an empty list of records is a list of records
		}
		return p.j.array(depth, nil, func() error { return p.walk(depth + 1) })
	case !s.all && c == '{':
		return p.member(s.key, depth)
	case c == '{':
		return p.otherKeys(depth)
	case c == 'n':
		p.miss(depth, "is null")
	case c == '[':
		p.miss(depth, "is an array: [*] is missing in the path")
	default:
		p.miss(depth, "is "+kind(c))
	}
	return p.j.value(nil, depth)
}

// member goes on at one key and passes over the others.
func (p *picker) member(key string, depth int) error {
	found := false
	var others []string
	err := p.j.object(depth, nil, func(k string) error {
		if k != key {
			if len(others) < shownKeys && !p.matched {
				others = append(others, k)
			}
			return p.j.value(nil, depth+1)
		}
		if found {
			return p.j.fault(fmt.Sprintf("the key %q stands twice in an object on the way to the records", key), "export it again: it is not clear which is meant")
		}
		found = true
		return p.walk(depth + 1)
	})
	if err == nil && !found && !p.matched {
		p.miss(depth, fmt.Sprintf("has no key %q%s; its keys are: %s", key, hint(key, others), cut(join(others), 400)))
	}
	return err
}

// otherKeys passes over an object where the path wants an array, and notes what
// is in it.
func (p *picker) otherKeys(depth int) error {
	var others []string
	err := p.j.object(depth, nil, func(k string) error {
		if len(others) < shownKeys {
			others = append(others, k)
		}
		return p.j.value(nil, depth+1)
	})
	p.miss(depth, "is an object, not an array; its keys are: "+cut(join(others), 400))
	return err
}

func (p *picker) miss(depth int, seen string) {
	if p.missSeen == "" || depth > p.missAt {
		p.missAt, p.missSeen = depth, seen
	}
}

// noRecords says that nothing stands at the path of the records.
type noRecords struct{ *Refusal }

// refusal shows the message of the failed request that the file often is.
func (e *noRecords) refusal(h head) error {
	if says := errorText(h.text); h.whole && says != "" {
		e.Reason += "; it says: " + says
		e.Try = "mend what it says and export it again"
	}
	return e.Refusal
}

func (p *picker) nothing() error {
	path := pathText(p.steps)
	if p.missSeen == "" {
		// Arrays on the way were all empty.
		return &Refusal{File: p.j.name, Reason: "has no records at " + path + ": the arrays on the way are empty", Try: "leave the file out if that is right"}
	}
	return &noRecords{&Refusal{File: p.j.name, Reason: fmt.Sprintf("has no records at %s: %s %s", path, pathText(p.steps[:p.missAt]), p.missSeen),
		Try: "correct json.records of the feed"}}
}

func (p *picker) record(c byte, depth int) error {
	switch c {
	case '{':
	case 'n':
		p.miss(depth, "is null")
		return p.j.value(nil, depth)
	case '[':
		return p.j.fault("a record is an array, not an object", "records: "+pathText(p.steps)+"[*]")
	default:
		if kind(c) == "" {
			return p.j.wrong("a value")
		}
		return p.j.fault("a record is "+kind(c)+", not an object", "a path to objects; json.records of the feed is "+pathText(p.steps))
	}
	line := p.j.line + 1
	p.buf = p.buf[:0]
	if err := p.j.value(&p.buf, depth); err != nil {
		return err
	}
	if !utf8.Valid(p.buf) {
		return &Refusal{File: p.j.name, Line: line, Reason: "the record that starts here is not UTF-8", Try: "save the file as UTF-8"}
	}
	p.matched = true
	if p.n < sampleRecords {
		p.keys.add(p.buf)
	}
	p.n++
	p.buf = append(p.buf, '\n')
	if _, err := p.w.Write(p.buf); err != nil {
		return fmt.Errorf("%s: write records: %w", p.j.name, err)
	}
	return nil
}

// kind names the value that starts with a byte; none starts with any other.
func kind(c byte) string {
	switch c {
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	case '[':
		return "an array"
	case '{':
		return "an object"
	}
	if c == '-' || (c >= '0' && c <= '9') {
		return "a number"
	}
	return ""
}

// unquoteJSON decodes a string token that is known to be well formed.
func unquoteJSON(raw []byte) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return string(raw)
	}
	return s
}
