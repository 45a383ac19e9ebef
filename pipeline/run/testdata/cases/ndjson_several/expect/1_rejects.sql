select file, record_no, line_no, column_name, value, reason, raw from rejects order by file, record_no
