from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.small_county import at
from tests.ledger.office import Office, ledger


@pytest.fixture
def office() -> Iterator[Office]:
    """An office that has done all that was owed on the morning of 1 October 2026."""
    with ledger() as connection:
        office = Office(connection)
        office.settle(at("2026-10-01 09:00"))
        yield office
