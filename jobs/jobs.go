// Package jobs holds the jobs that ship with waybill. A workspace file of the
// same name replaces one.
package jobs

import "embed"

// FS holds one YAML file per job.
//
//go:embed *.yaml
var FS embed.FS
