package demo

// Carriers: four providers, then the two US carriers that deliver for three of them.
const (
	hdLine = iota // direct line, Chinese texts
	nhLine        // direct line, English texts; last-mile numbers only by the alias file
	pbLine        // direct line that gives no codes, only Chinese texts
	owUS          // overseas warehouse: ships inside the US, no customs nodes
	usPost
	swiftUS
	carriers
)

var carrierCodes = [carriers]string{"hd_line", "nh_line", "pb_line", "ow_us", "us_post", "swift_us"}

// Number series: one per carrier, and one more for return labels.
const (
	returnSeries = carriers
	numberKinds  = carriers + 1
)

type numberForm struct {
	prefix, suffix string
	digits         int
	factor         int64 // coprime to 10^digits: spreads serials over the range
}

var numberForms = [numberKinds]numberForm{
	hdLine:       {"HD", "CN", 10, 7_654_321},
	nhLine:       {"NH", "", 11, 700_001},
	pbLine:       {"PB", "X", 10, 900_007},
	owUS:         {"1OW", "", 11, 800_011},
	usPost:       {"94001118", "", 14, 12_345_679},
	swiftUS:      {"SWX", "", 11, 654_323},
	returnSeries: {"92021890", "", 14, 12_345_677},
}

// number is a tracking number before it is written: its carrier and its place in a series.
type number struct {
	carrier uint8
	kind    uint8
	serial  int64 // 0 = none
}

func (n number) none() bool { return n.serial == 0 }

func appendNumber(b []byte, n number) []byte {
	f := &numberForms[n.kind]
	b = append(b, f.prefix...)
	limit := int64(1)
	for range f.digits {
		limit *= 10
	}
	b = appendPadded(b, n.serial*f.factor%limit, f.digits)
	return append(b, f.suffix...)
}

// channel is a service that the seller buys.
type channel struct {
	name     string
	provider string
	tier     string
	line     uint8   // carrier of its own number
	last     uint8   // last-mile carrier; equal to line where there is no second number
	speed    float64 // multiplies every leg
	viaLinks bool    // last-mile number comes by the alias file, not in the shipment export
}

var channels = []channel{
	{"HD-ECO", "huadong", "economy", hdLine, usPost, 1.62, false},
	{"HD-STD", "huadong", "standard", hdLine, usPost, 1.55, false},
	{"PB-DDP", "pacific_bridge", "standard", pbLine, swiftUS, 1.58, false},
	{"NH-STD", "nanhai", "standard", nhLine, swiftUS, 1.52, true},
	{"NH-FAST", "nanhai", "express", nhLine, usPost, 1.04, true},
	{"OW-GND", "us_hub", "ground", owUS, owUS, 1.03, false},
}

// shop is one seller account. Promise is in calendar days and stands in its
// export; 0 means that the export has none and the SLA of the workspace
// (businessDays) holds.
type shop struct {
	id           string
	share        float64
	promise      int
	businessDays int
	mix          []weighted // of channels
}

type weighted struct {
	index int
	upTo  float64 // cumulative share
}

const dispatchBusinessDays = 2

var shops = [2]shop{
	{"shop-A", 0.54, 12, 0, []weighted{{0, .28}, {1, .60}, {2, .82}, {3, 1}}},
	{"shop-B", 0.46, 0, 6, []weighted{{4, .45}, {5, 1}}},
}

// state of destination: cumulative share of orders, slowness of the legs inside the US, a city, a ZIP range.
type state struct {
	code, city string
	upTo, slow float64
	zip        int
}

var states = []state{
	{"CA", "Los Angeles", .145, 0.90, 90001}, {"TX", "Houston", .245, 1.14, 77001}, {"FL", "Miami", .325, 1.18, 33101},
	{"NY", "New York", .395, 0.97, 10001}, {"GA", "Atlanta", .440, 1.30, 30301}, {"PA", "Philadelphia", .485, 1.00, 19101},
	{"IL", "Chicago", .525, 0.97, 60601}, {"OH", "Columbus", .565, 1.00, 43201}, {"NC", "Charlotte", .605, 1.04, 28201},
	{"MI", "Detroit", .640, 1.02, 48201}, {"NJ", "Newark", .675, 0.96, 7101}, {"VA", "Richmond", .705, 1.02, 23218},
	{"WA", "Seattle", .735, 0.95, 98101}, {"AZ", "Phoenix", .765, 0.97, 85001}, {"TN", "Nashville", .795, 1.06, 37201},
	{"MA", "Boston", .820, 0.99, 2108}, {"IN", "Indianapolis", .845, 1.00, 46201}, {"MO", "St. Louis", .870, 1.02, 63101},
	{"MD", "Baltimore", .895, 1.00, 21201}, {"CO", "Denver", .920, 1.05, 80201}, {"LA", "New Orleans", .940, 1.16, 70112},
	{"NV", "Las Vegas", .960, 0.94, 89101}, {"OR", "Portland", .980, 0.98, 97201}, {"AK", "Anchorage", .988, 1.45, 99501},
	{"HI", "Honolulu", 1, 1.40, 96801},
}

// Kinds of event, each with the canonical milestone that the maps give it.
const (
	evInfo = iota
	evPickup
	evInbound
	evOutbound
	evExportStart
	evExported
	evDeparted
	evArrived
	evImportStart
	evImportHeld
	evImported
	evHanded
	evTransit
	evOut
	evAttempt
	evDelivered
	evReturning
	evReturned
	evLost
	evDestroyed
	evUnmapped
	eventKinds
)

var milestones = [eventKinds]string{
	"info_received", "picked_up", "inbound_scan", "outbound", "export_customs_start", "export_customs_released",
	"departed_origin", "arrived_destination", "import_customs_start", "import_customs_held", "import_customs_released",
	"handed_to_last_mile", "last_mile_in_transit", "out_for_delivery", "delivery_attempt_failed", "delivered",
	"returning", "returned", "lost", "destroyed", "",
}

// Classes of place: where an event of a kind happens.
const (
	atNone = iota
	atOrigin
	atAirport
	atGateway
	atCity
)

var places = [...][]string{
	atNone:    {""},
	atOrigin:  {"深圳", "广州", "义乌", "上海"},
	atAirport: {"HKG", "CAN", "PVG"},
	atGateway: {"LAX", "ORD", "JFK"},
}

var placeOf = [eventKinds]uint8{
	evPickup: atOrigin, evInbound: atOrigin, evOutbound: atOrigin, evExportStart: atAirport, evExported: atAirport,
	evDeparted: atAirport, evArrived: atGateway, evImportStart: atGateway, evImportHeld: atGateway, evImported: atGateway,
	evHanded: atGateway, evTransit: atCity, evOut: atCity, evAttempt: atCity, evDelivered: atCity, evReturning: atCity,
	evReturned: atGateway, evDestroyed: atGateway,
}

// word is how a carrier says a kind of event; a code may be empty, then the text decides.
type word struct{ code, text string }

var words = [carriers][eventKinds]word{
	hdLine: {
		{"CR", "订单信息已录入"}, {"PU", "快件已揽收"}, {"IN", "已到达集货仓"}, {"OU", "离开集货仓"}, {"EXS", "出口报关中"},
		{"EXR", "出口清关完成"}, {"DEP", "航班已起飞"}, {"ARR", "航班已到达目的国"}, {"IMS", "进口清关中"}, {"IMH", "海关查验，暂扣"},
		{"IMR", "进口清关完成"}, {"HLM", "已交接尾程派送商"}, {"", ""}, {"", ""}, {"", ""}, {"OK", "包裹已妥投"},
		{"RTN", "包裹退回中"}, {"RTD", "已退回发件人"}, {"LOS", "包裹已确认丢失"}, {"DES", "包裹已销毁"}, {"ZX9", "操作完成"},
	},
	nhLine: {
		{"1000", "Shipment information received"}, {"1100", "Picked up from seller"}, {"1200", "Arrived at origin facility"},
		{"1300", "Left origin facility"}, {"2000", "Export customs processing"}, {"2100", "Export customs cleared"},
		{"3000", "Flight departed"}, {"3100", "Flight landed"}, {"4000", "Import customs processing"},
		{"4050", "Held by customs for inspection"}, {"4100", "Import customs cleared"}, {"5000", "Handed over to local carrier"},
		{"", ""}, {"", ""}, {"", ""}, {"9000", "Delivered"}, {"8000", "Returning to sender"}, {"8100", "Returned to sender"},
		{"9500", "Parcel lost"}, {"9600", "Parcel destroyed"}, {"", ""},
	},
	pbLine: {
		{"", "电子信息已收到"}, {"", "司机已揽件"}, {"", "仓库已收货"}, {"", "仓库已出库"}, {"", "正在出口报关"}, {"", "出口报关放行"},
		{"", "飞机起飞"}, {"", "飞机落地"}, {"", "正在进口清关"}, {"", "进口清关异常，海关扣留"}, {"", "进口清关放行"}, {"", "转尾程配送"},
		{"", ""}, {"", ""}, {"", ""}, {"", "妥投签收"}, {"", "退件途中"}, {"", "退件已签收"}, {"", "货物遗失"}, {"", "货物销毁"}, {"", ""},
	},
	owUS: {
		{"MA", "Label created"}, {"OR", "Picked up from warehouse"}, {"AR", "Arrived at origin hub"}, {"", ""}, {"", ""}, {"", ""},
		{"", ""}, {"", ""}, {"", ""}, {"", ""}, {"", ""}, {"", ""}, {"IT", "In transit"}, {"OD", "On vehicle for delivery"},
		{"DX", "Delivery attempted, not delivered"}, {"DL", "Delivered"}, {"RS", "Return to sender initiated"}, {"RD", "Returned to sender"},
		{"LP", "Lost in transit"}, {"DP", "Disposed"}, {"", ""},
	},
	usPost: {
		{"GX", "Shipping label created, awaiting item"}, {"03", "Accepted at post office"}, {"", ""}, {"", ""}, {"", ""}, {"", ""},
		{"", ""}, {"", ""}, {"", ""}, {"", ""}, {"", ""}, {"82", "Accepted from partner"}, {"10", "Processed through regional facility"},
		{"59", "Out for Delivery"}, {"53", "Notice left, undeliverable at this time"}, {"01", "Delivered, in/at mailbox"},
		{"09", "Return to sender"}, {"14", "Delivered back to sender"}, {"", ""}, {"", ""}, {"OX", "Processing note"},
	},
	swiftUS: {
		{"S00", "Manifest received"}, {"", ""}, {"", ""}, {"", ""}, {"", ""}, {"", ""}, {"", ""}, {"", ""}, {"", ""}, {"", ""}, {"", ""},
		{"S10", "Received from line haul"}, {"S20", "Arrived at delivery station"}, {"S30", "With courier"},
		{"S35", "Attempt failed, not delivered"}, {"S40", "Delivered to front door"}, {"S80", "Sending back"}, {"S85", "Sent back"},
		{"", ""}, {"", ""}, {"", ""},
	},
}
