"""What each fact does to the ledger: one small function for each kind, and the batching that makes them cheap.

The fold takes facts only, never configuration or a clock, so that the same facts always give the same tables.
A batch runs each statement once for all facts that cause it. That is the same as one fact after the other as long as
no two facts of a batch touch the same thing in another order than the statements have; where they do, or a rare kind
comes, the batch is run first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection

from gateway.core import facts
from gateway.core.facts import Fact
from gateway.ledger import fold_incoming as incoming
from gateway.ledger import fold_outgoing as outgoing
from gateway.ledger.statements import Statement, Step

_STEPS: dict[type[Fact], Callable[[int, Any], Sequence[Step]]] = {
    facts.Began: outgoing.began,
    facts.Restored: outgoing.restored,
    facts.Configured: outgoing.configured,
    facts.KeyOffered: outgoing.key_offered,
    facts.KeyConfirmed1: outgoing.key_confirmed,
    facts.KeyConfirmed: outgoing.key_confirmed,
    facts.KeyRevoked: outgoing.key_revoked,
    facts.Received: incoming.received,
    facts.Judged: incoming.judged,
    facts.RepairOffered1: incoming.repair_offered,
    facts.RepairOffered: incoming.repair_offered,
    facts.RepairTaken: incoming.repair_taken,
    facts.Explained: incoming.explained,
    facts.Questioned: incoming.questioned,
    facts.Confirmed: incoming.confirmed,
    facts.Admitted: incoming.admitted,
    facts.Discarded: incoming.discarded,
    facts.SetAside: incoming.set_aside,
    facts.Attempted: incoming.attempted,
    facts.Owed: incoming.owed,
    facts.Extended: incoming.extended,
    facts.Written: outgoing.written,
    facts.Sent: outgoing.sent,
    facts.Dropped: outgoing.dropped,
    facts.Undeliverable: outgoing.undeliverable,
    facts.Troubled: outgoing.troubled,
    facts.Integrated: outgoing.integrated,
    facts.Released: outgoing.released,
    facts.Accessed: outgoing.accessed,
    facts.Erased: outgoing.erased,
}

# The everyday kinds, in the order of their statements, with the names of what a fact of that kind touches.
_EVERYDAY: dict[type[Fact], tuple[int, Callable[[Any], Sequence[str]]]] = {
    facts.Received: (0, lambda fact: (fact.arrival,)),
    facts.Owed: (1, lambda fact: (fact.obligation,)),
    facts.Judged: (2, incoming.touched_by_judged),
    facts.Written: (3, lambda fact: (fact.letter, *(about.id for about in fact.about))),
    facts.Sent: (4, lambda fact: (fact.letter,)),
}


VERSION = 2
"""Raise it when a fact comes to do something else to the tables: ledgers of another version are made anew."""


class UnknownFact(Exception):
    """A fact of a kind that the ledger has no rule for: the program is older than its journal."""


def fold(connection: Connection, entries: Sequence[tuple[int, Fact]]) -> None:
    """Bring the ledger up to date with these facts, in their order, each with its index in the journal."""
    batch = _Batch(connection)
    for index, fact in entries:
        batch.add(index, fact)
    batch.run()


class _Batch:
    """Facts whose statements may run together."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._steps: dict[Statement, list[Any]] = {}
        self._touched: dict[str, int] = {}

    def add(self, index: int, fact: Fact) -> None:
        steps = _STEPS.get(type(fact))
        if steps is None:
            raise UnknownFact(type(fact).KIND)
        everyday = _EVERYDAY.get(type(fact))
        if everyday is None:
            self.run()
            self._collect(steps(index, fact))
            self.run()
            return
        rank, touched = everyday
        names = touched(fact)
        if any(self._touched.get(name, -1) >= rank for name in names):
            self.run()
        self._collect(steps(index, fact))
        for name in names:
            self._touched[name] = rank

    def run(self) -> None:
        for statement in sorted(self._steps, key=_place):
            statement.prepared.run(self._connection, self._steps[statement])
        self._steps.clear()
        self._touched.clear()

    def _collect(self, steps: Sequence[Step]) -> None:
        for statement, parameters in steps:
            self._steps.setdefault(statement, []).append(parameters)


def _place(statement: Statement) -> int:
    return statement.place
