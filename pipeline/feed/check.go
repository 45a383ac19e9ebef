package feed

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"waybill/pipeline/contract"
	"waybill/pipeline/yamldoc"
)

// check tests everything but where the feed comes from.
func (c *checker) check() {
	f := c.feed
	c.source()
	if f.Zone == "" {
		f.Zone = "UTC"
	}
	c.zone("$.zone", f.Zone)
	c.oneOf("$.dst", "dst", f.DST, dsts)
	c.oneOf("$.source_kind", "source_kind", f.SourceKind, sourceKinds)
	if !isParam(f.Decimal) {
		c.oneOf("$.decimal", "decimal", f.Decimal, decimals)
	}
	if f.Threshold != nil && (*f.Threshold < 0 || *f.Threshold > 1) {
		c.bad("$.threshold", "threshold %v is no share between 0 and 1", *f.Threshold)
	}
	c.sentinels("$.sentinels", f.Sentinels)
	if len(f.Outputs) == 0 {
		c.bad("$", "no outputs")
	}
	names := map[string]bool{}
	for i := range f.Outputs {
		o := &f.Outputs[i]
		at := fmt.Sprintf("$.outputs[%d]", i)
		if names[o.Name] {
			c.bad(at, "output %q is there twice; try: name: %s_2", o.Name, o.Name)
		}
		names[o.Name] = true
		t, ok := c.tables[o.Table]
		if !ok || (t.Kind != contract.Observation && t.Kind != contract.Event) {
			msg := fmt.Sprintf("table %q takes no feed; try: ", o.Table)
			if near := yamldoc.Nearest(o.Table, inputs(c.tables)); near != "" {
				msg += near + ", one of "
			}
			c.bad(at+".table", "%s", msg+strings.Join(inputs(c.tables), ", "))
			continue
		}
		c.output(at, o, t)
	}
}

func (c *checker) output(at string, o *Output, t contract.Table) {
	f := c.feed
	if len(o.Explode) > 0 && f.isTable() {
		c.bad(at+".explode", "explode is for json and ndjson")
	}
	for _, p := range o.Explode {
		c.path(at+".explode", p, 0)
	}
	if o.Fill != nil {
		if f.isJSON() {
			c.bad(at+".fill", "fill is for tables; a record of JSON holds its fields itself")
		}
		if len(o.Fill.By) == 0 {
			c.bad(at+".fill", "fill needs by; try: fill: {by: Order ID}")
		}
		for _, n := range o.Fill.Columns {
			if slices.Contains(o.Fill.By, n) {
				c.bad(at+".fill", "column %q makes the group and cannot be filled by it", n)
			}
		}
	}
	c.lines(at, o, t)
	for _, name := range slices.Sorted(maps.Keys(o.Columns)) {
		col, known := t.Column(name)
		where := at + ".columns." + pathKey(name)
		if !known {
			msg := fmt.Sprintf("table %s has no column %q", t.Name, name)
			if near := yamldoc.Nearest(name, columnNames(t)); near != "" {
				msg += "; try: " + near
			}
			c.bad(where, "%s", msg)
			continue
		}
		c.column(where, o.Columns[name], col, o, t)
	}
	for _, col := range t.Columns {
		_, mapped := o.Columns[col.Name]
		ordinal := t.Ordinal != nil && t.Ordinal.Column == col.Name
		if col.Required && !mapped && col.Derive == "" && !ordinal {
			c.bad(at, "output %s lacks %s, which %s requires", o.Name, col.Name, t.Name)
		}
	}
}

// pathKey quotes a key for a YAML path where it is no plain word.
func pathKey(k string) string {
	if nameRE.MatchString(k) {
		return k
	}
	return "'" + strings.ReplaceAll(k, "'", `\'`) + "'"
}

var currencyRE = regexp.MustCompile(`^[A-Z]{3}$`)

func (c *checker) column(at string, m Column, col contract.Column, o *Output, t contract.Table) {
	name := col.Name
	if n := count(len(m.From) > 0, m.Parent != "", m.Value != nil, m.Expr != "", m.Filename != "" && len(m.From) == 0); n != 1 {
		c.bad(at, "column %s: exactly one of from, parent, value, expr, filename; from and filename may stand together", name)
	}
	if m.Filename != "" && !isParam(m.Filename) {
		if re, err := regexp.Compile(m.Filename); err != nil {
			c.bad(at, "column %s: filename: %v", name, err)
		} else if re.NumSubexp() == 0 {
			c.bad(at, "column %s: filename %q has no group to take; try: '(\\d{8})'", name, m.Filename)
		}
	}
	for _, n := range m.From {
		if n == "" {
			c.bad(at, "column %s: a name in from is empty", name)
		} else if c.feed.isJSON() {
			c.path(at, n, len(o.Explode))
		}
	}
	if m.Parent != "" && !c.feed.isTable() {
		c.path(at, m.Parent, 0)
	}
	c.oneOf(at, "column "+name+": else", m.Else, elses)
	c.sentinels(at, m.Sentinels)
	c.kind(at, m, col, o, t)

	times := col.Type == "timestamptz" || col.Type == "date"
	if len(m.Formats) > 0 && !times {
		c.bad(at, "column %s is %s: formats are for times and dates", name, col.Type)
	}
	for _, fm := range m.Formats {
		if strings.Contains(fm, "%") || slices.Contains(timeWords, fm) || isParam(fm) {
			continue
		}
		msg := fmt.Sprintf("column %s: format %q has no %%; try: ", name, fm)
		if near := yamldoc.Nearest(fm, timeWords); near != "" {
			msg += near + ", "
		}
		c.bad(at, "%s", msg+`a strptime format such as "%Y-%m-%d %H:%M:%S", or one of `+strings.Join(timeWords, ", "))
	}
	c.zone(at, m.Zone)
	if (m.Zone != "" || len(m.ZoneFrom) > 0) && col.Type != "timestamptz" {
		c.bad(at, "column %s is %s: a zone is for instants", name, col.Type)
	}
	if m.Zone != "" && len(m.ZoneFrom) > 0 {
		c.bad(at, "column %s: zone or zone_from, not both", name)
	}
	for _, n := range m.ZoneFrom {
		if c.feed.isJSON() {
			c.path(at, n, len(o.Explode))
		}
	}
}

// kind checks what makes a value of a cell.
func (c *checker) kind(at string, m Column, col contract.Column, o *Output, t contract.Table) {
	name := col.Name
	c.oneOf(at, "column "+name+": as", m.As, asKinds)
	text := col.Type == "varchar"
	number := slices.Contains([]string{"decimal(18,4)", "integer", "bigint", "double"}, col.Type)
	switch m.As {
	case "money", "weight", "length", "number":
		if !number {
			c.bad(at, "column %s is %s: as: %s makes a number", name, col.Type, m.As)
		}
	case "id", "text":
		if !text {
			c.bad(at, "column %s is %s: as: %s is for text", name, col.Type, m.As)
		}
	}
	if !isParam(m.Decimal) {
		c.oneOf(at, "column "+name+": decimal", m.Decimal, decimals)
	}
	if !isParam(m.Sign) {
		c.oneOf(at, "column "+name+": sign", m.Sign, signs)
	}
	if m.Sign != "" && !number {
		c.bad(at, "column %s is %s: sign is for numbers", name, col.Type)
	}
	if m.Decimal != "" && !number {
		c.bad(at, "column %s is %s: decimal is for numbers", name, col.Type)
	}
	if m.Width != 0 && (kindOf(col, m) != "id" || m.Width < 0 || m.Width > 40) {
		c.bad(at, "column %s: width is the number of digits of an id, 1 to 40; try: as: id", name)
	}
	measured := len(unitColumns(name, m.As)) > 0
	switch {
	case m.Unit == "" || isParam(m.Unit):
	case !measured:
		c.bad(at, "column %s: unit needs a kind; try: as: weight, as: length or as: money", name)
	case m.As == "weight":
		c.oneOf(at, "column "+name+": unit", m.Unit, weightUnits)
	case m.As == "length":
		c.oneOf(at, "column "+name+": unit", m.Unit, lengthUnits)
	case !currencyRE.MatchString(m.Unit):
		c.bad(at, "column %s: unit %q is no ISO 4217 currency; try: USD, CNY, EUR", name, m.Unit)
	}
	if m.UnitTo != "" {
		to, ok := t.Column(m.UnitTo)
		switch {
		case !measured:
			c.bad(at, "column %s: unit_to needs a kind; try: as: weight, as: length or as: money", name)
		case !ok:
			msg := fmt.Sprintf("column %s: table %s has no column %q for its unit", name, t.Name, m.UnitTo)
			if near := yamldoc.Nearest(m.UnitTo, columnNames(t)); near != "" {
				msg += "; try: " + near
			}
			c.bad(at, "%s", msg)
		case to.Type != "varchar" || to.PII:
			c.bad(at, "column %s: unit_to %s is no text column", name, m.UnitTo)
		}
	}
	if m.Unit != "" && measured {
		to := unitTarget(name, m, t)
		u, ok := o.Columns[to]
		switch {
		case !ok:
		case u.Value == nil:
			c.bad(at, "column %s: unit, and %s is mapped too; try: leave one of them out", name, to)
		case *u.Value != canonicalUnit(m.Unit) && !isParam(*u.Value) && !isParam(m.Unit):
			c.bad(at, "column %s: unit %s, but %s is %q; try: %s", name, m.Unit, to, *u.Value, canonicalUnit(m.Unit))
		}
	}
}

// kindOf is the kind of a column's cells.
func kindOf(col contract.Column, m Column) string {
	switch {
	case m.As == "text":
		return ""
	case m.As != "":
		return m.As
	case m.Value == nil && col.Type == "varchar" && slices.Contains(idColumns, col.Name):
		return "id"
	}
	return ""
}

// unitTarget is the contract column that takes a column's unit: its own by
// convention, else the one that the table has for all of the kind; whether the
// table has one or not. Empty: the kind has no unit.
func unitTarget(name string, m Column, t contract.Table) string {
	if m.UnitTo != "" {
		return m.UnitTo
	}
	list := unitColumns(name, m.As)
	for _, c := range list {
		if _, ok := t.Column(c); ok {
			return c
		}
	}
	return Names(list).first()
}

// sentinels checks that patterns are patterns.
func (c *checker) sentinels(at string, s map[string]string) {
	for _, k := range slices.Sorted(maps.Keys(s)) {
		if p, ok := pattern(k); ok {
			if _, err := regexp.Compile(p); err != nil {
				c.bad(at, "sentinel %q: %v", k, err)
			}
		}
	}
}

func count(bs ...bool) int {
	n := 0
	for _, b := range bs {
		if b {
			n++
		}
	}
	return n
}
