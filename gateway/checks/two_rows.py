"""Headers in two rows: groups above, titles below, as forms have them that were made to be printed.

A group is written once over its columns; the cells beside it are empty because they were merged. A title that stands
above alone was merged with the cell below it. What a column is called is then the group and the title together
("母亲" over "姓名"), the title, or the group. A person's group makes another field of a title: where the two together
name nothing, the column is left as one that nobody asked for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from gateway.checks.normal import header_keys

_ANOTHER = re.compile(
    r"父|母|夫|妻|配偶|双亲|监护|联系|经办|对方|男方|女方|户主|申请|father|mother|husband|wife|spouse|contact",
    re.IGNORECASE,
)


def joined(known: Collection[str], upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """One header made of two rows: for each column the text by which it is known, or both where it is not."""
    width = max(len(upper), len(lower))
    above, below = [*upper, *[""] * (width - len(upper))], [*lower, *[""] * (width - len(lower))]
    found, group = [], ""
    for top, bottom in zip(above, below, strict=True):
        if top.strip():
            group = top
        elif not bottom.strip():
            group = ""  # a column without a header ends what is written over its neighbours
        found.append(_name(known, group if bottom.strip() else top, bottom))
    return found


def _name(known: Collection[str], group: str, title: str) -> str:
    if not title.strip():
        return group
    together = group + title
    if group and any(key in known for key in header_keys(together)):
        return together
    return together if group and _ANOTHER.search(group) else title
