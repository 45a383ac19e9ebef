package model

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
	"waybill/pipeline/store"
	"waybill/pipeline/yamldoc"
)

// An export often leaves a column to a second file: the buyer's state stands in
// the customers, the channel with the seller. A staging query with
//
//	-- output: completes orders
//
// gives the key of a current table and the columns that it knows; they fill
// what the newest observations leave empty, and never replace what an export of
// the table itself says. It reads current tables only: the rows to complete
// under the table's own name, and others. A change of "T by orders" touches the
// rows of its orders, a change of any other input makes a full build.

// orderKey bounds an input "by orders".
var orderKey = []string{"platform", "shop_id", "order_id"}

// followed are the inputs of models whose changes the touched sets follow.
var followed = []string{"orders", "shipment_records", "shipment_links", "tracking_events", "billing_lines_in", "bills_in"}

// plan takes completing queries out of the models and checks them, and makes
// the build a full one where a table changed that no touched set follows.
func (u *build) plan(ctx context.Context, models []Query) ([]Query, error) {
	u.completes = map[string][]Query{}
	var rest []Query
	for _, q := range models {
		if q.Completes == "" {
			rest = append(rest, q)
		} else if err := u.accept(q, models); err != nil {
			return nil, fmt.Errorf("queries/%s:1:1: %w", q.File, err)
		}
		if _, ok := u.Store.Tables[q.Name]; !ok && q.Output == "lake" {
			return nil, fmt.Errorf("queries/%s:1:1: no contract states table %s; try: data/schema/%s.yaml with kind: model", q.File, q.Name, q.Name)
		}
		if q.Output == "lake" && takesParcels(q) && !u.ofParcels(q) {
			u.full = true // of parcels an incremental build has the touched ones only, and their rows here have no key
		}
		for _, in := range q.Inputs {
			t := u.Store.Tables[in.Table]
			if t.Kind == contract.Current {
				t = u.Store.Tables[t.Of]
			}
			follows := slices.Contains(followed, in.Table)
			if q.Completes != "" {
				follows = in.Scope != "" || in.Table == q.Completes
			}
			if u.full || follows || !u.Store.Changed(t.Name) {
				continue
			}
			// a load that is taken back is looked for in every table
			n, err := u.scalar(ctx, "select count(*) from ("+u.changed(t, "1")+")")
			if err != nil {
				return nil, err
			}
			u.full = n > 0
		}
	}
	return rest, nil
}

// accept notes a completing query, in the order in which tables are completed.
func (u *build) accept(q Query, all []Query) error {
	t, ok := u.Store.Tables[q.Completes]
	if !ok || t.Kind != contract.Current {
		return fmt.Errorf("%q is no current table; try: %s", q.Completes, strings.Join(u.currentNames(), ", "))
	}
	for _, in := range q.Inputs {
		it, ok := u.Store.Tables[in.Table]
		if !ok || it.Kind != contract.Current {
			return fmt.Errorf("input %q is no current table, and a completing query reads no other; try: %s", in.Table, strings.Join(u.currentNames(), ", "))
		}
		late := slices.ContainsFunc(all, func(o Query) bool { return o.Completes == in.Table && o.File > q.File })
		if in.Table != q.Completes && late {
			return fmt.Errorf("input %q is completed by a later file; try: a name that sorts after it", in.Table)
		}
		if in.Scope == "" {
			continue
		}
		for _, x := range []contract.Table{t, it} {
			for _, k := range orderKey {
				if _, ok := x.Column(k); !ok || in.Scope != "orders" {
					return fmt.Errorf("input %q cannot be bounded by %s: %s has no %s", in.Table, in.Scope, x.Name, k)
				}
			}
		}
	}
	if len(u.completes[t.Name]) == 0 {
		u.completed = append(u.completed, t.Name)
	}
	u.completes[t.Name] = append(u.completes[t.Name], q)
	return nil
}

func (u *build) currentNames() []string {
	var out []string
	for _, t := range u.Store.Tables.Sorted() {
		if t.Kind == contract.Current {
			out = append(out, t.Name)
		}
	}
	return out
}

// touchedBy selects the keys of current rows that changes of the completing
// queries' bounded inputs touch.
func (u *build) touchedBy(t, of contract.Table) []string {
	var arms []string
	for _, q := range u.completes[t.Name] {
		for _, in := range q.Inputs {
			if in.Scope == "" || in.Table == t.Name || !u.Store.Changed(in.Table) {
				continue
			}
			arms = append(arms, "select "+engine.Idents(t.Key)+" from "+engine.Ident(of.Name)+" as o semi join ("+
				u.rows(in.Table)(engine.Idents(orderKey))+") as k on "+same(orderKey, "k", "o"))
		}
	}
	return arms
}

// complete makes the new rows of a current table out of those in the memory
// table rows.
func (u *build) complete(ctx context.Context, t contract.Table, rows string) error {
	for i, q := range u.completes[t.Name] {
		next := fmt.Sprintf("%s_%d", rows, i+1)
		if err := u.fill(ctx, t, q, rows, next); err != nil {
			return fmt.Errorf("queries/%s: %w", q.File, err)
		}
		rows = next
		u.report(q.Name)
		u.Fail("model." + q.Name)
	}
	return u.table(ctx, store.Delta(t.Name), store.WithHash(t, "select "+engine.Idents(t.Names())+" from "+engine.Ident(rows)))
}

func (u *build) fill(ctx context.Context, t contract.Table, q Query, rows, next string) error {
	own := "memory.main." + engine.Ident(rows)
	stand := map[string]string{t.Name: "select * from " + own}
	for _, in := range q.Inputs {
		if in.Scope != "" && in.Table != t.Name && !u.full {
			stand[in.Table] = "select i.* from memory.main." + engine.Ident(in.Table) + " as i semi join " + own + " as k on " + same(orderKey, "k", "i")
		}
	}
	const found = "completion"
	err := u.standing(ctx, stand, func() error { return u.table(ctx, found, q.Text) })
	if err != nil {
		return err
	}
	given, err := u.columnsOf(ctx, found)
	if err != nil {
		return err
	}
	for _, k := range t.Key {
		if !slices.Contains(given, k) {
			return fmt.Errorf("the result lacks %s of the key (%s)", k, strings.Join(t.Key, ", "))
		}
	}
	var can []string
	for _, c := range t.Columns {
		if !c.PII && !slices.Contains(t.Key, c.Name) {
			can = append(can, c.Name)
		}
	}
	for _, g := range given {
		if !slices.Contains(can, g) && !slices.Contains(t.Key, g) {
			msg := fmt.Sprintf("column %q is none that %s takes", g, t.Name)
			if near := yamldoc.Nearest(g, can); near != "" {
				msg += "; try: " + near
			}
			return fmt.Errorf("%s", msg)
		}
	}
	twice, err := u.scalar(ctx, "select count(*) from (select 1 from "+found+" group by "+engine.Idents(t.Key)+" having count(*) > 1)")
	if err != nil {
		return err
	}
	if twice > 0 {
		return fmt.Errorf("%d keys of %s have more than one row; try: a group by over (%s)", twice, t.Name, strings.Join(t.Key, ", "))
	}
	var cols []string
	for _, c := range t.Stored() {
		n := engine.Ident(c.Name)
		if slices.Contains(given, c.Name) && slices.Contains(can, c.Name) {
			cols = append(cols, fmt.Sprintf("coalesce(r.%[1]s, cast(c.%[1]s as %[2]s)) as %[1]s", n, c.Type))
			continue
		}
		cols = append(cols, "r."+n)
	}
	return u.table(ctx, next, "select "+strings.Join(cols, ", ")+" from "+own+" as r left join "+found+" as c on "+same(t.Key, "c", "r"))
}

// standing runs f while queries stand for relations of these names.
func (u *build) standing(ctx context.Context, queries map[string]string, f func() error) (err error) {
	for name, q := range queries {
		if err := u.e.Exec(ctx, "create or replace temp view "+engine.Ident(name)+" as "+q); err != nil {
			return err
		}
		defer func() {
			if derr := u.e.Exec(context.WithoutCancel(ctx), "drop view temp."+engine.Ident(name)); err == nil {
				err = derr
			}
		}()
	}
	return f()
}

func (u *build) columnsOf(ctx context.Context, relation string) ([]string, error) {
	rows, err := u.e.Query(ctx, "select column_name from (describe select * from "+engine.Ident(relation)+")")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var c string
		if err := rows.Scan(&c); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}
