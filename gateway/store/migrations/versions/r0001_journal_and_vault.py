"""The tables of journal and vault as they first were."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "journal",
        sa.Column("position", _BIG, primary_key=True, autoincrement=False),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("leaf", sa.LargeBinary(32), nullable=False),
    )
    op.create_table(
        "journal_nodes",
        sa.Column("level", sa.SmallInteger, primary_key=True),
        sa.Column("position", _BIG, primary_key=True),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", _BIG, primary_key=True, autoincrement=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "journal_arrivals",
        sa.Column("arrival", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("source", sa.Text),
        sa.UniqueConstraint("account", "source"),
    )
    op.create_table(
        "vault_segments",
        sa.Column("segment", sa.Text, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("recovery", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "vault_blobs",
        sa.Column("blob", sa.Text, primary_key=True),
        sa.Column("segment", sa.Text, nullable=False),
        sa.Column("seed", sa.LargeBinary, nullable=False),
        sa.Column("meta", sa.LargeBinary, nullable=False),
        sa.Column("chunks", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "vault_chunks",
        sa.Column("blob", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
