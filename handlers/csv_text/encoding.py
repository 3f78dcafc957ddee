"""In which encoding a text table is written: by its mark, by what fits, and between GB18030 and Big5 by its characters.

Both of these give every common byte pair a meaning, so a text of the one can nearly always be read as the other. What
tells them apart is which characters come out: each standard has put the common ones together, and a text of one read
as the other falls to a large part among the rare ones, the kana and the places left free.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Callable
from typing import Final

from gateway.handler import Trouble, Unreadable

WARM: Final = (
    "encodings.gb18030", "encodings.cp950", "encodings.utf_16", "encodings.utf_16_le", "encodings.utf_16_be",
)  # fmt: skip
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_WIDE: Final = ("utf-16-le", "utf-16-be")
_PAIR: Final = re.compile(rb"[\x81-\xfe][0-9][\x81-\xfe][0-9]|[\x81-\xfe][\x40-\xfe]")
_SAMPLE: Final = 1 << 20
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_PLAUSIBLE: Final = re.compile("[\t\r\n -~\u3000-\u303f\u4e00-\u9fff\uff00-\uffef\u2010-\u2027]")
_LIKELY: Final = 0.9
_CLEARLY: Final = 0.3  # of a score


_FREQUENT: Final = (
    "的一是不在人有大中上来來年月日时時间間分地方国國家县縣市区區镇鎮乡鄉村社街道路号號组組户戶口居民公安生死亡出入迁遷移登记記"
    "姓名性别別男女汉漢族身份证證码碼电電话話住址母父子婚结結离離学學校医醫院卫衛所站机機构構单單位编編代序合计計总總数數量面积積"
    "建筑築房屋收养養说說明备備注註填报報表审審核王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅"
)
_FREQUENT_GB: Final = frozenset(one.encode("gb18030") for one in _FREQUENT)
_FREQUENT_BIG5: Final = frozenset(one.encode("cp950", "ignore") for one in _FREQUENT)


def decoded(data: bytes) -> str:
    """The text, every byte of it understood. Raises `Unreadable(ENCODING)`."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], encoding)
    if b"\x00" in data:
        return _strictly(data, _wide(data))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _chinese(data)


def may_be_wide(head: bytes) -> bool:
    """Whether the beginning of a file looks like UTF-16, with a mark or without."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    try:
        return b"\x00" in head and bool(_wide(head[: len(head) // 2 * 2]))
    except Unreadable:
        return False


def is_table(head: bytes) -> bool:
    """Whether the beginning of a file is text, and its first filled line has cells: no page of the web, no document."""
    if may_be_wide(head):
        marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        head = head.decode("utf-16" if marked else _wide(head[: len(head) // 2 * 2]), "replace").encode()
    first = next((line for line in head[:2048].splitlines() if line.strip()), b"")
    is_text = not _CONTROL.search(head) and not first.startswith((b"<", b"\xef\xbb\xbf<", b"{", b"%"))
    return is_text and any(separator in first for separator in (b"\t", b",", b";"))


def _strictly(data: bytes, encoding: str) -> str:
    if b"\x00" in data and encoding not in _WIDE:
        raise Unreadable(Trouble.ENCODING, "zero byte")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable(Trouble.ENCODING) from None


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: the order of bytes in which nearly all of it is ASCII and Chinese, line ends included."""
    sample = data[:_SAMPLE]
    sample = sample[: len(sample) // 2 * 2]
    shares = {encoding: _plausible(sample.decode(encoding, "replace")) for encoding in _WIDE}
    best = max(_WIDE, key=lambda encoding: shares[encoding])
    if shares[best] < _LIKELY or len(data) % 2:
        raise Unreadable(Trouble.ENCODING, "zero byte")
    return best


def _plausible(text: str) -> float:
    return len(_PLAUSIBLE.findall(text)) / len(text) if text else 0.0


def _chinese(data: bytes) -> str:
    """GB18030 or Big5. Raises `Unreadable(ENCODING)` where it is neither, or where only GB18030 fits and gives what
    are hardly words while Big5 nearly fits: then it holds characters that somebody has added to Big5."""
    gb, big5 = _read(data, "gb18030"), _read(data, "cp950")
    pairs = Counter(_PAIR.findall(data[:_SAMPLE]))
    as_gb, as_big5 = _score(pairs, _gb_class), _score(pairs, _big5_class)
    if gb is not None and as_gb + (_CLEARLY if big5 is None else 0) >= as_big5:
        return gb
    if big5 is not None:
        return big5
    raise Unreadable(Trouble.ENCODING)


def _read(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _score(pairs: Counter[bytes], of: Callable[[bytes], int | None]) -> float:
    """How common its characters are, 1 at best. Punctuation and full-width letters, much alike in both, say nothing."""
    told = total = 0
    for pair, times in pairs.items():
        rarity = of(pair)
        if rarity is not None:
            told -= rarity * times
            total += times
    return told / total if total else 0.0


def _gb_class(pair: bytes) -> int | None:
    if pair in _FREQUENT_GB:
        return -1
    lead, trail = pair[0], pair[1]
    if len(pair) == 4 or trail < 0xA1:
        return 2
    if 0xA1 <= lead <= 0xA3:
        return None
    if 0xB0 <= lead <= 0xD7:
        return 0
    return 1 if 0xD8 <= lead <= 0xF7 else 2


def _big5_class(pair: bytes) -> int | None:
    if pair in _FREQUENT_BIG5:
        return -1
    lead = pair[0]
    if len(pair) == 4 or not 0xA1 <= lead <= 0xF9 or 0x7E < pair[1] < 0xA1:
        return 2
    if lead <= 0xA3:
        return None
    if lead <= 0xC6:
        return 0
    return 1 if lead >= 0xC9 else 2
