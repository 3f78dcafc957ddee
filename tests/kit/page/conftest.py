"""One Chromium for all tests of the page; every test gets a person of its own, with an empty storage."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kit.page.browser import Browser, Page, chromium
from tests.kit.page.officer import Officer
from tests.kit.page.person import Person

FOLDER = Path(__file__).parents[3] / "gateway" / "kit" / "page"


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def tab(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    page = browser.page(tmp_path / "downloads", alone=True)
    yield page
    page.close()


@pytest.fixture
def person(tab: Page, tmp_path: Path) -> Callable[..., Person]:
    """Somebody at the page: `person()` is the usual officer, `person(Officer(…))` another."""

    def sits_down(officer: Officer | None = None) -> Person:
        somebody = Person(officer or Officer(), tab, tmp_path / "kit")
        somebody.opens()
        return somebody

    return sits_down


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's folder with what it is built from: fetched once, by one of the test processes."""
    npm = shutil.which("npm")
    assert npm, "npm is missing: make test installs it"
    with (tmp_path_factory.getbasetemp().parent / "npm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (FOLDER / "node_modules" / ".package-lock.json").exists():
            subprocess.run([npm, "ci"], cwd=FOLDER, check=True, capture_output=True, timeout=100)
    return FOLDER


@pytest.fixture(scope="session")
def modules(packages: Path) -> str:
    """The page's own modules under the name `modules`, for asking them what no button asks."""
    entry = Path(__file__).with_name("modules.js")
    esbuild = packages / "node_modules" / "esbuild" / "bin" / "esbuild"
    command = [str(esbuild), str(entry), "--bundle", "--format=iife", "--target=chrome109", "--log-level=error"]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
