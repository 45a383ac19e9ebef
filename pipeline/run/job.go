package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"waybill/jobs"
	"waybill/pipeline/lake"
	"waybill/pipeline/load"
	"waybill/pipeline/yamldoc"
)

// Job is one file of jobs/.
type Job struct {
	Name  string `yaml:"job"`
	Doc   string `yaml:"doc"`
	Steps []Step `yaml:"steps"`
}

// Step is one thing that a job does.
type Step struct {
	Ingest string `yaml:"ingest"` // all
	Report string `yaml:"report"` // name of a report
}

// JobOptions bound a run of a job.
type JobOptions struct {
	Full bool
	View View // of its reports
}

// ErrNoJob says that there is no such job.
var ErrNoJob = errors.New("no such job")

// ReadJob reads a job of the workspace, else the built-in one.
func (r *Runner) ReadJob(name string) (Job, error) {
	ov := r.WS.Overlay("jobs", jobs.FS)
	b, err := fs.ReadFile(ov, name+".yaml")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		known, gerr := ov.Glob("*.yaml")
		if gerr != nil {
			return Job{}, gerr
		}
		return Job{}, fmt.Errorf("%w: %q; try: %s", ErrNoJob, name, strings.ReplaceAll(strings.Join(known, ", "), ".yaml", ""))
	}
	if err != nil {
		return Job{}, err
	}
	var j Job
	file := "jobs/" + name + ".yaml"
	if err := yamldoc.Decode(file, b, &j); err != nil {
		return j, err
	}
	for i, s := range j.Steps {
		line, col := yamldoc.Position(b, fmt.Sprintf("$.steps[%d]", i))
		switch {
		case (s.Ingest == "") == (s.Report == ""):
			return j, fmt.Errorf("%s:%d:%d: a step is either ingest or report", file, line, col)
		case s.Ingest != "" && s.Ingest != "all":
			return j, fmt.Errorf("%s:%d:%d: ingest %q; try: all", file, line, col, s.Ingest)
		case s.Report != "" && !slices.Contains(ReportNames(), s.Report):
			return j, fmt.Errorf("%s:%d:%d: report %q does not exist; try: %s", file, line, col, s.Report, strings.Join(ReportNames(), ", "))
		}
	}
	return j, nil
}

// Job runs a job's steps in order.
func (r *Runner) Job(ctx context.Context, name string, o JobOptions) (out Outcome, err error) {
	j, err := r.ReadJob(name)
	if err != nil {
		return Outcome{}, err
	}
	defer func() { err = errors.Join(err, r.closeSpare()) }()
	for i, s := range j.Steps {
		if s.Ingest != "" {
			if err := r.closeSpare(); err != nil {
				return out, err
			}
			r.readsNext = i+1 < len(j.Steps) && j.Steps[i+1].Report != ""
			if out, err = r.Ingest(ctx, "run "+name, load.Request{Full: o.Full}); err != nil {
				return out, err
			}
			continue
		}
		res, err := r.Report(ctx, s.Report, ReportRequest{View: o.View, Cut: true})
		if errors.Is(err, lake.ErrEmpty) && out.Partial() {
			// why nothing is loaded is what the person must see
			out.Messages = append(out.Messages, "no report "+s.Report+": nothing is loaded yet")
			continue
		}
		if Unable(err) {
			continue
		}
		if errors.Is(err, lake.ErrEmpty) {
			return out, errors.New("nothing is loaded yet and no feed has a file; try: one YAML per export in feeds/, its files in inbox/<feed>/")
		}
		if err != nil {
			return out, fmt.Errorf("report %s: %w", s.Report, err)
		}
		out.Reports = append(out.Reports, res.Path)
	}
	return out, r.retain(ctx, &out)
}
