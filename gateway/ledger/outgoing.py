"""What is known of letters, integrations, releases and accesses, and of the journal and its keys."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from gateway.ledger.columns import Instant, Words, index_where
from gateway.ledger.tables import metadata

letters = Table(
    "letters",
    metadata,
    Column("letter", Text, primary_key=True),
    Column("written", BigInteger, nullable=False, unique=True),
    Column("written_at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("officer", Text),  # NULL: the auditor's address
    Column("outlet", Text, nullable=False),
    Column("blob", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("sent", BigInteger),
    Column("sent_at", Instant),
    Column("dropped", BigInteger),
    Column("dropped_why", Text),
    Column("undeliverable", BigInteger),
    Column("undeliverable_code", Text),
)
index_where(
    letters,
    "unsent",
    letters.c.sent.is_(None) & letters.c.dropped.is_(None) & letters.c.undeliverable.is_(None),
    "written",
)
Index("letters_kind", letters.c.kind, letters.c.written_at)

letter_about = Table(
    "letter_about",
    metadata,
    Column("letter", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("stage", Text, nullable=False),
)
Index("letter_about_what", letter_about.c.kind, letter_about.c.id)

alarms = Table(
    "alarms",
    metadata,
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),  # troubled, undeliverable, set_aside
    Column("about", Text, nullable=False, index=True),  # the duty, letter or arrival
    Column("since", Instant),
)

integrations = Table(
    "integrations",
    metadata,
    Column("integration", Text, primary_key=True),
    Column("integrated", BigInteger, nullable=False, unique=True),
    Column("integrated_at", Instant, nullable=False, index=True),
    Column("dataflow", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("missing", Words, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("table", Text, nullable=False),
)
Index("integrations_cell", integrations.c.period, integrations.c.dataflow, integrations.c.integrated)

integration_submissions = Table(
    "integration_submissions",
    metadata,
    Column("integration", Text, primary_key=True),
    Column("submission", Text, primary_key=True, index=True),
)

releases = Table(
    "releases",
    metadata,
    Column("release", Text, primary_key=True),
    Column("released", BigInteger, nullable=False, unique=True),
    Column("released_at", Instant, nullable=False),
    Column("result", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("integrations", Words, nullable=False),
    Column("fields", Words, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("blob", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("configured", Text, nullable=False),
)
Index("releases_cell", releases.c.period, releases.c.result, releases.c.department)

accesses = Table(
    "accesses",
    metadata,
    Column("accessed", BigInteger, primary_key=True, autoincrement=False),
    Column("accessed_at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("what", Text, nullable=False, index=True),
    Column("fields", Words, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("reason", Text, nullable=False),
)

erased_blobs = Table(
    "erased_blobs",
    metadata,
    Column("blob", Text, primary_key=True),
    Column("erased", BigInteger, primary_key=True, autoincrement=False),
    Column("erased_at", Instant, nullable=False),
    Column("why", Text, nullable=False),
)

eras = Table(
    "eras",
    metadata,
    Column("began", BigInteger, primary_key=True, autoincrement=False),
    Column("began_at", Instant, nullable=False),
    Column("origin", Text, nullable=False),
    Column("era", Integer, nullable=False),
)

configurations = Table(
    "configurations",
    metadata,
    Column("configured", BigInteger, primary_key=True, autoincrement=False),
    Column("configured_at", Instant, nullable=False),
    Column("version", Text, nullable=False, index=True),
    Column("blob", Text, nullable=False),
)

key_offers = Table(
    "key_offers",
    metadata,
    Column("offered", BigInteger, primary_key=True, autoincrement=False),
    Column("offered_at", Instant, nullable=False),
    Column("officer", Text, nullable=False, index=True),
    Column("fingerprint", Text, nullable=False),
    Column("arrival", Text, nullable=False),
    Column("blob", Text, nullable=False),
    Column("proof", Text),  # how the arrival was proven; NULL: only its address is the officer's
    Column("sealed_by", Text),
)

key_confirmations = Table(
    "key_confirmations",
    metadata,
    Column("confirmed", BigInteger, primary_key=True, autoincrement=False),
    Column("confirmed_at", Instant, nullable=False),
    Column("key", Text, nullable=False, index=True),
    Column("officer", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("by", Text, nullable=False),
)

key_revocations = Table(
    "key_revocations",
    metadata,
    Column("revoked", BigInteger, primary_key=True, autoincrement=False),
    Column("revoked_at", Instant, nullable=False),
    Column("key", Text, nullable=False, index=True),
    Column("officer", Text, nullable=False),
    Column("from_instant", Instant, nullable=False),
    Column("by", Text, nullable=False),
)
