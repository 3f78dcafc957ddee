"""What is known: tables that follow from the facts alone, and the questions asked of them.

Read in this order: `columns` (how values are stored), `tables` and `outgoing` (what is stored), `fold` (how each fact
changes it), `views` (what is asked), `rebuild` (the proof that it follows from the facts).
"""
