"""Whatever breaks, before or after it took hold: the day ends as it would have ended, and no receipt is missing."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.demo.dovecot import Dovecot
from gateway.demo.founding import MAILBOX_PASSWORD, MAILBOX_USER
from tests.faults.breaking import Break
from tests.faults.day import close, ended, lived
from tests.world import Site

KINDS = (
    "commit of configured", "commit of owed", "commit of received", "commit of judged", "commit of questioned",
    "commit of confirmed", "commit of integrated", "commit of released", "commit of written", "commit of sent",
    "letter by mail", "letter into the folder", "mail moved", "file moved",
)  # fmt: skip


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot({MAILBOX_USER: MAILBOX_PASSWORD}) as server:
        yield server


@pytest.fixture(scope="module")
def undisturbed(
    site: Site, dovecot: Dovecot, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], dict[str, int]]:
    """How the day ends when nothing breaks, and how many effects of each kind it has."""
    day, effects = lived(site, dovecot, tmp_path_factory.mktemp("undisturbed"))
    end = ended(day)
    close(day)
    assert day.restarts == 0
    return end, dict(effects.counted)


def test_the_day_has_every_kind_of_effect(undisturbed: tuple[dict[str, Any], dict[str, int]]) -> None:
    end, counted = undisturbed
    assert set(counted) == {*KINDS, "commit of began"}
    assert end["mailbox"] == (0, 1)
    assert end["in the folder"] == ["answers", "done"]
    assert sum(end["releases"].values()) == 2
    assert {verdict for _, _, _, verdict, *_ in end["submissions"]} == {"accepted", "rejected"}


@pytest.mark.parametrize(
    ("kind", "when", "how"), list(itertools.product(KINDS, ("before", "after"), ("crash", "temporary")))
)
def test_a_broken_effect_changes_nothing_in_the_end(
    site: Site,
    dovecot: Dovecot,
    undisturbed: tuple[dict[str, Any], dict[str, int]],
    tmp_path: Path,
    kind: str,
    when: Any,
    how: Any,
) -> None:
    end, counted = undisturbed
    most = max(1, counted[kind] // 2)  # some commits may be one this time that were two before
    number = random.Random(f"{kind} {when} {how}").randrange(most)
    day, effects = lived(site, dovecot, tmp_path, Break(kind, number, when, how))
    try:
        assert effects.broken
        assert ended(day) == end
        assert day.restarts <= (1 if how == "crash" else 2)
    finally:
        close(day)
