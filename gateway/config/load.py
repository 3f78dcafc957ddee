"""A configuration folder and a keys folder → rules and settings, or every mistake in them at once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gateway import keyring
from gateway.config.agreements import Known, read_agreements
from gateway.config.calendar import read_timetables, read_working_days
from gateway.config.codelists import read_codelists
from gateway.config.dataflows import read_dataflows
from gateway.config.files import Files, source
from gateway.config.installation import check_folders, read_installation
from gateway.config.kinds import ADDRESS, TEXT, ZONE, known
from gateway.config.letters import check_letters
from gateway.config.mistakes import BadConfiguration, Mistake, Mistakes, Place
from gateway.config.parties import read_departments, read_passwords
from gateway.config.results import read_entitlements, read_results
from gateway.config.settings import Settings
from gateway.config.sql import SqlTrial, in_child, questions
from gateway.core.parties import Certificate, Department, Officer, PublicKey
from gateway.core.rules import Rules


@dataclass(frozen=True, slots=True)
class Configuration:
    """Rules, settings, and the text that the rules came from (it is kept in the vault; passwords are not in it)."""

    rules: Rules
    settings: Settings
    source: bytes


def load(config: Path, *, credentials: Path | None = None, sql: SqlTrial = in_child) -> Configuration:
    """Read and check everything below `config`, and the keys folder that it names.

    `credentials` stands in for the configured folder, and so does systemd's `CREDENTIALS_DIRECTORY`. `sql` tries the
    queries: in a child by default, because the library would cost this process much memory; `try_sql` does it here,
    and `untried` leaves it out, for commands that only look at what a daemon with this configuration did.
    Raises `BadConfiguration` with every mistake.
    """
    handed = os.environ.get("CREDENTIALS_DIRECTORY")
    mistakes = Mistakes()
    files = Files(config, mistakes)
    settings = read_installation(files, credentials or (Path(handed) if handed else None))
    keys = Files(settings.keys, mistakes, prefix="keys/")
    rules = _rules(files, keys, settings)
    check_letters(files)
    check_folders(settings, [officer.id for officer in rules.officers()], files)
    for found in sql(questions(rules, {mistake.file for mistake in mistakes.found})):
        mistakes.add(Place(found.file, found.key), found.reason, found.repair)
    if mistakes.found:
        raise BadConfiguration(_in_order(mistakes))
    text = source({name: text for name, text in (files.texts | keys.texts).items() if not name.startswith(_NOT_RULES)})
    return Configuration(replace(rules, version=hashlib.sha256(text).hexdigest()[:16]), settings, text)


_NOT_RULES = ("gateway.toml", "letters/", "keys/passwords.toml")


def _rules(files: Files, keys: Files, settings: Settings) -> Rules:
    """The rules as far as they could be read; ids may be named whose file is broken."""
    codelists = read_codelists(files)
    dataflows, inactive = read_dataflows(files, files.ids("codelists"))
    lead_office, mailbox, auditor, telephone, zone = _county(files)
    divisions = {code.code for code in codelists["divisions"].codes} if "divisions" in codelists else None
    departments, public = _equipped(read_departments(files, divisions, mailbox), keys, settings)
    timetables = read_timetables(files, zone)
    known_timetables = None if "timetables.toml" in files.unread else timetables
    names = Known(files.ids("departments"), files.ids("dataflows") - inactive, inactive, known_timetables)
    entitlements = read_entitlements(files, names, dataflows)
    return Rules(
        version="",
        lead_office=lead_office,
        mailbox=mailbox,
        departments=departments,
        dataflows=dataflows,
        codelists=codelists,
        timetables=timetables,
        working_days=read_working_days(files, zone),
        agreements=read_agreements(files, names),
        entitlements=entitlements,
        results=read_results(files, names, entitlements),
        keys=public,
        auditor_address=auditor,
        certificates=_certificates(keys, departments),
        telephone=telephone,
    )


def _county(files: Files) -> tuple[str, str, str | None, str | None, str]:
    table = files.toml("county.toml")
    if table is None:
        return "", "", None, None, "UTC"
    with table:
        lead = table.need("lead_office", known(files.ids("departments"), "department"))
        auditor, telephone = table.may("auditor_address", ADDRESS, None), table.may("telephone", TEXT, None)
        return lead, table.need("mailbox", ADDRESS), auditor, telephone, table.need("zone", ZONE)


def _equipped(
    departments: dict[str, Department], keys: Files, settings: Settings
) -> tuple[dict[str, Department], Mapping[str, PublicKey]]:
    """The same departments, each officer with keys, password hash and folder, and every public key by id."""
    officers = {officer.id for department in departments.values() for officer in department.officers}
    hashes = read_passwords(keys, officers)
    public, wrong = keyring.read_public(keys.folder)
    for name, key in public.items():
        keys.texts[f"keys/{name}.pub"] = keyring.public_line(key) + "\n"
        if key.officer not in officers:
            keys.note(
                f"{name}.pub",
                f'there is no officer "{key.officer}"',
                "Name the officer in departments/, or remove the key",
            )
    for trouble in wrong:
        keys.note(trouble.file, trouble.reason, trouble.repair)

    folders = {folder.officer: folder.name for folder in settings.folders}

    def equipped(officer: Officer) -> Officer:
        own = tuple(name for name, key in public.items() if key.officer == officer.id)
        return replace(officer, password_hash=hashes.get(officer.id), keys=own, folder=folders.get(officer.id))

    given = {
        name: replace(department, officers=tuple(equipped(officer) for officer in department.officers))
        for name, department in departments.items()
    }
    return given, public


def _certificates(keys: Files, departments: Mapping[str, Department]) -> Mapping[str, Certificate]:
    """Every officer's registered certificate by id."""
    officers = {officer.id for department in departments.values() for officer in department.officers}
    found, wrong = keyring.read_certificates(keys.folder)
    for certificate in found.values():
        name = keyring.certificate_file(certificate)
        keys.texts[f"keys/{name}"] = keyring.certificate_text(certificate)
        if f"keys/{certificate.id}.pub" in keys.texts:
            keys.note(name, f'has the id of the key in "{certificate.id}.pub"', "Give the certificate another number")
        if certificate.officer not in officers:
            reason = f'there is no officer "{certificate.officer}"'
            keys.note(name, reason, "Name the officer in departments/, or remove the certificate")
    for trouble in wrong:
        keys.note(trouble.file, trouble.reason, trouble.repair)
    return found


def _in_order(mistakes: Mistakes) -> list[Mistake]:
    """File by file, in each as they were found, none twice."""
    return sorted(dict.fromkeys(mistakes.found), key=lambda mistake: mistake.file)
