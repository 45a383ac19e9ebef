select file, output, record_no, line_no, column_name, value, reason, hint from rejects
