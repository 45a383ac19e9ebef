package reports

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/goccy/go-yaml"
)

// languages that a page can hold, with the tag that its text carries.
var languages = map[string]string{"zh": "zh-CN", "en": "en"}

// phrase is a sentence before its language is chosen: a key of the words files
// with named arguments, a literal that comes from data and reads the same in
// each language, a number, or a text that was made in each language before.
type phrase struct {
	key  string
	args []any // name, value, name, value …; a value is a string, a number text or a phrase
	lit  string
	num  number
	made map[string]string // by language
}

// Set says whether there is anything to show; templates ask it.
func (p phrase) Set() bool { return p.key != "" || p.lit != "" || p.num != "" || len(p.made) > 0 }

// number is a text that the page itself formatted: digits, signs and units.
type number string

func say(key string, args ...any) phrase { return phrase{key: key, args: args} }

func literal(s string) phrase { return phrase{lit: s} }

func digitsOf(n number) phrase { return phrase{num: n} }

// words holds the sentences of one page and notes what it lacks.
type words struct {
	langs   []string // the first shows without JavaScript
	table   map[string]map[string]string
	used    map[string]bool
	missing map[string]bool
}

// readWords reads words/<lang>.yaml for each language: a flat map from key to
// sentence, with {name} where an argument stands.
func readWords(files fs.FS, langs []string) (*words, error) {
	w := &words{table: map[string]map[string]string{}, used: map[string]bool{}, missing: map[string]bool{}}
	if len(langs) == 0 {
		langs = []string{"zh", "en"}
	}
	for _, lang := range langs {
		if languages[lang] == "" {
			return nil, fmt.Errorf("language %q has no words; try: zh, en", lang)
		}
		if w.table[lang] != nil {
			continue
		}
		name := "words/" + lang + ".yaml"
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read reports/%s: %w", name, err)
		}
		table := map[string]string{}
		if err := yaml.Unmarshal(raw, &table); err != nil {
			return nil, fmt.Errorf("reports/%s: %w", name, err)
		}
		w.langs = append(w.langs, lang)
		w.table[lang] = table
	}
	return w, nil
}

// err says which keys were asked for and not found.
func (w *words) err() error {
	if len(w.missing) == 0 {
		return nil
	}
	var all []error
	keys := make([]string, 0, len(w.missing))
	for k := range w.missing {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		all = append(all, fmt.Errorf("reports/words/%s: missing", k))
	}
	return fmt.Errorf("the page lacks words; try: compare your words files with the built-in ones\n%w", errors.Join(all...))
}

// term is the word for a code of a closed list; a code that the words do not
// know (a workspace may add its own) stands as it is.
func (w *words) term(family, id string) phrase {
	key := family + "." + id
	for _, lang := range w.langs {
		if _, ok := w.table[lang][key]; ok {
			return say(key)
		}
	}
	return literal(id)
}

// placeholder is {name}, where the argument stands, or {name|one|other}, a word
// that agrees with the number of the argument: one for 1, other for all else.
var placeholder = regexp.MustCompile(`\{([a-z][a-z0-9_]*)(?:\|([^{}|]*)\|([^{}|]*))?\}`)

func (w *words) sentence(lang, key string) string {
	w.used[key] = true
	s, ok := w.table[lang][key]
	if !ok {
		w.missing[lang+".yaml: "+key] = true
	}
	return s
}

// fill puts the arguments in their places; show renders one argument.
func fill(s string, args []any, plain func(string) string, show func(any) string) string {
	var b strings.Builder
	last := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(s, -1) {
		b.WriteString(plain(s[last:m[0]]))
		name := s[m[2]:m[3]]
		for i := 0; i+1 < len(args); i += 2 {
			switch {
			case args[i] != name:
			case m[4] < 0:
				b.WriteString(show(args[i+1]))
			case fmt.Sprint(args[i+1]) == "1":
				b.WriteString(plain(s[m[4]:m[5]]))
			default:
				b.WriteString(plain(s[m[6]:m[7]]))
			}
		}
		last = m[1]
	}
	b.WriteString(plain(s[last:]))
	return b.String()
}

// plain is the phrase as text in one language.
func (w *words) plain(lang string, p phrase) string {
	switch {
	case p.num != "":
		return string(p.num)
	case p.made != nil:
		if text, ok := p.made[lang]; ok {
			return text
		}
		for _, l := range slices.Sorted(maps.Keys(p.made)) {
			return p.made[l] // made in other languages than this page
		}
	case p.key == "":
		return p.lit
	}
	same := func(s string) string { return s }
	return fill(w.sentence(lang, p.key), p.args, same, func(v any) string {
		switch v := v.(type) {
		case phrase:
			return w.plain(lang, v)
		case number:
			return string(v)
		default:
			return fmt.Sprint(v)
		}
	})
}

// each is the phrase as text, by language.
func (w *words) each(p phrase) map[string]string {
	out := map[string]string{}
	for _, lang := range w.langs {
		out[lang] = w.plain(lang, p)
	}
	return out
}

// both is the phrase in all languages of the page, once where they agree: for
// places that cannot switch, such as the cells of a workbook.
func (w *words) both(p phrase) string {
	var out []string
	for _, lang := range w.langs {
		if text := w.plain(lang, p); text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return strings.Join(out, " / ")
}

// html is the phrase in all languages of the page; the style sheet shows one.
// Arguments from data are isolated, so that right-to-left text stays in place.
func (w *words) html(p phrase) template.HTML {
	switch {
	case p.num != "":
		return template.HTML(whole(string(p.num)))
	case p.made == nil && p.key == "":
		return template.HTML("<bdi>" + whole(p.lit) + "</bdi>")
	}
	var b strings.Builder
	for _, lang := range w.langs {
		fmt.Fprintf(&b, `<span class="w-%s" lang="%s">%s</span>`, lang, languages[lang], w.inner(lang, p))
	}
	return template.HTML(b.String())
}

func (w *words) inner(lang string, p phrase) string {
	if p.key == "" {
		return "<bdi>" + whole(w.plain(lang, p)) + "</bdi>"
	}
	return fill(w.sentence(lang, p.key), p.args, template.HTMLEscapeString, func(v any) string {
		switch v := v.(type) {
		case phrase:
			return w.inner(lang, v)
		case number:
			return `<span class="num">` + template.HTMLEscapeString(string(v)) + `</span>`
		default:
			return "<bdi>" + whole(fmt.Sprint(v)) + "</bdi>"
		}
	})
}

// wholeUpTo is the most columns of a text that a line may not break: it fits a phone.
const wholeUpTo = 26

// columnsOf is how wide a text is, as on a terminal: a Chinese character takes two.
func columnsOf(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x2e80 {
			n++
		}
	}
	return n
}

var (
	// instantRE is a day with a time, which may stand below it where it has seconds or a zone.
	instantRE = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d`)
	// unbroken is a time with its zone, or a word with a hyphen in it.
	unbroken = regexp.MustCompile(`\d\d:\d\d(?::\d\d)?(?: (?:UTC|[+-]\d\d:\d\d))|[!-~]*-[!-~]*`)
)

// whole escapes a text and keeps what has a hyphen in it, such as a date, a
// range or the code of a channel, on one line: all of it where that is short
// enough, else each day, each time and each word.
func whole(s string) string {
	keep := func(s string) string { return `<span class="k">` + template.HTMLEscapeString(s) + `</span>` }
	switch {
	case !strings.Contains(s, "-"):
		return template.HTMLEscapeString(s)
	case columnsOf(s) <= wholeUpTo && !instantRE.MatchString(s), len(s) <= len("2026-11-09 09:28"):
		return keep(s)
	}
	var b strings.Builder
	last := 0
	for _, at := range unbroken.FindAllStringIndex(s, -1) {
		if at[1]-at[0] <= wholeUpTo {
			b.WriteString(template.HTMLEscapeString(s[last:at[0]]) + keep(s[at[0]:at[1]]))
			last = at[1]
		}
	}
	return b.String() + template.HTMLEscapeString(s[last:])
}
