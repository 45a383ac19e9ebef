package run

import (
	"context"
	"errors"
	"time"

	"waybill/pipeline/metric"
)

// Codes is what the status maps leave open.
type Codes struct {
	Unmapped []metric.Unmapped `json:"unmapped"` // codes and texts without a milestone, most frequent first
	Orphans  int64             `json:"orphans"`  // scans whose number belongs to no parcel
}

// Codes looks at every scan of a version up to the view's as-of.
func (r *Runner) Codes(ctx context.Context, v View) (out Codes, err error) {
	rd, err := r.Read(ctx, v)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, rd.Close()) }()
	if err := r.openEngine(ctx, rd); err != nil {
		return out, err
	}
	if err := r.Reference.Events(ctx, rd.Engine, "tracking_events"); err != nil {
		return out, err
	}
	out.Unmapped, out.Orphans, err = metric.Codes(ctx, rd, r.Queries, time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC))
	return out, err
}
