package run_test

import (
	"flag"
	"os"
	"testing"
	_ "time/tzdata"

	"waybill/pipeline/cli"
)

var update = flag.Bool("update", false, "rewrite what the case folders expect")

// asProgram makes the test binary behave as the program, so that a test can
// start it as a second process and kill it.
const asProgram = "WAYBILL_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "1" {
		os.Exit(cli.Main(cli.FromProcess()))
	}
	if dir := os.Getenv(asCloser); dir != "" {
		os.Exit(closeAndDie(dir))
	}
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given && flag.Lookup("rapid.checks") != nil {
		if err := flag.Set("rapid.checks", "12"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
