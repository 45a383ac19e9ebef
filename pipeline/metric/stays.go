package metric

import (
	"cmp"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"time"

	"waybill/pipeline/policy"
	"waybill/pipeline/stat"
)

const (
	// stayShare of the parcels have left a node by its bound.
	stayShare = 0.95
	// stayWindow is how far back stays are looked at, up to the as-of.
	stayWindow = window * week
	// leastStays of all channels together must have ended before a node has a
	// bound at all. Ours.
	leastStays = 100
	// pooling is the number of ended stays at which a channel's own curve
	// weighs as much as that of all channels. Ours.
	pooling = 50
	// journey is the node that stands for the whole way to the delivery.
	journey = "journey"
)

// nodes in the order of the journey, as the view shipments_as_of names them.
var nodes = []string{"pickup", "export_cleared", "departed", "arrived", "cleared", "last_mile"}

// Stay is how long parcels of a channel stay in one node of the journey. The
// bound is the 95 % quantile of w S_channel + (1-w) S_all by Kaplan-Meier, where
// w = ended / (ended + 50): a small channel leans on all channels together.
type Stay struct {
	Node     string   `json:"node"`    // pickup, export_cleared, departed, arrived, cleared, last_mile
	Channel  string   `json:"channel"` // empty: not stated in the exports
	Ended    int64    `json:"ended"`   // stays of the last 13 weeks that ended with a later node
	Open     int64    `json:"open"`    // censored: still there, turned back or lost
	Negative int64    `json:"negative,omitempty"`
	Bound    *float64 `json:"bound_days"` // 95 % have left by then; nil: not reached, or too few
	Here     int64    `json:"here"`       // parcels in the node at the as-of
	Stalled  int64    `json:"stalled"`    // of these, longer than the bound
}

// stayBound is a row of the parameter stay_bounds of cells.
type stayBound struct {
	node, channel string
	minutes       int64
}

// stayBounds is the parameter of cell queries that compare with how long
// parcels usually stay: rows (node, channel, minutes).
const stayBounds = "{stay_bounds}"

// boundsQuery is the relation that stands for stay_bounds, and its parameters.
func boundsQuery(bounds []stayBound) (string, []any) {
	const empty = "select cast(null as varchar) as node, cast(null as varchar) as channel, cast(null as bigint) as minutes where false"
	if len(bounds) == 0 {
		return empty, nil
	}
	rows := make([]string, len(bounds))
	var args []any
	for i, b := range bounds {
		rows[i] = "(cast(? as varchar), cast(? as varchar), cast(? as bigint))"
		args = append(args, b.node, b.channel, b.minutes)
	}
	return "select v.node, v.channel, v.minutes from (values " + strings.Join(rows, ", ") + ") as v (node, channel, minutes)", args
}

// stays measures every node and channel over the 13 weeks up to the as-of, and
// gives the bounds by which a parcel is called stalled.
func (t tables) stays(asOf time.Time) ([]Stay, []stayBound, error) {
	t.since = asOf.AddDate(0, 0, -int(stayWindow/policy.Day(1))).Truncate(time.Second)
	type key struct{ node, channel string }
	cells := map[key][]stat.Cell{}
	all := map[string][]stat.Cell{}
	negative := map[key]int64{}
	err := t.each("queries/cells/stays.sql", `select node, coalesce(channel, ''), bin, cast(sum(events) as bigint), cast(sum(censored) as bigint), cast(sum(negative) as bigint)
from {cell} group by node, channel, bin order by node, channel, bin`,
		func(rows *sql.Rows) error {
			var k key
			var bin sql.NullInt64
			var c stat.Cell
			var wrong int64
			if err := rows.Scan(&k.node, &k.channel, &bin, &c.Events, &c.Censored, &wrong); err != nil {
				return err
			}
			negative[k] += wrong
			if bin.Valid {
				c.Bin = bin.Int64
				cells[k] = append(cells[k], c)
				all[k.node] = append(all[k.node], c)
			}
			return nil
		})
	if err != nil {
		return nil, nil, err
	}
	pooled := map[string]*stat.Curve{}
	for node, list := range all {
		if pooled[node], err = stat.KaplanMeier(list); err != nil {
			return nil, nil, err
		}
	}
	var out []Stay
	var bounds []stayBound
	keys := slices.SortedFunc(maps.Keys(negative), func(a, b key) int {
		return cmp.Or(cmp.Compare(slices.Index(nodes, a.node), slices.Index(nodes, b.node)), cmp.Compare(a.channel, b.channel))
	})
	for _, k := range keys {
		own, err := stat.KaplanMeier(cells[k])
		if err != nil {
			return nil, nil, err
		}
		s := Stay{Node: k.node, Channel: k.channel, Ended: own.Events, Open: own.Censored, Negative: negative[k]}
		if bin, ok := pooledQuantile(own, pooled[k.node]); ok {
			hours := stat.BinHours(bin)
			s.Bound = new(hours / 24)
			bounds = append(bounds, stayBound{k.node, k.channel, (bin + 1) * stat.BinMinutes})
		}
		if k.node != journey {
			out = append(out, s)
		}
	}
	return out, bounds, nil
}

// pooledQuantile is the first bin at whose end the weighted curves have come
// down to 1 - stayShare; false where they do not, or all together are too few.
func pooledQuantile(own, all *stat.Curve) (int64, bool) {
	if all == nil || all.Events < leastStays {
		return 0, false
	}
	w := float64(own.Events) / float64(own.Events+pooling)
	var bins []int64
	for _, c := range []*stat.Curve{own, all} {
		for _, s := range c.Steps() {
			if s.Events > 0 {
				bins = append(bins, s.Bin)
			}
		}
	}
	slices.Sort(bins)
	for _, bin := range bins {
		// a last bit of two products may be too high
		if w*own.At(bin)+(1-w)*all.At(bin) <= 1-stayShare+1e-12 {
			return bin, true
		}
	}
	return 0, false
}
