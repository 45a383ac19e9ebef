// Package decode says what a file is and prepares it for the engine.
//
// It owns the formats: which one a file has, the dialect of a CSV file, the
// records inside a JSON file, and where a record lies in a file (for rejects).
// CSV, NDJSON and Parquet files, plain or gzip, are left to the engine as they
// are: Inspect reads their head only. JSON is streamed once into a temporary
// NDJSON file, one record a line.
//
// It must not know what columns mean (feed does), must not run SQL, and must not
// read a whole CSV or NDJSON file to judge it: that a file is UTF-8 throughout is
// said by source, which sees every byte anyway.
//
// Invariants: what cannot be read rightly is refused with a reason and what to
// do (Refusal), never guessed; records come out byte for byte as they stood,
// white space between JSON tokens aside, so that no digit of a number is lost;
// memory is bounded by Options.MaxRecord however large the file is.
package decode
