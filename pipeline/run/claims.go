package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"waybill/pipeline/claims"
	"waybill/pipeline/ledger"
)

// ClaimSource is what claims follow from beside the ledger.
type ClaimSource struct {
	Findings func(context.Context, View) ([]claims.Finding, error) // ErrNoBills: there is none
	Bills    func(context.Context, View) ([]claims.Bill, error)    // current versions
	Credits  func(context.Context, View) ([]claims.Credit, error)  // lines of class credit on them
}

// ErrClaims says that what was asked for cannot be done with the claims.
var ErrClaims = errors.New("the claims stay as they are")

// providersDir holds the profiles in the folder data.
const providersDir = "providers"

// Profiles are what the workspace knows of its providers.
func (r *Runner) Profiles() (claims.Profiles, error) {
	names, err := r.Data.Glob(providersDir + "/*.yaml")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	out, err := claims.ParseProfiles(r.Data, names, "data")
	if err != nil {
		return nil, &ProfileError{err}
	}
	return out, nil
}

// ProfileError says that a provider's profile is not right.
type ProfileError struct{ Err error }

func (e *ProfileError) Error() string { return e.Err.Error() }

func (e *ProfileError) Unwrap() error { return e.Err }

// claimInput is what claims at a view follow from.
func (r *Runner) claimInput(ctx context.Context, v View) (in claims.Input, err error) {
	rd, err := r.Read(ctx, v)
	if err != nil {
		return in, err
	}
	in, err = r.claimsAt(rd)
	if err := errors.Join(err, rd.Close()); err != nil {
		return in, err
	}
	in.Findings, err = r.Claims.Findings(ctx, v)
	return in, err
}

// claimsAt is what claims at a reader follow from beside the findings.
func (r *Runner) claimsAt(rd *Reader) (in claims.Input, err error) {
	if in.Profiles, err = r.Profiles(); err != nil {
		return in, err
	}
	if in.Zone, err = time.LoadLocation(cmp.Or(r.WS.Config.Zone, "UTC")); err != nil {
		return in, err
	}
	in.AsOf, in.Entries = rd.AsOf.UTC(), rd.decided.claims
	if in.AsOf.IsZero() {
		in.AsOf = r.Env.Now().UTC()
	}
	return in, nil
}

// ClaimBook is what is claimed as it stood at a view.
func (r *Runner) ClaimBook(ctx context.Context, v View) (*claims.Book, error) {
	in, err := r.claimInput(ctx, v)
	if err != nil {
		return nil, err
	}
	return claims.Stand(in)
}

// decide lets make turn the newest book into entries, and appends them if nobody
// decided meanwhile; else it is made again. The book as it stands then is given.
func (r *Runner) decide(ctx context.Context, make func(*claims.Book) ([]ledger.Entry, error)) (after *claims.Book, kept []ledger.Entry, err error) {
	in, err := r.claimInput(ctx, View{})
	if err != nil {
		return nil, nil, err
	}
	l, err := ledger.Open(ctx, r.WS.StateDir())
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	for {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if in.Entries, err = l.Entries(ctx, ledger.Filter{Kinds: claims.Kinds}); err != nil {
			return nil, nil, err
		}
		book, err := claims.Stand(in)
		if err != nil {
			return nil, nil, err
		}
		entries, err := make(book)
		if err != nil {
			return nil, nil, err
		}
		r.Env.Fail("claims.decided")
		kept, err = l.AppendAfter(ctx, book.Seq, claims.Kinds, entries...)
		if errors.Is(err, ledger.ErrMoved) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		r.Env.Fail("claims.appended")
		in.Entries = append(in.Entries, kept...)
		after, err = claims.Stand(in)
		return after, kept, err
	}
}

// ClaimMark is a decision about claims: those with IDs; else those of a pack that
// was sent; else those in state From, of a provider and rule where they are given.
type ClaimMark struct {
	IDs                  []string
	Pack                 string
	From, Provider, Rule string

	State  string         // one of claims.Marks; empty: a note
	Amount *claims.Amount // nil: all of it
	Reason string
	Note   string
	By     string
}

// MarkClaims appends a decision about each claim, all or none, and gives them as
// they stand then.
func (r *Runner) MarkClaims(ctx context.Context, m ClaimMark) ([]claims.Claim, error) {
	var sent []claims.Sent
	if m.Pack != "" {
		rows, err := readRows(ctx, m.Pack, r.WS.TempDir())
		if err != nil {
			return nil, err
		}
		if sent, err = claims.ReadPack(rows); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Pack, err)
		}
	}
	for _, id := range m.IDs {
		sent = append(sent, claims.Sent{ID: id})
	}
	var ids []string
	book, _, err := r.decide(ctx, func(b *claims.Book) ([]ledger.Entry, error) {
		list := slices.Clone(sent)
		if m.Pack == "" && len(m.IDs) == 0 {
			for _, c := range b.Claims {
				if c.State == m.From && (m.Provider == "" || c.Provider == m.Provider) && (m.Rule == "" || c.Rule == m.Rule) && (!c.Gone || m.State == claims.Withdrawn) {
					list = append(list, claims.Sent{ID: c.ID})
				}
			}
			if len(list) == 0 {
				return nil, fmt.Errorf("%w: no such claim is %s", ErrClaims, m.From)
			}
		}
		ids = nil
		at := r.Env.Now()
		var out []ledger.Entry
		var errs []error
		for _, s := range list {
			d := claims.Decision{ID: s.ID, State: m.State, Batch: s.Batch, Reason: m.Reason}
			if m.State == claims.Submitted {
				d.Amount = s.Amount
			}
			if m.Amount != nil {
				d.Amount = *m.Amount
			}
			d, err := b.Decide(d)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			e, err := d.Entry(at, m.By, m.Note)
			if err != nil {
				return nil, err
			}
			ids, out = append(ids, s.ID), append(out, e)
		}
		return out, errors.Join(errs...)
	})
	if err != nil {
		return nil, err
	}
	return pick(book, ids), nil
}

// pick gives claims by their ids.
func pick(b *claims.Book, ids []string) []claims.Claim {
	out := make([]claims.Claim, 0, len(ids))
	for _, id := range ids {
		if c := b.Find(id); c != nil {
			out = append(out, *c)
		}
	}
	return out
}

// UndoneDecision is a decision that was taken back.
type UndoneDecision struct {
	Seq     int64     `json:"seq"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Subject string    `json:"subject"`
}

// UndoClaims takes back the decisions of the newest command about claims and
// bills, or the one with that number.
func (r *Runner) UndoClaims(ctx context.Context, seq int64, by string) ([]UndoneDecision, error) {
	var out []UndoneDecision
	_, _, err := r.decide(ctx, func(b *claims.Book) ([]ledger.Entry, error) {
		u, taken, err := b.Undo(seq)
		if err != nil {
			return nil, err
		}
		out = nil
		for _, e := range taken {
			out = append(out, UndoneDecision{e.Seq, e.At, e.By, e.Subject})
		}
		e, err := u.Entry(r.Env.Now(), by)
		return []ledger.Entry{e}, err
	})
	return out, err
}

// BillApproval is a bill that may be paid.
type BillApproval struct {
	Bill, Provider, Account string         // the last two where the number is of several
	Amount                  *claims.Amount // nil: its total
	Undisputed              bool           // its total less the open hard claims on it
	Note, By                string
}

// ApproveBill appends that a bill's current version may be paid, with the
// findings on it that stood then.
func (r *Runner) ApproveBill(ctx context.Context, q BillApproval) (out claims.Approval, err error) {
	bills, err := r.Claims.Bills(ctx, View{})
	if err != nil {
		return out, err
	}
	bills = slices.DeleteFunc(bills, func(x claims.Bill) bool {
		return q.Provider != "" && x.Provider != q.Provider || q.Account != "" && x.Account != q.Account
	})
	_, kept, err := r.decide(ctx, func(b *claims.Book) ([]ledger.Entry, error) {
		var amount func(claims.Bill) claims.Amount
		switch {
		case q.Amount != nil:
			amount = func(claims.Bill) claims.Amount { return *q.Amount }
		case q.Undisputed:
			amount = b.Undisputed
		}
		if out, err = b.Approve(bills, q.Bill, amount); err != nil {
			return nil, err
		}
		e, err := out.Entry(r.Env.Now(), q.By, q.Note)
		return []ledger.Entry{e}, err
	})
	if err == nil {
		out.Seq, out.At, out.By, out.Note = kept[0].Seq, kept[0].At, q.By, q.Note
	}
	return out, err
}

// ClosePeriod freezes a provider's month.
func (r *Runner) ClosePeriod(ctx context.Context, provider, month, by string) (out claims.Close, err error) {
	bills, err := r.Claims.Bills(ctx, View{})
	if err != nil {
		return out, err
	}
	_, kept, err := r.decide(ctx, func(b *claims.Book) ([]ledger.Entry, error) {
		if out, err = b.Close(bills, provider, month); err != nil {
			return nil, err
		}
		e, err := out.Entry(r.Env.Now(), by)
		return []ledger.Entry{e}, err
	})
	if err == nil {
		out.Seq, out.At, out.By = kept[0].Seq, kept[0].At, by
	}
	return out, err
}

// ClosedPeriods are those that the ledger holds, oldest first.
func (r *Runner) ClosedPeriods(ctx context.Context) (_ []claims.Close, err error) {
	l, err := ledger.OpenRead(ctx, r.WS.StateDir())
	if errors.Is(err, ledger.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	entries, err := l.Entries(ctx, ledger.Filter{Kinds: []string{claims.KindClose}})
	if err != nil {
		return nil, err
	}
	return claims.Closes(entries)
}

// CreditMatches are the credits on bills and the claims they belong to.
type CreditMatches struct {
	Matched []claims.Match `json:"matched"`
	Loose   []claims.Loose `json:"loose"`
	Applied bool           `json:"applied"`
}

// MatchCredits matches credits to claims, and appends what they decide if told to.
func (r *Runner) MatchCredits(ctx context.Context, apply bool, by string) (out CreditMatches, err error) {
	credits, err := r.Claims.Credits(ctx, View{})
	if err != nil {
		return out, err
	}
	out.Applied = apply
	match := func(b *claims.Book) ([]ledger.Entry, error) {
		out.Matched, out.Loose = b.MatchCredits(credits)
		at := r.Env.Now()
		var entries []ledger.Entry
		for _, m := range out.Matched {
			d, err := b.Decide(m.Decision())
			if err != nil {
				return nil, err
			}
			e, err := d.Entry(at, by, m.Note())
			if err != nil {
				return nil, err
			}
			entries = append(entries, e)
		}
		return entries, nil
	}
	if apply {
		_, _, err = r.decide(ctx, match)
		return out, err
	}
	book, err := r.ClaimBook(ctx, View{})
	if err != nil {
		return out, err
	}
	_, err = match(book)
	return out, err
}

// packsDir is the folder below out/ for dispute packs.
const packsDir = "claims"

// PackFiles is a pack and where it was written.
type PackFiles struct {
	claims.Pack
	XLSX string `json:"xlsx"`
	CSV  string `json:"csv"`
}

// chargeNames are the names of charge words in a language.
func (r *Runner) chargeNames(language string) map[string]string {
	out := map[string]string{}
	for _, w := range r.Reference.Charges.Words() {
		out[w.Charge] = w.EN
		if language == "zh" {
			out[w.Charge] = w.ZH
		}
	}
	return out
}

// chargeCalled is the charge that a pack calls by a name, in any language; a name
// that no pack uses stays.
func (r *Runner) chargeCalled(name string) string {
	for _, w := range r.Reference.Charges.Words() {
		if strings.EqualFold(name, w.ZH) || strings.EqualFold(name, w.EN) {
			return w.Charge
		}
	}
	return name
}
