// Package decode says what a file is and prepares it for the engine.
//
// It owns the formats: which one a file has, the dialect of a CSV file and where
// its header stands, the records inside a JSON file, the cells of a file with
// fixed columns, and where a record lies in a file (for rejects). CSV, NDJSON and
// Parquet files, plain or gzip, are left to the engine as they are: Inspect reads
// their head only. JSON is streamed once into a temporary NDJSON file, one record
// a line, and fixed columns into a temporary CSV file, line for line. An Excel
// workbook is recognised and not opened.
//
// It must not know what columns mean (feed does), must not run SQL, and must not
// read a whole CSV or NDJSON file to judge it: that a file is UTF-8 throughout is
// said by source, which sees every byte anyway. Check, which reads a whole CSV
// file, is for those in which the engine stumbled.
//
// Invariants: what cannot be read rightly is refused with a reason and what to
// do (Refusal), never guessed; names are compared by Fold and kept as the file
// has them; records of JSON come out byte for byte as they stood, white space
// between tokens aside, so that no digit of a number is lost, and none with a key
// that stands twice in an object (in NDJSON, which is not streamed, the engine
// takes the first); memory is bounded, by Options.MaxRecord for JSON and by the
// longest line for the rest, however large the file is.
package decode
