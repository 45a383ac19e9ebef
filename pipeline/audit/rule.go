package audit

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// What a rule takes.
const (
	TakesLines   = "lines"   // whole lines, before anything is priced: nothing of them is owed
	TakesEffects = "effects" // open parts of the difference between billed and quoted
	TakesBill    = "bill"    // says something of a bill as a whole, beside its lines
	TakesNothing = "nothing" // a hint: its amount is no part of the total
	// TakesCompensation claims what the contract pays for what became of a parcel.
	// The charge was right: nothing of billed minus quoted is taken.
	TakesCompensation = "compensation"
)

// Confidences of a finding.
const (
	Hard = "hard" // follows from the contract and our own data
	Soft = "soft" // worth a look
)

// Rule is a file of queries/audit.
type Rule struct {
	ID         string   `json:"rule"`
	Version    int      `json:"version"`
	Title      string   `json:"title"`
	TitleZH    string   `json:"title_zh"`
	Purpose    string   `json:"purpose"`
	Place      int      `json:"place"` // order in which rules claim
	Takes      string   `json:"takes"`
	Effect     string   `json:"effect,omitempty"` // of whole lines: not_due or unmatched
	Confidence string   `json:"confidence"`
	Needs      []string `json:"needs,omitempty"` // columns of billing_lines, quotes or accounts
	ByCharge   bool     `json:"by_charge"`       // one finding per charge, not per parcel
	ByBill     bool     `json:"by_bill"`         // of whole lines: one finding per bill, not per line
	File       string   `json:"file"`
	text       string
}

// Among the needs of a rule, what is no column of billing_lines.
const (
	Quotes      = "quotes"   // a rate card must price the parcel
	OwnAccounts = "accounts" // the profile of the provider must say which accounts are ours
)

// ReadRules reads the rules below queries/audit in the order in which they claim.
func ReadRules(queries fs.FS) ([]Rule, error) {
	names, err := fs.Glob(queries, "audit/*.sql")
	if err != nil {
		return nil, err
	}
	var out []Rule
	for _, n := range names {
		b, err := fs.ReadFile(queries, n)
		if err != nil {
			return nil, err
		}
		r, err := parseRule(n, string(b))
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	sort.SliceStable(out, func(i, j int) bool {
		return out[i].Place < out[j].Place || out[i].Place == out[j].Place && out[i].ID < out[j].ID
	})
	for i := 1; i < len(out); i++ {
		if j := slices.IndexFunc(out[:i], func(r Rule) bool { return r.ID == out[i].ID }); j >= 0 {
			return nil, fmt.Errorf("queries/%s:1:1: %s is also the name of queries/%s; try: another name", out[i].File, out[i].ID, out[j].File)
		}
	}
	return out, nil
}

func parseRule(file, text string) (Rule, error) {
	r := Rule{File: file, Version: 1, Place: 1000, text: text}
	for i, line := range strings.Split(text, "\n") {
		rest, ok := strings.CutPrefix(line, "-- ")
		if !ok {
			break
		}
		key, value, ok := strings.Cut(rest, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		bad := func(try string) error {
			return fmt.Errorf("queries/%s:%d:1: %s %q; try: %s", file, i+1, key, value, try)
		}
		var err error
		switch key {
		case "name":
			r.ID = value
		case "title":
			r.Title = value
		case "zh":
			r.TitleZH = value
		case "purpose":
			r.Purpose = value
		case "effect":
			r.Effect = value
		case "place":
			if r.Place, err = strconv.Atoi(value); err != nil {
				return r, bad("a whole number")
			}
		case "version":
			if r.Version, err = strconv.Atoi(value); err != nil {
				return r, bad("a whole number")
			}
		case "takes":
			if r.Takes = value; !slices.Contains([]string{TakesLines, TakesEffects, TakesBill, TakesCompensation, TakesNothing}, value) {
				return r, bad("lines, effects, bill, compensation or nothing")
			}
		case "confidence":
			if r.Confidence = value; value != Hard && value != Soft {
				return r, bad("hard or soft")
			}
		case "by":
			if r.ByCharge, r.ByBill = value == "charge", value == "bill"; !r.ByCharge && !r.ByBill {
				return r, bad("charge or bill")
			}
		case "needs":
			for _, n := range strings.Split(value, ",") {
				r.Needs = append(r.Needs, strings.TrimSpace(n))
			}
		}
	}
	for _, need := range []struct{ key, value string }{{"name", r.ID}, {"title", r.Title}, {"purpose", r.Purpose}, {"takes", r.Takes}, {"confidence", r.Confidence}} {
		if need.value == "" {
			return r, fmt.Errorf("queries/%s:1:1: the header lacks %s", file, need.key)
		}
	}
	if r.TitleZH == "" {
		r.TitleZH = r.Title
	}
	if r.Takes == TakesLines && r.Effect != "not_due" && r.Effect != "unmatched" {
		return r, fmt.Errorf("queries/%s:1:1: a rule that takes lines says effect: not_due or unmatched", file)
	}
	return r, nil
}

// Name is the file's name without folder and ending.
func (r Rule) Name() string { return strings.TrimSuffix(path.Base(r.File), ".sql") }
