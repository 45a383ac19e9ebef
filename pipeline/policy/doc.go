// Package policy holds the platforms' rules as data: which clock runs for which
// order, what share is demanded from which week on, and which days count.
//
// It owns policy packs (data/policies), calendars (data/calendars), the
// reference implementation of a deadline, and the exact comparison of a count
// with a target. It parses bytes that it is given, does no I/O, imports no other
// room and knows no SQL; no threshold stands in its code. The engine gets packs
// and calendars as flat rows (Pack.ClockRows, MetricRows, TargetRows and
// Calendar.Days) and computes deadlines with joins; Deadline is
// what those joins are tested against.
//
// # Dates and ranges
//
// A Day is a civil date without a zone. Every range is half open: from is the
// first day, to the first day that no longer belongs, so versions that follow
// each other share a date. A clock applies by the instant at which it starts,
// compared with the local midnight (the pack's zone) of from; a target by the
// Monday of the cohort's week. Versions of one clock for one order type, and
// targets of one metric and force, neither overlap nor leave a gap; before the
// first and after the last there is none.
//
// # Deadlines
//
// A deadline is an exclusive instant, and on time is t < Due.Before. With a day
// unit it is the first instant after the promised local day, whatever the
// length of that day or the hour at which the next one begins. bd_no(d) counts
// the business days up to and including d; it is equal on all days of a weekend
// to that of the Friday before.
//
//	start              clock starts at              promised day, n business days
//	order_created      the order's instant          bd_no = bd_no(its local day) + n
//	next_business_day  local 00:00 of the first     bd_no = bd_no(that day) + n - 1:
//	                   business day after the       that day is day 1
//	                   order's local day
//	awaiting_shipment  the instant of that status   as order_created, from that instant
//	label_created      the label's instant          as order_created, from that instant
//
// With business days order_created and next_business_day promise the same day
// for every order, because a weekend or holiday has the number of the business
// day before it: a Friday, a Saturday and a Sunday order with three business
// days are all due on Wednesday, five calendar days after the Friday. They
// differ in the instant at which the clock starts, hence in which version of a
// rule applies around a change, and in calendar days and rolling hours.
package policy
