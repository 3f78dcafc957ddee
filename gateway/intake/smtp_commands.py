"""What a client may say before DATA, and what we answer: patterns, parameters and the text of every reply."""

from __future__ import annotations

import re

# Anything between the brackets that needs no quoting rules; the rest goes to aiosmtpd's full parser.
_PATH = rb'<([^\x00-\x20\x7f<>"\\]{0,254})>'
HELLO = re.compile(rb"(EHLO|HELO)[ \t]+([^\x00-\x20\x7f]{1,255})[ \t]*\r\n\Z", re.IGNORECASE)
MAIL = re.compile(rb"MAIL FROM:[ ]?" + _PATH + rb"((?: [^\x00-\x20\x7f]+)*)[ ]*\r\n\Z", re.IGNORECASE)
RCPT = re.compile(rb"RCPT TO:[ ]?" + _PATH + rb"[ ]*\r\n\Z", re.IGNORECASE)

OK = b"250 2.0.0 OK\r\n"
SENDER_OK = b"250 2.1.0 OK\r\n"
RECIPIENT_OK = b"250 2.1.5 OK\r\n"
GO_AHEAD = b"354 End data with <CR><LF>.<CR><LF>\r\n"
BYE = b"221 2.0.0 Bye\r\n"
CANNOT_VERIFY = b"252 2.5.2 Cannot verify, but will accept mail for our mailbox\r\n"

SHUTTING_DOWN = b"421 4.3.2 Closing for a moment, try again\r\n"
TIMED_OUT = b"421 4.4.2 Too slow, closing\r\n"
TOO_MANY_CONNECTIONS = b"421 4.7.0 Too many connections, try again later\r\n"
TOO_MANY_COMMANDS = b"421 4.7.0 Too many commands without a mail, closing\r\n"
TOO_MANY_LOGINS = b"421 4.7.0 Too many failed logins, closing\r\n"
TRY_LATER = b"451 4.3.0 Nothing was recorded, try again later\r\n"
NOT_READY = b"452 4.3.1 No room at the moment, try again later\r\n"
LOGIN_LATER = "454 4.7.0 Too many logins at the moment, try again later"

UNKNOWN = b"500 5.5.1 Command not recognized\r\n"
LINE_TOO_LONG = b"500 5.5.2 Line too long\r\n"
BARE_NEWLINE_IN_COMMAND = b"500 5.5.2 A line ends with CR LF\r\n"
BAD_SYNTAX = b"501 5.5.4 Bad syntax\r\n"
BAD_ADDRESS = b"553 5.1.3 Malformed address\r\n"
HELLO_FIRST = b"503 5.5.1 Say EHLO first\r\n"
NESTED_MAIL = b"503 5.5.1 Sender already given\r\n"
MAIL_FIRST = b"503 5.5.1 MAIL first\r\n"
RCPT_FIRST = b"503 5.5.1 RCPT first\r\n"
NOT_DURING_MAIL = b"503 5.5.1 Not during a mail\r\n"
NO_SUCH_MAILBOX = b"550 5.1.1 No such mailbox here\r\n"
BARE_NEWLINE = b"554 5.6.0 A CR or LF alone in the mail: every line must end with CR LF\r\n"
TOO_LARGE = b"552 5.3.4 Mail larger than we accept\r\n"
UNKNOWN_PARAMETER = b"555 5.5.4 Parameter not recognized\r\n"


def mail_trouble(parameters: bytes, size_limit: int) -> bytes | None:
    """The reply that refuses these parameters of MAIL FROM, or None when they are fine."""
    for word in parameters.upper().split():
        name, _, value = word.partition(b"=")
        if name == b"SIZE":
            if not value.isdigit() or len(value) > 20:
                return BAD_SYNTAX
            if int(value) > size_limit:
                return TOO_LARGE
        elif name == b"BODY":
            if value not in (b"7BIT", b"8BITMIME"):
                return BAD_SYNTAX
        elif name == b"SMTPUTF8":
            if word != name:
                return BAD_SYNTAX
        elif name != b"AUTH":  # RFC 4954 asks us to take it; we believe logins only, so it tells us nothing
            return UNKNOWN_PARAMETER
    return None


def hello_reply(hostname: str, size_limit: int, *, starttls: bool, auth: bool) -> bytes:
    """Our answer to EHLO."""
    words = [hostname, f"SIZE {size_limit}", "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES"]
    if starttls:
        words.append("STARTTLS")
    if auth:
        words.append("AUTH PLAIN LOGIN")
    lines = [f"250-{word}" for word in words[:-1]] + [f"250 {words[-1]}"]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")
