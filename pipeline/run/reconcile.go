package run

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math/big"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"waybill/pipeline/metric"
)

// ReconcileOptions ask why a platform's on-time rate is not ours.
type ReconcileOptions struct {
	Week   string   // 2026-W46, or its Monday
	Shop   string   // id; empty: all
	Says   *big.Rat // a fraction
	Orders string   // file with the platform's list; empty: none
}

// ErrOrderList says that a platform's list cannot be used.
var ErrOrderList = errors.New("the list of orders cannot be used")

// Reconcile leads from our on-time rate of a week to the platform's.
func (r *Runner) Reconcile(ctx context.Context, v View, o ReconcileOptions) (out metric.Reconciliation, err error) {
	var list []metric.TheirOrder
	if o.Orders != "" {
		b, err := os.ReadFile(o.Orders)
		if err != nil {
			return out, err
		}
		if list, err = orderList(b); err != nil {
			return out, fmt.Errorf("%w: %s: %w", ErrOrderList, o.Orders, err)
		}
	}
	err = r.within(ctx, v, func(rd *Reader, in metric.Input) error {
		if o.Shop != "" {
			shop, err := r.findShop(ctx, rd, o.Shop)
			if err != nil {
				return err
			}
			o.Shop = shop.ID
		}
		if list != nil {
			if err := rd.Engine.Exec(ctx, "create or replace table platform_orders (order_id varchar, on_time boolean)"); err != nil {
				return err
			}
			rows := make([][]any, len(list))
			for i, x := range list {
				rows[i] = []any{x.Order, x.OnTime}
			}
			if err := rd.Engine.Insert(ctx, "platform_orders", rows); err != nil {
				return err
			}
		}
		in.Week = o.Week
		out, err = metric.Reconcile(ctx, rd, metric.ReconcileInput{Input: in, Shop: o.Shop, Says: o.Says, Theirs: list})
		return err
	})
	return out, err
}

// names of the columns of a list, folded.
var (
	orderColumns = []string{"order id", "order", "order number", "order no", "订单号", "订单id", "订单编号", "平台单号"}
	flagColumns  = []string{"on time", "is on time", "late", "is late", "on time status", "delivery status", "status", "准时", "是否准时", "是否延迟", "妥投状态", "状态"}
	late         = []string{"late", "is late", "是否延迟"}
	yes          = []string{"yes", "y", "true", "1", "on time", "ontime", "是", "准时", "delivered on time", "已准时"}
	no           = []string{"no", "n", "false", "0", "late", "not on time", "overdue", "not delivered", "undelivered", "否", "延迟", "超时", "未准时", "未妥投"}
)

// orderList reads the platform's orders out of a CSV in UTF-8: a column with the
// order and one that says whether it was on time.
func orderList(b []byte) ([]metric.TheirOrder, error) {
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	if !utf8.Valid(b) || bytes.HasPrefix(b, []byte("PK")) {
		return nil, errors.New("it is no CSV in UTF-8; try: save it as CSV UTF-8")
	}
	in := csv.NewReader(bytes.NewReader(b))
	if first, _, _ := bytes.Cut(b, []byte("\n")); bytes.Count(first, []byte("\t")) > 0 {
		in.Comma = '\t'
	}
	records, err := in.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, errors.New("it is empty")
	}
	order, flag := column(records[0], orderColumns), column(records[0], flagColumns)
	if order < 0 || flag < 0 {
		return nil, fmt.Errorf("its header is %q; try: a column order_id and a column on_time with yes or no", strings.Join(records[0], ", "))
	}
	turned := slices.Contains(late, plainName(records[0][flag]))
	known := map[string]bool{}
	var out []metric.TheirOrder
	for i, rec := range records[1:] {
		id, said := strings.Trim(rec[order], " \t'"), plainName(rec[flag])
		if id == "" && said == "" {
			continue
		}
		on := slices.Contains(yes, said)
		if id == "" || !on && !slices.Contains(no, said) {
			return nil, fmt.Errorf("record %d says %q of order %q; try: yes or no", i+2, rec[flag], id)
		}
		if turned && said != "late" && said != "延迟" && said != "on time" && said != "准时" {
			on = !on
		}
		if before, twice := known[id]; twice {
			if before != on {
				return nil, fmt.Errorf("record %d says of order %s what another record denies", i+2, id)
			}
			continue
		}
		known[id] = on
		out = append(out, metric.TheirOrder{Order: id, OnTime: on})
	}
	if len(out) == 0 {
		return nil, errors.New("it has no order")
	}
	return out, nil
}

func column(head, names []string) int {
	for _, n := range names {
		if i := slices.IndexFunc(head, func(h string) bool { return plainName(h) == n }); i >= 0 {
			return i
		}
	}
	return -1
}

// plainName is a header or a word without regard to case and kinds of blanks.
func plainName(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(strings.NewReplacer("_", " ", "-", " ").Replace(s))), " ")
}
