package examples_test

import "testing"

const (
	// delivered is what OTDR and the elapsed times are over
	delivered = "from order_facts where order_status = 'delivered' and delivered_at is not null"
	// strict is the reading in which the promised midnight itself is the deadline
	strict = "delivered_at at time zone 'America/Sao_Paulo' <= cast(promise_date as timestamp)"
	// days between instants, not between local times: the zone's clock changed
	days = "hours_between(created_at, delivered_at) / 24"
)

func leg(name, from, to, want string) figure {
	return figure{name, "select printf('%d %.4f %.4f %.4f %d', count(d), avg(d), quantile_cont(d, 0.5), quantile_cont(d, 0.9), count(*) filter (where d < 0)) from (select hours_between(" +
		from + ", " + to + ") / 24 as d from order_facts)", want}
}

func TestOlist(t *testing.T) {
	w := open(t, "olist")
	w.figures([]figure{
		{"status", "select order_status, count(*) as n from order_facts group by order_status order by n desc",
			"delivered,5172\nshipped,1107\ncanceled,625\nunavailable,609\ninvoiced,314\nprocessing,301\ncreated,5\napproved,2"},
		{"delivered in time, by the local day", "select count(*) filter (where delivered_at < deliver_before_at), count(*) " + delivered, "4822,5164"},
		{"delivered in time, by the strict reading", "select count(*) from order_facts where order_status = 'delivered' and " + strict, "4750"},
		{"purchase to delivery", "select printf('%.4f %.4f %.4f %.4f %.4f', avg(d), quantile_cont(d, 0.5), quantile_cont(d, 0.9), quantile_cont(d, 0.95), max(d)) from (select " + days + " as d " + delivered + ")",
			"12.5192 10.3424 22.7640 28.9762 135.3593"},
		leg("purchase to approved", "created_at", "approved_at", "7989 0.5031 0.0144 1.4965 0"),
		leg("approved to carrier", "approved_at", "handed_over_at", "6353 2.8999 1.8277 6.0407 77"),
		leg("carrier to customer", "handed_over_at", "delivered_at", "5170 9.2835 7.1499 18.6560 3"),
		leg("purchase to customer", "created_at", "delivered_at", "5170 12.5283 10.3445 22.8099 0"),
		{"by state of the buyer", "select state, count(*) as n, count(*) filter (where delivered_at >= deliver_before_at), count(*) filter (where not " + strict + "), printf('%.2f', quantile_cont(" + days + ", 0.5)), printf('%.2f', quantile_cont(" + days + ", 0.9)) " +
			delivered + " and state in ('SP', 'RJ', 'MG', 'RS', 'PR', 'BA', 'SC') group by state order by n desc, state",
			"SP,2200,110,140,7.31,15.89\nRJ,665,80,86,12.17,28.61\nMG,607,17,21,10.56,18.98\nRS,301,20,25,13.91,25.36\nPR,272,8,13,10.28,20.20\nBA,181,25,27,17.14,30.86\nSC,181,14,20,12.72,25.15"},
		{"by month of purchase", "select strftime(created_at at time zone 'America/Sao_Paulo', '%Y-%m') as month, count(*), count(*) filter (where not " + strict + "), printf('%.3f', avg(" + days + ")) " +
			delivered + " group by month having month in ('2017-11', '2018-03', '2018-06', '2018-08') order by month",
			"2017-11,418,60,14.886\n2018-03,391,82,16.111\n2018-06,314,4,9.851\n2018-08,328,32,7.345"},
		{"freight that buyers paid", "select count(*), cast(sum(freight) as decimal(18,2)) from order_lines", "8365,172288.39"},
		{"freight of a line", "select printf('%.4f %.2f', avg(freight), median(freight)), count(*) filter (where freight = 0) from order_lines", "20.5963 16.32,17"},
		{"order × product is no key", "select count(*) from (select distinct order_id, sku from order_lines)", "7606"},
		{"a parcel for every order, with its channel where the order has an item", "select count(*), count(*) filter (where channel is null), count(*) filter (where state is null) from shipment_facts", "8135,775,0"},
		{"the order has the parcel's channel and state", "select count(*), count(*) filter (where o.channel is distinct from s.channel or o.state is distinct from s.state) from order_facts as o join order_shipments as os using (order_id) join shipment_facts as s on s.shipment_id = os.shipment_id", "8135,0"},
		{"leading zeros of ZIP prefixes stay", "select count(*) > 0, min(length(postal_code)) from orders where postal_code like '0%'", "true,5"},
		{"scans, none unmapped", "select (select count(*) from tracking_events), sum(events), sum(unmapped), sum(negative_legs) from shipment_facts", "19512,19512,0,3"},
		{"records by output", "select feed, output, records, stored, repeats, rejected from loads order by feed, output",
			"customers,x_customers_in,8135,8135,0,0\nitems,order_lines_in,8365,8365,0,0\norders,approved,7989,7989,0,0\norders,delivered,5170,5170,0,0\n" +
				"orders,handed_over,6353,6353,0,0\norders,orders,8135,8135,0,0\norders,shipments,8135,8135,0,0\nproducts,x_products_in,5460,5460,0,0\nsellers,x_sellers_in,1610,1610,0,0"},
	})
	w.status("2018-10-17T20:30:18Z", map[string]string{"orders": "2018-10-17T20:30:18Z", "items": "", "customers": "", "sellers": "", "products": ""})
	w.destinations()
	w.again()
}
