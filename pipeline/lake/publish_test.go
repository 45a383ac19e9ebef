package lake_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/pipeline/lake"
)

func TestPublishAndReadBack(t *testing.T) {
	w := openWriter(t, options(filepath.Join(t.TempDir(), "单 a b%c")))
	if _, err := w.Head(t.Context()); !errors.Is(err, lake.ErrEmpty) {
		t.Fatalf("head of an empty lake: %v", err)
	}
	w.checkClean()
	first, second := twoVersions(w)

	if first.Seq != 1 || second.Seq != 2 || len(first.ID) != 16 || first.ID == second.ID || !first.At.Equal(clock()) {
		t.Errorf("versions %+v %+v", first, second)
	}
	for _, want := range []struct {
		version lake.Version
		table   string
		rows    int64
		files   int
	}{{first, "scans", 150, 2}, {first, "rates", 8, 1}, {second, "scans", 180, 3}, {second, "rates", 8, 1}} {
		if n := w.rowsOf(want.version, want.table); n != want.rows {
			t.Errorf("version %d: %d rows of %s, want %d", want.version.Seq, n, want.table, want.rows)
		}
		if n := len(w.filesOf(want.version)[want.table]); n != want.files {
			t.Errorf("version %d: %d files of %s, want %d", want.version.Seq, n, want.table, want.files)
		}
	}
	january := w.filesOf(second)["scans"][0]
	if january.Partition != "2026-01-01" || january.Rows != 120 || !cmp.Equal(january.Loads, []string{"load-1", "load-2"}) {
		t.Errorf("first file is %+v", january)
	}
	if !strings.HasPrefix(january.Path, "lake/waybill/scans/data/p_month=2026-01-01/"+january.Content[:16]) {
		t.Errorf("path %s", january.Path)
	}
	if diff := cmp.Diff(second, mustHead(t, w.Lake)); diff != "" {
		t.Errorf("head differs from what Publish returned: %s", diff)
	}
	w.checkClean()
}

func TestRemoveEveryFileAndAddAgain(t *testing.T) {
	w := openWriter(t, options(t.TempDir()))
	first, second := twoVersions(w)
	tx := w.begin("empty scans")
	for _, f := range tx.BaseFiles()["scans"] {
		if err := tx.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	third := w.publish(tx)
	if files := w.filesOf(third); len(files["scans"]) != 0 || len(files["rates"]) != 1 {
		t.Errorf("files %v", files)
	}
	w.checkClean()
	if n := w.rowsOf(first, "scans") + w.rowsOf(second, "scans"); n != 330 {
		t.Errorf("older versions hold %d rows", n)
	}

	tx = w.begin("scans again")
	w.write(tx, "scans", "2026-01-01", scansQuery("2026-01-01", 0, 100))
	w.write(tx, "scans", "2026-02-01", scansQuery("2026-02-01", 100, 50))
	fourth := w.publish(tx)
	w.checkClean()
	if fourth.ID != first.ID {
		t.Errorf("the same rows have id %s, then %s", first.ID, fourth.ID)
	}
	found, err := w.Find(t.Context(), first.ID)
	if err != nil || found.Seq != 4 {
		t.Errorf("the id finds version %d (%v), want the newest of those that share it", found.Seq, err)
	}
}

func TestVersionIDIgnoresLayout(t *testing.T) {
	one := openWriter(t, options(t.TempDir()))
	tx := one.begin("one file")
	one.write(tx, "scans", "2026-01-01", scansQuery("2026-01-01", 0, 90))
	one.write(tx, "rates", "", ratesQuery)
	a := one.publish(tx)

	two := openWriter(t, options(t.TempDir()))
	two.ensure(lake.Table{Name: "aaa", Columns: []lake.Column{{Name: "x", Type: "date"}}})
	tx = two.begin("two files, other order")
	two.write(tx, "rates", "", ratesQuery)
	two.write(tx, "scans", "2026-01-01", scansQuery("2026-01-01", 60, 30))
	b := two.publish(tx)
	tx = two.begin("the rest")
	two.write(tx, "scans", "2026-01-01", scansQuery("2026-01-01", 0, 60))
	c := two.publish(tx)
	if a.ID != c.ID || b.ID == c.ID {
		t.Errorf("ids: whole %s, part %s, both parts %s", a.ID, b.ID, c.ID)
	}
}

func TestAddRefusesAWrongFile(t *testing.T) {
	w := openWriter(t, options(t.TempDir()))
	tx := w.begin("wrong")
	defer tx.Abort() //nolint:errcheck // the test ends
	good, rows, content := w.copyTo(tx, "scans", "2026-01-01", scansQuery("2026-01-01", 0, 5))
	mixed, _, _ := w.copyTo(tx, "scans", "2026-01-01",
		"("+scansQuery("2026-01-01", 0, 5)+") union all ("+scansQuery("2026-02-01", 0, 5)+")")
	null, _, _ := w.copyTo(tx, "scans", "2026-01-01", scansQuery("2026-01-01", 0, 5)+
		" union all select 'x', null, null, null")
	typed, _, _ := w.copyTo(tx, "rates", "", "select 1::integer as zone, 2.5::decimal(9,2) as price")
	for _, c := range []struct {
		name, table, partition, temp string
		rows                         int64
		content, want                string
	}{
		{"row count", "scans", "2026-01-01", good, rows + 1, content, "holds 5 rows, 6 announced"},
		{"other month", "scans", "2026-02-01", good, rows, content, "only 2026-02-01 expected"},
		{"two months", "scans", "2026-01-01", mixed, 10, content, "runs from 2026-01-01 to 2026-02-01"},
		{"null month", "scans", "2026-01-01", null, 6, content, "holds NULL"},
		{"other type", "rates", "", typed, 1, content, "price: optional decimal(9, 2)"},
		{"no partition", "scans", "", good, rows, content, "partition column"},
		{"bad hash", "scans", "2026-01-01", good, rows, "ab", "32 hex digits"},
		{"no file", "scans", "2026-01-01", tx.TempPath("scans", "2026-01-01"), rows, content, "no such file"},
		{"unknown table", "nope", "", good, rows, content, "not in the lake"},
	} {
		err := tx.Add(c.table, c.partition, c.temp, c.rows, c.content, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	empty, none, zero := w.copyTo(tx, "scans", "2026-01-01", scansQuery("2026-01-01", 0, 0))
	if err := tx.Add("scans", "2026-01-01", empty, none, zero, nil); err != nil {
		t.Errorf("a file without rows: %v", err)
	}
	if _, published, err := tx.Publish(t.Context(), nil, nil); published || err != nil {
		t.Errorf("published %v %v after refusals", published, err)
	}
}

func TestJournalAndVersionAreOneTransaction(t *testing.T) {
	w := openWriter(t, options(t.TempDir()))
	_, second := twoVersions(w)
	if _, err := w.DB().Exec("create table loads (id text, seq integer)"); err != nil {
		t.Fatal(err)
	}
	note := func(fail error) func(context.Context, *sql.Tx, lake.Version) error {
		return func(ctx context.Context, tx *sql.Tx, v lake.Version) error {
			_, err := tx.ExecContext(ctx, "insert into loads values ('x', ?)", v.Seq)
			return errors.Join(err, fail)
		}
	}
	noted := func() (list []int64) {
		rows, err := w.DB().Query("select seq from loads order by seq")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close() //nolint:errcheck // test
		for rows.Next() {
			var seq int64
			if err := rows.Scan(&seq); err != nil {
				t.Fatal(err)
			}
			list = append(list, seq)
		}
		return list
	}

	tx := w.begin("nothing")
	v, published, err := tx.Publish(t.Context(), nil, note(nil))
	if err != nil || published || v.Seq != 2 {
		t.Errorf("nothing to publish: %v %v %v", v.Seq, published, err)
	}
	boom := errors.New("boom")
	tx = w.begin("the journal fails")
	w.change(tx)
	if _, _, err := tx.Publish(t.Context(), nil, note(boom)); !errors.Is(err, boom) {
		t.Errorf("error %v", err)
	}
	if got := mustHead(t, w.Lake); !cmp.Equal(got, second) {
		t.Errorf("a failed journal left %+v", got)
	}
	w.checkClean()
	if recovery, err := w.Recover(t.Context()); err != nil || !recovery.Nothing() {
		t.Errorf("a failed publish left work for recovery: %v %v", recovery, err)
	}
	tx = w.begin("the journal works")
	w.change(tx)
	hashes := map[string]string{"policies/x.yaml": "ab"}
	v, _, err = tx.Publish(t.Context(), hashes, note(nil))
	if err != nil || v.Seq != 3 || !cmp.Equal(mustHead(t, w.Lake).Hashes, hashes) {
		t.Errorf("version %+v %v", v, err)
	}
	if got := noted(); !cmp.Equal(got, []int64{2, 3}) {
		t.Errorf("the journal holds %v", got)
	}
}

func TestCancelledPublishLeavesTheLastVersion(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	opts := options(t.TempDir())
	armed := false
	opts.Fail = func(step string) {
		if armed && step == "publish.iceberg.rates" {
			cancel()
		}
	}
	w := openWriter(t, opts)
	_, second := twoVersions(w)
	armed = true
	tx := w.begin("cancelled")
	w.change(tx)
	w.write(tx, "rates", "", ratesQuery)
	if _, _, err := tx.Publish(ctx, nil, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if got := mustHead(t, w.Lake); !cmp.Equal(got, second) {
		t.Errorf("head is %+v", got)
	}
	w.checkClean()
	if recovery, err := w.Recover(t.Context()); err != nil || !recovery.Nothing() {
		t.Errorf("left for recovery: %v %v", recovery, err)
	}
}

func TestAbortDeletesTemporaryFiles(t *testing.T) {
	root := t.TempDir()
	w := openWriter(t, options(root))
	twoVersions(w)
	before := tree(t, filepath.Join(root, "lake", "waybill", "rates"))
	tx := w.begin("aborted")
	if _, err := w.Begin(t.Context(), "second"); err == nil {
		t.Error("two transactions at once")
	}
	w.write(tx, "rates", "", ratesQuery)
	if err := tx.Abort(); err != nil {
		t.Fatal(err)
	}
	after := tree(t, filepath.Join(root, "lake", "waybill", "rates"))
	delete(before, filepath.Join(root, "lake", "waybill", "rates"))
	delete(after, filepath.Join(root, "lake", "waybill", "rates"))
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
	if err := w.begin("next").Abort(); err != nil {
		t.Error(err)
	}
}

func TestFind(t *testing.T) {
	w := openWriter(t, options(t.TempDir()))
	if _, err := w.Find(t.Context(), "1"); !errors.Is(err, lake.ErrEmpty) {
		t.Errorf("empty lake: %v", err)
	}
	first, second := twoVersions(w)
	for ref, want := range map[string]int64{"1": 1, "2": 2, first.ID: 1, second.ID[:6]: 2, strings.ToUpper(first.ID): 1} {
		if v, err := w.Find(t.Context(), ref); err != nil || v.Seq != want {
			t.Errorf("%q finds %d %v, want %d", ref, v.Seq, err, want)
		}
	}
	for _, ref := range []string{"77", "", "xyz", first.ID + "0"} {
		if _, err := w.Find(t.Context(), ref); err == nil || !strings.Contains(err.Error(), first.ID) {
			t.Errorf("%q: %v, want an error that lists the versions", ref, err)
		}
	}
	if list, err := w.Versions(t.Context()); err != nil || !cmp.Equal(list, []lake.Version{first, second}) {
		t.Errorf("versions %v %v", list, err)
	}
}

func TestReadersSeeWholeVersions(t *testing.T) {
	root := t.TempDir()
	opts := options(root)
	readOpts := options(root)
	readOpts.ReadOnly = true
	if _, err := lake.Open(t.Context(), readOpts); !errors.Is(err, lake.ErrEmpty) {
		t.Fatalf("no catalog: %v", err)
	}
	seen := map[string]int64{}
	opts.Fail = func(step string) {
		r, err := lake.Open(context.Background(), readOpts)
		if err != nil {
			t.Error(err)
			return
		}
		defer r.Close() //nolint:errcheck // test
		v, err := r.Head(context.Background())
		if err != nil && !errors.Is(err, lake.ErrEmpty) {
			t.Error(err)
		}
		seen[step] = v.Seq
	}
	w := openWriter(t, opts)
	_, second := twoVersions(w)
	want := map[string]int64{
		"publish.renamed": 1, "publish.iceberg.rates": 0, "publish.iceberg.scans": 1, "publish.before_sql": 1, "publish.after_sql": 2,
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("what a reader saw at each step: %s", diff)
	}
	r, err := lake.Open(t.Context(), readOpts)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // test
	files, err := r.Files(t.Context(), second)
	if err != nil || !cmp.Equal(files, w.filesOf(second)) {
		t.Errorf("files %v %v", files, err)
	}
	if ids, err := r.FieldIDs("scans"); err != nil || ids["p_month"] != 4 {
		t.Errorf("field ids %v %v", ids, err)
	}
	if problems, err := r.Check(t.Context()); err != nil || len(problems) > 0 {
		t.Errorf("check of a reader: %v %v", problems, err)
	}
	_, recoverErr := r.Recover(t.Context())
	_, beginErr := r.Begin(t.Context(), "no")
	for _, err := range []error{recoverErr, beginErr, r.Ensure(t.Context(), nil)} {
		if !errors.Is(err, lake.ErrReadOnly) {
			t.Errorf("a reader may write: %v", err)
		}
	}
	if _, err := os.Stat(filepath.Join(root, "state", "catalog.db")); err != nil {
		t.Error(err)
	}
}
