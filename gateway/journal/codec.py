"""A fact as one canonical JSON line, and back.

    {"fact":{"arrival":"A-…","at":"2026-10-05T01:02:03Z",…},"kind":"received","version":1}

Canonical: UTF-8, keys in code-point order, no spaces, every field present (`null` where there is nothing), instants in
RFC 3339 with `Z` and, only where they are not zero, six digits of microseconds. A field that came later to its kind is
present where it is not at its default, and only there: older lines hold. One fact has exactly one line and one line
exactly one fact: `decode` encodes again and compares bytes.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any

import orjson

from gateway.core.facts import KINDS, Fact
from gateway.core.facts.fact import LATER

_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
_NO_OFFSET = timedelta(0)

Decoder = Callable[[Any], Any]


class Malformed(ValueError):
    """This line is no fact that we know. The message holds no part of the line."""


def encode(fact: Fact) -> bytes:
    """The fact's canonical line, without a newline. Raises `Malformed` for what could not be read back."""
    kind = type(fact)
    if KINDS.get((kind.KIND, kind.VERSION)) is not kind:
        raise Malformed("this kind and version of fact is not listed")
    try:
        return orjson.dumps({"fact": fact, "kind": kind.KIND, "version": kind.VERSION}, _plain, _OPTIONS)
    except orjson.JSONEncodeError as error:
        raise Malformed("a field of the fact has a value that has no canonical form") from error


def decode(line: bytes) -> Fact:
    """The fact of a canonical line. Raises `Malformed` for anything that `encode` would not have written."""
    try:
        envelope = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise Malformed("not JSON") from None
    if type(envelope) is not dict or envelope.keys() != {"fact", "kind", "version"}:
        raise Malformed("not a fact, its kind and its version")
    kind, version = envelope["kind"], envelope["version"]
    known = KINDS.get((kind, version)) if type(kind) is str and type(version) is int else None
    if known is None:
        raise Malformed("unknown kind or version")
    declared: Any = known
    fact: Fact = _decoder(declared)(envelope["fact"])
    if encode(fact) != line:
        raise Malformed("not the canonical form")
    return fact


def _plain(value: Any) -> Any:
    """What orjson asks for: a dataclass as its sorted fields, an instant as text."""
    if type(value) is datetime:
        if value.utcoffset() != _NO_OFFSET:
            raise TypeError("not a UTC instant")
        return value.isoformat()[:-6] + "Z"
    kind: Any = type(value)
    names, values, unsaid = _layout(kind)
    told = dict(zip(names, values(value), strict=True))
    for name, default in unsaid:
        if told[name] == default:
            del told[name]
    return told


@cache
def _layout(kind: Any) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]], tuple[tuple[str, Any], ...]]:
    """The names of a dataclass's fields in canonical order, a function that gets their values in that order, and which
    go unsaid at which value."""
    if not is_dataclass(kind):
        raise TypeError("not a dataclass")
    names = tuple(sorted(field.name for field in fields(kind)))
    get = attrgetter(*names)
    return names, get if len(names) > 1 else lambda value: (get(value),), tuple(_later(kind).items())


def _later(kind: Any) -> dict[str, Any]:
    """The fields that came later to a kind, and what they are where a line says nothing of them."""
    return {field.name: field.default for field in fields(kind) if LATER in field.metadata}


@cache
def _decoder(declared: Any) -> Decoder:
    """A function from plain JSON to a value of the declared type, made once for each type."""
    if declared in _SCALARS:
        return _SCALARS[declared]
    origin, arguments = typing.get_origin(declared), typing.get_args(declared)
    if origin is tuple:
        return _tuple_of(_decoder(arguments[0]))
    if origin in (types.UnionType, typing.Union):
        (present,) = (argument for argument in arguments if argument is not types.NoneType)
        return _optional(_decoder(present))
    if issubclass(declared, Enum):
        return _member_of(declared)
    return _dataclass(declared)


def _exactly(kind: type) -> Decoder:
    def scalar(value: Any) -> Any:
        if type(value) is not kind:
            raise Malformed(f"a field is not of type {kind.__name__}")
        return value

    return scalar


def _instant(value: Any) -> datetime:
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Malformed("a field is not an instant") from None
    if instant.utcoffset() != _NO_OFFSET:
        raise Malformed("an instant is not in UTC")
    return instant


def _tuple_of(item: Decoder) -> Decoder:
    def sequence(value: Any) -> tuple[Any, ...]:
        if type(value) is not list:
            raise Malformed("a field is not a list")
        return tuple([item(each) for each in value])

    return sequence


def _optional(present: Decoder) -> Decoder:
    return lambda value: None if value is None else present(value)


def _member_of(members: type[Enum]) -> Decoder:
    known = {member.value: member for member in members}

    def member(value: Any) -> Enum:
        if type(value) is not str or value not in known:
            raise Malformed(f"a field is not a {members.__name__}")
        return known[value]

    return member


def _dataclass(kind: Any) -> Decoder:
    hints = typing.get_type_hints(kind)
    parts = [(field.name, _decoder(hints[field.name])) for field in fields(kind)]
    names, unsaid = {name for name, _ in parts}, _later(kind)
    needed = names - unsaid.keys()

    def build(value: Any) -> Any:
        if type(value) is not dict or not needed <= value.keys() <= names:
            raise Malformed(f"the fields are not those of {kind.__name__}")
        return kind(*[part(value[name]) if name in value else unsaid[name] for name, part in parts])

    return build


_SCALARS: dict[Any, Decoder] = {str: _exactly(str), int: _exactly(int), bool: _exactly(bool), datetime: _instant}
