package rate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// The rater prices parcels that a version cannot tell apart once. What follows
// says where a version asks the same of all: on which days, in which ZIPs, below
// which bounds.

// daySpan are days, without the last, on which the same surcharges and
// percentages of a version hold.
type daySpan struct{ from, to time.Time }

// daySpans gives those of a version, from the first day of all to the last.
func (r *Rows) daySpans(v int64) []daySpan {
	var cuts []time.Time
	add := func(days ...*time.Time) {
		for _, d := range days {
			if d != nil {
				cuts = append(cuts, *d)
			}
		}
	}
	for _, s := range r.Surcharges {
		if s.V == v {
			add(s.From, s.To)
		}
	}
	for _, p := range r.Percents {
		if p.V == v {
			add(&p.From, &p.To)
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	var out []daySpan
	from := time.Time{}
	for _, d := range slices.CompactFunc(cuts, time.Time.Equal) {
		if d.After(from) {
			out = append(out, daySpan{from, d})
			from = d
		}
	}
	return append(out, daySpan{from, forever})
}

// place is a span of ZIPs that stand in the same lists of a version with the
// same tiers; like is the first of all ZIPs that do.
type place struct{ from, to, like int64 }

// places gives those of a version that stand in a list.
func (r *Rows) places(v int64) []place {
	begin, end := map[int64][]ZipRow{}, map[int64][]ZipRow{}
	for _, z := range r.Zips {
		if z.V == v {
			begin[z.ZipFrom] = append(begin[z.ZipFrom], z)
			end[z.ZipTo+1] = append(end[z.ZipTo+1], z)
		}
	}
	cuts := slices.Compact(slices.Sorted(func(yield func(int64) bool) {
		for _, m := range []map[int64][]ZipRow{begin, end} {
			for zip := range m {
				if !yield(zip) {
					return
				}
			}
		}
	}))
	tiers := map[int64]string{} // of the lists around the place, by number of the surcharge
	first := map[string]int64{}
	var out []place
	for i, zip := range cuts {
		for _, z := range end[zip] {
			delete(tiers, z.N)
		}
		for _, z := range begin[zip] {
			tiers[z.N] = z.Tier
		}
		if len(tiers) == 0 {
			continue
		}
		key := ""
		for _, n := range slices.Sorted(maps.Keys(tiers)) {
			key += fmt.Sprintf("%d %q ", n, tiers[n])
		}
		if _, ok := first[key]; !ok {
			first[key] = zip
		}
		p := place{zip, cuts[i+1] - 1, first[key]}
		if k := len(out) - 1; k >= 0 && out[k].to == p.from-1 && out[k].like == p.like {
			out[k].to = p.to
			continue
		}
		out = append(out, p)
	}
	return out
}

// bounds are the least of the conditions of a version, and what else of a parcel
// any of them looks at.
type bounds struct {
	actual, longest, second, girth, lengthGirth, volume *int64
	states                                              []string
	value                                               bool
}

func (r *Rows) bounds(v int64) (b bounds) {
	least := func(to **int64, n *int64) {
		if n != nil && (*to == nil || *n < **to) {
			*to = n
		}
	}
	for _, s := range r.Surcharges {
		if s.V != v {
			continue
		}
		least(&b.actual, s.ActualOver)
		least(&b.longest, s.LongestOver)
		least(&b.second, s.SecondOver)
		least(&b.girth, s.GirthOver)
		least(&b.lengthGirth, s.LengthGirth)
		least(&b.volume, s.VolumeOver)
		b.states = append(b.states, apart(s.States)...)
		b.value = b.value || s.Kind == "value"
	}
	slices.Sort(b.states)
	b.states = slices.Compact(b.states)
	return b
}

// zipSpans cuts all ZIPs where any zone of any card begins or ends.
func zipSpans(all []*Rows) [][2]int64 {
	cuts := []int64{0, lastZip + 1}
	for _, r := range all {
		for _, z := range r.Zones {
			if z.ZipFrom != nil {
				cuts = append(cuts, *z.ZipFrom, *z.ZipTo+1)
			}
		}
	}
	slices.SortFunc(cuts, cmp.Compare)
	cuts = slices.Compact(cuts)
	var out [][2]int64
	for i := range len(cuts) - 1 {
		out = append(out, [2]int64{cuts[i], cuts[i+1] - 1})
	}
	return out
}
