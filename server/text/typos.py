"""Suggests corrections for typos in the domains of big mail providers, but not for domains that receive mail."""

from functools import lru_cache

from server.text.addresses import PUBLIC_MAILBOXES


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WRONG_TLDS = {
    "com": _words("c cm cim clm cmo co com.com comm con coom copm cpm ocm om vom xom"),
    "ru": _words("r rr rru ry ruu"),
    "net": _words("ne ner ney nett nte met"),
    "fr": _words("f frr"),
    "de": _words("d dee"),
    "ua": _words("u uaa"),
    "me": _words("m mee"),
    "co.uk": _words("co.u co.ukk couk cok.uk"),
}
"""Common misspellings of each domain ending."""

_OFTEN_MISTYPED = _words("""
    gmail.com googlemail.com hotmail.com hotmail.fr hotmail.de hotmail.it hotmail.es hotmail.co.uk outlook.com
    outlook.fr outlook.de outlook.es outlook.it live.com live.fr live.co.uk msn.com yahoo.com yahoo.fr yahoo.de
    yahoo.it yahoo.es yahoo.co.uk yahoo.com.tr yahoo.com.br icloud.com aol.com proton.me protonmail.com tutanota.com
    mail.ru yandex.ru yandex.com yandex.ua yandex.by yandex.com.tr rambler.ru inbox.ru list.ru bk.ru ukr.net meta.ua
    gmx.de gmx.net gmx.at gmx.ch gmx.com web.de t-online.de freenet.de posteo.de orange.fr wanadoo.fr laposte.net
    sfr.fr free.fr mynet.com
""")
_SPELLED = _words(
    "gmail googlemail hotmail outlook yahoo icloud protonmail tutanota yandex rambler wanadoo laposte freenet"
)
"""Names so unusual that a name with one letter added, missing or changed is a typo, not another company."""

REAL_NEIGHBOURS = PUBLIC_MAILBOXES | _words(
    "gail.com grail.com gmails.com hotmail.co yahoo.co live.co aol.co msn.co outlook.co icloud.co proton.co mynet.co "
    "gmx.co live.om yahoo.cm hotels.com handex.ru yandex.net yandex.org freenet.org laposte.fr"
)
"""Domains that look like a typo but receive mail."""


def suggest_address(address: str) -> str | None:
    """Return the corrected address if the domain is probably a typo for a big provider's domain, else None.

    A typo is one letter added, missing or changed (but not the first), two adjacent letters swapped, or a known
    misspelling of the ending. ``address`` must be the result of ``check_address``.
    """
    local, _, domain = address.rpartition("@")
    if domain in REAL_NEIGHBOURS or domain in _OFTEN_MISTYPED:
        return None
    meant = _meant_domain(domain)
    return None if meant is None else f"{local}@{meant}"


@lru_cache(maxsize=1024)
def _meant_domain(domain: str) -> str | None:
    name, _, end = domain.partition(".")
    for known in sorted(_OFTEN_MISTYPED):
        known_name, _, known_end = known.partition(".")
        if name == known_name and end in _WRONG_TLDS.get(known_end, ()):
            return known
        if end == known_end and known_name in _SPELLED and _is_one_edit(name, known_name):
            return known
    return None


def _is_one_edit(typed: str, meant: str) -> bool:
    """Return whether one letter is added, missing or changed (not the first one), or swapped with the next."""
    if sorted(typed) == sorted(meant):
        wrong = [at for at, (one, other) in enumerate(zip(typed, meant, strict=True)) if one != other]
        return len(wrong) == 2 and wrong[1] - wrong[0] == 1
    # The length of the common beginning; after it, one letter of one text or of both is skipped.
    same = next((at for at, pair in enumerate(zip(typed, meant, strict=False)) if pair[0] != pair[1]), len(meant))
    same = min(same, len(typed))
    rest, right = typed[same:], meant[same:]
    return same > 0 and (rest[1:] == right[1:] or rest[1:] == right or rest == right[1:])
