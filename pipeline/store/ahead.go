package store

import (
	"context"
	"fmt"
	"math/big"
	"strings"
	"sync"

	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
	"waybill/pipeline/lake"
)

// learnt is what must be known of a table's new rows before a file is planned.
type learnt struct {
	void    map[string]bool     // columns without a value in all of them
	added   map[string]sum      // by partition
	loads   map[string][]string // that the rows come from, by partition; append only
	removed map[string]sum      // of the stored rows that they take the place of, where these are some
}

// newRows are what becomes of a table's new rows, on the way.
type newRows struct {
	done chan struct{} // closed when the rest is there
	learnt
	files   []dueFile
	written bool // files were planned and written; otherwise they are not even planned
	err     error
}

// besides is how many tables are looked at beside the owner's statements: those for few
// rows leave a core to others.
const besides = 2

// Ahead lets the session learn of new rows as soon as it has them, beside the
// statements of its owner, and not only when all is written. With a transaction it
// writes their files as well. stop ends it; the engine must not be closed before.
func (s *Session) Ahead(ctx context.Context, tx *lake.Tx) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	turns := make(chan struct{}, besides)
	s.tx = tx
	s.ahead = func(do func(context.Context)) {
		all.Go(func() {
			turns <- struct{}{}
			do(ctx)
			<-turns
		})
	}
	return func() {
		s.ahead = nil
		cancel()
		all.Wait()
	}
}

// WriteLast ends writing ahead, not learning: files of tables whose new rows come from
// now on are written with all others. It is for a build of all rows, whose statements
// need the memory.
func (s *Session) WriteLast() { s.tx = nil }

// begin looks at the new rows of a table. They and the keys of those that they replace
// stay as they are from now on.
func (s *Session) begin(table string) error {
	if s.ahead == nil {
		return nil
	}
	st := s.of(table)
	n, now, t := &newRows{done: make(chan struct{}), written: s.tx != nil}, *st, s.Tables[table]
	st.rows = n
	w := writer{s: s, tx: s.tx, t: t, st: &now}
	if n.written {
		var err error
		if w.ids, err = s.lake.FieldIDs(table); err != nil {
			return err
		}
	}
	s.ahead(func(ctx context.Context) {
		defer close(n.done)
		if n.err = ctx.Err(); n.err != nil {
			return
		}
		if n.learnt, n.err = s.ask(ctx, t, now); n.err != nil || !n.written {
			return
		}
		w.learnt = n.learnt
		if n.files, n.err = w.plan(ctx); n.err == nil {
			n.err = s.writeFiles(ctx, n.files)
		}
	})
	return nil
}

// wait gives what begin learnt; a table without new rows has nothing of it.
func (n *newRows) wait() (learnt, error) {
	if n == nil {
		return learnt{}, nil
	}
	<-n.done
	return n.learnt, n.err
}

func (s *Session) ask(ctx context.Context, t contract.Table, st state) (l learnt, err error) {
	from := engine.Ident(st.delta)
	if l.void, err = s.voids(ctx, t, from); err != nil {
		return l, err
	}
	if appends(t) {
		// new scans carry the hash of their key already
		hash := strings.Replace(RowHash(t), t.KeyHash(), "_hash", 1)
		l.added, l.loads, err = s.sumsBy(ctx, t, from, hash, word(t, "load_id"))
		return l, err
	}
	if l.added, err = s.sums(ctx, t, from, rowColumn); err != nil || st.all {
		return l, err
	}
	l.removed, err = s.replacedSums(ctx, t, st)
	return l, err
}

// voids are the columns that new rows leave empty, from what the engine knows of its
// tables: no row is read. A column that says nothing in a whole file need not be in
// it, and costs half as much to write as one that does.
func (s *Session) voids(ctx context.Context, t contract.Table, from string) (map[string]bool, error) {
	names := t.Names()
	stats, into := make([]string, len(names)), make([]any, len(names))
	said := make([]*string, len(names))
	for i, n := range names {
		stats[i], into[i] = "stats("+engine.Ident(n)+")", &said[i]
	}
	rows, err := s.Engine.Beside().Query(ctx, "select "+strings.Join(stats, ", ")+" from "+from+" limit 1")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	void := map[string]bool{}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i, s := range said {
			if s != nil && strings.Contains(*s, "[Has Null: true, Has No Null: false]") && names[i] != contract.PMonth {
				void[names[i]] = true
			}
		}
	}
	return void, rows.Err()
}

// replacedSums are of the stored rows that go: the months that hold any first, from
// the columns of the key, so that only their files are read whole.
func (s *Session) replacedSums(ctx context.Context, t contract.Table, st state) (map[string]sum, error) {
	stored := engine.Ident(Stored(t.Name))
	hit := " as s semi join " + engine.Ident(st.touched) + " as k on " + sameKey(st.by, "k", "s")
	rows, err := s.Engine.Beside().Query(ctx, "select distinct cast(p_month as varchar) from "+stored+hit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var months []string
	for rows.Next() {
		var m string
		if err := rows.Scan(&m); err != nil {
			return nil, err
		}
		months = append(months, "date "+engine.Literal(m))
	}
	if err := rows.Err(); err != nil || len(months) == 0 {
		return nil, err
	}
	return s.sums(ctx, t, "(select * from "+stored+" where p_month in ("+strings.Join(months, ", ")+"))"+hit, RowHash(t))
}

// sum is rows and additive content of one partition.
type sum struct {
	rows    int64
	content *big.Int
}

var modulus = new(big.Int).Lsh(big.NewInt(1), 128)

func (a sum) plus(b sum, sign int64) sum {
	c := new(big.Int).Add(a.content, new(big.Int).Mul(b.content, big.NewInt(sign)))
	return sum{a.rows + sign*b.rows, c.Mod(c, modulus)}
}

func contentOf(f lake.File) (sum, error) {
	v, ok := new(big.Int).SetString(f.Content, 16)
	if !ok {
		return sum{}, fmt.Errorf("%s: content %q is no number", f.Path, f.Content)
	}
	return sum{f.Rows, v}, nil
}

func orZero(m map[string]sum, p string) sum {
	if s, ok := m[p]; ok {
		return s
	}
	return sum{0, new(big.Int)}
}

func (a sum) hex() string { return fmt.Sprintf("%032x", a.content) }

// sums gives rows and content by partition of a relation (SQL after FROM), hash
// being the SQL of a row's content.
func (s *Session) sums(ctx context.Context, t contract.Table, from, hash string) (map[string]sum, error) {
	sums, _, err := s.sumsBy(ctx, t, from, hash, "null")
	return sums, err
}

// sumsBy gives also the words of a column (SQL) that stand in each partition.
func (s *Session) sumsBy(ctx context.Context, t contract.Table, from, hash, column string) (map[string]sum, map[string][]string, error) {
	rows, err := s.Engine.Beside().Query(ctx, fmt.Sprintf("select cast(p_month as varchar) as p, cast(%s as varchar) as w, cast(count(*) as bigint), cast(sum(cast(%s as hugeint)) as varchar) from %s group by p_month, %s order by p, w", column, hash, from, column))
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	sums, words := map[string]sum{}, map[string][]string{}
	for rows.Next() {
		var p, c string
		var w *string
		var n int64
		if err := rows.Scan(&p, &w, &n, &c); err != nil {
			return nil, nil, err
		}
		v, ok := new(big.Int).SetString(c, 10)
		if !ok {
			return nil, nil, fmt.Errorf("content %q of %s is no number", c, t.Name)
		}
		sums[p] = orZero(sums, p).plus(sum{n, v}, 1)
		if w != nil {
			words[p] = append(words[p], *w)
		}
	}
	return sums, words, rows.Err()
}
