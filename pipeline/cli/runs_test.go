package cli

import (
	"fmt"
	"os"
	"testing"
)

// Every run that held the workspace is in the journal with how it ended.
func TestRunsAreInTheJournal(t *testing.T) {
	s := smallDemo(t)
	s.do("run", "weekly")
	s.do("ingest")
	if err := os.RemoveAll(s.path("inbox/links")); err != nil {
		t.Fatal(err)
	}
	s.write("inbox/orders_a/orders_a_20261117T080000Z.csv", "<html>log in</html>\n")
	s.fails(exitPartly, "not loaded", "ingest")
	var state struct {
		LakeVersion string `json:"lake_version"`
	}
	s.decode(&state, "status")
	got := fmt.Sprint(s.rows("select run, command, outcome, lake_version, ended_at >= started_at from runs order by run"))
	want := fmt.Sprintf("[[1 run weekly published %[1]s true] [2 ingest nothing_new %[1]s true] [3 ingest partly %[1]s true]]", state.LakeVersion)
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if n := s.rows("select files > 50 from runs where run = 1")[0][0]; n != "true" {
		t.Errorf("the first run loaded no files: %s", n)
	}
}
