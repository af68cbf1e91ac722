"""Removes email addresses, phone numbers and links from a text, so that they are in no field that is published."""

import html
import re
from typing import Final, NamedTuple

from server.text.names import has_contact
from server.text.signatory_list.words import LABELS


class Contacts(NamedTuple):
    """The contacts that were removed from a text: email addresses, the number of phone numbers, and web addresses."""

    emails: tuple[str, ...] = ()
    phones: int = 0
    websites: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.emails or self.phones or self.websites)

    def and_those(self, other: "Contacts") -> "Contacts":
        """Return these contacts merged with the others, without duplicates."""
        emails = tuple(dict.fromkeys(self.emails + other.emails))
        return Contacts(emails, self.phones + other.phones, tuple(dict.fromkeys(self.websites + other.websites)))


NOTHING: Final = Contacts()
_LABEL = rf"(?:(?<!\w)(?:{'|'.join(LABELS)})(?!\w)\s*\.?\s*[:.]?\s*)?"
_BEFORE = r"[\s,;:|/<\[(–—―-]*"
_AT = r"(?:@|\s*[\[({]\s*(?:at|@|chez|собака|et)\s*[\])}]\s*)"
_DOT = r"(?:\.|\s*[\[({]\s*(?:dot|punkt|point|punto|точка)\s*[\])}]\s*)"
_EMAIL = re.compile(
    rf"{_BEFORE}{_LABEL}(?:mailto:\s*)?[\"']?"
    rf"(?P<user>[^\s@<>()\[\],;:|\"']+){_AT}(?P<host>[\w-]+(?:{_DOT}[\w-]+)*{_DOT}\w{{2,}})[\"']?\s*[>)\]]*",
    re.IGNORECASE,
)
_URL = re.compile(
    rf"{_BEFORE}{_LABEL}(?P<url>(?:https?://|www\.)[^\s<>\[\]\"'|]+?)(?=[.,;:)\]]*(?:[\s<>\[\]\"'|]|$))\s*[>)\]]*",
    re.IGNORECASE,
)
_BARE_DOMAIN = re.compile(r"(?<=\S)(?:\s*[(\[]|\s*[,;|]\s+|\s+[–—-]\s+)(?P<url>(?:[a-z0-9-]+\.)+[a-z]{2,})/?[)\]]?$")
_PHONE = re.compile(
    rf"{_BEFORE}{_LABEL}(?:tel:|sms:)?\s*(?P<phone>\+?\(?\d(?:[\s().\-/\u2010-\u2015]{{0,3}}\d){{7,15}})\)?",
    re.IGNORECASE,
)
_MAY_HOLD_ONE = re.compile(
    r"@|[a-z]\.[a-z]{2}|\d.*\d.*\d.*\d|https?:|www\.|mailto:|tel:|[\[({]\s*(?:at|собака)\s*[\])}]", re.IGNORECASE
)
_HANDLE = re.compile(r"[\s,(–—-]+(?<!\w)@(?P<url>[A-Za-z0-9_][\w-]+)\)?")
_BARE_LINK = re.compile(r"\b(?:mailto|tel|sms):\s*\S*", re.IGNORECASE)
_EDGES = " \t,;|/–—―-:"
_LABEL_AT_END = re.compile(rf"[\s,;(|–—-]+(?:{'|'.join(LABELS)})\s*[.:]*\s*$", re.IGNORECASE)


def take_contacts(text: str) -> tuple[str, Contacts]:
    """Return the text without email addresses, phone numbers and web addresses, and the removed contacts.

    Brackets, dashes and labels such as "tel." around them are removed too. Years and "Radio 101.5" stay.
    """
    if not _MAY_HOLD_ONE.search(text):
        return text, NOTHING
    emails: list[str] = []
    websites: list[str] = []
    phones = 0

    def take(found: re.Match[str]) -> str:
        nonlocal phones
        if found.re is _EMAIL:
            emails.append(f"{found['user']}@{re.sub(_DOT, '.', found['host'], flags=re.IGNORECASE)}")
        elif found.re is not _PHONE:
            websites.append(found["url"])
        elif has_contact(found["phone"]):
            phones += 1
        else:
            return found[0]
        return _joint(found)

    shorter = text
    for pattern in (_EMAIL, _URL, _HANDLE, _BARE_DOMAIN, _PHONE):
        shorter = pattern.sub(take, shorter)
    shorter = _BARE_LINK.sub("", shorter)
    if not (emails or websites or phones or shorter != text):
        return text, NOTHING
    shorter = _LABEL_AT_END.sub("", re.sub(r"[(\[<]\s*[,;:/-]*\s*[)\]>]", "", shorter))
    if re.match(r"""^"[^"]+"\s*<""", text):
        shorter = shorter.replace('"', "")  # "Ani Getuni" <ani@lake.example>, as mail programs write it
    return re.sub(r"\s{2,}", " ", shorter).strip(_EDGES), Contacts(tuple(emails), phones, tuple(websites))


def _joint(found: re.Match[str]) -> str:
    """Return what replaces a removed contact: a comma or closing bracket in the middle of a text, else nothing."""
    rest = found.string[found.end() :].lstrip()
    if not rest or not found.start():
        return ""
    if rest[0] in ",;|)]>":
        return ""
    return ") " if found[0].rstrip().endswith(")") and found[0].count(")") > found[0].count("(") else ", "


def contacts_of_link(address: str) -> Contacts:
    """Return the contact in a link's URL: an email address, phone number or website; nothing for other links."""
    address = html.unescape(address).strip()
    scheme, _, rest = address.partition(":")
    if scheme.lower() == "mailto":
        return Contacts(emails=(rest.partition("?")[0],)) if "@" in rest else NOTHING
    if scheme.lower() in ("tel", "sms"):
        return Contacts(phones=1)
    return Contacts(websites=(address,)) if scheme.lower() in ("http", "https") else NOTHING
