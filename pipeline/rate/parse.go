package rate

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"waybill/pipeline/yamldoc"
)

// CardFile is the name of a card in its folder.
const CardFile = "card.yaml"

var word = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// Parse reads the card in a folder of fsys and everything that it names. dir
// stands in errors, which are file:line:col; all of them are told, joined, in
// the order of files and lines. A card with an error has no rows.
func Parse(fsys fs.FS, dir string) (*Card, *Rows, error) { return parse(fsys, dir, nil) }

// parse is Parse with other texts in the place of some files of the folder.
func parse(fsys fs.FS, dir string, instead map[string][]byte) (*Card, *Rows, error) {
	b, err := fs.ReadFile(fsys, path.Join(dir, CardFile))
	if err != nil {
		return nil, nil, err
	}
	c := &checker{
		dir: dir, file: path.Join(dir, CardFile), text: b, card: &Card{},
		read: func(name string) ([]byte, error) {
			if !fs.ValidPath(name) || strings.Contains(name, "/") {
				return nil, fmt.Errorf("%q is no file name; try: a CSV in the folder of the card", name)
			}
			if b, ok := instead[name]; ok {
				return b, nil
			}
			b, err := fs.ReadFile(fsys, path.Join(dir, name))
			if errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("%s does not exist in %s", name, dir)
			}
			return b, err
		},
		changed: changed.Match(b), rows: &Rows{},
	}
	if err := yamldoc.Decode(c.file, b, c.card); err != nil {
		return nil, nil, err
	}
	c.card.File, c.card.text = c.file, b
	c.checkCard(path.Base(dir))
	for i := range c.card.Versions {
		c.checkVersion(i)
	}
	if len(c.errs) == 0 {
		c.follow()
	}
	if err := c.err(); err != nil {
		return nil, nil, err
	}
	return c.card, c.rows, nil
}

// checker collects the mistakes of a card and the rows that it compiles to.
type checker struct {
	dir, file string
	text      []byte
	card      *Card
	read      func(name string) ([]byte, error)
	rows      *Rows
	errs      []mistake
	changed   bool // the text has numbers that YAML changes
}

type mistake struct {
	file      string
	line, col int
	text      string
}

func (c *checker) place(file string, line, col int, format string, args ...any) {
	c.errs = append(c.errs, mistake{file, line, col, fmt.Sprintf(format, args...)})
}

// bad notes a mistake at a YAML path, or at the nearest place above it that the
// file has.
func (c *checker) bad(at, format string, args ...any) {
	line, col := yamldoc.Position(c.text, at)
	for line == 0 {
		cut := max(strings.LastIndex(at, "."), strings.LastIndex(at, "["))
		if cut <= 0 {
			line, col = 1, 1
			break
		}
		at = at[:cut]
		line, col = yamldoc.Position(c.text, at)
	}
	c.place(c.file, line, col, format, args...)
}

func (c *checker) err() error {
	slices.SortStableFunc(c.errs, func(a, b mistake) int {
		if (a.file == c.file) != (b.file == c.file) { // the card before its tables
			if a.file == c.file {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line), cmp.Compare(a.col, b.col))
	})
	var all []error
	for _, e := range slices.Compact(c.errs) {
		all = append(all, fmt.Errorf("%s:%d:%d: %s", e.file, e.line, e.col, e.text))
	}
	return errors.Join(all...)
}

func (c *checker) checkCard(folder string) {
	k := c.card
	if k.ID != folder {
		c.bad("$.card", "card %q lies in the folder %q; try: give both one name", k.ID, folder)
	}
	if !word.MatchString(k.ID) {
		c.bad("$.card", "card %q; try: lower-case letters, digits and _", k.ID)
	}
	for _, f := range []struct{ key, value string }{{"title", k.Title}, {"provider", k.Provider}, {"currency", k.Currency}, {"tz", k.Zone}} {
		if f.value == "" {
			c.bad("$."+f.key, "the card has no %s", f.key)
		}
	}
	if len(k.Channels) == 0 {
		c.bad("$.channels", "the card has no channels; try: the names that shipments.channel holds")
	}
	for i, ch := range k.Channels {
		if ch == "" || slices.Index(k.Channels, ch) != i {
			c.bad(fmt.Sprintf("$.channels[%d]", i), "channel %q stands a second time or is empty", ch)
		}
	}
	if k.Currency != "" && !regexp.MustCompile(`^[A-Z]{3}$`).MatchString(k.Currency) {
		c.bad("$.currency", "currency %q is no code of ISO 4217; try: CNY", k.Currency)
	}
	if k.Zone != "" && !isZone(k.Zone) {
		c.bad("$.tz", "%q is no time zone; try: Asia/Shanghai", k.Zone)
	}
	k.DatedBy = cmp.Or(k.DatedBy, "handed_over")
	c.choice("$.dated_by", k.DatedBy, DatedBys)
	if len(k.Versions) == 0 {
		c.bad("$.versions", "the card has no versions")
	}
}

func isZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local"
}

func (c *checker) choice(at, value string, known []string) {
	if slices.Contains(known, value) {
		return
	}
	if value == "" {
		c.bad(at, "%s is missing; try: %s", at[strings.LastIndex(at, ".")+1:], strings.Join(known, ", "))
		return
	}
	hint := ""
	if len(value) > 3 { // ft is no slip of mm
		hint = yamldoc.Nearest(value, known)
	}
	if hint == "" {
		hint = strings.Join(known, ", ")
	}
	c.bad(at, "unknown word %q; try: %s", value, hint)
}

// day reads a day; empty is absent.
func (c *checker) day(at, s string) (t time.Time, given bool) {
	if s == "" {
		return t, false
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		c.bad(at, "%q is no day; try: 2026-03-02", s)
	}
	return t, err == nil
}

// scaled reads a decimal as whole 0.0001; empty is absent.
func (c *checker) scaled(at, s string) (n int64, given bool) {
	if s == "" {
		return 0, false
	}
	n, err := Scaled(c.written(at, s), 4)
	if err != nil {
		c.bad(at, "%v", err)
	}
	return n, err == nil
}

// changed finds the numbers that YAML does not leave as they are written: it
// makes 8 of 010 and 17 of 0x11, and gives 1500000.5 and 0.00001 an exponent.
var changed = regexp.MustCompile(`(?m)(^|[^\w.-])(0[0-9_xXoObB]|[0-9.]+[_eE]|[0-9]{7,}\.|0?\.0000)`)

// written is a number as the file has it. What is no plain number there stays
// as it was read.
func (c *checker) written(at, s string) string {
	if !c.changed || strings.Trim(s, "0123456789.e+-") != "" { // to find a place takes as long as to read the file
		return s
	}
	line, col := yamldoc.Position(c.text, at)
	lines := bytes.Split(c.text, []byte("\n"))
	if line < 1 || line > len(lines) {
		return s
	}
	text := []rune(string(lines[line-1]))
	if col < 1 || col > len(text) || !unicode.IsDigit(text[col-1]) {
		return s
	}
	word, _, _ := strings.Cut(string(text[col-1:]), " ")
	return strings.FieldsFunc(word, func(r rune) bool { return strings.ContainsRune(",]}#\r\t", r) })[0]
}

// under is the path of a key of a map.
func under(at, key string) string {
	if word.MatchString(key) {
		return at + "." + key
	}
	return at + ".'" + strings.ReplaceAll(key, "'", "\\'") + "'"
}

// positive is scaled, of a value that must be there and above zero.
func (c *checker) positive(at, s string) int64 {
	n, given := c.scaled(at, s)
	if s == "" || given && n == 0 {
		c.bad(at, "%s is missing or zero", at[strings.LastIndex(at, ".")+1:])
	}
	return n
}

// Bounds of what a card may say, so that no price of a parcel leaves the whole
// numbers that it is counted in: far beyond any contract.
const (
	mostWeight  = 1000 * 10_000 // ticks of a step
	leastDivide = 1000          // e4, as mostDivide
	mostDivide  = 1_000_000_000_000
	mostPrice   = 90_000 * 10_000 // e4, for one unit of weight
	mostPercent = 1000 * 10_000   // e4 of a hundredth
)

// within tells a value beyond its bound.
func (c *checker) within(at string, n, least, most int64) {
	if n != 0 && (n < least || n > most) {
		c.bad(at, "%s is not from %s to %s", ticks(n), ticks(least), ticks(most))
	}
}

// forever is the end of a version without one.
var forever = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// follow gives each day to one version: to the one that was recorded last. None
// may leave a gap.
func (c *checker) follow() {
	of := map[string][]int{}
	for i, v := range c.card.Versions {
		if len(v.Countries) == 0 {
			of[""] = append(of[""], i)
		}
		for _, country := range v.Countries {
			of[country] = append(of[country], i)
		}
	}
	if len(of) > 1 && of[""] != nil {
		c.bad(fmt.Sprintf("$.versions[%d]", of[""][0]), "this version names no countries and others do; try: countries for all, or for none")
		return
	}
	for _, country := range slices.Sorted(maps.Keys(of)) {
		list := of[country]
		var days []time.Time
		for _, i := range list {
			days = append(days, c.rows.Versions[i].From, c.end(i))
		}
		slices.SortFunc(days, time.Time.Compare)
		days = slices.Compact(days)
		for d := range len(days) - 1 {
			from, to := days[d], days[d+1]
			best := -1
			var tied []int
			for _, i := range list {
				if c.rows.Versions[i].From.After(from) || c.end(i).Before(to) {
					continue
				}
				if best < 0 || c.rows.Versions[i].Recorded.After(c.rows.Versions[best].Recorded) {
					best, tied = i, nil
				} else if c.rows.Versions[i].Recorded.Equal(c.rows.Versions[best].Recorded) {
					tied = append(tied, i)
				}
			}
			for _, i := range tied {
				c.bad(fmt.Sprintf("$.versions[%d].from", i), "this version and the one from %s both hold on %s and were recorded on one day; try: end the earlier one with to, or say recorded_at",
					c.card.Versions[best].From, from.Format(time.DateOnly))
			}
			if best < 0 {
				c.bad("$.versions", "no version holds from %s to the day before %s", from.Format(time.DateOnly), to.Format(time.DateOnly))
				continue
			}
			c.ended(list, best, from)
			c.rows.Spans = append(c.rows.Spans, SpanRow{c.card.ID, country, from, to, int64(best)})
		}
	}
}

// ended tells of a version whose stated end lies behind the first day of the
// one that takes its place: one of the two days is a slip, unless recorded_at
// says that the later one is a correction. Without an end it just goes on until
// it is replaced.
func (c *checker) ended(list []int, best int, from time.Time) {
	if c.card.Versions[best].RecordedAt != "" || !c.rows.Versions[best].From.Equal(from) {
		return
	}
	for _, i := range list {
		if v := c.rows.Versions[i]; v.To != nil && v.From.Before(from) && v.To.After(from) {
			c.bad(fmt.Sprintf("$.versions[%d].from", best), "this version begins on %s, and the one from %s ends on %s only; try: one day for both, or say recorded_at",
				c.card.Versions[best].From, c.card.Versions[i].From, c.card.Versions[i].To)
		}
	}
}

func (c *checker) end(i int) time.Time {
	if to := c.rows.Versions[i].To; to != nil {
		return *to
	}
	return forever
}
