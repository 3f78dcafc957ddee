"""How this installation runs: `gateway.toml`. Every key may be left out; the defaults are those of `Settings`."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

from gateway.config.files import Files
from gateway.config.kinds import (
    CREDENTIAL,
    DOMAIN,
    DURATION,
    HOST,
    ID,
    NAME,
    PORT,
    SIZE,
    TEXT,
    TRUTH,
    one_of,
    whole,
)  # fmt: skip
from gateway.config.mistakes import Place, guess
from gateway.config.reader import Table
from gateway.config.settings import (
    ImapMailbox,
    Relay,
    SandboxSettings,
    Security,
    Settings,
    SmtpListener,
    WatchedFolder,
)  # fmt: skip

_SECURITY = one_of("tls", "starttls", "none")
_LEVEL = one_of("debug", "info", "warning", "error")
_HARDENING = one_of("required", "best")
_MANY = whole(1, 100_000)


def read_installation(files: Files, credentials: Path | None) -> Settings:
    """Settings, with relative paths counted from the configuration folder.

    `credentials` takes the place of what the file says (a service manager hands them over in a place of its own).
    """
    folder = files.folder.resolve()
    table = files.toml("gateway.toml")
    if table is None:
        return Settings("", folder, folder, folder, None)
    with table, table.table("proof") as proof, table.table("letters") as letters:
        usual = Settings(
            database=_database(table.may("database", TEXT, "../state/gateway.db"), folder),
            keys=_path(table, "keys", folder, "../keys"),
            credentials=_path(table, "credentials", folder, "../credentials"),
            config=folder,
            smtp=None,
            dns=_maybe_path(table, "dns", folder),
            disk_watermark=table.may("disk_watermark", SIZE, 500_000_000),
            alarm_after=table.may("alarm_after", DURATION, timedelta(hours=4)),
            log_level=table.may("log_level", _LEVEL, "info"),
        )
        return replace(
            usual,
            credentials=credentials or usual.credentials,
            smtp=_smtp(table, folder),
            imap=tuple(_imap(item, folder) for item in table.tables("imap")),
            folders=_folders(table, folder),
            relay=_relay(table, folder),
            letters_folder=_maybe_path(letters, "copies", folder),
            sandbox=_sandbox(table),
            dkim_domains=proof.any("dkim_domains", DOMAIN),
            acknowledge_after=letters.may("acknowledge_after", DURATION, usual.acknowledge_after),
            confirmation_expires=proof.may("confirmation_expires", DURATION, usual.confirmation_expires),
            unproven_kept=proof.may("unproven_kept", DURATION, usual.unproven_kept),
        )


def check_folders(settings: Settings, officers: Sequence[str], files: Files) -> None:
    """Each watched folder must belong to an officer who exists, and who has no other."""
    owners: set[str] = set()
    for index, folder in enumerate(settings.folders):
        place = Place("gateway.toml", f"folders[{index}].officer")
        if folder.officer and folder.officer not in officers:
            files.mistakes.add(place, f'there is no officer "{folder.officer}"', guess(folder.officer, officers))
        elif folder.officer in owners:
            files.mistakes.add(place, f'"{folder.officer}" has an earlier folder', "Give each officer one folder")
        owners.add(folder.officer)


def _database(text: str, folder: Path) -> str:
    return text if "://" in text else f"sqlite:///{(folder / text).resolve()}"


def _path(table: Table, key: str, folder: Path, default: str) -> Path:
    return (folder / table.may(key, TEXT, default)).resolve()


def _maybe_path(table: Table, key: str, folder: Path) -> Path | None:
    text = table.may(key, TEXT, None)
    return None if text is None else (folder / text).resolve()


def _file(table: Table, key: str, folder: Path) -> Path | None:
    """A path of a file that must be there."""
    path = _maybe_path(table, key, folder)
    if path is not None and not path.is_file():
        table.wrong(
            key, f'there is no file "{table.raw[key]}"', "Put it there; the path counts from this file's folder"
        )
    return path


def _smtp(table: Table, folder: Path) -> SmtpListener | None:
    usual = SmtpListener()
    with table.table("smtp") as smtp:
        listener = SmtpListener(
            host=smtp.may("host", HOST, usual.host),
            port=smtp.may("port", PORT, usual.port),
            hostname=smtp.may("hostname", HOST, usual.hostname),
            certificate=_file(smtp, "certificate", folder),
            private_key=smtp.may("private_key", CREDENTIAL, None),
            size_limit=smtp.may("size_limit", SIZE, usual.size_limit),
            connections=smtp.may("connections", _MANY, usual.connections),
            connections_per_peer=smtp.may("connections_per_peer", _MANY, usual.connections_per_peer),
            command_timeout=smtp.may("command_timeout", DURATION, usual.command_timeout),
            message_timeout=smtp.may("message_timeout", DURATION, usual.message_timeout),
        )
        if (listener.certificate is None) != (listener.private_key is None):
            missing = "certificate" if listener.certificate is None else "private_key"
            smtp.wrong(missing, "is missing", "A certificate and its private_key go together: give both, or neither")
        return listener if smtp.may("enabled", TRUTH, True) else None


def _imap(item: Table, folder: Path) -> ImapMailbox:
    security = _security(item, item.need("host", HOST), "tls")
    return ImapMailbox(
        name=item.need("name", NAME),
        host=item.may("host", HOST, ""),
        port=item.may("port", PORT, 993 if security == "tls" else 143),
        security=security,
        user=item.need("user", TEXT),
        password=item.need("password", CREDENTIAL),
        folder=item.may("folder", TEXT, "INBOX"),
        processed=item.may("processed", TEXT, "Processed"),
        size_limit=item.may("size_limit", SIZE, 50_000_000),
        poll=item.may("poll", DURATION, timedelta(minutes=1)),
        certificate_authority=_file(item, "certificate_authority", folder),
        upstream=item.may("upstream", HOST, None),
    )


def _folders(table: Table, folder: Path) -> tuple[WatchedFolder, ...]:
    found: list[WatchedFolder] = []
    for item in table.tables("folders"):
        name = item.need("name", NAME)
        if name in {other.name for other in found}:
            item.wrong("name", f'"{name}" is the name of an earlier folder', "Give each folder a name of its own")
        path = (folder / item.need("path", TEXT)).resolve()
        for other in found:
            if path.is_relative_to(other.path) or other.path.is_relative_to(path):
                item.wrong("path", f'lies in or around the folder "{other.name}"', "Keep officers' folders apart")
        watched = WatchedFolder(
            name=name,
            path=path,
            officer=item.need("officer", ID),
            poll=item.may("poll", DURATION, timedelta(seconds=10)),
            network_share=item.may("network_share", TRUTH, False),
            size_limit=item.may("size_limit", SIZE, 50_000_000),
        )
        found.append(watched)
    return tuple(found)


def _relay(table: Table, folder: Path) -> Relay | None:
    usual = Relay()
    with table.table("relay") as item:
        host = item.may("host", HOST, usual.host)
        relay = Relay(
            host=host,
            port=item.may("port", PORT, usual.port),
            security=_security(item, host, usual.security),
            user=item.may("user", TEXT, None),
            password=item.may("password", CREDENTIAL, None),
            certificate_authority=_file(item, "certificate_authority", folder),
            timeout=item.may("timeout", DURATION, usual.timeout),
        )
        if (relay.user is None) != (relay.password is None):
            missing = "user" if relay.user is None else "password"
            item.wrong(missing, "is missing", "A user and the password go together: give both, or neither")
        return relay if item.may("enabled", TRUTH, True) else None


def _sandbox(table: Table) -> SandboxSettings:
    usual = SandboxSettings()
    with table.table("sandbox") as item:
        hardening = item.may("hardening", _HARDENING, usual.hardening)
        return SandboxSettings(
            workers=item.may("workers", whole(1, 64), usual.workers),
            memory=item.may("memory", SIZE, usual.memory),
            time=item.may("time", DURATION, usual.time),
            output=item.may("output", SIZE, usual.output),
            hardening="required" if hardening == "required" else "best",
        )


def _security(item: Table, host: str, usual: Security) -> Security:
    security = cast(Security, item.may("security", _SECURITY, usual))
    if security == "none" and host and not _loopback(host):
        reason = f'"none" would send mail and passwords to {host} in the clear'
        item.wrong("security", reason, 'Write "tls" or "starttls"; "none" is for this machine itself only')
    return security


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
