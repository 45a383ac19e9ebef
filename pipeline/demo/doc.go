// Package demo makes a workspace of made-up exports together with the truth
// about them: a seller with two shops, six channels over four providers, and
// everything that makes real exports hard (late events, repeats, aliases that
// come days later, recycled numbers, dirty records, unknown codes); and what the
// providers bill for it, with every kind of mistake and what only looks like one.
//
// It owns the simulated world, the files that this world would have exported,
// the rate cards and bills of its providers, truth.json and truth_money.json. It
// must not import what it is used to test: deadlines, joins, quantiles and
// prices are worked out here a second time, naively, money in whole cents.
//
// Invariants: the same Options give the same bytes; the history files do not
// depend on ExtraDays; bills draw from numbers of their own, so that orders and
// scans are the same with and without them; truth is what the written files
// allow to know at the last export, so an event that happened but is reported
// later is unknown; memory holds what is still open, never the whole year. No
// clock, no global random source.
package demo
