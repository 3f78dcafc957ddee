"""The systemd units are well formed and leave little open."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
_OTHERWISE_FINE = re.compile(r"Command .*/opt/gateway/.* is not executable")


@pytest.fixture
def units(tmp_path: Path) -> Path:
    for unit in [*SERVICES, *UNITS.glob("*.timer")]:
        shutil.copy(unit, tmp_path)
    return tmp_path


def systemd_analyze(*arguments: str, units: Path) -> subprocess.CompletedProcess[str]:
    environment = {"SYSTEMD_UNIT_PATH": f"{units}:/lib/systemd/system", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    return subprocess.run(["systemd-analyze", *arguments], env=environment, capture_output=True, text=True, timeout=60)


def test_systemd_finds_nothing_to_say_but_that_the_program_is_not_installed_here(units: Path) -> None:
    names = [str(path) for path in sorted(units.iterdir())]
    said = systemd_analyze("verify", "--man=no", *names, units=units).stderr.splitlines()
    ours = [line for line in said if "gateway" in line and not _OTHERWISE_FINE.search(line)]
    assert ours == []


def test_a_key_that_systemd_does_not_know_would_be_told(units: Path) -> None:
    path = units / "gateway.service"
    path.write_text(path.read_text().replace("ProtectHome=yes", "ProtectHoem=yes"))
    assert "ProtectHoem" in systemd_analyze("verify", "--man=no", str(path), units=units).stderr


@pytest.mark.parametrize("unit", [path.name for path in SERVICES])
def test_the_exposure_of_each_service_is_small(unit: str, units: Path) -> None:
    said = systemd_analyze("security", "--offline=true", "--threshold=20", "--no-pager", str(units / unit), units=units)
    assert said.returncode == 0, said.stdout[-300:]


def test_no_service_dumps_its_memory_to_disk() -> None:
    for path in SERVICES:
        assert "LimitCORE=0" in path.read_text().splitlines()


def test_the_verifying_user_is_another_one_and_cannot_see_what_it_verifies() -> None:
    daemon, verify = ((UNITS / f"{name}.service").read_text() for name in ("gateway", "gateway-verify"))
    assert "User=gateway\n" in daemon
    assert "User=gateway-verify\n" in verify
    assert "InaccessiblePaths=-/var/lib/gateway -/etc/gateway\n" in verify
    assert "LoadCredential" not in verify
