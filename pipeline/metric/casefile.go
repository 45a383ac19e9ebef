package metric

import "time"

// Case is the file of one parcel, or of an order without one: everything that
// the tables say of it at an as-of. It holds no personal data.
type Case struct {
	Workspace   string          `json:"workspace"`
	Called      string          `json:"called"` // the number that was asked for
	AsOf        time.Time       `json:"as_of"`
	Zone        string          `json:"zone"` // of local times
	Languages   []string        `json:"languages"`
	LakeVersion string          `json:"lake_version"`
	Waybill     string          `json:"waybill"`
	Parcel      *CaseParcel     `json:"parcel"` // nil: the order has none
	Orders      []CaseOrder     `json:"orders"`
	Numbers     []CaseNumber    `json:"numbers"`
	Milestones  []CaseMilestone `json:"milestones"` // in their order in time
	Scans       []CaseScan      `json:"scans"`      // oldest first
	Deadlines   []CaseDeadline  `json:"deadlines"`
	Costs       []CaseCost      `json:"costs"`
	Bills       string          `json:"bills"` // why there is none: not_loaded
	Anomalies   []CaseAnomaly   `json:"anomalies"`
	Decisions   []CaseDecision  `json:"decisions"`
	Sources     []CaseSource    `json:"sources"`
}

// CaseParcel is the parcel as it stood at the as-of.
type CaseParcel struct {
	Shipment       string     `json:"shipment"`
	Platform       string     `json:"platform"`
	Shop           string     `json:"shop"`
	Role           string     `json:"role"`
	Direction      string     `json:"direction"`
	Provider       string     `json:"provider"`
	Channel        string     `json:"channel"`
	Tier           string     `json:"service_tier"`
	Carrier        string     `json:"carrier"`
	Number         string     `json:"tracking_number"`
	LastMileNumber string     `json:"last_mile_number"`
	Origin         string     `json:"origin"`
	State          string     `json:"state"`
	PostalCode     string     `json:"postal_code"`
	Country        string     `json:"country"`
	Status         string     `json:"status"`  // of the newest export
	Outcome        string     `json:"outcome"` // delivered, in_transit, no_scan, returned, lost, destroyed, cancelled
	OnTime         string     `json:"on_time"` // yes, no, open; empty: no deadline
	DueAt          *time.Time `json:"deliver_before_at"`
	LastEventAt    *time.Time `json:"last_event_at"`
	AgeHours       *float64   `json:"age_hours"`
	Weight         string     `json:"weight"` // as measured, "1.2000 kg"
	Size           string     `json:"size"`   // as measured, "20.0000 x 15.0000 x 10.0000 cm"
}

// CaseOrder is an order that the parcel carries, or the order itself.
type CaseOrder struct {
	Platform   string     `json:"platform"`
	Shop       string     `json:"shop"`
	Order      string     `json:"order"`
	Role       string     `json:"role"` // of the parcel for it: outbound, reship, return
	Status     string     `json:"order_status"`
	Fulfilment string     `json:"fulfilment"`
	Type       string     `json:"order_type"`
	CreatedAt  *time.Time `json:"created_at"`
	ApprovedAt *time.Time `json:"approved_at"`
	UploadedAt *time.Time `json:"tracking_uploaded_at"`
	Dispatched *time.Time `json:"dispatched_at"`
	Delivered  *time.Time `json:"delivered_at"`
	Cancelled  *time.Time `json:"cancelled_at"`
	Fault      string     `json:"cancel_fault"`
	Parcels    int64      `json:"parcels"`
	Arrived    int64      `json:"parcels_delivered"`
	Outcome    string     `json:"outcome"`
	OnTime     string     `json:"on_time"`
	Excluded   bool       `json:"excluded_due"` // cancelled before dispatch and before its deadline
	Amount     string     `json:"amount"`
	Currency   string     `json:"currency"`
}

// CaseNumber is a number of the parcel and the span in which it means it; an
// open end is nil.
type CaseNumber struct {
	Number  string     `json:"number"`
	Carrier string     `json:"carrier"`
	Role    string     `json:"role"`
	From    *time.Time `json:"valid_from"`
	To      *time.Time `json:"valid_to"`
}

// CaseMilestone is one step of the parcel.
type CaseMilestone struct {
	ID         string    `json:"id"` // column of shipment_facts without _at
	At         time.Time `json:"at"`
	AfterHours *float64  `json:"after_hours"` // since the milestone before it
	AgeHours   float64   `json:"age_hours"`   // at the as-of
}

// CaseScan is one scan with what decided its milestone.
type CaseScan struct {
	At        time.Time `json:"at"`       // UTC
	Local     string    `json:"local"`    // in the case's zone
	TimeRaw   string    `json:"time_raw"` // as it stood in the export
	Zone      string    `json:"zone"`     // in which time_raw was read; empty: it names its own
	ZoneFrom  string    `json:"zone_source"`
	Flags     string    `json:"flags"` // local times that do not exist or exist twice
	Number    string    `json:"number"`
	Carrier   string    `json:"carrier"`
	System    string    `json:"code_system"`
	Code      string    `json:"code"`
	Text      string    `json:"text"`
	Place     string    `json:"place"`
	Country   string    `json:"country"`
	Milestone string    `json:"milestone"`
	DecidedBy string    `json:"decided_by"` // code OK of usps.yaml, prefix X of …, text rule 12 of text.yaml; empty: no map knows it
	Source    string    `json:"source_kind"`
	Feed      string    `json:"feed"`
	Load      string    `json:"load"`
	Record    int64     `json:"record"`
}

// CaseDeadline is one deadline with the way in which it came about.
type CaseDeadline struct {
	Order    string     `json:"order"` // empty: the parcel's own
	Clock    string     `json:"clock"` // dispatch or deliver
	Source   string     `json:"source"`
	Before   *time.Time `json:"before"` // exclusive; nil: none, Missing says why
	Missing  string     `json:"missing,omitempty"`
	Date     string     `json:"date"` // the promised local day
	Zone     string     `json:"zone"`
	MetAt    *time.Time `json:"met_at"` // dispatched or delivered
	State    string     `json:"state"`  // yes, no, open; empty: no deadline
	Rule     *CaseRule  `json:"rule"`   // nil: the export states the deadline itself
	Computed *time.Time `json:"computed,omitempty"`
}

// CaseRule is the version of a pack's clock that gave a deadline.
type CaseRule struct {
	Pack         string    `json:"pack"` // id@revision
	From         string    `json:"from"` // first day of this version, empty: always
	To           string    `json:"to"`   // first day without it, empty: still
	Start        string    `json:"start"`
	StartAt      time.Time `json:"start_at"`
	N            int       `json:"n"`
	HandlingDays *int      `json:"handling_days"` // added to N; nil: the clock adds none
	Unit         string    `json:"unit"`
	Calendar     string    `json:"calendar"`
	Days         []string  `json:"days"`   // counted, the last is the promised one
	Closed       []string  `json:"closed"` // passed over between them, with why
	RuleSource   string    `json:"rule_source"`
}

// CaseCost is an amount that an export states; no bill.
type CaseCost struct {
	What     string `json:"what"` // cost_amount, insurance_amount
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// CaseAnomaly is something that does not fit.
type CaseAnomaly struct {
	Kind string     `json:"kind"` // negative_leg, scan_after_delivered, scan_before_order, clock_flag, unmapped_scan, deadline_differs
	At   *time.Time `json:"at"`
	What string     `json:"what"` // milestone, code or text it is about
}

// CaseDecision is an entry of the ledger about the parcel or its orders.
type CaseDecision struct {
	Seq      int64      `json:"seq"`
	At       time.Time  `json:"at"`
	By       string     `json:"by"`
	Kind     string     `json:"kind"`
	Reason   string     `json:"reason"`
	Until    *time.Time `json:"until"`
	Text     string     `json:"text"`
	UndoneBy int64      `json:"undone_by"` // 0: it stands
}

// CaseSource is a load that brought records of the case.
type CaseSource struct {
	Table    string     `json:"table"`
	Feed     string     `json:"feed"`
	Load     string     `json:"load"`
	File     string     `json:"file"`
	Exported *time.Time `json:"exported_at"`
	LoadedAt *time.Time `json:"loaded_at"`
	Record   int64      `json:"record"` // the first one in the file
	Records  int64      `json:"records"`
}
