"""What can become of an email that we hand to a transport, and what every transport can do."""

from email.message import EmailMessage
from types import TracebackType
from typing import Protocol, Self

from server.errors import UndersignedError


class NotSent(UndersignedError):
    """The root of all that can go wrong; ``reply`` is short and free of addresses, so it may be stored and logged."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


class TemporaryFailure(NotSent):
    """Raised when the same email should be tried again later: a 4xx, a timeout, a connection that broke.

    After a connection that broke at the very end the server may have taken the email; a stable Message-ID lets
    mailboxes tell that the second one is the same (RFC 1047).
    """


class ServerUnreachable(TemporaryFailure):
    """Raised when no session could be had at all, so that the next email would fare no better now."""


class RecipientRefused(NotSent):
    """Raised when this address will never take our email; other addresses are not concerned."""


class ServerRefused(NotSent):
    """Raised when the server refuses us (credentials, policy, certificate): stop the batch and keep the queue."""


class MessageRefused(ServerRefused):
    """Raised when the server lets us in and refuses this email, be it for ours or for its own fault.

    One such refusal says nothing of the next email; several in a row do.
    """


class Transport(Protocol):
    """Carries one email at a time to one address; leaving its ``with`` block closes it."""

    def send(self, message: EmailMessage, *, to: str) -> None:
        """Hand ``message`` over for ``to``, one checked addr-spec that also stands alone in its To header.

        Returns once the other side has taken it; raises ``TemporaryFailure``, ``RecipientRefused``, ``ServerRefused``.
        """

    def close(self) -> None:
        """Say goodbye, whatever state the connection is in; never raises, and may be called twice."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
