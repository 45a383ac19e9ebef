select file, records, flagged from loads
