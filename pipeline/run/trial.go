package run

import (
	"context"
	"errors"
	"os"

	"waybill/pipeline/lake"
	"waybill/pipeline/load"
	"waybill/pipeline/store"
)

// trialLoader is a loader over an empty store in memory: what it reads is seen
// and gone. close ends the session.
func (r *Runner) trialLoader(ctx context.Context) (_ *load.Loader, close func() error, err error) {
	tmp, err := os.MkdirTemp("", "waybill-try-")
	if err != nil {
		return nil, nil, err
	}
	e, err := r.engineIn(ctx, tmp)
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(tmp))
	}
	close = func() error { return errors.Join(e.Close(), os.RemoveAll(tmp)) }
	ld := r.loader()
	ld.TempDir = tmp
	if ld.Store, err = store.Open(ctx, e, nil, lake.Version{}, r.Tables); err != nil {
		return nil, nil, errors.Join(err, close())
	}
	return ld, close, nil
}
