// Package ledger keeps what people decided: what was done about a parcel, put
// off or noted, and the figures that were shown to them.
//
// It owns one SQLite file in the workspace's state. An entry is appended and
// stays: nothing is updated or deleted, and the file itself refuses it. What
// takes a decision back is another entry (KindUndo). The number of an entry is
// its place in the sequence, so that the sequence alone says which decisions a
// report has seen.
//
// It must not derive anything: what follows from exports belongs to the lake,
// which can be built again; what stands here cannot. It reads no clock (who
// appends gives the instant), knows no SQL of the engine and imports no other
// room.
//
// Append returns when the entries are on disk. They are there together or not
// at all, whatever kills the process. Readers neither wait nor make others
// wait, and the file holds no path, so that a workspace can be moved or copied.
//
// Backup copies the file as it stands at one moment; Restore puts a copy back in
// one transaction and never loses an entry unasked. Only a restore makes entries
// go, and what it replaces stays beside the file.
package ledger
