package metric

import (
	"cmp"
	"slices"
	"time"

	"waybill/pipeline/policy"
)

const tracedCell = "queries/cells/parcels_traced.sql"

// traceNodes are the seven nodes in their order; the cell counts what lacks
// each in the column lacks_<node>.
var traceNodes = [...]string{"pickup", "export_cleared", "departed", "arrived", "cleared", "last_mile", "delivered"}

type gapKey struct {
	day     policy.Day
	channel string
}

// gapTally counts the parcels of a day and channel, and of them those that lack
// each node.
type gapTally struct {
	of    int64
	lacks [len(traceNodes)]int64
}

func (h *history) lack(day *time.Time, channel string, of int64, lacks []int64) {
	if day == nil || of == 0 {
		return
	}
	k := gapKey{policy.DayOf(*day, time.UTC), channel}
	n := h.gaps[k]
	n.of += of
	for i, v := range lacks {
		n.lacks[i] += v
	}
	h.gaps[k] = n
}

// gapsIn lists the nodes that traces of a span lack, most often first, each
// with the channel of the most such parcels.
func (h *history) gapsIn(s days) []Gap {
	channels := map[string]gapTally{}
	for k, n := range h.gaps {
		if k.day < s.from || k.day > s.to {
			continue
		}
		sum := channels[k.channel]
		sum.of += n.of
		for i, v := range n.lacks {
			sum.lacks[i] += v
		}
		channels[k.channel] = sum
	}
	var out []Gap
	for i, node := range traceNodes {
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
