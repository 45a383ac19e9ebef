// Package feed turns a mapping (one YAML file, and the template that it uses)
// into SQL: typed rows out, rejected records with reasons beside them. It also
// says which template fits an unknown file (Guess), writes a first mapping
// (Draft) and describes the language (Schema). It knows the mapping language
// and the contracts; it runs nothing and opens no file.
//
// What a mapping says about reading a file (encoding, sheet, header, end,
// password, members, fixed) is checked and held here, and done by who reads.
//
// The select of an output has, in this order: _rn (record number, where
// Plan.Numbered), the
// contract's columns without personal data (what the feed does not map is a
// typed NULL), _exported (the row's own export time, where the feed names a
// column for it), _absent (bit mask of what the export does not have), _flags
// (local times that do not exist or exist twice), _bad (position in Plan.Checks
// of the first failing column, NULL where the record is good) and _value (the
// failing cell). Every cell is read as text and cast by the contract with
// TRY_CAST, or mended by package cell where that fails; nothing is sniffed.
//
// Invariants: names of columns compare folded everywhere (decode.Fold); records
// are numbered, trimmed, filled, exploded and filtered in this order, so that a
// record number always counts the file's records; the same mapping and columns
// give the same SQL, byte for byte.
package feed
