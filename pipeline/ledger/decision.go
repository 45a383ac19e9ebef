package ledger

import (
	"encoding/json"
	"fmt"
	"time"
)

// Kinds of decisions about what a list asks for.
const (
	KindDone   = "done"   // away until it recurs
	KindSnooze = "snooze" // away until Entry.Until
	KindNote   = "note"   // Entry.Text stands beside it
	KindUndo   = "undo"   // the decision that UndoContext names does not count
)

// About is what a decision is about, the context of a done, snooze or note: a
// parcel, or an order (Shipment empty) with all its parcels.
type About struct {
	Platform string    `json:"platform,omitempty"`
	Shop     string    `json:"shop,omitempty"`
	Order    string    `json:"order,omitempty"`
	Shipment string    `json:"shipment,omitempty"`
	Reason   string    `json:"reason,omitempty"` // empty: whatever the reason
	AsOf     time.Time `json:"as_of"`            // what had happened when it was decided
	Called   string    `json:"called,omitempty"` // number or order as it was typed
}

// Undone is the context of an undo.
type Undone struct {
	Seq  int64     `json:"seq"`
	AsOf time.Time `json:"as_of"`
}

// Decision is an entry with what it is about.
type Decision struct {
	Entry
	About  About `json:"about"`
	Undone int64 `json:"undone_by,omitempty"` // the entry that took it back
}

// Decisions reads dones, snoozes and notes out of entries, oldest first, as
// they stood at an as-of: one that was made with a later as-of has not
// happened. What an undo took back is there with Undone set.
func Decisions(entries []Entry, asOf time.Time) ([]Decision, error) {
	var out []Decision
	place := map[int64]int{}
	for _, e := range entries {
		switch e.Kind {
		case KindDone, KindSnooze, KindNote:
			d := Decision{Entry: e}
			if err := json.Unmarshal(e.Context, &d.About); err != nil {
				return nil, fmt.Errorf("read entry %d of the ledger: %w", e.Seq, err)
			}
			if d.About.AsOf.After(asOf) {
				continue
			}
			place[e.Seq] = len(out)
			out = append(out, d)
		case KindUndo:
			var u Undone
			if err := json.Unmarshal(e.Context, &u); err != nil {
				return nil, fmt.Errorf("read entry %d of the ledger: %w", e.Seq, err)
			}
			if i, ok := place[u.Seq]; ok && !u.AsOf.After(asOf) {
				out[i].Undone = e.Seq
			}
		}
	}
	return out, nil
}
