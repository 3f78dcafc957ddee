"""What is known of arrivals, submissions and obligations: tables that follow from the facts alone.

No column is a status that somebody sets. A column named after a fact holds that fact's index in the journal, so that
"is it judged?" is "is there a Judged fact?". Columns named after something owed (`waits`, `answer`, `tell`) hold the
index or the officer of the fact that made it owed, and are empty once the fact that settles it is there: partial
indexes over them keep "what is open" as cheap as what is open.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, Table, Text, literal_column

from gateway.ledger.columns import Instant, Instants, index_where

metadata = MetaData()

arrivals = Table(
    "arrivals",
    metadata,
    Column("arrival", Text, primary_key=True),
    Column("received", BigInteger, nullable=False, unique=True),
    Column("recorded", Instant, nullable=False),
    Column("had", Instant, nullable=False),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("source", Text),
    Column("officer", Text),  # authenticated to the channel
    Column("size", BigInteger, nullable=False),
    Column("blob", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("waits", BigInteger),  # for a verdict, since this fact; NULL: has one, or will get none
    Column("deaths", Integer, nullable=False),
    Column("set_aside", BigInteger),
    Column("judged", BigInteger),  # the latest verdict's fact
    Column("judged_at", Instant),
    Column("configured", Text),
    Column("quarantined", Boolean, nullable=False),
    Column("refusal", Text),
    Column("proof_kind", Text),
    Column("proof_officer", Text),
    Column("proof_key", Text),
    Column("proof_domain", Text),
    Column("details", Text),
    Column("names", Text),  # the officer whom an unproven arrival names
    Column("confirms", Text),
    Column("answer", BigInteger),  # a receipt is owed since this fact
    Column("tell", Text),  # the officer who is still to be told of, or asked about, this unproven arrival
    Column("vouched", BigInteger),  # the Confirmed or Admitted fact
    Column("vouched_kind", Text),  # confirmed, admitted
    Column("vouched_officer", Text),
    Column("discarded", BigInteger),
    Column("kept_since", Instant),  # unproven or discarded then, so its bytes are kept for a while only
    Column("erased", BigInteger),
)
index_where(arrivals, "waiting", arrivals.c.waits.is_not(None), "waits")
index_where(arrivals, "unanswered", arrivals.c.answer.is_not(None), "answer")
index_where(arrivals, "untold", arrivals.c.tell.is_not(None), "judged")
LAPSES = arrivals.c.kept_since.is_not(None)
index_where(arrivals, "lapsing", LAPSES, "kept_since")
index_where(arrivals, "lapsing_blobs", LAPSES, "blob")
QUARANTINED = arrivals.c.quarantined.is_(True)
index_where(arrivals, "quarantine", QUARANTINED, "judged")
index_where(arrivals, "aside", arrivals.c.set_aside.is_not(None), "set_aside")
index_where(arrivals, "sources", arrivals.c.source.is_not(None), "account", "source")

ignored_parts = Table(
    "ignored_parts",
    metadata,
    Column("judged", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("arrival", Text, nullable=False, index=True),
    Column("part", Text, nullable=False),
    Column("why", Text, nullable=False),
)

submissions = Table(
    "submissions",
    metadata,
    Column("submission", Text, primary_key=True),
    Column("arrival", Text, nullable=False, index=True),
    Column("judged", BigInteger, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("refusal", Text),
    Column("officer", Text),  # of the proof
    Column("department", Text, nullable=False),
    Column("dataflow", Text),
    Column("period", Text),
    Column("obligation", Text),  # department/dataflow/period where all are known, whether owed or not
    Column("becomes", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("nil", Boolean, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("errors", Integer, nullable=False),
    Column("queries", Integer, nullable=False),
    Column("sameness", Text, nullable=False),
    Column("manifest", Text),
    Column("sequence", BigInteger),
    Column("key", Text),
    Column("table", Text),
    Column("findings", Text),
    Column("duplicate_of", Text),
    Column("no_integrity", Boolean, nullable=False),
    Column("superseded", BigInteger),  # by the verdict that accepted a later version
    Column("to_integrate", BigInteger),  # since this fact: accepted, current and never integrated
    Column("integrated", BigInteger),  # first in this Integrated fact
    Column("tell_integrated", BigInteger),  # its officer is still to be told so
)
# The word stands in the statement itself: a database uses a partial index only for a condition it can read.
ACCEPTED = submissions.c.verdict == literal_column("'accepted'")
CURRENT = ACCEPTED & submissions.c.superseded.is_(None)
Index("submissions_obligation", submissions.c.obligation, submissions.c.judged)
index_where(submissions, "current", CURRENT, "period", "dataflow")
index_where(submissions, "to_integrate", submissions.c.to_integrate.is_not(None), "period", "dataflow")
index_where(submissions, "untold", submissions.c.tell_integrated.is_not(None), "judged")
index_where(submissions, "manifest", submissions.c.manifest.is_not(None), "manifest")
index_where(submissions, "sequence", submissions.c.key.is_not(None), "key", "dataflow", "period", "sequence")

repairs = Table(
    "repairs",
    metadata,
    Column("offered", BigInteger, primary_key=True, autoincrement=False),
    Column("submission", Text, nullable=False, index=True),
    Column("arrival", Text, nullable=False, index=True),
    Column("table", Text, nullable=False),
    Column("changes", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("cells", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("queries", Integer, nullable=False),
    Column("file", Text),
    Column("protected", Boolean, nullable=False),
    Column("taken_by", Text, index=True),  # the submission that the repaired table counts as
)

explanations = Table(
    "explanations",
    metadata,
    Column("explained_in", BigInteger, primary_key=True, autoincrement=False),  # this fact
    Column("submission", Text, nullable=False, index=True),
    Column("of", Text, nullable=False, index=True),
    Column("arrival", Text, nullable=False),
    Column("list", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("added", Integer, nullable=False),
    Column("carried", Integer, nullable=False),
    Column("explained", Integer, nullable=False),
    Column("open", Integer, nullable=False),
)

questions = Table(
    "questions",
    metadata,
    Column("asked", BigInteger, primary_key=True, autoincrement=False),
    Column("asked_at", Instant, nullable=False),
    Column("arrival", Text, nullable=False, index=True),
    Column("officer", Text, nullable=False, index=True),
    Column("code", Text, nullable=False, index=True),
    Column("expires", Instant, nullable=False),
    Column("confirmed", BigInteger),
    Column("confirmed_by", Text),
)

obligations = Table(
    "obligations",
    metadata,
    Column("obligation", Text, primary_key=True),
    Column("owed", BigInteger, nullable=False),
    Column("department", Text, nullable=False),
    Column("dataflow", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("opens", Instant, nullable=False),
    Column("due", Instant, nullable=False),
    Column("closes", Instant, nullable=False),
    Column("reminders", Instants, nullable=False),
    Column("overdue", Instants, nullable=False),
    Column("escalate", Instant, nullable=False),
    Column("shuts", Instant, nullable=False),  # `closes`, moved by the latest extension
    Column("chase", Instant, nullable=False),  # when the first letter about it may be owed, moved likewise
    Column("extended_until", Instant),
    Column("extended_at", Instant),
    Column("extensions", Integer, nullable=False),
    Column("accepted", Text),  # the current version
    Column("first_had", Instant),  # when we had what was accepted first
)
Index("obligations_cell", obligations.c.period, obligations.c.dataflow)
Index("obligations_shuts", obligations.c.shuts)
index_where(obligations, "missing", obligations.c.accepted.is_(None), "shuts")

extensions = Table(
    "extensions",
    metadata,
    Column("extended", BigInteger, primary_key=True, autoincrement=False),
    Column("extended_at", Instant, nullable=False),
    Column("obligation", Text, nullable=False, index=True),
    Column("until", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
