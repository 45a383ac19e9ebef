package feed_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"waybill/pipeline/feed"
)

// What is wrong is said with its place and what to do.
func TestMistakes(t *testing.T) {
	const top = "feed: f\nsource: {folder: x, files: [\"*\"]}\n"
	const column = top + "format: csv\noutputs:\n  - table: shipments_in\n    columns:\n      order_id: {from: O}\n"
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":            {top + "fromat: csv\n", `f.yaml:3:1: unknown key "fromat"; try: format`},
		"empty":                  {"", "f.yaml:1:1: "},
		"no YAML":                {"feed: [", "f.yaml:1:"},
		"format":                 {top + "format: [csv, xslx]\noutputs: []\n", `f.yaml:3:9: format "xslx"; try: xlsx`},
		"tables and JSON":        {top + "format: [csv, json]\noutputs: []\n", "names of columns and JSON paths differ"},
		"encoding":               {top + "encoding: gb1830\noutputs: []\n", `f.yaml:3:11: encoding "gb1830"; try: gb18030`},
		"sheet number":           {top + "sheet: '#0'\noutputs: []\n", `f.yaml:3:8: sheet "#0"; try: "#3"`},
		"sheet pattern":          {top + "sheet: '~(~'\noutputs: []\n", "no pattern"},
		"header":                 {top + "header: {rows: 3}\noutputs: []\n", "rows is 1 or 2"},
		"header of JSON":         {top + "format: json\nheader: {row: 3}\noutputs: []\n", "JSON has none"},
		"end":                    {top + "end: total\noutputs: []\n", "try: totals"},
		"password":               {top + "password: s3cret\noutputs: []\n", "f.yaml:3:11: a password does not stand in a mapping; try: password: env:NAME"},
		"password without name":  {top + "password: 'env:'\noutputs: []\n", "password: env:NAME"},
		"members":                {top + "members: ['[']\noutputs: []\n", "no file pattern"},
		"quote":                  {top + "csv: {quote: nothing}\noutputs: []\n", "more than one character"},
		"columns twice":          {top + "csv: {columns: [a, ' A']}\noutputs: []\n", `the name " A" is there twice`},
		"columns and header":     {top + "csv: {columns: [a], header: true}\noutputs: []\n", "without a header"},
		"columns and layout":     {top + "csv: {columns: [a], layout: x}\noutputs: []\n", "columns or layout"},
		"fixed without format":   {top + "fixed: [{name: a, width: 3}]\noutputs: []\n", "go together"},
		"fixed overlap":          {top + "format: fixed\nfixed: [{name: a, width: 3}, {name: b, start: 3, width: 1}]\noutputs: []\n", `field "b" starts at 3, inside the field before it, which ends at 3`},
		"fixed no width":         {top + "format: fixed\nfixed: [{name: a}]\noutputs: []\n", "a field needs"},
		"exported_at":            {top + "exported_at: {filename: x, value: y}\noutputs: []\n", "exactly one of"},
		"zone":                   {top + "zone: Asia/Bejing\noutputs: []\n", "no IANA zone"},
		"local zone":             {top + "zone: Local\noutputs: []\n", "no IANA zone"},
		"sentinel":               {top + "sentinels: {'~(~': x}\noutputs: []\n", "missing closing"},
		"table":                  {top + "outputs:\n  - table: shipment_in\n", `f.yaml:4:12: table "shipment_in" takes no feed; try: shipments_in`},
		"column":                 {column + "      wieght: {from: W}\n", `f.yaml:8:15: table shipments_in has no column "wieght"; try: weight`},
		"odd column":             {column + "      'a.b': {from: W}\n", `no column "a.b"`},
		"as":                     {column + "      weight: {from: W, as: wieght}\n", `f.yaml:8:15: column weight: as "wieght"; try: weight`},
		"as of a text":           {column + "      state: {from: W, as: money}\n", "as: money makes a number"},
		"as of a number":         {column + "      weight: {from: W, as: id}\n", "as: id is for text"},
		"unit":                   {column + "      weight: {from: W, as: weight, unit: kgs}\n", `unit "kgs"; try: kg`},
		"unit without kind":      {column + "      weight: {from: W, unit: kg}\n", "unit needs a kind"},
		"currency":               {column + "      cost_amount: {from: W, as: money, unit: usd}\n", "no ISO 4217 currency"},
		"unit and its column":    {column + "      weight: {from: W, as: weight, unit: g}\n      weight_unit: {from: U}\n", "leave one of them out"},
		"unit and another":       {column + "      weight: {from: W, as: weight, unit: g}\n      weight_unit: {value: kg}\n", `weight_unit is "kg"; try: g`},
		"unit_to":                {column + "      weight: {from: W, as: weight, unit_to: wieght_unit}\n", "try: weight_unit"},
		"unit_to a number":       {column + "      weight: {from: W, as: weight, unit_to: width}\n", "no text column"},
		"unit_to without kind":   {column + "      weight: {from: W, unit_to: weight_unit}\n", "unit_to needs a kind"},
		"width of no id":         {column + "      state: {from: W, width: 5}\n", "try: as: id"},
		"decimal":                {column + "      weight: {from: W, decimal: coma}\n", "try: comma"},
		"decimal of a text":      {column + "      state: {from: W, decimal: comma}\n", "decimal is for numbers"},
		"formats of a text":      {column + "      state: {from: W, formats: [iso]}\n", "formats are for times"},
		"format word":            {column + "      label_at: {from: W, formats: [epoch_m]}\n", "try: epoch_s"},
		"zone of a date":         {column + "      promise_date: {from: W, zone: UTC}\n", "a zone is for instants"},
		"zone twice":             {column + "      label_at: {from: W, zone: UTC, zone_from: Z}\n", "not both"},
		"from and value":         {column + "      label_at: {from: W, value: x}\n", "exactly one of"},
		"empty name":             {column + "      label_at: {from: [W, '']}\n", "a name in from is empty"},
		"from of a mapping":      {column + "      label_at: {from: {a: b}}\n", "f.yaml:8:"},
		"else":                   {column + "      state: {from: W, else: unmaped}\n", `else "unmaped"`},
		"explode of a table":     {column + "    explode: $.a\n", "explode is for json"},
		"fill without by":        {column + "    fill: {columns: [a]}\n", "fill needs by"},
		"fill of its group":      {column + "    fill: {by: a, columns: [a]}\n", "makes the group"},
		"fill of JSON":           {top + "format: json\noutputs:\n  - table: shipments_in\n    fill: {by: a}\n", "fill is for tables"},
		"lines of nothing":       {bill("{except: [a]}", ""), `f.yaml:5:12: lines: columns, pairs or both`},
		"a key of lines":         {bill("{excpt: [a]}", ""), `unknown key "excpt"; try: except`},
		"pairs without amount":   {bill("{pairs: {name: b}}", ""), "f.yaml:5:20: pairs needs name and amount"},
		"pairs of one column":    {bill("{pairs: {name: b, amount: B}}", ""), "the same column"},
		"except of pairs":        {bill("{pairs: {name: b, amount: c}, except: [d]}", ""), "except is for columns"},
		"pattern of lines":       {bill("{columns: [a, '~(~']}", ""), "f.yaml:5:26: pattern \"~(~\": "},
		"an empty line name":     {bill("{columns: [a, '']}", ""), "a name is empty"},
		"lines and once":         {bill("{columns: [a]}", "    once: true\n"), "lines and once"},
		"lines of JSON":          {"format: json\n" + bill("{columns: [a]}", ""), "lines are for tables; try: explode"},
		"a word of a line":       {bill("{columns: [a]}", "      note: {from: 'line:nam'}\n"), `a line has no "line:nam"; try: line:name`},
		"a word beside others":   {bill("{columns: [a]}", "      note: {from: ['line:name', x]}\n"), "stands alone in from"},
		"a word without lines":   {column + "      state: {from: 'line:name'}\n", "the output has no lines; try: lines: "},
		"lines without amount":   {strings.Replace(bill("{columns: [a]}", ""), `"line:amount"`, "a", 1), "no column takes the amount of a line"},
		"lines without number":   {strings.Replace(bill("{columns: [a]}", ""), `"line:no"`, "a", 1), "no column takes the place of a line"},
		"climbing too high":      {top + "format: json\noutputs:\n  - table: shipments_in\n    explode: a\n    columns: {order_id: {from: ^^.n}}\n", `path "^^.n" goes 2 levels up, but only 1 lie above it`},
		"lacks":                  {top + "outputs:\n  - table: orders_in\n    columns: {order_id: {from: x}}\n", "f.yaml:4:10: output orders_in lacks platform"},
		"outputs twice":          {column + "  - table: shipments_in\n    columns: {order_id: {from: x}}\n", "is there twice"},
		"template in a feed":     {top + "template: {title: x}\noutputs: []\n", "template: is for files below data/feeds"},
		"params in a feed":       {top + "params: {a: {doc: x}}\noutputs: []\n", "params: belong into a template"},
		"set without use":        {top + "set: {a: b}\noutputs: []\n", "try: use: NAME"},
		"an unknown template":    {top + "use: nothing\n", `f.yaml:3:6: there is no template "nothing"`},
		"source":                 {"feed: f\noutputs: []\n", "source needs folder and files"},
		"everything at one time": {"feed: F\nzone: x\nencoding: y\noutputs: []\n", "encoding"},
	} {
		if strings.HasPrefix(c.text, "outputs:") || strings.HasPrefix(c.text, "format: json\noutputs:") {
			c.text = top + c.text
		}
		_, err := feed.Parse("feeds/f.yaml", []byte(c.text), contracts(t))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
			continue
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			if !placed.MatchString(line) && line != "the feed was not checked further" {
				t.Errorf("%s: without a place: %q", name, line)
			}
		}
	}
}

var placed = regexp.MustCompile(`^[a-z_/]+\.yaml:[1-9]\d*:[1-9]\d*: `)

const template = `template:
  title: Orders of a made-up platform
  kind: orders
  platform: p
  signature: {all: [Order ID, 状态], any: [A, B], none: [Z]}
params:
  shop_id: {default: main, doc: the shop}
  zone: {default: America/Los_Angeles, doc: the zone}
  time: {default: "%m/%d/%Y", doc: order of day and month}
  unit: {doc: the currency}
format: [csv, xlsx]
zone: $zone
sentinels: {"-": nothing, "?": not_known}
csv: {delimiter: ",", quote: none}
outputs:
  - table: orders_in
    columns:
      platform: {value: p}
      shop_id: {value: $shop_id}
      order_id: {from: Order ID}
      created_at: {from: T, formats: [$time, iso]}
      promise_tz: {value: $zone}
      amount: {from: A, as: money, unit: $unit}
      city: {value: $5}
`

func templates(text string) feed.Templates {
	return func(name string) (string, []byte, bool) { return "data/feeds/p.yaml", []byte(text), name == "p" }
}

func TestUse(t *testing.T) {
	const own = "feed: mine\nuse: p\nset: {unit: EUR, time: '%d/%m/%Y'}\nsource: {folder: x, files: [\"*\"]}\nzone: Asia/Shanghai\nsentinels: {'?': asked}\nsheet: '#2'\nencoding: gb18030\npassword: env:PW\ncsv: {delimiter: tab}\nthreshold: 0.2\n"
	f, err := feed.ParseWith("feeds/mine.yaml", []byte(own), contracts(t), templates(template))
	if err != nil {
		t.Fatal(err)
	}
	c := f.Outputs[0].Columns
	got := fmt.Sprint(f.Name, f.File, f.Formats, f.Format, f.Zone, f.Sentinels, f.CSV.Delimiter, f.CSV.Quote, f.Sheet, f.Encoding, f.Password, f.MaxRejected(), f.Source.Folder,
		*c["shop_id"].Value, c["created_at"].Formats, *c["promise_tz"].Value, c["amount"].Unit, *c["city"].Value)
	want := "mine feeds/mine.yaml [csv xlsx]  Asia/Shanghai map[-:nothing ?:asked] tab none #2 gb18030 env:PW 0.2 xmain [%d/%m/%Y iso] Asia/Shanghai EUR $5"
	if strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if text := string(f.Text()); !strings.Contains(text, "feed: mine") || !strings.Contains(text, "made-up") {
		t.Errorf("the text lacks a part: %s", text)
	}
	g, err := feed.ParseTemplate("data/feeds/p.yaml", []byte(template), contracts(t))
	if err != nil || g.Name != "p" || g.Zone != "America/Los_Angeles" || g.Template.Kind != "orders" {
		t.Errorf("%+v %v", g, err)
	}
}

func TestTemplateMistakes(t *testing.T) {
	const own = "feed: mine\nuse: p\nsource: {folder: x, files: [\"*\"]}\n"
	change := func(old, new string) string { return strings.Replace(template, old, new, 1) }
	for name, c := range map[string]struct{ own, template, want string }{
		"not set":             {own, template, "feeds/f.yaml:2:6: template p needs unit; try: set: {unit: …}"},
		"unknown param":       {own + "set: {unit: USD, shopid: x}\n", template, `feeds/f.yaml:4:26: template p has no param "shopid"; try: shop_id`},
		"two zones":           {own + "zone: UTC\nset: {unit: USD, zone: Asia/Tokyo}\n", template, "leave one of them out"},
		"bad value":           {own + "set: {unit: dollars}\n", template, `feeds/f.yaml:4:6: column amount: unit "dollars"`},
		"bad time":            {own + "set: {unit: USD, time: mdy}\n", template, `format "mdy" has no %`},
		"bad zone":            {own + "set: {unit: USD, zone: Mars}\n", template, `zone "Mars"`},
		"own outputs":         {own + "outputs: []\nset: {unit: USD}\n", template, "no outputs of its own"},
		"own kind":            {own + "source_kind: line\nset: {unit: USD}\n", template, "no source_kind of its own"},
		"mistake in it":       {own, change("kind: orders", "kind: order"), `data/feeds/p.yaml:3:9: kind "order"; try: orders`},
		"unknown reference":   {own, change("$shop_id", "$shopid"), `data/feeds/p.yaml:19:16: $shopid is no param of this template; try: $shop_id`},
		"param not used":      {own, change("value: $shop_id", "value: x"), "data/feeds/p.yaml:7:"},
		"param without doc":   {own, change(", doc: the shop", ""), "param shop_id has no doc"},
		"with a source":       {own, template + "source: {folder: x, files: [y]}\n", "source: belongs into the feed"},
		"no signature":        {own, change("all: [Order ID, 状态], ", ""), "signature.all is empty"},
		"blank signature":     {own, change("any: [A", "any: [' '"), "name 3 of the signature is blank"},
		"no title":            {own, change("  title: Orders of a made-up platform\n", ""), "needs a title"},
		"another name":        {own, template + "feed: q\n", "is called p"},
		"no template":         {own, "outputs: []\n", "the file has no template:"},
		"column of the table": {own, change("city:", "cty:"), `data/feeds/p.yaml:24:12: table orders_in has no column "cty"`},
	} {
		_, err := feed.ParseWith("feeds/f.yaml", []byte(c.own), contracts(t), templates(c.template))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}
