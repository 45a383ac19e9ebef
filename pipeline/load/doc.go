// Package load brings new exports into the run's tables in memory: find, archive
// raw, decode, map, reject, drop repeats. It is all or nothing per file: a file
// that is refused leaves no row. Nothing is visible before the run publishes;
// the journal of loads is written in the same transaction as the version.
//
// Order matters and is made, not assumed: within a feed, files count in the
// order of (exported_at, order of arrival). A file that is older than one that
// is loaded already, an undo, and a changed mapping replay the feed from there
// out of the raw archive, so that the rows are the same whatever the order in
// which files came.
package load
