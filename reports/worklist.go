package reports

import (
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"waybill/pipeline/metric"
)

// actionsShown is how many shipments the page lists.
const actionsShown = 50

// actionView is one shipment or order to act on today.
type actionView struct {
	metric.Action
	Word     phrase
	Step     phrase
	Tone     string // urgent, warn or watch
	Via      string // channel and carrier
	Last     number
	LastLang string
	Due      number
	DueKey   string
	Left     phrase // time to the deadline, or since it
	Age      phrase
	Money    string
	MoneyKey string
}

var tones = map[string]string{
	"overdue": "urgent", "overdue_undispatched": "urgent", "due_soon": "warn", "no_first_scan": "warn",
}

func (b *builder) actions() ([]actionView, phrase) {
	shown := b.in.Actions
	if len(shown) > actionsShown {
		shown = shown[:actionsShown]
	}
	var out []actionView
	for _, a := range shown {
		v := actionView{Action: a, Word: b.words.term("reason", a.Reason), Step: b.words.term("step", a.Reason),
			Tone: tones[a.Reason], Via: a.Channel, Last: b.clock.maybe(a.LastAt), LastLang: scriptLanguage(a.LastEvent),
			Due: b.clock.maybe(a.DueAt), DueKey: sortTime(a.DueAt), Age: b.duration(a.AgeHours),
			Money: money(a.Amount, a.Currency), MoneyKey: "-1"}
		if v.Step.key == "" {
			v.Step = phrase{}
		}
		if a.Carrier != "" && a.Carrier != a.Channel {
			v.Via = a.Carrier
			if a.Channel != "" {
				v.Via = a.Channel + " · " + a.Carrier
			}
		}
		if a.DueAt != nil {
			v.Left = b.left(a.DueAt.Sub(b.in.AsOf))
		}
		if d, err := decimal.NewFromString(a.Amount); err == nil {
			v.MoneyKey = d.String()
		}
		out = append(out, v)
	}
	total := max(b.in.ActionTotal, len(b.in.Actions))
	if total > len(out) {
		return out, say("act.count_more", "n", count(int64(total)), "shown", count(int64(len(out))))
	}
	return out, say("act.count", "n", count(int64(total)))
}

// duration writes hours below two days as hours, else as days.
func (b *builder) duration(hours float64) phrase {
	if hours < 48 {
		return say("unit.hours", "n", tenth(hours))
	}
	return say("unit.days", "n", tenth(hours/24))
}

func (b *builder) left(d time.Duration) phrase {
	if d < 0 {
		return say("act.late_by", "time", b.duration(-d.Hours()))
	}
	return say("act.left", "time", b.duration(d.Hours()))
}

func digits(n int) string { return strconv.Itoa(n) }
