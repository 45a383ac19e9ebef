package reports

import (
	"html/template"
	"math"
	"slices"
	"time"
)

// page is a report before it has a form. One template makes the HTML file of
// it, one writer the workbook beside it.
type page struct {
	Name      string // of the report: weekly
	Heading   phrase
	Period    number // a week or a range of them; empty: none
	Shop      string // the one shop that the report is narrowed to; empty: all
	Workspace string
	AsOf      time.Time
	Program   string // version of waybill
	Headline  phrase // the report in one line, for the list of reports
	Sections  []section
}

// section is a part of a page with a heading.
type section struct {
	ID     string
	Title  phrase
	Beside phrase // small, in the heading's line
	Quiet  bool   // the heading is for ears only, and not in the contents
	Lead   phrase // above the blocks
	Blocks []block
	Empty  phrase // stands there when there is no block
	Foot   phrase // below the blocks
}

// block is what a section is made of: *table, *figure, pairs, *matrix,
// verdictList, facts or paragraphs. Kind names its part of the template.
type block interface{ Kind() string }

// verdictList is one line per shop: shape, word, reason.
type verdictList []verdictView

// facts are names with values.
type facts []pair

type pair struct{ Label, Value phrase }

type paragraphs []phrase

// pairs stand side by side where there is room.
type pairs []*figure

// figure is a chart, what it says in words, and its data. Without an ID it has
// words and data only.
type figure struct {
	ID      string
	Class   string // sets the height
	Title   string // from data; above the chart
	Beside  phrase // small, in the title's line
	Summary phrase
	Data    *table // folded away where the chart is drawn
}

// table stands in the page and is a sheet of the workbook. Tables of a section
// that differ in Part only share one sheet.
type table struct {
	ID       string // unique in the page
	Caption  phrase // unset: the section's title
	Visible  bool   // the caption is shown
	Part     string // from data, above the table: whose numbers these are
	PartHead phrase // what Part is, as the head of a column of the sheet
	Sheet    phrase // unset: the section's title
	Class    string
	Columns  []column
	Rows     []row
	Sums     []cell // last row; it is not sorted and not in the sheet
	Sortable bool
	Search   phrase // label of a search field; unset: none
	Tall     bool   // scrolls inside itself
	Cards    bool   // on a phone each row is a card, so that no cell is out of sight
	Fold     phrase // the words that open it; unset: it lies open
	Shown    int    // rows in the page, all are in the sheet; 0: all
	Door     *door
}

// kind says how a column reads, sorts and stands in a sheet.
type kind string

const (
	kindText    kind = "text"    // from data
	kindCode    kind = "code"    // from data: a number that is a name, never reckoned with
	kindEvent   kind = "event"   // from data, in a language of its own
	kindPhrase  kind = "phrase"  // words of the page
	kindTag     kind = "tag"     // a short word with a tone
	kindNumber  kind = "number"  // int64 or float64
	kindPercent kind = "percent" // float64, a share
	kindDays    kind = "days"    // float64
	kindChange  kind = "change"  // float64, percentage points
	kindMoney   kind = "money"   // decimal.Decimal; the currency has its own column in the sheet
	kindInstant kind = "instant" // time.Time
	kindDate    kind = "date"    // a day without a zone, 2006-01-02 in UTC
	kindSpark   kind = "spark"   // a drawing
)

// place says whether a column is in the page, in the sheet or in both.
type place string

const (
	inBoth  place = ""
	inPage  place = "page"
	inSheet place = "sheet"
)

type column struct {
	Kind  kind
	Head  phrase
	Sheet phrase // head in the sheet; unset: Head
	Help  phrase // what the column means, listed below the table
	Key   bool   // its cells head their rows
	Class string
	Only  place
}

// row has one cell per column.
type row struct {
	Cells []cell
	Small bool // too few to rank: greyed, with a star
	Open  bool // not over: hatched
}

// cell is shown as Text and reckoned with as Value.
type cell struct {
	Text  phrase
	Sub   []phrase // smaller, below
	Value any      // by the kind of the column; nil: there is none, and the sheet takes Text of a column of words
	Order string   // place in a sorted column; empty: Value, else the text
	Tone  string   // pass, fail, good, bad, urgent, warn, watch
	Mark  string   // a shape, so that colour never speaks alone
	Soft  bool     // says that something is missing
	Hatch bool     // not over
	Copy  bool     // has a button
	Link  string   // a file beside the page
	Hue   int      // 1 to hues, the colour of a channel; 0: none
	Draw  template.HTML
	Alt   string // the drawing in words
	Door  *door
}

// door leads from a number to what it stands on.
type door struct {
	Facts   []pair
	Source  string   // an address or the name of a page
	Files   []string // below the folder queries; their texts stand at the page's foot
	Command string   // gives the rows
}

// matrix is a heat map that needs no script: the number stands in the cell.
type matrix struct {
	ID       string
	Caption  phrase
	Part     string // as of a table; matrices of one section then share their columns
	PartHead phrase
	Corner   phrase // what the rows are
	Values   kind
	Columns  []phrase
	Rows     []matrixRow
}

type matrixRow struct {
	Name  phrase
	Cells []shade // one per column
}

// shade is a number with its depth of colour, 0 (none) to shades.
type shade struct {
	Text  phrase
	Value any
	N     *int64 // of how many; nil: nothing to count
	Depth int
	Small bool
}

// shades is the number of depths of a heat map.
const shades = 5

// depthOf is the shade of a value between the ends of its scale.
func depthOf(v, low, high float64) int {
	if math.IsNaN(v) || high <= low {
		return 0
	}
	return 1 + min(shades-1, max(0, int(math.Floor(shades*(v-low)/(high-low)))))
}

func (*table) Kind() string      { return "table" }
func (*figure) Kind() string     { return "figure" }
func (*matrix) Kind() string     { return "matrix" }
func (pairs) Kind() string       { return "pairs" }
func (verdictList) Kind() string { return "verdicts" }
func (facts) Kind() string       { return "facts" }
func (paragraphs) Kind() string  { return "paragraphs" }

// tables are the tables of a section in their order.
func (s section) tables() []*table {
	var out []*table
	add := func(f *figure) {
		if f.Data != nil {
			out = append(out, f.Data)
		}
	}
	for _, b := range s.Blocks {
		switch b := b.(type) {
		case *table:
			out = append(out, b)
		case *figure:
			add(b)
		case *matrix:
			out = append(out, b.table())
		case pairs:
			for _, f := range b {
				add(f)
			}
		}
	}
	return out
}

// table is the matrix as a sheet has it.
func (m *matrix) table() *table {
	t := &table{ID: m.ID, Caption: m.Caption, Part: m.Part, PartHead: m.PartHead, Columns: []column{{Kind: kindPhrase, Head: m.Corner, Key: true}}}
	for _, c := range m.Columns {
		t.Columns = append(t.Columns, column{Kind: m.Values, Head: c}, column{Kind: kindNumber, Head: say("col.n_of", "of", c), Only: inSheet})
	}
	for _, r := range m.Rows {
		cells := []cell{{Text: r.Name}}
		for _, c := range r.Cells {
			n := dash()
			if c.N != nil {
				n = countCell(*c.N)
			}
			cells = append(cells, cell{Text: c.Text, Value: c.Value}, n)
		}
		t.Rows = append(t.Rows, row{Cells: cells})
	}
	return t
}

// InPage is the matrix without the columns that hold no number: those of
// another part.
func (m *matrix) InPage() *matrix {
	out := *m
	out.Columns, out.Rows = nil, make([]matrixRow, len(m.Rows))
	for i, r := range m.Rows {
		out.Rows[i].Name = r.Name
	}
	for at, head := range m.Columns {
		if !slices.ContainsFunc(m.Rows, func(r matrixRow) bool { return r.Cells[at].N != nil }) {
			continue
		}
		out.Columns = append(out.Columns, head)
		for i, r := range m.Rows {
			out.Rows[i].Cells = append(out.Rows[i].Cells, r.Cells[at])
		}
	}
	return &out
}
