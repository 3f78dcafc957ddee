"""The daemon's own memory, its children apart, while a mail of 50 MB comes in and is judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.large import BARRED, KINDS, measured

VERDICTS = {"a workbook": "accepted", "no report": "nothing_found"}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind in VERDICTS])
def test_a_mail_of_50_mb_is_judged_with_less_than_200_mb(tmp_path: Path, kind: str) -> None:
    found = measured(tmp_path, kind)
    print(f"{kind}: {found.size / 1e6:.0f} MB, peak {found.peak / 1e6:.0f} MB, idle {found.idle / 1e6:.0f} MB")
    assert found.size > 45_000_000
    assert found.verdict == VERDICTS[kind]
    assert found.peak < BARRED
