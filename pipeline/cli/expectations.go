package cli

import "fmt"

// expectation is one thing that a case expects, of a pack, a card or a rule, and
// what came of it.
type expectation struct {
	Pack string `json:"pack,omitempty"`
	Card string `json:"card,omitempty"`
	Rule string `json:"rule,omitempty"`
	File string `json:"file"`
	Line int    `json:"line"`
	Case string `json:"case"`
	What string `json:"what"`
	Want string `json:"want"`
	Got  string `json:"got"`
	OK   bool   `json:"ok"`
}

// printExpectations prints a line each and their number; one that failed is
// exit 4.
func printExpectations(env *Env, c *common, list []expectation) error {
	failed := 0
	for _, e := range list {
		line := fmt.Sprintf("%s:%d: %s, %s: ok", e.File, e.Line, e.Case, e.What)
		if !e.OK {
			failed++
			line = fmt.Sprintf("%s:%d: %s, %s: failed: want %s, got %s", e.File, e.Line, e.Case, e.What, e.Want, e.Got)
		}
		if !c.json {
			fmt.Fprintln(env.Stdout, line)
		}
	}
	if c.json {
		if err := printJSON(env, list); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(env.Stdout, "%d expectations, %d failed\n", len(list), failed)
	}
	if failed > 0 {
		return exit(exitCheck, "%d of %d expectations failed", failed, len(list))
	}
	return nil
}
