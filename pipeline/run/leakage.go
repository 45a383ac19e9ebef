package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"waybill/pipeline/load"
	"waybill/pipeline/metric"
	"waybill/pipeline/rate"
	"waybill/reports"
)

// ErrAllShops says that a report cannot be narrowed to a shop.
var ErrAllShops = errors.New("a bill names parcels of any shop")

// auditedReport is a report of what the audit says of bills.
func auditedReport[T any](name string, span spanKind, build func(context.Context, metric.Querier, metric.Input, metric.MoneyInput) (T, error), page func(T, reports.Files) (reports.Report, error)) reportKind {
	return reportKind{name: name, span: span, money: true, read: func(ctx context.Context, r *Runner, rd *Reader, in metric.Input, q ReportRequest) (numbers, error) {
		money, err := r.moneyInput(ctx, rd, q)
		if err != nil {
			return numbers{}, err
		}
		data, err := build(ctx, rd, in, money)
		return numbers{data, func(f reports.Files) (reports.Report, error) { return page(data, f) }}, err
	}}
}

// billed says whether a request for a report about bills can be met, without
// starting an engine.
func (k reportKind) billed(rd *Reader, q ReportRequest) error {
	switch {
	case !k.money:
		return nil
	case q.Shop != "":
		return fmt.Errorf("%w: %s is of all shops; try: without --shop", ErrAllShops, k.name)
	case !slices.ContainsFunc(rd.Loads, func(l load.Entry) bool {
		return l.Table == "billing_lines_in" && l.Status == load.Loaded && l.Stored > 0
	}):
		return ErrNoBills
	}
	return nil
}

// Unable says that a report was not made because the workspace, or what was asked
// for, has nothing that it could be of: a run of all reports goes on without it.
func Unable(err error) bool { return errors.Is(err, ErrNoBills) || errors.Is(err, ErrAllShops) }

// moneyInput runs the audit and gathers what a page about bills needs.
func (r *Runner) moneyInput(ctx context.Context, rd *Reader, q ReportRequest) (metric.MoneyInput, error) {
	cards, err := r.Cards()
	if err != nil {
		return metric.MoneyInput{}, err
	}
	rules, err := r.Rules()
	if err != nil {
		return metric.MoneyInput{}, err
	}
	out := metric.MoneyInput{Rules: rules}
	if out.From, out.To, err = daysOf(q.Period); err != nil {
		return out, err
	}
	for _, k := range cards.Cards {
		stamp := metric.CardStamp{ID: k.ID}
		for _, v := range k.Versions {
			stamp.Versions = append(stamp.Versions, v.From)
		}
		h := sha256.New()
		if err := r.hashCard(h, path.Dir(k.File)); err != nil {
			return out, err
		}
		stamp.Hash = hex.EncodeToString(h.Sum(nil)[:4])
		out.Cards = append(out.Cards, stamp)
	}
	for _, w := range r.Reference.Charges.Words() {
		out.Charges = append(out.Charges, metric.ChargeName{Charge: w.Charge, ZH: w.ZH, EN: w.EN})
	}
	a, err := r.auditor(ctx, rd, cards, rules)
	if err != nil {
		return out, err
	}
	provider, number := "", q.Bill
	if number != "" {
		if provider, number, err = theBill(ctx, rd, number); err != nil {
			return out, err
		}
		a.Only = []string{number}
	}
	if err := a.known(ctx); err != nil {
		return out, err
	}
	if err := a.Run(ctx); err != nil {
		return out, err
	}
	if out.Audit, err = a.Result(ctx); err != nil {
		return out, err
	}
	if out.Detail, err = a.Detail(ctx, number != ""); err != nil {
		return out, err
	}
	if out.Claims, err = r.claimsView(ctx, rd, out.Audit.Findings, out.Audit.Bills); err != nil {
		return out, err
	}
	if number == "" {
		return out, nil
	}
	dated := len(out.Audit.Bills) > 0
	out.Audit.Bills = slices.DeleteFunc(out.Audit.Bills, func(b metric.Billed) bool { return b.Provider != provider })
	switch {
	case len(out.Audit.Bills) > 1:
		return out, fmt.Errorf("%w: provider %s has bill %s for %d accounts", ErrNoBill, provider, number, len(out.Audit.Bills))
	case !dated || len(out.Audit.Bills) == 0:
		return out, fmt.Errorf("%w at %s: bill %s is of a later day; try: --as-of", ErrNoBill, a.AsOf.UTC().Format("2006-01-02"), number)
	}
	return out, nil
}

// theBill finds a bill by its number, or by PROVIDER/NUMBER where several
// providers have it.
func theBill(ctx context.Context, rd *Reader, asked string) (provider, number string, err error) {
	rows, err := rd.Query(ctx, "select distinct provider, bill_no from bills where is_current and (bill_no = ? or provider || '/' || bill_no = ?) order by 1, 2", asked, asked)
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var found []string
	for rows.Next() {
		if err := rows.Scan(&provider, &number); err != nil {
			return "", "", err
		}
		found = append(found, provider+"/"+number)
	}
	switch {
	case len(found) == 0:
		err = fmt.Errorf("%w as %s; try: waybill bills", ErrNoBill, asked)
	case len(found) > 1:
		err = fmt.Errorf("%w that alone is %s; try: %s", ErrNoBill, asked, strings.Join(found, ", "))
	}
	return provider, number, errors.Join(err, rows.Err())
}

// hashMoney hashes what the audit reads beside the lake.
func (r *Runner) hashMoney(h writable) error {
	for _, p := range []string{"audit/*.sql", "billing/*.sql", "rating/*.sql", "prelude/*.sql"} {
		if err := hashFiles(h, r.Queries, "queries", p); err != nil {
			return err
		}
	}
	for _, p := range []string{providersDir + "/*.yaml", "fx/*.csv", SKUClassFile} {
		if err := hashFiles(h, r.Data, "data", p); err != nil {
			return err
		}
	}
	cards, err := fs.Glob(os.DirFS(r.WS.Root), RatesFolder+"/*/"+rate.CardFile)
	if err != nil {
		return err
	}
	for _, c := range cards {
		if err := r.hashCard(h, path.Dir(c)); err != nil {
			return err
		}
	}
	return nil
}

// hashCard hashes a card's files; its cases price nothing.
func (r *Runner) hashCard(h writable, dir string) error {
	root := os.DirFS(r.WS.Root)
	names, err := fs.Glob(root, dir+"/*")
	if err != nil {
		return err
	}
	for _, n := range names {
		if path.Base(n) == rate.CasesFile {
			continue
		}
		if err := hashFiles(h, root, "", n); err != nil {
			return err
		}
	}
	return nil
}
