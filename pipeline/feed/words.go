package feed

import (
	"slices"
	"strings"
)

// What the language knows by name. The JSON Schema is made of the same lists.
var (
	sourceKinds = []string{"last_mile", "line", "aggregator", "platform"}
	formats     = []string{"csv", "ndjson", "json", "parquet", "xlsx", "fixed"}
	encodings   = []string{"auto", "utf-8", "utf-16", "utf-16le", "utf-16be", "gb18030", "gbk", "big5", "shift-jis", "windows-1252"}
	ends        = []string{"blank", "totals"}
	dsts        = []string{"flag", "reject"}
	signs       = []string{"keep", "turn"}
	decimals    = []string{"point", "comma"}
	elses       = []string{"keep", "reject", "absent"}
	asKinds     = []string{"money", "weight", "length", "number", "id", "text"}
	timeWords   = []string{"iso", "epoch_s", "epoch_ms", "epoch_us", "excel_1900", "excel_1904", "chinese"}
	topics      = []string{"orders", "shipments", "tracking", "returns", "bills"}
	weightUnits = []string{"g", "kg", "oz", "lb"}
	lengthUnits = []string{"mm", "cm", "m", "in", "ft"}
)

// idColumns are the contract columns that hold numbers which identify a parcel
// or an order: their cells are mended as ids without the feed saying so.
var idColumns = []string{"shipment_id", "order_id", "tracking_number", "last_mile_number", "reference_number", "master_number", "number", "linked_number",
	"account", "bill_no", "provider_number", "reference"}

// unitColumns are the contract columns that may take the unit of a column, by
// convention, the nearest first; none where the kind has no unit.
func unitColumns(column, kind string) []string {
	switch kind {
	case "weight":
		return []string{column + "_unit", "weight_unit"}
	case "length":
		return []string{"length_unit"}
	case "money":
		for _, suffix := range []string{"_amount", "_value"} {
			if base, ok := strings.CutSuffix(column, suffix); ok {
				return []string{base + "_currency", "currency"}
			}
		}
		return []string{"currency"}
	}
	return nil
}

// naive says that a format gives a local time.
func naive(format string) bool {
	return !strings.Contains(format, "%z") && !strings.HasPrefix(format, "epoch_") && format != "iso"
}

// simple says that a format is one that the engine reads by itself. Numbers of
// seconds are not: a count in another unit would give a day of 1970.
func simple(format string) bool {
	return !slices.Contains(timeWords, format) || format == "iso"
}
