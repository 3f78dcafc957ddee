"""How an officer may send each report, in sentences: what their agreements let count and they have the means for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.core.agreement import Agreement, ProofKind
from gateway.core.parties import Titles
from gateway.judge.proving import aligned
from gateway.kit.owing import Owing
from gateway.kit.terms import Terms

S = Titles
_SEAL = S("密封寄送", "Sealed"), S(
    "用浏览器打开 seal.html，选好报表和所属期，拖入填好的文件，把得到的 .sealed 文件作为附件寄到 {mailbox}。",
    "Open seal.html in a browser, choose report and period, drop the filled file on it, and mail the .sealed file "
    "that it saves to {mailbox}.",
)  # fmt: skip
_ACCOUNT = S("账号寄送", "By account"), S(
    "在邮件程序中以账号 {officer} 和您的口令登录本平台的发信服务器，把表作为附件寄到 {mailbox}。",
    "Log in to the gateway's own mail server as {officer} with your password, and mail the file to {mailbox}.",
)  # fmt: skip
_FOLDER = S("专用文件夹", "Your folder"), S(
    "把表存入您专用的共享文件夹（{folder}），存好即为送达。",
    "Save the file into the shared folder that is yours alone ({folder}). Saved there, it has been sent.",
)  # fmt: skip
_PLAIN = S("普通邮件", "Plain mail"), S(
    "从登记的地址（{signed}）把表作为附件寄到 {mailbox}。",
    "Mail the file to {mailbox} from a registered address ({signed}).",
)  # fmt: skip
_CONFIRMED = S("普通邮件加确认", "Plain mail, confirmed"), S(
    "从登记的地址（{addresses}）把表作为附件寄到 {mailbox}；随后您会收到一封询问信，按信中所说回复即可。",
    "Mail the file to {mailbox} from a registered address ({addresses}); a letter will ask whether you sent it. "
    "Answer it as it says.",
)  # fmt: skip

Way = tuple[Titles, Titles]


@dataclass(frozen=True, slots=True)
class Ways:
    """Some reports by their titles, and the ways that count for them: each a name and a sentence.

    `must_be_sealed` are those of the reports that are taken in no other way.
    """

    reports: tuple[str, ...]
    ways: tuple[tuple[str, str], ...]
    must_be_sealed: tuple[str, ...]


def ways_to_send(terms: Terms) -> tuple[Ways, ...]:
    """The reports grouped by how they may be sent, in the order in which they are owed."""
    language, officer = terms.language, terms.officer
    values = {
        "mailbox": terms.rules.mailbox,
        "officer": officer.id,
        "folder": officer.folder,
        "addresses": language.comma.join(officer.addresses),
        "signed": language.comma.join(_signed(terms)),
    }
    groups: dict[tuple[Way, ...], list[Owing]] = {}
    for one in terms.owing:
        groups.setdefault(tuple(_ways(one.agreement, terms)), []).append(one)
    return tuple(
        Ways(
            tuple(one.dataflow.titles[language] for one in owing),
            tuple((name[language], text[language].format(**values)) for name, text in ways),
            tuple(one.dataflow.titles[language] for one in owing if one.agreement.must_be_sealed),
        )
        for ways, owing in groups.items()
    )


def _signed(terms: Terms) -> list[str]:
    """The officer's addresses whose mail is believed by the signature of their server."""
    return [one for one in terms.officer.addresses if any(aligned(d, _domain(one)) for d in terms.signed_domains)]


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _ways(agreement: Agreement, terms: Terms) -> Iterator[Way]:
    """Strongest first."""
    officer = terms.officer
    proofs, open_ones = agreement.proofs, not agreement.must_be_sealed
    if ProofKind.SEAL in proofs or not open_ones:
        yield _SEAL
    if ProofKind.SUBMISSION in proofs and officer.password_hash and open_ones:
        yield _ACCOUNT
    if ProofKind.FOLDER in proofs and officer.folder and open_ones:
        yield _FOLDER
    if proofs & {ProofKind.DKIM, ProofKind.UPSTREAM} and _signed(terms) and open_ones:
        yield _PLAIN
    if ProofKind.CONFIRMED in proofs and open_ones:
        yield _CONFIRMED
