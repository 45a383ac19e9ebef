package reports

import (
	"slices"
	"strings"
	"testing"

	"waybill/pipeline/metric"
)

// fixtureRejected is a week with a record rejected for each reason.
func fixtureRejected() metric.Weekly {
	w := fixtureFull()
	w.Rejects = nil
	for _, r := range rejectReasons() {
		w.Rejects = append(w.Rejects, metric.Reject{Feed: "orders", Output: "orders_in", Column: "created_at", Reason: r, File: "a.csv", Line: 1, N: 1})
	}
	return w
}

func rejectReasons() []string {
	var out []string
	for r := range rejectWhole {
		out = append(out, r)
	}
	for _, r := range rejectOf {
		out = append(out, r.begin+"weight_unit")
	}
	slices.Sort(out)
	return append(out, "is no time or is empty", "has a value that the map of the feed does not name or is no whole number or is empty")
}

// In English a reason reads as the loader writes it; in Chinese nothing of it is
// English but names. What is not of these words stays.
func TestRejectReasonsInBothLanguages(t *testing.T) {
	w := testWriter(t)
	for _, r := range rejectReasons() {
		p := w.rejectReason(r)
		if got := w.words.plain("en", p); got != r {
			t.Errorf("%q in English is %q", r, got)
		}
		zh := w.words.plain("zh", p)
		for _, known := range []string{"weight_unit", "UTF-8", "JSON"} {
			zh = strings.ReplaceAll(zh, known, "")
		}
		if zh == "" || strings.ContainsAny(zh, "abcdefghijklmnopqrstuvwxyz") {
			t.Errorf("%q in Chinese is %q", r, zh)
		}
	}
	if got := w.words.plain("zh", w.rejectReason("is no time or is empty")); got != "不是时间，或为空" {
		t.Errorf("%q", got)
	}
	for _, r := range []string{"", "json parse error at 7", "is no time or json parse error"} {
		if got := w.words.plain("zh", w.rejectReason(r)); got != r {
			t.Errorf("%q is %q", r, got)
		}
	}
}
