"""Validates email addresses, websites and origins, and decides when two addresses are the same mailbox."""

import hashlib
import hmac
import ipaddress
import re
import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

import idna
from email_validator import EmailNotValidError, validate_email
from publicsuffixlist import PublicSuffixList

from server.errors import ValueRefused
from server.text.names import FORMAT_MARKS, strip_invisible

# Known mailbox providers and shared sites. Only rules that the providers have published, no guesses.


class ProviderRule(NamedTuple):
    """The differences before the @ that one provider ignores when it delivers an email."""

    same_as: str | None = None
    """The main domain of the provider, if an address at this domain is the same mailbox there."""
    tag: str = ""
    """The character that begins a tag, as in ``ani+news``. The mailbox is the part before it."""
    ignored: str = ""
    """Characters that the provider ignores."""
    swapped: tuple[str, str] | None = None
    """(a, b): the provider reads the character a as b."""
    named_subdomains: bool = False
    """``anything@ani.fastmail.com`` reaches ``ani@fastmail.com``."""


def _domains(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PLUS = ProviderRule(tag="+")
_GMAIL = ProviderRule("gmail.com", tag="+", ignored=".")
_YANDEX = ProviderRule("yandex.ru", tag="+", swapped=(".", "-"))
_PROTON = ProviderRule("proton.me", tag="+", ignored=".-_")
_ICLOUD = ProviderRule("icloud.com", tag="+")
_FASTMAIL = ProviderRule(tag="+", named_subdomains=True)

_MICROSOFT = _domains(
    "hotmail.com hotmail.be hotmail.ca hotmail.ch hotmail.co.il hotmail.co.uk hotmail.com.ar hotmail.com.br "
    "hotmail.com.tr hotmail.de hotmail.es hotmail.fr hotmail.gr hotmail.it hotmail.nl hotmail.ru hotmail.se "
    "live.com live.be live.ca live.co.uk live.com.ar live.com.mx live.de live.fr live.it live.nl live.ru live.se "
    "msn.com outlook.com outlook.be outlook.co.il outlook.com.ar outlook.com.br outlook.com.tr outlook.cz outlook.de "
    "outlook.dk outlook.es outlook.fr outlook.hu outlook.ie outlook.in outlook.it outlook.jp outlook.pt outlook.sa "
    "passport.com windowslive.com"
)

_YANDEX_DOMAINS = _domains(
    "ya.ru yandex.ru yandex.by yandex.com yandex.com.am yandex.com.ge yandex.com.tr yandex.co.il yandex.az yandex.ee "
    "yandex.fr yandex.kg yandex.kz yandex.lt yandex.lv yandex.md yandex.tj yandex.tm yandex.ua yandex.uz narod.ru"
)

_TAGGING = _domains(
    "disroot.org hey.com mailbox.org mailfence.com pobox.com posteo.de posteo.net riseup.net runbox.com zoho.com "
    "zoho.eu zohomail.com zohomail.eu"
)

PROVIDER_RULES: dict[str, ProviderRule] = {
    **dict.fromkeys(_MICROSOFT | _TAGGING, _PLUS),
    **dict.fromkeys(_YANDEX_DOMAINS, _YANDEX),
    **dict.fromkeys(("gmail.com", "googlemail.com"), _GMAIL),
    **dict.fromkeys(("proton.me", "protonmail.com", "protonmail.ch", "pm.me"), _PROTON),
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), _ICLOUD),
    **dict.fromkeys(("fastmail.com", "fastmail.fm"), _FASTMAIL),
}
"""By domain. Addresses at other domains are compared as they are, ignoring case. For example, mail.ru has no tags."""

PUBLIC_MAILBOXES = frozenset(PROVIDER_RULES) | _domains(
    # the world
    "aol.com aim.com yahoo.com yahoo.ca yahoo.co.id yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com.ar yahoo.com.au "
    "yahoo.com.br yahoo.com.mx yahoo.com.tr yahoo.de yahoo.es yahoo.fr yahoo.gr yahoo.in yahoo.it yahoo.ro ymail.com "
    "rocketmail.com myyahoo.com att.net bellsouth.net comcast.net cox.net earthlink.net sbcglobal.net verizon.net "
    "btinternet.com sky.com talktalk.net virginmedia.com ntlworld.com rogers.com shaw.ca sympatico.ca bigpond.com "
    "optusnet.com.au mail.com email.com usa.com hushmail.com hush.com inbox.com lycos.com tuta.com tuta.io "
    "tutanota.com tutanota.de tutamail.com keemail.me startmail.com ctemplar.com cock.li autistici.org "
    "inventati.org systemli.org simplelogin.com duck.com mozmail.com relay.firefox.com privaterelay.appleid.com "
    "mailinator.com guerrillamail.com yopmail.com yopmail.fr 10minutemail.com temp-mail.org trashmail.com "
    "qq.com foxmail.com 163.com 126.com yeah.net sina.com sohu.com aliyun.com naver.com daum.net hanmail.net "
    "rediffmail.com uol.com.br bol.com.br terra.com.br ig.com.br globo.com "
    # Russia, Belarus, Ukraine, Central Asia
    "mail.ru bk.ru inbox.ru list.ru internet.ru xmail.ru vk.com rambler.ru lenta.ru autorambler.ru myrambler.ru "
    "rambler.ua ro.ru pochta.ru hotbox.ru nm.ru qip.ru mail.by tut.by ukr.net i.ua ua.fm bigmir.net meta.ua "
    "online.ua email.ua mail.ua mail.kz mail.md namba.kg mail.uz "
    # the Caucasus, Turkey, Iran
    "mail.am netsys.am freenet.am arminco.com posta.ge mail.ge caucasus.net box.az mail.az day.az mynet.com "
    "superonline.com ttmail.com turk.net chmail.ir mailfa.com "
    # Arab countries
    "maktoob.com caramail.com eim.ae emirates.net.ae batelco.com.bh omantel.net.om qatar.net.qa cyberia.net.lb "
    "terra.net.lb idm.net.lb inco.com.lb mail.sy scs-net.org link.net tedata.net.eg menara.ma topnet.tn gnet.tn "
    "planet.tn hexabyte.tn yemen.net.ye "
    # Germany, Austria, Switzerland
    "gmx.de gmx.net gmx.com gmx.at gmx.ch gmx.fr gmx.co.uk gmx.eu web.de t-online.de freenet.de arcor.de online.de "
    "1und1.de email.de mail.de kabelmail.de vodafone.de o2online.de posteo.at posteo.ch posteo.eu aon.at chello.at "
    "bluewin.ch hispeed.ch sunrise.ch "
    # France, Belgium, the Netherlands
    "free.fr orange.fr wanadoo.fr laposte.net sfr.fr neuf.fr cegetel.net club-internet.fr 9online.fr aliceadsl.fr "
    "bbox.fr numericable.fr voila.fr noos.fr mailo.com net-c.com netcourrier.com skynet.be telenet.be proximus.be "
    "scarlet.be voo.be ziggo.nl kpnmail.nl planet.nl xs4all.nl hetnet.nl home.nl "
    # the rest of Europe
    "libero.it virgilio.it alice.it tin.it tiscali.it tim.it iol.it fastwebnet.it inwind.it terra.es telefonica.net "
    "movistar.es sapo.pt onet.pl onet.eu op.pl wp.pl o2.pl interia.pl interia.eu gazeta.pl poczta.fm tlen.pl "
    "seznam.cz email.cz post.cz centrum.cz volny.cz atlas.cz centrum.sk azet.sk zoznam.sk freemail.hu citromail.hu "
    "abv.bg mail.bg dir.bg otenet.gr in.gr freemail.gr walla.co.il walla.com netvision.net.il inbox.lv inbox.lt "
    "mail.ee hot.ee delfi.lt one.lt telia.com bredband.net spray.se online.no broadpark.no mail.dk jubii.dk "
    "kolumbus.fi luukku.com suomi24.fi eircom.net"
)
"""Domains where anybody can get an address, so that an address there does not prove who speaks for a website."""

_THROWAWAY = _domains(
    "mailinator.com guerrillamail.com yopmail.com yopmail.fr 10minutemail.com temp-mail.org trashmail.com"
)

BIG_PROVIDERS = PUBLIC_MAILBOXES - _THROWAWAY
"""Domains with so many mailboxes that a burst of emails to one of them is normal."""

SHARED_SITES = _domains(
    "about.me academia.edu bandcamp.com bio.link bsky.app carrd.co change.org discord.com discord.gg dzen.ru "
    "eventbrite.com facebook.com fb.com fb.me flickr.com github.com gitlab.com google.com goo.gl gofundme.com "
    "instagram.com issuu.com linkedin.com linktr.ee livejournal.com mastodon.social medium.com meetup.com "
    "notion.site odnoklassniki.ru ok.ru openstreetmap.org pinterest.com patreon.com reddit.com researchgate.net "
    "sites.google.com soundcloud.com spotify.com squarespace.com substack.com t.me telegram.me telegram.org "
    "telegra.ph threads.net tiktok.com tumblr.com twitch.tv twitter.com vimeo.com vkontakte.ru weebly.com "
    "whatsapp.com wikipedia.org wix.com wixsite.com wordpress.com x.com yandex.net youtu.be youtube.com "
    "zoom.us"
)
"""Sites where many people have a page under one domain and that are not in the public suffix list (as github.io is)."""


# Email addresses and websites.

ADDRESS_LONGEST = 254
"""Bytes in UTF-8, which is what mail servers count."""

ENCODED_WORD_START = "=?"
"""The start of an encoded word (RFC 2047). Mail programs, and the library that builds our emails, would decode it, so
the email would go to another address."""

_DROPPED = dict.fromkeys(map(ord, FORMAT_MARKS))
LOCAL_LONGEST = 64
WEBSITE_LONGEST = 300
_HOST_LONGEST = 253
_LOCAL_NAMES = {"localhost", "localdomain", "local"}
_DOMAIN_KEY_DIGITS = 32
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
USUAL_PORTS = {"http": 80, "https": 443}
_URL_SAFE = "/%:@!$&'()*+,;=~-._?"


def check_address(value: str) -> str:
    """Return a valid email address, normalised for sending: NFC, with the domain as lower-case ASCII labels.

    Refuses display names, comments, quotes, lists, encoded words, address literals and spaces inside. Refuses domains
    that never receive mail (``.test``, ``.invalid``, ``.local``), but not ``.example``. Makes no DNS look-up. Removes
    all invisible format characters, which no address contains. Raises ``ValueRefused``.
    """
    value = strip_invisible(value).translate(_DROPPED)
    if len(value.encode(errors="replace")) > ADDRESS_LONGEST:
        raise ValueRefused("too-long", most=ADDRESS_LONGEST)
    local, _, domain = value.rpartition("@")
    try:
        # A shortcut for ASCII domains only: others get longer when they are encoded as ASCII labels, and the address
        # may then be too long as a whole.
        if domain.isascii() and len(local) <= LOCAL_LONGEST and _PLAIN_LOCAL.fullmatch(local):
            return f"{local}@{_checked_domain(domain)}"
        if ENCODED_WORD_START in local:
            raise ValueRefused("not-an-address")
        checked = validate_email(value, check_deliverability=False)
    except EmailNotValidError as error:
        raise ValueRefused("not-an-address") from error
    return f"{checked.local_part}@{checked.ascii_domain}"


@lru_cache(maxsize=1024)
def _checked_domain(domain: str) -> str:
    """Return the domain as lower-case ASCII labels; raises ``EmailNotValidError``.

    Cached, because most addresses are at a few domains.
    """
    return validate_email(f"a@{domain}", check_deliverability=False).ascii_domain


def canonical(address: str) -> str:
    """Return the same text for all spellings of a mailbox, using ``PROVIDER_RULES``.

    At other providers only the case is folded. For comparing only, never for sending. ``address`` must be the result of
    ``check_address``.
    """
    local, _, domain = address.rpartition("@")
    local, domain = _folded(local), domain_of(address)
    rule = PROVIDER_RULES.get(domain, ProviderRule())
    name, _, parent = domain.partition(".")
    if parent in PROVIDER_RULES and PROVIDER_RULES[parent].named_subdomains:
        local, domain, rule = name, parent, PROVIDER_RULES[parent]
    return f"{_mailbox(local, rule)}@{rule.same_as or domain}"


def untagged(address: str) -> str:
    """Return the same text for all addresses that one person may read: ``canonical``, without any ``+tag``.

    Many mail servers of organisations deliver ``ani+x`` to ``ani``, and there is no list of them, so this removes the
    tag at every domain. ``address`` must be the result of ``check_address``.
    """
    local, _, domain = address.rpartition("@")
    return canonical(f"{local.partition('+')[0] or local}@{domain}")


def domain_of(address: str) -> str:
    """Return the part after the last @, as lower-case ASCII labels."""
    domain = address.rpartition("@")[2]
    return _ascii_host(domain) or domain.lower()


def limited_domain(address: str) -> str | None:
    """Return the domain under which emails to this address are counted for a limit, or None for a big provider.

    It is the registrable domain, so that subdomains do not get around the limit. It uses only the ICANN part of the
    public suffix list, because anybody can get free names below a private suffix such as ``eu.org``.
    """
    domain = domain_of(canonical(address))
    if domain in BIG_PROVIDERS:
        return None
    registered: str | None = _registry_suffixes().privatesuffix(domain)
    return registered or domain


class AddressKeys:
    """Turns addresses into keyed hashes, which the database keeps after the address itself has been erased.

    The pepper never rotates, because the keys of erased addresses cannot be computed again. ``version`` is the version
    of the pepper and is stored in the row.
    """

    def __init__(self, pepper: bytes, version: int = 1) -> None:
        if not pepper:
            raise ValueError("address keys need a pepper")
        self._pepper = pepper
        self.version = version

    def key(self, address: str) -> bytes:
        """Return the HMAC-SHA256 (32 bytes) of version and canonical address: the same for every alias of a mailbox."""
        return self._keyed(canonical(address))

    def mail_key(self, address: str) -> bytes:
        """Return 32 bytes under which emails to an address are counted and suppressed, the same for every tag.

        For an address without a tag it equals ``key``. Two people may have the same one, so do not use it to find out
        who has signed.
        """
        return self._keyed(untagged(address))

    def domain_key(self, domain: str) -> str:
        """Return 32 hex digits for a mail domain, the same for all its spellings.

        The domain itself is not stored, because a family's own domain contains its name.
        """
        known = domain_of(f"@{domain.strip().removeprefix('@')}")
        return self.digest(f"domain {known}").hex()[:_DOMAIN_KEY_DIGITS]

    def digest(self, text: str) -> bytes:
        """Return a keyed hash (32 bytes) that identifies a text and cannot be guessed without the pepper."""
        return hmac.digest(self._pepper, f"undersigned.digest.v{self.version}\0{text}".encode(), hashlib.sha256)

    def _keyed(self, spelling: str) -> bytes:
        return hmac.digest(self._pepper, f"undersigned.address.v{self.version}\0{spelling}".encode(), hashlib.sha256)


def check_website(value: str) -> str:
    """Return an http or https URL in ASCII; ``https://`` is added to a bare ``ngo.example``.

    The host must be a registrable domain or a subdomain of one, not an IP address or an intranet name. User names,
    passwords and unusual ports are refused. Raises ``ValueRefused``.
    """
    value = strip_invisible(value)
    if len(value) > WEBSITE_LONGEST:
        raise ValueRefused("too-long", most=WEBSITE_LONGEST)
    if not value.isprintable() or re.search(r"[\s\\]", value):
        raise ValueRefused("not-a-website")
    try:
        url = _normalise_url(_split(value))
    except ValueError as error:
        raise ValueRefused("not-a-website") from error
    if len(url) > WEBSITE_LONGEST:
        raise ValueRefused("too-long", most=WEBSITE_LONGEST)
    return url


def registrable_domain(host_or_url: str) -> str | None:
    """Return the registrable domain of a host (``ngo.co.uk``, ``ngo.github.io``), or None if it has none.

    Uses the public suffix list of the installed package, with its private suffixes; makes no network request.
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
    """Return whether an address proves that its owner speaks for a website.

    It does if both have the same registrable domain, and that is not a public mail provider or a shared site.
    """
    theirs = registrable_domain(domain_of(address))
    if theirs is None or theirs != registrable_domain(website):
        return False
    return not {theirs, domain_of(address)} & (PUBLIC_MAILBOXES | SHARED_SITES)


def _folded(local: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).casefold())


def _mailbox(local: str, rule: ProviderRule) -> str:
    """Return the local part without what the provider ignores, or unchanged if nothing would be left."""
    name = local.partition(rule.tag)[0] if rule.tag else local
    if rule.swapped:
        name = name.replace(*rule.swapped)
    return "".join(character for character in name if character not in rule.ignored) or local


def _split(host_or_url: str) -> SplitResult:
    """Split a URL, adding ``https://`` if it has no scheme; raises ``ValueError``."""
    return urlsplit(host_or_url if _SCHEME.match(host_or_url) else f"https://{host_or_url}")


def _normalise_url(parts: SplitResult) -> str:
    """Check the parts of a URL and return it in ASCII; raises ``ValueError``."""
    if parts.scheme not in USUAL_PORTS or "@" in parts.netloc:
        raise ValueError("neither http nor https, or with a password")
    if parts.port not in {None, USUAL_PORTS[parts.scheme]}:
        raise ValueError("an unusual port")
    host = _ascii_host(parts.hostname or "")
    if host is None or registrable_domain(host) is None:
        raise ValueError("no registrable host")
    path = quote(parts.path if parts.path != "/" or parts.query or parts.fragment else "", safe=_URL_SAFE)
    query = f"?{quote(parts.query, safe=_URL_SAFE)}" if parts.query else ""
    fragment = f"#{quote(parts.fragment, safe=_URL_SAFE)}" if parts.fragment else ""
    return f"{parts.scheme}://{host}{path}{query}{fragment}"


@lru_cache(maxsize=1024)
def _ascii_host(host: str) -> str | None:
    """Return the host as lower-case ASCII labels, or None if it is not a valid host name."""
    try:
        if len(host) > _HOST_LONGEST:
            return None
        return idna.encode(host.rstrip("."), uts46=True).decode()
    except UnicodeError:
        return None


def is_local_host(host: str) -> bool:
    """Return whether a host name or IP address is local to this machine, so that nobody else can reach it."""
    bare = host.lower().strip("[].")
    if bare.rpartition(".")[2] in _LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


def _is_ip_address(host: str) -> bool:
    """Return whether browsers would read the host as an IP address; this includes ``127.1`` and ``0x7f.1``."""
    last = host.rpartition(".")[2]
    return last.isdigit() or last.startswith("0x") or ":" in host


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@cache
def _registry_suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)


# Origins, exactly as browsers send them, and short names made from hosts.

_THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")
_SHORT_NAME_PART = re.compile("[a-z0-9]+")


def read_origin(value: str) -> str:
    """Return an origin exactly as browsers send it: scheme and host in lower case, no default port, no path.

    Raises ``ValueRefused``, also for http unless the host is this machine.
    """
    no_origin = ValueRefused(
        "no-origin",
        f"{value} is not an origin; write one such as https://www.partner.example for each address of the website",
        origin=value,
    )
    try:
        parts = urlsplit(value.strip())
        host, port = _browser_host(parts.hostname or ""), parts.port
    except ValueError as refusal:
        raise no_origin from refusal
    more = parts.path.removeprefix("/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in ("http", "https") or port == 0 or more:
        raise no_origin
    if parts.scheme == "http" and host not in _THIS_MACHINE:
        raise ValueRefused(
            "not-https",
            f"{value}: a partner's page must be https, otherwise others could read what people type there",
            origin=value,
        )
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, USUAL_PORTS[parts.scheme]) else "")


def host_of(origin: str) -> str:
    """Return the host of an origin, with its port if that is not the default one."""
    return urlsplit(origin).netloc


def short_name(words: str) -> str:
    """Return a short name made from a host: letters a to z, digits and single hyphens; may be empty."""
    return "-".join(_SHORT_NAME_PART.findall(words.removeprefix("www.")))


def is_short_name(text: str) -> bool:
    """Return whether a text is a valid short name."""
    return bool(text) and short_name(text) == text


def _browser_host(name: str) -> str:
    """Return a host as browsers write it: in ASCII according to UTS 46, IPv6 in brackets; raises ``ValueError``."""
    if ":" in name:
        return f"[{ipaddress.IPv6Address(name)}]"
    return idna.encode(name, uts46=True).decode()
