select bill_no, bill_date, record_no, line_no, tracking_number, charge_raw, amount, currency from billing_lines_in order by bill_no, record_no, line_no
