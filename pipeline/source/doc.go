// Package source brings export files in and keeps them raw.
//
// It owns the look into a folder (List, One) and the raw archive (Archive): a
// file is copied once under the SHA-256 of its bytes, so that every later load,
// undo and reload can be replayed from the same bytes. While it copies it also
// learns what the whole file says about its text (Text): whether it is UTF-8,
// where it is not, which byte order mark it has, how its lines end. Nobody
// further on has to read the whole file for that again.
//
// It must not know what is in a file: formats, columns and feeds belong to
// decode and feed. It never changes or removes a file of the folder.
//
// Invariants: a file of the archive is complete, synced and never rewritten; its
// name is the hash of its content; a file that was still being written is
// refused (ErrGrowing), never archived in part.
package source
