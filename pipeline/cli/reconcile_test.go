package cli

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"waybill/pipeline/metric"
)

func TestReconcileCommand(t *testing.T) {
	shop := demoOf(t, seeds[0])
	s := space{T: t, dir: shop.dir}
	files := space{T: t, dir: t.TempDir()}
	list := filepath.Join(files.dir, "list.csv")
	const week, monday = "2026-W43", "2026-10-19"
	ours := s.rows("select order_id, on_time from orders_as_of where shop_id = 'shop-A' and due_week = date '" + monday + "' and not excluded_due order by 1")
	onTime := 0
	var lines []string
	for _, r := range ours {
		if r[1] == "yes" {
			onTime++
		}
		lines = append(lines, r[0]+","+map[bool]string{true: "On-Time", false: "late"}[r[1] == "yes"])
	}
	percent := func(n, d int) string { return fmt.Sprintf("%.4f", 100*float64(n)/float64(d)) }
	ask := func(text string, args ...string) metric.Reconciliation {
		t.Helper()
		files.write("list.csv", text)
		var out metric.Reconciliation
		s.decode(&out, append([]string{"reconcile", "otdr", "--week", week, "--shop", "shop-A", "--orders", list}, args...)...)
		return out
	}
	got := ask("\ufeffOrder ID,Delivery Status\r\n"+strings.Join(lines, "\r\n")+"\r\n", "--platform-says", percent(onTime, len(ours)))
	if len(got.Steps) != 0 || got.Remainder != "0.00" || got.Ours.Den != int64(len(ours)) || got.Ours.Num != int64(onTime) {
		t.Errorf("an equal list: %+v", got)
	}
	// one order that nobody knows, on time
	got = ask("order_id,is_late\n"+strings.ReplaceAll(strings.ReplaceAll(strings.Join(lines, "\n"), "On-Time", "no"), "late", "yes")+"\n999,no\n", "--platform-says", percent(onTime+1, len(ours)+1))
	if len(got.Steps) != 1 || got.Steps[0].Reason != "not_in_ours" || got.Differences[0].Order != "999" || got.Remainder != "0.00" {
		t.Errorf("one order more: %+v", got)
	}
	files.write("list.csv", "订单号\t是否准时\n"+strings.ReplaceAll(strings.ReplaceAll(strings.Join(lines[1:], "\n"), ",On-Time", "\t是"), ",late", "\t否")+"\n")
	out := s.do("reconcile", "otdr", "--week", week, "--shop", "shop-A", "--orders", list, "--platform-says", "81.5%", "--output", "csv")
	if !strings.HasPrefix(out, "platform,shop_id,order_id,") || strings.Count(out, "\n") != 2 || !strings.Contains(out, ours[0][0]) {
		t.Error(out)
	}
	if out := s.do("reconcile", "otdr", "--week", monday, "--platform-says", "50"); !strings.Contains(out, "This is an indication") {
		t.Error(out)
	}
	for text, says := range map[string]string{
		"": "it is empty", "order_id,on_time\n": "it has no order", "id,flag\n1,yes\n": `its header is "id, flag"`, "order_id,on_time\n1,perhaps\n": `record 2 says "perhaps" of order "1"`,
		"order_id,on_time\n1,yes\n1,no\n": "record 3 says of order 1", "PK\x03\x04": "no CSV in UTF-8", "\xb6\xa9\xb5\xa5,x\n": "no CSV in UTF-8",
	} {
		files.write("list.csv", text)
		s.fails(exitUsage, says, "reconcile", "otdr", "--week", week, "--platform-says", "80", "--orders", list)
	}
	for _, c := range []struct{ says, args string }{
		{`--platform-says "high"`, "--week " + week + " --platform-says high"}, {`--platform-says "101"`, "--week " + week + " --platform-says 101"},
		{"which week?", "--platform-says 80"}, {"no such week", "--week 46 --platform-says 80"}, {`no such shop: "x"; try one of: `, "--week " + week + " --platform-says 80 --shop x"},
		{"output \"xml\"", "--week " + week + " --platform-says 80 --output xml"},
	} {
		s.fails(exitUsage, c.says, append([]string{"reconcile", "otdr"}, strings.Fields(c.args)...)...)
	}
}
