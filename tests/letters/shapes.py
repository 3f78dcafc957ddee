"""Letters in their typical shapes: the values from which each is rendered, the same for both languages.

The texts they must become lie in `golden/`, to be read as an officer would read them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.core.dataflow import Severity
from gateway.core.finding import Finding
from gateway.core.letters import Letters, Text
from gateway.core.parties import Language, Officer, Role
from gateway.core.refusal import Refusal, sentence
from gateway.judge.explanation_words import NOT_ASKED, REASONS
from gateway.judge.offered_keys import TOLD
from gateway.kit.ways import Ways
from gateway.perform.answering import CHANNELS, PROOFS
from gateway.perform.witnessing import ALARMS

SOURCES = Path(__file__).parents[2] / "config" / "letters"
GOLDEN = Path(__file__).parent / "golden"
ZONE = "Asia/Shanghai"
Values = Mapping[str, Any]
Words = dict[Language, str]


def letters() -> Letters:
    return Letters({str(path.relative_to(SOURCES)): path.read_text("utf-8") for path in SOURCES.rglob("*.txt")}, ZONE)


def at(day: int, hour: int = 9, minute: int = 0, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


DUE = datetime(2026, 12, 29, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def words(zh: str, en: str) -> Words:
    return {Language.ZH_CN: zh, Language.EN: en}


BIRTHS = words("医院出生人口", "Hospital births")
DEATHS = words("婴儿死亡", "Infant deaths")
VACCINATIONS = words("预防接种", "Vaccinations")


def common(language: Language) -> dict[str, Any]:
    name = "郑示例" if language is Language.ZH_CN else "Zheng Shili"
    address = "reports@health.qinglan.example"
    return {
        "officer": Officer("health.reporter", "health", name, Role.REPORTER, language, (address,), address),
        "lead_office": words("清岚县人口信息办公室", "Qinglan County Population Office")[language],
        "mailbox": "report@qinglan.example",
    }


def submission(title: Words, language: Language, **changes: Any) -> dict[str, Any]:
    plain = {
        "submission": "A-20261222-7K3M9QXD.1", "verdict": "accepted", "title": title[language], "period": "2026-M12",
        "file": f"{title[Language.ZH_CN]}2026年12月.xlsx", "sheet": title[Language.ZH_CN], "becomes": "first",
        "version": 1, "nil": False, "rows": 24, "errors": 0, "queries": 0, "due": DUE, "late": False, "again": True,
        "stands": False, "overdue": False, "assumed_period": False, "no_integrity": False,
        "reason": "", "findings": (), "more": 0, "duplicate_of": None, "marked": "", "sealed": "", "closed": False,
        "open": changes.get("queries", 0), "explained": 0, "added": 0, "carried": 0, "notes": (), "example": "",
        "by_reply": "reply", "listed": "", "wrong": bool(changes.get("errors")),
        "offered": 0, "by": "", "repaired": 0, "mended": "",
    }  # fmt: skip
    return plain | changes


def refused(title: Words, language: Language, refusal: Refusal, **changes: Any) -> dict[str, Any]:
    told = {"verdict": "rejected", "reason": sentence(refusal, language), "version": 0, "becomes": ""}
    return submission(title, language, **(told | changes))


def findings(language: Language, count: int) -> tuple[Finding, ...]:
    told = [
        (
            Severity.ERROR,
            4,
            3,
            "６",
            words("应填整数，现为全角数字“６”", "a whole number is wanted, “６” is full-width"),
            "6",
        ),
        (Severity.ERROR, 5, 3, "-5", words("不能小于 0", "must not be below 0"), ""),
        (Severity.QUERY, 6, 0, "", words("与上期相比增加了两倍，请核实", "twice as many as the period before"), ""),
    ]
    one = [
        Finding(s, "code", "sheet", row, column, "f", value, text[language], repair)
        for s, row, column, value, text, repair in told
    ]
    return tuple((one * count)[:count])


def receipt(language: Language, submissions: Sequence[Values], **changes: Any) -> dict[str, Any]:
    english = language is Language.EN
    plain = {
        "arrival": "A-20261222-7K3M9QXD", "had": at(22, 9, 41), "channel": CHANNELS["smtp"][english], "refusal": None,
        "submissions": submissions, "ignored": (), "keys": (), "proof": next(iter(PROOFS.values()))[english],
    }  # fmt: skip
    return common(language) | plain | changes


def accepted(language: Language) -> Values:
    return receipt(language, [submission(BIRTHS, language)])


def accepted_late_as_a_correction(language: Language) -> Values:
    late = submission(BIRTHS, language, becomes="correction", version=2, late=True, assumed_period=True)
    return receipt(language, [late])


def nil(language: Language) -> Values:
    return receipt(language, [submission(DEATHS, language, nil=True, rows=0, sheet="", file="本期无数据.sealed")])


def rejected(language: Language) -> Values:
    told = refused(
        VACCINATIONS, language, Refusal.FINDINGS, errors=24, queries=1, findings=findings(language, 5), more=20,
        example=words("第 6 行：（请写明原因）", "Row 6: (please say why)")[language],
        marked=words("预防接种2026年12月（已标出）.xlsx", "预防接种2026年12月-marked.xlsx")[language],
    )  # fmt: skip
    return receipt(language, [told])


def asking(language: Language, **changes: Any) -> dict[str, Any]:
    """Queries alone, two of them, and how to answer them."""
    asked = findings(language, 3)[2:]
    example = words("第 6 行：（请写明原因）", "Row 6: (please say why)")[language]
    listed = "findings-A-20261222-7K3M9QXD.1.xlsx"
    plain = {"queries": 1, "findings": asked, "example": example, "listed": listed}
    return submission(VACCINATIONS, language, **(plain | changes))


def accepted_with_queries(language: Language) -> Values:
    return receipt(language, [asking(language)])


def accepted_with_queries_explained_before(language: Language) -> Values:
    told = asking(language, queries=4, open=1, explained=3, carried=2, becomes="correction", version=2)
    return receipt(language, [told | {"by_reply": "signature"}])


def accepted_with_queries_sealed(language: Language) -> Values:
    sealed = "findings-A-20261222-7K3M9QXD.1.sealed"
    return receipt(language, [asking(language, closed=True, sealed=sealed, by_reply="")])


def accepted_with_queries_by_folder(language: Language) -> Values:
    return receipt(language, [asking(language, by_reply="folder")])


def accepted_with_queries_by_password(language: Language) -> Values:
    """Only what opens with the password again is as sure as the report was."""
    return receipt(language, [asking(language, by_reply="")])


def told_of(language: Language, **changes: Any) -> dict[str, Any]:
    plain = {"verdict": "explained", "version": 0, "duplicate_of": "A-20261220-04TZGW1A.1", "file": "", "added": 2}
    return plain | changes


def explained(language: Language) -> Values:
    told = told_of(language, queries=3, open=0, explained=3, findings=(), example="", listed="")
    return receipt(language, [asking(language, **told)])


def explained_in_part(language: Language) -> Values:
    where = NOT_ASKED[language]
    said = words("第 9 行", "row 9")[language]
    asked = words("第 6 行“接种日期”", "row 6 (Date given)")[language]
    told = told_of(language, queries=3, open=1, explained=2, notes=(where.format(at=2, said=said, asked=asked),))
    return receipt(language, [asking(language, **told)])


def explained_though_errors_are_left(language: Language) -> Values:
    told = told_of(language, added=1, queries=2, open=1, explained=1, wrong=True)
    return receipt(language, [asking(language, **told)])


def explained_too_weakly(language: Language) -> Values:
    reason = REASONS[Refusal.PROOF_TOO_WEAK][language]
    told = told_of(language, added=0, reason=reason, closed=True, sealed="findings-A-20261222-7K3M9QXD.1.sealed")
    return receipt(language, [asking(language, **told)])


def protected(language: Language, **changes: Any) -> Values:
    quiet = words(
        "“性别”应填代码，不填名称：“…”的代码是“…”。", "“Sex” takes the code, not the name: the code of “…” is “…”."
    )
    one = Finding(Severity.ERROR, "code_title", "sheet", 4, 3, "sex", "", quiet[language])
    told = refused(BIRTHS, language, Refusal.FINDINGS, errors=21, findings=(one,), more=20, closed=True, **changes)
    return receipt(language, [told])


def rejected_with_an_offer(language: Language) -> Values:
    told = findings(language, 1)
    return receipt(language, [refused(VACCINATIONS, language, Refusal.FINDINGS, errors=1, findings=told, offered=1)])


def rejected_with_an_offer_to_signers(language: Language) -> Values:
    told = findings(language, 1)
    one = refused(VACCINATIONS, language, Refusal.FINDINGS, errors=1, findings=told, offered=1, by="signature")
    return receipt(language, [one])


def rejected_with_an_offer_by_folder(language: Language) -> Values:
    told = findings(language, 1)
    one = refused(VACCINATIONS, language, Refusal.FINDINGS, errors=1, findings=told, offered=1, by="folder")
    return receipt(language, [one])


def rejected_sealed_with_an_offer(language: Language) -> Values:
    name = "findings-A-20261222-7K3M9QXD.1.sealed"
    return protected(language, marked="a.xlsx", sealed=name, offered=21, by="seal")


def repaired(language: Language) -> Values:
    return receipt(language, [submission(BIRTHS, language, becomes="replacement", version=2, repaired=3, file="")])


def repaired_with_the_file(language: Language) -> Values:
    told = {"becomes": "replacement", "version": 2, "repaired": 3, "file": "", "mended": "出生（已改正）.xlsx"}
    sealed = "mended-A-20261222-7K3M9QXD.2.sealed"
    return receipt(language, [submission(BIRTHS, language, **told, sealed=one) for one in ("", sealed)])


def rejected_sealed(language: Language) -> Values:
    return protected(language, marked="a.xlsx", sealed="findings-A-20261222-7K3M9QXD.1.sealed")


def rejected_without_a_key(language: Language) -> Values:
    return protected(language)


def mixed(language: Language) -> Values:
    old = words("民政月报.xls", "民政月报.xls")
    why = words("不是报表", "not a report")[language]
    told = [
        submission(BIRTHS, language),
        submission(DEATHS, language, verdict="duplicate", duplicate_of="A-20261220-04TZGW1A.1", version=0),
        refused(VACCINATIONS, language, Refusal.MUST_BE_SEALED, overdue=True),
        refused(old, language, Refusal.UNSUPPORTED, period=None, due=None, again=False, sheet="", file=old[language]),
    ]
    return receipt(language, told, ignored=[{"name": "公章.png", "why": why}])


def rejected_correction(language: Language) -> Values:
    return receipt(language, [refused(BIRTHS, language, Refusal.HEADER_INCOMPLETE, stands=True)])


def duplicate(language: Language) -> Values:
    again = submission(BIRTHS, language, verdict="duplicate", duplicate_of="A-20261220-04TZGW1A.1", version=0)
    return receipt(language, [again])


def nothing_found(language: Language) -> Values:
    return receipt(language, [], refusal=sentence(Refusal.NOTHING_FOUND, language))


def public_key(language: Language) -> Values:
    english = language is Language.EN
    told = [
        {"key": "health.reporter-2028", "told": TOLD["offered"][english]},
        {"key": "", "told": TOLD["private"][english]},
    ]
    return receipt(language, [], keys=told)


def received(language: Language) -> Values:
    return common(language) | {"arrival": "A-20261222-7K3M9QXD", "had": at(22, 9, 41)}


def question(language: Language) -> Values:
    asked = {"arrival": "A-20261222-7K3M9QXD", "had": at(22, 9, 41), "size": "48.2 KB", "code": "GW-7K3M-9QXD-04TZ"}
    return common(language) | {"arrivals": [asked], "expires": at(29, 9, 45)}


def questions(language: Language) -> Values:
    one, *_ = question(language)["arrivals"]
    other = one | {
        "arrival": "A-20261222-8B2C4D6F",
        "had": at(22, 10, 2),
        "size": "1.1 MB",
        "code": "GW-04TZ-7K3M-9QXD",
    }
    return common(language) | {"arrivals": [one, other], "expires": at(29, 10, 5)}


def item(title: Words, language: Language, **changes: Any) -> dict[str, Any]:
    names = words("郑示例、孙示例", "Zheng Shili, Sun Shili")[language]
    plain = {
        "title": title[language],
        "period": "2026-M12",
        "due": DUE,
        "extended": False,
        "rejected": False,
        "reporters": names,
    }
    return plain | changes


def digest(language: Language, **changes: Any) -> dict[str, Any]:
    department = words("清岚县卫生健康局", "Qinglan County Health Bureau")[language]
    plain: dict[str, Any] = {"day": "2026-12-29", "department": department, "due": [], "overdue": [], "escalated": [],
                             "keys_due": [], "keys_ended": [], "keys_escalated": [],
                             "unproven": [], "unproven_in_all": 0}  # fmt: skip
    return common(language) | plain | changes


def digest_due(language: Language) -> Values:
    return digest(language, day="2026-12-25", due=[item(BIRTHS, language), item(DEATHS, language, extended=True)])


def digest_of_everything(language: Language) -> Values:
    told = [{"arrival": "A-20261228-9QXD04TZ", "had": at(28, 22, 3), "why": sentence(Refusal.FORGED, language)}]
    return digest(
        language,
        overdue=[item(VACCINATIONS, language, rejected=True)],
        due=[item(DEATHS, language, due=at(31, 17))],
        escalated=[item(BIRTHS, language, period="2026-M11")],
        unproven=told,
        unproven_in_all=31,
    )


def ending(language: Language, key: str, owner: Words, day: int, month: int = 12) -> dict[str, Any]:
    department = words("清岚县卫生健康局", "Qinglan County Health Bureau")[language]
    return {"key": key, "until": at(day, 8, month=month), "owner": owner[language], "department": department}


ZHENG = words("郑示例", "Zheng Shili")


def digest_of_a_key_to_renew(language: Language) -> Values:
    return digest(language, day="2026-12-01", keys_due=[ending(language, "health.reporter-2026", ZHENG, 31)])


def digest_of_a_key_that_ended(language: Language) -> Values:
    told = [ending(language, "health.reporter-2026", ZHENG, 28)]
    return digest(language, due=[item(DEATHS, language)], keys_ended=told)


def digest_to_the_head_and_the_lead_office(language: Language) -> Values:
    others = words("孙示例", "Sun Shili")
    told = [
        ending(language, "health.reporter-2026", ZHENG, 28),
        ending(language, "health.deputy-2026", others, 29),
    ]
    return digest(language, keys_escalated=told)


def integrated(language: Language) -> Values:
    told = [
        {
            "title": title[language],
            "period": "2026-M12",
            "own_rows": own,
            "rows": rows,
            "submission": f"A-20261222-7K3M9QXD.{n}",
        }
        for n, (title, own, rows) in enumerate([(BIRTHS, 24, 24), (DEATHS, 1, 3), (VACCINATIONS, 60, 184)], 1)
    ]
    return common(language) | {"integrations": told}


def delivery(language: Language) -> Values:
    missing = words("清岚县教育局：在校学生", "Qinglan County Education Bureau: Pupils enrolled")[language]
    columns = words("出生医学证明编号 性别 出生日期", "Birth-certificate Sex Birth-date")[language].split()
    return common(language) | {
        "title": words("出生登记情况（不含姓名）", "Registered births, without names")[language], "period": "2026-M12",
        "release": "R-5E0C1A2B3D4F", "rows": 23, "file": "births_for_health-2026-M12.xlsx.sealed",
        "purpose": words("核对医院出生与出生登记", "to compare hospital and registered births")[language],
        "legal_basis": words("《中华人民共和国母婴保健法》", "Law on Maternal and Infant Health Care")[language],
        "columns": columns, "missing": [missing],
    }  # fmt: skip


def checkpoint(language: Language) -> Values:
    head = "gateway.qinglan.example\n118\nq0hvJ1cY2mV3xk4lZ5bW6nA7sD8fG9hJ0kL1zX2cV3A=\n"
    note = f"{head}\n— gateway.qinglan.example 3xk4lZ5bW6nA7sD8\n"
    alarms = [{"at": at(29, 3, 10), "what": ALARMS["troubled"], "about": "release/births_for_health/2026-M12/health/1"}]
    values = {"day": "2026-12-29", "size": 118, "origin": "gateway.qinglan.example", "at": at(29, 8, 30), "note": note}
    return common(language) | values | {"officer": None, "alarms": alarms}


def kit(language: Language) -> Values:
    names = words("医院出生人口.xlsx 婴儿死亡.xlsx seal.html", "births.xlsx deaths.xlsx seal.html")[language].split()
    titles = (BIRTHS[language], DEATHS[language])
    sealed = words("密封寄送", "Sealed")[language], words("用浏览器打开 seal.html。", "Open seal.html.")[language]
    coming = [{"title": title, "period": "2026-M12", "due": DUE} for title in titles]
    told = {
        "year": 2026, "department": words("清岚县卫生健康局", "Qinglan County Health Bureau")[language],
        "files": names, "coming": coming, "more": 34, "at_once": [],
        "ways": (Ways(titles, (sealed,), (titles[0],)),), "fingerprint": "12345 67890 11111 22222",
    }  # fmt: skip
    return common(language) | told


def kit_of_a_clinic(language: Language) -> Values:
    """Nothing is due by a day."""
    plain = words("普通邮件", "Plain mail")[language], words("把表作为附件寄来。", "Mail the file.")[language]
    urgent = words("及时通报事项", "Urgent events")[language]
    ways = (Ways((urgent,), (plain,), ()),)
    return {**kit(language), "coming": [], "more": 0, "at_once": [urgent], "ways": ways}


SHAPES = {
    "receipt": (
        accepted_with_queries, accepted_with_queries_explained_before, accepted_with_queries_sealed,
        accepted_with_queries_by_folder, accepted_with_queries_by_password, explained, explained_in_part,
        explained_though_errors_are_left, explained_too_weakly,
        accepted, accepted_late_as_a_correction, nil, rejected, rejected_sealed, rejected_without_a_key,
        rejected_with_an_offer, rejected_with_an_offer_to_signers, rejected_with_an_offer_by_folder,
        rejected_sealed_with_an_offer, repaired, repaired_with_the_file,
        rejected_correction, mixed, duplicate, nothing_found, public_key,
    ),
    "received": (received,),
    "question": (question, questions),
    "digest": (
        digest_due, digest_of_everything, digest_of_a_key_to_renew, digest_of_a_key_that_ended,
        digest_to_the_head_and_the_lead_office,
    ),
    "integrated": (integrated,),
    "delivery": (delivery,),
    "checkpoint": (checkpoint,),
    "kit": (kit, kit_of_a_clinic),
}  # fmt: skip
EVERY = [
    (kind, shape.__name__, shape, language)
    for kind, found in SHAPES.items()
    for shape in found
    for language in Language
]


def shown(text: Text) -> str:
    """As a golden file: the subject, an empty line, the body."""
    return f"{text.subject}\n\n{text.body}"
