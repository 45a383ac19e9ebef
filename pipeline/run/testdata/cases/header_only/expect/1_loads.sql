select file, output, status, records, stored, repeats, rejected from loads order by file, output
