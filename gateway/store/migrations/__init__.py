"""How the tables of journal and vault came to be what they are, one file for each change, for Alembic.

A state that is there is brought up when it is opened; a new one gets today's tables at once and is marked with `HEAD`.
The ledger has no place here: it follows from the journal and is made anew. A revision is never changed afterwards.
"""

from typing import Final

FIRST: Final = "0001"  # what a state has that was never marked
HEAD: Final = "0002"
