"""A reply agrees in its own first lines, never in what it quotes."""

from __future__ import annotations

import pytest

from gateway.judge.agreeing import Agreed, agreed
from gateway.sandbox import Mail, PartInfo
from gateway.sandbox.held import shown_text

LETTER = "L-0123456789ABCDEF"
QUOTE = "\n\n发件人：人口办\n> 收件编号 A-20261220-ZY3A8WNY，请在第一行写“同意”\n同意"
HEADERS = {"in-reply-to": (f"<{LETTER}@gateway.test>",), "subject": ("回复：【请更正】出生（A-20261220-7K3M9QXD）",)}


def part(text: str, media: str = "text/plain") -> PartInfo:
    return PartInfo("1", "", media, len(text), "0" * 64, None, b"", text)


def said(text: str, media: str = "text/plain") -> Agreed | None:
    return agreed(Mail(HEADERS, None, (), (), ()), [part(text, media)])


@pytest.mark.parametrize(
    "text",
    [
        "同意",
        "同意。",
        "您好！\n\n同意\n谢谢",
        "ACCEPT",
        "I accept.",
        "accept\r\n",
        "\n\n\n同意！",
        "同意\n\n张示例",
        "不好意思，回复晚了。\n同意",
        "Sorry for the notes.\naccept",
    ],
)
def test_the_word_alone_on_one_of_the_first_lines_agrees(text: str) -> None:
    in_text = ("A-20261220-ZY3A8WNY",)
    assert said(text + QUOTE) == Agreed((LETTER,), ("A-20261220-7K3M9QXD", *in_text), in_text)


@pytest.mark.parametrize(
    "text",
    [
        "不同意", "同 意", "同意吗？", "收到，谢谢", "", "> 同意", "发件人：人口办\n同意", "-----原始邮件-----\n同意",
        "在 2026年12月20日，人口办 写道：\n同意", "On 20 Dec 2026 the office wrote:\naccept",
        "From: the office\naccept",
        "一\n二\n三\n同意", "________________________________\n同意", "人口办 <report@x> 于2026年12月20日写道：\n同意",
        "I do not  accept", "我们不  同意", "经与村里核对，第三行的日期没有写错，这样改我们不\n同意",
        "After a talk with the clinic about row three we do not\r\naccept.", "I do not\naccept",
        "I do not accept", "我们不同意这样改，同意另报", "Subject: accept\naccept",
        "We do not\n\naccept", "We can’t\n\naccept", "这样改我们不\n\n同意", "我们不能接受。\n同意另报。\n同意",
    ],
)  # fmt: skip
def test_anything_else_and_anything_quoted_does_not(text: str) -> None:
    assert said(text + QUOTE) is None


@pytest.mark.parametrize(
    ("page", "agrees"),
    [
        ("<html><body>\r\n<p>同意</p>\r\n<p>张示例</p></body></html>", True),
        ("<div>郑示例：</div><div>您好</div><div><b>同意</b></div><hr><div>发件人：人口办</div>", True),
        ("<style>p {color: red}</style>I <i>accept</i><br>", True),
        ("accept<br><br>Zhang", True),
        ("<div>发件人：人口办</div><div>同意</div>", False),
        ("<p>I do not <b>accept</b></p>", False),
        ("<div>I do not</div><div>accept</div>", False),
        ("<div>这样改我们不</div><div>同意</div>", False),
        ("<p>After a talk with the clinic we do\r\nnot\r\naccept</p>", False),
        ("<p>我们不<span> </span><span> </span>同意</p>", False),
    ],
)
def test_a_reply_in_html_alone_is_read_as_it_is_seen(page: str, agrees: bool) -> None:
    assert (said(shown_text(page), "text/html") is not None) is agrees


def test_of_several_texts_the_plain_one_speaks() -> None:
    parts = [part("同意", "text/html"), part("不同意")]
    assert agreed(Mail(HEADERS, None, (), (), ()), parts) is None


def test_without_a_text_nobody_agrees() -> None:
    assert agreed(None, []) is None
    assert agreed(Mail(HEADERS, None, (), (), ()), []) is None
