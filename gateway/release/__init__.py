"""What goes back: entitlement, workbook, sealed package.

`entitled` runs a recipient's query where only its own columns and rows exist; `workbook` writes the outcome; `package`
seals it for the recipient's keys; `sealing` is the same for files by hand.
"""
