"""The table of fields: the type of each field of a signature, who can see it and who can change it.

Forms, the API, queries, the desk, exports and signers' downloads are derived from ``FIELDS``. Two rules apply to every
field, so the table has no column for them: signers see all fields of their own signature, and all its texts are erased
when they erase it (``signatures.erase``) and when names are no longer stored (``signatures.anonymise``).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Final, Literal

from server.errors import ValueRefused
from server.text import translations
from server.text.addresses import ADDRESS_LONGEST, WEBSITE_LONGEST, check_address, check_website
from server.text.names import (
    COMMENT_LONGEST,
    LINE_LONGEST,
    NAME_LONGEST,
    Kind,
    clean_name,
    clean_public_block,
    clean_public_line,
)

FieldType = Literal["text", "email", "url", "textarea", "select", "checkbox"]
Asked = Literal["required", "always", "optional", "setting"]
"""When a form has the field: always and required; always but optional; if the statement lists it; if another setting
of the statement turns it on."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """The texts that signers enter about themselves: one attribute for each text column of ``signatures``."""

    name: str | None = None
    title: str | None = None
    affiliation: str | None = None
    organisation: str | None = None
    website: str | None = None
    city: str | None = None
    country: str | None = None
    comment: str | None = None


@dataclass(frozen=True)
class Field:
    """One field of a signature.

    Attributes:
        longest: Maximum length in characters.
        autocomplete: The value of the HTML ``autocomplete`` attribute.
        clean: Returns the normalised text, or raises an error that has a ``shown`` code. Not called for empty text.
        asked: When a form asks for the field, by kind of signer.
        published: The values of ``visibility`` with which the public list shows the field, by kind of signer.
        changed_by: Who can change it: a "signer" in their own signature, or a "founder" (somebody on the list of the
            organisers) and admins on their behalf.
        moderated: Whether moderators see it.
        exported: Whether it is in every export of signatures, only in exports with addresses, or in none.
        searched: Whether the search of the desk looks in it.
    """

    name: str
    type: FieldType = "text"
    longest: int | None = None
    autocomplete: str | None = None
    clean: Callable[[str], str] = str.strip
    asked: Mapping[Kind, Asked] = field(kw_only=True)
    published: Mapping[Kind, tuple[str, ...]] = field(default_factory=dict, kw_only=True)
    changed_by: tuple[Literal["signer", "founder"], ...] = field(default=(), kw_only=True)
    moderated: bool = field(default=False, kw_only=True)
    exported: Literal["always", "with addresses", "never"] = field(default="never", kw_only=True)
    searched: bool = field(default=False, kw_only=True)

    @property
    def is_column(self) -> bool:
        """Whether the field is a text column of ``signatures``."""
        return self.name in Line.__dataclass_fields__


def _check_country(value: str) -> str:
    if value not in translations.country_names("en"):
        raise ValueRefused("not-a-choice")
    return value


_clean_line = partial(clean_public_line, longest=LINE_LONGEST)
_clean_comment = partial(clean_public_block, longest=COMMENT_LONGEST)
_BY_NAME: Final[Mapping[Kind, tuple[str, ...]]] = {"individual": ("name",), "organisation": ("name",)}
_OPTIONAL: Final[Mapping[Kind, Asked]] = {"individual": "optional", "organisation": "optional"}
_REQUIRED: Final[Mapping[Kind, Asked]] = {"individual": "required", "organisation": "required"}
_SETTING: Final[Mapping[Kind, Asked]] = {"individual": "setting", "organisation": "setting"}
_NAMED: Final[Mapping[Kind, tuple[str, ...]]] = {"individual": ("name",), "organisation": ("name",)}
_open = partial(Field, moderated=True, exported="always")

# Organisations cannot change their name and website, because those were checked when they signed.
# fmt: off
_TABLE = (
    _open("name", "text", NAME_LONGEST, "name", clean_name, asked=_REQUIRED, searched=True,
          published={"individual": ("name", "initials")}, changed_by=("signer", "founder")),
    _open("title", "text", LINE_LONGEST, "organization-title", _clean_line, searched=True,
          asked={"individual": "optional", "organisation": "always"},
          published={"individual": ("name", "initials", "country")}, changed_by=("signer", "founder")),
    _open("affiliation", "text", LINE_LONGEST, "organization", _clean_line, asked={"individual": "optional"},
          searched=True, published={"individual": ("name",)}, changed_by=("signer", "founder")),
    _open("organisation", "text", NAME_LONGEST, "organization", clean_name, asked={"organisation": "required"},
          searched=True, published={"organisation": ("name",)}),
    _open("website", "url", WEBSITE_LONGEST, "url", check_website,
          asked={"individual": "optional", "organisation": "always"}, published=_NAMED),
    _open("city", "text", LINE_LONGEST, "address-level2", _clean_line, asked=_OPTIONAL, searched=True,
          published=_NAMED, changed_by=("signer",)),
    _open("country", "select", None, "country", _check_country, asked=_OPTIONAL,
          published={"individual": ("name", "country"), "organisation": ("name",)}, changed_by=("signer",)),
    _open("comment", "textarea", COMMENT_LONGEST, None, _clean_comment, asked=_OPTIONAL,
          published=_NAMED, changed_by=("signer",)),
    # The following are not text columns: the address is encrypted in its own table, and the others are choices.
    Field("email", "email", ADDRESS_LONGEST, "email", check_address, asked=_REQUIRED, exported="with addresses"),
    Field("newsletter", "checkbox", asked=_SETTING, exported="always"),
    _open("visibility", "select", asked=_SETTING, changed_by=("signer",)),
    Field("authorised", "checkbox", asked={"organisation": "required"}),
    Field("partner_newsletter", "checkbox", asked=_SETTING),
)
# fmt: on

FIELDS: Final = {one.name: one for one in _TABLE}
"""Every field by its name, in the order of the columns in exports."""

_FORM_STARTS_WITH: Final[Mapping[Kind, tuple[str, ...]]] = {
    "individual": ("name", "email", "title", "affiliation", "city", "country"),
    "organisation": ("organisation", "website", "name", "title", "email"),
}
FORM_ENDS_WITH: Final = ("visibility", "authorised", "newsletter", "partner_newsletter")
"""The fields for how signers appear and what they agree to; the last ones of every form."""


@cache
def fields_for(kind: Kind) -> tuple[Field, ...]:
    """Return the fields that a form can have for this kind of signer, in the order of the form."""
    placed = (*_FORM_STARTS_WITH[kind], *FORM_ENDS_WITH)
    between = [name for name in FIELDS if name not in placed]
    names = (*_FORM_STARTS_WITH[kind], *between, *FORM_ENDS_WITH)
    return tuple(FIELDS[name] for name in names if kind in FIELDS[name].asked)


def _names(fields: Iterable[Field]) -> tuple[str, ...]:
    return tuple(one.name for one in fields)


LINE: Final = _names(one for one in FIELDS.values() if one.is_column)
"""The text columns of ``signatures``, which are also the attributes of ``Line``."""

OPTIONAL: Final = _names(one for one in fields_for("individual") if "optional" in one.asked.values())
"""The fields that a statement can list."""

SIGNER_CHANGES: Final = _names(one for one in FIELDS.values() if "signer" in one.changed_by)
FOUNDER_CHANGES: Final = _names(one for one in FIELDS.values() if "founder" in one.changed_by)
MODERATED: Final = _names(one for one in FIELDS.values() if one.is_column and one.moderated)
SEARCHED: Final = _names(one for one in FIELDS.values() if one.searched)
EXPORTED: Final = _names(one for one in FIELDS.values() if one.exported != "never")
WITH_ADDRESSES: Final = _names(one for one in FIELDS.values() if one.exported == "with addresses")
PUBLISHED: Final = _names(one for one in FIELDS.values() if one.published)
UNPUBLISHED: Final = _names(one for one in FIELDS.values() if one.is_column and not one.published)
"""Text columns that are never published: they are erased with the address when only a listed name may stay."""


@cache
def published_fields(kind: Kind, visibility: str) -> tuple[str, ...]:
    """Return the fields that the public list shows for a signer of this kind and visibility."""
    return _names(one for one in FIELDS.values() if visibility in one.published.get(kind, ()))
