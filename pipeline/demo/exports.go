package demo

import "strconv"

const chinaOffset = 8 * hour // China has had no clock changes since 1991

// Stampers by what they write, so that each keeps its own last day.
const (
	stampShop = iota
	stampChina
	stampUTC
	stampKinds
)

// outputs are the files of the running export.
type outputs struct {
	orders    [2]*file
	shipments *file
	line      *file
	last      *file
	links     *file
	stamps    [stampKinds]stamper
	buf       []byte
}

const (
	ordersAHead = "Order ID,Order Status,Order Type,Fulfillment Type,Created Time,Paid Time,RTS Time,Cancelled Time,Cancel By,Cancel Reason," +
		"Ship Before,Deliver Before,State,City,Zipcode,Country,Order Amount,Currency,Recipient,Phone #,Address Line 1\n"
	ordersBHead = "order_id,status,type,fulfilment,created_at,approved_at,tracking_at,cancelled_at,cancel_by,cancel_reason," +
		"state,city,zip,country,amount,currency,recipient,phone,street\n"
	shipmentsHead = "shipment_id;platform;shop;order_id;role;direction;provider;channel;service;carrier;tracking_no;" +
		"last_mile_carrier;last_mile_no;label_at;status;voided_at;weight;weight_unit;state;zip;country;" +
		"length;width;height;length_unit;features;declared_value;declared_currency\n"
	lineHead = "carrier\twaybill_no\tevent_code\tevent_text\tevent_time\tplace\tcountry\n"
	lastHead = "carrier,tracking_number,code,description,event_time,location,country\n"
)

// gzipPeriod is the history export whose files are gzip files, unless Options.Plain.
const gzipPeriod = 1

func (g *generator) openOutputs(p int) error {
	zipped := p == gzipPeriod && !g.opts.Plain
	buf := g.out.buf
	if buf == nil {
		buf = make([]byte, 0, 1024)
	}
	g.out = outputs{buf: buf}
	for _, f := range []struct {
		to         **file
		feed, ext  string
		head       string
		dirtyKinds int
	}{
		{&g.out.orders[0], "orders_a", ".csv", ordersAHead, 4},
		{&g.out.orders[1], "orders_b", ".csv", ordersBHead, 4},
		{&g.out.shipments, "shipments", ".csv", shipmentsHead, 3},
		{&g.out.line, "track_line", ".tsv", lineHead, 3},
		{&g.out.last, "track_last", ".csv", lastHead, 3},
		{&g.out.links, "links", ".ndjson", "", 3},
	} {
		ledger := g.truth.feed(f.feed)
		w, err := create(g.dir, f.feed, f.ext, g.exports[p], zipped, ledger)
		if err != nil {
			return err
		}
		*f.to = w
		w.raw([]byte(f.head))
		for _, row := range ledger.overlap {
			w.write(row)
			ledger.repeats++
		}
		ledger.overlap = ledger.overlap[:0]
		g.planDirty(w, p, f.dirtyKinds)
	}
	return nil
}

func (o *outputs) all() []*file {
	return []*file{o.orders[0], o.orders[1], o.shipments, o.line, o.last, o.links}
}

// failed is the first write error so far.
func (o *outputs) failed() error {
	for _, f := range o.all() {
		if f != nil && f.err != nil {
			return f.err
		}
	}
	return nil
}

func (o *outputs) close() error {
	var first error
	for _, f := range o.all() {
		if f == nil {
			continue
		}
		if err := f.close(); first == nil {
			first = err
		}
	}
	return first
}

// appendShopTime writes an instant as the shop's export does: shop-A local
// without an offset in the US manner, shop-B ISO with the local offset.
func (o *outputs) appendShopTime(b []byte, z *zone, shop uint8, t int64) []byte {
	off := z.offset(t)
	if shop == 0 {
		return o.stamps[stampShop].us(b, t+off)
	}
	return appendOffset(o.stamps[stampShop].iso(b, t+off, 'T'), off)
}

// Overlap: one row of so many is written again, as the first rows of the next
// export of its feed or, for scans, right after itself.
const (
	orderOverlapStep = 97
	eventOverlapStep = 211
	eventTwiceStep   = 1009
)

// exportEvent writes one scan into the feed of its carrier.
func (g *generator) exportEvent(e *event) {
	out := &g.out
	w := &words[e.num.carrier][e.kind]
	var b []byte
	f := out.last
	if c := e.num.carrier; c == hdLine || c == nhLine || c == pbLine {
		f = out.line
		b = out.appendScan(out.buf[:0], e, w, '\t')
	} else {
		b = out.appendScan(out.buf[:0], e, w, ',')
	}
	out.buf = b
	f.write(b)
	f.feed.rows++
	if e.kind == evUnmapped {
		g.truth.countUnmapped(e.num.carrier)
	}
	f.feed.remember(f.row, eventOverlapStep, b)
	if f.row%eventTwiceStep == 0 {
		f.write(b)
		f.feed.repeats++
	}
	if f.row >= f.dirty && f.dirty > 0 {
		g.dirtyEvent(f, b)
	}
}

func (o *outputs) appendScan(b []byte, e *event, w *word, sep byte) []byte {
	b = append(b, carrierCodes[e.num.carrier]...)
	b = append(b, sep)
	b = appendNumber(b, e.num)
	b = append(b, sep)
	b = append(b, w.code...)
	b = append(b, sep)
	b = appendCell(b, w.text, sep)
	b = append(b, sep)
	if sep == '\t' {
		b = o.stamps[stampChina].iso(b, e.at+chinaOffset, ' ')
	} else {
		b = append(o.stamps[stampUTC].iso(b, e.at, 'T'), 'Z')
	}
	b = append(b, sep)
	class := placeOf[e.kind]
	if class == atOrigin && sep == ',' {
		class = atCity // a US parcel begins in the US
	}
	if class == atCity {
		b = append(b, states[e.state].city...)
	} else {
		names := places[class]
		b = append(b, names[int(e.place)%len(names)]...)
	}
	b = append(b, sep)
	switch {
	case class == atNone:
	case class == atGateway || class == atCity:
		b = append(b, "US"...)
	default:
		b = append(b, "CN"...)
	}
	return append(b, '\n')
}

// appendCell quotes a text that holds the separator.
func appendCell(b []byte, text string, sep byte) []byte {
	for i := range len(text) {
		if text[i] == sep {
			return append(append(append(b, '"'), text...), '"')
		}
	}
	return append(b, text...)
}

// Names and streets that belong to nobody.
var (
	firstNames = [...]string{"Ada", "Bruno", "Cleo", "Dara", "Emil", "Freya", "Gus", "Hana", "Ivo", "June", "Kofi", "Lena", "Milo", "Nadia", "Otis", "Pia"}
	lastNames  = [...]string{"Ashgrove", "Birchall", "Coldwater", "Dunmore", "Elmsford", "Farrow", "Greystone", "Hollins", "Ironwood", "Jessop"}
	streets    = [...]string{"Maple Ave", "Oak St", "Lakeview Dr", "Mill Rd", "Sunset Blvd", "Cedar Ln", "Harbor Way"}
)

// appendBuyer writes name, phone and street; some streets need quotes.
func appendBuyer(b []byte, o *order) []byte {
	b = append(b, firstNames[int(o.name)%len(firstNames)]...)
	b = append(b, ' ')
	b = append(b, lastNames[int(o.name>>4)%len(lastNames)]...)
	b = append(b, ",(555) "...)
	b = appendPadded(b, int64(o.phone), 7)
	b = append(b, ',')
	no := int64(o.street)%980 + 1
	name := streets[int(o.street)%len(streets)]
	switch o.street % 16 {
	case 0: // a comma inside
		b = append(b, '"')
		b = strconv.AppendInt(b, no, 10)
		b = append(b, ' ')
		b = append(b, name...)
		return append(b, `, Apt 4"`...)
	case 1: // quotes inside
		b = append(b, '"')
		b = strconv.AppendInt(b, no, 10)
		b = append(b, ' ')
		b = append(b, name...)
		return append(b, ` ""Rear"""`...)
	}
	b = strconv.AppendInt(b, no, 10)
	b = append(b, ' ')
	return append(b, name...)
}
