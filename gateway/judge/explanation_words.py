"""What is said of explanations that were not taken: where they stand, what is asked, and never what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.core.explaining import Asked
from gateway.core.letters import column_letters
from gateway.core.parties import Language, Titles
from gateway.core.refusal import Refusal

_SHOWN = 5  # queries that a sentence names

NOT_ASKED = Titles(
    "您信中第 {at} 行说明的是{said}，那里没有待核实的问题。现在待核实的是：{asked}。",
    "Line {at} of your message speaks of {said}, where nothing is asked. What is asked now: {asked}.",
)
SEVERAL = Titles(
    "您信中第 {at} 行说明的是{said}，那里有不止一处待核实，请写明工作表或项目。待核实的是：{asked}。",
    "Line {at} of your message speaks of {said}, where more than one thing is asked: please name the sheet or the "
    "item. What is asked: {asked}.",
)
GONE = Titles(
    "您对{said}的说明没有采用：之后又收到了新的一份，其中已没有这个疑问，或者该行已经改过。",
    "What you say of {said} was not taken: a newer version came, which has no such query, or another row there.",
)
GONE_NOW = Titles(
    "您对{said}的说明没有采用：这次送来的一份里已没有这个疑问，或者该行已经改过。",
    "What you say of {said} was not taken: the report that came with it has no such query, or another row there.",
)
OTHER_LIST = Titles(
    "送回的清单里有 {count} 行的编号对不上：编号被改动过，或不是贵单位的报表。",
    "{count} lines of the list that came back have references that do not fit: changed, or of another department.",
)
REASONS = {
    Refusal.NOT_ASKED: Titles(
        "说明没有采用：对不上待核实的问题。",
        "The explanation was not taken: it answers nothing that is asked.",
    ),
    Refusal.PROOF_TOO_WEAK: Titles(
        "说明没有采用：原报送的身份证明比这封信更可靠。请按原来的报送方式，把填好“说明”一栏的清单送来。",
        "The explanation was not taken: the report itself was proven more surely. Please fill in the column "
        "“explanation” of the list and send it the way you sent the report.",
    ),
    Refusal.MUST_BE_SEALED: Titles(
        "说明没有采用：此报表约定保密，说明也不能写在普通邮件里。请在密封寄去的清单“说明”一栏填写，密封后送来；"
        "原报送是签名并加密的邮件，也可以同样签名并加密后回信。",
        "The explanation was not taken: this report is protected, and so is what is said of it. Please fill in the "
        "column “explanation” of the list that came sealed, seal it and send it; or, if the report came in a mail that "
        "was signed and encrypted, reply in one that is.",
    ),
}


def place(asked: Asked, titles: Mapping[str, str], language: Language) -> str:
    """Where a query is, in our own words alone."""
    title = titles.get(asked.field, "")
    if language is Language.EN:
        where = f"row {asked.row}" if asked.row else "the sheet as a whole"
        return f"{where} ({title})" if title else where
    where = f"第 {asked.row} 行" if asked.row else "整张表"
    return f"{where}“{title}”" if title else where


def spoken_of(row: int | None, column: int, language: Language) -> str:
    """What a line of a reply speaks of."""
    letters = column_letters(column)
    if language is Language.EN:
        where = f"row {row}" if row else "the sheet as a whole"
        return f"{where}, column {letters}" if letters else where
    where = f"第 {row} 行" if row else "整张表"
    return f"{where} {letters} 列" if letters else where


def places(asked: Sequence[Asked], titles: Mapping[str, str], language: Language) -> str:
    """The first of several queries, by their places."""
    told = list(dict.fromkeys(place(one, titles, language) for one in asked))
    ends = ["……" if language is Language.ZH_CN else "…"] if len(told) > _SHOWN else []
    return ("、" if language is Language.ZH_CN else ", ").join([*told[:_SHOWN], *ends])
