select file, status, records, stored, rejected, reason from loads order by file
