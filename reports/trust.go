package reports

import (
	"strings"
	"time"

	"waybill/pipeline/metric"
)

// lateFeedHours is from where on a feed is marked as behind the others.
const lateFeedHours = 24

// trust is the foot of the page: what the numbers stand on.
func (w *writer) trust(t metric.Trust, asOf time.Time, currency string) section {
	var list facts
	add := func(key string, value phrase) { list = append(list, pair{say(key), value}) }
	text := func(key, value string) {
		if value != "" {
			add(key, literal(value))
		}
	}
	if never := neverLoaded(t.Feeds); never != "" {
		add("trust.never", literal(never))
	}
	add("trust.as_of", literal(string(w.clock.minute(asOf))+" "+w.clock.loc.String()+" ("+w.clock.offset(asOf)+")"))
	if t.LastClosed.ID != "" {
		text("trust.last_closed", string(weekLabel(t.LastClosed)))
	}
	add("trust.open_share", digitsOf(percent(t.OpenShare)))
	add("trust.volume", say("trust.volume_value", "orders", count(t.Orders), "shipments", count(t.Shipments), "events", count(t.Events)))
	add("trust.orphans", digitsOf(count(t.Orphans)))
	text("trust.currency", currency)
	for _, p := range t.Packs {
		add("trust.pack", literal(p.ID+" @ "+p.Revision))
	}
	text("trust.lake_version", t.LakeVersion)
	text("trust.report_id", t.ReportID)
	text("trust.program", t.Waybill)
	s := section{ID: "trust", Title: say("section.trust"), Blocks: []block{list}, Foot: say("trust.promise")}
	if len(t.Feeds) > 0 {
		s.Blocks = append(s.Blocks, w.feeds(t.Feeds))
	}
	return s
}

// neverLoaded names the feeds that bring orders, parcels or scans and of which no
// file was ever loaded.
func neverLoaded(feeds []metric.Feed) string {
	var names []string
	for _, f := range feeds {
		if f.Never {
			names = append(names, f.Name)
		}
	}
	return strings.Join(names, ", ")
}

func (w *writer) feeds(feeds []metric.Feed) *table {
	t := &table{ID: "feeds", Caption: say("trust.feeds"), Sheet: say("trust.feeds"), Visible: true, Columns: []column{
		{Kind: kindText, Head: say("col.feed"), Key: true}, {Kind: kindInstant, Head: say("col.horizon")},
		{Kind: kindDays, Head: say("col.lag"), Sheet: say("col.lag_days")}, {Kind: kindNumber, Head: say("col.files")},
		{Kind: kindNumber, Head: say("col.records")}, {Kind: kindNumber, Head: say("col.rejected")}, {Kind: kindCode, Head: say("col.last_load")}}}
	for _, f := range feeds {
		lag := cell{Text: w.duration(f.LagHours), Value: f.LagHours / 24}
		if f.LagHours > lateFeedHours {
			lag.Mark, lag.Tone = "▲", "fail"
		}
		horizon := w.clock.instantCell(f.Horizon)
		if f.Never {
			horizon, lag = cell{Text: say("trust.never_loaded"), Mark: "▲", Tone: "fail", Order: "9999"}, dash()
		}
		t.Rows = append(t.Rows, row{Cells: []cell{textCell(f.Name), horizon, lag,
			countCell(f.Files), countCell(f.Records), countCell(f.Rejected), textCell(f.LastLoad)}})
	}
	return t
}
