// Package claims turns what the audit finds into money that comes back: what is
// claimed of whom, until when, what was answered, and what to expect.
//
// It owns the states of a claim, its deadline (provider profiles,
// data/providers/*.yaml), the reading of a provider's answer, the match of
// credits to claims, expected recovery, and the freezing of a closed period. It
// is pure: findings and ledger entries go in, claims as they stood at an as-of
// come out. It reads no clock and no file, and runs no SQL.
//
// # States
//
// A claim goes by the finding's id. detected needs no entry: it is there as long
// as the audit finds it. All else is a decision, an entry of the ledger:
//
//	detected ─► queued ─► submitted ─► approved ─► credited
//	    └──────────┴──────────┼──────────► denied (─► submitted: an appeal)
//	                          └─► withdrawn (also before it was submitted)
//
// expired is no entry either: a claim that was never submitted is expired from
// the local midnight after its last day on. An amount may be part of what is
// claimed, when it is approved and when it is credited; credits of one claim add
// up, and never beyond what was claimed. A decision made under a later as-of, or
// taken back by then, has not happened.
//
// # Amounts
//
// Money is whole ten-thousandths of a unit (Amount) of the claim's currency.
// Amounts of different currencies are never added.
//
// # Expected recovery
//
// Of the claims of a provider under a rule that were decided (approved, denied
// or credited), in one currency:
//
//	share = (recovered + k·prior) / (claimed + k)
//
// where recovered is the greater of what was approved and what was credited, and
// k is the amount of five typical claims (the mean over all decided claims of the
// currency): a provider and rule with five decided claims are believed by half.
// The prior is the same over all providers for that rule; its prior the same over
// all rules; and that leans on one half with the weight of a single claim. Where
// nothing was ever decided in a currency there is no share, and claims rank by
// what they claim.
package claims
