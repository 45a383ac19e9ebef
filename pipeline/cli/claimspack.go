package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"waybill/pipeline/claims"
	"waybill/pipeline/run"
)

func newClaimsExport(env *Env, c *common) *cobra.Command {
	var provider, dir string
	states := []string{claims.Queued}
	cmd := &cobra.Command{
		Use: "export", Short: "Write dispute packs: a workbook and a CSV per provider, in its language", Args: args(cobra.NoArgs),
		Long: `The workbook has a summary, a line per claim with room for the answer, and the evidence of each; language, name and terms stand in
data/providers/PROVIDER.yaml. Claims that the audit does not find any more are left out. Nothing is sent and no claim changes: once a pack is sent,
claims mark submitted --pack FILE says so. The same claims give the same bytes.` + exitHelp,
		Example: "  waybill -C shop claims export\n  waybill -C shop claims export --provider yun --state detected,queued --output packs",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.onClaims(env, func(r *run.Runner) error {
				for _, s := range states {
					if !slices.Contains(claims.States, s) {
						return exit(exitUsage, "state %q; try: %s", s, strings.Join(claims.States, ", "))
					}
				}
				packs, err := r.ExportClaims(cmd.Context(), run.View{}, provider, states, dir)
				if err != nil {
					return err
				}
				if len(packs) == 0 {
					return exit(exitUsage, "no claim is %s; try: waybill claims list, then claims mark ID queued, or --state detected", strings.Join(states, " or "))
				}
				if c.json {
					return printJSON(env, packs)
				}
				for _, p := range packs {
					fmt.Fprintf(env.Stdout, "%s\n%s\n", p.XLSX, p.CSV)
					for _, t := range p.Totals {
						fmt.Fprintf(env.Stdout, "  %s: %d claims, %s %s\n", p.Provider, t.Claims, t.Claimed, t.Currency)
					}
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&provider, "provider", "", "only of this provider")
	cmd.Flags().StringSliceVar(&states, "state", states, "claims in these states")
	cmd.Flags().StringVar(&dir, "output", "", "folder to write to (default out/claims of the workspace)")
	return cmd
}

func newClaimsImport(env *Env, c *common) *cobra.Command {
	var partial bool
	var by string
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Read a provider's answer, CSV or XLSX", Args: args(cobra.ExactArgs(1)),
		Long: `FILE is the pack with the columns decision, approved amount and reason filled in, or any sheet with such columns and the claim id, or the
tracking number and charge. Decisions: approved, denied, credited, 同意, 部分同意, 拒绝, 已赔付 and the like. An amount may be part of the claim;
a credited one is what came back in all. Rows that cannot be used are named with file and line, and nothing of the file is applied (exit 2), unless
--partial: then the others are (exit 3). The same file once more changes nothing.` + exitHelp,
		Example: "  waybill -C shop claims import answer.xlsx\n  waybill -C shop claims import answer.csv --partial",
		RunE: func(cmd *cobra.Command, a []string) error {
			return c.onClaims(env, func(r *run.Runner) error { return runClaimsImport(cmd.Context(), env, c, r, a[0], partial, by) })
		},
	}
	cmd.Flags().BoolVar(&partial, "partial", false, "apply the rows that can be used")
	cmd.Flags().StringVar(&by, "by", "", "who decides (default: the user's name)")
	return cmd
}

func runClaimsImport(ctx context.Context, env *Env, c *common, r *run.Runner, file string, partial bool, by string) error {
	out, err := r.ImportClaims(ctx, file, partial, person(env, by))
	if errors.Is(err, fs.ErrNotExist) {
		return &exitError{exitUsage, err}
	}
	if err != nil {
		return err
	}
	if c.json {
		if err := printJSON(env, out); err != nil {
			return err
		}
	} else {
		for _, p := range out.Problems {
			fmt.Fprintf(env.Stdout, "%s:%d: %s\n", file, p.Line, p.Text)
		}
		if out.Applied {
			if err := printMarked(env, c, out.Decided); err != nil {
				return err
			}
			fmt.Fprintf(env.Stdout, "%d rows were known, %d are not answered yet\n", out.Known, out.Silent)
		}
	}
	switch {
	case len(out.Problems) == 0:
		return nil
	case out.Applied:
		return exit(exitPartly, "%d rows of %s cannot be used", len(out.Problems), file)
	}
	return exit(exitUsage, "%d rows of %s cannot be used, and nothing of it was applied; try: mend them, or --partial", len(out.Problems), file)
}

func newClaimsCredits(env *Env, c *common) *cobra.Command {
	var apply bool
	var by string
	cmd := &cobra.Command{
		Use: "credits", Short: "Match credits on later bills to claims", Args: args(cobra.NoArgs),
		Long: `A credit belongs to a submitted or approved claim of the same provider and parcel: first by what the claim waits for to the cent, then by the
parcel alone. What may belong to several stays loose, with the claims that it may belong to; claims mark ID credited --amount decides. --apply notes the
matches in the ledger, each once.` + exitHelp,
		Example: "  waybill -C shop claims credits\n  waybill -C shop claims credits --apply",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.onClaims(env, func(r *run.Runner) error {
				out, err := r.MatchCredits(cmd.Context(), apply, person(env, by))
				if err != nil {
					return err
				}
				if c.json {
					return printJSON(env, out)
				}
				if n := len(out.Matched) + len(out.Loose); n > 0 {
					t := newTable(env, "bill", "number", "amount", "currency", "claim", "by")
					for _, m := range out.Matched {
						t.AppendRow(table.Row{m.BillNo, m.Number, m.Amount, m.Currency, m.ID, m.How})
					}
					for _, l := range out.Loose {
						t.AppendRow(table.Row{l.BillNo, l.Number, l.Amount, l.Currency, "", l.Why})
					}
					t.Render()
				}
				what := "match; try: --apply"
				if out.Applied {
					what = "noted"
				}
				fmt.Fprintf(env.Stdout, "%d credits %s, %d are loose\n", len(out.Matched), what, len(out.Loose))
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&apply, "apply", false, "note the matches in the ledger")
	cmd.Flags().StringVar(&by, "by", "", "who decides (default: the user's name)")
	return cmd
}

func newClaimsApprove(env *Env, c *common) *cobra.Command {
	q := run.BillApproval{}
	var amount string
	cmd := &cobra.Command{
		Use: "approve-bill BILL", Short: "Note that a bill may be paid", Args: args(cobra.ExactArgs(1)),
		Long: `Notes the bill's current version, the amount and the findings on it that stood then. Without --amount it is the total of its lines, with
--undisputed that less the hard claims on it that are open; what the bill asks beyond its lines is in neither. Nothing is paid by itself.` + exitHelp,
		Example: "  waybill -C shop claims approve-bill INV-2026-10\n  waybill -C shop claims approve-bill INV-2026-10 --amount 9812.40 --note \"as agreed by phone\"\n  waybill -C shop claims approve-bill INV-2026-10 --undisputed",
		RunE: func(cmd *cobra.Command, a []string) error {
			return c.onClaims(env, func(r *run.Runner) error {
				q.Bill, q.By = a[0], person(env, q.By)
				if amount != "" {
					n, err := claims.ParseAmount(amount)
					if err != nil {
						return exit(exitUsage, "--amount: %v", err)
					}
					q.Amount = &n
				}
				out, err := r.ApproveBill(cmd.Context(), q)
				if err != nil {
					return err
				}
				if c.json {
					return printJSON(env, out)
				}
				fmt.Fprintf(env.Stdout, "%d %s version %d of %s: %s of %s %s approved, %d findings stood\n", out.Seq, out.BillNo, out.Version, out.Provider, out.Approved, out.Total, out.Currency, len(out.Found))
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&amount, "amount", "", "what may be paid (default: the total)")
	cmd.Flags().BoolVar(&q.Undisputed, "undisputed", false, "the total less the hard claims on the bill that are open")
	cmd.MarkFlagsMutuallyExclusive("amount", "undisputed")
	cmd.Flags().StringVar(&q.Provider, "provider", "", "whose bill, where several have the number")
	cmd.Flags().StringVar(&q.Account, "account", "", "of which account, where several have the number")
	cmd.Flags().StringVar(&q.Note, "note", "", "what to remember about it")
	cmd.Flags().StringVar(&q.By, "by", "", "who decides (default: the user's name)")
	return cmd
}

func newClaimsClose(env *Env, c *common) *cobra.Command {
	var by string
	cmd := &cobra.Command{
		Use: "close-period PROVIDER MONTH", Short: "Freeze a provider's month", Args: args(cobra.ExactArgs(2)),
		Long: `Writes the month's bills and claims, as they stand, into the ledger. What comes later for a bill of the month (a line, a version, a finding) is
booked in the next open month and names the month it belongs to. A closed period is not opened again; its figures are printed as they were written.` + exitHelp,
		Example: "  waybill -C shop claims close-period yun 2026-10",
		RunE: func(cmd *cobra.Command, a []string) error {
			return c.onClaims(env, func(r *run.Runner) error {
				out, err := r.ClosePeriod(cmd.Context(), a[0], a[1], person(env, by))
				if err != nil {
					return err
				}
				if c.json {
					return printJSON(env, out)
				}
				printClose(env, out)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&by, "by", "", "who decides (default: the user's name)")
	return cmd
}

func newClaimsPeriods(env *Env, c *common) *cobra.Command {
	var provider string
	cmd := &cobra.Command{
		Use: "periods [MONTH]", Short: "Print closed periods as they were written", Args: args(cobra.MaximumNArgs(1)),
		Long:    "Prints the closed months, or one of them, from the ledger: no figure is worked out again. One that does not read as it was written is exit 4." + exitHelp,
		Example: "  waybill -C shop claims periods\n  waybill -C shop claims periods 2026-10 --provider yun --json",
		RunE: func(cmd *cobra.Command, a []string) error {
			return c.onClaims(env, func(r *run.Runner) error {
				list, err := r.ClosedPeriods(cmd.Context())
				if err != nil {
					return err
				}
				out := slices.DeleteFunc(list, func(k claims.Close) bool {
					return provider != "" && k.Provider != provider || len(a) == 1 && k.Month != a[0]
				})
				if c.json {
					if err := printJSON(env, append([]claims.Close{}, out...)); err != nil {
						return err
					}
				} else {
					for _, k := range out {
						printClose(env, k)
					}
					fmt.Fprintf(env.Stdout, "%d closed periods\n", len(out))
				}
				for _, k := range out {
					if !k.Intact() {
						return exit(exitCheck, "%s of %s does not read as it was written", k.Month, k.Provider)
					}
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&provider, "provider", "", "only of this provider")
	return cmd
}

func printClose(env *Env, k claims.Close) {
	fmt.Fprintf(env.Stdout, "%s of %s, closed by %s at %s as of %s\n", k.Month, k.Provider, k.By, k.At.UTC().Format(time.RFC3339), k.AsOf.UTC().Format(time.RFC3339))
	t := newTable(env, "currency", "bills", "billed", "claims", "over-billed", "submitted", "approved", "credited")
	for _, x := range k.Totals {
		t.AppendRow(table.Row{x.Currency, x.Bills, x.Billed, x.Claims, x.Delta, x.Claimed, x.Approved, x.Credited})
	}
	t.Render()
	for _, b := range k.Bills {
		if b.From != "" {
			fmt.Fprintf(env.Stdout, "bill %s version %d is of %s, which was closed before it came\n", b.BillNo, b.Version, b.From)
		}
	}
	carried := 0
	for _, s := range k.Claims {
		if s.From != "" {
			carried++
		}
	}
	if carried > 0 {
		fmt.Fprintf(env.Stdout, "%d claims are on bills of months that were closed before they were found\n", carried)
	}
	fmt.Fprintln(env.Stdout, "sha256 "+k.Hash)
}
