// Package store joins engine and lake for one run: which rows a table has now
// (the files of a version, less what is dropped or replaced, plus rows in
// memory) under the table's own name, and which files must be written so that
// the next version holds just that.
//
// It knows contracts, keys and partitions, but no meaning of any table. Files
// of a partition that does not change are never touched: their content is
// compared before anything is written.
package store
