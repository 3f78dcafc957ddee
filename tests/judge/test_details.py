"""What a receipt tells and a fact may not hold; and DNS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from dns import exception, resolver

from gateway.core.dataflow import Severity
from gateway.core.finding import Finding
from gateway.judge.details import Details, FileDetail, IgnoredDetail, SubmissionDetail
from gateway.judge.resolver import FileResolver, SystemResolver
from gateway.outside import Temporary


def finding(row: int, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(severity, "required", "表", row, 1, "sex", "值", "句子", "1")


DETAILS = Details(
    (FileDetail("1", "出生.csv", 9, "ab"),),
    (SubmissionDetail("A-1.1", "1", "表", "", True, (finding(1), finding(2, Severity.QUERY)), 2),),
    (IgnoredDetail("2", "图.png", "不是报表"),),
)


def test_details_come_back_from_their_bytes() -> None:
    assert Details.decode(DETAILS.encode()) == DETAILS


def test_details_of_an_earlier_version_are_read() -> None:
    """It had a reason that was never given, and knew nothing of keys."""
    earlier = {"files": [], "submissions": [], "ignored": [], "reason": ""}
    assert Details.decode(orjson.dumps(earlier)) == Details()


def test_what_is_not_there_is_empty() -> None:
    assert (DETAILS.name_of("1"), DETAILS.name_of("9")) == ("出生.csv", "")
    assert DETAILS.of("A-1.1").assumed_period
    assert DETAILS.of("A-1.2") == SubmissionDetail("A-1.2", "")


def test_a_file_of_records_stands_in_for_the_dns(tmp_path: Path) -> None:
    (tmp_path / "dns.toml").write_text('"mail._domainkey.County.example" = ["v=DKIM1"]')
    names = FileResolver(tmp_path / "dns.toml")
    assert names.txt("MAIL._domainkey.county.example.") == [b"v=DKIM1"]
    assert names.txt("other.example") == []


def _answering(outcome: Any) -> Callable[..., Any]:
    def resolve(name: str, kind: str, lifetime: float) -> Any:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return resolve


@pytest.mark.parametrize(
    ("outcome", "records"),
    [
        ([SimpleNamespace(strings=(b"v=DKIM1; ", b"p=x"))], [b"v=DKIM1; p=x"]),
        (resolver.NXDOMAIN(), []),
        (resolver.NoAnswer(response=SimpleNamespace(question="q", answer="a")), []),  # type: ignore[arg-type]
    ],
)
def test_a_record_is_its_strings_together_and_none_is_no_trouble(
    monkeypatch: pytest.MonkeyPatch, outcome: Any, records: list[bytes]
) -> None:
    monkeypatch.setattr(resolver, "resolve", _answering(outcome))
    assert SystemResolver().txt("mail._domainkey.county.example") == records


@pytest.mark.parametrize("outcome", [exception.Timeout(), OSError("no network")])
def test_a_dns_that_does_not_answer_is_nobody_s_trouble(monkeypatch: pytest.MonkeyPatch, outcome: Exception) -> None:
    monkeypatch.setattr(resolver, "resolve", _answering(outcome))
    with pytest.raises(Temporary):
        SystemResolver().txt("mail._domainkey.county.example")
