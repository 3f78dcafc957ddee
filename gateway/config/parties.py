"""Departments and their officers: every `departments/ID.toml`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from gateway.config.files import Files
from gateway.config.kinds import ADDRESS, ID, PASSWORD_HASH, TEXT, choice, known
from gateway.config.mistakes import Mistakes, Place, guess
from gateway.config.reader import Table
from gateway.core.parties import Department, Language, Officer, Role

_ROLE = choice(Role, Role.REPORTER)
_LANGUAGE = choice(Language, Language.ZH_CN)


@dataclass(slots=True)
class _Taken:
    """What can belong to one officer only, and where that was said."""

    mistakes: Mistakes
    said: dict[tuple[str, str], Place] = field(default_factory=dict)

    def claim(self, what: str, value: str, place: Place) -> None:
        if not value:
            return
        first = self.said.setdefault((what, value.casefold()), place)
        if first != place:
            reason = f'the {what} "{value}" already belongs to {first.file}: {first.key}'
            self.mistakes.add(place, reason, "Give it to one officer only")


def read_departments(files: Files, divisions: Collection[str] | None, mailbox: str) -> dict[str, Department]:
    """Departments by id. `divisions` are the codes of that list, None if it could not be read."""
    files.strangers("departments", (".toml",))
    taken = _Taken(files.mistakes)
    taken.said["address", mailbox.casefold()] = Place("county.toml", "mailbox")
    found: dict[str, Department] = {}
    for name, file in files.names("departments").items():
        table = files.toml(file)
        if table is None:
            continue
        with table:
            titles = table.titles("title")
            division = table.may("division", known(divisions, "division"), None)
            officers = tuple(_officer(item, name, taken) for item in table.tables("officers"))
            if not table.raw.get("officers"):
                table.wrong("officers", "names nobody", "Name at least one officer under [[officers]]")
            found[name] = Department(name, titles, division, officers)
    return found


def _officer(item: Table, department: str, taken: _Taken) -> Officer:
    officer_id, name, role = item.need("id", ID), item.need("name", TEXT), item.need("role", _ROLE)
    language = item.may("language", _LANGUAGE, Language.ZH_CN)
    addresses = item.some("addresses", ADDRESS)
    letters_to = item.may("letters_to", ADDRESS, addresses[0] if addresses else "")
    officer = Officer(officer_id, department, name, role, language, addresses, letters_to)
    taken.claim("id", officer.id, item.place.at("id"))
    for index, address in enumerate(addresses):
        taken.claim("address", address, item.place.at("addresses").item(index))
    return officer


def read_passwords(files: Files, officers: Collection[str]) -> dict[str, str]:
    """Argon2id hashes by officer, from `passwords.toml` in the keys folder; nobody may log in if there is none."""
    if not (files.folder / "passwords.toml").exists():
        return {}
    table = files.toml("passwords.toml")
    if table is None:
        return {}
    found: dict[str, str] = {}
    with table, table.table("passwords") as passwords:
        for officer in passwords.raw:
            found[officer] = passwords.need(officer, PASSWORD_HASH)
            if officer not in officers:
                passwords.wrong(officer, f'there is no officer "{officer}"', guess(officer, officers))
    return found
