package metric

import (
	"strconv"

	"waybill/pipeline/stat"
)

// lanes counts channels into states, channels and states in the order of their
// comparisons. Intervals have the channels' common design effect.
func lanes(cells comparedCells, channels, states Comparison, rules CompareRules) ([]Lane, error) {
	byPair := map[[2]string]*Lane{}
	for _, c := range cells.parcels {
		of := cells.cells[c.cell]
		key := [2]string{of.channel, of.state}
		l := byPair[key]
		if l == nil {
			l = &Lane{Channel: of.channel, State: of.state}
			byPair[key] = l
		}
		l.Due, l.OnTime, l.Shipped = l.Due+c.due, l.OnTime+c.onTime, l.Shipped+c.shipped
	}
	var out []Lane
	for _, channel := range channels.Groups {
		for _, state := range states.Groups {
			l := byPair[[2]string{channel.Key, state.Key}]
			if l == nil {
				continue
			}
			l.Small = l.Due < rules.LeastGroup
			if l.Due > 0 {
				i, err := stat.Wilson(l.OnTime, l.Due, rules.Level, max(1, channels.Design))
				if err != nil {
					return nil, err
				}
				l.Low, l.High = i.Low, i.High
			}
			out = append(out, *l)
		}
	}
	return out, nil
}

// concentration is how much hangs on few channels; target is empty or a decimal
// fraction.
func concentration(channels, states Comparison, all []Lane, target string) (Concentration, error) {
	out := Concentration{Target: target}
	var volumes []int64
	total, largest := int64(0), int64(0)
	for _, g := range channels.Groups {
		volumes = append(volumes, g.Shipped)
		total, largest = total+g.Shipped, max(largest, g.Shipped)
	}
	if total == 0 {
		return out, nil
	}
	var err error
	if out.Index, err = stat.Concentration(volumes); err != nil {
		return out, err
	}
	out.Largest = float64(largest) / float64(total)
	least := 0.0
	if target != "" {
		if least, err = strconv.ParseFloat(target, 64); err != nil {
			return out, err
		}
	}
	for _, s := range states.Groups {
		if s.Shipped == 0 {
			continue
		}
		qualified, last := 0, ""
		for _, l := range all {
			if l.State == s.Key && !l.Small && l.High >= least {
				qualified, last = qualified+1, l.Channel
			}
		}
		if qualified < 2 {
			out.Single = append(out.Single, SingleLane{State: s.Key, Channel: last, None: qualified == 0, Shipped: s.Shipped, Share: float64(s.Shipped) / float64(total)})
		}
	}
	return out, nil
}
