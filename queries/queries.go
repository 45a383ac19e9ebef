// Package queries holds the SQL that ships with waybill: prelude (small named
// functions), staging (current rows and identity), models (facts), cells (what
// a metric counts), rating (what a parcel costs), billing (from charge lines to what
// differs), audit (rules and their cases). A workspace file of the same relative path replaces one.
package queries

import "embed"

// FS holds the files with paths relative to this folder.
//
//go:embed prelude staging models views cells rating billing audit
var FS embed.FS
