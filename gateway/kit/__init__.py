"""The officer's kit: everything a clerk needs to report for a year, in one folder and without installing anything.

A workbook template for each dataflow they owe, a page that seals files, a guide with their deadlines on one sheet of
paper, and a calendar. `make` puts it together from the rules alone; `mailing` sends it as an ordinary letter.
"""
