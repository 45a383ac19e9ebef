package feed_test

import (
	"fmt"
	"strings"
	"testing"

	"waybill/pipeline/feed"
)

func TestDraft(t *testing.T) {
	for name, c := range map[string]struct {
		head  feed.Head
		lines []string // each stands in the mapping
		not   []string
		doubt []string
		fails bool
	}{
		"orders with lines and parcels": {
			head: feed.Head{
				Columns: []string{"Order ID", "orderStatus", "Created Time", "Paid Time", "Seller SKU", "Quantity", "Order Amount", "Tracking ID", "Weight(kg)", "Buyer Message", "yes"},
				Rows: [][]string{
					{"1", "Shipped", "12/15/2025 9:30:33 AM\t", "01/02/2026", "a", "1", "$1,022.25", "N1", "0.5", "", ""},
					{"1", "Shipped", "12/15/2025 9:30:33 AM", "", "b", "2", "$5.00", "N1", "1", "", ""},
					{"2", "Shipped", "12/16/2025 12:30:33 PM", "03/04/2026", "b", "2", "$5.00", "N2", "1"},
				}},
			lines: []string{
				"zone: UTC # ? the times have no offset", "  - table: orders_in", "    once: true # ? \"Order ID\" repeats", `      created_at: {from: Created Time, formats: ["%m/%d/%Y %I:%M:%S %p"]}` + "\n",
				`      approved_at: {from: Paid Time, formats: ["%m/%d/%Y"]} # ? day or month first? %d/%m/%Y reads the sample as well`,
				"      order_status: {from: orderStatus}", "      amount: {from: Order Amount, as: money}", "  - table: order_lines_in", "      sku: {from: Seller SKU}",
				"  - table: shipments_in", "      tracking_number: {from: Tracking ID}", `      weight: {from: "Weight(kg)", as: weight, unit: kg}`, "#   Buyer Message\n#   yes\n",
			},
			doubt: []string{"approved_at", "platform", "shop_id", "carrier", ""},
		},
		"scans in Chinese": {
			head:  feed.Head{Columns: []string{"运单号", "轨迹时间", "轨迹内容", "地点"}, Rows: [][]string{{"N1", "2026-01-05 08:00:00", "已签收", "深圳"}}},
			lines: []string{"  - table: tracking_events", "tracking_number: {from: 运单号}", "event_at: {from: 轨迹时间}", "text: {from: 轨迹内容}", "# carrier: {value: …} # ?"},
			not:   []string{"shipments_in", "orders_in"},
			doubt: []string{"carrier", ""},
		},
		"instants need no zone": {
			head:  feed.Head{Columns: []string{"tracking_number", "checkpoint_time"}, Rows: [][]string{{"N1", "2026-01-05T08:00:00Z"}, {"N1", "2026-01-05T08:00:00+08:00"}}},
			not:   []string{"zone:", "formats"},
			doubt: []string{"carrier"},
		},
		"day first, where a cell says so; a decimal comma; a number by its looks": {
			head: feed.Head{Columns: []string{"订单编号", "下单时间", "订单金额", "码", "c\"d"},
				Rows: [][]string{{"1", "13/02/2026", "35,91", "LX123456789CN", "90210"}, {"2", "01/02/2026", "1,5", "LX123456788CN", "02139-1234"}}},
			lines: []string{`created_at: {from: 下单时间, formats: ["%d/%m/%Y"]}` + "\n", "amount: {from: 订单金额, as: money, decimal: comma} # ?", `# postal_code: {from: "c\"d"} # ?`},
			doubt: []string{"amount", "postal_code", "platform"},
		},
		"epochs, spreadsheet days, no format": {
			head: feed.Head{Columns: []string{"Order ID", "Created Time", "Paid Time", "Shipped Time"},
				Rows: [][]string{{"1", "1767600000", "46027.5", "yesterday"}}},
			lines: []string{"created_at: {from: Created Time, formats: [\"epoch_s\"]}\n", "approved_at: {from: Paid Time, formats: [\"excel_1900\"]} # ?", `# ? no format that is known reads "yesterday"`},
			doubt: []string{"approved_at", "shipped_at"},
		},
		"nothing that is known": {
			head:  feed.Head{Columns: []string{"a", "b"}, Rows: [][]string{{"1"}}},
			lines: []string{"# order_id: {from: …} # ? orders_in requires it"},
			doubt: []string{"order_id"},
			fails: true,
		},
		"no columns": {head: feed.Head{}, doubt: []string{"order_id"}, fails: true},
	} {
		text, doubts := feed.Draft(c.head, contracts(t))
		_, err := feed.Parse("feeds/draft.yaml", text, contracts(t))
		if (err != nil) != c.fails {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		if c.fails && (err == nil || !strings.Contains(err.Error(), "requires")) {
			t.Errorf("%s: %v", name, err)
		}
		for _, l := range c.lines {
			if !strings.Contains(string(text), l) {
				t.Errorf("%s: lacks %q\n%s", name, l, text)
			}
		}
		for _, l := range c.not {
			if strings.Contains(string(text), l) {
				t.Errorf("%s: has %q\n%s", name, l, text)
			}
		}
		said := map[string]bool{}
		for _, d := range doubts {
			said[d.Column] = true
			if !strings.Contains(string(text), "# ? "+d.Text) {
				t.Errorf("%s: the doubt %q is no comment", name, d.Text)
			}
		}
		for _, d := range c.doubt {
			if !said[d] {
				t.Errorf("%s: no doubt about %q: %v", name, d, doubts)
			}
		}
	}
}

// Headers of strangers break neither the YAML nor its comments.
func FuzzDraft(f *testing.F) {
	f.Add("Order ID\x00Created Time", "1\x0012/31/2026")
	f.Add("order_id\x00status", "1\x00#")
	f.Add("订单号\x00\"a: b\n# c\x00运单号", "x")
	tables := contracts(f)
	f.Fuzz(func(t *testing.T, columns, cells string) {
		if len(columns) > 2000 {
			t.Skip()
		}
		head := feed.Head{Columns: strings.Split("Order ID\x00Order Status\x00"+columns, "\x00"), Rows: [][]string{strings.Split(cells, "\x00")}}
		text, _ := feed.Draft(head, tables)
		if _, err := feed.Parse("feeds/draft.yaml", text, tables); err != nil {
			t.Error(fmt.Errorf("%w\n%s", err, text))
		}
	})
}
