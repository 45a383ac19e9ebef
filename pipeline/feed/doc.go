// Package feed turns a mapping (one YAML file) into SQL: typed rows out,
// rejected records with reasons beside them. It knows the mapping language and
// the contracts; it runs nothing and opens no file.
//
// The select of an output has, in this order: _rn (record number, where
// Plan.Numbered), the
// contract's columns without personal data (what the feed does not map is a
// typed NULL), _exported (the row's own export time, where the feed names a
// column for it), _absent (bit mask of what the export does not have), _flags
// (local times that do not exist or exist twice), _bad (position in Plan.Checks
// of the first failing column, NULL where the record is good) and _value (the
// failing cell). Every cell is read as text and cast by the contract with
// TRY_CAST; nothing is sniffed.
package feed
