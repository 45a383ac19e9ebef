// Package model runs queries/staging and queries/models in the order of their
// file names: current rows, identity, facts. It owns what "touched" means: a
// change of a record, link, scan or order touches the parcels and orders that
// it can change, those are recomputed whole from all their rows, everything
// else is copied. A full build computes all rows by the same SQL.
// A query with `output: completes TABLE` fills what the current rows of a table
// leave empty from other files (complete.go).
//
// The SQL says nothing of increments: while a model runs, each input that its
// header scopes ("orders by orders") stands for the touched rows only.
package model
