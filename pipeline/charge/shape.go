package charge

import "waybill/pipeline/yamldoc"

// Shape describes File for its JSON Schema.
func Shape() yamldoc.Shape {
	return yamldoc.Shape{
		Docs: map[string]string{
			"charges":        "The charges. Patterns are tried in their order.",
			"charges.charge": "Word of the charge, as tables and rate cards have it.",
			"charges.class":  "What kind of charge it is.",
			"charges.zh":     "Its name in Chinese.",
			"charges.en":     "Its name in English.",
			"charges.texts":  "What bills call it; ~pattern~ is a regular expression (RE2). Case, width of letters, blanks and a currency in brackets do not matter.",
			"providers":      "Providers with texts of their own, which go before those of all.",

			"providers.provider":       "Provider, as tables have it.",
			"providers.charges":        "What it calls charges. Patterns are tried in their order.",
			"providers.charges.charge": "One of charges.",
			"providers.charges.texts":  "As texts of charges.",
		},
		Words:    map[string][]string{"charges.class": Classes},
		Patterns: map[string]string{"charges.charge": wordRE.String()},
		Required: map[string][]string{"": {"charges"}, "charges": {"charge", "class", "zh", "en"}, "providers": {"provider", "charges"}, "providers.charges": {"charge", "texts"}},
	}
}
