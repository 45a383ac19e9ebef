package metric

import (
	"time"

	"waybill/pipeline/audit"
)

// Money is an amount in 0.00000001 of a currency.
type Money = audit.Money

// Billed is a bill with what the audit says of it.
type Billed = audit.Bill

// MoneyInput is what pages about bills stand on beside Input.
type MoneyInput struct {
	Audit   audit.Result
	Detail  audit.Detail
	Rules   []audit.Rule
	Charges []ChargeName
	Cards   []CardStamp
	From    string      // first day of the bills, 2026-10-01; empty: all bills
	To      string      // last day
	Claims  *ClaimsView // nil: nobody keeps claims
}

// ChargeName is a charge in words.
type ChargeName struct {
	Charge string `json:"charge"`
	ZH     string `json:"zh"`
	EN     string `json:"en"`
}

// CardStamp is a rate card as it was when the page was made.
type CardStamp struct {
	ID       string   `json:"card"`
	Versions []string `json:"versions"` // first day of each
	Hash     string   `json:"hash"`     // of all its files
}

// ClaimsView is what became of findings.
type ClaimsView struct {
	Rows   []ClaimRow      `json:"rows"`   // best first
	States []ClaimState    `json:"states"` // by currency, in the order in which a claim passes them
	Scores []ProviderScore `json:"scores"` // by provider and currency
	Closed []ClosedPeriod  `json:"closed_periods,omitempty"`
	Bills  []BillStanding  `json:"-"` // they stand with their bills
}

// ClosedPeriod is a month of a provider whose figures nobody works out again.
type ClosedPeriod struct {
	Provider string        `json:"provider"`
	Month    string        `json:"month"` // 2026-10, of the bills' dates
	At       time.Time     `json:"closed_at"`
	By       string        `json:"closed_by,omitempty"`
	Totals   []PeriodTotal `json:"totals"`
}

// PeriodTotal is a closed period in one currency, as it was frozen.
type PeriodTotal struct {
	Currency string `json:"currency"`
	Bills    int64  `json:"bills"`
	Billed   Money  `json:"billed"`
	Claims   int64  `json:"claims"`
	Claimed  Money  `json:"claimed"` // of what was submitted
	Approved Money  `json:"approved"`
	Credited Money  `json:"credited"`
}

// BillStanding is what was decided about a bill.
type BillStanding struct {
	Provider, Account, Bill string
	Version                 int64

	Approvals []BillApproval // the last of each currency
	Period    string         // month in which it is booked; empty: it has no date
	Carried   string         // its own month, closed before this version came
	Closed    bool           // the period is
}

// BillApproval says that a bill may be paid.
type BillApproval struct {
	Version  int64     `json:"bill_version"` // that was looked at
	Currency string    `json:"currency"`
	Amount   Money     `json:"amount"`
	At       time.Time `json:"at"`
	By       string    `json:"by,omitempty"`
	Note     string    `json:"note,omitempty"`
}

// ClaimRow is a finding as a claim.
type ClaimRow struct {
	Finding   string     `json:"finding"`
	Provider  string     `json:"provider"`
	Bill      string     `json:"bill"`
	BillDate  string     `json:"bill_date,omitempty"`
	Number    string     `json:"number,omitempty"`
	Currency  string     `json:"currency"`
	State     string     `json:"state"`     // one of claimStates
	Claimable bool       `json:"claimable"` // it can be sent now: queued, or hard, large enough and in time
	Gone      bool       `json:"gone,omitempty"`
	Amount    Money      `json:"amount"`             // as sent; before, what may be claimed
	Approved  *Money     `json:"approved,omitempty"` // nil: no answer, or denied
	Paid      Money      `json:"paid"`
	Deadline  string     `json:"deadline,omitempty"`  // last day on which it may be submitted; empty: none is known
	DaysLeft  *int       `json:"days_left,omitempty"` // 0 on the last day; nil: none is known, or it was submitted
	SentAt    *time.Time `json:"sent_at,omitempty"`   // first; nil: it never was
	PaidAt    *time.Time `json:"paid_at,omitempty"`   // last credit; nil: none
}

// claimStates in the order in which a claim may pass them.
var claimStates = []string{"detected", "queued", "submitted", "approved", "denied", "credited", "withdrawn", "expired"}

// ClaimState is the claims of a currency in a state.
type ClaimState struct {
	Currency string `json:"currency"`
	State    string `json:"state"`
	Claims   int64  `json:"claims"`
	Amount   Money  `json:"amount"`
	Approved Money  `json:"approved"`
	Paid     Money  `json:"paid"`
}

// ProviderScore is how a provider answers claims.
type ProviderScore struct {
	Provider  string   `json:"provider"`
	Currency  string   `json:"currency"`
	Submitted int64    `json:"submitted"` // claims, of them:
	Approved  int64    `json:"approved"`  // in full or in part, paid or not
	Denied    int64    `json:"denied"`
	Waiting   int64    `json:"waiting"`
	Claimed   Money    `json:"claimed"`
	Paid      Money    `json:"paid"`
	DaysToPay *float64 `json:"days_to_pay"` // median from submission to the last credit; nil: nothing was paid
}

// PartOrder is the parts of the difference between billed and quoted in the order
// in which they are taken out.
var PartOrder = []string{"not_due", "unmatched", "account", "credits", "unquoted", "weight", "zone", "rate", "surcharge", "duty", "tax", "fx", "rounding"}

// MoneySum is amounts of one currency. Billed is Quoted plus the Parts, exactly.
// Findings are counted where each belongs to one sum: in all, by month, by bill.
type MoneySum struct {
	Currency string           `json:"currency"`
	Billed   Money            `json:"billed"`
	Quoted   Money            `json:"quoted"`
	Parts    map[string]Money `json:"parts"`
	Expected Money            `json:"expected"` // Billed less what hard findings say is not owed
	Hard     int64            `json:"hard_findings,omitempty"`
	HardOf   Money            `json:"hard_amount"` // also of bills that ask for more than their lines
	Soft     int64            `json:"soft_findings,omitempty"`
	SoftOf   Money            `json:"soft_amount,omitempty"`
	Owed     int64            `json:"compensations,omitempty"` // parcels for which the contract owes something although the bill is right
	OwedOf   Money            `json:"compensation,omitempty"`  // in neither Expected nor any part
}

// MoneySlice is the sums of a slice of the lines; fields that do not name it are empty.
type MoneySlice struct {
	Provider string `json:"provider,omitempty"`
	Month    string `json:"month,omitempty"` // 2026-10; empty: no date
	Channel  string `json:"channel,omitempty"`
	SKUClass string `json:"sku_class,omitempty"` // unknown, mixed or a class
	Charge   string `json:"charge,omitempty"`
	MoneySum
}

// MoneyFinding is a finding with what a reader needs to follow it.
type MoneyFinding struct {
	audit.Finding
	Title    string `json:"title"`
	TitleZH  string `json:"title_zh"`
	Channel  string `json:"channel,omitempty"`
	Deadline string `json:"deadline,omitempty"` // last day on which it may be claimed
	DaysLeft *int   `json:"days_left,omitempty"`
	State    string `json:"claim_state,omitempty"` // of its claim; empty: there is none
}

// Counts says whether the finding's amount is part of the sums of what is billed.
func (f MoneyFinding) Counts() bool {
	return f.Takes != audit.TakesNothing && f.Takes != audit.TakesCompensation
}

// Owed says whether the finding is a compensation: the bill is right, and the
// contract pays for what became of the parcel.
func (f MoneyFinding) Owed() bool { return f.Takes == audit.TakesCompensation }

// Hard says whether the amount can be disputed.
func (f MoneyFinding) Hard() bool { return f.Counts() && f.Confidence == audit.Hard }

// MoneyGap is lines that no contract could be held against.
type MoneyGap struct {
	Provider string `json:"provider"`
	Channel  string `json:"channel,omitempty"`
	Kind     string `json:"kind"`
	Reason   string `json:"reason"`
	Currency string `json:"currency"`
	Bills    int64  `json:"bills"`
	Lines    int64  `json:"lines"`
	Amount   Money  `json:"amount"`
	Example  string `json:"example,omitempty"`
}

// CannotLook is a rule that could not look at the lines of a provider.
type CannotLook struct {
	audit.Skipped
	Title   string `json:"title"`
	TitleZH string `json:"title_zh"`
}

// MoneyBill is a bill with the sums of its lines.
type MoneyBill struct {
	audit.Bill
	MoneySum MoneySum `json:"sums"`
	Excess   Money    `json:"total_above_lines"` // that its total asks for beyond its lines, as a finding says

	Approval *BillApproval `json:"approval,omitempty"`     // nil: nobody approved it
	Period   string        `json:"period,omitempty"`       // month in which it is booked
	Carried  string        `json:"carried_from,omitempty"` // its own month, closed before this version came
	Closed   bool          `json:"period_closed,omitempty"`
}

// Approve is what the bill may be paid at once, and Dispute what may be held back.
// Together they are what the bill asks for.
func (b MoneyBill) Approve() Money { return b.MoneySum.Expected }

// Dispute is what hard findings say is not owed.
func (b MoneyBill) Dispute() Money { return b.MoneySum.HardOf }

// Leakage is the result of BuildLeakage: what was billed, what the contract asks,
// and why the two differ, as it stood at AsOf.
type Leakage struct {
	Workspace string    `json:"workspace"`
	AsOf      time.Time `json:"as_of"`
	Zone      string    `json:"zone"`
	Languages []string  `json:"languages"`
	From      string    `json:"from,omitempty"` // days of the bills; empty: none has a date
	To        string    `json:"to,omitempty"`
	Narrowed  bool      `json:"narrowed"` // From and To were asked for

	Totals     []MoneySum     `json:"totals"` // by currency
	Months     []MoneySlice   `json:"months"` // by provider, month, currency
	Channels   []MoneySlice   `json:"channels"`
	SKUClasses []MoneySlice   `json:"by_sku_class"` // of what the parcels hold
	ByCharge   []MoneySlice   `json:"by_charge"`
	Bills      []MoneyBill    `json:"bills"`
	Findings   []MoneyFinding `json:"findings"` // what can be disputed first, then the largest
	Gaps       []MoneyGap     `json:"gaps"`
	CannotSee  []CannotLook   `json:"cannot_look"`

	Unbilled []audit.Unbilled `json:"unbilled"`
	Late     []audit.Late     `json:"late"`

	Claims  *ClaimsView  `json:"claims,omitempty"`
	Charges []ChargeName `json:"charges"`
	Trust   Trust        `json:"trust"`
}

// BillReport is one bill, line by line.
type BillReport struct {
	Workspace string    `json:"workspace"`
	AsOf      time.Time `json:"as_of"`
	Zone      string    `json:"zone"`
	Languages []string  `json:"languages"`

	Bills     []MoneyBill    `json:"bills"` // the one bill, per currency of its lines
	ByCharge  []MoneySlice   `json:"by_charge"`
	Findings  []MoneyFinding `json:"findings"`
	Gaps      []MoneyGap     `json:"gaps"`
	CannotSee []CannotLook   `json:"cannot_look"`
	Lines     []audit.Line   `json:"lines"`
	Claims    *ClaimsView    `json:"claims,omitempty"` // of this bill
	Charges   []ChargeName   `json:"charges"`
	Trust     Trust          `json:"trust"`
}
