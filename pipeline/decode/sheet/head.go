package sheet

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	searchRows = 50       // in which a header is looked for
	moreRows   = 150      // after it, that show which columns are in use
	maxHead    = 64 << 20 // bytes of them
	maxHeader  = 10_000   // row that may be given as the header
)

// header is the header of a table.
type header struct {
	row   int64 // its last line
	first int64 // its first line
	cols  []int // of the sheet, ascending: those that have a name
	names []string
	found int // how many of the expected names it holds
}

// lead reads the rows up to a number, and one more where there is one.
func (r *rows) lead(upTo int64) ([]row, error) {
	var out []row
	bytes := 0
	for {
		next, ok, err := r.next()
		if err != nil || !ok {
			return out, err
		}
		out = append(out, next.clone())
		if bytes += len(next.buf) + 32*len(next.cells); bytes > maxHead {
			return nil, r.refuse(0, fmt.Sprintf("the first rows are longer than %d MiB", maxHead>>20), "remove what is no data from them")
		}
		if next.num > upTo {
			return out, nil
		}
	}
}

// findHeader finds the header among the first rows. It is nil where there is
// none, which is a refusal only when no other sheet has one.
func findHeader(head []row, merged []area, o Options) *header {
	if o.Header > 0 {
		return headerAt(head, merged, int64(o.Header), o)
	}
	var best *header
	if len(o.Expect) > 0 {
		for _, r := range head {
			if r.num > searchRows {
				break
			}
			if h := headerAt(head, merged, r.num, o); h != nil && h.found > 0 && (best == nil || h.found > best.found) {
				best = h
			}
		}
		return best
	}
	if i := likelyHeader(head); i >= 0 {
		return headerAt(head, merged, head[i].num, o)
	}
	return nil
}

// likelyHeader is the first row with two texts or more that is followed by a row
// with as many cells or more. A row of texts before it that is as wide is taken
// instead: it was passed over because the row after it has blanks.
func likelyHeader(head []row) int {
	found := -1
	for i, r := range head {
		if r.num > searchRows {
			break
		}
		if texts(r) >= 2 && i+1 < len(head) && len(head[i+1].cells) >= len(r.cells) {
			found = i
			break
		}
	}
	best, width := found, 1
	if found >= 0 {
		head, width = head[:found], len(head[found].cells)-1
	}
	for i, r := range head {
		if r.num <= searchRows && texts(r) == len(r.cells) && len(r.cells) > width {
			best, width = i, len(r.cells)
		}
	}
	return best
}

func texts(r row) int {
	n := 0
	for _, c := range r.cells {
		if c.kind == kindText {
			n++
		}
	}
	return n
}

// headerAt makes the header that begins in a row; nil where that row is blank.
func headerAt(head []row, merged []area, num int64, o Options) *header {
	upper := find(head, num)
	h := &header{first: num, row: num + int64(o.HeaderRows) - 1}
	lower := find(head, h.row)
	if upper == nil && (o.HeaderRows == 1 || lower == nil) {
		return nil
	}
	last := 0
	for _, r := range []*row{upper, lower} {
		if r != nil {
			last = max(last, r.cells[len(r.cells)-1].col)
		}
	}
	for _, a := range merged {
		if a.first < num && a.last >= num && a.left == a.right {
			last = max(last, a.left)
		}
	}
	for col := 1; col <= last; col++ {
		if name := nameAt(head, merged, h, col); name != "" {
			h.cols, h.names = append(h.cols, col), append(h.names, name)
		}
	}
	if len(h.cols) == 0 {
		return nil
	}
	h.found = expected(h.names, o)
	return h
}

// nameAt is the name that a header gives a column. Of two lines the upper one
// counts where it is merged over several columns, or where the lower is blank.
func nameAt(head []row, merged []area, h *header, col int) string {
	top := at(head, h.row, col)
	if h.first == h.row {
		if top == "" {
			if a := over(merged, h.row, col); a != nil && a.left == a.right {
				top = at(head, a.first, col)
			}
		}
		return top
	}
	upper, wide := at(head, h.first, col), false
	if a := over(merged, h.first, col); a != nil {
		upper, wide = at(head, a.first, a.left), a.right > a.left
	}
	if a := over(merged, h.row, col); a != nil && a.first == h.row {
		top = at(head, a.first, a.left)
	}
	switch {
	case top == "":
		return upper
	case wide && upper != "":
		return strings.TrimSpace(upper) + " " + strings.TrimSpace(top)
	}
	return top
}

func find(head []row, num int64) *row {
	i, ok := slices.BinarySearchFunc(head, num, func(r row, num int64) int {
		switch {
		case r.num < num:
			return -1
		case r.num > num:
			return 1
		}
		return 0
	})
	if !ok {
		return nil
	}
	return &head[i]
}

func at(head []row, num int64, col int) string {
	if r := find(head, num); r != nil {
		return r.at(col)
	}
	return ""
}

// expected counts the expected names that are among the names.
func expected(names []string, o Options) int {
	have := map[string]bool{}
	for _, n := range names {
		have[o.Fold(n)] = true
	}
	n := 0
	for _, e := range o.Expect {
		if have[o.Fold(e)] {
			n++
		}
	}
	return n
}

// gaps tells that a column without a name in the header has text above it: the
// name may be merged down from there.
func gaps(head []row, h *header) bool {
	for _, r := range head {
		if r.num >= h.first {
			return false
		}
		for _, c := range r.cells {
			if _, named := slices.BinarySearch(h.cols, c.col); !named {
				return true
			}
		}
	}
	return false
}

// area is a merged area; 1-based, ends included.
type area struct {
	first, last int64
	left, right int
}

func over(merged []area, num int64, col int) *area {
	for i, a := range merged {
		if a.first <= num && num <= a.last && a.left <= col && col <= a.right {
			return &merged[i]
		}
	}
	return nil
}

const maxMerged = 10_000

// merged reads the merged areas that begin in the first rows. They stand behind
// the cells, so that the whole part is passed.
func (b *book) merged(s ref, upTo int64) ([]area, error) {
	var out []area
	err := b.walk(s.part, func(sc *scanner) error {
		if string(sc.name) != "mergeCell" {
			return nil
		}
		text, err := sc.attr("ref")
		if err != nil {
			return err
		}
		from, to, ok := strings.Cut(text, ":")
		if !ok {
			return nil
		}
		a := area{left: columnOf([]byte(from)), right: columnOf([]byte(to)), first: rowOf(from), last: rowOf(to)}
		if a.left > 0 && a.right >= a.left && a.right <= maxColumns && a.first > 0 && a.last >= a.first && a.first <= upTo && len(out) < maxMerged {
			out = append(out, a)
		}
		return nil
	})
	return out, err
}

func rowOf(place string) int64 {
	n, err := strconv.ParseInt(strings.TrimLeft(place, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// locate chooses the sheet and finds its header.
func (b *book) locate() (ref, *header, error) {
	list, err := b.candidates()
	if err != nil {
		return ref{}, nil, err
	}
	if len(b.opt.Expect) == 0 {
		list = list[:1]
	}
	var best ref
	var bestHeader *header
	var wrong error
	for _, s := range list {
		h, err := b.headerOf(s)
		var r *Refusal
		if errors.As(err, &r) {
			wrong = cmp.Or(wrong, err) // a sheet that is not meant may be of any form
			continue
		}
		if err != nil {
			return ref{}, nil, err
		}
		if h == nil {
			continue
		}
		if bestHeader == nil || h.found > bestHeader.found {
			best, bestHeader = s, h
		}
		if h.found == len(b.opt.Expect) {
			break
		}
	}
	if bestHeader != nil {
		return best, bestHeader, nil
	}
	if wrong != nil {
		return ref{}, nil, wrong
	}
	return ref{}, nil, b.noHeader(list)
}

func (b *book) headerOf(s ref) (*header, error) {
	r, err := b.rows(s)
	if err != nil {
		return nil, err
	}
	defer r.close()
	upTo := int64(searchRows)
	if b.opt.Header > 0 {
		upTo = int64(b.opt.Header)
	}
	upTo += int64(b.opt.HeaderRows)
	head, err := r.lead(upTo)
	if err != nil {
		return nil, err
	}
	var merged []area
	if b.opt.HeaderRows > 1 {
		if merged, err = b.merged(s, upTo); err != nil {
			return nil, err
		}
	}
	h := findHeader(head, merged, b.opt)
	if h == nil || b.opt.HeaderRows > 1 || !gaps(head, h) {
		return h, nil
	}
	if merged, err = b.merged(s, upTo); err != nil {
		return nil, err
	}
	return headerAt(head, merged, h.first, b.opt), nil
}

func (b *book) noHeader(list []ref) error {
	s := list[0]
	switch {
	case b.opt.Header > 0:
		return &Refusal{Reason: fmt.Sprintf("row %d, which was to be the header, is blank", b.opt.Header), Try: "the number that Excel shows beside the header, or leave it out to have it found", Sheet: s.name}
	case len(b.opt.Expect) > 0:
		var names []string
		for _, e := range b.opt.Expect {
			names = append(names, strconv.Quote(e))
		}
		reason := fmt.Sprintf("none of the first %d rows holds one of the columns %s", searchRows, clip(strings.Join(names, ", "), 300))
		if len(list) > 1 {
			reason += fmt.Sprintf(" (nor do those of the other %d sheets)", len(list)-1)
		}
		return &Refusal{Reason: reason, Try: "name the sheet and the header's row, or correct the names of the columns", Sheet: s.name}
	}
	return &Refusal{Reason: fmt.Sprintf("none of the first %d rows looks like a header", searchRows), Try: "name the sheet and the header's row", Sheet: s.name}
}
