package claims_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"waybill/pipeline/claims"
	"waybill/pipeline/ledger"
)

var asOf = time.Date(2026, 11, 16, 8, 0, 0, 0, time.UTC)

// money reads an amount of a test.
func money(t testing.TB, s string) claims.Amount {
	t.Helper()
	a, err := claims.ParseAmount(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// finding is one of provider yun on bill b1 of 2026-11-02, over-billed by delta.
func finding(t testing.TB, id, delta string) claims.Finding {
	d := money(t, delta)
	return claims.Finding{ID: id, Rule: "W01", RuleVersion: "1", Confidence: "hard", Effect: "weight", Provider: "yun", Account: "A", BillNo: "b1", Version: 1, BillDate: "2026-11-02",
		Number: "N" + id, Charge: "freight", Currency: "CNY", Expected: money(t, "10"), Billed: money(t, "10") + d, Delta: d, Evidence: json.RawMessage(`{"clause":"3.2"}`)}
}

// desk is a ledger in memory with what it is about.
type desk struct {
	testing.TB
	in   claims.Input
	tick int
}

func newDesk(t testing.TB, findings ...claims.Finding) *desk {
	return &desk{TB: t, in: claims.Input{Findings: findings, AsOf: asOf, Profiles: claims.Profiles{}}}
}

func (d *desk) book() *claims.Book {
	d.Helper()
	b, err := claims.Stand(d.in)
	if err != nil {
		d.Fatal(err)
	}
	return b
}

func (d *desk) keep(e ledger.Entry, err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
	e.Seq = int64(len(d.in.Entries) + 1)
	d.in.Entries = append(d.in.Entries, e)
}

func (d *desk) now() time.Time {
	d.tick++
	return asOf.Add(time.Duration(d.tick) * time.Minute)
}

// try makes one decision, as a command of its own.
func (d *desk) try(x claims.Decision) error {
	d.Helper()
	x, err := d.book().Decide(x)
	if err != nil {
		return err
	}
	e, err := x.Entry(d.now(), "li", "")
	d.keep(e, err)
	return nil
}

func (d *desk) must(xs ...claims.Decision) {
	d.Helper()
	for _, x := range xs {
		if err := d.try(x); err != nil {
			d.Fatal(err)
		}
	}
}

func (d *desk) undo(seq int64) error {
	d.Helper()
	u, _, err := d.book().Undo(seq)
	if err != nil {
		return err
	}
	e, err := u.Entry(d.now(), "li")
	d.keep(e, err)
	return nil
}

// told is a claim in short: state claimed approved credited.
func told(c *claims.Claim) string {
	if c == nil {
		return "none"
	}
	approved := "-"
	if c.Approved != nil {
		approved = c.Approved.String()
	}
	return fmt.Sprintf("%s %s %s %s", c.State, c.Claimed, approved, c.Credited)
}
