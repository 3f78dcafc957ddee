"""Hands letters to the relay by SMTP submission.

The envelope sender is our mailbox, not `<>`: a letter that cannot be delivered further on then comes back to us as
mail, where a person sees it among the unproven. Nothing can go round in circles by that, since unproven mail is never
answered; and many relays refuse `<>` from a client that logged in.
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from ipaddress import ip_address
from threading import Lock
from time import monotonic

from gateway.config.settings import Relay
from gateway.outside import Permanent, Temporary

_KEPT = 10.0  # seconds an idle connection is kept for the next letter; relays hang up after some minutes
# These speak of our login, not of this letter: the letter stays owed while somebody mends it.
_OUR_LOGIN = frozenset({530, 534, 535, 538})


class MailOutlet:
    """An `outside.Outlet`. A connection is used again for letters that follow one another closely."""

    def __init__(self, relay: Relay, mailbox: str, password: str | None = None, hostname: str = "localhost") -> None:
        if relay.security == "none" and not _is_loopback(relay.host):
            raise ValueError("a relay without TLS must be on this machine")
        self._relay = relay
        self._mailbox = mailbox
        self._password = password
        self._hostname = hostname
        self._lock = Lock()
        self._open: smtplib.SMTP | None = None
        self._used = 0.0

    def send(self, letter: bytes, message_id: str, recipient: str) -> None:
        """Returns once the relay has taken the letter.

        `Permanent` has the reply code. Without an answer after the last dot the relay may have it or not: that is
        `Temporary`, and the letter goes out again with the same bytes.
        """
        with self._lock:
            relay = self._connection()
            try:
                self._hand_over(relay, letter, recipient)
            except BaseException:
                self._drop()
                raise
            self._used = monotonic()

    def close(self) -> None:
        """Hang up politely."""
        with self._lock:
            relay, self._open = self._open, None
            if relay is not None:
                with suppress(OSError, smtplib.SMTPException):
                    relay.quit()
                relay.close()

    def _connection(self) -> smtplib.SMTP:
        """One that answers: the last one, or a new one."""
        if self._open is not None and monotonic() - self._used < _KEPT:
            with suppress(OSError, smtplib.SMTPException):
                if self._open.rset()[0] == 250:
                    return self._open
        self._drop()
        try:
            self._open = self._connect()
        except (OSError, smtplib.SMTPException):  # ssl.SSLError is an OSError, and nothing of it is the letter's fault
            raise Temporary("the relay cannot be used") from None
        return self._open

    def _connect(self) -> smtplib.SMTP:
        settings = self._relay
        timeout = settings.timeout.total_seconds()
        relay: smtplib.SMTP
        if settings.security == "tls":
            relay = smtplib.SMTP_SSL(settings.host, settings.port, self._hostname, timeout=timeout, context=self._tls())
        else:
            relay = smtplib.SMTP(settings.host, settings.port, self._hostname, timeout=timeout)
        try:
            if settings.security == "starttls":
                relay.starttls(context=self._tls())  # raises when the relay has none: never in the clear
            relay.ehlo_or_helo_if_needed()
            if settings.user is not None:
                relay.login(settings.user, self._password or "")
        except BaseException:
            relay.close()
            raise
        return relay

    def _tls(self) -> ssl.SSLContext:
        authority = self._relay.certificate_authority
        context = ssl.create_default_context(cafile=None if authority is None else str(authority))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def _hand_over(self, relay: smtplib.SMTP, letter: bytes, recipient: str) -> None:
        try:
            relay.sendmail(self._mailbox, [recipient], letter, self._options(relay, letter, recipient))
        except smtplib.SMTPRecipientsRefused as refused:
            code = next(iter(refused.recipients.values()))[0]
        except smtplib.SMTPResponseException as answer:
            code = answer.smtp_code
        except (OSError, smtplib.SMTPException):
            raise Temporary("the relay was lost on the way") from None
        else:
            return
        if 500 <= code <= 599 and code not in _OUR_LOGIN:
            raise Permanent(str(code))
        raise Temporary("the relay will not take it now")

    def _options(self, relay: smtplib.SMTP, letter: bytes, recipient: str) -> list[str]:
        options = []
        if not letter.isascii() and relay.has_extn("8bitmime"):
            options.append("BODY=8BITMIME")
        if not (recipient.isascii() and self._mailbox.isascii()):
            if not relay.has_extn("smtputf8"):
                raise Permanent("no_smtputf8")
            options.append("SMTPUTF8")
        return options

    def _drop(self) -> None:
        relay, self._open = self._open, None
        if relay is not None:
            relay.close()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
