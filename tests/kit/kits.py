"""Kits of the example county's officers, in either language."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

from gateway.core.parties import Language, Officer, Role
from gateway.kit.make import make_kit
from gateway.kit.owing import owed_in
from gateway.kit.terms import GatewayKey, Terms
from tests.kit.county import county

AT = datetime(2026, 1, 5, 1, tzinfo=UTC)
KEY = GatewayKey(("gateway-public-key gateway.qinglan.example c2lnbmluZw== c2VhbGluZw==",), "12345 67890 11111 22222")
DEPARTMENTS = tuple(department for department in county().departments if county().owed_by(department))


def officer_of(department: str, language: Language = Language.ZH_CN) -> Officer:
    [found, *_] = county().departments[department].with_role(Role.REPORTER)
    return replace(found, language=language)


def terms(department: str, language: Language = Language.ZH_CN, at: datetime = AT, year: int = 2026) -> Terms:
    owing = owed_in(county(), department, year)
    return Terms(county(), officer_of(department, language), year, at, owing, KEY, largest=50_000_000)


@cache
def files(department: str, language: Language) -> dict[str, bytes]:
    """The kit's files by their names."""
    return {file.name: file.data for file in make_kit(terms(department, language))}


def file_of(department: str, language: Language, suffix: str) -> bytes:
    [found] = [data for name, data in files(department, language).items() if name.endswith(suffix)]
    return found
