"""What all tests may share: the month of the small county, played once, an installation for smaller stories, a gpg."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.handlers.gnupg import GnuPG
from tests.handlers.mutating import EXPLORE
from tests.world import Month, Site, played_month

# The same examples every time, so that a red test is red for everybody; EXPLORE=SECONDS looks for new ones.
settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.register_profile("exploring", deadline=None)
settings.load_profile("exploring" if EXPLORE else "steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who explores may take the time for it."""
    for item in items if EXPLORE else ():
        item.add_marker(pytest.mark.timeout(120 + 2 * EXPLORE))


@pytest.fixture(scope="session")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    """The month, played to its end; only to be looked at."""
    with played_month(tmp_path_factory.mktemp("county")) as played:
        yield played


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Keys, passwords and configuration; each story's state is its own."""
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.close()


@pytest.fixture(scope="module")
def gpg() -> Iterator[GnuPG]:
    """Debian's, with a home of its own for each file of tests."""
    found = GnuPG()
    try:
        yield found
    finally:
        found.end()
