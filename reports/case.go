package reports

import (
	"strconv"
	"strings"
	"time"

	"waybill/pipeline/metric"
)

// caseFile builds the file of one parcel.
type caseFile struct {
	*writer
	in metric.Case
}

// Case renders the file of one parcel: evidence for a ticket or an appeal.
func Case(in metric.Case, files Files) (Report, error) {
	w, err := newWriter(files, in.Languages, in.Zone)
	if err != nil {
		return Report{}, err
	}
	return w.report((&caseFile{w, in}).page())
}

func (b *caseFile) page() page {
	in := b.in
	p := page{Name: "case", Heading: say("case.heading", "number", in.Called), Workspace: in.Workspace, AsOf: in.AsOf, Program: in.Waybill}
	p.Sections = []section{b.parcel(), b.orders(), b.numbers(), b.milestones(), b.scans(), b.deadlines(), b.costs(), b.bills(), b.anomalies(), b.decisions(), b.sources()}
	p.Sections[len(p.Sections)-1].Foot = say("case.foot", "lake", in.LakeVersion, "program", in.Waybill)
	return p
}

// caseSection starts a section; id is the end of its key.
func caseSection(id string) section {
	return section{ID: id, Title: say("case.section." + id), Empty: say("case.none")}
}

// caseTable is a section of one table; a column's head is the end of its key.
func caseTable(id string, columns []column, rows []row) section {
	s := caseSection(id)
	if len(rows) > 0 {
		s.Blocks = []block{&table{ID: id, Columns: columns, Rows: rows}}
	}
	return s
}

func caseColumn(k kind, key string) column { return column{Kind: k, Head: say("case.col." + key)} }

// caseKey is a column whose cells head their rows.
func caseKey(k kind, key string) column {
	return column{Kind: k, Head: say("case.col." + key), Key: true}
}

// both writes an instant in the page's zone and in UTC.
func (b *caseFile) both(t *time.Time) string {
	if t == nil {
		return string(none)
	}
	return string(b.clock.minute(*t)) + " = " + t.UTC().Format("2006-01-02 15:04:05") + " UTC"
}

func (b *caseFile) bothCell(t *time.Time) cell {
	if t == nil {
		return dash()
	}
	return textCell(b.both(t))
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

func caseOnTime(state string) phrase {
	if state == "" {
		state = "none"
	}
	return say("case.on_time." + state)
}

func (b *caseFile) parcel() section {
	s := caseSection("parcel")
	p := b.in.Parcel
	if p == nil {
		s.Empty = say("case.no_parcel")
		return s
	}
	var list facts
	fact := func(key string, value phrase) {
		if value.Set() {
			list = append(list, pair{say("case.fact." + key), value})
		}
	}
	fact("outcome", b.words.term("case.outcome", p.Outcome))
	fact("on_time", caseOnTime(p.OnTime))
	fact("due", literal(b.both(p.DueAt)))
	fact("shipment", literal(p.Shipment))
	fact("number", literal(textOf(" / ", p.Number, p.LastMileNumber)))
	fact("carried", literal(textOf(" / ", p.Provider, p.Channel, p.Carrier, p.Tier)))
	fact("to", literal(textOf(", ", p.State, p.PostalCode, p.Country)))
	fact("measures", literal(textOf(", ", p.Weight, p.Size)))
	fact("last_event", literal(b.both(p.LastEventAt)))
	s.Blocks = []block{list}
	return s
}

func (b *caseFile) orders() section {
	var rows []row
	for _, o := range b.in.Orders {
		state := caseOnTime(o.OnTime)
		if o.Excluded {
			state = say("case.excluded")
		}
		rows = append(rows, row{Cells: []cell{textCell(o.Platform + " / " + o.Shop + " / " + o.Order), textCell(textOf(", ", o.Status, o.Type, o.Fulfilment)),
			b.clock.instantCell(o.CreatedAt), b.clock.instantCell(o.ApprovedAt), b.clock.instantCell(o.Dispatched), b.clock.instantCell(o.Delivered),
			textCell(textOf(", ", string(b.clock.maybe(o.Cancelled)), o.Fault)), wordCell(state), moneyCell(o.Amount, o.Currency)}})
	}
	return caseTable("orders", []column{caseKey(kindText, "order"), caseColumn(kindText, "status"), caseColumn(kindInstant, "created"), caseColumn(kindInstant, "approved"),
		caseColumn(kindInstant, "dispatched"), caseColumn(kindInstant, "delivered"), caseColumn(kindText, "cancelled"), caseColumn(kindPhrase, "on_time"), caseColumn(kindMoney, "money")}, rows)
}

func (b *caseFile) numbers() section {
	var rows []row
	for _, n := range b.in.Numbers {
		rows = append(rows, row{Cells: []cell{textCell(n.Number), textCell(n.Carrier), textCell(n.Role), b.clock.instantCell(n.From), b.clock.instantCell(n.To)}})
	}
	return caseTable("numbers", []column{caseKey(kindCode, "number"), caseColumn(kindText, "carrier"), caseColumn(kindText, "role"),
		caseColumn(kindInstant, "from"), caseColumn(kindInstant, "to")}, rows)
}

func (b *caseFile) milestones() section {
	var rows []row
	for _, m := range b.in.Milestones {
		rows = append(rows, row{Cells: []cell{wordCell(b.words.term("case.milestone", m.ID)), b.bothCell(&m.At), maybeDays(m.AfterHours), tenthCell(m.AgeHours / 24)}})
	}
	return caseTable("milestones", []column{caseKey(kindPhrase, "milestone"), caseColumn(kindText, "at"), caseColumn(kindDays, "after"), caseColumn(kindDays, "age")}, rows)
}

func (b *caseFile) scans() section {
	var rows []row
	for _, x := range b.in.Scans {
		decided := textCell(x.DecidedBy)
		if x.DecidedBy == "" {
			decided = wordCell(say("case.no_map"))
		}
		system := x.System
		if system == "" {
			system = x.Carrier
		}
		rows = append(rows, row{Cells: []cell{textCell(x.At.Format("2006-01-02 15:04:05")), textCell(x.Local), textCell(x.TimeRaw), textCell(textOf(" ", x.Zone, "("+x.ZoneFrom+")")),
			textCell(x.Number), textCell(textOf(": ", system, x.Code)), textCell(x.Text), textCell(textOf(", ", x.Place, x.Country)),
			wordCell(b.words.term("case.scan", x.Milestone)), decided, textCell(textOf(" ", x.Feed, strconv.FormatInt(x.Record, 10)))}})
	}
	return caseTable("scans", []column{caseKey(kindText, "utc"), caseColumn(kindText, "local"), caseColumn(kindText, "raw_time"), caseColumn(kindText, "zone"),
		caseColumn(kindCode, "number"), caseColumn(kindText, "code"), caseColumn(kindEvent, "text"), caseColumn(kindText, "place"),
		caseColumn(kindPhrase, "milestone"), caseColumn(kindText, "decided"), caseColumn(kindText, "source")}, rows)
}

func (b *caseFile) deadlines() section {
	var rows []row
	for _, d := range b.in.Deadlines {
		rule, days, closed := phrase{}, dash(), dash()
		switch r := d.Rule; {
		case r != nil:
			n := strconv.Itoa(r.N)
			if r.HandlingDays != nil {
				n += " + " + strconv.Itoa(*r.HandlingDays)
			}
			rule = say("case.rule", "pack", r.Pack, "n", number(n), "unit", b.words.term("case.unit", r.Unit), "start", b.words.term("case.start", r.Start), "at", b.clock.minute(r.StartAt),
				"from", r.From, "to", r.To, "source", r.RuleSource)
			days, closed = textCell(textOf(": ", r.Calendar, strings.Join(r.Days, ", "))), textCell(strings.Join(r.Closed, ", "))
		case d.Missing != "":
			rule = b.words.term("case.missing", d.Missing)
		default:
			rule = say("case.stated")
		}
		rows = append(rows, row{Cells: []cell{wordCell(say("case.clock." + d.Clock)), textCell(d.Order), b.bothCell(d.Before), textCell(textOf(" ", d.Date, d.Zone)),
			wordCell(say("case.from." + d.Source)), wordCell(rule), days, closed, wordCell(caseOnTime(d.State))}})
	}
	return caseTable("deadlines", []column{caseKey(kindPhrase, "clock"), caseColumn(kindCode, "order"), caseColumn(kindText, "before"), caseColumn(kindText, "day"),
		caseColumn(kindPhrase, "source"), caseColumn(kindPhrase, "rule"), caseColumn(kindText, "days"), caseColumn(kindText, "closed"), caseColumn(kindPhrase, "on_time")}, rows)
}

func (b *caseFile) costs() section {
	var rows []row
	for _, c := range b.in.Costs {
		rows = append(rows, row{Cells: []cell{textCell(c.What), moneyCell(c.Amount, c.Currency)}})
	}
	return caseTable("costs", []column{caseKey(kindText, "what"), caseColumn(kindMoney, "money")}, rows)
}

// bills says that no bill is loaded.
func (b *caseFile) bills() section {
	s := caseSection("bills")
	s.Empty = say("case.no_bills")
	return s
}

func (b *caseFile) anomalies() section {
	var rows []row
	for _, a := range b.in.Anomalies {
		rows = append(rows, row{Cells: []cell{wordCell(b.words.term("case.anomaly", a.Kind)), b.bothCell(a.At), textCell(a.What)}})
	}
	return caseTable("anomalies", []column{caseKey(kindPhrase, "what"), caseColumn(kindText, "at"), caseColumn(kindEvent, "text")}, rows)
}

func (b *caseFile) decisions() section {
	var rows []row
	for _, d := range b.in.Decisions {
		what := b.words.term("case.decision", d.Kind)
		if d.UndoneBy != 0 {
			what = say("case.undone", "what", what, "n", number(strconv.FormatInt(d.UndoneBy, 10)))
		}
		rows = append(rows, row{Cells: []cell{textCell(strconv.FormatInt(d.Seq, 10)), b.clock.instantCell(&d.At), textCell(d.By), wordCell(what),
			wordCell(b.words.term("reason", d.Reason)), b.clock.instantCell(d.Until), textCell(d.Text)}})
	}
	return caseTable("decisions", []column{caseColumn(kindCode, "no"), caseColumn(kindInstant, "at"), caseColumn(kindText, "by"), caseKey(kindPhrase, "what"),
		caseColumn(kindPhrase, "reason"), caseColumn(kindInstant, "until"), caseColumn(kindEvent, "text")}, rows)
}

func (b *caseFile) sources() section {
	var rows []row
	for _, x := range b.in.Sources {
		rows = append(rows, row{Cells: []cell{textCell(x.Table), textCell(x.Feed), textCell(x.File), textCell(x.Load), b.clock.instantCell(x.Exported), countCell(x.Records)}})
	}
	return caseTable("sources", []column{caseColumn(kindText, "table"), caseColumn(kindText, "source"), caseKey(kindText, "file"), caseColumn(kindCode, "load"),
		caseColumn(kindInstant, "exported"), caseColumn(kindNumber, "records")}, rows)
}
