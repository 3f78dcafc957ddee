"""What a handler needs is loaded with it: once the sandbox has closed there may be nothing more to load it from."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.handlers.mutating import KEPT
from tests.handlers.test_seven_zip import PASSWORD
from tests.handlers.test_zip_archive import PASSWORD as OF_ZIP

ASKED = """
import json, pathlib, sys
from gateway.handler import Limits
from gateway.sandbox.child import load_handlers

name, files, secret = json.loads(sys.argv[1])
module = load_handlers([name])[name]
late = []

class Late:
    def find_spec(self, wanted, path=None, target=None):
        late.append(wanted)

contents = [pathlib.Path(file).read_bytes() for file in files]
secret = bytes.fromhex(secret) if secret else None
sys.meta_path.insert(0, Late())
for data in contents:
    if hasattr(module, "read_sheets"):
        assert module.read_sheets(data, Limits())
    else:
        assert module.open_parts(data, Limits(), secret).parts
print(*late)
"""
OF = {
    "openpgp": ("openpgp.[0-3]", "openpgp.secret"), "smime": ("smime.[0-3]", "smime.secret"),
    "office_password": ("standard.xlsx", b"x"), "seven_zip": ("seven_zip.*", PASSWORD.encode()),
    "zip_archive": ("aes.*", OF_ZIP), "excel": ("[bo]*.xlsx", b""), "excel_legacy": ("*.xls", b""),
    "open_document": ("*.ods", b""),
}  # fmt: skip


@pytest.mark.parametrize("name", OF)
def test_a_handler_loads_nothing_more_to_read_what_it_is_for(name: str) -> None:
    pattern, secret = OF[name]
    files = [str(path) for path in sorted(KEPT.glob(pattern))]
    assert files
    told = (KEPT / secret).read_bytes() if isinstance(secret, str) else secret
    asked = json.dumps([name, files, told.hex()])
    done = subprocess.run([sys.executable, "-c", ASKED, asked], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.splitlines()[-1:], done.stdout.split()) == (0, [], [])
