select file, status, exported_at, records, stored, rejected from loads
