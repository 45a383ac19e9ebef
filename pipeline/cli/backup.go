package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"waybill/pipeline/ledger"
)

func newBackup(env *Env, c *common) *cobra.Command {
	return &cobra.Command{
		Use: "backup [FILE]", Short: "Copy the ledger: what people decided, which nothing can derive again", Args: args(cobra.MaximumNArgs(1)),
		Long: `Writes a consistent copy of state/ledger.db, while others may work: claims, approvals, closed periods, notes, and what reports
published. FILE may be an older copy of the same ledger, which it replaces; anything else is left alone. Without FILE it is a new file in
state/backup; keep copies on another disk as well. All else in a workspace comes from exports, and can be built again.` + exitHelp,
		Example: "  waybill -C shop backup\n  waybill -C shop backup /mnt/safe/shop-ledger.db",
		RunE: func(cmd *cobra.Command, a []string) error {
			r, err := c.open(env)
			if err != nil {
				return err
			}
			out, err := r.Backup(cmd.Context(), append(a, "")[0])
			switch {
			case errors.Is(err, ledger.ErrNone):
				return exit(exitUsage, "there is nothing to copy: nobody has decided anything yet")
			case errors.Is(err, ledger.ErrTarget):
				return &exitError{exitUsage, err}
			case err != nil:
				return err
			}
			if c.json {
				return printJSON(env, out)
			}
			fmt.Fprintf(env.Stdout, "%s: %d entries\n", out.Path, out.Entries)
			return nil
		},
	}
}

func newRestore(env *Env, c *common) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Put a copy of the ledger back", Args: args(cobra.ExactArgs(1)),
		Long: `Puts the entries of a copy that backup wrote in the place of those of state/ledger.db, all in one step. A ledger that has entries
which the copy lacks stays as it is, exit 4, unless --force: then the ledger as it stood is kept beside, as state/ledger.replaced-N.db,
which restore reads as well. So is a ledger that can no longer be read.` + exitHelp,
		Example: "  waybill -C shop restore /mnt/safe/shop-ledger.db\n  waybill -C shop restore shop/state/ledger.replaced-12.db --force",
		RunE: func(cmd *cobra.Command, a []string) error {
			r, err := c.open(env)
			if err != nil {
				return err
			}
			out, err := r.Restore(cmd.Context(), a[0], force)
			var newer *ledger.NewerError
			switch {
			case errors.As(err, &newer):
				return &exitError{exitCheck, err}
			case errors.Is(err, ledger.ErrNoLedger), errors.Is(err, fs.ErrNotExist):
				return &exitError{exitUsage, err}
			case err != nil:
				return err
			}
			if c.json {
				return printJSON(env, out)
			}
			fmt.Fprintf(env.Stdout, "the ledger has %d entries of %s; it had %d\n", out.Entries, out.From, out.Before)
			if out.Kept != "" {
				fmt.Fprintf(env.Stdout, "as it stood, with %d entries that are gone, it is kept in %s\n", out.Lost, out.Kept)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "even where entries would go; the ledger as it stood is kept beside")
	return cmd
}
