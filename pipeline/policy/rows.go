package policy

import "time"

// ClockRow is one version of one clock for one order type. The version that
// applies to an order is, over the rows of its pack, clock and order type (or
// "any"), the newest whose from_at is not after the order's own clock start
// under that row. It is dropped again where that start is not before its to_at,
// unless the next version's own start is known and before that one's from_at
// (Pack.ClockFor).
type ClockRow struct {
	Pack, Clock, OrderType string
	EffectiveFrom          *Day       // as in the pack; nil: unbounded
	EffectiveTo            *Day       // exclusive
	FromAt                 *time.Time // UTC instant of EffectiveFrom in TZ
	ToAt                   *time.Time // UTC instant of EffectiveTo in TZ, exclusive
	Start                  string
	N                      int
	AddHandling            bool // add the order's handling_days to N; without them there is no deadline
	Unit                   string
	Stop                   string
	TZ                     string
	Calendar               string // Pack.CalendarID
	Source                 string
}

// MetricRow is one metric without its exclusions and targets.
type MetricRow struct {
	Pack, Revision, Metric  string
	Grain, Cohort, Window   string
	WindowDays, ShiftDays   int
	LagDays                 int
	Clock                   string // empty: judged without a clock
	Numerator, Denominator  string
	Formula, Better, TZ     string
	MinN                    int64
	Source                  string
	ExcludesPlatform        string // fulfilment = platform: "both", "numerator", or empty
	ExcludesExpress         string
	ExcludesSample          string
	ExcludesCancelledInTime string
	ExcludesUntracked       string
	ExcludesDomestic        string
}

// TargetRow is one target over windows.
type TargetRow struct {
	Pack, Metric  string
	EffectiveFrom *Day // half open, by Metric.TargetDay
	EffectiveTo   *Day
	Op            string
	Value         string // decimal text: cast it, never through a float
	Force         string
	Source        string
}

// ClockRows gives the clocks in the order of the file, one row per order type.
func (p *Pack) ClockRows() []ClockRow {
	var rows []ClockRow
	for _, c := range p.Clocks {
		for _, t := range c.OrderTypes {
			rows = append(rows, ClockRow{
				Pack: p.ID, Clock: c.Name, OrderType: t,
				EffectiveFrom: c.From, EffectiveTo: c.To,
				FromAt: begin(c.From, c.loc), ToAt: begin(c.To, c.loc),
				Start: c.Start, N: c.N, AddHandling: c.Handling, Unit: c.Unit, Stop: c.Stop,
				TZ: c.Zone, Calendar: p.CalendarID(), Source: c.Source,
			})
		}
	}
	return rows
}

func begin(d *Day, loc *time.Location) *time.Time {
	if d == nil {
		return nil
	}
	t := d.Begin(loc)
	return &t
}

// MetricRows gives the metrics in the order of the file.
func (p *Pack) MetricRows() []MetricRow {
	var rows []MetricRow
	for _, m := range p.Metrics {
		row := MetricRow{
			Pack: p.ID, Revision: p.Revision, Metric: m.ID,
			Grain: m.Grain, Cohort: m.Cohort, Window: m.Window, WindowDays: m.WindowDays, ShiftDays: m.ShiftDays, LagDays: m.LagDays, Clock: m.Clock,
			Numerator: m.Numerator, Denominator: m.Denominator, Formula: m.Formula, Better: m.Better,
			TZ: p.Zone, MinN: m.MinN, Source: m.Source,
		}
		for _, e := range m.Exclusions {
			switch e.What {
			case "fulfilment_platform":
				row.ExcludesPlatform = e.From
			case "order_type_express":
				row.ExcludesExpress = e.From
			case "order_type_sample":
				row.ExcludesSample = e.From
			case "cancelled_in_time":
				row.ExcludesCancelledInTime = e.From
			case "untracked":
				row.ExcludesUntracked = e.From
			case "domestic_channel":
				row.ExcludesDomestic = e.From
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// TargetRows gives the targets in the order of the file.
func (p *Pack) TargetRows() []TargetRow {
	var rows []TargetRow
	for _, m := range p.Metrics {
		for _, t := range m.Targets {
			rows = append(rows, TargetRow{
				Pack: p.ID, Metric: m.ID, EffectiveFrom: t.From, EffectiveTo: t.To,
				Op: t.Op, Value: t.Value, Force: t.Force, Source: t.Source,
			})
		}
	}
	return rows
}
