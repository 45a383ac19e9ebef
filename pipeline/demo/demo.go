package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"time"
)

// Options say what to make. The zero value is completed by defaults.
type Options struct {
	Seed      uint64    // of the random source; 0 is a seed like any other
	Shipments int       // about how many shipments in the history; default 6000
	Weeks     int       // length of the history in weeks; default 52
	End       time.Time // end of the history, a local midnight; default Monday 2026-11-16 in Los Angeles
	ExtraDays int       // daily export files after End, each a day of further business
	Plain     bool      // no gzip file among the exports
	NoBills   bool      // no bills, no feeds of them, no truth_money.json

	// Progress is told after each generated day how many orders of about how many are done. May be nil.
	Progress func(done, total int64)
}

// Zone of the platform: the local days of orders, deadlines and weeks.
const zoneName = "America/Los_Angeles"

const (
	day  = 86400
	hour = 3600
)

func (o Options) withDefaults() (Options, *time.Location, error) {
	loc, err := time.LoadLocation(zoneName)
	if err != nil {
		return o, nil, fmt.Errorf("demo: %w", err)
	}
	if o.Shipments == 0 {
		o.Shipments = 6000
	}
	if o.Weeks == 0 {
		o.Weeks = 52
	}
	if o.End.IsZero() {
		o.End = time.Date(2026, 11, 16, 0, 0, 0, 0, loc)
	}
	o.End = o.End.In(loc)
	if h, m, s := o.End.Clock(); h+m+s != 0 || o.End.Nanosecond() != 0 {
		return o, nil, fmt.Errorf("demo: end %s is not a midnight in %s", o.End.Format(time.RFC3339), zoneName)
	}
	if o.Shipments < 0 || o.Weeks < 1 || o.ExtraDays < 0 {
		return o, nil, fmt.Errorf("demo: shipments %d, weeks %d, extra days %d: want at least 0, 1, 0", o.Shipments, o.Weeks, o.ExtraDays)
	}
	return o, loc, nil
}

// Generate writes a workspace into dir (made when absent; files of the same
// name are replaced) and returns its truth, which truth.json holds as well; that of the bills is in
// truth_money.json.
func Generate(ctx context.Context, dir string, opts Options) (Truth, error) {
	opts, loc, err := opts.withDefaults()
	if err != nil {
		return Truth{}, err
	}
	g := newGenerator(dir, opts, loc)
	if err := writeWorkspace(dir, g.cards, !opts.NoBills); err != nil {
		return Truth{}, err
	}
	for p := range g.exports {
		if err := g.runPeriod(ctx, p); err != nil {
			return Truth{}, err
		}
	}
	truth := g.truth.finish(opts, g)
	if !opts.NoBills {
		if err := writeTruth(filepath.Join(dir, "truth_money.json"), g.bills.finish()); err != nil {
			return Truth{}, err
		}
	}
	return truth, writeTruth(filepath.Join(dir, "truth.json"), truth)
}

// generator holds the state of one run. A period is the time between two
// export instants; everything that a later export will say waits in that
// period's bucket.
type generator struct {
	dir  string
	opts Options
	rng  *rand.Rand
	zone *zone
	cal  *calendar

	firstDay int64   // local day number of the first order
	endDay   int64   // local day number of opts.End
	exports  []int64 // export instants, unix seconds, ascending
	history  int     // how many of them are history
	quota    []int   // orders per generated day
	total    int64   // sum of quota
	done     int64
	shock    []float64 // slowness of each week, 1 = usual
	cards    tariffs

	period  int
	waiting []bucket // by period
	out     outputs
	truth   *ledger
	bills   *biller

	orderSerial, parcelSerial int64
	linkSerial                int64
	numberSerial              [numberKinds]int64
	recycle                   [carriers][]oldNumber // numbers of early parcels, to be given out again
	wrongFor                  *parcel               // parcel that waits for a wrong alias
}

// bucket is what a later export will say.
type bucket struct {
	orders  []*order
	parcels []*parcel
	events  []event
	links   []link
}

// ordersPerShipment turns the wanted number of shipments into orders: splits,
// reships and return labels add parcels, merges and cancellations take some.
const ordersPerShipment = 0.985

func newGenerator(dir string, opts Options, loc *time.Location) *generator {
	g := &generator{dir: dir, opts: opts, rng: rand.New(rand.NewPCG(opts.Seed, 0x7761_7962_696c_6c00))}
	g.zone = newZone(loc, opts.End.AddDate(0, 0, -7*opts.Weeks-60), opts.End.AddDate(1, 0, opts.ExtraDays))
	g.endDay = g.zone.dayOf(opts.End.Unix())
	g.firstDay = g.endDay - int64(7*opts.Weeks)
	g.cards = tariffs{g.firstDay, g.endDay, hubMonthly(opts)}
	g.cal = newCalendar(opts.End.Year()-opts.Weeks/52-2, opts.End.Year()+2)
	g.exports, g.history = exportInstants(g.zone, g.firstDay, g.endDay, opts.ExtraDays)
	g.waiting = make([]bucket, len(g.exports))
	g.truth = newLedger()
	g.bills = newBiller(g)
	g.planDays()
	return g
}

// exportInstants are the local midnights at which all systems export: the
// first of each month, the end of the history, then each further day.
func exportInstants(z *zone, first, end int64, extra int) ([]int64, int) {
	var at []int64
	for d := first + 1; d < end; d++ {
		if _, _, dom := civil(d); dom == 1 {
			at = append(at, z.midnight(d))
		}
	}
	at = append(at, z.midnight(end))
	history := len(at)
	for i := 1; i <= extra; i++ {
		at = append(at, z.midnight(end+int64(i)))
	}
	return at, history
}

// planDays spreads the orders over the days: a weekday pattern, and a peak
// from Black Friday to Christmas. The random weekly slowness is drawn here, so
// that it does not depend on the number of orders.
func (g *generator) planDays() {
	weekday := [7]float64{1.04, 1.00, 0.98, 1.00, 1.03, 0.94, 1.01} // Monday first
	days := int(g.endDay-g.firstDay) + g.opts.ExtraDays
	weights := make([]float64, days)
	sum := 0.0
	for i := range weights {
		d := g.firstDay + int64(i)
		w := weekday[mod(d+3, 7)] // day 0 was a Thursday
		if _, m, dom := civil(d); (m == 11 && dom >= 20) || (m == 12 && dom <= 20) {
			w *= 1.5
		}
		weights[i] = w
		if d < g.endDay {
			sum += w
		}
	}
	wanted := float64(g.opts.Shipments) * ordersPerShipment
	carry := 0.0
	g.quota = make([]int, days)
	for i, w := range weights {
		carry += wanted * w / sum
		g.quota[i] = int(carry)
		carry -= float64(g.quota[i])
		g.total += int64(g.quota[i])
	}
	shocks := rand.New(rand.NewPCG(g.opts.Seed, 0x7368_6f63_6b00))
	g.shock = make([]float64, days/7+2)
	for i := range g.shock {
		g.shock[i] = 1 + 0.055*shocks.NormFloat64()
	}
}

// runPeriod writes the files of one export: what waited for it, then the
// orders of its days.
func (g *generator) runPeriod(ctx context.Context, p int) (err error) {
	g.period = p
	if err := g.openOutputs(p); err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, g.out.close(), g.bills.close())
	}()
	g.bills.sendLater()
	due := g.waiting[p]
	g.waiting[p] = bucket{}
	for _, o := range due.orders {
		g.exportOrder(o)
	}
	for _, s := range due.parcels {
		g.exportParcel(s)
	}
	for i := range due.links {
		g.exportLink(&due.links[i])
	}
	for i := range due.events {
		g.exportEvent(&due.events[i])
	}
	from := g.firstDay
	if p > 0 {
		from = g.zone.dayOf(g.exports[p-1])
	}
	for d := from; d < g.zone.dayOf(g.exports[p]); d++ {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		g.runDay(d)
		g.bills.runDay(d)
		if g.opts.Progress != nil {
			g.opts.Progress(g.done, g.total)
		}
	}
	return g.out.failed()
}

func (g *generator) runDay(d int64) {
	n := g.quota[d-g.firstDay]
	start := g.zone.midnight(d)
	length := g.zone.midnight(d+1) - start
	for i := 0; i < n; {
		// Even steps with a jitter: sorted without a sort.
		at := start + (int64(i)*length+g.rng.Int64N(length))/int64(n)
		made := g.runOrder(at)
		i += made
		g.done += int64(made)
	}
}

// periodOf is the first export that can report something of instant t, or
// len(exports) when none does.
func (g *generator) periodOf(t int64) int {
	if t <= g.exports[g.period] {
		return g.period
	}
	return sort.Search(len(g.exports), func(i int) bool { return g.exports[i] >= t })
}

// asOf is the instant of the last export.
func (g *generator) asOf() int64 { return g.exports[len(g.exports)-1] }

// known reports whether something of instant t, reported in period p, stands in the files.
func (g *generator) known(p int) bool { return p < len(g.exports) }

func makeFolder(path string) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return nil
}
