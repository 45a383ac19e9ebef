package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestInitFromTemplates(t *testing.T) {
	s := made(t, "--from", "tiktok_orders,track17", "--sla", "tiktok_us:handling=3", "--shop", "tiktok/my-shop=My: shop", "--lang", "en,zh", "--set", "zone=Asia/Shanghai", "--zone", "Asia/Tokyo")
	for _, want := range []string{"# yaml-language-server: $schema=.schema/workspace.json\n", `{platform: "tiktok", shop: "my-shop", name: "My: shop"}`, `{platform: "tiktok", pack: tiktok_us, handling_days: 3}`,
		"languages: [en, zh]\n", "zone: Asia/Tokyo", `policies:` + "\n" + `  - {platform: "tiktok", pack: tiktok_us}`} {
		if got := s.read("waybill.yaml"); !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if got := s.read("feeds/tiktok_orders.yaml"); !strings.Contains(got, `shop_id: "my-shop"`) || !strings.Contains(got, `zone: "Asia/Shanghai"`) {
		t.Errorf("the feed is\n%s", got)
	}
	for _, name := range []string{"feeds/track17.yaml", "jobs/weekly.yaml", "jobs/daily.yaml", ".schema/feed.json", ".schema/workspace.json", "inbox/tiktok_orders", "inbox/track17", ".gitignore"} {
		if _, err := os.Stat(s.path(name)); err != nil {
			t.Error(err)
		}
	}
	if got := s.do("check"); !strings.HasPrefix(got, "2 feeds, ") {
		t.Errorf("check says %q", got)
	}
	// it runs: the deadline of an order comes from the pack
	s.write("inbox/tiktok_orders/x.csv", s.sample("tiktok_orders/sample_57.csv"))
	s.do("run", "weekly")
	if got := s.do("run", "weekly"); !strings.Contains(got, "nothing new") {
		t.Errorf("a second run is not quiet:\n%s", got)
	}
	if n := s.rows("select count(*) from order_facts where deliver_before_at is not null")[0][0]; n == "0" {
		t.Error("no order has a deadline")
	}
	// other handling days are other rules
	s.replace("waybill.yaml", "handling_days: 3", "handling_days: 4")
	if got := s.do("ingest"); !strings.Contains(got, "rules changed: all facts are built anew") {
		t.Errorf("says\n%s", got)
	}
	s.replace("waybill.yaml", "handling_days: 4", "handling_days: -1")
	s.fails(exitUsage, "handling_days -1; try: 0 to 365 business days", "check")
}

func TestInitFromSeveralShops(t *testing.T) {
	s := made(t, "--from", "tiktok_orders", "--shop", "tiktok/a", "--shop", "tiktok/B 2=Second")
	for name, shop := range map[string]string{"tiktok_orders_a": `shop_id: "a"`, "tiktok_orders_b_2": `shop_id: "B 2"`} {
		if got := s.read("feeds/" + name + ".yaml"); !strings.Contains(got, shop) || !strings.Contains(got, "inbox/"+name) {
			t.Errorf("%s is\n%s", name, got)
		}
	}
	s.absent("feeds/tiktok_orders.yaml")
	if got := s.read("waybill.yaml"); !strings.Contains(got, `{platform: "tiktok", shop: "a", name: "a"}`) || strings.Contains(got, "sla:") {
		t.Errorf("waybill.yaml is\n%s", got)
	}
	s.do("check")
}

func TestInitFromRefuses(t *testing.T) {
	for _, c := range []struct{ says, flags string }{
		{`no such template: "tiktok_order"; try: tiktok_orders`, "--from tiktok_order"},
		{"stands twice", "--from track17,track17"},
		{"no pack \"tiktok_uk\" has clocks of orders; try: tiktok_us", "--from track17 --sla tiktok_uk"},
		{"no pack \"generic\"", "--from track17 --sla generic"},
		{"try: --sla tiktok_us:handling=3", "--from track17 --sla tiktok_us:days=3"},
		{"try: --sla tiktok_us:handling=3", "--sla tiktok_us:handling=-3"},
		{"shop \"x\"; try: --shop tiktok/my-shop", "--from tiktok_orders --shop x"},
		{"none of the templates is an export of that platform; try: tiktok", "--from tiktok_orders --shop shopify/x"},
		{"has a param \"shopid\"; try: shop_id", "--from tiktok_orders --set shopid=x"},
		{"is no IANA zone", "--from tiktok_orders --zone Mars"},
		{"is no IANA zone", "--from tiktok_orders --set zone=Mars"},
		{"--lang \"fr\"; try: zh,en", "--from tiktok_orders --lang fr"},
		{"--lang \"fr\"; try: zh,en", "--lang fr"},
		{"--currency \"usd\"; try: USD", "--currency usd"},
		{"--shop and --set are for --from", "--shop tiktok/x"},
		{"--demo and --from exclude each other", "--demo --from track17"},
	} {
		s := space{T: t, dir: filepath.Join(t.TempDir(), "shop")}
		r := s.bare(append([]string{"init", s.dir}, strings.Fields(c.flags)...)...)
		if r.code != exitUsage || !strings.Contains(r.err, c.says) {
			t.Errorf("%s: exit %d, want %q\n%s%s", c.flags, r.code, c.says, r.out, r.err)
		}
		if _, err := os.Stat(filepath.Join(s.dir, "waybill.yaml")); err == nil {
			t.Errorf("%s: a workspace was made", c.flags)
		}
	}
}

// The SLA is asked for where a person can answer, and nowhere else.
func TestInitAsksForTheSLA(t *testing.T) {
	for _, c := range []struct {
		name, answer      string
		terminal, stdin   bool
		wantSLA, wantSays string
	}{
		{"by number", "1\n", true, true, "pack: tiktok_us}", "Whose clocks"},
		{"by name", "tiktok_us:handling=2\n", true, true, "handling_days: 2}", "Whose clocks"},
		{"after a mistake", "tiktok_uk\n1\n", true, true, "pack: tiktok_us}", `no pack "tiktok_uk"`},
		{"none", "none\n", true, true, "", "deadlines come only from exports that have them\n"},
		{"enter", "\n", true, true, "", "deadlines come only from exports that have them\n"},
		{"end of input", "", true, true, "", "deadlines come only from exports that have them\n"},
		{"input is a file", "1\n", true, false, "", "try: --sla tiktok_us"},
		{"output is a pipe", "1\n", false, true, "", "try: --sla tiktok_us"},
	} {
		dir := filepath.Join(t.TempDir(), "shop")
		var out, errs bytes.Buffer
		code := Main(Env{Args: []string{"init", dir, "--from", "tiktok_orders"}, Stdin: strings.NewReader(c.answer), Stdout: &out, Stderr: &errs, Getenv: func(string) string { return "" },
			Now: func() time.Time { return clock }, Pid: os.Getpid(), Host: "here", Terminal: c.terminal, StdinTerminal: c.stdin, Kill: func() {}})
		if code != exitDone || !strings.Contains(out.String(), c.wantSays) || strings.Contains(out.String(), "Whose clocks") != (c.terminal && c.stdin) {
			t.Errorf("%s: exit %d\n%s%s", c.name, code, out.String(), errs.String())
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, "waybill.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if text := string(b); strings.Contains(text, "sla:") != (c.wantSLA != "") || !strings.Contains(text, c.wantSLA) {
			t.Errorf("%s: waybill.yaml is\n%s", c.name, text)
		}
	}
}
