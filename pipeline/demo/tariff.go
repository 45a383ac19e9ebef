package demo

// The four providers' price lists as numbers of their own: whole grams,
// millimetres, cents and hundredths of a percent. The cards in rates/ are
// written from them; what a parcel costs is worked out here a second time.

// Charges of a bill.
const (
	chFreight = iota
	chRegistration
	chHandling
	chFuel
	chRemote
	chResidential
	chOversize
	chAdditional
	chPeak
	chDuty
	chSignature
	chInsurance
	chAddress
	chPickup
	chTechnology
	chBattery
	chLabel // no contract has it
	chOverweight
	chSaturday
	chRedelivery
	chStorage
	chVAT
	chargeKinds // those that a card may hold for any parcel; the rest are no part of a quote

	chReturn  = chargeKinds + 0
	chCredit  = chargeKinds + 1
	chAccount = chargeKinds + 2
	chNew     = chargeKinds + 3
	chMinimum = chargeKinds + 4
)

// chargeWords are the words by which rate cards and truth call charges.
var chargeWords = [...]string{
	"freight", "registration", "handling", "fuel", "remote", "residential", "oversize", "additional_handling", "peak", "duty",
	"signature", "insurance", "address_correction", "pickup", "technology", "battery", "label", "overweight", "saturday", "redelivery", "storage", "vat",
	"return", "credit", "account_fee", "other", "minimum_charge",
}

// amounts are cents by charge.
type amounts [chargeKinds]int64

func (a amounts) total() int64 {
	sum := int64(0)
	for _, v := range a {
		sum += v
	}
	return sum
}

// halfUp is a/b to the nearest whole number, a half upwards. a is not negative.
func halfUp(a, b int64) int64 { return (2*a + b) / (2 * b) }

func ceilTo(v, step int64) int64 { return (v + step - 1) / step * step }

func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }

// Currencies of the bills, and of the cards: Pacific Bridge prices in yuan and bills in dollars.
var (
	currencies     = [...]string{hdLine: "CNY", nhLine: "CNY", pbLine: "USD", owUS: "USD"}
	cardCurrencies = [...]string{hdLine: "CNY", nhLine: "CNY", pbLine: "CNY", owUS: "USD"}
)

// Price lists by provider, the first from ever on, the next from so many weeks
// before the end of the history. Each is cheaper than the one before.
var switches = [...][]int64{hdLine: {39, 26, 13}, nhLine: {26}, pbLine: nil, owUS: {34, 17}}

// tariffs prices for one world: only its end decides which list holds when.
type tariffs struct {
	first, end int64
	monthly    int64 // parcels of the warehouse that a month has, about
}

// version is the number of the list that holds on a day.
func (t tariffs) version(line uint8, d int64) int {
	n := 0
	for _, weeks := range switches[line] {
		if d >= t.end-7*weeks {
			n++
		}
	}
	return n
}

// Bands of huadong: grams up to, and yuan cents a kilogram by version.
var hdBands = []struct {
	upTo  int64
	price [4]int64
}{{200, [4]int64{9800, 9600, 9450, 9300}}, {450, [4]int64{9500, 9300, 9150, 9000}}, {30000, [4]int64{9200, 9000, 8850, 8700}}}

var nhBands = []struct {
	upTo  int64
	price [2]int64
}{{500, [2]int64{8800, 8450}}, {30000, [2]int64{8200, 7880}}}

// Pacific Bridge: so many fen for the first weight, so many for each begun further one.
var pbBands = []struct{ over, upTo, fixed, unit, price int64 }{{0, 2000, 4150, 100, 440}, {2000, 30000, 12510, 500, 1850}}

const pbFirstWeight = 100 // g

// The warehouse's matrix: cents for up to so many pounds in zone 2, more for each zone from there, less for each version.
var owMatrix = []struct{ upTo, zone2, step int64 }{
	{1, 610, 22}, {2, 672, 28}, {3, 731, 35}, {4, 788, 42}, {5, 842, 48}, {6, 895, 55}, {8, 985, 66}, {10, 1080, 80},
	{15, 1310, 110}, {20, 1560, 140}, {30, 2080, 200}, {40, 2590, 260}, {50, 3120, 320}, {70, 4200, 430},
}

const (
	owCut      = 18 // cents that each version takes off
	owLastZone = 8
)

// freight is in cents; weight in g, of the warehouse in lb. 0: no band.
func freight(line uint8, version int, weight, zone int64) int64 {
	switch line {
	case hdLine:
		for _, b := range hdBands {
			if weight <= b.upTo {
				return halfUp(weight*b.price[version], 1000)
			}
		}
	case nhLine:
		for _, b := range nhBands {
			if weight <= b.upTo {
				return max(halfUp(weight*b.price[version], 1000), nhMinimum)
			}
		}
	case pbLine:
		for _, b := range pbBands {
			from := max(b.over, pbFirstWeight)
			if weight <= b.upTo {
				return b.fixed + ceilDiv(max(weight-from, 0), b.unit)*b.price
			}
		}
	default:
		for _, b := range owMatrix {
			if weight <= b.upTo {
				return b.zone2 + (zone-2)*b.step - owCut*int64(version)
			}
		}
	}
	return 0
}

const (
	hdRegistration, nhRegistration = 1800, 1600
	owHandling, owResidential      = 120, 310
	owOversize, owAdditional       = 3800, 1150
	owPeak                         = 85
	pbDutyPercent, pbDutyMinimum   = 1000, 1050
	pbVATPercent                   = 600
	nhMinimum                      = 2600 // least freight
)

// What only some parcels have, by what was ordered or became of them. Two of the charges stand in the first price list alone.
const (
	hdSignature, hdAddress, hdTechnology = 900, 1200, 80
	nhInsurance, nhPickup                = 500, 250
	nhBatteryKilo                        = 600 // for a kilogram, within two bounds
	nhBatteryLeast, nhBatteryMost        = 150, 400
	owSaturday, owRedelivery, owStorage  = 400, 350, 220
	owOverweight                         = 175 // above so many pounds as measured, beside any charge of size
	owHeavy                              = 2
)

var returnFees = [...]int64{hdLine: 1500, nhLine: 1800, pbLine: 3200, owUS: 575}

// Fuel percentages by week, in hundredths; two weeks that follow each other always differ.
var fuelWeeks = [...][]int64{
	hdLine: {1400, 1425, 1475, 1450, 1525, 1550, 1500, 1575, 1600, 1525, 1475, 1450, 1425},
	owUS:   {1525, 1550, 1600, 1575, 1650, 1625, 1700, 1725, 1675, 1600, 1575, 1550, 1500},
}

// fuelPercent is that of the week of day d; 0 where the provider has none.
func fuelPercent(line uint8, d int64) int64 {
	if int(line) >= len(fuelWeeks) || fuelWeeks[line] == nil {
		return 0
	}
	return fuelWeeks[line][mod(weekOf(d)/7, int64(len(fuelWeeks[line])))]
}

// remotePlace is a range of ZIPs with its tier.
type remotePlace struct {
	from, to int32
	tier     int // index in remoteTiers
}

type remoteFee struct {
	name  string
	cents int64
}

// remoteTiers begin with the tier that costs nothing.
var remoteTiers = [...][]remoteFee{
	hdLine: {{"", 0}, {"standard", 1200}, {"extended", 2000}},
	owUS:   {{"", 0}, {"das", 260}, {"extended", 390}, {"remote", 1100}},
}

// remoteLists are the list of the first price list, and the one since.
var remoteLists = [...][2][]remotePlace{
	hdLine: {
		{{96801, 96860, 2}, {98131, 98160, 1}, {99501, 99560, 2}},
		{{30331, 30360, 1}, {48231, 48260, 1}, {80231, 80260, 1}, {96801, 96860, 2}, {99501, 99560, 2}},
	},
	owUS: {
		{{37231, 37260, 2}, {96801, 96860, 3}, {98131, 98160, 1}, {99501, 99560, 3}},
		{{30331, 30360, 1}, {37231, 37260, 2}, {80231, 80260, 1}, {96801, 96860, 3}, {99501, 99560, 3}},
	},
}

// remoteTier is the tier of a ZIP by the list of a version; 0: not remote.
func remoteTier(line uint8, version int, zip int32) int {
	if line != hdLine && line != owUS {
		return 0
	}
	for _, r := range remoteLists[line][min(version, 1)] {
		if zip >= r.from && zip <= r.to {
			return r.tier
		}
	}
	return 0
}

// Zones of the warehouse: by state, and some ZIPs of a state that are another.
var (
	owZones = map[string]int64{
		"CA": 2, "NV": 3, "AZ": 3, "OR": 4, "WA": 4, "CO": 5, "TX": 6, "LA": 6, "IL": 6, "MO": 6, "IN": 7, "OH": 7, "MI": 7, "TN": 7, "GA": 7,
		"NC": 7, "FL": 7, "NY": 7, "PA": 7, "NJ": 7, "VA": 7, "MA": 7, "MD": 7, "AK": 8, "HI": 8,
	}
	owOtherZones = []struct {
		from, to int32
		zone     int64
	}{{10041, 10060, 8}, {77041, 77060, 7}, {90041, 90060, 3}}
)

func zoneOf(p *parcel) (zone int64, byZIP bool) {
	for _, z := range owOtherZones {
		if p.zip >= z.from && p.zip <= z.to {
			return z.zone, true
		}
	}
	return owZones[states[p.state].code], false
}

// peakWindows are eight weeks from the second week of the history on, and
// three in its last quarter where it is that long: first day and first without it.
func (t tariffs) peakWindows() [][2]int64 {
	windows := [][2]int64{{t.first + 7, t.first + 63}}
	if t.end-70 > t.first+63 {
		windows = append(windows, [2]int64{t.end - 70, t.end - 49})
	}
	return windows
}

func (t tariffs) peak(d int64) bool {
	for _, w := range t.peakWindows() {
		if d >= w[0] && d < w[1] {
			return true
		}
	}
	return false
}

// Divisors: cm³ for a kilogram, cubic inches for a pound.
const (
	lineDivisor, hdRatio = 8000, 2
	owDivisor            = 250
	owLongest, owAround  = 30, 84 // inches above which a parcel is long, and oversize by length and girth
)

// inches goes up to the next whole inch.
func inches(mm int64) int64 { return ceilDiv(mm*10, 254) }

// pounds goes up to the next whole pound; a pound is 453.59237 g.
func pounds(g int64) int64 { return ceilDiv(g*100_000, 45_359_237) }

// volumeWeight is the weight of the volume at a divisor, before it is compared: g, of the warehouse lb.
func volumeWeight(line uint8, b body, divisor int64) int64 {
	if line == owUS {
		return ceilDiv(inches(b.l)*inches(b.w)*inches(b.h), divisor)
	}
	return ceilDiv(b.mm3(), divisor)
}

// steps of the chargeable weight and its least, in g or lb.
var weightSteps = [...]struct{ step, least int64 }{hdLine: {1, 50}, nhLine: {10, 250}, pbLine: {50, 100}, owUS: {1, 1}}

// chargeable is the weight that a parcel has to be priced by, and whether it is that of its volume.
func chargeable(line uint8, weight int64, b body) (billed int64, byVolume bool) {
	s := weightSteps[line]
	volume := int64(0)
	switch line {
	case hdLine:
		if b.mm3() >= hdRatio*lineDivisor*weight {
			volume = volumeWeight(line, b, lineDivisor)
		}
	case pbLine:
		volume = ceilTo(volumeWeight(line, b, lineDivisor), s.step)
	case owUS:
		volume, weight = volumeWeight(line, b, owDivisor), pounds(weight)
	}
	billed = ceilTo(weight, s.step)
	if volume > billed {
		billed, byVolume = volume, true
	}
	return max(billed, s.least), byVolume
}

// handlingClass says which of the two handling surcharges a parcel meets.
func handlingClass(b body) (long, oversize bool) {
	return inches(b.l) > owLongest, inches(b.l)+2*(inches(b.w)+inches(b.h)) > owAround
}

// heavy reports whether grams are above the warehouse's limit.
func heavy(g int64) bool { return g*100_000 > owHeavy*45_359_237 }

// fuelBase is what the contract takes fuel of.
func fuelBase(line uint8, a *amounts) int64 {
	base := a[chFreight] + a[chRemote]
	if line == owUS {
		base += a[chResidential]
	}
	return base
}

func fuelOf(line uint8, a *amounts, percent int64) int64 {
	return halfUp(fuelBase(line, a)*percent, 10_000)
}

// price is what the card asks for a parcel of a weight and zone on a day.
func (t tariffs) price(p *parcel, b body, d, weight, zone int64) amounts {
	line := channels[p.service].line
	v := t.version(line, d)
	var a amounts
	a[chFreight] = freight(line, v, weight, zone)
	if tier := remoteTier(line, v, p.zip); tier > 0 {
		a[chRemote] = remoteTiers[line][tier].cents
	}
	switch line {
	case hdLine:
		a[chRegistration] = hdRegistration
		if b.signature {
			a[chSignature] = hdSignature
		}
		if b.corrected {
			a[chAddress] = hdAddress
		}
		if v == 0 {
			a[chTechnology] = hdTechnology
		}
	case nhLine:
		a[chRegistration] = nhRegistration
		if b.insured {
			a[chInsurance] = nhInsurance
		}
		if b.battery {
			a[chBattery] = min(max(halfUp(weight*nhBatteryKilo, 1000), nhBatteryLeast), nhBatteryMost)
		}
		if v == 0 {
			a[chPickup] = nhPickup
		}
	case pbLine:
		a[chDuty] = max(halfUp(b.value*pbDutyPercent, 10_000), pbDutyMinimum)
		a[chVAT] = halfUp(b.value*pbVATPercent, 10_000)
	default:
		a[chHandling] = owHandling
		if b.residential {
			a[chResidential] = owResidential
		}
		switch long, oversize := handlingClass(b); {
		case oversize:
			a[chOversize] = owOversize
		case long:
			a[chAdditional] = owAdditional
		}
		if heavy(p.weight) {
			a[chOverweight] = owOverweight
		}
		if t.peak(d) {
			a[chPeak] = owPeak
		}
	}
	a[chFuel] = fuelOf(line, &a, fuelPercent(line, d))
	return a
}

// cardDay is the day that decides: that of the label, in the zone of the card.
func (g *generator) cardDay(p *parcel) int64 {
	if channels[p.service].line == owUS {
		return g.zone.dayOf(p.label)
	}
	return floorDiv(p.label+chinaOffset, day)
}
