package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"waybill/pipeline/run"
)

type guessOptions struct {
	files    []string
	template string
	write    bool
	load     bool
	shop     string
	set      []string
	zone     string
}

func newFeedGuess(env *Env, c *common) *cobra.Command {
	o := guessOptions{}
	cmd := &cobra.Command{
		Use: "guess FILE…", Short: "Say which template fits a file, how surely and why, and write the feed", Args: args(cobra.MinimumNArgs(1)),
		Long: `Compares headers and cells with every template. With --write it makes feeds/TEMPLATE.yaml and its inbox; an equal feed is left alone, a name
that is taken gets a number, nothing is overwritten. With --load it copies the files into the inbox too. Where the best template fits by less than
0.9, or two fit alike, nothing is written without --template; the other files' feeds are, and that is exit 3.` + exitHelp,
		Example: `  waybill feed guess orders.csv tracking.json
  waybill -C shop feed guess orders.csv --write --load --shop my-shop --zone Asia/Shanghai
  waybill -C shop feed guess orders.csv --write --template tiktok_orders --set time_format="%d/%m/%Y %H:%M:%S"`,
		RunE: func(cmd *cobra.Command, a []string) error {
			o.files = a
			return runFeedGuess(cmd.Context(), env, c, o)
		},
	}
	cmd.Flags().BoolVar(&o.write, "write", false, "write the feeds into the workspace")
	cmd.Flags().BoolVar(&o.load, "load", false, "write the feeds and copy the files into their inboxes")
	cmd.Flags().StringVar(&o.template, "template", "", "take this template, whatever the guess")
	cmd.Flags().StringVar(&o.shop, "shop", "", "the shop's name in reports: --set shop_id=SHOP")
	cmd.Flags().StringArrayVar(&o.set, "set", nil, "value of a param of the template, as shop_id=my-shop; several times")
	cmd.Flags().StringVar(&o.zone, "zone", "", "IANA zone of the times in the file")
	return cmd
}

// guessed is a guess with what was made of it.
type guessed struct {
	run.Guess
	Template string         `json:"template,omitempty"` // that is taken
	Written  *run.AddedFeed `json:"written,omitempty"`
	Dropped  []string       `json:"dropped,omitempty"` // files in the inbox
}

func runFeedGuess(ctx context.Context, env *Env, c *common, o guessOptions) error {
	set, err := settings(o.set)
	if err != nil {
		return err
	}
	if o.shop != "" {
		if old, twice := set["shop_id"]; twice && old != o.shop {
			return exit(exitUsage, "--shop %s and --set shop_id=%s differ", o.shop, old)
		}
		set["shop_id"] = o.shop
	}
	if o.write || o.load {
		o.write = true
		if _, err := c.open(env); err != nil {
			return err
		}
	}
	return c.within(env, func(r *run.Runner) error {
		if o.template != "" {
			if _, err := r.Template(o.template); err != nil {
				return usage(err)
			}
		}
		guesses, err := r.Guess(ctx, o.files)
		if err != nil {
			return err
		}
		var out []guessed
		for _, g := range guesses {
			x := guessed{Guess: g}
			switch {
			case g.Unreadable != "":
			case o.template != "":
				x.Template = o.template
			case g.Sure:
				x.Template = g.Candidates[0].Template
			}
			out = append(out, x)
		}
		var writeErr error
		if o.write {
			writeErr = writeFeeds(r, out, o, set)
		}
		if c.json {
			if err := printJSON(env, out); err != nil {
				return err
			}
		} else {
			printGuesses(env, out, o)
		}
		if writeErr != nil {
			return writeErr
		}
		return guessExit(out, o)
	})
}

// writeFeeds makes the feeds of the files that are known.
func writeFeeds(r *run.Runner, list []guessed, o guessOptions, set map[string]string) error {
	// each value goes to the templates that have such a param
	usable := map[string]bool{}
	for i := range list {
		x := &list[i]
		if x.Template == "" {
			continue
		}
		t, err := r.Template(x.Template)
		if err != nil {
			return usage(err)
		}
		spec := run.FeedSpec{Template: x.Template, Set: map[string]string{}, Zone: o.zone, Files: []string{x.File}}
		for k, v := range set {
			if _, has := t.Params[k]; has || len(o.files) == 1 {
				spec.Set[k], usable[k] = v, true
			}
		}
		if o.shop != "" && len(o.files) == 1 {
			if _, has := t.Params["shop_id"]; !has {
				return exit(exitUsage, "template %s takes no shop; try: leave --shop out", x.Template)
			}
		}
		a, err := r.AddFeed(spec)
		if err != nil {
			return usage(err)
		}
		x.Written = &a
		if o.load {
			if x.Dropped, err = r.DropIn(a, []string{x.File}); err != nil {
				return err
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(set)) {
		if !usable[k] && slices.ContainsFunc(list, func(x guessed) bool { return x.Written != nil }) {
			return exit(exitUsage, "none of the templates has a param %q; the feeds were written without it", k)
		}
	}
	return nil
}

func printGuesses(env *Env, list []guessed, o guessOptions) {
	t := newTable(env, "file", "template", "title", "confidence", "why")
	for _, x := range list {
		if x.Unreadable != "" {
			t.AppendRow(table.Row{x.File, "", "", "", x.Unreadable})
			continue
		}
		if len(x.Candidates) == 0 {
			t.AppendRow(table.Row{x.File, "", "", "", "no template shares a name with it"})
		}
		for i, k := range x.Candidates {
			if i > 0 && (x.Sure || i > 2) {
				break // the others are of interest only where the first is in doubt
			}
			why := k.Why
			if len(k.Missing) > 0 {
				why += "; not there: " + strings.Join(k.Missing[:min(4, len(k.Missing))], ", ")
				if more := len(k.Missing) - 4; more > 0 {
					why += fmt.Sprintf(" and %d more", more)
				}
			}
			t.AppendRow(table.Row{x.File, k.Template, k.Title, fmt.Sprintf("%.2f", k.Confidence), why})
		}
	}
	t.Render()
	for _, x := range list {
		switch {
		case x.Written != nil && x.Written.New:
			fmt.Fprintf(env.Stdout, "wrote %s\n", x.Written.File)
		case x.Written != nil:
			fmt.Fprintf(env.Stdout, "%s says the same already\n", x.Written.File)
		}
		switch {
		case len(x.Dropped) > 0:
			fmt.Fprintf(env.Stdout, "copied %s; try: waybill run weekly\n", strings.Join(x.Dropped, ", "))
		case x.Written != nil:
			fmt.Fprintf(env.Stdout, "drop its files into %s/\n", x.Written.Folder)
		case x.Template == "" && x.Doubt != "":
			fmt.Fprintf(env.Stderr, "%s: %s\n", x.File, x.Doubt)
		case x.Template != "" && !o.write:
			fmt.Fprintf(env.Stderr, "try: waybill feed try %s, then: waybill feed guess %s --write\n", quoteArg(x.File), quoteArg(x.File))
		}
	}
}

// quoteArg is a name as a shell takes it.
func quoteArg(s string) string {
	if strings.ContainsAny(s, " \t'\"\\$&;|<>()*?[]#~`") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}

// guessExit is exit 3 where some files are known and some are not, 1 where none is.
func guessExit(list []guessed, o guessOptions) error {
	unknown := 0
	for _, x := range list {
		if x.Template == "" {
			unknown++
		}
	}
	what := "not recognised for sure"
	if o.write {
		what = "not recognised for sure, and no feed was written for them"
	}
	switch {
	case unknown == 0:
		return nil
	case unknown < len(list):
		return exit(exitPartly, "%d of %d files are %s", unknown, len(list), what)
	case len(list) == 1:
		return exit(exitFailed, "the file is %s", strings.Replace(what, "for them", "for it", 1))
	}
	return exit(exitFailed, "the files are %s", what)
}
