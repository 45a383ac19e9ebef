// Package metric turns small additive cells into the numbers that a page
// shows. It owns the meaning of a rate (numerator, denominator, verdict of a
// closed week) and which weeks, groups and rows a page holds. It knows no
// engine: the SQL of queries/cells runs on a Querier. It must not read the wall
// clock and must not hold a platform's threshold: targets, minimum sizes and
// lags come from policy packs.
//
// Invariants, held by tests:
//   - a verdict compares integers exactly, and only of closed weeks;
//   - a week is closed when it is over in the platform's zone, every needed feed
//     reaches its end, and no member of it waits for its clock;
//   - members whose outcome the exports leave unknown can take a verdict away,
//     never turn it;
//   - equal inputs and equal tables give equal values, in the same order,
//     however many threads the engine has.
package metric
