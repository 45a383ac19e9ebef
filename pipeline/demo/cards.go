package demo

import (
	"fmt"
	"strconv"
	"strings"
)

// cardsFrom is the first day of all cards, before any parcel of the history:
// the history has at most so many weeks as the oldest switch and its own.
func (t tariffs) cardsFrom() int64 { return min(t.first, t.end-7*52) - 60 }

// spans are the first and the last day of each version; the last is open.
func (t tariffs) spans(line uint8) [][2]int64 {
	from := t.cardsFrom()
	var out [][2]int64
	for _, weeks := range switches[line] {
		next := t.end - 7*weeks
		out = append(out, [2]int64{from, next})
		from = next
	}
	return append(out, [2]int64{from, 0})
}

func money(cents int64) string { return string(appendCents(nil, cents)) }

// kilograms writes grams as a card and a Chinese bill do.
func kilograms(g int64) string { return string(appendThousandths(nil, g)) }

// rateFiles are the rate cards of the workspace by path.
func (t tariffs) rateFiles() map[string]string {
	files := map[string]string{}
	t.hdCard(files)
	t.nhCard(files)
	t.parkCard(files)
	t.pbCard(files)
	t.owCard(files)
	files["data/fx/reference.csv"] = t.fxCSV()
	return files
}

const cardHead = `# Invented prices. The demo's bills are made from the same contract, by arithmetic of their own.
card: %s
title: %s
provider: %s
channels: [%s]
currency: %s
tz: %s
dated_by: label
contract: %s
versions:
`

// versionHead is the beginning of a version, in order of the keys.
func versionHead(span [2]int64, n int) string {
	text := "  - from: " + dateText(span[0]) + "\n"
	if span[1] > 0 {
		text += "    to: " + dateText(span[1]) + "\n"
	}
	return text + "    clause: annex " + strconv.Itoa(n+1) + "\n"
}

// fuelCSV has the percentages week by week, for long after the history.
func (t tariffs) fuelCSV(line uint8) string {
	var b strings.Builder
	b.WriteString("from,to,percent,edition\n")
	for d := weekOf(t.cardsFrom()); d < t.end+400; d += 7 {
		fmt.Fprintf(&b, "%s,%s,%s,week of %s\n", dateText(d), dateText(d+7), money(fuelPercent(line, d)), dateText(d))
	}
	return b.String()
}

func remoteCSV(line uint8, list int) string {
	var b strings.Builder
	b.WriteString("zip_from,zip_to,tier\n")
	for _, r := range remoteLists[line][list] {
		fmt.Fprintf(&b, "%05d,%05d,%s\n", r.from, r.to, remoteTiers[line][r.tier].name)
	}
	return b.String()
}

func remoteRule(line uint8, name string, version int) string {
	var tiers []string
	for _, t := range remoteTiers[line][1:] {
		tiers = append(tiers, t.name+": "+money(t.cents))
	}
	return fmt.Sprintf("      - {charge: remote, name: %s, when: {zips: remote_%d.csv}, by_tier: {%s}}\n", name, min(version, 1)+1, strings.Join(tiers, ", "))
}

// fxCSV has the rate of reference of each Monday: 1 base is rate quote.
func (t tariffs) fxCSV() string {
	var b strings.Builder
	b.WriteString("date,base,quote,rate\n")
	for d := weekOf(t.cardsFrom()); d < t.end+400; d += 7 {
		fmt.Fprintf(&b, "%s,CNY,USD,0.%06d\n", dateText(d), fxRate(d))
	}
	return b.String()
}

func (t tariffs) hdCard(files map[string]string) {
	const dir = "rates/hd_us/"
	var b strings.Builder
	fmt.Fprintf(&b, cardHead, "hd_us", "Huadong, by kilogram and registration", "huadong", "HD-ECO, HD-STD", "CNY", "Asia/Shanghai", "HD frame contract")
	for v, span := range t.spans(hdLine) {
		b.WriteString(versionHead(span, v))
		fmt.Fprintf(&b, "    weight: {unit: kg, step: 0.001, min: 0.05, max: 30}\n    volumetric: {unit: cm, divisor: %d, rule: ratio, at: %d}\n    prices: prices_%d.csv\n%s    surcharges:\n", lineDivisor, hdRatio, v+1, promiseText(hdLine))
		fmt.Fprintf(&b, "      - {charge: registration, name: 挂号费, fixed: %s}\n", money(hdRegistration))
		b.WriteString(remoteRule(hdLine, "偏远费", v))
		fmt.Fprintf(&b, "      - {charge: return, name: 退件费, when: {features: [returned]}, fixed: %s}\n", money(returnFees[hdLine]))
		fmt.Fprintf(&b, "      - {charge: signature, name: 签名费, when: {features: [signature]}, fixed: %s}\n", money(hdSignature))
		fmt.Fprintf(&b, "      - {charge: address_correction, name: 改址费, when: {features: [address_corrected]}, fixed: %s}\n", money(hdAddress))
		if v == 0 {
			fmt.Fprintf(&b, "      - {charge: technology, name: 系统费, fixed: %s}\n", money(hdTechnology))
		}
		b.WriteString("      - {charge: fuel, name: 燃油费, percents: fuel.csv, of: [freight, remote]}\n")
		var prices strings.Builder
		prices.WriteString("up_to,unit_price\n")
		for _, band := range hdBands {
			fmt.Fprintf(&prices, "%s,%s\n", kilograms(band.upTo), money(band.price[v]))
		}
		files[fmt.Sprintf("%sprices_%d.csv", dir, v+1)] = prices.String()
	}
	files[dir+"card.yaml"] = b.String()
	files[dir+"fuel.csv"] = t.fuelCSV(hdLine)
	files[dir+"remote_1.csv"], files[dir+"remote_2.csv"] = remoteCSV(hdLine, 0), remoteCSV(hdLine, 1)
}

func (t tariffs) nhCard(files map[string]string) {
	const dir = "rates/nh_us/"
	var b strings.Builder
	fmt.Fprintf(&b, cardHead, "nh_us", "Nanhai, duty included", "nanhai", "NH-STD, NH-FAST", "CNY", "Asia/Shanghai", "NH price letter, duty is in the freight")
	for v, span := range t.spans(nhLine) {
		b.WriteString(versionHead(span, v))
		fmt.Fprintf(&b, "    weight: {unit: kg, step: 0.01, min: %s, max: 30}\n    minimum: %s\n    prices: prices_%d.csv\n%s    surcharges:\n", kilograms(weightSteps[nhLine].least), money(nhMinimum), v+1, promiseText(nhLine))
		fmt.Fprintf(&b, "      - {charge: registration, name: 挂号费, fixed: %s}\n", money(nhRegistration))
		fmt.Fprintf(&b, "      - {charge: return, name: 退件费, when: {features: [returned]}, fixed: %s}\n", money(returnFees[nhLine]))
		fmt.Fprintf(&b, "      - {charge: insurance, name: 保险费, when: {features: [insurance]}, fixed: %s}\n", money(nhInsurance))
		fmt.Fprintf(&b, "      - {charge: battery, name: 带电费, when: {features: [battery]}, per_weight: %s, minimum: %s, maximum: %s}\n", money(nhBatteryKilo), money(nhBatteryLeast), money(nhBatteryMost))
		if v == 0 {
			fmt.Fprintf(&b, "      - {charge: pickup, name: 取件费, fixed: %s}\n", money(nhPickup))
		}
		var prices strings.Builder
		prices.WriteString("up_to,unit_price\n")
		for _, band := range nhBands {
			fmt.Fprintf(&prices, "%s,%s\n", kilograms(band.upTo), money(band.price[v]))
		}
		files[fmt.Sprintf("%sprices_%d.csv", dir, v+1)] = prices.String()
	}
	files[dir+"card.yaml"] = b.String()
}

func (t tariffs) pbCard(files map[string]string) {
	const dir = "rates/pb_ddp/"
	var b strings.Builder
	fmt.Fprintf(&b, cardHead, "pb_ddp", "Pacific Bridge, first and continued weight, duty by declared value", "pacific_bridge", "PB-DDP", "CNY", "Asia/Shanghai", "PB agreement, prices in yuan, billed in dollars at the rate of the week of the bill")
	for v, span := range t.spans(pbLine) {
		b.WriteString(versionHead(span, v))
		fmt.Fprintf(&b, "    weight: {unit: kg, step: 0.05, min: 0.1, max: 30}\n    volumetric: {unit: cm, divisor: %d}\n    prices: prices.csv\n    surcharges:\n", lineDivisor)
		fmt.Fprintf(&b, "      - {charge: duty, name: 关税, of_value: %s, minimum: %s}\n", money(pbDutyPercent), money(pbDutyMinimum))
		fmt.Fprintf(&b, "      - {charge: vat, name: 增值税, of_value: %s}\n", money(pbVATPercent))
		fmt.Fprintf(&b, "      - {charge: return, name: 退件费, when: {features: [returned]}, fixed: %s}\n", money(returnFees[pbLine]))
	}
	var prices strings.Builder
	prices.WriteString("over,up_to,fixed,from_weight,unit,unit_price\n")
	for _, band := range pbBands {
		fmt.Fprintf(&prices, "%s,%s,%s,%s,%s,%s\n", kilograms(band.over), kilograms(band.upTo), money(band.fixed), kilograms(max(band.over, pbFirstWeight)), kilograms(band.unit), money(band.price))
	}
	files[dir+"card.yaml"], files[dir+"prices.csv"] = b.String(), prices.String()
}

func (t tariffs) owCard(files map[string]string) {
	const dir = "rates/ow_us/"
	var b strings.Builder
	fmt.Fprintf(&b, cardHead, "ow_us", "US Hub, pounds by zone", "us_hub", "OW-GND", "USD", zoneName, "Warehouse agreement, schedule B")
	for v, span := range t.spans(owUS) {
		b.WriteString(versionHead(span, v))
		fmt.Fprintf(&b, "    weight: {unit: lb, step: 1, min: 1, max: 70}\n    volumetric: {unit: in, divisor: %d, sides: {round: up, to: 1}}\n    zones: zones.csv\n    matrix: matrix_%d.csv\n", owDivisor, v+1)
		b.WriteString(t.volumeTiers() + "    surcharges:\n")
		fmt.Fprintf(&b, "      - {charge: handling, name: Pick and pack, fixed: %s}\n", money(owHandling))
		fmt.Fprintf(&b, "      - {charge: residential, name: Residential surcharge, when: {features: [residential]}, fixed: %s}\n", money(owResidential))
		b.WriteString(remoteRule(owUS, "Delivery area surcharge", v))
		fmt.Fprintf(&b, "      - {charge: additional_handling, name: Additional handling, when: {longest_over: %d}, fixed: %s, group: handling}\n", owLongest, money(owAdditional))
		fmt.Fprintf(&b, "      - {charge: oversize, name: Oversize, when: {length_girth_over: %d}, fixed: %s, group: handling}\n", owAround, money(owOversize))
		fmt.Fprintf(&b, "      - {charge: overweight, name: Overweight, when: {actual_over: %d}, fixed: %s}\n", owHeavy, money(owOverweight))
		for _, w := range t.peakWindows() {
			from, to := max(w[0], span[0]), w[1]
			if span[1] > 0 {
				to = min(to, span[1])
			}
			if from < to {
				fmt.Fprintf(&b, "      - {charge: peak, name: Peak surcharge, from: %s, to: %s, fixed: %s}\n", dateText(from), dateText(to), money(owPeak))
			}
		}
		fmt.Fprintf(&b, "      - {charge: return, name: Return fee, when: {features: [returned]}, fixed: %s}\n", money(returnFees[owUS]))
		fmt.Fprintf(&b, "      - {charge: saturday, name: Weekend delivery, when: {features: [weekend]}, fixed: %s}\n", money(owSaturday))
		fmt.Fprintf(&b, "      - {charge: redelivery, name: Redelivery, when: {features: [redelivered]}, fixed: %s}\n", money(owRedelivery))
		fmt.Fprintf(&b, "      - {charge: storage, name: Storage until the redelivery, when: {features: [redelivered]}, fixed: %s}\n", money(owStorage))
		b.WriteString("      - {charge: fuel, name: Fuel surcharge, percents: fuel.csv, of: [freight, residential, remote]}\n")
		files[fmt.Sprintf("%smatrix_%d.csv", dir, v+1)] = owMatrixCSV(v)
	}
	var zones strings.Builder
	zones.WriteString("zip_from,zip_to,state,zone\n")
	for _, s := range states {
		fmt.Fprintf(&zones, ",,%s,%d\n", s.code, owZones[s.code])
	}
	for _, z := range owOtherZones {
		fmt.Fprintf(&zones, "%05d,%05d,,%d\n", z.from, z.to, z.zone)
	}
	files[dir+"card.yaml"], files[dir+"zones.csv"], files[dir+"fuel.csv"] = b.String(), zones.String(), t.fuelCSV(owUS)
	files[dir+"remote_1.csv"], files[dir+"remote_2.csv"] = remoteCSV(owUS, 0), remoteCSV(owUS, 1)
}

func owMatrixCSV(version int) string {
	var b strings.Builder
	b.WriteString("up_to")
	for zone := range int64(owLastZone - 1) {
		fmt.Fprintf(&b, ",%d", zone+2)
	}
	b.WriteString("\n")
	for _, row := range owMatrix {
		fmt.Fprintf(&b, "%d", row.upTo)
		for zone := range int64(owLastZone - 1) {
			b.WriteString("," + money(freight(owUS, version, row.upTo, zone+2)))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (t tariffs) volumeTiers() string {
	var list []string
	for _, tier := range t.tiers() {
		list = append(list, fmt.Sprintf("{from: %d, percent: %d}", tier.from, tier.percent))
	}
	return "    volume: {by: month, tiers: [" + strings.Join(list, ", ") + "]}\n"
}

// parkCard is a price list of Nanhai's for parcels that none of ours is.
func (t tariffs) parkCard(files map[string]string) {
	const dir = "rates/nh_park/"
	files[dir+"card.yaml"] = fmt.Sprintf(cardHead, "nh_park", "Nanhai, another channel with a dear minimum", "nanhai", "NH-PARK", "CNY", "Asia/Shanghai", "NH price letter, appendix") +
		versionHead([2]int64{t.cardsFrom(), 0}, 0) +
		fmt.Sprintf("    weight: {unit: kg, step: 0.05, min: %s, max: 30}\n    minimum: %s\n    prices: prices.csv\n", kilograms(parkLeast), money(parkMinimum))
	files[dir+"prices.csv"] = "up_to,unit_price\n30.000,78.00\n"
}
