package reports

import "time"

// List is the reports that lie in one folder.
type List struct {
	Workspace string   `json:"workspace"`
	Zone      string   `json:"zone"`
	Languages []string `json:"languages"`
	Program   string   `json:"waybill"`
	Reports   []Listed `json:"reports"` // in the order in which they are shown
}

// Listed is a report with its files, named as they lie beside the list.
type Listed struct {
	Entry
	HTML string `json:"html"`
	XLSX string `json:"xlsx"`
}

// Index renders the list of reports. Its as-of is that of the newest of them.
func Index(in List, files Files) (Report, error) {
	w, err := newWriter(files, in.Languages, in.Zone)
	if err != nil {
		return Report{}, err
	}
	p := page{Name: "index", Heading: say("index.heading"), Workspace: in.Workspace, Program: in.Program, Headline: say("index.heading")}
	s := section{ID: "reports", Title: say("section.reports"), Beside: say("index.count", "n", count(int64(len(in.Reports)))), Empty: say("index.none")}
	t := &table{ID: "reports", Sortable: true, Cards: true, Columns: []column{
		{Kind: kindPhrase, Head: say("book.report"), Key: true}, {Kind: kindText, Head: say("book.period")}, {Kind: kindText, Head: say("page.shop")},
		{Kind: kindInstant, Head: say("page.as_of")}, {Kind: kindPhrase, Head: say("index.headline"), Class: "note"},
		{Kind: kindPhrase, Head: say("index.workbook")}}}
	for i, r := range in.Reports {
		at, err := time.Parse(time.RFC3339, r.AsOf)
		asOf := dash()
		if err == nil {
			asOf = w.clock.instantCell(&at)
			if at.After(p.AsOf) {
				p.AsOf = at
			}
		}
		shop := wordCell(say("index.all_shops"))
		if r.Shop != "" {
			shop = textCell(r.Shop)
		}
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: phrase{made: r.Title}, Link: r.HTML, Order: digits(i)}, textCell(r.Period), shop, asOf,
			{Text: phrase{made: r.Headline}}, {Text: literal("XLSX"), Link: r.XLSX, Value: r.XLSX}}})
	}
	if len(t.Rows) > 0 {
		s.Blocks = append(s.Blocks, t)
	}
	p.Sections = []section{s}
	return w.report(p)
}
