select bill_no, version, kind, is_current, supersedes, duplicate_of, lines, lines_total, stated_total, stated_by, currency, bill_date, due_date, p_month from bills order by bill_no, version
