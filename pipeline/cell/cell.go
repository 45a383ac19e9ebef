package cell

import (
	"fmt"
	"slices"
	"strings"
)

// Spec says what a column's cells mean.
type Spec struct {
	// Type is the contract's type: varchar, decimal(18,4), integer, bigint,
	// double, boolean, date, timestamptz.
	Type string
	// Kind is "" (plain), money, weight, length, number or id.
	Kind string
	// Decimal is the decimal mark: "point", "comma", or "" for a point, where a
	// comma is taken for the mark only if it cannot separate thousands (see
	// canonical).
	Decimal string
	// Unit is what a bare number means. Weight: g, kg, oz, lb. Length: mm, cm,
	// in, m, ft (m becomes cm, ft becomes in). Money: the ISO code of the column,
	// which says what $ or ¥ stands for.
	Unit string
	// Formats of times and dates are strptime formats and the words iso,
	// epoch_s, epoch_ms, epoch_us, epoch_auto, excel_1900, excel_1904, chinese.
	// They are tried in this order; none means iso.
	Formats []string
	// Zone is SQL for the zone of a local time, an IANA name or an offset such
	// as +08:00; empty, and a row where it is NULL, means the session's zone.
	Zone string
	// Width of an id: leading zeros are put back where only digits stand and at
	// most three are missing; 0 leaves ids as they are.
	Width int
}

// SQL are expressions over the text that Compile was given.
type SQL struct {
	Value string // of Spec.Type; NULL where the text is not certain
	Unit  string // varchar: unit or ISO currency, NULL where there is none; "" for a kind without units
	Blank string // boolean, never NULL for a text: it means that there is no value
}

var (
	types = []string{"varchar", "decimal(18,4)", "integer", "bigint", "double", "boolean", "date", "timestamptz"}
	kinds = []string{"", "money", "weight", "length", "number", "id"}
)

// check refuses what cannot be meant.
func (s Spec) check() error {
	switch {
	case !slices.Contains(types, s.Type):
		return fmt.Errorf("type %q is none of a contract; try: one of %s", s.Type, strings.Join(types, ", "))
	case !slices.Contains(kinds, s.Kind):
		return fmt.Errorf("kind %q is not known; try: one of %s", s.Kind, strings.Join(kinds[1:], ", "))
	case s.Decimal != "" && s.Decimal != "point" && s.Decimal != "comma":
		return fmt.Errorf("decimal %q is not known; try: point or comma", s.Decimal)
	case s.Kind == "id" && s.Type != "varchar":
		return fmt.Errorf("an id is a text, the column is %s; try: another kind", s.Type)
	case s.Kind != "" && s.Kind != "id" && !slices.Contains([]string{"decimal(18,4)", "integer", "bigint", "double"}, s.Type):
		return fmt.Errorf("kind %s is a number, the column is %s; try: no kind", s.Kind, s.Type)
	case s.Width < 0 || s.Width > 40:
		return fmt.Errorf("width %d is no number of digits; try: 1 to 40", s.Width)
	}
	switch s.Kind {
	case "money":
		if s.Unit != "" && !slices.Contains(currencies, s.Unit) {
			return fmt.Errorf("unit %q is no currency; try: an ISO 4217 code such as USD", s.Unit)
		}
	case "weight", "length":
		if _, _, ok := bare(s); !ok {
			return fmt.Errorf("unit %q is no %s; try: %s", s.Unit, s.Kind, map[string]string{"weight": "g, kg, oz, lb", "length": "mm, cm, in, m, ft"}[s.Kind])
		}
	}
	if s.Type == "date" || s.Type == "timestamptz" {
		return s.checkTimes()
	}
	return nil
}

// Compile gives the SQL of a cell. text is SQL that gives the cell's text; it
// stands in the result several times, so an identifier is best; names of an
// underscore and one letter (_c) are taken. A query may
// hold each result once: the optimiser lifts an expression that stands twice
// out of the branch where only failed cells pay for it.
func Compile(text string, s Spec) (SQL, error) {
	if err := s.check(); err != nil {
		return SQL{}, err
	}
	out := SQL{Blank: blank(text, s)}
	number := s.Kind
	if number == "" && s.Decimal == "comma" {
		number = "number"
	}
	switch {
	case number == "money":
		out.Value, out.Unit = money(text, s)
	case number == "weight" || number == "length":
		out.Value, out.Unit = measured(text, s)
	case s.Kind == "id":
		out.Value = id(text, s)
	case s.Type == "varchar":
		out.Value = text
	case s.Type == "boolean":
		out.Value = flag(text)
	case s.Type == "date":
		out.Value = day(text, s)
	case s.Type == "timestamptz":
		out.Value = instant(text, s)
	case number == "number":
		out.Value = marked(text, s)
	default:
		out.Value = plainNumber(text, s.Type)
	}
	return out, nil
}

// LocalSQL is SQL for the naive timestamp that stands in a cell of a time
// column, for a check of clock changes; NULL where the cell carries its own
// offset or is no local time.
func LocalSQL(text string, s Spec) string {
	return again(text, moment(text, s, true), moment("_c", s, true))
}
