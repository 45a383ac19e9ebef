package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"waybill/pipeline/claims"
	"waybill/pipeline/run"
)

func newClaims(env *Env, c *common) *cobra.Command {
	cmd := &cobra.Command{
		Use: "claims", RunE: group, Short: "Claim back what was billed and is not owed",
		Long: `A finding of the audit is a claim: detected, until somebody decides. Decisions stand in the workspace's ledger (state/ledger.db), with
who, when and the data's as-of; a claim that is not submitted by its last day is expired. Nothing is sent by itself.` + exitHelp,
		Example: `  waybill -C shop claims list
  waybill -C shop claims mark queued --from detected --provider yun
  waybill -C shop claims export --provider yun
  waybill -C shop claims mark submitted --pack out/claims/yun-2026-11-16-1a2b3c4d.csv
  waybill -C shop claims import answer.xlsx`,
	}
	cmd.AddCommand(newClaimsList(env, c), newClaimsMark(env, c), newClaimsExport(env, c), newClaimsImport(env, c), newClaimsCredits(env, c),
		newClaimsApprove(env, c), newClaimsClose(env, c), newClaimsPeriods(env, c), newClaimsUndo(env, c))
	return cmd
}

// onClaims runs on a workspace; what people can mend is exit 2.
func (c *common) onClaims(env *Env, do func(*run.Runner) error) error {
	r, err := c.open(env)
	if err != nil {
		return err
	}
	err = do(r)
	var state *claims.StateError
	var profile *run.ProfileError
	var card *run.CardError
	for _, known := range []error{claims.ErrNothing, claims.ErrFollowed, claims.ErrPeriod, claims.ErrBill, claims.ErrSheet, run.ErrClaims, run.ErrNoBills} {
		if errors.Is(err, known) {
			return &exitError{exitUsage, err}
		}
	}
	if errors.As(err, &state) || errors.As(err, &profile) || errors.As(err, &card) {
		return &exitError{exitUsage, err}
	}
	return reportError(err)
}

type claimsListOptions struct {
	states          []string
	provider        string
	limit           int
	asOf, knownAt   string
	withDone, rates bool
}

// done are the states in which nothing is left to do.
var done = []string{claims.Credited, claims.Withdrawn, claims.Expired, claims.Denied}

func newClaimsList(env *Env, c *common) *cobra.Command {
	o := claimsListOptions{limit: 50}
	cmd := &cobra.Command{
		Use: "list", Short: "List claims, the one most worth doing next first", Args: args(cobra.NoArgs),
		Long: `First those of the last 7 days before their last day, then by what is expected to come back, learned from what the provider
approved and credited under the rule. Those that are over (credited, denied, withdrawn, expired) are counted; --all, or
--state, lists them. --rates shows what the expectation was learned from.` + exitHelp,
		Example: "  waybill -C shop claims list\n  waybill -C shop claims list --state submitted --provider yun --json\n  waybill -C shop claims list --rates",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.onClaims(env, func(r *run.Runner) error { return runClaimsList(cmd.Context(), env, c, r, o) })
		},
	}
	cmd.Flags().StringSliceVar(&o.states, "state", nil, "only these: "+strings.Join(claims.States, ", "))
	cmd.Flags().StringVar(&o.provider, "provider", "", "only of this provider")
	cmd.Flags().BoolVar(&o.withDone, "all", false, "those that are over too")
	cmd.Flags().BoolVar(&o.rates, "rates", false, "what came back so far, by provider and rule, instead of the claims")
	cmd.Flags().IntVar(&o.limit, "limit", o.limit, "rows of the table; 0: all")
	cmd.Flags().StringVar(&o.asOf, "as-of", "", "nothing after this instant has happened")
	cmd.Flags().StringVar(&o.knownAt, "known-at", "", "as a lake version knew it (id or number)")
	return cmd
}

// claimSum sums claims of one state and currency.
type claimSum struct {
	State    string        `json:"state"`
	Currency string        `json:"currency"`
	Claims   int           `json:"claims"`
	Claimed  claims.Amount `json:"claimed"`
	Approved claims.Amount `json:"approved"`
	Credited claims.Amount `json:"credited"`
}

// claimList is what claims list prints as JSON.
type claimList struct {
	AsOf   time.Time      `json:"as_of"`
	Claims []claims.Claim `json:"claims"`
	Sums   []claimSum     `json:"sums"`
	Rates  []claims.Rate  `json:"rates"`
}

func runClaimsList(ctx context.Context, env *Env, c *common, r *run.Runner, o claimsListOptions) error {
	for _, s := range o.states {
		if !slices.Contains(claims.States, s) {
			return exit(exitUsage, "state %q; try: %s", s, strings.Join(claims.States, ", "))
		}
	}
	at, err := instant(o.asOf)
	if err != nil {
		return err
	}
	book, err := r.ClaimBook(ctx, run.View{AsOf: at, KnownAt: o.knownAt})
	if err != nil {
		return err
	}
	out := claimList{AsOf: book.AsOf, Claims: []claims.Claim{}, Sums: []claimSum{}, Rates: append([]claims.Rate{}, book.Rates...)}
	over := 0
	for _, x := range book.Claims {
		switch {
		case o.provider != "" && x.Provider != o.provider, len(o.states) > 0 && !slices.Contains(o.states, x.State):
			continue
		}
		out.Sums = sumOf(out.Sums, x)
		if len(o.states) == 0 && !o.withDone && slices.Contains(done, x.State) {
			over++
			continue
		}
		out.Claims = append(out.Claims, x)
	}
	slices.SortFunc(out.Sums, func(x, y claimSum) int {
		return cmp.Or(cmp.Compare(slices.Index(claims.States, x.State), slices.Index(claims.States, y.State)), cmp.Compare(x.Currency, y.Currency))
	})
	switch {
	case c.json:
		return printJSON(env, out)
	case o.rates:
		printRates(env, out)
		return nil
	}
	printClaims(env, out, over, o.limit)
	return nil
}

func sumOf(sums []claimSum, x claims.Claim) []claimSum {
	i := slices.IndexFunc(sums, func(s claimSum) bool { return s.State == x.State && s.Currency == x.Currency })
	if i < 0 {
		i = len(sums)
		sums = append(sums, claimSum{State: x.State, Currency: x.Currency})
	}
	s := &sums[i]
	s.Claims++
	s.Claimed += x.Claimed
	if x.Approved != nil {
		s.Approved += *x.Approved
	}
	s.Credited += x.Credited
	return sums
}

func printClaims(env *Env, list claimList, over, limit int) {
	if limit <= 0 {
		limit = len(list.Claims)
	}
	shown := list.Claims[:min(limit, len(list.Claims))]
	if len(shown) > 0 {
		t := newTable(env, "claim", "state", "provider", "rule", "bill", "number", "charge", "claimed", "expected", "approved", "credited", "currency", "last day", "left", "note")
		for _, x := range shown {
			t.AppendRow(table.Row{x.ID, x.State, x.Provider, x.Rule, x.BillNo, x.Number, x.Charge, x.Claimed, amountText(x.Expected), amountText(x.Approved), x.Credited, x.Currency, x.Deadline, daysText(x.DaysLeft), claimNote(x)})
		}
		t.Render()
	}
	t := newTable(env, "state", "claims", "claimed", "approved", "credited", "currency")
	for _, s := range list.Sums {
		t.AppendRow(table.Row{s.State, s.Claims, s.Claimed, s.Approved, s.Credited, s.Currency})
	}
	if len(list.Sums) > 0 {
		t.Render()
	}
	fmt.Fprintf(env.Stdout, "%d claims as of %s, %d over\n", len(list.Claims), list.AsOf.UTC().Format(time.RFC3339), over)
	if more := len(list.Claims) - len(shown); more > 0 {
		fmt.Fprintf(env.Stdout, "and %d more rows; try: --limit %d, or --json\n", more, len(list.Claims))
	}
}

func printRates(env *Env, list claimList) {
	t := newTable(env, "provider", "rule", "decided", "claimed", "came back", "currency", "expected of the next")
	for _, x := range list.Rates {
		t.AppendRow(table.Row{x.Provider, x.Rule, x.Decided, x.Claimed, x.Recovered, x.Currency, fmt.Sprintf("%d.%02d%%", x.Share/100, x.Share%100)})
	}
	if len(list.Rates) == 0 {
		fmt.Fprintln(env.Stdout, "no claim was approved, denied or credited yet: nothing is learned")
		return
	}
	t.Render()
}

func amountText(a *claims.Amount) string {
	if a == nil {
		return ""
	}
	return a.String()
}

func daysText(n *int) string {
	if n == nil {
		return ""
	}
	return fmt.Sprintf("%d d", *n)
}

// claimNote is what a row has to say beside its figures.
func claimNote(x claims.Claim) string {
	var out []string
	if x.Gone {
		out = append(out, "no longer found")
	}
	if x.TooSmall {
		out = append(out, "below the provider's minimum")
	}
	if x.From != "" {
		out = append(out, "booked in "+x.Period+", of "+x.From)
	}
	if x.DeniedFor != "" {
		out = append(out, "denied: "+x.DeniedFor)
	}
	for i := len(x.History) - 1; i >= 0; i-- {
		if n := x.History[i].Note; n != "" {
			out = append(out, n)
			break
		}
	}
	return strings.Join(out, "; ")
}

type claimsMarkOptions struct {
	amount, reason, note, by, pack, from, provider, rule string
}

// noteWord marks a claim with a note alone.
const noteWord = "note"

func newClaimsMark(env *Env, c *common) *cobra.Command {
	o := claimsMarkOptions{}
	words := append(slices.Clone(claims.Marks), noteWord)
	cmd := &cobra.Command{
		Use: "mark [ID…] STATE", Short: "Say what became of claims", Args: args(cobra.MinimumNArgs(1)),
		Long: `STATE is ` + strings.Join(words, ", ") + `. The claims are those with these ids; or all of a pack that was sent (--pack, its CSV or XLSX:
submitted with the amounts and the batch that stand there); or all that are in the state --from. All or none are marked: what cannot follow is exit 2.
Without --amount a claim is submitted, approved and credited as a whole; credits add up.` + exitHelp,
		Example: `  waybill -C shop claims mark 5f3a9c01b2d4 7e11c0aa93ff queued
  waybill -C shop claims mark submitted --pack out/claims/yun-2026-11-16-1a2b3c4d.csv
  waybill -C shop claims mark 5f3a9c01b2d4 approved --amount 12.50 --note "mail of 12 November"
  waybill -C shop claims mark 7e11c0aa93ff denied --reason "measured again"`,
		RunE: func(cmd *cobra.Command, a []string) error {
			return c.onClaims(env, func(r *run.Runner) error { return runClaimsMark(cmd.Context(), env, c, r, a, o) })
		},
	}
	cmd.Flags().StringVar(&o.amount, "amount", "", "of one claim: claimed, approved or credited, in its currency")
	cmd.Flags().StringVar(&o.reason, "reason", "", "why it was denied or withdrawn")
	cmd.Flags().StringVar(&o.note, "note", "", "what to remember about it")
	cmd.Flags().StringVar(&o.by, "by", "", "who decides (default: the user's name)")
	cmd.Flags().StringVar(&o.pack, "pack", "", "the claims of this file, which claims export wrote")
	cmd.Flags().StringVar(&o.from, "from", "", "all claims in this state")
	cmd.Flags().StringVar(&o.provider, "provider", "", "with --from: only of this provider")
	cmd.Flags().StringVar(&o.rule, "rule", "", "with --from: only of this rule")
	return cmd
}

func runClaimsMark(ctx context.Context, env *Env, c *common, r *run.Runner, a []string, o claimsMarkOptions) error {
	ids, state := a[:len(a)-1], a[len(a)-1]
	m := run.ClaimMark{Pack: o.pack, From: o.from, Provider: o.provider, Rule: o.rule, State: state, Reason: o.reason, Note: o.note, By: person(env, o.by)}
	for _, id := range ids {
		m.IDs = append(m.IDs, strings.TrimPrefix(id, claims.Mark))
	}
	ways := 0
	for _, given := range []bool{len(ids) > 0, o.pack != "", o.from != ""} {
		if given {
			ways++
		}
	}
	switch {
	case state == noteWord && strings.TrimSpace(o.note) == "":
		return exit(exitUsage, "a note needs its words; try: --note \"…\"")
	case state == noteWord:
		m.State = ""
	case !slices.Contains(claims.Marks, state):
		return exit(exitUsage, "state %q; try: %s, %s", state, strings.Join(claims.Marks, ", "), noteWord)
	}
	switch {
	case ways != 1:
		return exit(exitUsage, "which claims? try: their ids, or --pack FILE, or --from STATE; one of them")
	case o.from == "" && (o.provider != "" || o.rule != ""):
		return exit(exitUsage, "--provider and --rule narrow --from; try: --from detected")
	case o.from != "" && !slices.Contains(claims.States, o.from):
		return exit(exitUsage, "state %q; try: %s", o.from, strings.Join(claims.States, ", "))
	}
	if o.amount != "" {
		n, err := claims.ParseAmount(o.amount)
		if err != nil || n <= 0 || len(ids) != 1 || !slices.Contains([]string{claims.Submitted, claims.Approved, claims.Credited}, state) {
			return exit(exitUsage, "--amount %q; try: an amount as 12.50 of one claim that is submitted, approved or credited", o.amount)
		}
		m.Amount = &n
	}
	list, err := r.MarkClaims(ctx, m)
	if err != nil {
		return err
	}
	return printMarked(env, c, list)
}

func printMarked(env *Env, c *common, list []claims.Claim) error {
	if c.json {
		return printJSON(env, list)
	}
	for _, x := range list[:min(20, len(list))] {
		fmt.Fprintf(env.Stdout, "%s %s, %s %s claimed", x.ID, x.State, x.Claimed, x.Currency)
		if x.Approved != nil {
			fmt.Fprintf(env.Stdout, ", %s approved", *x.Approved)
		}
		if x.Credited != 0 {
			fmt.Fprintf(env.Stdout, ", %s credited", x.Credited)
		}
		fmt.Fprintln(env.Stdout)
	}
	fmt.Fprintf(env.Stdout, "%d claims\n", len(list))
	return nil
}

func newClaimsUndo(env *Env, c *common) *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use: "undo [DECISION]", Short: "Take back the newest decision about claims or bills, or the one with that number", Args: args(cobra.MaximumNArgs(1)),
		Long: `Takes back what one command decided last, or the decision whose number claims list --json shows. What another decision follows from stays: take
that back first. The ledger keeps both. A closed period stays closed.` + exitHelp,
		Example: "  waybill -C shop claims undo\n  waybill -C shop claims undo 12",
		RunE: func(cmd *cobra.Command, a []string) error {
			return c.onClaims(env, func(r *run.Runner) error {
				seq := int64(0)
				if len(a) == 1 {
					var err error
					if seq, err = strconv.ParseInt(a[0], 10, 64); err != nil || seq <= 0 {
						return exit(exitUsage, "decision %q; try: a number of claims list --json", a[0])
					}
				}
				list, err := r.UndoClaims(cmd.Context(), seq, person(env, by))
				if err != nil {
					return err
				}
				if c.json {
					return printJSON(env, list)
				}
				for _, d := range list {
					fmt.Fprintf(env.Stdout, "taken back: %d %s, by %s at %s\n", d.Seq, d.Subject, d.By, d.At.UTC().Format(time.RFC3339))
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&by, "by", "", "who decides (default: the user's name)")
	return cmd
}
