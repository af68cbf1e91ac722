"""The signs by which a text shows that it names an organisation: its words, quotation marks, a domain."""

import re

from server.roster.words import has_organisation_word

# Some marks stand inside words too (עו"ד, O’Neil): they quote where a word begins, the single ones if they are closed.
_QUOTED = re.compile(
    r"[“”„‟«»‹›‚「『《〈〝｢﹁﹃⹂]"
    r"""|(?<![^\s(\[])["＂״]"""
    r"|(?<![^\s(\[])['‘’‛＇](?:[^'‘’‛＇]|(?<=\S)['‘’＇](?=\w))+['‘’＇](?!\w)"
)
_DOMAIN = re.compile(r"^\w[\w-]{2,}\.(?:org|net|com|info|media|ngo|news|press|[a-z]{2})$", re.IGNORECASE)


def starts_quoted(text: str) -> bool:
    """Tell whether the line opens with a quotation mark of any kind, as only organisations' names do."""
    return _QUOTED.match(text) is not None


def is_organisation_name(name: str) -> bool:
    """Tell whether a name speaks for an organisation by itself."""
    return starts_quoted(name) or _is_called_like_one(name)


def has_organisation_name(text: str) -> bool:
    """Tell whether a text speaks of an organisation: "circle “Lantern”" does, and is no name of one for certain."""
    return _QUOTED.search(text) is not None or _is_called_like_one(text)


def _is_called_like_one(text: str) -> bool:
    return has_organisation_word(text) or _DOMAIN.match(text) is not None
