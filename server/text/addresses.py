"""What an address and a website may be, when two addresses are one mailbox, and when one proves a website."""

import hashlib
import hmac
import re
import unicodedata
from functools import cache, lru_cache
from urllib.parse import SplitResult, quote, urlsplit

import idna
from email_validator import EmailNotValidError, validate_email
from publicsuffixlist import PublicSuffixList

from server.errors import UndersignedError
from server.mailboxes import PUBLIC_MAILBOXES, RULES, SHARED_SITES, MailboxRule

ADDRESS_LONGEST = 254
"""Bytes, as mail servers count."""

LOCAL_LONGEST = 64
WEBSITE_LONGEST = 300
_HOST_LONGEST = 253
_DOMAIN_KEY_DIGITS = 32
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
USUAL_PORTS = {"http": 80, "https": 443}
_KEPT_IN_URLS = "/%:@!$&'()*+,;=~-._?"


class AddressRefused(UndersignedError):
    """Raised when a text is not one email address; ``reason`` is ``"not-an-address"`` or ``"too-long"``."""

    code, status = "invalid", 422

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WebsiteRefused(UndersignedError):
    """Raised when a text is not the address of a website; ``reason`` is ``"not-a-website"`` or ``"too-long"``."""

    code, status = "invalid", 422

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check_address(value: str) -> str:
    """Return the one address in the form that it is sent to: NFC, the domain as lower-case ASCII labels.

    No display name, comment, quotes, list or address literal; no look-up of any kind. Domains that never receive
    mail (``.test``, ``.invalid``, ``.local``) are refused, ``.example`` is not. Raises ``AddressRefused``.
    """
    value = value.strip()
    if len(value.encode(errors="replace")) > ADDRESS_LONGEST:
        raise AddressRefused("too-long")
    local, _, domain = value.rpartition("@")
    try:
        # Only in ASCII: another domain grows when it becomes labels, and its address may then be too long as a whole.
        if domain.isascii() and len(local) <= LOCAL_LONGEST and _PLAIN_LOCAL.fullmatch(local):
            return f"{local}@{_checked_domain(domain)}"
        checked = validate_email(value, check_deliverability=False)
    except EmailNotValidError as error:
        raise AddressRefused("not-an-address") from error
    return f"{checked.local_part}@{checked.ascii_domain}"


@lru_cache(maxsize=1024)
def _checked_domain(domain: str) -> str:
    """Return the domain as lower-case ASCII labels; nearly all addresses are at a few of them.

    Raises ``EmailNotValidError``.
    """
    return validate_email(f"a@{domain}", check_deliverability=False).ascii_domain


def canonical(address: str) -> str:
    """Return one spelling for all the spellings of a mailbox, as far as ``mailboxes.RULES`` knows its provider.

    For comparing only, never for sending; elsewhere nothing but case is folded. Takes a checked address.
    """
    local, _, domain = address.rpartition("@")
    local, domain = _folded(local), domain_of(address)
    rule = RULES.get(domain, MailboxRule())
    name, _, parent = domain.partition(".")
    if parent in RULES and RULES[parent].named_subdomains:
        local, domain, rule = name, parent, RULES[parent]
    return f"{_mailbox(local, rule)}@{rule.same_as or domain}"


def untagged(address: str) -> str:
    """Return one spelling for all that may be read by one person: nothing from the first ``+`` on counts, anywhere.

    Many an organisation's own server delivers ``ani+x`` to ``ani``, and no table knows which. Takes a checked address.
    """
    local, _, domain = address.rpartition("@")
    return canonical(f"{local.partition('+')[0] or local}@{domain}")


def domain_of(address: str) -> str:
    """Return what follows the last @, as lower-case ASCII labels."""
    domain = address.rpartition("@")[2]
    return _ascii_host(domain) or domain.lower()


class AddressKeys:
    """Turns an address into the key by which the database knows it, so that erased addresses stay unknown.

    The pepper never rotates, because the keys of erased addresses cannot be made again; ``version`` says which one
    it was, and stands in the row.
    """

    def __init__(self, pepper: bytes, version: int = 1) -> None:
        if not pepper:
            raise ValueError("address keys need a pepper")
        self._pepper = pepper
        self.version = version

    def key(self, address: str) -> bytes:
        """Return 32 bytes, HMAC-SHA256 over the version and the canonical address: the same for every alias."""
        return self._keyed(canonical(address))

    def mail_key(self, address: str) -> bytes:
        """Return 32 bytes by which emails to an address are counted and stopped: the same for every tag, on any domain.

        It is the ``key`` of an address that has none. Two people may share it, so it says nothing of who has signed.
        """
        return self._keyed(untagged(address))

    def domain_key(self, domain: str) -> str:
        """Return 32 hex digits, the same for every spelling of a mail domain: a family's own would tell its name."""
        known = domain_of(f"@{domain.strip().removeprefix('@')}")
        return self.digest(f"domain {known}").hex()[:_DOMAIN_KEY_DIGITS]

    def digest(self, text: str) -> bytes:
        """Return 32 bytes by which a text can be known again, and not be guessed without the pepper."""
        return hmac.digest(self._pepper, f"undersigned.digest.v{self.version}\0{text}".encode(), hashlib.sha256)

    def _keyed(self, spelling: str) -> bytes:
        return hmac.digest(self._pepper, f"undersigned.address.v{self.version}\0{spelling}".encode(), hashlib.sha256)


def check_website(value: str) -> str:
    """Return an http or https URL in pure ASCII, with ``https://`` put before a bare ``ngo.example``.

    The host must be a registrable domain or lie below one: no IP address, no intranet name. No name or password and
    no unusual port. Raises ``WebsiteRefused``.
    """
    value = value.strip()
    if len(value) > WEBSITE_LONGEST:
        raise WebsiteRefused("too-long")
    if not value.isprintable() or re.search(r"[\s\\]", value):
        raise WebsiteRefused("not-a-website")
    try:
        url = _rebuilt(_split(value))
    except ValueError as error:
        raise WebsiteRefused("not-a-website") from error
    if len(url) > WEBSITE_LONGEST:
        raise WebsiteRefused("too-long")
    return url


def registrable_domain(host_or_url: str) -> str | None:
    """Return the domain that somebody registered (``ngo.co.uk``, ``ngo.github.io``), or None if there is none.

    From the public suffix list that is installed with the package, private suffixes included; asks nobody.
    """
    try:
        ascii_host = _ascii_host(_split(host_or_url).hostname or "")
    except ValueError:
        return None
    if ascii_host is None or _is_ip_address(ascii_host):
        return None
    domain: str | None = _suffixes().privatesuffix(ascii_host)
    return domain


def proves_domain(address: str, website: str) -> bool:
    """Whether who reads mail at this address speaks for this website: one registrable domain, and not a public one."""
    theirs = registrable_domain(domain_of(address))
    if theirs is None or theirs != registrable_domain(website):
        return False
    return not {theirs, domain_of(address)} & (PUBLIC_MAILBOXES | SHARED_SITES)


def _folded(local: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).casefold())


def _mailbox(local: str, rule: MailboxRule) -> str:
    """Return the name without what its provider does not look at; whole, if nothing else would be left."""
    name = local.partition(rule.tag)[0] if rule.tag else local
    if rule.swapped:
        name = name.replace(*rule.swapped)
    return "".join(character for character in name if character not in rule.ignored) or local


def _split(host_or_url: str) -> SplitResult:
    """Take a URL, or what is one once ``https://`` stands before it; raises ``ValueError``."""
    return urlsplit(host_or_url if _SCHEME.match(host_or_url) else f"https://{host_or_url}")


def _rebuilt(parts: SplitResult) -> str:
    """Put the URL together again from its checked parts; raises ``ValueError``."""
    if parts.scheme not in USUAL_PORTS or "@" in parts.netloc:
        raise ValueError("neither http nor https, or with a password")
    if parts.port not in {None, USUAL_PORTS[parts.scheme]}:
        raise ValueError("an unusual port")
    host = _ascii_host(parts.hostname or "")
    if host is None or registrable_domain(host) is None:
        raise ValueError("no registrable host")
    path = quote(parts.path if parts.path != "/" or parts.query or parts.fragment else "", safe=_KEPT_IN_URLS)
    query = f"?{quote(parts.query, safe=_KEPT_IN_URLS)}" if parts.query else ""
    fragment = f"#{quote(parts.fragment, safe=_KEPT_IN_URLS)}" if parts.fragment else ""
    return f"{parts.scheme}://{host}{path}{query}{fragment}"


@lru_cache(maxsize=1024)
def _ascii_host(host: str) -> str | None:
    """Return the host in lower-case ASCII labels, or None if it can be no host name."""
    try:
        if len(host) > _HOST_LONGEST:
            return None
        return idna.encode(host.removesuffix("."), uts46=True).decode()
    except UnicodeError:
        return None


def _is_ip_address(host: str) -> bool:
    """Whether browsers would take the host for an IP address: also ``127.1`` and ``0x7f.1``."""
    last = host.rpartition(".")[2]
    return last.isdigit() or last.startswith("0x") or ":" in host


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
