"""The public test vectors of age (C2SP): each is opened, or refused, as every implementation of the format must."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import zlib
from collections import defaultdict
from pathlib import Path

import pytest

from gateway.handler import Limits, Trouble, Unreadable
from handlers import age
from handlers.forms.identity import Identity

PACKAGE = Path(__file__).parent / "age_vectors"
# What each expectation of the vectors means here.
MEANT = {
    "no match": {Trouble.NEEDS_KEY, Trouble.NEEDS_PASSWORD},
    "HMAC failure": {Trouble.DAMAGED},
    "header failure": {Trouble.DAMAGED, Trouble.UNSUPPORTED},
    "armor failure": {Trouble.DAMAGED},
    "payload failure": {Trouble.DAMAGED},
}
POST_QUANTUM = "AGE-SECRET-KEY-PQ-1"


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The vectors by name, out of the package that ships them."""
    npm, node = shutil.which("npm"), shutil.which("node")
    assert npm and node, "npm is missing: make test installs it"
    folder, written = tmp_path_factory.mktemp("age"), tmp_path_factory.mktemp("vectors")
    for file in PACKAGE.iterdir():
        shutil.copy(file, folder)
    subprocess.run([npm, "ci"], cwd=folder, check=True, capture_output=True, timeout=100)
    subprocess.run([node, "write.mjs", written], cwd=folder, check=True, capture_output=True, timeout=100)
    return {path.name: path.read_bytes() for path in sorted(written.iterdir())}


def test_every_public_vector_is_opened_or_refused_as_it_says(vectors: dict[str, bytes]) -> None:
    wrong, seen = [], defaultdict(int)
    for name, vector in vectors.items():
        head, _, data = vector.partition(b"\n\n")
        told: dict[str, list[str]] = defaultdict(list)
        for line in head.decode().splitlines():
            key, _, value = line.partition(": ")
            told[key].append(value)
        (expected,) = told["expect"]
        if told["compressed"]:
            data = zlib.decompress(data)
        keys, seen[expected] = told["identity"], seen[expected] + 1
        try:
            (part,) = age.open_parts(
                data, Limits(), Identity(tuple(keys), (), tuple(told["passphrase"])).secret()
            ).parts
            fits = expected == "success" and [hashlib.sha256(part.data).hexdigest()] == told["payload"]
        except Unreadable as refused:
            unknown = any(key.startswith(POST_QUANTUM) for key in keys) and refused.trouble is Trouble.NEEDS_KEY
            fits = unknown or refused.trouble in MEANT.get(expected, ())
        if not fits:
            wrong.append(name)
    assert wrong == []
    assert sum(seen.values()) >= 140 and set(seen) == {*MEANT, "success"}
