// Package sheet turns one sheet of an Excel workbook (.xlsx) into a CSV file.
//
// It owns the workbook's form: which sheet and which row hold the header, where
// the table ends, and what text stands in a cell. Convert streams: a row at a
// time goes from the zip into a temporary UTF-8 CSV file, which decode reads like
// any other. List shows the head of every sheet, so that a person can say which
// one is meant. Magic tells the kinds of files apart that are saved as Excel.
//
// It must not know what columns mean, must not make names unique or trim cells
// (decode does), and must not guess: what cannot be read rightly is a Refusal.
//
// Invariants: no non-blank cell of the table is dropped, and no digit is changed
// but those beyond the 15 that Excel shows of a fraction; memory is bounded
// however large the sheet is (shared strings beyond 128 MiB, and their index
// beyond 32 MiB, go to temporary files); an unpacked part is counted in real
// bytes, whatever it declares.
//
// # Why the XML is read here
//
// excelize, the usual library, was measured on 200,000 rows of 60 columns: 49 s
// with inline text, 47 s and 430 MB with shared strings. For a million rows that
// would be about four minutes and far beyond 500 MB. A tokenizer that knows only what
// a sheet needs takes 5 and 6 s for the same files, and for a million rows with
// 20 million different shared strings 29 s and 200 MB. excelize is kept for what
// it does well: opening workbooks with a password.
//
// # Text of a cell
//
//   - Text is kept with its blanks, xml:space or not; rich text runs are joined,
//     phonetic runs left out, _x000D_ and the like resolved (_x0000_ stays: a CSV
//     file must not hold a NUL).
//   - A formula is its stored result. One that was never computed is refused
//     where it is data: an empty cell would hide an amount.
//   - TRUE and FALSE; errors as they show (#N/A).
//   - Whole numbers keep all stored digits. Fractions with more than 15
//     significant digits are rounded to 15. An exponent is written out below
//     1E+15; from there on the number stays as stored (1.23E+17), so that a
//     damaged id can be recognised.
//   - A number in a format of zeros only (00000, as of ZIP codes) gets the zeros
//     that it shows.
//   - A number in a date format becomes `2006-01-02 15:04:05`, with milliseconds
//     where there are any; `2006-01-02` where it is whole and the format has no
//     time; `15:04:05` where it is less than a day. Elapsed times ([h]:mm) stay
//     numbers, and so do those that are no date (negative, beyond 9999, a bare 0).
//     Day 60 of the 1900 system, which was none, is `1900-02-29`: it shows that
//     the file is wrong and no later step takes it for a date.
package sheet
