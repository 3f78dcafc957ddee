"""The exchange gateway: the daemon behind the one e-mail box to which departments send their periodic reports.

The story of one submission. A clerk mails a workbook. `intake` takes the bytes in and answers `250` once `store` has
committed the `Received` fact, with the bytes encrypted in the `vault`. The `daemon` asks the `ledger` what is open and
`core.duties` what follows; among it is to judge this arrival. `judge` has the mail split in the `sandbox`, proves who
sent it, opens and reads what is attached, recognises dataflow and period, and lets `checks` look at every cell; the
verdict is one `Judged` fact. `perform` writes the receipt, signed over the `journal`'s checkpoint, and hands it to the
`outlet`. When the month is due, whoever is missing is reminded; what is accepted is joined by `integrate`, and
`release` gives each department what it is entitled to.

Read in this order: `core/facts`, `core/duties`, `outside`, `daemon`, `judge`, `store`, `journal`, and `wiring` last.
Imports point one way, from `cli` down to `core`; the contract stands in `pyproject.toml`.
"""
