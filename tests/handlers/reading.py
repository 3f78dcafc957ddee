"""What tests of every table handler ask of a file: its sheets, the rows of the first, or the trouble with it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from gateway.handler import Limits, Sheet, TableReader, Trouble, Unreadable


@dataclass(frozen=True, slots=True)
class Reading:
    """Files as one handler reads them."""

    handler: TableReader

    def read(self, data: bytes, limits: Limits | None = None) -> tuple[Sheet, ...]:
        return self.handler.read_sheets(data, limits or Limits())

    def rows(self, data: bytes) -> list[list[str]]:
        return [list(one) for one in self.read(data)[0].rows]

    def trouble(self, data: bytes, limits: Limits | None = None) -> tuple[Trouble, str]:
        with pytest.raises(Unreadable) as raised:
            self.read(data, limits)
        return raised.value.trouble, raised.value.where
