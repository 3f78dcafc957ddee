"""Real neighbours of the intake tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.demo.dovecot import Dovecot
from tests.real.mailbox import USERS, ForeignMailbox


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot(USERS) as server:
        yield server


@pytest.fixture
def box(dovecot: Dovecot) -> ForeignMailbox:
    return ForeignMailbox(dovecot)
