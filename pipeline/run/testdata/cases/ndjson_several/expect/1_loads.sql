select file, status, records, stored, rejected, exported_at from loads order by file
