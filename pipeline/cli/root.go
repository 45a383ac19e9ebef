package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"waybill/pipeline/run"
)

// Version of the program; the Makefile sets it.
var Version = "dev"

// common are the flags that every command has.
type common struct {
	dir  string
	json bool
}

func newRoot(env *Env) *cobra.Command {
	c := &common{}
	root := &cobra.Command{
		Use:   "waybill",
		Short: "Analytics and cost optimisation for parcels from China to the US",
		Long: `waybill reads the exports of a cross-border seller (orders, shipments, tracking), keeps them as Iceberg tables
and answers the Monday question: do we meet the platform's rules, why not, what do I do today.

WAYBILL_THREADS=N in the environment goes before limits.threads of waybill.yaml; no number and no byte of a report depends on it.` + exitHelp,
		Example: `  waybill init --demo demo && waybill -C demo run weekly
  waybill -C demo sql "select due_week, count(*) from order_facts group by 1 order by 1"`,
		Args:          cobra.ArbitraryArgs,
		RunE:          group,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.PersistentFlags().StringVarP(&c.dir, "directory", "C", ".", "the workspace's folder")
	root.PersistentFlags().BoolVar(&c.json, "json", false, "print JSON for programs")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &exitError{exitUsage, err} })
	root.AddCommand(
		newInit(env, c), newRun(env, c), newPlan(env, c), newIngest(env, c), newLoad(env, c), newPurge(env, c), newReport(env, c), newAct(env, c), newBackup(env, c), newRestore(env, c), newCase(env, c), newReconcile(env, c), newBills(env, c),
		newSQL(env, c), newStatus(env, c), newCodes(env, c), newFeed(env, c), newSchema(env, c), newPolicy(env, c), newRate(env, c), newAudit(env, c), newClaims(env, c), newCheck(env, c), newLake(env, c), newEject(env, c), newVersion(env, c))
	return root
}

// open reads the workspace; a mistake in its configuration is exit 2.
func (c *common) open(env *Env) (*run.Runner, error) {
	r, err := run.Open(c.dir, env.runEnv())
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return r, nil
}

func printJSON(env *Env, v any) error {
	e := json.NewEncoder(env.Stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// group is a command that only holds others: alone it shows its help.
func group(cmd *cobra.Command, a []string) error {
	if len(a) == 0 {
		return cmd.Help()
	}
	hint := cmd.CommandPath() + " --help"
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(a[0]); len(near) > 0 {
		hint = cmd.CommandPath() + " " + near[0]
	}
	return exit(exitUsage, "unknown command %q for %q; try: %s", a[0], cmd.CommandPath(), hint)
}

func args(n cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, a []string) error {
		if err := n(cmd, a); err != nil {
			return &exitError{exitUsage, fmt.Errorf("%w; try: %s --help", err, cmd.CommandPath())}
		}
		return nil
	}
}
