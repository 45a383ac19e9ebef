package reports

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/shopspring/decimal"
)

// The cells that most tables are made of. A value that is not there is a dash
// and sorts before all others.

func textCell(s string) cell { return cell{Text: literal(s), Value: s} }

func wordCell(p phrase) cell { return cell{Text: p} }

func countCell(n int64) cell { return cell{Text: digitsOf(count(n)), Value: n} }

// shareCell is a share of 0 to 1; NaN (nothing to count) is a dash.
func shareCell(v float64) cell { return rateCell(percent(v), v) }

// rateCell is a share whose text is already made.
func rateCell(text number, v float64) cell {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return dash()
	}
	return cell{Text: digitsOf(text), Value: v}
}

func tenthCell(v float64) cell { return rateCell(tenth(v), v) }

// moneyCell is an amount as a decimal text with its currency's code.
func moneyCell(amount, currency string) cell {
	d, err := decimal.NewFromString(amount)
	if err != nil {
		return cell{Text: literal(money(amount, currency)), Order: "-1"}
	}
	return cell{Text: digitsOf(number(money(amount, currency))), Value: d}
}

// instantCell is an instant in the zone of the page; an unknown one comes last.
func (c clock) instantCell(t *time.Time) cell {
	if t == nil {
		return cell{Text: digitsOf(none), Order: "9999"}
	}
	return cell{Text: digitsOf(c.minute(*t)), Value: *t}
}

func dash() cell { return cell{Text: digitsOf(none), Order: "-1"} }

// sortKey is the cell's place among the cells of its column; empty: its text.
func (c cell) sortKey() string {
	if c.Order != "" {
		return c.Order
	}
	switch v := c.Value.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', 6, 64)
	case decimal.Decimal:
		return v.String()
	case time.Time:
		return sortTime(&v)
	case nil:
		return ""
	}
	return fmt.Sprint(c.Value)
}
