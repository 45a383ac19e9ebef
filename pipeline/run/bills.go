package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// Bill is a version of a bill. Money is decimal text in the bill's currency.
type Bill struct {
	Provider    string      `json:"provider"`
	Account     string      `json:"account,omitempty"`
	No          string      `json:"bill_no"`
	Version     int64       `json:"version"`
	Kind        string      `json:"kind"`
	Current     bool        `json:"is_current"`
	Supersedes  *int64      `json:"supersedes,omitempty"`
	DuplicateOf string      `json:"duplicate_of,omitempty"`
	Date        string      `json:"bill_date,omitempty"` // 2026-01-31
	Due         string      `json:"due_date,omitempty"`
	Currency    string      `json:"currency,omitempty"`
	Lines       int64       `json:"lines"`
	LinesTotal  string      `json:"lines_total,omitempty"`
	StatedTotal string      `json:"stated_total,omitempty"`
	StatedBy    string      `json:"stated_by,omitempty"` // bill, records
	Difference  string      `json:"difference,omitempty"`
	Agrees      *bool       `json:"agrees,omitempty"` // nil: one of the totals is not known
	NewCharges  []NewCharge `json:"new_charges,omitempty"`
	Feed        string      `json:"feed"`
	LoadID      string      `json:"load_id"`
}

// NewCharge is a name on the current version of a bill that no word knows.
type NewCharge struct {
	Name  string `json:"name"`
	Lines int64  `json:"lines"`
}

// Bills lists the versions of all bills, by provider, account, date and number.
// They need no as-of: a bill says what it says.
func (r *Runner) Bills(ctx context.Context) (out []Bill, err error) {
	rd, err := r.Read(ctx, View{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rd.Close()) }()
	if err := r.openEngine(ctx, rd); err != nil {
		return nil, err
	}
	out = []Bill{}
	names := map[[3]string][]NewCharge{}
	if err := r.each(ctx, rd, "cells/new_charges.sql", func(scan func(...any) error) error {
		var provider, name string
		var account *string
		var no string
		var n NewCharge
		if err := scan(&provider, &account, &no, &name, &n.Lines); err != nil {
			return err
		}
		n.Name = name
		key := [3]string{provider, orEmpty(account), no}
		names[key] = append(names[key], n)
		return nil
	}); err != nil {
		return nil, err
	}
	err = r.each(ctx, rd, "cells/bills.sql", func(scan func(...any) error) error {
		var b Bill
		var account, duplicate, date, due, currency, lines, stated, by, difference *string
		if err := scan(&b.Provider, &account, &b.No, &b.Version, &b.Kind, &b.Current, &b.Supersedes, &duplicate, &date, &due,
			&currency, &b.Lines, &lines, &stated, &by, &difference, &b.Agrees, &b.Feed, &b.LoadID); err != nil {
			return err
		}
		b.Account, b.DuplicateOf, b.Date, b.Due, b.Currency = orEmpty(account), orEmpty(duplicate), orEmpty(date), orEmpty(due), orEmpty(currency)
		b.LinesTotal, b.StatedTotal, b.StatedBy, b.Difference = orEmpty(lines), orEmpty(stated), orEmpty(by), orEmpty(difference)
		if b.Current {
			b.NewCharges = names[[3]string{b.Provider, b.Account, b.No}]
		}
		out = append(out, b)
		return nil
	})
	return out, err
}

// each runs a query of the workspace and visits its rows.
func (r *Runner) each(ctx context.Context, rd *Reader, file string, visit func(scan func(...any) error) error) error {
	text, err := fs.ReadFile(r.Queries, file)
	if err != nil {
		return err
	}
	rows, err := rd.Query(ctx, string(text))
	if err != nil {
		return fmt.Errorf("queries/%s: %w", file, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := visit(rows.Scan); err != nil {
			return fmt.Errorf("queries/%s: %w", file, err)
		}
	}
	return rows.Err()
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
