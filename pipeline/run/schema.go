package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"waybill/pipeline/carrier"
	"waybill/pipeline/charge"
	"waybill/pipeline/claims"
	"waybill/pipeline/contract"
	"waybill/pipeline/feed"
	"waybill/pipeline/policy"
	"waybill/pipeline/rate"
	"waybill/pipeline/workspace"
	"waybill/pipeline/yamldoc"
)

// schemaFolder of a workspace holds the schemas that its files name.
const schemaFolder = ".schema"

// SchemaKinds are the kinds of YAML files that have a schema.
var SchemaKinds = []string{"feed", "template", "carrier", "policy", "cases", "calendar", "contract", "job", "rate", "charges", "workspace"}

// ErrNoSchema says that there is no such kind of file.
var ErrNoSchema = errors.New("no such kind of file")

// Schema is the JSON Schema (draft 2020-12) of a kind of YAML files.
func Schema(kind string) ([]byte, error) {
	switch kind {
	case "feed":
		return feedSchema("waybill feed", "feed", "source")
	case "template":
		return feedSchema("waybill template", "template", "outputs")
	case "carrier":
		return yamldoc.Schema("waybill carrier map", reflect.TypeFor[carrier.Map](), carrier.Shape()), nil
	case "policy":
		return yamldoc.Schema("waybill policy pack", reflect.TypeFor[policy.PackFile](), shapeOf(policy.PackShape())), nil
	case "cases":
		return yamldoc.Schema("waybill cases of a policy pack", reflect.TypeFor[policy.CasesFile](), shapeOf(policy.CasesShape())), nil
	case "calendar":
		return yamldoc.Schema("waybill calendar", reflect.TypeFor[policy.CalendarFile](), shapeOf(policy.CalendarShape())), nil
	case "contract":
		return yamldoc.Schema("waybill contract", reflect.TypeFor[contract.Table](), contract.Shape()), nil
	case "job":
		return yamldoc.Schema("waybill job", reflect.TypeFor[Job](), jobShape), nil
	case "provider":
		return yamldoc.Schema("waybill provider profile", reflect.TypeFor[claims.Profile](), claims.Shape()), nil
	case "rate":
		return yamldoc.Schema("waybill rate card", reflect.TypeFor[rate.Card](), rate.Shape()), nil
	case "charges":
		return yamldoc.Schema("waybill charges", reflect.TypeFor[charge.File](), charge.Shape()), nil
	case "workspace":
		return yamldoc.Schema("waybill.yaml", reflect.TypeFor[workspace.Config](), workspace.Shape()), nil
	}
	known := SchemaKinds
	if near := yamldoc.Nearest(kind, known); near != "" {
		known = []string{near}
	}
	return nil, fmt.Errorf("%w: %q; try: %s", ErrNoSchema, kind, strings.Join(known, ", "))
}

// feedSchema is the one schema of feeds and templates, and what either must have.
func feedSchema(title string, required ...string) ([]byte, error) {
	var s map[string]any
	if err := json.Unmarshal(feed.Schema(), &s); err != nil {
		return nil, fmt.Errorf("schema of feeds: %w", err)
	}
	s["title"], s["required"] = title, required
	b, err := json.MarshalIndent(s, "", "  ")
	return append(b, '\n'), err
}

// shapeOf takes over what the policy room, which imports no other, says of its files.
func shapeOf(s policy.Shape) yamldoc.Shape {
	return yamldoc.Shape{Docs: s.Docs, Words: s.Words, Patterns: s.Patterns, Required: s.Required, Loose: s.Loose}
}

var jobShape = yamldoc.Shape{
	Docs: map[string]string{
		"job":          "Name of the job: that of its file.",
		"doc":          "What the job is for, for people.",
		"steps":        "What it does, in order. Each step is one of ingest and report.",
		"steps.ingest": "Load what is new of all feeds and bring facts up to date.",
		"steps.report": "Render a report of what is loaded.",
	},
	Words:    map[string][]string{"steps.ingest": {"all"}, "steps.report": ReportNames()},
	Required: map[string][]string{"": {"job", "steps"}},
}

// writeSchema puts the schema of a kind where the files that we write name it.
func (r *Runner) writeSchema(kind string) error {
	return writeSchemaIn(r.WS.Path(schemaFolder), kind)
}

func writeSchemaIn(dir, kind string) error {
	b, err := Schema(kind)
	if err != nil {
		return err
	}
	path := dir + "/" + kind + ".json"
	if old, err := os.ReadFile(path); err == nil && slices.Equal(old, b) {
		return nil
	}
	return writeFile(path, b)
}
