select bill_no, total_amount, currency from bills_in order by bill_no
