"""The citizen identity number of GB 11643: place (6), birth (8), order (3), check character (ISO 7064 MOD 11-2)."""

from __future__ import annotations

import re
from datetime import date
from operator import mul

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ZEROS = ord("0") * sum(WEIGHTS)
CHECK = "10X98765432"
"""The check character for each remainder of the weighted sum by 11."""

_LAST_IN_REGION = {1: 5, 2: 3, 3: 7, 4: 6, 5: 4, 6: 5, 7: 1, 8: 3}
PROVINCES = frozenset(
    f"{region}{place}" for region, last in _LAST_IN_REGION.items() for place in range(0 if region == 5 else 1, last + 1)
)
"""The first two digits of GB/T 2260. The other four change with reforms, and a number keeps a place long gone."""

FIRST_YEAR = 1800
_SHAPE = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
_OLD = re.compile(r"[0-9]{15}", re.ASCII)


def check_character(first17: str) -> str:
    """The character that makes these 17 digits a number."""
    return CHECK[(sum(map(mul, WEIGHTS, first17.encode("ascii"))) - _ZEROS) % 11]


def fault(text: str) -> str:
    """What is wrong with it, as the code of a finding, or `""`. Looks at the shape first, then the check character."""
    if not _SHAPE.fullmatch(text):
        if _OLD.fullmatch(text):
            return "id_old"
        return "id_length" if len(text) != 18 else "id_character"
    if check_character(text[:17]) != text[17]:
        return "lost_digits" if text.endswith("000") else "id_check_digit"
    if text[:2] not in PROVINCES:
        return "id_place"
    return "" if is_birth(text[6:14]) else "id_birth"


def is_birth(text: str) -> bool:
    """Whether these eight digits are a day since 1800."""
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    if year < FIRST_YEAR or not 1 <= month <= 12 or not 1 <= day <= 31:
        return False
    if day <= 28:
        return True
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def from_old(text: str) -> str:
    """The number of 18 for one of 15 (all of them were given in the twentieth century), or `""`."""
    first17 = f"{text[:6]}19{text[6:]}"
    longer = first17 + check_character(first17)
    return "" if fault(longer) else longer
