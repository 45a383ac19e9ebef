// Package carrier owns the canonical milestones of a parcel and the maps from
// a source's raw codes and texts to them (data/carriers/*.yaml), and the names
// that tell the country of a scan (data/places.yaml). It reads bytes, touches
// no disk and asks no clock.
//
// How a scan gets its milestone:
//
//  1. the code, exactly as the map spells it; else the longest prefix of it;
//  2. where no code decides, the first text rule of the map that matches;
//  3. else the first default rule, those of the map with carrier "*".
//
// A target may differ by where the scan was made: in the country of origin,
// abroad, or nobody knows. A target 0 leaves the scan to the text. What nothing
// maps is milestone 0, which is counted and shown, never dropped; what is known
// but is no step of the journey is the milestone notice.
//
// Invariants: ids of milestones never change, since stored facts hold them; the
// same maps and the same scan give the same milestone; texts are compared
// without regard to case, width of letters and number of blanks.
package carrier
