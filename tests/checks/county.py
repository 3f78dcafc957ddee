"""A few dataflows as a county would configure them, and sheets of invented people for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.checks.id_number import check_character
from gateway.core.dataflow import Code, CodeList, Dataflow, Field, FieldType, RowRule, Severity
from gateway.core.parties import Titles

T = FieldType
SEX = CodeList(
    "sex",
    Titles("性别", "sex"),
    (Code("1", Titles("男", "male"), ("M",)), Code("2", Titles("女", "female"), ("F",))),
)
VILLAGES = CodeList(
    "villages",
    Titles("村", "villages"),
    (
        Code("001", Titles("东村", "East Village")),
        Code("002", Titles("西村", "West Village")),
        Code("010", Titles("河口", "River Mouth")),
    ),
)
CODELISTS: Mapping[str, CodeList] = {"sex": SEX, "villages": VILLAGES}


def field(name: str, type: FieldType, zh: str, en: str, **more: object) -> Field:
    return Field(name, type, Titles(zh, en), **more)  # type: ignore[arg-type]


def rule(name: str, sql: str, *columns: str, severity: Severity = Severity.ERROR) -> RowRule:
    return RowRule(name, columns, sql, severity, Titles(f"规则{name}", f"rule {name}"))


BIRTHS = Dataflow(
    "births",
    Titles("出生登记", "Births"),
    "invented law",
    "invented purpose",
    (
        field("id", T.STRING, "公民身份号码", "Citizen id", format="id_number", required=True, unique=True),
        field("name", T.STRING, "姓名", "Name", required=True, max_length=20, personal=True, aliases=("婴儿姓名",)),
        field("sex", T.STRING, "性别", "Sex", codelist="sex", required=True),
        field("born", T.DATE, "出生日期", "Date of birth", required=True, minimum="1900-01-01"),
        field("registered", T.DATE, "登记日期", "Date of registration"),
        field("village", T.STRING, "村代码", "Village", codelist="villages"),
        field("order", T.INTEGER, "孩次", "Birth order", minimum="1", maximum="20"),
        field("weight", T.NUMBER, "体重", "Weight", minimum="0.2", maximum="9"),
        field("month", T.YEARMONTH, "月份", "Month"),
        field("late", T.BOOLEAN, "补报", "Late"),
        field("phone", T.STRING, "电话", "Telephone", pattern=r"[0-9]{8,11}", personal=True),
        field("remark", T.STRING, "附注", "Annotation"),
    ),
    primary_key=("id",),
    rules=(
        rule("registered_after_birth", "registered >= born", "registered", "born"),
        rule("not_in_future", "born <= had_on", "born"),
        rule("sex_in_id", "(TRY_CAST(SUBSTR(id, 17, 1) AS BIGINT) % 2 = 1) = (sex = '1')", "id", "sex"),
        rule("late_means_late", "NOT late OR registered - born > INTERVAL '30 days'", "late", "registered", "born",
             severity=Severity.QUERY),
    ),
    aliases=("出生",),
)  # fmt: skip

DEATHS = Dataflow(
    "deaths",
    Titles("死亡注销", "Deaths"),
    "invented law",
    "invented purpose",
    (
        field("id", T.STRING, "公民身份号码", "Citizen id", format="id_number", required=True, personal=True),
        field("name", T.STRING, "姓名", "Name", required=True, personal=True),
        field("sex", T.STRING, "性别", "Sex", codelist="sex", required=True),
        field("died", T.DATE, "死亡日期", "Date of death", required=True),
    ),
    primary_key=("id",),
    aliases=("死亡",),
)

MOVES = Dataflow(
    "moves",
    Titles("迁入迁出", "Moves"),
    "invented law",
    "invented purpose",
    (
        field("village", T.STRING, "村代码", "Village", codelist="villages", required=True),
        field("moved_in", T.INTEGER, "迁入人数", "Moved in", required=True, minimum="0"),
        field("moved_out", T.INTEGER, "迁出人数", "Moved out", required=True, minimum="0"),
    ),
    primary_key=("village",),
    aliases=("迁移",),
    totals_only=True,
)

HEADER = tuple(f.titles.zh_CN for f in BIRTHS.fields)


def citizen(number: int, born: str = "20261005", sex: int = 1, place: str = "330102") -> str:
    """An invented citizen id with its right check character; `sex` as in the code list."""
    order = (number * 2 + (sex == 1)) % 1000
    first17 = f"{place}{born}{order:03}"
    return first17 + check_character(first17)


def birth(number: int, **cells: str) -> list[str]:
    """One right row of births; `cells` overwrite."""
    right = {
        "id": citizen(number),
        "name": f"王{number}",
        "sex": "1",
        "born": "2026-10-05",
        "registered": "2026-10-12",
        "village": "001",
        "order": "1",
        "weight": "3.2",
        "month": "2026-10",
        "late": "FALSE",
        "phone": "57112345678",
        "remark": "",
    }
    return list({**right, **cells}.values())


def sheet(rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> list[list[str]]:
    return [list(header), *map(list, rows)]
