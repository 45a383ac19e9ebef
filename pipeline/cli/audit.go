package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"waybill/pipeline/audit"
	"waybill/pipeline/run"
)

type auditOptions struct {
	bills                         []string
	asOf, knownAt, rule, provider string
	by                            string
	limit                         int
}

func (o *auditOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.bills, "bill", nil, "only this bill, by its number; several times")
	f.StringVar(&o.asOf, "as-of", "", "nothing after this instant has happened, no later bill has come")
	f.StringVar(&o.knownAt, "known-at", "", "as a lake version knew it (id or number)")
}

func newAudit(env *Env, c *common) *cobra.Command {
	o := auditOptions{}
	cmd := &cobra.Command{
		Use: "audit", Short: "Hold bills against rate cards and against what became of the parcels", Args: args(cobra.NoArgs),
		Long: `Says of every bill what was asked, what the contract asks, and why the two differ: weight, zone, rate, surcharges, duty, lines that are not
owed at all. Billed is quoted plus these parts on every bill and charge, to the last digit; where it is not, nothing is printed. What can be
disputed stands under "waybill audit findings". Lines that could not be compared are named with the reason.` + exitHelp,
		Example: "  waybill -C shop audit\n  waybill -C shop audit --by channel\n  waybill -C shop audit --bill YT2026100001\n  waybill -C shop audit findings --rule W01\n  waybill -C shop audit test",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.cards(env, func(r *run.Runner) error { return runAudit(cmd.Context(), env, c, r, o) })
		},
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&o.by, "by", "provider", "sums by "+strings.Join(slices.Sorted(maps.Keys(sliceBy)), ", "))
	cmd.AddCommand(newAuditFindings(env, c), newAuditRules(env, c), newAuditTest(env, c))
	return cmd
}

// audited runs the audit; what is not there is the caller's mistake.
func audited(ctx context.Context, r *run.Runner, o auditOptions) (audit.Result, error) {
	at, err := instant(o.asOf)
	if err != nil {
		return audit.Result{}, err
	}
	out, err := r.Audit(ctx, run.View{AsOf: at, KnownAt: o.knownAt}, o.bills...)
	if errors.Is(err, run.ErrNoBill) || errors.Is(err, run.ErrNoBills) {
		return out, &exitError{exitUsage, err}
	}
	return out, err
}

// partOrder is what is added up: the parts of the difference in the order in which they are taken.
var partOrder = []string{"billed", "expected", "quoted", "not_due", "unmatched", "account", "credits", "unquoted", "weight", "zone", "rate", "surcharge", "duty", "tax", "fx", "rounding"}

// sliceBy says what the parts can be added up by.
var sliceBy = map[string]func(audit.Part) string{
	"bill":      func(p audit.Part) string { return p.Provider + "/" + p.Bill },
	"channel":   func(p audit.Part) string { return p.Channel },
	"charge":    func(p audit.Part) string { return p.Charge },
	"month":     func(p audit.Part) string { return string(p.Month)[:7] },
	"provider":  func(p audit.Part) string { return p.Provider },
	"sku_class": func(p audit.Part) string { return p.SKUClass },
}

func runAudit(ctx context.Context, env *Env, c *common, r *run.Runner, o auditOptions) error {
	of := sliceBy[o.by]
	if of == nil {
		return exit(exitUsage, "sums by %q; try: --by %s", o.by, strings.Join(slices.Sorted(maps.Keys(sliceBy)), ", --by "))
	}
	out, err := audited(ctx, r, o)
	if err != nil {
		return err
	}
	if c.json {
		return printJSON(env, out)
	}
	type key struct{ slice, currency string }
	sums := map[key]map[string]audit.Money{}
	add := func(p audit.Part, part string, m audit.Money) {
		k := key{of(p), p.Currency}
		if sums[k] == nil {
			sums[k] = map[string]audit.Money{}
		}
		sums[k][part] += m
	}
	for _, p := range out.Parts {
		add(p, p.Part, p.Amount)
		if p.Part == "billed" {
			add(p, "expected", p.Amount)
		}
	}
	for _, p := range out.Claimed {
		add(p, "expected", -p.Amount)
	}
	t := newTable(env, o.by, "currency", "part", "amount")
	for _, k := range slices.SortedFunc(maps.Keys(sums), func(a, b key) int { return strings.Compare(a.slice+"|"+a.currency, b.slice+"|"+b.currency) }) {
		for _, p := range partOrder {
			if m, ok := sums[k][p]; ok {
				t.AppendRow(table.Row{k.slice, k.currency, p, m})
			}
		}
		t.AppendSeparator()
	}
	t.Render()
	printRuleSums(env, r, out)
	if len(out.Gaps) > 0 {
		t := newTable(env, "not compared", "provider", "channel", "why", "lines", "amount", "currency")
		for _, g := range out.Gaps {
			t.AppendRow(table.Row{g.Kind, g.Provider, g.Channel, g.Reason, g.Lines, g.Amount, g.Currency})
		}
		t.Render()
	}
	if len(out.Skipped) > 0 {
		t := newTable(env, "rule", "provider", "cannot look: needs")
		for _, s := range out.Skipped {
			t.AppendRow(table.Row{s.Rule, s.Provider, needed(s)})
		}
		t.Render()
	}
	fmt.Fprintf(env.Stdout, "%d bills, as of %s; billed is quoted plus its parts on each. Next: waybill audit findings\n", len(out.Bills), out.AsOf.UTC().Format("2006-01-02 15:04 UTC"))
	return nil
}

func needed(s audit.Skipped) string {
	switch s.Needs {
	case audit.Quotes:
		return "a rate card that prices the parcels (waybill rate new)"
	case audit.OwnAccounts:
		return "accounts in data/providers/" + s.Provider + ".yaml"
	}
	return "column " + s.Needs + " of billing_lines"
}

func printRuleSums(env *Env, r *run.Runner, out audit.Result) {
	type key struct{ rule, currency string }
	type sum struct {
		n     int
		delta audit.Money
	}
	sums := map[key]*sum{}
	for _, f := range out.Findings {
		k := key{f.Rule, f.Currency}
		if sums[k] == nil {
			sums[k] = &sum{}
		}
		sums[k].n++
		sums[k].delta += f.Delta
	}
	if len(sums) == 0 {
		fmt.Fprintln(env.Stdout, "no finding")
		return
	}
	rules, err := r.Rules()
	if err != nil {
		return // the audit read them a moment ago
	}
	t := newTable(env, "rule", "what", "confidence", "findings", "amount", "currency")
	for _, rule := range rules {
		for _, k := range slices.SortedFunc(maps.Keys(sums), func(a, b key) int { return strings.Compare(a.currency, b.currency) }) {
			if k.rule == rule.ID {
				t.AppendRow(table.Row{rule.ID, rule.Title, rule.Confidence, sums[k].n, sums[k].delta, k.currency})
			}
		}
	}
	t.Render()
}

func newAuditFindings(env *Env, c *common) *cobra.Command {
	o := auditOptions{}
	cmd := &cobra.Command{
		Use: "findings", Short: "List what was billed and is not owed", Args: args(cobra.NoArgs),
		Long: `One row per finding, the largest first: rule, bill, number, what was billed, what is owed, the difference. A finding keeps its id through
reloads. --json holds the evidence of each.` + exitHelp,
		Example: "  waybill -C shop audit findings --rule W01 --limit 20\n  waybill -C shop audit findings --bill YT2026100001 --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.cards(env, func(r *run.Runner) error {
				out, err := audited(cmd.Context(), r, o)
				if err != nil {
					return err
				}
				list := slices.DeleteFunc(out.Findings, func(f audit.Finding) bool {
					return o.rule != "" && f.Rule != o.rule || o.provider != "" && f.Provider != o.provider
				})
				if c.json {
					return printJSON(env, list)
				}
				t := newTable(env, "finding", "rule", "confidence", "provider", "bill", "number", "charge", "billed", "owed", "difference", "currency")
				for i, f := range list {
					if o.limit > 0 && i == o.limit {
						break
					}
					t.AppendRow(table.Row{f.ID, f.Rule, f.Confidence, f.Provider, f.Bill, f.Number, f.Charge, f.Asked, f.Expected, f.Delta, f.Currency})
				}
				t.Render()
				fmt.Fprintf(env.Stdout, "%d findings\n", len(list))
				return nil
			})
		},
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&o.rule, "rule", "", "only of this rule")
	cmd.Flags().StringVar(&o.provider, "provider", "", "only of this provider")
	cmd.Flags().IntVar(&o.limit, "limit", 50, "rows of the table; 0: all")
	return cmd
}

func newAuditRules(env *Env, c *common) *cobra.Command {
	return &cobra.Command{
		Use: "rules", Short: "List the rules of the audit in the order in which they claim", Args: args(cobra.NoArgs),
		Long: `A rule is one SQL file in queries/audit, of waybill or of the workspace; what one has claimed no later one sees. A workspace's own rule is
one more file: copy one with "waybill eject queries/audit/W01_weight.sql" under another name.` + exitHelp,
		Example: "  waybill -C shop audit rules\n  waybill -C shop audit rules --json",
		RunE: func(*cobra.Command, []string) error {
			r, err := c.open(env)
			if err != nil {
				return err
			}
			rules, err := r.Rules()
			if err != nil {
				return &exitError{exitUsage, err}
			}
			if c.json {
				return printJSON(env, rules)
			}
			t := newTable(env, "rule", "what", "takes", "confidence", "needs", "file")
			for _, k := range rules {
				t.AppendRow(table.Row{k.ID, k.Title, k.Takes, k.Confidence, strings.Join(k.Needs, ", "), "queries/" + k.File})
			}
			t.Render()
			return nil
		},
	}
}

func newAuditTest(env *Env, c *common) *cobra.Command {
	return &cobra.Command{
		Use: "test [RULE]", Short: "Run the cases of the rules", Args: args(cobra.MaximumNArgs(1)),
		Long: `Cases stand in queries/audit/cases/RULE.yaml: small bills, and every finding that all the rules together must make of them. A case that
does not hold is exit 4.` + exitHelp,
		Example: "  waybill -C shop audit test\n  waybill -C shop audit test W01",
		RunE: func(cmd *cobra.Command, a []string) error {
			r, err := c.open(env)
			if err != nil {
				return err
			}
			rule := ""
			if len(a) > 0 {
				rule = a[0]
			}
			checks, err := r.TestRules(cmd.Context(), rule)
			if err != nil {
				return &exitError{exitUsage, err}
			}
			var list []expectation
			for _, k := range checks {
				list = append(list, expectation{Rule: k.Rule, File: k.File, Line: k.Line, Case: k.Case, What: "findings", Want: k.Want, Got: k.Got, OK: k.OK})
			}
			return printExpectations(env, c, list)
		},
	}
}
