"""The error tree. Each class has the code that the widget and the pages explain, and its HTTP status."""

from collections.abc import Mapping, Sequence
from typing import ClassVar


class Code(str):
    """A code of what is wrong with a field, with the ``values`` that its sentence names: how long, or what instead."""

    values: Mapping[str, str | int]

    def __new__(cls, code: str, **values: str | int) -> "Code":
        """Make the code; it compares and serializes as the plain word."""
        made = super().__new__(cls, code)
        made.values = values
        return made


class UndersignedError(Exception):
    """The root: whatever we refuse on purpose."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    retry_after_s: int | None = None


class Invalid(UndersignedError):
    """Raised when a submission breaks the rules of its form; ``fields`` maps a field's name to codes of ours."""

    code, status = "invalid", 422

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        super().__init__(", ".join(f"{name}: {' '.join(codes)}" for name, codes in fields.items()))
        self.fields = {name: list(codes) for name, codes in fields.items()}


class BadRequest(UndersignedError):
    """Raised when a body cannot be read at all: no JSON, too deep, an unknown key; the message says which."""

    code, status = "bad-request", 400


class FormTokenBad(UndersignedError):
    """Raised when the form token was not made by us, or for another statement."""

    code, status = "form-token-bad", 400


class FormTokenExpired(UndersignedError):
    """Raised when the form lay open longer than ``FORM_LIFETIME``; the widget fetches a new token and tries again."""

    code, status = "form-token-expired", 400


class FormTooFast(UndersignedError):
    """Raised when a form comes back faster than a person can fill it in."""

    code, status = "form-too-fast", 400


class OriginRefused(UndersignedError):
    """Raised when a page that is not a partner's tries to post."""

    code, status = "origin-refused", 403


class TokenRefused(UndersignedError):
    """Raised when a bearer token is missing, unknown, expired, revoked or of another scope."""

    code, status = "token-refused", 401


class NotFound(UndersignedError):
    """Raised when there is no such statement, page or signature for the asker."""

    code, status = "not-found", 404


class StatementClosed(UndersignedError):
    """Raised when somebody signs a statement that no longer takes signatures."""

    code, status = "statement-closed", 409


class StatementNotOpen(UndersignedError):
    """Raised when somebody signs a statement before its day of opening."""

    code, status = "statement-not-open", 409


class CodeRefused(UndersignedError):
    """Raised when a code, of an email or of an admin's phone, does not fit or serves no more: nobody is told which."""

    code, status = "code-refused", 422


class KeyReused(UndersignedError):
    """Raised when an idempotency key comes a second time with another submission."""

    code, status = "key-reused", 409


class TooLarge(UndersignedError):
    """Raised when a body is larger than we read."""

    code, status = "too-large", 413


class UnsupportedMediaType(UndersignedError):
    """Raised when a body does not say that it is what this door takes."""

    code, status = "unsupported-media-type", 415


class LinkInvalid(UndersignedError):
    """Raised when a link was not made by us, or for another purpose, or its row is gone."""

    code, status = "link-invalid", 404


class LinkExpired(UndersignedError):
    """Raised when a link is too old; ``payload`` is what it carried, so that a new one can be offered."""

    code, status = "link-expired", 410

    def __init__(self, payload: object = None) -> None:
        super().__init__("this link has expired")
        self.payload = payload


class TooMany(UndersignedError):
    """Raised when a named limit is reached."""

    code, status = "too-many", 429

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("too many requests")
        self.retry_after_s = retry_after_s


class Unavailable(UndersignedError):
    """Raised when the disk or the database cannot take a write now; the same request may be sent again."""

    code, status = "unavailable", 503
    retry_after_s = 5


class SettingsError(UndersignedError):
    """Raised at start, when a setting is missing, weak or unreadable; the message lists every one."""

    code = "settings"
