// Package audit finds what was billed and is not owed.
//
// It owns the way from charge lines to findings: whose parcel a line means, what
// the contract asks for it (rate), why the bill asks for something else, and
// which rule says so. All of it is SQL: the steps in queries/billing, one file
// per rule in queries/audit. It must not know pages, claims or files.
//
// The difference between billed and quoted is taken apart by putting one thing
// after the other from the bill into the quote: the weight, the zone, the
// freight, the other charges. Each substitution is priced by the rater whole, so
// that a percentage which follows from a wrong weight is part of that mistake.
// Whole lines (duplicates, parcels that were never shipped, numbers of nobody)
// are taken out before. Billed minus quoted is the sum of the parts on every
// bill and charge, exactly; Run fails where it is not.
//
// A rule claims open parts, in the order of the rules: what one has taken no
// other sees. So the findings of a line never add up to more than its
// difference, and a rule that fits more closely comes before one that takes the
// rest.
package audit
