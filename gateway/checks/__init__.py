"""Checks: which report is this sheet, and what is wrong in it. Pure: no clock, no disk, no network.

Read in this order: `recognise` (dataflow and period), `compile` (a dataflow becomes checks), `check` (a table becomes
findings and typed columns), `sentences` (what the officer reads), `tables` (what is kept). A definition is compiled
once and runs two ways: over lists in plain Python (`loop`, `at_once`), over polars when a table is large (`columns`,
`glance`).
`cells` says what one cell means for both, `sql` what a row rule may say. `repairing` says what can be mended for
certain, `exchanged` when two digits of an id can.
"""
