package reports

import (
	"strings"

	"waybill/pipeline/metric"
)

// verdictView is one shop's line at the top: shape, word, reason.
type verdictView struct {
	State string // pass, fail, none: the class that colours it
	Mark  string // shape, so that colour is never alone
	Word  phrase
	Shop  string
	Few   bool // no verdict, since too few members are there to judge
	Lines []phrase
}

// verdicts takes each shop's verdict as it is, except that a week which is not
// closed has none, whatever the input says.
func (b *weekly) verdicts() verdictList {
	var out verdictList
	for _, s := range b.in.Shops {
		v := verdictView{State: "none", Mark: "○", Word: say("verdict.none"), Shop: shopTitle(s)}
		verdict := s.Verdict
		if state := b.in.Week.State; state != metric.Closed && verdict.State != "none" {
			verdict = metric.Verdict{State: "none", Missing: string(state)}
		}
		switch verdict.State {
		case "pass":
			v.State, v.Mark, v.Word = "pass", "●", say("verdict.pass")
			if len(verdict.Undecided) > 0 {
				v.Word = say("verdict.pass_so_far")
			}
			v.Lines = b.passLines(s)
		case "fail":
			v.State, v.Mark, v.Word = "fail", "▲", say("verdict.fail")
			for _, id := range verdict.Failed {
				v.Lines = append(v.Lines, b.fractionLine(s, id))
				if gap := b.gapLine(seriesOf(s, id)); gap.Set() {
					v.Lines = append(v.Lines, gap)
				}
				if line, ok := cancelledLine(seriesOf(s, id)); ok {
					v.Lines = append(v.Lines, line)
				}
			}
		default:
			if v.Few = verdict.Missing == "few"; v.Few {
				v.Word = say("verdict.few")
			}
			v.Lines = b.missingLines(s, verdict.Missing)
		}
		v.Lines = append(v.Lines, b.unjudgedLines(s, verdict)...)
		if line, ok := b.forecastLine(s); ok {
			v.Lines = append(v.Lines, line)
		}
		out = append(out, v)
	}
	return out
}

// passLines shows the headline's fraction and says how many rules are met.
func (b *weekly) passLines(s metric.Shop) []phrase {
	var lines []phrase
	if m, ok := b.headline(); ok {
		lines = append(lines, b.fractionLine(s, m.ID))
	}
	met := int64(0)
	for _, series := range s.Series {
		if p, i := pointAt(series, b.in.Week.ID); i >= 0 && p.Met == "yes" {
			met++
		}
	}
	switch {
	case met > 1 && len(s.Verdict.Few)+len(s.Verdict.Undecided) == 0:
		lines = append(lines, say("verdict.all_met", "n", count(met)))
	case met > 1:
		lines = append(lines, say("verdict.some_met", "n", count(met)))
	}
	return lines
}

// unjudgedLines say of the metrics with a target that have no verdict what they
// lack: members, or the outcome of some, with what the rate may still become.
func (b *weekly) unjudgedLines(s metric.Shop, v metric.Verdict) []phrase {
	var lines []phrase
	for _, id := range v.Few {
		if p, i := pointAt(seriesOf(s, id), b.in.Week.ID); i >= 0 {
			m := b.metric(id)
			lines = append(lines, say("verdict.few_line", "metric", b.metricName(id), "n", count(p.Den), "num", count(p.Num), "grain", b.grain(m.Grain, p.Den), "min", count(m.MinN)))
		}
	}
	for _, id := range v.Undecided {
		if p, i := pointAt(seriesOf(s, id), b.in.Week.ID); i >= 0 && p.Bounds != nil {
			lines = append(lines, say("verdict.range_line", "metric", b.metricName(id), "low", lowPercent(*p.Bounds), "high", highPercent(*p.Bounds),
				"n", count(p.Bounds.Undecided), "target", targetText(p.Op, p.Target, higherIsBetter(b.metric(id)))))
		}
	}
	return lines
}

// namedOrders are spelled out, further ones counted.
const namedOrders = 8

// cancelledLine names the orders behind a missed cancellation rate.
func cancelledLine(s metric.Series) (phrase, bool) {
	if len(s.Cancelled) == 0 {
		return phrase{}, false
	}
	var ids []string
	for _, o := range s.Cancelled[:min(len(s.Cancelled), namedOrders)] {
		ids = append(ids, o.Order)
	}
	key := "verdict.cancelled"
	if len(s.Cancelled) > namedOrders {
		key = "verdict.cancelled_more"
	}
	return say(key, "orders", strings.Join(ids, ", "), "n", count(int64(len(s.Cancelled)-len(ids)))), true
}

// fractionLine is a metric's name, rate, fraction and target in the report's week.
func (b *weekly) fractionLine(s metric.Shop, id string) phrase {
	p, i := pointAt(seriesOf(s, id), b.in.Week.ID)
	m := b.metric(id)
	switch {
	case i < 0 || p.Den == 0:
		return say("verdict.no_members", "metric", b.metricName(id))
	case !judged(p):
		return say("verdict.counts", "metric", b.metricName(id), "num", count(p.Num), "den", count(p.Den), "open", count(p.Open))
	case p.Target == "":
		return say("verdict.no_target_line", "metric", b.metricName(id),
			"rate", ratePercent(p, higherIsBetter(m)), "num", count(p.Num), "den", count(p.Den))
	}
	return say("verdict.line", "metric", b.metricName(id), "rate", ratePercent(p, higherIsBetter(m)),
		"num", count(p.Num), "den", count(p.Den), "target", targetText(p.Op, p.Target, higherIsBetter(m)))
}

// gapLine names the node that most traces lack, and the channel of most of
// them; it is unset where the series knows of none.
func (b *weekly) gapLine(s metric.Series) phrase {
	if len(s.Gaps) == 0 {
		return phrase{}
	}
	g := s.Gaps[0]
	args := []any{"node", b.words.term("node", g.Node), "n", count(g.N), "of", count(g.Of), "channel_n", count(g.ChannelN), "channel_of", count(g.ChannelOf)}
	if g.Channel == "" {
		return say("verdict.gap_unstated", args...)
	}
	return say("verdict.gap", append(args, "channel", g.Channel)...)
}

// missingLines says in words why there is no verdict, and the counts that exist.
func (b *weekly) missingLines(s metric.Shop, reason string) []phrase {
	m, ok := b.headline()
	if !ok {
		return []phrase{say("verdict.missing.no_target")}
	}
	if reason == "few" {
		return nil
	}
	series := seriesOf(s, m.ID)
	var lines []phrase
	switch reason {
	case "no_deadline":
		column := series.Missing
		if column == "" {
			column = "deliver_before_at"
		}
		lines = append(lines, say("verdict.missing.no_deadline", "column", column))
	case "never_loaded":
		lines = append(lines, say("verdict.missing.never_loaded", "feeds", literal(neverLoaded(b.in.Trust.Feeds))))
	case "no_scans", "open", "incomplete", "no_orders", "no_target":
		lines = append(lines, b.words.term("verdict.missing", reason))
	default:
		lines = append(lines, say("verdict.missing.other", "reason", strings.TrimSpace(reason)))
	}
	if p, i := pointAt(series, b.in.Week.ID); i >= 0 && p.Den > 0 {
		lines = append(lines, b.fractionLine(s, m.ID))
	}
	return lines
}

func (b *weekly) metric(id string) metric.Metric {
	for _, m := range b.in.Metrics {
		if m.ID == id {
			return m
		}
	}
	return metric.Metric{ID: id}
}
