"""The statements that facts cause, each built once; their order here is the order in which a batch runs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import (
    BigInteger,
    ClauseElement,
    ColumnElement,
    Insert,
    Table,
    Text,
    bindparam,
    case,
    func,
    insert,
    select,
    type_coerce,
    update,
)

from gateway.ledger import outgoing, tables
from gateway.ledger.columns import Instant
from gateway.ledger.tables import ACCEPTED, CURRENT, LAPSES, arrivals, obligations, questions, submissions
from gateway.rows import Prepared

_places = count()


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One statement with named parameters; those that choose rows begin with `of_`."""

    sql: ClauseElement
    place: int = field(default_factory=_places.__next__)
    prepared: Prepared = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "prepared", Prepared(self.sql))


Step = tuple[Statement, Mapping[str, Any]]


def _into(table: Table) -> Statement:
    return Statement(insert(table))


def _insert_obligation() -> Insert:
    """An obligation may open after its first submission was accepted: it then opens fulfilled."""
    held = submissions.c.obligation == bindparam("obligation", type_=Text)
    accepted = held & ACCEPTED
    return insert(obligations).from_select(
        [column.name for column in obligations.c],
        select(
            *(
                bindparam(column.name, type_=column.type)
                for column in obligations.c
                if column.name not in ("accepted", "first_had")
            ),
            select(submissions.c.submission).where(accepted, submissions.c.superseded.is_(None)).scalar_subquery(),
            select(func.min(type_coerce(arrivals.c.had, BigInteger)))
            .where(accepted, arrivals.c.arrival == submissions.c.arrival)
            .scalar_subquery(),
        ),
    )


_of_arrival = arrivals.c.arrival == bindparam("of_arrival")
_of_obligation = obligations.c.obligation == bindparam("of_obligation")
_of_letter = outgoing.letters.c.letter == bindparam("of_letter")
# What somebody vouched for is never erased, whatever was said of it afterwards.
_since_if_never_vouched_for = case(
    (arrivals.c.vouched.is_(None) & arrivals.c.erased.is_(None), bindparam("kept_since", type_=Instant)), else_=None
)
_had = select(arrivals.c.had).where(_of_arrival).scalar_subquery()


def _micros(column: str) -> ColumnElement[int]:
    return type_coerce(obligations.c[column], BigInteger)


_until = bindparam("until_micros", type_=BigInteger)
_shift = _micros("shuts") - _micros("closes")  # by the extension before this one

add_era = _into(outgoing.eras)
add_configuration = _into(outgoing.configurations)
add_key_offer = _into(outgoing.key_offers)
add_key_confirmation = _into(outgoing.key_confirmations)
add_key_revocation = _into(outgoing.key_revocations)

add_arrival = _into(tables.arrivals)
add_obligation = Statement(_insert_obligation())

judge_arrival = Statement(
    update(arrivals)
    .where(_of_arrival)
    .values(
        {
            name: bindparam(name)
            for name in (
                "judged", "judged_at", "configured", "quarantined", "refusal", "names", "confirms", "details",
                "proof_kind", "proof_officer", "proof_key", "proof_domain", "answer", "tell",
            )
        }
        | {"waits": None, "kept_since": _since_if_never_vouched_for}
    )
)  # fmt: skip
add_ignored_part = _into(tables.ignored_parts)
add_submission = _into(tables.submissions)
supersede = Statement(
    update(submissions)
    .where(
        submissions.c.obligation == bindparam("of_obligation"),
        CURRENT,
        submissions.c.judged < bindparam("superseded"),
    )
    .values(superseded=bindparam("superseded"), to_integrate=None)
)
fulfil_obligation = Statement(
    update(obligations)
    .where(_of_obligation)
    .values(accepted=bindparam("accepted"), first_had=func.coalesce(obligations.c.first_had, _had))
)

add_letter = _into(outgoing.letters)
add_about = _into(outgoing.letter_about)
answer_arrival = Statement(update(arrivals).where(_of_arrival).values(answer=None))
tell_of_arrival = Statement(update(arrivals).where(_of_arrival).values(tell=None))
tell_of_integration = Statement(
    update(submissions).where(submissions.c.submission == bindparam("of_submission")).values(tell_integrated=None)
)
send_letter = Statement(
    update(outgoing.letters).where(_of_letter).values(sent=bindparam("sent"), sent_at=bindparam("sent_at"))
)
drop_letter = Statement(
    update(outgoing.letters)
    .where(_of_letter)
    .values(dropped=bindparam("dropped"), dropped_why=bindparam("dropped_why"))
)
fail_letter = Statement(
    update(outgoing.letters)
    .where(_of_letter)
    .values(undeliverable=bindparam("undeliverable"), undeliverable_code=bindparam("undeliverable_code"))
)

add_question = _into(tables.questions)
confirm_question = Statement(
    update(questions)
    .where(
        questions.c.arrival == bindparam("of_arrival"),
        questions.c.officer == bindparam("of_officer"),
        questions.c.confirmed.is_(None),
    )
    .values(confirmed=bindparam("confirmed"), confirmed_by=bindparam("confirmed_by"))
)
vouch = Statement(
    update(arrivals)
    .where(_of_arrival, arrivals.c.erased.is_(None))
    .values(
        waits=bindparam("vouched"), vouched=bindparam("vouched"), vouched_kind=bindparam("vouched_kind"),
        vouched_officer=bindparam("vouched_officer"), tell=None, set_aside=None, discarded=None, deaths=0,
        kept_since=None,
    )
)  # fmt: skip
discard = Statement(
    update(arrivals)
    .where(_of_arrival)
    .values(discarded=bindparam("discarded"), waits=None, tell=None, kept_since=_since_if_never_vouched_for)
)
set_aside = Statement(
    update(arrivals).where(_of_arrival).values(set_aside=bindparam("set_aside"), deaths=bindparam("deaths"), waits=None)
)
attempt = Statement(update(arrivals).where(_of_arrival).values(deaths=bindparam("deaths")))

add_repair = _into(tables.repairs)
take_repair = Statement(
    update(tables.repairs)
    .where(tables.repairs.c.submission == bindparam("of_submission"))
    .values(taken_by=bindparam("taken_by"))
)
add_explanation = _into(tables.explanations)
add_extension = _into(tables.extensions)
extend = Statement(
    update(obligations)
    .where(_of_obligation)
    .values(
        extended_until=bindparam("until"),
        extended_at=bindparam("extended_at"),
        extensions=obligations.c.extensions + 1,
        shuts=_micros("closes") + (_until - _micros("due")),
        chase=_micros("chase") - _shift + (_until - _micros("due")),
    )
)

add_alarm = _into(outgoing.alarms)
add_integration = _into(outgoing.integrations)
add_integration_submission = _into(outgoing.integration_submissions)
integrate_submission = Statement(
    update(submissions)
    .where(submissions.c.submission == bindparam("of_submission"), submissions.c.integrated.is_(None))
    .values(integrated=bindparam("integrated"), tell_integrated=bindparam("integrated"), to_integrate=None)
)
add_release = _into(outgoing.releases)
add_access = _into(outgoing.accesses)
add_erased_blob = _into(outgoing.erased_blobs)
erase_arrival = Statement(
    update(arrivals)
    .where(arrivals.c.blob == bindparam("of_blob"), LAPSES)
    .values(erased=bindparam("erased"), kept_since=None, tell=None)
)
