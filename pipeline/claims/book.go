package claims

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/pipeline/ledger"
	"waybill/pipeline/yamldoc"
)

// Soon is how many days before its last day a claim goes before all others.
const Soon = 7

// Claim is a finding with what was decided about it.
type Claim struct {
	Finding
	State     string    `json:"state"`
	Since     time.Time `json:"since,omitzero"` // of the decision that made it so
	Claimed   Amount    `json:"claimed"`        // as submitted; before: what may be claimed
	Approved  *Amount   `json:"approved,omitempty"`
	Credited  Amount    `json:"credited"`
	DeniedFor string    `json:"denied_for,omitempty"`
	Batch     string    `json:"batch,omitempty"`
	Deadline  string    `json:"deadline,omitempty"`  // last day on which it may be submitted
	DaysLeft  *int      `json:"days_left,omitempty"` // 0 on the last day; only before it is submitted
	TooSmall  bool      `json:"too_small,omitempty"` // less than the provider's minimum
	Gone      bool      `json:"gone,omitempty"`      // the audit does not find it any more
	Share     *int64    `json:"expected_share_e4,omitempty"`
	Expected  *Amount   `json:"expected_recovery,omitempty"` // still to come, of what is claimed
	Period    string    `json:"period,omitempty"`            // month in which it is booked
	From      string    `json:"carried_from,omitempty"`      // month of its bill, closed before it was found
	History   []Step    `json:"history,omitempty"`

	decided string
	sources map[string]bool
}

// Input is what claims follow from.
type Input struct {
	Findings []Finding      // of the audit at the as-of
	Entries  []ledger.Entry // of Kinds, oldest first
	Profiles Profiles
	AsOf     time.Time
	Zone     *time.Location // whose midnight ends a deadline's day
}

// Book is what is claimed as it stood at an as-of.
type Book struct {
	AsOf      time.Time
	Claims    []Claim // ranked
	Rates     []Rate
	Approvals []Approval
	Closes    []Close
	Seq       int64 // the newest entry that it was made of

	in      Input
	places  map[string]int
	sums    map[cell]*sum
	dropped []int64 // entries that follow from none before them
}

// Stand gives the claims as they stood. Of the findings only what was billed too
// much can be claimed.
func Stand(in Input) (*Book, error) {
	if in.Zone == nil {
		in.Zone = time.UTC
	}
	b := &Book{AsOf: in.AsOf, in: in, places: map[string]int{}}
	for _, f := range in.Findings {
		if f.Delta > 0 {
			if _, twice := b.places[f.ID]; twice || f.ID == "" {
				return nil, errors.New("the audit gives finding " + f.ID + " twice or without an id")
			}
			b.add(f)
		}
	}
	back, err := undone(in.Entries, in.AsOf)
	if err != nil {
		return nil, err
	}
	for _, e := range in.Entries {
		b.Seq = max(b.Seq, e.Seq)
		if back[e.Seq] {
			continue
		}
		if err := b.take(e); err != nil {
			return nil, err
		}
	}
	for i := range b.Claims {
		b.settle(&b.Claims[i])
	}
	b.rank()
	return b, nil
}

func (b *Book) add(f Finding) *Claim {
	c := Claim{Finding: f, decided: Detected, sources: map[string]bool{}}
	c.Claimed, c.TooSmall = b.in.Profiles.claimable(f)
	b.places[f.ID] = len(b.Claims)
	b.Claims = append(b.Claims, c)
	return &b.Claims[len(b.Claims)-1]
}

// take applies an entry.
func (b *Book) take(e ledger.Entry) error {
	switch e.Kind {
	case KindApproval:
		var a Approval
		if err := read(e, &a); err != nil || a.AsOf.After(b.AsOf) {
			return err
		}
		a.Seq, a.At, a.By, a.Note = e.Seq, e.At, e.By, e.Text
		b.Approvals = append(b.Approvals, a)
	case KindClose:
		var k Close
		if err := read(e, &k); err != nil || k.AsOf.After(b.AsOf) {
			return err
		}
		k.Seq, k.At, k.By = e.Seq, e.At, e.By
		b.Closes = append(b.Closes, k)
	case KindClaim:
		var d Decision
		if err := read(e, &d); err != nil || d.AsOf.After(b.AsOf) {
			return err
		}
		c := b.Find(d.ID)
		if c == nil {
			if d.Finding == nil {
				return nil // a note about a finding that is gone
			}
			c = b.add(*d.Finding)
			c.Gone = true
		}
		step := Step{Seq: e.Seq, At: e.At, By: e.By, State: d.State, Batch: d.Batch, Reason: d.Reason, Note: e.Text, AsOf: d.AsOf}
		// what was submitted stays what it was, whatever the audit says of it now
		if c.Gone && d.Finding != nil {
			c.Finding = *d.Finding
		}
		if err := c.apply(&d); err != nil {
			b.dropped = append(b.dropped, e.Seq)
			return nil // what it followed is not there: Undo refuses to take that away
		}
		if d.State != "" {
			c.Since = e.At
		}
		if d.Amount != 0 {
			a := d.Amount
			step.Amount = &a
		}
		if d.Source != "" {
			c.sources[d.Source] = true
		}
		c.History = append(c.History, step)
	}
	return nil
}

// settle works out what follows from a claim's decisions and the as-of.
func (b *Book) settle(c *Claim) {
	c.State, c.DaysLeft, c.Expected, c.Share = c.decided, nil, nil, nil
	if c.Deadline = b.in.Profiles.ClaimBy(c.Finding); c.Deadline != "" && (c.decided == Detected || c.decided == Queued) {
		if last, err := time.Parse(time.DateOnly, c.Deadline); err == nil {
			y, m, d := b.AsOf.In(b.in.Zone).Date()
			left := int(last.Sub(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)) / (24 * time.Hour))
			c.DaysLeft = &left
			if left < 0 {
				c.State = Expired
			}
		}
	}
	c.Period, c.From = b.period(c.Provider, month(c.BillDate), c.ID)
}

// Find gives the claim of a finding; nil where there is none.
func (b *Book) Find(id string) *Claim {
	if i, ok := b.places[id]; ok {
		return &b.Claims[i]
	}
	return nil
}

// Near is the id of a claim that may be meant by a word, empty where none is.
func (b *Book) Near(id string) string {
	ids := make([]string, len(b.Claims))
	for i, c := range b.Claims {
		if ids[i] = c.ID; len(id) >= 4 && strings.HasPrefix(c.ID, id) {
			return c.ID
		}
	}
	return yamldoc.Nearest(id, ids)
}

// Decide makes a decision about a claim and gives it as the ledger is to keep it,
// or refuses it (*StateError). The book changes: a further decision sees it.
// Rates and ranks stay until the book is made anew.
func (b *Book) Decide(d Decision) (Decision, error) {
	c := b.Find(d.ID)
	if c == nil {
		if near := b.Near(d.ID); near != "" {
			return d, refused(d.ID, "there is none; try: %s", near)
		}
		return d, refused(d.ID, "there is none; try: waybill claims list")
	}
	if c.Gone && (d.State == Queued || d.State == Submitted) {
		return d, refused(d.ID, "the audit does not find it any more")
	}
	d.AsOf = b.AsOf
	if d.State == Submitted && d.Batch == "" && d.Amount > c.Delta {
		return d, refused(d.ID, "%s is more than was billed too much, %s", d.Amount, c.Delta)
	}
	if err := c.apply(&d); err != nil {
		return d, err
	}
	if d.Source != "" {
		c.sources[d.Source] = true
	}
	b.settle(c)
	return d, nil
}

// ErrNothing says that no decision stands that could be taken back.
var ErrNothing = errors.New("no decision about claims to take back")

// ErrFollowed says that another decision follows from one that was to be taken back.
var ErrFollowed = errors.New("a decision follows from it")

// Undo finds the decisions of the newest command that stand, or the one with
// that number. ErrFollowed: another decision follows from them. A closed period
// stays closed.
func (b *Book) Undo(seq int64) (Undone, []ledger.Entry, error) {
	u := Undone{AsOf: b.AsOf}
	back, err := undone(b.in.Entries, b.AsOf)
	if err != nil {
		return u, nil, err
	}
	stand := slices.DeleteFunc(slices.Clone(b.in.Entries), func(e ledger.Entry) bool {
		return e.Kind != KindClaim && e.Kind != KindApproval || back[e.Seq] || slices.Contains(b.dropped, e.Seq)
	})
	if seq == 0 && len(stand) > 0 {
		last := stand[len(stand)-1]
		stand = slices.DeleteFunc(stand, func(e ledger.Entry) bool { return !e.At.Equal(last.At) || e.By != last.By || e.Kind != last.Kind })
	} else {
		stand = slices.DeleteFunc(stand, func(e ledger.Entry) bool { return e.Seq != seq })
	}
	if len(stand) == 0 {
		return u, nil, ErrNothing
	}
	for _, e := range stand {
		u.Seqs = append(u.Seqs, e.Seq)
	}
	entry, err := u.Entry(b.AsOf, "")
	if err != nil {
		return u, nil, err
	}
	in := b.in
	in.Entries = append(slices.Clone(in.Entries), entry)
	after, err := Stand(in)
	if err != nil {
		return u, nil, err
	}
	for _, n := range after.dropped {
		if !slices.Contains(b.dropped, n) {
			return u, nil, fmt.Errorf("%w: %d; try: waybill claims undo %d", ErrFollowed, n, n)
		}
	}
	return u, stand, nil
}

// rank puts first what is worth doing next: claims that can be submitted, of them
// those of the last Soon days; then by currency, what is expected to come back,
// and the days that are left.
func (b *Book) rank() {
	b.learn()
	for i := range b.Claims {
		b.expect(&b.Claims[i])
	}
	group := func(c Claim) int {
		switch {
		case c.State != Detected && c.State != Queued:
			return 1 + slices.Index(States, c.State)
		case c.TooSmall || c.Gone:
			return 2
		case c.DaysLeft != nil && *c.DaysLeft <= Soon:
			return 0
		}
		return 1
	}
	worth := func(c Claim) Amount {
		if c.Expected != nil {
			return *c.Expected
		}
		return c.Claimed
	}
	left := func(c Claim) int {
		if c.DaysLeft == nil {
			return 1 << 30
		}
		return *c.DaysLeft
	}
	slices.SortStableFunc(b.Claims, func(x, y Claim) int {
		return cmp.Or(cmp.Compare(group(x), group(y)), cmp.Compare(x.Currency, y.Currency), cmp.Compare(worth(y), worth(x)), cmp.Compare(left(x), left(y)), cmp.Compare(x.ID, y.ID))
	})
	for i, c := range b.Claims {
		b.places[c.ID] = i
	}
}
