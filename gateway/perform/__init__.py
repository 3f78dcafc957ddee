"""One duty becomes one fact.

`office` is what performing needs; `writing` renders a letter once and keeps it. One file for each kind of work:
`opening` (configuration and obligations), `judging`, `answering`, `asking`, `chasing`, `joining`, `releasing`,
`witnessing`, `posting`, `revoking` and `retention`. `performer` says which file performs which duty.
"""
