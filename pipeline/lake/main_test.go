package lake_test

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"waybill/pipeline/lake"
)

// The test binary runs itself to die at a step or to hold a lock.
const (
	roleEnv = "LAKE_TEST_ROLE" // crash or lock
	rootEnv = "LAKE_TEST_ROOT"
	stepEnv = "LAKE_TEST_STEP"
)

func TestMain(m *testing.M) {
	switch os.Getenv(roleEnv) {
	case "crash":
		crash(os.Getenv(rootEnv), os.Getenv(stepEnv))
	case "lock":
		holdLock(os.Getenv(rootEnv))
	default:
		os.Exit(m.Run())
	}
}

func kill() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

var scans = lake.Table{
	Name: "scans", Doc: "one scan", Partition: "p_month",
	Columns: []lake.Column{
		{Name: "number", Type: "varchar", Doc: "tracking number"},
		{Name: "at", Type: "timestamptz"},
		{Name: "amount", Type: "decimal(18,4)"},
		{Name: "p_month", Type: "date"},
	},
}

var rates = lake.Table{
	Name:    "rates",
	Columns: []lake.Column{{Name: "zone", Type: "integer"}, {Name: "price", Type: "double"}},
}

// writer is a lake that was opened, recovered and given its tables.
type writer struct {
	*lake.Lake
	t        testing.TB
	duck     *sql.DB
	recovery lake.Recovery
}

func clock() time.Time { return time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC) }

func options(root string) lake.Options { return lake.Options{Root: root, Now: clock} }

func openWriter(t testing.TB, opts lake.Options) *writer {
	t.Helper()
	w := &writer{t: t}
	var err error
	if w.Lake, err = lake.Open(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	if w.recovery, err = w.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.ensure(scans, rates)
	return w
}

func (w *writer) close() {
	if w.Lake == nil {
		return
	}
	if err := w.Close(); err != nil {
		w.t.Error(err)
	}
	w.Lake = nil
	if w.duck != nil {
		w.duck.Close() //nolint:errcheck // only a test's engine
		w.duck = nil
	}
}

func (w *writer) ensure(tables ...lake.Table) {
	w.t.Helper()
	if err := w.Ensure(w.t.Context(), tables); err != nil {
		w.t.Fatal(err)
	}
}

func (w *writer) begin(cause string) *lake.Tx {
	w.t.Helper()
	tx, err := w.Begin(w.t.Context(), cause)
	if err != nil {
		w.t.Fatal(err)
	}
	return tx
}

// query is where a test engine runs its SQL.
func (w *writer) query() *sql.DB {
	w.t.Helper()
	if w.duck == nil {
		connector, err := duckdb.NewConnector("", nil)
		if err != nil {
			w.t.Fatal(err)
		}
		w.duck = sql.OpenDB(connector)
		if _, err := w.duck.Exec("set TimeZone = 'UTC'"); err != nil {
			w.t.Fatal(err)
		}
	}
	return w.duck
}

// write lets DuckDB write the rows of a query as the next file of a partition.
func (w *writer) write(tx *lake.Tx, table, partition, query string, loads ...string) {
	w.t.Helper()
	temp, rows, content := w.copyTo(tx, table, partition, query)
	if err := tx.Add(table, partition, temp, rows, content, loads); err != nil {
		w.t.Fatal(err)
	}
}

func (w *writer) copyTo(tx *lake.Tx, table, partition, query string) (temp string, rows int64, content string) {
	w.t.Helper()
	ids, err := w.FieldIDs(table)
	if err != nil {
		w.t.Fatal(err)
	}
	described, err := w.query().Query("describe " + query)
	if err != nil {
		w.t.Fatal(err)
	}
	var fields []string
	for described.Next() {
		var name string
		var rest [5]any
		if err := described.Scan(&name, &rest[0], &rest[1], &rest[2], &rest[3], &rest[4]); err != nil {
			w.t.Fatal(err)
		}
		fields = append(fields, fmt.Sprintf("%q: %d", name, ids[name]))
	}
	temp = tx.TempPath(table, partition)
	if _, err := w.query().Exec(fmt.Sprintf("copy (%s) to '%s' (format parquet, field_ids {%s})",
		query, strings.ReplaceAll(temp, "'", "''"), strings.Join(fields, ", "))); err != nil {
		w.t.Fatal(err)
	}
	var sum *big.Int
	if err := w.query().QueryRow("select count(*), coalesce(sum(hash(q)::hugeint), 0)::hugeint from ("+query+") q").
		Scan(&rows, &sum); err != nil {
		w.t.Fatal(err)
	}
	return temp, rows, hex.EncodeToString(sum.FillBytes(make([]byte, 16)))
}

func (w *writer) publish(tx *lake.Tx) lake.Version {
	w.t.Helper()
	v, published, err := tx.Publish(w.t.Context(), nil, nil)
	if err != nil || !published {
		w.t.Fatalf("published %v: %v", published, err)
	}
	return v
}

// scansQuery makes n rows of a month, numbered from first.
func scansQuery(month string, first, n int) string {
	return fmt.Sprintf(`select 'N' || i as number, (date '%s' + interval (i) minute)::timestamptz as at,
		(i * 1.25)::decimal(18,4) as amount, date '%s' as p_month from range(%d, %d) r(i)`, month, month, first, first+n)
}

const ratesQuery = `select i::integer as zone, (i * 2.5)::double as price from range(1, 9) r(i)`

func (w *writer) filesOf(v lake.Version) map[string][]lake.File {
	w.t.Helper()
	files, err := w.Files(w.t.Context(), v)
	if err != nil {
		w.t.Fatal(err)
	}
	return files
}

// rowsOf counts the rows of a table by reading its files.
func (w *writer) rowsOf(v lake.Version, table string) int64 {
	w.t.Helper()
	var total int64
	for _, f := range w.filesOf(v)[table] {
		var n int64
		if err := w.query().QueryRow("select count(*) from read_parquet(?)", w.AbsPath(f)).Scan(&n); err != nil {
			w.t.Fatal(err)
		}
		total += n
	}
	return total
}

func (w *writer) checkClean() {
	w.t.Helper()
	problems, err := w.Check(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range problems {
		w.t.Error(p)
	}
}

// tree is every file under a folder with its size and time of change.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.Walk(dir, func(name string, info os.FileInfo, err error) error {
		if err == nil {
			files[name] = fmt.Sprint(info.Size(), info.ModTime().UnixNano(), info.IsDir())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// twoVersions publishes scans of two months with rates, then one month more
// with the first replaced.
func twoVersions(w *writer) (first, second lake.Version) {
	tx := w.begin("first")
	w.write(tx, "scans", "2026-01-01", scansQuery("2026-01-01", 0, 100), "load-1")
	w.write(tx, "scans", "2026-02-01", scansQuery("2026-02-01", 100, 50), "load-1")
	w.write(tx, "rates", "", ratesQuery)
	first = w.publish(tx)
	tx = w.begin("second")
	w.change(tx)
	return first, w.publish(tx)
}

// change replaces January, adds March and leaves February.
func (w *writer) change(tx *lake.Tx) {
	w.t.Helper()
	for _, f := range tx.BaseFiles()["scans"] {
		if f.Partition == "2026-01-01" {
			if err := tx.Remove(f); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	w.write(tx, "scans", "2026-01-01", scansQuery("2026-01-01", 0, 120), "load-1", "load-2")
	w.write(tx, "scans", "2026-03-01", scansQuery("2026-03-01", 0, 10), "load-2")
}

func mustHead(t testing.TB, l *lake.Lake) lake.Version {
	t.Helper()
	v, err := l.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return v
}
