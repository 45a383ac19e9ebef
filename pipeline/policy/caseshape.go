package policy

// CasesFile is the keys of a file of cases, for its JSON Schema.
type CasesFile struct {
	Pack  string     `yaml:"pack"`
	Cases []CaseFile `yaml:"cases"`
}

// CaseFile is one case.
type CaseFile struct {
	Name   string            `yaml:"name"`
	Order  *CaseOrderFile    `yaml:"order"`
	Count  *CaseCountFile    `yaml:"count"`
	Expect map[string]string `yaml:"expect"`
}

// CaseOrderFile is an order of a case.
type CaseOrderFile struct {
	Created  string `yaml:"created"`
	Awaiting string `yaml:"awaiting"`
	Label    string `yaml:"label"`
	Type     string `yaml:"type"`
	Handling int    `yaml:"handling"`
}

// CaseCountFile is a count of a case.
type CaseCountFile struct {
	Metric string `yaml:"metric"`
	Day    string `yaml:"day"`
	Num    int    `yaml:"num"`
	Den    int    `yaml:"den"`
}

// CasesShape describes CasesFile.
func CasesShape() Shape {
	return Shape{
		Docs: map[string]string{
			"pack":                 "Pack that is tested.",
			"cases":                "Examples, each either an order or a count.",
			"cases.name":           "For people.",
			"cases.order":          "An order; times without an offset are of the pack's zone.",
			"cases.order.created":  "When it was placed.",
			"cases.order.awaiting": "When it reached awaiting shipment.",
			"cases.order.label":    "When its label was made.",
			"cases.order.type":     "Order type; left out: regular.",
			"cases.order.handling": "Handling days; left out: not stated.",
			"cases.count":          "A count of a metric.",
			"cases.count.metric":   "Id of the metric.",
			"cases.count.day":      "A day of the week for which the window is shown.",
			"cases.count.num":      "Numerator.",
			"cases.count.den":      "Denominator.",
			"cases.expect":         "Of an order by clock: a day, an instant, or none. Of a count: met, target, recommended, recommended_met, from, to.",
		},
		Words:    map[string][]string{"cases.order.type": orderTypes},
		Patterns: map[string]string{"cases.count.day": dayPattern},
		Required: map[string][]string{"": {"pack", "cases"}, "cases": {"name", "expect"}, "cases.count": {"metric", "day", "num", "den"}},
		Loose:    map[string]bool{"cases.expect": true},
	}
}
