"""The one page of the kit: `seal.html`, for one officer.

The page was built beforehand from `source/` by `npm run build` (`build.mjs`) and lies here as `seal.html`; a test
builds it anew and compares. Here only the officer's own data is put in: neither npm nor a network is needed for that.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, Final

from gateway.kit.page.shape import SealPage

__all__ = ["PLACE", "SealPage", "seal_page"]

PLACE: Final = b'<script type="application/json" id="kit">{}</script>'
"""Where the built page takes its data; a block of data is never run, so the page's content policy lets it stand."""


def seal_page(data: SealPage) -> bytes:
    """`seal.html` for one officer, UTF-8. `SealPage` in `shape.py` says what each member is; nothing in it is secret.

    Raises `ValueError` if the data is of another version than the page, and `TypeError` if it is no JSON.
    """
    if data["version"] != 1:
        raise ValueError("the page takes data of version 1")
    before, place, after = _built().partition(PLACE)
    assert place and PLACE not in after
    return before + PLACE.replace(b"{}", _inert(data)) + after


def _built() -> bytes:
    return resources.files(__name__).joinpath("seal.html").read_bytes()


def _inert(data: Any) -> bytes:
    """JSON in which no `<` occurs, so nothing in it can end the block that it stands in."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c").encode()
