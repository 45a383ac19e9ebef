package carrier

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Origins are the countries that count as the country of origin where a caller
// names none: China, Hong Kong, Macao. ISO 3166 codes of two letters.
var Origins = []string{"CN", "HK", "MO"}

// Set is all maps together: it decides the milestone of a scan. Its methods
// may be called from several goroutines at once.
type Set struct {
	maps     []Map
	byName   map[string]*compiled
	defaults *compiled // of the map "*"; nil: none
	origins  []string
}

// compiled is a map made ready to decide.
type compiled struct {
	codes    map[string]Target
	prefixes []string // longest first
	targets  map[string]Target
	first    map[string]bool // codes before which a text goes
	texts    *matcher
	file     string
	alone    bool // the default texts do not serve it
}

// NewSet compiles maps. origins are the countries of origin, two letters each;
// none: Origins. Maps that Parse gave compile without an error.
func NewSet(maps []Map, origins ...string) (Set, error) {
	if len(origins) == 0 {
		origins = Origins
	}
	s := Set{maps: maps, byName: map[string]*compiled{}, origins: slices.Clone(origins)}
	for _, m := range maps {
		texts, err := newMatcher(m.Texts)
		if err != nil {
			return s, fmt.Errorf("%s: %w", m.File, err)
		}
		c := &compiled{codes: m.Codes, targets: m.Prefixes, first: map[string]bool{}, texts: texts, file: path.Base(m.File), alone: m.DefaultTexts != nil && !*m.DefaultTexts}
		for p := range m.Prefixes {
			c.prefixes = append(c.prefixes, p)
		}
		slices.SortFunc(c.prefixes, func(a, b string) int { return len(b) - len(a) })
		for _, code := range m.TextFirst {
			c.first[code] = true
		}
		if m.Carrier == Default {
			s.defaults = c
		}
		for _, name := range m.Names() {
			if name != Default {
				s.byName[name] = c
			}
		}
	}
	return s, nil
}

// Code gives the target of a code: exactly as a map spells it, else by its
// longest prefix; false where the system's map names neither.
func (s Set) Code(system, code string) (Target, bool) {
	t, why := s.code(system, code)
	return t, why != ""
}

// TextFirst says that a text that maps goes before this code.
func (s Set) TextFirst(system, code string) bool {
	c := s.byName[system]
	return c != nil && c.first[code]
}

func (s Set) code(system, code string) (Target, string) {
	c := s.byName[system]
	if c == nil || code == "" {
		return Target{}, ""
	}
	if t, ok := c.codes[code]; ok {
		return t, "code " + code
	}
	for _, p := range c.prefixes {
		if strings.HasPrefix(code, p) {
			return c.targets[p], "prefix " + p
		}
	}
	return Target{}, ""
}

// Text gives the target of a text by the first rule that matches: the system's
// own rules, then the default ones. rule names it, such as "text rule 12 of
// text.yaml"; false where none matches.
func (s Set) Text(system, text string) (t Target, rule string, ok bool) {
	if text == "" {
		return Target{}, "", false
	}
	folded := fold(text)
	own := s.byName[system]
	for _, c := range []*compiled{own, s.defaults} {
		if c == nil || c == s.defaults && own != nil && own.alone {
			continue
		}
		if i := c.texts.first(folded); i >= 0 {
			return c.texts.rules[i].target, fmt.Sprintf("text rule %d of %s", i+1, c.file), true
		}
	}
	return Target{}, "", false
}

// At is the milestone of a target for a scan in a country, written in any way
// that CountryCode reads; what it does not read counts as not known.
func (s Set) At(t Target, country string) int {
	if t.Plain() {
		return t.Unknown
	}
	c, ok := CountryCode(country)
	switch {
	case !ok:
		return t.Unknown
	case slices.Contains(s.origins, c):
		return t.Origin
	}
	return t.Abroad
}

// Decide gives the milestone of a scan and what decided it: "code OK", "prefix
// FPX_D_FD", "text rule 12 of text.yaml"; 0 and "" where nothing did.
func (s Set) Decide(system, code, text, country string) (milestone int, why string) {
	t, byCode := s.code(system, code)
	id := s.At(t, country)
	if id != Unknown && !s.TextFirst(system, code) {
		return id, byCode
	}
	if t, rule, ok := s.Text(system, text); ok {
		if n := s.At(t, country); n != Unknown {
			return n, rule
		}
	}
	if id != Unknown {
		return id, byCode
	}
	return Unknown, ""
}
