package metric

import (
	"cmp"
	"database/sql"
	"maps"
	"math/big"
	"slices"
	"time"

	"waybill/pipeline/policy"
	"waybill/pipeline/stat"
)

// Forecast is what the on-time delivery rate of a week may become that is not
// closed: the running one and the two after it, or those that a late feed keeps
// from closing.
type Forecast struct {
	Week   Week    `json:"week"`
	Coming bool    `json:"coming"` // not begun: the rate is a forecast, the number of orders an expectation
	Rate   float64 `json:"rate"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Level  float64 `json:"level"` // of Low to High

	OpenOrders  int64 `json:"open_orders"`  // due in the week and undecided
	KnownNum    int64 `json:"known_num"`    // on time already
	KnownDen    int64 `json:"known_den"`    // decided already
	ExpectedDen int64 `json:"expected_den"` // members at the end, orders to come and cancellations included

	Target       string   `json:"target,omitempty"` // enforced, decimal fraction; empty: none in force for weeks
	ChanceToMiss *float64 `json:"chance_to_miss"`   // nil: no target, or Missing
	// Needed of the NeededOf open orders must arrive in time for the target to be
	// met if no order comes or goes; exact. More than NeededOf: it is missed even
	// if all do. Nil without a target, with few_orders, and for a coming week.
	Needed   *int64 `json:"needed"`
	NeededOf int64  `json:"needed_of"`

	BackTest BackTest `json:"back_test"`
	Missing  string   `json:"missing,omitempty"` // instead of a rate: no_history, no_orders; few_orders: a few orders are no rate, and no target judges them
}

// BackTest is how the same forecast did for past weeks, each asked with what was
// known at the same distance: the week's own Monday 00:00, or one or two weeks
// before it. Events count from when they happened, reported late or not.
type BackTest struct {
	Weeks    int     `json:"weeks"`
	Bias     float64 `json:"bias"`     // mean of forecast less actual rate
	MAE      float64 `json:"mae"`      // mean absolute error
	Coverage float64 `json:"coverage"` // share of weeks that ended within the interval
}

// dueFormula is the rate that a forecast and a change speak of.
const dueFormula = "queries/cells/orders_due.sql"

const forecastCell = "queries/cells/forecast_orders.sql"

// replayed bounds the past weeks that the back-test asks again, one year.
const replayed = 52

// readDue reads the cells of the forecast by platform and shop.
func (t tables) readDue(in Input) (map[shopKey][]dueCell, error) {
	t.since = in.AsOf.AddDate(0, 0, -7*(replayed+window)).Truncate(time.Second)
	out := map[shopKey][]dueCell{}
	err := t.each(forecastCell, `select coalesce(platform, ''), coalesce(shop_id, ''), coalesce(channel, ''), made_date, due_date, arrived_date, left_date, is_open, orders
from {cell} order by platform, shop_id, channel, made_date, due_date, arrived_date, left_date, is_open`,
		func(rows *sql.Rows) error {
			var s shopKey
			c := dueCell{arrived: never, left: never}
			var made, due time.Time
			var arrived, left *time.Time
			var open int64
			if err := rows.Scan(&s.platform, &s.id, &c.channel, &made, &due, &arrived, &left, &open, &c.n); err != nil {
				return err
			}
			c.made, c.due, c.open = policy.DayOf(made, time.UTC), policy.DayOf(due, time.UTC), open == 1
			if d := dayOf(arrived); d != nil {
				c.arrived = *d
			}
			if d := dayOf(left); d != nil {
				c.left = *d
			}
			out[s] = append(out[s], c)
			return nil
		})
	return out, err
}

// forecasts of every shop whose platform has a rate by the day due.
func (b *weekly) forecasts() (map[shopKey][]Forecast, error) {
	out := map[shopKey][]Forecast{}
	forecast := func(p string) bool {
		m, ok := headline(b.in.pack(p))
		return ok && m.Formula == dueFormula
	}
	if !slices.ContainsFunc(b.platforms(), forecast) {
		return out, nil
	}
	all, err := b.readDue(b.in)
	if err != nil {
		return nil, err
	}
	for _, p := range b.platforms() {
		if !forecast(p) {
			continue
		}
		cells := map[shopKey][]dueCell{}
		for key, list := range all {
			if key.platform == p && !b.blind[key] {
				cells[key] = list
			}
		}
		m, _ := headline(b.in.pack(p))
		list, effects, err := b.calendar.forecast(m, cells, b.zones[p])
		if err != nil {
			return nil, err
		}
		maps.Copy(out, list)
		maps.Copy(b.effects, effects)
	}
	return out, nil
}

// forecast makes the weeks of one platform's shops, and says by how much the day an
// order was made on widens what chance does to them.
func (c calendar) forecast(m policy.Metric, cells map[shopKey][]dueCell, loc *time.Location) (map[shopKey][]Forecast, map[shopKey]float64, error) {
	at := cut{day: policy.DayOf(c.covered, loc), late: c.covered.Before(c.asOf)}
	begin, end := at.day.Begin(loc), (at.day + 1).Begin(loc)
	at.rest = end.Sub(c.covered).Seconds() / end.Sub(begin).Seconds()
	o := newOutlooks(cells)
	if err := o.replay(at.day); err != nil {
		return nil, nil, err
	}
	out, effects := map[shopKey][]Forecast{}, map[shopKey]float64{}
	for _, s := range o.shops {
		effect := o.effect(s, at.day)
		effects[s.key] = effect
		for lead := range leads {
			w := monday(at.day) + policy.Day(lead)*week
			f := Forecast{Week: weekOf(w, c.state(w, loc)), Coming: lead > 0, Level: forecastLevel}
			target := new(big.Rat)
			// a target over another window judges no week
			if t, ok := m.Target(w, policy.Enforced); ok && t.Op == ">=" && m.Window == policy.WeekWindow {
				f.Target = t.Value
				target.SetString(t.Value)
			}
			p, ok, err := predict(o.sum(s, w, at), effect, o.calibration(s, lead, at.day), target)
			if err != nil {
				return nil, nil, err
			}
			f.OpenOrders, f.KnownNum, f.KnownDen, f.ExpectedDen = p.open, p.num, p.den, p.total
			switch {
			case !ok:
				f.Missing = "no_orders"
			case f.ExpectedDen < m.MinN:
				f.Missing = "few_orders"
			case !s.ready(at.day):
				f.Missing = "no_history"
			default:
				f.Rate, f.Low, f.High = p.rate, p.low, p.high
				if f.Target != "" {
					f.ChanceToMiss = &p.below
				}
				f.BackTest = backTest(s.missed[lead])
			}
			if err := f.need(target); err != nil {
				return nil, nil, err
			}
			out[s.key] = append(out[s.key], f)
		}
	}
	return out, effects, nil
}

// need fills how many open orders the target asks for.
func (f *Forecast) need(target *big.Rat) error {
	if f.Target == "" || f.Missing == "few_orders" || f.Coming || f.KnownDen+f.OpenOrders == 0 {
		return nil
	}
	n, err := stat.Needed(stat.Count{Num: f.KnownNum, Den: f.KnownDen}, f.OpenOrders, target)
	if err != nil {
		return err
	}
	f.Needed, f.NeededOf = &n.Hits, f.OpenOrders
	return nil
}

func backTest(list []miss) BackTest {
	var b BackTest
	for _, m := range list {
		b.Weeks++
		b.Bias += m.mean - m.came
		b.MAE += max(m.mean-m.came, m.came-m.mean)
		if m.covered {
			b.Coverage++
		}
	}
	if b.Weeks > 0 {
		n := float64(b.Weeks)
		b.Bias, b.MAE, b.Coverage = b.Bias/n, b.MAE/n, b.Coverage/n
	}
	return b
}

// byShop orders shops.
func byShop(a, b shopKey) int {
	return cmp.Or(cmp.Compare(a.platform, b.platform), cmp.Compare(a.id, b.id))
}
