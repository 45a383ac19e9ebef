select load_id is not null as loaded, record_no, line_no, tracking_number, charge_raw, amount, currency, record_total, billed_weight, weight_unit from billing_lines_in order by record_no, line_no
