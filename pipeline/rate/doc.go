// Package rate owns rate cards: the files that say what a provider charges for
// a parcel, what is wrong with them, the tables that they compile to, and the
// rater that prices parcels with them. The price is SQL (queries/rating) over
// those tables, so that one parcel, a year of them and the expected amount of a
// bill come from the same arithmetic. A table of a card may also come from
// a provider's sheet by a mapping: Import takes the sheet as text and writes
// nothing. It knows no lake, no bill and no workbook.
//
// The life of a price: what no card decides of a parcel is measured once
// (rated_measures); a version, a chargeable weight and a zone make rated_weights,
// which also says what of the parcel the version looks at (alike). Parcels that
// are alike make one row of rated_classes, and only that is priced. A parcel of
// which a rare condition or a value of its own is asked is lone: a class by
// itself. Explain makes every parcel lone, so that its lines and files are its
// own.
//
// Invariants: a card that is not whole is refused with every mistake at
// file:line:col; nothing in a card is a float. Money is whole 0.00000001 of a
// currency (e8), unit prices, percentages and measures are whole 0.0001 (e4 and
// ticks), weights and lengths are whole quanta in which gram, ounce, pound,
// millimetre and inch are all exact (measure.go). What a price lacks is said
// (problem), never taken as nothing.
package rate
