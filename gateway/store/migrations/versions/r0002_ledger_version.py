"""Which version of the ledger lies beside the journal, so that an older one is made anew."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table("ledger_version", sa.Column("version", sa.Text, primary_key=True))
