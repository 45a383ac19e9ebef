// Package demo makes a workspace of made-up exports together with the truth
// about them: a seller with two shops, six channels over four providers, and
// everything that makes real exports hard (late events, repeats, aliases that
// come days later, recycled numbers, dirty records, unknown codes).
//
// It owns the simulated world, the files that this world would have exported
// and truth.json. It must not import what it is used to test: deadlines,
// joins and quantiles are worked out here a second time, naively.
//
// Invariants: the same Options give the same bytes; the history files do not
// depend on ExtraDays; truth is what the written files allow to know at the
// last export, so an event that happened but is reported later is unknown;
// memory holds what is still open, never the whole year. No clock, no global
// random source.
package demo
