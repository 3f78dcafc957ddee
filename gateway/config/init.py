"""A new installation: configuration with the example county or a bare one, and keys of its own."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from gateway.keyring import GatewayKeys, check_id, new_gateway_keys
from gateway.outside import Chance

County = Literal["example", "minimal"]
EXAMPLE = Path(__file__).with_name("example")
"""The example county: `config/` of the source tree, which is packaged with this module."""
_MINIMAL = Path(__file__).with_name("minimal")
_EXAMPLES_FIRST = date(2026, 1, 1)
_USUAL = (
    "gateway.toml", "timetables.toml", "working_days.toml", "letters", "codelists/sex.toml",
    "codelists/marital_status.toml",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Installation:
    """What was made. `recovery_file` must be taken away: it opens the vault, and is not needed here."""

    config: Path
    keys: Path
    credentials: Path
    state: Path
    recovery_file: Path
    own: GatewayKeys


def initialise(
    target: Path, name: str, chance: Chance, county: County = "example", *, owed_from: date | None = None
) -> Installation:
    """Makes `config/`, `keys/`, `credentials/`, `state/` and `offline/` below `target`, all but the first private.

    `name` is the gateway's in its checkpoints, such as its host name. Reports are owed from the month of `owed_from`
    on, so that nobody is chased for months before there was a gateway; None leaves the example's own day.
    Raises `FileExistsError` before anything is written if one of these folders is there and not empty, and `BadLine`
    if the name will not do.
    """
    config, keys, credentials, state, offline = (
        target / part for part in ("config", "keys", "credentials", "state", "offline")
    )
    for folder in (config, keys, credentials, state, offline):
        if folder.exists() and any(folder.iterdir()):
            raise FileExistsError(folder)
    check_id(name)
    for folder in (config, keys):
        folder.mkdir(parents=True, exist_ok=True)
    for folder in (credentials, state, offline):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)
    recovery = offline / "recovery.key"
    own = new_gateway_keys(keys, credentials, name, chance, recovery)
    _copy_config(config, county)
    if owed_from:
        _begin_agreements(config / "agreements.toml", owed_from.replace(day=1))
    return Installation(config, keys, credentials, state, recovery, own)


def _begin_agreements(agreements: Path, first: date) -> None:
    text = agreements.read_text(encoding="utf-8")
    agreements.write_text(text.replace(f"valid_from = {_EXAMPLES_FIRST}", f"valid_from = {first}"), encoding="utf-8")


def _copy_config(config: Path, county: County) -> None:
    if county == "example":
        shutil.copytree(EXAMPLE, config, dirs_exist_ok=True)
        return
    shutil.copytree(_MINIMAL, config, dirs_exist_ok=True)
    for folder in ("dataflows", "codelists", "results"):
        (config / folder).mkdir(exist_ok=True)
    for part in _USUAL:
        if (EXAMPLE / part).is_dir():
            shutil.copytree(EXAMPLE / part, config / part)
        else:
            shutil.copyfile(EXAMPLE / part, config / part)
