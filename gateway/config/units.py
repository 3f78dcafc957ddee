"""Durations and sizes as a person writes them: a number with its unit."""

from __future__ import annotations

import re
from datetime import timedelta

from gateway.config.mistakes import Wrong

_SECONDS = {
    "s": 1, "second": 1, "seconds": 1,
    "min": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hour": 3600, "hours": 3600,
    "day": 86400, "days": 86400,
    "week": 604800, "weeks": 604800,
}  # fmt: skip
_BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_QUANTITY = re.compile(r"(\d{1,12})\s*([A-Za-z]*)", re.ASCII)


def duration(text: str) -> timedelta:
    """`"3 days"`, `"90 s"`, `"2 min"`. Raises `Wrong`."""
    number, unit = _split(text, "duration", '"90 s", "2 min", "4 hours" or "3 days"')
    if unit not in _SECONDS:
        raise Wrong(f'"{text}" has a unit that is none of ours', "Use s, min, hours, days or weeks")
    try:
        return timedelta(seconds=number * _SECONDS[unit])
    except OverflowError:
        raise Wrong(f'"{text}" is longer than can be counted', "Write a shorter duration") from None


def size(text: str) -> int:
    """`"50 MB"` (decimal) or `"1 GiB"` (binary), in bytes. Raises `Wrong`."""
    number, unit = _split(text, "size", '"500 kB", "50 MB" or "1 GiB"')
    if unit not in _BYTES:
        raise Wrong(f'"{text}" has a unit that is none of ours', f"Use one of {', '.join(_BYTES)}")
    return number * _BYTES[unit]


def _split(text: str, kind: str, examples: str) -> tuple[int, str]:
    match = _QUANTITY.fullmatch(text.strip())
    if not match:
        raise Wrong(f'"{text}" is no {kind}', f"Write one such as {examples}")
    if not match[2]:
        raise Wrong(f'"{text}" has no unit', f"Write a {kind} such as {examples}")
    return int(match[1]), match[2]
