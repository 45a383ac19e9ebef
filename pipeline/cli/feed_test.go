package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// samples are the made-up files that ship beside the templates.
const samples = "../../data/feeds/testdata/"

// made is a workspace of templates.
func made(t *testing.T, flags ...string) space {
	t.Helper()
	s := space{T: t, dir: filepath.Join(t.TempDir(), "shop"), env: map[string]string{}}
	if r := s.bare(append([]string{"init", s.dir}, flags...)...); r.code != exitDone {
		t.Fatalf("init: exit %d\n%s%s", r.code, r.out, r.err)
	}
	return s
}

// nowhere is a folder that is no workspace.
func nowhere(t *testing.T) space { return space{T: t, dir: t.TempDir(), env: map[string]string{}} }

func (s space) absent(names ...string) {
	s.Helper()
	for _, n := range names {
		if _, err := os.Stat(s.path(n)); err == nil {
			s.Errorf("%s is there", n)
		}
	}
}

func TestFeedList(t *testing.T) {
	s := nowhere(t)
	out := s.do("feed", "list")
	if !strings.Contains(out, "\ntiktok_orders\ttemplate\tTikTok Shop order export\torders\ttiktok\tbuilt in\n") || strings.Contains(out, "\tfeed\t") {
		t.Errorf("outside a workspace:\n%s", out)
	}
	s.absent("waybill.yaml")
	s = made(t, "--from", "tiktok_orders")
	s.write("data/feeds/own.yaml", "template: {title: Own export, kind: tracking, signature: {all: [Number]}}\noutputs: [{table: tracking_events, columns: {tracking_number: {from: Number}, event_at: {from: Time}}}]\n")
	var list []struct {
		Name, What, Kind, Platform, Use, File string
		Own                                   bool
	}
	s.decode(&list, "feed", "list")
	got := map[string]string{}
	for _, f := range list {
		got[f.What+" "+f.Name] = strings.Join([]string{f.Kind, f.Platform, f.Use, f.File}, "|")
	}
	for name, want := range map[string]string{
		"feed tiktok_orders": "orders|tiktok|tiktok_orders|feeds/tiktok_orders.yaml", "template tiktok_orders": "orders|tiktok||data/feeds/tiktok_orders.yaml", "template own": "tracking|||data/feeds/own.yaml",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
	if list[0].What != "feed" {
		t.Error("the workspace's own feeds do not stand first")
	}
}

func TestFeedShow(t *testing.T) {
	s := nowhere(t)
	text, err := os.ReadFile("../../data/feeds/tiktok_orders.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.do("feed", "show", "tiktok_orders"); got != string(text) {
		t.Errorf("a pipe gets something else than the file's text:\n%.300s", got)
	}
	on := s
	on.terminal = true
	for _, want := range []string{"tiktok_orders: TikTok Shop order export (orders tiktok)\n", "\ncertain:\n  - names of the 63 columns", "\nassumed:\n  - times are in the shop's zone", "  shop_id: the shop's name in reports (default main)\n", "\ntemplate:\n"} {
		if got := on.do("feed", "show", "tiktok_orders"); !strings.Contains(got, want) {
			t.Errorf("a terminal does not show %q:\n%.1500s", want, got)
		}
	}
	var f struct {
		Certain, Assumed []string
		Text             string
	}
	s.decode(&f, "feed", "show", "tiktok_orders")
	if len(f.Certain) == 0 || len(f.Assumed) == 0 || f.Text != string(text) {
		t.Errorf("--json: %d certain, %d assumed", len(f.Certain), len(f.Assumed))
	}
	s.fails(exitUsage, `"tiktok_order"; try: tiktok_orders`, "feed", "show", "tiktok_order")
	w := made(t, "--from", "tiktok_orders")
	if got := w.do("feed", "show", "tiktok_orders"); got != w.read("feeds/tiktok_orders.yaml") {
		t.Errorf("the workspace's feed does not go before the template:\n%s", got)
	}
}

func TestFeedGuessSays(t *testing.T) {
	s := nowhere(t)
	r := s.try("feed", "guess", samples+"tiktok_orders/sample_57.csv", samples+"track17/sample.json")
	for _, want := range []string{"\ttiktok_orders\tTikTok Shop order export\t1.00\t", "7 of 7 names of the signature", "\ttrack17\t"} {
		if r.code != exitDone || !strings.Contains(r.out, want) {
			t.Errorf("exit %d, no %q in\n%s%s", r.code, want, r.out, r.err)
		}
	}
	s.write("some.csv", "a,b\n1,2\n")
	r = s.fails(exitPartly, "some.csv: no template knows this file; try: waybill feed draft "+s.path("some.csv"), "feed", "guess", samples+"tiktok_orders/sample_57.csv", s.path("some.csv"))
	if !strings.Contains(r.err, "1 of 2 files are not recognised for sure") {
		t.Error(r.err)
	}
	s.fails(exitFailed, "the file is not recognised for sure", "feed", "guess", s.path("some.csv"))
	s.write("some.json", `{"a": [1]}`)
	s.fails(exitFailed, "try: waybill feed show NAME", "feed", "guess", s.path("some.json"))
	s.write("half.csv", "Order ID,Order Status,Order Substatus,SKU ID,Seller SKU,Tracking ID\n1,2,3,4,5,6\n")
	r = s.fails(exitFailed, "tiktok_orders fits by 0.71 only, less than 0.9; try: --template tiktok_orders", "feed", "guess", s.path("half.csv"))
	if !strings.Contains(r.out, "not there: Created Time, RTS Time") {
		t.Errorf("does not say what is missing:\n%s", r.out)
	}
	s.write("empty.csv", "")
	if r := s.fails(exitFailed, "not recognised", "feed", "guess", s.path("empty.csv")); !strings.Contains(r.out, "empty") {
		t.Errorf("an empty file:\n%s", r.out)
	}
	if r := s.fails(exitFailed, "", "feed", "guess", s.path("nothing.csv")); !strings.Contains(r.out, "nothing.csv") {
		t.Errorf("a file that is not there:\n%s", r.out)
	}
	var list []struct {
		Template   string
		Sure       bool
		Candidates []struct {
			Template   string
			Confidence float64
			Why        string
		}
	}
	s.decode(&list, "feed", "guess", samples+"tiktok_orders/sample_57.csv")
	if len(list) != 1 || !list[0].Sure || list[0].Template != "tiktok_orders" || len(list[0].Candidates) < 2 || list[0].Candidates[0].Confidence != 1 || list[0].Candidates[1].Confidence >= 1 {
		t.Errorf("--json: %+v", list)
	}
	s.fails(exitUsage, "no workspace here", "feed", "guess", "--write", samples+"tiktok_orders/sample_57.csv")
	s.fails(exitUsage, `--set "x"; try: --set shop_id=my-shop`, "feed", "guess", "--set", "x", samples+"tiktok_orders/sample_57.csv")
}

// Two templates that fit alike are for a person to choose from.
func TestFeedGuessTwoAlike(t *testing.T) {
	s := made(t)
	text := nowhere(t).do("feed", "show", "tiktok_orders")
	s.write("data/feeds/tiktok_other.yaml", strings.Replace(text, "shop_id: {default: main", "shop_id: {default: other", 1))
	file := samples + "tiktok_orders/sample_57.csv"
	r := s.fails(exitFailed, "fit alike; try: --template tiktok_orders, or --template tiktok_other", "feed", "guess", "--write", file)
	s.absent("feeds/tiktok_orders.yaml", "feeds/tiktok_other.yaml")
	if !strings.Contains(r.out, "tiktok_other") {
		t.Errorf("does not show both:\n%s", r.out)
	}
	s.do("feed", "guess", "--write", "--template", "tiktok_other", file)
	if !strings.Contains(s.read("feeds/tiktok_other.yaml"), "\nuse: tiktok_other\n") {
		t.Error(s.read("feeds/tiktok_other.yaml"))
	}
	s.fails(exitUsage, "no such template", "feed", "guess", "--write", "--template", "tiktok_orderz", file)
}

func TestFeedGuessWrites(t *testing.T) {
	s := made(t)
	file := samples + "tiktok_orders/sample_57.csv"
	guess := func(flags ...string) string {
		t.Helper()
		return s.do(append([]string{"feed", "guess", file, "--write"}, flags...)...)
	}
	if out := guess("--shop", "my shop: #1", "--zone", "Asia/Shanghai"); !strings.Contains(out, "wrote feeds/tiktok_orders.yaml\ndrop its files into inbox/tiktok_orders/\n") {
		t.Errorf("says\n%s", out)
	}
	want := "# yaml-language-server: $schema=../.schema/feed.json\n"
	text := s.read("feeds/tiktok_orders.yaml")
	if !strings.HasPrefix(text, want) || !strings.Contains(text, `shop_id: "my shop: #1"`) || !strings.Contains(text, `zone: "Asia/Shanghai"`) {
		t.Errorf("the feed is\n%s", text)
	}
	if !json.Valid([]byte(s.read(".schema/feed.json"))) {
		t.Error("no schema beside it")
	}
	if st, err := os.Stat(s.path("inbox/tiktok_orders")); err != nil || !st.IsDir() {
		t.Errorf("no inbox: %v", err)
	}
	// the same again is nothing new, another shop is another feed
	if out := guess("--shop", "my shop: #1", "--set", "zone=Asia/Shanghai"); !strings.Contains(out, "feeds/tiktok_orders.yaml says the same already\n") {
		t.Errorf("says\n%s", out)
	}
	s.absent("feeds/tiktok_orders_2.yaml")
	guess("--shop", "two")
	if text := s.read("feeds/tiktok_orders_2.yaml"); !strings.Contains(text, "\nfeed: tiktok_orders_2\nuse: tiktok_orders\n") || !strings.Contains(text, "inbox/tiktok_orders_2") {
		t.Errorf("the second feed is\n%s", text)
	}
	if s.read("feeds/tiktok_orders.yaml") != text {
		t.Error("the first feed was changed")
	}
	s.fails(exitUsage, `no param "shop"; try: shop_id`, "feed", "guess", file, "--write", "--set", "shop=x")
	s.fails(exitUsage, "is no IANA zone", "feed", "guess", file, "--write", "--zone", "Asia/Shanghia")
	s.absent("feeds/tiktok_orders_3.yaml")
	s.fails(exitUsage, "takes no shop", "feed", "guess", samples+"track17/sample.json", "--write", "--shop", "x")
	s.do("check")
	// a broken file of that name is nobody's to overwrite
	s.write("feeds/tiktok_returns.yaml", "feed: my_returns\nuse: tiktok_returns\nset: {shop_id: elsewhere}\nsource: {folder: inbox/x, files: [\"*.csv\"]}\n")
	s.do("feed", "guess", samples+"tiktok_returns/sample.csv", "--write")
	if !strings.Contains(s.read("feeds/tiktok_returns.yaml"), "elsewhere") || !strings.Contains(s.read("feeds/tiktok_returns_2.yaml"), "feed: tiktok_returns_2") {
		t.Error("a name that is taken was not left alone")
	}
}

func TestFeedGuessLoads(t *testing.T) {
	s := made(t)
	file := s.path("drop/orders.csv")
	s.write("drop/orders.csv", nowhere(t).sample("tiktok_orders/sample_57.csv"))
	out := s.do("feed", "guess", file, "--load")
	if !strings.Contains(out, "copied inbox/tiktok_orders/orders.csv; try: waybill run weekly") {
		t.Errorf("says\n%s", out)
	}
	s.do("ingest")
	if n := s.rows("select count(*) from orders")[0][0]; n != "4" {
		t.Errorf("%s orders", n)
	}
	s.do("feed", "guess", file, "--load")
	s.write("drop/orders.csv", s.read("drop/orders.csv")+"\n")
	s.fails(exitFailed, "is there already with other bytes", "feed", "guess", file, "--load")
}

// sample reads a made-up file of a template.
func (s space) sample(name string) string {
	s.Helper()
	b, err := os.ReadFile(samples + name)
	if err != nil {
		s.Fatal(err)
	}
	return string(b)
}

const bill = "运单号,下单时间,签收时间,运费,备注\nA1,2026-01-05 10:00:00,2026-01-12 10:00:00,\"1,234.50\",x\nA2,2026-01-06 10:00:00,,12.00,y\n"

func TestFeedDraft(t *testing.T) {
	s := nowhere(t)
	s.write("Bill-20260105.csv", bill)
	file := s.path("Bill-20260105.csv")
	r := s.try("feed", "draft", file)
	if r.code != exitDone || !strings.Contains(r.out, "\nfeed: bill\n") || !strings.Contains(r.out, "tracking_number: {from: 运单号}") {
		t.Errorf("exit %d\n%s%s", r.code, r.out, r.err)
	}
	// each doubt names its line
	lines := strings.Split(r.out, "\n")
	doubts := regexp.MustCompile(`(?m)^(\d+)\t(\w*)\t(.+)$`).FindAllStringSubmatch(r.err, -1)
	if len(doubts) < 3 {
		t.Fatalf("only %d doubts:\n%s", len(doubts), r.err)
	}
	for _, d := range doubts {
		if l := lines[s.number(d[1])-1]; !strings.Contains(l, "# ? ") || !strings.Contains(l, d[3]) || !strings.Contains(l, d[2]) {
			t.Errorf("%q is not in line %s: %s", d[0], d[1], l)
		}
	}
	s.fails(exitUsage, "no workspace here", "feed", "draft", file, "--write")
	s.fails(exitFailed, "drafts are made for tables", "feed", "draft", samples+"track17/sample.json")
	s.fails(exitFailed, "a name is lower case letters", "feed", "draft", file, "--name", "My Bill")
	// the printed text can be tried as it is
	s.write("bill.yaml", r.out)
	if out := s.do("feed", "try", file, "--feed", s.path("bill.yaml")); !strings.Contains(out, "shipments_in: 2 rows") || !strings.Contains(out, "1234.5000") {
		t.Errorf("the draft gives\n%s", out)
	}
}

func TestFeedDraftWrites(t *testing.T) {
	s := made(t)
	s.write("drop/bill.csv", bill)
	if out := s.do("feed", "draft", s.path("drop/bill.csv"), "--write", "--name", "bills"); out != "wrote feeds/bills.yaml\n" {
		t.Errorf("says %q", out)
	}
	s.do("check")
	text := s.read("feeds/bills.yaml")
	s.fails(exitUsage, "feed bills is there already; try: --name bills_2", "feed", "draft", s.path("drop/bill.csv"), "--write", "--name", "bills")
	if s.read("feeds/bills.yaml") != text {
		t.Error("the feed was changed")
	}
	// a draft that lacks a required column stops no other feed
	s.write("drop/odd.csv", "Colour,Size\nred,1\n")
	r := s.try("feed", "draft", s.path("drop/odd.csv"), "--write")
	if r.code != exitDone || r.out != "wrote feeds/odd.yaml.draft\n" || !strings.Contains(r.err, "not usable yet:\nfeeds/odd.yaml:") {
		t.Errorf("exit %d\n%s%s", r.code, r.out, r.err)
	}
	s.do("feed", "list")
	if r := s.fails(exitCheck, "", "check"); !strings.Contains(r.out, "feeds/odd.yaml.draft:") {
		t.Errorf("check does not name the draft:\n%s", r.out)
	}
}

func TestFeedTry(t *testing.T) {
	s := nowhere(t)
	out := s.do("feed", "try", samples+"tiktok_orders/sample_57.csv", "--rows", "2")
	for _, want := range []string{"read by template tiktok_orders\n", "\norders\torders_in\t4\t0\t0\n", "\norders_in: 4 rows, the first 2\n", "577000000000000001\t", "\nnothing was loaded\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "577000000000000003\t") {
		t.Error("shows more than two rows")
	}
	on := s
	on.terminal = true
	out = on.do("feed", "try", samples+"tiktok_orders/sample_57.csv", "--rows", "2", "--set", "shop_id=here")
	for _, line := range strings.Split(out, "\n") {
		if n := len([]rune(line)); strings.HasPrefix(line, "│") && n > 130 {
			t.Errorf("a table is %d wide: %s", n, line)
		}
	}
	if !strings.Contains(out, "in all of these: platform = tiktok, shop_id = here, ") {
		t.Errorf("constants are not said once:\n%s", out)
	}
	s.fails(exitUsage, "exclude each other", "feed", "try", "x.csv", "--feed", "a", "--template", "b")
	s.fails(exitUsage, "--set and --zone are for a template", "feed", "try", "x.csv", "--feed", "a", "--set", "a=b")
	s.fails(exitUsage, "no such template", "feed", "try", samples+"track17/sample.json", "--template", "track71")
	s.fails(exitUsage, `no feed "x"`, "feed", "try", samples+"track17/sample.json", "--feed", "x")
	s.write("some.csv", "a,b\n1,2\n")
	s.fails(exitFailed, "no template knows this file", "feed", "try", s.path("some.csv"))
	left, err := os.ReadDir(s.dir)
	if err != nil || len(left) != 1 {
		t.Errorf("leaves %d files (%v)", len(left), err)
	}
}

// What a run would refuse for its rejects is shown all the same.
func TestFeedTryShowsRejects(t *testing.T) {
	s := nowhere(t)
	r := s.fails(exitFailed, "the file would be refused: 1 of 10 records are rejected, more than the threshold of 5 %", "feed", "try", samples+"track17/sample.json")
	for _, want := range []string{"\nrejected: 1 records\n", "\tevent_at\tnot a day\t", "\ntracking_events: 8 rows\n", "every one of the 8 scans has a milestone"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("no %q in\n%s", want, r.out)
		}
	}
	var res struct {
		Refused string
		Rejects []struct {
			Column, Value, Reason, Hint string
			Record                      int64
		}
		Tables []struct {
			Table  string
			Rows   int64
			Sample []map[string]any
		}
	}
	if err := json.Unmarshal([]byte(s.try("feed", "try", samples+"track17/sample.json", "--json", "--rows", "3").out), &res); err != nil {
		t.Fatal(err)
	}
	if len(res.Rejects) != 1 || res.Rejects[0].Value != "not a day" || res.Rejects[0].Hint == "" || res.Refused == "" {
		t.Errorf("%+v", res)
	}
	for _, x := range res.Tables {
		if x.Table == "tracking_events" && (x.Rows != 8 || len(x.Sample) != 3 || x.Sample[0]["event_at"] == nil) {
			t.Errorf("%+v", x)
		}
	}
}

func TestFeedTryNamesUnmappedCodes(t *testing.T) {
	s := made(t, "--from", "track17")
	text := strings.Replace(s.sample("track17/sample.json"), "InTransit_Departure", "InTransit_Levitates", 1)
	text = strings.Replace(text, "航班已起飞", "cannot be read by any map", 1)
	s.write("drop/x.json", text)
	r := s.try("feed", "try", s.path("drop/x.json"))
	if !strings.Contains(r.out, "read by feed track17, template track17") && !strings.Contains(r.out, "read by template track17") {
		t.Errorf("by another feed:\n%s", r.out)
	}
	if !strings.Contains(r.out, "no map knows 1 codes or texts of 1 of the 8 scans") || !strings.Contains(r.out, "\tInTransit_Levitates\tcannot be read by any map\t1\n") {
		t.Errorf("does not name the code:\n%s%s", r.out, r.err)
	}
	s.absent("lake", "state")
}
