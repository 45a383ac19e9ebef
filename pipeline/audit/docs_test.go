package audit_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"waybill/pipeline/audit"
	"waybill/queries"
)

// TestDocsListTheRules: docs/audit.md has a row for every rule, in the order in
// which they claim, and says what its file says.
func TestDocsListTheRules(t *testing.T) {
	rules, err := audit.ReadRules(queries.FS)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("../../docs/audit.md")
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, takes := range []string{audit.TakesLines, audit.TakesEffects, audit.TakesBill, audit.TakesCompensation, audit.TakesNothing} {
		for _, r := range rules {
			if r.Takes == takes {
				fmt.Fprintf(&want, "| %s | %s | %s | %s | %s | %s |\n", r.ID, r.Title, r.TitleZH, r.Takes, r.Confidence, r.Purpose)
			}
		}
	}
	_, after, _ := strings.Cut(string(b), "| rule | finds | 规则 | takes | confidence | how |\n|---|---|---|---|---|---|\n")
	got, _, _ := strings.Cut(after, "\n\n")
	if got+"\n" != want.String() {
		t.Errorf("docs/audit.md should have these rows:\n%s", want.String())
	}
}
