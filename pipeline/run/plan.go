package run

import (
	"context"
	"errors"
	"fmt"
	"sort"

	"waybill/pipeline/lake"
	"waybill/pipeline/load"
)

// Plan is what a run would do now.
type Plan struct {
	Steps []PlanStep `json:"steps"`
}

// PlanStep is one thing and its reason.
type PlanStep struct {
	What    string `json:"what"` // load, replay, rebuild, price, blocked
	Subject string `json:"subject"`
	Why     string `json:"why"`
}

// Plan looks at names, sizes and hashes; it takes no lock and writes nothing.
// Where the rate cards are not those of the newest version, it prices the
// shipments under both.
func (r *Runner) Plan(ctx context.Context) (_ Plan, err error) {
	p := Plan{Steps: []PlanStep{}}
	ld := &load.Loader{Folder: r.WS.Folder, Now: r.Env.Now, Fail: r.Env.Fail}
	personal, err := r.personal()
	if err != nil {
		return p, err
	}
	before := ""
	l, err := lake.Open(ctx, lake.Options{Root: r.WS.Root, LakeDir: r.WS.LakeDir(), StateDir: r.WS.StateDir(), Now: r.Env.Now, Log: r.Env.Log, ReadOnly: true})
	switch {
	case errors.Is(err, lake.ErrEmpty):
		p.Steps = append(p.Steps, PlanStep{"rebuild", "all facts", "nothing is built yet"})
	case err != nil:
		return p, err
	default:
		defer func() { err = errors.Join(err, l.Close()) }()
		if ld.Journal, err = load.OpenJournal(ctx, l.DB(), false); err != nil {
			return p, err
		}
		built, err := ld.Journal.Built(ctx)
		if err != nil {
			return p, err
		}
		if err := ld.Prepare(ctx); err != nil {
			return p, err
		}
		hashes, err := r.hashes()
		if err != nil {
			return p, err
		}
		before = built[personalName]
		var changed []string
		for k, h := range hashes {
			if built[k] != h {
				changed = append(changed, k)
			}
		}
		sort.Strings(changed)
		for _, k := range changed {
			p.Steps = append(p.Steps, PlanStep{"rebuild", "all facts", k + " changed since they were built"})
		}
		head, err := l.Head(ctx)
		if err != nil {
			return p, err
		}
		moves, err := r.movedBy(ctx, head)
		if err != nil {
			return p, err
		}
		for _, m := range moves {
			p.Steps = append(p.Steps, PlanStep{"price", m.Card, m.Why()})
		}
	}
	for _, f := range r.Feeds {
		if n := ld.Outdated(f); n > 0 {
			what := f.File
			if personal.changed(before, f) {
				what = f.File + ", or pii in waybill.yaml,"
			}
			p.Steps = append(p.Steps, PlanStep{"replay", f.Name, fmt.Sprintf("%s changed since its %d files were loaded", what, n)})
		}
		found := ld.Find(ctx, f)
		if found.Issue != nil {
			p.Steps = append(p.Steps, PlanStep{"blocked", f.Name, found.Issue.Text})
		}
		for _, c := range found.New {
			p.Steps = append(p.Steps, PlanStep{"load", f.Name, fmt.Sprintf("%s, %d bytes, is new", c.Name, c.Size)})
		}
	}
	return p, nil
}
