package reports

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"waybill/pipeline/metric"
)

// casePage is the file of one parcel as its template sees it.
type casePage struct {
	Lang, LangTag string
	Langs         []string
	Titles        map[string]string
	Policy        string
	Style         template.CSS
	Script        template.JS

	Workspace, Called, Zone, LakeVersion, Waybill string

	AsOf     number
	Offset   string
	Sections []caseSection
}

// caseSection is facts, or a table, or a sentence that there is nothing.
type caseSection struct {
	Title   phrase
	Facts   []pair
	Columns []phrase
	Rows    [][]caseCell
	Empty   phrase
}

type caseCell struct {
	Value phrase
	Event bool // words of a carrier, in their own language
}

// Plain is a text of data, empty for words of the page.
func (p phrase) Plain() string { return p.lit }

// Case renders the file of one parcel as one HTML file that makes no request,
// in every language of the page: evidence for a ticket or an appeal. Errors
// name the file at fault.
func Case(in metric.Case, files fs.FS) ([]byte, error) {
	out, _, err := caseHTML(in, files)
	return out, err
}

func caseHTML(in metric.Case, files fs.FS) ([]byte, *words, error) {
	w, err := readWords(files, in.Languages)
	if err != nil {
		return nil, nil, err
	}
	loc, err := time.LoadLocation(in.Zone)
	if err != nil {
		return nil, nil, fmt.Errorf("case page: zone %q: %w", in.Zone, err)
	}
	b := &caseBuilder{in, w, clock{loc}}
	p := casePage{Lang: w.langs[0], LangTag: languages[w.langs[0]], Langs: w.langs, Titles: map[string]string{}, Workspace: in.Workspace, Called: in.Called, Zone: in.Zone,
		LakeVersion: in.LakeVersion, Waybill: in.Waybill, AsOf: b.clock.minute(in.AsOf), Offset: b.clock.offset(in.AsOf)}
	for _, lang := range p.Langs {
		p.Titles[lang] = w.plain(lang, say("case.title", "number", in.Called, "workspace", in.Workspace))
	}
	style, err1 := inlineFile(files, "page.css")
	script, err2 := inlineFile(files, "page.js")
	source, err3 := fs.ReadFile(files, "case.html.tmpl")
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, nil, err
	}
	p.Policy, p.Style, p.Script = contentPolicy(style, script), template.CSS(style.text), template.JS(script.text)
	p.Sections = []caseSection{b.parcel(), b.orders(), b.numbers(), b.milestones(), b.scans(), b.deadlines(), b.costs(), b.bills(), b.anomalies(), b.decisions(), b.sources()}
	tmpl, err := template.New("reports/case.html.tmpl").Funcs(template.FuncMap{
		"say":      func(key string, args ...any) template.HTML { return w.html(say(key, args...)) },
		"put":      w.html,
		"language": scriptLanguage,
	}).Parse(string(source))
	if err != nil {
		return nil, nil, fmt.Errorf("case page: %w", err)
	}
	var out bytes.Buffer
	if err := tmpl.Execute(&out, p); err != nil {
		return nil, nil, fmt.Errorf("case page: %w", err)
	}
	return out.Bytes(), w, w.err()
}

type caseBuilder struct {
	in    metric.Case
	words *words
	clock clock
}

// table starts a section; columns are the ends of case.col keys.
func (b *caseBuilder) table(id string, columns ...string) caseSection {
	s := caseSection{Title: say("case.section." + id), Empty: say("case.none")}
	for _, c := range columns {
		s.Columns = append(s.Columns, say("case.col."+c))
	}
	return s
}

// add appends a row; a cell is a text, a phrase or a caseCell.
func (s *caseSection) add(cells ...any) {
	var row []caseCell
	for _, c := range cells {
		switch c := c.(type) {
		case caseCell:
			row = append(row, c)
		case phrase:
			row = append(row, caseCell{Value: c})
		default:
			row = append(row, caseCell{Value: literal(fmt.Sprint(c))})
		}
	}
	s.Rows = append(s.Rows, row)
}

func (s *caseSection) fact(key string, value phrase) {
	if value.Set() {
		s.Facts = append(s.Facts, pair{say("case.fact." + key), value})
	}
}

func (b *caseBuilder) at(t *time.Time) string { return string(b.clock.maybe(t)) }

// both writes an instant in the page's zone and in UTC.
func (b *caseBuilder) both(t *time.Time) string {
	if t == nil {
		return string(none)
	}
	return b.at(t) + " = " + t.UTC().Format("2006-01-02 15:04:05") + " UTC"
}

func textOf(sep string, parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, sep)
}

func (b *caseBuilder) onTime(state string) phrase {
	if state == "" {
		state = "none"
	}
	return say("case.on_time." + state)
}

func (b *caseBuilder) parcel() caseSection {
	s := b.table("parcel")
	p := b.in.Parcel
	if p == nil {
		s.Empty = say("case.no_parcel")
		return s
	}
	s.fact("outcome", b.words.term("case.outcome", p.Outcome))
	s.fact("on_time", b.onTime(p.OnTime))
	s.fact("due", literal(b.both(p.DueAt)))
	s.fact("shipment", literal(p.Shipment))
	s.fact("number", literal(textOf(" / ", p.Number, p.LastMileNumber)))
	s.fact("carried", literal(textOf(" / ", p.Provider, p.Channel, p.Carrier, p.Tier)))
	s.fact("to", literal(textOf(", ", p.State, p.PostalCode, p.Country)))
	s.fact("measures", literal(textOf(", ", p.Weight, p.Size)))
	s.fact("last_event", literal(b.both(p.LastEventAt)))
	return s
}

func (b *caseBuilder) orders() caseSection {
	s := b.table("orders", "order", "status", "created", "approved", "dispatched", "delivered", "cancelled", "on_time", "money")
	for _, o := range b.in.Orders {
		state := b.onTime(o.OnTime)
		if o.Excluded {
			state = say("case.excluded")
		}
		s.add(o.Platform+" / "+o.Shop+" / "+o.Order, textOf(", ", o.Status, o.Type, o.Fulfilment), b.at(o.CreatedAt), b.at(o.ApprovedAt), b.at(o.Dispatched), b.at(o.Delivered),
			textOf(", ", b.at(o.Cancelled), o.Fault), state, money(o.Amount, o.Currency))
	}
	return s
}

func (b *caseBuilder) numbers() caseSection {
	s := b.table("numbers", "number", "carrier", "role", "from", "to")
	for _, n := range b.in.Numbers {
		s.add(n.Number, n.Carrier, n.Role, b.at(n.From), b.at(n.To))
	}
	return s
}

func (b *caseBuilder) milestones() caseSection {
	s := b.table("milestones", "milestone", "at", "after", "age")
	for _, m := range b.in.Milestones {
		after := none
		if m.AfterHours != nil {
			after = tenth(*m.AfterHours)
		}
		s.add(b.words.term("case.milestone", m.ID), b.both(&m.At), string(after), string(tenth(m.AgeHours/24)))
	}
	return s
}

func (b *caseBuilder) scans() caseSection {
	s := b.table("scans", "utc", "local", "raw_time", "zone", "number", "code", "text", "place", "milestone", "decided", "source")
	for _, x := range b.in.Scans {
		decided := literal(x.DecidedBy)
		if x.DecidedBy == "" {
			decided = say("case.no_map")
		}
		system := x.System
		if system == "" {
			system = x.Carrier
		}
		s.add(x.At.Format("2006-01-02 15:04:05"), x.Local, x.TimeRaw, textOf(" ", x.Zone, "("+x.ZoneFrom+")"), x.Number, textOf(": ", system, x.Code),
			caseCell{literal(x.Text), true}, textOf(", ", x.Place, x.Country), x.Milestone, decided, textOf(" ", x.Feed, strconv.FormatInt(x.Record, 10)))
	}
	return s
}

func (b *caseBuilder) deadlines() caseSection {
	s := b.table("deadlines", "clock", "order", "before", "day", "source", "rule", "days", "closed", "on_time")
	for _, d := range b.in.Deadlines {
		rule, days, closed := phrase{}, string(none), string(none)
		switch r := d.Rule; {
		case r != nil:
			n := strconv.Itoa(r.N)
			if r.HandlingDays != nil {
				n += " + " + strconv.Itoa(*r.HandlingDays)
			}
			rule = say("case.rule", "pack", r.Pack, "n", number(n), "unit", b.words.term("case.unit", r.Unit), "start", b.words.term("case.start", r.Start), "at", b.clock.minute(r.StartAt),
				"from", textOf("", r.From), "to", textOf("", r.To), "source", r.RuleSource)
			days, closed = textOf(": ", r.Calendar, strings.Join(r.Days, ", ")), strings.Join(r.Closed, ", ")
		case d.Missing != "":
			rule = b.words.term("case.missing", d.Missing)
		default:
			rule = say("case.stated")
		}
		s.add(say("case.clock."+d.Clock), d.Order, b.both(d.Before), textOf(" ", d.Date, d.Zone), say("case.from."+d.Source), rule, days, closed, b.onTime(d.State))
	}
	return s
}

func (b *caseBuilder) costs() caseSection {
	s := b.table("costs", "what", "money")
	for _, c := range b.in.Costs {
		s.add(c.What, money(c.Amount, c.Currency))
	}
	return s
}

// bills says that no bill is loaded.
func (b *caseBuilder) bills() caseSection {
	s := b.table("bills")
	s.Empty = say("case.no_bills")
	return s
}

func (b *caseBuilder) anomalies() caseSection {
	s := b.table("anomalies", "what", "at", "text")
	for _, a := range b.in.Anomalies {
		s.add(b.words.term("case.anomaly", a.Kind), b.both(a.At), caseCell{literal(a.What), true})
	}
	return s
}

func (b *caseBuilder) decisions() caseSection {
	s := b.table("decisions", "no", "at", "by", "what", "reason", "until", "text")
	for _, d := range b.in.Decisions {
		what := b.words.term("case.decision", d.Kind)
		if d.UndoneBy != 0 {
			what = say("case.undone", "what", what, "n", number(strconv.FormatInt(d.UndoneBy, 10)))
		}
		s.add(strconv.FormatInt(d.Seq, 10), b.at(&d.At), d.By, what, b.words.term("reason", d.Reason), b.at(d.Until), caseCell{literal(d.Text), true})
	}
	return s
}

func (b *caseBuilder) sources() caseSection {
	s := b.table("sources", "table", "source", "file", "load", "exported", "records")
	for _, x := range b.in.Sources {
		s.add(x.Table, x.Feed, x.File, x.Load, b.at(x.Exported), string(count(x.Records)))
	}
	return s
}
