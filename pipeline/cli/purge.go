package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"waybill/pipeline/run"
	"waybill/pipeline/workspace"
)

type purgeOptions struct {
	older  string
	feed   string
	raw    bool
	dryRun bool
	yes    bool
}

func newPurge(env *Env, c *common) *cobra.Command {
	o := purgeOptions{}
	cmd := &cobra.Command{
		Use: "purge", Short: "Remove old raw files, and the texts of rejected records",
		Long: `Removes files of the raw archive (state/raw) and the texts of rejected records, of loads that are older than --older, or than
archive.keep of waybill.yaml. What is loaded stays loaded, and a purged file that is dropped again is known by its bytes. But it
cannot be mapped again: load reload refuses, --full and a changed mapping leave such loads as they are and say how many.
A file that a changed mapping waits for stays until the next run has read it. Files in source folders are never touched.

With archive: {keep: 400d} every run ends with purge --raw --older 400d; keep: 0 removes a file as soon as a run has loaded it,
keep: forever is the default. waybill ingest and waybill load leave the archive alone: that is how a dropped file can be read once more.

Lake versions that exist are not rewritten, and they cannot be expired yet: texts of rejects, and values of a column that
waybill.yaml kept or hashed under pii and drops now, stay in the files of those versions; waybill sql does not show them.` + exitHelp,
		Example: "  waybill -C shop purge --older 90d --dry-run\n  waybill -C shop purge --older 90d --feed orders --yes",
		Args:    args(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runPurge(cmd.Context(), env, c, o) },
	}
	cmd.Flags().StringVar(&o.older, "older", "", "age of the load: 90d, 12w, 36h or 0; default archive.keep of waybill.yaml")
	cmd.Flags().StringVar(&o.feed, "feed", "", "of this feed only")
	cmd.Flags().BoolVar(&o.raw, "raw", false, "raw files only: rejected records keep their texts")
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "say what would go and remove nothing")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "remove it: there is no way back")
	return cmd
}

func runPurge(ctx context.Context, env *Env, c *common, o purgeOptions) error {
	r, err := c.open(env)
	if err != nil {
		return err
	}
	age, err := purgeAge(r.WS, o.older)
	if err != nil {
		return err
	}
	if !o.yes && !o.dryRun {
		return exit(exitUsage, "a purge cannot be taken back; try: --dry-run to look at it, then --yes")
	}
	p, err := r.Purge(ctx, run.PurgeOptions{Older: age, Feed: o.feed, Raw: o.raw, DryRun: o.dryRun})
	if errors.Is(err, run.ErrNoFeed) {
		return &exitError{exitUsage, err}
	}
	if err != nil {
		return err
	}
	if c.json {
		return printJSON(env, p)
	}
	printPurge(env, p, o)
	return nil
}

func purgeAge(ws *workspace.Workspace, older string) (time.Duration, error) {
	if older == "" {
		age, set, err := ws.Config.Archive.Limit()
		if err == nil && !set {
			return 0, exit(exitUsage, "waybill.yaml keeps raw files forever; try: --older 90d, or archive: {keep: 400d} there")
		}
		return age, err
	}
	age, err := workspace.ParseAge(older)
	if err != nil {
		return 0, exit(exitUsage, "--older: %w", err)
	}
	return age, nil
}

func printPurge(env *Env, p run.Purge, o purgeOptions) {
	for _, m := range p.Messages {
		fmt.Fprintln(env.Stdout, m)
	}
	if len(p.Files) > 0 {
		t := newTable(env, "raw file", "bytes", "feed", "came as")
		for _, f := range p.Files {
			t.AppendRow(table.Row{f.Path, f.Size, f.Feed, f.File})
		}
		t.Render()
	}
	verb := "removed"
	if o.dryRun {
		verb = "would remove"
	}
	fmt.Fprintf(env.Stdout, "%s %d raw files, %d bytes\n", verb, len(p.Files), p.Bytes)
	if !o.raw {
		fmt.Fprintf(env.Stdout, "%s the texts of %d rejected records\n", verb, p.Rejects)
	}
	if p.Waiting > 0 {
		fmt.Fprintf(env.Stdout, "%d raw files stay: a changed mapping is to read them; try: waybill run, then purge\n", p.Waiting)
	}
	if !o.raw && p.Versions > 0 {
		fmt.Fprintf(env.Stdout, "what older ones of the %d lake versions hold stays in their files: they cannot be expired yet\n", p.Versions)
	}
}
