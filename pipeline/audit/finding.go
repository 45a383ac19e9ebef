package audit

import (
	"fmt"
	"strings"

	"waybill/pipeline/engine"
)

// findingColumns of the table findings: *_e8 are 0.00000001 of currency, delta is
// billed minus expected; charge is empty where a finding is about several.
const findingColumns = `finding_id varchar, rule varchar, rule_version bigint, confidence varchar, takes varchar, effect varchar, provider varchar, account varchar, bill_no varchar, version bigint, bill_date date,
 shipment_id varchar, number varchar, tracking_number varchar, charge varchar, currency varchar, expected_e8 bigint, billed_e8 bigint, delta_e8 bigint, evidence varchar`

// least is the smallest difference that is a finding: half a cent is rounding.
const least = 500000

// lineColumns are what findings take of lines; ruleLines are the lines that a
// rule speaks of: by one key, of a million, before the other is compared.
const (
	lineColumns = "l.line_id, l.provider, l.account, l.bill_no, l.version, l.bill_date, l.shipment_id, l.number, l.tracking_number, l.charge, l.charge_class, l.currency, l.amount_e8"
	ruleLines   = "(select * from audit_lines where line_id in (select line_id from rule_rows))"
)

// linesOfCharges gives the findings of effects their lines: those that ask for
// their charges on their bill.
const linesOfCharges = `insert into finding_lines
select distinct f.finding_id, l.line_id, l.shipment_id
from finding_charges as f
join audit_lines as l on l.stage = f.stage and l.charge = f.charge`

// claim gives the statements that write the findings of the rows of a rule.
func claim(r Rule, evidence string) []string {
	head := fmt.Sprintf("%s, %d, %s, %s", engine.Literal(r.ID), r.Version, engine.Literal(r.Confidence), engine.Literal(r.Takes))
	id := func(parts ...string) string {
		return "short_id(" + engine.Literal(r.ID) + " || '|' || " + strings.Join(parts, " || '|' || ") + ")"
	}
	switch r.Takes {
	case TakesLines:
		one := id("provider", "account", "bill_no", "coalesce(shipment_id, number, '')", "charge", "cast(amount_e8 as varchar)",
			"cast(row_number() over (partition by provider, account, bill_no, coalesce(shipment_id, number, ''), charge, amount_e8 order by line_id) as varchar)")
		some, said := "l.charge_class <> 'credit'", "place > reversals and amount_e8 > 0"
		whose := "shipment_id, number, tracking_number, charge"
		if r.ByBill {
			one, whose = id("provider", "account", "bill_no", "currency"), "null as shipment_id, null as number, null as tracking_number, null as charge"
			some, said = "true", "true" // what such a bill gives back is no credit either
		}
		return []string{
			`create or replace table rule_claims as
select l.line, ` + lineColumns + `, ` + evidence + ` as evidence
from ` + ruleLines + ` as l
join rule_rows as r on r.line_id = l.line_id and coalesce(r.shipment_id, '') = coalesce(l.shipment_id, '')
where ` + some + ` and l.line not in (select t.line from taken_lines as t)
group by all`,
			// equal lines of a bill are told apart by their order; one that was taken back later is owed to nobody, but not asked for either
			`create or replace table rule_findings as
select *, ` + one + ` as finding_id
from (select *, row_number() over (partition by provider, coalesce(shipment_id, number, ''), charge, currency, amount_e8 order by bill_date, bill_no, version, line_id) as place,
 sum(case when amount_e8 < 0 then 1 else 0 end) over (partition by provider, coalesce(shipment_id, number, ''), charge, currency, abs(amount_e8)) as reversals from rule_claims)
where ` + said,
			`insert into findings select finding_id, ` + head + `, ` + engine.Literal(r.Effect) + `, provider, account, bill_no, version, max(bill_date), shipment_id, number, tracking_number, charge, currency, 0, cast(sum(amount_e8) as bigint), cast(sum(amount_e8) as bigint), max(evidence)
from (select finding_id, provider, account, bill_no, version, bill_date, ` + whose + `, currency, amount_e8, evidence from rule_findings)
group by finding_id, provider, account, bill_no, version, shipment_id, number, tracking_number, charge, currency`,
			`insert into finding_lines select finding_id, line_id, shipment_id from rule_findings`,
			`insert into finding_charges select finding_id, null, shipment_id, charge, cast(sum(amount_e8) as bigint) from rule_findings group by finding_id, shipment_id, charge`,
			`insert into taken_lines select line, line_id, shipment_id, ` + engine.Literal(r.ID) + `, ` + engine.Literal(r.Effect) + ` from rule_claims`,
		}
	case TakesEffects:
		by := "r.stage"
		one := "case when count(distinct o.charge) = 1 then max(o.charge) end"
		if r.ByCharge {
			by, one = "r.stage, r.charge", "r.charge"
		}
		match := "o.stage = r.stage and o.charge = r.charge and o.effect = r.effect and o.part = r.part"
		same := "c.stage = o.stage"
		if r.ByCharge {
			same += " and c.charge = o.charge"
		}
		return []string{
			`create or replace table rule_claims as
select r.stage, ` + one + ` as charge, max(o.effect) as effect, sum(o.amount_e8) as delta_e8, ` + evidence + ` as evidence
from (select distinct * from rule_rows) as r
join open_effects as o on ` + match + `
group by ` + by + `
having sum(o.amount_e8) > ` + fmt.Sprint(least),
			`create or replace table rule_taken as
select distinct o.stage, o.charge, o.effect, o.part
from open_effects as o
join rule_rows as r on ` + match + `
join rule_claims as c on ` + same,
			`create or replace table rule_findings as
select c.stage, c.charge, c.effect, c.delta_e8, c.evidence, u.billed_e8, s.provider, s.account, s.bill_no, s.version, s.bill_date, s.shipment_id, s.number, s.tracking_number, s.currency,
 ` + id("s.provider", "s.account", "s.bill_no", "s.shipment_id", "s.currency", "coalesce(c.charge, '')") + ` as finding_id
from rule_claims as c
join bill_stages as s on s.stage = c.stage
join (select t.stage, ` + map[bool]string{true: "t.charge", false: "'' as charge"}[r.ByCharge] + `, sum(u.billed_e8) as billed_e8 from (select distinct stage, charge from rule_taken) as t join open_units as u on u.stage = t.stage and u.charge = t.charge group by all) as u
 on u.stage = c.stage` + map[bool]string{true: " and u.charge = c.charge", false: ""}[r.ByCharge],
			`insert into findings select finding_id, ` + head + `, effect, provider, account, bill_no, version, bill_date, shipment_id, number, tracking_number, charge, currency, billed_e8 - delta_e8, billed_e8, delta_e8, evidence from rule_findings`,
			`insert into finding_charges
select f.finding_id, f.stage, f.shipment_id, t.charge, cast(sum(o.amount_e8) as bigint)
from rule_findings as f
join rule_taken as t on t.stage = f.stage and (f.charge is null or t.charge = f.charge)
join open_effects as o on o.stage = t.stage and o.charge = t.charge and o.effect = t.effect and o.part = t.part
group by f.finding_id, f.stage, f.shipment_id, t.charge`,
			`delete from open_effects as o using rule_taken as t where t.stage = o.stage and t.charge = o.charge and t.effect = o.effect and t.part = o.part`,
		}
	case TakesBill:
		return []string{`insert into findings
select ` + id("r.provider", "r.account", "r.bill_no") + `, ` + head + `, 'total', r.provider, r.account, r.bill_no, r.version, r.bill_date, null, null, null, null, r.currency, r.expected_e8, r.billed_e8, r.billed_e8 - r.expected_e8, ` + evidence + `
from rule_rows as r
group by r.provider, r.account, r.bill_no, r.version, r.bill_date, r.currency, r.expected_e8, r.billed_e8`}
	}
	if r.Takes == TakesCompensation {
		return compensate(head, id("l.provider", "l.account", "l.bill_no", "l.shipment_id", "l.currency"), evidence)
	}
	return []string{
		`create or replace table rule_findings as
select ` + id("l.provider", "l.account", "l.bill_no", "coalesce(l.shipment_id, l.number, '')", "l.charge", "l.line_id") + ` as finding_id, ` + lineColumns + `, r.expected_e8, r.billed_e8, ` + evidence + ` as evidence
from rule_rows as r
join ` + ruleLines + ` as l on l.line_id = r.line_id and coalesce(l.shipment_id, '') = coalesce(r.shipment_id, '')
group by all`,
		`insert into findings select finding_id, ` + head + `, 'hint', provider, account, bill_no, version, bill_date, shipment_id, number, tracking_number, ` + map[bool]string{true: "charge", false: "null"}[r.ByCharge] + `, currency, expected_e8, billed_e8, billed_e8 - expected_e8, evidence from rule_findings`,
		`insert into finding_lines select finding_id, line_id, shipment_id from rule_findings`,
	}
}

// compensate gives the statements of a rule that takes no part of a bill. All
// that is claimed of a parcel, one with the other, is never more than was paid
// for it.
func compensate(head, id, evidence string) []string {
	return []string{
		`create or replace table rule_findings as
with asked as (
 select r.line_id, r.shipment_id, cast(max(r.owed_e8) as bigint) as owed_e8, ` + evidence + ` as evidence from rule_rows as r where r.owed_e8 > ` + fmt.Sprint(least) + ` group by r.line_id, r.shipment_id
), paid as (
 select l.provider, l.shipment_id, l.currency, cast(sum(l.amount_e8) as bigint) as paid_e8
 from audit_lines as l
 where l.shipment_id in (select shipment_id from asked)
  and not exists (select 1 from taken_lines as t where t.line_id = l.line_id and coalesce(t.shipment_id, '') = coalesce(l.shipment_id, ''))
 group by l.provider, l.shipment_id, l.currency
), found as (
 select provider, shipment_id, currency, cast(sum(delta_e8) as bigint) as found_e8
 from findings where takes in ('` + TakesEffects + `', '` + TakesCompensation + `') group by provider, shipment_id, currency
), open as (
 select l.*, a.owed_e8, a.evidence, p.paid_e8 - coalesce(f.found_e8, 0) as open_e8
 from asked as a
 join audit_lines as l on l.line_id = a.line_id and l.shipment_id = a.shipment_id
 join paid as p on p.provider = l.provider and p.shipment_id = l.shipment_id and p.currency = l.currency
 left join found as f on f.provider = l.provider and f.shipment_id = l.shipment_id and f.currency = l.currency
)
select ` + id + ` as finding_id, l.*, least(l.owed_e8, l.open_e8) as delta_e8 from open as l where l.open_e8 > ` + fmt.Sprint(least),
		`insert into findings select finding_id, ` + head + `, '` + TakesCompensation + `', provider, account, bill_no, version, bill_date, shipment_id, number, tracking_number, charge, currency, open_e8 - delta_e8, open_e8, delta_e8, evidence from rule_findings`,
		`insert into finding_lines select finding_id, line_id, shipment_id from rule_findings`,
	}
}
