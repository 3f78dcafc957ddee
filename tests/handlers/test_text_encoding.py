"""Encodings: each is found by what fits, and Big5 is told from GB18030 by the characters that come out."""

from __future__ import annotations

import random

import pytest

from gateway.handler import Trouble, Unreadable
from handlers import csv_text
from handlers.csv_text.encoding import decoded, is_table

SIMPLE = "姓名,性别,出生日期,身份证号码,户籍地址\n张国强,男,2026-10-05,,清岚县河口镇新华村\n"
FULL = "姓名,性別,出生日期,身分證號碼,戶籍地址\n張國強,男,2026-10-05,,清嵐縣河口鎮新華村\n"
NAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华玉萍红建国志文斌波辉力永健世广义兴良海山仁宁贵福生"
OLD_NAMES = "王李張劉陳楊黃趙周吳徐孫馬朱胡郭何高林羅鄭梁謝宋唐許韓馮鄧曹彭曾蕭田董袁潘于蔣蔡余杜葉程蘇魏呂丁任沈"
OLD_GIVEN = "偉芳娜秀英敏靜麗強磊軍洋勇艷傑娟濤明超蘭霞平剛桂華玉萍紅建國志文斌波輝力永健世廣義興良海山仁寧貴福生"


def pages(seed: int, families: str, given: str, header: str, count: int) -> list[str]:
    """Small tables of invented people: a header and one to twenty rows."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        people = ["".join((chance.choice(families), *chance.choices(given, k=chance.randint(1, 2))))
                  for _ in range(chance.randint(1, 20))]  # fmt: skip
        found.append(
            "\n".join((header, *(f"{name},{chance.choice('男女')},{chance.randrange(10**9)}" for name in people)))
        )
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16-le", "utf-16-be", "utf-16"])
@pytest.mark.parametrize("text", [SIMPLE, FULL.replace("嵐", "山")])
def test_a_table_is_read_in_whichever_encoding(encoding: str, text: str) -> None:
    assert decoded(text.encode(encoding)) == text


def test_a_table_in_big5_is_read() -> None:
    assert decoded(FULL.encode("big5")) == FULL


def test_no_table_of_ordinary_people_is_taken_for_the_other_encoding() -> None:
    simple = pages(1, NAMES, GIVEN, "姓名,性别,编号", 400)
    full = pages(2, OLD_NAMES, OLD_GIVEN, "姓名,性別,編號", 400)
    assert [text for text in simple if decoded(text.encode("gb18030")) != text] == []
    assert [text for text in full if decoded(text.encode("cp950")) != text] == []
    assert [text for text in full if decoded(text.encode("gb18030")) != text] == []


@pytest.mark.parametrize(("length", "most"), [(6, 0.01), (12, 0.002), (30, 0.0)])
def test_even_of_texts_without_any_sense_few_are_mistaken(length: int, most: float) -> None:
    """Each of the ordinary characters of a standard as likely as any other, and not a word among them."""
    chance = random.Random(3)
    gb = [bytes((a, b)).decode("gb2312") for a in range(0xB0, 0xD7) for b in range(0xA1, 0xFF)]
    big5 = [bytes((a, b)).decode("cp950") for a in range(0xA4, 0xC6) for b in (*range(0x40, 0x7F), *range(0xA1, 0xFF))]
    for ordinary, encoding in ((gb, "gb18030"), (big5, "cp950")):
        texts = ["".join(chance.choices(ordinary, k=length)) + ",1\n" for _ in range(2_000)]
        assert sum(decoded(text.encode(encoding)) != text for text in texts) <= most * len(texts)


def test_characters_that_somebody_added_to_big5_are_told_and_not_guessed() -> None:
    data = FULL.encode("big5") + b"\xfa\x50,1\n"
    with pytest.raises(Unreadable) as raised:
        decoded(data)
    assert raised.value.trouble is Trouble.ENCODING


@pytest.mark.parametrize("data", [b"a,b\n\x00,1\n", b"a\x00,\x00b", bytes(40), b"\x00\xd8" * 30, b"\xff" * 9])
def test_what_is_no_text_is_said(data: bytes) -> None:
    with pytest.raises(Unreadable) as raised:
        decoded(data)
    assert raised.value.trouble is Trouble.ENCODING


def test_a_text_table_under_the_name_of_a_workbook_is_for_us_and_a_web_page_is_not() -> None:
    from handlers import excel

    for head in (SIMPLE.encode("gbk"), SIMPLE.replace(",", "\t").encode("utf-16")):
        assert csv_text.opens(head, "导出.XLS") and not excel.opens(head, "导出.XLS") and is_table(head)
    for head in (b"<html><table><tr><td>a,b", b"MIME-Version: 1.0\r\n", b"PK\x03\x04,\t", b"\xd0\xcf\x11\xe0,", b""):
        assert excel.opens(head, "导出.xls") and not csv_text.opens(head, "导出.xls")


def test_a_text_without_a_mark_in_utf_16_is_opened_as_a_table() -> None:
    assert csv_text.opens(SIMPLE.encode("utf-16-le"), "名单.txt")
    assert not csv_text.opens(bytes(range(256)) * 4, "名单.txt")
