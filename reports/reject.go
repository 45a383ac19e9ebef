package reports

import (
	"slices"
	"strings"
)

// rejectWhole are the reasons of rejected records that stand alone or joined by
// "or", as pipeline/feed and pipeline/load write them, with their words.
var rejectWhole = map[string]string{
	"is empty": "reject.empty",
	"has a value that the map of the feed does not name": "reject.unnamed",
	"is no time":                         "reject.no_time",
	"is no date":                         "reject.no_date",
	"is no boolean":                      "reject.no_boolean",
	"is no number":                       "reject.no_number",
	"is no whole number":                 "reject.no_whole",
	"is no intact number":                "reject.no_intact",
	"is no amount with up to 4 decimals": "reject.no_amount",
	"is no amount of money with up to 4 decimals": "reject.no_money",
	"is no weight with a unit that is known":      "reject.no_weight",
	"is no length with a unit that is known":      "reject.no_length",
	"nothing identifies the record":               "reject.no_key",
	"the line has too few cells":                  "reject.few_cells",
	"the line has too many cells":                 "reject.many_cells",
	"a quote is not closed, or text follows it":   "reject.quote",
	"the line is too long":                        "reject.long",
	"the line is not UTF-8":                       "reject.encoding",
	"the line is no JSON":                         "reject.json",
}

// rejectOf are the beginnings of reasons that end with a name.
var rejectOf = []struct{ begin, key string }{
	{"falls into a clock change of ", "reject.clock_change"},
	{"names another unit than ", "reject.other_unit"},
	{"has another unit than ", "reject.unit_of"},
}

// rejectReason is a reason in the languages of the page. One that is not of these
// words, or holds an error's own text, stays as it is.
func (w *writer) rejectReason(reason string) phrase {
	parts := []string{reason}
	if rejectWhole[reason] == "" {
		parts = strings.Split(reason, " or ")
	}
	var said []phrase
	for _, p := range parts {
		of := slices.IndexFunc(rejectOf, func(r struct{ begin, key string }) bool { return strings.HasPrefix(p, r.begin) })
		switch {
		case rejectWhole[p] != "":
			said = append(said, say(rejectWhole[p]))
		case of >= 0:
			said = append(said, say(rejectOf[of].key, "name", strings.TrimPrefix(p, rejectOf[of].begin)))
		default:
			return literal(reason)
		}
	}
	if len(said) == 1 {
		return said[0]
	}
	made := map[string]string{}
	for _, lang := range w.words.langs {
		for i, p := range said {
			if i > 0 {
				made[lang] += w.words.plain(lang, say("reject.or"))
			}
			made[lang] += w.words.plain(lang, p)
		}
	}
	return phrase{made: made}
}
