package run_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/pipeline/feed"
)

const (
	buyer = "Test Buyer 1"
	phone = "+000 000 0001"
	key   = "a key of the tests, 0123456789abcdef"
)

// sellerOf is a workspace whose orders name their buyers.
func sellerOf(t *testing.T) space {
	t.Helper()
	s := newSpace(t)
	text, err := os.ReadFile(s.path("feeds", "orders.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s.write("feeds/orders.yaml", string(text)+"      buyer_name: {from: buyer}\n      buyer_phone: {from: phone}\n")
	s.write("key", key+"\n")
	return s
}

func (s space) orders(day string, rows ...string) {
	s.Helper()
	s.write("inbox/orders/orders_202601"+day+"T000000Z.csv", strings.TrimSpace(ordersHead)+",buyer,phone\n"+strings.Join(rows, "\n")+"\n")
}

// pii rewrites what waybill.yaml says of personal data.
func (s space) pii(entries string) {
	s.Helper()
	b, err := os.ReadFile(s.path("waybill.yaml"))
	if err != nil {
		s.Fatalf("%v", err)
	}
	text, _, _ := strings.Cut(string(b), "pii:")
	if entries != "" {
		text += "pii: {" + entries + "}\n"
	}
	s.write("waybill.yaml", text)
}

func hashOf(text string) string {
	m := hmac.New(sha256.New, []byte(key))
	m.Write([]byte(text))
	return hex.EncodeToString(m.Sum(nil))
}

// holds lists the files below a folder that hold a text in plain; lake files are
// read through the engine, since their pages are compressed.
func (s space) holds(text string) []string {
	s.Helper()
	var out []string
	err := filepath.WalkDir(s.dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(s.dir, p)
		if err != nil {
			return err
		}
		b, err := os.ReadFile(p)
		if bytes.Contains(b, []byte(text)) {
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		s.Fatalf("%v", err)
	}
	return out
}

// headHolds says whether a file of the newest version has a column.
func (s space) headHolds(t *testing.T, table, text string) bool {
	t.Helper()
	return strings.Contains(s.sql("select * from "+table), text)
}

func TestPersonalDataIsKeptAndHashedOnDemand(t *testing.T) {
	t.Parallel()
	s := sellerOf(t)
	s.orders("10", "o1,shipped,2026-01-02 10:00:00,CA,10,,"+buyer+","+phone, "o2,shipped,2026-01-02 11:00:00,CA,10,,Test Buyer 2, "+phone+"\u00a0", "o3,shipped,2026-01-02 12:00:00,CA,10,,, ")
	s.do("ingest")
	dropped := s.content()
	if s.headHolds(t, "orders_in", buyer) || s.do("plan") != "nothing to do\n" {
		t.Fatal("by default nothing is kept, and nothing is to do")
	}
	s.pii("buyer_name: keep, buyer_phone: hash, street: drop, key: file:key")
	if plan := s.do("plan"); !strings.Contains(plan, "replay") || !strings.Contains(plan, "pii in waybill.yaml") || !strings.Contains(plan, "schema changed") {
		t.Errorf("plan says %s", plan)
	}
	s.do("ingest")
	want := "buyer_name,buyer_phone\n" + buyer + "," + hashOf(phone) + "\nTest Buyer 2," + hashOf(phone) + "\n,\n"
	for _, table := range []string{"orders_in", "orders"} {
		if got := s.sql("select buyer_name, buyer_phone from " + table + " order by order_id"); got != want {
			t.Errorf("%s: %s, want %s", table, got, want)
		}
	}
	if got := s.do("sql", "--output", "csv", "--known-at", "1", "select count(*) as n, count(buyer_name) as names from orders"); got != "n,names\n3,0\n" {
		t.Errorf("version 1: %s", got)
	}
	if out := s.do("ingest"); !strings.Contains(out, "nothing new") || s.do("plan") != "nothing to do\n" {
		t.Errorf("a second run says %s", out)
	}
	for what, secret := range map[string]string{"the key": key, "the key in hex": hex.EncodeToString([]byte(key))} {
		if at := s.holds(secret); strings.Join(at, " ") != strings.Join(map[string][]string{"the key": {"key"}}[what], " ") {
			t.Errorf("%s stands in %v", what, at)
		}
	}
	inner, outer := feed.KeyPads([]byte(key))
	if at := append(s.holds(string(inner)), s.holds(string(outer))...); len(at) > 0 {
		t.Errorf("the padded key stands in %v", at)
	}
	// another key gives other values, all of them
	s.write("key", strings.ToUpper(key))
	s.do("ingest")
	if got := s.sql("select count(distinct buyer_phone) as n, min(buyer_phone) = '" + hashOf(phone) + "' as old from orders"); got != "n,old\n1,false\n" {
		t.Errorf("after the change of the key: %s", got)
	}
	if out := s.do("lake", "check"); !strings.Contains(out, "the lake is whole") {
		t.Error(out)
	}
	// back to the default: the same rows as if it had never been otherwise
	s.pii("")
	if got := s.sql("select * from orders"); strings.Contains(got, "buyer_name") {
		t.Error("the column is readable although the workspace drops it")
	}
	s.do("ingest")
	mustEqual(t, "dropped again", dropped, s.content())
	s.pii("buyer_name: keep")
	if got := s.sql("select count(buyer_name) as n from orders_in"); got != "n\n0\n" {
		t.Errorf("names stayed in the newest version: %s", got)
	}
	s.do("ingest", "--full")
	if got := s.sql("select count(buyer_name) as n from orders"); got != "n\n2\n" {
		t.Errorf("kept again: %s", got)
	}
	if out := s.do("lake", "check"); !strings.Contains(out, "the lake is whole") {
		t.Error(out)
	}
}

// TestPersonalDataLeavesWithoutRawFiles: values go from loads that cannot be
// mapped again too, and no plain value passes for a hash.
func TestPersonalDataLeavesWithoutRawFiles(t *testing.T) {
	t.Parallel()
	s := sellerOf(t)
	s.orders("10", "o1,shipped,2026-01-02 10:00:00,CA,10,,"+buyer+","+phone)
	s.do("ingest")
	dropped := s.content()
	s.pii("buyer_name: keep, buyer_phone: keep")
	s.do("ingest")
	s.do("purge", "--older", "0", "--yes")
	s.pii("buyer_name: keep, buyer_phone: hash, key: file:key")
	if got := s.sql("select buyer_name, buyer_phone from orders"); got != "buyer_name,buyer_phone\n"+buyer+",\n" {
		t.Errorf("before the run: %s", got)
	}
	_, _, errs := s.try("ingest")
	if !strings.Contains(errs, "1 loads stay as they were mapped") {
		t.Errorf("the run says %s", errs)
	}
	for _, table := range []string{"orders_in", "orders"} {
		if got := s.sql("select buyer_name, buyer_phone from " + table); got != "buyer_name,buyer_phone\n"+buyer+",\n" {
			t.Errorf("%s: %s", table, got)
		}
	}
	s.pii("")
	s.do("ingest")
	mustEqual(t, "dropped, without raw files", dropped, s.content())
	s.pii("buyer_name: keep, buyer_phone: keep")
	if got := s.sql("select count(buyer_name) + count(buyer_phone) as n from orders_in"); got != "n\n0\n" {
		t.Errorf("values stayed: %s", got)
	}
	if out := s.do("lake", "check"); !strings.Contains(out, "the lake is whole") {
		t.Error(out)
	}
}

// TestDroppedColumnThatWasEmpty: rows are the same as before, whether the files that
// they come from ever had the column or not.
func TestDroppedColumnThatWasEmpty(t *testing.T) {
	t.Parallel()
	s := sellerOf(t)
	s.pii("buyer_name: keep")
	rows := []string{"o1,shipped,2026-01-02 10:00:00,CA,10,,,", "o2,shipped,2026-01-02 11:00:00,CA,10,,,"}
	s.orders("10", rows...)
	s.do("ingest")
	s.do("purge", "--older", "0", "--yes")
	s.pii("")
	s.try("ingest")
	s.orders("11", append(rows, "o3,shipped,2026-01-03 11:00:00,CA,10,,,")...)
	if out := s.do("ingest"); !strings.Contains(out, "1 stored, 2 repeats") {
		t.Errorf("the same rows again: %s", out)
	}
	if got := s.sql("select max(observations) as n from orders"); got != "n\n1\n" {
		t.Errorf("observations: %s", got)
	}
}

// TestPersonalDataInRejects: a message never holds it, rejects only where it is kept.
func TestPersonalDataInRejects(t *testing.T) {
	t.Parallel()
	s := sellerOf(t)
	const bad = "1.5E+10"
	feedText, err := os.ReadFile(s.path("feeds", "orders.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s.write("feeds/orders.yaml", strings.Replace(string(feedText), "{from: phone}", "{from: phone, as: id}", 1)+"threshold: 0.6\n")
	s.orders("10", "o1,shipped,2026-01-02 10:00:00,CA,10,,"+buyer+","+bad, "o2,shipped,2026-01-02 10:00:00,CA,10,,"+buyer+",0001")
	for _, c := range []struct{ pii, value string }{
		{"buyer_phone: keep", bad}, {"buyer_phone: hash, key: file:key", `"‹7 characters, masked›"`},
	} {
		s.pii(c.pii)
		s.do("ingest")
		if got := s.sql("select column_name, value, raw from rejects"); got != "column_name,value,raw\nbuyer_phone (phone),"+c.value+","+c.value+"\n" {
			t.Errorf("%s: %s", c.pii, got)
		}
	}
	// kept, then dropped, when the file is gone: its text in rejects goes too
	s.pii("buyer_phone: keep")
	s.do("ingest")
	s.do("purge", "--older", "0", "--raw", "--yes")
	s.pii("")
	s.do("ingest")
	if got := s.sql("select count(*) as n, count(value) + count(raw) as texts from rejects"); got != "n,texts\n1,0\n" {
		t.Errorf("after the change to drop: %s", got)
	}
	s.pii("buyer_phone: keep")
	s.orders("11", "o3,shipped,2026-01-02 10:00:00,CA,10,,"+buyer+","+bad)
	code, out, errs := s.try("ingest")
	if code != 3 || !strings.Contains(errs, "masked") {
		t.Errorf("exit %d, %s", code, errs)
	}
	if all := out + errs + s.do("load", "list") + s.sql("select * from runs"); strings.Contains(all, bad) {
		t.Errorf("a message holds the cell: %s", all)
	}
}

func TestPersonalDataIsConfiguredWithCare(t *testing.T) {
	t.Parallel()
	s := sellerOf(t)
	s.orders("10", "o1,shipped,2026-01-02 10:00:00,CA,10,,"+buyer+","+phone)
	for _, c := range []struct{ pii, says string }{
		{"buyer_nmae: keep", "waybill.yaml:6:19: pii.buyer_nmae: no contract has such a column; try: buyer_name"},
		{"orders_in.buyer_nmae: keep", "waybill.yaml:6:29: pii.orders_in.buyer_nmae: no contract has such a column; try: orders_in.buyer_name"},
		{"city: hash, key: env:K", "pii.city: no contract marks it as personal data"},
		{"buyer_name: hash", "waybill.yaml:6:19: pii.buyer_name: hash needs a key"},
		{"buyer_name: hash, key: " + strings.Fields(key)[5], "pii.key: the key itself must not stand here"},
		{"buyer_name: hash, key: file:absent", "waybill.yaml:6:30: pii.key: file:absent"},
		{"buyer_name: hash, key: env:WAYBILL_PII_KEY", "pii.key: env:WAYBILL_PII_KEY: the variable is not set"},
	} {
		s.pii(c.pii)
		code, _, errs := s.try("ingest")
		if code == 0 || !strings.Contains(errs, c.says) || strings.Contains(errs, strings.Fields(key)[5]) {
			t.Errorf("%s: exit %d, %s", c.pii, code, errs)
		}
	}
	s.pii("buyer_name: hash, key: file:key")
	text, err := os.ReadFile(s.path("feeds", "orders.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s.write("feeds/orders.yaml", string(text)+"      city: {expr: \"hex(GetVariable('waybill_pii_inner'))\"}\n")
	if code, _, errs := s.try("ingest"); code == 0 || !strings.Contains(errs, "expr of orders_in.city reads a variable of the session") {
		t.Errorf("exit %d, %s", code, errs)
	}
}
