"""Everything that `gateway check` looks at: the configuration, and the credentials that it names."""

from __future__ import annotations

import stat
from pathlib import Path

from gateway.config.load import Configuration, load
from gateway.config.mistakes import BadConfiguration, Mistake
from gateway.config.settings import Settings
from gateway.keyring import BadKeys, Envelopes, Secrets, read_gateway, read_secrets
from gateway.keyring.envelope_check import envelope_mistakes


def check(config: Path, credentials: Path | None = None) -> tuple[Mistake, ...]:
    """Every mistake; none if the daemon can start with it. With a bad configuration credentials are not looked at."""
    try:
        loaded = load(config, credentials=credentials)
    except BadConfiguration as bad:
        return bad.mistakes
    settings, wrong = loaded.settings, []
    for read in (lambda: read_gateway(settings.keys, settings.credentials), lambda: _secrets(loaded)):
        try:
            read()
        except BadKeys as bad_keys:
            wrong += [Mistake(_shown(m.file), "", m.reason, m.repair) for m in bad_keys.mistakes]
    further = envelope_mistakes(_envelopes(loaded))
    wrong += [Mistake(_shown(m.file), "", m.reason, m.repair) for m in further]
    return (*wrong, *_named(settings))


def _secrets(loaded: Configuration) -> Secrets:
    return read_secrets(_envelopes(loaded), loaded.rules.departments)


def _envelopes(loaded: Configuration) -> Envelopes:
    return Envelopes(loaded.settings.credentials, loaded.rules.certificates)


def _shown(file: str) -> str:
    return f"{'keys' if file.endswith(('.pub', '.asc', '.crt')) else 'credentials'}/{file}"


def _named(settings: Settings) -> list[Mistake]:
    """What is wrong with the passwords and keys that `gateway.toml` names."""
    smtp, relay = settings.smtp, settings.relay
    names = [smtp.private_key if smtp else None, relay.password if relay else None]
    wrong: list[Mistake] = []
    for name in filter(None, [*names, *(mailbox.password for mailbox in settings.imap)]):
        path = settings.credentials / name
        if not path.is_file():
            wrong.append(Mistake(_shown(name), "", "is missing, and gateway.toml names it", "Put it there, mode 600"))
        elif path.stat().st_mode & stat.S_IRWXO:
            wrong.append(Mistake(_shown(name), "", "may be used by others", f"Run: chmod 600 {name}"))
    return wrong
