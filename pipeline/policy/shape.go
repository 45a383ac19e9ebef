package policy

import "strings"

// PackFile is the keys of a pack's file, for its JSON Schema; ParsePack reads
// the file node by node and knows the same keys.
type PackFile struct {
	ID          string            `yaml:"id"`
	Extends     string            `yaml:"extends"`
	Revision    string            `yaml:"revision"`
	Title       string            `yaml:"title"`
	TZ          string            `yaml:"tz"`
	Calendar    string            `yaml:"calendar"`
	Sources     map[string]string `yaml:"sources"`
	ExtraClosed []ClosedFile      `yaml:"extra_closed"`
	Clocks      []ClockFile       `yaml:"clocks"`
	Metrics     []MetricFile      `yaml:"metrics"`
}

// ClosedFile is a day on which nothing counts.
type ClosedFile struct {
	Day    string `yaml:"day"`
	Name   string `yaml:"name"`
	Source string `yaml:"source"`
}

// ClockFile is one version of a clock.
type ClockFile struct {
	Name       string   `yaml:"name"`
	OrderTypes []string `yaml:"order_types"`
	From       string   `yaml:"from"`
	To         string   `yaml:"to"`
	Start      string   `yaml:"start"`
	N          int      `yaml:"n"`
	Handling   bool     `yaml:"handling"`
	Unit       string   `yaml:"unit"`
	DayEnd     string   `yaml:"day_end"`
	Stop       string   `yaml:"stop"`
	Source     string   `yaml:"source"`
}

// MetricFile is the definition of a rate.
type MetricFile struct {
	ID          string          `yaml:"id"`
	Grain       string          `yaml:"grain"`
	Cohort      string          `yaml:"cohort"`
	Window      string          `yaml:"window"`
	WindowDays  int             `yaml:"window_days"`
	ShiftDays   int             `yaml:"shift_days"`
	LagDays     int             `yaml:"lag_days"`
	Clock       string          `yaml:"clock"`
	Exclusions  []ExclusionFile `yaml:"exclusions"`
	Numerator   string          `yaml:"numerator"`
	Denominator string          `yaml:"denominator"`
	Formula     string          `yaml:"formula"`
	Better      string          `yaml:"better"`
	MinN        int             `yaml:"min_n"`
	Source      string          `yaml:"source"`
	Targets     []TargetFile    `yaml:"targets"`
}

// ExclusionFile takes members out of a rate.
type ExclusionFile struct {
	What   string `yaml:"what"`
	From   string `yaml:"from"`
	Source string `yaml:"source"`
}

// TargetFile is what a platform demands.
type TargetFile struct {
	From   string `yaml:"from"`
	To     string `yaml:"to"`
	Op     string `yaml:"op"`
	Value  string `yaml:"value"`
	Force  string `yaml:"force"`
	Source string `yaml:"source"`

	Tiers []TierFile `yaml:"tiers"`
}

// TierFile is what a platform does from a share on.
type TierFile struct {
	At     string `yaml:"at"`
	Effect string `yaml:"effect"`
}

// CalendarFile is the keys of a calendar's file.
type CalendarFile struct {
	ID       string          `yaml:"id"`
	Packs    []string        `yaml:"packs"`
	Revision string          `yaml:"revision"`
	Title    string          `yaml:"title"`
	Source   string          `yaml:"source"`
	Weekend  []string        `yaml:"weekend"`
	Years    YearsFile       `yaml:"years"`
	Closed   []HolidayOfFile `yaml:"closed"`
}

// YearsFile is the span that a calendar covers, both ends inclusive.
type YearsFile struct {
	From int `yaml:"from"`
	To   int `yaml:"to"`
}

// HolidayOfFile is a closed day of a calendar.
type HolidayOfFile struct {
	Day  string `yaml:"day"`
	Name string `yaml:"name"`
}

// Shape is what the structs do not say. Keys are paths without the indices of
// lists, such as clocks.unit.
type Shape struct {
	Docs     map[string]string
	Words    map[string][]string
	Patterns map[string]string
	Required map[string][]string
	Loose    map[string]bool // texts that may be written as a number
}

const dayPattern = `^\d{4}-\d{2}-\d{2}$`

// PackShape describes PackFile.
func PackShape() Shape {
	return Shape{
		Docs: map[string]string{
			"id":                           "Name of the pack, as waybill.yaml names it.",
			"extends":                      "Pack of data/policies whose clocks and metrics hold where this one has none of the name.",
			"revision":                     "Day on which the data was last changed.",
			"title":                        "For people.",
			"tz":                           "IANA zone of its days and weeks.",
			"calendar":                     "Calendar of data/calendars that its business days count by.",
			"sources":                      "Pages where the rules were read, by the tag that the rules carry.",
			"extra_closed":                 "Days that the platform closes on top of the calendar.",
			"clocks":                       "Deadlines: one entry per version of a rule.",
			"clocks.order_types":           "Orders that it holds for; [any] alone for all.",
			"clocks.from":                  "First day of the version, by the instant of the clock's start; left out: always.",
			"clocks.to":                    "First day without it.",
			"clocks.start":                 "What starts the clock.",
			"clocks.n":                     "Units of time; with handling on top of the handling days.",
			"clocks.handling":              "Add the order's handling days, or those of the sla of waybill.yaml.",
			"clocks.day_end":               "End of the last day; only 23:59:59.",
			"clocks.stop":                  "What must happen before the deadline.",
			"metrics":                      "Rates as the platform counts them.",
			"metrics.cohort":               "What puts a member into a window.",
			"metrics.window":               "Days that are counted together: the week, the days up to its Sunday, or the last month that is over by then.",
			"metrics.window_days":          "Length of rolling_days.",
			"metrics.shift_days":           "Days by which the window ends before the day for which it is shown.",
			"metrics.lag_days":             "Days after its end at which the platform shows a window.",
			"metrics.formula":              "Query of queries/cells that counts.",
			"metrics.min_n":                "Fewest members that a verdict needs; smaller cohorts are greyed and not ranked. Left out: the platform judges any number.",
			"metrics.exclusions":           "Members that do not count.",
			"metrics.targets":              "Shares that the platform demands, over windows.",
			"metrics.targets.from":         "A Monday, for window: month the first of a month; left out: always.",
			"metrics.targets.to":           "The first such day without it.",
			"metrics.targets.tiers.at":     "Share from which on it holds, in quotes.",
			"metrics.targets.tiers.effect": "What happens, in words.",
			"metrics.targets.tiers":        "What the platform does from a share on, for people.",
			"metrics.targets.value":        "Decimal fraction from 0 to 1, in quotes.",
			"metrics.targets.source":       "Tags of sources, or ours; (unverified) behind it marks what was not checked.",
		},
		Words: map[string][]string{
			"clocks.name": clockNames, "clocks.order_types": append([]string{AnyOrderType}, orderTypes...), "clocks.start": clockStarts, "clocks.unit": clockUnits,
			"clocks.stop": clockStops, "clocks.day_end": {dayEnd}, "metrics.grain": grains, "metrics.cohort": cohorts, "metrics.window": windows, "metrics.clock": clockNames,
			"metrics.better": betters, "metrics.exclusions.what": exclusions, "metrics.exclusions.from": excludedFrom, "metrics.targets.op": operators, "metrics.targets.force": forces,
		},
		Patterns: map[string]string{
			"id": word.String(), "revision": dayPattern, "extra_closed.day": dayPattern, "clocks.from": dayPattern, "clocks.to": dayPattern,
			"metrics.targets.from": dayPattern, "metrics.targets.to": dayPattern,
		},
		Required: map[string][]string{
			"":             {"id", "revision", "title", "tz", "calendar"},
			"extra_closed": {"day", "name", "source"},
			"clocks":       {"name", "order_types", "start", "n", "unit", "stop", "source"},
			"metrics":      {"id", "grain", "cohort", "window", "lag_days", "numerator", "denominator", "formula", "better", "source"},

			"metrics.exclusions": {"what", "from", "source"},
			"metrics.targets":    {"op", "value", "force", "source"},

			"metrics.targets.tiers": {"at", "effect"},
		},
		Loose: map[string]bool{"metrics.targets.value": true, "metrics.targets.tiers.at": true},
	}
}

// CalendarShape describes CalendarFile.
func CalendarShape() Shape {
	var days []string
	for _, d := range weekdays {
		days = append(days, strings.ToLower(d.String()))
	}
	return Shape{
		Docs: map[string]string{
			"id":       "Name of the calendar, as packs name it.",
			"packs":    "Packs that close these days on top of their calendar; such a file has no weekend and no years.",
			"revision": "Day on which the data was last changed.",
			"source":   "Where the days were read.",
			"weekend":  "Days of the week that never count.",
			"years":    "First and last year that the calendar covers; a question about another one is an error.",
			"closed":   "Days that do not count, in order.",
		},
		Words:    map[string][]string{"weekend": days},
		Patterns: map[string]string{"revision": dayPattern, "closed.day": dayPattern},
		Required: map[string][]string{"": {"id", "revision", "source"}, "years": {"from", "to"}, "closed": {"day", "name"}},
	}
}
