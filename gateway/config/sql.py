"""Tries the queries of a configuration on empty tables: names, types and columns are right, or a mistake says why.

A recipient's tables have the columns that recipient is entitled to and nothing else, so a query that asks for more
fails here, and not on the day of the release. Entitlements are taken together whatever their validity.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass

from gateway.config.mistakes import Mistake, guess
from gateway.core.dataflow import Dataflow, FieldType
from gateway.core.result import Entitlement, Result
from gateway.core.rules import Rules

_TYPES = {
    FieldType.STRING: "VARCHAR",
    FieldType.INTEGER: "BIGINT",
    FieldType.NUMBER: "DOUBLE",
    FieldType.BOOLEAN: "BOOLEAN",
    FieldType.DATE: "DATE",
    FieldType.YEARMONTH: "VARCHAR",
}
_DIVISION = re.compile(r"(?<!:):division\b")
_REASON = re.compile(r"\s*(Candidate bindings|LINE \d+):.*", re.S)

_ENTITLED = "Use only the columns this recipient is entitled to, and _department"
_ALLOWED = "Use only columns of the dataflow, _department and :division"


@dataclass(frozen=True, slots=True)
class Question:
    """One query to try: where it stands, its text, its tables (name → column → type), and the columns it must give.

    `columns` is None for a condition, which gives none.
    """

    file: str
    key: str
    sql: str
    tables: dict[str, dict[str, str]]
    columns: list[str] | None = None


SqlTrial = Callable[[Sequence[Question]], list[Mistake]]


def view_columns(dataflow: Dataflow, fields: Sequence[str]) -> dict[str, str]:
    """The columns of the view that a result's query sees, with DuckDB types: who reported the row, and these."""
    types = {name: _TYPES[dataflow.by_name[name].type] for name in fields if name in dataflow.by_name}
    return {"_department": "VARCHAR", **types}


def bound_division(sql: str) -> str:
    """`:division` as DuckDB writes a named parameter; a cast (`::date`) is left alone."""
    return _DIVISION.sub("$division", sql)


def questions(rules: Rules, broken: AbstractSet[str]) -> list[Question]:
    """Every row condition of an entitlement, and every result once for each recipient.

    What stands on a file among `broken` is not asked: the answer would only repeat that file's mistakes.
    """
    found: list[Question] = []
    for index, entitlement in enumerate(rules.entitlements):
        dataflow = rules.dataflows.get(entitlement.dataflow)
        if entitlement.rows and dataflow and broken.isdisjoint({"entitlements.toml", f"dataflows/{dataflow.id}.toml"}):
            columns = view_columns(dataflow, [field.name for field in dataflow.fields])
            sql = f"SELECT 1 FROM rows WHERE ({entitlement.rows})"  # noqa: S608 - ours, and tried on an empty table
            found.append(Question("entitlements.toml", f"entitlements[{index}].rows", sql, {"rows": columns}))
    for result in rules.results.values():
        ground = {f"results/{result.id}.toml", f"results/{result.id}.sql", "entitlements.toml"}
        if broken.isdisjoint(ground | {f"dataflows/{name}.toml" for name in result.dataflows}):
            found += [_of_result(rules, result, recipient) for recipient in result.recipients]
    return found


def _of_result(rules: Rules, result: Result, recipient: str) -> Question:
    tables: dict[str, dict[str, str]] = {}
    for name in result.dataflows:
        if name in rules.dataflows:
            columns = view_columns(rules.dataflows[name], _fields(rules.entitlements, recipient, name))
            tables[name] = tables[f"{name}_previous"] = columns
    return Question(f"results/{result.id}.sql", f"for {recipient}", result.sql, tables, list(result.columns))


def _fields(entitlements: Sequence[Entitlement], department: str, dataflow: str) -> list[str]:
    found = (e.fields for e in entitlements if (e.department, e.dataflow) == (department, dataflow))
    return list(dict.fromkeys(name for fields in found for name in fields))


def try_sql(asked: Sequence[Question]) -> list[Mistake]:
    """Tries them in this process."""
    return [mistake for question in asked for mistake in _try(question)]


def untried(asked: Sequence[Question]) -> list[Mistake]:
    """Tries none."""
    return []


def in_child(asked: Sequence[Question]) -> list[Mistake]:
    """Tries them in a child, so that the daemon itself never loads DuckDB for it."""
    if not asked:
        return []
    text = json.dumps([asdict(question) for question in asked])
    command = [sys.executable, "-m", "gateway.config.sql"]
    answer = subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=60)
    return [Mistake(**mistake) for mistake in json.loads(answer.stdout)]


def _try(question: Question) -> list[Mistake]:
    import duckdb

    def wrong(reason: str, repair: str) -> list[Mistake]:
        return [Mistake(question.file, question.key, reason, repair)]

    connection = duckdb.connect(":memory:", config={"enable_external_access": "false"})
    try:
        for table, columns in question.tables.items():
            listed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            connection.execute(f'CREATE TABLE "{table}" ({listed})')
        sql = bound_division(question.sql)
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type is not duckdb.StatementType.SELECT:
            return wrong("is not one SELECT", "Write a single query")
        unknown = statements[0].named_parameters - {"division"}
        if unknown:
            return wrong(f"uses the parameter {min(unknown)}", "Only :division, the recipient's, is given")
        given = {"division": "0"} if statements[0].named_parameters else None
        columns_found = [name for name, *_ in connection.execute(f"DESCRIBE {sql}", given).fetchall()]
    except duckdb.Error as error:
        first = _REASON.sub("", str(error)).strip().replace("\n", " ").rstrip(".!")
        return wrong(f"does not run: {first}", _ALLOWED if question.columns is None else _ENTITLED)
    finally:
        connection.close()
    return _compare(question, columns_found)


def _compare(question: Question, found: list[str]) -> list[Mistake]:
    if question.columns is None or found == question.columns:
        return []
    described = question.file.removesuffix(".sql") + ".toml"
    missing = [name for name in found if name not in question.columns]
    spare = [name for name in question.columns if name not in found]
    if missing:
        return [
            Mistake(described, "columns", f'says nothing of "{missing[0]}", which the query gives', "Add its titles")
        ]
    if spare:
        return [Mistake(described, f"columns.{spare[0]}", "is no column that the query gives", guess(spare[0], found))]
    return [Mistake(described, "columns", "has another order than the query", f"Order them {', '.join(found)}")]


if __name__ == "__main__":
    raw = json.load(sys.stdin)
    json.dump([asdict(mistake) for mistake in try_sql([Question(**item) for item in raw])], sys.stdout)
