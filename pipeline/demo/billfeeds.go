package demo

import "strings"

// wideFeed reads the Chinese bills: a row per parcel with its charges side by
// side, and a row 合计 with the total of the bill.
const wideFeed = `feed: FEED
doc: bills of PROVIDER, a row per parcel, its charges side by side; the row 合计 has the total of the bill
source: {folder: inbox/FEED, files: ["*.csv", "*.csv.gz"]}
format: csv
encoding: ENCODING
csv: {delimiter: ","}
zone: Asia/Shanghai
` + exportedAt + `outputs:
  - name: lines
    table: billing_lines_in
    where: |
      "运单号" <> '合计'
    lines: {columns: [CHARGES]}
    columns:
      provider: {value: PROVIDER}
      account: {from: 客户账号}
      bill_no: {from: 账单号}
      bill_date: {from: 账单日期}
      part: {from: 账单类型, map: {正式账单: full, 补充账单: supplement}, else: reject}
      tracking_number: {from: 运单号}
      reference: {from: 客户单号}
      charge_raw: {from: "line:name"}
      amount: {from: "line:amount"}
      line_no: {from: "line:no"}
      record_total: {from: 总费用}
      currency: {from: 币种}
      service: {from: 产品}
      country: {from: 目的国, map: {美国: US}}
      postal_code: {from: 邮编}
      ship_date: {from: 发货时间}
      actual_weight: {from: 实重(kg), as: weight, unit: kg}
      volume_weight: {from: 体积重(kg), as: weight, unit: kg}
      billed_weight: {from: 计费重(kg), as: weight, unit: kg}
MORE  - name: totals
    table: bills_in
    where: |
      "运单号" = '合计'
    columns:
      provider: {value: PROVIDER}
      account: {from: 客户账号}
      bill_no: {from: 账单号}
      bill_date: {from: 账单日期}
      total_amount: {from: 总费用}
      currency: {from: 币种}
`

const wideValues = `      declared_value: {from: 申报价值}
      declared_currency: {from: 申报币种}
      fx_currency: {from: 原币}
      fx_rate: {from: 汇率}
`

// longFeed reads the bills of the warehouse: a row per charge, each with the total of the bill.
const longFeed = `feed: FEED
doc: invoices of PROVIDER, a row per charge; each repeats the total of the invoice
source: {folder: inbox/FEED, files: ["*.csv", "*.csv.gz"]}
format: csv
csv: {delimiter: ","}
zone: America/Los_Angeles
` + exportedAt + `outputs:
  - name: lines
    table: billing_lines_in
    columns:
      provider: {value: PROVIDER}
      account: {from: Account}
      bill_no: {from: Invoice Number}
      bill_date: {from: Invoice Date, formats: ["%m/%d/%Y"]}
      part: {from: Document Type, map: {Original: full, Supplement: supplement}, else: reject}
      tracking_number: {from: Tracking Number}
      reference: {from: Reference}
      category: {from: Charge Category}
      charge_raw: {from: Charge Description}
      charge_code: {from: Charge Code}
      quantity: {from: Quantity}
      unit_price: {from: Unit Price}
      amount: {from: Net Amount}
      currency: {from: Currency}
      actual_weight: {from: Entered Weight, as: weight, unit: lb}
      billed_weight: {from: Billed Weight, as: weight, unit: lb}
      length: {from: Length, as: length, unit: in}
      width: {from: Width, as: length, unit: in}
      height: {from: Height, as: length, unit: in}
      zone: {from: Zone}
      postal_code: {from: Receiver Postal}
      ship_date: {from: Ship Date, formats: ["%m/%d/%Y"]}
  - name: totals
    table: bills_in
    once: true
    columns:
      provider: {value: PROVIDER}
      account: {from: Account}
      bill_no: {from: Invoice Number}
      bill_date: {from: Invoice Date, formats: ["%m/%d/%Y"]}
      total_amount: {from: Invoice Amount}
      currency: {from: Currency}
`

// billFeedFiles are the feeds of the bills by path.
func billFeedFiles() map[string]string {
	files := map[string]string{}
	for line, feed := range billFeeds {
		text, encoding, more := wideFeed, "utf-8", ""
		switch line {
		case hdLine:
			encoding = "gb18030"
		case nhLine, pbLine:
			more = wideValues
		case owUS:
			text = longFeed
		}
		files["feeds/"+feed+".yaml"] = strings.NewReplacer("FEED", feed, "PROVIDER", providerOf(uint8(line)), "ENCODING", encoding, "CHARGES", strings.ReplaceAll(wideCharges, ",", ", "), "MORE", more).Replace(text)
	}
	return files
}
