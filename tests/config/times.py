"""Instants as tests write them."""

from __future__ import annotations

from datetime import UTC, datetime


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
