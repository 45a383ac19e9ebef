package carrier

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"waybill/data"
	"waybill/pipeline/yamldoc"
)

// PlacesFile is where the names of places lie below data/.
const PlacesFile = "places.yaml"

// Places tells the country of a scan from names that are certain. It guesses
// nothing: an unknown name, or names of two countries, give no country.
type Places struct {
	iso2     map[string]bool
	iso3     map[string]string
	airports map[string]string
	states   map[string]bool // of the United States
	notCodes map[string]bool // country codes that are English words too
	names    map[rune][]placeName
	lines    []string // what makes a country's name in front of it a line of business
}

type placeName struct{ text, country string }

type placesDoc struct {
	Countries map[string]struct {
		ISO3     string   `yaml:"iso3"`
		Names    []string `yaml:"names"`
		Places   []string `yaml:"places"`
		Airports []string `yaml:"airports"`
	} `yaml:"countries"`
	USStates []string `yaml:"us_states"`
	NotCodes []string `yaml:"not_codes"`

	NotBefore []string `yaml:"not_before"`
}

// ParsePlaces reads a file such as data/places.yaml. A name or code that would
// stand for two countries is refused.
func ParsePlaces(file string, b []byte) (*Places, error) {
	var doc placesDoc
	if err := yamldoc.Decode(file, b, &doc); err != nil {
		return nil, err
	}
	p := &Places{iso2: map[string]bool{}, iso3: map[string]string{}, airports: map[string]string{}, states: set(doc.USStates), notCodes: set(doc.NotCodes), names: map[rune][]placeName{}, lines: doc.NotBefore}
	var errs []error
	owner := map[string]string{}
	claim := func(kind, name, country string) bool {
		key := kind + " " + name
		if o := owner[key]; o != "" {
			errs = append(errs, fmt.Errorf("%s: %s stands under %s and %s", file, key, o, country))
			return false
		}
		owner[key] = country
		return true
	}
	codes := make([]string, 0, len(doc.Countries))
	for code := range doc.Countries {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for _, code := range codes {
		c := doc.Countries[code]
		p.iso2[code] = true
		if c.ISO3 != "" && claim("code", c.ISO3, code) {
			p.iso3[c.ISO3] = code
		}
		for _, a := range c.Airports {
			if claim("code", a, code) {
				p.airports[a] = code
			}
		}
		for _, n := range slices.Concat(c.Names, c.Places) {
			if n = fold(n); n == "" || !claim("name", n, code) {
				continue
			}
			first := []rune(n)[0]
			p.names[first] = append(p.names[first], placeName{n, code})
		}
	}
	for _, list := range p.names {
		slices.SortFunc(list, func(a, b placeName) int { return len(b.text) - len(a.text) })
	}
	return p, errors.Join(errs...)
}

func set(words []string) map[string]bool {
	out := map[string]bool{}
	for _, w := range words {
		out[w] = true
	}
	return out
}

var builtinPlaces = sync.OnceValue(func() *Places {
	b, err := fs.ReadFile(data.FS, PlacesFile)
	if err != nil {
		return &Places{}
	}
	p, err := ParsePlaces("data/"+PlacesFile, b)
	if err != nil {
		return &Places{} // a test holds that the built-in file parses
	}
	return p
})

// CountryOf tells the country of a scan by the built-in names; see Places.Country.
func CountryOf(place, text string) (iso2 string, ok bool) {
	return builtinPlaces().Country(place, text)
}

// CountryCode gives the two-letter code of what a source writes in a field that
// holds nothing but a country: a code of two or three letters, or a name.
func CountryCode(country string) (iso2 string, ok bool) {
	country = strings.TrimSpace(country)
	if up := strings.ToUpper(country); len(up) == 2 && 'A' <= up[0] && up[0] <= 'Z' && 'A' <= up[1] && up[1] <= 'Z' {
		return up, true
	}
	p := builtinPlaces()
	if c := p.iso3[strings.ToUpper(country)]; c != "" {
		return c, true
	}
	return p.Country(country, "")
}

// longestPlace is how much of a place or text is read: what is longer is prose.
const longestPlace = 400

var (
	brackets = regexp.MustCompile(`【[^【】]*】|\[[^\[\]]*\]`)
	onward   = regexp.MustCompile(`发往|下一站|送往|运往|前往|寄往|飞往`)
	usZIP    = regexp.MustCompile(`(?:^|[ ,])([A-Z]{2})[ ,]+[0-9]{5}(?:-[0-9]{4})?$`)
)

// Country gives the country, ISO code of two letters, of what a source writes
// as a scan's place; where that says nothing, of the names that stand in 【…】 of
// its text. What stands behind the words for where the parcel goes next is left out.
func (p *Places) Country(place, text string) (iso2 string, ok bool) {
	if c := p.of(place); c != "" {
		return c, true
	}
	found := ""
	for _, b := range brackets.FindAllString(here(text), -1) {
		c := p.of(strings.Trim(b, "【】[]"))
		if c != "" && found != "" && c != found {
			return "", false
		}
		if c != "" {
			found = c
		}
	}
	return found, found != ""
}

// here is the beginning of a text, up to the words for where the parcel goes next.
func here(s string) string {
	n := 0
	for i := range s {
		if n++; n > longestPlace {
			s = s[:i]
			break
		}
	}
	if at := onward.FindStringIndex(s); at != nil {
		return s[:at[0]]
	}
	return s
}

// of reads one place; empty where it is not certain.
func (p *Places) of(place string) string {
	place = strings.Join(strings.Fields(strings.Map(narrow, here(place))), " ")
	parts := strings.FieldsFunc(place, func(r rune) bool { return strings.ContainsRune(",;/|()[]、【】", r) })
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	if len(parts) == 0 {
		return ""
	}
	found := p.named(fold(place))
	for _, s := range parts {
		s = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(s, "机场"), " AIRPORT"), " Airport")
		if c := p.airports[s]; c != "" {
			found[c] = true
		}
	}
	c, other := p.coded(place, parts)
	if c != "" {
		found[c] = true
	}
	for _, part := range []string{"HK", "MO", "TW"} {
		if found[part] {
			delete(found, "CN") // written "Hong Kong, China" as often as not
		}
	}
	if len(found) != 1 {
		return ""
	}
	for c := range found {
		if other == "" || c == other || c == "US" {
			return c
		}
	}
	return "" // Peru, IN is neither Peru nor known to be in the United States
}

// coded reads the code at the end of a place. A code that is a state of the
// United States and a country too (CA, DE, IN) decides only before a ZIP; else
// it is given as either, which a name may decide.
func (p *Places) coded(place string, parts []string) (country, either string) {
	last := parts[len(parts)-1]
	if m := usZIP.FindStringSubmatch(place); m != nil && p.states[m[1]] {
		return "US", ""
	}
	switch {
	case last == "USPS":
		return "US", ""
	case p.iso3[last] != "":
		return p.iso3[last], ""
	case p.states[last] && p.iso2[last]:
		return "", last
	case p.iso2[last]:
		return last, ""
	case p.states[last] && len(parts) > 1:
		return "US", ""
	}
	words := strings.Fields(last)
	code := words[len(words)-1]
	if len(words) > 1 && p.iso2[code] && !p.states[code] && !p.notCodes[code] {
		return code, ""
	}
	return "", ""
}

// named finds the names in a folded text, the longest at each place: New Mexico
// is not Mexico.
func (p *Places) named(text string) map[string]bool {
	found := map[string]bool{}
	skip, last := 0, ' '
	for i, r := range text {
		inWord := letter(r) && letter(last)
		last = r
		if i < skip || inWord {
			continue
		}
		for _, n := range p.names[r] {
			if rest, ok := strings.CutPrefix(text[i:], n.text); ok && !continues(rest, n.text) {
				if !p.line(rest) {
					found[n.country] = true
				}
				skip = i + len(n.text)
				break
			}
		}
	}
	return found
}

// line says that a line of business stands behind a name.
func (p *Places) line(rest string) bool {
	return slices.ContainsFunc(p.lines, func(l string) bool { return strings.HasPrefix(rest, l) })
}

// letter says that r belongs to words that blanks divide; Chinese has no blanks.
func letter(r rune) bool { return r < 0x2E80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// continues says that a word goes on behind a name that ends with a letter.
func continues(rest, name string) bool {
	next, _ := utf8.DecodeRuneInString(rest)
	end, _ := utf8.DecodeLastRuneInString(name)
	return letter(next) && letter(end)
}
