package cli

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waybill/pipeline/ledger"
	"waybill/pipeline/metric"
)

func TestAct(t *testing.T) {
	s := space{T: t, dir: filepath.Join(t.TempDir(), "shop"), env: map[string]string{"USER": "li"}}
	if r := s.bare("init", "--demo", "--shipments", "2500", s.dir); r.code != exitDone {
		t.Fatalf("init: %s", r.err)
	}
	s.do("run", "weekly")
	page := s.read("out/weekly.html")
	if again := s.do("report", "weekly"); s.read("out/weekly.html") != page || !strings.Contains(again, "weekly.html") {
		t.Error("what a report published changed the report")
	}
	var list metric.ActionList
	s.decode(&list, "act", "list")
	if list.Shown < 3 || list.Hidden != 0 || len(list.Actions) != list.Shown {
		t.Fatalf("%d of %d actions, %d hidden", len(list.Actions), list.Shown, list.Hidden)
	}
	first, second := list.Actions[0], list.Actions[1]
	counts := func(shown, hidden int) {
		t.Helper()
		var got metric.ActionList
		s.decode(&got, "act", "list", "--all")
		if got.Shown != shown || got.Hidden != hidden || len(got.Actions) != shown+hidden {
			t.Errorf("%d shown, %d hidden, %d listed; want %d and %d", got.Shown, got.Hidden, len(got.Actions), shown, hidden)
		}
	}
	name := func(a metric.Action) string {
		if a.Number != "" {
			return a.Number
		}
		return a.Order
	}
	var made []ledger.Decision
	s.decode(&made, "act", "done", name(first), "--text", "ticket 1")
	if len(made) != 1 || made[0].By != "li" || !made[0].At.Equal(clock) || !made[0].About.AsOf.Equal(list.AsOf) || made[0].Text != "ticket 1" {
		t.Errorf("done gives %+v", made)
	}
	counts(list.Shown-1, 1)
	s.do("report", "weekly")
	if s.read("out/weekly.html") == page {
		t.Error("a decision did not change the page")
	}
	if out := s.do("act", "snooze", second.Order, "--until", list.AsOf.AddDate(0, 0, 3).Format(time.RFC3339), "--by", "wang"); !strings.Contains(out, "snooze "+second.Order) {
		t.Error(out)
	}
	var hidden metric.ActionList
	s.decode(&hidden, "act", "list", "--all")
	n := 0
	for _, a := range hidden.Actions {
		if a.Order == second.Order && a.Hidden == "snoozed" {
			n++
		}
	}
	if n == 0 || hidden.Hidden != 1+n {
		t.Errorf("%d rows of the order are hidden, %d in all", n, hidden.Hidden)
	}
	s.do("act", "note", list.Actions[2].Order, "--text", "promised =for Friday")
	if out := s.do("act", "list"); !strings.Contains(out, "promised =for Friday") || !strings.Contains(out, fmt.Sprintf("%d hidden", 1+n)) {
		t.Error(out)
	}
	// back to the page without decisions but with a longer ledger
	for _, kind := range []string{"note", "snooze", "done"} {
		if out := s.do("act", "undo"); !strings.Contains(out, "taken back: ") || !strings.Contains(out, kind) {
			t.Errorf("undo of %s: %s", kind, out)
		}
	}
	s.fails(exitUsage, "no decision to take back", "act", "undo")
	counts(list.Shown, 0)
	s.decode(&made, "act", "done", name(first), "--reason", first.Reason)
	counts(list.Shown-1, 1)
	s.do("act", "undo", fmt.Sprint(made[0].Seq))
	s.fails(exitUsage, "no decision to take back", "act", "undo", fmt.Sprint(made[0].Seq))
	// at an earlier as-of nobody has decided anything; a page of then knows of no decision
	s.do("act", "done", name(first))
	before := s.do("report", "weekly", "--as-of", list.AsOf.AddDate(0, 0, -7).Format(time.RFC3339), "--json")
	if !strings.Contains(before, `"action_hidden": 0`) {
		t.Error("a decision reaches into the past")
	}

	wrong := []byte(first.Order)
	wrong[len(wrong)-1] ^= 1
	for _, c := range []struct {
		says string
		args []string
	}{
		{"no parcel and no order goes by \"" + string(wrong) + "\"; try: ", []string{"act", "done", string(wrong)}},
		{"no parcel and no order goes by \"x\"", []string{"act", "done", first.Order, "x"}},
		{"no such reason \"late\"; try: overdue_undispatched", []string{"act", "done", first.Order, "--reason", "late"}},
		{"a snooze needs one end", []string{"act", "snooze", first.Order}},
		{"a snooze needs one end", []string{"act", "snooze", first.Order, "--for", "1d", "--until", "2027-01-01"}},
		{`--for "d"`, []string{"act", "snooze", first.Order, "--for", "d"}},
		{"nothing would be put off", []string{"act", "snooze", first.Order, "--until", "2020-01-01"}},
		{"a note needs its words", []string{"act", "note", first.Order, "--text", " "}},
		{"decision \"x\"", []string{"act", "undo", "x"}},
	} {
		s.fails(exitUsage, c.says, c.args...)
	}
	counts(list.Shown-1, 1) // nothing of the failed ones stayed
}
