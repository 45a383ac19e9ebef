package feed

import (
	"fmt"
	"strings"

	"waybill/pipeline/cell"
	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
	"waybill/pipeline/zone"
)

// soiled is the condition that an id may need mending: it starts with a sign
// (blank, quote, apostrophe, =, backtick), ends in a tab or line end, or holds a
// blank, a point, a plus (scientific notation) or anything that is not ASCII.
// Ids stand in every row of every file, so these are tests that together cost
// what trimming does; a regular expression takes six times as long.
const soiled = "%[1]s < '0' or (%[1]s > ':' and %[1]s < 'A') or (%[1]s > '[' and %[1]s < 'a') or ends_with(%[1]s, chr(9)) or ends_with(%[1]s, chr(13)) or contains(%[1]s, ' ') or contains(%[1]s, '.') or contains(%[1]s, '+') or length(%[1]s) <> strlen(%[1]s)"

// value fills what makes a value of the cell's text: the engine's own cast
// where that is enough, package cell where cells may have to be mended.
func (f *Feed) value(x *mapped, o Output, h header) error {
	text := textName(x.Name)
	x.spec = cell.Spec{Type: x.Type, Kind: x.kind, Decimal: firstOf(x.by.Decimal, f.Decimal), Unit: x.by.Unit, Formats: x.by.Formats, Width: x.by.Width}
	if err := f.zoneOf(x, o, h); err != nil {
		return err
	}
	if x.Type == "varchar" && x.kind == "" {
		x.typed = text
		return nil
	}
	number := x.Type != "varchar" && x.Type != "boolean" && x.Type != "date" && x.Type != "timestamptz"
	if number && x.kind == "" {
		if x.spec.Decimal != "comma" {
			x.typed = fmt.Sprintf("try_cast(%s as %s)", text, x.Type)
			return nil
		}
		x.kind, x.spec.Kind = "number", "number"
	}
	c, err := cell.Compile(text, x.spec)
	if err != nil {
		return err
	}
	x.blank = c.Blank
	fast := ""
	switch {
	case x.kind == "id" && x.by.Width == 0:
		x.typed = fmt.Sprintf("case when "+soiled+" then %[2]s else %[1]s end", text, c.Value)
		return nil
	case number || x.kind == "id":
		x.typed = c.Value
		if x.to != "" {
			declared := "cast(null as varchar)"
			if d := canonicalUnit(x.by.Unit); d != "" {
				declared = engine.Literal(d)
			}
			// a bare number names no unit; most cells are bare numbers
			x.unit = fmt.Sprintf("case when try_cast(%s as %s) is not null then %s else coalesce(%s, %s) end", text, x.Type, declared, c.Unit, declared)
		}
		return nil
	case x.Type == "boolean":
		fast = "try_cast(" + text + " as boolean)"
	case x.zone == "" && x.Type == "timestamptz" && f.localTime(x, text):
		instant, err := zone.Instant(localName(x.Name), firstOf(f.Zone, "UTC"), h.around)
		if err != nil {
			return err
		}
		rest := c.Value
		if x.own != "" {
			rest = fmt.Sprintf("coalesce(try_cast(%s as timestamptz), %s)", text, c.Value)
		}
		x.typed = fmt.Sprintf("case when %s is not null then %s when %s is not null then %s end", localName(x.Name), instant, text, rest)
		return nil
	case x.zone == "":
		fast = fastTime(*x, text)
	}
	if fast == "" {
		x.typed = c.Value
		return nil
	}
	// the engine's cast first: only cells that fail it are mended
	x.typed = fmt.Sprintf("case when %s is not null then coalesce(%s, %s) end", text, fast, c.Value)
	return nil
}

// zoneOf fills the zone of a column's local times.
func (f *Feed) zoneOf(x *mapped, o Output, h header) error {
	switch {
	case len(x.by.ZoneFrom) > 0:
		if _, _, ok := f.raw(Column{From: x.by.ZoneFrom}, o, h); !ok {
			return fmt.Errorf("zone_from %s is not in the file", quotedList(x.by.ZoneFrom))
		}
		x.zone = zoneName(x.Name)
	case x.by.Zone != "" && x.by.Zone != f.Zone:
		x.zone = engine.Literal(x.by.Zone)
	}
	x.spec.Zone = x.zone
	return nil
}

// canonicalUnit is the unit that a value has which was stated in another one.
func canonicalUnit(unit string) string {
	switch unit {
	case "m":
		return "cm"
	case "ft":
		return "in"
	}
	return unit
}

// wrong lists the conditions under which a cell fails, and says so in words.
func (f *Feed) wrong(c mapped, t contract.Table) (conditions []string, reason, shown string) {
	text, typed := textName(c.Name), typedName(c.Name)
	reason, shown = "is no "+typeWord(c), text
	// a plain text cannot fail
	if c.Type != "varchar" || c.kind != "" {
		fail := fmt.Sprintf("%s is not null and %s is null", text, typed)
		// an empty required cell fails either way; the engine takes an expression
		// that stands twice out of its CASE and runs it on every row
		if c.blank != "" && c.blank != "false" && !c.Required {
			fail = fmt.Sprintf("case when %s then not %s else false end", fail, c.blank)
		}
		conditions = append(conditions, "("+fail+")")
	}
	// CASE, because AND looks at every row on both sides
	if c.kind == "" && c.Type == "decimal(18,4)" {
		conditions = append(conditions, fmt.Sprintf(`case when length(%[1]s) - strpos(%[1]s, '.') > 4 and strpos(%[1]s, '.') > 0 then regexp_matches(%[1]s, '\.\d{4}\d*[1-9]') else false end`, text))
	}
	if c.kind == "" && (c.Type == "integer" || c.Type == "bigint") {
		conditions = append(conditions, fmt.Sprintf(`case when strpos(%[1]s, '.') > 0 then not regexp_full_match(%[1]s, '[+-]?\d+\.0*') else false end`, text))
	}
	if c.said != "" {
		conditions = append(conditions, fmt.Sprintf("(%s is not null and %s is null)", saidName(c.Name), text))
		reason, shown = "has a value that the map of the feed does not name", saidName(c.Name)
		if c.Type != "varchar" || c.kind != "" {
			reason += " or is no " + typeWord(c)
		}
	}
	if c.Required && c.kind != "id" {
		empty := text
		if c.blank != "" {
			empty = typed
		}
		conditions = append(conditions, empty+" is null")
		reason += " or is empty"
		if c.Type == "varchar" && c.kind == "" && c.said == "" {
			reason = "is empty"
		}
	}
	return conditions, reason, shown
}

func typeWord(c mapped) string {
	switch c.kind {
	case "money":
		return "amount of money with up to 4 decimals"
	case "weight", "length":
		return c.kind + " with a unit that is known"
	case "id":
		return "intact number"
	}
	switch c.Type {
	case "timestamptz":
		return "time"
	case "decimal(18,4)":
		return "amount with up to 4 decimals"
	case "integer", "bigint":
		return "whole number"
	case "double":
		return "number"
	}
	return c.Type
}

// unitOf is the SQL of a unit column that no mapping gives: the unit of the
// cells whose kind says so. False where there is none.
func unitOf(column string, cells []mapped) (string, bool) {
	var arms []string
	for _, c := range cells {
		if c.unit != "" && c.to == column {
			arms = append(arms, fmt.Sprintf("case when %s is not null then %s end", typedName(c.Name), unitName(c.Name)))
		}
	}
	if len(arms) == 0 {
		return "", false
	}
	return "coalesce(" + strings.Join(arms, ", ") + ")", true
}

// conflict is the condition that a cell names another unit than the column for
// it, or than a cell before it; empty where there is nothing to compare.
func conflict(at int, cells []mapped) (condition, reason string) {
	c := cells[at]
	if c.unit == "" {
		return "", ""
	}
	to := c.to
	for i, d := range cells {
		switch {
		case d.Name == to:
			return fmt.Sprintf("(%s is not null and lower(%s) <> lower(%s))", typedName(c.Name), unitName(c.Name), typedName(to)),
				"names another unit than " + to
		case i < at && d.unit != "" && d.to == to:
			return fmt.Sprintf("(%s is not null and %s is not null and %s <> %s)", typedName(c.Name), typedName(d.Name), unitName(c.Name), unitName(d.Name)),
				"has another unit than " + d.Name
		}
	}
	return "", ""
}

// The names of a column while a record is read: text x_, text before its map
// s_, zone z_, value t_, unit u_.
func textName(column string) string  { return engine.Ident("x_" + column) }
func saidName(column string) string  { return engine.Ident("s_" + column) }
func zoneName(column string) string  { return engine.Ident("z_" + column) }
func typedName(column string) string { return engine.Ident("t_" + column) }
func unitName(column string) string  { return engine.Ident("u_" + column) }
func ownName(column string) string   { return engine.Ident("o_" + column) }
func localName(column string) string { return engine.Ident("l_" + column) }
