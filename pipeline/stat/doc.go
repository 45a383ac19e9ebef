// Package stat is pure arithmetic on small additive counts: the Kaplan-Meier
// curve and the Aalen-Johansen incidence of competing causes with their bands,
// quantiles, chances and thinned stairs, restricted means, the log-rank test;
// rates with their intervals, compared, standardised, taken apart, shrunk and
// forecast; what late lines still add (chain ladder); resampling over clusters.
//
// It owns formulas and their edge cases. It reads nothing, writes nothing,
// knows no table, no metric and no clock, and imports no other room.
//
// Durations come as ten-minute bins: a parcel that took x minutes lies in bin
// floor(x / 10), which holds [10b, 10b+10) minutes. The time of a bin is its
// upper edge, 10(b+1) minutes, for steps, quantiles and charts alike. At that
// instant every event of the bin has happened, so without censoring the curve
// agrees with the curve of the exact times at each edge, and a quantile is
// never below the exact one and at most one bin above it. Censorings of a bin
// count as later than its events (a parcel censored in the bin was at risk for
// the whole of it).
//
// Rates come as counts by group, stratum (what makes a parcel hard) and cluster
// (what parcels share: the ship day). What is exact in counts, an order, a part of
// a difference, what a target still lacks, is an integer or a fraction; a float is
// an estimate. Randomness has a seed.
//
// Invariants, held by tests: S never rises and stays in [0, 1]; the incidences of
// all causes and S sum to 1, and of one cause alone it is 1 - S; without
// censoring both are the empirical distribution to the last bit; a bin of
// censorings after the last event changes nothing; what is not reached or not
// defined is said by a flag, never by NaN, infinity or a number that stands
// for it.
package stat
