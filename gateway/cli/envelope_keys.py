"""Keys for foreign envelopes: ours for age, OpenPGP and S/MIME, and the certificates of officers."""

from __future__ import annotations

import hmac
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.exceptions import Why
from gateway.cli.opening import configuration, now, officer_of, opened
from gateway.cli.options import CONFIG, By, Config, operator
from gateway.cli.saying import AFTER, fail, guess

if TYPE_CHECKING:
    from gateway.config.load import Configuration
    from gateway.core.parties import Certificate
    from gateway.store import Store

_NOT_OURS = "It is recorded, but {keys} belongs to another user: run this again as that user."
_NUMBERS = {"openpgp": "pgp", "smime": "smime"}


def own(
    kind: Annotated[str, typer.Argument(help="age, openpgp or smime.")],
    out: Annotated[
        Path, typer.Option("--out", help="The folder for the public half, to be given to officers.")
    ] = Path(),
    days: Annotated[
        int, typer.Option("--days", min=1, max=3660, help="How long an S/MIME certificate is valid.")
    ] = 1095,
    config: Config = CONFIG,
) -> None:
    """Draw a key of the gateway for age, OpenPGP or S/MIME, so that officers who use these can encrypt to us."""
    from gateway.keyring import read_gateway
    from gateway.keyring.drawing import PUBLIC_FILES, draw_own_key

    if kind not in PUBLIC_FILES:
        fail(f"There is no kind {kind}. {guess(kind, PUBLIC_FILES)}", 2)
    loaded = configuration(config)
    settings = loaded.settings
    name, public = read_gateway(settings.keys, settings.credentials).name, out / PUBLIC_FILES[kind]
    if not out.is_dir():
        fail(f"There is no folder {out} to put the public half in; choose another --out.")
    if public.exists():
        fail(f"{public} is there already; choose another --out.")
    begins = now().replace(microsecond=0)
    ends = begins + timedelta(days=days)
    text = draw_own_key(settings.credentials, kind, name, loaded.rules.mailbox, begins, ends)
    public.write_text(text, "utf-8")
    private = settings.credentials / f"{kind}.key"
    print(f"{private}   the private half; keep a safe copy\n{public}   give it to the officers")


def certificate(
    file: Annotated[Path, typer.Argument(help="An armoured OpenPGP key, or a PEM certificate, as it was exported.")],
    officer: Annotated[str, typer.Argument(help="Whose it is: the officer's id.")],
    reason: Why,
    digits: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FINGERPRINT]...", help="As the officer reads it out; asked for if left out."),
    ] = None,
    number: Annotated[str, typer.Option("--number", help="Tells an officer's certificates apart.")] = "",
    days: Annotated[
        int, typer.Option("--days", min=1, max=3660, help="How long it counts, if it lasts so long.")
    ] = 730,
    by: By = "",
    config: Config = CONFIG,
) -> None:
    """Compare the fingerprint of an officer's OpenPGP key or S/MIME certificate by telephone, and let it count."""
    from gateway import keyring
    from gateway.core.facts import KeyConfirmed
    from gateway.core.parties import Certificate
    from gateway.keyring.envelope_check import certificate_of, read_certificate

    kind, text = certificate_of(file)
    fingerprint, ends = read_certificate(kind, text)
    begins = now().replace(microsecond=0)
    until = min(begins + timedelta(days=days), ends.replace(microsecond=0)) if ends else begins + timedelta(days=days)
    name = keyring.check_id(f"{officer}-{number or _NUMBERS[kind]}")
    found = Certificate(name, officer, kind, fingerprint, begins, until, text)
    if until <= begins:
        fail(f"{file} has ended already. Ask the officer for a newer one.")
    with opened(config) as (loaded, store):
        officer_of(loaded, officer)
        _must_be_new(found, loaded)
        heard = " ".join(digits or ()) or str(typer.prompt("The fingerprint that the officer reads out"))
        if not hmac.compare_digest(heard.replace(" ", "").replace(":", "").lower().encode(), fingerprint.encode()):
            fail(f"This is not the fingerprint of {file}. Nothing was recorded. Let the officer read it out again.")
        why = store.keep(reason.encode())
        fact = KeyConfirmed(now(), found.id, officer, fingerprint, operator(by), why.id)
        store.append([fact], [why]).result()
        try:
            path = keyring.register_certificate(loaded.settings.keys, found)
        except PermissionError:
            fail(_NOT_OURS.format(keys=loaded.settings.keys))
    print(f"{path}: {found.id} belongs to {officer}. {AFTER}")


def _must_be_new(certificate: Certificate, loaded: Configuration) -> None:
    """Ends the command where it cannot be put beside the others."""
    known = loaded.rules.certificates
    if any(one.fingerprint == certificate.fingerprint for one in known.values()):
        fail(f"This certificate is in {loaded.settings.keys} already.")
    if certificate.id in known or certificate.id in loaded.rules.keys:
        fail(f"There is another key {certificate.id} already; choose a --number for this one.")


def revoke_envelope_key(loaded: Configuration, store: Store, key: str, from_: str, by: str) -> None:
    """Lets a certificate count no more."""
    from gateway.cli.exceptions import instant_of
    from gateway.core.facts import KeyRevoked
    from gateway.keyring import revoke_certificate

    known = loaded.rules.certificates[key]
    at = instant_of(from_) if from_ else now().replace(microsecond=0)
    at = min(at, known.revoked) if known.revoked else at
    store.append([KeyRevoked(now(), key, known.officer, at, operator(by))]).result()
    try:
        revoke_certificate(loaded.settings.keys, known, at)
    except PermissionError:
        fail(_NOT_OURS.format(keys=loaded.settings.keys))
    print(f"{key} counts no more from {at.isoformat()}, in the running gateway too.")
