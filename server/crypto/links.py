"""Signed links, form tokens, confirmation codes and list cursors: each purpose has a salt or key of its own."""

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
"""How far the clocks of two processes may differ: a lifetime is never cut short by it, at either end."""

NONCE_BYTES = 16
FORM_TOKENS_CACHED = 1024  # all forms of a minute, a text and a partner share their token
_FRAME_TOKEN_BYTES = 9
_CONFIRM_SALT = "undersigned.confirm.v1"
_MANAGE_SALT = "undersigned.signature.v1"
_UNSUBSCRIBE_SALT = "undersigned.unsubscribe.v1"
_UNDO_SALT = "undersigned.undo.v1"
_PREVIEW_SALT = "undersigned.preview.v1"
_PROBE_SALT = "undersigned.probe.v1"
_FORM_SALTS = {"page": "undersigned.form.v1", "frame": "undersigned.form.frame.v1"}

Place = Literal["page", "frame"]
"""Where a form stands: on a page, a partner's or ours, or in the frame that a partner's page puts around ours."""


class SignatureRef(NamedTuple):
    """What a link carries: it is good only if the row of this id still has this nonce."""

    id: int
    nonce: bytes


class UndoRef(NamedTuple):
    """What the link carries that undoes "It was not me": good while the statement has a suppression of this nonce."""

    statement_id: int
    nonce: bytes


class FormClaim(NamedTuple):
    """What a form token says: the text that was shown, by which partner (None: our own page), and to which network.

    ``network`` is today's name of it in the token of a frame, and empty in that of a page, which caches may keep.
    """

    statement_id: int
    text_id: int
    partner_id: int | None = None
    network: str = ""


class DraftRef(NamedTuple):
    """What a preview link carries: the draft by its id and its slug."""

    id: int
    slug: str


class _SignerAt(TimestampSigner):
    """The stock signer reads the clock; this one is told the time."""

    def __init__(self, *args: Any, now: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = now

    def get_timestamp(self) -> int:
        """Return the time that the serializer was made for."""
        return self._now


class _PathSerializer(URLSafeTimedSerializer):
    """Never compresses: such a payload begins with a dot, and many proxies refuse a path like a hidden file's."""

    def dump_payload(self, obj: Any) -> bytes:
        """Return the payload as plain base64, whatever its length."""
        return base64_encode(Serializer.dump_payload(self, obj))


class Links:
    """Signs with the last of the secret keys and reads with all of them, so that keys can rotate.

    A few other spellings of a token (its last character, ``=`` at the end) read as the same payload: never remember
    a token by its string. Tokens are not single-use; the state of the row makes a second use harmless.
    """

    def __init__(self, secret_keys: Sequence[str], base_url: str) -> None:
        if not secret_keys or not all(key.strip() for key in secret_keys):
            raise ValueError("links need secret keys, none of them empty")
        self._secret_keys = list(secret_keys)
        self._read_form = lru_cache(FORM_TOKENS_CACHED)(self._read)
        self.base_url = base_url.rstrip("/")

    @property
    def host(self) -> str:
        """The host that all links lead to."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def login(self) -> str:
        """The absolute URL where admins come in."""
        return f"{self.base_url}/admin/login"

    def page(self, slug: str, *, locale: str | None = None, partner: str | None = None) -> str:
        """Return the absolute URL of a statement's page, in that language and with credit to that partner.

        It is not signed, for everybody may see that.
        """
        return f"{self.base_url}/s/{slug}{_query(locale=locale, partner=partner)}"

    def versions(self, slug: str, locale: str) -> str:
        """Return the absolute URL of the page that shows what was changed in a text; it is not signed either."""
        return f"{self.page(slug)}/versions{_query(locale=locale)}"

    def frame(self, slug: str, *, locale: str | None, partner: str | None, theme: str | None) -> str:
        """Return the absolute URL of the page with nothing but the form; it is not signed either."""
        return f"{self.base_url}/embed/{slug}{_query(locale=locale, partner=partner, theme=theme)}"

    def data(self, slug: str, *, partner: str | None, locale: str | None) -> str:
        """Return the absolute URL of what the form is made of, letter by letter as the widget asks for it."""
        return f"{self.base_url}/api/v1/statements/{slug}{_query(partner=partner, locale=locale)}"

    def widget(self, version: str) -> str:
        """Return the absolute URL of the widget's script: that of a version, or with ``v1`` of the newest."""
        return f"{self.base_url}/widget/{version}/undersigned.js"

    def report(self, secret: str) -> str:
        """Return the absolute URL of a partner's own figures; the secret is all that opens it."""
        return f"{self.base_url}/partner/{secret}"

    def confirm(self, signature_id: int, nonce: bytes, *, now: int) -> str:
        """Return the absolute URL that a signer presses; it stands in the path, because some mail systems cut queries.

        ``nonce`` is the 16 random bytes of the pending row.
        """
        return f"{self.base_url}/confirm/{self.confirm_token(signature_id, nonce, now=now)}"

    def confirm_token(self, signature_id: int, nonce: bytes, *, now: int) -> str:
        """Return the last part of the confirm link alone."""
        return self._sign(_CONFIRM_SALT, _payload(signature_id, nonce), now=now)

    def read_confirm(self, token: str, *, now: int) -> SignatureRef:
        """Return the id and nonce that a confirm link carries.

        Raises ``LinkExpired``, which carries them too, once the link is older than ``CONFIRM_LIFETIME``, and
        ``LinkInvalid`` if we did not make it, made it for another purpose, or made it in the future.
        """
        ref, made_at = self._read_ref(_CONFIRM_SALT, token, now=now)
        if _older(made_at, now, CONFIRM_LIFETIME):
            raise LinkExpired(ref)
        return ref

    def manage(self, signature_id: int, nonce: bytes, *, now: int) -> str:
        """Return the absolute URL by which a signer sees, changes and withdraws a signature; it never expires."""
        return f"{self.base_url}/signature/{self.manage_token(signature_id, nonce, now=now)}"

    def manage_token(self, signature_id: int, nonce: bytes, *, now: int) -> str:
        """Return the last part of the manage link alone."""
        return self._sign(_MANAGE_SALT, _payload(signature_id, nonce), now=now)

    def read_manage(self, token: str, *, now: int) -> SignatureRef:
        """Return the id and nonce that a manage link carries, however old it is.

        Raises ``LinkInvalid`` if we did not make it, made it for another purpose, or made it in the future.
        """
        ref, _ = self._read_ref(_MANAGE_SALT, token, now=now)
        return ref

    def unsubscribe(self, signature_id: int, nonce: bytes, *, now: int) -> str:
        """Return the absolute URL that stops the news of a signature, and does nothing else; it never expires."""
        return f"{self.base_url}/unsubscribe/{self._sign(_UNSUBSCRIBE_SALT, _payload(signature_id, nonce), now=now)}"

    def read_unsubscribe(self, token: str, *, now: int) -> SignatureRef:
        """Return the id and nonce that an unsubscribe link carries, however old it is.

        Raises ``LinkInvalid`` if we did not make it, made it for another purpose, or made it in the future.
        """
        ref, _ = self._read_ref(_UNSUBSCRIBE_SALT, token, now=now)
        return ref

    def undo(self, ref: UndoRef, *, now: int) -> str:
        """Return the absolute URL of the page that undoes "It was not me"; it never expires."""
        return f"{self.base_url}/undo/{self.undo_token(ref, now=now)}"

    def undo_token(self, ref: UndoRef, *, now: int) -> str:
        """Return the last part of the undo link alone."""
        return self._sign(_UNDO_SALT, _payload(ref.statement_id, ref.nonce), now=now)

    def read_undo(self, token: str, *, now: int) -> UndoRef:
        """Return what an undo link carries, however old it is.

        Raises ``LinkInvalid`` if we did not make it, made it for another purpose, or made it in the future.
        """
        ref, _ = self._read_ref(_UNDO_SALT, token, now=now)
        return UndoRef(*ref)

    def preview(self, statement_id: int, slug: str, *, now: int) -> str:
        """Return the absolute URL under which a draft can be read by whoever has it, for ``PREVIEW_LIFETIME``."""
        return f"{self.base_url}/preview/{self._sign(_PREVIEW_SALT, [statement_id, slug], now=now)}"

    def read_preview(self, token: str, *, now: int) -> DraftRef:
        """Return which draft a preview link shows.

        Raises ``LinkInvalid`` if it is too old, or we did not make it, or made it for another purpose.
        """
        try:
            (statement_id, slug), made_at = self._read(_PREVIEW_SALT, token)
        except BadSignature as error:
            raise LinkInvalid("this link was not made by this server") from error
        if _from_the_future(made_at, now) or _older(made_at, now, PREVIEW_LIFETIME):
            raise LinkInvalid("this link is from another time")
        return DraftRef(statement_id, slug)

    def probe_path(self, *, now: int) -> str:
        """Return the path at which this server says which network it takes the caller for; for ``PROBE_LIFETIME``."""
        return f"/probe/{self._sign(_PROBE_SALT, [], now=now)}"

    def check_probe(self, token: str, *, now: int) -> None:
        """Raise ``LinkInvalid`` unless this is the token of a probe that we made a moment ago."""
        try:
            _, made_at = self._read(_PROBE_SALT, token)
        except BadSignature as error:
            raise LinkInvalid("this link was not made by this server") from error
        if _from_the_future(made_at, now) or _older(made_at, now, PROBE_LIFETIME):
            raise LinkInvalid("this link is from another time")

    def form_token(self, claim: FormClaim, *, now: int, place: Place = "page") -> str:
        """Return the token of a form; on a page it is the same within one minute, so that the answer can be cached.

        In a frame each is another one: the frame's page is compressed, and shows words of its address, so that a token
        which came again could be guessed from the lengths of many answers (BREACH).
        """
        made_at = now - now % int(FORM_BUCKET.total_seconds())
        payload: list[int | str] = [claim.statement_id, claim.text_id, claim.partner_id or 0, claim.network]
        if place == "frame":
            payload.append(secrets.token_urlsafe(_FRAME_TOKEN_BYTES))
        return self._sign(_FORM_SALTS[place], payload, now=made_at)

    def read_form_token(self, token: str, *, now: int, min_fill_s: int, place: Place = "page") -> FormClaim:
        """Return what the form was made for.

        Raises ``FormTooFast`` when fewer than ``min_fill_s`` seconds have gone since the token's minute began. That
        is weak on purpose: a token taken late in its minute is old enough at once, so this stops a crowd of careless
        robots in the first seconds of a minute, and no careful one. A token that is up to ``CLOCK_SKEW`` from the
        future comes from another process's clock, says nothing about haste, and passes.
        Raises ``FormTokenExpired`` after ``FORM_LIFETIME``, ``FormTokenBad`` if we did not make it for a form there.
        """
        try:
            (statement_id, text_id, partner_id, network, *_), made_at = self._read_form(_FORM_SALTS[place], token)
        except BadSignature as error:
            raise FormTokenBad("this form token was not made by this server") from error
        if _from_the_future(made_at, now):
            raise FormTokenBad("this form token was made in the future")
        if _older(made_at, now, FORM_LIFETIME):
            raise FormTokenExpired("this form was open for too long")
        if 0 <= now - made_at < min_fill_s:
            raise FormTooFast("this form was sent too quickly")
        return FormClaim(statement_id, text_id, partner_id or None, network)

    def _read_ref(self, salt: str, token: str, *, now: int) -> tuple[SignatureRef, int]:
        """Return what a link of this purpose carries, and when it was made; raises ``LinkInvalid``."""
        try:
            (signature_id, nonce), made_at = self._read(salt, token)
        except BadSignature as error:
            raise LinkInvalid("this link was not made by this server") from error
        if _from_the_future(made_at, now):
            raise LinkInvalid("this link was made in the future")
        return SignatureRef(signature_id, base64.urlsafe_b64decode(nonce)), made_at

    def _sign(self, salt: str, payload: list[int | str], *, now: int) -> str:
        return self._serializer(salt, now=now).dumps(payload)

    def _read(self, salt: str, token: str) -> tuple[list[Any], int]:
        """Return the payload and when it was signed; what carries our signature for this purpose has its shape."""
        if not token.isascii():  # itsdangerous fails on lone surrogates in its own way
            raise BadSignature("a token is ASCII")
        payload, made_at = self._serializer(salt).loads(token, return_timestamp=True)
        return payload, int(made_at.timestamp())

    def _serializer(self, salt: str, *, now: int = 0) -> _PathSerializer:
        signing = {"digest_method": hashlib.sha256, "key_derivation": "hmac", "now": now}
        return _PathSerializer(self._secret_keys, salt=salt, signer=_SignerAt, signer_kwargs=signing)


def _query(**said: str | None) -> str:
    """Return the query of an address, without what is None; empty where nothing is said."""
    values = {name: value for name, value in said.items() if value is not None}
    return f"?{urlencode(values)}" if values else ""


def _payload(signature_id: int, nonce: bytes) -> list[int | str]:
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce has {NONCE_BYTES} bytes")
    return [signature_id, base64.urlsafe_b64encode(nonce).decode()]


def _from_the_future(made_at: int, now: int) -> bool:
    return made_at - now > CLOCK_SKEW.total_seconds()


def _older(made_at: int, now: int, lifetime: timedelta) -> bool:
    return now - made_at > (lifetime + CLOCK_SKEW).total_seconds()


# Confirmation codes: eight digits in the email, typed instead of following the link.

CODE_DIGITS = 8
CODE_LIFETIME = timedelta(minutes=30)
CODE_TRIES = 5
_CODE_PURPOSE = b"undersigned.code.v1\0"
_BETWEEN_DIGITS = re.compile(r"[\s-]+")


class ConfirmationCodes:
    """Works codes out with the secret keys: the last one makes them, all of them know them, and nothing is stored.

    Every email about one signature carries the same code, so that it does not matter which of them is read.
    """

    def __init__(self, secret_keys: Sequence[str]) -> None:
        self._secret_keys = [key.encode() for key in secret_keys]

    def of(self, signature_id: int, nonce: bytes) -> str:
        """Return the eight digits for the row of this id and nonce."""
        return _code_digits(self._secret_keys[-1], signature_id, nonce)

    def fits(self, typed: str, signature_id: int, nonce: bytes) -> bool:
        """Say whether somebody typed the code of this row, in any digits, with spaces or hyphens; in constant time."""
        said = _normalise_code(typed).encode(errors="replace")
        known = [_code_digits(key, signature_id, nonce).encode() for key in self._secret_keys]
        return any([hmac.compare_digest(said, one) for one in known])  # noqa: C419 - all of them, whichever fits


def format_code(code: str) -> str:
    """Return a code as it is read aloud: two groups of four."""
    return f"{code[:4]} {code[4:]}"


def _normalise_code(typed: str) -> str:
    """Return what was typed in ASCII digits: an Arabic keyboard has others. What is no digit stays as it is."""
    joined = _BETWEEN_DIGITS.sub("", typed)
    return "".join(str(int(character)) if character.isdecimal() else character for character in joined)


def _code_digits(key: bytes, signature_id: int, nonce: bytes) -> str:
    digest = hmac.digest(key, _CODE_PURPOSE + signature_id.to_bytes(8, "big") + nonce, hashlib.sha256)
    return f"{int.from_bytes(digest, 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}}"


# Cursors of the public list: opaque, so that they do not reveal how many hidden rows lie between two names.

_CURSOR_BYTES = 8
_CURSOR_LENGTH = 32  # letters: 16 bytes of tag and 8 of number
_CURSOR_PURPOSE = b"undersigned.cursor.v1\0"
_CURSOR_REFUSED = "after is not a cursor of ours"


class ListCursors:
    """Seals list numbers with the last of the secret keys and reads with all of them: AES-256-SIV.

    A number that can be read, or tried out, tells how many hidden ones stand between two lines. The same number of the
    same statement is always the same cursor, so that pages can be cached.
    """

    def __init__(self, secret_keys: Sequence[str]) -> None:
        newest_first = reversed(secret_keys)
        self._ciphers = [AESSIV(hmac.digest(key.encode(), _CURSOR_PURPOSE, sha512)) for key in newest_first]

    def write(self, list_number: int, *, statement_id: int) -> str:
        """Return the cursor after the line of this number."""
        sealed = self._ciphers[0].encrypt(_number_to_bytes(list_number), [_number_to_bytes(statement_id)])
        return base64.urlsafe_b64encode(sealed).decode()

    def read(self, value: str | None, *, statement_id: int) -> int:
        """Return the list number that a cursor of this statement holds, 0 for none.

        Raises ``BadRequest`` when it is not one of ours.
        """
        if not value:
            return 0
        sealed = _decode_cursor(value)
        for cipher in self._ciphers:
            with suppress(InvalidTag):
                return int.from_bytes(cipher.decrypt(sealed, [_number_to_bytes(statement_id)]), "big")
        raise BadRequest(_CURSOR_REFUSED)


def _decode_cursor(value: str) -> bytes:
    """Return the bytes of a cursor, whoever made it; raises ``BadRequest`` when it has not the shape of one."""
    if len(value) != _CURSOR_LENGTH:
        raise BadRequest(_CURSOR_REFUSED)
    try:
        return base64.b64decode(value, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as broken:
        raise BadRequest(_CURSOR_REFUSED) from broken


def _number_to_bytes(number: int) -> bytes:
    return number.to_bytes(_CURSOR_BYTES, "big")
