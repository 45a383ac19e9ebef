package metric

import (
	"cmp"
	"database/sql"
	"maps"
	"slices"
)

// Silence is the time between two scans of the parcels of one carrier and
// channel: the longest one of each parcel whose way has ended, and the one that
// lasts of those on the way. Days are whole hours / 24.
type Silence struct {
	Carrier string   `json:"carrier"`
	Channel string   `json:"channel"`
	Ended   int64    `json:"ended"` // delivered, came back, lost or destroyed
	P50     *float64 `json:"p50_days"`
	P95     *float64 `json:"p95_days"`
	Open    int64    `json:"open"` // on the way
	NowP50  *float64 `json:"now_p50_days"`
	NowP95  *float64 `json:"now_p95_days"`
}

// Lost is after how many days without a scan a parcel of a channel is presumed
// lost: of Reached parcels that were silent for that long, at least followDays
// before the as-of, under 1 % were delivered later. A label, never an outcome.
type Lost struct {
	Channel   string `json:"channel"`
	Days      int64  `json:"days"` // 0: no such day, or too few parcels to say
	Reached   int64  `json:"reached"`
	Delivered int64  `json:"delivered"`
	Presumed  int64  `json:"presumed"` // on the way, silent for that long
}

// The bounds of Lost; the day counts and the least number are ours.
const (
	firstLostDay = 7
	lastLostDay  = 60
	followDays   = 28
	leastSilent  = 100
)

// silentSpan is one row of the cell, of one channel.
type silentSpan struct {
	days, start int64
	delivered   bool
	n           int64
}

// silence reads how long parcels of the window were without a scan.
func (t tables) silence() ([]Silence, []Lost, error) {
	type key struct{ carrier, channel string }
	ended, now := map[key]histogram{}, map[key]histogram{}
	spans := map[string][]silentSpan{}
	err := t.each("queries/cells/silence.sql", `select coalesce(carrier, ''), coalesce(channel, ''), outcome, longest_hours, current_hours, start_days, n from {cell}`,
		func(rows *sql.Rows) error {
			var k key
			var outcome string
			var longest, n int64
			var current, start sql.NullInt64
			if err := rows.Scan(&k.carrier, &k.channel, &outcome, &longest, &current, &start, &n); err != nil {
				return err
			}
			if ended[k] == nil {
				ended[k], now[k] = histogram{}, histogram{}
			}
			if _, ok := spans[k.channel]; !ok {
				spans[k.channel] = nil
			}
			if outcome == "open" {
				now[k][current.Int64] += n
			} else {
				ended[k][longest] += n
			}
			if start.Valid {
				spans[k.channel] = append(spans[k.channel], silentSpan{longest / 24, start.Int64, outcome == "delivered", n})
			}
			return nil
		})
	if err != nil {
		return nil, nil, err
	}
	var out []Silence
	for k, h := range ended {
		out = append(out, Silence{Carrier: k.carrier, Channel: k.channel, Ended: h.n(), P50: h.days(50), P95: h.days(95),
			Open: now[k].n(), NowP50: now[k].days(50), NowP95: now[k].days(95)})
	}
	slices.SortFunc(out, func(a, b Silence) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Carrier, b.Carrier))
	})
	var lost []Lost
	for _, channel := range slices.Sorted(maps.Keys(spans)) {
		l := presume(spans[channel])
		l.Channel = channel
		lost = append(lost, l)
	}
	return out, lost, nil
}

// presume finds the first day of silence after which under 1 % were delivered.
func presume(spans []silentSpan) Lost {
	for d := int64(firstLostDay); d <= lastLostDay; d++ {
		l := Lost{Days: d}
		for _, s := range spans {
			if s.days >= d && s.start >= d+followDays {
				l.Reached += s.n
				if s.delivered {
					l.Delivered += s.n
				}
			}
		}
		if l.Reached < leastSilent {
			break
		}
		if 100*l.Delivered < l.Reached {
			return l
		}
	}
	return Lost{}
}

// lostBounds are the bounds of node silence.
func lostBounds(list []Lost) []stayBound {
	var out []stayBound
	for _, l := range list {
		if l.Days > 0 {
			out = append(out, stayBound{"silence", l.Channel, l.Days * 24 * 60})
		}
	}
	return out
}

// Latency is how long after a scan the first export came that holds it: an
// upper bound of the source's own delay, since the time between two exports is
// in it. Censor no earlier than this before a feed's end.
type Latency struct {
	Feed    string   `json:"feed"`
	N       int64    `json:"n"`
	P50     *float64 `json:"p50_hours"`
	P95     *float64 `json:"p95_hours"`
	Future  int64    `json:"future,omitempty"`  // not in N: scans that lie after their own export
	Unknown int64    `json:"unknown,omitempty"` // not in N: the export says nothing of when it was made
}

func (t tables) latency() ([]Latency, error) {
	var out []Latency
	var hours histogram
	flush := func() {
		if i := len(out) - 1; i >= 0 {
			out[i].N, out[i].P50, out[i].P95 = hours.n(), hours.quantile(50), hours.quantile(95)
		}
	}
	err := t.each("queries/cells/latency.sql", `select coalesce(feed, ''), hours, n from {cell} order by feed, hours`,
		func(rows *sql.Rows) error {
			var feed string
			var h sql.NullInt64
			var n int64
			if err := rows.Scan(&feed, &h, &n); err != nil {
				return err
			}
			if i := len(out) - 1; i < 0 || out[i].Feed != feed {
				flush()
				out, hours = append(out, Latency{Feed: feed}), histogram{}
			}
			switch last := &out[len(out)-1]; {
			case !h.Valid:
				last.Unknown += n
			case h.Int64 < 0:
				last.Future += n
			default:
				hours[h.Int64] += n
			}
			return nil
		})
	flush()
	return out, err
}

// histogram counts whole hours.
type histogram map[int64]int64

func (h histogram) n() int64 {
	total := int64(0)
	for _, n := range h {
		total += n
	}
	return total
}

// quantile is the smallest hour by which p % are reached; nil of nothing.
func (h histogram) quantile(p int64) *float64 {
	total, seen := h.n(), int64(0)
	for _, hour := range slices.Sorted(maps.Keys(h)) {
		if seen += h[hour]; 100*seen >= p*total {
			return new(float64(hour))
		}
	}
	return nil
}

func (h histogram) days(p int64) *float64 {
	if q := h.quantile(p); q != nil {
		return new(*q / 24)
	}
	return nil
}
