// Package yamldoc reads the YAML files that people write. It owns one thing:
// an error that says file:line:col, what is wrong and the nearest known key.
// It reads bytes that it is given and touches no disk.
package yamldoc

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// Decode reads one document strictly into v, a pointer to a struct.
func Decode(name string, b []byte, v any) (err error) {
	defer func() {
		// the library does not expect a tag where a list or a struct is due
		if p := recover(); p != nil {
			err = tagged(name, b, p)
		}
	}()
	err = yaml.UnmarshalWithOptions(b, v, yaml.Strict())
	if err == nil {
		return nil
	}
	var unknown *yaml.UnknownFieldError
	if errors.As(err, &unknown) {
		tok := unknown.GetToken()
		word := tok.Value
		if quoted := strings.SplitN(unknown.Message, `"`, 3); len(quoted) == 3 {
			word = quoted[1]
		}
		msg := fmt.Sprintf("%s:%d:%d: unknown key %q", name, tok.Position.Line, tok.Position.Column, word)
		if near := Nearest(word, keys(reflect.TypeOf(v), map[reflect.Type]bool{})); near != "" {
			msg += fmt.Sprintf("; try: %s", near)
		}
		return errors.New(msg)
	}
	var y yaml.Error
	if errors.As(err, &y) && y.GetToken() != nil {
		p := y.GetToken().Position
		return fmt.Errorf("%s:%d:%d: %s", name, p.Line, p.Column, y.GetMessage())
	}
	return fmt.Errorf("%s: %s", name, strings.TrimSpace(yaml.FormatError(err, false, false)))
}

// tagged is the error for a document that the library gave up on.
func tagged(name string, b []byte, why any) error {
	for _, t := range lexer.Tokenize(string(b)) {
		if t.Type == token.TagType {
			return fmt.Errorf("%s:%d:%d: the tag %s has no meaning here; try: leave it out", name, t.Position.Line, t.Position.Column, t.Value)
		}
	}
	return fmt.Errorf("%s:1:1: it cannot be read as YAML: %v", name, why)
}

// Position finds line and column of a YAML path such as $.outputs[0].table; 0, 0
// where it is not there.
func Position(b []byte, path string) (line, col int) {
	p, err := yaml.PathString(path)
	if err != nil {
		return 0, 0
	}
	node, err := p.ReadNode(strings.NewReader(string(b)))
	if err != nil || node.GetToken() == nil {
		return 0, 0
	}
	pos := node.GetToken().Position
	return pos.Line, pos.Column
}

// Nearest gives the known word that is closest to word, empty where none is
// close enough to be meant.
func Nearest(word string, known []string) string {
	best, bestD := "", len(word)/2+2
	for _, k := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(k)); d < bestD {
			best, bestD = k, d
		}
	}
	return best
}

func keys(t reflect.Type, seen map[reflect.Type]bool) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return nil
	}
	seen[t] = true
	var out []string
	for i := range t.NumField() {
		f := t.Field(i)
		tag := strings.Split(f.Tag.Get("yaml"), ",")[0]
		if tag != "" && tag != "-" {
			out = append(out, tag)
		}
		out = append(out, keys(f.Type, seen)...)
	}
	return out
}
