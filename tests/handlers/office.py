"""Real files of a real program: LibreOffice converts what a test has made, all of it in one go."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path


def converted(files: Mapping[str, bytes], to: str, options: str = "") -> dict[str, bytes]:
    """Each file, by its name without suffix, in the format whose suffix is `to`; `options` are those of its filter."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        profile = f"-env:UserInstallation=file://{folder}/profile"
        told = f"{to}:{options}" if options else to
        command = ["soffice", "--headless", profile, "--convert-to", told, "--outdir", f"{folder}/out", *files]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=110)
        found = {path.stem: path.read_bytes() for path in Path(folder, "out").iterdir()}
        assert set(found) == {Path(name).stem for name in files}
        return found
