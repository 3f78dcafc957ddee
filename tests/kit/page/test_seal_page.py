"""`seal.html` as bytes: what is put into it, and what it lets itself do."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest

from gateway.kit.page import seal_page
from tests.kit.page.officer import Officer

SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)
DATA = re.compile(rb'<script type="application/json" id="kit">(.*?)</script>', re.DOTALL)


def policy(page: bytes) -> dict[str, list[str]]:
    found = re.search(rb'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found
    rules = [rule.split() for rule in found[1].decode().split(";")]
    return {rule[0]: rule[1:] for rule in rules}


def digest(content: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}'"


def test_what_is_put_in_comes_out_again_and_ends_no_block() -> None:
    data = Officer().data()
    data["officer"]["name"] = "</script><script>alert(1)</script><!-- 李敏 & \u2028"
    page = seal_page(data)
    (found,) = DATA.findall(page)
    assert json.loads(found) == data
    assert len(SCRIPT.findall(page)) == 1


def test_data_of_another_version_is_refused() -> None:
    data = Officer().data()
    data["version"] = 2
    with pytest.raises(ValueError, match="version 1"):
        seal_page(data)


def test_the_policy_knows_the_one_script_and_the_one_style_by_their_digests_and_allows_nothing_else() -> None:
    page = seal_page(Officer().data())
    (script,), (style,) = SCRIPT.findall(page), STYLE.findall(page)
    assert policy(page) == {
        "default-src": ["'none'"],
        "script-src": [digest(script), "'wasm-unsafe-eval'"],
        "style-src": [digest(style)],
        "connect-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["'none'"],
    }


def test_the_page_names_no_address_to_ask_and_is_smaller_than_1_2_mb() -> None:
    page = seal_page(Officer().data())
    print(f"seal.html: {len(page):,} bytes")
    assert len(page) < 1_200_000
    assert not re.search(rb"<(?:link|img|iframe|object|script)[^>]+(?:src|href)=", page)
    # What looks like an address in the script is a name space or a message, never asked: the browser's tests see that.
    assert b"https://" not in re.sub(SCRIPT, b"", page)
