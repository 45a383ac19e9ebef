package model

import (
	"regexp"
	"slices"
	"strings"

	"waybill/pipeline/engine"
)

var (
	word     = regexp.MustCompile(`\w+`)
	starOf   = regexp.MustCompile(`(?i)(\w+)\.\*`)                                            // of one relation
	starOver = regexp.MustCompile(`(?is)(?:\bselect|\bdistinct|,)\s*\*(.*?)(?:\bselect\b|$)`) // of all in FROM, which follows
	inner    = regexp.MustCompile(`(?i)\b(?:from|join)\s*\(`)
)

// used are the columns of a table that the bounded models can ask for, and always:
// those whose names stand in the text of a model that reads it, whatever they mean
// there, or all where a model takes all of them. What nobody asks for need not be
// read from the files.
func (u *build) used(table string, always ...string) []string {
	t := u.Store.Tables[table]
	said := map[string]bool{}
	for _, n := range always {
		said[n] = true
	}
	for _, q := range u.models {
		if !slices.ContainsFunc(q.Inputs, func(in Input) bool { return in.Table == table }) {
			continue
		}
		text := u.shaped(q) // a stored model asks for its own columns by name, too
		if takesAll(text, table) {
			return t.Names()
		}
		for _, w := range word.FindAllString(strings.ToLower(text), -1) {
			said[w] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(t.Names()), func(n string) bool { return !said[n] })
}

// takesAll says that a query takes, or may take, all columns of a table by a star,
// or joins by whatever columns both sides have.
func takesAll(text, table string) bool {
	if slices.Contains(word.FindAllString(strings.ToLower(text), -1), "natural") {
		return true
	}
	names := []string{table}
	for _, m := range regexp.MustCompile(`(?i)\b`+table+`\s+(?:as\s+)?(\w+)`).FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	for _, m := range starOf.FindAllStringSubmatch(text, -1) {
		if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, m[1]) }) {
			return true
		}
	}
	for rest := text; ; {
		at := starOver.FindStringSubmatchIndex(rest)
		if at == nil {
			return false
		}
		tail := rest[at[2]:at[3]]
		if inner.MatchString(tail) || slices.Contains(word.FindAllString(strings.ToLower(tail), -1), table) {
			return true
		}
		rest = rest[at[3]:]
	}
}

func quoted(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = engine.Ident(n)
	}
	return out
}
