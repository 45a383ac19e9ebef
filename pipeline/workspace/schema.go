package workspace

import "waybill/pipeline/yamldoc"

// Shape describes Config for its JSON Schema.
func Shape() yamldoc.Shape {
	return yamldoc.Shape{
		Docs: map[string]string{
			"workspace":         "Name of the workspace.",
			"lake_format":       "Layout of lake and catalog; written by init.",
			"currency":          "ISO code of the currency of reports.",
			"zone":              "IANA zone in which pages print times; default UTC.",
			"languages":         "Languages of pages, the first shown first.",
			"shops":             "Seller accounts and their names in reports.",
			"shops.platform":    "Platform, as orders bear it.",
			"shops.shop":        "Shop, as orders bear it in shop_id.",
			"shops.name":        "Its name in reports.",
			"sla":               "Whose clocks give a deadline where the export has none; the most particular entry counts.",
			"sla.platform":      "Left out: every platform.",
			"sla.shop":          "Left out: every shop.",
			"sla.pack":          "Policy pack of data/policies.",
			"sla.handling_days": "Business days of handling time of an order whose export states none; for the clocks that add it.",
			"policies":          "Whose targets judge.",
			"policies.platform": "Platform that is judged.",
			"policies.pack":     "Policy pack of data/policies.",
			"compare":           "How the report channels compares; left out: its built-in rules.",
			"compare.strata":    "What parcels are matched by: shop, channel, state, weight_band, week, month.",
			"compare.min_n":     "Least parcels of each compared group in a stratum.",
			"limits":            "Bounds of the process.",
			"limits.memory":     "Such as 4GB; left out: half of the machine's.",
			"limits.threads":    "Left out: all.",
			"pii":               "Personal data by column or table.column: drop (default), keep or hash; key: env:NAME or file:PATH for hash.",
			"archive":           "The raw archive.",
			"archive.keep":      "How long raw files are kept, such as 400d; forever (default); 0: not at all.",
			"max_age":           "Data older than this is exit 5, such as 48h.",
		},
		Patterns: map[string]string{"currency": "^[A-Z]{3}$", "limits.memory": `^\s*[0-9]+(\.[0-9]+)?\s*([KkMmGg]?[Ii]?[Bb])?\s*$`},
		Required: map[string][]string{"shops": {"platform", "shop"}, "sla": {"pack"}, "policies": {"pack"}},
	}
}
