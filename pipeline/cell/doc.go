// Package cell owns the reading of a single cell: the text that stands in an
// export becomes a typed value, or NULL where more than one value is possible.
// Compile writes that reading as SQL for the engine; Why says for one text
// that gave NULL what is wrong with it and what to do.
//
// It must not touch a file, a clock or an engine, and knows no table: it makes
// text from text.
//
// Invariants: nothing is guessed (a day is never taken for a month, a lost
// digit is never made up); an amount never passes through a float; a clean
// cell costs about what try_cast costs, because whatever mends a cell stands
// where only cells that failed the cast reach it; the SQL never raises an
// error because of what a cell holds.
package cell
