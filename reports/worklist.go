package reports

import (
	"strconv"
	"time"

	"waybill/pipeline/metric"
)

// actionsShown is how many shipments the page lists; the workbook has all.
const actionsShown = 50

var tones = map[string]string{
	"overdue": "urgent", "overdue_undispatched": "urgent", "due_soon": "warn", "no_first_scan": "warn",
}

// worklist is the shipments and orders to act on today.
func (b *weekly) worklist() section {
	total := int64(max(b.in.ActionTotal, len(b.in.Actions)))
	s := section{ID: "act", Title: say("section.act"), Empty: say("act.none"), Beside: say("act.count", "n", count(total))}
	if n := int64(b.in.ActionHidden); n > 0 {
		s.Foot = say("act.hidden", "n", count(n))
	}
	var unknown paragraphs
	for _, what := range b.in.ActionUnknown {
		unknown = append(unknown, b.words.term("act.unknown", what))
	}
	if len(unknown) > 0 {
		s.Blocks = append(s.Blocks, unknown)
	}
	if len(b.in.Actions) == 0 {
		return s
	}
	if shown := int64(min(len(b.in.Actions), actionsShown)); total > shown {
		s.Beside = say("act.count_more", "n", count(total), "shown", count(shown))
	}
	late := int64(b.in.ActionLate)
	switch {
	case late == total:
		s.Lead = say("act.all_late")
	case late > 0:
		s.Lead = say("act.some_late", "open", count(total-late), "late", count(late))
	}
	t := &table{ID: "act", Sortable: true, Tall: true, Cards: true, Shown: actionsShown, Search: say("act.find"), Door: &door{Files: []string{"cells/actions.sql"}}, Columns: []column{
		{Kind: kindTag, Head: say("col.reason"), Sheet: say("col.reason_only")},
		{Kind: kindPhrase, Head: say("col.step"), Only: inSheet},
		{Kind: kindCode, Head: say("col.number")},
		{Kind: kindCode, Head: say("col.order"), Sheet: say("col.order_only")},
		{Kind: kindText, Head: say("col.shop"), Only: inSheet},
		{Kind: kindText, Head: say("col.via"), Only: inPage},
		{Kind: kindText, Head: say("col.channel"), Only: inSheet},
		{Kind: kindText, Head: say("col.carrier"), Only: inSheet},
		{Kind: kindText, Head: say("col.dest"), Only: inSheet},
		{Kind: kindEvent, Head: say("col.last_event")},
		{Kind: kindInstant, Head: say("col.last_at"), Only: inSheet},
		{Kind: kindInstant, Head: say("col.due")},
		{Kind: kindDays, Head: say("col.left_days"), Only: inSheet},
		{Kind: kindDays, Head: say("col.age"), Sheet: say("col.age_days")},
		{Kind: kindMoney, Head: say("col.money")},
		{Kind: kindCode, Head: say("col.currency"), Only: inSheet},
	}}
	for i, a := range b.in.Actions {
		t.Rows = append(t.Rows, row{Cells: b.actionCells(i, a)})
	}
	s.Blocks = append(s.Blocks, t)
	return s
}

func (b *weekly) actionCells(i int, a metric.Action) []cell {
	reason := cell{Text: b.words.term("reason", a.Reason), Tone: tones[a.Reason], Order: digits(i)}
	step := cell{}
	if p := b.words.term("step", a.Reason); p.key != "" {
		step.Text = p
		reason.Sub = append(reason.Sub, p)
	}
	if a.Note != "" {
		reason.Sub = append(reason.Sub, literal(a.Note))
	}
	tracking := cell{Text: say("act.no_number"), Soft: true}
	if a.Number != "" {
		tracking = cell{Text: literal(a.Number), Value: a.Number, Copy: true}
	}
	order := textCell(a.Order)
	if a.Shop != "" {
		order.Sub = append(order.Sub, literal(a.Shop))
	}
	via := a.Channel
	if a.Carrier != "" && a.Carrier != a.Channel {
		via = a.Carrier
		if a.Channel != "" {
			via = a.Channel + " · " + a.Carrier
		}
	}
	way := textCell(via)
	if a.State != "" {
		way.Sub = append(way.Sub, literal(a.State))
	}
	last := b.clock.instantCell(a.LastAt)
	event := cell{Text: say("act.no_event"), Soft: true, Order: last.sortKey()}
	switch {
	case a.LastEvent == "" && a.LastAt != nil:
		event.Text = say("act.event_unnamed")
	case a.LastEvent != "":
		event.Text, event.Soft, event.Value = literal(a.LastEvent), false, a.LastEvent
	}
	if a.LastAt != nil {
		event.Sub = append(event.Sub, last.Text)
	}
	due, left := b.clock.instantCell(a.DueAt), dash()
	if a.DueAt != nil {
		d := a.DueAt.Sub(b.in.AsOf)
		due.Sub = append(due.Sub, b.left(d))
		left = tenthCell(d.Hours() / 24)
	}
	return []cell{reason, step, tracking, order, textCell(a.Shop), way, textCell(a.Channel), textCell(a.Carrier), textCell(a.State), event, last, due, left,
		{Text: b.duration(a.AgeHours), Value: a.AgeHours / 24}, moneyCell(a.Amount, a.Currency), textCell(a.Currency)}
}

// duration writes hours below two days as hours, else as days.
func (w *writer) duration(hours float64) phrase {
	if hours < 48 {
		return say("unit.hours", "n", tenth(hours))
	}
	return say("unit.days", "n", tenth(hours/24))
}

func (w *writer) left(d time.Duration) phrase {
	if d < 0 {
		return say("act.late_by", "time", w.duration(-d.Hours()))
	}
	return say("act.left", "time", w.duration(d.Hours()))
}

func digits(n int) string { return strconv.Itoa(n) }
