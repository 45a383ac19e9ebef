// Package run is one run of a job: lock, recover, plan, load, build, publish,
// report. It owns the order of these steps and the rule that a run publishes
// one version or none: rows, facts and the journal appear together.
package run
