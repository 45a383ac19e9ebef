select record_no, bill_no, bill_date, total_amount, currency from bills_in
