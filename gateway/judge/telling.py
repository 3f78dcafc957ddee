"""What is kept beside a verdict: all that its letter and receipt tell, and the tables that would be accepted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from gateway.checks.asked import queries
from gateway.core.explaining import Asked
from gateway.core.parties import Language
from gateway.judge.case import Case, Examined
from gateway.judge.details import (
    MOST_FINDINGS,
    Details,
    FileDetail,
    IgnoredDetail,
    KeyDetail,
    SubmissionDetail,
    shown_within,
    submission_id,
)
from gateway.judge.documents import Document
from gateway.judge.offered_keys import TOLD
from gateway.judge.submissions import Found

IGNORED = {
    "no_report": ("不是报表", "not a report"),
    "no_header": ("没有报表的表头", "it has no header of a report"),
    "empty": ("空表", "it is empty"),
    "other_officer": ("由另一位经办人签名，请其自行发送", "another officer signed it, who should send it"),
    "returned": ("自动回复所附的原邮件", "it is the message that an automatic reply gave back"),
    "beside_signed": (
        "放在签名内容之外，无法证明由您发出，未予采用；请一并签名，或另行登录发送",
        "it lay beside what you signed, so nothing proves that it is yours; sign it too, or send it over your account",
    ),
    "beside_locked": (
        "不在以约定密码加密的文件里，无法证明由您发出，未予采用；请一并加密，或另行登录发送",
        "it lay beside the file under the agreed password, so nothing proves that it is yours; "
        "put it into that file, or send it over your account",
    ),
    "beside_seal": (
        "放在密封文件之外，无法证明由您发出，未予采用；请一并密封，或另行登录发送",
        "it lay beside the sealed file, so nothing proves that it is yours; seal it too, or send it over your account",
    ),
    "unknown_signature": (
        "签名所用的证书没有登记，不能证明发件人；所签的文件按没有签名处理",
        "it is a signature with a certificate that is not registered and proves nothing; the file counts as unsigned",
    ),
    "ended_signature": (
        "签名所用的证书已经到期或作废，不能证明发件人；所签的文件按没有签名处理",
        "it is a signature with a certificate that has ended and proves nothing; the file counts as unsigned",
    ),
    "weak_signature": (
        "签名所用的算法已不可靠，不能证明发件人；请用较新的程序重新签名",
        "it is a signature of a kind that is no longer safe, so it proves nothing; please sign with a newer program",
    ),
    "lone_signature": (
        "是单独的签名，与旁边的文件都不相符；请把签名和所签的文件一并发送",
        "it is a signature that fits no file beside it; please send it together with the file that it signs",
    ),
    "twin": ("与另一个附件完全相同，只按一份处理", "it is the same as another attachment and counts once"),
}


def details_of(
    case: Case, examined: Examined, language: Language, contents: Mapping[int, str] | None = None
) -> Details:
    """What the receipt will tell beyond the fact, in the officer's language; `contents` by place in `found`."""
    return Details(
        files=tuple(_file(document, language) for document in examined.files),
        submissions=tuple(
            _submission(submission_id(case.arrival, number), found, language, (contents or {}).get(number, ""))
            for number, found in enumerate(examined.found)
        ),
        ignored=tuple(
            IgnoredDetail(
                one.part,
                shown_within(one.name, one.within, language) if one.within else one.name,
                IGNORED[one.why][language is Language.EN],
            )
            for one in examined.ignored
        ),
        keys=tuple(
            KeyDetail(one.key.id if one.key else "", TOLD[one.why][language is Language.EN]) for one in examined.keys
        ),
    )


def _submission(submission: str, found: Found, language: Language, content: str) -> SubmissionDetail:
    findings = found.checked.findings.first(language, MOST_FINDINGS) if found.checked else ()
    recognised = found.recognised
    asked: tuple[Asked, ...] = ()
    if found.checked and found.checked.dataflow and recognised and recognised.table and recognised.shape:
        asked = queries(findings, found.checked.dataflow, recognised.table, recognised.shape)
    return SubmissionDetail(
        submission=submission,
        part=found.document.part,
        sheet=found.sheet,
        reason=found.sentence[language] if found.sentence else "",
        assumed_period=found.assumed_period,
        findings=findings,
        findings_in_all=len(found.checked.findings) if found.checked else 0,
        no_integrity=found.document.wrapping.no_integrity,
        protected=bool(found.document.wrapping.protections),
        asked=asked,
        content=content,
    )


def _file(document: Document, language: Language) -> FileDetail:
    """In the receipt a path through the containers, in the letter words."""
    within = document.wrapping.names
    name = "/".join([*within, document.name])
    shown = shown_within(document.name, within, language) if within or not document.name else ""
    return FileDetail(document.part, name, document.size, document.sha256, shown)


def content_digests(tables: Mapping[int, bytes], key: bytes) -> Mapping[int, str]:
    """Keyed digests of tables: whether one came again in another file, with explanations in it."""
    return {number: hashlib.blake2b(table, key=key, digest_size=16).hexdigest() for number, table in tables.items()}


def accepted_tables(found: Sequence[Found]) -> Mapping[int, bytes]:
    """The table of each submission that the checks would let pass, by its place."""
    from gateway.checks.tables import table_bytes

    return {
        number: table_bytes(one.checked)
        for number, one in enumerate(found)
        if one.refusal is None and one.checked and not one.nil and one.checked.acceptable
    }
