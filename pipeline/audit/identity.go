package audit

import (
	"context"
	"errors"
	"fmt"
)

// IdentityError says where billed is not quoted plus the parts of the difference.
type IdentityError struct {
	Provider, Account, BillNo, Month, Currency, Charge string
	OffE8                                              int64 // billed minus quoted minus parts, 0.00000001 of Currency
	Slices                                             int64 // how many do not close
}

func (e *IdentityError) Error() string {
	return fmt.Sprintf("billed is not quoted plus its parts: provider %s, account %q, bill %s, month %s, %s, charge %s is off by %d.%08d (%d such slices); nothing is reported",
		e.Provider, e.Account, e.BillNo, e.Month, e.Currency, e.Charge, e.OffE8/100000000, max(e.OffE8, -e.OffE8)%100000000, e.Slices)
}

// identity makes audit_parts and holds that they close on every bill and charge,
// and that no finding claims more than there is.
func (a *Auditor) identity(ctx context.Context) (err error) {
	if err := errors.Join(a.table(ctx, "95_parts", "rest_parts"), a.view(ctx, "95_rows", "part_rows"), a.view(ctx, "95_slices", "audit_parts")); err != nil {
		return err
	}
	if err := a.others(ctx); err != nil {
		return err
	}
	rows, err := a.Engine.Query(ctx, `with sums as (
 select place % (select max(slips) from bill_slips) as slip, bill_month, charge, sum(case part when 'billed' then amount_e8 else -amount_e8 end) as off_e8
 from part_rows group by 1, 2, 3
), slices as (
 select i.provider, i.account, i.bill_no, cast(s.bill_month as varchar) as month, i.currency, s.charge, cast(sum(s.off_e8) as bigint) as off_e8
 from sums as s join bill_slips as i on i.slip = s.slip group by i.provider, i.account, i.bill_no, s.bill_month, i.currency, s.charge)
select provider, account, bill_no, month, currency, charge, off_e8, count(*) over () as n from slices where off_e8 <> 0 order by provider, account, bill_no, month, currency, charge limit 1`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if rows.Next() {
		e := &IdentityError{}
		if err := rows.Scan(&e.Provider, &e.Account, &e.BillNo, &e.Month, &e.Currency, &e.Charge, &e.OffE8, &e.Slices); err != nil {
			return err
		}
		return e
	}
	return rows.Err()
}
