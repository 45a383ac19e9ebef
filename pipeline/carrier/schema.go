package carrier

import (
	"reflect"

	"waybill/pipeline/yamldoc"
)

// Shape describes Map for its JSON Schema.
func Shape() yamldoc.Shape {
	var names []string
	for _, m := range Milestones {
		names = append(names, m.Name)
	}
	name := map[string]any{"type": "string", "enum": append(append([]string{}, names...), "none", "-")}
	return yamldoc.Shape{
		Docs: map[string]string{
			"carrier":         "Code of the carrier or tracker, as tracking_events.carrier or code_system bears it; * for the text rules of all.",
			"carriers":        "Further codes of the same carrier.",
			"doc":             "Whose codes they are.",
			"source":          "Where they were read.",
			"codes":           "Milestone of each code, exactly as the source writes it; digits in quotes.",
			"prefixes":        "Milestone of codes that begin so and do not stand in codes; the longest decides.",
			"text_first":      "Codes so general that a text that maps goes before them.",
			"texts":           "Rules over the text, in order: the first that matches decides.",
			"texts.match":     "Regular expression (RE2), without regard to case, width and kinds of blanks.",
			"texts.not":       "Regular expression: where it matches too, the rule does not hold.",
			"texts.milestone": "What a text that matches means.",
			"default_texts":   "false: the text rules of the map * do not serve this carrier.",
			"clock":           "Codes that the carrier itself says start or stop its own clock. They are no milestones.",
			"clock.start":     "Codes that start it.",
			"clock.stop":      "Codes that stop it.",
			"tests":           "Scans and the milestone that each must get; waybill check runs them.",
			"tests.code":      "Code of the scan.",
			"tests.text":      "Text of the scan.",
			"tests.place":     "Place of the scan.",
			"tests.country":   "ISO code of two letters; left out: as place and text say.",
			"tests.want":      "The milestone.",
		},
		Words:    map[string][]string{"tests.want": names},
		Required: map[string][]string{"": {"carrier"}, "texts": {"match", "milestone"}, "tests": {"want"}},
		Types: map[reflect.Type]map[string]any{reflect.TypeFor[Target](): {"oneOf": []any{name, map[string]any{
			"type": "object", "additionalProperties": false, "required": []string{"origin", "abroad", "unknown"},
			"properties": map[string]any{"origin": name, "abroad": name, "unknown": name},
		}}}},
	}
}
