// Package data holds the reference data that ships with waybill: table
// contracts, mapping templates, carrier maps, names of places, words for charges, policy packs,
// calendars and a rate card to start from. A workspace file of the same
// relative path replaces a built-in one, except below schema/.
package data

import "embed"

// FS holds the files with paths relative to this folder.
//
//go:embed schema carriers policies calendars places.yaml charges.yaml feeds/*.yaml rates
var FS embed.FS
