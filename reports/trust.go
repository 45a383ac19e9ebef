package reports

import "waybill/pipeline/metric"

// lateFeedHours is from where on a feed is marked as behind the others.
const lateFeedHours = 24

// trustView is the foot of the page: what the numbers stand on.
type trustView struct {
	metric.Trust
	Facts []pair
	Feeds []feedRow
}

type feedRow struct {
	metric.Feed
	Reach             number
	Lag               phrase
	LagKey            float64
	Late              bool
	FileN, RecN, RejN number
}

func (b *builder) trust() trustView {
	t := b.in.Trust
	v := trustView{Trust: t}
	add := func(key string, value phrase) { v.Facts = append(v.Facts, pair{say(key), value}) }
	text := func(key, value string) {
		if value != "" {
			add(key, literal(value))
		}
	}
	add("trust.as_of", literal(string(b.clock.minute(b.in.AsOf))+" "+b.clock.loc.String()+" ("+b.clock.offset(b.in.AsOf)+")"))
	if t.LastClosed.ID != "" {
		text("trust.last_closed", string(weekLabel(t.LastClosed)))
	}
	add("trust.open_share", literal(string(percent(t.OpenShare))))
	add("trust.volume", say("trust.volume_value", "orders", count(t.Orders), "shipments", count(t.Shipments), "events", count(t.Events)))
	add("trust.orphans", literal(string(count(t.Orphans))))
	text("trust.currency", b.in.Currency)
	for _, p := range t.Packs {
		add("trust.pack", literal(p.ID+" @ "+p.Revision))
	}
	text("trust.lake_version", t.LakeVersion)
	text("trust.report_id", t.ReportID)
	text("trust.program", t.Waybill)
	for _, f := range t.Feeds {
		v.Feeds = append(v.Feeds, feedRow{Feed: f, Reach: b.clock.maybe(f.Horizon), Lag: b.duration(f.LagHours), LagKey: f.LagHours,
			Late: f.LagHours > lateFeedHours, FileN: count(f.Files), RecN: count(f.Records), RejN: count(f.Rejected)})
	}
	return v
}
