package claims

import (
	"cmp"
	"math/big"
	"slices"
)

// weight is how many typical claims a prior counts for, and start how many the
// one half behind all of them.
const (
	weight = 5
	start  = 1
	half   = unit / 2
)

// Rate is what came back of the claims of a provider under a rule, in one currency.
type Rate struct {
	Provider  string `json:"provider"`
	Rule      string `json:"rule"`
	Currency  string `json:"currency"`
	Decided   int    `json:"decided"` // claims
	Claimed   Amount `json:"claimed"` // by them
	Recovered Amount `json:"recovered"`
	Share     int64  `json:"share_e4"` // expected of the next one, 10000 is all of it
}

// sum is what was claimed and came back.
type sum struct {
	n                  int
	claimed, recovered Amount
}

// share leans on a prior of that weight.
func (s sum) share(prior int64, k Amount) int64 {
	x := new(big.Int).Mul(big.NewInt(int64(s.recovered)), big.NewInt(unit))
	x.Add(x, new(big.Int).Mul(big.NewInt(int64(k)), big.NewInt(prior)))
	return divide(x, int64(s.claimed+k))
}

type cell struct{ provider, rule, currency string }

// learn sums the decided claims, and gives their rates.
func (b *Book) learn() {
	sums := map[cell]*sum{}
	for _, c := range b.Claims {
		if c.decided != Approved && c.decided != Denied && c.decided != Credited || c.Claimed <= 0 {
			continue
		}
		got := c.Credited
		if c.Approved != nil {
			got = max(got, *c.Approved)
		}
		for _, k := range []cell{{c.Provider, c.Rule, c.Currency}, {"", c.Rule, c.Currency}, {"", "", c.Currency}} {
			if sums[k] == nil {
				sums[k] = &sum{}
			}
			sums[k].n++
			sums[k].claimed += c.Claimed
			sums[k].recovered += got
		}
	}
	b.sums = sums
	b.Rates = nil
	for k, s := range sums {
		if k.provider == "" {
			continue
		}
		share, _ := b.share(k.provider, k.rule, k.currency)
		b.Rates = append(b.Rates, Rate{k.provider, k.rule, k.currency, s.n, s.claimed, s.recovered, share})
	}
	slices.SortFunc(b.Rates, func(x, y Rate) int {
		return cmp.Or(cmp.Compare(x.Provider, y.Provider), cmp.Compare(x.Rule, y.Rule), cmp.Compare(x.Currency, y.Currency))
	})
}

// share is the expected recovery of a claim in ten-thousandths, false where
// nothing was ever decided in its currency.
func (b *Book) share(provider, rule, currency string) (int64, bool) {
	all := b.sums[cell{"", "", currency}]
	if all == nil {
		return 0, false
	}
	typical := all.claimed.part(1, int64(all.n))
	out := all.share(half, start*typical)
	for _, k := range []cell{{"", rule, currency}, {provider, rule, currency}} {
		if s := b.sums[k]; s != nil {
			out = s.share(out, weight*typical)
		}
	}
	return out, true
}

// expect says what is still to come of a claim.
func (b *Book) expect(c *Claim) {
	var left Amount
	switch c.State {
	case Detected, Queued, Submitted:
		share, known := b.share(c.Provider, c.Rule, c.Currency)
		if !known {
			return
		}
		c.Share = &share
		left = c.Claimed.part(share, unit)
	case Approved:
		left = *c.Approved - c.Credited
	}
	c.Expected = &left
}
