package demo

import "bytes"

// Dirty records are extra records with made-up keys: rejecting them loses
// nothing, so the truth about orders stays exact. They stand only in history
// files that are big enough to stay far below a feed's threshold.
const (
	dirtyMinPerMonth = 400 // shipments per history export; below, the files stay clean
	dirtyPerFile     = 4
	dirtyManyEvery   = 20000 // in big files
)

// planDirty decides before which row the first dirty record of a file comes.
func (g *generator) planDirty(f *file, period, kinds int) {
	perExport := g.opts.Shipments / g.history
	if period >= g.history || perExport < dirtyMinPerMonth {
		return
	}
	f.kind = period % kinds
	f.left = 1 + period%2
	if perExport > 5*dirtyMinPerMonth {
		f.left = dirtyPerFile
	}
	f.dirty = f.row + 5 + g.rng.Int64N(30)
}

// dirtied counts a dirty record and plans the next one.
func (f *file) dirtied(g *generator, column, kind string, row []byte, kinds int) {
	f.write(row)
	f.feed.reject(column, kind)
	f.kind = (f.kind + 1) % kinds
	f.left--
	switch {
	case f.left > 0:
		f.dirty = f.row + 20 + g.rng.Int64N(30)
	default:
		f.dirty = f.row + dirtyManyEvery
	}
}

// Kinds of dirt as truth.json names them.
const (
	dirtTime    = "bad_time"
	dirtNumber  = "bad_number"
	dirtMissing = "missing"
	dirtBroken  = "broken_record"
)

// junkID is an order number outside the range of the real ones.
func (g *generator) junkID() int64 { return 999_000_000_000_000_000 + g.rng.Int64N(1_000_000_000) }

func (g *generator) dirtyOrder(f *file, o *order) {
	bad := *o
	bad.id = g.junkID()
	row := g.appendOrder(nil, &bad)
	switch f.kind {
	case 0:
		f.dirtied(g, "created_at", dirtTime, replaceCell(row, ',', 4, "31/31/2026 25:61:00"), 4)
	case 1:
		col := 14
		if shops[o.shop].promise > 0 {
			col = 16
		}
		f.dirtied(g, "amount", dirtNumber, replaceCell(row, ',', col, "12.3x"), 4)
	case 2:
		f.dirtied(g, "order_id", dirtMissing, replaceCell(row, ',', 0, ""), 4)
	default:
		f.dirtied(g, "", dirtBroken, cutCells(row, ',', 3), 4)
	}
}

func (g *generator) dirtyParcel(f *file, row []byte) {
	row = replaceCell(bytes.Clone(row), ';', 0, "WX"+string(appendPadded(nil, g.rng.Int64N(1e9), 9)))
	row = replaceCell(row, ';', 10, "XX"+string(appendPadded(nil, g.rng.Int64N(1e9), 9)))
	row = replaceCell(row, ';', 3, string(appendPadded(nil, g.junkID(), 18)))
	row = replaceCell(replaceCell(row, ';', 11, ""), ';', 12, "")
	switch f.kind {
	case 0:
		f.dirtied(g, "label_at", dirtTime, replaceCell(row, ';', 13, "2026-02-30T10:00:00+08:00"), 3)
	case 1:
		f.dirtied(g, "weight", dirtNumber, replaceCell(row, ';', 16, "0..5"), 3)
	default:
		f.dirtied(g, "", dirtBroken, cutCells(row, ';', 5), 3)
	}
}

func (g *generator) dirtyEvent(f *file, row []byte) {
	sep := byte(',')
	if f == g.out.line {
		sep = '\t'
	}
	row = replaceCell(bytes.Clone(row), sep, 1, "XX"+string(appendPadded(nil, g.rng.Int64N(1e9), 9)))
	switch f.kind {
	case 0:
		f.dirtied(g, "event_at", dirtTime, replaceCell(row, sep, 4, "2026-13-45 99:00:00"), 3)
	case 1:
		f.dirtied(g, "tracking_number", dirtMissing, replaceCell(row, sep, 1, ""), 3)
	default:
		f.dirtied(g, "", dirtBroken, cutCells(row, sep, 2), 3)
	}
}

func (g *generator) dirtyLink(f *file) {
	const head, tail = `{"carrier":"nh_line","number":"`, `","linked_carrier":"us_post","linked_number":"`
	no := string(appendPadded(nil, g.rng.Int64N(1e9), 9))
	switch f.kind {
	case 0:
		f.dirtied(g, "linked_at", dirtTime, []byte(head+"XX"+no+tail+"YY"+no+`","role":"last_mile","linked_at":"yesterday","withdrawn":false}`+"\n"), 3)
	case 1:
		f.dirtied(g, "linked_number", dirtMissing, []byte(head+"XX"+no+tail+`","role":"last_mile","linked_at":"2026-01-05T10:00:00Z","withdrawn":false}`+"\n"), 3)
	default:
		f.dirtied(g, "", dirtBroken, []byte(head+"XX"+no+`","linked_ca`+"\n"), 3)
	}
}

// replaceCell puts text in place of an unquoted cell.
func replaceCell(row []byte, sep byte, cell int, text string) []byte {
	from, to := cellBounds(row, sep, cell)
	out := append([]byte{}, row[:from]...)
	out = append(out, text...)
	return append(out, row[to:]...)
}

// cutCells keeps the first n cells: a line that an export broke off.
func cutCells(row []byte, sep byte, n int) []byte {
	_, to := cellBounds(row, sep, n-1)
	return append(append([]byte{}, row[:to]...), '\n')
}

// cellBounds finds a cell; cells before it may be quoted.
func cellBounds(row []byte, sep byte, cell int) (from, to int) {
	quoted := false
	for i, c := range row {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == sep || c == '\n':
			if cell == 0 {
				return from, i
			}
			cell--
			from = i + 1
		}
	}
	return from, len(row)
}
