// Package charge owns the words for what a bill charges (data/charges.yaml): the
// charge and class that a text on a bill means. Rate cards call their
// surcharges by the same words. It reads bytes, touches no disk.
//
// How a text gets its charge: the provider's own texts, the texts of all, the
// provider's own patterns, the patterns of all; patterns in the order of the
// file. What nothing knows is the charge other, which is counted and shown,
// never dropped.
//
// Invariants: the same file and text give the same charge; a text means one
// charge only, by provider; texts are compared without regard to case, width of
// letters, number of blanks, and a currency in brackets at the end.
package charge
