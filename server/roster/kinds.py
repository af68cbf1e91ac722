"""Decides whether a line is an organisation's or a person's: by the line, or by the whole list where it is silent."""

import re
from collections.abc import Sequence

from server.kinds import Kind
from server.roster.people import Person
from server.roster.signs import is_organisation_name
from server.roster.titles import is_title
from server.text import name_key

_ADDRESSED = frozenset({"dr", "prof", "mr", "mrs", "ms", "mme", "mlle", "rev", "fr", "sr", "hon", "doc", "ing", "avv"})
_ORGANISATIONS_HEADING = re.compile(
    "organi[sz]a|associa|ngo|ong|организ|організ|կազմակերպ|ორგანიზ|təşkilat|teşkilat|منظم"
)
_INDIVIDUALS_HEADING = re.compile(
    "individu|person|people|citizen|personne|лица|граждан|особи|անհատ|անձ|şəxs|birey|أفراد"
)


def kind_of_line(person: Person) -> Kind | None:
    """Return what the line says of itself, None where it could be either ("Greenpeace", "Ani Petrosyan")."""
    if is_organisation_name(person.name):
        return "organisation"
    if is_title(f"{person.detail or ''},{person.bracketed or ''}"):
        return "individual"
    return "individual" if set(name_key(person.name).split()[:1]) & _ADDRESSED else None


def decide_kinds(people: Sequence[Person], wanted: Kind | None) -> list[Kind]:
    """Return the kind of every line, ``wanted`` where it is given.

    Lines without a sign of their own are people's, unless two thirds of the list are organisations; a single word is
    an organisation's already when anything else is, and nobody in the list is a person.
    """
    said = [wanted or kind_of_line(person) for person in people]
    organisations, individuals = said.count("organisation"), said.count("individual")
    of_names: Kind = "organisation" if organisations * 3 >= len(said) * 2 else "individual"
    of_words: Kind = "organisation" if organisations and not individuals else of_names
    return [kind or (of_words if _is_one_word(person) else of_names) for kind, person in zip(said, people, strict=True)]


def _is_one_word(person: Person) -> bool:
    return person.detail is None and " " not in person.name


def kind_of_heading(heading: str) -> Kind | None:
    """Return the kind that a heading announces ("Organisations:"), None where it announces both or neither."""
    organisations = _ORGANISATIONS_HEADING.search(heading.lower())
    people = _INDIVIDUALS_HEADING.search(heading.lower())
    if bool(organisations) == bool(people):
        return None
    return "organisation" if organisations else "individual"
