package claims

import "encoding/json"

// Finding is what an audit rule found on a bill. Days are 2026-11-09, empty where
// they are not known.
type Finding struct {
	ID          string          `json:"finding_id"` // the same whatever was loaded anew
	Rule        string          `json:"rule"`
	RuleVersion string          `json:"rule_version,omitempty"`
	Confidence  string          `json:"confidence,omitempty"` // hard or soft
	Effect      string          `json:"effect,omitempty"`
	Beside      bool            `json:"beside,omitempty"` // the contract pays it, and the bill is right
	Provider    string          `json:"provider"`
	Account     string          `json:"account,omitempty"`
	BillNo      string          `json:"bill_no"`
	Version     int64           `json:"version"` // of the bill
	BillDate    string          `json:"bill_date,omitempty"`
	Shipment    string          `json:"shipment_id,omitempty"`
	Number      string          `json:"tracking_number,omitempty"`
	Charge      string          `json:"charge,omitempty"`
	LineIDs     []string        `json:"line_ids,omitempty"`
	Currency    string          `json:"currency"`
	Expected    Amount          `json:"expected"`
	Billed      Amount          `json:"billed"`
	Delta       Amount          `json:"delta"`               // billed - expected; above 0 is over-billed
	Evidence    json.RawMessage `json:"evidence,omitempty"`  // one object: what one needs to argue
	ClaimBy     string          `json:"claim_by,omitempty"`  // last day by the contract; goes before all terms
	ShipDate    string          `json:"ship_date,omitempty"` // these two date deadlines that do not run from the bill
	Delivered   string          `json:"delivered,omitempty"`

	// by the card of the parcel; they go before the provider's profile
	WindowDays *int    `json:"window_days,omitempty"`
	WindowFrom string  `json:"window_from,omitempty"` // one of Froms
	Cap        *Amount `json:"cap,omitempty"`         // the most for this claim, in Currency
}
