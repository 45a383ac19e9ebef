package model

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"waybill/pipeline/carrier"
	"waybill/pipeline/charge"
	"waybill/pipeline/engine"
	"waybill/pipeline/policy"
)

// Reference is the data that rules are made of.
type Reference struct {
	Packs     []*policy.Pack
	Calendars map[string]*policy.Calendar // by Pack.CalendarID
	SLA       []SLA
	Judges    []Judge
	Carriers  []carrier.Map
	Words     carrier.Set       // the carriers' maps, ready to decide
	Charges   charge.Set        // what bills call charges
	Zones     map[string]string // platform → zone of its weeks where no pack judges it
}

// SLA names whose clocks give deadlines; empty platform or shop: any.
type SLA struct {
	Platform, Shop, Pack string
	HandlingDays         *int // of orders that state none; nil: these have no deadline where a clock adds them
}

// Judge names whose metrics apply to a platform; parcels without a platform
// have the empty one.
type Judge struct{ Platform, Pack string }

// Install makes the reference tables in memory.
func (r Reference) Install(ctx context.Context, e engine.Engine, asOf time.Time) error {
	packs := map[string]*policy.Pack{}
	for _, p := range r.Packs {
		packs[p.ID] = p
	}
	t := tables{}
	t.make("session", "as_of timestamptz").row(instant(&asOf))
	ms := t.make("milestones", "id integer, name varchar")
	for _, m := range carrier.Milestones {
		ms.row(strconv.Itoa(m.ID), text(m.Name))
	}
	clocks := t.make("clocks", "pack varchar, clock varchar, order_type varchar, from_at timestamptz, to_at timestamptz, start varchar, n integer, add_handling boolean, unit varchar, stop varchar, tz varchar, calendar varchar")
	for _, p := range r.Packs {
		for _, c := range p.ClockRows() {
			clocks.row(text(c.Pack), text(c.Clock), text(c.OrderType), instant(c.FromAt), instant(c.ToAt), text(c.Start), strconv.Itoa(c.N), strconv.FormatBool(c.AddHandling), text(c.Unit), text(c.Stop), text(c.TZ), text(c.Calendar))
		}
	}
	sla := t.make("sla", "platform varchar, shop_id varchar, pack varchar, handling_days integer, specific integer")
	for _, s := range r.SLA {
		specific := 0
		if s.Platform != "" {
			specific += 2
		}
		if s.Shop != "" {
			specific++
		}
		handling := "null"
		if s.HandlingDays != nil {
			handling = strconv.Itoa(*s.HandlingDays)
		}
		sla.row(text(s.Platform), text(s.Shop), text(s.Pack), handling, strconv.Itoa(specific))
	}
	zones := t.make("platform_zones", "platform varchar, tz varchar")
	stops := t.make("dispatch_stops", "platform varchar, order_type varchar, from_at timestamptz, to_at timestamptz, stop varchar")
	metrics := t.make("policy_metrics", "platform varchar, pack varchar, revision varchar, metric varchar, grain varchar, cohort varchar, clock varchar, numerator varchar, denominator varchar, formula varchar, better varchar, tz varchar, min_n bigint, excludes_platform varchar, excludes_express varchar, excludes_sample varchar, excludes_cancelled_in_time varchar, excludes_untracked varchar, excludes_domestic varchar")
	targets := t.make("policy_targets", "platform varchar, pack varchar, metric varchar, from_day date, to_day date, op varchar, value varchar, force varchar")
	judged := map[string]bool{}
	for _, j := range r.Judges {
		p, ok := packs[j.Pack]
		if !ok {
			return fmt.Errorf("policy pack %q of platform %s does not exist", j.Pack, j.Platform)
		}
		judged[j.Platform] = true
		zones.row(text(j.Platform), text(p.Zone))
		for _, c := range p.ClockRows() {
			if c.Clock == "dispatch" {
				stops.row(text(j.Platform), text(c.OrderType), instant(c.FromAt), instant(c.ToAt), text(c.Stop))
			}
		}
		for _, m := range p.MetricRows() {
			metrics.row(engine.Literal(j.Platform), text(m.Pack), text(m.Revision), text(m.Metric), text(m.Grain), text(m.Cohort), text(m.Clock), text(m.Numerator), text(m.Denominator), text(m.Formula), text(m.Better), text(m.TZ),
				strconv.FormatInt(m.MinN, 10), text(m.ExcludesPlatform), text(m.ExcludesExpress), text(m.ExcludesSample), text(m.ExcludesCancelledInTime), text(m.ExcludesUntracked), text(m.ExcludesDomestic))
		}
		for _, x := range p.TargetRows() {
			targets.row(engine.Literal(j.Platform), text(x.Pack), text(x.Metric), day(x.EffectiveFrom), day(x.EffectiveTo), text(x.Op), text(x.Value), text(x.Force))
		}
	}
	for p, z := range r.Zones {
		if !judged[p] {
			zones.row(text(p), text(z))
		}
	}
	for _, tab := range t.list {
		if err := e.Exec(ctx, "create or replace table "+engine.Ident(tab.name)+" ("+tab.columns+")"); err != nil {
			return err
		}
		for rows := tab.rows; len(rows) > 0; {
			n := min(2000, len(rows))
			if err := e.Exec(ctx, "insert into "+engine.Ident(tab.name)+" values "+strings.Join(rows[:n], ", ")); err != nil {
				return err
			}
			rows = rows[n:]
		}
	}
	names := []string{"UTC"}
	for _, p := range r.Packs {
		names = append(names, p.Zone)
	}
	for _, z := range r.Zones {
		names = append(names, z)
	}
	if err := InstallZones(ctx, e, names); err != nil {
		return err
	}
	return InstallCalendars(ctx, e, r.Calendars)
}

// InstallCalendars makes calendar_days.
func InstallCalendars(ctx context.Context, e engine.Engine, calendars map[string]*policy.Calendar) error {
	if err := e.Exec(ctx, "create or replace table calendar_days (calendar varchar, day date, is_business boolean, bd_no integer)"); err != nil {
		return err
	}
	for id, c := range calendars {
		if err := installDays(ctx, e, id, c); err != nil {
			return err
		}
	}
	return nil
}

// installDays fills calendar_days from one digit a day: fifteen thousand rows
// of VALUES would take longer to parse than most questions take to answer.
func installDays(ctx context.Context, e engine.Engine, id string, c *policy.Calendar) error {
	days, err := c.Days(c.First(), c.Last())
	if err != nil || len(days) == 0 {
		return err
	}
	bits := make([]byte, len(days))
	for i, d := range days {
		bits[i] = '0'
		if d.Business {
			bits[i] = '1'
		}
	}
	before := int(days[0].No) - int(bits[0]-'0')
	return e.Exec(ctx, fmt.Sprintf(`insert into calendar_days
select %s, date %s + cast(i as integer), is_business, cast(%d + sum(case when is_business then 1 else 0 end) over (order by i) as integer)
from (select i, substr(%s, i + 1, 1) = '1' as is_business from range(%d) as r(i))`,
		text(id), text(days[0].Day.String()), before, text(string(bits)), len(days)))
}

type tables struct{ list []*refTable }

type refTable struct {
	name, columns string
	rows          []string
}

func (t *tables) make(name, columns string) *refTable {
	r := &refTable{name: name, columns: columns}
	t.list = append(t.list, r)
	return r
}

func (r *refTable) row(values ...string) {
	r.rows = append(r.rows, "("+strings.Join(values, ", ")+")")
}

func text(s string) string {
	if s == "" {
		return "null"
	}
	return engine.Literal(s)
}

func instant(t *time.Time) string {
	if t == nil || t.IsZero() {
		return "null"
	}
	return "cast(" + engine.Literal(t.UTC().Format("2006-01-02 15:04:05.999999+00")) + " as timestamptz)"
}

func day(d *policy.Day) string {
	if d == nil {
		return "null"
	}
	return "date " + engine.Literal(d.String())
}
