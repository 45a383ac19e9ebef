package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"waybill/pipeline/load"
	"waybill/pipeline/run"
)

type runOptions struct {
	job     string
	full    bool
	asOf    string
	knownAt string
}

func newRun(env *Env, c *common) *cobra.Command {
	o := runOptions{}
	cmd := &cobra.Command{
		Use: "run [JOB]", Short: "Run a job: load what is new, bring facts up to date, render its reports",
		Long:    "Runs a job of jobs/ (built in: daily, weekly, monthly; default weekly). Two runs at a time on one workspace are refused." + exitHelp,
		Example: "  waybill -C demo run weekly\n  waybill -C demo run weekly --as-of 2026-10-05T00:00:00Z",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			o.job = "weekly"
			if len(a) == 1 {
				o.job = a[0]
			}
			return runRun(cmd.Context(), env, c, o)
		},
	}
	cmd.Flags().BoolVar(&o.full, "full", false, "map every file of the raw archive again and build all facts anew")
	cmd.Flags().StringVar(&o.asOf, "as-of", "", "reports: nothing after this instant has happened")
	cmd.Flags().StringVar(&o.knownAt, "known-at", "", "reports: as a lake version knew it (id or number)")
	return cmd
}

func runRun(ctx context.Context, env *Env, c *common, o runOptions) error {
	r, err := c.open(env)
	if err != nil {
		return err
	}
	asOf, err := instant(o.asOf)
	if err != nil {
		return err
	}
	if _, err := r.ReadJob(o.job); err != nil {
		return &exitError{exitUsage, err}
	}
	start := env.Now()
	out, err := r.Job(ctx, o.job, run.JobOptions{Full: o.full, View: run.View{AsOf: asOf, KnownAt: o.knownAt}})
	if err != nil {
		return err
	}
	return finish(env, c, out, env.Now().Sub(start))
}

// finish prints an outcome and gives the exit code.
func finish(env *Env, c *common, out run.Outcome, took time.Duration) error {
	env.progress.end()
	if c.json {
		if err := printJSON(env, out); err != nil {
			return err
		}
	} else {
		printOutcome(env, out, took)
	}
	if out.Partial() {
		return exit(exitPartly, "%d of the feeds' files or folders were not loaded; the rest is published", len(out.Issues))
	}
	return nil
}

// maxNotes is how many notes a person reads: a moved workspace brings one per file.
const maxNotes = 5

func printOutcome(env *Env, out run.Outcome, took time.Duration) {
	for _, m := range out.Messages {
		fmt.Fprintln(env.Stdout, m)
	}
	for _, i := range out.Issues {
		fmt.Fprintf(env.Stderr, "not loaded: %s: %s\n", i.Feed, i.Text)
	}
	for _, n := range out.Notes[:min(maxNotes, len(out.Notes))] {
		fmt.Fprintf(env.Stderr, "note: %s: %s: %s\n", n.Feed, n.File, n.Text)
	}
	if more := len(out.Notes) - maxNotes; more > 0 {
		fmt.Fprintf(env.Stderr, "note: and %d more; try: --json\n", more)
	}
	var files int
	var records, stored, repeats, rejected int64
	seen := map[string]bool{}
	for _, e := range out.Loads {
		if e.Status != load.Loaded {
			continue
		}
		if !seen[e.LoadID] {
			seen[e.LoadID] = true
			files++
		}
		records, stored, repeats, rejected = records+e.Records, stored+e.Stored, repeats+e.Repeats, rejected+e.Rejected
	}
	switch {
	case out.Nothing || files == 0 && !out.Published && !out.Partial():
		fmt.Fprintln(env.Stdout, "nothing new")
	case files > 0:
		fmt.Fprintf(env.Stdout, "loaded %d files: %d records, %d stored, %d repeats, %d rejected\n", files, records, stored, repeats, rejected)
	}
	if t := out.Touched; t != nil && (out.Published || t.Orders+t.Shipments+t.Bills > 0) {
		bills := ""
		if t.Bills > 0 {
			bills = fmt.Sprintf(", and %d bills,", t.Bills)
		}
		fmt.Fprintf(env.Stdout, "facts of %d orders and %d parcels%s brought up to date\n", t.Orders, t.Shipments, bills)
	}
	if out.Published {
		fmt.Fprintf(env.Stdout, "lake version %s (%d) in %s\n", out.Version.ID, out.Version.Seq, took.Round(10*time.Millisecond))
	}
	for _, p := range out.Reports {
		fmt.Fprintln(env.Stdout, p)
	}
}

func instant(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, exit(exitUsage, "instant %q; try: 2026-11-16T00:00:00Z", s)
}
