package carrier

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// matcher finds the first text rule that matches. A hundred regular expressions
// a text would take most of a run: one pass over the text finds which of the
// patterns' own words stand in it, and only patterns with a word there are run.
type matcher struct {
	rules  []rule
	words  map[rune][]word // by first rune
	always []int           // patterns without a word that they need
	n      int             // patterns
}

type rule struct {
	match, not pattern
	target     Target
}

type pattern struct {
	id    int
	re    *regexp.Regexp // nil: no pattern
	plain bool           // one of its words is all that it needs
}

type word struct {
	text     string
	patterns []int
}

// compilePattern compiles for texts that fold has been over.
func compilePattern(p string) (*regexp.Regexp, error) { return regexp.Compile("(?i)" + foldPattern(p)) }

func newMatcher(rules []TextRule) (*matcher, error) {
	m := &matcher{words: map[rune][]word{}}
	byText := map[string][]int{}
	add := func(text string) (pattern, error) {
		p := pattern{id: m.n}
		if text == "" {
			return p, nil
		}
		m.n++
		var err error
		if p.re, err = compilePattern(text); err != nil {
			return p, err
		}
		tree, err := syntax.Parse(foldPattern(text), syntax.Perl)
		if err != nil {
			return p, err
		}
		need := needOf(tree)
		words := need.required()
		p.plain = need.exact != nil && need.pure && words != nil
		if words == nil {
			m.always = append(m.always, p.id)
		}
		for _, w := range words {
			byText[w] = append(byText[w], p.id)
		}
		return p, nil
	}
	for _, t := range rules {
		match, err := add(t.Match)
		if err != nil {
			return nil, err
		}
		not, err := add(t.Not)
		if err != nil {
			return nil, err
		}
		m.rules = append(m.rules, rule{match, not, t.Milestone})
	}
	for text, ids := range byText {
		first := []rune(text)[0]
		m.words[first] = append(m.words[first], word{text, ids})
	}
	return m, nil
}

// first gives the index of the first rule that matches a folded text, -1 for none.
func (m *matcher) first(text string) int {
	if m == nil || len(m.rules) == 0 {
		return -1
	}
	seen := make([]bool, m.n)
	for _, id := range m.always {
		seen[id] = true
	}
	for i, r := range text {
		for _, w := range m.words[r] {
			if strings.HasPrefix(text[i:], w.text) {
				for _, id := range w.patterns {
					seen[id] = true
				}
			}
		}
	}
	in := func(p pattern) bool {
		return p.re != nil && seen[p.id] && (p.plain || p.re.MatchString(text))
	}
	for i, r := range m.rules {
		if in(r.match) && !in(r.not) {
			return i
		}
	}
	return -1
}

// need is what a text must hold for a pattern to match.
type need struct {
	exact []string // the pattern matches just these; nil: more than that
	any   []string // one of these must stand in the text; nil: not known
	pure  bool     // exact, and free of anchors
}

const mostWords = 64

// required are words of which a text must hold one; nil where none is needed.
func (n need) required() []string {
	words := n.any
	if n.exact != nil {
		words = n.exact
	}
	if slices.Contains(words, "") {
		return nil
	}
	return words
}

func needOf(re *syntax.Regexp) need {
	switch re.Op {
	case syntax.OpLiteral:
		return need{exact: []string{foldWord(re.Rune)}, pure: true}
	case syntax.OpCharClass:
		return needOfClass(re.Rune)
	case syntax.OpEmptyMatch:
		return need{exact: []string{""}, pure: true}
	case syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return need{exact: []string{""}}
	case syntax.OpCapture:
		return needOf(re.Sub[0])
	case syntax.OpQuest:
		if n := needOf(re.Sub[0]); n.exact != nil {
			return need{exact: unique(append(slices.Clone(n.exact), "")), pure: n.pure}
		}
	case syntax.OpPlus:
		return need{any: needOf(re.Sub[0]).required()}
	case syntax.OpRepeat:
		if re.Min > 0 {
			return need{any: needOf(re.Sub[0]).required()}
		}
	case syntax.OpConcat:
		return needOfConcat(re.Sub)
	case syntax.OpAlternate:
		return needOfAlternate(re.Sub)
	}
	return need{}
}

func needOfClass(ranges []rune) need {
	var exact []string
	for i := 0; i+1 < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			if len(exact) == 8 {
				return need{}
			}
			exact = append(exact, foldWord([]rune{r}))
		}
	}
	if exact == nil {
		return need{}
	}
	return need{exact: unique(exact), pure: true}
}

// needOfConcat multiplies the parts while they are exact and keeps the longest
// run of them, or the best part that is not exact.
func needOfConcat(subs []*syntax.Regexp) need {
	run, pure, broken := []string{""}, true, false
	var best []string
	keep := func(words []string) {
		if words != nil && !slices.Contains(words, "") && (best == nil || shortest(words) > shortest(best)) {
			best = words
		}
	}
	for _, sub := range subs {
		n := needOf(sub)
		if n.exact != nil && len(run)*len(n.exact) <= mostWords {
			var next []string
			for _, a := range run {
				for _, b := range n.exact {
					next = append(next, a+b)
				}
			}
			run, pure = unique(next), pure && n.pure
			continue
		}
		broken = true
		keep(run)
		keep(n.required())
		run = []string{""}
		if n.exact != nil {
			run = n.exact
		}
	}
	if !broken {
		return need{exact: run, pure: pure}
	}
	keep(run)
	return need{any: best}
}

func needOfAlternate(subs []*syntax.Regexp) need {
	exact, all, pure := true, []string{}, true
	for _, sub := range subs {
		n := needOf(sub)
		words := n.exact
		if words == nil {
			exact, words = false, n.any
		}
		if words == nil {
			return need{}
		}
		all, pure = append(all, words...), pure && n.pure
	}
	all = unique(all)
	if exact && len(all) <= 4*mostWords {
		return need{exact: all, pure: pure}
	}
	if slices.Contains(all, "") {
		return need{}
	}
	return need{any: all}
}

func foldWord(runes []rune) string {
	var b strings.Builder
	for _, r := range runes {
		b.WriteRune(foldRune(r))
	}
	return b.String()
}

func unique(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}

func shortest(words []string) int {
	n := len(words[0])
	for _, w := range words {
		n = min(n, len(w))
	}
	return n
}
