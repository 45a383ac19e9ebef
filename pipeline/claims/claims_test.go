package claims_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/pipeline/claims"
)

func TestAmounts(t *testing.T) {
	for text, want := range map[string]string{"0": "0.00", "-12.5": "-12.50", "3.1250": "3.125", "0.0001": "0.0001", "99999999999999.9999": "99999999999999.9999", "1.20000": "1.20"} {
		a, err := claims.ParseAmount(text)
		if err != nil || a.String() != want {
			t.Errorf("%s: %s, want %s (%v)", text, a, want, err)
		}
		b, err := json.Marshal(a)
		var back claims.Amount
		if err != nil || string(b) != `"`+want+`"` || json.Unmarshal(b, &back) != nil || back != a {
			t.Errorf("%s: %s became %s", text, b, back)
		}
	}
	for _, text := range []string{"", "1e3", "1,5", "1.00001", "--1", "+1", ".5", "1.", "123456789012345", "NaN", " 1"} {
		if a, err := claims.ParseAmount(text); err == nil {
			t.Errorf("%q is %s", text, a)
		}
	}
}

// TestStates goes through what may follow what, and what it does to the amounts.
func TestStates(t *testing.T) {
	act := func(s string) claims.Decision {
		state, rest, _ := strings.Cut(s, " ")
		d := claims.Decision{ID: "a", State: state}
		if rest != "" {
			d.Amount = money(t, rest)
		}
		return d
	}
	for _, c := range []struct {
		steps string // parted by commas; the last one may be refused
		want  string // what the claim is, or why it was refused
	}{
		{"queued", "queued 50.00 - 0.00"},
		{"submitted", "submitted 50.00 - 0.00"},
		{"queued,submitted 30", "submitted 30.00 - 0.00"},
		{"submitted 50.01", "more than was billed too much, 50.00"},
		{"approved", "it is detected and cannot become approved"},
		{"queued,denied", "it is queued and cannot become denied"},
		{"submitted,approved", "approved 50.00 50.00 0.00"},
		{"submitted,approved 20", "approved 50.00 20.00 0.00"},
		{"submitted,approved 50.01", "50.01 of it were approved, 50.00 is claimed"},
		{"submitted,approved -1", "-1.00 of it were approved"},
		{"submitted,approved 20,credited", "credited 50.00 20.00 20.00"},
		{"submitted,approved 20,credited 5", "approved 50.00 20.00 5.00"},
		{"submitted,approved 20,credited 5,credited", "credited 50.00 20.00 20.00"},
		{"submitted,approved 20,credited 5,approved 4", "5.00 is credited already"},
		{"submitted,approved 20,credited 5,denied", "5.00 of it is credited already"},
		{"submitted,credited 20", "credited 50.00 - 20.00"},
		{"submitted,credited 20,credited 30", "credited 50.00 - 50.00"},
		{"submitted,credited 20,credited 30.0001", "a credit of 30.0001 beside 20.00 is not within the 50.00"},
		{"submitted,credited,credited", "a credit of 0.00 beside 50.00"},
		{"submitted,denied", "denied 50.00 - 0.00"},
		{"submitted,denied,submitted,approved 10", "approved 50.00 10.00 0.00"},
		{"submitted,denied,approved 10", "approved 50.00 10.00 0.00"},
		{"submitted,approved 10,denied", "denied 50.00 - 0.00"},
		{"withdrawn", "withdrawn 50.00 - 0.00"},
		{"withdrawn,queued", "queued 50.00 - 0.00"},
		{"submitted,credited,withdrawn", "it is credited and cannot become withdrawn"},
		{"paid", "cannot become paid"},
	} {
		d := newDesk(t, finding(t, "a", "50"))
		var err error
		for _, s := range strings.Split(c.steps, ",") {
			if err != nil {
				t.Errorf("%s: refused before its end: %v", c.steps, err)
			}
			err = d.try(act(s))
		}
		got := told(d.book().Find("a"))
		var state *claims.StateError
		if err != nil {
			got = err.Error()
			if !errors.As(err, &state) || state.ID != "a" {
				t.Errorf("%s: %T", c.steps, err)
			}
		}
		if err == nil && got != c.want || err != nil && !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.steps, got, c.want)
		}
	}
	d := newDesk(t, finding(t, "abcdef", "5"))
	if err := d.try(claims.Decision{ID: "abcde", State: claims.Queued}); err == nil || !strings.Contains(err.Error(), "try: abcdef") {
		t.Errorf("a wrong id: %v", err)
	}
}

func TestOnlyWhatIsOverBilledIsAClaim(t *testing.T) {
	d := newDesk(t, finding(t, "a", "0.01"), finding(t, "b", "0"), finding(t, "c", "-5"))
	if b := d.book(); len(b.Claims) != 1 || b.Claims[0].ID != "a" {
		t.Errorf("%d claims", len(b.Claims))
	}
	if _, err := claims.Stand(claims.Input{Findings: []claims.Finding{finding(t, "a", "1"), finding(t, "a", "1")}}); err == nil {
		t.Error("one id of two findings")
	}
}

// TestAClaimOutlivesItsFinding: what was submitted stays as it was submitted.
func TestAClaimOutlivesItsFinding(t *testing.T) {
	d := newDesk(t, finding(t, "a", "50"), finding(t, "b", "7"), finding(t, "c", "3"))
	d.must(claims.Decision{ID: "a", State: claims.Submitted, Batch: "p-1"}, claims.Decision{ID: "b", State: claims.Queued})
	d.in.Findings = []claims.Finding{finding(t, "a", "40")} // another load: less, and the rest is gone
	b := d.book()
	if got := told(b.Find("a")); got != "submitted 50.00 - 0.00" || b.Find("a").Delta != money(t, "40") || b.Find("a").Batch != "p-1" {
		t.Errorf("a is %s", got)
	}
	if c := b.Find("b"); told(c) != "queued 7.00 - 0.00" || !c.Gone || string(c.Evidence) != `{"clause":"3.2"}` || c.Number != "Nb" {
		t.Errorf("b is %+v", c)
	}
	if b.Find("c") != nil {
		t.Error("nobody decided about c, and it is there still")
	}
	if err := d.try(claims.Decision{ID: "b", State: claims.Submitted}); err == nil || !strings.Contains(err.Error(), "does not find it any more") {
		t.Errorf("submitted though it is gone: %v", err)
	}
	if p := b.Packs("", []string{claims.Queued}); len(p) != 0 {
		t.Errorf("exported though it is gone: %+v", p)
	}
	d.must(claims.Decision{ID: "b", State: claims.Withdrawn, Reason: "gone"}, claims.Decision{ID: "a", State: claims.Approved})
	if got := told(d.book().Find("a")); got != "approved 50.00 50.00 0.00" {
		t.Errorf("a is %s", got)
	}
}

func TestAsOf(t *testing.T) {
	d := newDesk(t, finding(t, "a", "50"))
	d.must(claims.Decision{ID: "a", State: claims.Submitted})
	d.in.AsOf = asOf.AddDate(0, 0, 3)
	d.must(claims.Decision{ID: "a", State: claims.Denied, Reason: "too late"})
	d.in.AsOf = asOf.AddDate(0, 0, 5)
	if err := d.undo(0); err != nil {
		t.Fatal(err)
	}
	for days, want := range map[int]string{-1: claims.Detected, 0: claims.Submitted, 2: claims.Submitted, 3: claims.Denied, 4: claims.Denied, 5: claims.Submitted} {
		d.in.AsOf = asOf.AddDate(0, 0, days)
		if got := d.book().Find("a").State; got != want {
			t.Errorf("after %d days it is %s, want %s", days, got, want)
		}
	}
}

func TestUndo(t *testing.T) {
	d := newDesk(t, finding(t, "a", "50"), finding(t, "b", "50"))
	if err := d.undo(0); !errors.Is(err, claims.ErrNothing) {
		t.Errorf("nothing to undo: %v", err)
	}
	b := d.book() // one command about two claims
	at := d.now()
	for _, id := range []string{"a", "b"} {
		x, err := b.Decide(claims.Decision{ID: id, State: claims.Submitted})
		if err != nil {
			t.Fatal(err)
		}
		e, err := x.Entry(at, "li", "both")
		d.keep(e, err)
	}
	d.must(claims.Decision{ID: "a", State: claims.Approved}) // entry 3
	for _, seq := range []int64{1} {
		if err := d.undo(seq); err == nil || !strings.Contains(err.Error(), "a decision follows from it: 3") {
			t.Errorf("undo %d: %v", seq, err)
		}
	}
	state := func(id string) string { return d.book().Find(id).State }
	for i, want := range []string{"submitted submitted", "detected detected"} {
		if err := d.undo(0); err != nil {
			t.Fatal(err)
		}
		if got := state("a") + " " + state("b"); got != want {
			t.Errorf("after undo %d: %s, want %s", i+1, got, want)
		}
	}
	if err := d.undo(0); !errors.Is(err, claims.ErrNothing) {
		t.Errorf("nothing is left to undo: %v", err)
	}
	if err := d.undo(3); !errors.Is(err, claims.ErrNothing) {
		t.Errorf("undone twice: %v", err)
	}
}

// TestDeadlines holds the day on which a claim expires against the midnight of
// the zone.
func TestDeadlines(t *testing.T) {
	p, err := claims.ParseProfile("data/providers/yun.yaml", []byte(`provider: yun
claims: {window_days: 14, rules: {A08: {window_days: 15, from: delivered}, S03: {from: ship_date}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	at := func(rule, claimBy string) claims.Finding {
		f := finding(t, "a", "5")
		f.Rule, f.ClaimBy, f.ShipDate, f.Shipment = rule, claimBy, "2026-10-20", "P1"
		return f
	}
	late := at("A08", "")
	late.Delivered = "2026-11-10"
	nobodys, total := at("S03", ""), at("A08", "")
	nobodys.Shipment, nobodys.ShipDate, total.Shipment = "", "", ""
	for _, c := range []struct {
		name     string
		f        claims.Finding
		deadline string
		now      string
		left     int // -99: none
		state    string
	}{
		{"from the bill", at("W01", ""), "2026-11-16", "2026-11-09T15:59:59Z", 7, "detected"},
		{"a new day in Shanghai", at("W01", ""), "2026-11-16", "2026-11-09T16:00:00Z", 6, "detected"},
		{"last second", at("W01", ""), "2026-11-16", "2026-11-16T15:59:59Z", 0, "detected"},
		{"over", at("W01", ""), "2026-11-16", "2026-11-16T16:00:00Z", -1, "expired"},
		{"from shipping", at("S03", ""), "2026-11-03", "2026-11-03T00:00:00Z", 0, "detected"},
		{"from delivery", late, "2026-11-25", "2026-11-16T08:00:00Z", 9, "detected"},
		{"not delivered", at("A08", ""), "", "2026-12-31T00:00:00Z", -99, "detected"},
		{"shipped by nobody", nobodys, "2026-11-16", "2026-11-17T00:00:00Z", -1, "expired"},
		{"delivered by nobody", total, "2026-11-17", "2026-11-17T00:00:00Z", 0, "detected"},
		{"the contract's own", at("W01", "2026-11-12"), "2026-11-12", "2026-11-13T00:00:00Z", -1, "expired"},
	} {
		d := newDesk(t, c.f)
		d.in.Profiles, d.in.Zone = claims.Profiles{"yun": p}, shanghai
		if d.in.AsOf, err = time.Parse(time.RFC3339, c.now); err != nil {
			t.Fatal(err)
		}
		got := d.book().Find("a")
		left := -99
		if got.DaysLeft != nil {
			left = *got.DaysLeft
		}
		if got.Deadline != c.deadline || left != c.left || got.State != c.state {
			t.Errorf("%s: %s, %d days left, %s", c.name, got.Deadline, left, got.State)
		}
		if c.state == claims.Expired { // sent late, it is what the provider says
			d.must(claims.Decision{ID: "a", State: claims.Submitted})
			if got := d.book().Find("a"); got.State != claims.Submitted || got.DaysLeft != nil {
				t.Errorf("%s: then %s", c.name, got.State)
			}
		}
	}
}

func TestMinimumAndCap(t *testing.T) {
	p, err := claims.ParseProfile("p", []byte("provider: yun\nclaims: {minimum: 5, rules: {A08: {cap: {amount: 100, currency: CNY}}}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	small, late, dollars := finding(t, "a", "4.99"), finding(t, "b", "250"), finding(t, "c", "250")
	late.Rule, dollars.Rule, dollars.Currency = "A08", "A08", "USD"
	d := newDesk(t, small, late, dollars)
	d.in.Profiles = claims.Profiles{"yun": p}
	b := d.book()
	if c := b.Find("a"); !c.TooSmall {
		t.Error("4.99 is worth it")
	}
	if c := b.Find("b"); c.TooSmall || c.Claimed != money(t, "100") {
		t.Errorf("b claims %s", c.Claimed)
	}
	if c := b.Find("c"); c.Claimed != money(t, "250") { // a cap of another currency says nothing of it
		t.Errorf("c claims %s", c.Claimed)
	}
	ids := func(p []claims.Pack) string {
		var out []string
		for _, x := range p {
			for _, l := range x.Lines {
				out = append(out, l.ID)
			}
		}
		return strings.Join(out, "")
	}
	if got := ids(b.Packs("", []string{claims.Detected, claims.Queued})); got != "bc" {
		t.Errorf("packed: %s", got)
	}
	d.must(claims.Decision{ID: "a", State: claims.Queued}) // somebody wants it
	if got := ids(d.book().Packs("yun", []string{claims.Detected, claims.Queued})); got != "abc" {
		t.Errorf("packed: %s", got)
	}
}

// TestAnyStepsKeepTheAmountsInOrder: whatever is tried, what was approved and
// credited stays within what was claimed, and a book made anew agrees with the
// one that took the decision.
func TestAnyStepsKeepTheAmountsInOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		d := newDesk(t, finding(t, "a", "50"), finding(t, "b", "0.0001"))
		for range rapid.IntRange(1, 14).Draw(r, "steps") {
			if rapid.IntRange(0, 5).Draw(r, "undo") == 0 {
				_ = d.undo(rapid.Int64Range(0, 5).Draw(r, "seq"))
			} else {
				_ = d.try(claims.Decision{ID: rapid.SampledFrom([]string{"a", "b"}).Draw(r, "id"), State: rapid.SampledFrom(claims.Marks).Draw(r, "state"), Amount: claims.Amount(rapid.Int64Range(-1, 600_000).Draw(r, "amount") / 10_000 * 10_000)})
			}
			for _, c := range d.book().Claims {
				due := c.Claimed
				if c.Approved != nil {
					due = *c.Approved
				}
				if c.Claimed <= 0 || c.Claimed > c.Delta || c.Credited < 0 || c.Credited > c.Claimed || due > c.Claimed || due < 0 || (c.State == claims.Detected) != (len(c.History) == 0) {
					r.Fatalf("%s: %s", c.ID, told(&c))
				}
				if c.Expected != nil && (*c.Expected < 0 || *c.Expected > c.Claimed) {
					r.Fatalf("%s: %s is expected of %s", c.ID, c.Expected, c.Claimed)
				}
			}
		}
	})
}

// TestExpectedRecovery: the figures are worked out by hand beside.
func TestExpectedRecovery(t *testing.T) {
	d := newDesk(t)
	add := func(id, provider, rule, claimed string, steps ...claims.Decision) {
		f := finding(t, id, claimed)
		f.Provider, f.Rule = provider, rule
		d.in.Findings = append(d.in.Findings, f)
		for _, s := range steps {
			s.ID = id
			d.must(s)
		}
	}
	sent := claims.Decision{State: claims.Submitted}
	add("open", "yun", "W01", "100")
	if c := d.book().Find("open"); c.Share != nil || c.Expected != nil {
		t.Errorf("nothing was decided ever, and %v is expected", c.Expected)
	}
	add("1", "yun", "W01", "100", sent, claims.Decision{State: claims.Approved, Amount: money(t, "80")})
	add("2", "yun", "W01", "300", sent, claims.Decision{State: claims.Denied})
	add("3", "fpx", "W01", "200", sent, claims.Decision{State: claims.Credited, Amount: money(t, "200")})
	add("4", "fpx", "A01", "200", sent, claims.Decision{State: claims.Approved, Amount: money(t, "40")}, claims.Decision{State: claims.Credited, Amount: money(t, "10")})
	add("sent", "fpx", "S03", "10", sent)
	// a typical claim: 800/4 = 200, k = 1000
	// all: (320 + 200·0.5)/(800 + 200) = 0.42
	// W01: (280 + 1000·0.42)/(600 + 1000) = 0.4375
	// yun W01: (80 + 1000·0.4375)/(400 + 1000) = 0.369642… → 3696
	// fpx A01: rule (40 + 420)/(200 + 1000) = 0.38333… → 3833; then (40 + 383.3)/1200 = 0.35275
	b := d.book()
	want := []claims.Rate{
		{Provider: "fpx", Rule: "A01", Currency: "CNY", Decided: 1, Claimed: money(t, "200"), Recovered: money(t, "40"), Share: 3528},
		{Provider: "fpx", Rule: "W01", Currency: "CNY", Decided: 1, Claimed: money(t, "200"), Recovered: money(t, "200"), Share: 5313},
		{Provider: "yun", Rule: "W01", Currency: "CNY", Decided: 2, Claimed: money(t, "400"), Recovered: money(t, "80"), Share: 3696},
	}
	if diff := cmp.Diff(want, b.Rates); diff != "" {
		t.Error(diff)
	}
	for id, want := range map[string]string{"open": "36.96", "1": "80.00", "2": "0.00", "3": "0.00", "4": "30.00", "sent": "4.20"} { // S03 was never decided: as all
		if c := b.Find(id); c.Expected == nil || c.Expected.String() != want {
			t.Errorf("%s: %v is expected, want %s", id, c.Expected, want)
		}
	}
	f := finding(t, "usd", "5")
	f.Currency = "USD"
	d.in.Findings = append(d.in.Findings, f)
	if c := d.book().Find("usd"); c.Expected != nil {
		t.Errorf("nothing was decided in USD, and %s is expected", c.Expected)
	}
}

func TestRank(t *testing.T) {
	dated := func(id, delta, by string) claims.Finding {
		f := finding(t, id, delta)
		f.ClaimBy = by
		return f
	}
	list := []claims.Finding{dated("far", "90", "2026-12-30"), dated("never", "95", ""), dated("soon", "5", "2026-11-23"), dated("sooner", "6", "2026-11-16"), dated("over", "99", "2026-11-15"), dated("sent", "100", "")}
	var want []string
	for range 3 { // in any order of findings
		slices.Reverse(list)
		d := newDesk(t, list...)
		d.must(claims.Decision{ID: "sent", State: claims.Submitted})
		var got []string
		for _, c := range d.book().Claims {
			got = append(got, c.ID)
		}
		want = []string{"sooner", "soon", "never", "far", "sent", "over"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		list = append(list[2:], list[:2]...)
	}
}

func ExampleAmount() {
	a, _ := claims.ParseAmount("-3.1")
	fmt.Println(a)
	// Output: -3.10
}
