package lake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/catalog"
	iceio "github.com/apache/iceberg-go/io"
	"github.com/apache/iceberg-go/table"
)

// tableDef is a table as the register remembers it: enough to make the Iceberg
// table again when its metadata are lost or lie elsewhere.
type tableDef struct {
	Doc       string      `json:"doc,omitempty"`
	Partition string      `json:"partition,omitempty"`
	Columns   []columnDef `json:"columns"` // in the order of field ids
}

type columnDef struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
	Doc  string `json:"doc,omitempty"`
}

func (d tableDef) column(name string) (columnDef, bool) {
	i := slices.IndexFunc(d.Columns, func(c columnDef) bool { return c.Name == name })
	if i < 0 {
		return columnDef{}, false
	}
	return d.Columns[i], true
}

// schema is the Iceberg schema of the definition.
func (d tableDef) schema() (*iceberg.Schema, error) {
	fields := make([]iceberg.NestedField, len(d.Columns))
	for i, c := range d.Columns {
		typ, err := icebergType(c.Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		fields[i] = iceberg.NestedField{ID: c.ID, Name: c.Name, Type: typ, Doc: c.Doc}
	}
	return iceberg.NewSchema(0, fields...), nil
}

// spec is the Iceberg partition spec: the identity of the partition column.
func (d tableDef) spec() iceberg.PartitionSpec {
	c, ok := d.column(d.Partition)
	if !ok {
		return *iceberg.UnpartitionedSpec
	}
	return iceberg.NewPartitionSpec(iceberg.PartitionField{
		SourceIDs: []int{c.ID}, FieldID: iceberg.PartitionDataIDStart, Name: c.Name, Transform: iceberg.IdentityTransform{},
	})
}

// accepts says whether Iceberg would take the Parquet file at an absolute path
// into the table. Asking when a file is added names the file that is wrong; the
// commit would only name the table.
func (d tableDef) accepts(path string) error {
	schema, err := d.schema()
	if err != nil {
		return err
	}
	_, err = table.FileToDataFile(context.Background(), iceio.LocalFS{}, path, schema, d.spec(), 0, nil)
	return err
}

var plainTypes = map[string]iceberg.Type{
	"varchar":     iceberg.PrimitiveTypes.String,
	"boolean":     iceberg.PrimitiveTypes.Bool,
	"integer":     iceberg.PrimitiveTypes.Int32,
	"bigint":      iceberg.PrimitiveTypes.Int64,
	"double":      iceberg.PrimitiveTypes.Float64,
	"date":        iceberg.PrimitiveTypes.Date,
	"timestamptz": iceberg.PrimitiveTypes.TimestampTz,
}

var decimalType = regexp.MustCompile(`^decimal\((\d{1,2}),\s*(\d{1,2})\)$`)

func icebergType(name string) (iceberg.Type, error) {
	if typ, ok := plainTypes[name]; ok {
		return typ, nil
	}
	m := decimalType.FindStringSubmatch(name)
	if m == nil {
		return nil, fmt.Errorf("type %q is none of varchar, boolean, integer, bigint, double, date, timestamptz, decimal(p,s)", name)
	}
	precision, _ := strconv.Atoi(m[1])
	scale, _ := strconv.Atoi(m[2])
	if precision < 1 || precision > 38 || scale > precision {
		return nil, fmt.Errorf("type %q: 1 <= precision <= 38 and scale <= precision expected", name)
	}
	return iceberg.DecimalTypeOf(precision, scale), nil
}

var identifier = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func (t Table) validate() error {
	var errs []error
	if !identifier.MatchString(t.Name) {
		errs = append(errs, fmt.Errorf("table name %q: small letters, digits and _ expected", t.Name))
	}
	seen := map[string]bool{}
	for _, c := range t.Columns {
		if !identifier.MatchString(c.Name) {
			errs = append(errs, fmt.Errorf("%s: column name %q: small letters, digits and _ expected", t.Name, c.Name))
		}
		if seen[c.Name] {
			errs = append(errs, fmt.Errorf("%s: column %s stands twice", t.Name, c.Name))
		}
		seen[c.Name] = true
		if _, err := icebergType(c.Type); err != nil {
			errs = append(errs, fmt.Errorf("%s.%s: %w", t.Name, c.Name, err))
		}
	}
	if len(t.Columns) == 0 {
		errs = append(errs, fmt.Errorf("%s: a table needs a column", t.Name))
	}
	if t.Partition != "" {
		i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == t.Partition })
		if i < 0 || t.Columns[i].Type != "date" {
			errs = append(errs, fmt.Errorf("%s: partition column %q is not a date column of the table", t.Name, t.Partition))
		}
	}
	return errors.Join(errs...)
}

// evolve says what the definition becomes under the wanted table, or why it
// cannot: columns are added, never retyped or removed; retired ones stay as they are. New
// columns have no id.
func (d tableDef) evolve(t Table) (tableDef, error) {
	next := tableDef{Doc: t.Doc, Partition: d.Partition}
	var errs []error
	if t.Partition != d.Partition {
		errs = append(errs, fmt.Errorf("%s: the partition column is %q and cannot become %q", t.Name, d.Partition, t.Partition))
	}
	for _, old := range d.Columns {
		i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == old.Name })
		if i < 0 && slices.Contains(t.Retired, old.Name) {
			next.Columns = append(next.Columns, old)
			continue
		}
		if i < 0 {
			errs = append(errs, fmt.Errorf("%s.%s: the column is in the lake and no longer in the contract\n"+
				"try: keep it and mark it as deprecated", t.Name, old.Name))
			continue
		}
		if c := t.Columns[i]; !sameType(c.Type, old.Type) {
			errs = append(errs, fmt.Errorf("%s.%s: the column is %s in the lake and cannot become %s\n"+
				"try: add a new column under another name", t.Name, old.Name, old.Type, c.Type))
		}
		old.Doc = t.Columns[i].Doc
		next.Columns = append(next.Columns, old)
	}
	for _, c := range t.Columns {
		if _, ok := d.column(c.Name); !ok {
			next.Columns = append(next.Columns, columnDef{Name: c.Name, Type: c.Type, Doc: c.Doc})
		}
	}
	return next, errors.Join(errs...)
}

func sameType(a, b string) bool {
	ta, errA := icebergType(a)
	tb, errB := icebergType(b)
	return errA == nil && errB == nil && ta.Equals(tb)
}

// Ensure makes the tables that are missing and adds the columns that are new.
// It refuses a retyped or vanished column, all of them in one error and before
// it changes anything. Tables that the lake has beyond the list stay. It makes
// no version. Call it between transactions.
func (l *Lake) Ensure(ctx context.Context, tables []Table) error {
	if err := l.writable(); err != nil {
		return fmt.Errorf("prepare the tables: %w", err)
	}
	known, err := l.registered(ctx)
	if err != nil {
		return err
	}
	var errs []error
	change := map[string]tableDef{}
	for _, t := range tables {
		if err := t.validate(); err != nil {
			errs = append(errs, err)
			continue
		}
		next, err := known[t.Name].def.evolve(tableWithPartition(t, known))
		if err != nil {
			errs = append(errs, err)
		}
		next.Partition = t.Partition
		if reg, ok := known[t.Name]; !ok || !next.equal(reg.def) {
			change[t.Name] = next
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, t := range tables {
		if next, ok := change[t.Name]; ok {
			if err := l.ensureTable(ctx, t.Name, next); err != nil {
				return fmt.Errorf("prepare table %s: %w", t.Name, err)
			}
			delete(change, t.Name)
		}
	}
	return nil
}

// tableWithPartition keeps evolve from comparing the partition of a table that
// does not exist yet.
func tableWithPartition(t Table, known map[string]registeredTable) Table {
	if _, ok := known[t.Name]; !ok {
		t.Partition = ""
	}
	return t
}

func (d tableDef) equal(e tableDef) bool {
	return d.Doc == e.Doc && d.Partition == e.Partition && slices.Equal(d.Columns, e.Columns)
}

// ensureTable brings the Iceberg table and then the register to the definition.
// A crash in between is repaired by the next Ensure, which finds the Iceberg
// table ahead of the register.
func (l *Lake) ensureTable(ctx context.Context, name string, def tableDef) error {
	tbl, err := l.load(ctx, name)
	switch {
	case errors.Is(err, catalog.ErrNoSuchTable):
		tbl, err = l.create(ctx, name, def)
	case err == nil:
		tbl, err = alter(ctx, tbl, def)
	}
	if err != nil {
		return err
	}
	if def, err = def.withIDs(tbl); err != nil {
		return err
	}
	return l.register(ctx, l.db, name, def, tbl.MetadataLocation())
}

// alter adds the columns and texts that the Iceberg table lacks.
func alter(ctx context.Context, tbl *table.Table, def tableDef) (*table.Table, error) {
	txn := tbl.NewTransaction()
	update := txn.UpdateSchema(true, false)
	changed := false
	for _, c := range def.Columns {
		typ, err := icebergType(c.Type)
		if err != nil {
			return nil, err
		}
		field, ok := tbl.Schema().FindFieldByName(c.Name)
		switch {
		case !ok:
			update.AddColumn([]string{c.Name}, typ, c.Doc, false, nil)
			changed = true
		case field.Doc != c.Doc:
			update.UpdateColumn([]string{c.Name}, table.ColumnUpdate{Doc: iceberg.Optional[string]{Valid: true, Val: c.Doc}})
			changed = true
		}
	}
	if changed {
		if err := update.Commit(); err != nil {
			return nil, err
		}
	}
	if tbl.Properties()[commentKey] != def.Doc {
		if err := txn.SetProperties(iceberg.Properties{commentKey: def.Doc}); err != nil {
			return nil, err
		}
		changed = true
	}
	if !changed {
		return tbl, nil
	}
	return txn.Commit(ctx)
}

// withIDs takes the field ids from the Iceberg table, in its order, and makes
// sure that the types are the same.
func (d tableDef) withIDs(tbl *table.Table) (tableDef, error) {
	out := tableDef{Doc: d.Doc, Partition: d.Partition}
	for _, field := range tbl.Schema().Fields() {
		c, ok := d.column(field.Name)
		if !ok {
			return out, fmt.Errorf("column %s is in the Iceberg table and not in the contract", field.Name)
		}
		if typ, err := icebergType(c.Type); err != nil || !typ.Equals(field.Type) {
			return out, fmt.Errorf("column %s is %s in the Iceberg table, %s in the contract", field.Name, field.Type, c.Type)
		}
		if c.ID != 0 && c.ID != field.ID {
			return out, fmt.Errorf("column %s has field id %d in the Iceberg table, its files have %d", field.Name, field.ID, c.ID)
		}
		c.ID = field.ID
		out.Columns = append(out.Columns, c)
	}
	return out, nil
}

// FieldIDs gives the field id of each column, from the table's own schema. A
// writer must put them into its Parquet files. A reader gets them from the
// register, which holds the same.
func (l *Lake) FieldIDs(name string) (map[string]int, error) {
	ctx := context.Background()
	ids := map[string]int{}
	if l.readOnly {
		known, err := l.registered(ctx)
		if err != nil {
			return nil, err
		}
		reg, ok := known[name]
		if !ok {
			return nil, fmt.Errorf("table %s is not in the lake", name)
		}
		for _, c := range reg.def.Columns {
			ids[c.Name] = c.ID
		}
		return ids, nil
	}
	if err := l.writable(); err != nil {
		return nil, err
	}
	tbl, err := l.load(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("field ids of %s: %w", name, err)
	}
	for _, field := range tbl.Schema().Fields() {
		ids[field.Name] = field.ID
	}
	return ids, nil
}

// Tables lists the tables of the lake by name, with and without files.
func (l *Lake) Tables(ctx context.Context) ([]Table, error) {
	known, err := l.registered(ctx)
	if err != nil {
		return nil, err
	}
	var tables []Table
	for _, name := range sortedKeys(known) {
		def := known[name].def
		t := Table{Name: name, Doc: def.Doc, Partition: def.Partition}
		for _, c := range def.Columns {
			t.Columns = append(t.Columns, Column{Name: c.Name, Type: c.Type, Doc: c.Doc})
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// registeredTable is a row of lake_tables.
type registeredTable struct {
	def      tableDef
	location string // of the Iceberg metadata
}

func (l *Lake) registered(ctx context.Context) (map[string]registeredTable, error) {
	rows, err := l.db.QueryContext(ctx, `select name, definition, metadata_location from lake_tables`)
	if err != nil {
		return nil, fmt.Errorf("read the register of tables: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	known := map[string]registeredTable{}
	for rows.Next() {
		var name, text string
		var reg registeredTable
		if err := rows.Scan(&name, &text, &reg.location); err != nil {
			return nil, fmt.Errorf("read the register of tables: %w", err)
		}
		if err := json.Unmarshal([]byte(text), &reg.def); err != nil {
			return nil, fmt.Errorf("read the definition of table %s: %w", name, err)
		}
		known[name] = reg
	}
	return known, rows.Err()
}

func (l *Lake) register(ctx context.Context, q querier, name string, def tableDef, location string) error {
	text, err := json.Marshal(def)
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, `insert into lake_tables values (?, ?, ?)
		on conflict (name) do update set definition = excluded.definition, metadata_location = excluded.metadata_location`,
		name, string(text), location)
	return err
}
