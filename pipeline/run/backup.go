package run

import (
	"cmp"
	"context"

	"waybill/pipeline/ledger"
)

// BackupDir is the folder below the state folder for copies without a name.
const BackupDir = "backup"

// Backup copies what people decided to a file; empty: a new one in the state
// folder. ledger.ErrNone: nothing was decided yet.
func (r *Runner) Backup(ctx context.Context, path string) (ledger.Copied, error) {
	path = cmp.Or(path, r.WS.Path("state", BackupDir, "ledger-"+r.Env.Now().UTC().Format("20060102T150405Z")+".db"))
	return ledger.Backup(ctx, r.WS.StateDir(), path, r.Env.Fail)
}

// Restore puts a copy in the place of what people decided. A loss of entries is
// a *ledger.NewerError without force.
func (r *Runner) Restore(ctx context.Context, from string, force bool) (ledger.Restored, error) {
	return ledger.Restore(ctx, r.WS.StateDir(), from, force, r.Env.Fail)
}
