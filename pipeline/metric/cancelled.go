package metric

import (
	"database/sql"
	"time"

	"waybill/pipeline/policy"
)

// CancelledOrder is an order that a missed rate of cancellations counts.
type CancelledOrder struct {
	Order     string    `json:"order"`
	Created   time.Time `json:"created_at"`
	Cancelled time.Time `json:"cancelled_at"`
	Amount    string    `json:"amount,omitempty"` // as stated, with Currency
	Currency  string    `json:"currency,omitempty"`
}

// The rate whose orders are named, and its numerator.
const (
	cancelledFormula   = "queries/cells/orders_confirmed.sql"
	cancelledNumerator = "seller_fault"
	cancelledCell      = "queries/cells/cancelled_orders.sql"
)

// nameCancelled fills the orders behind a weekly cancellation rate that a shop
// missed, where as many are found as the rate counts.
func (b *weekly) nameCancelled(w policy.Day, shops []Shop) error {
	for i := range shops {
		p := b.in.pack(shops[i].Platform)
		for _, id := range shops[i].Verdict.Failed {
			m, ok := p.Metric(id)
			if !ok || m.Formula != cancelledFormula || m.Numerator != cancelledNumerator || m.Window != policy.WeekWindow {
				continue
			}
			list, err := b.cancelled(id, shops[i].Platform, shops[i].ID, w)
			if err != nil {
				return err
			}
			for j := range shops[i].Series {
				s := &shops[i].Series[j]
				if s.Metric != id {
					continue
				}
				for _, point := range s.Points {
					if point.Week.Start == w.String() && point.Num == int64(len(list)) {
						s.Cancelled = list
					}
				}
			}
		}
	}
	return nil
}

func (t tables) cancelled(id, platform, shop string, w policy.Day) ([]CancelledOrder, error) {
	var out []CancelledOrder
	err := t.each(cancelledCell, `select order_id, created_at, cancelled_at, coalesce(cast(amount as varchar), ''), coalesce(currency, '')
from {cell} where metric = ? and platform = ? and shop_id = ? and week = cast(? as date) order by cancelled_at, order_id`,
		func(rows *sql.Rows) error {
			var o CancelledOrder
			if err := rows.Scan(&o.Order, &o.Created, &o.Cancelled, &o.Amount, &o.Currency); err != nil {
				return err
			}
			out = append(out, o)
			return nil
		}, id, platform, shop, w.String())
	return out, err
}
