"""What IMAP servers answer, read as they really write it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.intake.imap import BATCH_BYTES, BATCH_MAILS, batches
from gateway.intake.imap_server import BLOCK, Fetched, fetched, uid_set


def test_attributes_may_stand_before_and_after_the_literal() -> None:
    data = [
        (b'1 (UID 7 INTERNALDATE " 1-Feb-2026 00:30:00 +0800" BODY[]<0> {3}', b"abc"),
        b")",
        (b"2 (BODY[]<0> {2}", b"de"),
        b' UID 9 INTERNALDATE "28-Feb-2026 23:59:59 -0130")',
    ]
    assert list(fetched(data)) == [
        Fetched(7, datetime(2026, 1, 31, 16, 30, tzinfo=UTC), None, b"abc"),
        Fetched(9, datetime(2026, 3, 1, 1, 29, 59, tzinfo=UTC), None, b"de"),
    ]


def test_answers_that_nobody_asked_for_are_passed_over() -> None:
    data = [b"3 (FLAGS (\\Seen))", (b"1 (UID 7 BODY[] {3}", b"abc"), b")", b"4 (UID 8 FLAGS ())"]
    assert list(fetched(data)) == [Fetched(7, literal=b"abc"), Fetched(8)]


def test_an_empty_mail_may_come_as_a_quoted_string() -> None:
    assert list(fetched([b'1 (UID 7 BODY[]<0> "")'])) == [Fetched(7, literal=b"")]


def test_what_stands_in_a_mail_is_not_read_as_an_attribute() -> None:
    data = [(b"1 (UID 7 BODY[] {30}", b"UID 99 RFC822.SIZE 1 INTERNALDATE"), b")"]
    assert [one.uid for one in fetched(data)] == [7]


@pytest.mark.parametrize("date", [b"31-Feb-2026 00:00:00 +0000", b"01-Foo-2026 00:00:00 +0000", b"", b"NIL"])
def test_a_date_that_is_none_is_left_out(date: bytes) -> None:
    assert [one.had for one in fetched([b'1 (UID 7 INTERNALDATE "' + date + b'")'])] == [None]


def test_uids_are_written_as_ranges() -> None:
    assert uid_set([5, 1, 2, 3, 9, 10]) == "1:3,5,9:10"


def test_small_mails_go_together_as_far_as_memory_allows_and_larger_ones_alone() -> None:
    sizes = {1: 10, 2: BLOCK, 3: 10, 4: 10, 5: 5_000_000, 6: BATCH_BYTES // 2, 7: BATCH_BYTES // 2, 8: 1}
    limit = 4_000_000
    grouped = list(batches({**sizes, 6: BLOCK - 1, 7: BLOCK - 1}, limit))
    assert grouped == [[1], [2], [3, 4], [5], [6, 7, 8]]
    assert [len(batch) for batch in batches(dict.fromkeys(range(450), 1), limit)] == [BATCH_MAILS, BATCH_MAILS, 50]
    assert [len(batch) for batch in batches(dict.fromkeys(range(3), 900_000), limit)] == [2, 1]


def test_a_mail_over_a_small_limit_goes_alone_as_well() -> None:
    assert list(batches({1: 10, 2: 200, 3: 10}, 100)) == [[1], [2], [3]]
