// Package charset says in which encoding a text stands and turns it into UTF-8.
//
// It owns the names of encodings (Lookup, Names), the guess (Detect), the strict
// conversion (Convert) and the marks that a text was decoded wrongly before it
// came here (Mojibake). It must not know formats, columns or files: it sees bytes
// and readers, and the caller decides what to do about a guess it does not trust.
//
// Invariants: Convert writes valid UTF-8 without byte order mark or stops with
// *BadText at the first byte sequence that the encoding does not have; nothing is
// ever replaced. Memory is bounded by one chunk and the code tables. Detect is
// confident (0.8 and more) only where one encoding stands clear of the others.
//
// What the encodings mean here, where the world disagrees:
//   - gb18030 reads GBK and GB2312 too, its subsets, and the single byte 0x80 as
//     the euro sign, as code page 936 writes it. Codes of the user-defined areas
//     become private-use characters; Detect counts them against the guess. The
//     few two-byte codes that changed between versions of the standard, and that
//     the library therefore lacks, are no text.
//   - shift-jis is code page 932 without its user-defined area; 0x80, 0xa0 and
//     0xfd to 0xff are no text.
//   - windows-1252 reads ISO-8859-1 too; 0x81, 0x8d, 0x8f, 0x90 and 0x9d, which
//     only the latter has, as control characters, are no text.
//   - big5 includes the Hong Kong supplement as far as the code table has it.
//   - utf-16 without byte order is declared for files that start with a mark.
package charset
