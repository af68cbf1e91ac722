"""The error classes. Each has an HTTP status and a code; the widget and the pages explain the code."""

from collections.abc import Mapping, Sequence
from typing import ClassVar


class Code(str):
    """The code of a field error, with ``values`` to fill into its message, such as a maximum length."""

    values: Mapping[str, str | int]

    def __new__(cls, code: str, **values: str | int) -> "Code":
        """Create the code. It compares and serializes like a plain string."""
        made = super().__new__(cls, code)
        made.values = {**getattr(code, "values", {}), **values}
        return made


class UndersignedError(Exception):
    """The base class of all errors that the server raises on purpose."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    retry_after_s: int | None = None


class Invalid(UndersignedError):
    """Raised when a submission fails validation; ``fields`` maps each field name to its error codes."""

    code, status = "invalid", 422

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        super().__init__(", ".join(f"{name}: {' '.join(codes)}" for name, codes in fields.items()))
        self.fields = {name: list(codes) for name, codes in fields.items()}


class ValueRefused(UndersignedError):
    """Raised when a value is not what its field may hold; ``reason`` is a code that the form has a message for.

    ``values`` are what the message names, for example the maximum length. ``message`` is for files and commands, which
    have no messages in ten languages.
    """

    code, status = "invalid", 422

    def __init__(self, reason: str, message: str | None = None, **values: str | int) -> None:
        super().__init__(message or reason)
        self.reason = Code(reason, **values)


class BadRequest(UndersignedError):
    """Raised when a request body cannot be parsed: not JSON, nested too deeply, or with an unknown key."""

    code, status = "bad-request", 400


class FormTokenBad(UndersignedError):
    """Raised when the form token is forged or belongs to another statement."""

    code, status = "form-token-bad", 400


class FormTokenExpired(UndersignedError):
    """Raised when the form token is older than ``FORM_LIFETIME``; the widget fetches a new token and retries."""

    code, status = "form-token-expired", 400


class FormTooFast(UndersignedError):
    """Raised when a form is submitted faster than a person can fill it in."""

    code, status = "form-too-fast", 400


class OriginRefused(UndersignedError):
    """Raised when a page posts from an origin that belongs to no partner."""

    code, status = "origin-refused", 403


class TokenRefused(UndersignedError):
    """Raised when a bearer token is missing, unknown, expired, revoked or lacks the required scope."""

    code, status = "token-refused", 401


class NotFound(UndersignedError):
    """Raised when the statement, page or signature does not exist, or this visitor may not see it."""

    code, status = "not-found", 404


class Refused(UndersignedError):
    """Raised when a command cannot do what it was asked to; its message says why."""

    code, status = "refused", 409


class StatementClosed(UndersignedError):
    """Raised when somebody signs a statement that no longer takes signatures."""

    code, status = "statement-closed", 409


class StatementNotOpen(UndersignedError):
    """Raised when somebody signs a statement before its opening date."""

    code, status = "statement-not-open", 409


class CodeRefused(UndersignedError):
    """Raised when an emailed code or a TOTP code is wrong, used or expired; the response does not say which."""

    code, status = "code-refused", 422


class KeyReused(UndersignedError):
    """Raised when an idempotency key is sent again with a different submission."""

    code, status = "key-reused", 409


class TooLarge(UndersignedError):
    """Raised when a request body is larger than the server accepts."""

    code, status = "too-large", 413


class UnsupportedMediaType(UndersignedError):
    """Raised when the Content-Type of a request is not one that the route accepts."""

    code, status = "unsupported-media-type", 415


class LinkInvalid(UndersignedError):
    """Raised when a link is forged or for another purpose, or its row has been deleted."""

    code, status = "link-invalid", 404


class LinkExpired(UndersignedError):
    """Raised when a link has expired; ``payload`` is its content, so that the page can offer a new link."""

    code, status = "link-expired", 410

    def __init__(self, payload: object = None) -> None:
        super().__init__("this link has expired")
        self.payload = payload


class TooMany(UndersignedError):
    """Raised when a rate limit is reached."""

    code, status = "too-many", 429

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("too many requests")
        self.retry_after_s = retry_after_s


class Unavailable(UndersignedError):
    """Raised when the disk or the database cannot handle the request now; the client may retry it."""

    code, status = "unavailable", 503
    retry_after_s = 5


class DatabaseLost(Unavailable):
    """Raised when the database file was moved, deleted or replaced while it is open. The store has logged it once."""


class SettingsError(UndersignedError):
    """Raised at start when settings are missing, weak or unreadable; the message lists all of them."""

    code = "settings"
