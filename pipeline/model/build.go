package model

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
	"waybill/pipeline/store"
)

// Builder brings models up to date with what a run loaded.
type Builder struct {
	Store     *store.Session
	Queries   fs.FS // over queries/
	Reference Reference
	Fail      func(step string)
	Progress  func(model string)

	// Settle is told which observations and scans no model reads any more, in a full
	// build; may be nil. Their rows can leave the memory that the models need.
	Settle func(ctx context.Context, tables []string) error
}

// Touched counts what a build recomputes.
type Touched struct {
	Full      bool  `json:"full"`
	Orders    int64 `json:"orders"`
	Shipments int64 `json:"shipments"`
	Bills     int64 `json:"bills,omitempty"`
}

// Build recomputes what changed; with full, everything.
func (b *Builder) Build(ctx context.Context, full bool) (Touched, error) {
	var models []Query
	for _, dir := range []string{"staging", "models"} {
		qs, err := ReadQueries(b.Queries, dir)
		if err != nil {
			return Touched{}, err
		}
		models = append(models, qs...)
	}
	u := &build{Builder: b, e: b.Store.Engine, full: full, scoped: map[string]func() error{}}
	models, err := u.plan(ctx, models)
	if err != nil {
		return Touched{}, err
	}
	u.models = models
	if u.full {
		b.Store.WriteLast()
	}
	if err := u.current(ctx); err != nil {
		return Touched{}, err
	}
	if err := u.settle(ctx, models); err != nil {
		return Touched{}, err
	}
	if err := u.touchIdentity(ctx); err != nil {
		return Touched{}, fmt.Errorf("touched parcels: %w", err)
	}
	if err := u.touchBills(ctx); err != nil {
		return Touched{}, fmt.Errorf("touched bills: %w", err)
	}
	for i, q := range models {
		if err := u.before(ctx, q); err != nil {
			return Touched{}, err
		}
		if err := u.run(ctx, q); err != nil {
			return Touched{}, fmt.Errorf("queries/%s: %w", q.File, err)
		}
		b.Fail("model." + q.Name)
		if err := u.release(ctx, models[i:]); err != nil {
			return Touched{}, err
		}
		if err := u.settle(ctx, models[i+1:]); err != nil {
			return Touched{}, err
		}
	}
	return u.count(ctx)
}

type build struct {
	*Builder
	e        engine.Engine
	full     bool
	touched  bool // the touched sets are complete: identity is known
	mapped   bool // the milestones of scans are known
	identity bool // records or links changed
	billing  bool // bills changed
	models   []Query
	settled  []string // tables that Settle was told

	scoping sync.Mutex
	scoped  map[string]func() error // makes a scope's table, once

	completes map[string][]Query // current table → queries that complete its rows
	completed []string           // those tables, in the order of the queries' files
}

// current recomputes the current rows of what the run changed, those that a
// query completes after those that it reads.
func (u *build) current(ctx context.Context) error {
	var tables []contract.Table
	var making []func(context.Context) error
	for _, t := range u.Store.Tables.Sorted() {
		if t.Kind == contract.Current && len(u.completes[t.Name]) == 0 && u.currentChanges(t) {
			tables = append(tables, t)
			making = append(making, func(ctx context.Context) error { return u.currentRows(ctx, t) })
		}
	}
	if err := u.sideBySide(ctx, making...); err != nil {
		return err
	}
	for _, t := range tables {
		if err := u.replaceCurrent(ctx, t); err != nil {
			return err
		}
	}
	for _, n := range u.completed {
		t := u.Store.Tables[n]
		if !u.currentChanges(t) {
			continue
		}
		if err := u.currentRows(ctx, t); err != nil {
			return err
		}
		if err := u.complete(ctx, t, "current_"+n); err != nil {
			return err
		}
		if err := u.replaceCurrent(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// sideBySide runs readings of few rows two at a time: each keeps hardly more than a
// core busy. Where all rows are read, each has the machine and its memory for itself.
func (u *build) sideBySide(ctx context.Context, readings ...func(context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2)
	if u.full {
		group.SetLimit(1)
	}
	for _, r := range readings {
		group.Go(func() error { return r(ctx) })
	}
	return group.Wait()
}

// currentChanges says that the run changes current rows of a table.
func (u *build) currentChanges(t contract.Table) bool {
	of := u.Store.Tables[t.Of]
	return u.full || u.Store.Changed(of.Name) || len(u.touchedBy(t, of)) > 0
}

func (u *build) replaceCurrent(ctx context.Context, t contract.Table) error {
	touched := ""
	if !u.full {
		touched = "touched_" + t.Name
	}
	if err := u.Store.Replace(ctx, t.Name, touched, t.Key); err != nil {
		return err
	}
	u.report(t.Name)
	u.Fail("model." + t.Name)
	return nil
}

// currentRows makes the changed rows of a current table out of its observations, in
// its delta or, where a query completes them, in current_<table>.
func (u *build) currentRows(ctx context.Context, t contract.Table) error {
	of := u.Store.Tables[t.Of]
	from := engine.Ident(of.Name)
	if !u.full {
		arms := u.touchedBy(t, of)
		if u.Store.Changed(of.Name) {
			arms = append(arms, u.changed(of, engine.Idents(t.Key)))
		}
		touched := "touched_" + t.Name
		if err := u.beside(ctx, touched, "select distinct "+engine.Idents(t.Key)+" from ("+strings.Join(arms, " union all ")+")"); err != nil {
			return err
		}
		// read once: the query below looks at its rows several times
		if err := u.part(ctx, "seen_"+t.Name, of.Name, of.Names(), among(touched, t.Key, "o")); err != nil {
			return err
		}
		from = engine.Ident("seen_" + t.Name)
	}
	rows, query := "current_"+t.Name, currentSQL(t, of, from)
	if len(u.completes[t.Name]) == 0 {
		rows, query = store.Delta(t.Name), store.WithHash(t, query)
	}
	if err := u.beside(ctx, rows, query); err != nil {
		return fmt.Errorf("current rows of %s: %w", of.Name, err)
	}
	return nil
}

// settle gives up the observations whose current rows are known, and the scans whose
// milestones are, once none of the models to come reads them. An incremental build asks
// for what changed in them until its end.
func (u *build) settle(ctx context.Context, models []Query) error {
	if !u.full || u.Settle == nil {
		return nil
	}
	var tables []string
	for _, t := range u.Store.Tables.Sorted() {
		n := t.Of
		if u.mapped && t.Kind == contract.Event {
			n = t.Name
		}
		if n != "" && !slices.Contains(u.settled, n) && !u.reads(models, n) {
			tables = append(tables, n)
		}
	}
	if len(tables) == 0 {
		return nil
	}
	u.settled = append(u.settled, tables...)
	if err := u.Settle(ctx, tables); err != nil {
		return fmt.Errorf("settle %s: %w", strings.Join(tables, ", "), err)
	}
	return nil
}

// release drops a model in memory after the first of these models where no later one
// reads it. Touched keys of an incremental build are taken from it to the end, and
// bills are counted there.
func (u *build) release(ctx context.Context, models []Query) error {
	for _, in := range models[0].Inputs {
		held := slices.ContainsFunc(u.models, func(m Query) bool { return m.Name == in.Table && m.Output == "memory" })
		if !u.full || !held || slices.Contains(billModels, in.Table) || u.reads(models[1:], in.Table) {
			continue
		}
		if err := u.e.Exec(ctx, "drop table if exists "+engine.Ident(in.Table)); err != nil {
			return err
		}
	}
	return nil
}

// reads says that a model has a table among its inputs, or takes it without saying
// so.
func (u *build) reads(models []Query, table string) bool {
	taken := regexp.MustCompile(`(?i)\b(?:from|join)\s+` + table + `\b`)
	return slices.ContainsFunc(models, func(q Query) bool {
		return slices.ContainsFunc(q.Inputs, func(in Input) bool { return in.Table == table }) || taken.MatchString(q.Text) && !strings.Contains(q.Text, table+" as (")
	})
}

// changed selects columns of rows that the run adds to or drops from an
// append-only table.
func (u *build) changed(t contract.Table, columns string) string {
	var arms []string
	if u.Store.HasDelta(t.Name) {
		arms = append(arms, "select "+columns+" from "+engine.Ident(store.Delta(t.Name)))
	}
	if d := u.Store.Dropped(t.Name); len(d) > 0 {
		var q []string
		for _, l := range d {
			q = append(q, engine.Literal(l))
		}
		arms = append(arms, "select "+columns+" from "+engine.Ident(store.Stored(t.Name))+" where load_id in ("+strings.Join(q, ", ")+")")
	}
	if len(arms) == 0 {
		return "select " + columns + " from " + engine.Ident(t.Name) + " where false"
	}
	return strings.Join(arms, " union all ")
}

// touchIdentity finds every record that can belong to the parcels of changed
// records and links: all that share a number with them, through any chain.
func (u *build) touchIdentity(ctx context.Context) error {
	if u.full {
		return nil
	}
	u.identity = u.Store.Changed("shipment_records") || u.Store.Changed("shipment_links")
	// the walk reads these columns again and again, so that it does on keys of the texts: where
	// two texts have one key, more is touched than must be, and nothing else follows. Rows that
	// the run replaces are among them, because the parcels that they belonged to change as well
	numbers := "select text_key(shipment_key) as record, " + keyOf("tracking_number") + " as number, " + keyOf("last_mile_number") + " as last_mile from "
	records, keys := numbers+engine.Ident(store.Stored("shipment_records")), "select shipment_key from shipment_records where false"
	if u.Store.Changed("shipment_records") {
		records += " union all " + numbers + engine.Ident(store.Delta("shipment_records"))
		keys = "select shipment_key from touched_shipment_records"
	}
	links, linked := u.rows("shipment_links"), "select "+keyOf("number")+" as number, "+keyOf("linked_number")+" as linked from shipment_links"
	if !u.identity {
		records, linked = records+" where false", linked+" where false"
	}
	err := u.sideBySide(ctx,
		func(ctx context.Context) error { return u.beside(ctx, "record_numbers", records) },
		func(ctx context.Context) error {
			return u.beside(ctx, "touched_records", "select distinct text_key(shipment_key) as record from ("+keys+")")
		},
		func(ctx context.Context) error {
			return u.beside(ctx, "link_numbers", linked)
		},
		func(ctx context.Context) error {
			return u.beside(ctx, "touched_numbers", "select distinct text_key(number) as number from ("+links("number")+" union all "+links("linked_number as number")+") where number is not null")
		})
	if err != nil {
		return err
	}
	const reached = "select count(*) from touched_numbers"
	last, err := u.scalar(ctx, reached)
	if err != nil {
		return err
	}
	for u.identity {
		steps := []string{
			`insert into touched_records select distinct record from record_numbers where (number in (select number from touched_numbers) or last_mile in (select number from touched_numbers))
 and record not in (select record from touched_records)`,
			`insert into touched_numbers select distinct number from (
 select unnest([number, last_mile]) as number from record_numbers where record in (select record from touched_records)
 union all select linked from link_numbers where number in (select number from touched_numbers)
 union all select number from link_numbers where linked in (select number from touched_numbers)
) where number is not null and number not in (select number from touched_numbers)`,
		}
		for _, s := range steps {
			if err := u.e.Exec(ctx, s); err != nil {
				return err
			}
		}
		n, err := u.scalar(ctx, reached)
		if err != nil {
			return err
		}
		if n == last { // these numbers have led to all their records
			break
		}
		last = n
	}
	// parcels that these numbers meant so far
	return u.table(ctx, "touched_shipments", `select distinct shipment_id from (
 select shipment_id from shipment_numbers where text_key(number) in (select number from touched_numbers)
 union all select shipment_id from shipments where text_key(shipment_id) in (select record from touched_records))`)
}

// keyOf is the SQL of a number that stands for a text column; NULL stays NULL.
func keyOf(column string) string {
	return "case when " + column + " is not null then text_key(" + column + ") end"
}

// rows selects columns of old and new rows of a current table that the run
// replaces.
func (u *build) rows(table string) func(columns string) string {
	t := u.Store.Tables[table]
	return func(columns string) string {
		if !u.Store.Changed(table) {
			return "select " + columns + " from " + engine.Ident(table) + " where false"
		}
		return "select " + columns + " from " + engine.Ident(store.Delta(table)) + " union all select " + columns + " from " + engine.Ident(store.Stored(table)) +
			" as s" + among("touched_"+table, t.Key, "s")
	}
}

// before does what stands between models: the touched sets grow as identity
// becomes known, and scans get their milestones once.
func (u *build) before(ctx context.Context, q Query) error {
	if !u.touched && strings.HasPrefix(q.File, "models/") {
		u.touched = true
		if err := u.touchFacts(ctx); err != nil {
			return fmt.Errorf("touched orders: %w", err)
		}
	}
	if u.full && !u.mapped && strings.HasPrefix(q.File, "models/") {
		u.mapped = true
		if err := u.Reference.Events(ctx, u.e, "tracking_events"); err != nil {
			return fmt.Errorf("map scans: %w", err)
		}
	}
	return nil
}

// touchFacts completes the touched sets: new parcels, parcels with new scans,
// parcels of changed orders, then the orders of all of them.
func (u *build) touchFacts(ctx context.Context) error {
	if u.full {
		return nil
	}
	// identity is settled: its tables stay as touched_shipments says, facts are touched by more
	arms := []string{"select shipment_id from touched_shipments"}
	if u.identity {
		arms = append(arms, "select shipment_id from parcels")
	}
	if u.Store.Changed("tracking_events") {
		arms = append(arms, u.Store.Rows("shipment_numbers", "o.shipment_id", nil, " where number in ("+u.changed(u.Store.Tables["tracking_events"], "tracking_number")+")"))
	}
	if u.Store.Changed("orders") {
		arms = append(arms, u.Store.Rows("order_shipments", "o.shipment_id", nil, among("touched_orders_rows", orderKey, "o")))
		if err := u.table(ctx, "touched_orders_rows", "select distinct platform, shop_id, order_id from ("+u.rows("orders")("platform, shop_id, order_id")+")"); err != nil {
			return err
		}
	} else if err := u.table(ctx, "touched_orders_rows", "select platform, shop_id, order_id from orders where false"); err != nil {
		return err
	}
	if err := u.table(ctx, "touched_facts", "select distinct shipment_id from ("+strings.Join(arms, " union all ")+") where shipment_id is not null"); err != nil {
		return err
	}
	// what the models read of these parcels and of their orders, which these models do not change
	err := u.sideBySide(ctx, u.touchEvents, u.touchOrders, func(ctx context.Context) error { return u.scopes(ctx, "shipments") })
	if err != nil {
		return err
	}
	return u.Reference.Events(ctx, u.e, "touched_events")
}

// touchOrders finds the orders that the touched parcels carry now or, where identity
// changed, carried before, and takes what the models read of them into memory.
func (u *build) touchOrders(ctx context.Context) error {
	carried, err := u.scope(ctx, Input{"order_shipments", "shipments"})
	if err != nil {
		return err
	}
	if err := u.beside(ctx, "touched_orders_all", `select distinct platform, shop_id, order_id from (
 select platform, shop_id, order_id from touched_orders_rows
 union all select platform, shop_id, order_id from `+engine.Ident(carried)+`
 union all select platform, shop_id, order_id from stored_order_shipments where shipment_id in (select shipment_id from touched_shipments))`); err != nil {
		return err
	}
	return u.scopes(ctx, "orders")
}

// touchEvents takes the scans of the touched parcels into memory.
func (u *build) touchEvents(ctx context.Context) error {
	numbers, err := u.scope(ctx, Input{"shipment_numbers", "shipments"})
	if err != nil {
		return err
	}
	if err := u.beside(ctx, "touched_event_numbers", "select distinct number from "+engine.Ident(numbers)); err != nil {
		return err
	}
	return u.part(ctx, "touched_events", "tracking_events", u.used("tracking_events", eventColumns...), " where tracking_number in (select number from touched_event_numbers)")
}

// scopes makes the tables of all inputs of models that are bounded by a scope.
func (u *build) scopes(ctx context.Context, scope string) error {
	for _, q := range u.models {
		for _, in := range q.Inputs {
			if in.Scope != scope || u.skips(q) {
				continue
			}
			if _, err := u.scope(ctx, in); err != nil {
				return err
			}
		}
	}
	return nil
}

// run computes one model into memory and puts it in the place of stored rows.
func (u *build) run(ctx context.Context, q Query) error {
	if u.skips(q) {
		return nil
	}
	if q.Name == "billing_lines" {
		if err := u.words(ctx); err != nil {
			return fmt.Errorf("words for charges: %w", err)
		}
	}
	var unscope []string
	if !u.full {
		for _, in := range q.Inputs {
			if in.Scope == "" {
				continue
			}
			rows, err := u.scope(ctx, in)
			if err != nil {
				return err
			}
			if err := u.e.Exec(ctx, "create or replace temp view "+engine.Ident(in.Table)+" as select * from "+engine.Ident(rows)); err != nil {
				return err
			}
			unscope = append(unscope, in.Table)
		}
	}
	name := q.Name
	if q.Output == "lake" {
		name = store.Delta(q.Name)
	}
	text := u.shaped(q)
	if q.Output == "lake" {
		text = store.WithHash(u.Store.Tables[q.Name], text)
	}
	err := u.table(ctx, name, text)
	for _, t := range unscope {
		if derr := u.e.Exec(context.WithoutCancel(ctx), "drop view temp."+engine.Ident(t)); err == nil {
			err = derr
		}
	}
	if err != nil {
		return err
	}
	u.report(q.Name)
	if q.Output == "memory" {
		if q.Name == "parcels" && !u.full {
			return u.e.Exec(ctx, "insert into touched_shipments select distinct shipment_id from parcels where shipment_id not in (select shipment_id from touched_shipments)")
		}
		return nil
	}
	touched, by := u.replaces(q)
	return u.Store.Replace(ctx, q.Name, touched, by)
}

// replaces says which stored rows a model's result takes the place of: those
// of the touched keys, all where the build is full or no input is bounded.
func (u *build) replaces(q Query) (touched string, by []string) {
	if u.full || !u.bounded(q) {
		return "", nil
	}
	if q.Name == "billing_lines" {
		return "touched_bills", billKey
	}
	if strings.HasPrefix(q.File, "staging/") {
		return "touched_shipments", []string{"shipment_id"}
	}
	if _, ok := u.Store.Tables[q.Name].Column("shipment_id"); ok {
		return "touched_facts", []string{"shipment_id"}
	}
	return "touched_orders_all", orderKey
}

// bounded says that a model gives rows of touched keys only: an input is bounded,
// or is the parcels of touched records.
func (u *build) bounded(q Query) bool {
	return q.Name == "billing_lines" || u.ofParcels(q) || slices.ContainsFunc(q.Inputs, func(in Input) bool { return in.Scope != "" })
}

// ofParcels says that a model gives rows of the parcels of touched records.
func (u *build) ofParcels(q Query) bool {
	_, keyed := u.Store.Tables[q.Name].Column("shipment_id")
	return keyed && takesParcels(q)
}

func takesParcels(q Query) bool {
	return slices.ContainsFunc(q.Inputs, func(in Input) bool { return in.Table == "parcels" })
}

// shaped wraps a model so that its columns have the contract's order and types.
func (u *build) shaped(q Query) string {
	t, ok := u.Store.Tables[q.Name]
	if !ok || q.Output != "lake" {
		return q.Text
	}
	var cols []string
	for _, c := range t.Stored() {
		n := engine.Ident(c.Name)
		if c.Name == contract.PMonth {
			cols = append(cols, fmt.Sprintf("coalesce(%s, date '%s') as %s", n, contract.NoMonth, n))
			continue
		}
		cols = append(cols, fmt.Sprintf("cast(%s as %s) as %s", n, c.Type, n))
	}
	return "select " + strings.Join(cols, ", ") + " from (\n" + q.Text + "\n)"
}

// scope is the table in memory that stands for a bounded input. It is made
// when the first model needs it; a model that replaces rows of the input runs
// before all that read it.
func (u *build) scope(ctx context.Context, in Input) (string, error) {
	if in.Table == "tracking_events" {
		return "touched_events", nil
	}
	name := "scope_" + in.Table + "_" + in.Scope
	cond := ""
	switch in.Scope {
	case "records":
		cond = " where text_key(shipment_key) in (select record from touched_records)"
	case "shipments":
		cond = " where shipment_id in (select shipment_id from touched_facts)"
	case "bills":
		cond = among("touched_bills", billKey, "o")
	case "orders":
		cond = among("touched_orders_all", orderKey, "o")
	default:
		cond = " where text_key(number) in (select number from touched_numbers) or text_key(linked_number) in (select number from touched_numbers)"
	}
	u.scoping.Lock()
	once, ok := u.scoped[name]
	if !ok {
		once = sync.OnceValue(func() error { return u.part(ctx, name, in.Table, u.used(in.Table), cond) })
		u.scoped[name] = once
	}
	u.scoping.Unlock()
	return name, once()
}

// narrow is the number of columns up to which a second reading of a table, to
// learn its months, costs more than it saves.
const narrow = 8

// part takes columns of rows of a table (o) into memory, those rows that the SQL
// after it in FROM leaves: first the months that hold any, from the few columns that this
// looks at, then only those months. A table of few columns is read at once.
func (u *build) part(ctx context.Context, name, table string, columns []string, only string) error {
	of := func(names []string) string { return "o." + strings.Join(quoted(names), ", o.") }
	if all := u.Store.Tables[table].Names(); len(all) <= narrow {
		return u.beside(ctx, name, u.Store.Rows(table, of(all), nil, only))
	}
	rows, err := u.e.Beside().Query(ctx, "select distinct cast(p_month as varchar) as m from ("+u.Store.Rows(table, "o.p_month", nil, only)+") order by m")
	if err != nil {
		return err
	}
	defer rows.Close()
	months := []string{"date '" + contract.NoMonth + "'"}
	for rows.Next() {
		var m string
		if err := rows.Scan(&m); err != nil {
			return err
		}
		months = append(months, "date "+engine.Literal(m))
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return u.beside(ctx, name, u.Store.Rows(table, of(columns), months, only))
}

// among is the SQL that leaves of relation rel in FROM the rows whose key is in
// the memory table touched. It is a semi join: "exists" over columns that may be
// NULL keeps every row in memory first, and takes twice the time.
func among(touched string, key []string, rel string) string {
	return " semi join " + engine.Ident(touched) + " as k on " + same(key, "k", rel)
}

func (u *build) table(ctx context.Context, name, query string) error {
	return u.e.Exec(ctx, asTable(name, query))
}

// beside is table beside other statements: views that stand for inputs of a model do
// not stand there.
func (u *build) beside(ctx context.Context, name, query string) error {
	return u.e.Beside().Exec(ctx, asTable(name, query))
}

func asTable(name, query string) string {
	return "create or replace table " + engine.Ident(name) + " as " + query
}

func (u *build) report(model string) {
	if u.Progress != nil {
		u.Progress(model)
	}
}

func (u *build) scalar(ctx context.Context, query string) (int64, error) {
	rows, err := u.e.Query(ctx, query)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var n int64
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}

func (u *build) count(ctx context.Context) (Touched, error) {
	t := Touched{Full: u.full}
	orders, shipments := "touched_orders_all", "touched_facts"
	if u.full {
		orders, shipments = "orders", "shipments"
	}
	var err error
	if t.Orders, err = u.scalar(ctx, "select count(*) from "+orders); err != nil {
		return t, err
	}
	if t.Shipments, err = u.scalar(ctx, "select count(*) from "+shipments); err != nil || !u.billing {
		return t, err
	}
	t.Bills, err = u.scalar(ctx, "select count(*) from (select distinct provider, account, bill_no from bill_versions)")
	return t, err
}

func same(key []string, a, b string) string {
	var eq []string
	for _, k := range key {
		eq = append(eq, a+"."+engine.Ident(k)+" is not distinct from "+b+"."+engine.Ident(k))
	}
	return strings.Join(eq, " and ")
}
