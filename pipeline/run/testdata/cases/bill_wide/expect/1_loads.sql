select output, records, stored, repeats, rejected from loads order by output
