package metric

import "time"

// Weekly is everything that the weekly page shows: plain values, no engine, no
// wall clock. Two equal values render to equal bytes.
type Weekly struct {
	Workspace   string    `json:"workspace"`
	AsOf        time.Time `json:"as_of"`          // UTC; nothing after it is known
	Zone        string    `json:"zone"`           // IANA zone in which the page prints times
	Week        Week      `json:"week"`           // the last closed and covered week, or the last week with data
	Currency    string    `json:"currency"`       // reporting currency, ISO 4217
	Shop        string    `json:"shop,omitempty"` // the one shop that all numbers are narrowed to; empty: all
	Languages   []string  `json:"languages"`      // of the page, the first shows without JavaScript; empty: zh, en
	Trust       Trust     `json:"trust"`          // where the numbers come from
	Metrics     []Metric  `json:"metrics"`        // in the order in which they are shown
	Shops       []Shop    `json:"shops"`          // by platform, then shop
	Channels    []Group   `json:"channels"`       // crude, of the report's week and the 12 before it
	States      []Group   `json:"states"`         // the same by destination state, most orders first
	Legs        []Leg     `json:"legs"`           // where the days go
	Actions     []Action  `json:"actions"`        // what can still arrive in time first, by urgency
	ActionTotal int       `json:"action_total"`

	ActionLate   int `json:"action_late"`   // of ActionTotal: can no longer arrive in time, and come last
	ActionHidden int `json:"action_hidden"` // not in ActionTotal: done or put off

	ActionUnknown []string `json:"action_unknown,omitempty"` // what no export speaks of, so that it is no reason: scans, deliveries, dispatches

	Exceptions []Exception `json:"exceptions"` // of parcels labelled or handed over since the first week of channels
	Unmapped   []Unmapped  `json:"unmapped"`   // carrier codes without a milestone, most frequent first
	Rejects    []Reject    `json:"rejects"`    // by feed, output, column and reason
}

// Week is a Monday-to-Sunday week of the platform's zone.
type Week struct {
	ID    string    `json:"id"`    // ISO week, 2026-W46
	Start string    `json:"start"` // Monday, 2026-11-09
	End   string    `json:"end"`   // Sunday, 2026-11-15
	State WeekState `json:"state"`
}

// WeekState says whether a week's cohort can be judged.
type WeekState string

const (
	Closed     WeekState = "closed"     // over before the as-of and covered by every feed it needs: a census
	Open       WeekState = "open"       // not over at the as-of: counts only, hatched, no verdict
	Incomplete WeekState = "incomplete" // over, but a feed does not reach its end: no verdict
)

// Metric is one rule of a policy pack as it applies to the report's week.
type Metric struct {
	ID      string `json:"id"`      // otdr, first_scan, ldr, vtr, sfcr
	Pack    string `json:"pack"`    // pack that states the target, with its revision
	Grain   string `json:"grain"`   // order or package
	Cohort  string `json:"cohort"`  // what puts a member into a window: deliver_by, dispatched, shipped, created
	Better  string `json:"better"`  // higher or lower
	Formula string `json:"formula"` // file under queries/ that computes it
	Source  string `json:"source"`  // where the platform says so
	Window  string `json:"window"`  // iso_week, rolling_days, month
	Days    int    `json:"days,omitempty"`
	Shift   int    `json:"shift_days,omitempty"` // the window ends this many days before the week's Sunday
	Lag     int    `json:"lag_days,omitempty"`   // the platform shows a window this many days after its end
	MinN    int64  `json:"min_n,omitempty"`      // fewest members that a verdict needs; 0: any number
}

// Shop is one seller account on one platform.
type Shop struct {
	Platform string   `json:"platform"`
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Verdict  Verdict  `json:"verdict"`
	Series   []Series `json:"series"`  // one per metric, same order as Weekly.Metrics
	Transit  Transit  `json:"transit"` // of all its dispatched parcels in the trailing 13 ship weeks

	Forecasts []Forecast `json:"forecasts,omitempty"` // of the on-time delivery of weeks that are not closed, oldest first
	Change    *Change    `json:"change,omitempty"`    // of the on-time delivery, against the week before
}

// Verdict is the answer for one shop in the report's week.
type Verdict struct {
	State   string   `json:"state"`   // pass, fail, none
	Failed  []string `json:"failed"`  // metric ids that miss their target
	Missing string   `json:"missing"` // for none: no_deadline, no_scans, never_loaded, incomplete, open, few, no_orders, no_target

	Undecided []string `json:"undecided,omitempty"` // metric ids with a target whose week cannot be judged yet
	Few       []string `json:"few,omitempty"`       // metric ids with a target and too few members to judge
}

// Series is one metric of one shop over the weeks, oldest first.
type Series struct {
	Metric    string           `json:"metric"`
	Points    []Point          `json:"points"`
	Missing   string           `json:"missing,omitempty"`   // column that is missing when there is no point at all, or for a verdict
	Window    string           `json:"window"`              // kind of window that a point counts, of the shop's pack; empty: none
	Cancelled []CancelledOrder `json:"cancelled,omitempty"` // of a weekly cancellation rate that the report's week missed: the orders that it counts
	Gaps      []Gap            `json:"gaps,omitempty"`      // of trace completeness: what the traces of the report's point lack, most often first
}

// Gap is a node that traces lack: N of Of parcels, most of them in one channel.
type Gap struct {
	Node string `json:"node"` // pickup, export_cleared, departed, arrived, cleared, last_mile, delivered
	N    int64  `json:"n"`
	Of   int64  `json:"of"`

	Channel   string `json:"channel"` // with the most such parcels; empty: not stated
	ChannelN  int64  `json:"channel_n"`
	ChannelOf int64  `json:"channel_of"`
}

// Point is one cohort: Num of Den, of which Open are not decided yet.
type Point struct {
	Week     Week   `json:"week"` // for which it is shown, with the state of the window's cohort
	From     string `json:"from"` // first day of the window, 2026-11-09; of a weekly metric that of the week
	To       string `json:"to"`   // last day
	Num      int64  `json:"num"`
	Den      int64  `json:"den"`
	Open     int64  `json:"open"`         // members without an outcome at the as-of (counted in Den)
	Excluded int64  `json:"excluded"`     // left out by the rule's exclusions
	Op       string `json:"op,omitempty"` // of Target: >=, <=, <
	Target   string `json:"target"`       // enforced, decimal fraction as the pack writes it, "0.80"; empty: none in force
	Met      string `json:"met"`          // yes, no, or empty where there is no verdict

	Recommended string `json:"recommended,omitempty"` // what the platform recommends beside what it enforces
	Unknown     int64  `json:"unknown,omitempty"`     // not in Den: the exports do not let us say how they count

	Few    bool    `json:"few,omitempty"`    // too few members to judge: Den is below the metric's MinN
	Bounds *Bounds `json:"bounds,omitempty"` // of a window that is over and covered, and of which members are undecided
}

// Bounds are the least and the greatest that a rate can still become, by the
// members that are open, that may enter or leave it, or of which nothing is
// known. A verdict holds at both; a week in which it does not is open.
type Bounds struct {
	LowNum    int64 `json:"low_num"`
	LowDen    int64 `json:"low_den"`
	HighNum   int64 `json:"high_num"`
	HighDen   int64 `json:"high_den"`
	Undecided int64 `json:"undecided"`
}

// Quantile is a Kaplan-Meier quantile with its log-log band, in days; a nil end is not reached.
type Quantile struct {
	P    float64  `json:"p"`
	Days *float64 `json:"days"`
	Low  *float64 `json:"low"`
	High *float64 `json:"high"`
}

// Transit is the time from pickup (or first scan) to delivery of a parcel that is delivered, parcels still on
// the way included; what came back, was lost or destroyed is censored there.
type Transit struct {
	N      int64        `json:"n"`
	Open   int64        `json:"open"` // on the way at the as-of; N holds also what came back or is lost
	Median Quantile     `json:"median"`
	P90    Quantile     `json:"p90"`
	Curve  []CurvePoint `json:"curve,omitempty"`

	Negative int64 `json:"negative,omitempty"` // not in N: delivered before they were picked up
}

// CurvePoint is one step of the share delivered after Days.
type CurvePoint struct {
	Days      float64 `json:"days"`
	Delivered float64 `json:"delivered"`
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
}

// Group is one channel or one state over the report's window, crude.
type Group struct {
	Key     string  `json:"key"` // empty: not stated in the exports
	Due     int64   `json:"due"`
	OnTime  int64   `json:"on_time"`
	Low     float64 `json:"low"` // Wilson 95 % of OnTime / Due
	High    float64 `json:"high"`
	Small   bool    `json:"small"` // too few to rank: greyed
	Parcels int64   `json:"parcels"`
	Transit Transit `json:"transit"`
}

// Leg is the mean of one leg over delivered parcels of the window, in days.
type Leg struct {
	ID       string  `json:"id"` // purchase_pickup, pickup_departed, departed_arrived, arrived_cleared, cleared_last_mile, last_mile_delivered …
	N        int64   `json:"n"`
	Mean     float64 `json:"mean"`
	Share    float64 `json:"share"`    // of the sum of means
	Missing  int64   `json:"missing"`  // parcels that lack one end
	Negative int64   `json:"negative"` // excluded: the ends are in the wrong order
}

// Action is one shipment or order to act on today.
type Action struct {
	Reason      string     `json:"reason"` // one of Reasons
	Platform    string     `json:"platform"`
	Shop        string     `json:"shop"`
	Order       string     `json:"order"`
	Number      string     `json:"number"` // tracking number
	Carrier     string     `json:"carrier"`
	Channel     string     `json:"channel"`
	State       string     `json:"state"`
	LastEvent   string     `json:"last_event"` // raw text in its own language
	LastAt      *time.Time `json:"last_at"`
	DueAt       *time.Time `json:"due_at"`
	AgeHours    float64    `json:"age_hours"`
	Amount      string     `json:"amount"` // order value, decimal
	Currency    string     `json:"currency"`
	Shipment    string     `json:"shipment"`               // empty: the row is the order's
	Since       *time.Time `json:"since"`                  // the reason holds from here on
	Node        string     `json:"node,omitempty"`         // stalled: the node it is in
	ExcessHours float64    `json:"excess_hours,omitempty"` // stalled: longer than its bound by
	Late        bool       `json:"late,omitempty"`         // its delivery deadline has passed
	Hidden      string     `json:"hidden,omitempty"`       // done or snoozed
	Until       *time.Time `json:"until,omitempty"`        // put off until here
	Note        string     `json:"note,omitempty"`         // what somebody wrote about it last
}

// Reasons of actions, by urgency: what can still be saved comes first. An order
// or parcel whose deadline is near is as urgent as due_soon whatever its reason.
var Reasons = []string{"overdue_undispatched", "due_soon", "no_first_scan", "bad_address", "customs_held", "attempt_failed", "returning", "silent", "stalled", "overdue"}

// Unmapped is a carrier's code or text that no map knows.
type Unmapped struct {
	Carrier string `json:"carrier"`
	Code    string `json:"code"`
	Text    string `json:"text"` // an example
	N       int64  `json:"n"`
}

// Reject counts records that were not loaded.
type Reject struct {
	Feed   string `json:"feed"`
	Output string `json:"output"`
	Column string `json:"column"`
	Reason string `json:"reason"`
	File   string `json:"file"` // an example: file and line
	Line   int64  `json:"line"`
	N      int64  `json:"n"`
}

// Trust says what the numbers stand on.
type Trust struct {
	LakeVersion string  `json:"lake_version"`
	ReportID    string  `json:"report_id"`
	Waybill     string  `json:"waybill"` // program version
	Packs       []Pack  `json:"packs"`
	Feeds       []Feed  `json:"feeds"`
	Orders      int64   `json:"orders"`
	Shipments   int64   `json:"shipments"`
	Events      int64   `json:"events"`
	Orphans     int64   `json:"orphans"`    // events whose number belongs to no shipment
	OpenShare   float64 `json:"open_share"` // of the report week's due orders
	LastClosed  Week    `json:"last_closed"`

	Cards []CardStamp `json:"cards,omitempty"` // of pages about money
}

// Pack is a policy pack and the revision in force.
type Pack struct {
	ID       string `json:"id"`
	Revision string `json:"revision"`
}

// Feed is one export and how far it reaches.
type Feed struct {
	Name     string     `json:"name"`
	Horizon  *time.Time `json:"horizon"`
	LastLoad string     `json:"last_load"` // load id
	Files    int64      `json:"files"`
	Records  int64      `json:"records"`
	Rejected int64      `json:"rejected"`
	LagHours float64    `json:"lag_hours"`              // behind the feed that reaches furthest
	Never    bool       `json:"never_loaded,omitempty"` // it brings orders, parcels or scans, and no file of it was ever loaded
}
