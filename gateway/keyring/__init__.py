"""The keyring: keys/ → who may sign, whom to seal for, what expires when; and the gateway's own keys.

Public keys lie in `keys/`, one line in a file, and whoever can change that folder can change who may send: it is
trusted. Private keys are credentials: one file each, for the gateway's user alone. `lines` is the written form,
`officers` the keys of others, `own` the gateway's.
"""

from gateway.keyring.lines import BadLine, KeyMistake, PrivateKey, check_id, fingerprint, public_line
from gateway.keyring.officers import (
    expiring,
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

__all__ = [
    "BadKeys", "BadLine", "GatewayKeys", "KeyMistake", "PrivateKey", "check_id", "expiring", "fingerprint",
    "load_private", "may_sign", "new_gateway_keys", "new_officer_key", "public_line", "read_gateway", "read_public",
    "recipients_of", "recovery_key", "register", "remove_password", "revoke", "set_password",
]  # fmt: skip
