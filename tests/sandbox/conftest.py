"""A sandbox whose workers know one handler more: the probe."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.config.settings import SandboxSettings
from gateway.sandbox import Sandbox

PROBES = Path(__file__).parent
HANDLERS = ("probes.probe", "mail_message")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    settings = SandboxSettings(workers=2, time=timedelta(seconds=20), hardening="required")
    with Sandbox(settings, HANDLERS, [PROBES]) as box:
        yield box


@pytest.fixture
def make() -> Iterator[Callable[..., Sandbox]]:
    """A sandbox with settings of one's own, closed after the test."""
    boxes: list[Sandbox] = []

    def with_settings(**settings: object) -> Sandbox:
        boxes.append(Sandbox(SandboxSettings(**{"workers": 1, **settings}), HANDLERS, [PROBES]))  # type: ignore[arg-type]
        return boxes[-1]

    yield with_settings
    for box in boxes:
        box.close()
