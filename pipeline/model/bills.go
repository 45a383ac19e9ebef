package model

import (
	"context"
	"slices"

	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
)

// billKey names a bill; it bounds an input "by bills".
var billKey = []string{"provider", "account", "bill_no"}

// billModels are the models of bills, and what they leave in memory. They know
// no parcel and no order, and none of the other models knows them.
var billModels = []string{"bill_lines", "bill_files", "bill_named", "bill_versions", "bills", "billing_lines"}

// touchBills finds the bills of which the run adds or drops a line or a total;
// without any, billing is false and the models of bills are skipped.
func (u *build) touchBills(ctx context.Context) error {
	lines, totals := u.Store.Tables["billing_lines_in"], u.Store.Tables["bills_in"]
	if u.full {
		u.billing = true
		return u.table(ctx, "other_bills", "select * from bills where false")
	}
	var arms string
	for _, t := range []contract.Table{lines, totals} {
		if u.Store.Changed(t.Name) {
			if arms != "" {
				arms += " union all "
			}
			arms += u.changed(t, engine.Idents(billKey))
		}
	}
	if arms == "" {
		return nil
	}
	u.billing = true
	if err := u.table(ctx, "touched_bills", "select distinct "+engine.Idents(billKey)+" from ("+arms+")"); err != nil {
		return err
	}
	return u.table(ctx, "other_bills", "select b.* from bills as b anti join touched_bills as k on "+same(billKey, "k", "b"))
}

// words says what the charges of the bills in memory are.
func (u *build) words(ctx context.Context) error {
	if err := u.e.Exec(ctx, "create or replace table charge_words (provider varchar, charge_raw varchar, charge varchar, charge_class varchar)"); err != nil {
		return err
	}
	texts, err := distinct(ctx, u.e, 2, "select distinct provider, charge_raw from bill_lines order by provider, charge_raw")
	if err != nil {
		return err
	}
	rows := make([][]any, len(texts))
	for i, t := range texts {
		w, _ := u.Reference.Charges.Of(t[0], t[1])
		rows[i] = []any{t[0], t[1], w.Charge, w.Class}
	}
	return u.e.Insert(ctx, "charge_words", rows)
}

// skips says that a model has nothing to bring up to date.
func (u *build) skips(q Query) bool {
	if slices.Contains(billModels, q.Name) {
		return !u.billing
	}
	identity := q.Name == "parcels" || q.Name == "shipments" || q.Name == "shipment_numbers" || q.Name == "order_shipments"
	return !u.full && identity && !u.identity
}
