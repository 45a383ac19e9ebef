package audit

import (
	"context"
	"errors"
	"slices"
	"strings"

	"waybill/pipeline/engine"
)

// lacking notes, for all rules at once, the providers whose lines lack what a
// rule needs.
func (a *Auditor) lacking(ctx context.Context) error {
	var needs []string
	for _, r := range a.Rules {
		for _, n := range r.Needs {
			if n != Quotes && n != OwnAccounts && !slices.Contains(needs, n) {
				needs = append(needs, n)
			}
		}
	}
	slices.Sort(needs)
	counts, err := a.counts(ctx, needs)
	if err != nil {
		return err
	}
	if err := a.exec(ctx, "create or replace table skipped_rules (rule varchar, provider varchar, needs varchar)"); err != nil {
		return err
	}
	lacks := map[string][]string{} // providers, by what they lack
	if err := each(ctx, a.Engine, `select l.provider, l.has, case when l.provider in (select provider from own_accounts) then 1 else 0 end, coalesce(q.quotes, 1)
from (select l.provider, `+counts+` as has from billing_lines as l join bill_ids as i on i.provider = l.provider and i.account = coalesce(l.account, '') and i.bill_no = l.bill_no and i.version = l.version
 where i.bill in (select bill from bill_slips where slip in (select slip from line_rows)) group by l.provider) as l
left join (select b.provider, count(q.total_e8) as quotes from bill_parcels as b join bill_quotes as q on q.parcel = b.parcel group by b.provider) as q on q.provider = l.provider
order by l.provider`, func(scan func(...any) error) error {
		var provider, has string
		var accounts, quotes int64
		err := scan(&provider, &has, &accounts, &quotes)
		for i, n := range needs {
			if has[i] == '0' {
				lacks[n] = append(lacks[n], provider)
			}
		}
		if accounts == 0 {
			lacks[OwnAccounts] = append(lacks[OwnAccounts], provider)
		}
		if quotes == 0 {
			lacks[Quotes] = append(lacks[Quotes], provider)
		}
		return err
	}); err != nil {
		return err
	}
	var rows [][]any
	for _, r := range a.Rules {
		for _, n := range r.Needs {
			for _, provider := range lacks[n] {
				rows = append(rows, []any{r.ID, provider, n})
			}
		}
	}
	return a.Engine.Insert(ctx, "skipped_rules", rows)
}

// counts is the SQL of a text with 1 for each column of billing_lines in which
// some line has anything, else 0.
func (a *Auditor) counts(ctx context.Context, columns []string) (_ string, err error) {
	if len(columns) == 0 {
		return "''", nil
	}
	rows, err := a.Engine.Query(ctx, "select "+engine.Idents(columns)+" from billing_lines limit 0")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	types, err := rows.ColumnTypes()
	if err != nil {
		return "", err
	}
	var parts []string
	for i, c := range columns {
		value := "l." + engine.Ident(c)
		if types[i].DatabaseTypeName() == "VARCHAR" {
			value = "nullif(" + value + ", '')"
		}
		parts = append(parts, "case when count("+value+") = 0 then '0' else '1' end")
	}
	return strings.Join(parts, " || "), rows.Err()
}
