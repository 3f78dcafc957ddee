"""The tests are proven: with a promise broken on purpose, the test that watches over it turns red."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

WATCHED = {
    "fsync_off": "test_the_disk_is_synced_between_a_mails_last_write_and_its_250",
    "acknowledged_early": "test_no_250_is_heard_before_the_commit",
    "sent_before_written": "test_when_a_letter_goes_out_its_fact_is_under_a_signed_checkpoint",
    "random_message_id": "test_a_letter_that_is_sent_again_is_the_same_to_the_byte",
}
_ROOT = Path(__file__).parents[2]


def outcome(tests: list[str], mutation: str) -> tuple[int, list[str], bool]:
    """pytest in a process of its own: its code, which tests failed, and whether an assertion was what failed."""
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.faults.mutations", "-p", "no:cacheprovider",
         *(f"tests/faults/test_promises.py::{test}" for test in tests)],
        cwd=_ROOT, env=os.environ | {"GATEWAY_MUTATION": mutation}, capture_output=True, text=True,
    )  # fmt: skip
    red = [
        line.split()[1].partition("::")[2] for line in ran.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))
    ]
    return ran.returncode, red, "AssertionError" in ran.stdout


@pytest.mark.parametrize("mutation", WATCHED)
def test_a_broken_promise_turns_its_test_red(mutation: str) -> None:
    assert outcome([WATCHED[mutation]], mutation) == (1, [WATCHED[mutation]], True)


def test_the_same_tests_are_green_without_it() -> None:
    assert outcome([*WATCHED.values()], "") == (0, [], False)
