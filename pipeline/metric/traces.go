package metric

import (
	"fmt"
	"maps"
	"slices"
)

// Traces says which nodes the traces of a shop's parcels lack, by channel, over
// the report's week and the 12 before it. It counts as the shop's pack counts
// trace completeness: a parcel is in the days in which the weekly figure has it.
type Traces struct {
	Platform    string         `json:"platform"`
	Shop        string         `json:"shop"` // by its name
	Metric      string         `json:"metric"`
	Pack        string         `json:"pack"`              // with its revision
	Cohort      string         `json:"cohort"`            // who is asked for a whole trace
	Denominator string         `json:"denominator"`       // column of the cell
	Unknown     int64          `json:"unknown,omitempty"` // in no channel: the exports do not let us say whether they count
	Needs       string         `json:"needs,omitempty"`   // column that Unknown lack
	Channels    []TraceChannel `json:"channels"`          // by name
}

// TraceChannel counts the parcels of one channel.
type TraceChannel struct {
	Channel string  `json:"channel"` // empty: not stated
	Of      int64   `json:"of"`
	Whole   int64   `json:"whole"` // with all seven nodes, of those that the pack counts as complete
	Open    int64   `json:"open"`  // not whole and still on the way
	Lacks   []int64 `json:"lacks"` // by the order of TraceNodes
	Small   bool    `json:"small"` // fewer than the pack ranks
}

// traces lists, in the order of shops, those with parcels that a pack asks for
// a whole trace.
func (b *weekly) traces() []Traces {
	var out []Traces
	w := days{b.report - (window-1)*week, b.report + week - 1}
	for _, name := range b.shops {
		p := b.in.pack(name.Platform)
		if p == nil {
			continue
		}
		for _, m := range p.Metrics {
			if m.Formula != tracedCell {
				continue
			}
			h := b.rates.of(m.ID, shopKey{name.Platform, name.ID})
			t := Traces{Platform: name.Platform, Shop: nameOf(b.shops, name.Platform, name.ID), Metric: m.ID, Pack: fmt.Sprintf("%s@%s", p.ID, p.Revision),
				Cohort: m.Cohort, Denominator: m.Denominator, Unknown: h.total.unknown}
			if t.Unknown > 0 {
				t.Needs = missingOf(m)
			}
			channels := h.gapsByChannel(w)
			for _, c := range slices.Sorted(maps.Keys(channels)) {
				n := channels[c]
				t.Channels = append(t.Channels, TraceChannel{Channel: c, Of: n.of, Whole: n.whole, Open: n.open, Lacks: n.lacks[:], Small: n.of < m.MinN})
			}
			if len(t.Channels) > 0 || t.Unknown > 0 {
				out = append(out, t)
			}
		}
	}
	return out
}
