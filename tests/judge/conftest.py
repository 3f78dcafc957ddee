"""One site for all, a desk with an empty state for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.judge.proving import Policy
from tests.judge.desk import Desk, Site, site


@pytest.fixture(scope="package")
def the_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site")) as found:
        yield found


@pytest.fixture
def desk(the_site: Site, tmp_path: Path) -> Iterator[Desk]:
    """Its mailbox `imap` believes the provincial server and knows one domain that signs its mail."""
    policies = {"imap": Policy(frozenset({"civil-affairs.qinglan.example"}), "mx.province.example")}
    desk = Desk(the_site, tmp_path / "gateway.db", policies)
    yield desk
    desk.close()
