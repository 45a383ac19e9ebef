// Package cli is the command line: one file per command, each with its options
// and a run function that tests call. It owns what a person reads in a terminal
// and the exit codes; it computes nothing.
package cli
