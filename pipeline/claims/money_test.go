package claims_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/pipeline/claims"
	"waybill/pipeline/ledger"
)

// TestCredits goes through what credits and claims can be to each other.
func TestCredits(t *testing.T) {
	type line struct{ id, number, amount string }
	for _, c := range []struct {
		name    string
		claims  string // id number amount, approved where a 4th word says so
		credits []line
		want    string // line>claim how, or line? for a loose one
	}{
		{"to the cent", "a N1 50,b N1 30", []line{{"1", "N1", "30"}}, "1>b number and amount"},
		{"what was approved", "a N1 50 20,b N1 50", []line{{"1", "N1", "20"}}, "1>a number and amount"},
		{"part of the only one", "a N1 50", []line{{"1", "N1", "30"}}, "1>a number"},
		{"parts that fit together", "a N1 50", []line{{"1", "N1", "30"}, {"2", "N1", "20"}}, "1>a number,2>a number"},
		{"parts that do not fit", "a N1 50", []line{{"1", "N1", "30"}, {"2", "N1", "30"}}, "1?,2?"},
		{"two claims, one amount", "a N1 50,b N1 50", []line{{"1", "N1", "50"}}, "1?"},
		{"one claim, two credits of its amount", "a N1 50", []line{{"1", "N1", "50"}, {"2", "N1", "50"}}, "1?,2?"},
		{"the exact one goes first", "a N1 50,b N1 30", []line{{"1", "N1", "30"}, {"2", "N1", "10"}}, "1>b number and amount,2>a number"},
		{"two may hold it", "a N1 50,b N1 40", []line{{"1", "N1", "30"}}, "1?"},
		{"more than is claimed", "a N1 50", []line{{"1", "N1", "51"}}, "1?"},
		{"another parcel", "a N1 50", []line{{"1", "N2", "50"}}, "1?"},
		{"no parcel", "a  50", []line{{"1", "", "50"}}, "1?"},
		{"no credit", "a N1 50", []line{{"1", "N1", "0"}}, ""},
	} {
		d := newDesk(t)
		for _, x := range strings.Split(c.claims, ",") {
			w := strings.Split(x, " ")
			f := finding(t, w[0], w[2])
			f.Number = w[1]
			d.in.Findings = append(d.in.Findings, f)
			d.must(claims.Decision{ID: w[0], State: claims.Submitted})
			if len(w) > 3 {
				d.must(claims.Decision{ID: w[0], State: claims.Approved, Amount: money(t, w[3])})
			}
		}
		var credits []claims.Credit
		for _, k := range c.credits {
			credits = append(credits, claims.Credit{Line: k.id, Provider: "yun", BillNo: "b2", BillDate: "2026-11-09", Number: k.number, Currency: "CNY", Amount: money(t, k.amount)})
		}
		for range 3 {
			rand.Shuffle(len(credits), func(i, j int) { credits[i], credits[j] = credits[j], credits[i] })
			matched, loose := d.book().MatchCredits(credits)
			var got []string
			for _, m := range matched {
				got = append(got, m.Line+">"+m.ID+" "+m.How)
			}
			for _, l := range loose {
				got = append(got, l.Line+"?")
				if l.Why == "" {
					t.Errorf("%s: line %s is loose without a reason", c.name, l.Line)
				}
			}
			slices.Sort(got)
			if strings.Join(got, ",") != c.want {
				t.Errorf("%s: %v, want %s", c.name, got, c.want)
			}
		}
	}
}

// TestCreditsUnderAnotherNumber: a credit names a parcel by any of its numbers; where
// the parcel is known of both, a number that was given again means nothing.
func TestCreditsUnderAnotherNumber(t *testing.T) {
	for _, c := range []struct{ name, claim, number, shipment, amount, want string }{
		{"the last-mile number", "p1", "L1", "p1", "50", "parcel and amount"},
		{"a part of it", "p1", "L1", "p1", "20", "parcel"},
		{"no number of its own", "p1", "", "p1", "50", "parcel and amount"},
		{"the same number", "p1", "N1", "p1", "50", "number and amount"},
		{"the number of a later parcel", "p1", "N1", "p2", "50", ""},
		{"a parcel that the claim does not know", "", "N1", "p1", "50", "number and amount"},
		{"a parcel that the credit does not know", "p1", "N1", "", "50", "number and amount"},
		{"another parcel", "p1", "L1", "p2", "50", ""},
		{"neither", "", "", "", "50", ""},
	} {
		f := finding(t, "a", "50")
		f.Number, f.Shipment = "N1", c.claim
		d := newDesk(t, f)
		d.must(claims.Decision{ID: "a", State: claims.Submitted})
		matched, loose := d.book().MatchCredits([]claims.Credit{{Line: "1", Provider: "yun", BillNo: "b2", BillDate: "2026-11-09", Number: c.number, Shipment: c.shipment, Currency: "CNY", Amount: money(t, c.amount)}})
		how := ""
		if len(matched) == 1 {
			how = matched[0].How
		}
		if how != c.want || len(matched)+len(loose) != 1 {
			t.Errorf("%s: matched by %q, want %q", c.name, how, c.want)
		}
	}
}

func TestCreditsOfOthers(t *testing.T) {
	d := newDesk(t, finding(t, "a", "50"))
	good := claims.Credit{Line: "1", Provider: "yun", Account: "A", BillNo: "b2", BillDate: "2026-11-09", Number: "Na", Currency: "CNY", Amount: money(t, "50")}
	count := func(k claims.Credit) int {
		m, loose := d.book().MatchCredits([]claims.Credit{k})
		if len(m)+len(loose) > 1 {
			t.Errorf("%+v is there twice", k)
		}
		return len(m)
	}
	if count(good) != 0 {
		t.Error("a claim that was not submitted was credited")
	}
	d.must(claims.Decision{ID: "a", State: claims.Submitted})
	for what, change := range map[string]func(*claims.Credit){
		"provider": func(k *claims.Credit) { k.Provider = "fpx" }, "account": func(k *claims.Credit) { k.Account = "B" }, "currency": func(k *claims.Credit) { k.Currency = "USD" },
		"same bill": func(k *claims.Credit) { k.BillNo = "b1" }, "earlier bill": func(k *claims.Credit) { k.BillDate = "2026-11-01" },
	} {
		bad := good
		change(&bad)
		if count(bad) != 0 {
			t.Errorf("%s: it was matched", what)
		}
	}
	m, _ := d.book().MatchCredits([]claims.Credit{good})
	if len(m) != 1 {
		t.Fatal("the good one is loose")
	}
	d.must(m[0].Decision())
	if got := told(d.book().Find("a")); got != "credited 50.00 - 50.00" {
		t.Errorf("a is %s", got)
	}
	if m, loose := d.book().MatchCredits([]claims.Credit{good}); len(m)+len(loose) != 0 {
		t.Errorf("the credit is there again: %v %v", m, loose)
	}
	if err := d.undo(0); err != nil || count(good) != 1 {
		t.Errorf("after the undo it is not matched: %v", err)
	}
}

// rowsOf reads lines of cells parted by |.
func rowsOf(lines ...string) []claims.Row {
	var out []claims.Row
	for i, l := range lines {
		out = append(out, claims.Row{Line: int64(i + 1), Cells: strings.Split(l, "|")})
	}
	return out
}

func TestAnswers(t *testing.T) {
	d := newDesk(t)
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		f := finding(t, id, "50")
		if id == "g" || id == "h" {
			f.Number = "NG"
		}
		d.in.Findings = append(d.in.Findings, f)
		if id != "f" {
			d.must(claims.Decision{ID: id, State: claims.Submitted})
		}
	}
	rows := rowsOf("Claim id|运单号|Charge|Decision|Approved amount|备注",
		"WB-a|Na||同意||",
		"WB-b|||部分同意|￥1,2.50|",    // 3: no amount
		"b||||20|",                // 4: no decision
		"'c||| Approved |（12.5）|", // 5: negative
		"c|||partially approved|CNY 12.50|less",
		"wb-D|||拒绝||已超期",
		"|Ne|Freight|已赔付|１２.５|",
		"f|||yes||",        // 9: not submitted
		"|NG|freight|no||", // 10: two claims
		"zzzzzzzz|||no||",  // 11
		"a|||no||",         // 12: answered above
		"e|Nx||no||",       // 13: another parcel
		"g|||maybe||",      // 14
		"h|||denied|3|",    // 15
		"WB-g|||||",        // silent
		"|||||",
		"a|||yes|$50|",    // 18: the claim is in yuan
		"a|||yes|50 USD|") // 19
	answers, silent, bad, err := claims.ReadAnswers(rows)
	if err != nil || silent != 1 {
		t.Fatalf("%d silent: %v", silent, err)
	}
	var problems []string
	list := func(p []claims.Problem) {
		for _, x := range p {
			problems = append(problems, fmt.Sprintf("%d %s", x.Line, x.Text))
		}
	}
	list(bad)
	b := d.book()
	out, same, more := b.Answer(answers, "h1")
	list(more)
	want := []string{`3 "￥1,2.50" is no amount; try: 12.34`, "4 an amount without a decision; try: approved or 同意", "5 Approved is said of -12.50; try: an amount above 0",
		`14 decision "maybe"; try: approved, denied, credited, 同意, 拒绝 or 已赔付`, "15 denied is said of 3.00; try: one of them",
		"9 claim f was not submitted yet, as far as the ledger knows; try: waybill claims mark f submitted", `10 parcel "NG", charge "freight" has several claims: g, h; try: a column claim id`,
		`11 no claim "zzzzzzzz"; try: waybill claims list`, "12 line 2 answers claim a already", "13 claim e is of parcel Ne, not of Nx", "18 claim a is in CNY, the answer says $; try: what it is in CNY", "19 claim a is in CNY, the answer says USD; try: what it is in CNY"}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Error(diff)
	}
	if len(out) != 4 || same != 0 {
		t.Errorf("%d decisions, %d known", len(out), same)
	}
	at := d.now()
	for _, x := range out {
		e, err := x.Entry(at, "li", "")
		d.keep(e, err)
	}
	b = d.book()
	for id, want := range map[string]string{"a": "approved 50.00 50.00 0.00", "c": "approved 50.00 12.50 0.00", "d": "denied 50.00 - 0.00", "e": "credited 50.00 - 12.50", "g": "submitted 50.00 - 0.00"} {
		if got := told(b.Find(id)); got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
	if b.Find("d").DeniedFor != "已超期" {
		t.Errorf("denied for %q", b.Find("d").DeniedFor)
	}
	for _, hash := range []string{"h1", "h2"} { // the same file, and one saved anew
		if out, same, _ := d.book().Answer(answers, hash); len(out) != 0 || same != 4 {
			t.Errorf("%s again: %d decisions, %d known", hash, len(out), same)
		}
	}
	d.must(claims.Decision{ID: "a", State: claims.Credited})
	if out, same, _ := d.book().Answer(answers, "h2"); len(out) != 0 || same != 4 {
		t.Errorf("after a credit: %d decisions, %d known", len(out), same)
	}
	for _, head := range []string{"a|b", "claim id|amount", "decision|reason"} {
		if _, _, _, err := claims.ReadAnswers(rowsOf(head)); !errors.Is(err, claims.ErrSheet) {
			t.Errorf("%s: %v", head, err)
		}
	}
}

func FuzzReadAnswers(f *testing.F) {
	f.Add("Claim id|Decision|Approved amount", "WB-a|同意|￥1,234.50")
	f.Add("运单号|处理结果|同意金额", "'1234|部分同意|(12)")
	f.Fuzz(func(t *testing.T, head, row string) {
		answers, _, _, err := claims.ReadAnswers(rowsOf(head, row))
		if err != nil {
			return
		}
		for _, a := range answers {
			if a.ID == "" && a.Number == "" || a.State == "" || a.Amount != nil && (*a.Amount < 0 || *a.Amount == 0 && a.State != claims.Denied) {
				t.Errorf("%q, %q: %+v", head, row, a)
			}
		}
	})
}

func bill(t testing.TB, no string, version int64, day, total string) claims.Bill {
	return claims.Bill{Provider: "yun", Account: "A", BillNo: no, Version: version, BillDate: day, Currency: "CNY", Total: money(t, total)}
}

func dated(t testing.TB, id, no, day, delta string) claims.Finding {
	f := finding(t, id, delta)
	f.BillNo, f.BillDate = no, day
	return f
}

// TestCloseFreezes: what was closed stays as it was written, what comes later
// lands in the next open month and says where it belongs.
func TestCloseFreezes(t *testing.T) {
	d := newDesk(t, dated(t, "a", "b1", "2026-09-10", "50"), dated(t, "b", "b2", "2026-10-05", "7"))
	bills := []claims.Bill{bill(t, "b1", 1, "2026-09-10", "1000"), bill(t, "b2", 1, "2026-10-05", "300.5")}
	d.must(claims.Decision{ID: "a", State: claims.Submitted}, claims.Decision{ID: "a", State: claims.Approved, Amount: money(t, "20")})
	shut := func(month string) claims.Close {
		t.Helper()
		k, err := d.book().Close(bills, "yun", month)
		if err != nil {
			t.Fatal(err)
		}
		e, err := k.Entry(d.now(), "li")
		d.keep(e, err)
		return k
	}
	first := shut("2026-09")
	if diff := cmp.Diff([]claims.Total{{Currency: "CNY", Bills: 1, Billed: money(t, "1000"), Claims: 1, Delta: money(t, "50"), Claimed: money(t, "50"), Approved: money(t, "20")}}, first.Totals); diff != "" {
		t.Error(diff)
	}
	shut("2026-10")
	// later: another finding on the closed bill, a new version of it, a credit
	d.in.Findings = append(d.in.Findings, dated(t, "late", "b1", "2026-09-10", "3"))
	bills[0] = bill(t, "b1", 2, "2026-09-10", "990")
	d.must(claims.Decision{ID: "a", State: claims.Credited})
	b := d.book()
	for id, want := range map[string]string{"a": "2026-09 ", "b": "2026-10 ", "late": "2026-11 2026-09"} {
		if c := b.Find(id); c.Period+" "+c.From != want {
			t.Errorf("%s is booked in %s, from %q", id, c.Period, c.From)
		}
	}
	if booked, from := b.Booked(bills[0]); booked != "2026-11" || from != "2026-09" {
		t.Errorf("the new version is booked in %s, from %s", booked, from)
	}
	got := b.Closes[0]
	if !got.Intact() || got.Hash != first.Hash || got.By != "li" {
		t.Errorf("the closed month reads otherwise: %+v", got)
	}
	if diff := cmp.Diff(first.Claims, got.Claims); diff != "" {
		t.Error(diff)
	}
	got.Claims = slices.Clone(got.Claims)
	got.Claims[0].Credited++
	if got.Intact() {
		t.Error("a changed figure goes unnoticed")
	}
	for month, says := range map[string]string{"2026-09": "is closed, by li at 2026-11-16", "2026-11": "is not over", "2026-13": "is no month", "x": "is no month"} {
		if _, err := b.Close(bills, "yun", month); !errors.Is(err, claims.ErrPeriod) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", month, err)
		}
	}
	if _, err := b.Close(bills, "fpx", "2026-09"); !errors.Is(err, claims.ErrPeriod) || !strings.Contains(err.Error(), `no bill is of a provider "fpx"`) {
		t.Errorf("fpx: %v", err)
	}
	d.in.AsOf = asOf.AddDate(0, 1, 0)
	k, err := d.book().Close(bills, "yun", "2026-11")
	if err != nil || len(k.Bills) != 1 || k.Bills[0].From != "2026-09" || len(k.Claims) != 1 || k.Claims[0].ID != "late" || k.Claims[0].From != "2026-09" {
		t.Errorf("November holds %+v: %v", k, err)
	}
	if err := d.undo(6); !errors.Is(err, claims.ErrNothing) { // the close of October is entry 4, the credit 5
		t.Errorf("undo 6: %v", err)
	}
	if err := d.undo(4); !errors.Is(err, claims.ErrNothing) {
		t.Errorf("a close was taken back: %v", err)
	}
}

func TestApprove(t *testing.T) {
	d := newDesk(t, dated(t, "a", "b1", "2026-11-02", "50"), dated(t, "b", "b2", "2026-11-02", "7"))
	bills := []claims.Bill{bill(t, "b1", 2, "2026-11-02", "1000"), bill(t, "b2", 1, "2026-11-02", "10"), bill(t, "c", 1, "2026-11-02", "-5"), bill(t, "twice", 1, "", "1"), bill(t, "twice", 1, "", "1")}
	bills[4].Account = "B"
	try := func(no, amount string) error {
		b := d.book()
		n := b.Undisputed
		if amount != "undisputed" {
			n = nil
		}
		if amount != "" && n == nil {
			n = func(claims.Bill) claims.Amount { return money(t, amount) }
		}
		a, err := b.Approve(bills, no, n)
		if err != nil {
			return err
		}
		e, err := a.Entry(d.now(), "li", "paid less")
		d.keep(e, err)
		return nil
	}
	for _, c := range []struct{ no, amount, says string }{
		{"b1", "1000.01", "not within its total, 1000.00"}, {"b1", "-1", "not within"}, {"x", "", "no bill has the number x"}, {"twice", "", "is that of 2 bills"},
		{"b1", "950", ""}, {"b1", "950", "approved already, decision 1"}, {"b1", "", ""}, {"c", "", ""},
	} {
		if err := try(c.no, c.amount); (err == nil) != (c.says == "") || err != nil && (!errors.Is(err, claims.ErrBill) || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s %s: %v", c.no, c.amount, err)
		}
	}
	got := d.book().Approvals
	if len(got) != 3 || got[0].Approved != money(t, "950") || got[0].Version != 2 || len(got[0].Found) != 1 || got[0].Found[0].ID != "a" || got[0].Note != "paid less" || got[1].Approved != money(t, "1000") || got[2].Approved != money(t, "-5") {
		t.Errorf("%+v", got)
	}
	if err := d.undo(0); err != nil || len(d.book().Approvals) != 2 {
		t.Errorf("%d approvals after an undo: %v", len(d.book().Approvals), err)
	}
}

// TestUndisputed: what is open and follows from the contract is held back.
func TestUndisputed(t *testing.T) {
	hard := func(id, delta string, more ...func(*claims.Finding)) claims.Finding {
		f := dated(t, id, "b1", "2026-11-02", delta)
		f.Confidence = "hard"
		for _, m := range more {
			m(&f)
		}
		return f
	}
	d := newDesk(t, hard("a", "50"), hard("soft", "7", func(f *claims.Finding) { f.Confidence = "soft" }), hard("late", "4", func(f *claims.Finding) { f.Beside = true }), hard("beyond", "7.22", func(f *claims.Finding) { f.Effect = "total" }), hard("denied", "3"),
		hard("dollars", "2", func(f *claims.Finding) { f.Currency = "USD" }), hard("over", "1", func(f *claims.Finding) { f.ClaimBy = "2020-01-01" }), dated(t, "other", "b2", "2026-11-02", "9"))
	d.must(claims.Decision{ID: "denied", State: claims.Submitted}, claims.Decision{ID: "denied", State: claims.Denied})
	b := d.book()
	if a := b.Undisputed(bill(t, "b1", 1, "2026-11-02", "1000")); a != money(t, "950") {
		t.Error(a)
	}
}

func TestEntriesOfOtherKindsAreLeftAlone(t *testing.T) {
	d := newDesk(t, finding(t, "a", "50"))
	d.keep(ledger.Entry{At: asOf, Kind: ledger.KindDone, Context: []byte(`{}`)}, nil)
	if b := d.book(); b.Find("a").State != claims.Detected {
		t.Error(b.Find("a").State)
	}
	d.keep(ledger.Entry{At: asOf, Kind: claims.KindClaim, Context: []byte(`[]`)}, nil)
	if _, err := claims.Stand(d.in); err == nil || !strings.Contains(err.Error(), "entry 2") {
		t.Errorf("a broken entry: %v", err)
	}
}
