package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"waybill/pipeline/ledger"
	"waybill/pipeline/metric"
)

// Act is a decision about one number.
type Act struct {
	Kind   string // ledger.KindDone, KindSnooze or KindNote
	Number string // tracking number, order or parcel
	Reason string // of the list; empty: whatever the reason
	Until  time.Time
	Text   string
	By     string
}

// ErrNothingToUndo says that no decision stands that could be taken back.
var ErrNothingToUndo = errors.New("no decision to take back")

// ErrNoReason says that the list of actions knows no such reason.
var ErrNoReason = errors.New("no such reason")

// ErrPast says that an action cannot be put off until an instant that is over.
var ErrPast = errors.New("nothing would be put off")

// within opens a view with its engine for one question.
func (r *Runner) within(ctx context.Context, v View, do func(*Reader, metric.Input) error) (err error) {
	rd, err := r.Read(ctx, v)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rd.Close()) }()
	if err := r.openEngine(ctx, rd); err != nil {
		return err
	}
	in, err := r.input(ctx, rd, "")
	if err != nil {
		return err
	}
	return do(rd, in)
}

// Actions lists what to act on at a view's as-of; all: what is hidden too.
func (r *Runner) Actions(ctx context.Context, v View, all bool) (out metric.ActionList, err error) {
	err = r.within(ctx, v, func(rd *Reader, in metric.Input) error {
		out, err = metric.Actions(ctx, rd, in, all)
		return err
	})
	return out, err
}

// Decide appends decisions about numbers, all or none, as of the newest view.
// A number that nothing goes by is a *metric.NotFoundError.
func (r *Runner) Decide(ctx context.Context, acts []Act) ([]ledger.Decision, error) {
	for _, a := range acts {
		if a.Reason != "" && !slices.Contains(metric.Reasons, a.Reason) {
			return nil, fmt.Errorf("%w %q; try: %s", ErrNoReason, a.Reason, strings.Join(metric.Reasons, ", "))
		}
	}
	var entries []ledger.Entry
	err := r.within(ctx, View{}, func(rd *Reader, in metric.Input) error {
		at := r.Env.Now()
		var missing []error
		for _, a := range acts {
			if a.Kind == ledger.KindSnooze && !a.Until.After(rd.AsOf) {
				return fmt.Errorf("%w: %s is not after the as-of %s", ErrPast, a.Until.UTC().Format(time.RFC3339), rd.AsOf.UTC().Format(time.RFC3339))
			}
			found, err := metric.Find(ctx, rd, in, a.Number)
			var none *metric.NotFoundError
			if errors.As(err, &none) {
				missing = append(missing, err)
				continue
			}
			if err != nil {
				return err
			}
			for _, m := range found {
				about := ledger.About{Platform: m.Platform, Shop: m.Shop, Order: m.Order, Shipment: m.Shipment, Reason: a.Reason, AsOf: rd.AsOf.UTC(), Called: m.Called}
				text, err := json.Marshal(about)
				if err != nil {
					return err
				}
				entries = append(entries, ledger.Entry{At: at, By: a.By, Kind: a.Kind, Subject: subject(about), Until: a.Until, Text: a.Text, Context: text})
			}
		}
		return errors.Join(missing...)
	})
	if err != nil {
		return nil, err
	}
	return r.append(ctx, entries)
}

// subject is what a decision is about as one text.
func subject(a ledger.About) string {
	if a.Shipment != "" {
		return "shipment/" + url.PathEscape(a.Shipment)
	}
	return strings.Join([]string{"order", url.PathEscape(a.Platform), url.PathEscape(a.Shop), url.PathEscape(a.Order)}, "/")
}

func (r *Runner) append(ctx context.Context, entries []ledger.Entry) (_ []ledger.Decision, err error) {
	l, err := ledger.Open(ctx, r.WS.StateDir())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	kept, err := l.Append(ctx, entries...)
	if err != nil {
		return nil, err
	}
	return ledger.Decisions(kept, kept[len(kept)-1].At.AddDate(1000, 0, 0))
}

// Undo takes a decision back: that with the number seq, 0: the newest that
// stands, with what the same command decided about the same number.
func (r *Runner) Undo(ctx context.Context, seq int64, by string) ([]ledger.Decision, error) {
	rd, err := r.Read(ctx, View{})
	if err != nil {
		return nil, err
	}
	asOf, entries := rd.AsOf, rd.decided.entries
	if err := rd.Close(); err != nil {
		return nil, err
	}
	list, err := ledger.Decisions(entries, asOf)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(d ledger.Decision) bool { return d.Undone != 0 })
	if seq == 0 && len(list) > 0 {
		last := list[len(list)-1]
		list = slices.DeleteFunc(list, func(d ledger.Decision) bool {
			return !d.At.Equal(last.At) || d.By != last.By || d.Kind != last.Kind || d.About.Called != last.About.Called
		})
	} else if seq != 0 {
		list = slices.DeleteFunc(list, func(d ledger.Decision) bool { return d.Seq != seq })
	}
	if len(list) == 0 {
		if seq != 0 {
			return nil, fmt.Errorf("%w: %d is none that stands", ErrNothingToUndo, seq)
		}
		return nil, ErrNothingToUndo
	}
	var undo []ledger.Entry
	for _, d := range list {
		text, err := json.Marshal(ledger.Undone{Seq: d.Seq, AsOf: asOf.UTC()})
		if err != nil {
			return nil, err
		}
		undo = append(undo, ledger.Entry{At: r.Env.Now(), By: by, Kind: ledger.KindUndo, Subject: d.Subject, Context: text})
	}
	if _, err := r.append(ctx, undo); err != nil {
		return nil, err
	}
	return list, nil
}
