package charge

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"waybill/pipeline/decode"
	"waybill/pipeline/yamldoc"
)

// Path of the words below data/.
const Path = "charges.yaml"

// Other is the charge and the class of a text that nothing knows.
const Other = "other"

// Classes of charges.
var Classes = []string{"freight", "surcharge", "duty", "tax", "credit", "account", Other}

// Word is one charge.
type Word struct {
	Charge string   `yaml:"charge"` // lower case letters, digits and _
	Class  string   `yaml:"class"`  // one of Classes
	ZH     string   `yaml:"zh"`     // its name in Chinese
	EN     string   `yaml:"en"`     // and in English
	Texts  []string `yaml:"texts"`  // what bills call it; ~pattern~ (RE2)
}

// File is data/charges.yaml.
type File struct {
	Charges   []Word     `yaml:"charges"`
	Providers []Provider `yaml:"providers"`
}

// Provider has texts of its own, which go before those of all.
type Provider struct {
	Provider string  `yaml:"provider"`
	Charges  []Texts `yaml:"charges"`
}

// Texts are what a provider calls a charge.
type Texts struct {
	Charge string   `yaml:"charge"`
	Texts  []string `yaml:"texts"`
}

// Set decides what texts mean.
type Set struct {
	words    []Word
	all      names
	provider map[string]names // by folded provider
}

// names are the texts and patterns of a provider, or of all.
type names struct {
	texts    map[string]rule
	patterns []rule
}

// rule says that a text means a word.
type rule struct {
	word int
	re   *regexp.Regexp // nil: a text
	text string         // as it is written
}

var wordRE = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// Parse reads a file such as data/charges.yaml. All mistakes come together, each
// as file:line:col.
func Parse(file string, b []byte) (Set, error) {
	f, err := read(file, b)
	if err != nil {
		return Set{}, err
	}
	p := parser{file: file, text: b, set: Set{words: f.Charges, all: names{texts: map[string]rule{}}, provider: map[string]names{}}}
	at := map[string]int{}
	for i, w := range f.Charges {
		place := fmt.Sprintf("$.charges[%d]", i)
		if _, twice := at[w.Charge]; twice {
			p.bad(place+".charge", "charge %q is there twice", w.Charge)
		}
		at[w.Charge] = i
		if !wordRE.MatchString(w.Charge) {
			p.bad(place, "charge %q: a charge is lower case letters, digits and _", w.Charge)
		}
		if !slices.Contains(Classes, w.Class) {
			p.bad(place+".class", "class %q; try: %s", w.Class, near(w.Class, Classes))
		}
		if w.ZH == "" || w.EN == "" {
			p.bad(place, "charge %q needs a name in both languages; try: zh: 运费, en: Freight", w.Charge)
		}
		if w.Charge == Other && len(w.Texts) > 0 {
			p.bad(place+".texts", "charge other is what no text names; try: misc")
		}
		for j, t := range w.Texts {
			p.add(&p.set.all, fmt.Sprintf("%s.texts[%d]", place, j), t, i)
		}
	}
	if i, ok := at[Other]; !ok || f.Charges[i].Class != Other {
		p.bad("$.charges", "no charge other of class other, which is what an unknown text means")
	}
	for n, own := range f.Providers {
		place := fmt.Sprintf("$.providers[%d]", n)
		folded := decode.Fold(own.Provider)
		if _, twice := p.set.provider[folded]; twice || folded == "" {
			p.bad(place+".provider", "provider %q is blank or there twice", own.Provider)
		}
		its := names{texts: map[string]rule{}}
		for k, c := range own.Charges {
			place := fmt.Sprintf("%s.charges[%d]", place, k)
			i, known := at[c.Charge]
			if !known || c.Charge == Other {
				p.bad(place+".charge", "charge %q is none of charges; try: %s", c.Charge, near(c.Charge, slices.Sorted(maps.Keys(at))))
				continue
			}
			for j, t := range c.Texts {
				p.add(&its, fmt.Sprintf("%s.texts[%d]", place, j), t, i)
			}
		}
		p.set.provider[folded] = its
	}
	return p.set, errors.Join(p.errs...)
}

func read(file string, b []byte) (File, error) {
	var f File
	err := yamldoc.Decode(file, b, &f)
	return f, err
}

type parser struct {
	file string
	text []byte
	set  Set
	errs []error
}

func (p *parser) bad(at, format string, args ...any) {
	line, col := yamldoc.Position(p.text, at)
	p.errs = append(p.errs, fmt.Errorf("%s:%d:%d: %s", p.file, max(line, 1), max(col, 1), fmt.Sprintf(format, args...)))
}

// add notes that a text means the word.
func (p *parser) add(n *names, at, text string, word int) {
	if pattern, ok := strings.CutPrefix(text, "~"); ok && len(text) > 2 && strings.HasSuffix(pattern, "~") {
		re, err := regexp.Compile("(?i)" + strings.TrimSuffix(pattern, "~"))
		if err != nil {
			p.bad(at, "pattern %q: %v", text, err)
			return
		}
		n.patterns = append(n.patterns, rule{word, re, text})
		return
	}
	folded := fold(text)
	if folded == "" {
		p.bad(at, "text %q is blank", text)
		return
	}
	if had, twice := n.texts[folded]; twice {
		p.bad(at, "text %q means %s already", text, p.set.words[had.word].Charge)
		return
	}
	n.texts[folded] = rule{word: word, text: text}
}

func near(word string, known []string) string {
	if n := yamldoc.Nearest(word, known); n != "" {
		return n
	}
	return strings.Join(known, ", ")
}

// currencyRE is a currency in brackets at the end of a header.
var currencyRE = regexp.MustCompile(`\s*[(\[](?:元|人民币|美元|rmb|cny|usd|eur|gbp|cad|[$¥€£])[)\]]$`)

func fold(text string) string { return currencyRE.ReplaceAllString(decode.Fold(text), "") }

// Of says what a text on a bill of a provider means; false where nothing knows
// it, and the word is other.
func (s Set) Of(provider, text string) (Word, bool) {
	r, ok := s.find(provider, text)
	if !ok {
		return s.word(Other), false
	}
	return s.words[r.word], true
}

func (s Set) find(provider, text string) (rule, bool) {
	folded := fold(text)
	own := s.provider[decode.Fold(provider)]
	for _, n := range []names{own, s.all} {
		if r, ok := n.texts[folded]; ok {
			return r, true
		}
	}
	for _, n := range []names{own, s.all} {
		for _, r := range n.patterns {
			if r.re.MatchString(folded) {
				return r, true
			}
		}
	}
	return rule{}, false
}

func (s Set) word(charge string) Word {
	for _, w := range s.words {
		if w.Charge == charge {
			return w
		}
	}
	return Word{Charge: charge, Class: Other}
}

// Words lists the charges in the order of the file.
func (s Set) Words() []Word { return slices.Clone(s.words) }
