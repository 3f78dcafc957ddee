"""Puts one officer's kit together: all its files, made in memory."""

from __future__ import annotations

from gateway.core.filenames import harmless
from gateway.core.message import Attachment
from gateway.core.parties import Titles
from gateway.kit.terms import Terms

_GUIDE, _CALENDAR = Titles("报送指南{year}", "Guide {year}"), Titles("报送日历{year}", "Deadlines {year}")
SEAL_PAGE = "seal.html"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def make_kit(terms: Terms) -> tuple[Attachment, ...]:
    """The guide first, then a template for each report, the calendar, and the page that seals.

    A template bears its report's title as its name, and no year: what the file is called may say the period.
    """
    from gateway.kit.guide import guide
    from gateway.kit.ics import calendar_file
    from gateway.kit.page import seal_page
    from gateway.kit.page_data import page_data

    language = terms.language
    return (
        Attachment(_named(_GUIDE[language].format(year=terms.year), "html"), "text/html; charset=utf-8", guide(terms)),
        *_templates(terms),
        Attachment(
            _named(_CALENDAR[language].format(year=terms.year), "ics"),
            "text/calendar; charset=utf-8",
            calendar_file(terms),
        ),
        Attachment(SEAL_PAGE, "text/html; charset=utf-8", seal_page(page_data(terms))),
    )


def _templates(terms: Terms) -> tuple[Attachment, ...]:
    from gateway.kit.template import Form, template

    rules, department, language = terms.rules, terms.department, terms.language
    found: dict[str, Attachment] = {}
    for one in terms.owing:
        periods = tuple(obligation.period for obligation in one.obligations)
        form = Form(one.dataflow, rules.codelists, department.titles, department.division, periods, language, terms.at)
        name = _named(one.dataflow.titles[language], "xlsx")
        if name in found:  # two reports of one title
            name = _named(f"{one.dataflow.titles[language]} {one.dataflow.id}", "xlsx")
        found[name] = Attachment(name, WORKBOOK, template(form))
    return tuple(found.values())


def _named(stem: str, suffix: str) -> str:
    return harmless(f"{stem}.{suffix}")
