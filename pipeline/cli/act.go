package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"waybill/pipeline/ledger"
	"waybill/pipeline/metric"
	"waybill/pipeline/run"
)

type actOptions struct {
	reason string
	until  string
	during string
	text   string
	by     string
}

func newAct(env *Env, c *common) *cobra.Command {
	cmd := &cobra.Command{
		Use: "act", RunE: group, Short: "List what to act on, and say what was done, put off or noted",
		Long: `The list is that of the weekly page. What is marked stands in the workspace's ledger (state/ledger.db), with who and when; nothing
there is ever changed, an undo is one more entry. What was done stays away until its reason holds anew.` + exitHelp,
		Example: `  waybill -C shop act list
  waybill -C shop act done LP00123456789 --by Li
  waybill -C shop act snooze 576912345678901234 --for 3d --text "carrier asked"
  waybill -C shop act undo`,
	}
	cmd.AddCommand(newActList(env, c),
		newActMark(env, c, ledger.KindDone, "Hide what was done, until its reason holds anew",
			"Hides the rows of a tracking number, parcel or order whose reason held already at the data's as-of. A reason that begins later shows again.",
			"  waybill -C shop act done LP00123456789\n  waybill -C shop act done LP00123456789 --reason silent --text \"ticket 4711\""),
		newActMark(env, c, ledger.KindSnooze, "Hide rows until a day",
			"Hides the rows of a tracking number, parcel or order until the as-of of the data has reached the day, which begins in the workspace's zone. --for counts from now.",
			"  waybill -C shop act snooze LP00123456789 --until 2026-11-25\n  waybill -C shop act snooze LP00123456789 --for 3d"),
		newActMark(env, c, ledger.KindNote, "Write a note beside rows",
			"Writes a note beside the rows of a tracking number, parcel or order. The newest one shows. Names and phones of buyers do not belong there.",
			"  waybill -C shop act note LP00123456789 --text \"promised for Friday\""),
		newActUndo(env, c))
	return cmd
}

func newActList(env *Env, c *common) *cobra.Command {
	var all bool
	limit := 50
	cmd := &cobra.Command{
		Use: "list", Short: "List what to act on today", Args: args(cobra.NoArgs),
		Long:    "One row per parcel, or order without one, with its most urgent reason; the most urgent first. Rows that were done or put off are counted." + exitHelp,
		Example: "  waybill -C shop act list\n  waybill -C shop act list --all --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := c.open(env)
			if err != nil {
				return err
			}
			list, err := r.Actions(cmd.Context(), run.View{}, all)
			if err != nil {
				return reportError(err)
			}
			if c.json {
				return printJSON(env, list)
			}
			printActions(env, list, limit)
			return nil
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "hidden rows too, with why and until when")
	cmd.Flags().IntVar(&limit, "limit", limit, "rows of the table; at most 500")
	return cmd
}

// unknownActions say what the list leaves out since no export speaks of it.
var unknownActions = map[string]string{
	metric.NoScans:      "no tracking feed was loaded: first scans, silence and stalls cannot be known, and are no reasons here",
	metric.NoDeliveries: "no export says what was delivered: what is due soon or overdue cannot be known",
	metric.NoDispatches: "no export says what was dispatched: what is overdue for dispatch cannot be known",
}

func printActions(env *Env, list metric.ActionList, limit int) {
	shown := list.Actions[:min(max(limit, 0), len(list.Actions))]
	if len(shown) > 0 {
		t := newTable(env, "reason", "number", "order", "shop", "via", "last event", "due", "age", "money", "hidden", "note")
		for _, a := range shown {
			via := strings.Trim(a.Channel+" / "+a.Carrier, " /")
			hidden := a.Hidden
			if a.Hidden == "snoozed" {
				hidden += " until " + minute(a.Until)
			}
			t.AppendRow(table.Row{a.Reason, a.Number, a.Order, a.Shop, via, a.LastEvent, minute(a.DueAt), fmt.Sprintf("%.1f d", a.AgeHours/24), strings.TrimSpace(a.Amount + " " + a.Currency), hidden, a.Note})
		}
		t.Render()
	}
	for _, what := range list.Unknown {
		fmt.Fprintln(env.Stdout, unknownActions[what])
	}
	fmt.Fprintf(env.Stdout, "%d to act on as of %s, %d hidden\n", list.Shown, list.AsOf.Format(time.RFC3339), list.Hidden)
	if more := len(list.Actions) - len(shown); more > 0 {
		fmt.Fprintf(env.Stdout, "and %d more rows; try: --limit %d, or --json\n", more, len(list.Actions))
	}
}

// minute is an instant of a table, UTC.
func minute(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04Z")
}

func newActMark(env *Env, c *common, kind, short, long, example string) *cobra.Command {
	o := actOptions{}
	cmd := &cobra.Command{
		Use: kind + " NUMBER…", Short: short, Long: long + exitHelp, Example: example, Args: args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			return runAct(cmd.Context(), env, c, kind, a, o)
		},
	}
	if kind != ledger.KindNote {
		cmd.Flags().StringVar(&o.reason, "reason", "", "only where the list gives this reason (default: any)")
	}
	if kind == ledger.KindSnooze {
		cmd.Flags().StringVar(&o.until, "until", "", "a day, as 2026-11-25, or an instant")
		cmd.Flags().StringVar(&o.during, "for", "", "from now on: 3d, 2w or 12h")
	}
	cmd.Flags().StringVar(&o.text, "text", "", "what to remember about it")
	cmd.Flags().StringVar(&o.by, "by", "", "who decides (default: the user's name)")
	return cmd
}

func runAct(ctx context.Context, env *Env, c *common, kind string, numbers []string, o actOptions) error {
	r, err := c.open(env)
	if err != nil {
		return err
	}
	until, err := actUntil(env, r, kind, o)
	if err != nil {
		return err
	}
	if kind == ledger.KindNote && strings.TrimSpace(o.text) == "" {
		return exit(exitUsage, "a note needs its words; try: --text \"promised for Friday\"")
	}
	var acts []run.Act
	for _, n := range numbers {
		acts = append(acts, run.Act{Kind: kind, Number: n, Reason: o.reason, Until: until, Text: strings.TrimSpace(o.text), By: person(env, o.by)})
	}
	made, err := r.Decide(ctx, acts)
	var none *metric.NotFoundError
	if errors.As(err, &none) || errors.Is(err, run.ErrNoReason) || errors.Is(err, run.ErrPast) {
		return &exitError{exitUsage, err}
	}
	if err != nil {
		return reportError(err)
	}
	return printDecisions(env, c, made, "")
}

// person is who decides.
func person(env *Env, by string) string {
	for _, name := range []string{by, env.Getenv("USER"), env.Getenv("USERNAME")} {
		if name != "" {
			return name
		}
	}
	return "somebody"
}

// actUntil is the instant until which a snooze holds; zero for other kinds.
func actUntil(env *Env, r *run.Runner, kind string, o actOptions) (time.Time, error) {
	switch {
	case kind != ledger.KindSnooze:
		return time.Time{}, nil
	case (o.until == "") == (o.during == ""):
		return time.Time{}, exit(exitUsage, "a snooze needs one end; try: --until 2026-11-25, or --for 3d")
	case o.during != "":
		d, err := span(o.during)
		if err != nil {
			return time.Time{}, exit(exitUsage, "--for %q; try: 3d, 2w or 12h", o.during)
		}
		return env.Now().UTC().Add(d).Truncate(time.Second), nil
	}
	loc, err := time.LoadLocation(r.WS.Config.Zone)
	if err != nil {
		return time.Time{}, err
	}
	if t, err := time.ParseInLocation(dateLayout, o.until, loc); err == nil {
		return t.UTC(), nil
	}
	return instant(o.until)
}

// span reads 3d, 2w or 12h, more than nothing.
func span(s string) (time.Duration, error) {
	if len(s) < 2 {
		return 0, errors.New("no span of time")
	}
	hours := map[byte]int{'h': 1, 'd': 24, 'w': 168}[s[len(s)-1]]
	n, err := strconv.Atoi(s[:len(s)-1])
	if err != nil || n <= 0 || n > 10000 || hours == 0 {
		return 0, errors.New("no span of time")
	}
	return time.Duration(n*hours) * time.Hour, nil
}

func newActUndo(env *Env, c *common) *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use: "undo [DECISION]", Short: "Take the newest decision back, or the one with that number", Args: args(cobra.MaximumNArgs(1)),
		Long:    "Takes back what was decided last about one number, or the decision whose number act printed. The ledger keeps both." + exitHelp,
		Example: "  waybill -C shop act undo\n  waybill -C shop act undo 12",
		RunE: func(cmd *cobra.Command, a []string) error {
			r, err := c.open(env)
			if err != nil {
				return err
			}
			seq := int64(0)
			if len(a) == 1 {
				if seq, err = strconv.ParseInt(a[0], 10, 64); err != nil || seq <= 0 {
					return exit(exitUsage, "decision %q; try: the number that act printed", a[0])
				}
			}
			undone, err := r.Undo(cmd.Context(), seq, person(env, by))
			if errors.Is(err, run.ErrNothingToUndo) {
				return &exitError{exitUsage, err}
			}
			if err != nil {
				return reportError(err)
			}
			return printDecisions(env, c, undone, "taken back: ")
		},
	}
	cmd.Flags().StringVar(&by, "by", "", "who decides (default: the user's name)")
	return cmd
}

func printDecisions(env *Env, c *common, list []ledger.Decision, before string) error {
	if c.json {
		return printJSON(env, list)
	}
	for _, d := range list {
		what := "parcel " + d.About.Shipment
		if d.About.Shipment == "" {
			what = "order " + d.About.Order
		}
		line := fmt.Sprintf("%s%d %s %s (%s)", before, d.Seq, d.Kind, d.About.Called, what)
		if d.About.Reason != "" {
			line += ", " + d.About.Reason
		}
		if !d.Until.IsZero() {
			line += ", until " + d.Until.UTC().Format(time.RFC3339)
		}
		if d.Text != "" {
			line += ": " + d.Text
		}
		fmt.Fprintln(env.Stdout, line)
	}
	return nil
}
