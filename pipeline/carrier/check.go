package carrier

import (
	"fmt"
	"strings"
)

// Test is one scan and the milestone that it must get. Country is an ISO code
// of two letters; where it is empty, place and text say it as CountryOf reads them.
type Test struct {
	Code    string `yaml:"code"`
	Text    string `yaml:"text"`
	Place   string `yaml:"place"`
	Country string `yaml:"country"`
	Want    string `yaml:"want"`
}

// Check runs the map's tests with its own rules alone. Errors begin with
// file:line:col of the test.
func (m Map) Check() []error {
	s, err := NewSet([]Map{m})
	if err != nil {
		return []error{err}
	}
	return s.Check()
}

// Check runs the tests of all maps as scans are decided: with the default texts.
func (s Set) Check() []error {
	var errs []error
	for _, m := range s.maps {
		for i, t := range m.Tests {
			country := t.Country
			if country == "" {
				country, _ = CountryOf(t.Place, t.Text)
			}
			id, why := s.Decide(m.Carrier, t.Code, t.Text, country)
			if want, _ := ID(t.Want); id == want {
				continue
			}
			if why == "" {
				why = "no rule"
			}
			errs = append(errs, fmt.Errorf("%s: %s gives %s (%s), want %s", m.at("$.tests[%d]", i), t.scan(country), nameOf(id), why, t.Want))
		}
	}
	return errs
}

// scan describes a test's scan in a message.
func (t Test) scan(country string) string {
	var parts []string
	for _, p := range []struct{ name, value string }{{"code", t.Code}, {"text", t.Text}, {"country", country}} {
		if p.value != "" {
			parts = append(parts, fmt.Sprintf("%s %q", p.name, p.value))
		}
	}
	return strings.Join(parts, ", ")
}
