package contract

import "waybill/pipeline/yamldoc"

// Shape describes Table for its JSON Schema.
func Shape() yamldoc.Shape {
	return yamldoc.Shape{
		Docs: map[string]string{
			"table":            "Name of the table; that of a workspace's own one starts with x_.",
			"kind":             "How the table fills.",
			"of":               "kind current: the observations whose newest row it holds.",
			"doc":              "What a row is.",
			"key":              "Columns that identify a row.",
			"anchor":           "Times of which the first known one gives the partition's month.",
			"ordinal":          "Numbers records within a group where the export has no number of its own.",
			"ordinal.column":   "Column that takes the number.",
			"ordinal.within":   "Columns that make a group.",
			"repeats":          "kind observation: keep stores records that are equal; left out: one that is equal to its predecessor of the same key is not stored again.",
			"columns":          "The columns; those that a workspace adds to a built-in table start with x_.",
			"columns.name":     "Lower case letters, digits and _.",
			"columns.type":     "Type of the column.",
			"columns.doc":      "What it means.",
			"columns.unit":     "Unit of a bare number.",
			"columns.required": "A record without it is rejected.",
			"columns.pii":      "Personal data: dropped at the feed.",
			"columns.past":     "A time at which something happened: counts towards the export's horizon.",
			"columns.raw_of":   "Holds the raw text of that column.",
			"columns.derive":   "SQL over the typed columns, where the feed does not map it.",
		},
		Words: map[string][]string{
			"kind":         {string(Observation), string(Event), string(RejectKind), string(Current), string(Model)},
			"repeats":      {keepRepeats},
			"columns.type": types,
		},
		Patterns: map[string]string{"table": nameRE.String(), "columns.name": nameRE.String()},
		Required: map[string][]string{"": {"table"}, "columns": {"name", "type", "doc"}, "ordinal": {"column", "within"}},
	}
}
