package metric

import (
	"cmp"
	"slices"
	"time"

	"waybill/pipeline/policy"
)

const tracedCell = "queries/cells/parcels_traced.sql"

// TraceNodes are the seven nodes in their order; the cell counts what lacks
// each in the column lacks_<node>.
var TraceNodes = [...]string{"pickup", "export_cleared", "departed", "arrived", "cleared", "last_mile", "delivered"}

type gapKey struct {
	day     policy.Day
	channel string
}

// gapTally counts the parcels of a day and channel, and of them those whose
// trace is whole, may still become whole, and lacks each node.
type gapTally struct {
	of, whole, open int64
	lacks           [len(TraceNodes)]int64
}

func (n *gapTally) add(o gapTally) {
	n.of += o.of
	n.whole += o.whole
	n.open += o.open
	for i, v := range o.lacks {
		n.lacks[i] += v
	}
}

func (h *history) lack(day *time.Time, channel string, of tally, lacks []int64) {
	if day == nil || of.den == 0 {
		return
	}
	one := gapTally{of: of.den, whole: of.num, open: of.open}
	copy(one.lacks[:], lacks)
	k := gapKey{policy.DayOf(*day, time.UTC), channel}
	sum := h.gaps[k]
	sum.add(one)
	h.gaps[k] = sum
}

// gapsByChannel sums a span.
func (h *history) gapsByChannel(s days) map[string]gapTally {
	out := map[string]gapTally{}
	for k, n := range h.gaps {
		if k.day < s.from || k.day > s.to {
			continue
		}
		sum := out[k.channel]
		sum.add(n)
		out[k.channel] = sum
	}
	return out
}

// gapsIn lists the nodes that traces of a span lack, most often first, each
// with the channel of the most such parcels.
func (h *history) gapsIn(s days) []Gap {
	channels := h.gapsByChannel(s)
	var out []Gap
	for i, node := range TraceNodes {
		g := Gap{Node: node}
		for channel, n := range channels {
			g.N += n.lacks[i]
			g.Of += n.of
			if n.lacks[i] > 0 && cmp.Or(cmp.Compare(n.lacks[i], g.ChannelN), cmp.Compare(g.ChannelOf, n.of), cmp.Compare(g.Channel, channel)) > 0 {
				g.Channel, g.ChannelN, g.ChannelOf = channel, n.lacks[i], n.of
			}
		}
		if g.N > 0 {
			out = append(out, g)
		}
	}
	slices.SortStableFunc(out, func(a, b Gap) int { return cmp.Compare(b.N, a.N) })
	return out
}
