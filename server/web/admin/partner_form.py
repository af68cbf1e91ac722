"""What an owner types about a partner, read line by line: each refusal comes back beside its field, with all of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from server.actions.partnering import Own
from server.origins import OriginUnreadable, host_of, is_short_name, read_origin, short_name
from server.records.partners import Partner
from server.text import LINE_LONGEST, TextRefused, clean_line
from server.web.admin.wrong import Errors, sentence
from server.web.snippets import THEMES

MOST_ORIGINS = 20
_WRONG = "desk.partners.wrong."


@dataclass
class Filled:
    """A form as it was typed, and what is wrong with it."""

    typed: Mapping[str, str]
    errors: Errors = field(default_factory=dict)

    def refuse(self, name: str, wrong: str, **values: Any) -> None:
        """Note what is wrong with a field: a word of ``desk.partners.wrong``, or of ``invalid``."""
        self.errors.setdefault(name, []).append(sentence(wrong, _WRONG, **values))

    def line(self, name: str, *, needed: bool = False) -> str:
        """Return what a field holds on one line; notes what is wrong with it."""
        try:
            line = clean_line(self.typed.get(name, ""), longest=LINE_LONGEST)
        except TextRefused as refusal:
            self.refuse(name, refusal.reason)
            return ""
        if needed and not line:
            self.refuse(name, "required")
        return line

    def origins(self, *, needed: bool = True) -> list[str]:
        """Return the origins, one a line, in their order; notes each that is none."""
        found: list[str] = []
        for written in filter(None, map(str.strip, self.typed.get("origins", "").splitlines())):
            try:
                found.append(read_origin(written))
            except OriginUnreadable as refusal:
                self.refuse("origins", refusal.reason, origin=written)
        if len(found) > MOST_ORIGINS:
            self.refuse("origins", "too-many", most=MOST_ORIGINS)
        if needed and not found and "origins" not in self.errors:
            self.refuse("origins", "required")
        return list(dict.fromkeys(found))

    def short_name(self, origins: list[str]) -> str:
        """Return the short name, or what the first origin suggests where none was typed; notes one that is none."""
        typed = self.typed.get("short_name", "").strip()
        chosen = typed or (short_name(host_of(origins[0])) if origins else "")
        self.typed = {**self.typed, "short_name": chosen}
        if chosen and not is_short_name(chosen):
            self.refuse("short_name", "short-name")
        return chosen

    def own(self, locales: Iterable[str]) -> Own:
        """Return what is a partner's own; a language or theme that was not offered is none."""
        locale, theme = self.typed.get("locale"), self.typed.get("theme")
        return Own(
            self.line("name", needed=True),
            frozenset(self.origins()),
            locale if locale in set(locales) else None,
            theme if theme in THEMES else None,
        )


def typed_of(partner: Partner) -> dict[str, str]:
    """Return a partner as the form shows it."""
    news = {f"newsletter-{locale}": words for locale, words in partner.newsletters.items()}
    return news | {
        "name": partner.name,
        "origins": "\n".join(sorted(partner.origins)),
        "locale": partner.locale or "",
        "theme": partner.theme or "",
    }
