package run

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"waybill/pipeline/feed"
)

const (
	// sureFrom is the confidence from which a guess is taken without a person.
	sureFrom = 0.9
	// worthNaming is the confidence below which a template is no suggestion.
	worthNaming = 0.5
	// closeBy is how near the second candidate may come.
	closeBy = 0.05
)

// Candidate is a template that may fit a file.
type Candidate struct {
	Template   string   `json:"template"`
	Title      string   `json:"title"`
	Confidence float64  `json:"confidence"` // 0 to 1
	Why        string   `json:"why"`
	Missing    []string `json:"missing"` // names of the signature that the file lacks
}

// Guess says what a file seems to be.
type Guess struct {
	File       string      `json:"file"`
	Candidates []Candidate `json:"candidates"` // the best first
	Sure       bool        `json:"sure"`       // the first may be taken without a person
	Doubt      string      `json:"doubt,omitempty"`
	Unreadable string      `json:"unreadable,omitempty"` // why the file cannot be read
}

// Head reads the beginning of a file whose mapping is not known.
func (r *Runner) Head(ctx context.Context, file string, templates []*feed.Feed) (h feed.Head, err error) {
	l, closeIt, err := r.trialLoader(ctx)
	if err != nil {
		return h, err
	}
	defer func() { err = errors.Join(err, closeIt()) }()
	// a header below title lines is found by the names of any template
	var expect []string
	for _, t := range templates {
		if len(t.CSV.Columns) > 0 {
			continue // its files have no header
		}
		for _, n := range t.Marks() {
			if !slices.Contains(expect, n) {
				expect = append(expect, n)
			}
		}
	}
	if h, err = l.Head(ctx, nil, file, expect...); err != nil || h.JSON != nil {
		return h, err
	}
	h.Bare = map[string][][]string{}
	for _, t := range templates {
		if len(t.CSV.Columns) == 0 {
			continue
		}
		bare, err := l.Head(ctx, &feed.Feed{CSV: t.CSV, Formats: t.Formats, Format: t.Format}, file)
		if ctx.Err() != nil {
			return h, ctx.Err()
		}
		if err == nil { // else it is no such file
			h.Bare[t.Name] = bare.Rows
		}
	}
	return h, nil
}

// Guess recognises files by the templates.
func (r *Runner) Guess(ctx context.Context, files []string) ([]Guess, error) {
	templates, err := r.Templates()
	if err != nil {
		return nil, err
	}
	var out []Guess
	for _, f := range files {
		g := Guess{File: f, Candidates: []Candidate{}}
		h, err := r.Head(ctx, f, templates)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			g.Unreadable = err.Error()
			out = append(out, g)
			continue
		}
		for _, s := range feed.Guess(templates, h) {
			at := slices.IndexFunc(templates, func(t *feed.Feed) bool { return t.Name == s.Template })
			g.Candidates = append(g.Candidates, Candidate{s.Template, templates[at].Template.Title, s.Confidence, s.Why, append([]string{}, s.Missing...)})
		}
		g.judge(h.JSON != nil)
		out = append(out, g)
	}
	return out, nil
}

// judge says whether the first candidate may be taken without a person.
func (g *Guess) judge(isJSON bool) {
	draft := "waybill feed draft " + g.File
	if isJSON {
		draft = "waybill feed show NAME, the text of the nearest template, and change it" // drafts are made for tables
	}
	switch c := g.Candidates; {
	case len(c) == 0, c[0].Confidence < worthNaming:
		g.Doubt = "no template knows this file; try: " + draft
	case c[0].Confidence < sureFrom:
		g.Doubt = fmt.Sprintf("%s fits by %.2f only, less than %.1f; try: --template %s where it is that export, else %s", c[0].Template, c[0].Confidence, sureFrom, c[0].Template, draft)
	case len(c) > 1 && c[0].Confidence-c[1].Confidence < closeBy:
		g.Doubt = fmt.Sprintf("%s and %s fit alike; try: --template %s, or --template %s", c[0].Template, c[1].Template, c[0].Template, c[1].Template)
	default:
		g.Sure = true
	}
}
