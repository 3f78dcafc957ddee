"""The keyring: keys/ → who may sign, whom to seal for; and the gateway's own keys.

Public keys lie in `keys/`, one line in a file, and whoever can change that folder can change who may send: it is
trusted. Private keys are credentials: one file each, for the gateway's user alone. `lines` is the written form,
`officers` the keys of others, `own` the gateway's; `certificates` and `envelopes` are both for OpenPGP, S/MIME, age;
`shared` are the passwords agreed with departments.
"""

from gateway.keyring.certificates import (
    certificate_file,
    certificate_text,
    read_certificates,
    register_certificate,
    revoke_certificate,
    signed_by,
)
from gateway.keyring.envelopes import Envelopes
from gateway.keyring.lines import BadLine, KeyMistake, PrivateKey, check_id, fingerprint, public_line
from gateway.keyring.officers import (
    ended_earlier,
    is_usable,
    load_private,
    may_sign,
    new_officer_key,
    read_public,
    recipients_of,
    register,
    revoke,
)
from gateway.keyring.own import BadKeys, GatewayKeys, new_gateway_keys, read_gateway, recovery_key
from gateway.keyring.passwords import remove_password, set_password
from gateway.keyring.shared import Secrets, read_secrets

__all__ = [
    "BadKeys", "BadLine", "Envelopes", "GatewayKeys", "KeyMistake", "PrivateKey", "Secrets", "certificate_file",
    "certificate_text", "check_id", "ended_earlier", "fingerprint", "is_usable", "load_private", "may_sign",
    "new_gateway_keys", "new_officer_key", "public_line", "read_certificates", "read_gateway", "read_public",
    "read_secrets", "recipients_of", "recovery_key", "register", "register_certificate", "remove_password", "revoke",
    "revoke_certificate", "set_password", "signed_by",
]  # fmt: skip
