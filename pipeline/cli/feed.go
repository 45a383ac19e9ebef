package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"waybill/pipeline/feed"
	"waybill/pipeline/run"
	"waybill/pipeline/workspace"
)

func newFeed(env *Env, c *common) *cobra.Command {
	cmd := &cobra.Command{
		Use: "feed", RunE: group, Short: "Find, make and try the mappings of exports",
		Long: "A feed is the mapping of one export; a template is one that waybill brings along. Without a workspace these commands know the built-in templates." + exitHelp,
		Example: `  waybill feed guess ~/Downloads/orders.csv
  waybill -C shop feed guess ~/Downloads/orders.csv --write --load
  waybill feed try ~/Downloads/orders.csv`,
	}
	cmd.AddCommand(newFeedList(env, c), newFeedShow(env, c), newFeedGuess(env, c), newFeedDraft(env, c), newFeedTry(env, c))
	return cmd
}

// openOr reads the workspace, else the built-in data alone; close frees what
// that takes.
func (c *common) openOr(env *Env) (_ *run.Runner, close func() error, err error) {
	r, err := run.Open(c.dir, env.runEnv())
	if err == nil {
		return r, func() error { return nil }, nil
	}
	if !errors.Is(err, workspace.ErrNone) {
		return nil, nil, &exitError{exitUsage, err}
	}
	return run.Outside(env.runEnv())
}

// within runs a command over the workspace or the built-in data.
func (c *common) within(env *Env, do func(*run.Runner) error) (err error) {
	r, closeIt, err := c.openOr(env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeIt()) }()
	return do(r)
}

// usage makes a mistake of who calls of an error, except where the disk failed.
func usage(err error) error {
	var disk *fs.PathError
	if err == nil || errors.As(err, &disk) {
		return err
	}
	return &exitError{exitUsage, err}
}

// settings reads k=v pairs.
func settings(list []string) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range list {
		k, v, ok := strings.Cut(s, "=")
		if !ok || k == "" {
			return nil, exit(exitUsage, "--set %q; try: --set shop_id=my-shop", s)
		}
		if old, twice := out[k]; twice && old != v {
			return nil, exit(exitUsage, "--set %s is given twice, with %q and %q", k, old, v)
		}
		out[k] = v
	}
	return out, nil
}

func newFeedList(env *Env, c *common) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the workspace's feeds and all templates", Args: args(cobra.NoArgs),
		Long:    "One row per feed of the workspace and per template. A template of the workspace (data/feeds/) replaces the built-in one of that name." + exitHelp,
		Example: "  waybill feed list\n  waybill -C shop feed list --json",
		RunE: func(*cobra.Command, []string) error {
			return c.within(env, func(r *run.Runner) error {
				list, err := r.ListFeeds()
				if err != nil {
					return usage(err)
				}
				if c.json {
					return printJSON(env, list)
				}
				t := newTable(env, "name", "what", "title", "kind", "platform", "from")
				for _, f := range list {
					from := "built in"
					if f.Own {
						from = f.File
					}
					if f.Use != "" {
						from += " by " + f.Use
					}
					t.AppendRow(table.Row{f.Name, f.What, f.Title, f.Kind, f.Platform, from})
				}
				t.Render()
				return nil
			})
		},
	}
}

func newFeedShow(env *Env, c *common) *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show a template or feed: its text, what is certain about it and what is assumed", Args: args(cobra.ExactArgs(1)),
		Long:    "Prints the text of a template or of a feed of the workspace. On a terminal it says before what was checked about the mapping, what was not, and what can be set." + exitHelp,
		Example: "  waybill feed show tiktok_orders\n  waybill feed show tiktok_orders --json",
		RunE: func(_ *cobra.Command, a []string) error {
			return c.within(env, func(r *run.Runner) error {
				f, err := r.ShowFeed(a[0])
				if err != nil {
					return usage(err)
				}
				if c.json {
					return printJSON(env, f)
				}
				if env.Terminal {
					summary(env.Stdout, f)
				}
				_, err = io.WriteString(env.Stdout, f.Text)
				return err
			})
		},
	}
}

// summary says of a template what a person wants to know first.
func summary(w io.Writer, f run.FeedText) {
	if f.Template != nil {
		summary(w, *f.Template)
		return
	}
	if f.What != "template" {
		return
	}
	fmt.Fprintf(w, "%s: %s (%s)\n", f.Name, f.Title, strings.TrimSpace(f.Kind+" "+f.Platform))
	if f.Doc != "" {
		fmt.Fprintln(w, f.Doc)
	}
	for _, l := range []struct {
		head  string
		items []string
	}{{"certain", f.Certain}, {"assumed", f.Assumed}} {
		if len(l.items) > 0 {
			fmt.Fprintf(w, "\n%s:\n", l.head)
			for _, i := range l.items {
				fmt.Fprintf(w, "  - %s\n", strings.Join(strings.Fields(i), " "))
			}
		}
	}
	if len(f.Params) > 0 {
		fmt.Fprintln(w, "\ncan be set:")
		for _, k := range slices.Sorted(maps.Keys(f.Params)) {
			fmt.Fprintf(w, "  %s: %s\n", k, paramText(f.Params[k]))
		}
	}
	fmt.Fprintln(w)
}

func paramText(p feed.Param) string {
	if p.Default == nil {
		return p.Doc + " (must be set)"
	}
	return fmt.Sprintf("%s (default %s)", p.Doc, *p.Default)
}
