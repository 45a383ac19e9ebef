package run

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"waybill/pipeline/feed"
	"waybill/pipeline/ledger"
	"waybill/pipeline/metric"
	"waybill/pipeline/policy"
	"waybill/reports"
)

// SeveralError says that a number stands for more than one parcel.
type SeveralError struct {
	Number  string
	Matches []metric.Match
}

func (e *SeveralError) Error() string {
	var names []string
	for _, m := range e.Matches {
		names = append(names, m.Shipment)
	}
	return fmt.Sprintf("%d parcels go by %q; try: one of %s", len(e.Matches), e.Number, strings.Join(names, ", "))
}

// Case is the file of the parcel that goes by a number. An order that one
// parcel carries stands for it; one that several carry is a *SeveralError, as
// is a number of several parcels; an unknown one a *metric.NotFoundError.
func (r *Runner) Case(ctx context.Context, v View, number string) (out metric.Case, err error) {
	err = r.within(ctx, v, func(rd *Reader, in metric.Input) error {
		m, err := oneParcel(ctx, rd, in, number)
		if err != nil {
			return err
		}
		out, err = metric.BuildCase(ctx, rd, metric.CaseInput{Input: in, Words: r.Reference.Words, Rules: r.rules, MapFile: r.mapFile, FeedZone: r.feedZone}, m)
		if err != nil {
			return err
		}
		return about(&out, rd)
	})
	return out, err
}

// CaseHTML is the case as a self-contained page.
func (r *Runner) CaseHTML(c metric.Case) ([]byte, error) {
	page, err := reports.Case(c, r.reportFiles())
	return page.HTML, err
}

// oneParcel finds the one parcel that goes by a number: a parcel goes before an
// order. Its errors are those of Case.
func oneParcel(ctx context.Context, rd *Reader, in metric.Input, number string) (metric.Match, error) {
	found, err := metric.Find(ctx, rd, in, number)
	if err != nil {
		return metric.Match{}, err
	}
	parcels := slices.DeleteFunc(slices.Clone(found), func(m metric.Match) bool { return m.Shipment == "" })
	if len(parcels) == 0 {
		for _, m := range found {
			rows, err := rd.Query(ctx, "select distinct shipment_id from order_shipments where platform = ? and shop_id = ? and order_id = ? order by 1", m.Platform, m.Shop, m.Order)
			if err != nil {
				return m, err
			}
			for rows.Next() {
				p := metric.Match{Called: m.Called, Role: m.Role}
				if err := rows.Scan(&p.Shipment); err != nil {
					return m, err
				}
				parcels = append(parcels, p)
			}
			if err := rows.Err(); err != nil {
				return m, err
			}
		}
	}
	switch {
	case len(parcels) > 1:
		return parcels[0], &SeveralError{strings.TrimSpace(number), parcels}
	case len(parcels) == 1:
		return parcels[0], nil
	}
	return found[0], nil
}

// rules are the clocks that the workspace's SLA names for a shop, the most
// particular entry first.
func (r *Runner) rules(platform, shop string) metric.Rules {
	var out metric.Rules
	best := -1
	for _, s := range r.Reference.SLA {
		if s.Platform != "" && s.Platform != platform || s.Shop != "" && s.Shop != shop {
			continue
		}
		specific := 0
		if s.Platform != "" {
			specific += 2
		}
		if s.Shop != "" {
			specific++
		}
		if specific <= best {
			continue
		}
		i := slices.IndexFunc(r.Reference.Packs, func(p *policy.Pack) bool { return p.ID == s.Pack })
		if i < 0 {
			continue
		}
		best = specific
		out = metric.Rules{Pack: r.Reference.Packs[i], Calendar: r.Reference.Calendars[r.Reference.Packs[i].CalendarID()], HandlingDays: s.HandlingDays}
	}
	return out
}

// mapFile is the name of the file that maps a carrier's codes.
func (r *Runner) mapFile(system string) string {
	for _, m := range r.Reference.Carriers {
		if slices.Contains(m.Names(), system) {
			return path.Base(m.File)
		}
	}
	return ""
}

// feedZone is the zone in which a feed reads the times of scans that name none.
func (r *Runner) feedZone(name string) string {
	i := slices.IndexFunc(r.Feeds, func(f *feed.Feed) bool { return f.Name == name })
	if i < 0 {
		return "" // the feed is no longer configured
	}
	for _, o := range r.Feeds[i].Outputs {
		if c, ok := o.Columns["event_at"]; ok && o.Table == "tracking_events" && c.Zone != "" {
			return c.Zone
		}
	}
	if r.Feeds[i].Zone == "" {
		return "UTC"
	}
	return r.Feeds[i].Zone
}

// about adds the decisions on the parcel and its orders.
func about(c *metric.Case, rd *Reader) error {
	list, err := ledger.Decisions(rd.decided.entries, rd.AsOf)
	if err != nil {
		return err
	}
	for _, d := range list {
		mine := c.Parcel != nil && d.About.Shipment == c.Parcel.Shipment
		for _, o := range c.Orders {
			mine = mine || d.About.Shipment == "" && d.About.Platform == o.Platform && d.About.Shop == o.Shop && d.About.Order == o.Order
		}
		if !mine {
			continue
		}
		one := metric.CaseDecision{Seq: d.Seq, At: d.At, By: d.By, Kind: d.Kind, Reason: d.About.Reason, Text: d.Text, UndoneBy: d.Undone}
		if !d.Until.IsZero() {
			until := d.Until.UTC().Truncate(time.Second)
			one.Until = &until
		}
		c.Decisions = append(c.Decisions, one)
	}
	return nil
}
