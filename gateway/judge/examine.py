"""The examination of one arrival, in one sandbox session: claimed, split, proven, opened, recognised, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from gateway.core.agreement import ProofKind
from gateway.core.explaining import Explanation
from gateway.core.facts import Proof
from gateway.core.refusal import Refusal
from gateway.handler import Unreadable
from gateway.judge.agreeing import Agreed, agreed, agreed_by
from gateway.judge.automatic import is_automatic
from gateway.judge.careful import MOST_UNSAFE, Careful, UnsafePart
from gateway.judge.case import Case, Examined, Means
from gateway.judge.consents import SIGNED, without_consents
from gateway.judge.documents import (
    has_reports,
    has_uncovered_reports,
    open_documents,
    opened_by_password,
    proof_of_content,
)
from gateway.judge.expecting import expected
from gateway.judge.explaining import Reply, explained, explained_by
from gateway.judge.explanation_given import Saying
from gateway.judge.explanation_sources import without_lists
from gateway.judge.formats import SEALED
from gateway.judge.marking import mark_rejected
from gateway.judge.mending import mend_repaired
from gateway.judge.offered_keys import are_good, weighed, without_keys
from gateway.judge.proving import Claim, Policy, Standing, aligned, codes_in, stand
from gateway.judge.seals import verified_seal
from gateway.judge.submissions import Found, find_submissions
from gateway.judge.unpacking import Unpacked, Unpacker, every
from gateway.judge.wording import words_of, wrapping_of
from gateway.sandbox import DkimResult, Mail, PartInfo, Session, Unsafe

_MISFITS = (Refusal.FORGED, Refusal.CHANGED_SINCE_SIGNED)


def examine(case: Case, means: Means) -> Examined:
    """Everything that the arrival's own content tells. Raises `Temporary` when the world outside cannot be asked."""
    if "oversized" in case.foreign:
        return _unread(case, means, Refusal.TOO_LARGE)
    unsafe: set[str] = set()
    while len(unsafe) < MOST_UNSAFE:
        try:
            with means.sandbox.session() as session:
                session.load(case.blocks())
                return _examine(session, case, means, unsafe)
        except UnsafePart as part:
            unsafe.add(part.path)
        except Unreadable as trouble:
            return _unread(case, means, Refusal(trouble.trouble.value))
        except Unsafe:
            return _unread(case, means, Refusal.UNSAFE_MAIL)
    return _unread(case, means, Refusal.UNSAFE_MAIL)


def _unread(case: Case, means: Means, refusal: Refusal) -> Examined:
    """Nothing could be read: explained to whom the channel proves, quarantined otherwise."""
    standing = stand(Claim(case.channel, case.officer, vouched=case.vouched), means.rules, Policy())
    return Examined(standing.proof, refusal)


def _examine(session: Session, case: Case, means: Means, unsafe: set[str]) -> Examined:
    careful = Careful(session, unsafe)
    mail, parts = _split(session, case)
    automatic = mail is not None and is_automatic(mail.headers, case.foreign.get("mail_from"))
    open_seal = partial(verified_seal, careful.open, means.sealing_private, means.rules, case.had)
    unpacker = Unpacker(careful.open, careful.verify, open_seal, case.had, means.secrets, returned=automatic)
    opened = unpacker.unpack(parts)
    tree, keys = without_keys(opened)
    standing = _stand(session, case, means, mail, opened, alone=not has_uncovered_reports(tree))
    if standing.refusal is Refusal.UNCONFIRMED:
        opened, standing = _by_password(unpacker, opened, standing, means)
    words = () if automatic else words_of(opened, standing.proof)
    codes = () if automatic else _codes(mail, [*parts, *words])
    said = _agreed(mail, words, standing)
    reply = _explained(mail, words, opened, standing)
    if standing.proof is None:
        refusal = _why_unproven(standing, automatic, has_reports(tree) or bool(codes or said or reply))
        keys = weighed(keys, standing.names, False, means.rules, case.had) if standing.names else ()
        if refusal is Refusal.NOTHING_FOUND and are_good(keys):
            refusal = Refusal.KEY_OFFERED
        return Examined(refusal=refusal, names=standing.names, codes=codes, keys=keys)
    officer = means.rules.officer(standing.proof.officer)
    assert officer is not None  # `stand` and `Unpacker` prove registered officers only
    opened, consents = without_consents(() if _is_note(mail, said, reply) else opened, officer.id)
    tree, keys = without_keys(unpacker.unlock(opened, means.secrets.passwords(officer.department)))
    documents = open_documents(careful.read, tree, standing.proof)
    keys = weighed(keys, officer.id, standing.proof.kind is ProofKind.SEAL, means.rules, case.had)
    department = means.rules.departments[officer.department]
    subject = " ".join(mail.headers.get("subject", ())) if mail else ""
    names_all = all(file.manifest for file in documents.files)
    standings = () if names_all else means.standings(department.id, case.had)
    owes = expected(standings, department, case.had, means.rules)
    files, lists = without_lists(documents.files)
    reports = replace(documents, files=files)
    found, ignored = find_submissions(reports, subject, owes, means.rules, means.sameness_key)
    if found:
        refusal, codes, said = None, (), None
    else:
        nothing = Refusal.NOT_ASKED if lists else Refusal.NOTHING_FOUND
        refusal = None if consents else Refusal.AUTOMATIC if automatic else None if keys else nothing
    left = (*documents.ignored, *ignored)
    saying = Saying(case.arrival, department.id, standing.proof, reply, lists)
    marked = mark_rejected(
        session, found, means.rules, officer.language, case.arrival, partial(_said_of, saying, means)
    )
    mended = mend_repaired(session, found, officer.language)
    return Examined(
        standing.proof, refusal, None, codes, tuple(found), documents.files, left, keys, marked, said, consents,
        mended, reply, lists,
    )  # fmt: skip


def _is_note(mail: Mail | None, said: Agreed | None, reply: Reply | None) -> bool:
    """Whether a file from a folder is no report but an answer: it names the arrival that it is about."""
    return mail is None and any(one.arrivals for one in (said, reply and reply.to) if one)


def _why_unproven(standing: Standing, automatic: bool, says_something: bool) -> Refusal | None:
    """What is unconfirmed and holds nothing to be confirmed is named as that, and nobody is asked about it."""
    if says_something or standing.names is None:
        return standing.refusal
    if automatic:
        return Refusal.AUTOMATIC
    return Refusal.NOTHING_FOUND if standing.refusal is Refusal.UNCONFIRMED else standing.refusal


def _codes(mail: Mail | None, parts: Sequence[PartInfo]) -> tuple[str, ...]:
    """One-time codes that a person sent back; an automatic reply that quotes our letter confirms nothing."""
    if mail is None:
        return ()
    return tuple(codes_in([*(part.text for part in parts if part.text), *mail.headers.get("subject", ())]))


def _agreed(mail: Mail | None, words: Sequence[PartInfo], standing: Standing) -> Agreed | None:
    """A yes in the words that are proven: in those that were signed, if it is a signature that proves the sender."""
    is_signed = standing.proof is not None and standing.proof.kind in SIGNED
    return agreed_by((), (), words) if is_signed else agreed(mail, words)


def _explained(
    mail: Mail | None, words: Sequence[PartInfo], tree: Sequence[Unpacked], standing: Standing
) -> Reply | None:
    """Lines that explain, in the words that are proven, and what lay around those."""
    is_signed = standing.proof is not None and standing.proof.kind in SIGNED
    reply = explained_by((), (), words) if is_signed else explained(mail, words)
    return replace(reply, wrapping=wrapping_of(tree, reply.part)) if reply else None


def _said_of(saying: Saying, means: Means, found: Found) -> Sequence[Sequence[Explanation]]:
    return means.said(replace(saying, obligation=f"{saying.department}/{found.dataflow}/{found.period}"))


def _split(session: Session, case: Case) -> tuple[Mail | None, Sequence[PartInfo]]:
    """A file from a folder is one part; anything else is a mail."""
    if case.channel == "folder":
        return None, (session.whole(case.foreign.get("name", "")),)
    mail = session.split()
    return mail, mail.parts


def _stand(
    session: Session, case: Case, means: Means, mail: Mail | None, tree: Sequence[Unpacked], *, alone: bool
) -> Standing:
    """A container proves what is in it. Where something lies beside it (not `alone`), the mail itself must be proven.

    A seal that fails is told as what it is where nothing else proves the sender, and so is a forged signature.
    """
    by_content = proof_of_content(tree)
    if by_content and alone and by_content.kind is ProofKind.SEAL:
        return Standing(by_content)
    standing = _stand_by_mail(session, case, means, mail)
    if standing.proof and by_content and alone and not _speaks_for(standing.proof, by_content):
        return Standing(by_content)
    if standing.proof or by_content:
        return Standing(standing.proof or by_content)
    failed = next((one.refusal for one in every(tree) if one.part.handler == SEALED and one.refusal), None)
    failed = failed or next((Refusal.FORGED for one in every(tree) if one.refusal in _MISFITS), None)
    return Standing(refusal=failed, names=standing.names) if failed else standing


def _speaks_for(mail: Proof, content: Proof) -> bool:
    """Whether the mail's own proof says more than the signature on all that is in it: the same officer, more surely."""
    return mail.officer == content.officer and mail.kind.rank < content.kind.rank


def _by_password(
    unpacker: Unpacker, tree: tuple[Unpacked, ...], standing: Standing, means: Means
) -> tuple[tuple[Unpacked, ...], Standing]:
    """The address alone proves nothing; with a password that only its department shares it may prove something.

    It is not tried where no agreement of the department would take it.
    """
    officer = means.rules.officer(standing.names or "")
    assert officer is not None  # whoever is named is registered
    agreed = (a for a in means.rules.agreements.values() if a.department == officer.department)
    if not any(ProofKind.PASSWORD in agreement.proofs for agreement in agreed):
        return tree, standing
    tree = unpacker.try_passwords(tree, means.secrets.passwords(officer.department))
    if by_content := proof_of_content(tree):
        return tree, Standing(by_content)
    if opened_by_password(tree):
        return tree, Standing(Proof(ProofKind.PASSWORD, officer.id))
    return tree, standing


def _stand_by_mail(session: Session, case: Case, means: Means, mail: Mail | None) -> Standing:
    policy = means.policies.get(case.account, Policy())
    sender = mail.sender if mail else None
    claim = Claim(
        case.channel,
        case.officer,
        sender,
        _signatures(session, means, policy, sender) if mail and not case.officer else (),
        [a.value for a in mail.authentication if a.received_above == 0] if mail else (),
        case.vouched,
    )
    return stand(claim, means.rules, policy)


def _signatures(session: Session, means: Means, policy: Policy, sender: str | None) -> Sequence[DkimResult]:
    """The mail's DKIM signatures, checked with keys from the DNS; only domains that count are asked for."""
    domain = (sender or "").rpartition("@")[2].lower()
    wanted = {d for d in policy.dkim_domains if aligned(d, domain)}
    if not wanted:
        return ()
    answers: dict[str, list[bytes]] = {}
    for selector, signer in session.dkim_questions():
        if signer in wanted:
            name = f"{selector}._domainkey.{signer}"
            answers[name] = means.resolver.txt(name)
    return session.dkim(answers) if answers else ()
