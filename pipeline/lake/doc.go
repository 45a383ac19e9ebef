// Package lake keeps the tables of a workspace: Parquet files that an engine
// wrote, Apache Iceberg metadata so that any engine can read them, and lake
// versions so that a reader always sees one consistent state of all tables.
//
// It is the only publisher of table files and the only package that knows
// iceberg-go. It runs no query, knows no business column and imports no other
// room.
//
// # What lies where
//
//	<root>/lake/waybill/<table>/data/<partition>/*.parquet   data files, never overwritten
//	<root>/lake/waybill/<table>/metadata/                    Iceberg metadata
//	<root>/lake/waybill/<table>/_tmp/                        files that are still being written
//	<root>/state/catalog.db                                  Iceberg catalog and the register
//	<root>/state/lock                                        the writer's lock
//
// # The register
//
// Iceberg commits one table at a time, a load touches several. So the register
// (tables versions, version_tables and files in catalog.db) says which data
// files make a version, and one SQL transaction adds a version after all
// Iceberg commits. The files of version n are those with
// added_seq <= n < removed_seq. Readers use the register alone, so opening a
// version costs one query and works while a writer publishes. Iceberg holds
// the same truth for other engines; Check proves that both agree.
//
// # The life of a publication
//
//  1. Begin notes the newest version as the base.
//  2. The engine writes each file to Tx.TempPath; Tx.Add reads its footer and
//     refuses a file whose rows or partition are not as announced.
//  3. Publish renames the files to their final names,
//  4. commits each touched table to Iceberg,
//  5. and inserts the version, its files and the caller's journal in one SQL
//     transaction. Only now does the version exist.
//
// A crash before step 5 leaves files that no version names and Iceberg heads
// that are ahead. Recover, which a writer calls right after Open, deletes the
// first and rolls the second back. A crash after step 5 leaves nothing to do.
//
// # Invariants
//
//   - One writer at a time (AcquireLock); readers never lock.
//   - A data file is never changed after its version exists, and it stays on
//     disk while a version names it.
//   - Paths in the register are relative to the root, so a workspace can be
//     moved or copied. Iceberg's are absolute: Recover registers the newest
//     version again at the new place. Older versions stay readable through the
//     register but have no snapshot for other engines any more.
//     Locations are file URIs, so a root with a space or a letter beyond ASCII
//     is percent-encoded in them; an engine that takes locations literally does
//     not find such a lake.
//   - A version's id depends on the rows alone: not on file layout, paths,
//     order of writing, time or place. Two versions with the same rows share
//     it (a compaction for instance); Version.Seq tells them apart.
//   - Namespace "waybill" has one writer, this package. What another engine
//     commits there is rolled back; namespace "user" is left alone.
package lake
