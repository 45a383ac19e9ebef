package audit

import (
	"context"
	"errors"
	"time"

	"waybill/pipeline/stat"
)

// Unbilled is parcels of a provider that were handed over and whose freight no
// bill asks for yet, with what the contract asks for them.
type Unbilled struct {
	Provider string `json:"provider"`
	Channel  string `json:"channel,omitempty"`
	Month    Day    `json:"ship_month"` // its first day
	Currency string `json:"currency,omitempty"`
	Parcels  int64  `json:"parcels"`
	Priced   int64  `json:"priced"` // of these, parcels that the rate card has a price for
	Quoted   Money  `json:"quoted"` // of the priced ones
}

// Late is what lines of a month's parcels still come, by how those of older
// months came in (chain ladder over months).
type Late struct {
	Provider string  `json:"provider"`
	Currency string  `json:"currency"`
	Month    Day     `json:"ship_month"` // its first day
	Billed   Money   `json:"billed"`     // until the as-of
	ToCome   float64 `json:"to_come"`    // an estimate, in currency
	SE       float64 `json:"standard_error,omitempty"`
	HasSE    bool    `json:"has_standard_error"`
}

// open makes what is not billed yet.
func (a *Auditor) open(ctx context.Context) error {
	if err := a.table(ctx, "96_unbilled", "unbilled_parcels"); err != nil {
		return err
	}
	if err := a.exec(ctx, "create or replace table unbilled_facts as select * from parcel_facts where shipment_id in (select shipment_id from unbilled_parcels)"); err != nil {
		return err
	}
	if err := a.Rater.Of(ctx, "unbilled_parcels", "unbilled_facts"); err != nil {
		return err
	}
	if err := a.Rater.Total(ctx); err != nil {
		return err
	}
	return a.table(ctx, "97_development", "bill_development")
}

func (a *Auditor) unbilled(ctx context.Context, out *Result) error {
	return each(ctx, a.Engine, `select u.provider, coalesce(u.channel, ''), cast(u.ship_month as varchar), coalesce(case when t.total_e8 is not null then t.currency end, ''), count(*), count(t.total_e8), cast(coalesce(sum(t.total_e8), 0) as bigint)
from unbilled_parcels as u left join rated_totals as t on t.parcel = u.parcel group by 1, 2, 3, 4 order by 1, 3, 2, 4`, func(scan func(...any) error) error {
		var u Unbilled
		err := scan(&u.Provider, &u.Channel, &u.Month, &u.Currency, &u.Parcels, &u.Priced, &u.Quoted)
		out.Unbilled = append(out.Unbilled, u)
		return err
	})
}

// late estimates what still comes: a triangle per provider and currency, from
// the first month with a bill to the last one that is over at the as-of.
func (a *Auditor) late(ctx context.Context, out *Result) error {
	type key struct{ provider, currency string }
	type cell struct{ ship, bill string }
	amounts := map[key]map[cell]Money{}
	var order []key
	if err := each(ctx, a.Engine, `select provider, currency, cast(ship_month as varchar), cast(bill_month as varchar), amount_e8 from bill_development order by 1, 2, 3, 4`, func(scan func(...any) error) error {
		var k key
		var c cell
		var m Money
		if err := scan(&k.provider, &k.currency, &c.ship, &c.bill, &m); err != nil {
			return err
		}
		if amounts[k] == nil {
			amounts[k] = map[cell]Money{}
			order = append(order, k)
		}
		amounts[k][c] = m
		return nil
	}); err != nil {
		return err
	}
	running := a.AsOf.UTC().Format("2006-01") + "-01"
	for _, k := range order {
		first, last := "", ""
		for c := range amounts[k] {
			if c.bill < running {
				last = max(last, c.bill)
			}
			if first == "" || c.bill < first {
				first = c.bill
			}
		}
		months, err := monthsFrom(first, last)
		if err != nil {
			return err
		}
		var rows [][]float64
		var billed []Money
		for i, ship := range months {
			var row []float64
			sum := Money(0)
			for _, bill := range months[i:] {
				sum += amounts[k][cell{ship, bill}]
				row = append(row, float64(sum)/1e8)
			}
			rows, billed = append(rows, row), append(billed, sum)
		}
		l, err := stat.ChainLadder(rows)
		if errors.Is(err, stat.ErrTriangle) {
			continue
		}
		if err != nil {
			return err
		}
		for i, ship := range months {
			if len(rows[i]) == len(months) {
				continue // nothing older shows what comes after
			}
			at := Late{Provider: k.provider, Currency: k.currency, Month: Day(ship), Billed: billed[i], ToCome: l.ToCome[i], HasSE: l.HasSE}
			if l.HasSE {
				at.SE = l.SE[i]
			}
			out.Late = append(out.Late, at)
		}
	}
	return nil
}

// monthsFrom lists first days of months.
func monthsFrom(first, last string) ([]string, error) {
	at, err := time.Parse(time.DateOnly, first)
	if err != nil {
		return nil, err
	}
	var out []string
	for ; at.Format(time.DateOnly) <= last; at = at.AddDate(0, 1, 0) {
		out = append(out, at.Format(time.DateOnly))
	}
	return out, nil
}
