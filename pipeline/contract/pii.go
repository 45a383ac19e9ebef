package contract

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"waybill/pipeline/yamldoc"
)

// Treatment is what a workspace wants of a column with personal data.
type Treatment string

const (
	Drop Treatment = "drop" // never read from a file: the default
	Keep Treatment = "keep" // a column like any other
	Hash Treatment = "hash" // a text: the keyed hash of the cell, in hex
)

// Treatments lists what a policy may say.
var Treatments = []Treatment{Drop, Keep, Hash}

// Policy says what becomes of personal data, by column or table.column; the
// longer name goes first. A column that it does not name is dropped.
type Policy map[string]Treatment

// PolicyError is an entry of a policy that cannot be followed.
type PolicyError struct {
	Entry string // as the policy has it
	Text  string
}

func (e *PolicyError) Error() string { return e.Entry + ": " + e.Text }

// Treat gives the contracts as a policy wants them: a column that is kept or
// hashed loses its PII mark and is stored, and Treated says why. The set itself
// stays as it is. Every entry that is wrong is one *PolicyError, in the order of
// their names.
func (s Set) Treat(p Policy) (Set, []*PolicyError) {
	var wrong []*PolicyError
	for _, entry := range sortedEntries(p) {
		if text := s.refuse(entry, p[entry]); text != "" {
			wrong = append(wrong, &PolicyError{entry, text})
		}
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	out := Set{}
	for name, t := range s {
		of := name
		if t.Kind == Current {
			of = t.Of
		}
		t.Columns = slices.Clone(t.Columns)
		for i := range t.Columns {
			c := &t.Columns[i]
			if !c.PII {
				continue
			}
			how, named := p[of+"."+c.Name]
			if !named {
				how = p[c.Name]
			}
			switch how {
			case Keep:
				c.PII, c.Treated = false, Keep
			case Hash:
				c.PII, c.Treated = false, Hash
				c.Doc += "; keyed hash (HMAC-SHA-256, hex)"
			}
		}
		out[name] = t
	}
	return out, nil
}

// refuse says what is wrong with an entry, "" where nothing is.
func (s Set) refuse(entry string, how Treatment) string {
	if !slices.Contains(Treatments, how) {
		// it may be a key at the wrong place: not shown
		return "what becomes of it is none of drop, keep, hash"
	}
	table, column, whole := strings.Cut(entry, ".")
	if !whole {
		table, column = "", entry
	}
	var known []string
	there, personal := false, false
	for _, t := range s.Sorted() {
		for _, c := range t.Columns {
			if c.PII && t.Kind != Current {
				known = append(known, c.Name)
				if whole {
					known = append(known, t.Name+"."+c.Name)
				}
			}
			if c.Name != column || (whole && t.Name != table) {
				continue
			}
			there = true
			personal = personal || c.PII
			if c.PII && t.Kind == Current && whole {
				return "the rows are those of " + t.Of + "; try: " + t.Of + "." + column
			}
			if c.PII && t.Kind != Current && how == Hash && c.Type != "varchar" {
				return fmt.Sprintf("%s.%s is no text, and only text is hashed; try: keep or drop", t.Name, c.Name)
			}
		}
	}
	switch {
	case there && !personal:
		return "no contract marks it as personal data: it is stored as it stands; try: leave it out"
	case !there:
		sort.Strings(known)
		if near := yamldoc.Nearest(entry, slices.Compact(known)); near != "" {
			return "no contract has such a column; try: " + near
		}
		return "no contract has such a column; try: " + strings.Join(slices.Compact(known), ", ")
	}
	return ""
}

// Treated lists the columns of these tables that are personal data and stored,
// as table.column=keep or table.column=hash, sorted.
func (s Set) Treated(tables ...string) []string {
	var out []string
	for _, name := range tables {
		for _, c := range s[name].Columns {
			if c.Treated != "" {
				out = append(out, name+"."+c.Name+"="+string(c.Treated))
			}
		}
	}
	sort.Strings(out)
	return slices.Compact(out)
}

// Personal says that a column holds personal data, stored or not.
func (c Column) Personal() bool { return c.PII || c.Treated != "" }

func sortedEntries(p Policy) []string {
	out := make([]string, 0, len(p))
	for k := range p {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
