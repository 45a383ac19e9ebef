// Package contract owns the meaning of tables: which columns there are, their
// types, units, keys and which hold personal data. A contract is one YAML file
// below data/schema; it makes the lake's schema, the casts of a feed and the
// documentation. The package reads bytes that it is given and touches no disk.
//
// Invariants: columns are only ever added (a column's ordinal is part of
// stored data: the absent mask of observations counts on it); names are lower
// case; every table that is stored has the partition column p_month.
package contract
