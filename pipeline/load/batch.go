package load

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"waybill/pipeline/decode"
	"waybill/pipeline/engine"
	"waybill/pipeline/feed"
)

// batchBytes is how many bytes of files one statement reads at most: a statement
// for many columns takes longer to plan than a small file to read, and a person
// wants to see progress.
const batchBytes = 256 << 20

// input is what the engine reads of some files, and where its CSV reader notes
// the lines that it cannot split.
type input struct {
	feed.Input
	Rejects string
}

// reading is a file on its way into the stages.
type reading struct {
	x     *file
	o     *opened
	in    input
	notes []Issue

	entries []Entry    // one per output
	segs    []*segment // one per output
	refused error      // a *refusal: nothing of the file is left
	rejects []rejectRow
	broken  []int64 // records that could not be split, sorted
}

// batch is files of one feed whose columns and dialect are the same, read by one
// statement per output.
type batch struct {
	files   []*reading
	plans   []feed.Plan // one per output
	rejects string
	lines   string // JSON that was read into memory: the relation of its lines, with _rn, _file and is_json
}

// start makes a file ready to be read. A *refusal leaves nothing behind.
func (l *Loader) start(ctx context.Context, x *file) (_ *reading, err error) {
	o, err := l.decode(ctx, x, nil)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, o.close())
		}
	}()
	r := &reading{x: x, o: o}
	if r.in, err = l.input(ctx, []decode.Table{o.tab}); err != nil {
		return nil, err
	}
	r.in.File = fileName(x)
	if err := l.content(ctx, x, o.tab); err != nil {
		return nil, err
	}
	for _, n := range o.notes {
		r.notes = append(r.notes, Issue{x.feed.Name, x.name, n})
	}
	if !r.in.JSON {
		r.notes = append(r.notes, missing(x.feed, x, r.in.Columns, l)...)
	}
	if err := l.exportTime(ctx, x); err != nil {
		return nil, refuse(err)
	}
	return r, nil
}

// joins says whether a file can be read by the statement of the files before it.
func (l *Loader) joins(r *reading, list []*reading) bool {
	if len(list) == 0 {
		return true
	}
	var bytes int64
	for _, m := range list {
		bytes += m.x.bytes
	}
	a, b := list[0], r
	return bytes+b.x.bytes <= batchBytes && l.plain(a) && l.plain(b) && a.o.tab.Format == b.o.tab.Format && a.o.tab.Dialect == b.o.tab.Dialect && slices.Equal(a.o.tab.Columns, b.o.tab.Columns)
}

// plain says that the engine reads the file as it lies in the archive, and that
// each row of an output is a record of it, in order.
func (l *Loader) plain(r *reading) bool {
	if r.o.tab.Format == decode.NDJSON {
		// its lines come into memory: of a compressed file nobody knows how much that is
		return !r.o.tab.Dialect.Gzip && len(r.o.temps) == 0 && !r.x.feed.ByName() && !slices.ContainsFunc(r.x.feed.Outputs, func(o feed.Output) bool { return len(o.Explode) > 0 })
	}
	return r.o.tab.Format == decode.CSV && r.o.row == nil && len(r.o.temps) == 0 && !r.x.feed.ByName() &&
		!slices.ContainsFunc(r.x.feed.Outputs, func(o feed.Output) bool { return o.Numbers(l.Store.Tables[o.Table], false) })
}

// read maps files into the stages. What is wrong with one of them stands in it;
// an error ends the run.
func (l *Loader) read(ctx context.Context, list []*reading) error {
	err := l.readBatch(ctx, list)
	if err != nil && len(list) > 1 && ctx.Err() == nil {
		// whichever file it was: each alone shows it
		for _, r := range list {
			if err := l.discard(ctx, r.x); err != nil {
				return err
			}
			*r = reading{x: r.x, o: r.o, in: r.in, notes: r.notes}
			if err := l.read(ctx, []*reading{r}); err != nil {
				return err
			}
		}
		return nil
	}
	var no *refusal
	if errors.As(err, &no) {
		list[0].refused, err = err, nil
	}
	for _, r := range list {
		if err != nil || r.refused != nil { // a refused file leaves no row in any table
			err = errors.Join(err, l.discard(context.WithoutCancel(ctx), r.x))
		}
	}
	return err
}

// readBatch reads all outputs of the files, takes what failed out again and
// judges each file.
func (l *Loader) readBatch(ctx context.Context, list []*reading) error {
	b := &batch{files: list}
	f, in := list[0].x.feed, list[0].in
	var err error
	switch {
	case len(list) == 1:
	case in.JSON:
		if in, err = l.readLines(ctx, b); err != nil {
			return explainRead(list[0].x, err)
		}
	default:
		var tabs []decode.Table
		for _, r := range list {
			tabs = append(tabs, r.o.tab)
		}
		if in, err = l.input(ctx, tabs); err != nil {
			return err
		}
	}
	b.rejects = in.Rejects
	in.Around = l.Now()
	for i, o := range f.Outputs {
		p, err := f.Compile(o, l.Store.Tables[o.Table], in.Input)
		if err != nil {
			return refuse(fmt.Errorf("%s: %w", list[0].x.name, err))
		}
		b.plans = append(b.plans, p)
		if err := l.output(ctx, b, i); err != nil {
			return explainRead(list[0].x, err)
		}
	}
	if err := l.takeOut(ctx, b); err != nil {
		return err
	}
	taken := slices.DeleteFunc(slices.Clone(list), func(r *reading) bool { return r.refused != nil })
	if err := l.insertRejects(ctx, taken); err != nil {
		return err
	}
	for _, r := range taken {
		if err := l.judge(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// output maps one output of the files into its stage.
func (l *Loader) output(ctx context.Context, b *batch, index int) error {
	p := b.plans[index]
	st := stage{p.Table.Name, p.Numbered}
	end, err := l.open(ctx, st)
	if err != nil {
		return err
	}
	for _, r := range b.files {
		seg := &segment{id: len(l.segments), stage: st, file: r.x, output: index, absent: p.Mask}
		l.segments = append(l.segments, seg)
		r.segs = append(r.segs, seg)
	}
	if err := l.fill(ctx, b.files[0].segs[index], p, len(b.files) > 1); err != nil {
		return err
	}
	counts, err := l.counts(ctx, st, end)
	if err != nil {
		return err
	}
	for _, r := range b.files {
		seg, c := r.segs[index], counts[r.segs[index].id]
		if c.last-c.first+1 != c.records && c.records > 0 {
			return fmt.Errorf("the rows of %s do not lie together", r.x.name)
		}
		seg.base = c.first
		e := Entry{LoadID: r.x.loadID, Feed: r.x.feed.Name, File: r.x.name, Output: p.Output.Name, Table: p.Table.Name, SHA256: r.x.sha, Bytes: r.x.bytes, Seq: r.x.seq,
			Status: Loaded, Absent: p.Absent, Mapping: MappingHash(r.x.feed), Archived: r.x.archived, LoadedAt: r.x.loadedAt,
			Records: c.records, Rejected: c.rejected, Flagged: c.flagged, Stored: c.records - c.rejected}
		if p.Absences != "" {
			own := p
			if len(b.files) > 1 {
				if own, err = r.x.feed.Compile(p.Output, p.Table, r.in.Input); err != nil {
					return err
				}
			}
			if e.Absences, err = l.absences(ctx, own.Absences); err != nil {
				return err
			}
		}
		r.entries = append(r.entries, e)
	}
	return nil
}

// takeOut finds the records of the files that failed, with their places, and
// takes their rows out of the stages.
func (l *Loader) takeOut(ctx context.Context, b *batch) error {
	broken, err := l.structural(ctx, b)
	if err != nil {
		return err
	}
	failed := make([][][]rejectRow, len(b.plans)) // by output and file
	for i := range b.plans {
		if failed[i], err = l.failed(ctx, b, i); err != nil {
			return err
		}
	}
	// places are found in the files themselves: side by side
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for n, r := range b.files {
		group.Go(func() error {
			var mine [][]rejectRow
			for i := range b.plans {
				mine = append(mine, failed[i][n])
			}
			err := r.place(ctx, broken[n], mine)
			var no *refusal
			if errors.As(err, &no) {
				r.refused, err = err, nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i := range b.plans {
		n := 0
		for _, list := range failed[i] {
			n += len(list)
		}
		if n == 0 {
			continue
		}
		first, last := b.files[0].segs[i], b.files[len(b.files)-1].segs[i]
		if err := l.engine().Exec(ctx, fmt.Sprintf("delete from %s where _seg between %d and %d and _note[1] = '!'", engine.Ident(first.stage.name()), first.id, last.id)); err != nil {
			return err
		}
	}
	return nil
}

// judge books what was rejected of a file and refuses it where that is too much.
func (l *Loader) judge(ctx context.Context, r *reading) error {
	x, f := r.x, r.x.feed
	for i, s := range r.segs {
		if r.o.tab.Format == decode.CSV || r.o.tab.Format == decode.Fixed {
			s.broken = r.broken // others are numbered with what could not be read
		}
		if i == 0 {
			r.entries[i].Records += int64(len(r.broken))
			r.entries[i].Rejected += int64(len(r.broken))
		}
	}
	var total, bad int64
	for _, e := range r.entries {
		total += e.Records
		bad += e.Rejected
	}
	if total > 0 && float64(bad) > f.MaxRejected()*float64(total) {
		first, try := l.firstReject(ctx, x)
		r.refused = &refusal{err: fmt.Errorf("%s: %d of %d records are rejected, more than the threshold of %.4g %%; %s; try: %s; or raise threshold in %s",
			x.name, bad, total, f.MaxRejected()*100, first, try, f.File), records: total, rejected: bad}
		return nil
	}
	return l.horizon(ctx, r)
}
