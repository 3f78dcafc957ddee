"""Refusals: the closed list of reasons for which something is not accepted, each with its public sentences.

A sentence says what is wrong, where, and how to mend it. The codes of `gateway.handler.Trouble` are all among them.
"""

from __future__ import annotations

from enum import StrEnum

from gateway.core.parties import Language, Titles
from gateway.handler import Trouble


class Refusal(StrEnum):
    # the sender (leads to quarantine)
    STRANGER = "stranger"
    UNPROVEN = "unproven"
    FORGED = Trouble.FORGED.value
    UNCONFIRMED = "unconfirmed"
    KEY_UNKNOWN = "key_unknown"
    KEY_REVOKED = "key_revoked"
    KEY_EXPIRED = "key_expired"
    KEY_OFFERED = "key_offered"  # a new key and nothing else, in a mail that only its address speaks for
    UNSAFE_MAIL = "unsafe_mail"
    # the files
    DAMAGED = Trouble.DAMAGED.value
    TOO_LARGE = Trouble.TOO_LARGE.value
    TOO_DEEP = Trouble.TOO_DEEP.value
    BOMB = Trouble.BOMB.value
    ENCODING = Trouble.ENCODING.value
    NEEDS_KEY = Trouble.NEEDS_KEY.value
    UNSUPPORTED = Trouble.UNSUPPORTED.value
    EMPTY = Trouble.EMPTY.value
    NEEDS_PASSWORD = Trouble.NEEDS_PASSWORD.value
    WEAKLY_ENCRYPTED = "weakly_encrypted"
    UNSAFE_NAMES = Trouble.UNSAFE_NAMES.value
    UNSAFE = "unsafe"
    NOTHING_FOUND = "nothing_found"
    AUTOMATIC = "automatic"  # and nothing found: gets no letter
    TOO_OFTEN = "too_often"  # nothing new, as often before: gets no letter
    MANIFEST_MISMATCH = "manifest_mismatch"
    CHANGED_SINCE_SIGNED = "changed_since_signed"
    WRONG_RECIPIENT = "wrong_recipient"
    # what they are
    DATAFLOW_UNKNOWN = "dataflow_unknown"
    DATAFLOW_AMBIGUOUS = "dataflow_ambiguous"
    PERIOD_UNKNOWN = "period_unknown"
    PERIOD_AMBIGUOUS = "period_ambiguous"
    PERIOD_NOT_SIGNED = "period_not_signed"
    HEADER_INCOMPLETE = "header_incomplete"
    NOT_OWED = "not_owed"
    NOT_OPEN = "not_open"
    CLOSED = "closed"
    PROOF_TOO_WEAK = "proof_too_weak"
    MUST_BE_SEALED = "must_be_sealed"
    SEQUENCE_OLD = "sequence_old"
    TWICE_IN_ONE = "twice_in_one"
    FINDINGS = "findings"
    OFFER_LAPSED = "offer_lapsed"
    OFFER_UNKNOWN = "offer_unknown"
    NOT_ASKED = "not_asked"  # an explanation that answers no query


SENTENCES: dict[Refusal, Titles] = {
    Refusal.STRANGER: Titles(
        "发件地址没有登记。请由登记的经办人发送，或联系牵头单位登记。",
        "The sender's address is not registered. Let a registered officer send it, or ask the lead office to register.",
    ),
    Refusal.UNPROVEN: Titles(
        "无法证明发件人的身份。请改用密封文件、登录发送或共享文件夹。",
        "Who sent it could not be proven. Please send a sealed file, or use your account or your folder.",
    ),
    Refusal.FORGED: Titles(
        "签名与内容不符，或邮件缺少该单位应有的签名，不予采用。",
        "A signature does not fit its content, or the signature that this department's mail always bears is missing.",
    ),
    Refusal.UNCONFIRMED: Titles(
        "仅凭发件地址不能证明身份，登记地址也还没有确认。请在收到确认信后回复，或改用密封文件发送。",
        "An address alone proves nothing, and the registered address has not confirmed it: answer our letter.",
    ),
    Refusal.KEY_UNKNOWN: Titles(
        "文件是用一把没有登记的密钥签名的。请用登记的密钥重新密封，或先登记这把密钥。",
        "The file is signed with a key that is not registered. Seal it with your registered key, or register this one.",
    ),
    Refusal.KEY_REVOKED: Titles(
        "签名所用的密钥已经作废。请用新密钥重新密封。",
        "The file is signed with a key that was revoked. Please seal it again with your new key.",
    ),
    Refusal.KEY_EXPIRED: Titles(
        "签名所用的密钥不在有效期内。请换用有效的密钥重新密封。",
        "The file is signed with a key that is not valid at this time. Please seal it again with a valid key.",
    ),
    Refusal.KEY_OFFERED: Titles(
        "其中是一把新公钥，已登记为待核对。我们会打电话请您读出指纹，核对一致后才启用；如果不是您发的，请告诉我们。",
        "It holds a new public key, noted and of no effect yet: we shall telephone and ask you to read its "
        "fingerprint. If you did not send it, please tell us.",
    ),
    Refusal.UNSAFE_MAIL: Titles(
        "邮件无法安全读取。请把文件放进一封新邮件重新发送。",
        "The message could not be read safely. Please put the files into a new message and send it again.",
    ),
    Refusal.DAMAGED: Titles(
        "文件已损坏，无法打开。请在电脑上确认能正常打开，另存后重新发送。",
        "The file is damaged and cannot be opened. Check that it opens, save it anew and send it again.",
    ),
    Refusal.TOO_LARGE: Titles(
        "文件超过允许的大小（字节、行数、列数或附件数）。请分成几份发送。",
        "The file is larger than allowed (bytes, rows, columns or parts). Please send it in several pieces.",
    ),
    Refusal.TOO_DEEP: Titles(
        "文件里套着太多层文件。请直接附上表格。",
        "There are too many files within files. Please attach the table itself.",
    ),
    Refusal.BOMB: Titles(
        "压缩文件展开后大得不合常理，没有打开。请直接附上表格，不要压缩。",
        "The compressed file would unpack to something out of all proportion. Please attach the table uncompressed.",
    ),
    Refusal.ENCODING: Titles(
        "文字编码无法识别。请另存为 UTF-8 编码的 CSV，或用 .xlsx 工作簿。",
        "The text is in no encoding that we know. Please save it as CSV in UTF-8, or as an .xlsx workbook.",
    ),
    Refusal.NEEDS_KEY: Titles(
        "文件已加密，但不是用我们的公钥加密的，打不开。请用 seal.html 重新密封后发送。",
        "The file is encrypted, but not for a key of ours. Please seal it again for our public key.",
    ),
    Refusal.NEEDS_PASSWORD: Titles(
        "文件设有密码，而贵单位没有与我们约定过这个密码，打不开。"
        "请取消密码，用 seal.html 密封后发送；或先打电话与我们约定密码。",
        "The file has a password that was not agreed with us. Please take it off and seal the file with seal.html, "
        "or agree on a password with us by telephone first.",
    ),
    Refusal.WEAKLY_ENCRYPTED: Titles(
        "文件的密码是旧式的（旧版 Excel 或普通压缩软件所加），内容在途中被改动也看不出来，没有约定可以使用。"
        "请取消密码，用 seal.html 密封后发送。",
        "The file's password is of an old kind (an old Excel, or a common archive program): a change on the way would "
        "not show, and it was not agreed. Please take it off and seal the file with seal.html.",
    ),
    Refusal.UNSUPPORTED: Titles(
        "这种文件不能读取（例如 RAR 压缩包、PDF、图片）。请附上 .xlsx 工作簿或 CSV；需要压缩时请用 ZIP。",
        "This kind of file (such as RAR, PDF or a picture) cannot be read. Please attach an .xlsx workbook or a CSV "
        "file; to pack it, use ZIP.",
    ),
    Refusal.EMPTY: Titles(
        "文件里没有内容。本期没有数据时，请保留表头并填写“本期无数据”。",
        'There is nothing in the file. If there is nothing to report, keep the header and write "no data" below it.',
    ),
    Refusal.UNSAFE_NAMES: Titles(
        "压缩文件里有指向别处的文件名或链接，没有打开。请把表格放进一个新的压缩文件，或直接附上表格。",
        "The archive has names or links that point outside it and was not opened. Pack the files anew or attach them.",
    ),
    Refusal.UNSAFE: Titles(
        "文件无法安全读取，已停止处理。请在电脑上打开，另存为新的 .xlsx 工作簿或 CSV，再发送。",
        "The file could not be read safely. Open it, save it as a new .xlsx workbook or CSV, and send that.",
    ),
    Refusal.NOTHING_FOUND: Titles(
        "邮件里没有找到报送的表格。请把 .xlsx、CSV 或密封文件作为附件发送。",
        "No report was found in the message. Please attach an .xlsx workbook, a CSV file or a sealed file.",
    ),
    Refusal.AUTOMATIC: Titles(
        "这是自动回复或退信，里面没有报送的表格，不再答复。如需报送，请由经办人发送并附上表格。",
        "This is an automatic reply or a bounce without a report; it is not answered. To report, send the table.",
    ),
    Refusal.TOO_OFTEN: Titles(
        "一天之内多次收到没有新内容的来件，前面的已经逐件答复，本件不再另行答复，原结果不变。请明天再送，或联系牵头单位。",
        "Much without anything new came within a day and was answered; this one is not, and earlier answers stand. "
        "Please send it again tomorrow, or speak to the lead office.",
    ),
    Refusal.MANIFEST_MISMATCH: Titles(
        "密封文件的交接清单与里面的文件不符。请重新密封后发送。",
        "The hand-over list of the sealed file does not fit the files in it. Please seal it again.",
    ),
    Refusal.CHANGED_SINCE_SIGNED: Titles(
        "随附的签名与这个文件不符：签名之后文件被改动过。请对最终的文件重新签名，把文件和签名一并发送。",
        "The signature beside this file does not fit it: the file was changed after it was signed. "
        "Please sign the final file again, and send both.",
    ),
    Refusal.WRONG_RECIPIENT: Titles(
        "密封文件的交接清单写明的接收单位不是我们。请为本信箱重新密封。",
        "The hand-over list of the sealed file names another recipient. Please seal it again for this mailbox.",
    ),
    Refusal.DATAFLOW_UNKNOWN: Titles(
        "看不出这是哪一种报表。请使用规定的表头，或在文件名中写明报表名称。",
        "We cannot tell which report this is. Please use its prescribed header, or name the report in the file's name.",
    ),
    Refusal.DATAFLOW_AMBIGUOUS: Titles(
        "文件名、标题和表头指向不同的报表，无法确定。请改成一致后重新发送。",
        "The file's name, title and header point to different reports. Please make them agree and send it again.",
    ),
    Refusal.PERIOD_UNKNOWN: Titles(
        "没有写明所属时期。请在标题或文件名中写明，例如“2026年11月”。",
        'The period is not named. Please write it into the title or the file\'s name, for example "2026-11".',
    ),
    Refusal.PERIOD_AMBIGUOUS: Titles(
        "写明的时期互相矛盾，无法确定。请改成一致后重新发送。",
        "Different periods are named. Please make them agree and send it again.",
    ),
    Refusal.HEADER_INCOMPLETE: Titles(
        "表头缺少必填的栏目。请补齐后重新发送。",
        "Required columns are missing from the header. Please add them and send it again.",
    ),
    Refusal.NOT_OWED: Titles(
        "贵单位没有约定报送这种报表。请核对，或联系牵头单位。",
        "Your department has no agreement to send this report. Please check, or speak to the lead office.",
    ),
    Refusal.NOT_OPEN: Titles(
        "这一期还没有开始接收。请核对所属时期。",
        "This period is not open yet. Please check which period is meant.",
    ),
    Refusal.CLOSED: Titles(
        "这一期已经截止接收。如需更正，请联系牵头单位延期。",
        "This period is closed. If it must be corrected, ask the lead office for an extension.",
    ),
    Refusal.PROOF_TOO_WEAK: Titles(
        "这种报表约定了更可靠的身份证明方式。请改用密封文件或登录发送。",
        "For this report a stronger proof of the sender was agreed. Please send a sealed file or use your account.",
    ),
    Refusal.MUST_BE_SEALED: Titles(
        "这种报表约定必须密封（或按约定的方式加密）后发送。请用 seal.html 密封后重新发送。",
        "It was agreed that this report is sent sealed, or encrypted in an agreed way. Please seal it with seal.html "
        "and send it again.",
    ),
    Refusal.PERIOD_NOT_SIGNED: Titles(
        "这份文件已作为另一期的报送接收过，而证明它的签名或密码不说明它属于哪一期。如本期数据确实相同，请在表题中写明所属时期后重新签名，"
        "或登录发送。",
        "This very file was accepted for another period, and the signature or password that proves it does not say "
        "which one it is for. If the figures are the same again, please name the period in the table's title and sign "
        "it anew, or use your account.",
    ),
    Refusal.SEQUENCE_OLD: Titles(
        "在它之后密封的一份已经收到，这一份序号较早，不再采用。如需更正，请重新密封发送。",
        "A file sealed after this one has already come. To correct that one, please seal the right version again.",
    ),
    Refusal.TWICE_IN_ONE: Titles(
        "同一封邮件里有两份同一报表、同一时期的数据，无法确定以哪一份为准。请只发送一份。",
        "One message holds the same report for the same period twice. Please send only the one that counts.",
    ),
    Refusal.FINDINGS: Titles(
        "核对发现错误，需要更正。",
        "The checks found errors that must be mended.",
    ),
    Refusal.OFFER_LAPSED: Titles(
        "您同意的自动改正已经失效：之后又收到了新的一份，以新的为准。如需更正，请重新报送。",
        "The repair that you agree to has lapsed: something newer came. To correct that, please send a report.",
    ),
    Refusal.OFFER_UNKNOWN: Titles(
        "您同意的改正清单不是我们寄给您的那一份。请打开最近一封退回信所附的密封文件，重新同意；也可照常改正后重新送来。",
        "The list of changes that you agree to is not the one that we sent. Please open the sealed file that came with "
        "our latest letter and agree to that list, or correct the report and send it as usual.",
    ),
    Refusal.NOT_ASKED: Titles(
        "说明没有采用：没有填写，或者对不上待核实的问题。请照回执中列出的行号写明，或填写清单的“说明”一栏。",
        "The explanation was not taken: nothing was filled in, or it answers nothing that is asked. "
        "Please use the row numbers of our letter, or fill in the column “explanation” of the list.",
    ),
}  # fmt: skip


def sentence(refusal: Refusal, language: Language) -> str:
    """The public sentence for a refusal: what is wrong and how to mend it."""
    return SENTENCES[refusal][language]
