package claims

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"waybill/pipeline/ledger"
)

// States of a claim.
const (
	Detected  = "detected"
	Queued    = "queued"
	Submitted = "submitted"
	Approved  = "approved"
	Denied    = "denied"
	Credited  = "credited"
	Withdrawn = "withdrawn"
	Expired   = "expired"
)

// States in the order in which a claim may pass them.
var States = []string{Detected, Queued, Submitted, Approved, Denied, Credited, Withdrawn, Expired}

// Marks are the states that a decision can give.
var Marks = []string{Queued, Submitted, Approved, Denied, Credited, Withdrawn}

// follows are the decisions that may be made about a claim in a state.
var follows = map[string][]string{
	Detected:  {Queued, Submitted, Withdrawn},
	Queued:    {Submitted, Withdrawn},
	Submitted: {Approved, Denied, Credited, Withdrawn},
	Approved:  {Approved, Denied, Credited},
	Denied:    {Submitted, Approved, Credited, Withdrawn},
	Credited:  {Credited},
	Withdrawn: {Queued, Submitted},
}

// Kinds of entries that this room reads.
const (
	KindClaim    = "claim"         // a Decision
	KindApproval = "bill_approval" // an Approval
	KindClose    = "period_close"  // a Close
	KindUndo     = "claim_undo"    // an Undone
)

// Kinds are all of them.
var Kinds = []string{KindClaim, KindApproval, KindClose, KindUndo}

// Decision is what was decided about a claim: the context of a KindClaim. The
// note of an entry is its text.
type Decision struct {
	ID      string    `json:"finding_id"`
	State   string    `json:"state,omitempty"`  // empty: a note alone
	Amount  Amount    `json:"amount,omitempty"` // claimed, approved or credited by it
	Batch   string    `json:"batch,omitempty"`  // the pack in which it was submitted
	Reason  string    `json:"reason,omitempty"` // of a denial or withdrawal
	Source  string    `json:"source,omitempty"` // what it was read from: the same source does nothing twice
	AsOf    time.Time `json:"as_of"`
	Finding *Finding  `json:"finding,omitempty"` // as it stood, so that a claim outlives what it was found on
}

// Undone takes decisions back: the context of a KindUndo.
type Undone struct {
	Seqs []int64   `json:"seqs"`
	AsOf time.Time `json:"as_of"`
}

// Step is a decision as a claim's history shows it.
type Step struct {
	Seq    int64     `json:"seq"`
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	State  string    `json:"state,omitempty"`
	Amount *Amount   `json:"amount,omitempty"`
	Batch  string    `json:"batch,omitempty"`
	Reason string    `json:"reason,omitempty"`
	Note   string    `json:"note,omitempty"`
	AsOf   time.Time `json:"as_of"`
}

// StateError refuses a decision.
type StateError struct{ ID, Why string }

func (e *StateError) Error() string { return fmt.Sprintf("claim %s: %s", e.ID, e.Why) }

func refused(id, format string, args ...any) error {
	return &StateError{id, fmt.Sprintf(format, args...)}
}

// subject is a text that names what an entry is about.
func subject(parts ...string) string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = url.PathEscape(p)
	}
	return strings.Join(out, "/")
}

// entry makes an entry of a context.
func entry(kind, subject string, at time.Time, by, text string, context any) (ledger.Entry, error) {
	b, err := json.Marshal(context)
	if err != nil {
		return ledger.Entry{}, err
	}
	return ledger.Entry{At: at, By: by, Kind: kind, Subject: subject, Text: text, Context: b}, nil
}

// Entry is the decision as the ledger keeps it.
func (d Decision) Entry(at time.Time, by, note string) (ledger.Entry, error) {
	d.AsOf = d.AsOf.UTC()
	return entry(KindClaim, subject("claim", d.ID), at, by, note, d)
}

// Entry is the undo as the ledger keeps it.
func (u Undone) Entry(at time.Time, by string) (ledger.Entry, error) {
	u.AsOf = u.AsOf.UTC()
	return entry(KindUndo, "claims", at, by, "", u)
}

// read fills a context.
func read(e ledger.Entry, v any) error {
	if err := json.Unmarshal(e.Context, v); err != nil {
		return fmt.Errorf("read entry %d of the ledger: %w", e.Seq, err)
	}
	return nil
}

// undone lists the numbers of entries that were taken back by an as-of.
func undone(entries []ledger.Entry, asOf time.Time) (map[int64]bool, error) {
	out := map[int64]bool{}
	for _, e := range entries {
		if e.Kind != KindUndo {
			continue
		}
		var u Undone
		if err := read(e, &u); err != nil {
			return nil, err
		}
		if u.AsOf.After(asOf) {
			continue
		}
		for _, n := range u.Seqs {
			out[n] = true
		}
	}
	return out, nil
}

// apply changes a claim by a decision that may be made, and completes what the
// decision leaves open: its amount and the finding.
func (c *Claim) apply(d *Decision) error {
	if d.State == "" {
		return nil
	}
	if !slices.Contains(follows[c.decided], d.State) {
		return refused(c.ID, "it is %s and cannot become %s", c.decided, d.State)
	}
	switch d.State {
	case Queued, Submitted, Withdrawn:
		if d.State == Submitted {
			if d.Amount == 0 {
				d.Amount = c.Claimed
			}
			if d.Amount < 0 {
				return refused(c.ID, "%s is no amount to claim", d.Amount)
			}
			c.Claimed, c.Batch = d.Amount, d.Batch
			c.Approved, c.DeniedFor = nil, ""
		}
		if d.Finding == nil {
			f := c.Finding
			d.Finding = &f
		}
	case Approved:
		if d.Amount == 0 {
			d.Amount = c.Claimed
		}
		if d.Amount < 0 || d.Amount > c.Claimed {
			return refused(c.ID, "%s of it were approved, %s is claimed", d.Amount, c.Claimed)
		}
		if d.Amount < c.Credited {
			return refused(c.ID, "%s of it were approved, %s is credited already", d.Amount, c.Credited)
		}
		a := d.Amount
		c.Approved, c.DeniedFor = &a, ""
	case Denied:
		if c.Credited > 0 {
			return refused(c.ID, "%s of it is credited already", c.Credited)
		}
		c.Approved, c.DeniedFor = nil, d.Reason
	case Credited:
		if d.Amount == 0 {
			d.Amount = c.due() - c.Credited
		}
		if d.Amount <= 0 || c.Credited+d.Amount > c.Claimed {
			return refused(c.ID, "a credit of %s beside %s is not within the %s that is claimed", d.Amount, c.Credited, c.Claimed)
		}
		c.Credited += d.Amount
		c.DeniedFor = ""
		if c.Approved != nil && c.Credited < *c.Approved {
			return nil // approved still: the rest is to come
		}
	}
	c.decided = d.State
	return nil
}

// due is what a claim asks for now.
func (c *Claim) due() Amount {
	if c.Approved != nil {
		return *c.Approved
	}
	return c.Claimed
}
