"""The ledger's one front: a `View` answers every question, and says what is open.

A view is a read snapshot, or the writer's transaction with all that came before in it. It answers with frozen
dataclasses, and with None or an empty list for what isn't known.
"""

from __future__ import annotations

from gateway.ledger.explanations import ExplanationViews
from gateway.ledger.keys import KeyViews
from gateway.ledger.open import OpenViews
from gateway.ledger.repairs import RepairViews
from gateway.ledger.results import ResultViews


class View(OpenViews, ResultViews, KeyViews, RepairViews, ExplanationViews):
    """All that is known, over one connection: `View(connection)`."""
