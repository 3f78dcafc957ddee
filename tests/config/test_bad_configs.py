"""Every bad configuration in `tests/bad_configs/` is answered with exactly the sentences that stand in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import BadConfiguration, load
from gateway.config.sql import in_child, try_sql
from tests.config.sections import CASES, lay_out, sections

NAMES = sorted(path.stem for path in CASES.glob("*.txt") if path.stem != "base")


def test_the_base_that_the_bad_ones_differ_from_is_good(tmp_path: Path) -> None:
    rules = load(lay_out(tmp_path, {}), sql=try_sql).rules
    assert list(rules.agreements) == ["clinic/births"]
    assert list(rules.results) == ["totals"]


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_configuration_is_answered_with_these_sentences(name: str, tmp_path: Path) -> None:
    case = sections(name)
    with pytest.raises(BadConfiguration) as caught:
        load(lay_out(tmp_path, case), sql=try_sql)
    assert str(caught.value).splitlines() == case["mistakes"].splitlines()


def test_queries_tried_in_a_child_are_answered_alike(tmp_path: Path) -> None:
    case = sections("result_asks_for_more")
    with pytest.raises(BadConfiguration) as caught:
        load(lay_out(tmp_path, case), sql=in_child)
    assert str(caught.value).splitlines() == case["mistakes"].splitlines()
