"""Signed links, form tokens, codes, list cursors and bounce addresses. Each purpose has its own salt or key."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from hashlib import sha512
from typing import Any, Literal, NamedTuple
from urllib.parse import urlencode, urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from itsdangerous import BadSignature, Serializer, TimestampSigner, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode

from server.errors import BadRequest, FormTokenBad, FormTokenExpired, FormTooFast, LinkExpired, LinkInvalid

# Links and form tokens.

CONFIRM_LIFETIME = timedelta(days=7)
FORM_LIFETIME = timedelta(hours=2)
PREVIEW_LIFETIME = timedelta(days=14)
PROBE_LIFETIME = timedelta(minutes=5)
FORM_BUCKET = timedelta(seconds=60)
CLOCK_SKEW = timedelta(seconds=300)
"""Maximum difference between the clocks of two processes. It extends each lifetime at both ends."""

NONCE_BYTES = 16
FORM_TOKENS_CACHED = 1024  # many visitors send the same token: it depends on the minute, text and partner only
_FRAME_TOKEN_BYTES = 9
_CONFIRM_SALT = "undersigned.confirm.v1"
_MANAGE_SALT = "undersigned.signature.v1"
_UNSUBSCRIBE_SALT = "undersigned.unsubscribe.v1"
_UNDO_SALT = "undersigned.undo.v1"
_PREVIEW_SALT = "undersigned.preview.v1"
_PROBE_SALT = "undersigned.probe.v1"
_FORM_SALTS = {"page": "undersigned.form.v1", "frame": "undersigned.form.frame.v1"}

Place = Literal["page", "frame"]
"""Where a form is shown: directly in a partner's page or ours, or in the iframe that a partner's page embeds."""


class SignatureRef(NamedTuple):
    """The content of a signer's link. It is valid only while the signature with this id has this nonce."""

    id: int
    nonce: bytes


class UndoRef(NamedTuple):
    """The content of a link that undoes "It was not me". Valid while the statement's suppression has this nonce."""

    statement_id: int
    nonce: bytes


class FormClaim(NamedTuple):
    """The content of a form token: the text version that was shown, and the partner (None: our own page).

    ``network`` is the visitor's network under today's pseudonym in the token of a sandboxed frame. It is empty in other
    tokens, because caches may share their pages between visitors.
    """

    statement_id: int
    text_id: int
    partner_id: int | None = None
    network: str = ""


class DraftRef(NamedTuple):
    """The content of a preview link: id and slug of the draft."""

    id: int
    slug: str


class _SignerAt(TimestampSigner):
    """A ``TimestampSigner`` that gets the time as an argument instead of reading the clock."""

    def __init__(self, *args: Any, now: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = now

    def get_timestamp(self) -> int:
        """Return the ``now`` of the constructor, in epoch seconds."""
        return self._now


class _PathSerializer(URLSafeTimedSerializer):
    """A serializer that never compresses.

    Compressed payloads begin with a dot, and many proxies refuse such paths because they look like hidden files.
    """

    def dump_payload(self, obj: Any) -> bytes:
        """Return the payload as URL-safe base64 without compression."""
        return base64_encode(Serializer.dump_payload(self, obj))


class Links:
    """Signs with the last secret key and verifies with any of them, so that keys can be rotated.

    Several strings decode to the same payload (with another last character, or with ``=`` at the end), so never
    identify a token by its string. Tokens are not single-use; the state of the row makes a second use harmless.
    """

    def __init__(self, secret_keys: Sequence[str], base_url: str) -> None:
        if not secret_keys or not all(key.strip() for key in secret_keys):
            raise ValueError("links need secret keys, none of them empty")
        self._secret_keys = list(secret_keys)
        self._read_form = lru_cache(FORM_TOKENS_CACHED)(self._read)
        self.base_url = base_url.rstrip("/")

    @property
    def host(self) -> str:
        """The host name in all links."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def login(self) -> str:
        """The absolute URL of the admin login page."""
        return f"{self.base_url}/admin/login"

    def page(self, slug: str, *, locale: str | None = None, partner: str | None = None) -> str:
        """Return the absolute URL of a statement's page, in this language and with credit to this partner.

        It is not signed, because the page is public.
        """
        return f"{self.base_url}/s/{slug}{_query(locale=locale, partner=partner)}"

    def versions(self, slug: str, locale: str) -> str:
        """Return the absolute URL of the page that shows the changes between versions of a text; not signed."""
        return f"{self.page(slug)}/versions{_query(locale=locale)}"

    def frame(
        self, slug: str, *, locale: str | None, partner: str | None, theme: str | None, sandboxed: bool = False
    ) -> str:
        """Return the absolute URL of the page for iframes, which has only the form; not signed.

        ``sandboxed`` asks for a form token that is valid in a frame without an origin.
        """
        query = _query(locale=locale, partner=partner, theme=theme, sandboxed="yes" if sandboxed else None)
        return f"{self.base_url}/embed/{slug}{query}"

    def data(self, slug: str, *, partner: str | None, locale: str | None) -> str:
        """Return the absolute URL of the form's data, character by character as the widget requests it."""
        return f"{self.base_url}/api/v1/statements/{slug}{_query(partner=partner, locale=locale)}"

    def widget(self, version: str) -> str:
        """Return the absolute URL of the widget's script in this version; ``v1`` is the newest one."""
        return f"{self.base_url}/widget/{version}/undersigned.js"

    def report(self, secret: str) -> str:
        """Return the absolute URL of a partner's report. The secret in it is the only protection."""
        return f"{self.base_url}/partner/{secret}"

    def confirm(self, signature_id: int, nonce: bytes, *, now: int) -> str:
        """Return the absolute URL that a signer follows to confirm.

        The token is in the path, because some mail systems cut off query strings. ``nonce`` is the 16 random bytes of
        the pending row.
        """
        return f"{self.base_url}/confirm/{self.confirm_token(signature_id, nonce, now=now)}"

    def confirm_token(self, signature_id: int, nonce: bytes, *, now: int) -> str:
        """Return the token of the confirm link."""
        return self._sign(_CONFIRM_SALT, _payload(signature_id, nonce), now=now)

    def read_confirm(self, token: str, *, now: int) -> SignatureRef:
        """Return the id and nonce in a confirm link.

        Raises ``LinkExpired``, with id and nonce as its payload, if the link is older than ``CONFIRM_LIFETIME``, and
        ``LinkInvalid`` if the token is forged, for another purpose, or dated in the future.
        """
        ref, made_at = self._read_ref(_CONFIRM_SALT, token, now=now)
        if _is_expired(made_at, now, CONFIRM_LIFETIME):
            raise LinkExpired(ref)
        return ref

    def manage(self, signature_id: int, nonce: bytes, *, now: int) -> str:
        """Return the absolute URL where a signer can view, change and withdraw a signature; it never expires."""
        return f"{self.base_url}/signature/{self.manage_token(signature_id, nonce, now=now)}"

    def manage_token(self, signature_id: int, nonce: bytes, *, now: int) -> str:
        """Return the token of the manage link."""
        return self._sign(_MANAGE_SALT, _payload(signature_id, nonce), now=now)

    def read_manage(self, token: str, *, now: int) -> SignatureRef:
        """Return the id and nonce in a manage link, whatever its age.

        Raises ``LinkInvalid`` if the token is forged, for another purpose, or dated in the future.
        """
        ref, _ = self._read_ref(_MANAGE_SALT, token, now=now)
        return ref

    def unsubscribe(self, signature_id: int, nonce: bytes, *, now: int) -> str:
        """Return the absolute URL that unsubscribes a signature from news; it never expires."""
        return f"{self.base_url}/unsubscribe/{self._sign(_UNSUBSCRIBE_SALT, _payload(signature_id, nonce), now=now)}"

    def read_unsubscribe(self, token: str, *, now: int) -> SignatureRef:
        """Return the id and nonce in an unsubscribe link, whatever its age.

        Raises ``LinkInvalid`` if the token is forged, for another purpose, or dated in the future.
        """
        ref, _ = self._read_ref(_UNSUBSCRIBE_SALT, token, now=now)
        return ref

    def undo(self, ref: UndoRef, *, now: int) -> str:
        """Return the absolute URL of the page that undoes "It was not me"; it never expires."""
        return f"{self.base_url}/undo/{self.undo_token(ref, now=now)}"

    def undo_token(self, ref: UndoRef, *, now: int) -> str:
        """Return the token of the undo link."""
        return self._sign(_UNDO_SALT, _payload(ref.statement_id, ref.nonce), now=now)

    def read_undo(self, token: str, *, now: int) -> UndoRef:
        """Return the content of an undo link, whatever its age.

        Raises ``LinkInvalid`` if the token is forged, for another purpose, or dated in the future.
        """
        ref, _ = self._read_ref(_UNDO_SALT, token, now=now)
        return UndoRef(*ref)

    def preview(self, statement_id: int, slug: str, *, now: int) -> str:
        """Return the absolute URL of a draft. Anybody who has it can read the draft for ``PREVIEW_LIFETIME``."""
        return f"{self.base_url}/preview/{self._sign(_PREVIEW_SALT, [statement_id, slug], now=now)}"

    def read_preview(self, token: str, *, now: int) -> DraftRef:
        """Return id and slug of the draft in a preview link.

        Raises ``LinkInvalid`` if the token is forged, for another purpose, dated in the future, or too old.
        """
        (statement_id, slug), made_at = self._read_link(_PREVIEW_SALT, token, now=now)
        if _is_expired(made_at, now, PREVIEW_LIFETIME):
            raise LinkInvalid("this link has expired")
        return DraftRef(statement_id, slug)

    def probe_path(self, *, now: int) -> str:
        """Return the path where this server reports the network that it sees the caller in; for ``PROBE_LIFETIME``."""
        return f"/probe/{self._sign(_PROBE_SALT, [], now=now)}"

    def check_probe(self, token: str, *, now: int) -> None:
        """Raise ``LinkInvalid`` unless this is a probe token that is younger than ``PROBE_LIFETIME``."""
        _, made_at = self._read_link(_PROBE_SALT, token, now=now)
        if _is_expired(made_at, now, PROBE_LIFETIME):
            raise LinkInvalid("this link has expired")

    def form_token(self, claim: FormClaim, *, now: int, place: Place = "page") -> str:
        """Return the token of a form. It is the same for everybody for one minute, so that the page can be cached.

        A token that is bound to a network is different each time: its page is compressed and repeats words from its
        URL, so a token that stays the same could be guessed from the lengths of many responses (BREACH).
        """
        made_at = now - now % int(FORM_BUCKET.total_seconds())
        payload: list[int | str] = [claim.statement_id, claim.text_id, claim.partner_id or 0, claim.network]
        if claim.network:
            payload.append(secrets.token_urlsafe(_FRAME_TOKEN_BYTES))
        return self._sign(_FORM_SALTS[place], payload, now=made_at)

    def read_form_token(self, token: str, *, now: int, min_fill_s: int, place: Place = "page") -> FormClaim:
        """Return the content of a form token.

        Raises ``FormTooFast`` if fewer than ``min_fill_s`` seconds have passed since the token's minute began. This
        check is weak on purpose: a token from the end of its minute is old enough at once, so it only stops simple
        bots in the first seconds of a minute. A token that is up to ``CLOCK_SKEW`` in the future was made by a process
        whose clock is ahead; it passes, because its age is unknown.
        Raises ``FormTokenExpired`` after ``FORM_LIFETIME``, and ``FormTokenBad`` if the token is forged or for another
        ``place``.
        """
        try:
            (statement_id, text_id, partner_id, network, *_), made_at = self._read_form(_FORM_SALTS[place], token)
        except BadSignature as error:
            raise FormTokenBad("this form token was not made by this server") from error
        if _is_from_future(made_at, now):
            raise FormTokenBad("this form token was made in the future")
        if _is_expired(made_at, now, FORM_LIFETIME):
            raise FormTokenExpired("this form was open for too long")
        if 0 <= now - made_at < min_fill_s:
            raise FormTooFast("this form was sent too quickly")
        return FormClaim(statement_id, text_id, partner_id or None, network)

    def _read_ref(self, salt: str, token: str, *, now: int) -> tuple[SignatureRef, int]:
        """Return the content of a signer's link and the epoch second when it was made; raises ``LinkInvalid``."""
        (signature_id, nonce), made_at = self._read_link(salt, token, now=now)
        return SignatureRef(signature_id, base64.urlsafe_b64decode(nonce)), made_at

    def _read_link(self, salt: str, token: str, *, now: int) -> tuple[list[Any], int]:
        """Return the payload of a link and when it was made; raises ``LinkInvalid``, but not for an old one."""
        try:
            payload, made_at = self._read(salt, token)
        except BadSignature as error:
            raise LinkInvalid("this link was not made by this server") from error
        if _is_from_future(made_at, now):
            raise LinkInvalid("this link was made in the future")
        return payload, made_at

    def _sign(self, salt: str, payload: list[int | str], *, now: int) -> str:
        return self._serializer(salt, now=now).dumps(payload)

    def _read(self, salt: str, token: str) -> tuple[list[Any], int]:
        """Return the payload and the epoch second when it was signed; raises ``BadSignature``.

        The shape of the payload needs no check: only this class signs with this salt.
        """
        if not token.isascii():  # for lone surrogates itsdangerous would raise an error that is not a BadSignature
            raise BadSignature("a token must be ASCII")
        payload, made_at = self._serializer(salt).loads(token, return_timestamp=True)
        return payload, int(made_at.timestamp())

    def _serializer(self, salt: str, *, now: int = 0) -> _PathSerializer:
        signing = {"digest_method": hashlib.sha256, "key_derivation": "hmac", "now": now}
        return _PathSerializer(self._secret_keys, salt=salt, signer=_SignerAt, signer_kwargs=signing)


def _query(**said: str | None) -> str:
    """Return the query string with its ``?``, without the values that are None; empty if there are no values."""
    values = {name: value for name, value in said.items() if value is not None}
    return f"?{urlencode(values)}" if values else ""


def _payload(signature_id: int, nonce: bytes) -> list[int | str]:
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce must have {NONCE_BYTES} bytes")
    return [signature_id, base64.urlsafe_b64encode(nonce).decode()]


def _is_from_future(made_at: int, now: int) -> bool:
    return made_at - now > CLOCK_SKEW.total_seconds()


def _is_expired(made_at: int, now: int, lifetime: timedelta) -> bool:
    return now - made_at > (lifetime + CLOCK_SKEW).total_seconds()


# Confirmation codes: eight digits in the email that the signer can type instead of following the link.

CODE_DIGITS = 8
CODE_LIFETIME = timedelta(minutes=30)
CODE_TRIES = 5
_CODE_PURPOSE = b"undersigned.code.v1\0"
_BETWEEN_DIGITS = re.compile(r"[\s-]+")


class ConfirmationCodes:
    """Computes confirmation codes from the secret keys; nothing is stored. The last key makes them, all keys verify.

    Every email about one signature has the same code, so it does not matter which email the signer reads.
    """

    def __init__(self, secret_keys: Sequence[str]) -> None:
        self._secret_keys = [key.encode() for key in secret_keys]

    def of(self, signature_id: int, nonce: bytes) -> str:
        """Return the eight digits for the signature with this id and nonce."""
        return _code_digits(self._secret_keys[-1], signature_id, nonce)

    def fits(self, typed: str, signature_id: int, nonce: bytes) -> bool:
        """Check a typed code in constant time. Accepts digits of any script, and ignores spaces and hyphens."""
        said = _normalise_code(typed).encode(errors="replace")
        known = [_code_digits(key, signature_id, nonce).encode() for key in self._secret_keys]
        # A list, not a generator: any() would stop at the first match, and the time would show which key matched.
        return any([hmac.compare_digest(said, one) for one in known])  # noqa: C419


def format_code(code: str) -> str:
    """Return a code as two groups of four digits."""
    return f"{code[:4]} {code[4:]}"


def _normalise_code(typed: str) -> str:
    """Return the typed code with all decimal digits (such as Arabic ones) in ASCII, without spaces and hyphens."""
    joined = _BETWEEN_DIGITS.sub("", typed)
    return "".join(str(int(character)) if character.isdecimal() else character for character in joined)


def _code_digits(key: bytes, signature_id: int, nonce: bytes) -> str:
    digest = hmac.digest(key, _CODE_PURPOSE + signature_id.to_bytes(8, "big") + nonce, hashlib.sha256)
    return f"{int.from_bytes(digest, 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}}"


# Numbers that leave the server encrypted: cursors of the public list, and the ids in the addresses of bounces.

_NUMBER_BYTES = 8


class _NumberCipher:
    """Encrypts numbers with the last secret key and decrypts with any of them, using AES-256-SIV.

    The encryption is deterministic: the same number gets the same text. Nobody else can make a text that decrypts.
    """

    def __init__(self, secret_keys: Sequence[str], purpose: bytes) -> None:
        newest_first = reversed(secret_keys)
        self._ciphers = [AESSIV(hmac.digest(key.encode(), purpose, sha512)) for key in newest_first]

    def encrypt(self, number: int, *, about: int) -> bytes:
        return self._ciphers[0].encrypt(_number_to_bytes(number), [_number_to_bytes(about)])

    def decrypt(self, sealed: bytes, *, about: int) -> int | None:
        for cipher in self._ciphers:
            with suppress(InvalidTag):
                return int.from_bytes(cipher.decrypt(sealed, [_number_to_bytes(about)]), "big")
        return None


def _number_to_bytes(number: int) -> bytes:
    return number.to_bytes(_NUMBER_BYTES, "big")


_CURSOR_LENGTH = 32  # base64 characters
_CURSOR_PURPOSE = b"undersigned.cursor.v1\0"
_CURSOR_REFUSED = "after is not a cursor of ours"


class ListCursors:
    """Encrypts list numbers, so that the cursors do not reveal how many hidden rows are between two names.

    With numbers in clear, or ones that can be guessed, anybody could count the hidden rows between two lines. A list
    number of a statement always has the same cursor, so pages can be cached.
    """

    def __init__(self, secret_keys: Sequence[str]) -> None:
        self._cipher = _NumberCipher(secret_keys, _CURSOR_PURPOSE)

    def write(self, list_number: int, *, statement_id: int) -> str:
        """Return the cursor for the lines after this list number."""
        return base64.urlsafe_b64encode(self._cipher.encrypt(list_number, about=statement_id)).decode()

    def read(self, value: str | None, *, statement_id: int) -> int:
        """Return the list number in a cursor of this statement, 0 if there is no cursor.

        Raises ``BadRequest`` if the cursor was not made here for this statement.
        """
        if not value:
            return 0
        found = self._cipher.decrypt(_decode_cursor(value), about=statement_id)
        if found is None:
            raise BadRequest(_CURSOR_REFUSED)
        return found


def _decode_cursor(value: str) -> bytes:
    """Return the decoded bytes, still encrypted; raises ``BadRequest`` for a wrong length or invalid base64."""
    if len(value) != _CURSOR_LENGTH:
        raise BadRequest(_CURSOR_REFUSED)
    try:
        return base64.b64decode(value, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as broken:
        raise BadRequest(_CURSOR_REFUSED) from broken


_BOUNCE_PURPOSE = b"undersigned.bounce.v1\0"
_BOUNCE_ID_LENGTH = 39  # base32 characters: a tag of 16 bytes and the number, without padding
BOUNCE_LOCAL_LONGEST = 64 - 1 - _BOUNCE_ID_LENGTH  # RFC 5321: 64 characters before the @


class BounceAddresses:
    """Makes an envelope sender for each email: ``bounces+`` and its encrypted id, at the domain of ``address``.

    A mail server that cannot deliver the email sends its report to that address, which says what email it is about.
    The id is in base32, because some mail servers change the case. If ``address`` is empty, no addresses are made.
    """

    def __init__(self, secret_keys: Sequence[str], address: str) -> None:
        self._cipher = _NumberCipher(secret_keys, _BOUNCE_PURPOSE)
        self._local, _, self._domain = address.rpartition("@")
        self._id = re.compile(
            rf"(?<![\w.+-]){re.escape(self._local)}\+([a-z2-7]{{{_BOUNCE_ID_LENGTH}}})@", re.IGNORECASE
        )

    def make(self, outbox_id: int) -> str | None:
        """Return the envelope sender of an email; None if it has no address of its own."""
        if not self._domain:
            return None
        sealed = base64.b32encode(self._cipher.encrypt(outbox_id, about=0)).decode().rstrip("=").lower()
        return f"{self._local}+{sealed}@{self._domain}"

    def find_ids(self, text: str) -> list[int]:
        """Return the ids in all addresses of a text that were made here."""
        if not self._domain:
            return []
        sealed = (base64.b32decode(f"{one.upper()}=") for one in self._id.findall(text))
        found = (self._cipher.decrypt(one, about=0) for one in sealed)
        return [one for one in found if one is not None]
