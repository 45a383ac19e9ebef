package metric

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/pipeline/carrier"
	"waybill/pipeline/policy"
)

// CaseInput is what BuildCase does not read from tables.
type CaseInput struct {
	Input
	Words    carrier.Set
	Rules    func(platform, shop string) Rules // whose clocks give deadlines
	MapFile  func(system string) string        // file that maps the codes of a carrier
	FeedZone func(feed string) string          // IANA zone in which a feed reads scans without an offset
}

// Rules are the clocks that apply to a shop where the export states no
// deadline; a nil Pack: none.
type Rules struct {
	Pack         *policy.Pack
	Calendar     *policy.Calendar
	HandlingDays *int // of orders that state none
}

// caseBuilder fills one case.
type caseBuilder struct {
	tables
	in    CaseInput
	match Match
	loc   *time.Location
	c     Case
}

// BuildCase gathers the file of what a match names. The tables orders, orders_in,
// shipments, shipments_in and loads must be in the session beside those of the
// weekly page.
func BuildCase(ctx context.Context, q Querier, in CaseInput, m Match) (Case, error) {
	b := &caseBuilder{tables: tables{ctx: ctx, q: q, queries: in.Queries}, in: in, match: m}
	zone := cmp.Or(in.Zone, "UTC")
	var err error
	if b.loc, err = time.LoadLocation(zone); err != nil {
		return Case{}, err
	}
	b.c = Case{Workspace: in.Workspace, Called: m.Called, AsOf: in.AsOf.UTC(), Zone: zone, Languages: in.Languages, LakeVersion: in.LakeVersion, Waybill: in.Waybill,
		Bills: "not_loaded"}
	for _, step := range []func() error{b.parcel, b.orders, b.numbers, b.scans, b.sources} {
		if err := step(); err != nil {
			return Case{}, err
		}
	}
	b.anomalies()
	return b.c, nil
}

// milestoneIDs are the instants of case_parcels in the order of its columns.
var milestoneIDs = []string{"label", "handed_over", "first_scan", "picked_up", "export_customs", "departed", "arrived", "import_customs", "last_mile", "out_for_delivery",
	"attempt_failed", "customs_held", "returning", "delivered"}

func (b *caseBuilder) parcel() error {
	if b.match.Shipment == "" {
		return nil
	}
	var cols []string
	for _, id := range milestoneIDs {
		cols = append(cols, id+"_at")
	}
	return b.each("queries/cells/case_parcels.sql", `select shipment_id, coalesce(platform, ''), coalesce(shop_id, ''), coalesce(role, ''), coalesce(direction, ''), coalesce(provider, ''),
  coalesce(channel, ''), coalesce(service_tier, ''), coalesce(carrier, ''), coalesce(tracking_number, ''), coalesce(last_mile_number, ''), coalesce(origin, ''), coalesce(state, ''),
  coalesce(postal_code, ''), coalesce(country, ''), coalesce(status, ''), coalesce(outcome, ''), coalesce(on_time, ''), deliver_before_at, last_event_at, age_hours,
  coalesce(cast(weight as varchar) || ' ' || coalesce(weight_unit, ''), ''),
  coalesce(cast(length as varchar) || ' x ' || cast(width as varchar) || ' x ' || cast(height as varchar) || ' ' || coalesce(length_unit, ''), ''),
  coalesce(cast(cost_amount as varchar), ''), coalesce(cast(insurance_amount as varchar), ''), coalesce(cost_currency, ''), own_deliver_before_at, terminal, terminal_at, `+strings.Join(cols, ", ")+`
from {cell} where shipment_id = ?`, func(rows *sql.Rows) error {
		p := &CaseParcel{}
		var cost, insurance, currency string
		var own, terminalAt *time.Time
		var terminal sql.NullString
		at := make([]*time.Time, len(milestoneIDs))
		into := []any{&p.Shipment, &p.Platform, &p.Shop, &p.Role, &p.Direction, &p.Provider, &p.Channel, &p.Tier, &p.Carrier, &p.Number, &p.LastMileNumber, &p.Origin, &p.State,
			&p.PostalCode, &p.Country, &p.Status, &p.Outcome, &p.OnTime, &p.DueAt, &p.LastEventAt, &p.AgeHours, &p.Weight, &p.Size, &cost, &insurance, &currency, &own, &terminal, &terminalAt}
		for i := range at {
			into = append(into, &at[i])
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		p.DueAt, p.LastEventAt = inUTC(p.DueAt), inUTC(p.LastEventAt)
		p.Weight, p.Size = strings.TrimSpace(p.Weight), strings.TrimSpace(p.Size)
		b.c.Parcel = p
		for i, id := range milestoneIDs {
			if at[i] != nil {
				b.c.Milestones = append(b.c.Milestones, CaseMilestone{ID: id, At: at[i].UTC()})
			}
		}
		if terminalAt != nil && terminal.String != "delivered" {
			b.c.Milestones = append(b.c.Milestones, CaseMilestone{ID: terminal.String, At: terminalAt.UTC()})
		}
		b.milestones()
		for _, x := range []struct{ what, amount string }{{"cost_amount", cost}, {"insurance_amount", insurance}} {
			if x.amount != "" {
				b.c.Costs = append(b.c.Costs, CaseCost{x.what, x.amount, currency})
			}
		}
		if own != nil {
			own = inUTC(own)
			b.c.Deadlines = append(b.c.Deadlines, CaseDeadline{Clock: "deliver", Source: "export", Before: own, MetAt: inUTC(at[len(at)-1]), State: b.judge(own, at[len(at)-1])})
		}
		return nil
	}, b.match.Shipment)
}

// milestones sorts what the parcel went through and measures the steps.
func (b *caseBuilder) milestones() {
	list := b.c.Milestones
	slices.SortStableFunc(list, func(x, y CaseMilestone) int { return x.At.Compare(y.At) })
	for i := range list {
		list[i].AgeHours = b.c.AsOf.Sub(list[i].At).Hours()
		if i > 0 {
			h := list[i].At.Sub(list[i-1].At).Hours()
			list[i].AfterHours = &h
		}
	}
}

// judge is yes, no or open for what must happen before a deadline.
func (b *caseBuilder) judge(before, met *time.Time) string {
	switch {
	case before == nil:
		return ""
	case met != nil && met.Before(*before):
		return "yes"
	case met != nil || !before.After(b.c.AsOf):
		return "no"
	}
	return "open"
}

func (b *caseBuilder) orders() error {
	where, args := "shipment_id = ?", []any{b.match.Shipment}
	if b.match.Shipment == "" {
		where, args = "platform = ? and shop_id = ? and order_id = ?", []any{b.match.Platform, b.match.Shop, b.match.Order}
	}
	return b.each("queries/cells/case_orders.sql", `select distinct coalesce(platform, ''), coalesce(shop_id, ''), order_id, coalesce(role, ''), coalesce(order_status, ''), coalesce(fulfilment, ''),
  coalesce(order_type, ''), created_at, approved_at, tracking_uploaded_at, dispatched_at, delivered_at, cancelled_at, coalesce(cancel_fault, ''), parcels, parcels_delivered,
  coalesce(outcome, ''), coalesce(on_time, ''), excluded_due, coalesce(cast(amount as varchar), ''), coalesce(currency, ''),
  dispatch_before_at, deliver_before_at, coalesce(cast(promise_date as varchar), ''), coalesce(promise_tz, ''), coalesce(deadline_source, ''), handling_days, stated_dispatch_before_at
from {cell} where `+where+` order by 1, 2, 3, 4`, func(rows *sql.Rows) error {
		var o CaseOrder
		var d deadlines
		if err := rows.Scan(&o.Platform, &o.Shop, &o.Order, &o.Role, &o.Status, &o.Fulfilment, &o.Type, &o.CreatedAt, &o.ApprovedAt, &o.UploadedAt, &o.Dispatched, &o.Delivered,
			&o.Cancelled, &o.Fault, &o.Parcels, &o.Arrived, &o.Outcome, &o.OnTime, &o.Excluded, &o.Amount, &o.Currency,
			&d.dispatch, &d.deliver, &d.date, &d.zone, &d.source, &d.handling, &d.statedDispatch); err != nil {
			return err
		}
		for _, t := range []**time.Time{&o.CreatedAt, &o.ApprovedAt, &o.UploadedAt, &o.Dispatched, &o.Delivered, &o.Cancelled, &d.dispatch, &d.deliver} {
			*t = inUTC(*t)
		}
		b.c.Orders = append(b.c.Orders, o)
		return b.deadlinesOf(o, d)
	}, args...)
}

func (b *caseBuilder) numbers() error {
	if b.match.Shipment == "" {
		return nil
	}
	rows, err := b.q.Query(b.ctx, `select number, coalesce(carrier, ''), role, valid_from, valid_to from shipment_numbers where shipment_id = ? order by role, number, carrier`, b.match.Shipment)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		var n CaseNumber
		if err := rows.Scan(&n.Number, &n.Carrier, &n.Role, &n.From, &n.To); err != nil {
			return err
		}
		// the model's ends of time are no statement
		if n.From = inUTC(n.From); n.From != nil && n.From.Year() <= 1900 {
			n.From = nil
		}
		if n.To = inUTC(n.To); n.To != nil && n.To.Year() >= 9999 {
			n.To = nil
		}
		b.c.Numbers = append(b.c.Numbers, n)
	}
	return rows.Err()
}

func (b *caseBuilder) scans() error {
	if b.match.Shipment == "" {
		return nil
	}
	names := map[int]string{}
	for _, m := range carrier.Milestones {
		names[m.ID] = m.Name
	}
	return b.each("queries/cells/case_scans.sql", `select event_at, coalesce(time_raw, ''), coalesce(tz_source, ''), coalesce(flags, ''), tracking_number, coalesce(carrier, ''), coalesce(code_system, ''),
  coalesce(code, ''), coalesce(text, ''), coalesce(place, ''), coalesce(country, ''), coalesce(source_kind, ''), coalesce(feed, ''), coalesce(load_id, ''), coalesce(record_no, 0)
from {cell} where shipment_id = ? order by event_at, tracking_number, feed, record_no, code, text`, func(rows *sql.Rows) error {
		var s CaseScan
		if err := rows.Scan(&s.At, &s.TimeRaw, &s.ZoneFrom, &s.Flags, &s.Number, &s.Carrier, &s.System, &s.Code, &s.Text, &s.Place, &s.Country, &s.Source, &s.Feed, &s.Load, &s.Record); err != nil {
			return err
		}
		s.Local, s.At = s.At.In(b.loc).Format("2006-01-02 15:04:05 -07:00"), s.At.UTC()
		if s.ZoneFrom == "feed_default" && b.in.FeedZone != nil {
			s.Zone = b.in.FeedZone(s.Feed)
		}
		country, known := carrier.CountryCode(s.Country)
		if !known {
			text := ""
			if s.Country == "" {
				text = s.Text
			}
			country, _ = carrier.CountryOf(s.Place, text)
		}
		system := cmp.Or(s.System, s.Carrier)
		id, why := b.in.Words.Decide(system, s.Code, s.Text, country)
		if b.in.MapFile != nil && (strings.HasPrefix(why, "code ") || strings.HasPrefix(why, "prefix ")) {
			why += " of " + b.in.MapFile(system)
		}
		s.Milestone, s.DecidedBy = names[id], why
		b.c.Scans = append(b.c.Scans, s)
		return nil
	}, b.match.Shipment)
}

// sources lists the loads, those of scans counted here.
func (b *caseBuilder) sources() error {
	found := map[[2]string]*CaseSource{}
	add := func(table, load string, record, records int64) {
		k := [2]string{table, load}
		s := found[k]
		if s == nil {
			s = &CaseSource{Table: table, Load: load, Record: record}
			found[k] = s
		}
		s.Records += records
		s.Record = min(s.Record, record)
	}
	for _, s := range b.c.Scans {
		add("tracking_events", s.Load, s.Record, 1)
	}
	where, args := []string{"false"}, []any{}
	if b.match.Shipment != "" {
		where, args = append(where, "shipment_id = ?"), append(args, b.match.Shipment)
	}
	for _, o := range b.c.Orders {
		where, args = append(where, "(platform = ? and shop_id = ? and order_id = ?)"), append(args, o.Platform, o.Shop, o.Order)
	}
	if err := b.each("queries/cells/case_sources.sql", `select table_name, load_id, record_no, records from {cell} where `+strings.Join(where, " or "), func(rows *sql.Rows) error {
		var table, load string
		var record, records int64
		if err := rows.Scan(&table, &load, &record, &records); err != nil {
			return err
		}
		add(table, load, record, records)
		return nil
	}, args...); err != nil {
		return err
	}
	rows, err := b.q.Query(b.ctx, "select load_id, min(feed), min(file), min(exported_at), min(loaded_at) from loads group by load_id")
	if err != nil {
		return fmt.Errorf("loads: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		var one CaseSource
		if err := rows.Scan(&one.Load, &one.Feed, &one.File, &one.Exported, &one.LoadedAt); err != nil {
			return err
		}
		for k, s := range found {
			if k[1] == one.Load {
				s.Feed, s.File, s.Exported, s.LoadedAt = one.Feed, one.File, inUTC(one.Exported), inUTC(one.LoadedAt)
			}
		}
	}
	for _, s := range found {
		b.c.Sources = append(b.c.Sources, *s)
	}
	slices.SortFunc(b.c.Sources, func(x, y CaseSource) int {
		return cmp.Or(cmp.Compare(x.Table, y.Table), cmp.Compare(x.File, y.File), cmp.Compare(x.Load, y.Load))
	})
	return rows.Err()
}
