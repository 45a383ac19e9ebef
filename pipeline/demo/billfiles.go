package demo

import (
	"errors"
	"strconv"
	"strings"
)

// billFeeds are the folders of bills below inbox/, one per provider.
var billFeeds = [...]string{hdLine: "bills_huadong", nhLine: "bills_nanhai", pbLine: "bills_pacific", owUS: "bills_hub"}

const (
	wideHead = "账单号,账单日期,客户账号,账单类型,运单号,客户单号,转单号,发货时间,产品,目的国,邮编,实重(kg),体积重(kg),计费重(kg)," +
		wideCharges + ",总费用,币种"
	wideCharges   = "运费,挂号费,燃油费,偏远费,关税,签名费,保险费,改址费,取件费,系统费,带电费,标签费,增值税,退件费,返款,其他费"
	wideValueHead = ",申报价值,申报币种,原币,汇率"
	longHead      = "Invoice Number,Invoice Date,Document Type,Account,Tracking Number,Reference,Charge Category,Charge Description,Charge Code,Quantity,Unit Price," +
		"Net Amount,Currency,Invoice Amount,Entered Weight,Billed Weight,Unit,Length,Width,Height,Zone,Receiver Postal,Ship Date\n"
	utf8Mark = "\xef\xbb\xbf"
)

// wideColumns are the charges of a Chinese bill from left to right; -1: what has no column of its own.
var wideColumns = [...]int{chFreight, chRegistration, chFuel, chRemote, chDuty, chSignature, chInsurance, chAddress, chPickup, chTechnology, chBattery, chLabel, chVAT, chReturn, chCredit, -1}

// longNames are the charges of the other bill: code, usual name, another spelling of it.
var longNames = [...][3]string{
	chFreight: {"FRT", "Freight", "FREIGHT "}, chHandling: {"HDL", "Handling Fee", "HANDLING FEE"}, chFuel: {"FSC", "Fuel Surcharge", "FUEL  SURCHARGE"},
	chRemote: {"DAS", "Delivery Area Surcharge", "delivery area surcharge"}, chResidential: {"RES", "Residential Surcharge", "RESIDENTIAL SURCHARGE"},
	chOversize: {"OVR", "Oversize Surcharge", "OVERSIZE SURCHARGE"}, chAdditional: {"AHS", "Additional Handling", "ADDITIONAL HANDLING"},
	chPeak: {"PKS", "Peak Surcharge", "PEAK SURCHARGE"}, chReturn: {"RTN", "Return Fee", "RETURN FEE"}, chCredit: {"CRD", "Credit", "CREDIT"},
	chOverweight: {"OWT", "Overweight Surcharge", "OVERWEIGHT SURCHARGE"},
	chSaturday:   {"SAT", "Saturday Delivery", "SATURDAY DELIVERY"}, chRedelivery: {"RDL", "Redelivery", "REDELIVERY"}, chStorage: {"STO", "Storage Fee", "STORAGE FEE"},
	chAccount: {"ACC", "Account Fee", "ACCOUNT FEE"}, chNew: {"", "", ""}, chMinimum: {"MIN", "Minimum Charge", "MINIMUM CHARGE"},
}

// newNames are charges that no list knows.
var newNames = [...]string{"Green Corridor Levy", "Zeta Programme Recovery", "Dock Harmony Contribution"}

var categoryNames = [...]string{catShip: "SHP", catReturn: "RTN", catAdjust: "ADJ", catMisc: "MIS"}

// file is the file of a provider's bills in the running export, opened when its first bill comes.
func (m *biller) file(line uint8) (*file, error) {
	if m.files[line] != nil {
		return m.files[line], nil
	}
	g := m.g
	f, err := create(g.dir, billFeeds[line], ".csv", g.exports[g.period], g.period == gzipPeriod && !g.opts.Plain, &m.truth.feeds[line])
	if err != nil {
		return nil, err
	}
	m.files[line] = f
	switch line {
	case owUS:
		f.raw([]byte(longHead))
	case hdLine:
		f.raw(toGB18030(wideHead + "\n"))
	default:
		f.raw([]byte(utf8Mark + wideHead + wideValueHead + "\n"))
	}
	return f, nil
}

// close ends the files of the running export.
func (m *biller) close() error {
	errs := []error{m.err}
	for i, f := range m.files {
		if f != nil {
			errs = append(errs, f.close())
		}
		m.files[i] = nil
	}
	m.err = nil
	return errors.Join(errs...)
}

// translatedFrom is the currency of which a row says the rate.
var translatedFrom = [...]string{nhLine: "USD", pbLine: "CNY"}

// statesValues reports whether the bills of a line have columns for the declared value and a rate of exchange.
func statesValues(line uint8) bool { return line == nhLine || line == pbLine }

func (v *version) day(b []byte) []byte { return append(b, dateText(v.date)...) }

// wide writes one row per entry and a row with the total.
func (m *biller) wide(f *file, v *version, stated int64) {
	line := channels[v.b.service].line
	paper := "正式账单"
	if v.part {
		paper = "补充账单"
	}
	for i, e := range v.b.entries {
		lines := v.lines(i)
		if len(lines) == 0 {
			continue
		}
		b := append(m.buf[:0], v.no...)
		b = append(v.day(append(b, ',')), ',')
		b = append(append(b, v.b.account()...), ',')
		b = append(append(b, paper...), ',')
		b = append(appendNumber(b, e.num), ',')
		b = append(strconv.AppendInt(b, e.ref, 10), ',')
		if !e.last.none() {
			b = appendNumber(b, e.last)
		}
		b = append(append(b, ','), dateText(m.g.cardDay(e.p))...)
		product, measured, value := channels[v.b.service].name, e.p.weight, m.g.bodyOf(e.p).value
		if e.said.product != "" {
			product = e.said.product
		}
		if e.said.measured > 0 {
			measured = e.said.measured
		}
		if e.said.value > 0 {
			value = e.said.value
		}
		b = append(append(b, ','), product...)
		b = append(appendPadded(append(b, ",美国,"...), int64(e.p.zip), 5), ',')
		for _, g := range [...]int64{measured, e.volume, e.weight} {
			if g > 0 {
				b = appendThousandths(b, g)
			}
			b = append(b, ',')
		}
		b = appendWideCharges(b, lines, line == hdLine)
		b = append(b, currencies[line]...)
		if statesValues(line) {
			b = append(b, ',')
			if e.rate > 0 {
				b = appendCents(b, value)
				b = append(append(append(b, ','), declaredIn(e.p.service)...), ',')
				b = append(append(b, translatedFrom[line]...), ',')
				b = append(strconv.AppendInt(b, e.rate/1_000_000, 10), '.')
				b = appendPadded(b, e.rate%1_000_000, 6)
			} else {
				b = append(b, ",,,"...)
			}
		}
		m.row(f, line, b)
	}
	b := append(append(m.buf[:0], v.no...), ',')
	b = append(append(v.day(b), ','), v.b.account()...)
	b = append(append(append(b, ','), paper...), ",合计"+strings.Repeat(",", 10+len(wideColumns))...)
	b = append(append(appendCents(b, stated), ','), currencies[line]...)
	if statesValues(line) {
		b = append(b, ",,,,"...)
	}
	m.row(f, line, b)
}

// appendWideCharges writes the columns of charges and their sum. A charge that is
// not billed is 0.00 in one provider's bills and empty in the others'.
func appendWideCharges(b []byte, lines []billLine, zeros bool) []byte {
	var cells [len(wideColumns)]int64
	total := int64(0)
	for _, l := range lines {
		at := len(wideColumns) - 1
		for i, charge := range wideColumns {
			if charge == int(l.charge) {
				at = i
			}
		}
		cells[at] += l.amount
		total += l.amount
	}
	for _, v := range cells {
		if v != 0 || zeros {
			b = appendCents(b, v)
		}
		b = append(b, ',')
	}
	return append(appendCents(b, total), ',')
}

func (m *biller) row(f *file, line uint8, b []byte) {
	b = append(b, '\n')
	m.buf = b
	if line == hdLine {
		b = toGB18030(string(b))
	}
	f.write(b)
}

// long writes one row per charge; each repeats the total of the bill.
func (m *biller) long(f *file, v *version, stated int64) {
	paper := "Original"
	if v.part {
		paper = "Supplement"
	}
	for i, e := range v.b.entries {
		for _, l := range v.lines(i) {
			b := append(append(m.buf[:0], v.no...), ',')
			b = append(appendUSDay(b, v.date), ',')
			b = append(append(b, paper...), ',')
			b = append(append(b, v.b.account()...), ',')
			b = append(append(b, e.number()...), ',')
			if e.ref > 0 {
				b = strconv.AppendInt(b, e.ref, 10)
			}
			b = append(append(b, ','), categoryNames[e.category]...)
			code, name := longNames[l.charge][0], longNames[l.charge][1+l.spelling%2]
			if l.charge == chNew {
				name = newNames[l.spelling]
			}
			b = append(append(append(append(append(b, ','), name...), ','), code...), ',')
			if l.quantity != 0 {
				b = append(strconv.AppendInt(b, l.quantity, 10), ',')
				b = appendCents(b, l.price)
			} else {
				b = append(b, ',')
			}
			b = append(append(appendCents(append(b, ','), l.amount), ','), currencies[owUS]...)
			b = append(appendCents(append(b, ','), stated), ',')
			b = m.appendMeasures(b, e)
			m.row(f, owUS, b)
		}
	}
}

// appendMeasures writes the last nine columns; of the account's own fees they are empty.
func (m *biller) appendMeasures(b []byte, e *entry) []byte {
	if e.p == nil {
		return append(b, ",,,,,,,,"...)
	}
	body := m.g.bodyOf(e.p)
	b = append(appendCents(b, halfUp(e.p.weight*10_000_000, 45_359_237)), ',')
	if e.weight > 0 {
		b = strconv.AppendInt(b, e.weight, 10)
	}
	b = append(b, ",lb,"...)
	for _, mm := range [...]int64{body.l, body.w, body.h} {
		b = append(strconv.AppendInt(b, inches(mm), 10), ',')
	}
	if e.zone > 0 {
		b = strconv.AppendInt(b, e.zone, 10)
	}
	b = append(appendPadded(append(b, ','), int64(e.p.zip), 5), ',')
	return appendUSDay(b, m.g.cardDay(e.p))
}

// appendUSDay writes MM/DD/YYYY.
func appendUSDay(b []byte, d int64) []byte {
	y, month, dom := civil(d)
	b = append(appendPadded(b, int64(month), 2), '/')
	b = append(appendPadded(b, int64(dom), 2), '/')
	return appendPadded(b, int64(y), 4)
}
