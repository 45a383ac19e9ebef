package reports

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"

	"waybill/pipeline/metric"
)

// origin is what a page about bills stands on, for the commands that give its rows.
type origin struct {
	asOf     time.Time
	version  string
	from, to string   // days of the bills; empty: all
	bill     []string // conditions of the one bill; nil: all
}

// safeText is a text that may stand in a command between double quotes, in any shell.
var safeText = regexp.MustCompile(`^[\p{L}\p{N} _./#:+-]{1,80}$`)

// is compares a column with a text from data. One that a shell might read as more
// than a text is known by its hash.
func is(column, value string) string {
	if value == "" || safeText.MatchString(value) {
		return column + " = '" + value + "'"
	}
	sum := md5.Sum([]byte(value))
	return "md5(" + column + ") = '" + hex.EncodeToString(sum[:]) + "'"
}

// isOrNone is the same of a column that is null where there is none.
func isOrNone(column, value string) string {
	if value == "" {
		return column + " is null"
	}
	return is(column, value)
}

// rowsOf leads to the rows of a table that make up a number.
func (m origin) rowsOf(table string, where ...string) *door { return m.ask(false, table, where) }

// audited is the same of a table of the audit.
func (m origin) audited(table string, where ...string) *door { return m.ask(true, table, where) }

func (m origin) ask(audited bool, table string, where []string) *door {
	query := "select * from " + table
	if len(where) > 0 {
		query += " where " + strings.Join(where, " and ")
	}
	command := sqlCommand(query, m.asOf, m.version)
	if audited {
		command = strings.Replace(command, "waybill sql ", "waybill sql --audit ", 1)
	}
	return &door{Command: command}
}

// within narrows to the bills of the page.
func (m origin) within(where ...string) []string {
	if m.from != "" {
		where = append(where, fmt.Sprintf("provider || '/' || bill_no in (select provider || '/' || bill_no from bills where bill_date between date '%s' and date '%s')", m.from, m.to))
	}
	return append(where, m.bill...)
}

// sliceIs is the conditions of a slice on audit_slices and claimed_slices.
func (m origin) sliceIs(s metric.MoneySlice, by ...string) []string {
	out := []string{is("currency", s.Currency)}
	for _, c := range by {
		switch c {
		case "provider":
			out = append(out, is(c, s.Provider))
		case "bill_month":
			month := "1900-01"
			if s.Month != "" {
				month = s.Month
			}
			out = append(out, "bill_month = date '"+month+"-01'")
		case "channel":
			out = append(out, isOrNone(c, s.Channel))
		case "sku_class":
			out = append(out, isOrNone(c, s.SKUClass))
		case "charge":
			out = append(out, is(c, s.Charge))
		}
	}
	return m.within(out...)
}

// billIs is the conditions of a bill.
func billIs(provider, account, bill string) []string {
	out := []string{is("provider", provider), is("bill_no", bill)}
	if account != "" {
		out = append(out, is("account", account))
	}
	return out
}
