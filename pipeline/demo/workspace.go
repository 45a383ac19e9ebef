package demo

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

const waybillYAML = `# A made-up seller. Everything in this workspace is generated; truth.json says
# what a correct report has to find.
workspace: demo
currency: USD
zone: America/Los_Angeles
languages: [zh, en]
shops:
  - {platform: tiktok, shop: shop-A, name: Harbor Home}
  - {platform: tiktok, shop: shop-B, name: Lantern Living}
# shop-A's export carries its own deliver-by instant; shop-B's has none, so the
# clocks of this pack give the deadline.
sla:
  - {platform: tiktok, shop: shop-B, pack: tiktok_us}
policies:
  - {platform: tiktok, pack: tiktok_us}
limits: {memory: 4GB}
`

const exportedAt = `exported_at: {filename: '(\d{8}T\d{6}Z)', format: '%Y%m%dT%H%M%SZ'}
`

const ordersA = `feed: orders_a
doc: order export of shop-A, US local times, with its own deadlines
source: {folder: inbox/orders_a, files: ["*.csv", "*.csv.gz"]}
format: csv
csv: {delimiter: ","}
zone: America/Los_Angeles
` + exportedAt + `source_kind: platform
outputs:
  - name: orders
    table: orders_in
    columns:
      platform: {value: tiktok}
      shop_id: {value: shop-A}
      order_id: {from: "Order ID"}
      order_status: {from: "Order Status", map: {"Awaiting shipment": awaiting_shipment, "Awaiting collection": awaiting_collection, "In transit": in_transit, Delivered: delivered, Cancelled: cancelled}, else: keep}
      order_type: {from: "Order Type"}
      fulfilment: {from: "Fulfillment Type"}
      created_at: {from: "Created Time", formats: ["%m/%d/%Y %H:%M:%S"]}
      approved_at: {from: "Paid Time", formats: ["%m/%d/%Y %H:%M:%S"]}
      tracking_uploaded_at: {from: "RTS Time", formats: ["%m/%d/%Y %H:%M:%S"]}
      cancelled_at: {from: "Cancelled Time", formats: ["%m/%d/%Y %H:%M:%S"]}
      cancel_fault: {from: "Cancel By"}
      cancel_reason: {from: "Cancel Reason"}
      dispatch_before_at: {from: "Ship Before", formats: ["%m/%d/%Y %H:%M:%S"]}
      deliver_before_at: {from: "Deliver Before", formats: ["%m/%d/%Y %H:%M:%S"]}
      state: {from: State}
      city: {from: City}
      postal_code: {from: Zipcode}
      country: {from: Country}
      amount: {from: "Order Amount"}
      currency: {from: Currency}
      buyer_name: {from: Recipient}
      buyer_phone: {from: "Phone #"}
      street: {from: "Address Line 1"}
`

const ordersB = `feed: orders_b
doc: order export of shop-B, ISO times with offset, no deadlines
source: {folder: inbox/orders_b, files: ["*.csv", "*.csv.gz"]}
format: csv
csv: {delimiter: ","}
zone: America/Los_Angeles
` + exportedAt + `source_kind: platform
outputs:
  - name: orders
    table: orders_in
    columns:
      platform: {value: tiktok}
      shop_id: {value: shop-B}
      order_id: {from: order_id}
      order_status: {from: status, map: {"Awaiting shipment": awaiting_shipment, "Awaiting collection": awaiting_collection, "In transit": in_transit, Delivered: delivered, Cancelled: cancelled}, else: keep}
      order_type: {from: type}
      fulfilment: {from: fulfilment}
      created_at: {from: created_at}
      approved_at: {from: approved_at}
      tracking_uploaded_at: {from: tracking_at}
      cancelled_at: {from: cancelled_at}
      cancel_fault: {from: cancel_by}
      cancel_reason: {from: cancel_reason}
      state: {from: state}
      city: {from: city}
      postal_code: {from: zip}
      country: {from: country}
      amount: {from: amount}
      currency: {from: currency}
      buyer_name: {from: recipient}
      buyer_phone: {from: phone}
      street: {from: street}
`

const shipmentsFeed = `feed: shipments
doc: parcels of both shops from the seller's shipping system, semicolons, times with offset
source: {folder: inbox/shipments, files: ["*.csv", "*.csv.gz"]}
format: csv
csv: {delimiter: ";"}
zone: Asia/Shanghai
` + exportedAt + `source_kind: platform
outputs:
  - name: shipments
    table: shipments_in
    columns:
      shipment_id: {from: shipment_id}
      platform: {from: platform}
      shop_id: {from: shop}
      order_id: {from: order_id}
      role: {from: role}
      direction: {from: direction}
      provider: {from: provider}
      channel: {from: channel}
      service_tier: {from: service}
      carrier: {from: carrier}
      tracking_number: {from: tracking_no}
      last_mile_carrier: {from: last_mile_carrier}
      last_mile_number: {from: last_mile_no}
      label_at: {from: label_at}
      status: {from: status}
      cancelled_at: {from: voided_at}
      weight: {from: weight}
      weight_unit: {from: weight_unit}
      state: {from: state}
      postal_code: {from: zip}
      country: {from: country}
      length: {from: length}
      width: {from: width}
      height: {from: height}
      length_unit: {from: length_unit}
      features: {from: features}
      declared_value: {from: declared_value}
      declared_currency: {from: declared_currency}
`

const trackLine = `feed: track_line
doc: scans of the direct lines, tab separated, Chinese local times
source: {folder: inbox/track_line, files: ["*.tsv", "*.tsv.gz"]}
format: csv
csv: {delimiter: "\t"}
zone: Asia/Shanghai
` + exportedAt + `source_kind: line
outputs:
  - name: scans
    table: tracking_events
    columns:
      carrier: {from: carrier}
      tracking_number: {from: waybill_no}
      code: {from: event_code}
      text: {from: event_text}
      time_raw: {from: event_time}
      event_at: {from: event_time}
      place: {from: place}
      country: {from: country}
`

const trackLast = `feed: track_last
doc: scans of the US carriers, UTC times
source: {folder: inbox/track_last, files: ["*.csv", "*.csv.gz"]}
format: csv
csv: {delimiter: ","}
zone: UTC
` + exportedAt + `source_kind: last_mile
outputs:
  - name: scans
    table: tracking_events
    columns:
      carrier: {from: carrier}
      tracking_number: {from: tracking_number}
      code: {from: code}
      text: {from: description}
      time_raw: {from: event_time}
      event_at: {from: event_time}
      place: {from: location}
      country: {from: country}
`

const linksFeed = `feed: links
doc: which last-mile number belongs to which line number, days after the fact
source: {folder: inbox/links, files: ["*.ndjson", "*.ndjson.gz"]}
format: ndjson
zone: UTC
` + exportedAt + `source_kind: line
outputs:
  - name: links
    table: shipment_links_in
    columns:
      carrier: {from: carrier}
      number: {from: number}
      linked_carrier: {from: linked_carrier}
      linked_number: {from: linked_number}
      role: {from: role}
      linked_at: {from: linked_at}
      withdrawn: {from: withdrawn}
`

// writeWorkspace writes everything that does not depend on what is simulated.
func writeWorkspace(dir string, cards tariffs, bills bool) error {
	files := map[string]string{
		"waybill.yaml":          waybillYAML,
		"feeds/orders_a.yaml":   ordersA,
		"feeds/orders_b.yaml":   ordersB,
		"feeds/shipments.yaml":  shipmentsFeed,
		"feeds/track_line.yaml": trackLine,
		"feeds/track_last.yaml": trackLast,
		"feeds/links.yaml":      linksFeed,
	}
	for c := range carriers {
		files["data/carriers/"+carrierCodes[c]+".yaml"] = carrierMap(c)
	}
	maps.Copy(files, cards.rateFiles())
	if bills {
		maps.Copy(files, billFeedFiles())
		maps.Copy(files, profileFiles())
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := makeFolder(filepath.Dir(path)); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	return nil
}

// textRules stand in the map of the carrier that gives no codes; the others
// are mapped by code alone.
const textRules = `texts:
  - {match: "电子信息|信息已收到", milestone: info_received}
  - {match: "揽件|揽收", milestone: picked_up}
  - {match: "仓库已收货", milestone: inbound_scan}
  - {match: "已出库", milestone: outbound}
  - {match: "正在出口报关", milestone: export_customs_start}
  - {match: "出口报关放行", milestone: export_customs_released}
  - {match: "起飞", milestone: departed_origin}
  - {match: "落地|抵达", milestone: arrived_destination}
  - {match: "扣留|查验", milestone: import_customs_held}
  - {match: "正在进口清关", milestone: import_customs_start}
  - {match: "进口清关放行", milestone: import_customs_released}
  - {match: "转尾程", milestone: handed_to_last_mile}
  - {match: "退件已签收", milestone: returned}
  - {match: "退件途中", milestone: returning}
  - {match: "遗失|丢失", milestone: lost}
  - {match: "销毁", milestone: destroyed}
  - {match: "妥投|签收|delivered", not: "未妥投|退件|not delivered|undeliverable", milestone: delivered}
`

// carrierMap is the milestone map of one carrier: all its codes but the one
// that is left out on purpose.
func carrierMap(c int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "carrier: %s\n", carrierCodes[c])
	if c == pbLine {
		b.WriteString("# This carrier gives texts only.\ncodes: {}\n" + textRules)
		return b.String()
	}
	b.WriteString("codes:\n")
	for kind, w := range words[c] {
		if w.code != "" && kind != evUnmapped {
			fmt.Fprintf(&b, "  %q: %s # %s\n", w.code, milestones[kind], w.text)
		}
	}
	return b.String()
}

// profileFiles say which accounts at each provider are ours, and until when it
// takes a claim.
func profileFiles() map[string]string {
	ours := map[string][]string{}
	for i, c := range channels {
		ours[c.provider] = append(ours[c.provider], accounts[i])
	}
	terms := map[string]string{
		"huadong":        "title: 华东专线\nlanguage: zh\nclaims: {window_days: 60}\n",
		"nanhai":         "title: 南海速运\nlanguage: zh\nclaims: {window_days: 90, rules: {A09: {window_days: 45, from: delivered}}}\n",
		"pacific_bridge": "title: Pacific Bridge Logistics\nlanguage: en\nclaims: {window_days: 90}\n",
		"us_hub":         "title: US Hub Fulfillment\nlanguage: en\nclaims: {window_days: 180, from: ship_date}\n",
	}
	files := map[string]string{}
	for provider, list := range ours {
		files["data/providers/"+provider+".yaml"] = fmt.Sprintf("provider: %s\n%saccounts: [%s]\n", provider, terms[provider], strings.Join(list, ", "))
	}
	return files
}
