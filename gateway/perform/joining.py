"""Accepted tables become one, and whoever contributed is told so with the last stage of the receipt."""

from __future__ import annotations

from gateway import log
from gateway.core.duty import Integrate, IntegratedReceipt
from gateway.core.facts import Integrated
from gateway.core.message import Attachment
from gateway.integrate.join import Contribution, Unjoinable, join
from gateway.ledger.views import View
from gateway.outside import Temporary
from gateway.perform.office import Office
from gateway.perform.receipts import integrated_receipt
from gateway.perform.writing import addressee, write_letter
from gateway.store import Decision

MOST = 1 << 31  # bytes of one accepted table


def integrate(office: Office, duty: Integrate) -> None:
    """Join what is accepted now. A correction that comes meanwhile makes another integration owed."""
    with office.store.view() as view:
        known = [view.submission(submission) for submission in duty.submissions]
    contributions = [
        Contribution(s.submission, s.department, office.store.read_all(s.table, MOST) if s.table else None)
        for s in known
        if s is not None
    ]
    try:
        joined = join(office.rules.dataflows[duty.dataflow], contributions)
    except Unjoinable as trouble:
        raise Temporary("the accepted tables do not fit the dataflow any more") from trouble
    blob = office.store.keep(joined.table, {"dataflow": duty.dataflow, "period": duty.period})
    fact = Integrated(
        at=office.clock.now(),
        integration=duty.id.removeprefix("integrate/"),
        dataflow=duty.dataflow,
        period=duty.period,
        submissions=duty.submissions,
        missing=duty.missing,
        rows=joined.rows,
        table=blob.id,
    )

    def decide(view: View) -> Decision:
        known_already = view.integration(fact.integration) is not None
        return Decision((), ()) if known_already else Decision((fact,), (blob,))

    office.store.transact(decide).result()
    log.integrated(fact.integration, len(duty.submissions), len(duty.missing), joined.rows)


def tell_integrated(office: Office, duty: IntegratedReceipt) -> None:
    """One letter an officer and day, with a receipt of this stage for each submission."""
    officer = addressee(office, duty, duty.officer)
    if officer is None:
        return
    told, attachments = [], []
    with office.store.view() as view:
        for submission_id in duty.submissions:
            submission = view.submission(submission_id)
            integration = None
            if submission and submission.dataflow and submission.period:
                integration = view.latest_integration(submission.dataflow, submission.period)
            if submission is None or integration is None:
                continue
            dataflow = office.rules.dataflows.get(integration.dataflow)
            told.append(
                {
                    "title": dataflow.titles[officer.language] if dataflow else integration.dataflow,
                    "period": integration.period,
                    "own_rows": submission.rows,
                    "rows": integration.rows,
                    "submission": submission_id,
                }
            )
            receipt = integrated_receipt(office, submission_id, integration.integrated)
            attachments.append(Attachment(f"receipt-{submission_id}.json", "application/json", receipt))
    write_letter(office, duty, officer, {"integrations": told}, attachments)
