"""Opens a sealed file of 200 MB to /dev/null, every digest checked, against `age -d` on the same bytes.

`python -m bench.open_sealed` installs age where it is missing (as root), makes both files in a folder of its own on
shared memory, runs the two in turn as whole processes, and prints medians and their ratio. What the measured process
does not need is imported by those who do.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.figures import Figure

RUNS = 9
SIZE = 200_000_000
PRIVATE, SEED = bytes(range(32)), bytes(range(32, 64))


def install() -> None:
    from bench import peers

    peers.install({"age": "/usr/bin/age"})


def make(folder: Path) -> None:
    import subprocess
    from datetime import UTC, datetime
    from typing import BinaryIO

    from nacl.bindings import crypto_scalarmult_base

    from handlers.sealed import Source, seal_stream

    plain = folder / "plain"
    with plain.open("wb") as file:
        for _ in range(SIZE // 1_000_000):
            file.write(os.urandom(1_000_000))
    manifest = {
        "sender": "health", "key": "k", "recipient": "lead", "dataflow": "births", "period": "2026-M10", "sequence": 1,
        "nil": False, "signed": datetime(2026, 10, 20, tzinfo=UTC),
    }  # fmt: skip
    with (folder / "sealed").open("wb") as out:

        def opened() -> BinaryIO:
            return plain.open("rb")

        source = Source("plain", None, opened)
        for block in seal_stream([source], manifest, [crypto_scalarmult_base(PRIVATE)], SEED):
            out.write(block)
    made = subprocess.run(["age-keygen", "-o", folder / "key"], check=True, capture_output=True, text=True)
    recipient = made.stderr.split()[-1]
    subprocess.run(["age", "-r", recipient, "-o", folder / "age", plain], check=True)


def open_it(path: str) -> None:
    """What the second process does: unlock, prove the manifest, open, check the digests."""
    from nacl.bindings import crypto_sign_seed_keypair

    from handlers import sealed

    with Path(path).open("rb", buffering=0) as source, Path("/dev/null").open("wb", buffering=0) as out:
        header = sealed.read_header(source)
        unlocked = sealed.unlock_for(header, [PRIVATE])
        public = crypto_sign_seed_keypair(SEED)[0]

        def check(signed: sealed.Signed) -> None:
            sealed.verify_manifest(signed, public, unlocked.sealing_public)

        sealed.open_stream(header, source, unlocked.content_key, lambda _: out.write, check)


def timed(command: list[str | Path]) -> float:
    import subprocess

    start = time.perf_counter()
    with Path("/dev/null").open("wb") as nowhere:
        subprocess.run(command, check=True, stdout=nowhere)
    return time.perf_counter() - start


def figures(runs: int = RUNS) -> list[Figure]:
    """Seconds of both, in turn."""
    import shutil
    import statistics
    import tempfile

    from bench.figures import Figure

    install()
    shared = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=shared if shared.is_dir() else None))
    try:
        make(folder)
        ours: list[str | Path] = [sys.executable, "-m", "bench.open_sealed", "--open", folder / "sealed"]
        theirs: list[str | Path] = ["age", "-d", "-i", folder / "key", folder / "age"]
        pairs = [(timed(ours), timed(theirs)) for _ in range(runs)]
    finally:
        shutil.rmtree(folder)
    mine, age = (statistics.median(column) for column in zip(*pairs, strict=True))
    return [Figure(f"open {SIZE / 1e6:.0f} MB sealed to /dev/null; age -d", "s", mine, age, 2.0, 1.5, lower=True)]


def main() -> None:
    for figure in figures():
        print(figure)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--open"]:
        open_it(sys.argv[2])
    else:
        main()
