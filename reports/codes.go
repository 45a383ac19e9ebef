package reports

import (
	"strconv"

	"waybill/pipeline/metric"
)

// unmapped lists the carriers' codes that no map knows.
func (w *writer) unmapped(list []metric.Unmapped) section {
	s := section{ID: "unmapped", Title: say("section.unmapped"), Empty: say("unmapped.none")}
	if len(list) == 0 {
		return s
	}
	t := &table{ID: "unmapped", Sortable: true, Tall: true, Door: &door{Files: []string{"cells/unmapped.sql"}}, Columns: []column{{Kind: kindText, Head: say("col.carrier")},
		{Kind: kindCode, Head: say("col.code")}, {Kind: kindEvent, Head: say("col.example")}, {Kind: kindNumber, Head: say("col.scans")}}}
	for _, u := range list {
		t.Rows = append(t.Rows, row{Cells: []cell{textCell(u.Carrier), textCell(u.Code), textCell(u.Text), countCell(u.N)}})
	}
	s.Lead, s.Blocks = say("unmapped.lead"), []block{t}
	return s
}

// rejects counts what was not loaded, by where and why.
func (w *writer) rejects(list []metric.Reject) section {
	s := section{ID: "rejects", Title: say("section.rejects"), Empty: say("rejects.none")}
	if len(list) == 0 {
		return s
	}
	t := &table{ID: "rejects", Sortable: true, Tall: true, Fold: say("rejects.fold"), Columns: []column{{Kind: kindText, Head: say("col.feed")},
		{Kind: kindText, Head: say("col.output")}, {Kind: kindCode, Head: say("col.column")}, {Kind: kindPhrase, Head: say("col.reason_reject"), Class: "event"},
		{Kind: kindCode, Head: say("col.file"), Class: "event"}, {Kind: kindNumber, Head: say("col.records")}}}
	records := int64(0)
	for _, r := range list {
		records += r.N
		file := r.File
		if r.Line > 0 {
			file += ":" + strconv.FormatInt(r.Line, 10)
		}
		t.Rows = append(t.Rows, row{Cells: []cell{textCell(r.Feed), textCell(r.Output), textCell(r.Column), wordCell(w.rejectReason(r.Reason)), textCell(file), countCell(r.N)}})
	}
	s.Lead, s.Blocks = say("rejects.lead", "n", count(records), "kinds", count(int64(len(list)))), []block{t}
	return s
}
