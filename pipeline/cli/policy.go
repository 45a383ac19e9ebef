package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"waybill/pipeline/policy"
	"waybill/pipeline/run"
)

func newPolicy(env *Env, c *common) *cobra.Command {
	cmd := &cobra.Command{
		Use: "policy", Short: "Show and test policy packs", Args: cobra.ArbitraryArgs,
		Long:    "A policy pack (data/policies) holds a platform's clocks, rates and targets, each with the page where it was read." + exitHelp,
		Example: "  waybill policy show tiktok_us\n  waybill policy test", RunE: group,
	}
	cmd.AddCommand(newPolicyShow(env, c), newPolicyTest(env, c))
	return cmd
}

func newPolicyShow(env *Env, c *common) *cobra.Command {
	at := ""
	cmd := &cobra.Command{
		Use: "show PACK", Short: "Show the rules of a pack that are in force", Args: args(cobra.ExactArgs(1)),
		Long: `One row per clock and order type, and per rate and target, with its source; (unverified) marks what no official page was found to say.
With --at those of a day, without it all versions. A rate that sums several days shows the window of the week of that day.` + exitHelp,
		Example: "  waybill policy show amazon_us\n  waybill -C shop policy show tiktok_us --at 2026-03-02",
		RunE: func(_ *cobra.Command, a []string) error {
			return c.within(env, func(r *run.Runner) error { return runPolicyShow(env, c, r, a[0], at) })
		},
	}
	cmd.Flags().StringVar(&at, "at", "", "a day, 2026-03-02")
	return cmd
}

// rule is a row of policy show.
type rule struct {
	Kind       string   `json:"kind"` // clock, rate, target
	Name       string   `json:"name"`
	Applies    string   `json:"applies"` // order types, or what is counted over which days
	Demand     string   `json:"demand"`
	From       string   `json:"from,omitempty"`
	To         string   `json:"to,omitempty"` // exclusive
	Source     string   `json:"source"`
	Unverified bool     `json:"unverified"`
	Tiers      []string `json:"tiers,omitempty"`
}

func runPolicyShow(env *Env, c *common, r *run.Runner, id, at string) error {
	p, _, err := findPack(r, id)
	if err != nil {
		return err
	}
	var day *policy.Day
	if at != "" {
		d, err := policy.ParseDay(at)
		if err != nil {
			return exit(exitUsage, "--at: %v", err)
		}
		day = &d
	}
	rules := rulesOf(p, day)
	if c.json {
		return printJSON(env, rules)
	}
	fmt.Fprintf(env.Stdout, "%s: %s, revision %s, %s, calendar %s\n", p.ID, p.Title, p.Revision, p.Zone, p.CalendarID())
	t := newTable(env, "kind", "name", "applies to", "demands", "from", "to", "source")
	for _, k := range rules {
		t.AppendRow(table.Row{k.Kind, k.Name, k.Applies, strings.Join(append([]string{k.Demand}, k.Tiers...), "; "), k.From, k.To, k.Source})
	}
	t.Render()
	return nil
}

// rulesOf lists what a pack says, of a day or of all times.
func rulesOf(p *policy.Pack, at *policy.Day) []rule {
	var out []rule
	add := func(k rule, from, to *policy.Day, day *policy.Day) {
		if day != nil && (from != nil && *day < *from || to != nil && *day >= *to) {
			return
		}
		if from != nil {
			k.From = from.String()
		}
		if to != nil {
			k.To = to.String()
		}
		k.Unverified = policy.Unverified(k.Source)
		out = append(out, k)
	}
	for _, c := range p.Clocks {
		unit := strings.TrimSuffix(strings.ReplaceAll(c.Unit, "_", " "), "s") + "s"
		n := fmt.Sprintf("%d %s", c.N, unit)
		if c.Handling {
			n = strings.TrimPrefix(fmt.Sprintf("%d + ", c.N), "0 + ") + "handling " + unit
		}
		add(rule{Kind: "clock", Name: c.Name, Applies: strings.Join(c.OrderTypes, ", "), Demand: c.Stop + " within " + n + " from " + c.Start, Source: c.Source}, c.From, c.To, at)
	}
	for _, m := range p.Metrics {
		var day *policy.Day
		if at != nil {
			from, to := m.Span(mondayOf(*at))
			d := m.TargetDay(from, to)
			day = &d
		}
		add(rule{Kind: "rate", Name: m.ID, Applies: m.Grain + "s, " + m.Cohort + ", " + windowText(m, at), Demand: m.Numerator + " of " + m.Denominator, Source: m.Source}, nil, nil, nil)
		for _, e := range m.Exclusions {
			add(rule{Kind: "exclusion", Name: m.ID, Applies: e.What, Demand: "left out of " + map[string]string{"both": "the rate", "numerator": "the numerator"}[e.From], Source: e.Source}, nil, nil, nil)
		}
		for _, t := range m.Targets {
			k := rule{Kind: "target", Name: m.ID, Applies: t.Force, Demand: t.Op + " " + t.Value, Source: t.Source}
			for _, tier := range t.Tiers {
				k.Tiers = append(k.Tiers, "from "+tier.At+": "+tier.Effect)
			}
			add(k, t.From, t.To, day)
		}
	}
	return out
}

func mondayOf(d policy.Day) policy.Day { return d - policy.Day((int(d.Weekday())+6)%7) }

func windowText(m policy.Metric, at *policy.Day) string {
	text := "a week"
	switch m.Window {
	case policy.RollingWindow:
		text = fmt.Sprintf("%d days", m.WindowDays)
	case policy.MonthWindow:
		text = "a month"
	}
	if m.ShiftDays > 0 {
		text += fmt.Sprintf(" that end %d days before", m.ShiftDays)
	}
	if m.LagDays > 0 {
		text += fmt.Sprintf(", shown %d days later", m.LagDays)
	}
	if at != nil {
		from, to := m.Span(mondayOf(*at))
		text += fmt.Sprintf(" (%s to %s)", from, to)
	}
	return text
}

// findPack finds a pack and the calendar that it counts in.
func findPack(r *run.Runner, id string) (*policy.Pack, *policy.Calendar, error) {
	var ids []string
	for _, p := range r.Reference.Packs {
		if p.ID == id {
			return p, r.Reference.Calendars[p.CalendarID()], nil
		}
		ids = append(ids, p.ID)
	}
	slices.Sort(ids)
	return nil, nil, exit(exitUsage, "there is no pack %q; try: %s", id, strings.Join(ids, ", "))
}

func newPolicyTest(env *Env, c *common) *cobra.Command {
	var files []string
	cmd := &cobra.Command{
		Use: "test [PACK]", Short: "Hold packs against cases", Args: args(cobra.MaximumNArgs(1)),
		Long: `A case is an order with the deadlines that it must have, or a count with the verdict that it must get. They stand in
data/policies/PACK.cases.yaml, of the workspace or built in, and in the files that --cases names. One line per expectation, with file, line
and, where it fails, the value that the pack gives. A case that fails is exit 4.` + exitHelp,
		Example: "  waybill policy test\n  waybill -C shop policy test tiktok_us --cases my_orders.yaml --json",
		RunE: func(_ *cobra.Command, a []string) error {
			return c.within(env, func(r *run.Runner) error { return runPolicyTest(env, c, r, strings.Join(a, ""), files) })
		},
	}
	cmd.Flags().StringArrayVar(&files, "cases", nil, "a file of cases, instead of those beside the packs; several times")
	return cmd
}

func runPolicyTest(env *Env, c *common, r *run.Runner, id string, files []string) error {
	if id != "" {
		if _, _, err := findPack(r, id); err != nil {
			return err
		}
	}
	list, err := readCases(r, id, files)
	if err != nil {
		return err
	}
	checks := []expectation{}
	for _, k := range list {
		if id != "" && k.Pack != id {
			return exit(exitUsage, "%s: cases of pack %s, not of %s", k.File, k.Pack, id)
		}
		p, cal, err := findPack(r, k.Pack)
		if err != nil {
			return usage(fmt.Errorf("%s: %w", k.File, err))
		}
		found, err := k.Run(p, cal)
		if err != nil {
			return err
		}
		for _, x := range found {
			checks = append(checks, expectation{Pack: x.Pack, File: x.File, Line: x.Line, Case: x.Case, What: x.What, Want: x.Want, Got: x.Got, OK: x.OK})
		}
	}
	return printExpectations(env, c, checks)
}

// readCases reads the named files, else those beside the packs.
func readCases(r *run.Runner, id string, files []string) ([]*policy.Cases, error) {
	var out []*policy.Cases
	parse := func(name string, b []byte, err error) error {
		if err == nil {
			var k *policy.Cases
			if k, err = policy.ParseCases(name, b); err == nil {
				out = append(out, k)
			}
		}
		return err
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err := parse(name, b, err); err != nil {
			return nil, &exitError{exitUsage, err}
		}
	}
	if len(files) > 0 {
		return out, nil
	}
	for _, p := range r.Reference.Packs {
		name := "policies/" + p.ID + policy.CasesSuffix
		if id != "" && p.ID != id {
			continue
		}
		b, err := fs.ReadFile(r.Data, name)
		if errors.Is(err, fs.ErrNotExist) {
			if id != "" {
				return nil, exit(exitUsage, "pack %s has no cases; try: write data/%s", id, name)
			}
			continue
		}
		if err := parse("data/"+name, b, err); err != nil {
			return nil, usage(err)
		}
	}
	return out, nil
}
