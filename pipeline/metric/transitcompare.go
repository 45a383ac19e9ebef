package metric

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"waybill/pipeline/policy"
	"waybill/pipeline/stat"
)

// compare tests whether the channels deliver alike within states. Channels with
// few parcels are left out: one of them would cost every other a degree of
// freedom and decide nothing.
func (b *transit) compare(out *TransitReport) error {
	t := ChannelTest{Stratum: "state"}
	var names []string
	var curves []*stat.Curve
	for _, channel := range b.channelOrder {
		c := b.channels[channel]
		if c.total() < b.rules.MinN {
			continue
		}
		curve, err := stat.KaplanMeier(c.single())
		if err != nil {
			return err
		}
		names, curves = append(names, channel), append(curves, curve)
	}
	if len(names) > 0 {
		t.Reference = names[0]
	}
	var strata [][][]stat.Cell
	for _, state := range slices.Sorted(maps.Keys(b.states)) {
		groups := make([][]stat.Cell, len(names))
		n := 0
		for i, channel := range names {
			if c := b.lanes[[2]string{channel, state}]; c != nil && len(c.cells) > 0 {
				groups[i] = c.single()
				n++
			}
		}
		if n > 1 { // else nothing to compare within it
			strata = append(strata, groups)
		}
	}
	test, err := stat.LogRank(strata...)
	if err != nil {
		return err
	}
	t.Strata, t.Chi2, t.DF, t.P, t.Defined, t.Why = len(strata), test.Chi2, test.DF, test.P, test.Defined, test.Why
	tau := lastBin(b.rules.MeanDays)
	for i, channel := range names {
		r := ChannelResult{Channel: channel, N: curves[i].N, Mean: b.rules.mean(curves[i])}
		if len(strata) > 0 {
			r.Observed, r.Expected = test.Groups[i].Observed, test.Groups[i].Expected
		}
		if d, ok := stat.RMSTDifference(curves[i], curves[0], tau, level); ok && i > 0 {
			r.Difference = &Estimate{d.Hours / 24, d.Interval.Low / 24, d.Interval.High / 24}
		}
		t.Channels = append(t.Channels, r)
	}
	out.Test = t
	return nil
}

// promise gives, for each target that a platform enforces on due orders, the days
// that can be promised by channel and by lane.
func (b *transit) promise(out *TransitReport) error {
	for _, platform := range b.platforms() {
		m, ok := headline(b.in.pack(platform))
		if !ok {
			continue
		}
		target, ok := m.Target(b.shown.to, policy.Enforced)
		if !ok {
			continue
		}
		goal, err := strconv.ParseFloat(target.Value, 64)
		if err != nil {
			return fmt.Errorf("target of %s: %w", m.ID, err)
		}
		p := b.in.pack(platform)
		l := LanePromises{Platform: platform, Pack: p.ID + "@" + p.Revision, Target: target.Value}
		for _, g := range out.Channels {
			row, err := b.rules.promise(b.channels[g.Channel], goal)
			if err != nil {
				return err
			}
			row.Channel, row.Whole = g.Channel, true
			l.Rows = append(l.Rows, row)
		}
		for _, g := range out.Lanes {
			row, err := b.rules.promise(b.lanes[[2]string{g.Channel, g.State}], goal)
			if err != nil {
				return err
			}
			row.Channel, row.State = g.Channel, g.State
			l.Rows = append(l.Rows, row)
		}
		out.Promises = append(out.Promises, l)
	}
	return nil
}

// promise is the least day whose lower bound reaches the goal. The bound is the
// lower end of the two-sided log-log band at twice the risk. Where all are
// delivered there is no band; the last one before it holds on, which is on the
// safe side.
func (r TransitRules) promise(c *parcelEnds, goal float64) (Promise, error) {
	out := Promise{N: c.total()}
	if out.N < r.MinN {
		out.Why = "small"
		return out, nil
	}
	all, err := c.competing()
	if err != nil {
		return out, err
	}
	at, found := slices.BinarySearch(all.Causes(), causeOf[endDelivered])
	if found {
		for _, s := range all.Steps() {
			k := s.Shares[at]
			band, ok := k.Band(1 - 2*(1-r.PromiseLevel))
			if !ok || band.Low < goal {
				continue
			}
			days := s.Bin/binsOfDay + 1
			i := all.Share(causeOf[endDelivered], lastBin(days))
			out.Days, out.Share, out.Bound = &days, i.F, band.Low
			return out, nil
		}
	}
	out.Why = "not_reached"
	return out, nil
}
