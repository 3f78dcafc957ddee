"""Which kinds of report there are."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.opening import configuration
from gateway.cli.options import CONFIG, AsJson, Config
from gateway.cli.saying import say, table


def dataflows(
    english: Annotated[bool, typer.Option("--english", help="English titles.")] = False,
    config: Config = CONFIG,
    json: AsJson = False,
) -> None:
    """List the dataflows: their columns, and how many departments owe them.

    With --json the whole catalogue is written as a Data Package (datapackage.json, Frictionless Table Schema).
    """
    from gateway.config.catalogue import catalogue
    from gateway.core.parties import Language

    rules = configuration(config).rules
    if json:
        say(catalogue(rules))
        return
    language = Language.EN if english else Language.ZH_CN
    owed = [agreement.dataflow for agreement in rules.agreements.values()]
    rows = [
        (flow.id, flow.titles[language], len(flow.fields), len(flow.rules), owed.count(flow.id))
        for flow in rules.dataflows.values()
    ]
    table("dataflows", ("dataflow", "title", "columns", "rules", "departments"), rows)
